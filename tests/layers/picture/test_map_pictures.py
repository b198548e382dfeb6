"""A picture of a made-up country: sizes, texts, determinism, hostile names."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from PIL import Image

from layers.legend import LegendSpec, Scale
from layers.picture.items import map_items
from layers.picture.record import Ground, MapPicture, Mark, Region, RouteLine
from layers.picture.scene import Path, Scene, Text, box, fit
from layers.picture.sheet import map_sheet
from layers.picture.svg import scene_svg
from layers.picture.typeset import scene_png
from tests.refusing import refused

HOSTILE = "<script>alert(1)</script>&\"'\x00]]>"


@pytest.fixture
def picture() -> MapPicture:
    """A picture whose every text is hostile somewhere."""
    return MapPicture(
        lang="es",
        title=f"Título {HOSTILE}",
        subtitle="Perú, delitos denunciados, 2023",
        ground=Ground(
            (shapely.box(-70, -12, -66, -2),),
            (shapely.LineString([(-76, -4), (-71, -9)]),),
            (shapely.box(-73.2, -6.2, -72.9, -5.9),),
        ),
        regions=(
            Region("01", HOSTILE, "1.5×", shapely.box(-78, -8, -74, -2), "#e6a183", "above"),
            Region("02", "Ñandú", "0.4×", shapely.box(-74, -8, -70, -2), "#6d2459", "none", True),
            Region("03", "Áncash", "", shapely.box(-78, -12, -70, -8), None, "none"),
        ),
        cells=((-72.0, -4.0, 300.0),),
        routes=(RouteLine((-77.0, -3.0), (-71.0, -10.0), False, "#29437f", 1.2),),
        marks=(
            Mark("La Pampa", -72.5, -5.0, "place"),
            Mark("Solo dicho", -72.45, -5.05, "estimate"),
            Mark(HOSTILE, -75.0, -10.0, "capital"),
        ),
        isopleths=((50, shapely.box(-77, -7, -75, -5).boundary),),
        legend=LegendSpec(
            Scale("Exceso", ("#e6e6e1", "#6d2459"), ("1",), "nota"),
            (("above", "más de lo esperado"), ("missing", "sin prueba"), ("place", "lugar")),
            ("Sin vigilancia.",),
        ),
        source=("Reportado, no prevalencia.", f"Fuente: MPFN, 2023. {HOSTILE}"),
    )


SVG = "{http://www.w3.org/2000/svg}"


def _scene(*items: Path | Text) -> Scene:
    return Scene(100, 50, items, "t", "d", "es")


def test_png_paints_a_known_box() -> None:
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


def test_png_is_as_wide_as_asked(picture: MapPicture) -> None:
    """A PNG keeps its proportions and bytes; sizes too small or too large are refused."""
    scene = map_sheet(picture)
    for width in (900, 320):
        content = scene_png(scene, width_px=width)
        size = Image.open(io.BytesIO(content)).size
        assert size == (width, round(scene.height * width / scene.width))
    assert scene_png(map_sheet(picture), width_px=320) == content
    for width in (0, 319, 6001):
        with refused("320 to 6,000 pixels"):
            scene_png(scene, width_px=width)


def test_svg_holds_text_and_source_and_nothing_foreign(picture: MapPicture) -> None:
    """The SVG has title, source and caveat as text, no script, link or image, and a description."""
    scene = map_sheet(picture)
    content = scene_svg(scene)
    assert content == scene_svg(map_sheet(picture))
    root = ElementTree.fromstring(content)
    kinds = {node.tag.removeprefix(SVG) for node in root.iter()}
    assert kinds == {"svg", "title", "desc", "rect", "g", "path", "circle", "text"}
    written = " ".join(node.text or "" for node in root.iter(f"{SVG}text"))
    for text in ("Reportado, no prevalencia.", "Fuente: MPFN, 2023.", "<script>alert(1)</script>"):
        assert text in written
    assert not any(name.startswith(("on", "href")) for node in root.iter() for name in node.attrib)
    assert b"\x00" not in content
    described = root.findtext(f"{SVG}desc") or ""
    for text in (picture.subtitle, "Reportado, no prevalencia.", "Fuente: MPFN, 2023."):
        assert text in described
    assert all(0 < text.x < scene.width and 0 < text.y < scene.height for text in scene.texts)


def test_the_department_of_the_picture_is_named_first(picture: MapPicture) -> None:
    """Before the one above the expected: where there is room for one name, it is its own."""
    view = fit((-78, -12, -70, -2), left=0, top=0, width=400, height=500, padding=10)
    names = [item.text for item in map_items(picture, view) if isinstance(item, Text)]
    marked = next(region.name for region in picture.regions if region.is_marked)
    assert names[0] == marked.upper()
