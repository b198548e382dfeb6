"""Breaks and colours: one scale per measure for all periods; missing is not low.

Low values are a neutral grey, never a cold "safe" colour, and no colour is an alarm red.
"""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.errors import ParameterError
from geo.excess import Verdict

MISSING, ZERO, FEW = "missing", "zero", "few"
HATCH = "url(#hatch-missing)"
"""paint of an area without a figure; the page defines the pattern."""
HATCH_LINE, HATCH_GROUND = "#b4b1a8", "#f4f3ef"
_FEW_PAINT = "url(#few-{})"
ZERO_COLOR = "#fdfdfb"
QUIET = "#f6f4ee"
"""an area where nothing is shown"""


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

    def classify(self, value: object) -> str:
        """Return ``"missing"``, ``"zero"`` or the class ``"0"``, ``"1"``, ... of ``value``.

        Missing is asked first: a comparison with NaN is false and would let it fall into the
        last class, where the worst regions are.
        """
        try:
            number = math.nan if value is None else float(value)  # pyrefly: ignore[bad-argument-type]
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
        """Return the fill of a class: a colour, or the hatch for missing data."""
        if fill_class == MISSING:
            return HATCH
        if fill_class == ZERO:
            return ZERO_COLOR
        color = self.colors[int(fill_class.removeprefix(FEW))]
        return few_paint(color) if fill_class.startswith(FEW) else color


@dataclass(frozen=True, slots=True)
class Categories:
    """Named classes of a verdict; any other value is missing."""

    colors: dict[str, str]
    """class -> colour."""

    def classify(self, value: object) -> str:
        """Return the class, or ``"missing"`` (untestable, NaN, unknown)."""
        return value if isinstance(value, str) and value in self.colors else MISSING

    def color(self, fill_class: str) -> str:
        """Return the fill of a class: a colour, or the hatch for missing data."""
        return HATCH if fill_class == MISSING else self.colors[fill_class]


_WARM = ("#f7f1e2", "#f4dfc1", "#efc39d", "#e29f80", "#cb716f", "#9f4468", "#5f1f50")
SMR = Choropleth(
    "smr",
    (0.0, 0.5, 0.8, 1.25, 2.0, 4.0, 8.0, math.inf),
    ("#cdceca", "#e2e1da", "#f7f0df", "#f3d3b0", "#e6a183", "#c2616c", "#6d2459"),
)
RATE = Choropleth("rate_per_100k", (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf), _WARM)
COUNT = Choropleth("count", (0.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, math.inf), _WARM)
VERDICT = Categories(
    {
        Verdict.ABOVE: "#8a3464",
        Verdict.UNREMARKABLE: "#f6efdf",
        Verdict.BELOW: "#b9bab6",
    },
)
MATCHED = "#c9b3c2"
"""an area without reports that meets the reader's conditions; frame.css holds the same"""
QUIET_AREAS = Categories({"quiet": QUIET})
"""of areas of which the registry publishes nothing"""
DENSITY = ("#f1eb78", "#eabb6f", "#f38b04", "#ff5844", "#d65392")
"""cases per km2 from low to high, amber to magenta: clear where the regions' measures are dark, so
that the outline of a conclusion is stronger; below the lowest class nothing is painted."""
GLOW_STEPS = 3
"""colours of the glow for each class of the density"""


def density_glow(colors: tuple[str, ...] = DENSITY) -> tuple[str, ...]:
    """The density's colours with those between them as ``#rrggbbaa``, from nearly clear to dense.

    GLOW_STEPS a class, so that the surface fades out and shows no edge.
    """
    rgb = np.array([_channels(color) for color in colors])
    count = GLOW_STEPS * len(colors)
    # the middle of each step; a class's own colour stands in its middle
    middle = (np.arange(count) + 0.5) / GLOW_STEPS - 0.5
    mixed = np.array([np.interp(middle, np.arange(len(colors)), channel) for channel in rgb.T])
    alpha = 255 * np.interp((np.arange(count) + 1) / count, (0, 0.55, 1), (0.0, 0.58, 0.72))
    return tuple(map(_hex, np.vstack([mixed, alpha]).T))


