"""Cifras: registries side by side, shares as ranges over sources, estimates apart."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from atlas.figures.citation import citation
from atlas.html import render
from atlas.results.coverage_dates import missing_file
from atlas.results.profile import (
    REGISTRY,
    facts,
    in_words,
    is_missing,
    notes,
    sections,
    victim_profile,
)
from atlas.results.published import (
    Figure,
    Kind,
    Range,
    RegistryRow,
    article,
    estimates,
    in_year,
    institution_of,
    not_drawn,
    ranges,
    registry_rows,
    same_observatory_on_minors,
    share_text,
    victims_around,
    without_a_year,
    years,
    years_of_disagreement,
)
from atlas.results.quotes import (
    period_text,
    quote_figure,
    quote_victims,
    registry_text,
    value_text,
)
from atlas.results.regions import department_name
from atlas.results.sentences import (
    communities_text,
    illegality_note,
    illegality_text,
    unit_text,
)
from atlas.results.trust import COUNTRY, marked_years, trust_line, trust_rows
from atlas.results.victim_rates import rates_html
from atlas.tables import csv_bytes, source_titles
from atlas.view import DEPARTMENTS, LEVELS, View
from atlas.web.components import (
    fold,
    language_control,
    link_warning,
    sortable_table,
    static_text,
    write_link,
)
from atlas.web.session import Feature, PageSession, shared_view, start
from atlas.words import Words, file_name, words
from data.context import load_trust_in_police
from data.geography import area_names, load_mining_areas
from data.periods import REGISTRIES
from data.police import profile_years, range_code
from geo.privacy.provenance import Tiered, derive

FIGURES = Feature("figures", PageSession)
_COLUMNS = (("sex", "form"), ("age", "recruitment"))
_ROW_NOTES = {"UNODC GLOTIP questionnaire (as Peru reported)": "figures.row.united_nations"}
"""registry to the words under its row"""


def _html(say: Words, **values: Any) -> None:
    st.html(render("figures/section", say, **values))


def strips(
    rows: tuple[RegistryRow, ...], kind: Kind, span: tuple[int, int], chosen: int, say: Words
) -> Markup:
    """The registries of one kind, a row each over the same years, each on its own scale."""
    drawn = []
    for row in rows:
        if row.kind != kind:
            continue
        highest = max(figure.value for figure in row.yearly)
        by_year: dict[int, list[dict[str, Any]]] = {}
        for figure in row.yearly:
            by_year.setdefault(figure.year or 0, []).append(
                {
                    "number": say.number(figure.value),
                    "said": value_text(figure, say)
                    if not figure.is_partial
                    else say(
                        "figures.partial",
                        value=value_text(figure, say),
                        period=period_text(figure, say),
                    ),
                    "is_partial": figure.is_partial,
                    "length": figure.value / highest,
                    "cited": citation(figure, say),
                }
            )
        others = [citation(figure, say) for figure in row.others]
        drawn.append(
            {
                "name": row.yearly[0].named("registry", say.lang),
                "institution": _institution(row, say),
                "unit": row.unit,
                "years": list(by_year.items()),
                "others": others,
                "note": say(_ROW_NOTES[row.registry]) if row.registry in _ROW_NOTES else "",
            }
        )
    first, last = span
    return render(
        "figures/registries", say, kind=kind, first=first, last=last, chosen=chosen, rows=drawn
    )


def _institution(row: RegistryRow, say: Words) -> str:
    code = institution_of(row.registry)
    if code == row.registry:
        return row.yearly[0].named("registry", say.lang)
    return say(f"registry.{code}")


def disagreement(reports: tuple[Figure, ...], victims: tuple[Figure, ...], say: Words) -> str:
    """Write a sentence on a year's registries, and one on its victims."""
    items = say.list(
        say(
            "figures.disagree.item",
            value=say.number(figure.value),
            unit=say(f"unit.{figure.unit}.plural"),
            registry=registry_text(figure, say, short=True)
            if not figure.is_partial
            else f"{registry_text(figure, say, short=True)}, {period_text(figure, say)}",
        )
        for figure in reports
    )
    count = say.catalogue.get(f"figures.count.{len(reports)}", str(len(reports)))
    text = say("figures.disagree.reports", year=reports[0].year, count=count, items=items)
    return f"{text} {_counted_victims(reports[0].year or 0, victims, say)}"


