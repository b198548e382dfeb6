"""What the two pages of a brief share: paper, head, foot."""

from __future__ import annotations

from dataclasses import dataclass

from exports.brief import Brief
from exports.brief_layout import ACCENT, LINE, SOFT
from exports.faces import shorten
from exports.scene import Item, Scene, Text, box, line

WIDTH, HEIGHT = 595.2756, 841.8898
"""A4 in points."""
LEFT, RIGHT = 40.0, WIDTH - 40.0
FOOT = HEIGHT - 40.0
"""nothing of the page's own text reaches below."""


@dataclass(frozen=True, slots=True)
class PlacedScene:
    """A scene at its place on the page, points from the upper left corner."""

    scene: Scene
    left: float
    top: float
    width: float
    corner: float = 0.0


def frame(brief: Brief, number: int) -> list[Item]:
    """Bar, name of the atlas, kind of document, foot."""
    page = brief.page.replace("{page}", str(number)).replace("{pages}", "2")
    return [
        box(0, 0, WIDTH, 6, fill=ACCENT),
        Text(LEFT, 32, brief.product, 10, ACCENT, "bold"),
        Text(RIGHT, 32, f"{brief.kind} · {brief.period}", 9, SOFT, anchor="end"),
        line([(LEFT, FOOT + 8), (RIGHT, FOOT + 8)], stroke=LINE, width=0.7),
        Text(LEFT, FOOT + 19, shorten(brief.footer, RIGHT - LEFT - 60, 7.4), 7.4, SOFT),
        Text(RIGHT, FOOT + 19, page, 7.4, SOFT, anchor="end"),
    ]


def sheet(brief: Brief, items: list[Item]) -> PlacedScene:
    """The page itself as a scene."""
    scene = Scene(WIDTH, HEIGHT, tuple(items), brief.name, brief.sentence, brief.lang)
    return PlacedScene(scene, 0, 0, WIDTH)
