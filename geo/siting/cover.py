"""Models of covering: MCLP, LSCP and p-center as programs, and a search without a proof.

MCLP: Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118. LSCP:
Toregas, Swain, ReVelle and Bergman 1971, Operations Research 19, 1363-1373. p-center: Minieka
1970, SIAM Review 12, 138-139.
"""

from __future__ import annotations

import time

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.interrupt import checkpoint
from geo.siting.problem import Plan, SitingProblem, plan_of
from geo.siting.solver import InfeasibleError, Program, UnsolvedError, solve

_TINY = 1e-12
"""relative gain below which a swap is rounding, not improvement."""
_ROUNDS = 100


def solve_mclp(
    problem: SitingProblem,
    sites: int,
    *,
    worst_cost: float | None = None,
    start: tuple[int, ...] = (),
    seed: int = 1,
    time_limit_s: float = 30.0,
) -> Plan:
    """The p candidates that cover most demand together with the existing services."""
    problem.require_sites(sites)
    already = problem.is_covered_already
    free = problem.candidates
    covers = problem.covers[:, free]
    places = np.flatnonzero((problem.demand > 0) & ~already & covers.any(axis=1))
    cover, demand = covers[places], problem.demand[places]
    near = _within(problem, worst_cost)
    is_plain = near is None and problem.capacity is None and not problem.min_group_share
    if is_plain and sites - len(problem.must) == 1:
        return _best_one(problem, seed)
    if near is not None:
        if not start:  # the best without the condition is the best with it where it meets it
            time_limit_s /= 2
            freely = solve_mclp(problem, sites, seed=seed, time_limit_s=time_limit_s)
            if near[:, np.isin(free, freely.sites)].any(axis=1).all():
                return freely
        if problem.capacity is None:  # with one, two equal sites serve more than one
            keep = np.isin(free, [*problem.must, *start])
            columns = _undominated(np.vstack([cover, near]), keep)
            free, cover, near = free[columns], cover[:, columns], near[:, columns]
        near = _essential(near)
    must = tuple(np.flatnonzero(np.isin(free, problem.must)).tolist())
    guess: list[int] = []
    if start:
        guess = np.flatnonzero(np.isin(free, start)).tolist()
    elif near is None and problem.min_group_share == 0:
        reach = as_columns(cover)
        guess = cover_greedy(reach, demand, sites, must=must)
        guess = cover_swap(reach, demand, guess, must=must)
    program, values = _mclp_program(problem, cover, places, sites, must, near, guess)
    answer = solve(program, start=values, time_limit_s=time_limit_s)
    chosen = [int(j) for j in free[answer.values[: len(free)] > 0.5]]
    # a stopped search may know less than what anybody can see: nobody is covered twice, and p
    # sites hold no more than p times the capacity
    room = np.inf if problem.capacity is None else problem.capacity * sites
    fixed = float(problem.demand[already].sum())
    return plan_of(
        problem,
        "mclp",
        _fill_up(problem, chosen, sites),
        objective=fixed - answer.objective,
        bound=fixed + min(-answer.bound, float(demand.sum()), room),
        is_stopped=answer.is_stopped,
        seed=seed,
    )


def _best_one(problem: SitingProblem, seed: int) -> Plan:
    """One site to choose, no condition: the candidate that covers most of what is left."""
    covered = problem.is_covered_already | problem.covers[:, problem.must].any(axis=1)
    gain = np.where(covered, 0.0, problem.demand) @ problem.covers
    free = np.setdiff1d(problem.candidates, problem.must)
    best = int(free[np.argmax(gain[free])])
    value = float(problem.demand[covered].sum() + gain[best])
    return plan_of(
        problem,
        "mclp",
        [*problem.must, best],
        objective=value,
        bound=value,
        is_stopped=False,
        seed=seed,
        method="enumeration",
    )


def solve_lscp(problem: SitingProblem, *, seed: int = 1, time_limit_s: float = 30.0) -> Plan:
    """The fewest candidates that reach every place with demand that any candidate can reach."""
    chosen, bound, stopped = _set_cover(problem, problem.radius, time_limit_s=time_limit_s)
    return plan_of(
        problem,
        "lscp",
        chosen,
        objective=float(len(chosen)),
        bound=bound,
        is_stopped=stopped,
        seed=seed,
    )


