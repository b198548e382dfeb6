"""The map as a page, and its web routes: frame, layers, assets."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from atlas.drawing.areas import measure_title
from atlas.drawing.legend import legend_for, report_legend
from atlas.drawing.overlays import frame_words, ground_script, layer_script_for, sources_shown
from atlas.map.addresses import AREA_KEYS, LAYER_KEYS, depends_on, layer_addresses, shown_layers
from atlas.map.places import places_json
from atlas.paper.picture import map_picture
from atlas.results.areas import dimmed_areas
from atlas.results.sentences import figures_source
from atlas.version import content_version
from atlas.view import LEVELS, View, available_levels
from atlas.web.first_look import stored_map, warm_look
from atlas.web.preview import ADMISSION, SIZE_PX, picture_address
from atlas.words import DEFAULT_LANGUAGE, LANGUAGES, words
from data.cache import cached
from geo.errors import GeoError, ParameterError, UserError
from layers.document import (
    FRAME_SCRIPTS,
    LEAFLET_FOLDER,
    STATIC_FOLDER,
    frame_script,
    map_document,
)
from layers.picture.sheet import map_sheet
from layers.picture.svg import scene_svg
from layers.picture.typeset import scene_png


def drawn_frame() -> str:
    """The frame: ground, names and an empty map that waits for the layers of a view."""
    return map_document([ground_script()], title="Atlas Trata Perú", lang="es")


@cached(most=1)
def frame_document() -> str:
    """Return the frame, from the stored first map if it has one."""
    return stored_map(DEFAULT_LANGUAGE).get("frame") or drawn_frame()


@cached(most=1)
def frame_policy() -> str:
    """Content security policy of the frame: its own scripts by hash, no connection anywhere."""
    inline = re.findall(r"<script>(.*?)</script>", frame_document(), flags=re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in inline
    )
    return (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-scripts"
    )


def standalone_document(view: View) -> str:
    """The map of a view as one self-contained HTML file."""
    say = words(view.lang)
    unit, title = view.period.unit, measure_title(view, say)
    if view.level == LEVELS[0]:
        title = say(
            "document.title",
            unit=say(f"unit.{unit}.plural"),
            period=say(f"period.{view.period.code}"),
            measure=title,
        )
    scripts = [ground_script(), *(layer_script_for(key, view) for key in shown_layers(view))]
    # one picture for a reader without scripts
    svg = scene_svg(map_sheet(map_picture(view, with_marks=True, is_light=True))).decode()
    return map_document(
        scripts,
        attribution=f"{figures_source(unit, view.base, say)} {sources_shown(view)}",
        words=frame_words(say),
        inline=True,
        title=title,
        lang=view.lang,
        legend=legend_for(view, say),
        selected=view.department,
        dimmed=dimmed_areas(view),
        noscript_svg=f'<div class="still">{svg[svg.index("<svg") :]}</div>',
    )


_ASSETS: dict[str, Callable[[], str | bytes]] = {
    "leaflet/leaflet.js": (LEAFLET_FOLDER / "leaflet.js").read_bytes,
    "leaflet/leaflet.css": (LEAFLET_FOLDER / "leaflet.css").read_bytes,
    **{f"atlas/{name}": partial(frame_script, name) for name in FRAME_SCRIPTS},
    "atlas/frame.css": (STATIC_FOLDER / "frame.css").read_bytes,
}
"""everything that may be asked for; a name is looked up, never joined to a path."""
_IMMUTABLE = "public, max-age=31536000, immutable"


def _cache(request: Request) -> str:
    return _IMMUTABLE if request.query_params.get("v") == content_version() else "no-cache"


@cached
def _packed(make: Callable[..., str | bytes], *values: Any) -> tuple[bytes, bytes]:
    """Call a function with values; return its result plain and gzipped."""
    content = make(*values)
    raw = content if isinstance(content, bytes) else content.encode("utf-8")
    return raw, gzip.compress(raw, compresslevel=6, mtime=0)


def _view_of(key: str, view: View) -> View:
    """The view with only the fields that a layer depends on; every other field has its default."""
    query = view.link()
    return View.from_link({name: query[name] for name in depends_on(key, view) if name in query})


def _script_of(key: str, view: View) -> str:
    """Return one layer as a script, from the stored first map if it has it."""
    is_first = view == _view_of(key, View.from_link({"lang": view.lang}))
    layers = stored_map(view.lang).get("layers", {}) if is_first else {}
    return layers.get(key) or layer_script_for(key, view)


async def _answer(
    request: Request,
    media_type: str,
    headers: dict[str, str],
    make: Callable[..., str | bytes],
    *values: Any,
) -> Response:
    content, small = await run_in_threadpool(_packed, make, *values)
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers = small, {**headers, "Content-Encoding": "gzip"}
    return Response(content, media_type=media_type, headers=headers)


async def frame(request: Request) -> Response:
    """The frame's document, with a policy that lets it connect nowhere."""
    await run_in_threadpool(frame_document)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": frame_policy()}
    return await _answer(request, "text/html; charset=utf-8", headers, frame_document)


