"""The planner's page without a browser: both languages, its choices, its refusals, its silence."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from atlas.own_files.isolation import check_file
from atlas.planner import page, page_hand, page_kept, page_plan
from atlas.planner.by_hand import Change
from atlas.planner.demand import demand_for
from atlas.planner.document import document_of
from atlas.planner.files import plan_bytes
from atlas.planner.lists import PlanningList, hold_list, own_files, refused_list
from atlas.planner.model import plan_for
from atlas.planner.page_choices import valid_choices
from atlas.planner.page_session import PLAN, OwnSession, PlanSession
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.saved import SavedPlan, open_saved
from atlas.planner.sentences import older_text
from atlas.words import LANGUAGES, message, words
from data.geography import load_places
from geo.siting.model import PlanFigures
from geo.siting.solver import UnsolvedError

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
    monkeypatch.setattr(page, "REPLICAS", 4)
    monkeypatch.setattr(page_plan, "CURVE_SITES", range(1, 5))


def begin(lang: str = "es", **choices: object) -> AppTest:
    """The page alone, with the candidates of large districts only, whose plan is solved already."""
    app = _page(lang, **choices)
    app.session_state["plan_held"].results.update(solved())
    return app


def _page(lang: str, **choices: object) -> AppTest:
    app = AppTest.from_string(SCRIPT.format(lang=lang), default_timeout=300)
    few = {"plan_population": 100_000, "plan_sites": 3}
    asked = {**valid_choices({}), **few, **choices}
    app.session_state["plan_held"] = PlanSession(choices=asked)
    return app


@cache
def solved() -> OrderedDict[object, object]:
    """What a session holds when the page has solved and resampled its first plan."""
    app = _page("es").run()
    assert not app.exception
    return app.session_state["plan_held"].results  # type: ignore[no-any-return]


def results_total() -> float:
    """All reports of the year that the page begins with."""
    return float(demand_for(PlanQuestion().demand).weight.sum())


def table_of(app: AppTest) -> str:
    """The HTML of the table of sites."""
    drawn = [i.proto for i in app.get("bidi_component") if "sortable" in i.proto.component_name]
    return json.loads(drawn[0].json)["html"] if drawn else ""


def text_of(app: AppTest) -> str:
    """What its HTML says, without markup."""
    bodies = " ".join([item.proto.body for item in app.get("html")] + [table_of(app)])
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", bodies, flags=re.DOTALL))


def rows_of(app: AppTest) -> int:
    """Rows of the table of sites."""
    return table_of(app).count('class="order')


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_draws_in_both_languages(lang: str) -> None:
    """Sentence, table with a stability, assumptions, files; no English among the Spanish."""
    app = begin(lang).run()
    assert not app.exception
    say, text = words(lang), text_of(app)
    for key in ("plan.caveat", "plan.table.caption", "plan.assumptions", "plan.gap.none"):
        assert say(key) in text
    assert say("plan.col.stability") in text
    assert rows_of(app) == 3
    labels = [button.proto.label for button in app.get("download_button")]
    assert {say(f"plan.files.{name}") for name in ("geojson", "gpx", "csv", "gpkg")} <= set(labels)
    assert ("assumed, not measured" in text) == (lang == "en")


def test_numbers_of_the_page_are_those_of_the_engine() -> None:
    """The covered share and the order are those that the command prints."""
    app = begin().run()
    question, plan = plan_for(PlanQuestion(sites=3, min_population=100_000), replicas=0)
    text = text_of(app)
    assert words("es").percent(plan.evaluation.coverage_share, 1) in text
    names = [str(question.candidates.name[j]) for j in plan.sites]
    places = [table_of(app).index(f">{name} ") for name in names]
    assert places == sorted(places)
    assert rows_of(app) == 3


def test_nothing_of_a_plan_is_in_the_address() -> None:
    """Whatever is chosen, the link holds the language alone."""
    app = begin("en")
    app.query_params["sites"] = "5"
    app.run()
    app.number_input(key="plan_radius").set_value(120).run()
    assert dict(app.query_params) == {"lang": "en"}


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_a_refusal_is_a_sentence_of_the_language(lang: str) -> None:
    """Conditions that nothing meets, and filters that leave nobody: said, with what to do."""
    app = begin(lang).run()
    app.slider(key="plan_equity").set_value(100).run()
    assert not app.exception
    say = words(lang)
    told = say("plan.share.none", sites=say("plan.teams", count=3), asked=say.percent(1, 0))
    assert told in text_of(app)
    app.slider(key="plan_equity").set_value(0)
    app.number_input(key="plan_population").set_value(10**8).run()
    assert not app.exception
    told = message("siting.refusal.population", population="100,000,000", most="").text(words(lang))
    assert told[1:40] in text_of(app)


def test_choices_outlive_another_page() -> None:
    """What the controls said is kept in the session when their widgets are gone."""
    app = begin().run()
    app.number_input(key="plan_sites").set_value(2).run()
    kept = app.session_state["plan_held"].choices
    assert (kept["plan_sites"], kept["plan_population"]) == (2, 100_000)
    assert rows_of(begin(**kept).run()) == 2


def test_a_demand_that_is_gone_is_said_until_another_is_chosen() -> None:
    """Own records that were removed: the plan says what it counts instead of them."""
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_minutes_can_be_estimated_on_the_page(lang: str) -> None:
    """The reach is asked in minutes, and each way says that it is an estimate; without it none."""
    app, say = _page(lang, plan_estimate=True, plan_estimate_minutes=90).run(), words(lang)
    assert not app.exception
    control = app.number_input(key="plan_estimate_minutes")
    assert (control.value, control.label) == (90, say("plan.minutes.estimate"))
    unit, text = say("plan.estimate.unit"), text_of(app)
    assert f"90 {unit}" in text
    assert text.count(unit) >= 4
    assert say("plan.reach.places", people="", shared="").rpartition(".")[0][-30:] in text
    assert unit not in text_of(begin(lang).run())


def test_what_is_read_stays_while_it_is_computed_how_sure_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The table has its last column, and each site a sentence, before their figures are there."""
    heads = [re.findall(r"<th scope=.col[^>]*>([^<]*)", table_of(begin().run()))]
    monkeypatch.setattr(page, "_stability", lambda *_: None)
    first = _page("es").run()
    heads.append(re.findall(r"<th scope=.col[^>]*>([^<]*)", table_of(first)))
    assert heads[0] == heads[1]
    assert heads[0][-1] == words("es")("plan.col.stability")
    assert table_of(first).count(words("es")("plan.why.soon")) == 3


