"""The most demand within reach of what a budget pays: sites, and the way to all that go to them.

Who is within reach goes to the nearest site, there and back, and nobody is left out to save the
way. More reach costs longer ways, so the number of sites follows from the choice. The choice is
found by adding and swapping, each step the one that covers most within the budget. No program: it
would need a variable for each pair of place and site. Its bound is the lower of two: what as many
sites as the budget pays cover with no way to pay, and what is left when the budget and the
assignment are relaxed (Lagrangian relaxation: Fisher 1981, Management Science 27, 1-18).
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from geo.interrupt import checkpoint
from geo.siting.cover import solve_mclp
from geo.siting.heuristics import enumerate_choices
from geo.siting.problem import Found, Plan, SitingProblem, plan_of
from geo.siting.solver import InfeasibleError, UnsolvedError

SWAPS = "greedy, swaps, Lagrangian bound"
"""method of a choice that is not enumerated"""
_TINY = 1e-9
_STEPS, _PATIENCE, _SHRINK = 3_000, 15, 0.7
"""steps of the bound; how many without a better one until they get shorter, and by how much"""
_WEIGHTS = (1.0, 0.5, 0.0)
"""of the cost against the demand that is gained, where sites are added one by one"""
_DRAWN = 4
"""beginnings with a first site drawn by chance"""


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Places and candidates within reach of each other, and the price of their ways."""

    place: np.ndarray
    site: np.ndarray
    way: np.ndarray
    """price of the ways of the place's whole demand, there and back"""
    gain: np.ndarray
    """shape (places,), demand that counts once covered; 0 where a service does already"""
    sites: int
    site_cost: float
    step: float

    def whole(self, ways: np.ndarray) -> np.ndarray:
        """What ways cost, in the steps in which they are paid."""
        return np.round(ways / self.step) * self.step if self.step else ways

    def of_sites(self, values: np.ndarray) -> np.ndarray:
        """Sums of the pairs' values, shape (sites,)."""
        return np.bincount(self.site, values, self.sites)


