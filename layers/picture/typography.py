"""Type: the typeface and its widths, columns of text.

Source Sans, from the package font-source-sans-pro (SIL Open Font License 1.1). The SVG names it
first and then the reader's own fonts, and holds every line to the width measured here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

import font_source_sans_pro
import numpy as np
from PIL import ImageFont

from layers.picture.scene import Item, Path, Text, Weight

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
MISSING_SIGN = "\u25ca"
"""a lozenge, which the typeface has, for a sign that it lacks."""
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
    """Return a line of text without control characters, which break SVG, and :func:`drawable`."""
    return drawable(_UNPRINTABLE.sub(" ", text))


def drawable(text: str) -> str:
    """Return text with a visible sign for each character that the typeface lacks.

    Typst refuses a document with such a character; a browser uses any typeface for it.

    Signs without a width of their own (joiners, accents apart) are left out.

    >>> drawable("Ñuñoa \u2714 \u65e5\u672c"), drawable("Jose\u0301")
    ('Ñuñoa ◊ ◊◊', 'José')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_drawn, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=4096)
def _drawn(sign: str) -> str:
    if sign in "\n\r\t":
        return sign
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Mn", "Me", "Cf", "Cs"):
        return ""
    if any(_pixels(sign, weight) == _pixels("\U0010fffe", weight) for weight in FILES):
        return {"Zs": " ", "Pd": "-"}.get(kind, MISSING_SIGN)
    return sign


def _pixels(sign: str, weight: Weight) -> bytes:
    """How a face draws a sign; all that it lacks look alike."""
    mask: Any = face(weight, _MEASURED_AT).getmask(sign)
    return bytes(mask)


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
            length = next(
                n
                for n in range(len(word) - 1, 0, -1)
                if n == 1 or width_of(word[:n], size, weight) <= width
            )
            if current:
                lines.append(current)
                current = ""
            lines.append(word[:length])
            word = word[length:]
        joined = f"{current} {word}".strip()
        if current and width_of(joined, size, weight) > width:
            lines.append(current)
            current = word
        else:
            current = joined
    return [*lines, current] if current else lines


INK, SOFT, LINE, ACCENT = "#25211f", "#5f5a55", "#dcd7cc", "#6d2459"
PRODUCT = "Atlas Trata Perú"


@dataclass(slots=True)
class Column:
    """A column of a sheet that stacks what is added."""

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