def test_questions_are_answered_when_asked() -> None:
    """Curve, other demands and a site of one's own: nothing before the button, numbers after."""
    app = begin().run()
    assert 'class="curve"' not in " ".join(item.proto.body for item in app.get("html"))
    app.button(key="plan_ask_curve").click().run()
    (curve,) = [i.proto.body for i in app.get("html") if 'class="curve"' in i.proto.body]
    shares = [float(one) for one in re.findall(r"--v:([\d.]+)", curve)]
    assert len(shares) == 4
    assert shares == sorted(shares)
    # what each team brings adds up to what the last one covers
    (table,) = [i.proto.body for i in app.get("html") if words("es")("plan.curve.col.way",
                measure="km") in i.proto.body]  # fmt: skip
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", table.partition("<tbody>")[2])
    rows = [cells[at : at + 5] for at in range(0, len(cells), 5)]
    covered = [float(re.match(r"[\d.]+", row[1])[0]) for row in rows]  # type: ignore[index]
    more = sum(float(row[2].replace(",", "")) for row in rows[1:])
    reports = results_total()
    assert 100 * more / reports == pytest.approx(covered[-1] - covered[0], abs=0.2)
    app.button(key="plan_ask_demands").click().run()
    assert words("es")("plan.demands.best") in text_of(app)
    app.selectbox(key="plan_why_code").select("110101").run()
    assert "Ica" in text_of(app)
    assert words("es")("plan.why.after") in text_of(app)
    # the curve is that of another number of teams too; of another reach nothing is known yet
    app.number_input(key="plan_sites").set_value(4).run()
    assert curve.replace("on", "") == next(
        i.proto.body for i in app.get("html") if 'class="curve"' in i.proto.body
    ).replace("on", "")
    app.number_input(key="plan_radius").set_value(80).run()
    assert 'class="curve"' not in " ".join(item.proto.body for item in app.get("html"))


