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
from atlas.map.page_share import share_menu
from atlas.paper.brief import LOOK
from atlas.paper.brief_document import brief_file
from atlas.results.card import (
    first_sentence,
    mining_line,
    second_sentence,
    years_chart,
)
from atlas.results.compare import compared_beside
from atlas.results.department_file import area_csv
from atlas.results.derivation import derivation_html
from atlas.results.help_places import help_line, help_text
from atlas.results.history import history
from atlas.results.matrix import agreement_sentence, finding_of, finding_text
from atlas.results.profile import who_line, women_text
from atlas.results.province import (
    department_line,
    province,
    province_context,
    province_period,
    who_counts,
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
    margin_text,
    mining_context,
    missed_text,
    ranks_text,
    rate_text,
    ratio_text,
    unit_text,
    verdict_reason,
    where_counted,
)
from atlas.results.victim_rates import rates_html
from atlas.view import BASES, FOLDS, LEVELS, View
from atlas.web.compare import compare_section, open_comparison
from atlas.web.components import (
    fold,
    server_address,
    sortable_table,
)
from atlas.web.session import MAP
from atlas.words import Words, file_name
from data.context import load_routes
from data.periods import REGISTRIES, UNKNOWN, Period, province_periods
from data.reports import total_count

_PARTS = (
    *("period", "answer", "before", "served", "above", "chart", "lines"),
    *("sentence", "derivation", "flags", "source"),
)
"""of the card's template, that not every card has"""
_OF_ALL = ("not_ranked", "lockdown", "late_recording")
"""flags that the country's card says; that a year is not complete its period says"""


def card_html(view: View, say: Words, theme: str = "light") -> str:
    """HTML of the card of a view's province, its department, or the country, in a theme."""
    if view.province is not None:
        about = _province(view, say, theme)
    elif view.department is not None:
        about = _region(view, say, theme)
    else:
        about = _country(view, say)
    return render("card", say, **(dict.fromkeys(_PARTS, "") | about))


def _figures(row: pd.Series, period: Period, say: Words) -> list[tuple[str, str]]:
    """Reports, times the expected where there is a verdict, and rate, each with its label."""
    count = row["reported_count"]
    label = say(
        "card.figure.count",
        unit=unit_text(str(row["unit"]), count, say),
        registry=say(f"registry.{period.registry_code}"),
        period=say(f"period.{period.code}.short"),
    )
    figures = [(say.number(count), label)]
    if pd.notna(row["smr"]):
        key = "card.figure.ratio" if row["base"] == BASES[0] else "card.figure.ratio.offences"
        label = say(key, margin=margin_text(row, say))
        figures.append((ratio_text(row["smr"], say), label))
    return [*figures, (rate_text(float(row["rate_per_100k"]), say), say("card.rate"))]


def _beside_margin(row: pd.Series, period: Period, say: Words) -> str:
    """Why a period's margin without 1 is no clear difference; empty where it is not so."""
    if row["smr_low"] <= 1 <= row["smr_high"]:
        return ""
    reason = verdict_reason(row, say)
    if not reason:
        return ""
    counted = {
        "registry": say(f"registry.{period.registry_code}"),
        "period": say(f"period.{period.code}.short"),
    }
    return say("card.margin.why", **counted, margin=margin_text(row, say), reason=reason)


def _shown(view: View) -> tuple[str, pd.Series, Period]:
    """Code, row of results and period of the area that the card is about."""
    if view.province is None:
        area, period = str(view.department), view.period
        return area, result_of(area, period, view.base), period
    period = province_period(view.period)
    return view.province, result_of(view.province, period.at(LEVELS[1])), period


def _area(view: View, say: Words, theme: str) -> dict[str, Any]:
    """What a department and a province have: both registries, three figures, a chart, two lines."""
    area, row, period = _shown(view)
    base = BASES[0] if view.province else view.base
    chart = years_chart(area, say, theme, base)
    lines = {
        "mining": mining_line(area, say),
        "aid": help_line(area, say),
    }
    return {
        "name": row["department" if view.province is None else "province"],
        "answer": first_sentence(area, say, base),
        "before": " ".join(
            filter(None, (second_sentence(area, say, base), _beside_margin(row, period, say)))
        ),
        "figures": _figures(row, period, say),
        "chart": chart,
        "lines": lines,
        **_on_paper(view, say),
    }


def _on_paper(view: View, say: Words) -> dict[str, Any]:
    """Cautions and source of closed folds, which a printed card says in the open."""
    parts = {"flags": ("sure", _sure), "source": ("sources", _sources)}
    return {
        part: about(view, say)[part]
        for part, (fold_name, about) in parts.items()
        if fold_name not in view.open
    }


