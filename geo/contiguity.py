"""Which regions touch which: queen contiguity and nearest neighbours as index arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from geo.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Contiguity:
    """Pairs of neighbours among n regions, sorted by region and then by neighbour."""

    size: int
    """number of regions, n."""
    region: np.ndarray
    """shape (pairs,), position of the region."""
    neighbour: np.ndarray
    """shape (pairs,), position of its neighbour; never the region itself."""
    _kept: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """what was made of the pairs: simulations ask for it thousands of times."""

    def __reduce__(self) -> tuple[Any, ...]:
        # what is kept would travel along, and arrive open to writing
        return Contiguity, (self.size, self.region, self.neighbour)

    @property
    def cardinality(self) -> np.ndarray:
        """Number of neighbours of each region, shape (n,); not to be written to."""
        if "cardinality" not in self._kept:
            count = np.bincount(self.region, minlength=self.size)
            count.flags.writeable = False
            self._kept["cardinality"] = count
        found: np.ndarray = self._kept["cardinality"]
        return found

    @property
    def islands(self) -> np.ndarray:
        """Positions of the regions without a neighbour."""
        return np.flatnonzero(self.cardinality == 0)

    def neighbours_of(self, position: int) -> np.ndarray:
        """Positions of the neighbours of one region, ascending."""
        return self.neighbour[self.region == position]

    def sparse(self, *, row_standardised: bool = False, with_self: bool = False) -> Any:
        """Weights as a scipy CSR array of shape (n, n): 1 for a neighbour, or shares of a row.

        Its numbers are not to be written to: the same array is given again.

        Parameters
        ----------
        row_standardised : bool
            Divide each row by its sum (a row without neighbours stays zero).
        with_self : bool
            Count the region as its own neighbour, as Gi* does.
        """
        kind = row_standardised, with_self
        if kind not in self._kept:
            self._kept[kind] = self._weights(*kind)
        return self._kept[kind]

    def _weights(self, row_standardised: bool, with_self: bool) -> Any:
        region, neighbour = self.region, self.neighbour
        if with_self:
            own = np.arange(self.size)
            region, neighbour = np.r_[region, own], np.r_[neighbour, own]
        weights = np.ones(region.size)
        if row_standardised:
            weights = weights / np.bincount(region, minlength=self.size)[region]
        found = sparse.csr_array((weights, (region, neighbour)), shape=(self.size, self.size))
        found.data.flags.writeable = False
        return found

    def dense(self, *, row_standardised: bool = False, with_self: bool = False) -> np.ndarray:
        """Return the weights of :meth:`sparse` as a plain array of shape (n, n)."""
        return self.sparse(row_standardised=row_standardised, with_self=with_self).toarray()


def queen_contiguity(
    geometries: Sequence[BaseGeometry] | np.ndarray, *, tolerance: float = 0.0
) -> Contiguity:
    """Neighbours that share at least one point of their outlines.

    Parameters
    ----------
    geometries : sequence of shapely geometries, length n
        Polygons, all in one coordinate reference system.
    tolerance : float
        Gap, in the unit of the coordinates, up to which two outlines still count as touching:
        published borders seldom coincide to the last digit. Zero asks for a shared point.

    Raises
    ------
    ParameterError
        An empty or missing geometry, or a tolerance that is negative or not finite.

    Examples
    --------
    >>> from shapely import box
    >>> grid = queen_contiguity([box(0, 0, 1, 1), box(1, 1, 2, 2), box(1.0001, 0, 2, 1)])
    >>> grid.neighbours_of(0).tolist(), grid.neighbours_of(2).tolist()
    ([1], [1])
    >>> queen_contiguity(
    ...     [box(0, 0, 1, 1), box(1, 1, 2, 2), box(1.0001, 0, 2, 1)], tolerance=0.001
    ... ).neighbours_of(0).tolist()
    [1, 2]
    """
    shapes = np.asarray(geometries, dtype=object)
    if not np.isfinite(tolerance) or tolerance < 0:
        raise ParameterError(f"tolerance = {tolerance}: give a distance of 0 or more")
    for position, shape in enumerate(shapes):
        if not isinstance(shape, BaseGeometry) or shape.is_empty:
            raise ParameterError(
                f"geometry at position {position} is missing or empty:"
                " give one polygon per region, or leave the region out"
            )
    tree = STRtree(shapes)
    if tolerance > 0:
        region, neighbour = tree.query(shapes, predicate="dwithin", distance=tolerance)
    else:
        region, neighbour = tree.query(shapes, predicate="intersects")
    return _from_pairs(shapes.size, region, neighbour)


def _from_pairs(size: int, region: np.ndarray, neighbour: np.ndarray) -> Contiguity:
    apart = region != neighbour
    pairs = np.unique(np.column_stack([region[apart], neighbour[apart]]), axis=0)
    return Contiguity(size, pairs[:, 0].astype(np.intp), pairs[:, 1].astype(np.intp))
