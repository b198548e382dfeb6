"""Shares of the police registry's victims in whole years, with small counts hidden."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from atlas.results.regions import department_name
from atlas.words import Words
from data.cache import cached
from data.periods import MONTHS_PER_YEAR, REGISTRIES, UNKNOWN, parse_period, span_months
from data.police import (
    BASE,
    BY_SEX,
    NOT_RECORDED,
    PARTS_OF,
    TOTAL,
    gate_card,
    load_profile_categories,
    load_victims,
    parse_years,
    profile_parts,
    profile_years,
    range_code,
    victim_counts,
)
from data.population import load_ages
from geo.privacy.provenance import Tiered, derive, framed
from geo.rates import chance_interval, years_interval

REGISTRY = "police"
COLUMNS = (
    *("group", "category", "share", "count", "base"),
    *("rate_per_100k", "rate_low", "rate_high", "rate_margin", "population", "rate_period"),
)
_BAR_KINDS = {NOT_RECORDED: "none", "not_identified": "none", "other": "other"}
"""category that says little to how its bar is drawn"""
_MOST_NAMED = 4
"""hidden categories that are named one by one; more are counted"""
_COUNTED = {"female": "women", "male": "men"}


@framed
def victim_profile(
    period: str,
    department_ubigeo: str | None = None,
    *,
    registry: str = REGISTRY,
    groups: Collection[str] = (),
) -> Tiered[pd.DataFrame]:
    """Return the victims of whole years by sex, age, purpose ...: of a department or the country.

    group, category (codes; :func:`data.police.load_profile_categories` has their words), share
    (0 to 1), count (Int64), base (victims, or entries where the source has more of them
    and they are shown; Int64).
    In a year that the card of the counts takes as missing all are.
    Where a count is hidden its share is missing too: it is 0 to 4, its base is 1 to 4, or it would
    give away another one (geo.privacy.ranges). "not_recorded" is what
    the source has no entry for; it has no row where it is none or hidden. A group that was not
    recorded in these years has counts missing.

    Of the group "sex_age" (categories such as "female.12-17") also population (the people of that
    sex and age that the census of 2025 counted, for every year), rate_per_100k of them and year,
    its 95 % margins (rate_low, rate_high), rate_margin: what they reckon with ("years": the spread
    of the years, each of which is shown, and chance; "chance": that alone, as a spread of hidden
    years would tell of them), and rate_period: the years in which ages were recorded. A rate of a
    hidden count is missing; elsewhere all are.

    ``groups`` are codes of those that are wanted, none for all.

    ParameterError for what the registry does not have and for an unknown department.

    Examples
    --------
    >>> victim_profile("2017/2025-09").head(2)[["category", "count", "base"]].to_numpy().tolist()
    [['female', 4493, 5142], ['male', 649, 5142]]
    """
    years = parse_years(period or whole_period(department_ubigeo), registry)
    area = department_ubigeo or ""
    if area:
        department_name(area)  # refuses one that there is not
    shown_counts = victim_counts().get((years.code, area), {})
    rows: list[tuple[Any, ...]] = []
    for group, table in load_profile_categories().groupby("group", sort=False):
        if groups and group not in groups:
            continue
        base = shown_counts.get((str(group), BASE), shown_counts.get(TOTAL, pd.NA))
        rated = _people(area) if group == BY_SEX else {}
        codes, lengths, rated_period = (
            _years_with_ages(years.first, years.last) if rated else ([], np.zeros(0), None)
        )
        for category in (*table["category"], NOT_RECORDED):
            count = shown_counts.get((str(group), category))
            if count is None and category == NOT_RECORDED:
                continue
            share = np.nan if count is None else count / base
            people, rates = rated.get(category, pd.NA), (np.nan, np.nan, np.nan, None)
            if count is not None and category in rated and codes:
                by_year = [
                    victim_counts().get((code, area), {}).get((BY_SEX, category)) for code in codes
                ]
                rates = _rates(count, by_year, rated[category], lengths)
            period_of = rated_period if category in rated else None
            shown = pd.NA if count is None else count
            rows.append((group, category, share, shown, base, *rates, people, period_of))
    whole = dict.fromkeys(("count", "base", "population"), "Int64")
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(whole)
    inputs = load_victims.tiered(), load_ages.tiered()
    return derive(frame, *inputs, name="victim_profile")


@cached
def _people(area: str) -> dict[str, int]:
    """The people counted in 2025 of each category of the group by sex, of an area."""
    table = load_profile_categories()
    ages = load_ages()
    if area:
        ages = ages[ages["department_ubigeo"] == area]
    people = {}
    for category in table.loc[table["group"] == BY_SEX, "category"]:
        sex, _, band = category.partition(".")
        youngest, _, oldest = band.rstrip("+").partition("-")
        inside = ages["age"].between(int(youngest), int(oldest or ages["age"].max()))
        people[category] = int(ages.loc[inside, f"counted_{_COUNTED[sex]}"].sum())
    return people


def _rates(
    count: int, by_year: list[int | None], people: int, lengths: np.ndarray
) -> tuple[float, float, float, str]:
    """Return the rate of a shown count, its margins, and the kind of margin.

    By the spread of the years, where each of them is shown, but never narrower than by chance.
    """
    ends = [end / lengths.sum() for end in chance_interval(count)]
    margin = "chance"
    of_years = [rate for rate in by_year if rate is not None]
    if len(of_years) == len(by_year) > 1:
        low, high = years_interval(np.array(of_years), lengths)
        ends, margin = [min(low, ends[0]), max(high, ends[1])], "years"
    low, high = ends
    per = 1e5 / people
    return per * count / lengths.sum(), per * low, per * high, margin


def _years_with_ages(first: int, last: int) -> tuple[list[str], np.ndarray, str | None]:
    """Return codes and lengths of the years that have ages, and the code of all of them."""
    lacking = gate_card()["unrecorded"].get(BY_SEX, [])
    codes = [code for code in profile_years()[first:last] if code not in lacking]
    spans = [span_months(code) for code in codes]
    lengths = np.array([end - begin + 1 for begin, end in spans]) / MONTHS_PER_YEAR
    return codes, lengths, range_code(tuple(codes), 0, len(codes)) if codes else None


def whole_period(department_ubigeo: str | None = None) -> str:
    """Return the code of all years, or of a department's longest run of known years."""
    years = profile_years()
    lacking = [at for at, code in enumerate(years) if is_missing(code, department_ubigeo)]
    runs = [
        (after - before - 1, before + 1, after)
        for before, after in pairwise([-1, *lacking, len(years)])
    ]
    _, first, last = max(runs)
    return range_code(years, first, last)