def _province(view: View, say: Words, theme: str) -> dict[str, Any]:
    """A province by the registry that publishes by province; of its department the prosecutors'."""
    about, period = province(str(view.province)), province_period(view.period)
    of_department = view.changed(province=None, level=LEVELS[0])
    return _area(view, say, theme) | {
        "period": say("brief.province.seat", department=about.department),
        "above": {
            "title": say("card.province.prosecutors"),
            "text": department_line(about, period, say),
            "link": f"?{urlencode(of_department.link())}",
            "to": say("card.province.department", department=about.department),
        },
    }


def _region(view: View, say: Words, theme: str) -> dict[str, Any]:
    return _area(view, say, theme) | {"served": who_counts(str(view.department), view.period, say)}


def offered_folds(view: View) -> tuple[str, ...]:
    """Return which folds and parts the page has for a view, as its link names them."""
    if view.department is None:
        return ()
    if view.province is not None:
        return ("sure", "history", "routes", "sources")
    return FOLDS["map"]


def _sure(view: View, say: Words) -> dict[str, Any]:
    """Verdict and ranks in the shown period, what they depend on, what other years say, cautions.

    What it says of the fiscal districts has figures on the card: the flag would say it again.
    """
    area, row, period = _shown(view)
    counted, flags = period, list(row["flags"])
    if view.province is not None:
        counted = period.at(LEVELS[1])
        texts, reason = [say("sides.why")], ""
    else:
        texts = [
            how_sure(row, period, say),
            agreement_sentence(area, say),
            say("sides.why"),
        ]
        if who_counts(area, period, say):
            flags = [flag for flag in flags if flag != "denominator_mismatch"]
        reason = mismatch_reason(area, say.lang)
    verdict = f"{card_sentence(row, counted, say)} {ranks_text(row, counted, say)}".strip()
    return {
        "texts": [verdict, *texts],
        "flags": flag_lines(counted, flags, say, area=area, reason=reason),
    }


def _sources(view: View, say: Words) -> dict[str, Any]:
    """How the figures are derived, where they are counted, mining and towns."""
    area, row, period = _shown(view)
    if view.province is not None:
        texts, period = province_context(province(area), say), period.at(LEVELS[1])
    else:
        texts = [where_counted(area, period, say), mining_context(area, say)]
        texts[0] = f"{texts[0][:1].upper()}{texts[0][1:]}."
    return {
        "texts": [*texts, help_text(area, say)],
        "derivation": derivation_html(area, period, str(row["base"]), say, "derivation.title"),
        "source": f"{figures_source(str(row['unit']), str(row['base']), say)}"
        f" {say('card.mining_source')}",
    }


def card_part(view: View, name: str, say: Words) -> str:
    """HTML of what a fold of the card holds: "sure", "who", "routes" or "sources"."""
    names = ("texts", "rates", "link", "flags", "derivation", "routes", "source")
    empty = dict.fromkeys(names, "")
    about = {"sure": _sure, "routes": _routes, "sources": _sources}
    if name == "who":
        about_who = {
            "texts": [who_line(view.department, say)],
            "rates": rates_html(view.department, say),
            "link": f"cifras?{urlencode(view.link('figures'))}#who",
        }
        return render("card_part", say, **empty | about_who)
    return render("card_part", say, **empty | about[name](view, say))


def fold_answer(view: View, name: str, say: Words) -> str:
    """What a closed fold answers already, in few words."""
    area, row, period = _shown(view)
    if name == "sure":
        return "" if view.province else missed_text(row, period, say, is_short=True)
    if name == "who":
        return women_text(area, say)
    if name == "routes":
        count = say.number(len(touches(str(view.department)).routes))
        return f"{department_name(str(view.department))}: {count}" if view.province else count
    if name == "sources":
        registries = {REGISTRIES[period.registry_code].code: None, "mpfn": None, "police": None}
        named = ["police"] if view.province else list(registries)
        return say.list(say(f"registry.{code}") for code in named)
    return ""


def _routes(view: View, say: Words) -> dict[str, Any]:
    """The documented routes of the department, also of a province's, each with its source."""
    route_ids = touches(str(view.department)).routes
    key = "card.routes_one" if len(route_ids) == 1 else "card.routes"
    text = say(key, count=len(route_ids)) if route_ids else say("brief.routes.none")
    of = f"{department_name(str(view.department))}: " if view.province else ""
    return {"texts": [f"{of}{text}"], "routes": _route_rows(route_ids, say)}


