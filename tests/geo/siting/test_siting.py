"""Choosing sites: against published optima, spopt, every choice, by properties; refusals."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse.csgraph import floyd_warshall

from geo.errors import ParameterError
from geo.siting import cover, solver
from geo.siting.heuristics import Conditions
from geo.siting.median import (
    _bought,
    finite_costs,
    lagrangian_bound,
    median_swap,
    median_value,
    solve_pmedian,
)
from geo.siting.model import choose_sites
from geo.siting.problem import SitingProblem, evaluate, opening_order
from geo.siting.solver import SOLVE_ELSEWHERE, InfeasibleError, Solution, gap_of


def country(seed, n=14, m=9, *, radius=30.0, services=False, holes=False):
    """Places and candidates at random in a square of 100 km, three departments."""
    rng = np.random.default_rng(seed)
    places, candidates = rng.uniform(0, 100, (n, 2)), rng.uniform(0, 100, (m, 2))
    cost = np.linalg.norm(places[:, None] - candidates[None], axis=2)
    if holes:
        cost[rng.random(cost.shape) < 0.3] = np.inf
    demand = rng.integers(0, 9, n).astype(float)
    demand[0] = 5.0
    return SitingProblem(
        demand,
        cost,
        radius,
        group=rng.choice(["01", "02", "03"], n),
        existing_cost=np.linalg.norm(places - rng.uniform(0, 100, 2), axis=1)
        if services
        else np.empty(0),
    )


def covered(problem, sites):
    """Demand within the radius of the sites or a service, counted place by place."""
    total = 0.0
    for i, weight in enumerate(problem.demand):
        ways = [problem.cost[i, j] for j in sites] + [problem.existing_cost[i]]
        total += weight * (min(ways) <= problem.radius)
    return total


def search(problem, sites, value, best=max):
    """The best value over every choice of so many candidates."""
    return best(value(problem, choice) for choice in combinations(problem.candidates, sites))


def travel(problem, sites):
    """Sum of demand times the way to the nearest, twice the longest way where there is none."""
    ways = np.hstack([problem.cost, problem.existing_cost[:, None]])
    has_way = np.isfinite(ways).any(axis=1) & (problem.demand > 0)
    far = 2 * ways[has_way][np.isfinite(ways[has_way])].max()
    near = np.minimum(problem.cost[:, list(sites)].min(axis=1), problem.existing_cost)
    return float(problem.demand[has_way] @ np.minimum(near, far)[has_way])


def farthest(problem, sites):
    """Longest way of a place with demand."""
    near = np.minimum(problem.cost[:, list(sites)].min(axis=1), problem.existing_cost)
    return float(near[problem.demand > 0].max())


def served(problem, sites):
    """The most demand that sites of a capacity serve: the best allocation by linprog."""
    covers = problem.covers[:, list(sites)]
    i, j = np.nonzero(covers)
    if len(i) == 0:
        return 0.0
    rows = np.zeros((len(problem.demand) + len(sites), len(i)))
    rows[i, np.arange(len(i))] = 1.0
    rows[len(problem.demand) + j, np.arange(len(i))] = problem.demand[i]
    limit = np.append(np.ones(len(problem.demand)), np.full(len(sites), problem.capacity))
    return -linprog(-problem.demand[i], A_ub=rows, b_ub=limit, bounds=(0, 1)).fun


def fair(problem, sites):
    """Demand covered where every department has its least share."""
    groups = evaluate(problem, sites).groups
    is_fair = groups["share"].min() >= problem.min_group_share - 1e-9
    return covered(problem, sites) if is_fair else -1.0


def near(problem, sites):
    """Demand covered where nobody has farther to go than 55 km."""
    return covered(problem, sites) if farthest(problem, sites) <= 55.0 else -1.0


def with_sites_asked(problem, seed):
    """A must-have site and an excluded candidate in turn."""
    is_allowed = np.arange(9) != 5 if seed % 4 == 1 else np.ones(9, bool)
    return replace(problem, must=(4,) if seed % 4 == 3 else (), is_allowed=is_allowed)


FILE = Path(__file__).resolve().parents[2] / "data_published" / "orlib_pmed.csv"
OPTIMA = {"pmed1": (5, 5819.0), "pmed5": (33, 1355.0)}


@pytest.fixture(scope="module")
def problems():
    """The two graphs as problems with a demand of one at each of 100 vertices."""
    problem_of = {}
    for name, edges in pd.read_csv(FILE).groupby("instance"):
        length = np.full((100, 100), np.inf)
        for row in edges.itertuples():
            length[row[3] - 1, row.to - 1] = length[row.to - 1, row[3] - 1] = row.length
        np.fill_diagonal(length, 0.0)
        problem_of[name] = SitingProblem(np.ones(100), floyd_warshall(length), radius=60.0)
    return problem_of


@pytest.mark.parametrize("name", list(OPTIMA))
def test_published_optimum_of_the_median(problems, name, monkeypatch):
    """HiGHS proves Beasley's optimum; swaps find it too, and the Lagrangian bound stays below."""
    sites, optimum = OPTIMA[name]
    plan = choose_sites(problems[name], model="pmedian", sites=sites)
    assert (plan.objective, plan.gap) == (pytest.approx(optimum, abs=1e-6), 0.0)
    assert plan.evaluation.mean_cost == pytest.approx(optimum / 100)
    monkeypatch.setattr("geo.siting.median.EXACT_PAIRS", 0)
    choice = solve_pmedian(problems[name], sites)
    assert choice.objective == pytest.approx(optimum, abs=1e-6)
    assert 0.999 * optimum <= choice.bound <= optimum + 1e-6


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("model", "sites", "value", "change", "ask"),
    [
        pytest.param("mclp", 1, covered, {}, {}, id="one site"),
        pytest.param("mclp", 3, covered, {}, {}, id="mclp"),
        pytest.param("pmedian", 3, travel, {}, {}, id="pmedian"),
        pytest.param("mclp", 3, covered, {"groups_with_site": ("b",)}, {}, id="a department"),
        pytest.param("pmedian", 3, travel, {"groups_with_site": ("b",)}, {}, id="ways and it"),
        pytest.param("mclp", 2, served, {"capacity": 9.0, "radius": 45.0}, {}, id="capacity"),
        pytest.param("mclp", 3, fair, {"min_group_share": 0.25}, {}, id="least share"),
        pytest.param("mclp", 3, near, {}, {"worst_cost": 55.0}, id="worst cost"),
    ],
)
def test_no_choice_is_better(seed, model, sites, value, change, ask):
    """Over all choices the plan is the best that meets each condition, or there is a refusal."""
    has_holes = seed % 3 == 0 and value in (covered, travel)
    problem = country(seed, services=seed % 2 == 0 and value is not served, holes=has_holes)
    problem = replace(
        with_sites_asked(problem, seed), site_group=np.array([*"aabaabaac"]), **change
    )

    def fits(choice):
        groups = set(problem.site_group[list(choice)])
        return {*problem.must} <= {*choice} and {*problem.groups_with_site} <= groups

    choices = filter(fits, combinations(problem.candidates, sites))
    best = (max if model == "mclp" else min)(value(problem, choice) for choice in choices)
    if best < 0:
        with pytest.raises(InfeasibleError):
            choose_sites(problem, model=model, sites=sites, **ask)
        return
    plan = choose_sites(problem, model=model, sites=sites, **ask)
    assert plan.objective == pytest.approx(best)
    assert value(problem, plan.sites) == pytest.approx(best)
    assert (plan.gap, plan.is_stopped, len(set(plan.sites))) == (0, False, sites)
    assert fits(plan.sites)
    assert {*plan.sites} <= {*problem.candidates}
    if model == "mclp":
        share = plan.evaluation.coverage_share
        assert share * problem.demand.sum() == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("model", "value"), [("mclp", covered), ("pmedian", travel)])