def _counted_victims(year: int, victims: tuple[Figure, ...], say: Words) -> str:
    """Write the published victims of a year, and never how many there were."""
    if len(victims) > 1:
        low, *_, high = sorted(victims, key=lambda figure: figure.value)
        return say(
            "figures.disagree.victims",
            low=say.number(low.value),
            low_registry=registry_text(low, say, short=True),
            high=say.number(high.value),
            high_registry=registry_text(high, say, short=True),
        )
    if victims:
        value, registry = say.number(victims[0].value), registry_text(victims[0], say, short=True)
        text = say("figures.victims.one", year=year, value=value, registry=registry)
    else:
        text = say("figures.victims.none", year=year)
    others = [
        f"{value_text(figure, say)} ({registry_text(figure, say, short=True)},"
        f" {period_text(figure, say)})"
        for figure in victims_around(year)
    ]
    return f"{text} {say('figures.victims.other', items=say.list(others))}" if others else text


def _who_says(figure: Figure, say: Words) -> str:
    parts = [registry_text(figure, say, short=True), period_text(figure, say)]
    if figure.named("base", say.lang):
        parts.append(say("figures.base", base=figure.named("base", say.lang)))
    return ", ".join(parts)


def _range_ends(item: Range, say: Words) -> list[str]:
    if len(item.figures) == 1:
        return [say("figures.range.only", who=_who_says(item.low, say))]
    if item.low.share_percent == item.high.share_percent:
        return [_who_says(figure, say) for figure in item.figures]
    return [
        say(f"figures.range.{end}", share=share_text(figure, say), who=_who_says(figure, say))
        for end, figure in (("low", item.low), ("high", item.high))
    ]


def _range_values(item: Range, say: Words) -> dict[str, Any]:
    name = say(f"figures.category.{item.category}")
    low, high = item.low.share_percent or 0.0, item.high.share_percent or 0.0
    label, upper = say.percent(low / 100.0), say.percent(high / 100.0)
    if label != upper:
        label = say("focos.span", low=label, high=upper)
    shares = [share_text(figure, say) for figure in item.figures]
    count = len(item.figures)
    return {
        "name": name,
        "label": label,
        "said": say("figures.range.aria", category=name, shares=say.list(shares)),
        "low": low,
        "high": high,
        "dots": [
            (figure.share_percent or 0.0, f"{share}: {_who_says(figure, say)}")
            for figure, share in zip(item.figures, shares, strict=True)
        ],
        "ends": _range_ends(item, say),
        "cited": [citation(figure, say) for figure in item.figures],
        "summary": (
            say("figures.source_one") if count == 1 else say("figures.sources", count=count)
        ),
    }


def range_card(group: str, every: tuple[Range, ...], say: Words) -> Markup:
    """One card: every category of a group as a range of dots from 0 to 100 per cent."""
    items = [_range_values(item, say) for item in every if item.group == group]
    return render("figures/ranges", say, group=group, items=items)


def number_list(heading: str, figures: tuple[Figure, ...], say: Words) -> Markup:
    """Numbers one under the other, no scale: filled mark for counts, open mark for guesses."""
    numbers = []
    for figure in figures:
        what = figure.named("measure", say.lang)
        for part in (figure.named("place", say.lang), figure.named("where", say.lang)):
            what += f", {part}" if part and part not in what else ""
        numbers.append(
            {
                "kind": "estimated" if figure.is_estimate else "counted",
                "value": value_text(figure, say, with_unit=False),
                "what": what,
                "about": f"{registry_text(figure, say)} · {period_text(figure, say)}",
                "cited": citation(figure, say),
            }
        )
    return render("figures/numbers", say, heading=heading, numbers=numbers)


def _begin(say: Words) -> View:
    """Read the link; missing parts are as other pages left them, or their defaults."""
    shared = shared_view()
    return View.from_link(
        st.query_params.to_dict(),
        "figures",
        start={
            "lang": say.lang,
            "year": years_of_disagreement()[-1],
            "department": shared.department if shared else None,
        },
        narrowed={"year": lambda _: years_of_disagreement()},
    )


def _year_control(view: View, say: Words) -> str:
    start(FIGURES.key("year"), view.year)
    return st.segmented_control(
        say("column.year"),
        years_of_disagreement(),
        default=view.year,
        required=True,
        key=FIGURES.key("year"),
        label_visibility="collapsed",
    )


