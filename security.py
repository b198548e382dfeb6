"""Response headers by path: what a page may ask for, who may frame it, who may come in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tiers import PROXY_SETTING, Network, SettingError, is_loopback, named_proxies

EMBED_SETTING = "ATLAS_EMBED_ORIGINS"
DASHBOARD_CSP = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; frame-src 'self' blob: data:; worker-src 'self' blob:; "
    "media-src 'self' blob:; manifest-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""Streamlit's shell needs inline and evaluated script; nothing may be fetched from elsewhere."""
NOTHING_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For what is no page, figures for one: whatever a browser makes of it, it may do nothing."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FOR_EVERYBODY = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Also into pages that isolate themselves; the page asks nobody, so it isolates itself as well."""
_FRAMED = {**_FOR_EVERYBODY, "Cross-Origin-Embedder-Policy": "require-corp"}
_ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")


def frame_ancestors(environment: Mapping[str, str] | None = None) -> str:
    """Return who may frame the public page, as the directive frame-ancestors says it.

    Parameters
    ----------
    environment : mapping, optional
        Instead of the process's own variables.

    Returns
    -------
    str
        ``*``, or this server and the origins of ATLAS_EMBED_ORIGINS.

    Raises
    ------
    SettingError
        If ATLAS_EMBED_ORIGINS holds anything but origins with https.

    Examples
    --------
    >>> frame_ancestors({})
    '*'
    >>> frame_ancestors({"ATLAS_EMBED_ORIGINS": "https://www.gob.pe, https://diario.example:8443"})
    "'self' https://www.gob.pe https://diario.example:8443"
    """
    setting = (os.environ if environment is None else environment).get(EMBED_SETTING, "")
    origins = setting.replace(",", " ").split()
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingError(
                f"{EMBED_SETTING} holds {origin!r}: give origins with https and without a path, "
                "in small letters, for example https://www.gob.pe, several separated by commas; "
                "without the setting any page may embed the public page."
            )
    if not origins or origins == ["*"]:
        return "*"
    if "*" in origins:
        raise SettingError(
            f"{EMBED_SETTING} holds '*' beside origins: give one or the other, '*' is everybody."
        )
    return " ".join(["'self'", *dict.fromkeys(origins)])


def headers_for(path: str, elsewhere: str = DASHBOARD_CSP) -> dict[str, str]:
    """Return the headers of an answer at a path, for what the answer does not say itself.

    Parameters
    ----------
    path : str
        Of the request.
    elsewhere : str
        The policy outside /public and /api.
    """
    area = path.split("/", 2)[1] if path.startswith("/") else ""
    if area == "api":
        return {**_ALWAYS, **_FOR_EVERYBODY, "Content-Security-Policy": NOTHING_CSP}
    if area == "public":
        # no script and no style but those that the answer itself names by hash
        policy = f"default-src 'none'; base-uri 'none'; frame-ancestors {frame_ancestors()}"
        return {**_ALWAYS, **_FRAMED, "Content-Security-Policy": policy}
    return {**_ALWAYS, "Content-Security-Policy": elsewhere}


class SecurityHeaders:
    """ASGI middleware: adds the headers above; a route that sets its own policy keeps it."""

    def __init__(self, app: ASGIApp, elsewhere: str = DASHBOARD_CSP) -> None:
        self.app = app
        self.elsewhere = elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in headers_for(scope["path"], self.elsewhere).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class OnlyThroughProxy:
    """ASGI middleware: lets in this machine and the proxies that the operator named.

    The setting that says where Streamlit listens is not all there is: another server may run the
    same program, so each request is looked at as well.
    """

    def __init__(self, app: ASGIApp, proxies: tuple[Network, ...] | None = None) -> None:
        self.app = app
        self.proxies = named_proxies() if proxies is None else proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before anything reads it."""
        if scope["type"] == "lifespan" or self._may_enter(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            text = f"This server answers its own machine and the proxy named in {PROXY_SETTING}.\n"
            await PlainTextResponse(text, status_code=403)(scope, receive, send)

    def _may_enter(self, scope: Scope) -> bool:
        if is_loopback((scope.get("server") or ("",))[0]):
            return True
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self.proxies)