def solve_budget(
    problem: SitingProblem,
    *,
    site_cost: float,
    way_cost: float,
    budget: float,
    step: float = 0.0,
    seed: int = 1,
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """The sites that cover most demand, together with the existing services, for a budget.

    ``way_cost`` is the price of one unit of cost (kilometre, minute) for one unit of demand; here
    the way there and back is counted. All ways together are paid in whole steps of ``step``, in
    money; 0 = to the cent. Must-have sites are the only condition that is taken.
    ``better`` is called with the choice before its bound is sought. InfeasibleError: the budget
    does not even pay the must-have sites, or no site that covers anything.
    """
    until = time.monotonic() + time_limit_s
    free = problem.candidates
    cost, existing = problem.cost[:, free], problem.existing_cost[:, None]
    asks = (problem.demand > 0)[:, None]
    i, j = np.nonzero(problem.covers[:, free] & (cost < existing) & asks)
    already = problem.is_covered_already
    pairs = _Pairs(
        place=i,
        site=j,
        way=2 * way_cost * problem.demand[i] * cost[i, j],
        gain=np.where(already, 0.0, problem.demand),
        sites=len(free),
        site_cost=site_cost,
        step=step,
    )
    must = np.flatnonzero(np.isin(free, problem.must)).tolist()
    ways = np.full(cost.shape, np.inf)
    ways[i, j] = pairs.way
    most = len(free)
    if site_cost:
        most = min(most, int(budget / site_cost * (1 + _TINY)))
    every = _enumerated(pairs, ways, must, budget, most)
    begun = [(must, weight) for weight in _WEIGHTS]
    others = np.setdiff1d(np.arange(len(free)), must)
    drawn = np.random.default_rng(seed).permutation(others)[:_DRAWN].tolist()
    begun += [([*must, column], 1.0) for column in drawn]
    choices = every or [
        _swapped(pairs, ways, _added(pairs, ways, first, budget, weight), must, budget)
        for first, weight in begun
    ]
    judged = [(*_value_and_cost(pairs, ways, chosen), chosen) for chosen in choices if chosen]
    paid = [(covered, -spent, chosen) for covered, spent, chosen in judged if spent <= budget]
    if not paid:
        raise InfeasibleError("siting.refusal.budget_pays_none")
    value, _, best = max(paid)
    fixed = float(problem.demand[already].sum())
    sites = [int(free[column]) for column in best]
    if better is not None:
        better(sites, fixed + value, fixed + float(pairs.gain.sum()))
    bound = value
    if not every:
        reach = float(problem.demand.sum()) - fixed  # of as many sites if ways are free
        with suppress(UnsolvedError):
            reach = (
                solve_mclp(problem, most, seed=seed, time_limit_s=time_limit_s / 4).bound - fixed
            )
        if reach > value * (1 + _TINY):
            bound = min(reach, _bound(pairs, must, budget + step, value, until))
    return plan_of(
        problem,
        "mclp",
        sites,
        objective=fixed + value,
        bound=fixed + max(bound, value),
        is_stopped=not every,
        seed=seed,
        method="enumeration" if every else SWAPS,
    )


def _enumerated(
    pairs: _Pairs, ways: np.ndarray, must: list[int], budget: float, most: int
) -> list[list[int]]:
    """Return the best choice of each number of sites; [] where the choices are too many."""
    total = max(float(pairs.gain.sum()), _TINY)
    choices = []
    for sites in range(max(1, len(must)), most + 1):

        def judge(nearest: np.ndarray, teams: float = sites * pairs.site_cost) -> np.ndarray:
            is_served = np.isfinite(nearest)
            spent = teams + pairs.whole(np.where(is_served, nearest, 0.0).sum(axis=0))
            share = pairs.gain @ is_served / total
            return np.where(spent <= budget, spent / budget * _TINY - share, np.inf)

        best = enumerate_choices(ways, sites, tuple(must), judge)
        if best is None:
            return []
        choices.append(best[0])
    return choices


def _value_and_cost(pairs: _Pairs, ways: np.ndarray, chosen: list[int]) -> tuple[float, float]:
    nearest = ways[:, chosen].min(axis=1, initial=np.inf)
    served = np.isfinite(nearest)
    spent = len(chosen) * pairs.site_cost + pairs.whole(nearest[served].sum())
    return float(pairs.gain[served].sum()), float(spent)


def _with_each_candidate(pairs: _Pairs, nearest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return demand covered and cost of the ways with each candidate added to ``nearest``."""
    served = np.isfinite(nearest)
    is_served, now = served[pairs.place], nearest[pairs.place]
    gained = np.where(is_served, 0.0, pairs.gain[pairs.place])
    change = np.where(
        is_served, np.minimum(pairs.way - np.where(is_served, now, 0.0), 0.0), pairs.way
    )
    ways = pairs.whole(nearest[served].sum() + pairs.of_sites(change))
    return pairs.gain[served].sum() + pairs.of_sites(gained), ways


def _added(
    pairs: _Pairs, ways: np.ndarray, first: list[int], budget: float, weight: float
) -> list[int]:
    """Add sites one by one, each with the most demand gained for its cost."""
    chosen = list(first)
    while True:
        checkpoint()
        had, spent = _value_and_cost(pairs, ways, chosen)
        covered, cost = _with_each_candidate(pairs, ways[:, chosen].min(axis=1, initial=np.inf))
        cost = cost + (len(chosen) + 1) * pairs.site_cost
        is_paid = (cost <= budget) & (covered > had * (1 + _TINY) if chosen else True)
        is_paid[chosen] = False
        if not is_paid.any():
            return chosen
        extra = np.maximum(cost - spent, _TINY * budget)
        worth = np.where(is_paid, (covered - had) / extra**weight, -1.0)
        chosen.append(int(np.argmax(worth)))


def _swapped(
    pairs: _Pairs, ways: np.ndarray, chosen: list[int], must: list[int], budget: float
) -> list[int]:
    """Swap or add while more is covered within the budget, or as much for less."""
    chosen = list(chosen)
    now = _value_and_cost(pairs, ways, chosen)
    while True:
        checkpoint()
        best: tuple[float, float, list[int]] | None = None
        for out in [None, *(site for site in chosen if site not in must)]:
            rest = [site for site in chosen if site != out]
            covered, cost = _with_each_candidate(pairs, ways[:, rest].min(axis=1, initial=np.inf))
            cost = cost + (len(rest) + 1) * pairs.site_cost
            covered = np.where(cost <= budget, covered, -1.0)
            covered[chosen] = -1.0
            column = int(np.lexsort((-cost, np.round(covered, 9)))[-1])
            if best is None or (covered[column], -cost[column]) > (best[0], -best[1]):
                best = float(covered[column]), float(cost[column]), [*rest, column]
        if best is None or best[0] < now[0] * (1 - _TINY):
            return chosen
        is_more = best[0] > now[0] * (1 + _TINY)
        if not is_more and best[1] >= now[1] * (1 - _TINY):
            return chosen
        chosen, now = best[2], best[:2]


def _bound(pairs: _Pairs, must: list[int], budget: float, value: float, until: float) -> float:
    """Bound what any choice that the budget pays covers.

    Each place has a price of being served twice, money one of being spent too much; whatever they
    are, the sites that are worth theirs, and the prices, bound every choice from above.
    """
    gain, total = pairs.gain, float(pairs.gain.sum())
    gain_here = gain[pairs.place]
    price, money = gain / 2, value / budget
    best, best_at, scale, idle = np.inf, (price, money), 1.0, 0
    for _ in range(_STEPS):
        checkpoint()
        worth = np.maximum(gain_here - money * pairs.way - price[pairs.place], 0.0)
        of_site = pairs.of_sites(worth) - money * pairs.site_cost
        is_open = of_site > 0
        is_open[must] = True
        bound = float(money * budget + price.sum() + of_site[is_open].sum())
        if bound < best * (1 - _TINY):
            best, best_at, idle = bound, (price, money), 0
        else:
            idle += 1
        if time.monotonic() > until or scale < 1e-4:
            break
        if idle >= _PATIENCE:
            scale, idle = scale * _SHRINK, 0
            price, money = best_at
            continue
        is_served = (worth > 0) & is_open[pairs.site]
        often = np.bincount(pairs.place, is_served, len(gain))
        spent = is_open.sum() * pairs.site_cost + pairs.way[is_served].sum()
        # steps in shares: of a place's demand, and of all demand for the whole budget
        uphill, dearer = (1 - often) * gain, (1 - spent / budget) * total
        step = scale * (bound - value) / max(float(uphill @ uphill) + dearer**2, 1e-300)
        price = np.clip(price - step * uphill * gain, 0.0, gain)
        money = max(money - step * dearer * total / budget, 0.0)
    return min(best, total)
