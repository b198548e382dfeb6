"""Do reports rise or fall? The own counts of a department, and of the country, in two periods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from atlas.results.compare import compared_years
from atlas.results.matrix import yearly_registries
from atlas.results.regions import department_name, row_of, spread
from atlas.results.sentences import flag_lines, unit_text
from atlas.results.years import change_overdispersion, require_comparable
from atlas.words import Words
from data.cache import cached
from data.comparing import newest_pair, own_obstacle
from data.periods import INCOMPLETE, MAIN, NOT_COMPARED, REGISTRIES, UNKNOWN, Period
from data.reports import load_region_counts
from geo.change import Trend, kappas_of_a_total, own_change
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed
from geo.regions import with_kappa

_NUMBERS = ("ratio", "low", "high", "p_value", "q_value", "missed_doubling")
_PARTS = (3, 4, 5, 10)
"""a share near one of these parts of a whole is said as a third, ... a tenth"""
_NEAR = 0.015
"""largest distance of a share from the part that it is said as"""


@dataclass(frozen=True, slots=True)
class OwnTrend:
    """Whether reports rise or fall in a department or the country, with its figures."""

    before: Period
    after: Period
    count_before: float
    """NaN: not known."""
    count_after: float
    ratio: float
    """reports per resident and month, later over earlier; NaN where not tested."""
    low: float
    high: float
    """95 % interval."""
    p_value: float
    missed_doubling: float
    """chance (0 to 1) that a true doubling is not called."""
    trend: Trend
    flags: tuple[str, ...] = ()
    """why a department is not tested."""
    left_out: tuple[str, ...] = ()
    """departments (codes) that are not in the country's counts."""

    @property
    def is_by_length(self) -> bool:
        """Whether periods of different length are compared, per month."""
        return self.before.months != self.after.months

    @property
    def monthly(self) -> tuple[float, float]:
        """Reports a month, before and after."""
        return self.count_before / self.before.months, self.count_after / self.after.months


@framed
@cached
def own_change_for(before: Period, after: Period) -> Tiered[pd.DataFrame]:
    """Second period over first of each department's own counts; 25 rows by code.

    ``reported_count_before`` and ``..._after``, ``ratio`` of the rates (infinite from zero
    upwards) with its 95 % interval ``low`` to ``high``, ``p_value``, ``q_value``,
    ``missed_doubling`` (chance, 0 to 1), ``verdict`` (geo.change.Trend) and the flags of both
    periods; the kappa of periods so long and so far apart. A department that is not ranked in
    either, or has no report in both, is untestable and has no numbers. UserError for two periods
    of different registries, that overlap, are recorded late, or hold other months of a year where
    the registry has months.
    """
    require_comparable(before, after, own_obstacle(before, after))
    sides = load_region_counts.tiered(before), load_region_counts.tiered(after)
    left, right = (side.frame for side in sides)
    ranked = (left["is_ranked"] & right["is_ranked"]).to_numpy(dtype=bool)
    old, new = left[ranked], right[ranked]
    waves = change_overdispersion(before, after)
    change = own_change(
        old["reported_count"],
        new["reported_count"],
        old["person_years"],
        new["person_years"],
        waves.kappas,
    )
    frame = left.loc[:, ["department_ubigeo", "department", "unit", "registry"]].assign(
        reported_count_before=left["reported_count"],
        reported_count_after=right["reported_count"],
        **{name: spread(getattr(change, name), ranked) for name in _NUMBERS},
        verdict=spread(map(str, change.trend), ranked, str(Trend.UNTESTABLE)),
        flags=(left["flags"] + right["flags"]).map(dict.fromkeys).map(list),
    )
    return gate(derive(with_kappa(frame, waves), *sides, name="own_change"), "T1")


@cached
def country_trend(before: Period, after: Period) -> OwnTrend:
    """Second period over first of the country's own count, with the waves of a sum.

    A department whose record is whole in one period alone is in neither count. UserError as
    :func:`own_change_for`.
    """
    require_comparable(before, after, own_obstacle(before, after))
    left, right = load_region_counts(before), load_region_counts(after)
    gaps = [
        side["flags"].map(lambda has: bool({UNKNOWN, INCOMPLETE} & {*has}))
        for side in (left, right)
    ]
    # not ranked in both: counted where it does not belong, but in the country all the same
    inside = ~gaps[0] & ~gaps[1] & (left["is_ranked"] == right["is_ranked"])
    old, new = left[inside], right[inside]
    counts = [side["reported_count"].to_numpy(float) for side in (old, new)]
    kappas = kappas_of_a_total(counts[0] + counts[1], change_overdispersion(before, after).kappas)
    change = own_change(
        [counts[0].sum()],
        [counts[1].sum()],
        [float(old["person_years"].sum())],
        [float(new["person_years"].sum())],
        kappas,
    )
    return OwnTrend(
        before,
        after,
        *(float(side.sum()) for side in counts),
        *(float(getattr(change, name)[0]) for name in ("ratio", "low", "high", "p_value")),
        missed_doubling=float(change.missed_doubling[0]),
        trend=change.trend[0],
        left_out=tuple(left.loc[~inside, "department_ubigeo"]),
    )


def own_trend(department: str, before: Period, after: Period) -> OwnTrend:
    """Return a department's (INEI code) row of :func:`own_change_for`."""
    row = row_of(own_change_for(before, after).set_index("department_ubigeo"), department)
    numbers = ("reported_count_before", "reported_count_after", "ratio", "low", "high", "p_value")
    return OwnTrend(
        before,
        after,
        *(float(row[name]) for name in numbers),
        missed_doubling=float(row["missed_doubling"]),
        trend=Trend(row["verdict"]),
        flags=tuple(flag for flag in row["flags"] if flag in NOT_COMPARED),
    )


