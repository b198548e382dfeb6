"""One pass over any number of points, in parts, shared by two threads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import GeoError
from geo.lattice import PART, Gathered
from geo.nodes import Binned

Chunk = tuple[ArrayLike, ArrayLike, ArrayLike]
Part = tuple[np.ndarray, np.ndarray, np.ndarray]

SWITCH_S = 1e-4
"""Seconds after which a thread that waits for the interpreter asks for it, while points are
gathered: calls of a tenth of a millisecond follow each other, and by default it asks after 5 ms."""
_USUAL_S = sys.getswitchinterval()
WORKERS = 2
"""Threads beside the one that reads; fixed, so that sums round alike on every machine."""


Sums = Gathered | Binned
"""What points are gathered in: sums that add up."""


def gathered(
    chunks: Iterable[Chunk],
    *,
    into: Sums,
    project: Callable[[np.ndarray, np.ndarray, np.ndarray], Part] | None = None,
) -> Sums:
    """Gather points in sums, and give these back.

    The calling thread reads and checks, two others gather every second part each: which thread
    gets which part does not depend on their speed, so the same points give the same bits.

    Parameters
    ----------
    chunks : iterable of (easting, northing, weight)
        Read once, in order; memory holds a few parts of them.
    into : Gathered or Binned
        Filled. A second thread helps with a lattice; the nodes of an FFT are many times larger,
        and two sets of them would only wait for memory.
    project : callable, optional
        Turns a part into easting, northing and weight; called in the threads that gather.

    Returns
    -------
    Gathered or Binned

    Raises
    ------
    GeoError
        No point came, shapes differ, a coordinate or weight is not finite, or a weight is negative.
    """
    parts = in_parts(chunks)
    first, second = next(parts, None), next(parts, None)
    if first is None:
        raise GeoError("no points came; a density needs at least one")
    if second is None or isinstance(into, Binned):
        for part in (first,) if second is None else _chained(first, second, parts):
            into.add(*(part if project is None else project(*part)))
        return into
    others = [into, *(into.another() for _ in range(WORKERS - 1))]
    pools = [ThreadPoolExecutor(1) for _ in others]
    running: list[Future[None]] = []

    def add(to: Sums, part: Part) -> None:
        to.add(*(part if project is None else project(*part)))

    sys.setswitchinterval(SWITCH_S)
    try:
        for number, part in enumerate(_chained(first, second, parts)):
            turn = number % WORKERS
            running.append(pools[turn].submit(add, others[turn], part))
            if len(running) > 2 * WORKERS:
                running.pop(0).result()
        for future in running:
            future.result()
    finally:
        sys.setswitchinterval(_USUAL_S)
        for pool in pools:
            pool.shutdown(cancel_futures=True)
    for other in others[1:]:
        into.merge(other)
    return into


def in_parts(chunks: Iterable[Chunk], *, size: int = PART) -> Iterator[Part]:
    """Checked points in parts of bounded size."""
    for chunk in chunks:
        easting, northing, weight = as_points(*chunk)
        for start in range(0, len(weight), size):
            part = easting[start : start + size], northing[start : start + size]
            share = weight[start : start + size]
            # a sum is finite if all its parts are; one that overflows is looked at value by value
            sums = [float(values.sum()) for values in (*part, share)]
            if not (np.isfinite(sums).all() and share.min() >= 0):
                require_points(easting, northing, weight)
            yield *part, share


def as_points(easting: ArrayLike, northing: ArrayLike, weight: ArrayLike) -> Part:
    """Three float arrays of one length, at least one point."""
    arrays = [np.asarray(a, dtype=float) for a in (easting, northing, weight)]
    if any(a.ndim != 1 or a.shape != arrays[0].shape for a in arrays):
        raise GeoError(
            "easting, northing and weight must be one-dimensional and of one length; came "
            f"{[a.shape for a in arrays]}"
        )
    if arrays[0].size == 0:
        raise GeoError("no points came; a density needs at least one")
    return arrays[0], arrays[1], arrays[2]


def require_points(easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> None:
    """Raise GeoError for coordinates or weights that are not finite, and for negative weights."""
    for name, values in (("easting", easting), ("northing", northing), ("weight", weight)):
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise GeoError(
                f"{bad} of {values.size} values of {name} are not finite; drop or locate those "
                "points first"
            )
    if (weight < 0).any():
        raise GeoError(f"weights must not be negative; the least is {weight.min():g}")


def _chained(first: Part, second: Part, rest: Iterator[Part]) -> Iterator[Part]:
    yield first
    yield second
    yield from rest
