"""One scene, three writers: sizes, texts, determinism, hostile names, refusals."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from layers.picture.record import MapPicture
from layers.picture.scene import Path, Scene, Text, box
from layers.picture.sheet import map_sheet
from layers.picture.svg import scene_svg
from layers.picture.typeset import scene_png
from tests.refusing import refused

SVG = "{http://www.w3.org/2000/svg}"


def _scene(*items: Path | Text) -> Scene:
    return Scene(100, 50, items, "t", "d", "es")


def test_png_paints_a_known_box() -> None:
    """A box of half the width is painted where it was asked and nowhere else."""
    content = scene_png(_scene(box(0, 0, 50, 50, fill="#0c6b63")), width_px=400)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.size == (400, 200)
    assert image.getpixel((100, 100)) == (0x0C, 0x6B, 0x63)
    assert image.getpixel((300, 100)) == (255, 255, 255)


def test_png_leaves_a_hole_open() -> None:
    """A ring inside a ring is a hole, also where the polygon reaches past the picture."""
    outer = np.array([(-20.0, -20.0), (120.0, -20.0), (120.0, 70.0), (-20.0, 70.0)])
    inner = np.array([(40.0, 15.0), (60.0, 15.0), (60.0, 35.0), (40.0, 35.0)])
    content = scene_png(_scene(Path((outer, inner), fill="#000000")), width_px=400)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    assert image.getpixel((200, 100)) == (255, 255, 255)
    assert image.getpixel((20, 20)) == (0, 0, 0)


@pytest.mark.parametrize("width", [320, 1600, 2400])
def test_png_is_as_wide_as_asked(picture: MapPicture, width: int) -> None:
    """The width is exact, the height keeps the proportions."""
    scene = map_sheet(picture)
    image = Image.open(io.BytesIO(scene_png(scene, width_px=width))).convert("RGB")
    assert image.size == (width, round(scene.height * width / scene.width))


@pytest.mark.parametrize("width", [0, 319, 6001])
def test_png_refuses_widths_that_nobody_can_use(picture: MapPicture, width: int) -> None:
    """Too small to read, too large for memory."""
    with refused("320 to 6,000 pixels"):
        scene_png(map_sheet(picture), width_px=width)


def test_bytes_repeat(picture: MapPicture) -> None:
    """The same picture gives the same bytes."""
    assert scene_svg(map_sheet(picture)) == scene_svg(map_sheet(picture))
    assert scene_png(map_sheet(picture)) == scene_png(map_sheet(picture))


def test_svg_holds_text_and_source_and_nothing_foreign(picture: MapPicture) -> None:
    """Title, source and caveat are text; no script, link or image; hostile names are words."""
    content = scene_svg(map_sheet(picture))
    root = ElementTree.fromstring(content)
    kinds = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert kinds == {"svg", "title", "desc", "rect", "g", "path", "circle", "text"}
    said = " ".join(node.text or "" for node in root.iter(f"{SVG}text"))
    assert "Reportado, no prevalencia." in said
    assert "Fuente: MPFN, 2023." in said
    assert "<script>alert(1)</script>" in said
    assert not any(name.startswith(("on", "href")) for node in root.iter() for name in node.attrib)
    assert b"\x00" not in content


def test_source_lies_inside_the_picture(picture: MapPicture) -> None:
    """Every text of the sheet stands on the sheet."""
    scene = map_sheet(picture)
    texts = list(scene.texts)
    assert any("Fuente" in text.text for text in texts)
    assert all(0 < text.x < scene.width and 0 < text.y < scene.height for text in texts)


def test_who_cannot_see_it_is_told_subtitle_and_source(picture: MapPicture) -> None:
    """The description of the SVG: what is counted, that it is not prevalence, whose figures."""
    root = ElementTree.fromstring(scene_svg(map_sheet(picture)))
    described = root.find(f"{SVG}desc")
    assert described is not None
    for text in (picture.subtitle, "Reportado, no prevalencia.", "Fuente: MPFN, 2023."):
        assert text in (described.text or "")
