"""A scene as SVG, PNG and PDF: the same scene gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageDraw
from PIL.PngImagePlugin import PngInfo
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from geo.errors import ParameterError
from layers.picture.faces import PRODUCT, STACK, PlacedScene, clean, face, path_of, width_of
from layers.picture.scene import Disc, Path, Scene, Shape, Text, Weight, dashes, path_data
from layers.picture.scene import short as n

_WEIGHTS = {"regular": "", "semibold": ' font-weight="600"', "bold": ' font-weight="700"'}


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
        *(_svg_shape(shape) for shape in scene.shapes),
        "</g>",
        *(_svg_text(text) for text in scene.texts),
        "</svg>\n",
    ]
    return "\n".join(parts).encode("utf-8")


def _safe(text: str) -> str:
    return escape(clean(text))


def _paint(shape: Shape) -> str:
    paint = f' fill="{shape.fill or "none"}"'
    if shape.stroke:
        paint += f' stroke="{shape.stroke}" stroke-width="{n(shape.width)}"'
        if shape.dash:
            # round caps add the width to each dash and take it from the gap
            paint += (
                f' stroke-dasharray="{n(shape.dash[0])} {n(shape.dash[1])}" stroke-linecap="butt"'
            )
    return paint


def _svg_shape(shape: Shape) -> str:
    if isinstance(shape, Disc):
        return f'<circle cx="{n(shape.x)}" cy="{n(shape.y)}" r="{n(shape.radius)}"{_paint(shape)}/>'
    data = path_data(shape.rings, is_closed=shape.is_closed, decimals=2)
    return f'<path d="{data}"{_paint(shape)}/>'


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


SMALLEST_PX, LARGEST_PX = 320, 6000
"""below, the words cannot be read; above, the picture needs more memory than a small server has."""
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def scene_png(scene: Scene, *, width_px: int = 1600) -> bytes:
    """Draw a scene as PNG, ``width_px`` wide (320 to 6,000, else ParameterError).

    Shapes are drawn three times larger (twice above 2,000 pixels) and averaged, so that their
    edges are smooth; texts are set at the final size by the rasteriser of the font.
    """
    if not SMALLEST_PX <= width_px <= LARGEST_PX:
        raise ParameterError(
            f"a picture {width_px} pixels wide cannot be drawn: give {SMALLEST_PX} to "
            f"{LARGEST_PX:,} pixels"
        )
    over = 3 if width_px <= 2000 else 2
    scale = width_px / scene.width
    height_px = round(scene.height * scale)
    image = Image.new("RGB", (width_px * over, height_px * over), scene.background)
    draw = ImageDraw.Draw(image)
    for shape in scene.shapes:
        _png_shape(image, draw, shape, scale * over)
    image = image.reduce(over)
    draw = ImageDraw.Draw(image)
    for text in scene.texts:
        _png_text(draw, text, scale)
    about = PngInfo()
    for key, value in (("Title", scene.title), ("Description", scene.description)):
        about.add_itxt(key, clean(value), lang=scene.lang)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True, pnginfo=about)
    return out.getvalue()


def _png_shape(image: Image.Image, draw: ImageDraw.ImageDraw, shape: Shape, scale: float) -> None:
    if isinstance(shape, Disc):
        turn = np.linspace(0, 2 * np.pi, 49)[:-1]
        ring = np.column_stack([np.cos(turn), np.sin(turn)]) * shape.radius + (shape.x, shape.y)
        shape = Path((ring,), True, shape.fill, shape.stroke, shape.width, shape.dash)
    rings = [ring * scale for ring in shape.rings]
    if shape.fill:
        _fill(image, draw, rings, shape.fill)
    if shape.stroke:
        for ring in rings:
            points = np.vstack([ring, ring[:1]]) if shape.is_closed else ring
            if shape.dash:
                pieces = dashes(points, (shape.dash[0] * scale, shape.dash[1] * scale))
            else:
                pieces = [points]
            for piece in pieces:
                _stroke(draw, piece, shape.stroke, shape.width * scale, round_ends=not shape.dash)


def _fill(
    image: Image.Image, draw: ImageDraw.ImageDraw, rings: list[np.ndarray], color: str
) -> None:
    if len(rings) == 1:
        draw.polygon([tuple(point) for point in rings[0]], fill=color)
        return
    # even-odd: a ring inside a ring is a hole; only the polygon's own corner of the picture
    low = np.floor(rings[0].min(axis=0)).astype(int)
    size = np.ceil(rings[0].max(axis=0)).astype(int) - low + 1
    mask = Image.new("1", (int(size[0]), int(size[1])))
    for ring in rings:
        one = Image.new("1", mask.size)
        ImageDraw.Draw(one).polygon([tuple(point) for point in ring - low], fill=1)
        mask = ImageChops.logical_xor(mask, one)
    image.paste(color, (int(low[0]), int(low[1])), mask)


def _stroke(
    draw: ImageDraw.ImageDraw, points: np.ndarray, color: str, width: float, *, round_ends: bool
) -> None:
    draw.line(
        [tuple(point) for point in points], fill=color, width=max(1, round(width)), joint="curve"
    )
    if round_ends and width > 2:
        for x, y in (points[0], points[-1]):
            half = width / 2
            draw.ellipse((x - half, y - half, x + half, y + half), fill=color)


def _png_text(draw: ImageDraw.ImageDraw, text: Text, scale: float) -> None:
    draw.text(
        (text.x * scale, text.y * scale),
        clean(text.text),
        font=face(text.weight, round(text.size * scale, 2)),
        fill=text.color,
        anchor=_ANCHORS[text.anchor],
        stroke_width=round(text.halo_width * scale / 2) if text.halo else 0,
        stroke_fill=text.halo,
    )


_FONTS: dict[Weight, str] = {
    "regular": "AtlasSans",
    "semibold": "AtlasSans-Semibold",
    "bold": "AtlasSans-Bold",
}
_LANGUAGES = {"es": "es-PE", "en": "en"}


def pdf_pages(
    pages: Iterable[Iterable[PlacedScene]],
    *,
    lang: str,
    title: str,
    subject: str,
    keywords: str = "",
) -> bytes:
    """Draw A4 pages with selectable text, embedded fonts, title, author and language.

    What stands on a page comes lowest first; no date of making enters the file.
    """
    _register_faces()
    out = io.BytesIO()
    canvas = Canvas(
        out, pagesize=A4, invariant=1, pageCompression=1, lang=_LANGUAGES[lang],
        initialFontName="AtlasSans",
    )  # fmt: skip
    canvas.setTitle(clean(title))
    canvas.setAuthor(PRODUCT)
    canvas.setSubject(clean(subject))
    if keywords:
        canvas.setKeywords(clean(keywords))
    canvas.setCreator(PRODUCT)
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for page in pages:
        for placed in page:
            _draw(canvas, placed)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _register_faces() -> None:
    for weight, name in _FONTS.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, path_of(weight)))


def _draw(canvas: Any, placed: PlacedScene) -> None:
    scene, scale = placed.scene, placed.width / placed.scene.width
    canvas.saveState()
    canvas.translate(placed.left, A4[1] - placed.top)
    canvas.scale(scale, -scale)
    clip = canvas.beginPath()
    clip.roundRect(0, 0, scene.width, scene.height, placed.corner / scale)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setFillColor(HexColor(scene.background))
    canvas.rect(0, 0, scene.width, scene.height, stroke=0, fill=1)
    canvas.setLineJoin(1)
    for shape in scene.shapes:
        _pdf_shape(canvas, shape)
    for text in scene.texts:
        _pdf_text(canvas, text)
    canvas.restoreState()


def _pdf_shape(canvas: Any, shape: Shape) -> None:
    if shape.fill:
        canvas.setFillColor(HexColor(shape.fill))
    if shape.stroke:
        canvas.setStrokeColor(HexColor(shape.stroke))
        canvas.setLineWidth(shape.width)
        canvas.setDash(*shape.dash) if shape.dash else canvas.setDash()
        canvas.setLineCap(0 if shape.dash else 1)
    paint = {"stroke": int(shape.stroke is not None), "fill": int(shape.fill is not None)}
    if isinstance(shape, Disc):
        canvas.circle(shape.x, shape.y, shape.radius, **paint)
        return
    path = canvas.beginPath()
    for ring in shape.rings:
        path.moveTo(*ring[0])
        for point in ring[1:]:
            path.lineTo(*point)
        if shape.is_closed:
            path.close()
    canvas.drawPath(path, fillMode=0, **paint)


def _pdf_text(canvas: Any, text: Text) -> None:
    # y runs down in a scene: the letters are turned upright
    words = clean(text.text)
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    x = text.x - shift * width_of(words, text.size, text.weight)
    if text.halo:
        # the rim is a picture of the letters: it stands for no text when the page is copied or read
        canvas.addLiteral("/Span <</ActualText ()>> BDC")
        _write(canvas, words, x, text, mode=1)
        canvas.addLiteral("EMC")
    _write(canvas, words, x, text, mode=0)


def _write(canvas: Any, words: str, x: float, text: Text, *, mode: int) -> None:
    line = canvas.beginText()
    line.setTextTransform(1, 0, 0, -1, x, text.y)
    line.setFont(_FONTS[text.weight], text.size)
    line.setTextRenderMode(mode)
    if mode == 1:
        canvas.setStrokeColor(HexColor(text.halo))
        canvas.setLineWidth(text.halo_width)
        canvas.setDash()
        canvas.setLineCap(1)
        line.setStrokeColor(HexColor(text.halo))
    line.setFillColor(HexColor(text.color))
    line.textOut(words)
    line.setTextRenderMode(0)
    canvas.drawText(line)
