"""Own records on a real server: the fault cases 13 to 16 and 24 to 27, and what is left behind.

The server may write no file of more than half a megabyte, so an upload that is spooled to the
disk fails there and not only in theory.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import httpx
import psutil
import pytest

from benchmarks.browser import ROOT, free_port, wait_for
from uploads import UPLOADS_PER_SESSION

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
CANARY = "CANARIO7F3A9"
PLACE = ("-69.184321", "-12.593217")
LARGEST_FILE = 512 * 1024


@dataclass(slots=True)
class Server:
    """A running atlas of an organisation, and all places where it could leave something."""

    address: str
    process: subprocess.Popen
    folder: Path
    """home, temporary files and log."""

    @property
    def log(self) -> str:
        """What the server said."""
        return (self.folder / "log").read_text(errors="replace")


@contextlib.contextmanager
def atlas(folder: Path, **environment: str) -> Iterator[Server]:
    """Serve the atlas with a home and a temporary folder of its own."""
    port = free_port()
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)

    def few_bytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))

    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "app.py"),
                *("--server.address", "127.0.0.1", "--server.port", str(port)),
                *("--server.disconnectedSessionTTL", "2"),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "HOME": str(folder / "home"),
                "TMPDIR": str(folder / "tmp"),
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=few_bytes,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield Server(f"http://127.0.0.1:{port}", process, folder)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def ngo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The atlas of an organisation."""
    with atlas(tmp_path_factory.mktemp("ngo"), ATLAS_TIER="ngo") as server:
        yield server


class Desk:
    """One person at the page of own data."""

    def __init__(self, visit: Any, lang: str = "es") -> None:
        self.page = visit.page
        self.context = visit.context
        self.puts: list[str] = []
        self.page.on(
            "request",
            lambda request: self.puts.append(request.url) if request.method == "PUT" else None,
        )
        self.page.goto(f"{visit.address}/mis-datos?lang={lang}")
        self.page.wait_for_selector(".st-key-own_consent input", state="attached")

    def upload(
        self, content: bytes | str, name: str = "registros.csv", *, where: str = "own"
    ) -> None:
        """Agree if that has not been done, hand in a file, wait for what becomes of it."""
        box = self.page.locator(f".st-key-{where}_consent input")
        if not box.is_checked():
            self.page.locator(f".st-key-{where}_consent label").click()
        raw = content.encode() if isinstance(content, str) else content
        zone = self.page.locator(
            f"[class*=st-key-{where}_file_] [data-testid=stFileUploaderDropzone]"
            ":not([aria-disabled=true])"
        )
        zone.wait_for()
        field = zone.locator("input")
        turn = self.turn(where)
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": raw}
        field.set_input_files(file)
        self.page.wait_for_function(
            "([turn, where]) => {"
            " const box = document.querySelector(`[class*=st-key-${where}_file_]`);"
            " return box && !box.classList.contains(turn); }",
            arg=[turn, where],
            timeout=60_000,
        )
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

    def turn(self, where: str) -> str:
        """Key of the uploader; a new one stands there when a file has been read."""
        box = self.page.locator(f"[class*=st-key-{where}_file_]").first
        classes = box.get_attribute("class") or ""
        return re.search(rf"st-key-{where}_file_\d+", classes)[0]  # type: ignore[index]

    def text(self) -> str:
        """All that the page says."""
        return self.page.locator("[data-testid=stMain]").inner_text()

    def session(self) -> tuple[str, dict[str, str], dict[str, str]]:
        """Upload address of this session, its cookies, and the header against forgery."""
        cookies = {one["name"]: one["value"] for one in self.context.cookies()}
        url = self.puts[-1].rpartition("/")[0]
        return url, cookies, {"X-Xsrftoken": cookies.get("_streamlit_xsrf", "")}


def rows(count: int, code: str, year: int = 2023) -> str:
    """A file of records of one district, each a little apart from the other."""
    lines = [f"{CANARY}-{code}-{number},{year},{code}" for number in range(count)]
    return "\n".join(["registro,fecha,ubigeo", *lines])


