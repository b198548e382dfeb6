"""The question of a plan, the evaluation of a set of sites, and the plan itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import linprog

from geo.errors import ParameterError
from geo.siting.solver import PROVEN_GAP, gap_of

Model = Literal["mclp", "pmedian"]
MODELS: tuple[str, ...] = get_args(Model)
Unit = Literal["km", "min"]

Found = Callable[[Sequence[int], float, float], None]
"""Called with sites, objective and bound while a search goes on."""
_ROUNDING = 1e-9
"""relative: a place exactly on the radius must not fall to rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class SitingProblem:
    """Places of demand, candidates, and the cost of the way between each two.

    ParameterError: no demand at all, a radius or capacity that is not positive, a must-have site
    that is excluded, a least share outside 0 to 1.
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
    """shape (m,), False for candidates that may not be chosen (excluded zones, barred)."""
    must: tuple[int, ...] = ()
    """positions of candidates that have to be chosen; they count among the sites."""
    capacity: float | None = None
    """demand that one new site can serve; None = no limit. MCLP only."""
    min_group_share: float = 0.0
    """every group with demand is covered to this share (0 to 1) at least. MCLP only."""
    in_zone: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))
    """shape (n,), bool: places in an excluded zone whose people do not come out. No site and no
    service covers them; their demand counts among all, and no condition asks for it."""
    site_cost: np.ndarray = field(default_factory=lambda: np.empty(0))
    """shape (m,), money that each candidate costs once it is chosen; 0 if not given."""
    budget: float | None = None
    """the chosen sites cost at most this together; None = no limit."""
    site_group: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="U2"))
    """shape (m,), str: the department in which each candidate stands."""
    groups_with_site: tuple[str, ...] = ()
    """departments that have at least one chosen site."""

    def __post_init__(self) -> None:
        n, m = self.cost.shape
        if self.demand.sum() <= 0:
            raise ParameterError("there is no demand anywhere. Choose another demand or period")
        if not (np.isfinite(self.radius) and self.radius > 0):
            raise ParameterError(f"the radius is {self.radius}: give a positive number")
        for name, filler in (
            ("group", np.zeros(n, dtype="U2")),
            ("existing_cost", np.full(n, np.inf)),
            ("is_allowed", np.ones(m, dtype=bool)),
            ("in_zone", np.zeros(n, dtype=bool)),
            ("site_cost", np.zeros(m)),
            ("site_group", np.zeros(m, dtype="U2")),
        ):
            if getattr(self, name).size == 0:
                object.__setattr__(self, name, filler)
        if self.in_zone.any():
            stays = self.in_zone
            object.__setattr__(self, "cost", np.where(stays[:, None], np.inf, self.cost))
            object.__setattr__(self, "existing_cost", np.where(stays, np.inf, self.existing_cost))
        must = tuple(dict.fromkeys(int(j) for j in self.must))
        object.__setattr__(self, "must", must)
        if not all(self.is_allowed[j] for j in must):
            raise ParameterError("a must-have site lies in an excluded zone. Give up one")
        if self.capacity is not None and not (np.isfinite(self.capacity) and self.capacity > 0):
            raise ParameterError(f"the capacity is {self.capacity}: give a positive number")
        if not 0 <= self.min_group_share <= 1:
            raise ParameterError(
                f"the least share of a department is {self.min_group_share}: give 0 to 1"
            )

    @property
    def covers(self) -> np.ndarray:
        """Shape (n, m), bool: candidate j reaches place i."""
        return self.cost <= self.radius * (1 + _ROUNDING)

    @property
    def is_covered_already(self) -> np.ndarray:
        """Shape (n,), bool: an existing service reaches place i."""
        return self.existing_cost <= self.radius * (1 + _ROUNDING)

    @property
    def candidates(self) -> np.ndarray:
        """Positions of the candidates that may be chosen."""
        return np.flatnonzero(self.is_allowed)

    @property
    def asked(self) -> np.ndarray:
        """Shape (n,), the demand that conditions ask for: 0 where people stay in a zone."""
        return np.where(self.in_zone, 0.0, self.demand)

    @property
    def needed(self) -> float:
        """Demand that new sites have to serve before every group has its least share."""
        _, group_of = np.unique(self.group, return_inverse=True)
        total = np.bincount(group_of, weights=self.asked)
        have = np.bincount(group_of, weights=self.demand * self.is_covered_already)
        return float(np.maximum(self.min_group_share * total - have, 0.0).sum())

    def group_needs(self) -> list[tuple[str, np.ndarray, float]]:
        """Return each group with demand, its places, shape (n,), bool, and the demand it lacks.

        That is what new sites must serve to reach the group's minimum share; empty without such a
        share.
        """
        needs = []
        for name in np.unique(self.group[self.demand > 0]) if self.min_group_share else ():
            inside = self.group == name
            need = self.min_group_share * self.asked[inside].sum()
            need -= self.demand[inside & self.is_covered_already].sum()
            needs.append((str(name), inside, float(need)))
        return needs

    def require_sites(self, sites: int) -> None:
        """Check a number of sites against the candidates and the must-have ones."""
        most = len(self.candidates)
        if not (isinstance(sites, int) and 1 <= sites <= most):
            raise ParameterError(
                "{sites} sites were asked for. Give a whole number from 1 to {most} candidates",
                sites=sites,
                most=most,
            )
        if len(self.must) > sites:
            raise ParameterError(
                "{fixed} must-have sites do not fit into {sites}. Raise the number of sites or "
                "give up some",
                fixed=len(self.must),
                sites=sites,
            )


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Demand reached and served by a set of sites together with existing services."""

    coverage_share: float
    """share (0 to 1) of the demand within the radius of a site or service."""
    twice_share: float
    """share (0 to 1) of the demand that is covered and within the radius of two or more of them."""
    existing_share: float
    """share (0 to 1) that the services cover without any site."""
    mean_cost: float
    """demand-weighted cost to the nearest site or service, over the places with a way."""
    worst_cost: float
    unreachable_share: float
    """share (0 to 1) of the demand without a way to any site or service, outside zones."""
    served: np.ndarray
    """shape (n,), share (0 to 1) of each place's demand that is covered."""
    nearest: np.ndarray
    """shape (n,), the candidate each place goes to; -1 = an existing service, -2 = no way."""
    groups: pd.DataFrame
    """one row per group with demand, sorted by name: group, demand (= covered + missed + in_zones),
    covered, missed, in_zones, share (covered of demand, 0 to 1), mean_cost of those who have a way
    (NaN where nobody has), unreachable: the demand without any way."""


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """How often variations of the demand choose the sites of a plan."""

    resamples: int
    chosen_share: tuple[float, ...]
    near_share: tuple[float, ...]
    """share that choose it or a candidate within a third of the radius of it."""
    others: tuple[tuple[tuple[int, float], ...], ...]
    """for each site the candidates that the variations without it choose most, none of the plan or
    near another site of it, with the share of all variations; at most two, none of under a
    twentieth."""
    coverage_low: float
    """share of the demand that the plan covers: 2.5th percentile over the variations."""
    coverage_high: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Chosen sites in the order of opening, with a bound for better ones.

    The set is the best as a whole. Of it each next site is, for mclp, the one that covers most
    demand not yet covered; for pmedian the one that shortens the ways most.
    """

    model: Model
    sites: tuple[int, ...]
    """positions of the candidates, in the order of opening."""
    added_share: tuple[float, ...]
    """share of the demand that each site adds to the coverage when it opens."""
    objective: float
    """what the search reached: demand covered (mclp), of which a second aim gives up at most a
    hundredth; demand x cost (pmedian)."""
    bound: float
    """no choice is better than this."""
    is_stopped: bool
    """a limit stopped the search; the gap then says what it may cost."""
    radius: float
    unit: Unit
    evaluation: Evaluation
    assigned: np.ndarray
    """shape (n, sites), share (0 to 1) of each place's demand that goes to each site."""
    stability: Stability | None = None

    def load(self, problem: SitingProblem) -> np.ndarray:
        """Shape (sites,), the demand that goes to each site."""
        return problem.demand @ self.assigned

    @property
    def gap(self) -> float:
        """Return |objective - bound| / |objective|; 0 if at most :data:`PROVEN_GAP` (proven)."""
        gap = gap_of(self.objective, self.bound)
        return 0.0 if gap <= PROVEN_GAP else gap


