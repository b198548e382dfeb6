"""The planner's page without a browser: both languages, its choices, its refusals, its silence."""

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from datetime import date
from functools import cache
from html import unescape
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from atlas.own_files.isolation import check_file
from atlas.planner import page, page_hand, page_kept, page_plan
from atlas.planner.by_hand import Change
from atlas.planner.candidates import Zones
from atlas.planner.demand import demand_for
from atlas.planner.document import PlanDocument
from atlas.planner.files import plan_bytes
from atlas.planner.lists import PlanningList, hold_list, refused_list
from atlas.planner.page_choices import valid_choices
from atlas.planner.page_session import PLAN, OwnSession, PlanSession
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.saved import SavedPlan, open_saved
from atlas.planner.sentences import amount, older_text
from atlas.words import LANGUAGES, message, words
from data.geography import load_places
from geo.siting.model import PlanFigures
from geo.siting.solver import UnsolvedError
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
    """Few resamples and a short curve: the page is looked at here, not the engine."""
    assert (page.REPLICAS, list(page_plan.CURVE_SITES)) == (200, list(range(1, 21)))
    monkeypatch.setattr(page, "REPLICAS", 2)
    monkeypatch.setattr(page_plan, "CURVE_SITES", range(1, 5))
    monkeypatch.setattr(Zones, "measure", lambda _: None)  # but for a plan that asks for it
    monkeypatch.setenv("ATLAS_TIER", "ngo")


def page_with(lang: str = "es", **choices: object) -> AppTest:
    """The page alone, with the candidates of large districts only."""
    app = AppTest.from_string(SCRIPT.format(lang=lang), default_timeout=300)
    few = {"plan_population": 100_000, "plan_sites": 3}
    asked = {**valid_choices({}), **few, **choices}
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
    """What a session holds when the page has solved and resampled its first plan."""
    app = page_with()
    if with_zones:
        app.session_state["own_held"] = OwnSession(lists=zones())
    assert not app.run().exception
    return app.session_state["plan_held"].results  # type: ignore[no-any-return]


ZONE = b"lon,lat,radio_km\n-69.184,-12.593,30\n"


def zones(file: str = "z.csv", content: bytes = ZONE) -> dict[str, PlanningList]:
    """A list of zones as a session holds it."""
    return {"zones": _zones(file, content)}


@cache
def _zones(file: str, content: bytes) -> PlanningList:
    read = check_file(content, "zones")
    return hold_list(read, "zones", today=date(2024, 6, 1), file=file, content=content)


def drawn_plan(app: AppTest) -> PlanDocument:
    """The plan that the page has made last."""
    results = app.session_state["plan_held"].results.values()
    return [result for result in results if isinstance(result, PlanDocument)][-1]


def saved_by(app: AppTest) -> dict[str, object]:
    """What the file of that plan says."""
    return json.loads(plan_bytes(drawn_plan(app), ".geojson", words("es")))  # type: ignore[no-any-return]


def table_of(app: AppTest) -> str:
    """The HTML of the table of sites."""
    tables = given_to(app, "atlas_sortable")
    return tables[0]["html"] if tables else ""


