"""Own lists and records of a session: what a page shows of them, asks, refuses and forgets."""

import hashlib
import pickle
import re
from itertools import cycle
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from atlas.own_files.isolation import check_file
from atlas.own_files.lists import PlanningList, Zones, hold_list, unconfirmed_list
from atlas.own_files.planning import TASKS
from atlas.planner import page, page_choices, page_lists, page_plan
from atlas.planner.page_session import PLAN, PlanSession
from atlas.planner.plan_question import PlanQuestion
from atlas.web import own_lists
from atlas.web.own_lists import OWN, OwnSession
from atlas.words import words
from tests.atlas.own_data.planning_lists import kml, kml_shape, placemark
from tests.atlas.own_data.test_own_records import TODAY, checked, hold
from tests.atlas.pages.conftest import given_to, html_of, text_of
from tests.parsed_html import parse

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session as the pages of an organisation's server see it; no map of its zones is drawn."""
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(Zones, "measure", lambda *_: None)
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    return state


PAGES = """
import streamlit as st
from atlas.own_data.page import page as own_data
from atlas.planner import page_lists
from atlas.planner.page import page as planner
from atlas.web import own_lists
st.session_state.setdefault("lang", "es")
for task, name, content in st.session_state.pop("given", []):
    own_lists.take_file(task, name, content)
pages = {"own_data": lambda: own_data(page_lists.forget), "planner": planner}
pages[st.session_state["page"]]()
"""
SECRET = "Wayrapampa"
"""no place, no word of ours"""


def traces(app: AppTest) -> list[str]:
    """Keys of the session whose values have anything of the files."""
    marks = [SECRET, *(hashlib.sha256(content).hexdigest() for content in OF_ONE.values())]

    def whole(value: object) -> bytes:
        # what a component answers is no value of ours: a wrapped dict
        is_component = isinstance(value, dict) and type(value) is not dict
        return repr(value).encode() if is_component else pickle.dumps(value)

    values = app.session_state.to_dict().items()
    return [
        key
        for key, stored_value in values
        if any(mark.encode() in whole(stored_value) for mark in marks)
    ]


OF_ONE = {
    "candidates": f"nombre,lon,lat\n{SECRET},-72.5,-10.5\nBase,-77,-12\nOtra,-72,-13.5\n".encode(),
    "zones": b"lon,lat,radio_km\n-76.2,-11.1,7\n",
    "records": b"fecha,ubigeo\n" + b"2023,170101\n" * 40 + b"2023,080101\n" * 31,
}


def test_the_button_forgets_everything_of_an_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left in any value of the session, there and after; what is not of them is."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    monkeypatch.setattr(page, "REPLICAS", 2)
    monkeypatch.setattr(Zones, "measure", lambda *_: None)  # for the map
    monkeypatch.setattr(page_plan, "zones_path", lambda *_: "")
    app = AppTest.from_string(PAGES, default_timeout=120)
    app.session_state["page"] = "planner"
    app.session_state["given"] = [
        (task, f"{SECRET}.csv", element) for task, element in OF_ONE.items()
    ]
    plan_session = PlanSession(request=PlanQuestion(sites=2, departments=("08", "15", "25")))
    app.session_state["plan_state"] = plan_session
    app.session_state["plan_fold_compare"] = True
    app.run()
    plan_session = app.session_state["plan_state"]
    plan_session.moves_asked = [{"kind": "add", "site": SECRET}]
    app.run()
    assert SECRET in app.session_state["plan_state"].request.must
    app.button(key="plan_compare").click().run()
    assert not app.exception
    assert {"own_state", "plan_state"} <= set(traces(app))
    app.session_state["page"] = "own_data"
    app.run()
    boxes = {element.proto.id for element in app.get("file_uploader")}
    app.button(key="own_delete").click().run()
    assert words("es")("own.deleted") in " ".join(element.proto.body for element in app.get("html"))
    assert traces(app) == []
    assert boxes
    assert not boxes & {element.proto.id for element in app.get("file_uploader")}
    app.session_state["page"] = "planner"
    app.run()
    assert not app.exception
    assert traces(app) == []
    assert app.session_state["lang"] == "es"


def test_on_other_servers_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATLAS_TIER", raising=False)
    files, _ = page_lists.usable_lists()
    assert files.candidates is None
    assert files.zones is None


