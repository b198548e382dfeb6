"""Solve one mixed-integer program with HiGHS.

Huangfu and Hall 2018, Math. Prog. Computation 10, 119-142.

One thread and a fixed seed: the same program gives the same answer, unless the time limit stops it
earlier on a slower machine; the answer then says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from geo.errors import ParameterError, UserError


class InfeasibleError(UserError):
    """No choice of sites meets all the conditions."""


class UnsolvedError(UserError):
    """The time was over before it was known whether there is a solution."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Minimise cost x values, lower <= rows x values <= upper, floor <= values <= 1."""

    cost: np.ndarray
    rows: sparse.csr_matrix
    lower: np.ndarray
    upper: np.ndarray
    integers: int
    """so many of the first values are whole."""
    floor: np.ndarray


class Rows:
    """The rows of a program, put together group by group."""

    def __init__(self) -> None:
        self._rows: list[sparse.csr_matrix] = []
        self._limits: list[np.ndarray] = []

    def add(self, *blocks: Any, least: ArrayLike = -np.inf, most: ArrayLike = np.inf) -> None:
        """Add rows of blocks side by side, each row between least and most; an array is one row."""
        rows = sparse.csr_matrix(sparse.hstack([sparse.csr_matrix(block) for block in blocks]))
        self._rows.append(rows)
        self._limits.append(
            np.stack([np.broadcast_to(limit, rows.shape[0]) for limit in (least, most)])
        )

    def program(self, cost: np.ndarray, *, integers: int, floor: np.ndarray) -> Program:
        rows = sparse.csr_matrix(sparse.vstack(self._rows))
        lower, upper = np.concatenate(self._limits, axis=1)
        return Program(cost, rows, lower, upper, integers, floor)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Values of a program and a bound for its optimum."""

    values: np.ndarray
    objective: float
    bound: float
    """no solution has an objective below it."""
    is_stopped: bool
    """the time limit came first; the gap between objective and bound is then not closed."""


PROVEN_GAP = 1e-4
"""share of the value: a choice that at most this much could be better is proven the best"""
Better = Callable[[np.ndarray, float, float], None]
"""Called with values, objective and bound of a search whenever one of them changes."""
Elsewhere = Callable[[Program, np.ndarray | None, float, float, Better | None], Solution]
SOLVE_ELSEWHERE: ContextVar[Elsewhere | None] = ContextVar("solve_elsewhere", default=None)
"""solver in a child process, for searches that somebody may stop."""
_TOLD_EVERY_S = 0.2


def solve(
    program: Program,
    *,
    start: np.ndarray | None = None,
    time_limit_s: float = 30.0,
    relative_gap: float = PROVEN_GAP,
    better: Better | None = None,
) -> Solution:
    """Solve a program from a known solution, to the requested gap or the time limit."""
    if not (np.isfinite(time_limit_s) and time_limit_s > 0):
        raise ParameterError(f"the time limit is {time_limit_s}: give positive seconds")
    elsewhere = SOLVE_ELSEWHERE.get()
    if elsewhere is not None:
        return elsewhere(program, start, time_limit_s, relative_gap, better)
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS greets on stdout when its callbacks are set, where only answers may go."""

        def enableCallbacks(self) -> None:
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()

    solver = Quiet()
    for name, value in (
        ("threads", 1),
        ("random_seed", 0),
        ("time_limit", float(time_limit_s)),
        ("mip_rel_gap", float(relative_gap)),
        ("mip_abs_gap", 0.0),
    ):
        solver.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = len(program.lower), len(program.cost)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.floor, np.ones(lp.num_col_)
    lp.row_lower_, lp.row_upper_ = program.lower, program.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.asarray(program.rows.indptr, np.int32)
    lp.a_matrix_.index_ = np.asarray(program.rows.indices, np.int32)
    lp.a_matrix_.value_ = program.rows.data
    kinds = highspy.HighsVarType
    continuous = lp.num_col_ - program.integers
    lp.integrality_ = [kinds.kInteger] * program.integers + [kinds.kContinuous] * continuous
    solver.passModel(lp)
    if start is not None:
        first_solution = highspy.HighsSolution()
        first_solution.col_value = list(map(float, start))
        solver.setSolution(first_solution)
    if better is not None:
        _subscribe(solver, better, start)
    solver.run()
    status = solver.getModelStatus()
    if status in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    ):
        raise InfeasibleError("siting.refusal.infeasible")
    info = solver.getInfo()
    values = np.asarray(solver.getSolution().col_value, dtype=float)
    if info.primal_solution_status != 2 or values.size == 0:  # 2 = a feasible point is there
        raise UnsolvedError("siting.refusal.unsolved")
    return Solution(
        values=values,
        objective=float(info.objective_function_value),
        bound=float(info.mip_dual_bound),
        is_stopped=status != highspy.HighsModelStatus.kOptimal,
    )


def _subscribe(solver: Any, better: Better, start: np.ndarray | None) -> None:
    values, called_s = start, 0.0

    def improved(event: Any) -> None:
        nonlocal values
        values = np.array(event.data_out.mip_solution, dtype=float)
        better(values, event.data_out.objective_function_value, event.data_out.mip_dual_bound)

    def rose(event: Any) -> None:
        nonlocal called_s
        if values is not None and time.monotonic() - called_s > _TOLD_EVERY_S:
            called_s = time.monotonic()
            better(values, event.data_out.mip_primal_bound, event.data_out.mip_dual_bound)

    solver.cbMipImprovingSolution.subscribe(improved)
    solver.cbMipInterrupt.subscribe(rose)


def gap_of(value: float, bound: float) -> float:
    """Return by what share of the value the optimum may still be better; infinite without a bound.

    A difference of a billionth or less is rounding.
    """
    difference = abs(value - bound)
    if np.isinf(difference):
        return float("inf")
    if difference <= 1e-9 * max(abs(value), abs(bound)):
        return 0.0
    return difference / abs(value) if value else float("inf")
