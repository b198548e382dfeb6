"""The covering models as mixed-integer programs: MCLP, LSCP and p-center.

MCLP: Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118.
LSCP: Toregas, Swain, ReVelle and Bergman 1971, Operations Research 19, 1363-1373.
p-center by bisection over set coverings: Minieka 1970, SIAM Review 12, 138-139.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from geo.errors import ParameterError
from geo.siting_cover import as_columns, cover_greedy, cover_swap
from geo.siting_problem import SitingProblem
from geo.siting_reduce import essential_rows, merge_rows, undominated
from geo.siting_solver import InfeasibleError, Program, UnsolvedError, solve


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Chosen candidates and how good the best could be."""

    sites: tuple[int, ...]
    """positions of the candidates; sorted."""
    objective: float
    """demand covered (MCLP), number of sites (LSCP), worst cost (p-center), cost (p-median)."""
    bound: float
    """no choice is better than this."""
    is_stopped: bool
    """the time limit came before the proof."""
    method: str
    served: np.ndarray | None = None
    """shape (n,), share (0 to 1) of each place served; only where a capacity limits it."""
    columns_left: int = 0
    """candidates that were left after the reductions that keep the optimum."""


def solve_mclp(
    problem: SitingProblem,
    sites: int,
    *,
    worst_cost: float | None = None,
    start: tuple[int, ...] = (),
    time_limit_s: float = 30.0,
) -> Choice:
    """The p candidates that cover most demand together with the existing services.

    max sum of w_i z_i, z_i <= sum of y_j over the j that reach i, sum of y = p, y binary. Places
    that a service reaches are covered from the start. With a capacity C the z_i are split into
    x_ij <= y_j with sum over i of w_i x_ij <= C y_j. With a least share s of the departments:
    sum over d of w_i z_i >= s W_d. With a worst cost every place that has a way to some
    candidate gets a site or service within it. ``start`` is a choice that is known to meet the
    conditions; HiGHS begins there and never returns a worse one.

    Raises
    ------
    InfeasibleError
        The least share or the worst cost cannot be had with p sites.
    """
    problem.require_sites(sites)
    already = problem.is_covered_already
    covers = problem.covers[:, problem.candidates]
    open_rows = np.flatnonzero((problem.demand > 0) & ~already & covers.any(axis=1))
    fixed = float(problem.demand[already].sum())
    position = {int(j): k for k, j in enumerate(problem.candidates)}
    must = np.zeros(len(problem.candidates), bool)
    must[[position[j] for j in problem.must]] = True
    cover = covers[open_rows]
    demand, group = problem.demand[open_rows], problem.group[open_rows]
    extra = _rows_within(problem, worst_cost)
    preference = problem.preference[problem.candidates]
    if problem.capacity is None:
        both = cover if extra is None else np.vstack([cover, extra])
        known = np.isin(problem.candidates, start)
        columns = undominated(both, preference=preference, keep=must | known)
        grouped = group if problem.min_group_share > 0 else None
        cover, demand, group = merge_rows(cover[:, columns], demand, grouped)
    else:
        columns = np.arange(len(problem.candidates))
    fixed_must = tuple(np.flatnonzero(must[columns]).tolist())
    if extra is not None:
        extra = extra[:, columns]
        extra = extra[essential_rows(extra)]
    by_column = as_columns(cover)
    is_free = extra is None and problem.min_group_share == 0
    if start:
        guess = np.flatnonzero(np.isin(problem.candidates[columns], start)).tolist()
    elif is_free:
        guess = cover_greedy(by_column, demand, sites, must=fixed_must)
        guess = cover_swap(by_column, demand, guess, must=fixed_must)
    else:
        guess = []
    program, values = _mclp_program(problem, cover, demand, group, sites, fixed_must, extra, guess)
    answer = solve(program, start=values, time_limit_s=time_limit_s)
    m = len(columns)
    chosen = [int(problem.candidates[columns[k]]) for k in np.flatnonzero(answer.values[:m] > 0.5)]
    served = None
    if problem.capacity is not None:
        served = already.astype(float)
        places, _ = np.nonzero(cover)
        share = np.bincount(places, weights=answer.values[m:], minlength=len(demand))
        served[open_rows] = np.clip(share, 0.0, 1.0)
    chosen = _fill(problem, chosen, sites)
    return Choice(
        sites=tuple(sorted(chosen)),
        objective=fixed - answer.objective,
        bound=fixed - answer.bound,
        is_stopped=answer.is_stopped,
        method="HiGHS",
        served=served,
        columns_left=m,
    )


