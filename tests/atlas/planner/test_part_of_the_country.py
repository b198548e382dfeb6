"""Plans of some departments, and of ways that reach few places: every figure says of what it is."""

import io
import json
from dataclasses import replace
from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.planner.by_hand import change_between, cost_text
from atlas.planner.demand import demand_for, own_demand, places
from atlas.planner.document import document_of
from atlas.planner.files import plan_values
from atlas.planner.model import compare_demands, curve_for, front_for, plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, question_for
from atlas.planner.saved import compared
from atlas.planner.sentences import figures, notes, sentence
from atlas.words import LANGUAGES, words
from geo.siting.cover import solve_mclp
from geo.siting.problem import evaluate
from geo.siting.travel import great_circle_km
from tests.planned import assumed, document_for, planned, read_files
from tests.refusing import refused

FEW = {"min_population": 30_000.0}
BOTH = PlanQuestion(sites=2, departments=("08", "17"), **FEW)
"""two sites in Cusco and Madre de Dios"""
CODES = sorted(set(places().department_ubigeo.tolist()))


@cache
def regional(*codes: str) -> OwnFiles:
    """Minutes between all places of each department, in both directions."""
    towns, tables = places(), []
    for code in codes:
        rows = np.flatnonzero(towns.department_ubigeo == code)
        km = great_circle_km(*[part[rows] for part in (towns.longitude, towns.latitude) * 2])
        ends = np.repeat(towns.ubigeo[rows], len(rows)), np.tile(towns.ubigeo[rows], len(rows))
        tables.append(pd.DataFrame({"from": ends[0], "to": ends[1], "minutes": km.ravel().round()}))
    return OwnFiles(travel_times=pd.concat(tables, ignore_index=True))


@settings(max_examples=8)
@given(
    departments=st.sets(st.sampled_from(CODES), min_size=1, max_size=4).map(sorted).map(tuple),
    demand=st.sampled_from(["complaints:2023", "population", "eb:2022"]),
    sites=st.integers(1, 3),
)
def test_a_plan_of_some_departments_is_the_best_of_their_demand(departments, demand, sites):
    asked = PlanQuestion(
        demand=demand, sites=sites, departments=departments, min_population=5_000.0
    )
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
    best = solve_mclp(alone, sites).evaluation.coverage_share
    assert plan.evaluation.coverage_share == pytest.approx(best)
    document = document_of(question, plan)
    assert {row.code for row in document.departments} <= set(departments)
    assert document.total == pytest.approx(demand_inside.sum())


@pytest.mark.parametrize("code", ["complaints:2023", "eb:2023", "mining", "population", "own"])
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
    """Between two departments there is little to draw and in one nothing: reports are drawn between
    the places of each too, and the note says so."""
    asked = PlanQuestion(sites=3, departments=departments, min_population=10_000)
    outcome, say = document_for(asked, replicas=30), words("es")
    sure = outcome.plan.stability
    assert sure.coverage_low < sure.coverage_high
    assert min(sure.chosen_share) < 1
    ends = {"low": say.percent(sure.coverage_low), "high": say.percent(sure.coverage_high)}
    assert say("plan.sure.part", **ends) in notes(outcome, say)


def test_what_a_limit_leaves_nothing_of_is_refused():
    tumbes = PlanQuestion(departments=("24",))
    pasco = PlanQuestion(demand="complaints:2025-01/2025-11", departments=("19",))
    for asked, told in (
        (tumbes.changed(demand="mining"), r"there is none of this demand in Tumbes \(24\)"),
        (tumbes.changed(min_population=3e5), r"in Tumbes \(24\) no candidate is left"),
        (pasco, r"there is no data on Pasco \(19\) in this period"),
        (tumbes.changed(must=("150101",)), "is not a candidate"),
    ):
        with refused(told):
            question_for(asked)


def test_services_outside_cover_and_take_no_team():
    asked = PlanQuestion(services="listed", departments=("17",), sites=3)
    free = question_for(asked)
    assert free.problem.is_covered_already.any()
    locked = question_for(asked.changed(lock_services=True, sites=11))
    assert 0 < len(locked.problem.must) < 11
    assert {code[:2] for code in locked.candidates.code[list(locked.problem.must)]} == {"17"}