GOOD = {
    "candidates": b"ubigeo,nombre\n170101,Base\n",
    "services": b"ubigeo\n150101\n",
    "travel_times": b"desde,hasta,minutos\n170102,170101,10\n",
    "zones": b"lon,lat,radio_km\n-69.18,-12.59,30\n",
    "records": b"fecha,ubigeo\n" + b"2023,170101\n" * 20,
}
BAD = {
    "outside Peru": b"lon,lat,desde,hasta,minutos\n-12,-77,1,,-1\n",
    "not taken": b"%PDF-1.7",
}
BROUGHT = (*TASKS, "records")


@pytest.mark.parametrize(("task", "bad"), [*zip(BROUGHT, cycle(BAD.values()), strict=False)])
def test_a_refused_file_blocks_the_plan_until_it_is_dealt_with(session, task, bad):
    own_lists.take_file(task, "primera.csv", GOOD[task])
    first = OWN.state.lists[task]
    assert own_lists.refused_lists() == {}
    assert first.file == "primera.csv"
    own_lists.take_file(task, "corre\u202egida.csv", bad)
    assert OWN.state.lists[task] is first
    (refused,) = own_lists.refused_lists().values()
    assert refused.file == "corregida.csv"
    assert "«corregida.csv»" in own_lists.refusal_html(refused, words("es"))
    own_lists.discard(task)
    assert own_lists.refused_lists() == {}
    assert OWN.state.lists[task] is first
    own_lists.take_file(task, "corregida.csv", bad)
    own_lists.take_file(task, "tercera.csv", GOOD[task])
    assert own_lists.refused_lists() == {}
    both = "primera.csv + tercera.csv"  # travel times of several files add up
    assert OWN.state.lists[task].file == (
        both if task in ("travel_times", "zones") else "tercera.csv"
    )
    own_lists.take_file(task, "corregida.csv", bad)
    PLAN.state.results["key"] = "plan"  # whose sites may be named as a list says
    page_lists._remove(task)
    assert own_lists.refused_lists() == OWN.state.lists == PLAN.state.results == {}


def test_the_reason_of_the_rows_goes_before_what_follows_from_it(session):
    """Lines of a map are no places; nothing is said of Peru's border, where they lie."""
    content = kml(placemark(kml_shape("LineString", [(-75, -12), (-76, -12)])))
    own_lists.take_file("candidates", "rutas.kml", content)
    (refused,) = own_lists.refused_lists().values()
    text = own_lists.refusal_html(refused, words("es"))
    reason = words("es")("records.problem.geometry_kind")
    assert f"«rutas.kml». 1: {reason}. No se usa, porque ninguna fila sirve." in text


def test_refused_records_stop_the_plan_that_counts_them(session: dict[str, object]) -> None:
    own_lists.take_file("records", "buenos.csv", GOOD["records"])
    assert page_lists.own_demands() == {}
    PLAN.state.request = PlanQuestion()
    OWN.state.uses_records = True
    first = page_lists.own_demands()["records"].weight
    for demand in ("own", "population"):  # at once, and another choice stays
        page_choices.fit_question(*page_lists.usable_lists())
        assert PLAN.state.request.demand == demand
        PLAN.state.request = PLAN.state.request.changed(demand="population")
    own_lists.take_file("records", "corregidos.csv", BAD["not taken"])
    assert (page_lists.own_demands()["records"].weight == first).all()
    assert set(page_lists.blocking_lists("records")) == {"records"}
    assert page_lists.blocking_lists("mining") == {}
    PLAN.state.compared = SimpleNamespace(tasks={"records"})
    assert set(page_lists.blocking_lists("mining")) == {"records"}
    own_lists.take_file("records", "otros.csv", GOOD["records"] + b"2022,170101\n" * 20)
    assert page_lists.blocking_lists("records") == {}
    assert page_lists.own_demands()["records"].weight.sum() > first.sum()
    page_lists._remove("records")
    assert page_lists.own_demands() == {}
    assert not OWN.state.uses_records
    assert PLAN.state.compared is None


