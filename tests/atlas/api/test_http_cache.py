"""Kept answers: made once whoever asks at once, faults forgotten."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from starlette.requests import Request

from atlas.public.http_cache import AnswerCache, Packed, packed, respond


def test_many_at_once_wait_for_one_making():
    """Two hundred askers in one loop and others in threads: one call each key."""
    made: list[str] = []

    def make(key: str) -> Packed:
        time.sleep(0.05)
        made.append(key)
        return packed(key.encode(), "text/plain")

    cache = AnswerCache(make)

    async def ask() -> list[Packed]:
        return await asyncio.gather(*(cache.get("ab"[place % 2]) for place in range(200)))

    found: list[list[Packed]] = []
    others = [threading.Thread(target=lambda: found.append(asyncio.run(ask()))) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert sorted(made) == ["a", "b"]
    assert {answer.raw for answers in found for answer in answers} == {b"a", b"b"}


def test_an_asker_who_leaves_takes_nothing_away(apart):
    """Cancelled while it is made: the others still get it."""
    begun = threading.Event()

    def make(key: str) -> Packed:
        begun.set()
        time.sleep(0.1)
        return packed(key.encode(), "text/plain")

    cache = AnswerCache(make)

    async def leave() -> Packed:
        impatient = asyncio.ensure_future(cache.get("a"))
        patient = asyncio.ensure_future(cache.get("a"))
        await asyncio.to_thread(begun.wait, 5)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        return await patient

    assert apart(leave()).raw == b"a"


def test_a_fault_is_not_kept(apart):
    """The next asker gets a new try."""
    tries: list[int] = []

    def make(key: str) -> Packed:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("once")
        return packed(b"good", "text/plain")

    cache = AnswerCache(make)
    with pytest.raises(ValueError, match="once"):
        apart(cache.get("a"))
    assert apart(cache.get("a")).raw == b"good"


@pytest.mark.parametrize(
    ("media_type", "accepts", "is_packed"),
    [
        ("text/plain", "br, gzip", True),
        ("text/plain", "br, gzip;q=0.5", True),
        ("text/plain", "gzip;q=0, br", False),
        ("text/plain", "", False),
        ("image/png", "gzip", False),
    ],
)
def test_a_cache_on_the_way_keeps_packed_and_plain_apart(media_type, accepts, is_packed):
    """It may hand the same bytes on to a browser that asks otherwise, unless Vary says no."""
    answer = packed(b"a" * 1000, media_type)
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [(b"accept-encoding", accepts.encode())],
    }
    sent = respond(Request(scope), answer)
    assert (sent.headers.get("content-encoding") == "gzip") == is_packed
    assert sent.headers.get("vary") == ("Accept-Encoding" if media_type != "image/png" else None)
    assert sent.headers["etag"] == f'"{answer.tag}{"-gzip" if is_packed else ""}"'