def is_missing(code: str, department_ubigeo: str | None) -> bool:
    """Whether the registry's card takes some month of a range as missing in a department."""
    return department_ubigeo in parse_period(code, REGISTRY).missing


def offered_ranges() -> tuple[str, ...]:
    """Return codes of all ranges of years of the profile."""
    years = profile_years()
    ends = range(len(years) + 1)
    return tuple(range_code(years, first, last) for first in ends for last in ends[first + 1 :])


def shown_categories(department_ubigeo: str) -> dict[str, int]:
    """Return how many categories of the group by sex and age are shown, by range of years."""
    return {
        code: sum(
            group == BY_SEX and category not in (BASE, NOT_RECORDED)
            for group, category in victim_counts().get((code, department_ubigeo), ())
        )
        for code in offered_ranges()
    }


def in_words(frame: pd.DataFrame, say: Words) -> pd.DataFrame:
    """Replace the codes of a profile by words."""
    labels = labels_of(say)
    return frame.assign(
        group=[say(f"figures.group.{group}") for group in frame["group"]],
        category=[labels[key] for key in zip(frame["group"], frame["category"], strict=True)],
    )


def labels_of(say: Words) -> dict[tuple[str, str], str]:
    """Return the words of each (group, category)."""
    table = load_profile_categories()
    column = "label_es" if say.lang == "es" else "label"
    keys = zip(table["group"], table["category"], strict=True)
    labels = dict(zip(keys, table[column], strict=True))
    return labels | {(group, NOT_RECORDED): say("who.not_recorded") for group in table["group"]}


def facts(frame: pd.DataFrame, say: Words) -> list[str]:
    """Write women, minors, and recruitment and purpose most often; [] where all are hidden."""
    rows = {(row["group"], row["category"]): row for row in frame.to_dict("records")}
    sentences = []
    female = rows["sex", "female"]
    if pd.notna(female["count"]):
        sentences.append(say("who.female", share=say.percent(female["share"])))
    young, unknown = rows["age", "under_18"], rows.get(("age", NOT_RECORDED))
    if pd.notna(young["count"]):
        key = "who.minors" if unknown is None else "who.minors_unknown"
        part = 0.0 if unknown is None else float(unknown["share"])
        text = say(key, share=say.percent(young["share"]), unknown=say.percent(part))
        sentences.append(text)
    for group in ("recruitment", "purpose"):
        if first := _most_frequent(frame[frame["group"] == group]):
            label = _lower(labels_of(say)[group, first[0]])
            sentences.append(say(f"who.{group}", label=label, share=say.percent(first[1])))
    return sentences


def _most_frequent(group: pd.DataFrame) -> tuple[str, float] | None:
    """Category and share of a group's largest that says something; None if one could be larger."""
    shown = group[~group["category"].isin((*_BAR_KINDS, NOT_RECORDED))].dropna(subset="share")
    if shown.empty:
        return None
    largest = int(shown["share"].argmax())
    share = float(shown["share"].iloc[largest])
    # a hidden category could have all that is not shown
    hidden = 1.0 - float(group["share"].sum())
    return (str(shown["category"].iloc[largest]), share) if share > hidden else None


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def is_ever_shown(department_ubigeo: str) -> bool:
    """Whether anything but totals is shown of a department in any range of years."""
    shown = (victim_counts().get((code, department_ubigeo), {}) for code in offered_ranges())
    return any(key != TOTAL for counts in shown for key in counts)


