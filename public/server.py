"""The server of the tier public: the page and the API alone, and not a line of Streamlit."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from public.routes import public_routes
from security import NOTHING_CSP, SecurityHeaders


async def _root(request: Request) -> Response:
    """There is one page, so the root leads to it."""
    return RedirectResponse("/public", status_code=307, headers={"Cache-Control": "no-store"})


async def _nothing(request: Request, error: Exception) -> Response:
    """Any other address: the calm page, in both languages."""
    module = importlib.import_module("public.http")
    return module.calm_answer(404)


def _warm_up() -> None:
    importlib.import_module("public.http").warm_up()


@contextlib.asynccontextmanager
async def _warmed(_: Starlette) -> AsyncIterator[None]:
    """Draw the page as the server starts, without making it wait."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield


def public_app() -> Starlette:
    """Return the application; it takes nothing in: no upload, no form, no session, no cookie."""
    application = Starlette(
        routes=[Route("/", _root, methods=["GET"]), *public_routes()],
        middleware=[Middleware(SecurityHeaders, elsewhere=NOTHING_CSP)],
        exception_handlers={404: _nothing},
        lifespan=_warmed,
    )
    # an address is one or it is none; a redirect would repeat the host that a request names
    application.router.redirect_slashes = False
    return application