def _channels(color: str) -> np.ndarray:
    """Red, green and blue of ``#rrggbb``, 0 to 255."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])


def _hex(channels: np.ndarray) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in channels)


INK = "#2b1233"
"""outline of a region with more reports than expected."""
BELOW, BELOW_DASH = "#6f6f69", (1.5, 3.0)
"""outline of a region with fewer reports than expected: neutral, and a row of points."""
RIM, RIM_DASHES = "#9c3a1d", {90: (5.0, 3.0)}
"""line around an area that holds a share of the modelled reports, of the density's hue; broken by
its percent."""
MINING = "#0c6b63"


@dataclass(frozen=True, slots=True)
class Look:
    """How the shapes of an overlay are painted, on the map, on paper and in the legend."""

    name: str
    """class of the shapes in the page."""
    color: str
    dash: tuple[float, float] | None = None
    """length of a dash and of the gap after it, units of a picture; None: the line is whole."""
    sign: Literal["circle", "area", "line"] = "circle"
    """what stands for it in the legend."""


CELL_COLORS = ("#208069", "#0b704c", "#04573c", "#063d31")
"""teal from a few mined hectares to many: visible on any fill, with a white edge on the dark"""
CELL_SIZES = (0.45, 0.62, 0.8, 1.0)
"""share of a cell's side that its square has, by the same classes"""
ROUTE = "#2f55a8"
ROUTE_MEDIUM = "#667db5"
"""lighter: one documented route alone."""
PLACE = "#241a2b"
SERVICE = "#3f4a57"
GROUND = {
    "light": {"sea": "#dde8ed", "neighbour": "#f2f1ed", "land": "#faf8f3", "river": "#b5d0de"},
    "dark": {"sea": "#16232b", "neighbour": "#262a2d", "land": "#34373a", "river": "#4d7186"},
}
"""colours of the ground per theme; frame.css holds the same values and a test compares them."""


PALE_SHARE = 0.42
"""share of a region's colour that is left under the density; frame.css holds the same"""


def faded(color: str) -> str:
    """A colour under the density, ``#rrggbbaa``: its class can still be told apart."""
    return f"{color}{round(255 * PALE_SHARE):02x}"


def on_land(color: str) -> str:
    """Return a colour, ``#rrggbb`` or ``#rrggbbaa``, as it appears over the land."""
    share = int(color[7:] or "ff", 16) / 255
    return _hex(share * _channels(color) + (1 - share) * _channels(GROUND["light"]["land"]))


def pale(color: str) -> str:
    """Return a region's colour as it appears under the density."""
    return on_land(faded(color))


_DIM_SHARE = 0.16
"""share of its colour that is left of an area that does not meet the conditions, as in frame.css"""


def dim(color: str) -> str:
    """Return an area's colour as it appears if it does not meet the conditions."""
    return on_land(f"{color}{round(255 * _DIM_SHARE):02x}")


_HUE = ((-0.574, 1.43, 0.144), (0.426, 0.43, 0.144), (0.426, 1.43, -0.856))
_SATURATION = (
    (1.19675, -0.17875, -0.018),
    (-0.05325, 1.07125, -0.018),
    (-0.05325, -0.17875, 1.232),
)


def in_the_dark(color: str) -> str:
    """Return a colour as frame.css shows it in the dark: lightness inverted, same hue.

    >>> in_the_dark("#ffffff")
    '#242424'
    """
    rgb = 0.86 - 0.72 * _channels(color) / 255  # invert(.86)
    for matrix in (_HUE, _SATURATION):  # hue-rotate(180deg) saturate(1.25)
        rgb = np.clip(np.array(matrix) @ rgb, 0, 1)
    return _hex(255 * rgb)


