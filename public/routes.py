"""Addresses of what leaves the house, light to import: the work is loaded when first asked for."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from data.periods import LATEST_YEAR

PAGE_PATH = "/public/{lang}"
CARD_PATH = "/public/card/{name}"
API_PREFIX = "/api/v1"
HEALTH_PATH = "/healthz"
_ADDRESSES = (
    (HEALTH_PATH, "health"),
    (CARD_PATH, "card"),
    (PAGE_PATH, "page"),
    ("/public", "front_door"),
    ("/public/{rest:path}", "no_page"),
    (f"{API_PREFIX}/regions.json", "regions_json_answer"),
    (f"{API_PREFIX}/regions.csv", "regions_csv_answer"),
    (f"{API_PREFIX}/change.json", "change_json_answer"),
    (f"{API_PREFIX}/level.json", "level_json_answer"),
    (f"{API_PREFIX}/hotspots.json", "hotspots_json_answer"),
    (f"{API_PREFIX}/meta.json", "meta_json_answer"),
    (f"{API_PREFIX}/openapi.json", "openapi_json_answer"),
    ("/api", "no_address"),
    ("/api/{rest:path}", "no_address"),
)


def page_query(period: str, measure: str = "rate") -> str:
    """What follows an address of the page or the card; what is usual needs no words.

    Examples
    --------
    >>> page_query("2023"), page_query("2007-01/2014-04", "verdict")
    ('', '?period=2007-01%2F2014-04&measure=verdict')
    """
    asked = {} if period == LATEST_YEAR else {"period": period}
    asked |= {} if measure == "rate" else {"measure": measure}
    return f"?{urlencode(asked)}" if asked else ""


class _Handler:
    """One handler of public.http, for every method: a refusal is the handler's own as well.

    A route that names its methods leaves the others to Streamlit's shell, which answers any
    address with its page.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.loaded: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.loaded is None:
            module = await run_in_threadpool(importlib.import_module, "public.http")
            self.loaded = getattr(module, self.name)
        response = await self.loaded(Request(scope, receive))
        await response(scope, receive, send)


def public_routes() -> list[BaseRoute]:
    """The routes that app.py mounts beside the Streamlit pages, or alone."""
    return [Route(path, _Handler(name), name=f"public_{name}") for path, name in _ADDRESSES]
