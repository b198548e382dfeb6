"""Make a plan of a question, within a budget; judge it by other demands; ask what else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from atlas.planner.demand import Demand, places
from atlas.planner.plan_question import MOST_SITES, PlanQuestion
from atlas.planner.question import OwnFiles, Question, question_for
from geo.errors import UserError
from geo.siting.budget import SWAPS, solve_budget
from geo.siting.cover import largest_least_percent
from geo.siting.model import PlanFigures, choose_sites, coverage_curve, coverage_front, stability
from geo.siting.problem import Found, Plan, SitingProblem, plan_of
from geo.siting.second_objective import Exchange, best_exchange, best_second
from geo.siting.solver import InfeasibleError, UnsolvedError


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs, in soles; what exists already costs nothing."""

    teams: float
    ways: float
    travelled: float
    """whole kilometres, or tenths of hours: a round trip for each case that goes to a team."""

    @property
    def total(self) -> float:
        return self.teams + self.ways


def cost_of(request: PlanQuestion, problem: SitingProblem, plan: Plan) -> Cost:
    """Return the cost of a plan at the prices of a request."""
    travelled = float(plan.travelled(problem).sum())
    travelled = round(travelled / 60, 1) if plan.unit == "min" else float(round(travelled))
    return Cost(len(plan.sites) * request.team_cost, travelled * request.way_cost, travelled)


def is_paid(question: Question, plan: Plan) -> bool:
    """Say whether the budget of a question pays its plan."""
    cost = cost_of(question.request, question.problem, plan)
    return cost.total <= float(question.request.budget or 0)


def most_paid(request: PlanQuestion) -> int:
    """Return how many teams a budget pays if none of them travels; UserError: none, or too many."""
    budget, price = float(request.budget or 0), request.team_cost
    if not price:
        raise UserError("siting.refusal.budget_without_cost")
    if budget < price:
        raise UserError("siting.refusal.budget_few", budget=f"{budget:,g}", cost=f"{price:,g}")
    if budget >= (MOST_SITES + 1) * price:
        raise UserError(
            "siting.refusal.budget_many", count=f"{budget // price:,.0f}", most=MOST_SITES
        )
    return int(budget / price * (1 + 1e-12))


STABILITY_REPLICAS = 200
SEARCH_S = 30.0
"""default limit of the exact search."""
FIRST_S, FIRST_SWAPS_S = 1.0, 0.5
"""limits of search and swaps for the first plan on the page."""


def paid_sites(request: PlanQuestion, own: OwnFiles | None = None) -> int:
    """Return the largest number of teams that a budget pays with their ways, by first choices.

    Each guess takes the cost of ways of the last, because one more team shortens the ways of the
    others by less than it costs; least shares break that, so there every number is tried from
    above. UserError: the budget pays no plan that meets the conditions.
    """
    problem, budget = question_for(request, own).problem, float(request.budget or 0)
    most = min(most_paid(request), len(problem.candidates))
    least = max(1, len(problem.must))
    if not request.way_cost and most >= least:
        return most
    number, paid, too_many, tried = most, least - 1, most + 1, list[float]()
    while paid < number < too_many:
        asked = request.changed(sites=number)
        try:
            plan = _search(problem, asked, time_limit_s=FIRST_S / 10)
        except UnsolvedError:
            plan = _search(problem, asked, time_limit_s=FIRST_S * 10)
        except InfeasibleError:
            if number == most:
                raise
            break
        plan = _with_short_ways(problem, asked, plan, FIRST_SWAPS_S)
        cost = cost_of(asked, problem, plan)
        tried.append(cost.total)
        if cost.total <= budget:
            paid = number
        else:
            too_many = number
        guess = int((budget - cost.ways) / request.team_cost)
        number = too_many - 1
        if not request.min_department_share:
            number = min(max(guess, paid + 1), number)
    if paid < least:
        needed = min(tried, default=least * request.team_cost)
        raise UserError("siting.refusal.budget_few", budget=f"{budget:,g}", cost=f"{needed:,.0f}")
    return paid


