"""Uploads at a real server: the fault cases 13 to 16 and 24 to 27 of docs/records.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk, Server, rows
from uploads import UPLOADS_PER_SESSION

pytestmark = pytest.mark.browser


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
    expect(desk.page.locator(".own-cells tbody tr")).to_have_count(1)


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
    expect(desk.page.locator(".own-told.bad")).to_contain_text("XML", use_inner_text=True)
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
