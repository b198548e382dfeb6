"""The canary handed in on `Mis datos`, and then every page opened in the same session.

Searched: each frame of the socket, each answer of the server (pages, layers, /media), what is
downloaded, what the pages show, the log, home, cache and temporary folders, all that the process
holds open; and all that a second reader, who hands in a file of the same name, and the public
routes of the same server get meanwhile.
"""

from __future__ import annotations

import contextlib
import re
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Error, Response

from tests.browser.desk import Desk, Server, rows
from tests.browser.eventually import AT_REST, take_file
from tests.browser.planner import keep_few
from tests.canary.searching import COUNT, TOKEN, traces
from tests.canary.test_public_paths import files_of, records_csv

pytestmark = pytest.mark.browser
NAVIGATION = "header a[href], [data-testid=stTopNavLink][href]"
PUBLIC = ("/public/es", "/public/en", "/public/card/es.png", "/api/v1/regions.json",
          "/api/v1/regions.csv", "/api/v1/meta.json", "/api/v1/level.json",
          "/api/v1/hotspots.json", "/api/v1/change.json?from=2021&to=2023")  # fmt: skip


class Ear:
    """Everything that a reader's browser is sent."""

    def __init__(self, page: Any) -> None:
        self.frames: list[bytes] = []
        self.answers: list[Response] = []
        page.on("response", lambda answer: self.answers.append(answer))
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framereceived", self._keep)

    def _keep(self, data: str | bytes) -> None:
        self.frames.append(data if isinstance(data, bytes) else data.encode())

    def heard(self) -> dict[str, bytes]:
        """Frames and bodies by name; the shell's own files, the same for everybody, left out."""
        found = {f"frame {number}": frame for number, frame in enumerate(self.frames)}
        for answer in self.answers:
            found[f"headers {answer.url}"] = repr(answer.headers).encode()
            if "/static/" in answer.url or answer.status in (204, 304):
                continue
            if answer.headers.get("content-disposition", "").startswith("attachment"):
                # a download that no cache keeps has no body to ask for; its file is searched
                continue
            try:
                found[answer.url] = answer.body()
            except Error:  # a body that the browser has dropped by now was read by the next visit
                continue
        return found


def _every_page(page: Any, *, only: tuple[str, ...] = ("",)) -> list[str]:
    """Open each page of the menu in this session, as a reader does, and say which."""
    addresses = {
        address: link.inner_text()
        for link in page.locator(NAVIGATION).all()
        if (address := link.get_attribute("href") or "").endswith(only)
    }
    for address, name in addresses.items():
        page.locator(f'header a[href="{address}"]').first.click()
        # the title is the new page's as soon as the server draws it; the address is so before
        page.wait_for_function("name => document.title.startsWith(name + ' ·')", arg=name)
        page.locator(AT_REST).wait_for()
        page.wait_for_selector("footer.help")
    return list(addresses)


def held(process: int) -> dict[str, bytes]:
    """What stands in the files that a process holds open: a spool has no name."""
    found = {}
    for handle in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            if stat.S_ISREG(handle.stat().st_mode):
                found[str(handle.readlink())] = handle.read_bytes()
    return found


def _is_new(path: Path, begun: float) -> bool:
    with contextlib.suppress(OSError):
        return path.is_file() and path.stat().st_mtime >= begun
    return False


def _clean(found: dict[str, bytes]) -> None:
    told = {name: what for name, content in found.items() if (what := traces(content))}
    assert told == {}


def test_no_page_shows_sends_or_keeps_the_canary(visit: Any, ngo: Server) -> None:
    """Seven records at one coordinate beside others, more than a megabyte that a server might
    spool to its disk: in no byte that leaves, whoever asks (case 24 of docs/records.md too)."""
    begun = time.time()
    lines = records_csv(extra=2_000).splitlines()
    content = "\n".join([f"{lines[0]},note", *(f"{line},{'n' * 600}" for line in lines[1:])])
    assert len(content) > 1 << 20
    seen = visit(ngo.address)
    keep_few(seen)
    ear = Ear(seen.page)
    desk = Desk(seen)
    desk.upload(content)
    desk.page.wait_for_selector(".own-table")
    assert "Lima" in desk.text()
    shown = {"own data": desk.page.content().encode()}
    table = Path(take_file(desk.page.locator(".st-key-own_download button")).path()).read_bytes()
    cells = {line.split(",")[4] for line in table.decode().splitlines()[1:] if "1701" in line}
    assert "<13" in cells
    assert str(COUNT) not in cells
    shown["download"] = table
    opened = _every_page(desk.page)
    assert len(opened) >= 6
    shown["last page"] = desk.page.content().encode()

    other = visit(ngo.address)
    keep_few(other)
    second = Ear(other.page)
    neighbour = Desk(other, "en")
    assert other.page.locator(".own-table").count() == 0
    neighbour.upload(rows(20, "080101"))
    names = other.page.locator(".own-cells tbody").inner_text()
    assert "Cusco" in names
    assert not {"Lima", "Tambopata"} & {*re.findall(r"\w+", names)}
    own = take_file(other.page.locator(".st-key-own_download button")).path().read_text("utf-8-sig")
    (line,) = (line for line in own.splitlines()[1:] if ",<13," not in line)
    assert line.startswith("0801,Cusco")
    # a page that counts own records for whoever has handed them in
    assert len(_every_page(other.page, only=("/planificador",))) == 1
    for path in PUBLIC:
        answer = httpx.get(ngo.address + path, trust_env=False, timeout=300)
        assert answer.status_code == 200
        shown[path] = answer.content

    heard = ear.heard()
    assert any("/media/" in name for name in heard), "the download was not overheard"
    assert len(ear.frames) > 20
    _clean(shown)
    _clean(heard)
    _clean(second.heard())
    _clean({"log": (ngo.folder / "log").read_bytes(), **files_of(ngo.folder / "home")})
    _clean(files_of(ngo.folder / "tmp"))
    _clean(held(ngo.process.pid))
    new = {str(path): path for path in Path("/tmp").glob("*") if _is_new(path, begun)}
    _clean({name: path.read_bytes() for name, path in new.items()})
    assert TOKEN not in ngo.log
