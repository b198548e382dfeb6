"""The card of a province, a department or the country, with its folds and its downloads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from atlas.drawing.areas import area_results, has_reports
from atlas.html import render
from atlas.paper.brief_document import brief_file
from atlas.results.compare import compared_beside
from atlas.results.department_file import area_csv
from atlas.results.derivation import derivation_html
from atlas.results.help_places import help_text
from atlas.results.history import compared_periods, comparisons, history
from atlas.results.matrix import agreement_sentence, beside_each_other, finding_text, sentence_of
from atlas.results.profile import who_line
from atlas.results.province import (
    department_line,
    province,
    province_context,
    province_period,
)
from atlas.results.regions import (
    area_name,
    department_name,
    mismatch_reason,
    result_of,
    results_for,
    touches,
)
from atlas.results.sentences import (
    card_sentence,
    country_sentence,
    figures_source,
    flag_lines,
    how_sure,
    interval_text,
    mining_context,
    period_name,
    rate_text,
    ratio_text,
    unit_text,
    where_counted,
    who_counts,
)
from atlas.results.series import series_html
from atlas.view import BASES, LEVELS, View
from atlas.web.compare import compare_section
from atlas.web.components import (
    fold,
    server_address,
    sortable_table,
)
from atlas.web.session import MAP, start, went_back
from atlas.words import Words, file_name
from data.context import load_routes
from data.periods import REGISTRIES, Period, province_periods

_PARTS = (
    *("seat", "sure", "served", "above", "agreement", "sides", "series", "who"),
    *("context", "help", "routes"),
)
"""of the card's template, that not every card has"""
_OF_ALL = ("not_ranked", "lockdown", "late_recording")
"""flags that the country's card says; that a year is not complete its period says"""


def card_html(view: View, say: Words) -> str:
    """HTML of the card of a view's province, its department, or the country."""
    if view.province is not None:
        about = _province(view, say)
    elif view.department is not None:
        about = _region(view, say)
    else:
        about = _country(view, say)
    return render("card", say, **(dict.fromkeys(_PARTS, "") | about))


def _figures(row: pd.Series, say: Words) -> list[tuple[str, str]]:
    """Reports, times the expected where there is a verdict, and rate, each with its label."""
    count = row["reported_count"]
    figures = [(say.number(count), unit_text(str(row["unit"]), count, say))]
    if pd.notna(row["smr"]):
        expected = say.number(row["expected"], 1)
        label = say("card.expected", interval=interval_text(row, say), expected=expected)
        figures.append((ratio_text(row["smr"], say), label))
    return [*figures, (rate_text(float(row["rate_per_100k"]), say), say("card.rate"))]


def _province(view: View, say: Words) -> dict[str, Any]:
    """A province by the registry that publishes by province; of its department the prosecutors'."""
    about, period = province(str(view.province)), province_period(view.period)
    counted = period.at(LEVELS[1])
    row = result_of(about.code, counted)
    of_department = view.changed(province=None, level=LEVELS[0])
    return {
        "name": about.name,
        "seat": say("brief.province.seat", department=about.department),
        "period": say(f"period.{period.code}"),
        "figures": _figures(row, say),
        "sentence": card_sentence(row, counted, say),
        "derivation": derivation_html(about.code, counted, BASES[0], say),
        "above": {
            "title": say("card.province.prosecutors"),
            "text": f"{department_line(about, period, say)} {say('sides.why')}",
            "link": f"?{urlencode(of_department.link())}",
            "to": say("card.province.department", department=about.department),
        },
        "context": " ".join(province_context(about, say)),
        "help": help_text(about.code, say),
        "flags": flag_lines(counted, list(row["flags"]), say, area=about.code),
        "source": f"{figures_source(str(row['unit']), BASES[0], say)} {say('card.mining_source')}",
    }


