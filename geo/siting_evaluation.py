"""What a set of sites, together with the existing services, does for the demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.siting_problem import SitingProblem


@dataclass(frozen=True, slots=True)
class GroupCoverage:
    """What a plan does for one department."""

    group: str
    demand: float
    covered: float
    missed: float
    """demand - covered."""
    share: float
    """covered / demand, 0 to 1."""
    mean_cost: float
    """demand-weighted cost to the nearest site or service; NaN where nobody has a way."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a set of sites, together with the existing services, does for the demand."""

    coverage_share: float
    """share (0 to 1) of the demand within the radius of a site or service."""
    existing_share: float
    """share (0 to 1) that the services cover without any site."""
    mean_cost: float
    """demand-weighted cost to the nearest site or service, over the places with a way."""
    worst_cost: float
    """cost of the farthest place with demand and a way."""
    unreachable_share: float
    """share (0 to 1) of the demand without a way to any site or service."""
    served: np.ndarray
    """shape (n,), share (0 to 1) of each place's demand that is covered."""
    nearest: np.ndarray
    """shape (n,), the candidate each place goes to; -1 = an existing service, -2 = no way."""
    nearest_cost: np.ndarray
    """shape (n,), cost of that way; infinite where there is none."""
    groups: tuple[GroupCoverage, ...]
    """one entry per group with demand, sorted by name."""

    @property
    def worst_group(self) -> GroupCoverage:
        """The worst-served group; of several the one with most demand missed."""
        return min(self.groups, key=lambda one: (one.share, -one.missed))


def evaluate(
    problem: SitingProblem, sites: list[int] | tuple[int, ...], *, served: np.ndarray | None = None
) -> Evaluation:
    """Coverage, distances and departments of a set of sites with the existing services.

    Parameters
    ----------
    problem : SitingProblem
    sites : sequence of int
        Positions of candidates; may be empty.
    served : ndarray, shape (n,), optional
        Shares that a capacity leaves; without it whoever is within the radius is served whole.
    """
    n = len(problem.demand)
    opened = np.asarray(sites, dtype=int)
    columns = np.hstack([problem.cost[:, opened], problem.existing_cost[:, None]])
    at = columns.argmin(axis=1)
    nearest_cost = columns[np.arange(n), at]
    nearest = np.append(opened, -1)[at]
    nearest[~np.isfinite(nearest_cost)] = -2
    already = problem.is_covered_already
    if served is None:
        reached = problem.covers[:, opened].any(axis=1) if len(opened) else np.zeros(n, bool)
        served = (reached | already).astype(float)
    demand = problem.demand
    total = float(demand.sum())
    has_way = np.isfinite(nearest_cost) & (demand > 0)
    return Evaluation(
        coverage_share=float(demand @ served) / total,
        existing_share=float(demand[already].sum()) / total,
        mean_cost=_mean(nearest_cost, demand, has_way),
        worst_cost=float(nearest_cost[has_way].max(initial=0.0)) if has_way.any() else np.nan,
        unreachable_share=float(demand[~np.isfinite(nearest_cost)].sum()) / total,
        served=served,
        nearest=nearest,
        nearest_cost=nearest_cost,
        groups=_groups(problem, served, nearest_cost),
    )


def _groups(
    problem: SitingProblem, served: np.ndarray, nearest_cost: np.ndarray
) -> tuple[GroupCoverage, ...]:
    found = []
    for name in np.unique(problem.group[problem.demand > 0]):
        here = problem.group == name
        demand = float(problem.demand[here].sum())
        covered = float(problem.demand[here] @ served[here])
        found.append(
            GroupCoverage(
                group=str(name),
                demand=demand,
                covered=covered,
                missed=demand - covered,
                share=covered / demand,
                mean_cost=_mean(nearest_cost, problem.demand, here & np.isfinite(nearest_cost)),
            )
        )
    return tuple(found)


def _mean(cost: np.ndarray, demand: np.ndarray, where: np.ndarray) -> float:
    weight = float(demand[where].sum())
    return float(demand[where] @ cost[where]) / weight if weight > 0 else float("nan")
