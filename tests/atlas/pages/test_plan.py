"""The planner's page without a browser: both languages, its refusals, a plan that is opened."""

import base64
import json
import re
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from atlas.own_files.isolation import check_file
from atlas.own_files.lists import PlanningList, Zones, hold_list, refused_list
from atlas.planner import by_hand, page, page_kept, page_plan, sentences
from atlas.planner.document import PlanDocument
from atlas.planner.page_session import PLAN, PlanSession
from atlas.planner.plan_file import plan_zip
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import own_files
from atlas.web.own_lists import OwnSession
from atlas.words import message, words
from tests.atlas.pages.conftest import files_of, given_to, html_of

SCRIPT = """
import streamlit as st
st.session_state.setdefault("lang", {lang!r})
from atlas.planner import page
page.page()
"""
OLDER_STORE = Path(__file__).resolve().parents[2] / "frozen" / "plans" / "browser_store.json"
AMONG = ("04", "08", "09", "16", "17", "24")
"""few departments, some of them with more than expected: each that is left out costs a search"""
pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few variations and a short curve: the page is looked at here, not the engine."""
    assert (page.REPLICAS, list(page_plan.CURVE_SITES)) == (200, list(range(1, 21)))
    monkeypatch.setattr(page, "REPLICAS", 2)
    monkeypatch.setattr(page_plan, "CURVE_SITES", range(1, 5))
    monkeypatch.setattr(Zones, "measure", lambda *_: None)  # but for a plan that asks for it
    monkeypatch.setenv("ATLAS_TIER", "ngo")


def page_with(lang: str = "es", **choices: object) -> AppTest:
    """The page alone."""
    app = AppTest.from_string(SCRIPT.format(lang=lang), default_timeout=300)
    asked = PlanQuestion(**{"sites": 3, "departments": AMONG, **choices})
    app.session_state["plan_state"] = PlanSession(request=asked)
    return app


def begin(lang: str = "es", own: OwnSession | None = None, **choices: object) -> AppTest:
    """The page whose first plan is solved already, with and without zones."""
    app = page_with(lang, **choices)
    app.session_state["plan_state"].results.update(solved())
    if own is not None:
        app.session_state["own_state"] = own
        app.session_state["plan_state"].results.update(solved(with_zones=True))
    return app


@cache
def solved(with_zones: bool = False) -> OrderedDict[object, object]:
    """What a session holds when the page has solved and varied its first plan."""
    app = page_with()
    if with_zones:
        app.session_state["own_state"] = OwnSession(lists=zones())
    assert not app.run().exception
    return app.session_state["plan_state"].results  # type: ignore[no-any-return]


@cache
def zones() -> dict[str, PlanningList]:
    """A list of zones as a session holds it."""
    content = b"lon,lat,radio_km\n-69.184,-12.593,30\n"
    read, day = check_file(content, "zones"), date(2024, 6, 1)
    return {"zones": hold_list(read, "zones", today=day, file="z.csv", content=content)}


def drawn_plan(app: AppTest) -> PlanDocument:
    """The plan that the page has made last."""
    results = app.session_state["plan_state"].results.values()
    return [result for result in results if isinstance(result, PlanDocument)][-1]


def text_of(app: AppTest) -> str:
    """What its HTML says, without markup."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html_of(app), flags=re.DOTALL))


def sites_of(app: AppTest) -> list[str]:
    """Names in the list of sites, in their order."""
    answers = given_to(app, "atlas_plananswer")
    sites = answers[0]["html"].partition("</ol>")[0] if answers else ""
    return [unescape(name) for name in re.findall("<strong>([^<]*)", sites)]


def move(app: AppTest, **asked: str) -> None:
    """Change the plan by hand, as its map and its list ask for it."""
    app.session_state["plan_state"].moves_asked = [asked]
    assert not app.run().exception