def test_the_page_exists_on_this_server_only(visit: Any, ngo: Server, address: str) -> None:
    """The analyst's server has no such page in its menu, gives nothing at its address and takes
    no upload; the organisation's has it."""
    desk = Desk(visit(ngo.address))
    assert "Mis datos" in desk.page.locator("header").inner_text()
    other = visit()
    other.page.goto(f"{address}/mis-datos?lang=es")
    other.page.wait_for_selector("footer.help")
    assert "Mis datos" not in other.page.locator("body").inner_text()
    assert other.page.locator("[data-testid=stFileUploader]").count() == 0
    sent = httpx.put(f"{address}/_stcore/upload_file/x/y", content=b"x")
    assert sent.status_code == 404
    other.complaints.clear()  # the shell complains of the unknown page


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_sample_is_marked_and_can_be_deleted(visit: Any, ngo: Server, lang: str) -> None:
    """Invented rows are called so above everything and in the download; the button forgets them."""
    desk = Desk(visit(ngo.address), lang)
    desk.page.locator(".st-key-own_sample button").click()
    desk.page.wait_for_selector(".own-cells", timeout=60_000)
    assert desk.page.locator(".own-invented").is_visible()
    # every card that shows something of them carries the mark, for a picture taken of it alone
    for card in ("own_counts", "own_density", "own_table_box", "own_demand_box"):
        assert desk.page.locator(f".st-key-{card} h2 .own-mark").first.is_visible(), card
    mark = desk.page.locator(".own-mark").first.inner_text().lower()
    for name in ("own_map", "own_density_map"):
        desk.page.wait_for_function(
            """([name, mark]) => { const box = document.querySelector(`.st-key-${name}`);
              const roots = [box, ...[...box.querySelectorAll("*")].map(e => e.shadowRoot)];
              return roots.filter(Boolean).some(root => [...root.querySelectorAll("[aria-label]")]
                .some(e => e.getAttribute("aria-label").toLowerCase().startsWith(mark))); }""",
            arg=[name, mark],
        )
    with desk.page.expect_download() as download:
        desk.page.locator(".st-key-own_download button").click()
    told = Path(download.value.path()).read_text()
    assert "datos inventados / invented data" in told
    assert "datos-inventados" in download.value.suggested_filename
    assert {int(n) for n in re.findall(r",(\d+),(?:False|True),", told)} <= set(range(15, 999, 5))
    desk.page.locator(".st-key-own_delete button").click()
    desk.page.locator(".own-cells").wait_for(state="detached")
    assert desk.page.locator(".own-numbers").count() == 0


def test_case_13_to_15_hostile_words(visit: Any, ngo: Server, hostile_text: str) -> None:
    """Script, template, link and picture in a heading, a cell and the file's name stay text."""
    seen = visit(ngo.address)
    desk = Desk(seen)
    hostile = hostile_text.replace('"', "").replace("\u2028", " ")
    head = f'registro,fecha,ubigeo,finalidad,"{hostile}"'
    lines = [f'A{number},2023,170101,"{hostile}","{hostile}"' for number in range(20)]
    desk.upload("\n".join([head, *lines]), name="![x](http:evil.example).csv")
    desk.page.wait_for_selector(".own-cells", timeout=60_000)
    assert desk.page.evaluate("window.P") is None
    assert "${window.P=1}" in desk.text()  # the heading, named as dropped
    assert (
        desk.page.locator("[data-testid=stMain] img, [data-testid=stMain] a[href^=java]").count()
        == 0
    )
    # the circle of Tambopata is drawn, and nobody was asked (the visit's end sees to it)
    assert desk.page.locator(".own-cells tbody tr").count() == 1


def test_case_16_exports_run_nothing() -> None:
    """The sample's negative degrees are numbers, and no text of the exports starts a formula."""
    import csv
    import io

    from records.template import sample_bytes

    for row in csv.DictReader(io.StringIO(sample_bytes("csv").decode("utf-8-sig"))):
        assert float(row["longitud"]) < 0
        others = [cell for name, cell in row.items() if name not in ("longitud", "latitud")]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in others)