def _paid(
    problem: SitingProblem, request: PlanQuestion, *, time_limit_s: float, better: Found | None
) -> Plan:
    budget = float(request.budget or 0)
    most_paid(request)
    is_hours = problem.unit == "min"
    try:
        return solve_budget(
            problem,
            site_cost=request.team_cost,
            way_cost=request.way_cost / 60 if is_hours else request.way_cost,
            budget=budget,
            step=request.way_cost / 10 if is_hours else request.way_cost,
            seed=request.seed,
            time_limit_s=time_limit_s,
            better=better,
        )
    except InfeasibleError:
        chosen = [*problem.must] or [_cheapest(problem)]
        values = {"objective": 0.0, "bound": 0.0, "is_stopped": True, "seed": request.seed}
        plan = plan_of(problem, "mclp", chosen, **values)
        cost = cost_of(request, problem, plan).total
        raise UserError(
            "siting.refusal.budget_few", budget=f"{budget:,g}", cost=f"{cost:,.0f}"
        ) from None


def _cheapest(problem: SitingProblem) -> int:
    """Return the candidate that serves anybody and has the shortest ways of all whom it serves."""
    is_served = problem.covers & (problem.cost < problem.existing_cost[:, None])
    ways = problem.demand @ np.where(is_served, problem.cost, 0.0)
    ways[~problem.is_allowed | (problem.demand @ is_served == 0)] = np.inf
    return int(np.argmin(ways))


def _search(
    problem: SitingProblem,
    request: PlanQuestion,
    *,
    time_limit_s: float,
    better: Found | None = None,
) -> Plan:
    return choose_sites(
        problem,
        model=request.model,
        sites=request.sites,
        seed=request.seed,
        worst_cost=request.worst_cost,
        time_limit_s=time_limit_s,
        better=better,
    )


def _with_short_ways(
    problem: SitingProblem, request: PlanQuestion, plan: Plan, swaps_s: float
) -> Plan:
    if request.model != "mclp":
        return plan
    return best_second(
        problem,
        plan,
        request.second,
        loss=request.loss,
        worst_cost=request.worst_cost,
        time_limit_s=swaps_s,
    )


def plan_for(
    request: PlanQuestion,
    own: OwnFiles | None = None,
    *,
    replicas: int = STABILITY_REPLICAS,
    time_limit_s: float = SEARCH_S,
    swaps_s: float = np.inf,
    better: Found | None = None,
    best: tuple[Sequence[int], float, float] | None = None,
    holds_budget: bool = False,
) -> tuple[Question, Plan]:
    """Choose the sites of a request; return the question in arrays and the plan.

    ``better`` is called with sites, objective and bound of each better choice; ``best``, such a
    triple, replaces the search. ``swaps_s`` limits the search for shorter ways. Where the budget
    decides the number of sites, the returned question has that number, and the plan costs no more;
    ``holds_budget`` says that it decided the number that a request has already.
    """
    budget = float(request.budget or 0)
    if request.is_by_budget and not request.is_by_cost:
        request, holds_budget = request.changed(sites=paid_sites(request, own)), True
    question = question_for(request, own)
    if best is not None:
        sites, objective, bound = best
        plan = plan_of(
            question.problem,
            request.model,
            list(sites),
            objective=objective,
            bound=bound,
            is_stopped=True,
            seed=request.seed,
            method=SWAPS if request.is_by_cost else "HiGHS",
        )
    elif request.is_by_cost:
        plan = _paid(question.problem, request, time_limit_s=time_limit_s, better=better)
    else:
        plan = _search(question.problem, request, time_limit_s=time_limit_s, better=better)
    if not request.is_by_cost:
        plan = _with_short_ways(question.problem, request, plan, swaps_s)
    while holds_budget and not is_paid(question, plan):
        # this search chose longer ways than the short ones by which the teams were counted
        cost = cost_of(request, question.problem, plan).total
        try:
            request = request.changed(sites=len(plan.sites) - 1)
            question = question_for(request, own)
            plan = _search(question.problem, request, time_limit_s=time_limit_s, better=better)
        except (InfeasibleError, UserError):
            raise UserError(
                "siting.refusal.budget_few", budget=f"{budget:,g}", cost=f"{cost:,.0f}"
            ) from None
        plan = _with_short_ways(question.problem, request, plan, swaps_s)
    return question, resampled(question, plan, replicas) if replicas else plan


