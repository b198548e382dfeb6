"""Where the map's layers and web routes lie: light to import."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from atlas.version import content_version
from atlas.view import LEVELS, MEASURES, MapState, left_out_overlays

LAYER_KEYS = ("regions", "density", "mining", "zones", "routes", "places", "services", "names")
"""every layer of a state, bottom first; the regions and the names are always on."""
ALWAYS = ("regions", "names")
AREA_KEYS = ("departments", "areas")
"""below the department these two stand in the place of the regions."""
DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "regions": ("lang", "registry", "period", "measure", "base"),
    "departments": ("lang",),
    "areas": ("lang", "level", "area"),
    "density": ("lang", "registry", "period", "bw"),
    "mining": ("lang",),
    "zones": ("lang",),
    "routes": ("lang",),
    "places": ("lang",),
    "services": ("lang",),
    "names": ("lang",),
}


def shown_layers(state: MapState) -> tuple[str, ...]:
    """Keys of the layers that a state shows, bottom first."""
    hidden = left_out_overlays(state)
    shown = tuple(
        key for key in LAYER_KEYS if key in ALWAYS or (key in state.overlays and key not in hidden)
    )
    if state.level == LEVELS[0]:
        return shown
    return (*AREA_KEYS, *(key for key in shown if key != "regions"))


def depends_on(key: str, state: MapState) -> tuple[str, ...]:
    """Fields of a link that change a layer; areas without reports are the same in every period."""
    if key == "areas" and state.area_measure in MEASURES:
        return (*DEPENDS_ON[key], "registry", "period")
    return DEPENDS_ON[key]


def layer_addresses(state: MapState) -> list[dict[str, str]]:
    """Key and address of every layer of a state."""
    parameters = state.query()
    return [
        {
            "key": key,
            "url": f"/layers/{key}.js?"
            + urlencode(
                {name: parameters[name] for name in depends_on(key, state) if name in parameters}
            )
            + f"&v={content_version()}",
        }
        for key in shown_layers(state)
    ]


FRAME_PATH = "/map/frame"
PLACES_PATH = "/map/places.json"


def _handler(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        module = await run_in_threadpool(importlib.import_module, "atlas.map.routes")
        return await getattr(module, name)(request)

    return handle


def map_routes() -> list[BaseRoute]:
    """The routes that app.py mounts beside the Streamlit pages."""
    pairs = [
        *((FRAME_PATH, "frame"), (PLACES_PATH, "place_names")),
        *(("/layers/{key}.js", "layer"), ("/assets/{name:path}", "asset")),
    ]
    return [Route(path, _handler(name), methods=["GET"]) for path, name in pairs]


def _warm_up() -> None:
    # the same interpreter serves Streamlit's files meanwhile: let it in ten times as often
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 10)
    try:
        from geo.errors import GeoError

        # a faulty file is reported by the page that needs it, with its name and line
        with contextlib.suppress(GeoError):
            # first what the page's own script waits for, then what its frame will ask
            importlib.import_module("atlas.map.routes").prepare()
            importlib.import_module("atlas.map.routes").warm_up()
            # ten tables of verdicts, which the first reader of Focos would wait for
            importlib.import_module("atlas.results.matrix").matrix_table()
            importlib.import_module("atlas.map.routes").warm_up_card()
    finally:
        sys.setswitchinterval(interval)


@contextlib.asynccontextmanager
async def warmed(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Start drawing the first map as the server starts, without making it wait."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield {}