def text_of(app: AppTest) -> str:
    """What its HTML says, without markup."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", html_of(app), flags=re.DOTALL))


def html_with(app: AppTest, text: str) -> str:
    """The only piece of HTML that has a text."""
    (body,) = [item.proto.body for item in app.get("html") if text in item.proto.body]
    return body  # type: ignore[no-any-return]


def sites_of(app: AppTest) -> list[str]:
    """Names in the table of sites, in their order."""
    return re.findall(r'rowheader" data-copy="([^",]*)', table_of(app))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_what_the_engine_found(lang: str) -> None:
    app, say = begin(lang).run(), words(lang)
    assert not app.exception
    document, text = drawn_plan(app), text_of(app)
    for key in ("caveat", "table.caption", "assumptions", "gap.none", "col.stability"):
        assert say(f"plan.{key}") in text
    assert say.percent(document.plan.evaluation.coverage_share, 1) in text
    assert sites_of(app) == [site.name for site in document.sites]
    names = ("pdf", "geojson", "gpx", "csv", "gpkg")
    assert {say(f"plan.files.{name}") for name in names} <= set(files_of(app))
    assert ("assumed, not measured" in text) == (lang == "en")
    assert say("plan.estimate.unit") not in text
    assert say("plan.front.capacity") not in text


def test_minutes_are_told_to_be_estimated_and_a_front_to_count_no_capacity() -> None:
    choices = {"plan_estimate": True, "plan_estimate_minutes": 90, "plan_capacity": 60.0}
    app, say = page_with(**choices).run(), words("es")
    assert not app.exception
    control = app.number_input(key="plan_estimate_minutes")
    assert (control.value, control.label) == (90, say("plan.minutes.estimate"))
    unit, text = say("plan.estimate.unit"), text_of(app)
    assert f"90 {unit}" in text
    assert text.count(unit) >= 4
    assert say("plan.reach.places", people="", shared="").rpartition(".")[0][-30:] in text
    assert say("plan.front.capacity") in text


def test_a_refusal_is_a_sentence_of_the_language() -> None:
    app, say = page_with(plan_equity=100).run(), words("es")
    assert not app.exception
    told = say("plan.share.none", sites=say("plan.teams", count=3), asked=say.percent(1, 0))
    assert told in text_of(app)
    app.slider(key="plan_equity").set_value(0)
    app.number_input(key="plan_population").set_value(10**8).run()
    assert not app.exception
    told = message("siting.refusal.population", population="100,000,000", most="").text(say)
    assert told[1:40] in text_of(app)


def test_a_demand_that_is_gone_is_said_until_another_is_chosen() -> None:
    say = words("es")
    told = say(
        "plan.demand.gone", gone=say("plan.demand.records"), now=say("plan.demand.complaints")
    )
    app = begin(plan_demand="records").run()
    assert told in text_of(app)
    assert told in text_of(app.run())
    app.button_group(key="plan_demand").set_value("population").run()
    assert not app.exception
    assert told not in text_of(app)


def test_what_is_read_stays_while_it_is_computed_how_sure_it_is(monkeypatch):
    """The table has its last column, and each site a sentence, before their figures are there."""
    monkeypatch.setattr(page, "_stability", lambda *_: None)
    pages = page_with().run(), begin().run()
    first, later = (re.findall(r"<th scope=.col[^>]*>([^<]*)", table_of(app)) for app in pages)
    assert first == later
    assert first[-1] == words("es")("plan.col.stability")
    assert table_of(pages[0]).count(words("es")("plan.why.soon")) == 3


def test_questions_are_answered_when_asked() -> None:
    app, say = begin(), words("es")
    app.query_params["sites"] = "5"
    app.run()
    assert 'class="curve"' not in html_of(app)
    app.button(key="plan_ask_curve").click().run()
    curve = html_with(app, 'class="curve"')
    shares = [float(share) for share in re.findall(r"--v:([\d.]+)", curve)]
    assert len(shares) == 4
    assert shares == sorted(shares)
    # what each team brings adds up to what the last one covers
    table = html_with(app, say("plan.curve.col.way", measure="km"))
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", table.partition("<tbody>")[2])
    rows = [cells[start : start + 5] for start in range(0, len(cells), 5)]
    covered = [float(re.match(r"[\d.]+", row[1])[0]) for row in rows]  # type: ignore[index]
    more = sum(float(row[2].replace(",", "")) for row in rows[1:])
    reports = float(demand_for(PlanQuestion().demand).weight.sum())
    assert 100 * more / reports == pytest.approx(covered[-1] - covered[0], abs=0.2)
    app.button(key="plan_ask_demands").click().run()
    assert say("plan.demands.best") in text_of(app)
    # the curve is that of another number of teams too; of another question nothing is known yet
    app.number_input(key="plan_sites").set_value(4).run()
    assert html_with(app, 'class="curve"').replace("on", "") == curve.replace("on", "")
    assert app.session_state["plan_held"].choices["plan_sites"] == 4
    app.number_input(key="plan_radius").set_value(80).run()
    assert 'class="curve"' not in html_of(app)
    assert dict(app.query_params) == {"lang": "es"}


def test_a_curve_that_is_interrupted_goes_on_where_it_was(monkeypatch) -> None:
    asked: list[list[int]] = []

    def two(request: PlanQuestion, own: object, counts: list[int]) -> Iterator[tuple[int, object]]:
        asked.append(list(counts))
        for count in counts[:2]:
            yield count, (PlanFigures(tuple(range(count)), count / 10, 9.0, 90.0, 0.0), 1_000.0)
        if len(asked) == 1:
            raise UnsolvedError("siting.refusal.unsolved")

    monkeypatch.setattr(page_plan, "curve_for", two)
    app, say = begin().run(), words("es")
    app.button(key="plan_ask_curve").click().run()
    assert 'class="on"' in html_of(app)
    assert say("siting.refusal.unsolved") in text_of(app)
    assert say("siting.refusal.infeasible") not in text_of(app)
    app.run()
    assert asked == [[3, 4, 1, 2], [1, 2]]
    assert say("plan.curve.go_on") not in [button.label for button in app.button]


@pytest.mark.parametrize(
    ("gap", "kind", "shares"),
    [(0.0, "", (0.233,)), (0.1, "_between", (0.1636, 0.233)), (2.06, "_unknown", ())],
)
def test_a_price_that_was_not_proven_is_not_stated(monkeypatch, gap, kind, shares) -> None:
    """Coverage against the farthest, more teams, a site of one's own: as far as it was proven."""
    less, more = ((5, 6, 7), 0.694, 100.0, 400.0, gap), ((1, 2, 3, 4), 0.927, 90.0, 900.0, 0.0)
    curve = [PlanFigures(*less), PlanFigures(*more)]
    change = Change(("Lima",), (), curve[1], curve[0], True, 120.0, 10.0)
    monkeypatch.setattr(page_hand.by_hand, "change_between", lambda *_: change)
    monkeypatch.setattr(page_plan, "front_for", lambda *_: tuple(reversed(curve)))
    points = [(len(figures.sites), (figures, 1_000.0)) for figures in curve]
    monkeypatch.setattr(page_plan, "curve_for", lambda *_: iter(points))
    app, say = begin().run(), words("es")
    for name in ("front", "curve"):
        app.button(key=f"plan_ask_{name}").click().run()
    app.selectbox(key="plan_why_code").select("110101").run()
    assert not app.exception
    text, numbers = text_of(app), {"low": "16.4", "high": "23.3", "share": "23.3"}
    way, unit = say("plan.way", value="500", unit="km"), say("siting.unit.complaints")
    assert say(f"plan.front.price{kind}", way=way, **numbers) in text
    assert say(f"plan.curve.next{kind}", sites=4, **numbers) in text
    lost = {"lost": "120.0", "won": "10.0", "unit": unit}
    assert say(f"plan.why.answer{kind}", name="Ica", **lost, **numbers) in text
    table = html_with(app, say("plan.curve.col.way", measure="km"))
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", table.partition("<tbody>")[2])
    brought = [amount(drawn_plan(app).total * share, say) for share in shares]
    assert cells[5:8] == ["4", say.percent(0.927, 1), " – ".join(brought) or "–"]
    assert ("23.3" in text) == bool(shares)
    assert "206" not in text


