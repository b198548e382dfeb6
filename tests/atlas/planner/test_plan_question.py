"""Test the question of a plan: its fields, its controls, and changes by hand."""

import re
from dataclasses import replace
from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from atlas.checked import Limits
from atlas.planner.by_hand import Move, after_move, change_text, move_of
from atlas.planner.document import PlanDocument, rounded_amount
from atlas.planner.plan_question import (
    GROUPS,
    MOST_SITES,
    Control,
    PlanQuestion,
)
from atlas.planner.question import OwnFiles, question_for
from atlas.results.places import places
from atlas.words import words
from geo.errors import UserError
from tests.planned import document_for, listed
from tests.refusing import refusal_text, refused

FIELDS = tuple(PlanQuestion.model_fields)


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_worded(field: str) -> None:
    say, controls = words("es"), PlanQuestion.carried(field, Control)
    assert controls
    for control in controls:
        texts = (control.label, control.help, control.empty, control.below)
        assert {key for key in (*texts, control.group) if key} <= set(say.catalogue)
        assert control.group in ("", *GROUPS)
        # a switch has no name for its two codes, and departments and periods have their own
        named = () if control.yes or field.endswith("departments") else control.offers
        if control.key != "plan_period":
            assert all(control.name(code, say) for code in named)
    refusals = {limits.refusal for limits in PlanQuestion.carried(field, Limits)}
    assert refusals <= set(say.catalogue)


def default_of(field: str) -> object:
    """What a field has of which nothing is asked."""
    return PlanQuestion.model_fields[field].get_default(call_default_factory=True)


CONTROLS = [
    (field, control)
    for field in FIELDS
    for control in PlanQuestion.carried(field, Control)
    if field != "demand"  # its two controls ask for parts of it
]


@pytest.mark.parametrize(("field", "control"), CONTROLS, ids=[ask.key for _, ask in CONTROLS])
def test_a_control_shows_what_it_asks_for(field: str, control: Control) -> None:
    """A control asks for the value that it shows, within its limits, and a file may store it."""
    start = control.start_value(default_of(field))
    chosen = [start, *(control.span or ()), *([True, False] if control.yes else control.offers)]
    for value in ([code] if isinstance(start, list) and code != start else code for code in chosen):
        asked = control.to_field(value, default_of(field))
        asked = tuple(asked) if isinstance(asked, list) else asked
        question = PlanQuestion().changed(**{field: asked})
        again = control.from_field(getattr(question, field))
        assert control.nearest_valid(again, start) == value
        assert PlanQuestion.model_validate_json(question.model_dump_json()) == question
    if control.span:
        least, most = control.span
        for value in (1e308, -1e308, most * 5, -most / 2, float("nan"), "7"):
            assert least <= control.nearest_valid(value, start) <= most


def test_a_field_without_its_list_has_its_default() -> None:
    """And one that another list asks for begins where its control does."""
    listed = {"services": "listed", "candidates": "districts"}
    asked = PlanQuestion(buffer_km=25, zone_people="come", **listed)
    assert asked.beside(()) == PlanQuestion(**listed)
    every = {"zones", "travel_times", "candidates"}
    assert asked.beside(every) == PlanQuestion(buffer_km=25, zone_people="come")
    timed = asked.moved({"zones"}, {"zones", "travel_times"})
    assert (timed.radius, timed.buffer_km) == (120, 25)
    assert timed.moved({"travel_times"}, ()).radius == 75
    assert PlanQuestion().moved((), {"zones"}).buffer_km == 10
    assert PlanQuestion(model="pmedian", capacity=9).beside(()) == PlanQuestion(model="pmedian")


NUMBERS = [(field, *PlanQuestion.carried(field, Limits)) for field in FIELDS]


@pytest.mark.parametrize(("field", "limits"), [pair for pair in NUMBERS if len(pair) == 2])
def test_a_number_stays_within_its_limits(field: str, limits: Limits) -> None:
    is_whole = isinstance(PlanQuestion.model_fields[field].default, int)
    for end in (limits.least, limits.most):
        assert getattr(PlanQuestion(**{field: int(end) if is_whole else end}), field) == end
    beyond = (limits.least - 1, limits.most * 1.01)
    for value in (*beyond, float("nan"), float("inf"), "5", True, [5]):
        with pytest.raises(UserError):
            PlanQuestion.of(**{field: value})


@pytest.mark.parametrize(("unit", "most"), [("km", 2000), ("min", 10_080)])
def test_the_reach_has_a_limit_in_its_unit(unit: str, most: int) -> None:
    """A saved plan or the browser's store may name any number, and not its unit."""
    request = PlanQuestion(sites=1, radius=most)
    times = pd.DataFrame({"from": places().ubigeo, "to": "150101", "minutes": 60.0})
    own = replace(OWN, travel_times=times if unit == "min" else None)
    assert question_for(request, own).problem.radius == most
    with pytest.raises(UserError) as refusal:
        question_for(PlanQuestion.of(**{**dict(request), "radius": most + 1}), own)
    assert f"{most:,}" in refusal_text(refusal.value)