def evaluate(
    problem: SitingProblem, sites: Sequence[int], *, served: np.ndarray | None = None
) -> Evaluation:
    """Coverage, distances and departments of a set of sites with the existing services.

    ``served``, shape (n,), are the shares that a capacity leaves.
    """
    n = len(problem.demand)
    opened = np.asarray(sites, dtype=int)
    columns = np.hstack([problem.cost[:, opened], problem.existing_cost[:, None]])
    column = columns.argmin(axis=1)
    nearest_cost = columns[np.arange(n), column]
    nearest = np.append(opened, -1)[column]
    nearest[~np.isfinite(nearest_cost)] = -2
    already = problem.is_covered_already
    reached = problem.covers[:, opened].sum(axis=1) + already
    if served is None:
        served = (reached > 0).astype(float)
    demand = problem.demand
    total = float(demand.sum())
    has_way = np.isfinite(nearest_cost) & (demand > 0)
    return Evaluation(
        coverage_share=min(1.0, float(demand @ served) / total),
        twice_share=float(demand @ (served * (reached > 1))) / total,
        existing_share=min(1.0, float(demand[already].sum()) / total),
        mean_cost=float(np.average(nearest_cost[has_way], weights=demand[has_way]))
        if has_way.any()
        else np.nan,
        worst_cost=float(nearest_cost[has_way].max()) if has_way.any() else np.nan,
        unreachable_share=float(problem.asked[~np.isfinite(nearest_cost)].sum()) / total,
        served=served,
        nearest=nearest,
        groups=_groups(problem, served, nearest_cost),
    )


