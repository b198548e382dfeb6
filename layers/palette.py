"""Breaks and colours: one scale per measure, the same for every period; missing is not low.

Low values are a neutral grey, never a cold "safe" colour, and no colour is an alarm red.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from geo.errors import ParameterError
from geo.excess import Verdict

Measure = Literal["smr", "rate_per_100k", "count"]
MISSING, ZERO = "missing", "zero"
HATCH = "url(#hatch-missing)"
"""paint of an area without a figure; the page defines the pattern."""
ZERO_COLOR = "#fdfdfb"


@dataclass(frozen=True, slots=True)
class Choropleth:
    """Classes of a measure, cut at fixed breaks."""

    measure: str
    """what is measured; names the classes."""
    breaks: tuple[float, ...]
    """ascending edges in the unit of the measure; the last may be infinite. An edge belongs to
    the class above it."""
    colors: tuple[str, ...]
    """one per class: ``len(colors) == len(breaks) - 1``."""

    def __post_init__(self) -> None:
        if len(self.colors) != len(self.breaks) - 1:
            raise ParameterError(
                f"{len(self.colors)} colours for {len(self.breaks)} breaks; give one fewer"
            )
        if list(self.breaks) != sorted(set(self.breaks)):
            raise ParameterError(f"breaks {self.breaks} must rise")

    def classify(self, value: object) -> str:
        """Return ``"missing"``, ``"zero"`` or the class ``"0"``, ``"1"``, ... of ``value``.

        Missing is asked first: a comparison with NaN is false and would let it fall into the
        last class, where the worst regions are.

        Raises
        ------
        ParameterError
            For a value below the lowest break.

        Examples
        --------
        >>> [SMR.classify(v) for v in (float("nan"), None, 0, 0.79, 0.8, 11.6)]
        ['missing', 'missing', 'zero', '1', '2', '6']
        """
        try:
            number = math.nan if value is None else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = math.nan  # pandas.NA and text
        if not math.isfinite(number):
            return MISSING
        if number < self.breaks[0]:
            raise ParameterError(
                f"{self.measure} is {number}; the lowest allowed is {self.breaks[0]}"
            )
        if number == 0:
            return ZERO
        inside = sum(number >= edge for edge in self.breaks[1:-1])
        return str(inside)

    def color(self, fill_class: str) -> str:
        """Return the fill of a class: a colour, or the hatch of what is missing."""
        if fill_class == MISSING:
            return HATCH
        if fill_class == ZERO:
            return ZERO_COLOR
        return self.colors[int(fill_class)]


@dataclass(frozen=True, slots=True)
class Categories:
    """Named classes of a verdict; what is not among them is missing."""

    measure: str
    """what is named; names the classes."""
    colors: dict[str, str]
    """class -> colour."""

    def classify(self, value: object) -> str:
        """Return the class, or ``"missing"`` (untestable, NaN, unknown)."""
        return value if isinstance(value, str) and value in self.colors else MISSING

    def color(self, fill_class: str) -> str:
        """Return the fill of a class: a colour, or the hatch of what is missing."""
        return HATCH if fill_class == MISSING else self.colors[fill_class]


_WARM = ("#f7f1e2", "#f4dfc1", "#efc39d", "#e29f80", "#cb716f", "#9f4468", "#5f1f50")
SMR = Choropleth(
    "smr",
    (0.0, 0.5, 0.8, 1.25, 2.0, 4.0, 8.0, math.inf),
    ("#e6e6e1", "#efece3", "#f6efdf", "#f3d3b0", "#e6a183", "#c2616c", "#6d2459"),
)
RATE = Choropleth("rate_per_100k", (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf), _WARM)
COUNT = Choropleth("count", (0.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, math.inf), _WARM)
VERDICT = Categories(
    "verdict",
    {
        Verdict.ABOVE: "#8a3464",
        Verdict.UNREMARKABLE: "#f6efdf",
        Verdict.BELOW: "#b9bab6",
    },
)
DENSITY = ("#f3d3b0", "#e6a183", "#c2616c", "#97406a", "#6d2459")
"""cases per km2 from low to high; below the lowest class nothing is painted."""

INK = "#2b1233"
"""outline of a region with more reports than expected."""
BELOW = "#6f6f69"
"""outline of a region with fewer reports than expected: neutral."""
MINING = "#0c6b63"
CELL_COLORS = ("#86bcb3", "#4f9d92", "#268078", MINING)
"""the dark teal over white at rising opacity, as solid colours: visible on any fill"""
ROUTE = "#29437f"
ROUTE_MEDIUM = "#5169a3"
"""lighter: sources of medium confidence."""
PLACE = "#241a2b"
SERVICE = "#3f4a57"
GROUND = {
    "light": {"sea": "#dde8ed", "neighbour": "#f2f1ed", "land": "#faf8f3", "river": "#a9c6d6"},
    "dark": {"sea": "#16232b", "neighbour": "#262a2d", "land": "#34373a", "river": "#4d7186"},
}
"""colours of the ground per theme; frame.css holds the same values and a test compares them."""


def palette_for(measure: Measure | Literal["verdict"]) -> Choropleth | Categories:
    """Return the fixed scale of a measure.

    Raises
    ------
    ParameterError
        For an unknown measure.
    """
    known: dict[str, Choropleth | Categories] = {
        item.measure: item for item in (SMR, RATE, COUNT, VERDICT)
    }
    if measure not in known:
        raise ParameterError(f"measure is {measure!r}; allowed: {', '.join(known)}")
    return known[measure]