def test_named_plans_stand_side_by_side() -> None:
    app, say = begin().run(), words("es")
    for sites in (2, 4):
        app.text_input(key="plan_name").set_value("Costa")
        app.button(key="plan_keep").click().run()
        app.number_input(key="plan_sites").set_value(sites).run()
    table = html_with(app, "plan-table kept")
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)', table)
    assert heads == ["Costa", "Costa (2)", say("plan.kept.now")] * 2
    asked = re.search(rf"{say('plan.kept.asked')}</th>(.*)".replace("solo", "Solo"), table)[1]
    cells = [cell.strip() for cell in re.findall(r"</span>([^<]*)", asked)]
    assert cells == ["Equipos: 3", "Equipos: 2", "Equipos: 4"]
    assert len(given_to(app, "atlas_planmap")) == 3
    app.selectbox(key="plan_kept_one").select("Costa")
    app.button(key="plan_kept_open").click().run()
    assert app.number_input(key="plan_sites").value == 3
    assert say("plan.checked.same") in text_of(app)
    # of a reload: the browser kept the name of a plan of older figures
    held = app.session_state["plan_held"]
    older = SavedPlan.of(held.kept_plans["Costa (2)"], "es").for_browser() | {"figures": "0" * 12}
    held.stored = {"Sierra": older, "Costa (2)": older}
    app.button(key="plan_kept_remove").click().run()
    assert say("plan.kept.lost", names="Sierra") in text_of(app)
    assert say("plan.kept.lost", names="Sierra") in text_of(app.run())
    assert list(app.session_state["plan_held"].kept_plans) == ["Costa (2)"]


