"""A plan changed by hand: sites fixed, released, removed, added or moved, departments included.

A move changes the question, never the answer: what is fixed has to be chosen, what is removed may
not be. So files, ``cli.py sites``, variations and the second aim know a plan by hand as they know
any other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from atlas.planner import sentences
from atlas.planner.document import PlanDocument, rounded_amount
from atlas.planner.plan_question import MOST_SITES, PlanQuestion
from atlas.words import Words, message
from geo.errors import UserError

Kind = Literal["fix", "release", "remove", "add", "move", "include", "restore"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Move:
    """One change by hand; sites and candidates by their codes."""

    kind: Kind
    site: str
    """what is fixed, released, removed or moved; of "add" the candidate that comes, of "restore"
    the one that may come again, of "include" the code of the department."""
    to: str = ""
    """of "move": the candidate that takes its place."""
    keeps_others: bool = False
    """the other sites stay where they are."""

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
    kind = value["kind"]
    texts = (str(value.get(name) or "") for name in ("site", "to", "keep"))
    site, to, keep = texts
    move, free = Move(kind, site, to, bool(keep)), document.candidates
    offered: dict[str, Collection[str]] = {
        "add": free,
        "include": [department.department_ubigeo for department in document.left_out],
        "restore": document.request.barred,
    }
    is_known = site in offered.get(kind, document.codes)
    return move if is_known and (kind != "move" or to in free) else None


def after_move(request: PlanQuestion, sites: Collection[str], move: Move) -> PlanQuestion:
    """Return the question after a move in the plan with these sites.

    The number of teams stays, and the teams that are not fixed are sent anew. Where the others are
    kept, only the team that the move frees is; a site that is added then needs one more, as it does
    where all are fixed. UserError: too many.
    """
    must, barred, covered = list(request.must), list(request.barred), request.cover_departments
    if move.kind == "fix":
        must.append(move.site)
    elif move.kind == "release":
        must = [code for code in must if code != move.site]
    elif move.kind == "include":
        covered = (*covered, move.site)
    if move.keeps_others:
        must += sites
    if move.goes:
        barred.append(move.goes)
    if move.comes:
        must.append(move.comes)
    must = [code for code in dict.fromkeys(must) if code != move.goes]
    back = {move.comes, move.site if move.kind == "restore" else ""}
    number = request.sites
    if number is not None and move.comes:
        number = max(number, len(must))
        if number > MOST_SITES:
            raise UserError("siting.refusal.most_sites", most=MOST_SITES)
    return request.changed(
        sites=number,
        must=tuple(must),
        barred=tuple(code for code in dict.fromkeys(barred) if code not in back),
        cover_departments=tuple(dict.fromkeys(covered)),
    )


def change_text(before: PlanDocument, after: PlanDocument, say: Words) -> str:
    """Say how a plan differs from an earlier one: sites, demand, teams, soles."""
    gone = [site.name for site in before.sites if site.code not in after.codes]
    came = [site.name for site in after.sites if site.code not in before.codes]
    won = after.demand_total * after.coverage_share - before.demand_total * before.coverage_share
    shares = [plan.coverage_share for plan in (before, after)]
    # in whole per cent, or tenths where these are the same
    texts = [[sentences.share_text(share, say, digits) for share in shares] for digits in (0, 1)]
    was, now = texts[0] if texts[0][0] != texts[0][1] else texts[1]
    values = {
        "amount": rounded_amount(abs(won)),
        "unit": after.unit,
        "before": was,
        "after": now,
    }
    moved = sentences.moved_text(gone, came, say, ("plan.change.gone", "plan.change.came"))
    covered = "same" if was == now else "more" if won > 0 else "less"
    parts = [
        f"{moved}." if moved else say("plan.change.same"),
        message(f"plan.change.covered.{covered}", **values).text(say),
    ]
    if teams := len(after.sites) - len(before.sites):
        count = say("plan.teams", count=abs(teams))
        parts.append(say(f"plan.change.teams.{'more' if teams > 0 else 'less'}", teams=count))
    if before.cost is not None and after.cost is not None:
        more = after.cost.total - before.cost.total
        if round(more):
            key = f"plan.change.cost.{'more' if more > 0 else 'less'}"
            parts.append(say(key, soles=sentences.soles(abs(more), say)))
    return " ".join(parts)