def test_a_curve_that_is_interrupted_goes_on_where_it_was(monkeypatch) -> None:
    """The plan's own number is solved first, and what was solved is not solved again."""
    asked: list[list[int]] = []

    def two(request: PlanQuestion, own: object, counts: list[int]) -> Iterator[tuple[int, object]]:
        asked.append(list(counts))
        for count in counts[:2]:
            yield count, (PlanFigures(tuple(range(count)), count / 10, 9.0, 90.0, 0.0), 1_000.0)
        if len(asked) == 1:
            raise UnsolvedError("siting.refusal.unsolved")

    monkeypatch.setattr(page_plan, "curve_for", two)
    app = begin().run()
    app.button(key="plan_ask_curve").click().run()
    assert 'class="on"' in " ".join(item.proto.body for item in app.get("html"))
    app.run()
    assert asked == [[3, 4, 1, 2], [1, 2]]
    assert words("es")("plan.curve.go_on") not in [one.label for one in app.button]


def test_a_question_out_of_time_does_not_blame_the_conditions(monkeypatch) -> None:
    """A search that the clock ended is told as that, not as conditions without an answer."""

    def late(*_: object) -> None:
        raise UnsolvedError("siting.refusal.unsolved")

    monkeypatch.setattr(page_plan, "curve_for", late)
    app = begin().run()
    app.button(key="plan_ask_curve").click().run()
    say, text = words("es"), text_of(app)
    assert say("siting.refusal.unsolved") in text
    assert say("siting.refusal.infeasible") not in text


def test_the_question_of_the_worst_served_says_that_it_counts_no_capacity() -> None:
    """Its figures are without the capacity: only then may they differ from the plan's."""
    app, told = begin().run(), words("es")("plan.front.capacity")
    assert told not in text_of(app)
    assert told in text_of(begin(plan_capacity=60.0).run())


@pytest.mark.parametrize(
    ("gap", "kind", "told", "lang"),
    [
        (0.1, "_between", "16.4", "es"),
        pytest.param(0.0, "", "23.3", "en", marks=pytest.mark.slow),
        pytest.param(2.06, "_unknown", "", "en", marks=pytest.mark.slow),
    ],
)
def test_a_price_that_was_not_proven_is_not_stated(monkeypatch, lang, gap, kind, told) -> None:
    """Coverage against the farthest, more teams, another demand: proven, within bounds, unknown."""
    less, more = ((5, 6, 7), 0.694, 100.0, 400.0, gap), ((1, 2, 3, 4), 0.927, 90.0, 900.0, 0.0)
    curve = [PlanFigures(*less), PlanFigures(*more)]
    change = Change(("Lima",), (), curve[1], curve[0], True, 120.0, 10.0)
    monkeypatch.setattr(page_hand.by_hand, "change_between", lambda *_: change)
    monkeypatch.setattr(page_plan, "front_for", lambda *_: tuple(reversed(curve)))
    points = [(len(one.sites), (one, 1_000.0)) for one in curve]
    monkeypatch.setattr(page_plan, "curve_for", lambda *_: iter(points))
    app = begin(lang).run()
    for name in ("front", "curve"):
        app.button(key=f"plan_ask_{name}").click().run()
    app.selectbox(key="plan_why_code").select("110101").run()
    assert not app.exception
    say, text = words(lang), text_of(app)
    way = say("plan.way", value="500", unit="km")
    numbers = {"share": "23.3", "low": "16.4", "high": "23.3"}
    assert say(f"plan.front.price{kind}", way=way, **numbers) in text
    assert say(f"plan.curve.next{kind}", sites=4, **numbers) in text
    unit = message("siting.unit.complaints").text(say)
    told_of_ica = {"name": "Ica", "lost": "120.0", "won": "10.0", "unit": unit, **numbers}
    assert say(f"plan.why.answer{kind}", **told_of_ica) in text
    assert ("23.3" in text) == bool(told)
    assert "206" not in text