@pytest.mark.parametrize(
    ("content", "asks", "touched"),
    [
        (b"lon,lat,radio_km,nivel\n-69.18,-12.59,30,7\n", "drop", "#2: Tambopata"),
        (b"provincia\nTambopatta\n", "names", "Tambopata: Tambopata"),
        (b"provincia,nivel\nTambopatta,7\n", "names", "Tambopata: Tambopata"),
    ],
)
def test_what_a_list_of_zones_leaves_open_is_confirmed_on_the_page(session, content, asks, touched):
    """Names, then other content, are confirmed before a plan is shown."""
    own_lists.take_file("zones", "z.csv", content)
    (refused,) = own_lists.refused_lists().values()
    assert [*refused.to_confirm] == [asks]
    assert set(page_lists.blocking_lists("complaints")) == {"zones"}
    while refused := own_lists.refused_lists().get("zones"):
        assert refused.content == content
        own_lists.take_file("zones", refused.file, refused.content, refused.to_confirm)
    assert touched.endswith(OWN.state.lists["zones"].zones.touched.split(": ")[-1].split(",")[0])
    assert OWN.state.lists["zones"].content == b""
    own_lists.take_file("zones", "z.csv", b"lon,lat\n-69.18,-12.59\n")
    (refused,) = own_lists.refused_lists().values()
    assert (refused.to_confirm, refused.content) == ({}, b"")


@pytest.mark.parametrize(("is_meant", "rows"), [(True, 2), (False, 1)])
def test_names_of_a_list_are_one_question_with_a_yes_and_a_no(session, is_meant, rows):
    """With personal columns beside them, which come first and are left out all at once."""
    content = b"sede,departamento,distrito,dni\nA,Ica,Pizco,1\nB,Ica,Nasca,2\n"
    own_lists.take_file("services", "s.csv", content)
    (refused,) = own_lists.refused_lists().values()
    assert refused.to_confirm == {"drop": ["dni"]}
    own_lists.take_file("services", refused.file, refused.content, refused.to_confirm)
    (refused,) = own_lists.refused_lists().values()
    assert refused.to_confirm == {"drop": ["dni"], "names": True}
    assert "110501 Pisco (Pisco, Ica)" in own_lists.refusal_html(refused, words("es"))
    confirmed = {**refused.to_confirm, "names": is_meant}
    own_lists.take_file("services", refused.file, refused.content, confirmed)
    planning_list = own_lists.kept_list("services")
    assert (planning_list.report.used_count, planning_list.content) == (rows, b"")


@pytest.mark.parametrize(("is_meant", "rows"), [(True, 3), (False, 2)])
def test_wrong_coordinates_of_a_clear_place_are_asked(session, is_meant, rows):
    """One of them in metres: the rest counts whatever is answered, and the capital if yes."""
    lines = [
        *("sede,departamento,provincia,distrito,longitud,latitud", "A,Ica,Ica,Ica,-75.73,-14.07"),
        *("B,Cusco,Cusco,Cusco,177935,8503440", "C,Ica,Nasca,Nasca,,"),
    ]
    content = "\n".join(lines).encode()
    own_lists.take_file("candidates", "c.csv", content)
    (waiting,) = own_lists.refused_lists().values()
    assert waiting.to_confirm == {"capitals": True}
    assert "3: 080101 Cusco" in own_lists.refusal_html(waiting, words("es"))
    confirmed = {"capitals": is_meant}
    own_lists.take_file("candidates", waiting.file, waiting.content, confirmed)
    used = own_lists.kept_list("candidates").rows
    assert used["name"].tolist() == ["A", "B", "C"] if is_meant else ["A", "C"]
    assert len(used) == rows
    capital = {"longitude": -71.97, "latitude": -13.52}
    for name, degrees in capital.items() if is_meant else ():
        assert used[name][1] == pytest.approx(degrees, abs=0.02)


def test_the_unit_of_minutes_is_asked_once(session) -> None:
    """A column total_cost has none: a press says it, and the file is read."""
    content = b"origin_id,destination_id,total_cost\n170102,170101,90\n"
    own_lists.take_file("travel_times", "qneat.csv", content)
    (waiting,) = own_lists.refused_lists().values()
    assert "total_cost" in own_lists.refusal_html(waiting, words("es"))
    confirmed = {**waiting.to_confirm, "unit": "seconds"}
    own_lists.take_file("travel_times", waiting.file, waiting.content, confirmed)
    assert not own_lists.refused_lists()
    assert own_lists.kept_list("travel_times").rows["minutes"].tolist() == [1.5]


