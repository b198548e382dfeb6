"""Own records at a real server: the page, its report, its refusals, lists for planning, axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from atlas.own_files.planning import TASKS
from atlas.words import words
from tests.atlas.own_data.spreadsheet import CASES, HOPELESS, organisation_workbook
from tests.browser.desk import CANARY, Desk, Server, violations
from tests.browser.eventually import take_file
from tests.browser.small_screen import beyond_the_screen

pytestmark = pytest.mark.browser


def test_the_sample_is_marked_and_can_be_deleted(visit: Any, ngo: Server) -> None:
    """Invented rows are called so above everything and in the download; the button forgets all."""
    desk = Desk(visit(ngo.address))
    desk.page.locator(".st-key-own_sample button").click()
    desk.page.wait_for_selector(".own-cells")
    expect(desk.page.locator(".own-invented")).to_be_visible()
    assert violations(desk.page) == []
    # every card that shows something of them carries the mark, for a picture taken of it alone
    for card in ("own_counts", "own_density", "own_table_box", "own_demand_box"):
        expect(desk.page.locator(f".st-key-{card} h2 .own-mark").first).to_be_visible()
    mark = desk.page.locator(".own-mark").first.inner_text().lower()
    for name in ("own_map", "own_density_map"):
        desk.page.wait_for_function(
            """([name, mark]) => { const box = document.querySelector(`.st-key-${name}`);
              const roots = [box, ...[...box.querySelectorAll("*")].map(e => e.shadowRoot)];
              return roots.filter(Boolean).some(root => [...root.querySelectorAll("[aria-label]")]
                .some(e => e.getAttribute("aria-label").toLowerCase().startsWith(mark))); }""",
            arg=[name, mark],
        )
    download = take_file(desk.page.locator(".st-key-own_download button"))
    told = Path(download.path()).read_text()
    assert "datos inventados / invented data" in told
    assert words("es")("file.invented") in download.suggested_filename
    assert {int(n) for n in re.findall(r",20\d\d,(\d+),", told)} <= set(range(15, 999, 5))
    fetched = httpx.get(download.url)
    assert fetched.content == Path(download.path()).read_bytes()
    assert fetched.headers["cache-control"] == "no-store"
    desk.page.locator(".st-key-own_delete button").click()
    desk.page.locator(".own-cells").wait_for(state="detached")
    assert httpx.get(download.url).status_code == 404
    expect(desk.page.locator(".own-numbers")).to_have_count(0)


FAULTY = f"""registro,fecha,departamento,distrito,ubigeo,victimas,finalidad,{CANARY[:8]}
A1,2023-05,Madre de Dios,Tambopta,,2,explotación sexual,x
A2,31/02/2023,,,080101,1,,x
A3,2023-07,,,170101,{CANARY},,x
A1,2023-10,,,170101,1,{CANARY},x
"""


@pytest.mark.slow  # the page with records: above
@pytest.mark.parametrize(("lang", "scheme"), [("es", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_the_page(visit: Any, ngo: Server, lang: str, scheme: str) -> None:
    """Empty, with the sample, with a faulty file, refused, with a list; narrow in the dark."""
    size = {"width": 390, "height": 844} if scheme == "dark" else {"width": 1280, "height": 900}
    still = {"color_scheme": scheme, "viewport": size}
    desk = Desk(visit(ngo.address, **still), lang)
    found = {"empty": violations(desk.page)}
    desk.page.locator(".st-key-own_sample button").click()
    desk.page.wait_for_selector(".own-cells")
    found["sample"] = violations(desk.page)
    desk.page.locator(".st-key-own_another summary").click()
    desk.upload(FAULTY)
    desk.page.wait_for_selector(".own-entries")
    found["faulty"] = violations(desk.page)
    desk.page.locator(".st-key-own_lists_box summary").first.click()
    desk.upload("nombre,ubigeo\nA,170101\nA,080101\n", where="plan")
    desk.page.wait_for_selector(".st-key-plan_list_candidates")
    found["list"] = violations(desk.page)
    beyond = beyond_the_screen(desk.page)
    desk.page.locator(".st-key-own_delete button").click()
    desk.page.locator(".st-key-plan_list_candidates").wait_for(state="detached")
    desk.upload("fecha,ubigeo,dni\n2023,170101,1\n")
    desk.page.wait_for_selector(".own-told.bad")
    found["refused"] = violations(desk.page)
    assert [(state, told) for state, told in found.items() if told] == []
    assert beyond == []


@pytest.mark.slow  # answered: tests/atlas/pages/test_planning_uploads
def test_a_spreadsheet_comes_in_with_one_confirmation(visit: Any, ngo: Server) -> None:
    """An organisation's own workbook: nothing is loaded before the questions are answered; then
    all but the hopeless rows count, by place and by sex and age, and the map of columns that was
    kept brings in the next file without a question."""
    desk = Desk(visit(ngo.address))
    page = desk.page
    content = organisation_workbook(decides=False)
    desk.upload(content, name="casos.xlsx")
    asked = page.locator(".st-key-own_read")
    expect(asked).to_contain_text("encabezado en la fila 5", use_inner_text=True)
    expect(page.locator(".own-cells")).to_have_count(0)
    assert violations(page) == []
    confirm = page.locator("[class*=st-key-own_read_confirm] button")
    confirm.click()
    expect(asked.get_by_role("alert")).to_contain_text("05-10-22", use_inner_text=True)
    for code in ("case_number", "date_order", "repeated"):
        first = page.locator(f"[class*=st-key-own_read_{code}_] [data-testid=stRadioOption]").first
        first.click()
        expect(first.locator("input")).to_be_checked()
    confirm.click()
    used = f"{CASES - HOPELESS}"
    expect(page.locator(".own-numbers")).to_contain_text(used)
    for profile in page.locator(".own-profile").all():
        cells = profile.locator("td").all_inner_texts()
        assert {cell for cell in cells if cell != "<13"} <= {f"{n}" for n in range(15, 800, 5)}
    left_out = take_file(page.locator(".st-key-own_left_out button"))
    listed = Path(left_out.path()).read_text(encoding="utf-8-sig")
    assert "es una fila de totales" in listed
    assert "verano" not in listed + page.content()
    page.locator(".st-key-own_how summary").click()
    mapping = Path(take_file(page.locator(".st-key-own_keep button")).path()).read_bytes()
    page.locator(".st-key-own_delete button").click()
    page.locator(".own-cells").wait_for(state="detached")
    desk.upload(mapping, name="mapa.json")
    told = page.locator(".own-told[role=status]")
    expect(told).to_contain_text("mapa.json", use_inner_text=True)
    desk.upload(content, name="casos.xlsx")
    expect(page.locator(".own-numbers")).to_contain_text(used)


@pytest.mark.slow  # a refused list: tests/atlas/pages/test_planning_uploads
def test_lists_for_planning_are_read_reported_and_removed(visit: Any, ngo: Server) -> None:
    """A list with a fault: its rows in use, its line in the report, no value, and gone again. The
    network's own words name the command and give the speeds; its answer, and a square in Spanish
    beside it, are in use together."""
    desk, say = Desk(visit(ngo.address)), words("es")
    desk.page.locator(".st-key-own_lists_box summary").click()
    content = f"nombre,ubigeo\n{CANARY},170101\n{CANARY},080101\n"
    desk.upload(content, name="candidatos.csv", where="plan")
    told = desk.page.locator(".st-key-plan_list_candidates")
    told.wait_for()
    counts = {"file": "candidatos.csv", "used": "1", "rows": "2"}
    expect(told).to_contain_text(say("planning.in_use", **counts), use_inner_text=True)
    assert CANARY not in desk.page.content()
    assert CANARY not in ngo.log
    desk.upload("nombre,lon,lat\nA,-12.6,-69.2\n", where="plan")
    bad = desk.page.locator(".st-key-plan_bad_candidates .own-told.bad")
    expect(bad).to_contain_text("fuera del Perú", use_inner_text=True)
    expect(told).to_contain_text(say("planning.kept", **counts), use_inner_text=True)
    desk.page.locator(".st-key-plan_remove_candidates button").click()
    told.wait_for(state="detached")

    desk.page.locator(".st-key-plan_task button").nth(TASKS.index("travel_times")).click()
    network = desk.page.locator(".st-key-plan_network")
    network.locator("summary").click()
    expect(network.locator("code")).to_contain_text("travel-times --network")
    taken = take_file(network.locator(".st-key-plan_speeds button"))
    speeds = Path(taken.path()).read_text(encoding="utf-8")
    assert speeds.startswith("kind,code,speed_kmh")
    long = "from,to,minutes\n150101,150101,0.0\n150101,150102,95.5\n"
    desk.upload(long, name="seca.csv", where="plan")
    told = desk.page.locator(".st-key-plan_list_travel_times")
    expect(told).to_contain_text("«seca.csv»: 2 de 2 filas en uso", use_inner_text=True)
    desk.upload("origen;150102;150103\n150101;97,5;12,25\n", name="lluvias.csv", where="plan")
    expect(told).to_contain_text(
        "«seca.csv + lluvias.csv»: 4 de 4 filas en uso", use_inner_text=True
    )
    assert violations(desk.page) == []
