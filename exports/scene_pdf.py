"""Scenes as the pages of a PDF, with the typeface embedded: the same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from exports.faces import clean, path_of, width_of
from exports.layout import PRODUCT, PlacedScene
from exports.scene import Disc, Shape, Text, Weight

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

    Parameters
    ----------
    pages : iterable of iterables of PlacedScene
        What stands on each page, lowest first.
    lang : {"es", "en"}
    title, subject, keywords : str
        Of the document; no date of making enters the file.
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
        _shape(canvas, shape)
    for text in scene.texts:
        _text(canvas, text)
    canvas.restoreState()


def _shape(canvas: Any, shape: Shape) -> None:
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


def _text(canvas: Any, text: Text) -> None:
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