def solve_pcenter(
    problem: SitingProblem,
    sites: int,
    *,
    seed: int = 1,
    time_limit_s: float = 30.0,
    relative_gap: float = 0.0,
) -> Plan:
    """The p candidates whose farthest place is nearest: bisection over the costs there are."""
    problem.require_sites(sites)
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & np.isfinite(cost).any(axis=1)
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    cost, existing = cost[rows], problem.existing_cost[rows]
    clipped = np.minimum(cost, existing[:, None])
    costs = np.unique(clipped[np.isfinite(clipped)])
    best, high = _farthest_first(problem, cost, existing, sites)
    if not np.isfinite(high):
        high = float(costs[-1])
        best, bound, _ = _set_cover(problem, high, time_limit_s=time_limit_s)
        if len(best) > sites:
            raise InfeasibleError(
                f"{sites} sites cannot reach every place that has a way to a candidate: at least "
                f"{bound:.0f} are needed"
            )
    low = float(clipped.min(axis=1).max())
    costs = costs[(costs >= low) & (costs <= high)]
    first, last = 0, len(costs) - 1  # costs[last] is reached by `best`
    stopped = False
    until = time.monotonic() + time_limit_s
    while first < last and costs[last] - costs[first] > relative_gap * costs[last]:
        middle = (first + last) // 2
        left_s = max(until - time.monotonic(), 0.05)
        try:
            best, _, _ = _set_cover(problem, float(costs[middle]), most=sites, time_limit_s=left_s)
            last = middle
        except InfeasibleError:
            first = middle + 1
        except UnsolvedError:
            stopped = True
            break
    return plan_of(
        problem,
        "pcenter",
        _fill_up(problem, best, sites),
        objective=float(costs[last]),
        bound=float(costs[first]),
        is_stopped=stopped,
        seed=seed,
        method="HiGHS, bisection",
    )


def as_columns(covers: np.ndarray) -> sparse.csc_array:
    """The covering matrix by columns; a site reaches a few places in a hundred."""
    return sparse.csc_array(covers.astype(float))


def cover_greedy(
    reach: sparse.csc_array, demand: np.ndarray, sites: int, *, must: tuple[int, ...] = ()
) -> list[int]:
    """Columns added one by one, each covering the most demand left; fewer if none is left."""
    left = demand.astype(float).copy()
    chosen = list(must)
    for column in chosen:
        left[_rows(reach, column)] = 0.0
    while len(chosen) < sites:
        gain = reach.T @ left
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        if gain[best] <= _TINY * demand.sum():
            break
        chosen.append(best)
        left[_rows(reach, best)] = 0.0
    return chosen


def cover_swap(
    reach: sparse.csc_array, demand: np.ndarray, chosen: list[int], *, must: tuple[int, ...]
) -> list[int]:
    """The best swap of one column for another, again and again until none covers more."""
    chosen = list(chosen)
    movable = [k for k, j in enumerate(chosen) if j not in must]
    if not movable:
        return chosen
    total = float(demand.sum())
    for _ in range(_ROUNDS):
        checkpoint()
        times = np.zeros(len(demand))
        for column in chosen:
            times[_rows(reach, column)] += 1
        # without site k a place is uncovered if k alone covered it, or nobody does
        weights = np.repeat((demand * (times == 0))[:, None], len(movable), axis=1)
        loss = np.zeros(len(movable))
        for at, k in enumerate(movable):
            alone = _rows(reach, chosen[k])
            alone = alone[times[alone] == 1]
            weights[alone, at] = demand[alone]
            loss[at] = demand[alone].sum()
        gain = (reach.T @ weights).T  # [k, j]: covered by j once k has gone
        change = gain - loss[:, None]
        change[:, chosen] = -np.inf
        at_best, j = np.unravel_index(int(np.argmax(change)), change.shape)
        if change[at_best, j] <= _TINY * total:
            break
        chosen[movable[int(at_best)]] = int(j)
    return chosen


def covered_demand(reach: sparse.csc_array, demand: np.ndarray, chosen: list[int]) -> float:
    """Demand that the chosen columns cover."""
    is_covered = np.zeros(len(demand), dtype=bool)
    for column in chosen:
        is_covered[_rows(reach, column)] = True
    return float(demand[is_covered].sum())


