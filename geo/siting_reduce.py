"""Smaller covering problems with the same optimum: what may be left out, and why.

Columns. If every place that candidate a reaches is reached by candidate b as well, any solution
with a and without b can take b instead and cover no less; one with both loses nothing without a
and may spend the site elsewhere. So a can go. Of two candidates that reach the same places the
preferred one stays. With capacities this fails (two equal sites serve more than one).

Rows of a maximal covering problem. Places that the same candidates reach are covered together or
not at all: their demands add up. Rows of a set covering problem. If the candidates that reach a
all reach b, covering a covers b: b can go (Toregas and ReVelle 1972, Papers of the Regional
Science Association 28, 133-144).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse


def undominated(
    covers: np.ndarray, *, preference: np.ndarray, keep: np.ndarray | None = None
) -> np.ndarray:
    """Positions of the columns whose set of rows lies in no other column's set.

    Parameters
    ----------
    covers : ndarray of bool, shape (n, m)
    preference : ndarray, shape (m,)
        Of equal columns the one with the highest value stays, then the first.
    keep : ndarray of bool, shape (m,), optional
        Columns that stay whatever they reach.

    Examples
    --------
    >>> covers = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    >>> undominated(covers, preference=np.zeros(3)).tolist()
    [1, 2]
    """
    size = covers.sum(axis=0)
    is_subset = _overlaps(covers.T) == size[:, None]
    rank = np.empty(len(size), dtype=int)
    rank[np.lexsort((np.arange(len(size)), -preference))] = np.arange(len(size))
    is_smaller = size[:, None] < size[None, :]
    is_twin = (size[:, None] == size[None, :]) & (rank[:, None] > rank[None, :])
    is_left_out = (is_subset & (is_smaller | is_twin)).any(axis=1)
    if keep is not None:
        is_left_out &= ~keep
    return np.flatnonzero(~is_left_out)


def merge_rows(
    covers: np.ndarray, demand: np.ndarray, group: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows that the same columns cover (and of one group, if given) as one, demands added.

    Returns
    -------
    covers : ndarray of bool, shape (rows, m)
    demand : ndarray, shape (rows,)
    group : ndarray of str, shape (rows,)
    """
    packed = np.packbits(covers, axis=1)
    label = np.zeros(len(demand), int)
    if group is not None:
        _, label = np.unique(group, return_inverse=True)
    code = np.frombuffer(label.astype(">u4").tobytes(), np.uint8).reshape(-1, 4)
    keys = np.hstack([packed, code])
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    total = np.bincount(inverse.ravel(), weights=demand, minlength=len(first))
    names = np.zeros(len(demand), dtype="U2") if group is None else group
    return covers[first], total, names[first]


def essential_rows(covers: np.ndarray) -> np.ndarray:
    """Positions of the rows that a set covering problem still has to ask for.

    Examples
    --------
    >>> covers = np.array([[1, 0], [1, 1], [0, 1], [0, 1]], dtype=bool)
    >>> essential_rows(covers).tolist()  # whoever covers row 0 covers row 1
    [0, 2]
    """
    size = covers.sum(axis=1)
    is_within = _overlaps(covers) == size[:, None]  # [a, b]: all that cover a cover b
    position = np.arange(len(size))
    is_smaller = size[:, None] < size[None, :]
    is_twin = (size[:, None] == size[None, :]) & (position[:, None] < position[None, :])
    return np.flatnonzero(~(is_within & (is_smaller | is_twin)).any(axis=0))


def _overlaps(reach: np.ndarray) -> np.ndarray:
    """Members that each two sets share, shape (sets, sets); counts, exact in float32."""
    if reach.size and np.count_nonzero(reach) < 0.05 * reach.size:
        sets = sparse.csr_array(reach.astype(np.float32))
        return np.asarray((sets @ sets.T).toarray())
    dense = reach.astype(np.float32)
    return np.asarray(dense @ dense.T)