def _route_rows(route_ids: tuple[str, ...], say: Words) -> list[dict[str, Any]]:
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
        return finding_of(view.department, view.period, view.base, say)
    level = view.level if has_reports(view) else LEVELS[0]
    areas = area_results(view.changed(level=level))
    above = areas[areas["verdict"] == "above"]
    names = above["department"]
    if level != LEVELS[0]:
        names = above["province"] + " (" + above["department"] + ")"
    return country_sentence(above, names, say, level)


def province_sentence(view: View, say: Words) -> str:
    """The finding of the chosen province in the period that its card shows."""
    period = province_period(view.period)
    row = result_of(str(view.province), period.at(LEVELS[1]))
    return finding_text(row.to_dict(), area_name(str(view.province)), period, say)


def _country(view: View, say: Words) -> dict[str, Any]:
    results, unit = results_for(view.period, view.base), view.period.unit
    total = total_count(view.period)
    level = view.level if has_reports(view) else LEVELS[0]
    period = say(f"period.{view.period.code}.short")
    present = {flag for flags in results["flags"] for flag in flags}
    flags = [flag for flag in _OF_ALL if flag in present]
    flags += [UNKNOWN] if view.period.missing else []
    return {
        "name": say("card.peru"),
        # what is short stands on the first screen
        "period": say("card.part_year", period=period) if view.period.is_part_year else period,
        "figures": [(say.number(total), say(f"unit.{unit}.plural"))],
        "derivation": derivation_html(None, view.period.at(level), view.base, say),
        "sentence": finding(view, say),
        "flags": flag_lines(
            view.period, [*flags, *([UNKNOWN] if view.period.missing else [])], say
        ),
        "source": figures_source(unit, view.base, say),
    }


def card_folds(view: View, say: Words) -> None:
    """Draw the folds of the card, closed at first, each with its answer beside its question."""
    for name in offered_folds(view):
        if name == "compare":
            continue
        title, answer = say(f"card.fold.{name}"), fold_answer(view, name, say)
        is_open = name in view.open
        with fold(title, MAP.key(name), is_open=is_open, answer=answer) as is_shown:
            if not is_shown:
                continue
            if name == "history":
                area, _, period = _shown(view)
                _history(view, area, period, say)
            else:
                st.html(card_part(view, name, say))


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
    """Draw other departments beside the card's, over the whole page; nothing unless it is asked."""
    if view.department is None or view.province or "compare" not in view.open:
        return
    with st.container(border=True, key="compare"):
        st.html(render("heading", say, level="h2", kind="heard", title=say("compare.title")))
        compare_section(view, say)
        st.button(
            say("compare.close"),
            key="compare_close",
            icon=":material/close:",
            type="tertiary",
            on_click=_toggle_compare,
        )


def _toggle_compare() -> None:
    key = MAP.key("compare")
    st.session_state[key] = not st.session_state.get(key)
    open_comparison()


def card_tools(view: View, say: Words) -> None:
    """Draw the actions of the card; files are made when they are asked for."""
    address, area = server_address(), str(view.province or view.department)
    period = view.period if view.province is None else province_period(view.period)
    name = partial(file_name, say, "", area_name(area))
    spans = [period.code for period in province_periods()[1:]]
    if view.province is None:
        registries = REGISTRIES.values()
        spans = [month[:4] for registry in registries for month in (registry.first, registry.last)]
    csv = partial(area_csv, area, lang=say.lang, address=address)
    look = {field: getattr(view, field) for field in LOOK}
    beside = view.beside if compared_beside(view) else ""
    files: list[tuple[str, str, Callable[[], bytes]]] = [
        *((f"brief_{n}", *brief_file(area, period, say, address, n, look, beside)) for n in (1, 2)),
        ("figures", f"{name(min(spans), max(spans))}.csv", csv),
    ]
    with st.container(horizontal=True, key="card_tools", gap="small"):
        if view.province is None:
            st.button(say("compare.open"), key="card_compare", on_click=_toggle_compare)
        share_menu(view, finding(view, say), say)
        with st.popover(say("card.brief")):
            for kind, file, make in files[:2]:
                _download(kind, file, make, say)
        _download(*files[2], say)
    close = partial(MAP.held.change, department=None, province=None)
    st.button(say("card.close"), key="card_close", type="tertiary", on_click=close)


def _download(kind: str, file: str, make: Callable[[], bytes], say: Words) -> None:
    st.download_button(
        say(f"card.{kind}"),
        make,
        file_name=file,
        key=f"card_{kind}",
        help=say(f"card.{kind}.help"),
        on_click="ignore",
    )
