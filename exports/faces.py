"""The one typeface of PNG and PDF, and how wide its words are.

Source Sans, from the package font-source-sans-pro (SIL Open Font License 1.1). The SVG names it
first and then the reader's own fonts, and holds every line to the width measured here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path as FilePath

import font_source_sans_pro
from PIL import ImageFont

from exports.scene import Weight

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

    Examples
    --------
    >>> round(width_of("Madre de Dios", 10, "bold"), 1)
    61.9
    """
    return face(weight, _MEASURED_AT).getlength(clean(text)) * size / _MEASURED_AT


def clean(text: str) -> str:
    """Text without control characters, which break SVG and draw as boxes elsewhere."""
    return _UNPRINTABLE.sub(" ", text)


def wrap(text: str, width: float, size: float, weight: Weight = "regular") -> list[str]:
    """Break text into lines no wider than ``width``; a word that is too long is cut.

    Examples
    --------
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


def shorten(text: str, width: float, size: float, weight: Weight = "regular") -> str:
    """The text, or as much of it as fits before an ellipsis."""
    text = clean(text)
    if width_of(text, size, weight) <= width:
        return text
    while text and width_of(text + "…", size, weight) > width:
        text = text[:-1]
    return text.rstrip(" ,;:") + "…"
