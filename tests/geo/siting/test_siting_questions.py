"""Stability, the curve and the fronts."""

from dataclasses import replace

import numpy as np
import pytest

from geo.siting.model import (
    choose_sites,
    coverage_curve,
    coverage_front,
    known_difference,
    stability,
)
from geo.siting.problem import evaluate
from tests.geo.siting.test_siting import country


def test_the_same_demand_chooses_the_same_sites():
    """Resamples that are the demand itself choose the plan again, all of it."""
    asked = country(2)
    plan = choose_sites(asked, sites=3)
    same = stability(asked, plan.sites, np.tile(asked.demand, (5, 1)))
    assert same.chosen_share == (1.0, 1.0, 1.0)
    assert same.regret_mean == 0.0
    assert same.coverage_low == same.coverage_high == pytest.approx(plan.evaluation.coverage_share)


def test_stability_counts_what_the_exact_model_would_choose():
    """On resamples the heuristic's coverage is the exact one's, and shares add up to p."""
    asked = country(7, n=30, m=20)
    plan = choose_sites(asked, sites=3)
    rng = np.random.default_rng(1)
    draws = rng.multinomial(60, asked.demand / asked.demand.sum(), size=30).astype(float)
    found = stability(asked, plan.sites, draws)
    assert found.exact_checks == 10
    assert 0 <= found.heuristic_gap < 0.02
    regrets = []
    for draw in draws:
        best = choose_sites(replace(asked, demand=draw), sites=3).evaluation.coverage_share
        regrets.append(best - evaluate(replace(asked, demand=draw), plan.sites).coverage_share)
    assert found.regret_mean == pytest.approx(np.mean(regrets), abs=0.02)
    assert all(near >= one for near, one in zip(found.near_share, found.chosen_share, strict=True))


def test_must_have_sites_are_always_stable():
    """A site that has to be chosen is chosen in every resample."""
    asked = replace(country(4), must=(0,))
    plan = choose_sites(asked, sites=2)
    rng = np.random.default_rng(2)
    draws = rng.multinomial(40, asked.demand / asked.demand.sum(), size=20).astype(float)
    found = stability(asked, plan.sites, draws)
    assert found.chosen_share[plan.sites.index(0)] == 1.0


def test_progress_can_stop_the_work():
    """What the callback raises comes through."""

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stability(country(1), [0], np.ones((3, 14)), progress=stop)


def curve_of(asked):
    """The curve of up to twenty sites, without the numbers that have no plan."""
    found = coverage_curve(asked, counts=range(1, 21), time_limit_s=10)
    return [one for _, one in found if one is not None]


def test_curve_rises_and_ends_where_the_candidates_do():
    """One point a number of sites, never falling, each the optimum on its own and there before the
    next is solved; a number that no plan can have ends nothing."""
    asked = country(3)
    first, other = coverage_curve(asked, counts=(3, 10), time_limit_s=10)
    assert (first[0], len(first[1].sites), other) == (3, 3, (10, None))
    least = choose_sites(asked, sites=9).evaluation.groups["share"].min() * (1 - 1e-9)
    needy = coverage_curve(replace(asked, min_group_share=least), counts=(1, 9), time_limit_s=10)
    assert [one is None for _, one in needy] == [True, False]
    curve = curve_of(asked)
    assert [len(point.sites) for point in curve] == list(range(1, 10))
    shares = [point.coverage_share for point in curve]
    assert shares == sorted(shares)
    assert shares[2] == choose_sites(asked, sites=3).evaluation.coverage_share


def test_what_is_known_of_a_difference_holds_the_true_one():
    """Searches that found less than the best and know it: the true difference lies between."""
    true = curve_of(country(3))
    rough = [
        replace(one, coverage_share=one.coverage_share * share, gap=1 / share - 1 + slack)
        for one, share, slack in zip(true, (1, 0.9, 0.97) * 3, (0, 0.1, 0.4) * 3, strict=True)
    ]
    for less in range(len(true) - 1):
        more = less + 1
        exact = true[more].coverage_share - true[less].coverage_share
        assert known_difference(true[more], true[less]) == pytest.approx((exact, exact))
        low, high = known_difference(rough[more], rough[less])
        assert low - 1e-12 <= exact <= high + 1e-12
    nothing = replace(true[0], coverage_share=0.0, gap=float("inf"))
    assert known_difference(nothing, true[0]) == pytest.approx((0, 1 - true[0].coverage_share))


def test_front_trades_coverage_for_the_farthest_place():
    """From the best coverage to the nearest farthest place, no point beaten by another."""
    asked = country(11, n=30, m=14, radius=18.0)
    front = coverage_front(asked, 3, steps=6, time_limit_s=10, progress=lambda _: None)
    covers = [point.coverage_share for point in front]
    worst = [point.worst_cost for point in front]
    assert covers == sorted(covers, reverse=True)
    assert worst == sorted(worst, reverse=True)
    assert covers[0] == pytest.approx(choose_sites(asked, sites=3).evaluation.coverage_share)
    center = choose_sites(asked, model="pcenter", sites=3)
    assert worst[-1] <= center.objective * (1 + 1e-9)
    assert len(front) > 2