def test_case_24_sessions_do_not_see_each_other(visit: Any, ngo: Server) -> None:
    """The same file name, other content: each session has its own counts and download."""
    first, second = Desk(visit(ngo.address)), Desk(visit(ngo.address))
    first.upload(rows(20, "170101"))
    second.upload(rows(20, "080101"))
    for desk, own, foreign in ((first, "Tambopata", "Cusco"), (second, "Cusco", "Tambopata")):
        desk.page.wait_for_selector(".own-cells", timeout=60_000)
        names = desk.page.locator(".own-cells tbody").inner_text()
        assert own in names
        assert foreign not in names
        with desk.page.expect_download() as download:
            desk.page.locator(".st-key-own_download button").click()
        shown = [
            line for line in Path(download.value.path()).read_text().splitlines() if ",20," in line
        ]
        assert len(shown) == 1
        assert shown[0].startswith("1701,2023" if own == "Tambopata" else "0801,2023")


def test_case_25_large_exports_of_equal_length() -> None:
    """Two cubes whose files differ at one byte far inside: their first lines differ too, and the
    server knows a file by its first 64 KiB among others."""
    import pandas as pd

    from data import load_province_population
    from geo.disclosure import gate
    from maps.downloads import csv_bytes

    codes = load_province_population()["province_ubigeo"]
    files = []
    for count in (20, 25):
        axes = pd.MultiIndex.from_product([codes, range(1997, 2027)])
        cube = axes.to_frame(index=False, name=["province_ubigeo", "year"])
        cube["reported_count"] = 0
        cube.loc[2700, "reported_count"] = count
        title = "registros propios de la organización " * 6
        card = {"name": "own", "sources": [{"title": title}], "licence": "own"}
        cube.attrs.update(tier="T2", card=card)
        files.append(csv_bytes(gate(cube, "T2"), "T2"))
    assert len(files[0]) == len(files[1]) > 1 << 20
    differing = [at for at, (a, b) in enumerate(zip(*files, strict=True)) if a != b]
    assert max(differing) > 400_000
    assert min(differing) < 65_536


def test_case_26_uploads_are_counted(visit: Any, ngo: Server) -> None:
    """Of fifty files of 4 MB sent past the page no more than the cap are held."""
    desk = Desk(visit(ngo.address))
    desk.upload(rows(20, "170101"))
    url, cookies, headers = desk.session()
    before = psutil.Process(ngo.process.pid).memory_info().rss
    content = b"fecha,ubigeo\n" + b"2023,170101\n" * 350_000
    statuses = []
    with httpx.Client(cookies=cookies, headers=headers, timeout=30) as client:
        for number in range(50):
            sent = client.put(f"{url}/{number}", files={"file": ("a.csv", content)})
            statuses.append(sent.status_code)
    assert statuses.count(204) == UPLOADS_PER_SESSION
    assert set(statuses) == {204, 429}
    held = psutil.Process(ngo.process.pid).memory_info().rss - before
    assert held < 2 * UPLOADS_PER_SESSION * len(content)
    # the button lets go of files that no page asked for, too
    desk.page.locator(".st-key-own_delete button").click()
    desk.page.locator(".own-cells").wait_for(state="detached")
    with httpx.Client(cookies=cookies, headers=headers, timeout=30) as client:
        sent = client.put(f"{url}/again", files={"file": ("a.csv", b"fecha,ubigeo\n")})
    assert sent.status_code == 204


def test_case_27_what_the_server_itself_refuses(visit: Any, ngo: Server) -> None:
    """Without the token 403, an oversized body 413 even in pieces, and a lie in the name is read
    by its content."""
    desk = Desk(visit(ngo.address))
    desk.upload("<OGRVRTDataSource/>", name="registros.csv")
    assert "XML" in desk.page.locator(".own-told.bad").inner_text()
    desk.upload(rows(20, "170101"), name="programa.exe")
    desk.page.wait_for_selector(".own-cells", timeout=60_000)
    url, cookies, headers = desk.session()
    assert httpx.put(f"{url}/a", files={"file": ("a.csv", b"x")}).status_code == 403

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
        for _ in range(8):
            yield b"x" * (1 << 20)
        yield b"\r\n--b--\r\n"

    kind = {**headers, "Content-Type": "multipart/form-data; boundary=b"}
    with httpx.Client(cookies=cookies, timeout=30) as client:
        assert client.put(f"{url}/b", content=pieces(), headers=kind).status_code == 413
        large = {"file": ("a.csv", b"x" * (6 << 20))}
        assert client.put(f"{url}/c", files=large, headers=headers).status_code == 413


