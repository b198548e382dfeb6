"""Uploads at a real server: the fault cases 13 to 15, 26 and 27 of docs/records.md."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
import shapely
from playwright.sync_api import expect

from atlas.own_files.planning import TASKS
from atlas.web.uploads import UPLOADS_PER_SESSION
from tests.atlas.own_data.attacks import collection
from tests.browser.desk import Desk, Server, rows, violations
from tests.browser.eventually import eventually

pytestmark = pytest.mark.browser


def test_case_13_to_15_hostile_words(visit: Any, ngo: Server, hostile_text: str) -> None:
    """Script, template, link and picture in a heading, a cell and the file's name stay text; where
    a heading is asked about, too, whose label is Markdown for Streamlit. Nobody is asked (the
    visit's end sees to it), and discarding the file leaves nothing of it."""
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
    """Of files of 4 MB sent past the page no more than the cap are held, until the button lets go;
    and they are gone soon after the tab is closed, by no visitor's doing: another one's files are
    refused meanwhile.

    The server tells no stranger what it holds; that it takes the next file, and no file above its
    limit, tells it as well.
    """
    seen = visit(ngo.address)
    desk = Desk(seen)
    desk.upload(rows(20, "170101"))
    url, cookies, headers = desk.session()
    before = psutil.Process(ngo.process.pid).memory_info().rss
    content = b"fecha,ubigeo\n" + b"2023,170101\n" * 350_000
    with httpx.Client(cookies=cookies, headers=headers, timeout=300) as client:

        def put(number: int, sent: bytes = b"fecha,ubigeo\n2023,170101\n") -> int:
            return client.put(f"{url}/{number}", files={"file": ("a.csv", sent)}).status_code

        sent = [put(number, content) for number in range(UPLOADS_PER_SESSION + 2)]
        assert sent == [204] * UPLOADS_PER_SESSION + [429] * 2
        held = psutil.Process(ngo.process.pid).memory_info().rss - before
        assert held < 2 * UPLOADS_PER_SESSION * len(content)
        desk.page.locator(".st-key-own_delete button").click()
        desk.page.locator(".own-cells").wait_for(state="detached")
        # as many as one session may have held: those that were let go are not held
        assert [put(number) for number in range(UPLOADS_PER_SESSION)] == [204] * UPLOADS_PER_SESSION
        assert put(UPLOADS_PER_SESSION) == 429
        seen.page.close()
        assert_refused_by_the_server(Desk(visit(ngo.address)), tmp_path / "a.csv")
        end = time.monotonic() + 60
        while (answered := put(UPLOADS_PER_SESSION)) == 429:
            assert time.monotonic() < end, "the files of a closed session are still held"
            time.sleep(0.2)
        assert answered == 400  # no such session, and nothing held of it


def assert_refused_by_the_server(desk: Desk, path: Path) -> None:
    """Without the token 403, an oversized body 413 even in pieces, a lie in the name is read by its
    content; and a file that is too large to send is told in the language of the page: what
    Streamlit's shell says by itself is English."""
    desk.upload("<OGRVRTDataSource/>", name="registros.csv")
    expect(desk.page.locator(".own-told.bad")).to_contain_text("XML", use_inner_text=True)
    desk.upload(rows(20, "170101"), name="programa.exe")
    desk.page.wait_for_selector(".own-cells")
    url, cookies, headers = desk.session()
    assert httpx.put(f"{url}/a", files={"file": ("a.csv", b"x")}).status_code == 403

    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
        for _ in range(16):
            yield b"x" * (1 << 20)
        yield b"\r\n--b--\r\n"

    kind = {**headers, "Content-Type": "multipart/form-data; boundary=b"}
    with httpx.Client(cookies=cookies, timeout=300) as client:
        assert client.put(f"{url}/b", content=pieces(), headers=kind).status_code == 413
        large = {"file": ("a.csv", b"x" * (14 << 20))}
        assert client.put(f"{url}/c", files=large, headers=headers).status_code == 413

    path.write_bytes(b"x" * (13 << 20))
    desk.page.locator(".st-key-own_another summary").click()
    desk.agree().set_input_files(path)
    chip = desk.page.locator("[data-testid=stFileChip] [role=alert]")
    expect(chip).to_contain_text("pasa de 5 MB", use_inner_text=True)
    expect(desk.page.locator("body")).not_to_contain_text("or smaller")


def squares(count: int) -> bytes:
    """Small squares as GDAL writes them, with all decimals."""
    rng = np.random.default_rng(1)
    west, south = rng.uniform(-78, -70, count), rng.uniform(-15, -2, count)
    shapes = shapely.box(west, south, west + 0.002, south + 0.002)
    return collection(
        [
            {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
            for shape in shapes
        ]
    )


@pytest.mark.slow  # the command and the child read as many in make test
def test_thirty_thousand_squares_are_taken_on_the_page(visit: Any, ngo: Server) -> None:
    """A mask of pixels, with all its decimals, is an honest file."""
    content = squares(30_000)
    assert len(content) > 8 << 20
    desk = Desk(visit(ngo.address))
    desk.page.locator(".st-key-own_lists_box summary").click()
    desk.page.locator(".st-key-plan_task button").nth(TASKS.index("zones")).click()
    desk.upload(content, name="mascara.geojson", where="plan")
    told = desk.page.locator(".st-key-plan_list_zones")
    expect(told).to_contain_text("30,000 de 30,000 filas", use_inner_text=True)


@pytest.mark.slow  # a reader is as quick as alone only where nothing else is running
@pytest.mark.timeout(300)
def test_nobody_waits_for_zones_of_another(visit: Any, ngo: Server) -> None:
    """While a line of 160,000 vertices over the whole country is read, which ends in a refusal
    after many seconds, the map of a second reader answers nearly as it does alone."""
    rng = np.random.default_rng(1)
    corners = rng.uniform((-81, -18), (-69, -1), (160_000, 2)).round(3)
    line = {"type": "LineString", "coordinates": corners.tolist()}
    content = collection([{"type": "Feature", "properties": {}, "geometry": line}])
    assert len(content) < 5 << 20
    reader = visit(ngo.address).open("/?lang=es&layers=none")

    def seconds(year: str) -> float:
        began = time.perf_counter()
        reader.choose_period(year)
        reader.drawn(f"/{year}/")
        return time.perf_counter() - began

    desk = Desk(visit(ngo.address))
    desk.page.locator(".st-key-own_lists_box summary").click()
    desk.page.locator(".st-key-plan_task button").nth(TASKS.index("zones")).click()
    desk.upload("lon,lat,radio_km\n-77,-12,20\n", where="plan")
    for year in ("2019", "2023", "2019", "2023"):
        alone = seconds(year)
    field = desk.page.locator("[class*=st-key-plan_file_] input[type=file]")
    field.set_input_files({"name": "z.geojson", "mimeType": "application/json", "buffer": content})
    desk.page.locator("[data-testid=stSpinner]").wait_for()
    refused = desk.page.locator(".st-key-plan_bad_zones")
    answered: list[float] = []
    while not refused.count() and len(answered) < 60:
        answered.append(seconds("2019" if len(answered) % 2 == 0 else "2023"))
    assert len(answered) > 2
    assert statistics.median(answered) < 4 * max(alone, 0.25), f"{answered} s, alone {alone} s"
    expect(refused).to_be_visible()
