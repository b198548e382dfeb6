"""The routes that the map adds to the server: light to import, what answers them comes later."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Awaitable, Callable
from types import ModuleType

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from atlas.web.first_look import LOOK_FOLDER
from atlas.web.preview import PICTURE_PATH
from geo.errors import GeoError

FRAME_PATH = "/map/frame"
PLACES_PATH = "/map/places.json"


def _answers() -> ModuleType:
    """Return the module that answers the routes, loaded at the first request."""
    from atlas.map import http

    return http


def _handler(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        answers = await run_in_threadpool(_answers)
        return await getattr(answers, name)(request)

    return handle


def map_routes() -> list[BaseRoute]:
    """The routes that app.py mounts beside the Streamlit pages."""
    pairs = [
        *((FRAME_PATH, "frame"), (PLACES_PATH, "place_names")),
        *(("/layers/{key}.js", "layer"), ("/assets/{name:path}", "asset")),
        (PICTURE_PATH, "preview"),
    ]
    others = [Route(path, _handler(name), methods=["GET"]) for path, name in pairs]
    return [Mount("/assets/look", StaticFiles(directory=LOOK_FOLDER)), *others]


def _warm_up() -> None:
    # the same interpreter serves Streamlit's files meanwhile: let it in ten times as often
    interval = sys.getswitchinterval()
    sys.setswitchinterval(interval / 10)
    try:
        # a faulty file is reported by the page that needs it, with its name and line
        with contextlib.suppress(GeoError):
            _answers().warm_up()
    finally:
        sys.setswitchinterval(interval)


def warm_up() -> None:
    """Start drawing the first map as the server starts, without making it wait."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
