"""Caches answers, sends them with a strong ETag, and writes problem documents."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atlas.public.answers import Problem
from data.cache import emptied_by
from geo.errors import GeoError

_CACHE_CONTROL = "public, max-age=600, stale-while-revalidate=86400"
"""Ten minutes from a cache without asking, a day while the cache asks again."""
PROBLEM = "application/problem+json"
_TITLES = {
    400: "This request cannot be understood",
    404: "There is nothing at this address",
    405: "This address can only be read",
    410: "This is no longer given",
    413: "This server takes nothing in",
    501: "This is not given here",
    503: "The figures cannot be given now",
}
JSON = "application/json"
_NO_MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Packed:
    """The bytes of an answer, plain and compressed, with its ETag."""

    raw: bytes
    gzipped: bytes
    """the same, gzip with no date inside: the same bytes every time."""
    tag: str
    """first 32 hexadecimal digits of the SHA-256 of the plain bytes."""
    media_type: str
    headers: dict[str, str] = field(default_factory=dict)
    """what goes with these bytes, a policy for one."""


def packed(raw: bytes, media_type: str, headers: dict[str, str] | None = None) -> Packed:
    """Compress bytes with gzip; a PNG stays as it is."""
    tag = hashlib.sha256(raw).hexdigest()[:32]
    gzipped = raw if media_type == "image/png" else gzip.compress(raw, compresslevel=9, mtime=0)
    return Packed(raw, gzipped, tag, media_type, dict(headers or {}))


MOST_ANSWERS = 200
"""answers of one kind in memory; 30 kB each"""


class AnswerCache:
    """Keeps the answers of one function; requests for a missing one share one computation.

    Keys are made of codes that were compared with lists or forms; of the many spans of months the
    answers used last are kept.
    """

    def __init__(self, make: Callable[..., Packed]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._answers: dict[tuple[Hashable, ...], Future[Packed]] = {}
        # its own thread: neither the event loop nor the dashboard's threads wait for it
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="public")
        emptied_by(self._empty)

    def begin(self, *key: Hashable) -> Future[Packed]:
        """Return the future of an answer; a failed one is computed again."""
        with self._lock:
            answer = self._answers.pop(key, None)
            if answer is None or (answer.done() and answer.exception() is not None):
                answer = self._thread.submit(self._make, *key)
            self._answers[key] = answer
            while len(self._answers) > MOST_ANSWERS:
                del self._answers[next(iter(self._answers))]
        return answer

    async def get(self, *key: Hashable) -> Packed:
        """Wait for an answer; a cancelled request does not cancel the shared computation."""
        future = self.begin(*key)
        if future.done():
            return future.result()
        return await asyncio.shield(asyncio.wrap_future(future))

    def _empty(self) -> None:
        """Drop all answers."""
        with self._lock:
            self._answers.clear()


def respond(request: Request, answer: Packed) -> Response:
    """Send an answer, gzipped if accepted; 304 if the browser has it."""
    asks_gzip = "gzip" in request.headers.get("accept-encoding", "")
    is_gzipped = answer.gzipped is not answer.raw and asks_gzip
    body = answer.gzipped if is_gzipped else answer.raw
    # a strong ETag names the bytes as sent: compressed and plain ones differ
    tag = f'"{answer.tag}-gzip"' if is_gzipped else f'"{answer.tag}"'
    headers = {**answer.headers, "ETag": tag, "Cache-Control": _CACHE_CONTROL}
    if answer.gzipped is not answer.raw:
        headers["Vary"] = "Accept-Encoding"
    if _has_these_bytes(request, answer.tag):
        return Response(status_code=304, headers=headers)
    if is_gzipped:
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    return Response(
        b"" if request.method == "HEAD" else body, media_type=answer.media_type, headers=headers
    )


def _has_these_bytes(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the answer, packed or plain (RFC 9110, 13.1.2)."""
    header = request.headers.get("if-none-match", "")[:2000]
    if header.strip() == "*":
        return True
    return any(name in (tag, f"{tag}-gzip") for name in _TAG.findall(header))


class NotOffered(GeoError):
    """Values that have no answer together; ``allowed`` are those that have one."""

    def __init__(self, field: str, detail: str, allowed: Sequence[str]) -> None:
        super().__init__(detail)
        self.field, self.detail, self.allowed = field, detail, allowed


def problem(
    status: int,
    detail: str,
    *,
    field: str = "",
    allowed: Sequence[str] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a problem document (RFC 9457) that never repeats the request."""
    content = Problem(
        type="about:blank",
        title=_TITLES[status],
        status=status,
        detail=detail,
        field=field,
        allowed=list(allowed),
    )
    return Response(
        json.dumps(content.model_dump(exclude_defaults=True), ensure_ascii=False),
        status_code=status,
        media_type=PROBLEM,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def json_bytes(content: dict[str, Any]) -> bytes:
    """Write JSON without signs that a browser takes for markup."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_NO_MARKUP).encode("utf-8")