def test_named_plans_stand_side_by_side() -> None:
    """A name that is there gets a number; beside the kept ones stands the plan on the page; what
    is opened again is the same plan, and its choices are back."""
    app, say = begin(plan_sites=2).run(), words("es")
    app.text_input(key="plan_name").set_value("Costa").run()
    app.button(key="plan_keep").click().run()
    app.number_input(key="plan_sites").set_value(3).run()
    app.text_input(key="plan_name").set_value("Costa").run()
    app.button(key="plan_keep").click().run()
    app.number_input(key="plan_sites").set_value(4).run()
    (table,) = [item.proto.body for item in app.get("html") if "plan-table kept" in item.proto.body]
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)', table)
    assert heads == ["Costa", "Costa (2)", say("plan.kept.now")] * 2
    asked = re.search(rf"{say('plan.kept.asked')}</th>(.*)".replace("solo", "Solo"), table)[1]
    cells = [cell.strip() for cell in re.findall(r"</span>([^<]*)", asked)]
    assert cells == ["Equipos: 2", "Equipos: 3", "Equipos: 4"]
    maps = [i.proto for i in app.get("bidi_component") if i.proto.component_name == "atlas_planmap"]
    assert len(maps) == 3
    app.selectbox(key="plan_kept_one").select("Costa").run()
    app.button(key="plan_kept_open").click().run()
    assert app.number_input(key="plan_sites").value == 2
    assert say("plan.checked.same") in text_of(app)
    app.button(key="plan_kept_remove").click().run()
    assert list(app.session_state["plan_held"].kept_plans) == ["Costa (2)"]
    # of a reload: the browser kept the name of a plan of older figures
    kept = SavedPlan.of(app.session_state["plan_held"].kept_plans["Costa (2)"], "es").for_browser()
    older = {**kept, "figures": "0" * 12}
    app.session_state["plan_held"].stored = {"Sierra": older, "Costa (2)": older}
    for _ in range(2):
        app.run()
        assert say("plan.kept.lost", names="Sierra") in text_of(app)
    assert list(app.session_state["plan_held"].kept_plans) == ["Costa (2)"]


@pytest.mark.parametrize("lang", ["en", pytest.param("es", marks=pytest.mark.slow)])
def test_a_budget_beside_a_number_of_teams_is_asked_about(lang: str) -> None:
    """Until the planner says which holds, the teams do and the card says what is left; then the
    other one is a press away, and a budget that is gone is asked about anew."""
    prices = {"plan_team_cost": 80_000, "plan_radius": 150}
    app, say = begin(lang, **prices).run(), words(lang)
    assert [one for one in app.button if one.key.startswith("plan_holds")] == []
    app.number_input(key="plan_budget").set_value(200_000).run()
    assert not app.exception
    told = {"budget": "S/\u00a0200,000", "teams": say("plan.teams", count=3)}
    assert say("plan.holds.asked", **told) in text_of(app)
    assert rows_of(app) == app.number_input(key="plan_sites").value == 3
    assert say("plan.cost.over", budget=told["budget"], left="S/\u00a040,000") in text_of(app)
    app.button(key="plan_holds_budget").click().run()
    assert rows_of(app) == 2
    assert say("plan.holds.budget", **told) in text_of(app)
    assert say("plan.holds.asked", **told) not in text_of(app)
    app.button(key="plan_holds_teams").click().run()
    assert rows_of(app) == 3
    assert say("plan.holds.teams", **told) in text_of(app)
    app.number_input(key="plan_budget").set_value(0).run()
    assert say("plan.holds.teams", **told) not in text_of(app)
    app.number_input(key="plan_budget").set_value(200_000).run()
    assert say("plan.holds.asked", **told) in text_of(app)