def evaluate_under_capacity(
    problem: SitingProblem, sites: Sequence[int]
) -> tuple[Evaluation, np.ndarray]:
    """Evaluate a set of sites under the capacity, and return who is assigned to which."""
    assigned = assign(problem, sites)
    served = None
    if problem.capacity is not None:
        served = assigned.sum(axis=1) + problem.is_covered_already
    return evaluate(problem, sites, served=served), assigned


def assign(problem: SitingProblem, sites: Sequence[int]) -> np.ndarray:
    """Assign demand to sites: shape (n, sites), share (0 to 1) of each place's demand.

    Without a capacity everybody within reach goes to the nearest, and those whose nearest is an
    existing service to none. With one: most demand served, least shares kept, then the least sum of
    demand times cost (a transportation problem, two linear programs). All zero where the least
    shares cannot be kept.
    """
    opened = np.asarray(sites, dtype=int)
    n, p = len(problem.demand), len(opened)
    cost = problem.cost[:, opened]
    asks = (problem.demand > 0) & problem.covers[:, opened].any(axis=1)
    shares = np.zeros((n, p))
    if problem.capacity is None:
        rows = np.flatnonzero(asks & (cost.min(axis=1) < problem.existing_cost))
        shares[rows, cost[rows].argmin(axis=1)] = 1.0
        return shares
    asks &= ~problem.is_covered_already
    i, j = np.nonzero(problem.covers[:, opened] & asks[:, None])
    if len(i) == 0:
        return shares
    demand, arcs = problem.demand[i], np.arange(len(i))
    once = sparse.csr_array((np.ones(len(i)), (i, arcs)), shape=(n, len(i)))[asks]
    load = sparse.csr_array((demand, (j, arcs)), shape=(p, len(i)))
    limits = [once, load]
    most = [np.ones(int(asks.sum())), np.full(p, problem.capacity)]
    for _, inside, need in problem.group_needs():
        limits.append(sparse.csr_array(-(demand * inside[i])[None, :]))
        most.append(np.array([-need * (1 - _ROUNDING)]))
    rows, upper = sparse.vstack(limits), np.concatenate(most)
    first = linprog(-demand, A_ub=rows, b_ub=upper, bounds=(0, 1), method="highs")
    if first.x is None:
        return shares
    rows = sparse.vstack([rows, sparse.csr_array(-demand[None, :])])
    upper = np.append(upper, first.fun + _ROUNDING * abs(first.fun))
    second = linprog(demand * cost[i, j], A_ub=rows, b_ub=upper, bounds=(0, 1), method="highs")
    shares[i, j] = np.clip(first.x if second.x is None else second.x, 0.0, 1.0)
    # the solver keeps a limit to within 1e-7: what is over goes, so that the answer keeps it
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1.0)
    return shares / np.maximum(problem.demand @ shares / problem.capacity, 1.0)


