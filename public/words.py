"""How the page says a figure: one wording for the map, the table, the card and the metadata."""

from __future__ import annotations

from layers.safe import safe
from messages import Words
from public.contents import Contents, RegionRow

LONGEST = 1200
"""characters of one text; the catalogue's longest sentence is a quarter of it."""


def text(value: object) -> str:
    """Words of any length made harmless for HTML."""
    return safe(value, LONGEST)


def title(contents: Contents, say: Words) -> str:
    """The title: what is counted, that it is what was reported, and when."""
    period = say(f"period.{contents.period.code}")
    return say(f"public.title.{contents.period.unit}", period=period)


def beyond(contents: Contents, say: Words) -> str:
    """How many regions are beyond what chance explains."""
    count = len(contents.with_verdict("above"))
    if not count:
        return say("public.above.none")
    return say("public.beyond_one" if count == 1 else "public.beyond", count=count)


def verdict_word(row: RegionRow, say: Words) -> str:
    """The verdict in the one term of its grade."""
    return say(f"verdict.{row.verdict}")


def verdict_meaning(verdict: str, say: Words) -> str:
    """What a verdict means, in a sentence."""
    return say("card.untestable" if verdict == "untestable" else f"verdict.{verdict}.sentence")


def rate_key(contents: Contents, key: str) -> str:
    """The key that says "and year" where a period is longer than one."""
    return key if contents.period.months == 12 else f"{key}.yearly"


def rate_text(rate: float, say: Words) -> str:
    """A rate with one decimal."""
    return say.number(rate, 1)


def region_sentence(row: RegionRow, contents: Contents, say: Words) -> str:
    """Name, figures, verdict, source and year of a region: what the map may say of it."""
    return say(
        rate_key(contents, "public.region.says"),
        name=row.name,
        count=say.number(row.reported_count),
        unit=say(f"unit.{contents.period.unit}.plural"),
        rate=rate_text(row.rate_per_100k, say),
        verdict=verdict_word(row, say),
        period=say(f"period.{contents.period.code}"),
    )
