"""Models of covering: MCLP, LSCP and p-center as programs, and a search without a proof.

MCLP: Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118. LSCP:
Toregas, Swain, ReVelle and Bergman 1971, Operations Research 19, 1363-1373. p-center: Minieka
1970, SIAM Review 12, 138-139.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.interrupt import checkpoint
from geo.siting.problem import Found, Plan, SitingProblem, assign, plan_of
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
    better: Found | None = None,
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
    # nobody is covered twice, and p sites hold no more than p times the capacity: a stopped search
    # may know less than that, and a guess that reaches it needs no search
    room = np.inf if problem.capacity is None else problem.capacity * sites
    fixed, most = float(problem.demand[already].sum()), min(float(demand.sum()), room)
    if problem.capacity is not None and near is None and not problem.min_group_share and not start:
        full = [
            int(j) for j in free[_capacity_greedy(cover, demand, problem.capacity, sites, must)]
        ]
        served = float(problem.demand @ assign(problem, full).sum(axis=1))
        if served >= most * (1 - 1e-8):  # of a linear program
            return plan_of(
                problem,
                "mclp",
                _fill_up(problem, full, sites),
                objective=fixed + most,
                bound=fixed + most,
                is_stopped=False,
                seed=seed,
                method="greedy",
            )
        guess = np.flatnonzero(np.isin(free, full)).tolist()
    program, values = _mclp_program(problem, cover, places, sites, must, near, guess)

    def told(found: np.ndarray, objective: float, bound: float) -> None:
        if better is not None:
            chosen = free[found[: len(free)] > 0.5].tolist()
            better(_fill_up(problem, chosen, sites), fixed - objective, fixed + min(-bound, most))

    answer = solve(
        program, start=values, time_limit_s=time_limit_s, better=told if better else None
    )
    chosen = [int(j) for j in free[answer.values[: len(free)] > 0.5]]
    return plan_of(
        problem,
        "mclp",
        _fill_up(problem, chosen, sites),
        objective=fixed - answer.objective,
        bound=fixed + min(-answer.bound, most),
        is_stopped=answer.is_stopped,
        seed=seed,
    )


def _capacity_greedy(
    cover: np.ndarray, demand: np.ndarray, capacity: float, sites: int, must: tuple[int, ...]
) -> list[int]:
    """Columns added one by one, each the one that can fill most of its capacity from what is left;
    it takes from each place the same part."""
    left = demand.astype(float).copy()
    chosen: list[int] = []
    reach = cover.astype(float)
    while len(chosen) < sites:
        asks = reach.T @ left
        room = np.minimum(asks, capacity)
        # of those that fill up, the one with the fewest others to serve: it leaves most to the rest
        room -= _TINY * demand.sum() * asks / max(asks.max(), 1e-300)
        room[chosen] = -1.0
        best = must[len(chosen)] if len(chosen) < len(must) else int(np.argmax(room))
        if asks[best] <= 0 and len(chosen) >= len(must):
            break
        chosen.append(best)
        if asks[best] > 0:
            left -= left * reach[:, best] * min(1.0, capacity / asks[best])
    return chosen


def largest_least_percent(
    problem: SitingProblem, sites: int, *, time_limit_s: float = 10.0
) -> tuple[int, bool]:
    """The largest whole per cent to which p sites can cover every group, and whether it is proven.

    Bisection, its capacity and must-have sites kept: first by greedy choices, then by programs that
    ask for any choice at all.
    """
    problem.require_sites(sites)
    until = time.monotonic() + time_limit_s
    free, already = problem.candidates, problem.is_covered_already
    must = tuple(np.flatnonzero(np.isin(free, problem.must)).tolist())
    covers = problem.covers[:, free]
    places = np.flatnonzero((problem.demand > 0) & ~already & covers.any(axis=1))
    cover = covers[places]
    names, at = np.unique(problem.group, return_inverse=True)
    total = np.bincount(at, weights=problem.demand, minlength=len(names))
    have = np.bincount(at, weights=problem.demand * already, minlength=len(names))
    mine = np.zeros((len(names), len(places)))
    mine[at[places], np.arange(len(places))] = problem.demand[places]
    asks = total > 0
    top = int((100 * ((have + mine.sum(axis=1))[asks] / total[asks])).min() + 1e-9)

    def greedily(percent: int) -> bool:
        need, left = percent / 100 * total - have, mine.copy()
        chosen: list[int] = []
        while len(chosen) < sites and (need > _TINY * total).any():
            gain = np.minimum(left @ cover, np.maximum(need, 0.0)[:, None])
            score = (gain / np.maximum(percent / 100 * total, 1e-300)[:, None]).sum(axis=0)
            best = must[len(chosen)] if len(chosen) < len(must) else int(np.argmax(score))
            chosen.append(best)
            need -= left[:, cover[:, best]].sum(axis=1)
            left[:, cover[:, best]] = 0.0
        if (need > _TINY * total).any():
            return False
        asked = replace(problem, min_group_share=percent / 100)
        opened = _fill_up(problem, [int(j) for j in free[chosen]], sites)
        return problem.capacity is None or bool(assign(asked, opened).any())

    def exactly(percent: int) -> bool:
        asked = replace(problem, min_group_share=percent / 100)
        program, _ = _mclp_program(asked, cover, places, sites, must, None, [])
        left_s = max((until - time.monotonic()) / 2, 0.05)
        solve(replace(program, cost=np.zeros(program.cost.size)), time_limit_s=left_s)
        return True

    low, high = 0, top
    while low < high:
        middle = (low + high + 1) // 2
        if greedily(middle):
            low = middle
        else:
            high = middle - 1
    high, proven = top, top
    while low < high and time.monotonic() < until:
        middle = (low + high + 1) // 2
        try:
            exactly(middle)
            low = middle
        except InfeasibleError:
            high = proven = middle - 1
        except UnsolvedError:
            high = middle - 1
    return low, low == proven


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
    better: Found | None = None,
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
    # costs[last] is reached by `best`; below costs[proven] nothing is, below costs[first] nothing
    # was found in the time that a probe has
    until = time.monotonic() + time_limit_s
    must = tuple(np.flatnonzero(np.isin(problem.candidates, problem.must)).tolist())

    def asked(at: int) -> np.ndarray:
        within = cost <= costs[at] * (1 + 1e-9)
        return within[(existing > costs[at] * (1 + 1e-9)) & within.any(axis=1)]

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
        if _apart(asked(middle)) > sites:
            proven = middle + 1
        else:
            high_at = middle
    high_at, is_known = last, True
    while (
        is_known and proven < high_at and costs[last] - costs[proven] > relative_gap * costs[last]
    ):
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
            better(_fill_up(problem, best, sites), float(costs[last]), float(costs[proven]))
        try:
            best, _, _ = _set_cover(
                problem, float(costs[middle]), most=sites, time_limit_s=max(share * left_s, 0.05)
            )
            last = middle
        except InfeasibleError:
            first = proven = middle + 1  # what this radius cannot, no shorter one can
        except UnsolvedError:
            first = middle + 1
        if costs[last] - costs[min(first, last)] <= relative_gap * costs[last]:
            break
        middle, share = (first + last) // 2, 1 / 2
    return plan_of(
        problem,
        "pcenter",
        _fill_up(problem, best, sites),
        objective=float(costs[last]),
        bound=float(costs[proven]),
        is_stopped=bool(costs[last] - costs[proven] > relative_gap * costs[last]),
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
        if guess:
            shares = np.zeros((n, m))
            shares[:, guess] = assign(problem, [int(j) for j in problem.candidates[guess]])[places]
            start = np.concatenate([np.zeros(m), shares[i, j]])
            start[guess] = 1.0
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
    problem: SitingProblem,
    radius: float,
    *,
    most: int | None = None,
    time_limit_s: float,
    is_whole: bool = True,
    better: Found | None = None,
) -> tuple[list[int], float, bool]:
    """Smallest set of candidates within `radius` of all whom any candidate reaches at all.

    With `most` any set of so many; InfeasibleError where there is none, not even of parts of sites
    unless ``is_whole``.
    """
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

    def told(found: np.ndarray, objective: float, bound: float) -> None:
        if better is not None:
            found_sites = [*chosen, *free[found > 0.5].tolist()]
            better(found_sites, float(len(found_sites)), max(0.0, bound) + len(chosen))

    answer = solve(
        Program(np.ones(m), rows, lower, upper, integers=m if is_whole else 0, floor=np.zeros(m)),
        start=start if most is None else None,
        time_limit_s=time_limit_s,
        relative_gap=0.0 if most is None else float(m),
        better=told if better else None,
    )
    found = [int(j) for j in free[answer.values > 0.5]]
    # a number of sites is whole: a bound of 6.2 means 7
    bound = float(np.ceil(answer.bound - 1e-6)) + len(chosen)
    return chosen + found, bound, answer.is_stopped


def _quick_cover(cover: np.ndarray, sites: int, must: tuple[int, ...]) -> list[int] | None:
    """So many columns that cover all rows, if greedy adding and swaps find them."""
    reach, every = as_columns(cover), np.ones(len(cover))
    chosen = cover_greedy(reach, every, sites, must=must)
    if covered_demand(reach, every, chosen) < len(cover):
        chosen = cover_swap(reach, every, chosen, must=must)
    return chosen if covered_demand(reach, every, chosen) == len(cover) else None


def _apart(cover: np.ndarray) -> int:
    """Rows of which no two share a column, found one by one: each needs a column of its own."""
    left, count = cover, 0
    while len(left):
        row = left[int(np.argmin(left.sum(axis=1)))]
        left = left[~left[:, row].any(axis=1)]
        count += 1
    return count


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
