"""By what the public map may be coloured when its page opens; the reader can change it."""

from __future__ import annotations

from geo.errors import ParameterError

MEASURES = ("rate", "verdict")


def require_measure(measure: str) -> str:
    """Return the measure; ParameterError unless the map can be coloured by it."""
    if measure not in MEASURES:
        raise ParameterError(f"unknown measure: allowed are {', '.join(MEASURES)}")
    return measure
