"""What a model of siting answers, and where sites go that it leaves over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.siting_problem import SitingProblem


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


def fill_up(problem: SitingProblem, chosen: list[int], sites: int) -> list[int]:
    """Use up the sites: what is left over goes where it shortens the ways most.

    Parameters
    ----------
    problem : SitingProblem
    chosen : list of int
        Positions of the candidates that are chosen already, at most ``sites``.
    sites : int

    Returns
    -------
    list of int, length sites
        The chosen ones first; of equally good ones the preferred candidate is taken.
    """
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