def test_the_page_says_what_the_engine_found() -> None:
    app, say = begin("es").run(), words("es")
    assert not app.exception
    document, text = drawn_plan(app), text_of(app)
    answer = unescape(re.sub("<[^>]+>", " ", given_to(app, "atlas_plananswer")[0]["html"]))
    assert sentences.headline(document, say) in text
    assert sentences.confidence(document, say)[1] in answer
    assert sites_of(app) == [site.name for site in document.sites]
    for site in document.sites:
        served, missed, near = sentences.site_parts(site, document, say)
        assert served in answer
        assert missed.rstrip(".") in answer
        assert near in answer
    assert document.left_out
    assert all(left_out.name in answer for left_out in document.left_out)
    offered = {say(f"plan.files.{name}") for name in ("pdf", "xlsx", "gpx", "geojson", "csv")}
    assert offered | {say("plan.save")} <= set(files_of(app))
    assert given_to(app, "atlas_planprint") == [{"label": say("plan.print")}]


def test_demand_that_is_gone_is_said_until_something_else_is_asked() -> None:
    say = words("es")
    sentence = say(
        "plan.demand.gone", gone=say("plan.demand.own"), now=say("plan.demand.complaints")
    )
    app = begin(demand="own").run()
    assert sentence in text_of(app)
    assert app.session_state["plan_state"].request.demand == PlanQuestion().demand
    app.button_group(key="plan_demand_1").set_value("population").run()
    assert not app.exception
    assert sentence not in text_of(app)


def test_each_control_writes_its_field_of_the_question() -> None:
    """And shows it again after the question was set otherwise."""
    app = begin().run()
    app.number_input(key="plan_sites").set_value(4)
    app.number_input(key="plan_radius").set_value(80)
    app.multiselect(key="plan_cover").set_value(["17"]).run()
    asked = PlanQuestion(sites=4, radius=80, cover_departments=("17",), departments=AMONG)
    assert app.session_state["plan_state"].request == asked
    move(app, kind="fix", site=drawn_plan(app).codes[0])
    app.button(key="plan_undo").click().run()
    assert app.session_state["plan_state"].request == asked
    turn = app.session_state["plan_state"].turn
    assert app.number_input(key=f"plan_sites_{turn}").value == 4


def test_the_curve_is_drawn_when_it_is_asked_for() -> None:
    app = begin()
    app.session_state["plan_fold_curve"] = True
    app.run()
    assert 'class="curve"' not in html_of(app)
    app.button(key="plan_ask_curve").click().run()
    assert not app.exception
    shares = [float(share) for share in re.findall(r"--v:([\d.]+)", html_of(app))[:4]]
    assert shares == sorted(shares)


def test_a_department_is_included_and_a_site_removed_by_hand() -> None:
    """The number of teams stays; what moved is said, and can be taken back."""
    app, say = begin().run(), words("es")
    before = drawn_plan(app)
    (first, *_) = [left_out for left_out in before.left_out if left_out.cost_to_include is not None]
    move(app, kind="include", site=first.department_ubigeo)
    included = drawn_plan(app)
    assert first.department_ubigeo in {site.department_ubigeo for site in included.sites}
    lost = before.demand_total * (before.coverage_share - included.coverage_share)
    assert lost == pytest.approx(first.cost_to_include)
    assert by_hand.change_text(before, included, say) in text_of(app)
    app.button(key="plan_undo").click().run()
    assert sites_of(app) == [site.name for site in before.sites]
    gone = before.sites[0]
    move(app, kind="remove", site=gone.code)
    assert len(sites_of(app)) == 3
    assert gone.name not in sites_of(app)
    assert by_hand.change_text(before, drawn_plan(app), say) in text_of(app)
    move(app, kind="remove", site=drawn_plan(app).codes[0], keep="yes")
    assert len(sites_of(app)) == 3


def test_what_was_removed_is_put_back_and_all_begins_anew() -> None:
    """Also after a reload, which has no move to undo."""
    app, say = begin().run(), words("es")
    before = drawn_plan(app)
    gone = before.sites[0]
    move(app, kind="move", site=gone.code, to=next(iter(before.candidates)))
    answer = given_to(app, "atlas_plananswer")[0]["html"]
    assert say("plan.hand.restore", name=gone.name) in answer
    app.session_state["plan_state"].steps.clear()
    move(app, kind="restore", site=gone.code)
    assert app.session_state["plan_state"].request.barred == ()
    app.session_state["plan_state"].steps.clear()
    app.run()
    app.button(key="plan_reset").click().run()
    assert not app.exception
    assert sites_of(app) == [site.name for site in before.sites]
    assert app.session_state["plan_state"].request == before.request


