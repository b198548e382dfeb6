"""Mis datos without a browser: what a file of records shows, and what is asked of another."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from atlas.own_files.isolation import check_file
from atlas.planner.lists import PlanningList, hold_list, unconfirmed_list
from atlas.planner.page_session import OwnSession
from tests.atlas.own_data.test_own_records import TODAY, checked, hold
from tests.atlas.pages.conftest import given_to, html_of, text_of
from tests.parsed_html import parse

_SCRIPT = """
import streamlit as st
from atlas.own_data.page import page
st.session_state.setdefault("lang", {lang!r})
page()
"""
pytestmark = pytest.mark.usefixtures("read_here")
YEARS = [("1006", year, 9) for year in range(2015, 2022)]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch):
    """Return what opens the page with lists of a session."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")

    def show(lang: str, **session: dict[str, PlanningList]) -> AppTest:
        app = AppTest.from_string(_SCRIPT.format(lang=lang), default_timeout=120)
        app.session_state["own_held"] = OwnSession(**session)
        assert not app.run().exception
        return app

    return show


def test_totals_and_what_is_in_none_are_said(show) -> None:
    rows = checked(*YEARS, ("1701", 2023, 40), ("0801", 2023, 12), ("1701", None, 9))
    for record in rows.rows:  # one place each
        spot = (-75.99, -9.29) if record["province_ubigeo"] == "1006" else (-69.18, -12.6)
        record |= dict(zip(("longitude", "latitude"), spot, strict=True))
    own = hold(rows, today=TODAY)
    kept = PlanningList("records", rows.report, None, "casos.csv", own=own)
    app = show("es", lists={"records": kept})
    for text in ("por no tener año: 20", "2015 a 2024", "Leoncio Prado y Tambopata"):
        assert text in text_of(app)
    assert own.counts.attrs["period_totals"] == {"1006": 65, "1701": 40}
    app.segmented_control(key="own_year").set_value(2023).run()
    assert not app.exception


def test_words_are_asked_with_all_codes(show) -> None:
    content = "fecha,ubigeo,finalidad\n" + "2023,170101,minería\n" * 30 + "2023,170101,bares\n" * 30
    waiting = unconfirmed_list("casos.csv", content.encode(), check_file(content.encode()).report)
    app = show("en", refused={"records": waiting})
    boxes = [box for box in app.selectbox if box.key.startswith("own_read_word")]
    assert [(box.value, len(box.options)) for box in boxes] == [(None, 10), (None, 10)]
    assert {"minería", "bares"} == {re.findall("[«“](.+?)[»”]", box.label)[1] for box in boxes}
    boxes[0].set_value("forced_labour")
    boxes[1].set_value("sexual_exploitation")
    next(one for one in app.button if "confirm" in (one.key or "")).click().run()
    kept = app.session_state["own_held"].lists["records"]
    assert kept.report.is_accepted
    assert kept.report.reading.mapping()["words"] == {
        "exploitation_purpose": {"minería": "forced_labour", "bares": "sexual_exploitation"}
    }


SECRET = "CANARIO7"
FAULTY = f"""registro,fecha,departamento,distrito,ubigeo,victimas,finalidad,otra
A1,2023-05,Madre de Dios,Tambopta,,2,explotación sexual,x
A2,31/02/2023,,,080101,1,,x
A3,2023-07,,,170101,{SECRET},,x
A1,2023-10,,,170101,1,{SECRET},x
"""


def test_what_is_wrong_is_said_and_never_repeated(show) -> None:
    told = {"today": TODAY, "file": "r.csv", "content": FAULTY.encode()}
    held = hold_list(check_file(FAULTY.encode()), "records", **told)
    app = show("es", lists={"records": held})
    assert SECRET not in html_of(app)
    drawn = [item.proto.body for item in app.get("html")]
    drawn += [data["html"] for data in given_to(app, "atlas_sortable")]
    table = next(html for html in drawn if "own-entries" in html and "<tbody" in html)
    trees = parse(table.encode()).one("tbody").all("tr")
    rows = [[cell.text for cell in tree.children] for tree in trees]
    assert [(row[0][-1], row[1], row[-1]) for row in rows] == [
        ("3", "fecha", "fuera"),
        ("4", "victimas", "fuera"),
        ("5", "registro", "fuera"),
        ("2", "distrito", "usada"),
        ("5", "finalidad", "usada"),
    ]
    assert rows[1][3].endswith("1 … 1000")
    assert rows[2][4].endswith("vea la línea 2")
    assert "170101 Tambopata" in rows[3][4]
    assert "mendicidad forzada" in rows[4][3]
