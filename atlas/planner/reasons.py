"""Why a plan is no other: what a change, an exchange or a condition costs, in sentences."""

from __future__ import annotations

from math import ceil

from atlas.planner.by_hand import Change
from atlas.planner.document import PlanDocument
from atlas.planner.outcome import Reason
from atlas.planner.words import UNKNOWN_GAP, amount, not_nothing, way, wording
from atlas.words import Words
from geo.siting.model import PlanFigures, known_difference
from geo.siting.second_objective import Exchange


def price_text(key: str, more: PlanFigures, less: PlanFigures, say: Words, **told: object) -> str:
    """What coverage one choice costs or wins against another, as far as the searches proved it:
    ``key`` with a share, ``key_between`` with low and high, or ``key_unknown`` without a number."""
    if max(more.gap, less.gap) >= UNKNOWN_GAP:
        return say(f"{key}_unknown", **told)
    low, high = (say.number(100 * share, 1) for share in known_difference(more, less))
    if low == high:
        return say(key, share=low, **told)
    return say(f"{key}_between", low=low, high=high, **told)


def change_text(name: str, change: Change, document: PlanDocument, say: Words) -> str:
    """What a site forced into the plan loses and wins, as far as both searches proved it."""
    told = {
        "name": name,
        "lost": say.number(change.demand_lost, 1),
        "won": say.number(change.demand_won, 1),
        "unit": document.unit.text(say),
    }
    gap = max(change.before.gap, change.after.gap)
    is_one_more = len(change.after.sites) > len(change.before.sites)
    if (document.request.model != "mclp" or is_one_more) and gap < UNKNOWN_GAP:
        # the gap of the other models is one of ways: it bounds no coverage, and a team more may win
        return say("plan.why.answer", **told)
    return price_text("plan.why.answer", change.before, change.after, say, **told)


def exchange_text(
    change: Change, document: PlanDocument, say: Words, *, name: str, other: str
) -> str:
    """What an exchange of one site loses and wins; nothing was searched, so it is as it is told."""
    lost, won = not_nothing(change.demand_lost, say), not_nothing(change.demand_won, say)
    told = {"name": name, "other": other, "unit": document.unit.text(say)}
    return wording(document, say)("plan.why.exchange", lost=lost, won=won, **told)


def cause_text(
    exchange: Exchange, change: Change, document: PlanDocument, say: Words, *, name: str, other: str
) -> str:
    """Why that is so, in one sentence: whom either reaches alone, or who is served, or the ways."""
    told, unit = {"name": name, "other": other}, document.plan.unit
    was, now = change.before, change.after
    ways = {
        "pmedian": ("mean", was.mean_cost, now.mean_cost),
        "pcenter": ("worst", was.worst_cost, now.worst_cost),
    }
    if (model := document.request.model) in ways and not has_other_part(was, now):
        kind, *costs = ways[model]
        before, after = (way(cost, unit, say) for cost in costs)
        return say(f"plan.why.cause.{kind}", **told, before=before, after=after)
    told["unit"] = document.unit.text(say)
    if document.request.capacity is not None:
        total = document.total
        before, after = (amount(total * one.coverage_share, say) for one in (was, now))
        return say("plan.why.cause.served", **told, before=before, after=after)
    told |= {part: not_nothing(getattr(exchange, part), say) for part in ("reach", "gain", "loss")}
    if exchange.reach == 0:
        return say("plan.why.cause.nobody", **told)
    return say(f"plan.why.cause.{'gain' if exchange.gain > 0 else 'nothing'}", **told)


def cost_text(change: Change, document: PlanDocument, say: Words) -> str:
    """What a plan changed by hand covers, and how far its ways are, against the best without."""
    was, now, unit = change.before, change.after, document.plan.unit

    def more_or_less(name: str, difference: float, shown: str, **told: object) -> list[str]:
        """One part, none where the difference would read as 0."""
        if not any(digit in shown for digit in "123456789"):
            return []
        return [say(f"plan.hand.{name}_{'more' if difference > 0 else 'less'}", **told)]

    share = now.coverage_share - was.coverage_share
    points = say.number(100 * abs(share), 1)
    demand = {
        "count": amount(abs(change.demand_won - change.demand_lost), say),
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
    parts += more_or_less("no_way", lost, (shown := say.number(100 * abs(lost), 1)), points=shown)
    for name, difference in (
        ("mean", now.mean_cost - was.mean_cost),
        ("worst", now.worst_cost - was.worst_cost),
    ):
        # ways of other people: neither is longer or shorter than the other
        if difference == difference and not has_other_part(was, now):
            shown = way(abs(difference), unit, say)
            parts += more_or_less(name, difference, shown, way=shown)
    count = say("plan.teams", count=abs(teams))
    parts += more_or_less("teams", teams, str(abs(teams)), teams=count)
    return say("plan.hand.cost", told=say.list(parts))


def has_other_part(one: PlanFigures, other: PlanFigures) -> bool:
    """Whether the mean ways of two plans are of different parts of the demand."""
    return abs(one.unreachable_share - other.unreachable_share) > 1e-9


def reason_text(reason: Reason, say: Words) -> str:
    """Why a site is in the plan, in one to three sentences."""
    parts = [say("plan.why.must")] if reason.is_must else []
    told = {"count": say.number(reason.places_added), "department": reason.department}
    if reason.places_added == 0:
        parts.append(say("plan.why.nothing"))
        parts += [say("plan.why.shortens")] if reason.shortens else []
    elif reason.departments_added == 1:
        parts.append(say("plan.why.adds_in", **told))
    elif reason.department_share > 0.995:
        parts.append(say("plan.why.adds_nearly", **told))
    else:
        parts.append(say("plan.why.adds", **told, share=say.percent(reason.department_share, 0)))
    if reason.surety:
        parts.append(say(f"plan.why.{reason.surety}"))
    if reason.others:
        names, points = say.list(reason.others), ceil(1000 * reason.others_lose - 1e-6) / 10
        key = "plan.why.others_nearly" if points > 0 else "plan.why.others"
        parts.append(say(key, names=names, points=say.number(points, 1)))
    return " ".join(parts)
