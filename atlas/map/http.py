"""The map as a page, and its web routes: frame, layers, assets."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from atlas.drawing.areas import area_title
from atlas.drawing.legend import legend_for, measure_title
from atlas.drawing.overlays import frame_words, ground_script, layer_script_for, sources_shown
from atlas.map.addresses import AREA_KEYS, LAYER_KEYS, depends_on, layer_addresses, shown_layers
from atlas.map.places import places_json
from atlas.paper.picture import map_picture
from atlas.results.regions import results_for, touches
from atlas.results.sentences import figures_source
from atlas.version import content_version
from atlas.view import LEVELS, MapState, available_levels, parse_state
from atlas.words import LANGUAGES, words
from geo.errors import GeoError, ParameterError
from layers.atlas_map import AtlasMap
from layers.document import FRAME_SCRIPTS, LEAFLET_FOLDER, STATIC_FOLDER, map_document
from layers.picture.sheet import map_sheet
from layers.picture.svg import scene_svg


@lru_cache(maxsize=1)
def frame_document() -> str:
    """The frame: ground, names and an empty map that waits for the layers of a state."""
    return map_document(
        AtlasMap(),
        [ground_script()],
        title="Atlas Trata Perú",
        lang="es",
    )


@lru_cache(maxsize=1)
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


def _still(state: MapState) -> str:
    """The map as one picture for a reader without scripts."""
    svg = scene_svg(map_sheet(map_picture(state, with_signs=True))).decode()
    return f'<div class="still">{svg[svg.index("<svg") :]}</div>'


def standalone_document(state: MapState) -> str:
    """The map of a state as one self-contained HTML file."""
    say = words(state.lang)
    unit = str(results_for(state.period, state.base, state.registry)["unit"].iloc[0])
    if state.level == LEVELS[0]:
        title = say(
            "document.title",
            unit=say(f"unit.{unit}.plural"),
            period=say(f"period.{state.period}"),
            measure=measure_title(state, say),
        )
    else:
        title = area_title(state, say)
    scripts = [ground_script(), *(layer_script_for(key, state) for key in shown_layers(state))]
    return map_document(
        AtlasMap(),
        scripts,
        attribution=f"{figures_source(unit, state.base, say)} {sources_shown(state)}",
        words=frame_words(say),
        inline=True,
        title=title,
        lang=state.lang,
        legend=legend_for(state, say, is_alone=True),
        selected=state.department,
        noscript_svg=_still(state),
    )


_ASSETS = {
    "leaflet/leaflet.js": (LEAFLET_FOLDER / "leaflet.js", "text/javascript; charset=utf-8"),
    "leaflet/leaflet.css": (LEAFLET_FOLDER / "leaflet.css", "text/css; charset=utf-8"),
    **{
        f"atlas/{name}": (STATIC_FOLDER / name, "text/javascript; charset=utf-8")
        for name in FRAME_SCRIPTS
    },
    "atlas/frame.css": (STATIC_FOLDER / "frame.css", "text/css; charset=utf-8"),
}
"""every file that may be asked for; a name is looked up, never joined to a path."""
_IMMUTABLE = "public, max-age=31536000, immutable"
_MAX_CACHED = 256
"""layer scripts kept in memory: 7 periods x 4 measures x 2 languages x 2 bases fit."""


def _cache(request: Request) -> str:
    return _IMMUTABLE if request.query_params.get("v") == content_version() else "no-cache"


def _packed(raw: bytes) -> tuple[bytes, bytes]:
    return raw, gzip.compress(raw, compresslevel=6, mtime=0)


@lru_cache(maxsize=_MAX_CACHED)
def _packed_layer(key: str, state: MapState) -> tuple[bytes, bytes]:
    return _packed(layer_script_for(key, state).encode("utf-8"))


@lru_cache(maxsize=1)
def _packed_frame() -> tuple[bytes, bytes]:
    return _packed(frame_document().encode("utf-8"))


@lru_cache(maxsize=len(_ASSETS))
def _packed_asset(name: str) -> tuple[bytes, bytes]:
    return _packed(_ASSETS[name][0].read_bytes())


def _state_of(key: str, state: MapState) -> MapState:
    """The codes that a layer depends on, the others as they are at first."""
    query = state.query()
    return parse_state({name: query[name] for name in depends_on(key, state) if name in query})


def _answer(
    request: Request, packed: tuple[bytes, bytes], media_type: str, headers: dict[str, str]
) -> Response:
    raw, small = packed
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        raw, headers = small, {**headers, "Content-Encoding": "gzip"}
    return Response(raw, media_type=media_type, headers=headers)


async def frame(request: Request) -> Response:
    """The frame's document, with a policy that lets it connect nowhere."""
    packed = await run_in_threadpool(_packed_frame)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": frame_policy()}
    return _answer(request, packed, "text/html; charset=utf-8", headers)


@lru_cache(maxsize=len(LANGUAGES))
def _packed_places(lang: str) -> tuple[bytes, bytes]:
    return _packed(places_json(lang))


async def place_names(request: Request) -> Response:
    """Code and name of all that can be searched."""
    lang = parse_state(dict(request.query_params)).lang
    packed = await run_in_threadpool(_packed_places, lang)
    return _answer(request, packed, "application/json", {"Cache-Control": _cache(request)})


async def layer(request: Request) -> Response:
    """One layer as a script; unknown codes are 404 and never repeated."""
    key = request.path_params["key"]
    state = parse_state(dict(request.query_params))
    if key not in (*LAYER_KEYS, *AREA_KEYS) or state.problems:
        # never repeats what came: a link is somebody else's text
        which = ", ".join(state.problems) or "layer"
        return PlainTextResponse(f"unknown {which}", status_code=404)
    if key == "areas" and state.level not in available_levels()[1:]:
        return PlainTextResponse("unknown level", status_code=404)
    try:
        packed = await run_in_threadpool(_packed_layer, key, _state_of(key, state))
    except ParameterError:
        return PlainTextResponse("unknown base", status_code=404)
    except GeoError:
        return PlainTextResponse("this layer cannot be drawn", status_code=503)
    headers = {"Cache-Control": _cache(request)}
    return _answer(request, packed, "text/javascript; charset=utf-8", headers)


async def asset(request: Request) -> Response:
    """Leaflet and the frame's own files, by a list of names."""
    name = request.path_params["name"]
    if name not in _ASSETS:
        return PlainTextResponse("no such asset", status_code=404)
    packed = await run_in_threadpool(_packed_asset, name)
    return _answer(request, packed, _ASSETS[name][1], {"Cache-Control": "public, max-age=86400"})


def warm_up() -> None:
    """Draw what the first visitor will ask for, so that it waits in memory."""
    _packed_frame()
    frame_policy()
    state = MapState()
    for item in layer_addresses(state):
        key = item["key"]
        _packed_layer(key, _state_of(key, state))


def prepare() -> None:
    """Fill the caches of the default state: results, what touches a region, legend, words."""
    state = MapState()
    results_for(state.period, registry=state.registry)
    touches("17")
    for lang in LANGUAGES:
        legend_for(state.with_(lang=lang), words(lang))


def warm_up_card() -> None:
    """Compute what the first card of a department would wait for."""
    from atlas.results.courses import courses_for, registries_with_courses
    from atlas.results.history import compared_periods, comparisons, history
    from atlas.results.profile import who_line

    department = "17"
    state = MapState(department=department)
    say = words(state.lang)
    history(department, state.base, state.span, say)
    comparisons(state, compared_periods(state.registry)[-1], say)
    for registry in registries_with_courses():
        courses_for(registry)
    who_line(department, say)
