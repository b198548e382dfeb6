"""Sites within a budget: against every choice there is, by both ways of finding them."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from geo.siting.budget import solve_budget
from geo.siting.problem import assign, evaluate
from geo.siting.solver import InfeasibleError
from tests.geo.siting.test_siting import country


def spent(problem, sites, site_cost, way_cost, step):
    """What a choice costs, place by place; its ways in whole steps."""
    shares = assign(problem, sites)
    ways = 0.0
    for i, k in np.argwhere(shares > 0):
        ways += 2 * way_cost * problem.demand[i] * shares[i, k] * problem.cost[i, sites[k]]
    return len(sites) * site_cost + (round(ways / step) * step if step else ways)


@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize("seed", range(12))
def test_no_choice_that_is_paid_covers_more(seed, few, monkeypatch):
    """With services, must-have sites and steps; the bound is none below the best, and none at all
    above it where every choice was looked at."""
    monkeypatch.setattr("geo.siting.heuristics.FEW_CHOICES", few)
    rng = np.random.default_rng(seed)
    radius = float(rng.uniform(30, 60))
    problem = replace(
        country(seed, n=20, m=8, radius=radius, services=seed % 3 == 0),
        must=(seed % 8,) if seed % 4 == 0 else (),
    )
    demand = problem.demand
    prices = {"site_cost": float(rng.uniform(50, 400)), "way_cost": float(rng.uniform(0.1, 1.5))}
    budget, step = prices["site_cost"] * float(rng.uniform(2, 6)), float(10 * (seed % 2))
    paid = [
        choice
        for count in range(1, 9)
        for choice in combinations(range(8), count)
        if {*problem.must} <= {*choice} and spent(problem, choice, **prices, step=step) <= budget
    ]
    if not paid:
        with pytest.raises(InfeasibleError, match="budget"):
            solve_budget(problem, **prices, budget=budget, step=step)
        return
    best = max(evaluate(problem, choice).coverage_share for choice in paid) * demand.sum()
    plan = solve_budget(problem, **prices, budget=budget, step=step)
    assert tuple(sorted(plan.sites)) in paid
    assert plan.objective == pytest.approx(best)
    assert plan.evaluation.coverage_share * demand.sum() == pytest.approx(plan.objective)
    assert plan.bound >= best - 1e-6
    assert plan.is_stopped == (few == 0)
    if few:
        assert plan.bound == plan.objective
