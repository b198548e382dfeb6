"""What a planner asks next: more teams, the worst served, a site of theirs, another demand."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import pairwise
from typing import Any

import pandas as pd
import streamlit as st

from data.periods import LATEST_YEAR
from geo.errors import GeoError
from geo.siting import PlanFigures
from maps.plan_outcome import Outcome, candidate_label
from maps.plan_questions import Change, change_for, curve_for, front_for
from maps.plan_words import UNKNOWN_GAP, change_text, gap_short, gap_text, price_text, way
from maps.siting import compare_demands
from messages import Words
from views.outreach_choices import DEMANDS, Choices
from views.outreach_work import ask_button, is_wanted, known, want, work


def questions_section(outcome: Outcome, choices: Choices, key: Any, say: Words) -> None:
    """Draw the four questions; each is answered when somebody asks it."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_curve"):
        _head("curve", say)
        points = _answer(
            "curve", key, lambda told: curve_for(choices.request, choices.own, told), say
        )
        if points is not None:
            _curve(points, len(outcome.plan.sites), say)
    with right, st.container(key="plan_front"):
        _head("front", say)
        if choices.request.model == "lscp":
            _note(say("plan.front.lscp"))
        else:
            front = _answer(
                "front", key, lambda told: front_for(choices.request, choices.own, told), say
            )
            if front is not None:
                _front(front, str(outcome.plan.unit), say)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_why"):
        _head("why", say)
        _why(outcome, choices, key, say)
    with right, st.container(key="plan_demands"):
        _head("demands", say)
        period = choices.request.demand.partition(":")[2] or LATEST_YEAR
        codes = [f"{kind}:{period}" if kind in DEMANDS[:2] else kind for kind in DEMANDS]
        judges: list[Any] = [*codes, *([choices.own.demand] if choices.own.demand else [])]
        table = _answer(
            "demands",
            key,
            lambda told: compare_demands(choices.request, judges, choices.own, progress=told),
            say,
        )
        if table is not None:
            _demands(table, str(outcome.plan.unit), say)


def _answer(name: str, key: Any, make: Callable[[Any], Any], say: Words) -> Any:
    """The answer to a question, the button that asks it, or the work on it."""
    found = known((key, name))
    if found is not None:
        return found
    place = st.empty()
    if not is_wanted(name):
        ask_button(name, say)
        return None
    try:
        return work((key, name), make, place=place, text=say(f"plan.{name}.working"))
    except GeoError:
        _note(say("plan.no_answer"))
        return None


def _head(name: str, say: Words) -> None:
    st.html(
        f"<h2>{escape(say(f'plan.{name}'))}</h2>"
        f'<p class="how">{escape(say(f"plan.{name}.text"))}</p>'
    )


def _note(text: str) -> None:
    st.html(f'<p class="how">{escape(text)}</p>')


def _curve(points: tuple[PlanFigures, ...], chosen: int, say: Words) -> None:
    top = max(one.coverage_share for one in points)
    bars = "".join(
        f'<li class="{"on" if len(one.sites) == chosen else ""}" '
        f'style="--v:{one.coverage_share / top:.4f}">'
        f"<b>{escape(say.number(100 * one.coverage_share))}</b><i></i>"
        f"<span>{len(one.sites)}</span></li>"
        for one in points
    )
    worst = max(one.gap for one in points)
    text = say("plan.curve.axis")
    for here, after in pairwise(points):
        if len(here.sites) == chosen:
            text += " " + price_text("plan.curve.next", after, here, say, sites=len(after.sites))
    text += " " + gap_text(worst, False, say)
    label = escape(say("plan.curve"))
    st.html(f'<ol class="curve" aria-label="{label}">{bars}</ol>')
    _note(text)


