"""The figures of one area in one period as values, and their only writer.

Counts, rates, ratios, margins and verdicts are written by one rule of digits, whatever the outlet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from atlas.results.sentences import (
    Row,
    counted_text,
    end_text,
    expected_text,
    interval_text,
    margin_text,
    missed_here,
    rate_text,
    ratio_text,
    unit_text,
    verdict_reason,
    verdict_text,
)
from atlas.words import Words
from data.periods import Period
from data.reports import AREA_COLUMNS
from geo.excess import Verdict


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
    verdict: Verdict
    flags: tuple[str, ...]
    row: Row
    """what it was read from"""

    @classmethod
    def of(cls, row: Row, period: Period) -> Figures:
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
            verdict=Verdict(row["verdict"]),
            flags=tuple(row["flags"]),
            row=row,
        )

    @property
    def is_tested(self) -> bool:
        """Whether the area was compared with the others."""
        return self.verdict != Verdict.UNTESTABLE

    @property
    def is_apart(self) -> bool:
        """Whether there is no clear difference although the margin leaves out 1."""
        return self.verdict == Verdict.UNREMARKABLE and not self.low <= 1 <= self.high

    def told(self, say: Words) -> Told:
        """The figures in words."""
        return Told(self, say)


class Told(Mapping[str, str]):
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
        "margin": lambda of, say: margin_text(of.row, say),
        "interval": lambda of, say: interval_text(of.row, say),
        "verdict": lambda of, say: say(f"verdict.{of.verdict}"),
        "reason": lambda of, say: verdict_reason(of.row, say),
        "conclusion": lambda of, say: verdict_text(of.row, say),
        "missed": lambda of, say: missed_here(of.row, of.period, say),
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


def table_words(figures: Figures, say: Words) -> dict[str, str]:
    """Write the figures for a table of areas or years: ``span`` is empty for an area not compared.

    ``said`` is the text for a screen reader.
    """
    told = figures.told(say)
    return {
        "count": told["count"],
        "ratio": told["ratio"],
        "span": told["margin"] if figures.is_tested else "",
        "said": told["interval"],
        "verdict": str(figures.verdict),
        "verdict_text": told["conclusion"],
        "reason": told["reason"],
    }
