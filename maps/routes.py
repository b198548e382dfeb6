"""Addresses of the map's web routes, light to import: the work is loaded when first asked for.

The server listens as soon as this is read; geopandas, folium and the tables follow in a thread
while the browser still fetches the page.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FRAME_PATH = "/map/frame"


def _handler(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        module = await run_in_threadpool(importlib.import_module, "maps.http")
        return await getattr(module, name)(request)

    return handle


def map_routes() -> list[BaseRoute]:
    """The routes that app.py mounts beside the Streamlit pages."""
    pairs = [(FRAME_PATH, "frame"), ("/layers/{key}.js", "layer"), ("/assets/{name:path}", "asset")]
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
            importlib.import_module("maps.first_page").prepare()
            importlib.import_module("maps.http").warm_up()
            # ten tables of verdicts, which the first reader of Focos would wait for
            importlib.import_module("maps.matrix").matrix_table()
    finally:
        sys.setswitchinterval(interval)


@contextlib.asynccontextmanager
async def warmed(_: Any) -> AsyncIterator[dict[str, Any]]:
    """Start drawing the first map as the server starts, without making it wait."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield {}
