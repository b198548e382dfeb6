"""Leaflet from the package XStatic-Leaflet and our own frame.js and frame.css: no foreign host."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from xstatic.pkg import leaflet

LEAFLET_FOLDER = Path(leaflet.BASE_DIR)
"""what a server offers under /assets/leaflet/"""
STATIC_FOLDER = Path(__file__).parent / "static"
"""what a server offers under /assets/atlas/"""


@cache
def inline_script(name: str) -> str:
    """Text of ``leaflet.js`` or ``frame.js``, ready to stand between script tags."""
    folder = LEAFLET_FOLDER if name.startswith("leaflet") else STATIC_FOLDER
    text = (folder / name).read_text(encoding="utf-8")
    text = re.sub(r"//# sourceMappingURL=\S*\s*$", "", text)
    return text.replace("</script", "<\\/script")


@cache
def inline_style(name: str) -> str:
    """Text of ``leaflet.css`` or ``frame.css`` without any reference to a picture file.

    The pictures belong to controls and markers that the atlas does not use.
    """
    folder = LEAFLET_FOLDER if name.startswith("leaflet") else STATIC_FOLDER
    text = (folder / name).read_text(encoding="utf-8")
    text = re.sub(r"url\((?!#)[^)]*\)", "none", text)
    text = re.sub(r"\s*behavior:[^;]*;", "", text)
    return text.replace("</style", "<\\/style")