def luminance(color: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2)."""
    srgb = _channels(color) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


_LEAST_CONTRAST = 4.55
"""on every colour white or black has more: 4.58 where both have the same"""
_GREYS = ("#5f5a55", "#4a4541", "#332e2d", "#141012", "#ffffff", "#000000")
_DARK_GREYS = ("#c4bfb8", "#dedad4", "#ffffff", "#141012", "#000000")


def name_inks(fill: str, *, is_dark: bool = False) -> tuple[str, str]:
    """Return colours for a name and for the figure under it that can be read on a fill.

    The name takes the palest grey of a contrast of 4.5 to 1 or more, the figure the strongest ink
    of the same side; ``fill`` is what is seen, in the dark after :func:`in_the_dark`.

    >>> name_inks("#6d2459"), name_inks("#f6efdf")
    (('#ffffff', '#ffffff'), ('#5f5a55', '#141012'))
    """
    ground = luminance(fill)
    for ink in _DARK_GREYS if is_dark else _GREYS:
        low, high = sorted((ground, luminance(ink)))
        if (high + 0.05) / (low + 0.05) >= _LEAST_CONTRAST:
            break
    if ink == "#000000":
        return ink, ink
    return ink, "#ffffff" if luminance(ink) > ground else "#141012"


PALEST_WARM = 3
"""class of times the expected at which areas stop that do not have more than expected"""


def shown_class(
    palette: Choropleth | Categories, value: object, verdict: object, flags: Container[str] = ()
) -> str:
    """Return the class in which an area is painted: strong ratios belong to a verdict of more.

    A ratio of few reports is pale whatever the verdict, and of a class that is hatched. A rate that
    is not compared has no class: beside others it would be read as low.

    >>> [shown_class(SMR, 9.0, verdict) for verdict in ("above", "unremarkable")]
    ['6', '3']
    >>> shown_class(SMR, 9.0, "unremarkable", ["few_reports"])
    'few3'
    >>> [shown_class(RATE, 9.0, verdict) for verdict in ("unremarkable", "untestable")]
    ['5', 'missing']
    """
    if palette is RATE and verdict == Verdict.UNTESTABLE:
        return MISSING
    own, is_few = palette.classify(value), "few_reports" in flags
    if palette is not SMR or not own.isdigit() or (verdict == Verdict.ABOVE and not is_few):
        return own
    return f"{FEW if is_few else ''}{min(int(own), PALEST_WARM)}"


def few_paint(color: str) -> str:
    """The paint of an area whose ratio rests on few reports: its colour, hatched by the page."""
    return _FEW_PAINT.format(color.removeprefix("#"))


def few_ground(fill: str) -> str | None:
    """Return the colour under the hatch of few reports; None for any other fill.

    >>> few_ground(few_paint("#f3d3b0")), few_ground("#f3d3b0")
    ('#f3d3b0', None)
    """
    start, end = _FEW_PAINT.split("{}")
    return f"#{fill.removeprefix(start).removesuffix(end)}" if fill.startswith(start) else None


SCALES: dict[str, Choropleth | Categories] = {
    "count": COUNT,
    "rate": RATE,
    "smr": SMR,
    "verdict": VERDICT,
}
"""the scale of each measure of the departments, the same for every period."""
_PEOPLE = ("#f1eff4", "#dedae7", "#c6c0d6", "#aaa2c2", "#8b82ab", "#6b6191", "#4a4172")
_PER_KM2 = Choropleth("per_km2", (0.0, 2.0, 10.0, 30.0, 100.0, 500.0, 2000.0, math.inf), _PEOPLE)
_HECTARES = (0.0, 10.0, 100.0, 1000.0, 10000.0, math.inf)
_GREENS = ("#dcece8", "#a9d0c8", "#5fa89d", "#1f7b72", "#054a44")
AREA_SCALES: dict[tuple[str, str], Choropleth] = {
    ("people", "provinces"): Choropleth(
        "people", (0.0, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, math.inf), _PEOPLE
    ),
    ("people", "districts"): Choropleth(
        "people", (0.0, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, math.inf), _PEOPLE
    ),
    **{("per_km2", level): _PER_KM2 for level in ("provinces", "districts")},
    **{
        (measure, level): Choropleth(measure, _HECTARES, _GREENS)
        for measure in ("mined", "illegal")
        for level in ("provinces", "districts")
    },
}
"""the scale of each measure below the department, by measure and level."""
