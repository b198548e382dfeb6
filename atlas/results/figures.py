"""The figures of one area in one period as values, and their only writer.

Counts, rates, ratios, margins and verdicts are written by one rule of digits, whatever the outlet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from atlas.results.regions import Compared, missed_by_area, results_for, verdicts_of
from atlas.results.sentences import (
    compared_text,
    counted_text,
    end_text,
    expected_text,
    margin_span,
    rank_in,
    rate_text,
    ratio_text,
    robustness_line,
    unit_text,
)
from atlas.view import BASES
from atlas.words import Words
from data.cache import cached
from data.periods import Period
from data.reports import AREA_COLUMNS
from geo.excess import Verdict

_MISSED = {"double": 2.0, "triple": 3.0, "fivefold": 5.0}
"""times the expected of which a card says how often they are missed"""
_RANKED_BY = {"count": "reported_count", "excess": "smr"}
_STRIKING = 2.0
"""times the expected from which "no clear difference" wants a reason, and one over it"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of ``atlas.results.regions.results_for`` as values.

    NaN: nobody knows, or nothing was tested.
    """

    code: str
    name: str
    department: str
    period: Period
    """of the level of the area"""
    base: str
    unit: str
    count: float
    rate: float
    """reports per 100,000 person-years"""
    expected: float
    ratio: float
    low: float
    high: float
    """ends of the 95 % margin of the ratio"""
    p_value: float
    verdict: Verdict
    flags: tuple[str, ...]
    compared: Compared
    """the areas that it was tested with"""

    @classmethod
    def of(cls, row: Mapping[Hashable, Any] | pd.Series, period: Period) -> Figures:
        """Read a row of the results of a period, which is of the row's level."""
        key = AREA_COLUMNS[period.level]
        return cls(
            code=str(row[key]),
            name=str(row[key.removesuffix("_ubigeo")]),
            department=str(row["department"]),
            period=period,
            base=str(row["base"]),
            unit=str(row["unit"]),
            count=float(row["reported_count"]),
            rate=float(row["rate_per_100k"]),
            expected=float(row["expected"]),
            ratio=float(row["smr"]),
            low=float(row["smr_low"]),
            high=float(row["smr_high"]),
            p_value=float(row["p_value"]),
            verdict=Verdict(row["verdict"]),
            flags=tuple(row["flags"]),
            compared=row["compared"],
        )

    @property
    def is_tested(self) -> bool:
        """Whether the area was compared with the others."""
        return self.verdict != Verdict.UNTESTABLE

    @property
    def is_apart(self) -> bool:
        """Whether there is no clear difference although the margin leaves out 1."""
        return self.verdict == Verdict.UNREMARKABLE and not self.low <= 1 <= self.high

    def wording(self, say: Words) -> Wording:
        """The figures in words."""
        return Wording(self, say)


@cached
def figures_for(period: Period, base: str = BASES[0]) -> dict[str, Figures]:
    """Return the figures of every area of a period by its code; UserError as ``results_for``."""
    areas = (Figures.of(row, period) for row in results_for(period, base).to_dict("records"))
    return {of.code: of for of in areas}


class Wording(Mapping[str, str]):
    """The figures of an area in words, each under the placeholder that any message may have.

    Here figures are written, by one rule of digits: an outlet that wants one more names its
    placeholder in its message, and nothing else changes.
    """

    WRITTEN: ClassVar[dict[str, Callable[[Figures, Words], str]]] = {
        "name": lambda of, say: of.name,
        "count": lambda of, say: say.number(of.count),
        "unit": lambda of, say: unit_text(of.unit, of.count, say),
        "counted": lambda of, say: counted_text(of.count, of.unit, say),
        "rate": lambda of, say: rate_text(of.rate, say),
        "expected": lambda of, say: expected_text(of.expected, say),
        "ratio": lambda of, say: ratio_text(of.ratio, say),
        "low": lambda of, say: end_text(of.low, say),
        "high": lambda of, say: end_text(of.high, say),
        "margin": lambda of, say: margin_span(of.low, of.high, say),
        "interval": lambda of, say: _interval_text(of, say),
        "verdict": lambda of, say: say(f"verdict.{of.verdict}"),
        "reason": lambda of, say: verdict_reason(of, say),
        "conclusion": lambda of, say: verdict_text(of, say),
        "missed": lambda of, say: missed_here(of, say),
        "registry": lambda of, say: say(f"registry.{of.period.registry_code}"),
        "period": lambda of, say: say(f"period.{of.period.code}"),
        "when": lambda of, say: say(f"period.{of.period.code}.short"),
    }
    """``conclusion`` is the verdict with its reason, ``missed`` how often it hides twice the
    expected, ``when`` the period in few letters"""

    def __init__(self, figures: Figures, say: Words) -> None:
        self.figures, self.say = figures, say

    def __getitem__(self, name: str) -> str:
        return self.WRITTEN[name](self.figures, self.say)

    def __iter__(self) -> Iterator[str]:
        return iter(self.WRITTEN)

    def __len__(self) -> int:
        return len(self.WRITTEN)

    def __call__(self, key: str, **more: object) -> str:
        """A message of the catalogues; only the figures that it names are written."""
        text = self.say.catalogue[key]
        return self.say(key, **{name: self[name] for name in self if f"{{{name}}}" in text} | more)