async def place_names(request: Request) -> Response:
    """Code and name of all that can be searched."""
    lang, headers = View.from_link(request.query_params).lang, {"Cache-Control": _cache(request)}
    return await _answer(request, "application/json", headers, places_json, lang)


async def layer(request: Request) -> Response:
    """One layer as a script; unknown codes are 404 and never repeated."""
    key = request.path_params["key"]
    view = View.from_link(request.query_params)
    if key not in (*LAYER_KEYS, *AREA_KEYS) or view.problems:
        # never repeats what came: a link is somebody else's text
        which = ", ".join(view.problems) or "layer"
        return PlainTextResponse(f"unknown {which}", status_code=404)
    if key == "areas" and view.level not in available_levels()[1:]:
        return PlainTextResponse("unknown level", status_code=404)
    kind = "text/javascript; charset=utf-8"
    try:
        headers = {"Cache-Control": _cache(request)}  # reads the data folder too
        answer = await _answer(request, kind, headers, _script_of, key, _view_of(key, view))
        _MAP_ASKED.set()
        return answer
    except (ParameterError, UserError):
        return PlainTextResponse("unknown base", status_code=404)
    except GeoError:
        return PlainTextResponse("this layer cannot be drawn", status_code=503)


_DRAWING = threading.BoundedSemaphore(2)
"""pictures of links that are drawn at a time; a network asks again later"""
_PREVIEW_UNITS = (960.0, 504.0)


def _preview_png(view: View) -> bytes:
    """Draw the map of a view with its finding, as social networks show it."""
    picture = map_picture(view.changed(second=None), with_marks=True)
    return scene_png(map_sheet(picture, "wide", size=_PREVIEW_UNITS), width_px=SIZE_PX[0])


@cached
def _preview_of(view: View) -> bytes:
    if not _DRAWING.acquire(blocking=False):
        raise _BusyError
    try:
        return _preview_png(view)
    finally:
        _DRAWING.release()


class _BusyError(Exception):
    """No more pictures may be drawn at the same time."""


async def preview(request: Request) -> Response:
    """Answer the picture of a shared link; 503 at the limit, never another view's picture."""
    query = {**request.query_params, "lang": request.path_params["lang"]}
    view = View.from_link(query)
    if view.problems or query["lang"] not in LANGUAGES:
        return PlainTextResponse("no such picture", status_code=404)
    later = PlainTextResponse("ask later", 503, {"Retry-After": "10", "Cache-Control": "no-store"})
    address = picture_address(view.link())
    is_first = view == View.from_link({"lang": view.lang})
    if not is_first and not ADMISSION.admits(address):
        return later
    try:
        content = await run_in_threadpool(_preview_of, view)
    except _BusyError:
        return later
    except GeoError:
        return PlainTextResponse("this picture cannot be drawn", status_code=404)
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(content, media_type="image/png", headers=headers)


async def asset(request: Request) -> Response:
    """Leaflet and the frame's own files, by a list of names."""
    name = request.path_params["name"]
    if name not in _ASSETS:
        return PlainTextResponse("no such asset", status_code=404)
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    headers = {"Cache-Control": "public, max-age=86400"}
    return await _answer(request, f"{kind}; charset=utf-8", headers, _ASSETS[name])


_MAP_ASKED = threading.Event()
_ALONE = 30.0
"""seconds after which nobody waits for the first map: the rest is computed"""


def warm_up() -> None:
    """Compute what the first visitors need: the page, its map, then Focos and a card."""
    from atlas.map.page_card import card_html
    from atlas.results.matrix import matrix_table

    view = View()
    say = words(view.lang)
    # first what the page's own script waits for, then what its frame will ask
    report_legend(view, say)
    _packed(frame_document)
    frame_policy()
    for item in layer_addresses(view):
        _packed(_script_of, item["key"], _view_of(item["key"], view))
    for lang in LANGUAGES:
        warm_look(lang)
    _MAP_ASKED.wait(_ALONE)  # it would take the processor from a reader who came at once
    import layers.atlas_map  # noqa: F401  folium: the first map needs none

    matrix_table()
    card_html(view.changed(department="17"), say)
