"""Section of Focos on what changed between two periods: a sentence, a map and a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from atlas.drawing.areas import change_fill
from atlas.drawing.small_maps import small_map
from atlas.html import render
from atlas.results.coverage_dates import registry_name
from atlas.results.history import (
    axis,
    change_answer,
    change_example,
    change_said,
    change_sentence,
    change_verdict,
    interval_texts,
    not_compared_note,
    on_axis,
    years_apart,
)
from atlas.results.regions import compared_in
from atlas.results.sentences import cautions_of, compared_text, period_name
from atlas.results.trends import country_sentences, country_trend, own_trend, trend_answer
from atlas.results.years import DepartmentChange, change_for, changes_between
from atlas.view import View
from atlas.web.components import (
    Drawing,
    draw_map,
    sortable_table,
)
from atlas.web.session import Feature, PageSession, start
from atlas.words import Words, file_name
from data.comparing import compared_registry, first_periods, later_than
from data.periods import Period
from layers.palette import SMR

FOCOS = Feature("focos", PageSession)

FARTHEST = 20.0
"""The axes of ratios run from 1/20 to 20; an interval that goes on is cut there."""
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def ratio_scale(title: str, say: Words, signs: Sequence[tuple[str, str]] = ()) -> None:
    """Draw the colours of times the expected, or of times a change, and what else a map shows."""
    ticks = [f"{edge:g}" for edge in SMR.breaks[1:-1]]
    scale = {"title": title, "colors": SMR.colors, "ticks": ticks, "signs": signs}
    st.html(render("hotspots/scale", say, **scale))


def change_section(view: View, say: Words, choose: Callable[[], None]) -> tuple[View, str]:
    """Draw the change between two periods, chosen here; ``choose`` is called on a click on its map.

    Returns the view with the two periods, and what changed in a sentence.
    """
    registry = compared_registry(view.registry)
    chosen = view.change
    # another registry, and another first period, is another question: its list starts anew
    first_key = FOCOS.key(f"before_{registry}")
    left, right = st.columns([3, 2], gap="small")
    heading = left.container()
    with left, st.container(horizontal=True, vertical_alignment="bottom", key="change_controls"):
        before = _period_list("before", first_periods(registry), chosen[0], first_key, say)
        offered = later_than(before)
        last = chosen[1] if before == chosen[0] else offered[-1]
        after_key = FOCOS.key(f"after_{registry}_{before.code}")
        after = _period_list("after", offered, last, after_key, say)
    table, changes = change_for(before, after), changes_between(before, after)
    view = view.changed(before=before, after=after)
    notes = [
        *cautions_of((before, after), say),
        not_compared_note(before.registry_code, say),
    ]
    answers = []
    if view.department is not None:
        answers = [
            trend_answer(view.department, say, [own_trend(view.department, before, after)]),
            change_answer([changes[view.department]], say),
        ]
    with heading:
        st.html(
            render(
                "hotspots/section",
                say,
                part="change",
                sentences=[
                    " ".join(country_sentences(country_trend(before, after), say)),
                    *answers,
                    change_sentence(table, say),
                ],
                notes=[f"{registry_name(registry, say)}. {' '.join(filter(None, notes))}"],
                details=[
                    say("focos.change.how", among=compared_text(compared_in(table), say)),
                    say("focos.change.why"),
                    say("focos.change.many"),
                    say(
                        "focos.change.detail",
                        years=years_apart(table, say),
                        kappa=say.number(table["kappa"].iloc[0], 3),
                    ),
                ],
            )
        )
    with right:
        _change_map(changes, change_sentence(table, say), view, say, choose)
    codes = [period.code for period in (before, after)]
    ordered = table.sort_values("ratio", ascending=False, na_position="last")
    sortable_table(
        render(
            "hotspots/change",
            say,
            before=period_name(before, say),
            after=period_name(after, say),
            example=change_example(ordered, view.department, say),
            ticks=axis(FARTHEST, TICKS),
            rows=[_row_values(changes[code], view, say) for code in ordered["department_ubigeo"]],
        ),
        say,
        key="change_table",
        file=file_name(say, "hotspots", say("file.change"), say(f"file.{registry}"), *codes),
        source=say(f"unit.{before.unit}.source"),
    )
    names = " → ".join(period_name(period, say) for period in (before, after))
    return view, f"{names}. {change_sentence(table, say)}"


def _period_list(
    which: str, offered: Sequence[Period], chosen: Period, key: str, say: Words
) -> Period:
    start(key, chosen)
    return st.selectbox(
        say(f"focos.change.{which}"),
        offered,
        key=key,
        format_func=lambda period: period_name(period, say),
        width=150,
        help=say(f"focos.change.{which}.help"),
    )


def _change_map(
    changes: Mapping[str, DepartmentChange],
    sentence: str,
    view: View,
    say: Words,
    choose: Callable[[], None],
) -> None:
    """The two periods as one map: each department's change over the country's."""
    fills = {code: change_fill(of.ratio, of.verdict) for code, of in changes.items()}
    moved = {code for code, of in changes.items() if of.verdict in ("rose", "fell")}
    draw_map(
        Drawing(
            alt=f"{say('focos.change.map')}. {sentence}",
            fills=fills,
            rims=[path for code, _, path in small_map().shapes if code in moved],
            tips={
                code: say("focos.change.tip", name=of.name, ratio=interval_texts(of, say)[0])
                for code, of in changes.items()
            },
        ),
        key="change_map",
        lang=view.lang,
        height_rem=17,
        selected=view.department,
        on_select=choose,
    )
    ratio_scale(say("focos.change.map"), say)


def _row_values(of: DepartmentChange, view: View, say: Words) -> dict[str, Any]:
    return {
        "name": of.name,
        "chosen": of.code == view.department,
        "verdict": str(of.verdict),
        "reading": change_verdict(of, say),
        "before": say.number(of.count_before),
        "after": say.number(of.count_after),
        "said": change_said(of, say),
        "axis": on_axis(of, FARTHEST, say),
    }