def test_no_choice_that_is_paid_is_better(seed, model, value, monkeypatch):
    """Over all affordable choices the plan is best; with many pairs its bound is below it."""
    rng = np.random.default_rng(seed)
    problem = replace(country(seed), site_cost=rng.uniform(10, 60, 9), budget=100.0)
    problem = replace(problem, must=(int(np.argmin(problem.site_cost)),) if seed % 2 else ())
    paid = [
        choice
        for sites in range(1, 5)
        for choice in combinations(problem.candidates, sites)
        if problem.site_cost[list(choice)].sum() <= 100 and {*problem.must} <= {*choice}
    ]
    best = (max if model == "mclp" else min)(value(problem, choice) for choice in paid)
    plan = choose_sites(problem, model=model, sites=4)
    assert tuple(sorted(plan.sites)) in {tuple(sorted(choice)) for choice in paid}
    assert (plan.objective, plan.gap) == (pytest.approx(best), 0)
    monkeypatch.setattr("geo.siting.median.EXACT_PAIRS", 0)
    plan_of_price = choose_sites(problem, model=model, sites=4)
    assert problem.site_cost[list(plan_of_price.sites)].sum() <= 100
    if model == "pmedian":
        assert plan_of_price.bound <= best * (1 + 1e-9) <= plan_of_price.objective * (1 + 2e-9)