def attainable_percent(request: PlanQuestion, own: OwnFiles | None = None) -> tuple[int, bool, int]:
    """Return the whole per cent to which every department can be covered, whether that is proven
    the most, and by how many teams."""
    freely = request.changed(min_department_share=0.0)
    number = paid_sites(freely, own) if request.is_by_budget else request.sites or 1
    return (*largest_least_percent(question_for(freely, own).problem, number), number)


def resampled(
    question: Question,
    plan: Plan,
    replicas: int = STABILITY_REPLICAS,
    progress: Callable[[float], None] | None = None,
) -> Plan:
    """Return a plan with its stability, where its demand can be drawn again."""
    request = question.request
    if request.model != "mclp" or not request.is_plain:
        return plan
    drawn = question.demand.resampled(replicas, np.random.default_rng(request.seed))
    sure = stability(question.problem, plan.sites, drawn, progress=progress)
    return replace(plan, stability=sure)


def compare_demands(
    request: PlanQuestion,
    demands: Sequence[Demand],
    own: OwnFiles,
    *,
    progress: Callable[[float], None],
) -> pd.DataFrame:
    """Judge the sites of one request by several demands, beside the best coverage of each."""
    question, plan = plan_for(request, own, replicas=0)
    sites = None if request.model == "lscp" else len(plan.sites)
    rows = []
    for done, every in enumerate(demands, start=1):
        try:
            demand = every.within(request.departments)
        except UserError:  # this demand is zero there
            continue
        problem = replace(question.problem, demand=demand.weight)
        best = choose_sites(problem, model=request.model, sites=sites, seed=request.seed)
        values = {"objective": 0.0, "bound": 0.0, "is_stopped": True, "seed": request.seed}
        these = plan_of(problem, request.model, list(plan.sites), **values)
        rows.append(
            {
                "demand": demand.code,
                "coverage_share": these.evaluation.coverage_share,
                "best_share": best.evaluation.coverage_share,
                "best_gap": best.gap,
                "shared_sites": len(set(best.sites) & set(plan.sites)),
            }
        )
        progress(done / len(demands))
    return pd.DataFrame(rows)


CURVE_SITES = range(1, 21)
FRONT_STEPS = 4
FRONT_SECONDS = 6.0
"""limit of each exact search of the front; the gap shows its cost."""
CurvePoint = tuple[PlanFigures, float]
"""Figures of so many sites, and the residents whom these, or a service, have within reach."""


def curve_for(
    request: PlanQuestion, own: OwnFiles, counts: Iterable[int]
) -> Iterator[tuple[int, CurvePoint | None]]:
    """Solve the best coverage of each number of sites under the request's conditions, one by
    one."""
    problem, people = question_for(request, own).problem, places().population
    if request.departments:
        people = np.where(np.isin(places().department_ubigeo, request.departments), people, 0.0)
    covers, already = problem.covers, problem.is_covered_already
    for count, figures in coverage_curve(problem, counts=counts, time_limit_s=10.0):
        if figures is None:
            yield count, None
        else:
            is_reached = covers[:, list(figures.sites)].any(axis=1) | already
            yield count, (figures, float(people[is_reached].sum()))


def front_for(
    request: PlanQuestion, own: OwnFiles, progress: Callable[[float], None]
) -> tuple[PlanFigures, ...]:
    """Return coverage against the farthest place, with as many sites as the request has."""
    problem = replace(question_for(request, own).problem, capacity=None)
    return coverage_front(
        problem,
        request.sites or 1,
        steps=FRONT_STEPS,
        time_limit_s=FRONT_SECONDS,
        progress=progress,
    )


def exchange_for(
    request: PlanQuestion, plan: Plan, own: OwnFiles, code: str, fixed: Collection[str]
) -> tuple[str, Exchange] | None:
    """The code of the site that a candidate replaces best in a plan, none of the ``fixed`` ones,
    and what either reaches."""
    request = request.changed(barred=tuple({*request.barred} - {code}))
    question = question_for(request, own)
    codes = question.candidates.code
    exchange = best_exchange(
        question.problem,
        plan,
        int(np.flatnonzero(codes == code)[0]),
        held=np.flatnonzero(np.isin(codes, list(fixed))).tolist(),
        worst_cost=request.worst_cost,
    )
    return None if exchange is None else (str(codes[exchange.goes]), exchange)