def opening_order(
    problem: SitingProblem, sites: Sequence[int], model: Model
) -> tuple[list[int], list[float]]:
    """Chosen sites in order, and the share of demand each brings within reach."""
    covers, demand = problem.covers, problem.demand
    covered = problem.is_covered_already.copy()
    finite = problem.cost[np.isfinite(problem.cost)]
    far = 2 * float(finite.max(initial=0.0)) + 1.0
    nearest = np.minimum(problem.existing_cost, far)
    left, ordered, added = [int(j) for j in sites], [], []
    while left:
        gain = np.array([float(demand[covers[:, j] & ~covered].sum()) for j in left])
        saved = np.array(
            [float(demand @ np.maximum(nearest - problem.cost[:, j], 0.0)) for j in left]
        )
        # rounded: a difference in the last digit of a sum is no reason to open first
        by_cover = np.round(gain / demand.sum(), 12)
        by_way = np.round(saved / saved.max(), 12) if saved.max() > 0 else saved
        keys = (by_way, by_cover) if model == "mclp" else (by_cover, by_way)
        best = int(np.lexsort((-np.array(left), *keys))[-1])
        site = left.pop(best)
        ordered.append(site)
        added.append(float(gain[best] / demand.sum()))
        covered |= covers[:, site]
        nearest = np.minimum(nearest, problem.cost[:, site])
    return ordered, added


def plan_of(
    problem: SitingProblem,
    model: Model,
    chosen: list[int],
    *,
    objective: float,
    bound: float | None = None,
    is_stopped: bool = False,
) -> Plan:
    """Make the plan of chosen sites: order and evaluate them.

    Without ``bound`` the plan counts as proven optimal.
    """
    ordered, added = opening_order(problem, sorted(chosen), model)
    seen, assigned = evaluate_under_capacity(problem, ordered)
    return Plan(
        model=model,
        sites=tuple(ordered),
        added_share=tuple(added),
        objective=objective,
        bound=objective if bound is None else bound,
        is_stopped=is_stopped,
        radius=problem.radius,
        unit=problem.unit,
        evaluation=seen,
        assigned=assigned,
    )


def _groups(problem: SitingProblem, served: np.ndarray, nearest_cost: np.ndarray) -> pd.DataFrame:
    names, group_of = np.unique(problem.group, return_inverse=True)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(group_of, weights=values, minlength=len(names))

    demand, covered = total(problem.demand), total(problem.demand * served)
    in_zones = total(problem.demand * problem.in_zone)
    has_way = np.isfinite(nearest_cost)
    moved = total(np.where(has_way, problem.demand, 0.0))
    ways = total(problem.demand * np.where(has_way, nearest_cost, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        table = pd.DataFrame(
            {
                "group": names,
                "demand": demand,
                "covered": covered,
                # a difference of sums would be a little less than nothing
                "missed": total(problem.asked * np.maximum(1.0 - served, 0.0)),
                "in_zones": in_zones,
                "share": covered / demand,
                "mean_cost": ways / moved,
                "unreachable": total(np.where(has_way, 0.0, problem.demand)),
            }
        )
    return table[table["demand"] > 0].reset_index(drop=True)
