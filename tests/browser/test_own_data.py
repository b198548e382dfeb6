"""Test own records on a real server: page, hostile words, memory, refusals (docs/records.md)."""

from __future__ import annotations

import contextlib
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import Error, Response, expect

from atlas.web.uploads import UPLOADS_PER_SESSION
from atlas.words import words
from tests.browser.desk import Desk, Server, rows, violations
from tests.browser.eventually import AT_REST, beyond_the_screen, eventually, take_file
from tests.browser.planner import keep_few
from tests.canary.searching import COUNT, traces
from tests.canary.test_public_paths import files_of, records_csv

pytestmark = pytest.mark.browser


def test_the_sample_is_marked_and_can_be_deleted(visit: Any, ngo: Server) -> None:
    """Invented rows are called so above everything and in the download; the button forgets all."""
    desk = Desk(visit(ngo.address))
    desk.page.locator(".st-key-own_sample button").click()
    desk.page.wait_for_selector(".own-cells")
    expect(desk.page.locator(".own-invented")).to_be_visible()
    assert violations(desk.page) == []
    assert beyond_the_screen(desk.page) == []
    # every card that shows something of them carries the mark, for a picture taken of it alone
    for card in ("own_counts", "own_table_box", "own_demand_box"):
        expect(desk.page.locator(f".st-key-{card} h2 .own-mark").first).to_be_visible()
    mark = desk.page.locator(".own-mark").first.inner_text().lower()
    desk.page.wait_for_function(
        """mark => { const box = document.querySelector(".st-key-own_map");
          const roots = [box, ...[...box.querySelectorAll("*")].map(e => e.shadowRoot)];
          return roots.filter(Boolean).some(root => [...root.querySelectorAll("[aria-label]")]
            .some(e => e.getAttribute("aria-label").toLowerCase().startsWith(mark))); }""",
        arg=mark,
    )
    sent: list[Any] = []

    def is_there() -> bool:
        sent[:] = [take_file(desk.page.locator(".st-key-own_download button"))]
        sent.append(httpx.get(sent[0].url))  # a run of the page in the meantime replaces the file
        return bool(sent[1].status_code == 200)

    eventually(desk.page, is_there)
    download, fetched = sent
    text = Path(download.path()).read_text()
    assert "datos inventados / invented data" in text
    assert words("es")("file.invented") in download.suggested_filename
    assert {int(n) for n in re.findall(r",20\d\d,(\d+),", text)} <= set(range(15, 999, 5))
    assert fetched.content == Path(download.path()).read_bytes()
    assert fetched.headers["cache-control"] == "no-store"
    desk.page.locator(".st-key-own_delete button").click()
    desk.page.locator(".own-cells").wait_for(state="detached")
    assert httpx.get(download.url).status_code == 404
    expect(desk.page.locator(".own-numbers")).to_have_count(0)


def test_case_13_to_15_hostile_words(visit: Any, ngo: Server, hostile_text: str) -> None:
    """Hostile headings, cells and file names stay text, and a discarded file leaves nothing."""
    narrow = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    desk = Desk(visit(ngo.address, **narrow), "en")
    asked = "![x](http://evil.example/x.png)"
    desk.upload(f"{asked},[a](http://e.example),Fecha del caso,Ubigeo\n,,2023,170101\n")
    desk.page.locator(".st-key-own_read_rest summary").click()
    label = desk.page.locator(".st-key-own_read label").filter(has_text="evil.example").first
    expect(label).to_contain_text("![x](http:", use_inner_text=True)
    expect(desk.page.locator(".st-key-own_read :is(img, a)")).to_have_count(0)
    assert violations(desk.page) == []
    desk.page.locator(".st-key-own_discard button").click()
    expect(desk.page.locator(".st-key-own_read")).to_have_count(0)
    eventually(desk.page, lambda: "evil.example" not in desk.page.content())
    hostile = hostile_text.replace('"', "").replace("\u2028", " ")
    head = f'registro,fecha,ubigeo,finalidad,"{hostile}"'
    lines = [f'A{number},2023,170101,"{hostile}","{hostile}"' for number in range(20)]
    desk.upload("\n".join([head, *lines]), name="![x](http:evil.example).csv")
    desk.page.wait_for_selector(".own-cells")
    assert desk.page.evaluate("window.P") is None
    assert "${window.P=1}" in desk.text()  # the heading, named as dropped
    assert (
        desk.page.locator("[data-testid=stMain] img, [data-testid=stMain] a[href^=java]").count()
        == 0
    )
    # the circle of Tambopata is drawn
    expect(desk.page.locator(".own-cells tbody tr")).to_have_count(1)


