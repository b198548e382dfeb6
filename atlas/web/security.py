"""Security before any page: headers by path, who may connect, and under which name.

What is promised against whom, and what is not: deploy/README.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from atlas.settings import (
    HOSTS_SETTING,
    PROXY_SETTING,
    Network,
    SettingError,
    is_loopback,
    named_hosts,
    named_proxies,
)

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
"""For answers that are no page, such as figures: a browser that shows them runs nothing."""

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FOR_EVERYBODY = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Isolated pages may embed it too; it loads nothing from others, so it is isolated itself."""
_FRAMED = {**_FOR_EVERYBODY, "Cross-Origin-Embedder-Policy": "require-corp"}
_HOST_HEADER = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?")
_CLOSED = re.compile(r"/_stcore/(metrics|script-health-check|agent)(/|$)")
"""Addresses of Streamlit that describe the process or run the pages for a program."""
_FOR_ALL = ("public", "api", "assets", "layers")
_ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?")


def frame_ancestors(environment: Mapping[str, str] | None = None) -> str:
    """Return who may frame the public page: everybody, or this server and ATLAS_EMBED_ORIGINS.

    SettingError for anything but origins with https.

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
    """Return the headers of an answer at a path, except those that it sets itself."""
    area = _area(path)
    if area == "api":
        return {**_ALWAYS, **_FOR_EVERYBODY, "Content-Security-Policy": NOTHING_CSP}
    if area == "public":
        # no script and no style but those that the answer itself names by hash
        policy = f"default-src 'none'; base-uri 'none'; frame-ancestors {frame_ancestors()}"
        return {**_ALWAYS, **_FRAMED, "Content-Security-Policy": policy}
    headers = {**_ALWAYS, "Content-Security-Policy": elsewhere}
    if area == "media":
        headers["Cache-Control"] = "no-store"  # a download of own records stays in no cache
    return headers


def _area(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""


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
        else:
            text = f"This server answers its own machine and the proxy named in {PROXY_SETTING}.\n"
            await _refuse(text, 403, scope, receive, send)

    def _may_enter(self, scope: Scope) -> bool:
        if is_loopback((scope.get("server") or ("",))[0]):
            return True
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self.proxies)


class FrontDoor:
    """ASGI middleware: answers only requests to this server's names from its own pages.

    A page elsewhere can point its own name at this machine (DNS rebinding), or open a socket to
    it from a reader's browser. Streamlit accepts the first, and before it refuses the second it
    asks addresses outside which one is its own. So Host and Origin are judged here, by what was
    sent alone: no name is resolved. An origin that was judged is not handed on, so that nothing
    behind judges it again.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str] | None = None,
        proxies: tuple[Network, ...] | None = None,
    ) -> None:
        self.app = app
        self.hosts = named_hosts() if hosts is None else hosts
        self.proxies = named_proxies() if proxies is None else proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before anything reads it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not self._is_own(hosts[0], scope):
            text = f"No atlas under this name: its operator names its hosts in {HOSTS_SETTING}.\n"
            await _refuse(text, 403, scope, receive, send)
        elif any(not _is_of(origin, hosts[0]) for origin in origins) and not _is_for_all(scope):
            await _refuse("Asked from a page of another site.\n", 403, scope, receive, send)
        elif _CLOSED.search(scope["path"]):
            await _refuse("no such address\n", 404, scope, receive, send)
        else:
            headers_left = [pair for pair in scope["headers"] if pair[0].lower() != b"origin"]
            await self.app({**scope, "headers": headers_left}, receive, send)

    def _is_own(self, host: str, scope: Scope) -> bool:
        read = _HOST_HEADER.fullmatch(host.lower())
        if read is None:
            return False
        name = read[1] or read[2]
        if name in self.hosts or is_loopback(name):
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        # an address cannot be pointed elsewhere as a name can: the one that was reached is ours
        reached = (scope.get("server") or ("",))[0] == str(address)
        return reached or any(address in network for network in self.proxies)


def _is_of(origin: str, host: str) -> bool:
    """Whether a page of an origin is one of this host and port."""
    try:
        address = urlsplit(origin)
    except ValueError:
        return False
    return address.scheme in ("http", "https") and address.netloc == host


def _is_for_all(scope: Scope) -> bool:
    """Whether pages of any origin may ask, as for shipped figures that are the same for all.

    The map's frame is sandboxed, so even its own scripts and layers are asked for by ``null``.
    """
    return scope["type"] == "http" and _area(scope["path"]) in _FOR_ALL


async def _refuse(text: str, status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # before it is accepted: 403
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse(text, status_code=status)(scope, receive, send)
