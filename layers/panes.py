"""The order in which things lie on the map, from the sea up: without tiles nothing else says it."""

from __future__ import annotations

from typing import Literal

Pane = Literal[
    "neighbours",
    "regions",
    "density",
    "water",
    "mining",
    "outlines",
    "routes",
    "places",
    "labels",
]

PANES: dict[str, int] = {
    "neighbours": 310,
    "regions": 330,
    "density": 350,
    "water": 370,
    "mining": 390,
    "outlines": 410,
    "routes": 430,
    "places": 450,
    "labels": 470,
}
"""name of the pane -> z-index; the sea is the ground of the map and lies below all of them."""