def _interval_text(of: Figures, say: Words) -> str:
    """Write the 95 % interval of the ratio; empty where nothing was tested."""
    ends = {"ratio": of.ratio, "low": of.low, "high": of.high}
    texts = {name: end_text(end, say) for name, end in ends.items()}
    return "" if math.isnan(of.ratio) else say("card.interval", **texts)


def missed_text(of: Figures, say: Words, *, is_short: bool = False) -> str:
    """Say how often the conclusion misses 2, 3 and 5 times the expected; empty if not compared."""
    if not of.is_tested:
        return ""
    if is_short:
        return say("sure.missed.short", double=_missed_in_ten(of, 2))
    times = {name: _missed_in_ten(of, ratio) for name, ratio in _MISSED.items()}
    return say("sure.missed", **times)


def missed_here(of: Figures, say: Words) -> str:
    """Say how often "no clear difference" hides twice the expected here; else nothing."""
    if of.verdict != Verdict.UNREMARKABLE:
        return ""
    missed = _missed_in_ten(of, 2)
    return say("sure.missed.here.always" if missed == 10 else "sure.missed.here", missed=missed)


def _missed_in_ten(of: Figures, ratio: float) -> int:
    return round(10 * missed_by_area(of.period, of.base, ratio)[of.code])


def card_sentence(of: Figures, say: Words) -> str:
    """Say the verdict of an area in a period, or why there is none."""
    if not of.is_tested:
        return say("card.untestable")
    if of.verdict == Verdict.UNREMARKABLE:
        reason = verdict_reason(of, say)
        text = say("card.unremarkable", reason=f" ({reason})" if reason else "")
        return f"{text} {missed_here(of, say)}"
    suffix = "" if of.base == BASES[0] else f".{of.base}"
    return say(f"verdict.{of.verdict}.sentence{suffix}")


def ranks_text(of: Figures, say: Words) -> str:
    """Say the ranks that an area may have by reports and by times the expected; empty without.

    Of a range that covers more than half of the areas only that its place cannot be told.
    """
    ranges = {by: rank_in(of.period, of.base, column, of.code) for by, column in _RANKED_BY.items()}
    half = of.compared.count / 2
    texts, untold, is_chained = [], [], False
    for by, ends in ranges.items():
        if ends is None:
            return ""
        first, last = ends
        what = say(f"card.rank.by.{by}")
        if last - first + 1 > half:
            untold.append(what)
            continue
        is_chained |= first < last
        key = "card.rank.chain" if first < last else "card.rank"
        texts.append(say(key, what=what, first=first, last=last))
    parts = [say("card.ranks", ranks="; ".join(texts))] if texts else []
    if is_chained:
        parts.append(say("card.ranks.chained"))
    if untold:
        key = f"card.ranks.untold.{of.period.level}"
        parts.append(say(key if texts else f"{key}.all", what=say.list(untold, "or")))
    return " ".join(parts)


def depends_text(of: Figures, say: Words) -> str:
    """Say the verdict on the other base if it differs; else empty."""
    if "depends_on_denominator" not in of.flags:
        return ""
    other = next(base for base in BASES if base != of.base)
    verdict = say(f"verdict.{verdicts_of(of.period, other)[of.code]}")
    return say("card.depends", base=say(f"base.{other}"), verdict=verdict)


def how_sure(of: Figures, say: Words) -> str:
    """Say in one line how sure a conclusion is: margin, choices of method, excesses missed."""
    parts = (
        margin_caution(of, say) if of.is_tested else "",
        depends_text(of, say),
        robustness_line(of.code, of.period, of.base, say),
        missed_text(of, say),
    )
    return " ".join(filter(None, parts))


def margin_caution(of: Figures, say: Words) -> str:
    """Say that a margin is for one area alone, and the verdict for all compared."""
    return say("verdict.margin", among=compared_text(of.compared, say))


def verdict_text(of: Figures, say: Words) -> str:
    """Write the verdict on an area, with a reason where its figures seem to contradict it."""
    verdict, reason = say(f"verdict.{of.verdict}"), verdict_reason(of, say)
    return f"{verdict} ({reason})" if reason else verdict


def verdict_reason(of: Figures, say: Words) -> str:
    """Say why an area has no clear difference if its figures suggest one; otherwise empty.

    "No clear difference" beside a margin without 1, or beside twice the expected, convinces a
    reader only together with the reason: many areas are tested, reports are few, or counts rise and
    fall.
    """
    if of.verdict != Verdict.UNREMARKABLE:
        return ""
    if of.is_apart:
        return say("verdict.reason.many", among=compared_text(of.compared, say))
    if 1 / _STRIKING < of.ratio < _STRIKING:
        return ""
    return say(f"verdict.reason.{'few' if 'few_reports' in of.flags else 'years'}")