def who_line(department_ubigeo: str | None, say: Words) -> str:
    """Write the complaints of all years and who is recorded as a victim in them, for a card."""
    frame = victim_profile("", department_ubigeo)
    period = say(f"period.{parse_years(whole_period(department_ubigeo), REGISTRY).code}")
    sentences = facts(frame, say)
    if not sentences:
        return say("who.line_none", period=period)
    count = say.number(frame["base"].iloc[0])
    place = department_name(department_ubigeo) if department_ubigeo else say("quote.country")
    return say("who.line", place=place, count=count, period=period, facts="; ".join(sentences))


def notes(period: str, department_ubigeo: str | None, say: Words) -> list[str]:
    """List the cautions on the profile of these years and this area."""
    years = parse_years(period, REGISTRY)
    codes, lines = profile_years()[years.first : years.last], []
    for group in load_profile_categories()["group"].unique():
        if group in PARTS_OF:
            continue
        for name in ("unrecorded", "entries"):
            noted = [code[:4] for code in codes if code in gate_card()[name].get(group, ())]
            if noted:
                group_name = say(f"figures.group.{group}")
                lines.append(say(f"who.note.{name}", group=group_name, years=say.list(noted)))
    lines.append(say("who.note.other"))
    if "-" in codes[-1]:
        lines.append(say("who.note.late", end=say.month(codes[-1].rpartition("/")[2])))
    reason = "reason_es" if say.lang == "es" else "reason"
    for note in REGISTRIES[REGISTRY].notes:
        if note["flag"] == UNKNOWN and not is_missing(years.code, department_ubigeo):
            continue
        if department_ubigeo and note["area_ubigeo"] == department_ubigeo:
            lines.append(f"{note[reason].rstrip('.')}.")
    return lines


@dataclass(frozen=True, slots=True)
class Bar:
    """A category of a profile in words, and its width in percent; ``kind`` is how it is drawn."""

    kind: str
    name: str
    share: str
    count: str
    width: float


@dataclass(frozen=True, slots=True)
class BarGroup:
    """The bars of a group, and in a line what is hidden of it."""

    title: str
    base: str
    bars: list[Bar]
    hidden: str


def sections(frame: pd.DataFrame, say: Words) -> tuple[list[BarGroup], list[str]]:
    """Return the groups of a profile for the template figures/who.

    Parts of a category stand below it; what is hidden is named in one line. Groups of which nothing
    can be shown come as their names alone.
    """
    labels = labels_of(say)
    tables = {str(group): table for group, table in frame.groupby("group", sort=False)}
    inside = profile_parts()
    drawn, withheld = [], []
    for group, table in tables.items():
        if group in PARTS_OF:
            continue
        finer = next((name for name, of in PARTS_OF.items() if of == group), "")
        kinds = dict(inside[finer]) if finer else {}
        bars: list[Bar] = []
        for number, row in enumerate(table.to_dict("records"), 1):
            if pd.isna(row["count"]):
                continue
            bars.append(_bar(row, _BAR_KINDS.get(row["category"], ""), labels, say))
            if number in kinds:
                finest = (
                    tables[finer].iloc[[part - 1 for part in kinds[number]]].dropna(subset="count")
                )
                bars += [_bar(part, "part", labels, say) for part in finest.to_dict("records")]
        if not bars:
            withheld.append(say(f"figures.group.{group}").lower())
            continue
        base = int(table["base"].iloc[0])
        hidden = table.loc[table["count"].isna(), "category"]
        names = [labels[group, category] for category in hidden]
        drawn.append(
            BarGroup(
                title=say(f"figures.group.{group}"),
                base=say("who.base", base=say.number(base)),
                bars=bars,
                hidden=_hidden(names, base - int(table["count"].sum()), say),
            )
        )
    return drawn, withheld


def _bar(
    row: dict[Hashable, Any], kind: str, labels: dict[tuple[str, str], str], say: Words
) -> Bar:
    share = row["share"]
    return Bar(
        kind=kind,
        name=labels[row["group"], row["category"]],
        share=say.percent(share) if share >= 0.005 else say("who.under_one"),
        count=say.number(row["count"]),
        width=100.0 * share,
    )


def _hidden(names: list[str], count: int, say: Words) -> str:
    if not names:
        return ""
    if not count:
        return say("who.unrecorded")
    what = say("who.categories", count=len(names))
    if len(names) <= _MOST_NAMED:
        what = say.list(map(_lower, names))
    return say("who.hidden", names=what, count=say.number(count))
