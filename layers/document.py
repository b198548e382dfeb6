"""Leaflet from the package XStatic-Leaflet and our own scripts and frame.css: no foreign host."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from xstatic.pkg import leaflet

from layers.safe import safe, script_json

if TYPE_CHECKING:
    import folium

LEAFLET_FOLDER = Path(leaflet.BASE_DIR)
"""what a server offers under /assets/leaflet/"""
STATIC_FOLDER = Path(__file__).parent / "static"
"""what a server offers under /assets/atlas/"""
FRAME_SCRIPTS = {
    "view.js": ("view.js",),
    "names.js": ("departments.js", "names.js"),
    "frame.js": (
        "patterns.js",
        "features.js",
        "pointer.js",
        "routes.js",
        "selection.js",
        "inset.js",
        "frame.js",
    ),
}
"""scripts in the order in which they are read, each with the files that it is joined of"""


def frame_script(name: str) -> str:
    """Join one of the ``FRAME_SCRIPTS`` from its files, without lines that only comment."""
    files = (STATIC_FOLDER / file for file in FRAME_SCRIPTS[name])
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"^ *//.*\n", "", text, flags=re.MULTILINE)


@cache
def inline_script(name: str) -> str:
    """Return ``leaflet.js`` or a script of the frame as text for a script tag."""
    if name.startswith("leaflet"):
        text = (LEAFLET_FOLDER / name).read_text(encoding="utf-8")
    else:
        text = frame_script(name)
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


def layer_script(group: folium.FeatureGroup, key: str) -> str:
    """Render a fresh feature group to JavaScript that hands its layer to ``window.atlas``.

    The same input gives the same bytes: folium's random names are replaced by ones made from
    ``key``. What it asks of another host a page's own policy refuses.
    """
    from layers.atlas_map import AtlasMap, walk

    group.show = False  # else folium would add it to the map; window.atlas decides that
    atlas_map = AtlasMap()
    atlas_map.add_child(group)
    group.render()
    script = atlas_map.figure.script.render()
    for number, part in enumerate(walk(group)):
        script = script.replace(part._id, f"{key}_{number}")
    name = group.get_name().replace(group._id, f"{key}_0")
    lines = [line.strip() for line in script.splitlines()]
    body = "\n".join(line for line in lines if line)
    return f'(function () {{\n"use strict";\n{body}\nwindow.atlas.put("{key}", {name});\n}})();\n'


CONTENT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
"""of the file that stands alone: the browser itself refuses whatever it does not hold"""


def map_document(
    scripts: Sequence[str],
    *,
    title: str,
    lang: str,
    inline: bool = False,
    legend: str = "",
    selected: str | None = None,
    dimmed: Sequence[str] = (),
    noscript_svg: str = "",
    attribution: str = "",
    words: Mapping[str, str] | None = None,
) -> str:
    """Return the complete page: the map, the layers' scripts in their order, and the legend.

    ``inline`` writes Leaflet and the frame into the page, which then opens from a disk without any
    request; else they are linked. ``selected`` is the department_ubigeo to mark, ``dimmed`` are
    areas to dim, by code, ``attribution`` the sources of what is shown, ``words`` those of buttons
    and hints (translated; zoomIn, zoomOut, whole, near, fingers, credits, wheel), ``noscript_svg``
    what a reader without scripts sees.
    """
    from layers.atlas_map import AtlasMap

    figure = AtlasMap().figure
    for child in figure._children.values():
        child.render()
    # folium's header is left out: it holds links to other hosts
    if inline:
        head = "".join(f"<style>{inline_style(n)}</style>" for n in ("leaflet.css", "frame.css"))
        first = f"<script>{inline_script('leaflet.js')}</script>"
        frame = "".join(f"<script>{inline_script(name)}</script>" for name in FRAME_SCRIPTS)
    else:
        head = "".join(
            f'<link rel="stylesheet" href="{url}">'
            for url in ("/assets/leaflet/leaflet.css", "/assets/atlas/frame.css")
        )
        first = '<script src="/assets/leaflet/leaflet.js"></script>'
        frame = "".join(f'<script src="/assets/atlas/{name}"></script>' for name in FRAME_SCRIPTS)
    state: dict[str, object] = {"selected": selected, "lang": lang, "theme": "auto", "layers": []}
    if dimmed:
        state["dimmed"] = list(dimmed)
    if words:
        state["words"] = dict(words)
    written = "".join(
        f"<script>{text.replace('</script', '<' + chr(92) + '/script')}</script>"
        for text in scripts
    )
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">\n'
    still = f"<noscript>{noscript_svg}</noscript>" if noscript_svg else ""
    html = (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n'
        f'<meta charset="utf-8">\n{policy if inline else ""}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{safe(title)}</title>\n{head}\n</head>\n<body>\n"
        f'<main aria-label="{safe(title)}">{figure.html.render()}</main>\n'
        f'<div class="corner"><div id="inset" class="inset" hidden></div>'
        f'<aside id="legend" class="legend">{legend}</aside></div>\n'
        # alone it has no page beside it that cites: open there
        f'<details class="credits"{" open" if inline else ""}><summary aria-label="i"></summary>'
        f'<p id="credits">{safe(attribution)}</p></details>\n{still}\n{first}\n'
        f"<script>{figure.script.render()}</script>\n{frame}\n"
        f"<script>window.atlas.start({script_json(state)});</script>\n{written}\n</body>\n</html>\n"
    )
    return html
