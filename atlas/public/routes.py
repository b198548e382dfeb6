"""Addresses of what leaves the house, and its server; the work is loaded when first asked for."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.web.security import NOTHING_CSP, SecurityHeaders, brings_body
from atlas.web.tiers import SettingError
from data.periods import DEFAULT_PERIOD
from geo.errors import ParameterError

_ADDRESSES = {
    "/healthz": "health",
    "/public/card/{name}": "card",
    "/public/oembed.json": "oembed",
    "/public/{lang}": "page",
    "/public/{lang}/compact": "compact",
    "/public": "front_door",
    "/public/{rest:path}": "no_page",
    "/api/v1/regions.json": "regions.json",
    "/api/v1/regions.csv": "regions.csv",
    "/api/v1/series.json": "series.json",
    "/api/v1/profile.json": "profile.json",
    "/api/v1/change.json": "change.json",
    "/api/v1/level.json": "level.json",
    "/api/v1/hotspots.json": "hotspots.json",
    "/api/v1/meta.json": "meta.json",
    "/api/v1/openapi.json": "openapi.json",
    "/api": "no_address",
    "/api/{rest:path}": "no_address",
}
"""Path to its name in atlas.public.http; the first that matches answers."""
MAX_LENGTH = 200
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_PATH = re.compile(r"[A-Za-z0-9/._~-]*")
BASE_SETTING = "ATLAS_BASE_URL"
DASHBOARD_SETTING = "ATLAS_DASHBOARD_URL"


def require_base_url(address: str) -> str:
    """Return an address that pages can be joined to: it ends in a slash."""
    refused = ParameterError(
        "the base URL is not one: give http:// or https://, a host and perhaps a folder, without "
        f"user, query or fragment, at most {MAX_LENGTH} characters, e.g. https://example.org/trata/"
    )
    if len(address) > MAX_LENGTH or not address.isascii():
        raise refused
    try:
        parts = urlsplit(address)
    except ValueError:
        raise refused from None
    if (
        parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(parts.netloc)
        or not _PATH.fullmatch(parts.path)
        or ".." in parts.path
        or f"{parts.scheme}://{parts.netloc}{parts.path}" != address
    ):
        raise refused
    return address if address.endswith("/") else address + "/"


def base_url(environment: Mapping[str, str] | None = None) -> str | None:
    """Return ATLAS_BASE_URL, by which readers know the server, for cards and canonical addresses.

    SettingError if it is no address, or has a folder: the routes start at the root.
    """
    example = "scheme and host alone, for example https://atlas.example.pe"
    address = _named(BASE_SETTING, environment, example)
    if address is not None and address.count("/") != 3:
        raise SettingError(f"{BASE_SETTING} is {address!r}: give {example}.")
    return address


def dashboard_url(environment: Mapping[str, str] | None = None) -> str | None:
    """Return ATLAS_DASHBOARD_URL, the atlas to which the public page leads whoever wants more.

    SettingError if it is no address.
    """
    example = "the atlas's address, for example https://atlas.example.pe/"
    return _named(DASHBOARD_SETTING, environment, example)


def _named(setting: str, environment: Mapping[str, str] | None, example: str) -> str | None:
    """The address in a setting, None without one."""
    text = (os.environ if environment is None else environment).get(setting, "").strip()
    if not text:
        return None
    try:
        return require_base_url(text)
    except ParameterError:
        raise SettingError(f"{setting} is {text!r}: give {example}.") from None


def page_query(period: str, measure: str = "rate") -> str:
    """What follows an address of the page or the card; what is usual needs no words."""
    asked = {} if period == DEFAULT_PERIOD else {"period": period}
    asked |= {} if measure == "rate" else {"measure": measure}
    return f"?{urlencode(asked)}" if asked else ""


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
            module = await run_in_threadpool(importlib.import_module, "atlas.public.http")
            self.loaded = module.answer
        response = await self.loaded(self.name, Request(scope, receive))
        await response(scope, receive, send)


def public_routes() -> list[BaseRoute]:
    """The routes that app.py mounts beside the Streamlit pages, or alone."""
    return [Route(path, _Handler(name), name=f"public_{name}") for path, name in _ADDRESSES.items()]


async def _root(request: Request) -> Response:
    """There is one page, so the root leads to it."""
    return RedirectResponse("/public", status_code=307, headers={"Cache-Control": "no-store"})


async def _nothing(request: Request, error: Exception) -> Response:
    """Any other address: the error page, in both languages."""
    module = importlib.import_module("atlas.public.http")
    return module.error_page(404)


def _warm_up() -> None:
    importlib.import_module("atlas.public.http").warm_up()


@contextlib.asynccontextmanager
async def _warmed(_: Starlette) -> AsyncIterator[None]:
    """Draw the page as the server starts, without making it wait."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


class _WithoutBody:
    """ASGI middleware: a request that brings anything is refused, and its connection closed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what only asks."""
        if scope["type"] == "http" and brings_body(scope["headers"]):
            module = importlib.import_module("atlas.public.http_cache")
            text, close = "Nothing is taken in here: ask without a body.", {"Connection": "close"}
            await module.problem(413, text, headers=close)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def public_app() -> Starlette:
    """Return the application; it takes nothing in: no upload, no form, no session, no cookie."""
    application = Starlette(
        routes=[Route("/", _root, methods=["GET"]), *public_routes()],
        middleware=[Middleware(SecurityHeaders, elsewhere=NOTHING_CSP), Middleware(_WithoutBody)],
        exception_handlers={404: _nothing},
        lifespan=_warmed,
    )
    # an address is one or it is none; a redirect would repeat the host that a request names
    application.router.redirect_slashes = False
    return application
