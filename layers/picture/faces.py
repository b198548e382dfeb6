"""Type and page: the typeface and its widths, columns of text, the frame of an A4 page.

Source Sans, from the package font-source-sans-pro (SIL Open Font License 1.1). The SVG names it
first and then the reader's own fonts, and holds every line to the width measured here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as FilePath

import font_source_sans_pro
import numpy as np
from PIL import ImageFont

from layers.picture.scene import Item, Path, Scene, Text, Weight, box, line

FILES: dict[Weight, str] = {
    "regular": "SourceSansPro-Regular.ttf",
    "semibold": "SourceSansPro-Semibold.ttf",
    "bold": "SourceSansPro-Bold.ttf",
}
STACK = (
    "'Source Sans 3','Source Sans Pro','Segoe UI','Helvetica Neue',Helvetica,Arial,"
    "'Liberation Sans',sans-serif"
)
"""font-family of the SVG."""
_MEASURED_AT = 200
_SPACES = re.compile(r"[ \t\n]+")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")


def path_of(weight: Weight) -> str:
    """File of a weight."""
    return str(FilePath(font_source_sans_pro.font_directory) / FILES[weight])


@lru_cache(maxsize=64)
def face(weight: Weight, size: float) -> ImageFont.FreeTypeFont:
    """The face at a size in pixels, laid out letter by letter: the same on every machine."""
    return ImageFont.truetype(path_of(weight), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, weight: Weight = "regular") -> float:
    """Width of one line of text in the unit of ``size``.

    >>> round(width_of("Madre de Dios", 10, "bold"), 1)
    61.9
    """
    return face(weight, _MEASURED_AT).getlength(clean(text)) * size / _MEASURED_AT


def clean(text: str) -> str:
    """Text without control characters, which break SVG and draw as boxes elsewhere."""
    return _UNPRINTABLE.sub(" ", text)


def wrap(text: str, width: float, size: float, weight: Weight = "regular") -> list[str]:
    """Break text into lines no wider than ``width``; a word that is too long is cut.

    >>> wrap("reportado, no prevalencia", 60, 10)
    ['reportado, no', 'prevalencia']
    """
    lines: list[str] = []
    current = ""
    # a no-break space holds a number and its unit together
    for word in _SPACES.split(clean(text).strip()):
        while width_of(word, size, weight) > width and len(word) > 1:
            kept = next(
                n
                for n in range(len(word) - 1, 0, -1)
                if n == 1 or width_of(word[:n], size, weight) <= width
            )
            if current:
                lines.append(current)
                current = ""
            lines.append(word[:kept])
            word = word[kept:]
        joined = f"{current} {word}".strip()
        if current and width_of(joined, size, weight) > width:
            lines.append(current)
            current = word
        else:
            current = joined
    return [*lines, current] if current else lines


def shorten(text: str, width: float, size: float) -> str:
    """The text, or as much of it as fits before an ellipsis."""
    text = clean(text)
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip(" ,;:") + "…"


INK, SOFT, LINE, ACCENT, PALE = "#25211f", "#5f5a55", "#dcd7cc", "#6d2459", "#f5f2ea"
PRODUCT = "Atlas Trata Perú"
WIDTH, HEIGHT = 595.2756, 841.8898
"""A4 in points."""
LEFT, RIGHT = 40.0, WIDTH - 40.0
WIDE = RIGHT - LEFT
FOOT = HEIGHT - 40.0
"""nothing of the page's own text reaches below."""


@dataclass(slots=True)
class Column:
    """A column of a sheet: what is added stands below what is there."""

    left: float
    width: float
    y: float = 0.0
    """lower edge of what is there, units."""
    items: list[Item] = field(default_factory=list)

    def text(
        self,
        text: str,
        size: float,
        color: str = INK,
        weight: Weight = "regular",
        *,
        leading: float = 1.28,
        rise: float = 0.98,
        after: float = 0.0,
    ) -> None:
        """Add wrapped text; ``leading`` and ``rise`` (top to first baseline) are shares of size."""
        for words in wrap(text, self.width, size, weight):
            self.items.append(Text(self.left, self.y + size * rise, words, size, color, weight))
            self.y += size * leading
        self.y += after

    def heading(self, text: str) -> None:
        """Add a heading over a thin line."""
        self.text(text, 10.5, ACCENT, "bold", after=1.5)
        self.rule(0.7)
        self.y += 4

    def rule(self, width: float = 0.8) -> None:
        """Add a thin line."""
        ends = [(self.left, self.y), (self.left + self.width, self.y)]
        self.items.append(line(ends, stroke=LINE, width=width))

    def point(self, text: str, *, indent: float, leading: float, after: float) -> None:
        """Add a paragraph behind a dot."""
        self.items.append(Text(self.left, self.y + 8.2, "·", 10, ACCENT, "bold"))
        inner = self.beside(indent)
        inner.text(text, 8.4, leading=leading, after=after)
        self.y = inner.y

    def beside(self, left: float, width: float | None = None, y: float | None = None) -> Column:
        """A column inside this one, ``left`` units from its edge, that adds to the same items."""
        wide = self.width - left if width is None else width
        return Column(self.left + left, wide, self.y if y is None else y, self.items)


def moved(items: Iterable[Item], dx: float, dy: float) -> list[Item]:
    """The same items elsewhere."""
    return [
        replace(item, rings=tuple(ring + np.array([dx, dy]) for ring in item.rings))
        if isinstance(item, Path)
        else replace(item, x=item.x + dx, y=item.y + dy)
        for item in items
    ]


@dataclass(frozen=True, slots=True)
class PlacedScene:
    """A scene at its place on a page, points from the upper left corner."""

    scene: Scene
    left: float = 0.0
    top: float = 0.0
    width: float = WIDTH
    corner: float = 0.0


def page_frame(kind: str, footer: str, page: str, *, mark: str = "") -> list[Item]:
    """What stands on every A4 page: bar, name of the atlas, kind of document, mark, foot."""
    items: list[Item] = [
        box(0, 0, WIDTH, 6, fill=ACCENT),
        Text(LEFT, 32, PRODUCT, 10, ACCENT, "bold"),
        Text(RIGHT, 32, kind, 9, SOFT, anchor="end"),
        line([(LEFT, FOOT + 8), (RIGHT, FOOT + 8)], stroke=LINE, width=0.7),
        Text(LEFT, FOOT + 19, shorten(footer, WIDE - 60, 7.4), 7.4, SOFT),
        Text(RIGHT, FOOT + 19, page, 7.4, SOFT, anchor="end"),
    ]
    if mark:
        items.append(Text(WIDTH / 2, 32, mark.upper(), 9, ACCENT, "bold", "middle"))
    return items
