"""A plan changed by hand: sites fixed, released, removed, added or moved.

A move changes the question, never the answer: what is fixed has to be chosen, what is removed may
not be. So files, ``cli.py sites``, variations and the second aim know a plan by hand as they know
any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from atlas.planner import sentences
from atlas.planner.document import PlanDocument
from atlas.planner.plan_question import MOST_SITES, PlanQuestion
from atlas.words import Words
from geo.errors import UserError

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
    elif rest_stays:
        must += sites
        number = len(sites) if number is None else number
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


def change_text(before: PlanDocument, after: PlanDocument, say: Words) -> str:
    """Say what a plan changed by hand has lost and won against another: sites, demand, teams."""
    gone = [site.name for site in before.sites if site.code not in after.codes]
    came = [site.name for site in after.sites if site.code not in before.codes]
    won = after.demand_total * after.coverage_share - before.demand_total * before.coverage_share
    values = {
        "gone": say.list(gone),
        "came": say.list(came),
        "amount": sentences.amount(abs(won), say),
        "unit": after.unit.text(say),
        "before": sentences.share_text(before.coverage_share, say),
        "after": sentences.share_text(after.coverage_share, say),
    }
    moved = "exchanged" if gone and came else "gone" if gone else "came" if came else "same"
    is_same = values["before"] == values["after"]
    covered = "same" if is_same else "more" if won > 0 else "less"
    parts = [say(f"plan.change.{moved}", **values), say(f"plan.change.covered.{covered}", **values)]
    if teams := len(after.sites) - len(before.sites):
        count = say("plan.teams", count=abs(teams))
        parts.append(say(f"plan.change.teams.{'more' if teams > 0 else 'less'}", teams=count))
    return " ".join(parts)
