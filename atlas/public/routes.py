"""Routes of the public page and the API, and the server of the tier public."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.web.security import NOTHING_CSP, SecurityHeaders
from atlas.web.slow_clients import brings_body

_ADDRESSES = {
    "/healthz": "health",
    "/public/card/{lang}.png": "card",
    "/public/oembed.json": "oembed",
    "/public/{lang}": "page",
    "/public/{lang}/compact": "compact",
    "/public": "front_door",
    "/public/{rest:path}": "no_page",
    "/api/v1/{name}": "figures",
    "/api": "no_address",
    "/api/{rest:path}": "no_address",
}
"""Path to the name of its handler in atlas.public.http; the first that matches answers."""


def _answers() -> ModuleType:
    """Load the module that answers, at the first request."""
    from atlas.public import http

    return http


class _Handler:
    """One address, for every method: a refusal is atlas.public.http's own as well.

    A route that names its methods leaves the others to Streamlit's shell, which answers any
    address with its page.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.loaded: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.loaded is None:
            self.loaded = (await run_in_threadpool(_answers)).answer
        response = await self.loaded(self.name, Request(scope, receive))
        await response(scope, receive, send)


def public_routes() -> list[BaseRoute]:
    """Return the routes for app.py, with or without the Streamlit pages."""
    return [Route(path, _Handler(name), name=f"public_{name}") for path, name in _ADDRESSES.items()]


async def _root(request: Request) -> Response:
    return RedirectResponse("/public", status_code=307, headers={"Cache-Control": "no-store"})


async def _nothing(request: Request, error: Exception) -> Response:
    return _answers().error_page(404)


@contextlib.asynccontextmanager
async def _warmed(_: Starlette) -> AsyncIterator[None]:
    threading.Thread(target=lambda: _answers().warm_up(), name="warm-up", daemon=True).start()
    yield


class _WithoutBody:
    """ASGI middleware: refuse a request with a body and close its connection."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and brings_body(scope["headers"]):
            from atlas.public.http_cache import problem

            text, close = "Nothing is taken in here: ask without a body.", {"Connection": "close"}
            await problem(413, text, headers=close)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def public_app() -> Starlette:
    """Return the public server: no upload, no form, no session, no cookie."""
    application = Starlette(
        routes=[Route("/", _root, methods=["GET"]), *public_routes()],
        middleware=[Middleware(SecurityHeaders, elsewhere=NOTHING_CSP), Middleware(_WithoutBody)],
        exception_handlers={404: _nothing},
        lifespan=_warmed,
    )
    # no redirect to a slash: it would repeat the host that a request names
    application.router.redirect_slashes = False
    return application
