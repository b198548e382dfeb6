"""Shares of victims by sex, age, form of exploitation and recruitment, as ranges over sources.

Nothing is averaged. Two things are computed, and each is marked: a share where a source gives a
count and its total, and minors as the sum of the two age groups under 18 where one source gives
both and no total.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from data import load_breakdowns
from maps.figures import Figure, figures_of

_AGES_UNDER_18 = ("0-12", "13-17")
GROUPS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "sex": {
        "female": (("victim sex", "female"),),
        "male": (("victim sex", "male"),),
    },
    "age": {
        "minors": (("victim age", "under 18"), ("victim age/sex", "minors")),
        "13-17": (("victim age", "13-17"),),
        "0-12": (("victim age", "0-12"),),
        "18-24": (("victim age", "18-24"),),
    },
    "form": {
        "sexual": (("form of exploitation", "sexual"),),
        "labour": (("form of exploitation", "labour"),),
        "both": (("form of exploitation", "sexual and labour"),),
    },
    "recruitment": {
        "job": (
            ("recruitment", "job offer"),
            ("recruitment", "false job offer"),
            ("recruitment", "deceptive job offer"),
        ),
        "acquaintance": (("recruitment", "persuasion by acquaintance, friend or relative"),),
        "networks": (("recruitment", "social networks (sexual exploitation complaints)"),),
    },
}
"""Group, category, and the (dimension, category) pairs of the table that count as the same."""


@dataclass(frozen=True, slots=True)
class Range:
    """One category over all sources that give a share of it."""

    group: str
    category: str
    figures: tuple[Figure, ...]
    """sorted by share, lowest first."""

    @property
    def low(self) -> Figure:
        """The lowest share."""
        return self.figures[0]

    @property
    def high(self) -> Figure:
        """The highest share."""
        return self.figures[-1]


def _with_share(figure: Figure) -> Figure | None:
    """The share that the source gives, or the count over the total that it names."""
    if figure.unit == "percent":
        return replace(figure, share_percent=figure.value)
    total = re.match(r"([\d,]+) ", figure.named("base", "en"))
    if total is None:
        return None
    share = 100.0 * figure.value / float(total.group(1).replace(",", ""))
    return replace(figure, share_percent=share, computed="share")


def _minors_by_sum(figures: list[Figure]) -> list[Figure]:
    """Minors where one source gives 0 to 12 and 13 to 17 of one window, and no total."""
    under_18 = next(item for item in figures if item.named("category", "en") == "under 18")
    groups: dict[tuple[str, tuple[str | None, str | None]], list[Figure]] = {}
    for figure in figures:
        if figure.named("category", "en") in _AGES_UNDER_18:
            key = (figure.sources[0]["url"] + figure.named("base", "en"), figure.period)
            groups.setdefault(key, []).append(figure)
    return [
        replace(
            pair[0],
            names=pair[0].names | {"category": under_18.names["category"]},
            value=sum(item.value for item in pair),
            share_percent=sum(item.value for item in pair),
            computed="sum",
            note="",
            sources=tuple(item.sources[0] for item in pair),
        )
        for pair in groups.values()
        if len(pair) == len(_AGES_UNDER_18)
    ]


@lru_cache(maxsize=2)
def ranges(outlet: str = "internal") -> tuple[Range, ...]:
    """Each category as a range over its sources: one figure a source, nothing averaged.

    Parameters
    ----------
    outlet : {"internal", "public"}
        Who will read them, for the gate.

    Examples
    --------
    >>> job = next(item for item in ranges() if item.category == "job")
    >>> [item.share_percent for item in job.figures]
    [27.0, 29.0, 63.0, 72.0]
    """
    table = figures_of(load_breakdowns(), outlet=outlet)
    found = []
    for group, categories in GROUPS.items():
        for category, pairs in categories.items():
            rows = [
                share
                for figure in table
                if (figure.named("dimension", "en"), figure.named("category", "en")) in pairs
                and (share := _with_share(figure)) is not None
            ]
            if category == "minors":
                rows += _minors_by_sum(table)
            rows.sort(key=lambda item: item.share_percent or 0.0)
            found.append(Range(group, category, tuple(rows)))
    return tuple(found)


def not_drawn() -> tuple[Figure, ...]:
    """Rows of the table that no range takes: another base, or a part without a counterpart."""
    drawn = {
        pair for categories in GROUPS.values() for pairs in categories.values() for pair in pairs
    }
    return tuple(
        figure
        for figure in figures_of(load_breakdowns())
        if (figure.named("dimension", "en"), figure.named("category", "en")) not in drawn
    )


def same_observatory_on_minors() -> tuple[Figure, Figure]:
    """Highest and lowest share of minors that one registry gave for windows from January 2007."""
    minors = next(item for item in ranges() if item.category == "minors")
    same = [figure for figure in minors.figures if figure.period[0] == "2007-01"]
    return same[-1], same[0]
