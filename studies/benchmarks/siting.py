"""Choosing sites beside plain spopt with CBC, on the same costs and demand: make bench-siting."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections.abc import Callable

import numpy as np

from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import question_for
from geo.siting.model import choose_sites
from geo.siting.problem import SitingProblem
from studies.benchmarks.machine import described

SITES = 10
LIMIT_S = 120.0
"""seconds that either search may take; the answer then carries what it has."""
PMEDIAN_PLACES = (100, 200, 1_874)
"""sizes of the p-median: one variable a pair, so spopt is asked for the first two only."""
PEER_PLACES = 200


def shipped() -> SitingProblem:
    """The reports of 2023 spread over 1,890 places, their capitals as candidates, 75 km."""
    return question_for(PlanQuestion(sites=SITES)).problem


def largest(problem: SitingProblem, count: int) -> SitingProblem:
    """The places with most demand, as places and as candidates."""
    kept = np.sort(np.argsort(-problem.demand, kind="stable")[:count])
    return dataclasses.replace(
        problem,
        demand=problem.demand[kept],
        cost=problem.cost[np.ix_(kept, kept)],
        group=problem.group[kept],
        existing_cost=problem.existing_cost[kept],
        is_allowed=problem.is_allowed[kept],
    )


def ours(problem: SitingProblem, model: str) -> tuple[float, str]:
    """Objective, and what is proven of it."""
    plan = choose_sites(problem, model=model, sites=SITES, time_limit_s=LIMIT_S)  # type: ignore[arg-type]
    return plan.objective, f"{100 * plan.gap:.4f} %"


def spopt_cbc(problem: SitingProblem, model: str) -> tuple[float, str]:
    """The same of spopt with the solver that PuLP brings."""
    import pulp
    from spopt.locate import MCLP, PMedian

    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=LIMIT_S)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if model == "mclp":
            asked = MCLP.from_cost_matrix(
                problem.cost, problem.demand, problem.radius, p_facilities=SITES
            )
        else:
            asked = PMedian.from_cost_matrix(problem.cost, problem.demand, p_facilities=SITES)
        asked.problem.solve(solver)
    value = asked.problem.objective.value()
    proven = "optimal" if asked.problem.sol_status == pulp.LpSolutionOptimal else "not proven"
    return float("nan") if value is None else float(value), proven


def _row(name: str, program: str, work: Callable[[], tuple[float, str]]) -> None:
    begun, spent = time.perf_counter(), time.process_time()
    objective, proven = work()
    wall, cpu = time.perf_counter() - begun, time.process_time() - spent
    print(
        f"| {name} | {program} | {wall:.1f} ({cpu:.1f}) | {objective:,.2f} | {proven} |", flush=True
    )


def main() -> None:
    """Print one row per instance and program; CBC's own process is in the wall time only."""
    print(described("spopt", "pulp", "highspy"))
    import spopt.locate  # noqa: F401 - its import takes seconds and is not the search

    problem = shipped()
    finite = np.where(np.isfinite(problem.cost), problem.cost, 1e5)
    problem = dataclasses.replace(problem, cost=finite)
    print(
        f"\np = {SITES}, limit {LIMIT_S:.0f} s\n\n"
        "| instance | program | s (CPU) | objective | proven |\n" + "| --- " * 5 + "|"
    )
    name = f"mclp, {problem.demand.size:,} places, {problem.radius:.0f} km"
    _row(name, "**atlas**, HiGHS", lambda: ours(problem, "mclp"))
    _row(name, "spopt, CBC", lambda: spopt_cbc(problem, "mclp"))
    for count in PMEDIAN_PLACES:
        part = largest(problem, count)
        name = f"p-median, {count:,} places"
        _row(name, "**atlas**", lambda part=part: ours(part, "pmedian"))  # type: ignore[misc]
        if count <= PEER_PLACES:
            _row(name, "spopt, CBC", lambda part=part: spopt_cbc(part, "pmedian"))  # type: ignore[misc]


if __name__ == "__main__":
    main()
