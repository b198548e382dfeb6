"""What the server decides before a page does: headers by path, who may come in, under which name.

What is promised against whom, and what is not: deploy/README.md.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

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
HEAD_SECONDS = 5.0
"""How long the head of a request may take."""
BODY_SECONDS, BODY_BYTES = 10.0, 4_096
"""A body brings as many bytes in such a time, or ends: a slow upload does, a trickle does not."""
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
    """Return the headers of an answer at a path, for what the answer does not say itself."""
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
    """ASGI middleware: answers under this server's own names, to its own pages, and nobody else.

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
    """Whether pages of any origin may ask: for shipped figures, the same bytes for everybody.

    The map's frame is sandboxed, so even its own scripts and layers are asked for by ``null``.
    """
    return scope["type"] == "http" and _area(scope["path"]) in _FOR_ALL


async def _refuse(text: str, status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # before it is accepted: 403
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse(text, status_code=status)(scope, receive, send)


def brings_body(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a request announces a body, by its headers as ASGI has them."""
    named = Headers(raw=headers)
    return "transfer-encoding" in named or bool(named.get("content-length", "0").strip("0"))


def limit_requests(
    head_seconds: float = HEAD_SECONDS,
    body_seconds: float = BODY_SECONDS,
    body_bytes: int = BODY_BYTES,
    *,
    has_sockets: bool = True,
) -> None:
    """Let uvicorn close a connection whose request has no complete head after some seconds, or
    whose body brings fewer bytes than that in such a time; and open a web socket, if it may at all,
    only for who brings no body, which it would wait for without an end.

    It has no such limits of its own: a socket that sends a byte now and then stayed for good. The
    class itself is changed, since whoever starts the server has chosen it before the application
    is loaded.
    """
    made: Any = H11Protocol.connection_made
    came: Any = H11Protocol.data_received
    lost: Any = H11Protocol.connection_lost
    answered: Any = H11Protocol.on_response_complete
    upgrades: Any = H11Protocol._should_upgrade

    def end(self: Any) -> None:
        # once more round the loop: what arrived while it was busy is read before, and cancels this
        self.head_timer = self.loop.call_later(0, self.transport.abort)

    def look(self: Any, before: int) -> None:
        self.body_timer = self.loop.call_later(0, judge, self, before)  # as above

    def judge(self: Any, before: int) -> None:
        if self.flow.read_paused:  # the application is slow: this time and the next are free
            before = self.bytes_read - body_bytes
        elif self.bytes_read - before < body_bytes:
            self.transport.abort()
            return
        else:
            before = self.bytes_read
        self.body_timer = self.loop.call_later(body_seconds, look, self, before)

    def watch(self: Any) -> None:
        state, is_http = self.conn.their_state, self.transport.get_protocol() is self
        # a head is awaited only while the other side is idle: not in a body, not as a web socket
        is_awaited = state is h11.IDLE and is_http
        if is_awaited and self.head_timer is None:
            self.head_timer = self.loop.call_later(head_seconds, end, self)
        elif not is_awaited and self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None
        is_body = state is h11.SEND_BODY and is_http
        if is_body and self.body_timer is None:
            self.body_timer = self.loop.call_later(body_seconds, look, self, self.bytes_read)
        elif not is_body and self.body_timer is not None:
            self.body_timer.cancel()
            self.body_timer = None

    def connection_made(self: Any, transport: asyncio.Transport) -> None:
        self.head_timer = self.body_timer = None
        self.bytes_read = 0
        made(self, transport)
        watch(self)

    def data_received(self: Any, data: bytes) -> None:
        self.bytes_read += len(data)
        came(self, data)
        watch(self)

    def on_response_complete(self: Any) -> None:
        answered(self)
        if self.conn.their_state is h11.SEND_BODY:  # of a request that came with the one before
            watch(self)

    def should_upgrade(self: Any) -> bool:
        return has_sockets and not brings_body(self.headers) and upgrades(self)

    def connection_lost(self: Any, exc: Exception | None) -> None:
        for timer in (self.head_timer, self.body_timer):
            if timer is not None:
                timer.cancel()
        lost(self, exc)

    H11Protocol.connection_made = connection_made
    H11Protocol.data_received = data_received
    H11Protocol.connection_lost = connection_lost
    H11Protocol.on_response_complete = on_response_complete
    H11Protocol._should_upgrade = should_upgrade