def solve_lscp(problem: SitingProblem, *, time_limit_s: float = 30.0) -> Choice:
    """The fewest candidates that reach every place with demand that any candidate can reach.

    min sum of y_j, sum of y_j over the j that reach i >= 1, y binary. Places that a service
    reaches, and places out of reach of every candidate, ask for nothing.
    """
    sites, bound, stopped, left = _set_cover(problem, problem.radius, time_limit_s=time_limit_s)
    return Choice(
        sites=tuple(sorted(sites)),
        objective=float(len(sites)),
        bound=bound,
        is_stopped=stopped,
        method="HiGHS",
        columns_left=left,
    )


def solve_pcenter(
    problem: SitingProblem,
    sites: int,
    *,
    time_limit_s: float = 30.0,
    relative_gap: float = 0.0,
) -> Choice:
    """The p candidates whose farthest place is nearest: bisection over the costs there are.

    p sites reach everybody within r exactly if the smallest set covering at r has at most p
    sites. Places with no way to any candidate are left out; an existing service counts.
    """
    problem.require_sites(sites)
    best, low, high = _center_start(problem, sites)
    costs = np.unique(_useful_costs(problem))
    if not np.isfinite(high):
        high = float(costs[-1])
        best, bound, _, _ = _set_cover(problem, high, time_limit_s=time_limit_s)
        if len(best) > sites:
            raise InfeasibleError(
                f"{sites} sites cannot reach every place that has a way to a candidate: at least "
                f"{bound:.0f} are needed"
            )
    costs = costs[(costs >= low) & (costs <= high)]
    first, last = 0, len(costs) - 1  # costs[last] is reached by `best`
    stopped = False
    left = len(problem.candidates)
    until = time.monotonic() + time_limit_s
    while first < last and costs[last] - costs[first] > relative_gap * costs[last]:
        middle = (first + last) // 2
        left_s = max(until - time.monotonic(), 0.05)
        try:
            found, _, _, left = _set_cover(
                problem, float(costs[middle]), most=sites, time_limit_s=left_s
            )
            best, last = found, middle
        except InfeasibleError:
            first = middle + 1
        except UnsolvedError:
            stopped = True
            break
    return Choice(
        sites=tuple(sorted(_fill(problem, best, sites))),
        objective=float(costs[last]),
        bound=float(costs[first]),
        is_stopped=stopped,
        method="HiGHS, bisection",
        columns_left=left,
    )


def _mclp_program(
    problem: SitingProblem,
    cover: np.ndarray,
    demand: np.ndarray,
    group: np.ndarray,
    sites: int,
    must: tuple[int, ...],
    extra: np.ndarray | None,
    guess: list[int],
) -> tuple[Program, np.ndarray | None]:
    """Columns: y of each candidate, then z of each place (or x of each pair, with a capacity)."""
    n, m = cover.shape
    reach = sparse.csr_matrix(cover.astype(float))
    if problem.capacity is None:
        weight, place = demand, sparse.identity(n, format="csr")
        rows = [sparse.hstack([reach, -place])]
        lower, upper = [np.zeros(n)], [np.full(n, np.inf)]
        start = None
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
        start = None
    blank = weight.size
    count = sparse.csr_matrix(np.concatenate([np.ones(m), np.zeros(blank)]))
    rows.append(count)
    lower.append(np.zeros(1))
    upper.append(np.array([float(sites)]))
    for bound, row in _group_rows(problem, group, demand, place):
        rows.append(sparse.hstack([sparse.csr_matrix((1, m)), row]))
        lower.append(np.array([bound]))
        upper.append(np.array([np.inf]))
    if extra is not None:
        rows.append(
            sparse.hstack(
                [sparse.csr_matrix(extra.astype(float)), sparse.csr_matrix((len(extra), blank))]
            )
        )
        lower.append(np.ones(len(extra)))
        upper.append(np.full(len(extra), np.inf))
    floor = np.zeros(m + blank)
    floor[list(must)] = 1.0
    return (
        Program(
            cost=np.concatenate([np.zeros(m), -weight]),
            rows=sparse.vstack(rows).tocsr(),
            lower=np.concatenate(lower),
            upper=np.concatenate(upper),
            is_integer=np.arange(m + blank) < m,
            floor=floor,
            ceiling=np.ones(m + blank),
        ),
        start,
    )


def _group_rows(
    problem: SitingProblem, group: np.ndarray, demand: np.ndarray, place: sparse.csr_matrix
) -> list[tuple[float, sparse.csr_matrix]]:
    """What each department still needs to reach the least share, and the row that counts it."""
    if problem.min_group_share <= 0:
        return []
    found = []
    already = problem.is_covered_already
    for name in np.unique(problem.group[problem.demand > 0]):
        here = problem.group == name
        need = problem.min_group_share * problem.demand[here].sum()
        need -= problem.demand[here & already].sum()
        if need <= 1e-12:
            continue
        mine = np.where(group == name, demand, 0.0)
        if mine.sum() < need * (1 - 1e-9):
            raise InfeasibleError(
                f"department {name} cannot be covered to {100 * problem.min_group_share:g} %: too "
                "few of its places are within reach of a candidate. Lower the least share or "
                "raise the radius"
            )
        found.append((float(need), sparse.csr_matrix(mine) @ place))
    return found