def _mclp_program(
    problem: SitingProblem,
    cover: np.ndarray,
    places: np.ndarray,
    sites: int,
    must: tuple[int, ...],
    near: np.ndarray | None,
    guess: list[int],
) -> tuple[Program, np.ndarray | None]:
    """Columns: y of each candidate, then z of each place (or x of each pair, with a capacity)."""
    n, m = cover.shape
    demand = problem.demand[places]
    start = None
    if problem.capacity is None:
        weight, place = demand, sparse.identity(n, format="csr")
        rows = [sparse.hstack([sparse.csr_matrix(cover.astype(float)), -place])]
        lower, upper = [np.zeros(n)], [np.full(n, np.inf)]
        if guess:
            start = np.zeros(m + n)
            start[guess] = 1.0
            start[m:] = cover[:, guess].any(axis=1)
    else:
        i, j = np.nonzero(cover)
        pairs = len(i)
        weight, arc = demand[i], np.arange(pairs)
        place = sparse.csr_matrix((np.ones(pairs), (i, arc)), shape=(n, pairs))
        site = sparse.csr_matrix((np.ones(pairs), (arc, j)), shape=(pairs, m))
        load = sparse.csr_matrix((demand[i], (j, arc)), shape=(m, pairs))
        rows = [
            sparse.hstack([site, -sparse.identity(pairs)]),
            sparse.hstack([sparse.csr_matrix((n, m)), place]),
            sparse.hstack([-problem.capacity * sparse.identity(m), load]),
        ]
        lower = [np.zeros(pairs), np.zeros(n), np.full(m, -np.inf)]
        upper = [np.full(pairs, np.inf), np.ones(n), np.zeros(m)]
    blank = weight.size
    rows.append(sparse.csr_matrix(np.concatenate([np.ones(m), np.zeros(blank)])))
    lower.append(np.zeros(1))
    upper.append(np.array([float(sites)]))
    for need, mine in _group_needs(problem, places):
        rows.append(sparse.hstack([sparse.csr_matrix((1, m)), sparse.csr_matrix(mine) @ place]))
        lower.append(np.array([need]))
        upper.append(np.array([np.inf]))
    if near is not None:
        reach = sparse.csr_matrix(near.astype(float))
        rows.append(sparse.hstack([reach, sparse.csr_matrix((len(near), blank))]))
        lower.append(np.ones(len(near)))
        upper.append(np.full(len(near), np.inf))
    floor = np.zeros(m + blank)
    floor[list(must)] = 1.0
    program = Program(
        cost=np.concatenate([np.zeros(m), -weight]),
        rows=sparse.vstack(rows).tocsr(),
        lower=np.concatenate(lower),
        upper=np.concatenate(upper),
        integers=m,
        floor=floor,
    )
    return program, start


def _group_needs(problem: SitingProblem, places: np.ndarray) -> list[tuple[float, np.ndarray]]:
    """What each group still needs to reach the least share, and its demand at the open places."""
    if problem.min_group_share <= 0:
        return []
    found = []
    for name in np.unique(problem.group[problem.demand > 0]):
        here = problem.group == name
        need = problem.min_group_share * problem.demand[here].sum()
        need -= problem.demand[here & problem.is_covered_already].sum()
        if need <= 1e-12:
            continue
        mine = np.where(here, problem.demand, 0.0)[places]
        if mine.sum() < need * (1 - 1e-9):
            raise InfeasibleError(
                f"department {name} cannot be covered to {100 * problem.min_group_share:g} %: too "
                "few of its places are within reach of a candidate. Lower the least share or "
                "raise the radius"
            )
        found.append((float(need), mine))
    return found


def _within(problem: SitingProblem, worst_cost: float | None) -> np.ndarray | None:
    """Which candidates are within the worst cost of each place that no service is near."""
    if worst_cost is None:
        return None
    limit = worst_cost * (1 + 1e-9)
    within = problem.cost[:, problem.candidates] <= limit
    asks = (problem.demand > 0) & (problem.existing_cost > limit)
    asks &= np.isfinite(problem.cost[:, problem.candidates]).any(axis=1)
    if not within[asks].any(axis=1).all():
        raise InfeasibleError(
            f"some places have no candidate within {worst_cost:g} {problem.unit}: raise the "
            "worst cost"
        )
    return within[asks]


