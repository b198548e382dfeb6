"""Error pages: for who opened an address in a browser, in their language, with the way back.

A program that asked for something else than a page gets the short text or JSON as it was.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atlas.html import inline_policy, render
from atlas.settings import PAGES, offered_pages
from atlas.words import LANGUAGES, preferred_language, words

_OTHERS = (
    *("public", "api", "map", "layers", "assets"),
    *("static", "media", "component", "_stcore", "vendor", "robots.txt", "favicon.png"),
)
"""first parts of the addresses of our routes and of Streamlit's files"""
_TOLD = (400, 403, 404, 405, 500, 503)


def page_title(feature: str) -> str:
    """The message that names a page in the navigation."""
    return {"own_data": "nav.own", "public": "nav.awareness"}.get(feature, f"nav.{feature}")


class ErrorPages:
    """ASGI middleware: a page for a person in the place of an error's text.

    Streamlit answers any address with its shell, in which it then says in English that there is no
    such page: an address of none of ours is refused here.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.pages = set(offered_pages().values())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, unless it leads nowhere."""
        if scope["type"] != "http" or not _is_for_a_person(scope):
            await self.app(scope, receive, send)
            return
        first, _, rest = scope["path"].lstrip("/").partition("/")
        if first == PAGES["own_data"] and first not in self.pages and not rest.strip("/"):
            await error_page(200, scope)(scope, receive, send)  # how to start what is off here
            return
        if first not in _OTHERS and (first not in self.pages or rest.strip("/")):
            await error_page(404, scope)(scope, receive, send)
            return
        status, is_begun = 0, False

        async def send_page(message: Message) -> None:
            nonlocal status, is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                kind = Headers(raw=message["headers"]).get("content-type", "text/plain")
                if message["status"] in _TOLD and kind.startswith("text/plain"):
                    status = message["status"]
                    return
            if not status:
                await send(message)
            elif not message.get("more_body"):
                await error_page(status, scope)(scope, receive, send)

        try:
            await self.app(scope, receive, send_page)
        except Exception:
            # one that has begun cannot become a page: a second beginning would hide the fault
            if not is_begun:
                await error_page(500, scope)(scope, receive, send)
            raise  # for the log


def _is_for_a_person(scope: Scope) -> bool:
    is_read = scope["method"] in ("GET", "HEAD")
    return is_read and "text/html" in Headers(scope=scope).get("accept", "")


def error_page(status: int, scope: Scope) -> Response:
    """Return the page of an error in the language of the link, else of the browser."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")[:512]).get("lang", [""])[0]
    accepted = preferred_language(Headers(scope=scope).get("accept-language"))
    lang = asked if asked in LANGUAGES else accepted
    content = _html(status, lang)
    headers = {
        "Content-Security-Policy": inline_policy(content, frame_ancestors="'self'"),
        "Content-Language": lang,
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
    }
    return Response(content, status, headers, "text/html")


@lru_cache(maxsize=(len(_TOLD) + 1) * len(LANGUAGES))
def _html(status: int, lang: str) -> bytes:
    kind = {200: "own", 400: "404", 405: "404"}.get(status, str(status))
    say = words(lang)
    page = render("error", say, languages=[say], kind=kind, is_public=False, offered=())
    return f"{page}\n".encode()