def test_a_field_of_numbers_keeps_what_stood_and_says_what_is_allowed() -> None:
    """A text changes nothing; an amount of soles may have its thousands apart."""
    app, say = begin().run(), words("es")
    app.number_input(key="plan_sites").set_value(None).run()
    assert not app.exception
    request = app.session_state["plan_state"].request
    assert request.sites == 3
    refusal = say("plan.number", name=say("plan.sites"), value="3", least="1", most="60")
    assert refusal in text_of(app)
    app.text_input(key="plan_team_cost_1").set_value("abc").run()
    assert app.session_state["plan_state"].request == request
    assert say("plan.team_cost") in text_of(app)
    app.text_input(key="plan_team_cost_2").set_value("S/ 30.000").run()
    assert app.session_state["plan_state"].request.team_cost == 30_000
    app.text_input(key="plan_budget_2").set_value("240,000").run()
    assert not app.exception
    assert app.session_state["plan_state"].request.budget == 240_000


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
    stored_plan = json.loads(json.loads(stored[-1])["keep"])
    assert stored_plan["lists"] == ["zones"]
    assert "z.csv" not in str(stored_plan)


def test_a_saved_plan_opens_as_it_was_and_is_computed_again() -> None:
    """With its zones, which come in the file; damaged it is refused and the plan stays."""
    app, say = begin(own=OwnSession(lists=zones())).run(), words("es")
    document = drawn_plan(app)
    content = plan_zip(document, own_files(zones()))
    fresh = page_with()
    fresh.session_state["plan_state"].results.update(solved(with_zones=True))
    fresh.session_state["plan_state"].uploaded_file = base64.b64encode(content).decode()
    fresh.run()
    assert not fresh.exception
    assert say("plan.opened") in text_of(fresh)
    assert sites_of(fresh) == [site.name for site in document.sites]
    fresh.button(key="plan_again").click().run()
    assert not fresh.exception
    assert say("plan.opened") not in text_of(fresh)
    assert document.lists[0].digest in text_of(fresh)
    assert sites_of(fresh) == [site.name for site in document.sites]
    why = say("siting.refusal.saved_unreadable")
    for name in ("<b>uno.zip", "dos.geojson"):
        damaged = base64.b64encode(content[:99]).decode()
        fresh.session_state["plan_state"].uploaded_file = f"{name}|{damaged}"
        fresh.run()
        assert not fresh.exception
        assert say("plan.open.refused", file=name, why=why) in text_of(fresh)
    assert "uno.zip" not in text_of(fresh)  # only the last file is spoken of
    assert len(sites_of(fresh)) == 3


def test_a_plan_with_two_files_of_zones_is_computed_again() -> None:
    """Both come in its file, read by the child, and a third adds to them."""

    def listed(spot: str) -> PlanningList:
        text, name = f"lon,lat,radio_km\n{spot},30\n".encode(), f"{spot}.csv"
        read = check_file(text, "zones")
        return hold_list(read, "zones", today=date(2024, 6, 1), file=name, content=text)

    first, second = listed("-69.18,-12.59"), listed("-71.5,-16.4")
    assert first.zones
    assert second.zones
    both = replace(first, zones=first.zones | second.zones, parts=(*first.parts, *second.parts))
    app, say = begin(own=OwnSession(lists={"zones": both})).run(), words("es")
    assert not app.exception
    document = drawn_plan(app)
    assert not {"170101", "040101"} & {*document.codes}
    content = plan_zip(document, own_files({"zones": both}))
    fresh = page_with()
    fresh.session_state["plan_state"].uploaded_file = base64.b64encode(content).decode()
    fresh.run()
    fresh.button(key="plan_again").click().run()
    assert not fresh.exception
    assert say("plan.opened") not in text_of(fresh)
    assert sites_of(fresh) == [site.name for site in document.sites]
    zone_list = fresh.session_state["own_state"].lists["zones"]
    assert zone_list.zones.wkb == both.zones.wkb
    assert (zone_list.zones | second.zones).count == 3


