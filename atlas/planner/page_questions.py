"""What a planner asks next: more teams, the worst served, a site of theirs, another demand."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import pairwise
from typing import Any

import pandas as pd
import streamlit as st

from atlas.planner.demand import KINDS, WITH_PERIOD, demand_for
from atlas.planner.model import compare_demands
from atlas.planner.outcome import Change, Outcome, candidate_label, change_for, curve_for, front_for
from atlas.planner.page_choices import Choices, is_wanted, known, want, work
from atlas.planner.words import UNKNOWN_GAP, change_text, gap_short, gap_text, price_text, way
from atlas.words import Words
from data.periods import LATEST_YEAR
from geo.errors import GeoError
from geo.siting.model import PlanFigures
from geo.siting.solver import UnsolvedError


def questions_section(outcome: Outcome, choices: Choices, key: Any, say: Words) -> None:
    """Draw the four questions; each is answered when somebody asks it."""
    request, own, unit = choices.request, choices.own, str(outcome.plan.unit)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_curve"):
        _head("curve", say)
        curve = _answer("curve", (key, "curve"), lambda told: curve_for(request, own, told), say)
        if curve is not None:
            _curve(curve, len(outcome.plan.sites), say)
    with right, st.container(key="plan_front"):
        _head("front", say)
        if request.model == "lscp":
            _note(say("plan.front.lscp"))
        else:
            if request.capacity is not None:
                _note(say("plan.front.capacity"))
            front = _answer(
                "front", (key, "front"), lambda told: front_for(request, own, told), say
            )
            if front is not None:
                _front(front, unit, say)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_why"):
        _head("why", say)
        _why(outcome, choices, key, say)
    with right, st.container(key="plan_demands"):
        _head("demands", say)

        def compare(told: Callable[[float], None]) -> pd.DataFrame:
            period = request.demand.partition(":")[2] or LATEST_YEAR
            judges = [
                demand_for(f"{kind}:{period}" if kind in WITH_PERIOD else kind) for kind in KINDS
            ]
            if own.demand is not None:
                judges.append(own.demand)
            return compare_demands(request, judges, own, progress=told)

        table = _answer("demands", (key, "demands"), compare, say)
        if table is not None:
            _demands(table, say)


def _answer(name: str, key: Any, make: Callable[[Any], Any], say: Words) -> Any:
    """The answer to a question, the button that asks it, or the work on it."""
    found = known(key)
    if found is not None:
        return found
    place = st.empty()
    if not is_wanted(name):
        st.button(say(f"plan.{name}.ask"), key=f"plan_ask_{name}", on_click=want, args=(name,))
        return None
    try:
        return work(key, make, place=place, text=say(f"plan.{name}.working"))
    except UnsolvedError:
        _note(say("plan.unsolved"))
        return None
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


def _table(heads: list[tuple[str, str]], rows: list[str]) -> str:
    """A table of head cells (class, text) and rows of ready HTML."""
    cells = "".join(
        f'<th scope="col" class="{kind}">{escape(text)}</th>' if text else "<td></td>"
        for kind, text in heads
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table class="plan-table"><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>'


def _front(points: tuple[PlanFigures, ...], unit: str, say: Words) -> None:
    heads = [("n", say(f"plan.front.{name}")) for name in ("worst", "covered", "gap")]
    rows = [
        f'<td class="n">{escape(way(one.worst_cost, unit, say))}'
        f'</td><td class="n bar"><b>{escape(say.percent(one.coverage_share, 1))}</b>'
        f'<i style="--v:{one.coverage_share:.4f}"></i></td>'
        f'<td class="n">{escape(gap_short(one.gap, say))}</td>'
        for one in points
    ]
    st.html(_table(heads, rows))
    first, last = points[0], points[-1]
    if len(points) > 1:
        shorter = way(first.worst_cost - last.worst_cost, unit, say)
        _note(price_text("plan.front.price", first, last, say, way=shorter))


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
    change = _answer(
        "why", (key, "why", code), lambda _: change_for(outcome, choices.own, str(code)), say
    )
    if change is not None:
        _change(change, outcome, say)


def _change(change: Change, outcome: Outcome, say: Words) -> None:
    before, after = change.before, change.after
    unit = str(outcome.plan.unit)
    figures = [
        ("covered", say.percent(before.coverage_share, 1), say.percent(after.coverage_share, 1)),
        ("mean", way(before.mean_cost, unit, say), way(after.mean_cost, unit, say)),
        ("worst", way(before.worst_cost, unit, say), way(after.worst_cost, unit, say)),
    ]
    rows = [
        f'<th scope="row">{escape(say(f"plan.figure.{name}"))}</th>'
        f'<td class="n">{escape(was)}</td><td class="n">{escape(now)}</td>'
        for name, was, now in figures
    ]
    text = change_text(change, outcome, say)
    gone = say.list(change.given_up) if change.given_up else "–"
    moved = [say("plan.why.gone", names=gone)]
    if change.taken:
        moved.append(say("plan.why.taken", names=say.list(change.taken)))
    gap = max(before.gap, after.gap)
    if 0 < gap < UNKNOWN_GAP:
        moved.append(gap_text(gap, change.is_stopped, say))
    heads = [("", ""), *(("n", say(f"plan.why.{name}")) for name in ("before", "after"))]
    st.html(
        f'<p class="finding">{escape(text)}</p><p class="how">{escape(" ".join(moved))}</p>'
        + _table(heads, rows)
    )


def _demands(table: pd.DataFrame, say: Words) -> None:
    names = (("", "judge"), ("n", "here"), ("n", "best"), ("n", "shared"))
    heads = [(kind, say(f"plan.demands.{name}")) for kind, name in names]
    kinds = [code.partition(":")[0] for code in table["demand"]]
    rows = [
        f'<th scope="row">{escape(say(f"plan.demand.{kind}"))}</th>'
        f'<td class="n">{escape(say.percent(row.coverage_share, 1))}</td>'
        f'<td class="n">{"≥ " if row.best_gap else ""}{escape(say.percent(row.best_share, 1))}</td>'
        f'<td class="n">{row.shared_sites}</td>'
        for kind, row in zip(kinds, table.itertuples(), strict=True)
    ]
    st.html(_table(heads, rows))
    if table["best_gap"].any():
        _note(say("plan.demands.unproven"))
