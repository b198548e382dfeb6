"""A scene on a page of a PDF, and the typeface embedded for it."""

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from exports.faces import clean, path_of, width_of
from exports.scene import Disc, Scene, Shape, Text, Weight

FONTS: dict[Weight, str] = {
    "regular": "AtlasSans",
    "semibold": "AtlasSans-Semibold",
    "bold": "AtlasSans-Bold",
}


def register_faces() -> None:
    """Make the typeface known to reportlab, once per process."""
    for weight, name in FONTS.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, path_of(weight)))


def draw_scene(
    canvas: Any, scene: Scene, *, left: float, top: float, width: float, corner: float = 0.0
) -> float:
    """Draw a scene with its upper left corner at (left, top) and return its height, points.

    Parameters
    ----------
    canvas : reportlab Canvas
        Its origin is the lower left corner of the page, y upwards.
    scene : Scene
    left, top, width : float
        Points.
    corner : float
        Radius of the picture's corners, points.
    """
    register_faces()
    scale = width / scene.width
    canvas.saveState()
    canvas.translate(left, top)
    canvas.scale(scale, -scale)
    clip = canvas.beginPath()
    clip.roundRect(0, 0, scene.width, scene.height, corner / scale)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.setFillColor(HexColor(scene.background))
    canvas.rect(0, 0, scene.width, scene.height, stroke=0, fill=1)
    canvas.setLineJoin(1)
    for shape in scene.shapes:
        _shape(canvas, shape)
    for text in scene.texts:
        draw_text(canvas, text)
    canvas.restoreState()
    return scene.height * scale


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


def draw_text(canvas: Any, text: Text) -> None:
    """Draw one text where y runs down: the letters are turned upright."""
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
    line.setFont(FONTS[text.weight], text.size)
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