def test_a_budget_beside_a_number_of_teams_is_asked_about() -> None:
    prices = {"plan_team_cost": 80_000, "plan_budget": 200_000}
    app, say = page_with("en", **prices).run(), words("en")
    assert not app.exception
    told = {"budget": "S/\u00a0200,000", "teams": say("plan.teams", count=3)}
    over = say("plan.cost.over", budget=told["budget"], left="S/\u00a040,000")
    assert say("plan.holds.asked", **told) in text_of(app)
    assert len(sites_of(app)) == app.number_input(key="plan_sites").value == 3
    assert over in text_of(app)
    app.button(key="plan_holds_budget").click().run()
    assert len(sites_of(app)) == 2
    assert say("plan.holds.budget", **told) in text_of(app)
    assert say("plan.holds.asked", **told) not in text_of(app)
    left = say("plan.cost.left", budget=told["budget"], left="S/\u00a040,000")
    assert f"= S/\u00a0160,000. {left}" in text_of(app)
    app.button(key="plan_holds_teams").click().run()
    assert len(sites_of(app)) == 3
    assert say("plan.holds.teams", **told) in text_of(app)
    app.number_input(key="plan_budget").set_value(0).run()
    assert say("plan.holds.teams", **told) not in text_of(app)
    app.number_input(key="plan_budget").set_value(200_000).run()
    assert say("plan.holds.asked", **told) in text_of(app)
    app.button(key="plan_holds_budget").click().run()
    app.selectbox(key="plan_why_code").select("110101").run()
    assert "S/\u00a0240,000" in text_of(app)
    app.button(key="plan_add").click().run()
    assert len(sites_of(app)) == app.number_input(key="plan_sites").value == 3
    assert say("plan.hand.budget") in text_of(app)
    assert over in text_of(app)


def test_a_budget_that_pays_ways_goes_on_choosing_the_sites() -> None:
    """Within the budget before and after a site is fixed; what does not look at ways says so."""
    prices = {"plan_team_cost": 50_000, "plan_way_cost": 8.0, "plan_budget": 300_000}
    choices = {"plan_population": 300_000, "plan_rest": "anew", "plan_by_budget": "budget"}
    app, say = page_with(**prices, **choices).run(), words("es")
    assert not app.exception
    assert say("plan.sure.cost") in text_of(app)
    assert text_of(app).count(say("plan.questions.free")) == 3
    before = sites_of(app)
    app.selectbox(key="plan_why_code").select_index(0).run()
    app.button(key="plan_add").click().run()
    assert say("plan.hand.budget") not in text_of(app)
    assert "Del presupuesto de S/\u00a0300,000 quedan S/" in text_of(app)
    app.button(key="plan_undo").click().run()
    assert sites_of(app) == before
    assert len(before) > 3


def test_departments_limit_the_plan_and_the_candidates_that_are_offered() -> None:
    choices = {"plan_population": 0, "plan_sites": 2, "plan_must": ["150101"]}
    app, say = page_with(**choices, plan_only=["15"]).run(), words("es")
    assert app.multiselect(key="plan_must").value == ["150101"]
    app.multiselect(key="plan_only").set_value(["17", "08"]).run()
    assert not app.exception
    assert say("plan.territory", names=say.list(["Cusco", "Madre de Dios"])) in text_of(app)
    assert app.multiselect(key="plan_must").value == []
    offered = app.selectbox(key="plan_why_code").options
    assert len(offered) == load_places()["department"].isin(["Cusco", "Madre de Dios"]).sum() - 2
    assert all("Cusco" in option or "Madre de Dios" in option for option in offered)
    assert app.session_state["plan_held"].choices["plan_only"] == ["17", "08"]


def test_why_not_another_site_begins_with_the_best_exchange() -> None:
    app, say = begin().run(), words("es")
    app.selectbox(key="plan_why_code").select("110101").run()
    text = text_of(app)
    exchange = re.search(r"Con Ica en lugar de (\w[\w ]*) se dejan de cubrir", text)
    assert exchange is not None
    cause, more = text.index("Lo que solo alcanzaría Ica"), text.index(say("plan.why.one_more"))
    assert exchange.start() < cause < more
    assert say("plan.why.after") in text
    names = sites_of(app)
    assert exchange[1] in names
    app.button(key="plan_exchange").click().run()
    assert not app.exception
    assert {*sites_of(app)} == {*names} - {exchange[1]} | {"Ica"}
    # the sites that only stayed may be exchanged again
    app.selectbox(key="plan_why_code").select("080101").run()
    assert say("plan.why.no_exchange") not in text_of(app)
    assert "Con Cusco en lugar de " in text_of(app)


