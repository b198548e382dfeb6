"""A scene as SVG: real text in the reader's fonts, the same bytes for the same picture."""

from __future__ import annotations

from html import escape

import numpy as np

from exports.faces import STACK, clean, width_of
from exports.scene import Disc, Path, Scene, Shape, Text

_WEIGHTS = {"regular": "", "semibold": ' font-weight="600"', "bold": ' font-weight="700"'}


def scene_svg(scene: Scene, *, width_px: int | None = None) -> bytes:
    """Write a scene as an SVG document with a title, a description and selectable text.

    Parameters
    ----------
    scene : Scene
        The picture.
    width_px : int, optional
        Width the picture asks for when opened alone; its own units by default.
    """
    width = width_px or scene.width
    height = width * scene.height / scene.width
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{_safe(scene.lang)}" role="img" '
        f'aria-labelledby="title description" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(scene.width)} {_n(scene.height)}" font-family="{escape(STACK)}">',
        f'<title id="title">{_safe(scene.title)}</title>',
        f'<desc id="description">{_safe(scene.description)}</desc>',
        f'<rect width="{_n(scene.width)}" height="{_n(scene.height)}" fill="{scene.background}"/>',
        '<g stroke-linejoin="round" stroke-linecap="round" fill-rule="evenodd">',
        *(_shape(shape) for shape in scene.shapes),
        "</g>",
        *(_text(text) for text in scene.texts),
        "</svg>\n",
    ]
    return "\n".join(parts).encode("utf-8")


def _safe(text: str) -> str:
    return escape(clean(text))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _paint(shape: Shape) -> str:
    said = f' fill="{shape.fill}"' if shape.fill else ' fill="none"'
    if shape.stroke:
        said += f' stroke="{shape.stroke}" stroke-width="{_n(shape.width)}"'
        if shape.dash:
            # round caps add the width to each dash and take it from the gap
            said += (
                f' stroke-dasharray="{_n(shape.dash[0])} {_n(shape.dash[1])}" stroke-linecap="butt"'
            )
    return said


def _shape(shape: Shape) -> str:
    if isinstance(shape, Disc):
        return (
            f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}"{_paint(shape)}/>'
        )
    data = "".join(_ring(ring, shape) for ring in shape.rings)
    return f'<path d="{data}"{_paint(shape)}/>'


def _ring(ring: np.ndarray, shape: Path) -> str:
    rounded = np.round(ring, 2)
    kept = rounded[np.r_[True, np.any(np.diff(rounded, axis=0) != 0, axis=1)]]
    points = "L".join(f"{_n(x)},{_n(y)}" for x, y in kept)
    return f"M{points}" + ("Z" if shape.is_closed else "")


def _text(text: Text) -> str:
    said = f'<text x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}"'
    said += f' fill="{text.color}"{_WEIGHTS[text.weight]}'
    # the reader's font may be wider than ours: each line keeps the width that it was given
    length = width_of(text.text, text.size, text.weight)
    said += f' textLength="{_n(length)}" lengthAdjust="spacingAndGlyphs"'
    if text.anchor != "start":
        said += f' text-anchor="{text.anchor}"'
    if text.halo:
        said += (
            f' stroke="{text.halo}" stroke-width="{_n(text.halo_width)}" '
            'stroke-linejoin="round" paint-order="stroke"'
        )
    return f"{said}>{_safe(text.text)}</text>"