def _registries(view: View, say: Words) -> tuple[View, str]:
    """The registries side by side; returns the view with the year chosen, and its sentence."""
    with st.container(border=True, key="registries"):
        _html(say, part="registries")
        view = view.changed(year=_year_control(view, say))
        year, rest = int(view.year), without_a_year()
        text = disagreement(in_year(year, "reports"), in_year(year, "victims"), say)
        _html(
            say,
            kind="finding",
            text=text,
            missing=missing_file(year),
            year=year,
            bodies=[
                strips(registry_rows(), "reports", years(), year, say),
                strips(registry_rows(), "victims", years(), year, say),
            ],
            rest=[citation(figure, say) for figure in rest],
            summary=say("figures.none_yearly", count=len(rest)),
        )
        _quotes(year, say)
    return view, text


def _quotes(year: int, say: Words) -> None:
    """Sentences to copy: how many victims, then each figure of a year with its source."""
    figures = [*in_year(year, "reports"), *in_year(year, "victims")]
    is_first = not in_year(year, "victims")  # a year whose victims nobody counts asks for it
    key = FIGURES.key(f"quotes_{year}")
    with fold(say("quote.title", year=year), key, is_open=is_first) as is_open:
        for sentence in (
            quote_victims(year, say),
            *(quote_figure(figure, say) for figure in figures),
        ):
            if is_open:
                st.code(sentence, language=None, wrap_lines=True)


