"""Everybody within reach: the fewest sites (LSCP), and the shortest reach of p sites (p-center).

LSCP: Toregas, Swain, ReVelle and Bergman 1971, Operations Research 19, 1363-1373. p-center: Minieka
1970, SIAM Review 12, 138-139.
"""

from __future__ import annotations

import time

import numpy as np

from geo.errors import ParameterError
from geo.siting.heuristics import (
    as_columns,
    cover_greedy,
    cover_swap,
    covered_demand,
    enumerate_choices,
    fill_up,
)
from geo.siting.problem import Found, Plan, SitingProblem, plan_of
from geo.siting.solver import InfeasibleError, Rows, UnsolvedError, solve


def solve_lscp(
    problem: SitingProblem,
    *,
    seed: int = 1,
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """The fewest candidates that reach every place with demand that any candidate can reach."""
    chosen, bound, stopped = _set_cover(
        problem, problem.radius, time_limit_s=time_limit_s, better=better
    )
    return plan_of(
        problem,
        "lscp",
        chosen,
        objective=float(len(chosen)),
        bound=bound,
        is_stopped=stopped and len(chosen) > bound,  # so few are the fewest, however it ended
        seed=seed,
    )


def solve_pcenter(
    problem: SitingProblem,
    sites: int,
    *,
    seed: int = 1,
    time_limit_s: float = 30.0,
    better: Found | None = None,
) -> Plan:
    """The p candidates whose farthest place is nearest: bisection over the costs there are."""
    problem.require_sites(sites)
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & np.isfinite(cost).any(axis=1)
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    cost, existing = cost[rows], problem.existing_cost[rows]
    must = tuple(np.flatnonzero(np.isin(problem.candidates, problem.must)).tolist())
    every = enumerate_choices(
        cost, sites, must, lambda nearest: np.minimum(nearest, existing[:, None]).max(axis=0)
    )
    if every is not None and np.isfinite(every[1]):
        chosen, least = every
        best = problem.candidates[chosen].tolist()
        return plan_of(problem, "pcenter", best, objective=least, seed=seed, method="enumeration")
    clipped = np.minimum(cost, existing[:, None])
    costs = np.unique(clipped[np.isfinite(clipped)])
    best, high = _farthest_first(problem, cost, existing, sites)
    if not np.isfinite(high):
        high = float(costs[-1])
        best, bound, _ = _set_cover(problem, high, time_limit_s=time_limit_s)
        if len(best) > sites:
            raise InfeasibleError("siting.refusal.sites_needed", sites=sites, least=f"{bound:.0f}")
    low = float(clipped.min(axis=1).max())
    costs = costs[(costs >= low) & (costs <= high)]
    # costs[last] is reached by `best`; below costs[proven] nothing is, below costs[first] nothing
    # was found in the time that a probe has
    until = time.monotonic() + time_limit_s

    def asked(number: int) -> np.ndarray:
        within = cost <= costs[number] * (1 + 1e-9)
        return within[(existing > costs[number] * (1 + 1e-9)) & within.any(axis=1)]

    proven, first, last = 0, 0, len(costs) - 1
    while first < last:  # what quick choices reach, then what they show to be out of reach
        middle = (first + last) // 2
        quick = _quick_cover(asked(middle), sites, must)
        if quick is None:
            first = middle + 1
        else:
            best, last = [int(j) for j in problem.candidates[quick]], middle
    high_at = last
    while proven < high_at:  # at once, so that the first plan has a bound
        middle = (proven + high_at) // 2
        if _independent_rows(asked(middle)) > sites:
            proven = middle + 1
        else:
            high_at = middle
    high_at, is_known = last, True
    while is_known and proven < high_at:
        # parts of sites serve at least as well as whole ones: what they cannot, nobody can
        middle, left_s = (proven + high_at) // 2, max(until - time.monotonic(), 0.05)
        try:
            _set_cover(
                problem, float(costs[middle]), most=sites, time_limit_s=left_s, is_whole=False
            )
            high_at = middle
        except InfeasibleError:
            proven = middle + 1
        except UnsolvedError:
            is_known = False
    first, share = proven, 1 / 4
    middle = first  # what parts of sites reach, whole ones often do: then the search is over
    while first < last and (left_s := until - time.monotonic()) > 0:
        if better is not None:
            better(fill_up(problem, best, sites), float(costs[last]), float(costs[proven]))
        try:
            best, _, _ = _set_cover(
                problem, float(costs[middle]), most=sites, time_limit_s=max(share * left_s, 0.05)
            )
            last = middle
        except InfeasibleError:
            first = proven = middle + 1  # what this radius cannot, no shorter one can
        except UnsolvedError:
            first = middle + 1
        middle, share = (first + last) // 2, 1 / 2
    return plan_of(
        problem,
        "pcenter",
        fill_up(problem, best, sites),
        objective=float(costs[last]),
        bound=float(costs[proven]),
        is_stopped=proven < last,
        seed=seed,
        method="HiGHS, bisection",
    )


def _set_cover(
    problem: SitingProblem,
    radius: float,
    *,
    most: int | None = None,
    time_limit_s: float,
    is_whole: bool = True,
    better: Found | None = None,
) -> tuple[list[int], float, bool]:
    """Return the smallest set of candidates within ``radius`` of all whom any candidate reaches.

    With ``most`` any set of so many; InfeasibleError where there is none, not even of parts of
    sites unless ``is_whole``.
    """
    limit = radius * (1 + 1e-9)
    within = problem.cost[:, problem.candidates] <= limit
    asks = (problem.demand > 0) & (problem.existing_cost > limit) & within.any(axis=1)
    asks &= ~within[:, np.isin(problem.candidates, problem.must)].any(axis=1)
    cover, chosen = within[asks], list(problem.must)
    if len(cover) == 0:
        return chosen, float(len(chosen)), False
    columns = undominated(cover, np.zeros(cover.shape[1], bool))
    cover, free = essential(cover[:, columns]), problem.candidates[columns]
    n, m = cover.shape
    guess = cover_greedy(as_columns(cover), np.ones(n), n)
    if most is not None and len(guess) + len(chosen) <= most:
        return chosen + [int(j) for j in free[guess]], 0.0, False
    rows = Rows()
    rows.add(cover.astype(float), least=1.0)
    if most is not None:
        # a row that no more than `most` can meet: nodes whose bound is above it are cut at once
        rows.add(np.ones(m), least=0.0, most=most - len(chosen))
    start = np.zeros(m)
    start[guess] = 1.0

    def report(values: np.ndarray, objective: float, bound: float) -> None:
        if better is not None:
            found_sites = [*chosen, *free[values > 0.5].tolist()]
            better(found_sites, float(len(found_sites)), max(0.0, bound) + len(chosen))

    answer = solve(
        rows.program(np.ones(m), integers=m if is_whole else 0, floor=np.zeros(m)),
        start=start if most is None else None,
        time_limit_s=time_limit_s,
        relative_gap=0.0 if most is None else float(m),
        better=report if better else None,
    )
    added = [int(j) for j in free[answer.values > 0.5]]
    # a number of sites is whole: a bound of 6.2 means 7; and no site covers more than the best does
    least = max(answer.bound, n / cover.sum(axis=0).max())
    bound = float(np.ceil(least - 1e-6)) + len(chosen)
    return chosen + added, bound, answer.is_stopped


def _quick_cover(cover: np.ndarray, sites: int, must: tuple[int, ...]) -> list[int] | None:
    """Return so many columns that cover all rows, if greedy adding and swaps find them."""
    reach, every = as_columns(cover), np.ones(len(cover))
    chosen = cover_greedy(reach, every, sites, must=must)
    if covered_demand(reach, every, chosen) < len(cover):
        chosen = cover_swap(reach, every, chosen, must=must)
    return chosen if covered_demand(reach, every, chosen) == len(cover) else None


def _independent_rows(cover: np.ndarray) -> int:
    """Count rows of which no two share a column: each needs a column of its own."""
    left, count = cover, 0
    while len(left):
        row = left[int(np.argmin(left.sum(axis=1)))]
        left = left[~left[:, row].any(axis=1)]
        count += 1
    return count


def undominated(cover: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Columns whose places no other column reaches all; swapping such a column in loses nothing.

    HiGHS finds neither these nor the rows of :func:`essential` by itself in the dense sets of long
    ways, and proves no p-center of the country with all of them.
    """
    return np.flatnonzero(~_is_inside(cover.T).any(axis=1) | keep)


def essential(cover: np.ndarray) -> np.ndarray:
    """The rows that are not covered by covering another row (Toregas and ReVelle 1972)."""
    return cover[~_is_inside(cover).any(axis=0)]


def _is_inside(sets: np.ndarray) -> np.ndarray:
    """[a, b]: all members of set a are in set b, and of two equal sets a is the later one."""
    size, order = sets.sum(axis=1), np.arange(len(sets))
    dense = sets.astype(np.float32)  # counts, exact in float32
    is_less = (size[:, None] < size) | ((size[:, None] == size) & (order[:, None] > order))
    return (dense @ dense.T == size[:, None]) & is_less


def _farthest_first(
    problem: SitingProblem, cost: np.ndarray, existing: np.ndarray, sites: int
) -> tuple[list[int], float]:
    """A p-center by farthest-first adding (Gonzalez 1985), and its farthest way."""
    chosen = [int(j) for j in np.flatnonzero(np.isin(problem.candidates, problem.must))]
    if not chosen:
        # first the candidate whose farthest place is nearest
        chosen = [int(np.argmin(cost.max(axis=0)))]
    nearest = np.minimum(existing, cost[:, chosen].min(axis=1))
    while len(chosen) < sites:
        order = np.argsort(cost[int(np.argmax(nearest))], kind="stable")
        pick = next((int(j) for j in order if int(j) not in chosen), None)
        if pick is None:
            break
        chosen.append(pick)
        nearest = np.minimum(nearest, cost[:, pick])
    return [int(problem.candidates[j]) for j in chosen], float(nearest.max())