def _set_cover(
    problem: SitingProblem, radius: float, *, most: int | None = None, time_limit_s: float
) -> tuple[list[int], float, bool]:
    """Smallest set of candidates within `radius` of all whom any candidate reaches at all."""
    limit = radius * (1 + 1e-9)
    within = problem.cost[:, problem.candidates] <= limit
    asks = (problem.demand > 0) & (problem.existing_cost > limit) & within.any(axis=1)
    asks &= ~within[:, np.isin(problem.candidates, problem.must)].any(axis=1)
    cover, chosen = within[asks], list(problem.must)
    if len(cover) == 0:
        return chosen, float(len(chosen)), False
    columns = _undominated(cover, np.zeros(cover.shape[1], bool))
    cover, free = _essential(cover[:, columns]), problem.candidates[columns]
    n, m = cover.shape
    guess = cover_greedy(as_columns(cover), np.ones(n), n)
    if most is not None and len(guess) + len(chosen) <= most:
        return chosen + [int(j) for j in free[guess]], 0.0, False
    rows, lower = sparse.csr_matrix(cover.astype(float)), np.ones(n)
    upper = np.full(n, np.inf)
    if most is not None:
        # a row that no more than `most` can meet: nodes whose bound is above it are cut at once
        rows = sparse.vstack([rows, sparse.csr_matrix(np.ones((1, m)))]).tocsr()
        lower, upper = np.append(lower, 0.0), np.append(upper, float(most - len(chosen)))
    start = np.zeros(m)
    start[guess] = 1.0
    answer = solve(
        Program(np.ones(m), rows, lower, upper, integers=m, floor=np.zeros(m)),
        start=start if most is None else None,
        time_limit_s=time_limit_s,
        relative_gap=0.0 if most is None else float(m),
    )
    found = [int(j) for j in free[answer.values > 0.5]]
    # a number of sites is whole: a bound of 6.2 means 7
    bound = float(np.ceil(answer.bound - 1e-6)) + len(chosen)
    return chosen + found, bound, answer.is_stopped


def _undominated(cover: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Columns whose places no other column reaches all; swapping such a column in loses nothing.

    HiGHS finds neither these nor the rows of :func:`_essential` by itself in the dense sets of long
    ways, and proves no p-center of the country with all of them.
    """
    return np.flatnonzero(~_is_inside(cover.T).any(axis=1) | keep)


def _essential(cover: np.ndarray) -> np.ndarray:
    """The rows that are not covered by covering another row (Toregas and ReVelle 1972)."""
    return cover[~_is_inside(cover).any(axis=0)]


def _is_inside(sets: np.ndarray) -> np.ndarray:
    """[a, b]: all members of set a are in set b, and of two equal sets a is the later one."""
    size, at = sets.sum(axis=1), np.arange(len(sets))
    dense = sets.astype(np.float32)  # counts, exact in float32
    is_less = (size[:, None] < size) | ((size[:, None] == size) & (at[:, None] > at))
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


def _fill_up(problem: SitingProblem, chosen: list[int], sites: int) -> list[int]:
    """Use up the sites: what is left over goes where it shortens the ways most."""
    chosen = list(chosen)
    nearest = problem.existing_cost.copy()
    if chosen:
        nearest = np.minimum(nearest, problem.cost[:, chosen].min(axis=1))
    far = float(problem.cost[np.isfinite(problem.cost)].max(initial=0.0)) * 2
    while len(chosen) < sites:
        free = np.setdiff1d(problem.candidates, chosen)
        now = np.minimum(nearest, far)
        saved = problem.demand @ np.maximum(
            now[:, None] - np.minimum(problem.cost[:, free], far), 0
        )
        chosen.append(int(free[np.argmax(saved)]))
        nearest = np.minimum(nearest, problem.cost[:, chosen[-1]])
    return chosen


def _rows(reach: sparse.csc_array, column: int) -> np.ndarray:
    return reach.indices[reach.indptr[column] : reach.indptr[column + 1]]