def test_people_of_zones_come_out_where_a_switch_says_so() -> None:
    app, say = begin(own=OwnSession(lists=zones())).run(), words("es")
    stays, comes = (say(f"siting.zones.{name}")[1:] for name in ("stay", "come"))
    # no candidate of that size falls away, and the page says so
    counts = say("siting.zones.idle", count=1, inside="40.9", unit=say("siting.unit.complaints"))
    assert counts in text_of(app)
    assert stays in text_of(app)
    toggle = next(item for item in app.toggle if item.key.startswith("plan_come"))
    assert (toggle.label, toggle.value) == (say("plan.zone_people"), False)
    toggle.set_value(True).run()
    assert comes in text_of(app)
    assert stays not in text_of(app)

    content, older = saved_by(app), older_text(drawn_plan(app), say)
    del content["plan"]["question"]["zone_people"]
    app.session_state["plan_held"].waiting = open_saved(json.dumps(content).encode())
    assert older in text_of(app.run())
    app.button(key="plan_zones_stay").click().run()
    assert older not in text_of(app)
    assert stays in text_of(app)
    assert not next(item for item in app.toggle if item.key.startswith("plan_come")).value


def test_no_plan_while_a_list_is_refused_or_missing() -> None:
    bad, say = "<b>nuevas</b>.csv", words("es")
    refused = {"zones": refused_list("zones", bad, message("records.refusal.unfinished"))}
    app = begin(own=OwnSession(lists=zones(), refused=refused)).run()

    def has_no_plan(*told: str) -> bool:
        downloads = [button.key for button in app.get("download_button")]
        is_told = all(text in text_of(app) for text in told)
        return is_told and sites_of(app) == [] and downloads == ["plan_template"]

    assert not app.exception
    assert has_no_plan(bad, "z.csv")
    app.button(key="plan_out_discard_zones").click().run()
    assert len(sites_of(app)) == 3
    assert bad not in text_of(app)
    assert "z.csv" in text_of(app)

    content, named = saved_by(app), "mayo.csv"
    content["plan"]["lists"][0]["file"] = named
    app.session_state["plan_held"].waiting = open_saved(json.dumps(content).encode())
    values = {"list": say("planning.task.zones"), "file": named, "other": named, "rows": "1"}
    other = zones(named, ZONE.replace(b"30", b"31"))
    for lists, told in (({}, named), (other, say("plan.waits.other", **values))):
        app.session_state["own_held"] = OwnSession(lists=lists)
        assert not app.run().exception
        assert has_no_plan(told)
    app.session_state["own_held"] = OwnSession(lists=zones())
    app.run()
    assert say("plan.checked.same") in text_of(app)
    assert len(sites_of(app)) == 3
    # the browser keeps that there was a list of zones, and no name of it
    stored = [item.proto.json for item in app.get("bidi_component") if '"keep"' in item.proto.json]
    kept = json.loads(json.loads(stored[-1])["keep"])
    assert kept["lists"] == ["zones"]
    assert "z.csv" not in str(kept)
    assert named not in str(kept)


def test_a_plan_of_other_figures_is_shown_as_it_was() -> None:
    app, say = begin(), words("es")
    content = saved_by(app)
    content["plan"] |= {"figures": "0123456789ab", "coverage_share": 0.123}
    content["plan"]["question"]["worst_cost"] = 9_000.0
    content["features"][0]["properties"]["name"] = "<i>Antes</i>"
    app.session_state["plan_held"].waiting = open_saved(json.dumps(content).encode())
    app.run()
    assert not app.exception
    assert all(fact in text_of(app) for fact in ("0123456789ab", "12.3", "<i>Antes</i>"))
    assert sites_of(app) == []
    app.button(key="plan_today_button").click().run()
    assert say("plan.checked.today") in text_of(app)
    assert len(sites_of(app)) == 3
    assert "9000 km" in text_of(app)
    app.button(key="plan_carried_drop").click().run()
    assert "9000 km" not in text_of(app)


def test_a_server_that_began_again_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = {"choices": {"plan_sites": 2, "plan_population": 100_000}, "server": "of before"}
    state: dict[str, object] = {page_kept.BROWSER: SimpleNamespace(stored=json.dumps(stored))}
    monkeypatch.setattr(page_kept.st, "session_state", state)
    told: list[str] = []
    monkeypatch.setattr(page_kept, "_tell", told.append)
    page_kept._read_stored_choices()
    assert PLAN.held.choices["plan_sites"] == 2
    assert told == ["plan.restarted"]