def _region(view: View, say: Words) -> dict[str, Any]:
    department = str(view.department)
    row = result_of(department, view.period, view.base)
    near, unit = touches(department), str(row["unit"])
    context = [mining_context(department, say)]
    if near.routes:
        key = "card.routes_one" if len(near.routes) == 1 else "card.routes"
        context.append(say(key, count=len(near.routes)))
    served = who_counts(department, view.period, say)
    # what it says of the fiscal districts has figures: the flag would say it again
    flags = [flag for flag in row["flags"] if not (served and flag == "denominator_mismatch")]
    reason = mismatch_reason(department, say.lang)
    return {
        "name": row["department"],
        "period": say(f"period.{view.period.code}"),
        "seat": where_counted(department, view.period, say),
        "figures": _figures(row, say),
        "sentence": card_sentence(row, view.period, say),
        "sure": how_sure(row, view.period, say),
        "context": " ".join(context),
        "help": help_text(department, say),
        "flags": flag_lines(view.period, flags, say, area=department, reason=reason),
        "derivation": derivation_html(department, view.period, view.base, say),
        "served": served,
        "who": who_line(department, say),
        "agreement": agreement_sentence(department, say),
        "sides": beside_each_other(department, say),
        "series": series_html(department, view.period, say, st.context.theme.type or "light"),
        "routes": _routes(near.routes, say),
        "source": f"{figures_source(unit, view.base, say)} {say('card.mining_source')}",
    }


def _routes(route_ids: tuple[str, ...], say: Words) -> list[dict[str, Any]]:
    if not route_ids:
        return []
    table = load_routes().set_index("route_id").loc[list(route_ids)]
    name = "name_es" if say.lang == "es" else "name"
    return [
        {
            "name": row[name],
            "confidence": row["confidence"],
            "source_title": row["source_title"],
            "source_url": str(row["source_url"]),
        }
        for row in table.to_dict("records")
    ]


def finding(view: View, say: Words) -> str:
    """What is said of the chosen department, else which areas have more than expected.

    Where the map shows the reports of provinces it speaks of these.
    """
    if view.province is not None:
        return province_sentence(view, say)
    if view.department is not None:
        return sentence_of(view.department, view.period, view.base, say)["finding"]
    level = view.level if has_reports(view) else LEVELS[0]
    areas = area_results(view.changed(level=level))
    above = areas[areas["verdict"] == "above"]
    names = above["department"]
    if level != LEVELS[0]:
        names = above["province"] + " (" + above["department"] + ")"
    return country_sentence(above, names, say, level, is_short=True)


def province_sentence(view: View, say: Words) -> str:
    """The finding of the chosen province in the period that its card shows."""
    period = province_period(view.period)
    row = result_of(str(view.province), period.at(LEVELS[1]))
    return finding_text(row.to_dict(), area_name(str(view.province)), period, say)


def _country(view: View, say: Words) -> dict[str, Any]:
    results, unit = results_for(view.period, view.base), view.period.unit
    total = int(results["reported_count"].sum())
    level = view.level if has_reports(view) else LEVELS[0]
    present = {flag for flags in results["flags"] for flag in flags}
    return {
        "name": say("card.peru"),
        # what is short stands on the first screen
        "period": say(f"period.{view.period.code}.short"),
        "figures": [(say.number(total), say(f"unit.{unit}.plural"))],
        "derivation": derivation_html(None, view.period.at(level), view.base, say),
        "sentence": finding(view, say),
        "flags": flag_lines(view.period, [flag for flag in _OF_ALL if flag in present], say),
        "source": figures_source(unit, view.base, say),
    }


def _compared_key(view: View) -> str:
    # another period on the map is another question
    return MAP.key(f"compared_{view.registry}_{view.period.code}")


def compared_period(view: View) -> Period | None:
    """The period that the card holds against the others: the chosen, the link's, or the map's."""
    offered = compared_periods(view.registry)
    if not offered:
        return None
    chosen = view.compared if went_back() else st.session_state.get(_compared_key(view))
    wanted = (period for period in (chosen, view.compared, view.period) if period in offered)
    return next(wanted, offered[-1])


