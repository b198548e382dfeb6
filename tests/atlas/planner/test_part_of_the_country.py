"""Plans of some departments: every figure says of what it is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.planner.answer import document_of
from atlas.planner.demand import demand_for, own_demand
from atlas.planner.model import curve_for, plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, question_for
from atlas.results.places import places
from geo.siting.cover import solve_mclp
from geo.siting.problem import evaluate
from tests.planned import document_for
from tests.refusing import refused

CODES = sorted(set(places().department_ubigeo.tolist()))


@settings(max_examples=8)
@given(
    departments=st.sets(st.sampled_from(CODES), min_size=1, max_size=4).map(sorted).map(tuple),
    demand=st.sampled_from(["complaints:2023", "population"]),
    sites=st.integers(1, 3),
)
def test_a_plan_of_some_departments_is_the_best_of_their_demand(departments, demand, sites):
    asked = PlanQuestion(demand=demand, sites=sites, departments=departments)
    if question_for(asked.changed(sites=1)).problem.is_allowed.sum() < sites:
        return
    question, plan = plan_for(asked, replicas=0)
    country = question_for(asked.changed(departments=()))
    near, codes = country.candidates.near, country.candidates.code
    inside = np.isin(places().department_ubigeo, departments)
    demand_inside = np.where(inside, country.problem.demand, 0.0)
    alone = replace(country.problem, demand=demand_inside, is_allowed=inside[near])
    chosen = np.flatnonzero(np.isin(codes, question.candidates.code[list(plan.sites)]))
    assert len(chosen) == sites
    assert inside[near[chosen]].all()
    by_hand = evaluate(alone, chosen.tolist())
    assert plan.evaluation.coverage_share == pytest.approx(by_hand.coverage_share)
    assert plan.evaluation.mean_cost == pytest.approx(by_hand.mean_cost, nan_ok=True)
    best = solve_mclp(alone, sites).objective / alone.demand.sum()
    assert 0.99 * best - 1e-9 <= plan.evaluation.coverage_share <= best + 1e-4
    document = document_of(question, plan)
    assert {row.department_ubigeo for row in document.departments} <= set(departments)
    assert document.demand_total == pytest.approx(demand_inside.sum())


@pytest.mark.parametrize("code", ["complaints:2023", "mining", "population", "own"])
def test_demand_drawn_again_stays_in_its_departments(code):
    own = own_demand({"1701": 15.0, "0801": 20.0})
    for departments in (("17",), ("08", "17")):
        demand = (own if code == "own" else demand_for(code)).within(departments)
        drawn = demand.resampled(300, np.random.default_rng(1))
        inside = np.isin(places().department_ubigeo, departments)
        assert not drawn[:, ~inside].any()
        assert (drawn.sum(axis=1) > 0).all()
        assert (drawn / drawn.sum(axis=1, keepdims=True)).std(axis=0).max() > 0
        total = demand.weight.sum()
        assert drawn.mean(axis=0) == pytest.approx(demand.weight, rel=0.2, abs=0.02 * total)
    if code == "complaints:2023":
        assert drawn.sum(axis=1) == pytest.approx(demand.weight.sum())


@pytest.mark.parametrize("departments", [("08",), ("08", "17")])
def test_few_departments_do_not_make_a_plan_sure(departments):
    """With few departments reports are also drawn between places, so no plan is sure."""
    document = document_for(PlanQuestion(sites=3, departments=departments), replicas=30)
    assert document.coverage_low < document.coverage_high
    assert min(site.kept_share for site in document.sites) < 1


def test_what_a_limit_leaves_nothing_of_is_refused():
    tumbes = PlanQuestion(departments=("24",))
    pasco = PlanQuestion(demand="complaints:2025-01/2025-11", departments=("19",))
    for asked, message in (
        (tumbes.changed(demand="mining"), r"we find none of this demand in Tumbes \(24\)"),
        (pasco, r"there are no data on Pasco \(19\) in this period"),
        (tumbes.changed(must=("150101",)), "is not a candidate"),
    ):
        with refused(message):
            question_for(asked)


def test_travel_times_are_read_the_same_way_in_part_of_the_country():
    """Which end is the candidate follows from all candidates, not from one department's."""
    towns = places()
    posts = question_for(PlanQuestion(sites=1)).candidates.code
    pairs = [(place, "200101") for place in towns.ubigeo if place.startswith("20")]
    pairs += [(post, other) for post in posts for other in posts if post[:2] == other[:2] == "15"]
    pairs += [(place, "150101") for place in towns.ubigeo if place[:2] == "15"]
    pairs = list(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1]))
    rows = [(*pair, 10.0 + at) for at, pair in enumerate(pairs)]
    own = OwnFiles(travel_times=pd.DataFrame(rows, columns=["from", "to", "minutes"]))
    asked = PlanQuestion(sites=1, radius=90.0)
    country = question_for(asked, own)
    part = question_for(asked.changed(departments=("15",)), own)
    assert country.only == ("15", "20")
    assert part.only == ()
    assert (part.problem.cost == country.problem.cost).all()
    assert {code[:2] for code in part.candidates.code[part.problem.is_allowed]} == {"15"}
    assert "siting.times.inward" in [post.key for post in part.assumptions]


def test_questions_about_a_part_of_the_country_stay_there():
    asked = PlanQuestion(sites=1, departments=("24",))
    towns = places()
    people = towns.population[towns.department_ubigeo == "24"].sum()
    ((_, (best, reached)),) = curve_for(asked, OwnFiles(), [3])
    assert best.coverage_share == pytest.approx(reached / people)
