"""The question of a plan: its fields say what they may be and how they are asked for."""

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from atlas.checked import Limits
from atlas.planner.page_choices import valid_choices
from atlas.planner.plan_question import CONTROLS, FIELDS_OF_LIST, GROUPS, Control, PlanQuestion
from atlas.planner.saved import question_of
from atlas.words import LANGUAGES, words
from geo.errors import UserError
from tests.refusing import said

FIELDS = tuple(PlanQuestion.model_fields)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_worded(field: str, lang: str) -> None:
    say, controls = words(lang), PlanQuestion.carried(field, Control)
    assert controls
    for control in controls:
        texts = (control.label, control.help, control.empty, control.above, control.below)
        assert {key for key in (*texts, control.group) if key} <= set(say.catalogue)
        assert control.group in ("", *GROUPS)
        named = control.offers if field not in ("departments", "river_codes") else ()
        if control.key != "plan_period":  # periods have names of their own
            assert all(control.name(code, say) for code in named)
    refusals = {limits.refusal for limits in PlanQuestion.carried(field, Limits)}
    assert refusals <= set(say.catalogue)


BEGINNING = valid_choices({})


def chosen(key: str, control: Control) -> st.SearchStrategy:
    """What somebody may choose with a control."""
    if isinstance(BEGINNING[key], bool):
        return st.booleans()
    if isinstance(BEGINNING[key], list):
        codes = control.offers or ("150101", "160101")
        return st.lists(st.sampled_from(codes), max_size=3)
    return st.sampled_from(control.offers) if control.offers else st.floats(0, 2000)


CHOICES = {key: chosen(key, control) for key, (_, control) in CONTROLS.items()}
CHOICES["plan_by_budget"] = st.sampled_from(("", "teams", "budget"))


@example({"plan_demand": "points", "plan_equity": 29, "plan_coast": 2.675}, {"zones"})
@given(
    values=st.fixed_dictionaries({}, optional=CHOICES),
    tasks=st.sets(st.sampled_from(sorted(FIELDS_OF_LIST))),
)
def test_what_the_controls_ask_they_can_show(values: dict, tasks: set[str]) -> None:
    """Choices become a question, whose choices ask it again, with any lists; so does a file."""
    tasks = tasks | {values.get("plan_demand")} & set(FIELDS_OF_LIST)  # own demand has its list
    question = PlanQuestion.of_choices(valid_choices(values), tasks)
    again = PlanQuestion.of_choices(valid_choices(question.choices(tasks)), tasks)
    assert again == question
    assert hash(again) == hash(question)
    for asked in (question, question.changed(worst_cost=900.5)):  # which no control asks
        assert question_of(json.loads(json.dumps(asked.model_dump()))) == asked


def test_a_field_without_its_list_has_its_default() -> None:
    values = {"plan_buffer": 25, "plan_come": True, "plan_minutes": 90, "plan_hour_cost": 4.5}
    choices = valid_choices({**values, "plan_services": "listed", "plan_population": 9_000})
    bare = PlanQuestion.of_choices(choices, ())
    assert bare == PlanQuestion(services="listed", min_population=9_000)
    listed = PlanQuestion.of_choices(choices, {"zones", "travel_times", "candidates"})
    asked = {"buffer_km": 25, "zone_people": "come", "radius": 90, "way_cost": 4.5}
    assert listed == PlanQuestion(**asked)


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


@pytest.mark.parametrize("field", FIELDS)
def test_nothing_of_a_wrong_value_is_told(field: str) -> None:
    """A file with a person's number in any field: neither it nor a word of pydantic is kept."""
    values = PlanQuestion().model_dump() | {field: {"dni": "87654321"}}
    with pytest.raises(ValueError, match=field) as caught:
        question_of(values)
    assert isinstance(caught.value, ValidationError)
    assert "87654321" not in str(caught.value)
    with pytest.raises(UserError) as refused:
        PlanQuestion().changed(**{field: {"dni": "x"}})
    assert not re.search("pydantic|validation error|Input should", said(refused.value))