def test_a_stopped_search_knows_what_anybody_sees(monkeypatch):
    """However little a solver has proven: no more than all demand, no more than p sites hold."""

    def hardly_begun(*args, **options):
        return replace(solver.solve(*args, **options), bound=-1e9, is_stopped=True)

    problem = country(3, n=10, m=6, radius=45.0)
    monkeypatch.setattr(cover, "solve", hardly_begun)
    asked = replace(problem, capacity=2.0, min_group_share=1e-9)  # without the quick choice
    plan = choose_sites(asked, sites=2, model="mclp")
    assert plan.is_stopped
    assert plan.objective <= plan.bound <= 4.0
    free = choose_sites(problem, sites=2, model="mclp")
    assert free.objective <= free.bound <= problem.demand.sum()


def test_a_search_that_ends_without_a_bound_proves_nothing():
    """The first choice comes back as it was: its gap is open, and its bound can be written."""
    assert gap_of(22.0, -np.inf) == np.inf

    def late(program, start, *_):
        return Solution(start, float(program.cost @ start), -np.inf, is_stopped=True)

    token = SOLVE_ELSEWHERE.set(late)
    try:
        plan = choose_sites(country(2), model="pmedian", sites=3)
    finally:
        SOLVE_ELSEWHERE.reset(token)
    best = choose_sites(country(2), model="pmedian", sites=3)
    assert 0 <= plan.bound <= best.objective <= plan.objective
    assert (plan.gap == 0) == (plan.bound == plan.objective)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    sites=st.integers(1, 4),
    services=st.booleans(),
    holes=st.booleans(),
)
def test_the_bound_lies_below_the_optimum_and_the_heuristic_above(seed, sites, services, holes):
    """Lagrangian bound <= optimum <= heuristic, at whatever prices the steps end; and swaps."""
    problem = country(seed, n=11, m=7, services=services, holes=holes)
    best = search(problem, sites, travel, min)
    cost, demand = finite_costs(problem)
    start = list(range(sites))
    value = median_value(cost, demand, start, 7)
    asked = Conditions.of(problem, sites)
    bound, chosen = lagrangian_bound(cost, demand, asked, 7, value=value, chosen=start)
    swapped = median_swap(cost, demand, chosen, asked, 7)
    assert bound <= best * (1 + 1e-9) + 1e-9
    for some in (chosen, swapped):
        assert median_value(cost, demand, some, 7) == pytest.approx(
            travel(problem, problem.candidates[some])
        )
        assert median_value(cost, demand, some, 7) >= best * (1 - 1e-9) - 1e-9