def test_the_command_for_travel_times_has_the_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the page says which provinces they touch; a tick and the button confirm what is asked."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    monkeypatch.setattr(Zones, "measure", lambda *_: None)
    monkeypatch.setattr(page_plan, "zones_path", lambda *_: "")
    app = AppTest.from_string(LISTS_ALONE, default_timeout=120)
    content = b"lon,lat,radio_km,nivel\n-69.18,-12.59,30,7\n"
    app.session_state["given"] = [("zones", "mis zonas.csv", content)]
    app.run()
    assert "nivel" in html_of(app)
    assert app.button(key="plan_confirm_zones").disabled
    app.checkbox(key=f"plan_asked_zones_{hashlib.sha256(content).hexdigest()[:8]}_0").check().run()
    app.button(key="plan_confirm_zones").click().run()
    assert not app.exception
    assert "Tambopata" in html_of(app)
    app.segmented_control(key="plan_task__0").set_value("travel_times").run()
    assert "--exclude 'mis zonas.csv'" in " ".join(code.value for code in app.code)


LISTS_ALONE = """
import streamlit as st
from atlas.planner import page_lists
from atlas.web import own_lists
from atlas.words import words
for task, name, content in st.session_state.pop("given", []):
    own_lists.take_file(task, name, content)
page_lists.planning_uploads(words("es"))
"""


def test_a_reading_that_breaks_off_leaves_no_plan(session, monkeypatch):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(own_lists, "check_file", stop)
    with pytest.raises(KeyboardInterrupt):
        own_lists.take_file("zones", "a.csv", GOOD["zones"])
    assert own_lists.refused_lists()["zones"].refusal.key == "records.refusal.unfinished"


_SCRIPT = """
import streamlit as st
from atlas.own_data.page import page
st.session_state.setdefault("lang", {lang!r})
page(lambda: None)
"""
YEARS = [("1006", year, 9) for year in range(2015, 2022)]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch):
    """Return what opens the page with lists of a session."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")

    def begin(lang: str, **session: dict[str, PlanningList]) -> AppTest:
        app = AppTest.from_string(_SCRIPT.format(lang=lang), default_timeout=120)
        app.session_state["own_state"] = OwnSession(**session)
        assert not app.run().exception
        return app

    return begin


def test_totals_and_what_is_in_none_are_said(begin) -> None:
    rows = checked(*YEARS, ("1701", 2023, 40), ("0801", 2023, 12), ("1701", None, 9))
    own = hold(rows, today=TODAY)
    planning_list = PlanningList("records", rows.report, None, "casos.csv", own=own)
    app = begin("es", lists={"records": planning_list})
    for text in ("por no tener año: 20", "2015 a 2024"):
        assert text in text_of(app)
    assert own.counts.period_totals == {"1006": 65, "1701": 40}
    assert not app.exception


def test_words_are_asked_with_all_codes(begin) -> None:
    content = "fecha,ubigeo,finalidad\n" + "2023,170101,minería\n" * 30 + "2023,170101,bares\n" * 30
    waiting = unconfirmed_list("casos.csv", content.encode(), check_file(content.encode()).report)
    app = begin("en", refused={"records": waiting})
    boxes = [box for box in app.selectbox if box.key.startswith("own_read_word")]
    assert [(box.value, len(box.options)) for box in boxes] == [(None, 10), (None, 10)]
    assert {"minería", "bares"} == {re.findall("[«“](.+?)[»”]", box.label)[1] for box in boxes}
    boxes[0].set_value("forced_labour")
    boxes[1].set_value("sexual_exploitation")
    next(button for button in app.button if "confirm" in (button.key or "")).click().run()
    planning_list = app.session_state["own_state"].lists["records"]
    assert planning_list.report.is_accepted
    assert planning_list.report.reading.mapping()["words"] == {
        "exploitation_purpose": {"minería": "forced_labour", "bares": "sexual_exploitation"}
    }


CANARY = "CANARIO7"
FAULTY = f"""registro,fecha,departamento,distrito,ubigeo,victimas,finalidad,otra
A1,2023-05,Madre de Dios,Tambopta,,2,explotación sexual,x
A2,31/02/2023,,,080101,1,,x
A3,2023-07,,,170101,{CANARY},,x
A1,2023-10,,,170101,1,{CANARY},x
"""


def test_what_is_wrong_is_said_and_never_repeated(begin) -> None:
    settings = {"today": TODAY, "file": "r.csv", "content": FAULTY.encode()}
    planning_list = hold_list(check_file(FAULTY.encode()), "records", **settings)
    app = begin("es", lists={"records": planning_list})
    assert CANARY not in html_of(app)
    drawn = [item.proto.body for item in app.get("html")]
    drawn += [data["html"] for data in given_to(app, "atlas_sortable")]
    table = next(html for html in drawn if "own-entries" in html and "<tbody" in html)
    trees = parse(table.encode()).only("tbody").all("tr")
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
