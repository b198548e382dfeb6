"""How the page says a figure: one wording for the map, the table, the card and the metadata."""

from __future__ import annotations

import math

from maps.results import BASES
from messages import Words
from public.contents import Contents, Judged, RegionRow


def title(contents: Contents, say: Words) -> str:
    """The title: what is counted, that it is what was reported, and when."""
    period = say(f"period.{contents.period.code}")
    return say(f"public.title.{contents.period.unit}", period=period)


def how_many_above(contents: Contents, base: str, say: Words) -> str:
    """How many regions report more than expected on a base."""
    count = len(contents.above(base))
    key = {0: "public.above.none", 1: "public.above.one"}.get(count, "public.above.count")
    return say(key, count=count, base=say(f"base.{base}"))


def differing(row: RegionRow, base: str, say: Words) -> str:
    """What the other base makes of a row where its verdict is another one; else nothing."""
    return "".join(
        say(
            "public.differs",
            base=say(f"base.{other}"),
            verdict=say(f"verdict.{judged.verdict}"),
        )
        for other, judged in row.judged.items()
        if judged.verdict != row.judged[base].verdict
    )


def times_text(judged: Judged, say: Words) -> tuple[str, str]:
    """Times the expected, and its 95 % interval; both empty where nothing is expected."""
    if math.isnan(judged.ratio):
        return "", ""
    ratio, low, high = (say.number(v, 1) for v in (judged.ratio, judged.low, judged.high))
    return f"{ratio}×", f"({low}–{high})"


def rate_key(contents: Contents, key: str) -> str:
    """The key that says "and year" where a period is longer than one."""
    return key if contents.period.months == 12 else f"{key}.yearly"


def rate_text(rate: float, say: Words) -> str:
    """A rate with one decimal."""
    return say.number(rate, 1)


def region_sentence(row: RegionRow, contents: Contents, say: Words) -> str:
    """Name, figures, verdict, source and year of a region: what the map may say of it."""
    differs = differing(row, BASES[0], say)
    verdict = say(f"verdict.{row.verdict}") + (f" ({differs})" if differs else "")
    return say(
        rate_key(contents, "public.region.says"),
        name=row.name,
        count=say.number(row.reported_count),
        unit=say(f"unit.{contents.period.unit}.plural"),
        rate=rate_text(row.rate_per_100k, say),
        verdict=verdict,
        period=say(f"period.{contents.period.code}"),
    )
