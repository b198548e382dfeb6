"""Two plans side by side: one put aside, and the one on the page."""

from __future__ import annotations

from html import escape

import streamlit as st

from maps.plan_outcome import Outcome
from maps.plan_words import gap_short, way, worst_served
from maps.siting_request import OwnFiles
from messages import Words
from views.outreach_plan import map_section


def _put_aside(outcome: Outcome) -> None:
    st.session_state["plan_aside"] = outcome


def _drop() -> None:
    st.session_state.pop("plan_aside", None)


def compare_section(outcome: Outcome, say: Words) -> None:
    """Draw the button that puts a plan aside, and both plans once there are two."""
    aside: Outcome | None = st.session_state.get("plan_aside")
    with st.container(key="plan_compare"):
        st.html(
            f"<h2>{escape(say('plan.compare'))}</h2>"
            f'<p class="how">{escape(say("plan.compare.text"))}</p>'
        )
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
                st.html(f"<h3>{escape(say(f'plan.compare.{name}', what=told(one, say)))}</h3>")
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
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f'<td class="n">{escape(text)}</td>' for text in texts)
        + "</tr>"
        for label, texts in rows
    )
    return (
        '<table class="plan-table"><thead><tr><td></td><th scope="col" class="n">A</th>'
        f'<th scope="col" class="n">B</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _differences(aside: Outcome, outcome: Outcome, say: Words) -> str:
    """Conditions in which the two differ, then the sites of both and of each alone."""
    rests = [_rests(one, say) for one in (aside, outcome)]
    told = "".join(
        f"<li><b>{escape(say(f'plan.compare.rests_{key}'))}</b> {escape('; '.join(alone))}</li>"
        for key, here, there in (("a", *rests), ("b", *reversed(rests)))
        if (alone := [text for text in here if text not in there])
    )
    same = f"<li>{escape(say('plan.compare.rests_same'))}</li>"
    names = [{row["code"]: row["name"] for row in one.sheet(say.lang).sites}
             for one in (aside, outcome)]  # fmt: skip
    both = [name for code, name in names[0].items() if code in names[1]]
    only = [
        [name for code, name in here.items() if code not in there]
        for here, there in (names, reversed(names))
    ]
    items = "".join(
        f"<li><b>{escape(say(f'plan.compare.{key}'))}</b> {escape(say.list(part) or '–')}</li>"
        for key, part in (("both", both), ("only_a", only[0]), ("only_b", only[1]))
    )
    return f'<ul class="notes">{told or same}{items}</ul>'


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
