"""What an upload leaves behind on a real server: nothing on disk, in the log or in memory."""

from __future__ import annotations

import contextlib
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from atlas.web.uploads import UPLOADS_PER_SESSION
from studies.benchmarks.browser import ROOT
from tests.browser.desk import CANARY, PLACE, Desk, Server, rows

pytestmark = pytest.mark.browser


def test_nothing_of_an_upload_is_left_behind(visit: Any, ngo: Server) -> None:
    """A 4 MB canary: not on disk, not in the log, not in any byte that the page gets."""
    lines = [
        f"{CANARY}-{number:05d},2023-05,170101,{PLACE[0]},{PLACE[1]},{'z' * 30}"
        for number in range(46_000)
    ]
    content = "\n".join(["registro,fecha,ubigeo,longitud,latitud,relleno", *lines])
    assert len(content) > 4_000_000
    begun = time.time()
    seen = visit(ngo.address)
    frames: list[bytes] = []
    seen.page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived",
            lambda data: frames.append(data if isinstance(data, bytes) else data.encode()),
        ),
    )
    desk = Desk(seen)
    desk.upload(content)
    desk.page.wait_for_selector(".own-cells")
    assert "Tambopata" in desk.text()
    for word in (CANARY, *PLACE):
        assert word not in desk.page.content()
        assert not any(word.encode() in frame for frame in frames), word
        assert word not in ngo.log
    left = [
        path
        for folder in (ngo.folder, ROOT / "data", ROOT / "atlas", Path("/dev/shm"))
        for path in folder.rglob("*")
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]
    assert left == []
    assert list((ngo.folder / "tmp").iterdir()) == []
    # a spool has no name: what the process holds open is searched as well, and the machine's
    # own temporary folder
    for handle in Path(f"/proc/{ngo.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if stat.S_ISREG(handle.stat().st_mode):
                assert CANARY.encode() not in handle.read_bytes(), handle.readlink()
    for path in Path("/tmp").glob("*"):
        with contextlib.suppress(OSError):
            if path.is_file() and path.stat().st_mtime >= begun:
                assert CANARY.encode() not in path.read_bytes(), path


def test_a_closed_session_gives_its_memory_back(visit: Any, ngo: Server) -> None:
    """Files sent past the page are gone soon after the tab is closed, with no other visitor.

    The server tells no stranger what it holds; that it takes the next file, and no file above its
    limit, tells it as well.
    """
    seen = visit(ngo.address)
    desk = Desk(seen)
    desk.upload(rows(20, "170101"))
    desk.page.wait_for_selector(".own-cells")
    url, cookies, headers = desk.session()
    with httpx.Client(cookies=cookies, headers=headers, timeout=300) as client:

        def put(number: int) -> int:
            files = {"file": ("a.csv", b"fecha,ubigeo\n2023,170101\n")}
            return client.put(f"{url}/{number}", files=files).status_code

        # as many as one session may have held: what the page has read is not held
        sent = [put(number) for number in range(UPLOADS_PER_SESSION)]
        assert sent == [204] * UPLOADS_PER_SESSION
        assert put(UPLOADS_PER_SESSION) == 429
        seen.page.close()
        end = time.monotonic() + 60
        while (answered := put(UPLOADS_PER_SESSION)) == 429:
            assert time.monotonic() < end, "the files of a closed session are still held"
            time.sleep(0.2)
        assert answered == 400  # no such session, and nothing held of it
