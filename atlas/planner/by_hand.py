"""A plan changed by hand: sites fixed, released, removed, added or moved, and what that costs.

A move changes the question, never the answer: what is fixed has to be chosen, what is removed may
not be. So files, ``cli.py sites``, stability and the second objective know a plan by hand as they
know any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from atlas.planner.outcome import Outcome
from atlas.planner.plan_question import MOST_SITES, PlanQuestion
from geo.errors import UserError
from geo.siting.model import PlanFigures

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
        """The candidate that comes into the plan, if any does."""
        return {"add": self.site, "move": self.to}.get(self.kind, "")

    @property
    def goes(self) -> str:
        """The site that leaves the plan, if one does."""
        return self.site if self.kind in ("remove", "move") else ""


def move_of(value: Any, outcome: Outcome) -> Move | None:
    """The move that a page was told, or None where it is none of this plan."""
    if not isinstance(value, Mapping) or value.get("kind") not in KINDS:
        return None
    move = Move(value["kind"], str(value.get("site", "")), str(value.get("to", "")))
    sites, free = outcome.codes, outcome.candidates
    is_known = move.site in (free if move.kind == "add" else sites)
    return move if is_known and (move.kind != "move" or move.to in free) else None


def moved(
    request: PlanQuestion, sites: Collection[str], move: Move, *, rest_stays: bool
) -> PlanQuestion:
    """The question after a move in the plan with these sites.

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


def held_by_hand(request: PlanQuestion, moves: Sequence[Sequence[Any]]) -> set[str]:
    """The sites that a planner fixed, and not those that only stayed while another one moved.

    ``moves`` have the teams that each added and what was fixed and ruled out before it.
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
    """What one plan does otherwise than another of the same demand."""

    given_up: tuple[str, ...]
    """names of the sites that the first has alone."""
    taken: tuple[str, ...]
    before: PlanFigures
    after: PlanFigures
    is_stopped: bool
    demand_lost: float
    demand_won: float


def change_between(before: Outcome, after: Outcome) -> Change:
    """Compare two plans of one demand and one list of candidates."""
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


def _alone(one: Outcome, other: Outcome) -> tuple[str, ...]:
    return tuple(site.name for site in one.sites if site.code not in other.codes)
