"""A scene as PNG of any width, drawn with Pillow: no browser, no system library."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops, ImageDraw
from PIL.PngImagePlugin import PngInfo

from exports.faces import clean, face
from exports.scene import Disc, Path, Scene, Shape, Text, dashes
from geo.errors import ParameterError

SMALLEST_PX, LARGEST_PX = 320, 6000
"""below, the words cannot be read; above, the picture needs more memory than a small server has."""
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


def scene_png(scene: Scene, *, width_px: int = 1600) -> bytes:
    """Draw a scene as PNG.

    Shapes are drawn three times larger (twice above 2,000 pixels) and averaged, so that their
    edges are smooth; texts are set at the final size by the rasteriser of the font.

    Parameters
    ----------
    scene : Scene
        The picture.
    width_px : int
        Width in pixels; the height follows.

    Raises
    ------
    ParameterError
        For a width outside 320 to 6,000 pixels.
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
        _shape(image, draw, shape, scale * over)
    image = image.reduce(over)
    draw = ImageDraw.Draw(image)
    for text in scene.texts:
        _text(draw, text, scale)
    about = PngInfo()
    for key, value in (("Title", scene.title), ("Description", scene.description)):
        about.add_itxt(key, clean(value), lang=scene.lang)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True, pnginfo=about)
    return out.getvalue()


def _shape(image: Image.Image, draw: ImageDraw.ImageDraw, shape: Shape, scale: float) -> None:
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


def _text(draw: ImageDraw.ImageDraw, text: Text, scale: float) -> None:
    draw.text(
        (text.x * scale, text.y * scale),
        clean(text.text),
        font=face(text.weight, round(text.size * scale, 2)),
        fill=text.color,
        anchor=_ANCHORS[text.anchor],
        stroke_width=round(text.halo_width * scale / 2) if text.halo else 0,
        stroke_fill=text.halo,
    )
