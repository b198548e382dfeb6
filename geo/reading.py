"""Values between nodes read from the nodes around, and the transpose: what a node is read for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.banded import Finish, repeated_product

AROUND = range(-3, 5)
"""Nodes from which a value between node 0 and node 1 is read."""
PERIODS = 3
"""Node steps that are read in one product."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Places along one axis, the same number of them from each node to the next."""

    first: float
    """the first place, counted in nodes from the first node; not before node 3."""
    per_node: int
    """places from one node to the next."""
    places: int
    nodes: int
    """at least 4 beyond the last place."""

    def read(
        self, values: np.ndarray, *, across: bool = False, finish: Finish | None = None
    ) -> np.ndarray:
        """Values at the places of what is given at the nodes.

        A polynomial of degree 7 through the eight nodes around (Lagrange): between nodes a fifth of
        a bandwidth apart a Gaussian is met to 4e-7 of its peak.

        Parameters
        ----------
        values : ndarray, shape (nodes, n), float32
            With `across`, shape (n, nodes), and the result likewise.
        across, finish
            As :func:`geo.banded.repeated_product`.

        Returns
        -------
        ndarray, shape (places, n), float32

        Examples
        --------
        >>> cubes = np.arange(12, dtype=np.float32)[:, None] ** 3
        >>> at = Reading(first=3.25, per_node=2, places=5, nodes=12).read(cubes)
        >>> (at[:, 0] ** (1 / 3)).round(3).tolist()
        [3.25, 3.75, 4.25, 4.75, 5.25]
        """
        at = self.first + np.arange(PERIODS * self.per_node) / self.per_node
        before = np.floor(at + 1e-9).astype(int)
        start = int(before[0]) + AROUND[0]
        block = np.zeros((len(at), int(before[-1]) + AROUND[-1] - start + 1), dtype=np.float32)
        for node, share in zip(AROUND, _shares(at - before), strict=True):
            block[np.arange(len(at)), before + node - start] = share
        return repeated_product(
            block,
            values,
            rows=self.places,
            first=start,
            step=PERIODS,
            across=across,
            finish=finish,
        )

    def collect(self, weights: np.ndarray) -> np.ndarray:
        """Weights of places as weights of the nodes they are read from: the transpose.

        Parameters
        ----------
        weights : ndarray, shape (places, n)
            Numbers, or booleans that are read as 0 and 1.

        Returns
        -------
        ndarray, shape (nodes, n), float32
        """
        # node j is read for the places from j - 4 up to j + 4: one stretch, the same for each
        begin = int(np.ceil((-AROUND[-1] - self.first) * self.per_node - 1e-6))
        lag = self.first + np.arange(begin, begin + len(AROUND) * self.per_node) / self.per_node
        before = np.floor(lag + 1e-9).astype(int)
        own = _shares(lag - before)[-before - AROUND[0], np.arange(len(lag))]
        block = np.zeros((PERIODS, len(own) + (PERIODS - 1) * self.per_node), dtype=np.float32)
        for node in range(PERIODS):
            block[node, node * self.per_node : node * self.per_node + len(own)] = own
        return repeated_product(
            block, weights, rows=self.nodes, first=begin, step=PERIODS * self.per_node
        )


def _shares(offset: np.ndarray) -> np.ndarray:
    """Lagrange's weights of the nodes around, shape (8, n), for places 0 to 1 after node 0."""
    shares = np.ones((len(AROUND), len(offset)))
    for number, node in enumerate(AROUND):
        for other in AROUND:
            if other != node:
                shares[number] *= (offset - other) / (node - other)
    return shares
