"""The public side asked without a port, with any method and any bytes in the address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Answer


async def _talk(application: Any, scope: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await asyncio.wait_for(application(scope, receive, send), 300)
    return sent


@pytest.fixture(scope="session")
def public() -> Callable[..., Answer]:
    """Return a function that asks the server of the tier public, the path exactly as written."""
    from atlas.public.routes import public_app

    application = public_app()

    def ask(path: str, method: str = "GET", **headers: str) -> Answer:
        target, _, query = path.partition("?")
        given = {"host": "127.0.0.1", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (name.replace("_", "-").encode(), text.encode()) for name, text in given.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(asyncio.run, _talk(application, scope)).result()
        names = {key.decode().lower(): value.decode() for key, value in sent[0]["headers"]}
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], names, body)

    return ask


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Nothing that was made before is kept, before the test and after it."""
    from atlas.public.http import CARDS, COMPACT_PAGES, FIGURES, OEMBEDS, PAGES

    caches = [PAGES, COMPACT_PAGES, CARDS, OEMBEDS, *FIGURES.values()]
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
