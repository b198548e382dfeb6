"""What a planner asks next: more teams, the worst served, another demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from atlas.html import render
from atlas.planner.by_hand import has_other_part, price_text
from atlas.planner.demand import KINDS, WITH_PERIOD, demand_for
from atlas.planner.document import PlanDocument
from atlas.planner.model import CURVE_SITES, CurvePoint, compare_demands, curve_for, front_for
from atlas.planner.page_session import PLAN
from atlas.planner.page_work import keep_answer, kept_answer, paragraph, refusal_text, work
from atlas.planner.question import OwnFiles
from atlas.planner.words import (
    UNKNOWN_GAP,
    amount,
    estimating,
    gap_short,
    gap_text,
    mean_way,
    soles,
    territory,
    way,
    way_unit,
    wording,
)
from atlas.words import Words
from data.periods import LATEST_YEAR
from geo.errors import GeoError
from geo.siting.model import PlanFigures, known_difference


def questions_section(document: PlanDocument, own: OwnFiles, key: object, say: Words) -> None:
    """Draw the three questions, each behind a button."""
    request, unit, say = document.request, document.plan.unit, estimating(document, say)
    # more teams are asked to cover, or to serve, whatever this plan seeks
    of = territory(document, say)
    of_curve = wording(document, say, "mclp")
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="plan_curve"):
        _head("curve", of_curve, of=of, is_by_cost=request.is_by_cost)
        _curve_section(document, own, of_curve)
    with right, st.container(key="plan_front"):
        _head("front", say, of=of, is_by_cost=request.is_by_cost)
        if request.model == "lscp":
            paragraph(say("plan.front.lscp"), say)
        else:
            if request.capacity is not None:
                paragraph(say("plan.front.capacity"), say)
            asked = request.changed(sites=len(document.plan.sites))
            front = answer("front", (key, "front"), partial(front_for, asked, own), say)
            if front is not None:
                _front(front, unit, say)
    with st.container(key="plan_demands"):
        _head("demands", say, of=of, is_by_cost=request.is_by_cost)

        def compare(progress: Callable[[float], None]) -> pd.DataFrame:
            period = request.demand.partition(":")[2] or LATEST_YEAR
            judges = [
                demand_for(f"{kind}:{period}" if kind in WITH_PERIOD else kind) for kind in KINDS
            ]
            if own.demand is not None:
                judges.append(own.demand)
            return compare_demands(request, judges, own, progress=progress)

        table = answer("demands", (key, "demands"), compare, say)
        if table is not None:
            _demands(table, say)


def answer(name: str, key: object, make: Callable[[Any], Any], say: Words) -> Any:
    """Return the answer to a question; else draw its button, or do the work."""
    result = kept_answer(key)
    if result is not None:
        return result
    place = st.empty()
    if name not in PLAN.held.wanted:
        _ask_button(name, say(f"plan.{name}.ask"), place, say)
        return None
    try:
        return work(key, make, place=place, text=say(f"plan.{name}.working"))
    except GeoError as error:
        paragraph(refusal_text(error, say), say)
    return None


def _ask_button(name: str, label: str, place: Any, say: Words) -> None:
    place.button(
        label,
        key=PLAN.key(f"ask_{name}"),
        on_click=PLAN.held.wanted.add,
        args=(name,),
        help=say(f"plan.{name}.text"),
    )


def _curve_section(document: PlanDocument, own: OwnFiles, say: Words) -> None:
    """Draw what each number of teams covers as it is solved; keep it while nothing but the number
    of teams changes."""
    request, chosen = document.request, len(document.plan.sites)
    key = (request.changed(sites=None), own.digest, "curve")
    points: dict[int, CurvePoint | None] = kept_answer(key) or {}
    chart, place, is_wanted = st.empty(), st.empty(), "curve" in PLAN.held.wanted

    def draw() -> None:
        with chart.container():
            _curve(points, chosen, say)

    if points or is_wanted:
        draw()
    # the plan's own number first, then what one more brings
    order = sorted(CURVE_SITES, key=lambda count: (count not in (chosen, chosen + 1), count))
    left = [count for count in order if count not in points]
    if left and not is_wanted:
        _ask_button("curve", say("plan.curve.go_on" if points else "plan.curve.ask"), place, say)
    elif left:

        def make(progress: Callable[[float], None]) -> dict[int, CurvePoint | None]:
            for count, point in curve_for(request, own, left):
                points[count] = point
                keep_answer(key, points)
                draw()
                progress(len(points) / len(order))
            return points

        try:
            work(key, make, place=place, text=say("plan.curve.working"))
        except GeoError as error:
            paragraph(refusal_text(error, say), say)
    if any(points.values()):
        with st.expander(say("plan.curve.table"), key=PLAN.key("curve_table")):
            _one_more(points, document, say)


def _head(name: str, say: Words, *, of: str, is_by_cost: bool) -> None:
    text = say(f"plan.{name}.text")
    if of:
        text += " " + say("plan.questions.part", of=of)
    if is_by_cost:
        text += " " + say("plan.questions.free")
    st.html(render("heading", say, title=say(f"plan.{name}"), text=text))


def _curve(points: Mapping[int, CurvePoint | None], chosen: int, say: Words) -> None:
    figures = {count: point[0] for count, point in points.items() if point is not None}
    bars = {
        count: figures[count].coverage_share if count in figures else None
        for count in sorted({*CURVE_SITES, *points})
    }
    top = max((plan.coverage_share for plan in figures.values()), default=0.0) or 1.0
    text = say("plan.curve.axis")
    if chosen in figures and chosen + 1 in figures:
        pair = figures[chosen + 1], figures[chosen]
        text += " " + price_text("plan.curve.next", *pair, say, sites=chosen + 1)
    if figures and len(points) == len(bars):
        text += " " + gap_text(max(plan.gap for plan in figures.values()), False, say)
    st.html(render("plan/curve", say, bars=bars, solved=points, chosen=chosen, top=top))
    paragraph(text, say)


def _one_more(points: Mapping[int, CurvePoint | None], document: PlanDocument, say: Words) -> None:
    """Draw what each team adds: reports and their price, residents, ways."""
    total, price, measure = document.total, document.request.team_cost, way_unit(document, say)
    names = ("teams", "covered", "demand", "residents", "way", *(["price"] if price else []))
    heads = [
        say(f"plan.curve.col.{name}", unit=document.unit.text(say), measure=measure)
        for name in names
    ]
    rows = []
    for count in sorted(points):
        if (point := points[count]) is None:
            continue
        plan, people = point
        more = ["–"] * (len(names) - 2)
        if (earlier := points.get(count - 1)) is not None:
            before, fewer = earlier
            low, high = (total * share for share in known_difference(plan, before))
            if max(plan.gap, before.gap) < UNKNOWN_GAP:
                ends = [amount(value, say) for value in (low, high)]
                more[0] = _between(*ends)
                if price and low > 0:
                    more[3] = _between(
                        *(soles(round(price / demand), say) for demand in (high, low))
                    )
            more[1] = say.number(people - fewer, 0)
            if not has_other_part(plan, before):
                more[2] = say.number(plan.mean_cost - before.mean_cost, 0)
        rows.append((str(count), say.percent(plan.coverage_share, 1), *more))
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low} – {high}"


def _front(points: tuple[PlanFigures, ...], unit: str, say: Words) -> None:
    heads = [say(f"plan.front.{name}") for name in ("worst", "covered", "gap")]
    rows = [
        (
            mean_way(plan.worst_cost, plan.unreachable_share, unit, say),
            (say.percent(plan.coverage_share, 1), plan.coverage_share),
            gap_short(plan.gap, say),
        )
        for plan in points
    ]
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=False))
    first, last = points[0], points[-1]
    if len(points) > 1 and not has_other_part(first, last):
        shorter = way(first.worst_cost - last.worst_cost, unit, say)
        paragraph(price_text("plan.front.price", first, last, say, way=shorter), say)


def _demands(table: pd.DataFrame, say: Words) -> None:
    heads = [say(f"plan.demands.{name}") for name in ("judge", "here", "best", "shared")]
    rows = [
        (
            say(f"plan.demand.{row.demand.partition(':')[0]}"),
            say.percent(row.coverage_share, 1),
            ("≥ " if row.best_gap else "") + say.percent(row.best_share, 1),
            str(row.shared_sites),
        )
        for row in table.itertuples()
    ]
    st.html(render("plan/table", say, heads=heads, rows=rows, is_named=True))
    if table["best_gap"].any():
        paragraph(say("plan.demands.unproven"), say)