def _rows_within(problem: SitingProblem, worst_cost: float | None) -> np.ndarray | None:
    """Who has to be reached within the worst cost, and which candidates do it."""
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
) -> tuple[list[int], float, bool, int]:
    """Smallest set of candidates within `radius` of all whom any candidate reaches at all.

    With `most` any set of at most so many will do, and having none is an InfeasibleError.
    """
    limit = radius * (1 + 1e-9)
    within = problem.cost[:, problem.candidates] <= limit
    asks = (problem.demand > 0) & (problem.existing_cost > limit) & within.any(axis=1)
    must = np.isin(problem.candidates, problem.must)
    cover = within[asks]
    cover = cover[~cover[:, must].any(axis=1)]
    columns = undominated(cover, preference=problem.preference[problem.candidates])
    columns = columns[cover[:, columns].any(axis=0)] if len(cover) else columns[:0]
    cover = cover[:, columns]
    cover = cover[essential_rows(cover)]
    chosen = list(problem.must)
    if len(cover) == 0:
        return chosen, float(len(chosen)), False, len(columns)
    n, m = cover.shape
    guess = cover_greedy(cover, np.ones(n), n)
    if most is not None and len(guess) + len(chosen) <= most:
        sites = [int(problem.candidates[columns[k]]) for k in guess]
        return chosen + sites, 0.0, False, m
    rows, lower = sparse.csr_matrix(cover.astype(float)), np.ones(n)
    upper = np.full(n, np.inf)
    if most is not None:
        # a row that no more than `most` can meet: nodes whose bound is above it are cut at once
        rows = sparse.vstack([rows, sparse.csr_matrix(np.ones((1, m)))]).tocsr()
        lower, upper = np.append(lower, 0.0), np.append(upper, float(most - len(chosen)))
    start = np.zeros(m)
    start[guess] = 1.0
    answer = solve(
        Program(
            cost=np.ones(m),
            rows=rows,
            lower=lower,
            upper=upper,
            is_integer=np.ones(m, bool),
            floor=np.zeros(m),
            ceiling=np.ones(m),
        ),
        start=start if most is None else None,
        time_limit_s=time_limit_s,
        relative_gap=0.0 if most is None else float(m),
    )
    found = [int(problem.candidates[columns[k]]) for k in np.flatnonzero(answer.values > 0.5)]
    # a number of sites is whole: a bound of 6.2 means 7
    bound = float(np.ceil(answer.bound - 1e-6)) + len(chosen)
    return chosen + found, bound, answer.is_stopped, m


def _useful_costs(problem: SitingProblem) -> np.ndarray:
    """Costs of places with demand and a way, none longer than to their existing service."""
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & np.isfinite(cost).any(axis=1)
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    clipped = np.minimum(cost[rows], problem.existing_cost[rows, None])
    return clipped[np.isfinite(clipped)]


def _center_start(problem: SitingProblem, sites: int) -> tuple[list[int], float, float]:
    """A choice by farthest-first adding (Gonzalez 1985), and bounds of the best worst cost."""
    cost = problem.cost[:, problem.candidates]
    rows = (problem.demand > 0) & np.isfinite(cost).any(axis=1)
    if not rows.any():
        raise ParameterError("no place with demand has a way to any candidate: add candidates")
    cost, existing = cost[rows], problem.existing_cost[rows]
    low = float(np.minimum(cost.min(axis=1), existing).max())
    chosen = [int(np.flatnonzero(problem.candidates == j)[0]) for j in problem.must]
    nearest = existing.copy()
    if chosen:
        nearest = np.minimum(nearest, cost[:, chosen].min(axis=1))
    else:
        # first the candidate whose farthest place is nearest
        chosen = [int(np.argmin(cost.max(axis=0)))]
        nearest = np.minimum(nearest, cost[:, chosen[0]])
    while len(chosen) < sites:
        farthest = int(np.argmax(nearest))
        order = np.argsort(cost[farthest], kind="stable")
        pick = next((int(j) for j in order if int(j) not in chosen), None)
        if pick is None:
            break
        chosen.append(pick)
        nearest = np.minimum(nearest, cost[:, pick])
    return [int(problem.candidates[j]) for j in chosen], low, float(nearest.max())


def _fill(problem: SitingProblem, chosen: list[int], sites: int) -> list[int]:
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
        rank = np.lexsort((-problem.preference[free], -saved))
        chosen.append(int(free[rank[0]]))
        nearest = np.minimum(nearest, problem.cost[:, chosen[-1]])
    return chosen
