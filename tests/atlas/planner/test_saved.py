"""A saved plan comes back as the question it was, or is refused."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atlas.planner import model
from atlas.planner import saved as saved_plans
from atlas.planner.files import plan_sheet, sheet_bytes
from atlas.planner.model import plan_for
from atlas.planner.outcome import outcome_of
from atlas.planner.page_choices import START, choices_of, shown_choices, without_own_names
from atlas.planner.question import PlanRequest, question_for
from atlas.planner.saved import (
    as_it_stopped,
    open_saved,
    read_saved,
    remade,
    request_from,
    values_to_remake,
)
from atlas.words import PlanRefusal
from geo.siting.problem import MODELS, plan_of
from geo.siting.travel import DetourFactors

NUMBERS = st.floats(0.5, 900).map(lambda one: round(one, 3))


@given(
    st.builds(
        PlanRequest,
        model=st.sampled_from(MODELS),
        sites=st.none() | st.integers(1, 60),
        radius=NUMBERS,
        lock_services=st.booleans(),
        must=st.lists(st.text("0123456789", min_size=6, max_size=6), max_size=4).map(tuple),
        barred=st.lists(st.text("0123456789", min_size=6, max_size=6), max_size=4).map(tuple),
        capacity=st.none() | NUMBERS,
        worst_cost=st.none() | NUMBERS,
        factors=st.builds(DetourFactors, coast=st.just(1.25), river=st.just(2.0)),
        seed=st.integers(0, 10**6),
    )
)
def test_every_question_comes_back(request_: PlanRequest) -> None:
    """Through JSON and back, every field and its type."""
    assert request_from(json.loads(json.dumps(asdict(request_)))) == request_


@pytest.fixture(scope="module")
def saved() -> dict[str, bytes]:
    """Two files of one plan."""
    sheet = plan_sheet(*plan_for(PlanRequest(sites=2, capacity=50.0), replicas=0), "es")
    return {suffix: sheet_bytes(sheet, suffix) for suffix in (".geojson", ".gpkg")}


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_a_file_says_what_was_asked(saved: dict[str, bytes], suffix: str) -> None:
    """Question, language and sites of both kinds of file."""
    found = read_saved(saved[suffix])
    assert found.request == PlanRequest(sites=2, capacity=50.0)
    assert found.lang == "es"
    assert found.resamples == 0
    assert [one["order"] for one in found.sites] == [1, 2]


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.pop("question"),
        lambda plan: plan["question"].update(model="other"),
        lambda plan: plan["question"].update(radius="75"),
        lambda plan: plan["question"].update(radius=float("nan")),
        lambda plan: plan["question"].update(sites=2.5),
        lambda plan: plan["question"].update(seed=10**400),
        lambda plan: plan["question"].update(team_cost=-5.0),
        lambda plan: plan["question"].update(budget=1e308),
        lambda plan: plan["question"].update(demand="x" * 300),
        lambda plan: plan["question"].update(extra=1),
        lambda plan: plan.update(lang="xx"),
        lambda plan: plan.update(lists=[{"task": "zones"}]),
    ],
)
def test_what_is_no_plan_is_refused(saved: dict[str, bytes], change) -> None:
    """One field missing, of another type, too long or unknown: the same sentence."""
    content = json.loads(saved[".geojson"])
    change(content["plan"])
    with pytest.raises(PlanRefusal, match="no plan that this atlas saved"):
        read_saved(json.dumps(content).encode())


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\0", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe"]
)
def test_no_file_at_all(content: bytes) -> None:
    """Rubbish, an empty base, brackets without end."""
    with pytest.raises(PlanRefusal):
        read_saved(content)


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_the_child_reads_what_a_command_reads(saved: dict[str, bytes], suffix: str) -> None:
    """A page's way and a terminal's way of one file; brackets without end stop the child alone."""
    assert open_saved(saved[suffix]) == read_saved(saved[suffix])
    with pytest.raises(PlanRefusal):
        open_saved(b"[" * 1_000_000)


def test_a_file_from_before_a_later_field_opens(saved: dict[str, bytes], monkeypatch) -> None:
    """What was added to questions since has its default; the rest is needed."""
    content = json.loads(saved[".geojson"])
    monkeypatch.setattr(saved_plans, "_FIRST", set(asdict(PlanRequest())) - {"loss"})
    del content["plan"]["question"]["loss"]
    assert read_saved(json.dumps(content).encode()).request.loss == 0.0
    del content["plan"]["question"]["radius"]
    with pytest.raises(PlanRefusal):
        read_saved(json.dumps(content).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)


@example({"plan_coast": 3, "plan_way_cost": 2, "plan_seed": 10**400})
@given(st.dictionaries(st.sampled_from(sorted(START)), JSON))
def test_controls_are_given_what_they_can_show(values: dict) -> None:
    """Anything at all from a browser: types and limits of the controls hold, and twice is once."""
    shown = shown_choices(values)
    assert set(shown) == set(START)
    assert all(type(shown[key]) is type(START[key]) for key in START)
    assert 1 <= shown["plan_sites"] <= 60
    assert shown_choices(json.loads(json.dumps(shown))) == shown


def test_a_question_becomes_the_choices_that_ask_it() -> None:
    """Every choice that differs from the start is there, numbers at their nearest."""
    request = PlanRequest(
        "eb:2022", "pmedian", 12, 62.5, "listed", True, 5_000.0, ("160101",), seed=7, budget=9e5
    )
    asked = {key: value for key, value in choices_of(request, ()).items() if value != START[key]}
    assert asked == {
        "plan_demand": "eb",
        "plan_period": "2022",
        "plan_model": "pmedian",
        "plan_sites": 12,
        "plan_radius": 62,
        "plan_services": "listed",
        "plan_lock": True,
        "plan_population": 5_000,
        "plan_must": ["160101"],
        "plan_seed": 7,
        "plan_budget": 900_000,
        "plan_by_budget": "teams",
    }


def test_a_price_of_hours_is_none_of_kilometres() -> None:
    """Each has a control of its own: without the table the other price counts."""
    request = PlanRequest(way_cost=50.0)
    for tasks, key in (((), "plan_way_cost"), (("travel_times",), "plan_hour_cost")):
        shown = choices_of(request, tasks)
        assert {
            name for name in shown if name.endswith(("way_cost", "hour_cost")) and shown[name]
        } == {key}


def test_a_cut_geopackage_is_refused(saved: dict[str, bytes]) -> None:
    """Half of the bytes, and one with a page overwritten."""
    whole = saved[".gpkg"]
    for broken in (whole[: len(whole) // 2], whole[:4096] + b"\0" * 4096 + whole[8192:]):
        with pytest.raises(PlanRefusal):
            read_saved(broken)


def test_a_stopped_search_is_taken_from_its_file() -> None:
    """The same bytes without a search, which would end elsewhere; not with sites it cannot have."""
    asked = PlanRequest(sites=3, must=("150101",))
    question, plan = plan_for(asked, replicas=0)
    worse = plan_of(
        question.problem,
        "mclp",
        [*plan.sites[:2], int(np.flatnonzero(question.candidates.code == "160101")[0])],
        objective=1.0,
        bound=2.0,
        is_stopped=True,
        seed=1,
    )
    content = sheet_bytes(plan_sheet(question, worse, "es"), ".geojson")
    found = read_saved(content)
    again = as_it_stopped(found, question_for(found.request))
    assert again is not None
    assert sheet_bytes(plan_sheet(question, again, "es"), ".geojson") == content
    other = question_for(PlanRequest(sites=3, must=("150101",), barred=("160101",)))
    assert as_it_stopped(found, other) is None
    assert as_it_stopped(replace(found, figures="others"), question) is None
    assert as_it_stopped(replace(found, stopped=None), question) is None


def test_a_named_plan_is_made_again_without_a_search(monkeypatch) -> None:
    """From a few values through JSON: the same file but for its stability. One of own lists leaves
    no value; what is not ours is no plan."""
    outcome = outcome_of(*plan_for(PlanRequest(sites=2, min_population=100_000.0), replicas=3))
    values = json.loads(json.dumps(values_to_remake(outcome)))
    monkeypatch.setattr(model, "choose_sites", None)
    again = remade(values)
    assert again is not None
    plain = {name: one for name, one in outcome.sheets["en"].plan.items() if name != "stability"}
    assert again.sheets["en"].plan == plain
    assert [one["code"] for one in again.sheets["en"].sites] == values["codes"]
    for junk in ({"codes": ["999999", "150101"]}, {"codes": None}, {"figures": "x"}, {"bound": "1"},
                 {"question": {}}):  # fmt: skip
        assert remade({**values, **junk}) is None
    sheet = outcome.sheets["es"]
    listed = replace(sheet, plan={**sheet.plan, "lists": [{}]})
    assert values_to_remake(replace(outcome, sheets={"es": listed})) is None


def test_the_browser_keeps_moves_and_no_name_of_an_own_list() -> None:
    """Moves by hand come back as they were, junk does not; names of own candidates stay here."""
    moves = [[1, ["150101"], []], [0, ["150101"], ["160101"]]]
    assert shown_choices({"plan_moves": moves})["plan_moves"] == moves
    for junk in ([[1, ["150101"]]], [["1", [], []]], [[1, [5], []]], "x"):
        assert shown_choices({"plan_moves": junk})["plan_moves"] == []
    choices = {"plan_must": ["150101"], "plan_moves": moves, "plan_sites": 6}
    assert without_own_names(choices, is_own=False) == choices
    own = {"must": ("Casa",), "plan_must": ["Casa"], "plan_moves": [[1, ["Casa"], []]], "seed": 3}
    stripped = {"must": [], "plan_must": [], "plan_moves": [], "seed": 3}
    assert without_own_names(own, is_own=False) == stripped
    assert without_own_names(choices, is_own=True)["plan_must"] == []
