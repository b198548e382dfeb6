"""The guard before the upload route: how many files of a session are held at a time."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from atlas.web import uploads
from atlas.web.uploads import (
    MENDED_PYTHON,
    UPLOAD_PATH,
    UPLOADS_PER_SESSION,
    UploadGuard,
    old_parser,
    sweeping,
)
from studies.benchmarks.browser import ROOT


def scope(session: str, method: str = "PUT") -> dict[str, Any]:
    return {"type": "http", "method": method, "path": f"{UPLOAD_PATH}{session}/file"}


async def ask(guard: UploadGuard, session: str, method: str = "PUT") -> int:
    """Status of one request."""
    statuses: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await guard(scope(session, method), receive, send)
    return statuses[0]


def test_what_is_held_counts_and_what_was_let_go_does_not(
    apart: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner may correct and upload all day; files that nobody takes out fill the cap."""
    sizes: dict[str, int] = {}

    monkeypatch.setattr("atlas.web.uploads.held_uploads", lambda session: sizes.get(session, 0))
    guard = UploadGuard(PlainTextResponse("", 204), is_open=True)

    async def story() -> None:
        for _ in range(3 * UPLOADS_PER_SESSION):  # each let go at once
            assert await ask(guard, "a") == 204
        sizes["a"] = UPLOADS_PER_SESSION
        assert await ask(guard, "a") == 429
        assert await ask(guard, "b") == 204
        assert await ask(guard, "a", "DELETE") == 204
        sizes["a"] = UPLOADS_PER_SESSION - 1
        assert await ask(guard, "a") == 204

    apart(story())
    assert not guard._on_the_way


def test_a_file_that_is_taken_back_midway_is_no_fault_and_holds_no_place(apart: Any) -> None:
    """A cancelled upload leaves no traceback and frees its place."""

    async def cut(*_: Any) -> None:
        raise ClientDisconnect

    guard = UploadGuard(cut, is_open=True)

    async def story() -> None:
        for _ in range(2 * UPLOADS_PER_SESSION):
            await guard(scope("a"), cut, cut)

    apart(story())
    assert not guard._on_the_way


def test_files_on_the_way_count_too(apart: Any) -> None:
    """Fifty at once are no way around: only as many are let in as may be held."""
    gate = asyncio.Event()

    async def slow(_: Any, __: Any, send: Any) -> None:
        await gate.wait()
        await PlainTextResponse("", 204)(scope("a"), None, send)

    guard = UploadGuard(slow, is_open=True)

    async def story() -> list[int]:
        asked = [asyncio.create_task(ask(guard, "a")) for _ in range(50)]
        await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*asked)

    statuses = apart(story())
    assert statuses.count(204) == UPLOADS_PER_SESSION
    assert statuses.count(429) == 50 - UPLOADS_PER_SESSION


def test_where_no_page_takes_any_the_route_is_not_there(apart: Any) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError

    guard = UploadGuard(never, is_open=False)
    assert apart(ask(guard, "a")) == 404
    assert apart(ask(guard, "a", "GET")) == 404


class Circle:
    """Something that only a collection can take away."""

    def __init__(self) -> None:
        self.itself = self


def test_the_rounds_of_a_server_collect(monkeypatch: pytest.MonkeyPatch, apart: Any) -> None:
    """While the server lives, the circles of its runs do not wait for Python's own thresholds."""
    from streamlit import config

    assert config.get_option("runner.postScriptGC") is False
    monkeypatch.setattr("atlas.web.uploads.SWEEP_SECONDS", 0.01)
    monkeypatch.setattr("atlas.web.uploads.forget_closed_sessions", lambda: 1)

    async def story() -> None:
        async with sweeping(None):
            left = weakref.ref(Circle())
            while left() is not None:
                await asyncio.sleep(0.01)

    gc.disable()
    try:
        apart(asyncio.wait_for(story(), 300))
    finally:
        gc.enable()


def test_an_old_xml_parser_is_named_in_one_line(monkeypatch):
    """By what the parser is, since distributions mend theirs under an older Python's number."""
    named = [".".join(map(str, release)) for release in MENDED_PYTHON]
    monkeypatch.setattr(uploads.pyexpat, "version_info", (2, 7, 1))
    line = old_parser()
    assert "\n" not in line
    assert all(release in line for release in named)
    monkeypatch.setattr(uploads.pyexpat, "version_info", (2, 7, 2))
    assert old_parser() == ""
    start = (ROOT / "start.py").read_text("utf-8")
    assert all(release in start for release in named)
    container = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    assert f"python:{named[0]}-slim-bookworm@sha256:" in container
