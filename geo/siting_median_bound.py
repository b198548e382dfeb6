"""How cheap a p-median can get at most: Lagrangian relaxation of "each place has one site".

Cornuejols, Fisher and Nemhauser 1977, Management Science 23, 789-810: for any prices u,

    L(u) = sum of u_i + the p smallest rho_j,  rho_j = sum over i of min(0, w_i c_ij - u_i)

is at most the optimum. Prices climb by subgradient steps that are scaled by the demand.
"""

from __future__ import annotations

import numpy as np

from geo.interrupt import checkpoint
from geo.siting_solver import gap_of

_STEPS = 400
_MOMENTUM = 0.7
"""share of the last step kept (Camerini, Fratta and Maffioli 1975): fewer zigzags."""
_PATIENCE, _SHRINK = 15, 0.7
"""steps without a better bound until the step length is cut, and by how much."""


def lagrangian_bound(
    cost: np.ndarray,
    demand: np.ndarray,
    sites: int,
    *,
    must: tuple[int, ...] = (),
    columns: int | None = None,
    value: float,
    chosen: list[int],
    relative_gap: float = 0.0,
    steps: int = _STEPS,
) -> tuple[float, list[int]]:
    """The best lower bound of the p-median optimum found in so many subgradient steps.

    Parameters
    ----------
    cost : ndarray, shape (n, m)
    demand : ndarray, shape (n,)
    sites, must : as in :func:`solve_pmedian`
    columns : int, optional
        Columns beyond this number are open already and cost no site.
    value : float
        Objective of a known choice, which the steps aim at.
    chosen : list of int
        That choice.
    relative_gap : float
        Stop once the bound is this near to the value.
    steps : int

    Returns
    -------
    bound : float
        No choice of that many sites is cheaper.
    chosen : list of int
        The best choice seen on the way, the known one at worst.

    Examples
    --------
    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> bound, chosen = lagrangian_bound(cost, np.ones(3), 1, value=9.0, chosen=[1])
    >>> round(bound, 3), chosen
    (9.0, [1])
    """
    _, width = cost.shape
    m = width if columns is None else columns
    fixed = [*must, *range(m, width)]
    free = np.setdiff1d(np.arange(m), fixed)
    weighted = cost * demand[:, None]
    part = np.sort(np.partition(weighted[:, [*chosen, *range(m, width)]], 0, axis=1), axis=1)
    second = part[:, 1] if part.shape[1] > 1 else part[:, 0]
    price = (part[:, 0] + np.maximum(second, part[:, 0])) / 2
    best_bound, best_value, best_choice = -np.inf, value, list(chosen)
    scale, idle = 1.0, 0
    work = np.empty_like(weighted)
    step = np.zeros(len(demand))
    best_price = price
    for _ in range(steps):
        checkpoint()
        np.subtract(weighted, price[:, None], out=work)
        np.minimum(work, 0.0, out=work)
        rho = work.sum(axis=0)
        picked = free[np.argsort(rho[free], kind="stable")[: sites - len(must)]]
        opened = np.concatenate([np.array(fixed, int), picked]).astype(int)
        bound = float(price.sum() + rho[opened].sum())
        now = float(weighted[:, opened].min(axis=1).sum())
        if now < best_value * (1 - 1e-12):
            best_value = now
            best_choice = [int(j) for j in opened if j < m]
        if bound > best_bound:
            best_bound, best_price, idle = bound, price, 0
        else:
            idle += 1
        if gap_of(best_value, best_bound) <= max(relative_gap, 1e-9) or scale < 1e-4:
            break
        if idle >= _PATIENCE:
            scale, idle, price = scale * _SHRINK, 0, best_price
            step[:] = 0.0
            continue
        slope = 1.0 - (work[:, opened] < 0).sum(axis=1)
        step = slope + _MOMENTUM * step
        # prices live on the scale of the demand: without this factor a metropolis, a hundred
        # times its neighbours, moves as slowly as a village
        move = demand * step
        length = float(step @ move)
        if length <= 0:
            break
        price = price + scale * max(best_value - bound, 0.0) / length * move
    # rounding of a long sum must not lift the bound above the truth
    return min(best_bound, best_value), best_choice