def test_a_refusal_names_the_column_and_not_the_value(visit: Any, ngo: Server) -> None:
    """An identity number is said by its column and line, on the page and in no log."""
    desk = Desk(visit(ngo.address))
    desk.upload(f"fecha,ubigeo,nota\n2023,170101,{CANARY} 70123456\n")
    told = desk.page.locator(".own-told.bad").inner_text()
    assert "«nota»" in told
    assert "70123456" not in desk.page.content()
    assert "70123456" not in ngo.log


FAULTY = f"""registro,fecha,departamento,distrito,ubigeo,victimas,finalidad,{CANARY[:8]}
A1,2023-05,Madre de Dios,Tambopta,,2,explotación sexual,x
A2,31/02/2023,,,080101,1,,x
A3,2023-07,,,170101,{CANARY},,x
A1,2023-10,,,170101,1,{CANARY},x
"""


@pytest.mark.parametrize(("lang", "scheme"), [("es", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_the_page(visit: Any, ngo: Server, lang: str, scheme: str) -> None:
    """Empty, with the sample, with a faulty file, refused, with a list; narrow in the dark."""
    size = {"width": 390, "height": 844} if scheme == "dark" else {"width": 1280, "height": 900}
    still = {"color_scheme": scheme, "reduced_motion": "reduce", "viewport": size}
    desk = Desk(visit(ngo.address, **still), lang)
    found = {"empty": violations(desk.page)}
    desk.page.locator(".st-key-own_sample button").click()
    desk.page.wait_for_selector(".own-cells", timeout=60_000)
    found["sample"] = violations(desk.page)
    desk.page.locator(".st-key-own_another summary").click()
    desk.upload(FAULTY)
    desk.page.wait_for_selector(".own-entries")
    found["faulty"] = violations(desk.page)
    desk.page.locator(".st-key-own_lists_box summary").first.click()
    desk.upload("nombre,ubigeo\nA,170101\nA,080101\n", where="plan")
    desk.page.wait_for_selector(".st-key-plan_list_candidates")
    found["list"] = violations(desk.page)
    desk.page.locator(".st-key-own_delete button").click()
    desk.page.locator(".st-key-plan_list_candidates").wait_for(state="detached")
    desk.upload("fecha,ubigeo,dni\n2023,170101,1\n")
    desk.page.wait_for_selector(".own-told.bad")
    found["refused"] = violations(desk.page)
    assert [(state, told) for state, told in found.items() if told] == []


def violations(page: Any) -> list[Any]:
    """What axe-core complains of, all rules, in this state of the page."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"]]) for one in told["violations"]
    ]


def test_the_report_says_what_is_allowed_and_never_what_came(visit: Any, ngo: Server) -> None:
    """Line, column, reason, what is allowed, suggestion; rows left out first, no value."""
    desk = Desk(visit(ngo.address))
    desk.upload(FAULTY)
    desk.page.wait_for_selector(".own-entries")
    told = [
        [cell.inner_text() for cell in row.locator("th, td").all()]
        for row in desk.page.locator(".own-entries tbody tr").all()
    ]
    assert [(row[0], row[1], row[-1]) for row in told] == [
        ("3", "fecha", "fuera"),
        ("4", "victimas", "fuera"),
        ("5", "registro", "fuera"),
        ("2", "distrito", "usada"),
        ("5", "finalidad", "usada"),
    ]
    assert told[1][3] == "1 … 1000"
    assert told[2][4] == "vea la línea 2"
    assert "170101 Tambopata" in told[3][4]
    assert "mendicidad forzada" in told[4][3]
    assert CANARY not in desk.page.content()
    assert CANARY not in ngo.log


def test_a_file_with_faults_has_its_report(visit: Any, ngo: Server) -> None:
    """Lines and reasons stand there; nothing is imported while a place lies outside Peru."""
    desk = Desk(visit(ngo.address))
    desk.upload("fecha,longitud,latitud\n2023,-12.05,-77.03\n2023,-77.03,-12.05\n")
    desk.page.wait_for_selector(".own-entries")
    assert "No se importó ninguna fila" in desk.text()
    assert desk.page.locator(".own-cells").count() == 0


def test_lists_for_planning_are_read_reported_and_removed(visit: Any, ngo: Server) -> None:
    """A list with a fault: its rows in use, its line in the report, no value, and gone again."""
    desk = Desk(visit(ngo.address))
    desk.page.locator(".st-key-own_lists_box summary").click()
    content = f"nombre,ubigeo\n{CANARY},170101\n{CANARY},080101\n"
    desk.upload(content, name="candidatos.csv", where="plan")
    told = desk.page.locator(".st-key-plan_list_candidates")
    told.wait_for()
    assert "1 de 2 filas en uso" in told.inner_text()
    assert CANARY not in desk.page.content()
    assert CANARY not in ngo.log
    desk.upload("nombre,lon,lat\nA,-12.6,-69.2\n", where="plan")
    desk.page.wait_for_selector(".st-key-plan_list_candidates .own-told.bad")
    assert "fuera del Perú" in told.inner_text()
    desk.page.locator(".st-key-plan_remove_candidates button").click()
    told.wait_for(state="detached")


def test_nothing_of_an_upload_is_left_behind(visit: Any, tmp_path: Path) -> None:
    """A 4 MB canary: not on disk, not in the log, not in any byte that the page gets."""
    lines = [
        f"{CANARY}-{number:05d},2023-05,170101,{PLACE[0]},{PLACE[1]},{'z' * 30}"
        for number in range(46_000)
    ]
    content = "\n".join(["registro,fecha,ubigeo,longitud,latitud,relleno", *lines])
    assert len(content) > 4_000_000
    begun = time.time()
    with atlas(tmp_path / "server", ATLAS_TIER="ngo") as server:
        seen = visit(server.address)
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
        desk.page.wait_for_selector(".own-cells", timeout=60_000)
        assert "Tambopata" in desk.text()
        for word in (CANARY, *PLACE):
            assert word not in desk.page.content()
            assert not any(word.encode() in frame for frame in frames), word
            assert word not in server.log
        left = [
            path
            for folder in (server.folder, ROOT / "data", ROOT / "views", Path("/dev/shm"))
            for path in folder.rglob("*")
            if path.is_file() and CANARY.encode() in path.read_bytes()
        ]
        assert left == []
        assert list((server.folder / "tmp").iterdir()) == []
        # a spool has no name: what the process holds open is searched as well, and the machine's
        # own temporary folder
        for handle in Path(f"/proc/{server.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if stat.S_ISREG(handle.stat().st_mode):
                    assert CANARY.encode() not in handle.read_bytes(), handle.readlink()
        for path in Path("/tmp").glob("*"):
            with contextlib.suppress(OSError):
                if path.is_file() and path.stat().st_mtime >= begun:
                    assert CANARY.encode() not in path.read_bytes(), path


def held_uploads(server: Server) -> int:
    """Bytes of uploads that the server holds, as it counts them itself."""
    told = httpx.get(f"{server.address}/_stcore/metrics", timeout=10).text
    return sum(
        int(float(line.rpartition(" ")[2]))
        for line in told.splitlines()
        if "UploadedFile" in line and "bytes" in line
    )


def wait_for_held(server: Server, expected: int, *, seconds: float = 60) -> None:
    """Wait until the server counts so many bytes; it counts anew every five seconds."""
    end = time.monotonic() + seconds
    while held_uploads(server) != expected:
        assert time.monotonic() < end, f"{held_uploads(server):,} bytes, not {expected:,}"
        time.sleep(1)


def test_a_closed_session_gives_its_memory_back(visit: Any, tmp_path: Path) -> None:
    """Files sent past the page are gone soon after the tab is closed, with no other visitor."""
    with atlas(tmp_path / "server", ATLAS_TIER="ngo") as server:
        seen = visit(server.address)
        desk = Desk(seen)
        desk.upload(rows(20, "170101"))
        desk.page.wait_for_selector(".own-cells", timeout=60_000)
        wait_for_held(server, 0)  # what the page has read is not kept
        url, cookies, headers = desk.session()
        content = b"fecha,ubigeo\n" + b"2023,170101\n" * 350_000
        with httpx.Client(cookies=cookies, headers=headers, timeout=30) as client:
            for number in range(5):
                client.put(f"{url}/{number}", files={"file": ("a.csv", content)})
        wait_for_held(server, 5 * len(content))
        seen.context.close()
        wait_for_held(server, 0)