def test_departments_limit_the_plan_and_the_candidates_that_are_offered() -> None:
    """Sites and offered places there alone, a fixed site elsewhere is let go, and the headline says
    of what the shares are."""
    choices = {"plan_population": 0, "plan_sites": 2, "plan_must": ["150101"]}
    app, say = begin(**choices, plan_only=["15"]).run(), words("es")
    assert app.multiselect(key="plan_must").value == ["150101"]
    app.multiselect(key="plan_only").set_value(["17", "08"]).run()
    assert not app.exception
    assert say("plan.territory", names=say.list(["Cusco", "Madre de Dios"])) in text_of(app)
    assert app.multiselect(key="plan_must").value == []
    offered = app.selectbox(key="plan_why_code").options
    assert len(offered) == load_places()["department"].isin(["Cusco", "Madre de Dios"]).sum() - 2
    assert all("Cusco" in one or "Madre de Dios" in one for one in offered)
    assert app.session_state["plan_held"].choices["plan_only"] == ["17", "08"]


def test_why_not_another_site_begins_with_the_best_exchange() -> None:
    """Whom it replaces and why first, then one team more; pressed, the exchange is the plan."""
    app, say = begin().run(), words("es")
    app.selectbox(key="plan_why_code").select("110101").run()
    text = text_of(app)
    exchange = re.search(r"Con Ica en lugar de (\w[\w ]*) se dejan de cubrir", text)
    assert exchange is not None
    cause, more = text.index("Lo que solo alcanzaría Ica"), text.index(say("plan.why.one_more"))
    assert exchange.start() < cause < more
    names = re.findall(r'rowheader" data-copy="([^",]*)', table_of(app))
    assert exchange[1] in names
    app.button(key="plan_exchange").click().run()
    assert not app.exception
    after = re.findall(r'rowheader" data-copy="([^",]*)', table_of(app))
    assert {*after} == {*names} - {exchange[1]} | {"Ica"}
    # the sites that only stayed may be exchanged again
    app.selectbox(key="plan_why_code").select("080101").run()
    assert say("plan.why.no_exchange") not in text_of(app)
    assert "Con Cusco en lugar de " in text_of(app)


