"""A scene as SVG: the same scene gives the same bytes."""

from __future__ import annotations

import base64
from html import escape

from layers.picture.scene import Disc, Image, Path, Scene, Shape, Text, path_data
from layers.picture.scene import short as n
from layers.picture.typography import STACK, clean, width_of

_WEIGHTS = {"regular": "", "semibold": ' font-weight="600"', "bold": ' font-weight="700"'}


def inline_svg(scene: Scene, window: tuple[float, float, float, float]) -> str:
    """Write a scene as an element of a page that shows its window: left, top, width, height.

    It has no background and no size of its own, and texts with a link lead there; the ground of a
    region says its code.
    """
    left, top, width, height = map(n, window)
    description = _safe(f"{scene.title} {scene.description}")
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="group" aria-label="{description}" '
            f'viewBox="{left} {top} {width} {height}" font-family="{escape(STACK)}">',
            '<g stroke-linejoin="round" stroke-linecap="round" fill-rule="evenodd">',
            *(shape_svg(shape, decimals=1, is_coded=True) for shape in scene.shapes),
            "</g>",
            *(
                f'<a href="{_safe(text.link)}">{_svg_text(text)}</a>'
                if text.link
                else _svg_text(text)
                for text in scene.texts
            ),
            "</svg>",
        ]
    )


def scene_svg(scene: Scene, *, width_px: int | None = None) -> bytes:
    """Write a scene as an SVG document with a title, a description and selectable text.

    ``width_px`` is the width it asks for when opened alone; its own units by default.
    """
    width = width_px or scene.width
    height = width * scene.height / scene.width
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{_safe(scene.lang)}" role="img" '
        f'aria-labelledby="title description" width="{n(width)}" height="{n(height)}" '
        f'viewBox="0 0 {n(scene.width)} {n(scene.height)}" font-family="{escape(STACK)}">',
        f'<title id="title">{_safe(scene.title)}</title>',
        f'<desc id="description">{_safe(scene.description)}</desc>',
        f'<rect width="{n(scene.width)}" height="{n(scene.height)}" fill="{scene.background}"/>',
        '<g stroke-linejoin="round" stroke-linecap="round" fill-rule="evenodd">',
        *(shape_svg(shape) for shape in scene.shapes),
        "</g>",
        *(_svg_text(text) for text in scene.texts),
        "</svg>\n",
    ]
    return "\n".join(parts).encode("utf-8")


def _safe(text: str) -> str:
    return escape(clean(text))


def _paint(shape: Path | Disc) -> str:
    paint = f' fill="{shape.fill or "none"}"'
    if shape.stroke:
        paint += f' stroke="{shape.stroke}" stroke-width="{n(shape.width)}"'
        if shape.dash:
            # round caps add the width to each dash and take it from the gap
            paint += (
                f' stroke-dasharray="{n(shape.dash[0])} {n(shape.dash[1])}" stroke-linecap="butt"'
            )
    return paint


def shape_svg(shape: Shape, decimals: int = 2, *, is_coded: bool = False) -> str:
    """Write a shape as an SVG element; ``is_coded`` adds the region's code."""
    if isinstance(shape, Disc):
        return f'<circle cx="{n(shape.x)}" cy="{n(shape.y)}" r="{n(shape.radius)}"{_paint(shape)}/>'
    if isinstance(shape, Image):
        left, top, width, height = map(n, shape.window)
        href = base64.b64encode(shape.png).decode("ascii")
        return (
            f'<svg x="{left}" y="{top}" width="{width}" height="{height}" '
            f'viewBox="{left} {top} {width} {height}"><image x="{n(shape.x)}" y="{n(shape.y)}" '
            f'width="{n(shape.width)}" height="{n(shape.height)}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{href}"/></svg>'
        )
    data = path_data(shape.rings, is_closed=shape.is_closed, decimals=decimals)
    code = f' data-code="{escape(shape.code)}"' if is_coded and shape.code else ""
    return f'<path d="{data}"{_paint(shape)}{code}/>'


def _svg_text(text: Text) -> str:
    # the reader's font may be wider than ours: each line keeps the width that it was given
    length = width_of(text.text, text.size, text.weight)
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    halo = ""
    if text.halo:
        halo = (
            f' stroke="{text.halo}" stroke-width="{n(text.halo_width)}" '
            'stroke-linejoin="round" paint-order="stroke"'
        )
    return (
        f'<text x="{n(text.x)}" y="{n(text.y)}" font-size="{n(text.size)}" '
        f'fill="{text.color}"{_WEIGHTS[text.weight]} textLength="{n(length)}" '
        f'lengthAdjust="spacingAndGlyphs"{anchor}{halo}>{_safe(text.text)}</text>'
    )