def test_opening_order_adds_up_and_never_gains():
    """Each next site adds no more than the one before; together they are the coverage."""
    problem = country(5)
    plan = choose_sites(problem, sites=5)
    assert sum(plan.added_share) == pytest.approx(plan.evaluation.coverage_share)
    assert list(plan.added_share) == sorted(plan.added_share, reverse=True)
    assert opening_order(problem, plan.sites[::-1], "mclp")[0] == list(plan.sites)


def test_on_the_radius_is_covered():
    cost = np.array([[75.0], [75.001]])
    plan = choose_sites(SitingProblem(np.array([1.0, 1.0]), cost, 75.0), sites=1)
    assert plan.evaluation.served.tolist() == [1.0, 0.0]


def test_a_service_covers_and_costs_no_site():
    cost = np.array([[0.0, 90.0], [90.0, 0.0]])
    alone = SitingProblem(np.array([5.0, 1.0]), cost, 10.0)
    served = replace(alone, existing_cost=np.array([0.0, 90.0]))
    assert choose_sites(alone, sites=1).sites == (0,)
    plan = choose_sites(served, sites=1)
    assert plan.sites == (1,)
    assert plan.evaluation.coverage_share == 1.0
    assert plan.evaluation.existing_share == pytest.approx(5 / 6)
    assert plan.evaluation.nearest.tolist() == [-1, 1]


def test_a_place_without_a_way_is_told():
    cost = np.array([[10.0], [np.inf]])
    seen = choose_sites(SitingProblem(np.array([3.0, 1.0]), cost, 75.0), sites=1).evaluation
    assert seen.unreachable_share == 0.25
    assert seen.mean_cost == 10.0
    assert seen.nearest.tolist() == [0, -2]


@pytest.mark.parametrize(
    ("change", "ask", "match"),
    [
        ({"demand": np.zeros(14)}, {}, "no demand anywhere"),
        ({"radius": 0.0}, {}, "radius is 0.0"),
        ({"capacity": -1.0}, {}, "capacity is -1.0"),
        ({"min_group_share": 1.5}, {}, "0 to 1"),
        ({}, {"sites": 0}, "from 1 to 9"),
        ({}, {"sites": 10}, "from 1 to 9"),
        ({"must": (1, 2)}, {"sites": 1}, "do not fit into 1"),
        ({"must": (4,), "is_allowed": np.arange(9) != 4}, {}, "excluded zone"),
        ({"capacity": 5.0}, {"model": "pmedian"}, "a capacity is a condition of mclp only"),
        ({"min_group_share": 0.5}, {"model": "pmedian"}, "least share"),
        ({}, {"model": "pmedian", "worst_cost": 3.0}, "worst cost"),
        ({}, {"time_limit_s": 0.0}, "time limit is 0.0"),
        ({}, {"worst_cost": 0.5}, "siting.refusal.worst_cost"),
    ],
)
def test_refusals(change, ask, match):
    with pytest.raises((ParameterError, InfeasibleError), match=match):
        choose_sites(replace(country(1), **change), **{"sites": 2, **ask})


