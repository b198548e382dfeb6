"""The record of a legend: legend_html.py writes it for the live map, picture/legend.py draws it."""

from __future__ import annotations

from dataclasses import dataclass

from layers.palette import Look

Sign = str | Look
"""a sign of the legend by its name in picture/legend.py, or a look"""
Entry = tuple[Sign, str]
"""a sign, and its translated explanation"""


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar of colours with ticks between them, or one label under each colour."""

    title: str
    colors: tuple[str, ...]
    """``#rrggbb``, or ``#rrggbbaa`` where the land is seen through them"""
    ticks: tuple[str, ...]
    """edges that cut the bar in equal parts, or ``len(colors)`` names; formatted, translated."""
    note: str = ""
    """unit, registry and period in one line"""
    sizes: tuple[float, ...] = ()
    """sides of squares in the place of a bar, as shares of its height"""


@dataclass(frozen=True, slots=True)
class LegendSpec:
    """Content of the legend from top to bottom; only what is on the map belongs in it."""

    scale: Scale = Scale("", (), ())
    keys: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    """small print: what is not monitored, what lines are not"""
    heading: str = ""
    """stands in the title's place when the legend is folded; translated"""
    more: tuple[Scale, ...] = ()
    """scales of what lies over the areas"""