def card_years(view: View, say: Words) -> None:
    """Draw the folds of the card: every year in every registry, and one year beside the others.

    Of a province, which has the years of one registry, they stand open.
    """
    if view.province is not None:
        _history(view, str(view.province), province_period(view.period), say)
        return
    department = str(view.department)
    is_open = "history" in view.open
    with fold(say("card.more"), MAP.key("history"), is_open=is_open) as is_shown:
        if is_shown:
            _history(view, department, view.period, say)
    offered = compared_periods(view.registry)
    if not offered:
        return
    is_open = "changes" in view.open
    with fold(say("card.changes"), MAP.key("changes"), is_open=is_open) as is_shown:
        if is_shown:
            start(_compared_key(view), compared_period(view))
            chosen = st.selectbox(
                say("card.changes.year"),
                offered,
                key=_compared_key(view),
                format_func=lambda period: period_name(period, say),
                width=150,
            )
            caption, first = say("card.changes.how"), say("card.changes.years")
            about = {"caption": caption, "first": first}
            changes = comparisons(view, chosen, say)
            st.html(render("paragraph", say, kind="sentence", text=changes["answer"]))
            table = render("card_years", say, **changes, **about)
            name = department_name(department)
            file = file_name(say, "", name, say("file.change"), chosen.code)
            source = say(f"unit.{chosen.unit}.source")
            sortable_table(table, say, key="card_changes_table", file=file, source=source)
            notes = " ".join(
                text for text in (say("card.changes.all"), changes["left_out"]) if text
            )
            st.html(render("paragraph", say, kind="help", text=notes))


def _history(view: View, area: str, chosen: Period, say: Words) -> None:
    for number, block in enumerate(history(area, view.base, chosen, say)):
        caption = say("card.history", unit=block["unit"], base=block["base"])
        about = {"caption": caption, "first": say("column.year")}
        table = render("card_years", say, **block, **about)
        file = file_name(say, "", area_name(area), say(f"file.{block['code']}"))
        source, key = block["source"], f"card_history_{number}"
        sortable_table(table, say, key=key, file=file, source=source)
    how = f"{say('card.history.how')} {say('card.history.links')}"
    st.html(render("paragraph", say, kind="help", text=how))


def card_compare(view: View, say: Words) -> None:
    """Draw the fold that puts other departments beside the card's."""
    with fold(say("compare.title"), MAP.key("compare"), is_open="compare" in view.open) as is_shown:
        if is_shown:
            compare_section(view, say)


def card_tools(view: View, say: Words) -> None:
    """Draw the buttons under the card; files are made when they are asked for."""
    address, area = server_address(), str(view.province or view.department)
    period = view.period if view.province is None else province_period(view.period)
    name = partial(file_name, say, "", area_name(area))
    spans = [period.code for period in province_periods()[1:]]
    if view.province is None:
        registries = REGISTRIES.values()
        spans = [month[:4] for registry in registries for month in (registry.first, registry.last)]
    csv = partial(area_csv, area, lang=say.lang, address=address)
    layers = view.overlays or None  # a brief has layers of its own where the map has none
    beside = view.beside if compared_beside(view) else ""
    files: list[tuple[str, str, Callable[[], bytes]]] = [
        *(
            (f"brief_{n}", *brief_file(area, period, say, address, n, layers, beside))
            for n in (1, 2)
        ),
        ("figures", f"{name(min(spans), max(spans))}.csv", csv),
    ]
    with st.container(horizontal=True, key="card_tools", gap="small"):
        for kind, file, make in files:
            st.download_button(
                say(f"card.{kind}"),
                make,
                file_name=file,
                key=f"card_{kind}",
                help=say(f"card.{kind}.help"),
                on_click="ignore",
            )
        close = partial(MAP.held.change, department=None, province=None)
        st.button(say("card.close"), key="card_close", on_click=close)
