"""What a choice of sites is asked: demand, ways to it, candidates and a planner's conditions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from geo.errors import ParameterError

Model = Literal["mclp", "pmedian", "lscp", "pcenter"]
MODELS: tuple[str, ...] = get_args(Model)
Unit = Literal["km", "min"]

_ROUNDING = 1e-9
"""relative: a place exactly on the radius must not fall to rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class SitingProblem:
    """Places of demand, candidates, and the cost of the way between each two.

    Raises
    ------
    ParameterError
        Shapes that do not fit, negative or missing demand or costs, no demand at all, a radius
        that is not positive, a must-have site that is excluded, more must-have sites than
        candidates.
    """

    demand: np.ndarray
    """shape (n,), 0 or more, in whatever unit the demand has."""
    cost: np.ndarray
    """shape (n, m), kilometres or minutes from place i to candidate j; infinite = no way."""
    radius: float
    """reach of a site in the unit of the costs; cost <= radius counts as covered."""
    unit: Unit = "km"
    group: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="U2"))
    """shape (n,), str: the department each place counts for; all one group if not given."""
    existing_cost: np.ndarray = field(default_factory=lambda: np.empty(0))
    """shape (n,), cost to the nearest existing service; infinite where there is none."""
    is_allowed: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))
    """shape (m,), False for candidates that may not be chosen (excluded zones)."""
    must: tuple[int, ...] = ()
    """positions of candidates that have to be chosen; they count among the sites."""
    preference: np.ndarray = field(default_factory=lambda: np.empty(0))
    """shape (m,), higher is taken where two candidates do the same (residents)."""
    capacity: float | None = None
    """demand that one new site can serve; None = no limit. MCLP only."""
    min_group_share: float = 0.0
    """every group with demand is covered to this share (0 to 1) at least. MCLP only."""

    def __post_init__(self) -> None:
        n, m = _shape(self.demand, self.cost)
        if not (np.isfinite(self.demand).all() and (self.demand >= 0).all()):
            raise ParameterError("demand has missing or negative values: leave those places out")
        if self.demand.sum() <= 0:
            raise ParameterError("there is no demand anywhere: choose another demand or period")
        if np.isnan(self.cost).any() or (self.cost < 0).any():
            raise ParameterError("the costs have missing or negative values: infinite means no way")
        if not (np.isfinite(self.radius) and self.radius > 0):
            raise ParameterError(f"the radius is {self.radius}: give a positive number")
        for name, size, filler in (
            ("group", n, np.zeros(n, dtype="U2")),
            ("existing_cost", n, np.full(n, np.inf)),
            ("is_allowed", m, np.ones(m, dtype=bool)),
            ("preference", m, np.zeros(m)),
        ):
            value = getattr(self, name)
            if value.size == 0 and size > 0:
                object.__setattr__(self, name, filler)
            elif value.shape != (size,):
                raise ParameterError(f"{name} has shape {value.shape}: it needs ({size},)")
        must = tuple(dict.fromkeys(int(j) for j in self.must))
        object.__setattr__(self, "must", must)
        for j in must:
            if not 0 <= j < m:
                raise ParameterError(f"must-have site {j} is none of the {m} candidates")
            if not self.is_allowed[j]:
                raise ParameterError("a must-have site lies in an excluded zone: give up one")
        if self.capacity is not None and not (np.isfinite(self.capacity) and self.capacity > 0):
            raise ParameterError(f"the capacity is {self.capacity}: give a positive number")
        if not 0 <= self.min_group_share <= 1:
            raise ParameterError(
                f"the least share of a department is {self.min_group_share}: give 0 to 1"
            )

    @property
    def covers(self) -> np.ndarray:
        """shape (n, m), bool: candidate j reaches place i."""
        return self.cost <= self.radius * (1 + _ROUNDING)

    @property
    def is_covered_already(self) -> np.ndarray:
        """shape (n,), bool: an existing service reaches place i."""
        return self.existing_cost <= self.radius * (1 + _ROUNDING)

    @property
    def candidates(self) -> np.ndarray:
        """Positions of the candidates that may be chosen."""
        return np.flatnonzero(self.is_allowed)

    def require_sites(self, sites: int) -> int:
        """Check a number of sites against the candidates and the must-have ones."""
        most = len(self.candidates)
        if not (isinstance(sites, int) and 1 <= sites <= most):
            raise ParameterError(f"{sites} sites: give a whole number from 1 to {most} candidates")
        if len(self.must) > sites:
            raise ParameterError(
                f"{len(self.must)} must-have sites do not fit into {sites}: raise the number of "
                "sites or give up some"
            )
        return sites

    def with_demand(self, demand: np.ndarray) -> SitingProblem:
        """The same question with another demand."""
        return replace(self, demand=demand)


def _shape(demand: np.ndarray, cost: np.ndarray) -> tuple[int, int]:
    if cost.ndim != 2 or demand.shape != cost.shape[:1] or 0 in cost.shape:
        raise ParameterError(
            f"demand has shape {demand.shape} and cost {cost.shape}: they need (n,) and (n, m), "
            "with at least one place and one candidate"
        )
    return cost.shape[0], cost.shape[1]