def test_case_26_and_27_what_the_server_holds_and_refuses(
    visit: Any, ngo: Server, tmp_path: Path
) -> None:
    """A session holds no more than its cap; 403 without a token, 413 for a large body.

    A file that is too large to send is refused in the page's language. What is held is gone soon
    after the tab is closed, without another visitor. The server tells no stranger what it holds;
    that it takes the next file, and no file above its limit, tells it as well.
    """
    desk = Desk(visit(ngo.address))
    desk.upload(rows(20, "170101"), name="programa.exe")  # read by its content
    url, cookies, headers = desk.session()
    before = psutil.Process(ngo.process.pid).memory_info().rss
    content = b"fecha,ubigeo\n" + b"2023,170101\n" * 175_000

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
        for _ in range(16):
            yield b"x" * (1 << 20)
        yield b"\r\n--b--\r\n"

    with httpx.Client(cookies=cookies, headers=headers, timeout=300) as client:

        def put(number: int, sent: bytes = b"fecha,ubigeo\n2023,170101\n") -> int:
            return client.put(f"{url}/{number}", files={"file": ("a.csv", sent)}).status_code

        sent = [put(number, content) for number in range(UPLOADS_PER_SESSION + 2)]
        assert sent == [204] * UPLOADS_PER_SESSION + [429] * 2
        grown = psutil.Process(ngo.process.pid).memory_info().rss - before
        assert grown < 2 * UPLOADS_PER_SESSION * len(content)
        desk.page.locator(".st-key-own_delete button").click()
        desk.page.locator(".own-cells").wait_for(state="detached")

        assert httpx.put(f"{url}/a", files={"file": ("a.csv", b"x")}).status_code == 403
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        assert client.put(f"{url}/b", content=pieces(), headers=kind).status_code == 413
        assert put(0, b"x" * (14 << 20)) == 413
        large = tmp_path / "a.csv"
        large.write_bytes(b"x" * (13 << 20))
        desk.agree().set_input_files(large)
        chip = desk.page.locator("[data-testid=stFileChip] [role=alert]")
        expect(chip).to_contain_text("pasa de 5 MB", use_inner_text=True)
        expect(desk.page.locator("body")).not_to_contain_text("or smaller")

        # as many as one session may have held: those that were let go are not held
        assert [put(number) for number in range(UPLOADS_PER_SESSION)] == [204] * UPLOADS_PER_SESSION
        assert put(UPLOADS_PER_SESSION) == 429
        desk.page.close()
        end = time.monotonic() + 60
        while (answered := put(UPLOADS_PER_SESSION)) == 429:
            assert time.monotonic() < end, "the files of a closed session are still held"
            time.sleep(0.1)
        assert answered == 400  # no such session, and nothing held of it


NAVIGATION = "header a[href], [data-testid=stTopNavLink][href]"
PUBLIC = ("/public/es", "/public/en", "/public/card/es.png", "/api/v1/regions.json",
          "/api/v1/regions.csv", "/api/v1/meta.json", "/api/v1/change.json?from=2021&to=2023",
          "/api/v1/hotspots.json")  # fmt: skip


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
        texts = {f"frame {number}": frame for number, frame in enumerate(self.frames)}
        for answer in self.answers:
            texts[f"headers {answer.url}"] = repr(answer.headers).encode()
            if "/static/" in answer.url or answer.status in (204, 304):
                continue
            if answer.headers.get("content-disposition", "").startswith("attachment"):
                # a download that no cache keeps has no body to ask for; its file is searched
                continue
            try:
                texts[answer.url] = answer.body()
            except Error:  # a body that the browser has dropped by now was read by the next visit
                continue
        return texts


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


def memory_texts(process: int) -> dict[str, bytes]:
    """What stands in the files that a process holds open: a spool has no name."""
    memory = {}
    for handle in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            if stat.S_ISREG(handle.stat().st_mode):
                memory[str(handle.readlink())] = handle.read_bytes()
    return memory


def _is_new(path: Path, begun: float) -> bool:
    with contextlib.suppress(OSError):
        return path.is_file() and path.stat().st_mtime >= begun
    return False


def _clean(contents: dict[str, bytes]) -> None:
    traced = {name: what for name, content in contents.items() if (what := traces(content))}
    assert traced == {}


def test_no_page_shows_sends_or_keeps_the_canary(visit: Any, ngo: Server) -> None:
    """Seven records at one coordinate are in no byte that leaves the server, on disk or in pages.

    They stand in more than a megabyte, which a server might spool (case 24 of docs/records.md too).
    """
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
    _clean(memory_texts(ngo.process.pid))
    new = {str(path): path for path in Path("/tmp").glob("*") if _is_new(path, begun)}
    _clean({name: path.read_bytes() for name, path in new.items()})
