"""The page of the map: served with its assets beside it, or one file that needs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from geo.errors import GeoError, ParameterError
from layers.assets import inline_script, inline_style
from layers.atlas_map import AtlasMap
from layers.safe import safe, script_json
from layers.script import require_key

_FOREIGN = re.compile(
    r"<(?:script|link|img|iframe|image|source|object|embed)\b[^>]*?"
    r"\b(?:src|href|srcset|data)\s*=\s*\\?[\"']?\s*(?:https?:)?//[^\s\"'>]+",
    re.IGNORECASE,
)
_FETCHED = re.compile(
    r"(?:\bL\.(?:tileLayer(?:\.wms)?|imageOverlay|videoOverlay)\(\s*\[?"
    r"|[\"']?\b(?:icon|iconRetina|shadow)Url[\"']?\s*:)"
    r"\s*[\"'`]\s*(?:https?:|\\?/\\?/)[^\s\"'`]*",
    re.IGNORECASE,
)
"""what Leaflet would fetch; in the text of a tooltip the quotes are entities"""
CONTENT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
"""of the file that stands alone: the browser itself refuses whatever it does not hold"""


def require_no_foreign_asset(html: str) -> str:
    """Return ``html`` if no script, style sheet, picture or tile comes from another host.

    Raises
    ------
    GeoError
        With the first tag or call that would make a request.
    """
    found = _FOREIGN.search(html) or _FETCHED.search(html)
    if found:
        raise GeoError(f"the page would ask another host: {found.group(0)[:120]}")
    return html


def map_document(
    atlas_map: AtlasMap,
    scripts: Sequence[str] | Mapping[str, str],
    *,
    title: str,
    lang: str,
    legend: str = "",
    selected: str | None = None,
    theme: Literal["light", "dark", "auto"] = "auto",
    assets_prefix: str = "/assets/atlas/",
    noscript_svg: str = "",
) -> str:
    """Return the complete page.

    Parameters
    ----------
    atlas_map : AtlasMap
        Its ``assets`` decide: ``"served"`` links Leaflet and the frame, ``"inline"`` writes them
        into the page, which then opens from a disk without any request.
    scripts : sequence of str, or mapping of key to address
        Layers from :func:`layers.script.layer_script`, written into the page in this order; or
        addresses (``/layers/...``) that a served page loads.
    title, lang : str
        Plain title; code of the language (``es``).
    legend : str
        From :func:`layers.legend.legend_html`.
    selected : str, optional
        department_ubigeo to mark.
    theme : {"light", "dark", "auto"}
        ``"auto"`` follows the reader's system.
    assets_prefix : str
        Where the server offers frame.js and frame.css.
    noscript_svg : str
        What a reader without scripts sees: markup that fetches nothing.

    Raises
    ------
    GeoError
        If anything in the page would ask another host.
    ParameterError
        For an unknown theme, an address outside ``/layers/`` or a malformed code.
    """
    if theme not in ("light", "dark", "auto"):
        raise ParameterError(f"theme is {theme!r}; allowed: light, dark, auto")
    if selected is not None and not re.fullmatch(r"\d{2}", selected):
        raise ParameterError(f"selected is {selected!r}; a department is two digits")
    if not re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", lang):
        raise ParameterError(f"lang is {lang!r}; e.g. es or es-PE")
    figure = atlas_map.figure
    for child in figure._children.values():
        child.render()
    inline = atlas_map.assets == "inline"
    # folium's header is left out: it holds the links that localise() let through, in its order
    if inline:
        head = "".join(f"<style>{inline_style(n)}</style>" for n in ("leaflet.css", "frame.css"))
        first = f"<script>{inline_script('leaflet.js')}</script>"
        frame = f"<script>{inline_script('frame.js')}</script>"
    else:
        styles = (f"{atlas_map.prefix}leaflet.css", f"{assets_prefix}frame.css")
        head = "".join(f'<link rel="stylesheet" href="{safe(url)}">' for url in styles)
        first = f'<script src="{safe(atlas_map.prefix)}leaflet.js"></script>'
        frame = f'<script src="{safe(assets_prefix)}frame.js"></script>'
    state: dict[str, object] = {"selected": selected, "lang": lang, "theme": theme, "layers": []}
    written = ""
    if isinstance(scripts, Mapping):
        for key, url in scripts.items():
            require_key(key)
            if not re.fullmatch(r"/layers/[A-Za-z0-9_.,/=?&%+-]*", url) or ".." in url:
                raise ParameterError(f"address {url!r} of layer {key!r} is not under /layers/")
        state["layers"] = [{"key": key, "url": url} for key, url in scripts.items()]
    else:
        written = "".join(
            f"<script>{text.replace('</script', '<' + chr(92) + '/script')}</script>"
            for text in scripts
        )
    policy = f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">\n'
    still = f"<noscript>{noscript_svg}</noscript>" if noscript_svg else ""
    html = (
        f'<!DOCTYPE html>\n<html lang="{lang}" class="theme-{theme}">\n<head>\n'
        f'<meta charset="utf-8">\n{policy if inline else ""}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<link rel="icon" href="data:,">\n'
        f"<title>{safe(title)}</title>\n{head}\n</head>\n<body>\n"
        f'<main aria-label="{safe(title)}">{figure.html.render()}</main>\n'
        f'<aside id="legend" class="legend">{legend}</aside>\n{still}\n{first}\n'
        f"<script>{figure.script.render()}</script>\n{frame}\n"
        f"<script>window.atlas.start({script_json(state)});</script>\n{written}\n</body>\n</html>\n"
    )
    return require_no_foreign_asset(html)
