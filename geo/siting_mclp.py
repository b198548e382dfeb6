"""Most demand covered with p sites: MCLP as a mixed-integer program.

Church and ReVelle 1974, Papers of the Regional Science Association 32, 101-118. The least share of
each department and the worst cost are rows of the same program.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from geo.siting_choice import Choice, fill_up
from geo.siting_cover import as_columns, cover_greedy, cover_swap
from geo.siting_problem import SitingProblem
from geo.siting_reduce import essential_rows, merge_rows, undominated
from geo.siting_solver import InfeasibleError, Program, solve


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
    chosen = fill_up(problem, chosen, sites)
    # a stopped search may know less than what anybody can see: nobody is covered twice, and p
    # sites hold no more than p times the capacity
    room = np.inf if problem.capacity is None else problem.capacity * sites
    most = min(-answer.bound, float(demand.sum()), room)
    return Choice(
        sites=tuple(sorted(chosen)),
        objective=fixed - answer.objective,
        bound=fixed + most,
        is_stopped=answer.is_stopped,
        method="HiGHS",
        served=served,
        columns_left=m,
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
