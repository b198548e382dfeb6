"""The fewest sites that reach everybody who can be reached: LSCP, and the covering behind it.

Toregas, Swain, ReVelle and Bergman 1971, Operations Research 19, 1363-1373.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from geo.siting_choice import Choice
from geo.siting_cover import cover_greedy
from geo.siting_problem import SitingProblem
from geo.siting_reduce import essential_rows, undominated
from geo.siting_solver import Program, solve


def solve_lscp(problem: SitingProblem, *, time_limit_s: float = 30.0) -> Choice:
    """The fewest candidates that reach every place with demand that any candidate can reach.

    min sum of y_j, sum of y_j over the j that reach i >= 1, y binary. Places that a service
    reaches, and places out of reach of every candidate, ask for nothing.
    """
    sites, bound, stopped, left = set_cover(problem, problem.radius, time_limit_s=time_limit_s)
    return Choice(
        sites=tuple(sorted(sites)),
        objective=float(len(sites)),
        bound=bound,
        is_stopped=stopped,
        method="HiGHS",
        columns_left=left,
    )


def set_cover(
    problem: SitingProblem, radius: float, *, most: int | None = None, time_limit_s: float
) -> tuple[list[int], float, bool, int]:
    """Smallest set of candidates within `radius` of all whom any candidate reaches at all.

    Parameters
    ----------
    problem : SitingProblem
    radius : float
        In the unit of the problem's costs, instead of its own radius.
    most : int, optional
        Any set of at most so many will do.
    time_limit_s : float

    Returns
    -------
    sites : list of int
        Positions of the candidates, must-have ones first.
    bound : float
        No set is smaller; 0 where `most` was enough and nothing was searched.
    is_stopped : bool
        The time limit came before the proof.
    columns_left : int
        Candidates after the reductions that keep the optimum.

    Raises
    ------
    InfeasibleError
        No set of at most `most` candidates reaches them all.
    UnsolvedError
        The time limit came before any set was found.
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
