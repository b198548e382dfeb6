"""Deadlines for clients that send slowly, on uvicorn's protocol for HTTP/1.1.

uvicorn 0.54 has none for a head or a body: a socket that sends a byte now and then stays for good.
Whoever starts the server has chosen the protocol before the application is loaded, so five methods
of ``uvicorn.protocols.http.h11_impl.H11Protocol`` are replaced, and no other code of a library is:

=====================  ============================================================
connection_made        begins to wait for a head
data_received          counts bytes; begins and ends the timers by h11's state
connection_lost        ends the timers
on_response_complete   a request that came with the one before may have a body still
_should_upgrade        a web socket is opened for no request that brings a body
=====================  ============================================================

Limits of uvicorn (``limit_concurrency``, ``timeout_keep_alive``) are for other things. Tried by
``tests/atlas/web/test_front_door.py`` with clients that send a byte at a time.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from starlette.datastructures import Headers
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 5.0
"""How long the head of a request may take."""
BODY_SECONDS, BODY_BYTES = 10.0, 4_096
"""A body brings as many bytes in such a time, or ends: a slow upload does, a trickle does not."""


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
    """Make uvicorn close connections with a slow head or body, and refuse web sockets with a body.

    A head must be complete after ``head_seconds``; a body must bring ``body_bytes`` every
    ``body_seconds``. Uvicorn has no such limits: a socket that sends a byte now and then stayed for
    good. A web socket would wait for a body without end. The class itself is changed, since whoever
    starts the server has chosen it before the application is loaded.
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
