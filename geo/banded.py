"""Products of banded matrices: the zeros beside the band are skipped, two threads share them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

SMALL = 1 << 18
"""Numbers in a product below which a second thread costs more than it gives."""
ONE_THREAD = 250_000
"""Products of numbers in one matrix product up to which OpenBLAS uses one thread (262,144)."""
ROWS = 20
"""Rows of a band taken together; more of them meet more zeros."""


Finish = Callable[[np.ndarray, slice], None]
"""Called with finished rows of a result, to be changed in place, and their place."""
_Block = tuple[slice, np.ndarray, slice]
"""Rows of the result, the numbers they are made with, and the rows of the right these meet."""


def banded_product(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Matrix times right, skipping the zeros beside the band.

    Parameters
    ----------
    matrix : ndarray, shape (m, k)
        Rows whose nonzero stretch moves to the right from row to row.
    right : ndarray, shape (k, n)

    Returns
    -------
    ndarray, shape (m, n)
        Of the matrix's type.

    Examples
    --------
    >>> banded_product(np.eye(3)[:, :2], np.array([[1.0], [2.0]])).tolist()
    [[1.0], [2.0], [0.0]]
    """
    filled = matrix != 0
    first, last = filled.argmax(axis=1), matrix.shape[1] - filled[:, ::-1].argmax(axis=1)
    empty = ~filled.any(axis=1)
    first[empty], last[empty] = matrix.shape[1], 0
    blocks = []
    for begin in range(0, len(matrix), ROWS):
        rows = slice(begin, min(begin + ROWS, len(matrix)))
        left, end = int(first[rows].min()), int(last[rows].max())
        band = slice(min(left, end), end)
        blocks.append((rows, np.ascontiguousarray(matrix[rows, band]), band))
    return _filled(blocks, right, len(matrix), matrix.dtype)


def repeated_product(
    block: np.ndarray,
    right: np.ndarray,
    *,
    rows: int,
    first: int,
    step: int,
    across: bool = False,
    finish: Finish | None = None,
) -> np.ndarray:
    """Times right, a matrix that is one block again and again, moved to the right each time.

    Parameters
    ----------
    block : ndarray, shape (b, k)
        Rows 0 to b - 1 of the matrix; the next b rows are the same, `step` columns further on.
    right : ndarray, shape (m, n)
        Numbers, or booleans that are read as 0 and 1.
    rows : int
        Of the matrix.
    first : int
        Row of `right` that the block's first column meets; what lies before or beyond is 0.
    step : int
    across : bool
        Work on the columns of `right`, shape (n, m), instead of its rows; so does the result.
    finish : callable, optional
        Not with `across`.

    Returns
    -------
    ndarray, shape (rows, n), or (n, rows)
        Of the block's type.

    Examples
    --------
    >>> pairs = repeated_product(np.array([[1.0, 1.0]]), np.array([[1.0], [2.0], [3.0]]),
    ...                          rows=4, first=-1, step=1)
    >>> pairs.ravel().tolist()
    [1.0, 3.0, 5.0, 3.0]
    """
    blocks: list[_Block] = []
    height, width = block.shape
    for number in range(-(-rows // height)):
        begin = number * height
        count = min(height, rows - begin)
        left = first + number * step
        low = max(left, 0)
        high = max(min(left + width, right.shape[int(across)]), low)
        part = np.ascontiguousarray(block[:count, low - left : high - left])
        blocks.append((slice(begin, begin + count), part, slice(low, high)))
    if across:
        out = np.empty((len(right), rows), dtype=block.dtype)
        for place, part, band in blocks:
            np.matmul(right[:, band].astype(block.dtype, copy=False), part.T, out=out[:, place])
        return out
    return _filled(blocks, right, rows, block.dtype, finish)


def _filled(
    blocks: list[_Block],
    right: np.ndarray,
    rows: int,
    dtype: np.dtype,
    finish: Finish | None = None,
) -> np.ndarray:
    """Blocks times their rows of the right, in two threads if there is enough to do.

    Each product is so small that the linear algebra library keeps it to one thread: threads of its
    own that wait for each other take ten times as long as soon as a server has other work.
    """
    right = np.ascontiguousarray(right)
    out = np.empty((rows, right.shape[1]), dtype=dtype)

    def fill(some: list[_Block]) -> None:
        for place, block, band in some:
            part = right[band].astype(dtype, copy=False)
            width = max(16, ONE_THREAD // max(block.size, 1))
            whole = right.shape[1] // width * width
            if whole:  # all pieces of one width in one call
                np.matmul(block, _pieces(part, width), out=_pieces(out[place], width))
            np.matmul(block, part[:, whole:], out=out[place, whole:])
            if finish is not None:
                finish(out[place], place)

    if out.size < SMALL and right.size < SMALL:
        fill(blocks)
        return out
    with ThreadPoolExecutor(2) as pool:
        half = -(-len(blocks) // 2)  # each thread its own stretch of memory
        for done in [pool.submit(fill, part) for part in (blocks[:half], blocks[half:])]:
            done.result()
    return out


def _pieces(values: np.ndarray, width: int) -> np.ndarray:
    """View of the columns in pieces of a width, shape (pieces, rows, width)."""
    rows, count = len(values), values.shape[1] // width
    return values[:, : count * width].reshape(rows, count, width).transpose(1, 0, 2)