def test_a_refusal_leaves_the_last_plan_beside_it() -> None:
    """And a budget waits for a price."""
    app, say = begin().run(), words("es")
    sites = sites_of(app)
    app.text_input(key="plan_budget").set_value("100").run()
    assert not app.exception
    assert say("plan.budget.waits") in text_of(app)
    assert sites_of(app) == sites
    app.text_input(key="plan_team_cost").set_value("30,000").run()
    assert say("plan.before") in text_of(app)
    assert "no llega a pagar un equipo. El más barato cuesta S/ 30,000" in text_of(app)
    assert sites_of(app) == sites


def test_a_note_is_kept_with_its_site() -> None:
    """In the list and in the saved file; of a site that is not there it is none."""
    app = begin().run()
    code = drawn_plan(app).codes[0]
    move(app, kind="note", site=code, to="Llamar\nantes")
    move(app, kind="note", site="999999", to="x")
    assert app.session_state["plan_state"].notes == {code: "Llamar antes"}
    assert ">Llamar antes</textarea>" in given_to(app, "atlas_plananswer")[0]["html"]


def test_a_plan_is_held_against_another_in_one_table_and_on_one_map() -> None:
    """The one of the plan that is shown: what comes is marked, and what leaves."""
    app = begin()
    app.session_state["plan_fold_compare"] = True
    app.run()
    first = drawn_plan(app)
    app.button(key="plan_compare").click()
    app.number_input(key="plan_sites").set_value(4).run()
    assert not app.exception
    second, text, say = drawn_plan(app), text_of(app), words("es")
    for plan in (first, second):
        assert sentences.share_text(plan.coverage_share, say) in text
    assert say("plan.compare.shown") in text
    assert by_hand.change_text(first, second, say) in text
    (drawn,) = given_to(app, "atlas_planmap")
    gone = {site.name for site in first.sites if site.code not in second.codes}
    assert {name for name, *_ in drawn["others"]} == gone
    came = {site["code"] for site in drawn["sites"] if site["isNew"]}
    assert came == {*second.codes} - {*first.codes}
    assert {"came", "gone"} & {sign for sign, _ in drawn["legend"]} == (
        ({"came"} if came else set()) | ({"gone"} if gone else set())
    )


def test_a_reload_after_newer_figures_shows_the_plan_as_it_was(monkeypatch) -> None:
    """The browser keeps the whole plan; with the same figures the question alone is enough."""
    app, say = begin().run(), words("es")
    items = [item.proto.json for item in app.get("bidi_component") if '"keep"' in item.proto.json]
    stored_plan = json.loads(json.loads(items[-1])["keep"])
    for figures, is_shown_as_it_was in ((stored_plan["figures"], False), ("of before", True)):
        fresh = begin()
        fresh.session_state["plan_state"].request = None
        stored = SimpleNamespace(stored=json.dumps(stored_plan | {"figures": figures}))
        with monkeypatch.context() as patched:
            state = {page_kept.BROWSER: stored, "plan_state": fresh.session_state["plan_state"]}
            patched.setattr(page_kept.st, "session_state", state)
            page_kept._read_stored_choices()
        fresh.run()
        assert not fresh.exception
        assert (say("plan.opened") in text_of(fresh)) == is_shown_as_it_was
        assert sites_of(fresh) == sites_of(app)


@pytest.mark.parametrize("is_older", [False, True])
def test_what_a_browser_kept_of_before_is_told_of(monkeypatch, is_older: bool) -> None:
    """A server that began again has the choices; those of an earlier edition are not read."""
    asked = PlanQuestion(sites=2, cover_departments=("17",))
    stored_plan = {"question": asked.model_dump(mode="json"), "server": "of before"}
    stored = OLDER_STORE.read_text("utf-8") if is_older else json.dumps(stored_plan)
    state: dict[str, object] = {page_kept.BROWSER: SimpleNamespace(stored=stored)}
    monkeypatch.setattr(page_kept.st, "session_state", state)
    notices: list[str] = []
    monkeypatch.setattr(page_kept, "tell", notices.append)
    page_kept._read_stored_choices()
    begin = PlanQuestion()
    assert PLAN.state.request == (begin if is_older else asked)
    assert notices == ["plan.older_store"] * is_older + ["plan.restarted"]
