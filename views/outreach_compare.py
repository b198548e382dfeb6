"""Two plans side by side: one put aside, and the one on the page."""

from __future__ import annotations

import streamlit as st

from maps.plan_outcome import Outcome
from maps.plan_words import gap_short, way, worst_served
from maps.siting_request import OwnFiles
from messages import Words
from templates import render
from views.outreach_plan import map_section


def _put_aside(outcome: Outcome) -> None:
    st.session_state["plan_aside"] = outcome


def _drop() -> None:
    st.session_state.pop("plan_aside", None)


def compare_section(outcome: Outcome, say: Words) -> None:
    """Draw the button that puts a plan aside, and both plans once there are two."""
    aside: Outcome | None = st.session_state.get("plan_aside")
    with st.container(key="plan_compare"):
        st.html(render("heading", say, title=say("plan.compare"), text=say("plan.compare.text")))
        with st.container(horizontal=True, key="plan_compare_buttons"):
            st.button(
                say("plan.compare.keep"), key="plan_keep", on_click=_put_aside, args=(outcome,)
            )
            if aside is not None:
                st.button(say("plan.compare.drop"), key="plan_drop", on_click=_drop)
        if aside is None:
            return
        left, right = st.columns(2, gap="medium")
        for place, one, name in ((left, aside, "a"), (right, outcome, "b")):
            with place:
                title = say(f"plan.compare.{name}", what=told(one, say))
                st.html(render("heading", say, level="h3", title=title))
                map_section(one, OwnFiles(), say, key=f"plan_map_{name}", rem=24)
        left, right = st.columns(2, gap="medium")
        with left:
            st.html(_numbers(aside, outcome, say))
        with right:
            st.html(_differences(aside, outcome, say))


def told(outcome: Outcome, say: Words) -> str:
    """A plan in a few words."""
    kind, _, period = outcome.request.demand.partition(":")
    parts = [say(f"plan.demand.{kind}")]
    if period:
        parts.append(say(f"period.{period}.short"))
    parts.append(say("plan.compare.sites", count=len(outcome.plan.sites)))
    parts.append(way(outcome.plan.radius, str(outcome.plan.unit), say))
    return " · ".join(parts)


def _numbers(aside: Outcome, outcome: Outcome, say: Words) -> str:
    plans = [one.sheet(say.lang).plan for one in (aside, outcome)]
    rows = [
        (say("plan.figure.covered"), [say.percent(one["coverage_share"], 1) for one in plans]),
        (
            say("plan.figure.missed_short"),
            [
                f"{say.number(one['missed'])} {which.unit.text(say)}"
                for one, which in zip(plans, (aside, outcome), strict=True)
            ],
        ),
        (say("plan.figure.mean"), [_way(one, "mean", say) for one in plans]),
        (say("plan.figure.worst"), [_way(one, "worst", say) for one in plans]),
        (
            say("plan.compare.worst_department"),
            [worst_served(one, say) for one in (aside, outcome)],
        ),
        (say("plan.model"), [say(f"plan.model.{one['model']}") for one in plans]),
        (say("plan.front.gap"), [gap_short(float(one["gap"]), say) for one in plans]),
    ]
    return render("plan/compare", say, rows=rows)


def _differences(aside: Outcome, outcome: Outcome, say: Words) -> str:
    """Conditions in which the two differ, then the sites of both and of each alone."""
    rests = [_rests(one, say) for one in (aside, outcome)]
    differing = [
        (key, [text for text in here if text not in there])
        for key, here, there in (("a", *rests), ("b", *reversed(rests)))
    ]
    names = [{row["code"]: row["name"] for row in one.sheet(say.lang).sites}
             for one in (aside, outcome)]  # fmt: skip
    both = [name for code, name in names[0].items() if code in names[1]]
    only = [
        [name for code, name in here.items() if code not in there]
        for here, there in (names, reversed(names))
    ]
    sites = [("both", both), ("only_a", only[0]), ("only_b", only[1])]
    return render("plan/compare", say, rests=differing, sites=sites)


def _rests(outcome: Outcome, say: Words) -> list[str]:
    """All that a plan was asked for with, each in words that tell it from another."""
    sheet = outcome.sheet(say.lang)
    musts = [str(row["name"]) for row in sheet.sites if row["is_must_have"]]
    asks = {
        say("plan.demand"): told(outcome, say).split(" · ")[:-2],
        say("plan.asked.sites"): [say.number(len(sheet.sites))],
        say("plan.must"): musts,
        say("plan.seed"): [str(outcome.request.seed)],
    }
    return [
        *(f"{name}: {', '.join(values)}" for name, values in asks.items() if values),
        *sheet.plan["assumptions"],
    ]


def _way(plan: object, kind: str, say: Words) -> str:
    unit = str(plan["radius_unit"])  # type: ignore[index]
    return way(plan[f"{kind}_{unit}"], unit, say)  # type: ignore[index]
