"""The map's web routes: the frame, one script per layer, the assets. All answers are cacheable.

A layer's address holds only the codes that the layer depends on, so two states that share a
layer share its bytes, and the browser keeps what it has drawn before.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from geo.errors import GeoError, ParameterError
from layers.assets import LEAFLET_FOLDER, STATIC_FOLDER
from maps.document import frame_document, frame_policy
from maps.layer_addresses import AREA_KEYS, DEPENDS_ON, LAYER_KEYS, layer_addresses
from maps.levels import available_levels
from maps.overlays import layer_script_for
from maps.state import MapState, parse_state
from maps.version import content_version
from messages import DEFAULT_LANGUAGE

_ASSETS = {
    "leaflet/leaflet.js": (LEAFLET_FOLDER / "leaflet.js", "text/javascript; charset=utf-8"),
    "leaflet/leaflet.css": (LEAFLET_FOLDER / "leaflet.css", "text/css; charset=utf-8"),
    "atlas/frame.js": (STATIC_FOLDER / "frame.js", "text/javascript; charset=utf-8"),
    "atlas/frame.css": (STATIC_FOLDER / "frame.css", "text/css; charset=utf-8"),
}
"""every file that may be asked for; a name is looked up, never joined to a path."""
_IMMUTABLE = "public, max-age=31536000, immutable"
_MAX_CACHED = 256
"""layer scripts kept in memory: 7 periods x 4 measures x 2 languages x 2 bases fit."""


@lru_cache(maxsize=_MAX_CACHED)
def _packed_layer(key: str, state: MapState) -> tuple[bytes, bytes]:
    raw = layer_script_for(key, state).encode("utf-8")
    return raw, gzip.compress(raw, compresslevel=6, mtime=0)


def _state_of(key: str, state: MapState) -> MapState:
    """The codes that a layer depends on, the others as they are at first."""
    query = state.query()
    return parse_state({name: query[name] for name in DEPENDS_ON[key] if name in query})


@lru_cache(maxsize=1)
def _packed_frame() -> tuple[bytes, bytes]:
    raw = frame_document().encode("utf-8")
    return raw, gzip.compress(raw, compresslevel=6, mtime=0)


@lru_cache(maxsize=32)
def _packed_asset(name: str) -> tuple[bytes, bytes]:
    raw = _ASSETS[name][0].read_bytes()
    return raw, gzip.compress(raw, compresslevel=6, mtime=0)


def _answer(
    request: Request, packed: tuple[bytes, bytes], media_type: str, headers: dict[str, str]
) -> Response:
    raw, small = packed
    headers = {**headers, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            small, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(raw, media_type=media_type, headers=headers)


async def frame(request: Request) -> Response:
    """The frame's document, with a policy that lets it connect nowhere."""
    packed = await run_in_threadpool(_packed_frame)
    return _answer(
        request,
        packed,
        "text/html; charset=utf-8",
        {"Cache-Control": "no-cache", "Content-Security-Policy": frame_policy()},
    )


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
    version = request.query_params.get("v")
    cache = _IMMUTABLE if version == content_version() else "no-cache"
    return _answer(request, packed, "text/javascript; charset=utf-8", {"Cache-Control": cache})


async def asset(request: Request) -> Response:
    """Leaflet and the frame's own files, by a list of names."""
    name = request.path_params["name"]
    if name not in _ASSETS:
        return PlainTextResponse("no such asset", status_code=404)
    packed = await run_in_threadpool(_packed_asset, name)
    return _answer(request, packed, _ASSETS[name][1], {"Cache-Control": "public, max-age=86400"})


def warm_up(lang: str = DEFAULT_LANGUAGE) -> None:
    """Draw what the first visitor will ask for, so that it waits in memory."""
    _packed_frame()
    frame_policy()
    state = parse_state({"lang": lang})
    for item in layer_addresses(state):
        key = item["key"]
        _packed_layer(key, _state_of(key, state))