@cached
def newest_trends(department: str) -> tuple[OwnTrend, ...]:
    """Whether a department's newest reports rise or fall, in each registry that counts by year."""
    pairs = (newest_pair(registry.code) for registry in yearly_registries())
    return tuple(own_trend(department, *pair) for pair in pairs if pair)


@cached
def country_trends() -> tuple[OwnTrend, ...]:
    """The country's trends: the newest of each registry, then the main one's whole years."""
    pairs = [newest_pair(registry.code) for registry in yearly_registries()]
    newest, *earlier = compared_years(REGISTRIES[MAIN])
    pairs += [(first, newest) for first in earlier]
    return tuple(country_trend(*pair) for pair in pairs if pair)


def trend_answer(department: str, say: Words, trends: Iterable[OwnTrend] = ()) -> str:
    """Return :func:`trend_sentences` as one text, with how often a doubling would be missed."""
    trends = tuple(trends) or newest_trends(department)
    parts = (*trend_sentences(department, say, trends), trend_missed(department, say, trends))
    return " ".join(filter(None, parts))


def trend_sentences(department: str, say: Words, trends: Iterable[OwnTrend] = ()) -> list[str]:
    """Say whether a department's reports rise or fall, then from how many to how many.

    ``trends`` are those of :func:`newest_trends` unless given. Registries that say the same share
    the first sentence.
    """
    trends, name = tuple(trends) or newest_trends(department), department_name(department)
    tested = [trend for trend in trends if trend.trend != Trend.UNTESTABLE]
    parts = []
    shared = {trend.trend for trend in tested}
    # what only one registry can say is not said of all reports
    if shared == {Trend.UNCLEAR} or (len(shared) == 1 and len(tested) == len(trends)):
        parts.append(say(f"trend.{tested[0].trend}", name=name))
        parts += [_counts(trend, say) for trend in tested]
        parts += [say("trend.usual")] if shared == {Trend.UNCLEAR} else []
    else:
        for trend in tested:
            registry = say(f"registry.{trend.before.registry_code}")
            parts += [say(f"trend.by.{trend.trend}", name=name, registry=registry)]
            parts += [_counts(trend, say)]
            parts += [say("trend.usual")] if trend.trend == Trend.UNCLEAR else []
    parts += [_why_untested(department, trend, say) for trend in trends if trend not in tested]
    return parts


def trend_missed(department: str, say: Words, trends: Iterable[OwnTrend] = ()) -> str:
    """Say how often the first test of :func:`trend_sentences` misses a doubling, or "".

    It is empty if nothing was tested, or if the test shows a rise or a fall.
    """
    trends = tuple(trends) or newest_trends(department)
    first = next((trend for trend in trends if trend.trend != Trend.UNTESTABLE), None)
    return _missed(first, say) if first and first.trend == Trend.UNCLEAR else ""


def _counts(trend: OwnTrend, say: Words) -> str:
    text = say(
        "trend.counts",
        registry=say(f"registry.{trend.before.registry_code}"),
        first=say.number(trend.count_before),
        last=say.number(trend.count_after),
        before=_name(trend.before, say),
        after=_name(trend.after, say),
    )
    if not trend.is_by_length:
        return text
    first, last = (say.number(count, 1) for count in trend.monthly)
    return f"{text} {say('trend.per_month', first=first, last=last)}"


def _name(period: Period, say: Words) -> str:
    """Name a period inside a sentence; a full year without the caution that its name may have."""
    is_year = len(period.years) == 1 and not period.is_part_year
    return str(period.years[0]) if is_year else say(f"period.{period.code}")


def _missed(trend: OwnTrend, say: Words) -> str:
    missed = round(10 * trend.missed_doubling)
    return say("trend.missed.always" if missed == 10 else "trend.missed", missed=missed)


def _why_untested(department: str, trend: OwnTrend, say: Words) -> str:
    """Return the registry's flags of the department, or that neither period has a report."""
    registry = say(f"registry.{trend.before.registry_code}")
    lines = [
        line
        for period in (trend.before, trend.after)
        for line in flag_lines(period, _forbidding(department, period), say, area=department)
    ]
    why = " ".join(dict.fromkeys(lines)) or say("trend.untestable.none")
    return say("trend.untestable", registry=registry, why=why)


def _forbidding(department: str, period: Period) -> list[str]:
    flags = load_region_counts(period).set_index("department_ubigeo")["flags"][department]
    return [flag for flag in flags if flag in NOT_COMPARED]


def country_sentences(trend: OwnTrend, say: Words) -> list[str]:
    """Say the country's counts before and after, the part it changed, and the test's answer."""
    earlier, later = trend.monthly
    change = later / earlier - 1
    part = next((part for part in _PARTS if abs(abs(change) - 1 / part) <= _NEAR), 0)
    share = say("trend.part", share=say.percent(abs(change)))
    direction = "same" if abs(change) < 0.005 else "fewer" if change < 0 else "more"
    names = say.list(map(department_name, trend.left_out))
    key = "trend.country.left_out" if names else "trend.country.whole"
    registry = say(f"card.elsewhere.by.{trend.before.registry_code}")
    place = say(key, registry=registry, names=names)
    return [
        say(
            f"trend.country.{direction}{'.per_month' if trend.is_by_length else ''}",
            place=place,
            first=say.number(trend.count_before),
            last=say.number(trend.count_after),
            unit=unit_text(trend.before.unit, trend.count_before, say),
            before=_name(trend.before, say),
            after=_name(trend.after, say),
            amount=say(f"trend.part.{part}") if part else share,
        ),
        say(f"trend.country.{trend.trend}"),
    ]