@given(
    seed=st.integers(0, 40),
    model=st.sampled_from(["mclp", "pmedian"]),
    services=st.booleans(),
    condition=st.sampled_from(["none", "capacity", "share", "worst"]),
)
@settings(max_examples=80)
def test_people_who_stay_in_a_zone_count_and_ask_for_nothing(seed, model, services, condition):
    """People who stay in a zone change no site, but count in every denominator."""
    asked = country(seed, services=services)
    stays = np.random.default_rng(seed).random(14) < 0.3
    stays[0] = False
    conditions = {}
    if model == "mclp" and condition == "capacity":
        conditions["capacity"] = 12.0
    if model == "mclp" and condition == "share":
        conditions["min_group_share"] = 0.2
    worst = {"worst_cost": 60.0} if model == "mclp" and condition == "worst" else {}
    zoned = replace(asked, in_zone=stays, **conditions)
    bare = replace(asked, demand=np.where(stays, 0.0, asked.demand), **conditions)
    sites = 3
    try:
        expected = choose_sites(bare, model=model, sites=sites, **worst)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            choose_sites(zoned, model=model, sites=sites, **worst)
        return
    plan = choose_sites(zoned, model=model, sites=sites, **worst)
    seen, total = plan.evaluation, asked.demand.sum()
    assert plan.objective == pytest.approx(expected.objective)
    assert seen.groups["in_zones"].sum() == pytest.approx(asked.demand[stays].sum())
    assert not seen.served[stays].any()
    assert not plan.assigned[stays].any()
    of_others = evaluate(bare, plan.sites, served=np.where(stays, 0.0, seen.served))
    assert seen.coverage_share * total == pytest.approx(
        of_others.coverage_share * bare.demand.sum()
    )
    assert seen.worst_cost == of_others.worst_cost
    assert seen.unreachable_share == of_others.unreachable_share == 0
    groups = seen.groups
    assert groups["covered"].sum() == pytest.approx(seen.coverage_share * total)
    assert (groups["covered"] + groups["missed"] + groups["in_zones"]).to_numpy() == pytest.approx(
        groups["demand"].to_numpy()
    )
    assert groups["demand"].sum() == total


def test_the_least_share_is_asked_of_those_outside_zones():
    """A department whose people mostly stay can still be covered whole; all of one, too."""
    cost = np.array([[1.0, 9.0], [9.0, 1.0], [9.0, 9.0], [9.0, 9.0]])
    group = np.array(["01", "02", "02", "03"])
    problem = SitingProblem(np.array([1.0, 1.0, 8.0, 5.0]), cost, 2.0, group=group)
    stays = replace(problem, in_zone=np.array([False, False, True, True]))
    asked = replace(stays, min_group_share=1.0)
    assert asked.needed == 2.0
    plan = choose_sites(asked, sites=2)
    assert plan.evaluation.coverage_share == pytest.approx(2 / 15)
    assert plan.evaluation.groups["in_zones"].sum() == pytest.approx(13)


# a second opinion on what is held against every choice and against published optima above
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PuLP's, about itself
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("model", "theirs"),
    [("mclp", "MCLP"), ("pmedian", "PMedian")],
)
def test_spopt_with_cbc_finds_the_same_objective(model, theirs, seed):
    """Forty places, 25 candidates, 100 km across; its solver writes eight digits."""
    locate, pulp = pytest.importorskip("spopt.locate"), pytest.importorskip("pulp")
    rng = np.random.default_rng(seed)
    places, candidates = rng.uniform(0, 100, (40, 2)), rng.uniform(0, 100, (25, 2))
    cost = np.linalg.norm(places[:, None] - candidates[None], axis=2)
    cost = cost[(cost <= 22.0).any(axis=1)]
    asked = SitingProblem(rng.integers(1, 50, len(cost)).astype(float), cost, 22.0)
    given = {
        "mclp": {"weights": asked.demand, "service_radius": 22.0, "p_facilities": 4},
        "pmedian": {"weights": asked.demand, "p_facilities": 4},
    }[model]
    other = getattr(locate, theirs).from_cost_matrix(cost, **given)
    best = other.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value()
    plan = choose_sites(asked, model=model, sites=4)
    assert plan.objective == pytest.approx(best, rel=1e-7)
    assert plan.gap == 0


def test_a_budget_buys_the_last_candidate_in_part():
    """By hand: 3 of 4 buy the gain of 6 whole, what is left half of that of 4."""
    rho, price = np.array([-4.0, -1.0, -6.0]), np.array([2.0, 1.0, 3.0])
    assert _bought(rho, price, 4.0) == pytest.approx(-8.0)
