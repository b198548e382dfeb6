"""Own lists of a session: what removing one forgets, and where nothing is offered."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st

from atlas.own_data import page
from atlas.own_files.planning import TASKS
from atlas.planner import page_lists
from atlas.planner.lists import refused_list
from atlas.planner.page_work import RESULTS
from atlas.words import words
from data.readers.refusal import Refusal

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session as the pages see it."""
    held: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


def test_removing_a_list_forgets_the_plans_made_with_it(session: dict[str, object]) -> None:
    """Other lists stay; answers of the planner name the candidates and go."""
    kept: dict[str, object] = {"candidates": "a", "zones": "b"}
    session.update({page_lists.LISTS: kept, RESULTS: {"key": "plan"}, "lang": "es"})
    page_lists._remove("candidates")
    assert kept == {"zones": "b"}
    assert RESULTS not in session
    assert session["lang"] == "es"


def test_the_button_forgets_everything_of_an_upload(session: dict[str, object]) -> None:
    """Records, report, demand, lists, refusals and plans; the language stays."""
    held = {RESULTS, "own_lists", "own_lists_refused", "own_demand", "own_mapping", "plan_kept"}
    held |= {"plan_waiting", "plan_opened", "plan_today", "plan_carried", "plan_asked", "plan_best"}
    session.update(dict.fromkeys(held, "x") | {"lang": "es"})
    page._delete()
    assert not held & set(session)
    assert session["lang"] == "es"


def test_on_other_servers_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No box is drawn and the planner gets no file."""
    monkeypatch.delenv("ATLAS_TIER", raising=False)
    files = page_lists.planning_uploads(words("es"))
    assert files.candidates is None
    assert files.zones is None


GOOD = {
    "candidates": b"ubigeo,nombre\n170101,Base\n",
    "services": b"ubigeo\n150101\n",
    "points": b"ubigeo,peso\n" + b"170101,7\n" * 24,
    "travel_times": b"desde,hasta,minutos\n170102,170101,10\n",
    "zones": b"lon,lat,radio_km\n-69.18,-12.59,30\n",
    "records": b"fecha,ubigeo\n" + b"2023,170101\n" * 20,
}
BAD = {
    "not taken": b"%PDF-1.7",
    "outside Peru": b"lon,lat,desde,hasta,minutos\n-12,-77,1,,-1\n",
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("task", [*TASKS, "records"])
def test_a_refused_file_blocks_the_plan_until_it_is_dealt_with(
    session: dict[str, object], monkeypatch: pytest.MonkeyPatch, task: str, bad: str
) -> None:
    """The last good list stays; discarding goes back to it, a good file takes its place."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    uploads = page_lists
    uploads.take_file(task, "primera.csv", GOOD[task])
    first = uploads._lists()[task]
    assert uploads.refused_lists() == {}
    assert first.file == "primera.csv"
    uploads.take_file(task, "corre\u202egida.csv", BAD[bad])
    assert uploads._lists()[task] is first
    assert {one.file for one in uploads.refused_lists().values()} == {"corregida.csv"}
    told = uploads.refusal_html(uploads.refused_lists()[task], words("es"))
    assert "«corregida.csv»" in told
    uploads._discard(task)
    assert uploads.refused_lists() == {}
    assert uploads._lists()[task] is first
    uploads.take_file(task, "corregida.csv", BAD[bad])
    uploads.take_file(task, "tercera.csv", GOOD[task])
    assert uploads.refused_lists() == {}
    both = "primera.csv + tercera.csv"  # travel times of several files add up
    assert uploads._lists()[task].file == (both if task == "travel_times" else "tercera.csv")
    uploads.take_file(task, "corregida.csv", BAD[bad])
    uploads._remove(task)
    assert uploads.refused_lists() == uploads._lists() == {}


def test_refused_records_stop_the_plan_that_counts_them(
    session: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demand stays that of the good records and no other takes its place; plans on another
    demand go on, unless one on records is kept. Good records make the demand anew."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    uploads = page_lists
    uploads.take_file("records", "buenos.csv", GOOD["records"])
    assert uploads.own_demands() == {}
    session[uploads.USES_RECORDS] = True
    first = uploads.own_demands()["records"].weight
    uploads.take_file("records", "corregidos.csv", BAD["not taken"])
    assert (uploads.own_demands()["records"].weight == first).all()
    assert set(uploads.blocking_lists("records")) == {"records"}
    assert uploads.blocking_lists("mining") == {}
    sheet = SimpleNamespace(plan={"lists": [{"task": "records"}]})
    session[uploads.KEPT] = {"A": SimpleNamespace(sheets={"es": sheet})}
    assert set(uploads.blocking_lists("mining")) == {"records"}
    uploads.take_file("records", "otros.csv", GOOD["records"] + b"2022,170101\n" * 20)
    assert uploads.blocking_lists("records") == {}
    assert uploads.own_demands()["records"].weight.sum() > first.sum()
    uploads._remove("records")
    assert uploads.own_demands() == {}
    assert uploads.USES_RECORDS not in session
    assert session[uploads.KEPT] == {}


def test_a_reading_that_breaks_off_leaves_no_plan(
    session: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends it, the file counts as refused: nobody has read it."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(page_lists, "check_file", stop)
    with pytest.raises(KeyboardInterrupt):
        page_lists.take_file("zones", "a.csv", GOOD["zones"])
    assert page_lists.refused_lists()["zones"].refusal["code"] == "unfinished"


def test_the_name_of_a_file_is_text_on_the_page(session: dict[str, object]) -> None:
    """Escaped, in what is told of a refused file."""
    name = "<img src=x onerror=alert(1)>.csv"
    refused = refused_list("zones", name, Refusal("unfinished"))
    told = page_lists.refusal_html(refused, words("en"))
    assert "<img" not in told
    assert "&lt;img src=x" in told
