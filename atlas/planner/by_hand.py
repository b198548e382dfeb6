"""A plan changed by hand: sites fixed, released, removed, added or moved, and what that costs,
in numbers and in sentences.

A move changes the question, never the answer: what is fixed has to be chosen, what is removed may
not be. So files, ``cli.py sites``, stability and the second objective know a plan by hand as they
know any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from atlas.planner import sentences
from atlas.planner.document import PlanDocument
from atlas.planner.plan_question import MOST_SITES, PlanQuestion
from atlas.words import Words
from geo.errors import UserError
from geo.siting.model import PlanFigures, known_difference
from geo.siting.second_objective import Exchange

Kind = Literal["fix", "release", "remove", "add", "move"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Move:
    """One change by hand; sites and candidates by their codes."""

    kind: Kind
    site: str
    """what is fixed, released, removed or moved; of "add" the candidate that comes."""
    to: str = ""
    """of "move": the candidate that takes its place."""

    @property
    def comes(self) -> str:
        """The candidate that enters the plan, "" if none does."""
        return {"add": self.site, "move": self.to}.get(self.kind, "")

    @property
    def goes(self) -> str:
        """The site that leaves the plan, "" if none does."""
        return self.site if self.kind in ("remove", "move") else ""


def move_of(value: Any, document: PlanDocument) -> Move | None:
    """Read a move that a page sent; None if it does not fit this plan."""
    if not isinstance(value, Mapping) or value.get("kind") not in KINDS:
        return None
    move = Move(value["kind"], str(value.get("site", "")), str(value.get("to", "")))
    sites, free = document.codes, document.candidates
    is_known = move.site in (free if move.kind == "add" else sites)
    return move if is_known and (move.kind != "move" or move.to in free) else None


def after_move(
    request: PlanQuestion, sites: Collection[str], move: Move, *, rest_stays: bool
) -> PlanQuestion:
    """Return the question after a move in the plan with these sites.

    Where the rest stays, all other sites have to be chosen and the number of teams follows; else
    the number stays and the rest is chosen anew. UserError: no site is left, or too many.
    """
    must, barred, number = list(request.must), list(request.barred), request.sites
    if move.kind == "fix":
        must.append(move.site)
    elif move.kind == "release":
        must = [code for code in must if code != move.site]
    elif rest_stays and number is not None:
        must += sites
        number += bool(move.comes) - bool(move.goes)
        if not number:
            raise UserError("siting.refusal.last_site")
        if number > MOST_SITES:
            raise UserError("siting.refusal.most_sites", most=MOST_SITES)
    if move.goes:
        barred.append(move.goes)
    if move.comes:
        must.append(move.comes)
    return request.changed(
        sites=number,
        must=tuple(code for code in dict.fromkeys(must) if code != move.goes),
        barred=tuple(code for code in dict.fromkeys(barred) if code != move.comes),
    )


def fixed_by_hand(request: PlanQuestion, moves: Sequence[Sequence[Any]]) -> set[str]:
    """Return the sites that a planner fixed, without those that only stayed as another one moved.

    ``moves`` hold the teams that each added and the sites fixed and barred before it.
    """
    steps = [(teams, {*must}, {*barred}) for teams, must, barred in moves]
    held = set(request.must)
    for before, after in pairwise([*steps, (0, {*request.must}, {*request.barred})]):
        (teams, must, barred), (_, fixed, ruled_out) = before, after
        came = fixed - must
        if teams or barred != ruled_out or len(came) > 1:  # the others stayed: nobody fixed them
            held -= came
    return held


@dataclass(frozen=True, slots=True)
class Change:
    """The difference between two plans of the same demand."""

    given_up: tuple[str, ...]
    """names of the sites that the first has alone."""
    taken: tuple[str, ...]
    before: PlanFigures
    after: PlanFigures
    is_stopped: bool
    demand_lost: float
    demand_won: float


def change_between(before: PlanDocument, after: PlanDocument) -> Change:
    was, now = before.plan, after.plan
    change = before.weight * (now.evaluation.served - was.evaluation.served)
    return Change(
        given_up=_alone(before, after),
        taken=_alone(after, before),
        before=PlanFigures.of(was),
        after=PlanFigures.of(now),
        is_stopped=was.is_stopped or now.is_stopped,
        demand_lost=float(abs(change[change < 0].sum())),
        demand_won=float(change[change > 0].sum()),
    )


def _alone(document: PlanDocument, other: PlanDocument) -> tuple[str, ...]:
    return tuple(site.name for site in document.sites if site.code not in other.codes)


def price_text(key: str, more: PlanFigures, less: PlanFigures, say: Words, **values: object) -> str:
    """Say what coverage one choice costs or wins against another, as far as the searches proved it:
    ``key`` with a share, ``key_between`` with low and high, or ``key_unknown`` without a number."""
    if max(more.gap, less.gap) >= sentences.UNKNOWN_GAP:
        return say(f"{key}_unknown", **values)
    low, high = (say.number(100 * share, 1) for share in known_difference(more, less))
    if low == high:
        return say(key, share=low, **values)
    return say(f"{key}_between", low=low, high=high, **values)


def change_text(name: str, change: Change, document: PlanDocument, say: Words) -> str:
    """Say what a site forced into the plan loses and wins, as far as both searches proved it."""
    values = {
        "name": name,
        "lost": say.number(change.demand_lost, 1),
        "won": say.number(change.demand_won, 1),
        "unit": document.unit.text(say),
    }
    gap = max(change.before.gap, change.after.gap)
    is_one_more = len(change.after.sites) > len(change.before.sites)
    if (document.request.model != "mclp" or is_one_more) and gap < sentences.UNKNOWN_GAP:
        # the gap of the other models is one of ways: it bounds no coverage, and a team more may win
        return say("plan.why.answer", **values)
    return price_text("plan.why.answer", change.before, change.after, say, **values)


def exchange_text(
    change: Change, document: PlanDocument, say: Words, *, name: str, other: str
) -> str:
    """Say what an exchange of one site loses and wins; that is exact, for nothing was searched."""
    amounts = change.demand_lost, change.demand_won
    lost, won = (sentences.not_nothing(amount, say) for amount in amounts)
    values = {"name": name, "other": other, "unit": document.unit.text(say)}
    return sentences.wording(document, say)("plan.why.exchange", lost=lost, won=won, **values)


def cause_text(
    exchange: Exchange, change: Change, document: PlanDocument, say: Words, *, name: str, other: str
) -> str:
    """Say why in one sentence: whom either site reaches alone, who is served, or the ways."""
    values, unit = {"name": name, "other": other}, document.plan.unit
    was, now = change.before, change.after
    ways = {
        "pmedian": ("mean", was.mean_cost, now.mean_cost),
        "pcenter": ("worst", was.worst_cost, now.worst_cost),
    }
    if (model := document.request.model) in ways and not has_other_part(was, now):
        kind, *costs = ways[model]
        before, after = (sentences.way(cost, unit, say) for cost in costs)
        return say(f"plan.why.cause.{kind}", **values, before=before, after=after)
    values["unit"] = document.unit.text(say)
    if document.request.capacity is not None:
        served = (document.total * figures.coverage_share for figures in (was, now))
        before, after = (sentences.amount(amount, say) for amount in served)
        return say("plan.why.cause.served", **values, before=before, after=after)
    for part in ("reach", "gain", "loss"):
        values[part] = sentences.not_nothing(getattr(exchange, part), say)
    if exchange.reach == 0:
        return say("plan.why.cause.nobody", **values)
    return say(f"plan.why.cause.{'gain' if exchange.gain > 0 else 'nothing'}", **values)


def cost_text(change: Change, document: PlanDocument, say: Words) -> str:
    """Say what a plan changed by hand covers, and how far its ways are, against the best one."""
    was, now, unit = change.before, change.after, document.plan.unit

    def more_or_less(name: str, difference: float, number: str, **values: object) -> list[str]:
        """Return one part, or none where the difference would read as 0."""
        if not any(digit in number for digit in "123456789"):
            return []
        return [say(f"plan.hand.{name}_{'more' if difference > 0 else 'less'}", **values)]

    share = now.coverage_share - was.coverage_share
    points = say.number(100 * abs(share), 1)
    demand = {
        "count": sentences.amount(abs(change.demand_won - change.demand_lost), say),
        "unit": document.unit.text(say),
    }
    parts = more_or_less("covered", share, points, points=points, **demand)
    parts = parts or [say("plan.hand.covered_same")]
    teams = len(now.sites) - len(was.sites)
    # no condition makes the best better: if it seems so, the search without it ended before its
    # ways were as short as they can be
    is_equal = teams == 0 and parts == [say("plan.hand.covered_same")]
    if is_equal and now.mean_cost < was.mean_cost and not has_other_part(was, now):
        return say("plan.hand.cost", told=say.list([*parts, say("plan.hand.no_longer")]))
    lost = now.unreachable_share - was.unreachable_share
    parts += more_or_less("no_way", lost, (number := say.number(100 * abs(lost), 1)), points=number)
    for name, difference in (
        ("mean", now.mean_cost - was.mean_cost),
        ("worst", now.worst_cost - was.worst_cost),
    ):
        # ways of other people: neither is longer or shorter than the other
        if difference == difference and not has_other_part(was, now):
            number = sentences.way(abs(difference), unit, say)
            parts += more_or_less(name, difference, number, way=number)
    count = say("plan.teams", count=abs(teams))
    parts += more_or_less("teams", teams, str(abs(teams)), teams=count)
    return say("plan.hand.cost", told=say.list(parts))


def has_other_part(plan: PlanFigures, other: PlanFigures) -> bool:
    """Say whether the mean ways of two plans are of different parts of the demand."""
    return abs(plan.unreachable_share - other.unreachable_share) > 1e-9
