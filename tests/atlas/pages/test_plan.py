"""The planner's page without a browser: both languages, its refusals, a plan that is opened."""

import base64
import json
import re
from collections import OrderedDict
from datetime import date
from functools import cache
from html import unescape
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from atlas.own_files.isolation import check_file
from atlas.planner import page, page_kept, page_plan, sentences
from atlas.planner.candidates import Zones
from atlas.planner.document import PlanDocument
from atlas.planner.lists import PlanningList, hold_list, own_files, refused_list
from atlas.planner.page_choices import valid_choices
from atlas.planner.page_session import PLAN, OwnSession, PlanSession
from atlas.planner.plan_file import plan_zip
from atlas.words import LANGUAGES, message, words
from tests.atlas.pages.conftest import files_of, given_to, html_of

SCRIPT = """
import streamlit as st
st.session_state.setdefault("lang", {lang!r})
from atlas.planner import page
page.page()
"""
pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few variations and a short curve: the page is looked at here, not the engine."""
    assert (page.REPLICAS, list(page_plan.CURVE_SITES)) == (200, list(range(1, 21)))
    monkeypatch.setattr(page, "REPLICAS", 2)
    monkeypatch.setattr(page_plan, "CURVE_SITES", range(1, 5))
    monkeypatch.setattr(Zones, "measure", lambda _: None)  # but for a plan that asks for it
    monkeypatch.setenv("ATLAS_TIER", "ngo")


def page_with(lang: str = "es", **choices: object) -> AppTest:
    """The page alone."""
    app = AppTest.from_string(SCRIPT.format(lang=lang), default_timeout=300)
    asked = {**valid_choices({}), "plan_sites": 3, **choices}
    app.session_state["plan_held"] = PlanSession(choices=asked)
    return app


def begin(lang: str = "es", own: OwnSession | None = None, **choices: object) -> AppTest:
    """The page whose first plan is solved already, with and without zones."""
    app = page_with(lang, **choices)
    app.session_state["plan_held"].results.update(solved())
    if own is not None:
        app.session_state["own_held"] = own
        app.session_state["plan_held"].results.update(solved(with_zones=True))
    return app


@cache
def solved(with_zones: bool = False) -> OrderedDict[object, object]:
    """What a session holds when the page has solved and varied its first plan."""
    app = page_with()
    if with_zones:
        app.session_state["own_held"] = OwnSession(lists=zones())
    assert not app.run().exception
    return app.session_state["plan_held"].results  # type: ignore[no-any-return]


@cache
def zones() -> dict[str, PlanningList]:
    """A list of zones as a session holds it."""
    content = b"lon,lat,radio_km\n-69.184,-12.593,30\n"
    read, day = check_file(content, "zones"), date(2024, 6, 1)
    return {"zones": hold_list(read, "zones", today=day, file="z.csv", content=content)}


def drawn_plan(app: AppTest) -> PlanDocument:
    """The plan that the page has made last."""
    results = app.session_state["plan_held"].results.values()
    return [result for result in results if isinstance(result, PlanDocument)][-1]


def text_of(app: AppTest) -> str:
    """What its HTML says, without markup."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html_of(app), flags=re.DOTALL))


def sites_of(app: AppTest) -> list[str]:
    """Names in the table of sites, in their order."""
    tables = given_to(app, "atlas_sortable")
    html = tables[0]["html"] if tables else ""
    return re.findall(r'rowheader" data-copy="([^",]*)', html)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_what_the_engine_found(lang: str) -> None:
    app, say = begin(lang).run(), words(lang)
    assert not app.exception
    document, text = drawn_plan(app), text_of(app)
    for told in (
        *(sentences.headline(document, say), *sentences.left_out_text(document, say)),
        *(sentences.confidence(document, say)[1], *sentences.notes(document, say)),
    ):
        assert told in text
    assert sites_of(app) == [site.name for site in document.sites]
    names = ("pdf", "geojson", "gpx", "csv", "xlsx")
    assert {say(f"plan.files.{name}") for name in names} <= set(files_of(app))


def test_a_refusal_is_a_sentence_of_the_language() -> None:
    app = page_with(plan_cover=["01", "02", "03", "04"]).run()
    assert not app.exception
    assert "en cada uno de 4 departamentos" in text_of(app)
    assert sites_of(app) == []