def test_travel_times_are_read_the_same_way_in_part_of_the_country():
    """Which end is the candidate follows from all candidates: in one department both readings join
    as many, and minutes upstream would be taken for those downstream."""
    towns, few = places(), {"min_population": 150_000.0, "radius": 90.0, "sites": 1}
    posts = question_for(PlanQuestion(**few)).candidates.code
    pairs = [(place, "200101") for place in towns.ubigeo if place.startswith("20")]
    pairs += [(one, other) for one in posts for other in posts if one[:2] == other[:2] == "15"]
    rows = [(*pair, 10.0 + at) for at, pair in enumerate(pairs) if pair[0] != pair[1]]
    own = OwnFiles(travel_times=pd.DataFrame(rows, columns=["from", "to", "minutes"]))
    country = question_for(PlanQuestion(**few), own)
    part = question_for(PlanQuestion(**few, departments=("15",)), own)
    kept = np.isin(country.candidates.code, part.candidates.code)
    assert kept.sum() > 1
    assert (part.problem.cost == country.problem.cost[:, kept]).all()
    assert "siting.times.inward" in [one.key for one in part.assumptions]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_share_says_of_which_departments_it_is(lang):
    """Headline, first figure, what was asked, and what it rests on, which every file says."""
    outcome, say = document_for(BOTH), words(lang)
    names = say.list(["Cusco", "Madre de Dios"])
    assert names in sentence(outcome, say)
    assert names in figures(outcome, say)[0][1]
    assert "Cusco (08), Madre de Dios (17)" in assumed(outcome, lang)
    (text,) = read_files(outcome, lang, ".csv", is_worded=True)
    assert pd.read_csv(io.StringIO(text))[say("plan.departments_only")].eq(names).all()
    many = replace(outcome, request=BOTH.changed(departments=("08", "09", "15", "17")))
    assert say("plan.territory.many", count=4) in sentence(many, say)


def test_questions_about_a_part_of_the_country_stay_there():
    asked = PlanQuestion(sites=1, departments=("24",))
    judges = [demand_for(code) for code in ("complaints:2023", "mining", "population")]
    table = compare_demands(asked, judges, OwnFiles(), progress=lambda _: None)
    assert table["demand"].tolist() == ["complaints:2023", "population"]
    towns = places()
    people = towns.population[towns.department_ubigeo == "24"].sum()
    ((_, (found, reached)),) = curve_for(asked, OwnFiles(), [3])
    assert found.coverage_share == pytest.approx(reached / people)


def of_madre_de_dios(**asked):
    """Three teams on travel times that join the places of one department alone."""
    return planned(regional("17"), min_population=9_000.0, radius=60.0, must=("170101",), **asked)


@pytest.mark.parametrize(("lang", "model"), [("es", "mclp"), ("en", "pmedian")])
def test_a_mean_over_a_part_says_of_which_part(lang, model):
    """Most of the demand has no way: the headline says how much, each mean of what it is."""
    say, outcome = words(lang), of_madre_de_dios(model=model)
    plan = plan_values(outcome, words(lang))
    without, part = plan["unreachable_share"], say.percent(1 - plan["unreachable_share"], 1)
    cost = question_for(outcome.request, regional("17")).problem.cost
    has_way = np.isfinite(cost[:, list(outcome.plan.sites)]).any(axis=1)
    assert without == pytest.approx(1 - outcome.weight[has_way].sum() / outcome.weight.sum())
    assert 0.8 < without < 1
    assert say("plan.unreachable", share=say.percent(without, 1)) in sentence(outcome, say)
    labels = [label for _, label in figures(outcome, say)]
    for name in ("mean", "worst"):
        assert say(f"plan.figure.{name}_of_part", share=part) in labels
        assert say(f"plan.figure.{name}") not in labels
    if model == "pmedian":
        assert part in sentence(outcome, say).split(". ")[0]
    for row in compared([outcome], say, "x")[2:4]:
        assert part in row[1]


def test_the_share_without_a_way_stands_in_every_file():
    """For programs, in a spreadsheet's words and for a navigator."""
    outcome, say = of_madre_de_dios(), words("es")
    without = outcome.plan.evaluation.unreachable_share
    whole, worded, gpx = (
        read_files(outcome, "es", suffix, is_worded=True)[0]
        for suffix in (".geojson", ".csv", ".gpx")
    )
    content = json.loads(whole)["plan"]
    assert content["unreachable_share"] == pytest.approx(without, abs=1e-6)
    alone = sum(row["unreachable"] for row in content["departments"])
    assert alone == pytest.approx(without * content["demand_total"], abs=1e-3)
    text, name = say.percent(without, 1), say("plan.figure.no_way")
    assert pd.read_csv(io.StringIO(worded))[name].eq(text).all()
    assert f"{name}: {text}\n" in gpx


def test_ways_of_other_people_are_not_called_longer():
    say = words("es")
    plans = (
        planned(regional("17", "25"), sites=1, radius=60.0, must=(code,), min_population=30_000.0)
        for code in ("170101", "250101")
    )
    for was, now in permutations(plans):
        told = cost_text(change_between(was, now), now, say)
        lost = (document.plan.evaluation.unreachable_share for document in (was, now))
        less = next(lost) > next(lost)
        assert ("puntos menos sin ningún camino" in told) == less
        assert ("puntos más sin ningún camino" in told) == (not less)
        assert "camino medio" not in told
        assert "más lejano" not in told


def test_a_front_does_not_leave_people_out_to_bring_the_farthest_nearer():
    asked = PlanQuestion(sites=2, radius=60.0, departments=("17", "25"))
    points = front_for(asked, regional("17", "25"), lambda _: None)
    assert len(points) > 1
    assert points[-1].unreachable_share == min(point.unreachable_share for point in points)
    for point, other in permutations(points, 2):
        assert not (
            other.coverage_share > point.coverage_share
            and other.worst_cost <= point.worst_cost
            and other.unreachable_share <= point.unreachable_share
        )