ZONE = b"lon,lat,radio_km\n-69.184,-12.593,30\n"


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_people_of_zones_come_out_where_a_switch_says_so(
    monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    """They are not covered, until the switch lets them; a plan from before opens with them, says
    what it covers without, and a button makes it anew."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    told = {"today": date(2024, 6, 1), "file": "z.csv", "content": ZONE}
    held = hold_list(check_file(ZONE, "zones"), "zones", **told)
    app, say = begin(lang, plan_buffer=0), words(lang)
    app.session_state["own_held"] = OwnSession(lists={"zones": held})
    app.run()
    stays, comes = (say(f"siting.zones.{name}")[1:] for name in ("stay", "come"))
    # no candidate of that size falls away, and the page says so
    counts = say("siting.zones.idle", count=1, inside="40.9", unit=say("siting.unit.complaints"))
    assert counts in text_of(app)
    assert stays in text_of(app)
    toggle = next(one for one in app.toggle if one.key.startswith("plan_come"))
    assert (toggle.label, toggle.value) == (say("plan.zone_people"), False)
    toggle.set_value(True).run()
    assert comes in text_of(app)
    assert stays not in text_of(app)

    request = PlanQuestion(sites=3, min_population=100_000.0, zone_people="come")
    document = document_of(*plan_for(request, own_files({"zones": held}), replicas=0))
    content = json.loads(plan_bytes(document, ".geojson", words(lang)))
    del content["plan"]["question"]["zone_people"]
    app.session_state["plan_held"].waiting = open_saved(json.dumps(content).encode())
    app.run()
    assert older_text(document, say) in text_of(app)
    app.button(key="plan_zones_stay").click().run()
    assert older_text(document, say) not in text_of(app)
    assert stays in text_of(app)
    assert not next(one for one in app.toggle if one.key.startswith("plan_come")).value


def zones(file: str, content: bytes) -> dict[str, PlanningList]:
    """A list of zones as a session holds it."""
    told = {"today": date(2024, 6, 1), "file": file, "content": content}
    return {"zones": hold_list(check_file(content, "zones"), "zones", **told)}


def test_no_plan_while_a_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both files are named; neither plan nor file before the refused one is discarded."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    app, bad = begin(), "<b>nuevas</b>.csv"
    refused = {"zones": refused_list("zones", bad, message("records.refusal.unfinished"))}
    lists = zones("buenas.csv", ZONE)
    app.session_state["own_held"] = OwnSession(lists=lists, refused=refused)
    app.run()
    assert not app.exception
    assert all(name in text_of(app) for name in (bad, "buenas.csv"))
    assert rows_of(app) == 0
    assert [button.key for button in app.get("download_button")] == ["plan_template"]
    app.button(key="plan_out_discard_zones").click().run()
    assert rows_of(app) == 3
    assert bad not in text_of(app)
    assert "buenas.csv" in text_of(app)


def test_an_opened_plan_waits_for_its_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the list, draws no plan and offers no file; other bytes of that name are not the
    list, the same bytes of another name are, and make the same plan."""
    monkeypatch.setenv("ATLAS_TIER", "ngo")
    request = PlanQuestion(sites=3, min_population=100_000.0)
    found = plan_for(request, own_files(zones("z.csv", ZONE)), replicas=0)
    content = plan_bytes(document_of(*found), ".geojson", words("es"))
    app, say = begin(), words("es")
    app.session_state["plan_held"].waiting = open_saved(content)
    other = say(
        "plan.waits.other", list=say("planning.task.zones"), file="z.csv", other="z.csv", rows="1"
    )
    for held, told in (({}, "z.csv"), (zones("z.csv", ZONE.replace(b"30", b"31")), other)):
        app.session_state["own_held"] = OwnSession(lists=held)
        app.run()
        assert not app.exception
        assert told in text_of(app)
        assert rows_of(app) == 0
        assert [button.key for button in app.get("download_button")] == ["plan_template"]
    app.session_state["own_held"] = OwnSession(lists=zones("y.csv", ZONE))
    app.run()
    assert say("plan.checked.same") in text_of(app)
    assert rows_of(app) == 3
    # the browser keeps that there was a list of zones, and no name of it
    stored = [item.proto.json for item in app.get("bidi_component") if '"keep"' in item.proto.json]
    kept = json.loads(json.loads(stored[-1])["keep"])
    assert kept["lists"] == ["zones"]
    assert "y.csv" not in str(kept)


def test_a_plan_of_other_figures_is_shown_as_it_was() -> None:
    """Its sites and its share, until today's are asked for; a condition that has no control is said
    and obeyed, and can be dropped."""
    request = PlanQuestion(sites=2, min_population=100_000.0)
    found = document_of(*plan_for(request, replicas=0))
    content = json.loads(plan_bytes(found, ".geojson", words("es")))
    content["plan"] |= {"figures": "0123456789ab", "coverage_share": 0.123}
    content["plan"]["question"]["worst_cost"] = 9_000.0
    content["features"][0]["properties"]["name"] = "<i>Antes</i>"
    app, say = begin(), words("es")
    app.session_state["plan_held"].waiting = open_saved(json.dumps(content).encode())
    app.run()
    assert not app.exception
    assert all(fact in text_of(app) for fact in ("0123456789ab", "12.3", "<i>Antes</i>"))
    assert rows_of(app) == 0
    app.button(key="plan_today_button").click().run()
    assert say("plan.checked.today") in text_of(app)
    assert rows_of(app) == 2
    assert "9000 km" in text_of(app)
    app.button(key="plan_carried_drop").click().run()
    assert "9000 km" not in text_of(app)


def test_a_server_that_began_again_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the browser kept under another start of the server opens, with that sentence."""
    stored = {"choices": {"plan_sites": 2, "plan_population": 100_000}, "server": "of before"}
    state: dict[str, object] = {page_kept.BROWSER: SimpleNamespace(stored=json.dumps(stored))}
    monkeypatch.setattr(page_kept.st, "session_state", state)
    told: list[str] = []
    monkeypatch.setattr(page_kept, "_tell", told.append)
    page_kept._read_stored_choices()
    assert PLAN.held.choices["plan_sites"] == 2
    assert told == ["plan.restarted"]


def test_a_budget_decides_the_teams_until_a_hand_does() -> None:
    """As many as it pays; a team added by hand is one more, and the card says what that exceeds."""
    prices = {"plan_team_cost": 120_000, "plan_budget": 300_000, "plan_radius": 150}
    app, say = begin(**prices, plan_by_budget="budget").run(), words("es")
    assert not app.exception
    assert rows_of(app) == 2
    told = {"budget": "S/\u00a0300,000", "left": "S/\u00a060,000"}
    assert f"= S/\u00a0240,000. {say('plan.cost.left', **told)}" in text_of(app)
    app.selectbox(key="plan_why_code").select("110101").run()
    assert "S/\u00a0360,000" in text_of(app)
    app.button(key="plan_add").click().run()
    assert rows_of(app) == 3
    assert say("plan.hand.budget") in text_of(app)
    assert say("plan.cost.over", **told) in text_of(app)
    assert app.number_input(key="plan_sites").value == 3


def test_a_budget_that_pays_ways_goes_on_choosing_the_sites() -> None:
    """Within the budget before and after a site is fixed; what does not look at ways says so."""
    prices = {"plan_team_cost": 30_000, "plan_way_cost": 8.0, "plan_budget": 300_000}
    choices = {"plan_radius": 150, "plan_rest": "anew", "plan_by_budget": "budget"}
    app, say = begin(**prices, **choices).run(), words("es")
    assert not app.exception
    assert say("plan.sure.cost") in text_of(app)
    assert text_of(app).count(say("plan.questions.free")) == 3
    before = rows_of(app)
    app.selectbox(key="plan_why_code").select("110101").run()
    app.button(key="plan_add").click().run()
    assert say("plan.hand.budget") not in text_of(app)
    assert "Del presupuesto de S/\u00a0300,000 quedan S/" in text_of(app)
    app.button(key="plan_undo").click().run()
    assert rows_of(app) == before > 3


def test_invented_demand_marks_every_file() -> None:
    """What is made of made-up records says so first, in each language and format."""
    from atlas.planner.demand import own_demand
    from atlas.planner.question import OwnFiles

    demand = replace(own_demand({"1701": 15.0, "0801": 20.0}), is_invented=True)
    own = OwnFiles(demand=demand)
    outcome = document_of(
        *plan_for(PlanQuestion(demand="own", sites=2, min_population=100_000), own, replicas=5)
    )
    for lang in LANGUAGES:
        for suffix in (".geojson", ".gpx", ".csv"):
            assert "datos inventados" in plan_bytes(outcome, suffix, words(lang)).decode()
    real = OwnFiles(demand=replace(demand, is_invented=False))
    other = document_of(*plan_for(PlanQuestion(demand="own", sites=2), real, replicas=0))
    assert "inventados" not in plan_bytes(other, ".gpx", words("es")).decode()