def test_a_demand_that_is_gone_is_said_until_another_is_chosen() -> None:
    say = words("es")
    told = say(
        "plan.demand.gone", gone=say("plan.demand.records"), now=say("plan.demand.complaints")
    )
    app = begin(plan_demand="records").run()
    assert told in text_of(app)
    app.button_group(key="plan_demand").set_value("population").run()
    assert not app.exception
    assert told not in text_of(app)


def test_the_curve_is_drawn_when_it_is_asked_for() -> None:
    app = begin().run()
    assert 'class="curve"' not in html_of(app)
    app.button(key="plan_ask_curve").click().run()
    assert not app.exception
    shares = [float(share) for share in re.findall(r"--v:([\d.]+)", html_of(app))[:4]]
    assert shares == sorted(shares)


def test_another_site_is_put_in_and_what_changes_is_said() -> None:
    app = begin().run()
    before = sites_of(app)
    app.selectbox(key="plan_why_code").select("110101").run()
    assert not app.exception
    assert "Entra Ica." in text_of(app)
    app.button(key="plan_add").click().run()
    assert not app.exception
    assert {*sites_of(app)} == {*before, "Ica"}
    app.button(key="plan_undo_all").click().run()
    assert sites_of(app) == before


def test_no_plan_while_a_list_is_refused() -> None:
    bad = "<b>nuevas</b>.csv"
    refused = {"zones": refused_list("zones", bad, message("records.refusal.unfinished"))}
    app = begin(own=OwnSession(lists=zones(), refused=refused)).run()
    assert not app.exception
    assert bad in text_of(app)
    assert sites_of(app) == []
    app.button(key="plan_out_discard_zones").click().run()
    assert len(sites_of(app)) == 3
    assert "z.csv" in text_of(app)
    # the browser keeps that there was a list of zones, and no name of it
    stored = [item.proto.json for item in app.get("bidi_component") if '"keep"' in item.proto.json]
    kept = json.loads(json.loads(stored[-1])["keep"])
    assert kept["lists"] == ["zones"]
    assert "z.csv" not in str(kept)


def test_a_saved_plan_opens_as_it_was_and_is_computed_again() -> None:
    """With its zones, which come in the file; damaged it is refused and the plan stays."""
    app, say = begin(own=OwnSession(lists=zones())).run(), words("es")
    document = drawn_plan(app)
    content = plan_zip(document, own_files(zones()))
    fresh = page_with()
    fresh.session_state["plan_held"].results.update(solved(with_zones=True))
    fresh.session_state["plan_held"].uploaded_file = base64.b64encode(content).decode()
    fresh.run()
    assert not fresh.exception
    assert say("plan.opened") in text_of(fresh)
    assert sites_of(fresh) == [site.name for site in document.sites]
    fresh.button(key="plan_again").click().run()
    assert not fresh.exception
    assert say("plan.opened") not in text_of(fresh)
    assert document.lists[0].digest in text_of(fresh)
    assert sites_of(fresh) == [site.name for site in document.sites]
    fresh.session_state["plan_held"].uploaded_file = base64.b64encode(content[:99]).decode()
    fresh.run()
    assert not fresh.exception
    assert len(sites_of(fresh)) == 3


def test_named_plans_stand_side_by_side() -> None:
    app = begin().run()
    app.text_input(key="plan_name").set_value("Uno")
    app.button(key="plan_keep").click().run()
    app.number_input(key="plan_sites").set_value(4).run()
    assert not app.exception
    text = text_of(app)
    assert "Uno" in text
    assert words("es")("plan.kept.now") in text


def test_a_server_that_began_again_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {"choices": {"plan_sites": 2}, "server": "of before"}
    state: dict[str, object] = {page_kept.BROWSER: SimpleNamespace(stored=json.dumps(stored))}
    monkeypatch.setattr(page_kept.st, "session_state", state)
    told: list[str] = []
    monkeypatch.setattr(page_kept, "_tell", told.append)
    page_kept._read_stored_choices()
    assert PLAN.held.choices["plan_sites"] == 2
    assert told == ["plan.restarted"]
