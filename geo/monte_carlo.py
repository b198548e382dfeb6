"""How sure a simulated p-value is: could other maps move a finding across the level?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo.excess import LEVEL, benjamini_hochberg

REACH = 2.0
"""standard errors of a simulated p-value within which it counts as undecided."""


def is_undecided(p_value: ArrayLike, *, replicas: int, level: float = LEVEL) -> np.ndarray:
    """Whether a one-sided p-value lies within two standard errors of the level.

    A share of ``replicas`` simulated maps varies from seed to seed as a binomial one: its standard
    error at the level is sqrt(level (1 - level) / replicas). Nearer than two of them, which side
    of the level it falls on is the seed's doing.

    Parameters
    ----------
    p_value : array_like, shape (n,)
        Shares of simulated maps.
    replicas : int
        Simulated maps.
    level : float
        The level of the decision, 0 to 1.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> is_undecided([0.043, 0.059, 0.2], replicas=999).tolist()
    [True, True, False]
    >>> is_undecided([0.043, 0.059, 0.2], replicas=9_999).tolist()
    [False, False, False]
    """
    reach = REACH * np.sqrt(level * (1 - level) / replicas)
    return np.abs(np.asarray(p_value, dtype=float) - level) <= reach


def is_adjusted_undecided(p_value: ArrayLike, *, replicas: int, level: float = LEVEL) -> np.ndarray:
    """The same for two-sided p-values that are judged together after Benjamini-Hochberg.

    Every p is twice the smaller tail t, so its standard error is 2 sqrt(t (1 - t) / replicas). All
    are moved two of them down and then up, and adjusted each time: a region that falls on the two
    sides of the level is undecided.

    Parameters
    ----------
    p_value : array_like, shape (n,)
        Two-sided; NaN for a region that is not tested.
    replicas : int
        Simulated maps.
    level : float
        The level of the decision, 0 to 1.

    Returns
    -------
    ndarray of bool, shape (n,)
        False where not tested.

    Examples
    --------
    >>> is_adjusted_undecided([0.0002, 0.0498, float("nan")], replicas=9_999).tolist()
    [False, True, False]
    """
    p = np.asarray(p_value, dtype=float)
    tail = p / 2
    reach = REACH * 2 * np.sqrt(tail * (1 - tail) / replicas)
    low, high = (benjamini_hochberg(np.clip(moved, 0.0, 1.0)) for moved in (p - reach, p + reach))
    return (low <= level) & (high > level)