def _front(points: tuple[PlanFigures, ...], unit: str, say: Words) -> None:
    heads = "".join(
        f'<th scope="col" class="n">{escape(say(f"plan.front.{name}"))}</th>'
        for name in ("worst", "covered", "gap")
    )
    rows = "".join(
        f'<tr><td class="n">{escape(way(one.worst_cost, unit, say))}'
        f'</td><td class="n bar"><b>{escape(say.percent(one.coverage_share, 1))}</b>'
        f'<i style="--v:{one.coverage_share:.4f}"></i></td>'
        f'<td class="n">{escape(gap_short(one.gap, say))}</td></tr>'
        for one in points
    )
    st.html(
        f'<table class="plan-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    first, last = points[0], points[-1]
    if len(points) > 1:
        _note(
            price_text(
                "plan.front.price",
                first,
                last,
                say,
                way=way(first.worst_cost - last.worst_cost, unit, say),
            )
        )


def _why(outcome: Outcome, choices: Choices, key: Any, say: Words) -> None:
    if choices.request.model == "lscp":
        _note(say("plan.why.lscp"))
        return
    options = outcome.candidates
    code = st.selectbox(
        say("plan.why.which"),
        list(options),
        index=None,
        key="plan_why_code",
        format_func=lambda one: candidate_label(str(one), options.get(str(one), str(one))),
        placeholder=say("plan.why.choose"),
        on_change=want,
        args=("why",),
    )
    if code is None:
        return
    found = known((key, "why", code))
    if found is None:
        place = st.empty()
        if not is_wanted("why"):
            ask_button("why", say)
            return
        try:
            found = work(
                (key, "why", code),
                lambda _: change_for(outcome, choices.own, code),
                place=place,
                text=say("plan.why.working"),
            )
        except GeoError:
            _note(say("plan.no_answer"))
            return
    _change(found, outcome, say)


def _change(change: Change, outcome: Outcome, say: Words) -> None:
    before, after = change.before, change.after
    unit = str(outcome.plan.unit)
    rows = [
        ("covered", say.percent(before.coverage_share, 1), say.percent(after.coverage_share, 1)),
        ("mean", way(before.mean_cost, unit, say), way(after.mean_cost, unit, say)),
        ("worst", way(before.worst_cost, unit, say), way(after.worst_cost, unit, say)),
    ]
    body = "".join(
        f'<tr><th scope="row">{escape(say(f"plan.figure.{name}"))}</th>'
        f'<td class="n">{escape(was)}</td><td class="n">{escape(now)}</td></tr>'
        for name, was, now in rows
    )
    text = change_text(change, outcome, say)
    gone = say.list(change.given_up) if change.given_up else "–"
    moved = [say("plan.why.gone", names=gone)]
    if change.taken:
        moved.append(say("plan.why.taken", names=say.list(change.taken)))
    gap = max(before.gap, after.gap)
    if 0 < gap < UNKNOWN_GAP:
        moved.append(gap_text(gap, change.is_stopped, say))
    heads = "".join(
        f'<th scope="col" class="n">{escape(say(f"plan.why.{name}"))}</th>'
        for name in ("before", "after")
    )
    st.html(
        f'<p class="finding">{escape(text)}</p><p class="how">{escape(" ".join(moved))}</p>'
        f'<table class="plan-table"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _demands(table: pd.DataFrame, unit: str, say: Words) -> None:
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(say(f"plan.demands.{name}"))}</th>'
        for name, kind in (("judge", ""), ("here", "n"), ("best", "n"), ("shared", "n"))
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(_demand_name(str(row.demand), say))}</th>'
        f'<td class="n">{escape(say.percent(row.coverage_share, 1))}</td>'
        f'<td class="n">{"≥ " if row.best_gap else ""}{escape(say.percent(row.best_share, 1))}</td>'
        f'<td class="n">{row.shared_sites}</td></tr>'
        for row in table.itertuples()
    )
    st.html(
        f'<table class="plan-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )
    if table["best_gap"].any():
        _note(say("plan.demands.unproven"))


def _demand_name(code: str, say: Words) -> str:
    return say(f"plan.demand.{code.partition(':')[0]}")