def _victims(view: View, say: Words) -> tuple[View, str]:
    """The victims of a place and some years; returns the view with these, and its sentence."""
    with st.container(border=True, key="who"):
        _html(say, heading=say("who.title"), how=say("who.how"), id="who")
        years = profile_years()
        ends = (view.years.first, view.years.last - 1) if view.years else (0, len(years) - 1)
        start(FIGURES.key("department"), view.department or "")
        start(FIGURES.key("years"), ends)
        with st.container(horizontal=True, key="who_controls"):
            department = st.selectbox(
                say("column.department"),
                ["", *DEPARTMENTS],
                key=FIGURES.key("department"),
                format_func=lambda code: department_name(code) if code else say("card.peru"),
                help=say("who.department.help"),
            )
            first, last = st.select_slider(
                say("who.years"),
                range(len(years)),
                value=ends,  # a pair makes it a slider of two ends
                key=FIGURES.key("years"),
                format_func=lambda number: years[number][:4],
                help=say("who.years.help"),
            )
        period = range_code(years, first, last + 1)
        profile = victim_profile.tiered(period, department or None)
        frame = profile.frame
        known_facts, total = facts(frame, say), frame["base"].iloc[0]
        kind = "finding" if known_facts else "finding_none"
        if is_missing(period, department or None):
            kind = "finding_missing"
        elif not total:
            kind = "finding_zero"
        place = department_name(department) if department else say("card.peru")
        drawn, withheld = sections(frame, say) if kind != "finding_zero" else ([], [])
        body = render(
            "figures/who",
            say,
            sections=drawn,
            # a place of which nothing is shown says so in its sentence
            withheld=say.list(withheld) if drawn else "",
            notes=notes(period, department or None, say),
        )
        text = say(
            f"who.{kind}",
            place=place,
            period=say(f"period.{period}"),
            facts="; ".join(known_facts),
            count="" if pd.isna(total) else say.number(total),
            unit="" if pd.isna(total) else unit_text(REGISTRIES[REGISTRY].unit, int(total), say),
        )
        is_chosen = (first, last) != (0, len(years) - 1)
        by_age = rates_html(department or None, say, chosen=period if is_chosen else "")
        _html(say, kind="finding", text=text, bodies=[body, by_age])
        name = file_name(say, "victims", department or say("file.country"), period)
        st.download_button(
            say("data.download"),
            partial(_who_csv, profile, period, say),
            file_name=f"{name}.csv",
            mime="text/csv",
            key="data_who",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
    return view.changed(department=department or None, years=period), text


def _who_csv(profile: Tiered[pd.DataFrame], period: str, say: Words) -> bytes:
    words = in_words(profile.frame, say)
    rows = words.assign(years=say(f"period.{period}"), victims=words["base"])
    table = derive(rows, profile, name=profile.card["name"])
    heads = {"years": say("column.period"), "share": say("column.share_part")}
    rates = ("rate_per_100k", "rate_low", "rate_high", "rate_margin", "population", "rate_period")
    names = ("years", "group", "category", "count", "share", "victims", *rates)
    return csv_bytes(table, "T1", columns=names, say=say, heads=heads)


def _ranges(say: Words) -> None:
    high, low = same_observatory_on_minors()
    job = next(item for item in ranges() if item.category == "job")
    minors = say(
        "figures.ranges.minors",
        registry=registry_text(high, say),
        high=share_text(high, say),
        high_period=period_text(high, say),
        low=share_text(low, say),
        low_period=period_text(low, say),
    )
    offers = say("figures.ranges.job", low=share_text(job.low, say), high=share_text(job.high, say))
    rest = not_drawn()
    # two columns of their own: a fold that opens pushes down only its own column
    columns = [[range_card(group, ranges(), say) for group in column] for column in _COLUMNS]
    with st.container(border=True, key="ranges"):
        _html(
            say,
            part="ranges",
            kind="finding",
            text=f"{minors} {offers}",
            pair=columns,
            rest=[citation(figure, say) for figure in rest],
            summary=say("figures.not_drawn", count=len(rest)),
        )


def _estimates(say: Words) -> None:
    with st.container(border=True, key="apart"):
        _html(
            say,
            part="apart",
            pair=[
                number_list(say("figures.article"), article(), say),
                number_list(say("figures.estimates"), estimates(), say),
            ],
        )


def _mining(say: Words) -> None:
    mining, names = load_mining_areas.tiered(), area_names("departments")
    columns = ("mined_ha", "likely_illegal_ha", "very_likely_illegal_ha")
    heads = [say(f"figures.mining.{name}") for name in ("area", "mined", "likely", "very", "share")]
    rows = []
    for row in mining.frame.sort_values("ubigeo", kind="stable").to_dict("records"):
        of = "" if row["level"] == LEVELS[0] else f" ({names[row['ubigeo'][:2]]})"
        area = f"{row['area']}{of}{' *' if row['includes_suspects'] else ''}"
        is_judged = pd.notna(row["mined_ha"])
        hectares = [say.number(row[name], 1) for name in columns]
        judged = [*hectares, say.percent(row["share"])] if is_judged else []
        rows.append([area, *(judged or [say("figures.mining.unjudged")] * 4)])
    with st.container(border=True, key="mining"):
        text = f"{illegality_text('', say)} {communities_text(say)}"
        _html(say, part="mining", kind="finding", text=text)
        summary = say("figures.mining.table")
        html = render(
            "hotspots/table", say, heads=heads, rows=rows, numbers=(1, 2, 3, 4), summary=summary
        )
        source = source_titles(mining.card, say)
        sortable_table(html, say, key="mining_table", file=file_name(say, "mining"), source=source)
        _html(say, kind="how", text=illegality_note(say))


def _trust(say: Words) -> None:
    """Trust in the police by department and year, without an order, a colour or a test."""
    heads, rows = trust_rows(say)
    with st.container(border=True, key="trust"):
        _html(say, part="trust", kind="finding", text=trust_line(COUNTRY, say))
        summary, numbers = say("figures.trust.table"), tuple(range(1, len(heads)))
        table = {"heads": heads, "rows": rows, "numbers": numbers, "summary": summary}
        st.html(render("hotspots/table", say, **table))
        marked = [f"⚑ {reason}" for reason in marked_years(say).values()]
        _html(say, kind="how", text=" ".join([*marked, say("figures.trust.lima")]))
        st.download_button(
            say("data.download"),
            lambda: csv_bytes(load_trust_in_police.tiered(), "T0", say=say),
            file_name=f"{file_name(say, 'trust')}.csv",
            mime="text/csv",
            key="data_trust",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    st.html(f"<style>{static_text('figures.css')}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.figures"), anchor=False)
        language_control(say)
    _html(say, kind="lead", text=say("figures.lead"))
    view = _begin(say)
    if FIGURES.is_read_anew():
        FIGURES.state.view = view
        link_warning(view.problems, say)
    view, registries_sentence = _registries(view, say)
    view, victims_sentence = _victims(view, say)
    write_link(view.link("figures"), registries_sentence, victims_sentence)
    _ranges(say)
    _estimates(say)
    _trust(say)
    _mining(say)
    _html(say, text=say("figures.download"), to=f"metodo?lang={say.lang}#downloads")
    _html(say, kind="caveat", text=say("figures.caveat"))
