"""PNG and PDF by Typst: pictures from a scene's SVG, documents from templates and JSON.

A value reaches a template only as JSON in ``sys.inputs``, never as markup; no package is loaded,
no font but Source Sans, no date: the same input gives the same bytes.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from geo.errors import ParameterError
from layers.picture.scene import Scene
from layers.picture.svg import scene_svg
from layers.picture.typography import FILES, clean, drawable, path_of

if TYPE_CHECKING:
    from typst import Compiler, Fonts

SMALLEST_PX, LARGEST_PX = 320, 6000
"""below, the words cannot be read; above, the picture needs more memory than a small server has."""
PRINT_DPI = 300
"""pixels an inch that a PNG names as its own"""
PRINT_PX = 2040
"""at which a picture is 17 cm wide, the text of a page"""
_COLORS = 256
"""of a palette: flat colours stay as they are, edges lose invisible shades."""
_ONE_AT_A_TIME = Lock()
"""ten pictures at once would take ten times the memory of one, and no less time."""
_PICTURE = b"""#set document(date: none)
#let data = json(bytes(sys.inputs.data))
#set page(width: data.width * 1pt, height: data.height * 1pt, margin: 0pt)
#image(bytes(data.svg), width: 100%, height: 100%)
"""


def scene_png(scene: Scene, *, width_px: int = 1600) -> bytes:
    """Draw a scene as PNG, ``width_px`` wide (320 to 6,000, else ParameterError)."""
    if not SMALLEST_PX <= width_px <= LARGEST_PX:
        raise ParameterError(
            "a picture {width} pixels wide cannot be drawn. Give {least} to {most:,} pixels",
            width=width_px,
            least=SMALLEST_PX,
            most=LARGEST_PX,
        )
    svg = scene_svg(scene).decode("utf-8")
    data = {"width": scene.width, "height": scene.height, "svg": svg}
    with _ONE_AT_A_TIME:
        compiler = _compiler(_PICTURE, data)
        pixels = cast(bytes, compiler.compile(format="png", ppi=72 * width_px / scene.width))
        image = Image.open(io.BytesIO(pixels)).convert("RGB")
        image = image.quantize(_COLORS, dither=Image.Dither.NONE)
    metadata = PngInfo()
    for key, value in (("Title", scene.title), ("Description", scene.description)):
        metadata.add_itxt(key, clean(value), lang=scene.lang)
    out = io.BytesIO()
    image.save(out, format="PNG", optimize=True, pnginfo=metadata, dpi=(PRINT_DPI, PRINT_DPI))
    return out.getvalue()


def document_pdf(template: Path, data: Mapping[str, Any]) -> bytes:
    """Lay out a template as PDF/UA-1, which screen readers can read.

    ``data`` is what the template reads as ``json(bytes(sys.inputs.data))``. Typst refuses a
    document without a title, a language or a text for a picture.
    """
    compiler = _compiler(template, _drawable(data))
    return cast(bytes, compiler.compile(format="pdf", pdf_standards=["ua-1"]))


def measured(template: Path, data: Mapping[str, Any], label: str) -> Any:
    """A value that a template states as ``metadata`` under a label, e.g. the room it leaves."""
    return json.loads(
        _compiler(template, _drawable(data)).query(f"<{label}>", field="value", one=True)
    )


def _drawable(value: Any) -> Any:
    """The values of a template with texts that the typeface can draw."""
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, Mapping):
        return {name: _drawable(part) for name, part in value.items()}
    return [_drawable(part) for part in value] if isinstance(value, list | tuple) else value


def _compiler(source: Path | bytes, data: Mapping[str, Any]) -> Compiler:
    # a hundred megabytes that only the first picture or document should cost
    from typst import Compiler

    main: bytes | str = source if isinstance(source, bytes) else str(source)
    return Compiler(
        main,  # pyrefly: ignore[bad-argument-type]
        root=None if isinstance(source, bytes) else str(source.parent),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )


@lru_cache(maxsize=1)
def _faces() -> TemporaryDirectory[str]:
    """Return a folder with only the three faces: the package holds each twice, unordered."""
    folder = TemporaryDirectory(prefix="atlas-faces-")
    for weight in FILES:
        shutil.copy(path_of(weight), folder.name)
    return folder


@lru_cache(maxsize=1)
def _fonts() -> Fonts:
    from typst import Fonts

    return Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_faces().name]
    )