@pytest.mark.parametrize("field", FIELDS)
def test_nothing_of_a_wrong_value_is_told(field: str) -> None:
    """A file with a person's number in any field: neither it nor a word of pydantic is kept."""
    values = PlanQuestion().model_dump() | {field: {"dni": "87654321"}}
    with pytest.raises(ValueError, match=field) as caught:
        PlanQuestion.model_validate(values)
    assert isinstance(caught.value, ValidationError)
    assert "87654321" not in str(caught.value)
    with pytest.raises(UserError) as refused:
        PlanQuestion().changed(**{field: {"dni": "x"}})
    assert not re.search("pydantic|validation error|Input should", refusal_text(refused.value))


TOWNS = ("150101", "040101", "200101", "160101", "170101", "080101", "120101", "211101")
OWN = OwnFiles(candidates=listed(district_ubigeo=TOWNS))
ASKED = PlanQuestion(sites=3)
PROBLEM = question_for(ASKED, OWN).problem


def planned(request: PlanQuestion) -> PlanDocument:
    return document_for(request, OWN)


BEST = planned(ASKED)


def best_share(request: PlanQuestion) -> float:
    """The best coverage of every choice that a question leaves."""
    must = {TOWNS.index(code) for code in request.must}
    barred = {TOWNS.index(code) for code in request.barred}
    sites = min(request.sites, len(TOWNS) - len(barred))
    return max(
        PROBLEM.demand[PROBLEM.covers[:, choice].any(axis=1)].sum() / PROBLEM.demand.sum()
        for choice in combinations(range(len(TOWNS)), sites)
        if must <= set(choice) and not barred & set(choice)
    )


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (Move("fix", "a"), (3, {"a", "f"}, {"x"})),
        (Move("release", "f"), (3, set(), {"x"})),
        (Move("remove", "a"), (3, {"f"}, {"x", "a"})),
        (Move("remove", "a", keeps_others=True), (3, {"b", "f"}, {"x", "a"})),
        (Move("remove", "f"), (3, set(), {"x", "f"})),
        (Move("add", "x"), (3, {"f", "x"}, set())),
        (Move("add", "x", keeps_others=True), (4, {"a", "b", "f", "x"}, set())),
        (Move("move", "f", "y"), (3, {"y"}, {"x", "f"})),
        (Move("move", "a", "x", keeps_others=True), (3, {"b", "f", "x"}, {"a"})),
        (Move("include", "09"), (3, {"f"}, {"x"})),
    ],
)
def test_a_move_changes_the_question(move, expected):
    request = ASKED.changed(must=("f",), barred=("x",))
    after = after_move(request, ("a", "b", "f"), move)
    assert (after.sites, set(after.must), set(after.barred)) == expected
    assert after.cover_departments == (("09",) if move.kind == "include" else ())


moves = st.lists(
    st.tuples(
        st.sampled_from(("fix", "release", "remove", "add", "move")),
        st.integers(0, 99),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=15)
@given(moves)
def test_a_plan_by_hand_is_the_best_of_what_it_leaves_and_never_above_the_best(steps):
    """Any moves one after the other, against every choice of towns by hand and without."""
    now = BEST
    for kind, number, keeps in steps:
        sites, free = now.codes, list(now.candidates)
        of = free if kind == "add" else sites
        asked = {"kind": kind, "site": of[number % len(of)], "to": free[number % len(free)]}
        move = move_of({**asked, "keep": "yes" if keeps else ""}, now)
        try:
            request = after_move(now.request, sites, move)
            after = planned(request)
        except UserError as refusal:
            code = refusal.key.rpartition(".")[2]
            assert code == "must_too_many"
            continue
        if keeps:
            assert {*after.codes} >= {*sites} - {move.goes} | ({move.comes} - {""})
        best = best_share(request)
        assert 0.99 * best - 1e-9 <= after.coverage_share <= best + 1e-9
        assert best <= best_share(ASKED.changed(sites=request.sites)) + 1e-12
        now = after


def test_a_change_is_told_in_names_and_amounts():
    """A team goes on elsewhere; one that is added while the others stay is one more."""
    say = words("es")
    after = planned(after_move(ASKED, BEST.codes, Move("remove", "150101")))
    lost = (BEST.coverage_share - after.coverage_share) * BEST.demand_total
    change = change_text(BEST, after, say)
    assert change.startswith("Sale Lima; entra ")
    assert f"{rounded_amount(lost)} reportes menos" in change
    free = next(iter(BEST.candidates))
    more = planned(after_move(ASKED, BEST.codes, Move("add", free, keeps_others=True)))
    assert change_text(BEST, more, say).endswith("Con 1 equipo más.")
    assert say("plan.change.same") in change_text(BEST, BEST, say)


def test_what_cannot_be_says_why():
    for asked, message in (
        ({"must": ("150101",), "barred": ("150101",)}, "Lima is both fixed and ruled out"),
        ({"barred": ("990101",)}, "'990101' is not a candidate"),
    ):
        with refused(message):
            planned(ASKED.changed(**asked))
    many = ASKED.changed(sites=MOST_SITES, must=tuple(str(at) for at in range(MOST_SITES)))
    with refused("at most 60 sites"):
        after_move(many, TOWNS, Move("add", "150102"))


@pytest.mark.parametrize(
    "value",
    [
        *("fix", None, {"kind": "sell", "site": "150101"}, {"kind": "fix", "site": "040101x"}),
        {"kind": "add", "site": "150101"},
        {"kind": "move", "site": "150101", "to": "150101"},
        {"kind": "include", "site": "15"},
    ],
)
def test_what_is_no_move_of_this_plan_is_none(value):
    assert "150101" in BEST.codes
    assert move_of(value, BEST) is None
