"""Scales of what is known by province and district: people and hectares, never reports.

Other hues than the reports have: a violet grey for people, the teal of the mining for hectares.
"""

from __future__ import annotations

import math
from typing import Literal

from geo.errors import ParameterError
from layers.palette import Choropleth

AreaMeasure = Literal["people", "per_km2", "mined"]
_PEOPLE = ("#f1eff4", "#dedae7", "#c6c0d6", "#aaa2c2", "#8b82ab", "#6b6191", "#4a4172")
_MINED = ("#dcece8", "#a9d0c8", "#5fa89d", "#1f7b72", "#054a44")
_EDGES: dict[tuple[str, str], tuple[float, ...]] = {
    ("people", "provinces"): (0, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, math.inf),
    ("people", "districts"): (0, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, math.inf),
    ("per_km2", "provinces"): (0, 2, 10, 30, 100, 500, 2000, math.inf),
    ("per_km2", "districts"): (0, 2, 10, 30, 100, 500, 2000, math.inf),
    ("mined", "provinces"): (0, 10, 100, 1000, 10000, math.inf),
    ("mined", "districts"): (0, 10, 100, 1000, 10000, math.inf),
}


def area_palette(measure: str, level: str) -> Choropleth:
    """Return the fixed scale of a measure at a level.

    Raises
    ------
    ParameterError
        For an unknown measure or level.

    Examples
    --------
    >>> scale = area_palette("mined", "districts")
    >>> [scale.classify(value) for value in (float("nan"), 0, 9.9, 34722)]
    ['missing', 'zero', '0', '4']
    """
    if (measure, level) not in _EDGES:
        known = ", ".join(f"{one} by {what}" for one, what in _EDGES)
        raise ParameterError(f"no scale of {measure!r} by {level!r}; there are {known}")
    colors = _MINED if measure == "mined" else _PEOPLE
    return Choropleth(measure, tuple(float(edge) for edge in _EDGES[measure, level]), colors)
