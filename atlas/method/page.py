"""Método y fuentes: what the figures are, their methods, sources and age."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import date
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from atlas.citation import cite_text
from atlas.html import render
from atlas.results.coverage_dates import figure_ends, missing_texts, newer_files, offence_years
from atlas.results.department_file import COLUMNS
from atlas.results.edition_changes import edition_lines
from atlas.results.regions import (
    bases_of,
    fitted_overdispersion,
    overdispersion_of,
    results_for,
    source_name,
    touches,
)
from atlas.results.sentences import mining_years, missing_lines
from atlas.rows import FIGURES, names_of
from atlas.settings import contact
from atlas.tables import csv_bytes
from atlas.view import BASES, View
from atlas.web.components import (
    choose_code,
    language_control,
    link_warning,
    plain_label,
    server_address,
    static_text,
    write_link,
)
from atlas.web.session import Feature, PageSession, start
from atlas.words import Words, file_name, source_text, words
from data.catalogue import card_of, descriptor_of, load_table, resource_names
from data.periods import LEVELS, MAIN, MONTHS_PER_YEAR, PERIODS, REGISTRIES, Period
from data.reports import fitted_lengths, load_window_counts

METHOD = Feature("method", PageSession)


_SECTIONS = (
    *("read", "units", "registries", "rate", "excess", "waves", "claims", "change"),
    *("scan", "density", "mining", "routes", "privacy"),
)


def _catalogue(say: Words) -> list[dict[str, str]]:
    """Return title, publisher, date, licence, unit, trap and file of each table."""
    rows = []
    for name in resource_names():
        descriptor = descriptor_of(name)
        card = card_of(descriptor)
        publishers = dict.fromkeys(
            source_name({**source, "source_title": source["title"]}, say)
            for source in card["sources"]
        )
        urls = [str(source["url"]) for source in card["sources"] if source.get("url")]
        own = descriptor.get("description_es") if say.lang == "es" else None
        rows.append(
            {
                "title": _title(name, say),
                "trap": str(own or descriptor.get("description") or ""),
                "publishers": "; ".join(publishers),
                # what several published names its sources row by row, in a table of this list
                "address": next((url for url in urls if "://" in url), ""),
                "named_in": next((url for url in urls if "://" not in url), ""),
                "published": _span(card["sources"]),
                "accessed": card["accessed"],
                "licence": source_text(str(card["licence"]), "licence", say),
                "unit": ", ".join(_units(descriptor, say)),
                "file": descriptor["path"],
            }
        )
    return rows


def _units(descriptor: dict, say: Words) -> list[str]:
    """Return units of the table's numbers; symbols stay, words are translated."""
    fields = descriptor.get("schema", {}).get("fields", [])
    units = dict.fromkeys(str(field["unit"]) for field in fields if field.get("unit"))
    return [say.catalogue.get(f"method.unit.{unit.replace(' ', '_')}", unit) for unit in units]


def _span(sources: list[dict]) -> str:
    """Years in which the sources were published, as far as they say."""
    texts = " ".join(str(source.get("published") or "") for source in sources)
    years = sorted(re.findall(r"(?<!\d)(?:199\d|20\d\d|2100)(?!\d)", texts))
    return "–".join(dict.fromkeys((years[0], years[-1]))) if years else "–"


def offered_tables() -> list[str]:
    """Tables that can be had as a CSV; outlines have no rows."""
    return [name for name in resource_names() if descriptor_of(name)["format"] == "csv"]


def read_link(query: dict[str, str]) -> View:
    """Period and base of the results, and the table, that a link asks for.

    >>> read_link({"period": "1900", "table": "named_places"}).problems
    ('period',)
    """
    return View.from_link(
        query,
        "method",
        start={"table": offered_tables()[0]},
        narrowed={
            "period": lambda _: PERIODS,
            "base": lambda chosen: bases_of(chosen["period"]),
            "table": lambda _: offered_tables(),
        },
    )


def _results_csv(period: Period, base: str, say: Words) -> bytes:
    rows = results_for.tiered(period, base).assign(period=period.code)
    return csv_bytes(rows, "T1", columns=[*names_of(LEVELS[0]), "period", *FIGURES], say=say)


def table_csv(name: str) -> bytes:
    """Write a table of the catalogue as a file that a person opens."""
    return csv_bytes(load_table.tiered(name), "T1", is_opened=True)


def _downloads(say: Words) -> View:
    if METHOD.is_read_anew():
        METHOD.state.view = read_link(st.query_params.to_dict())
        link_warning(METHOD.state.view.problems, say)
    METHOD.state.change(lang=say.lang, problems=())
    view = METHOD.state.view
    st.header(say("focos.files.title"), anchor="downloads")
    left, right = st.columns(2)
    with left:
        start(METHOD.key("period"), view.period)
        period = st.selectbox(
            say("column.period"),
            tuple(PERIODS),
            key=METHOD.key("period"),
            format_func=lambda period: say(f"period.{period.code}"),
            help=say("controls.period.help"),
        )
        is_off = bases_of(period) != BASES
        base = choose_code(
            say,
            "controls.base",
            BASES,
            chosen=BASES[0] if is_off else view.base,
            key=METHOD.key("base_off" if is_off else "base"),
            words_of="base.{code}",
            is_off=is_off,
        )
        st.download_button(
            say("method.download_results"),
            partial(_results_csv, period, base, say),
            file_name=f"{file_name(say, 'results', period.code, say(f'file.{base}'))}.csv",
            mime="text/csv",
            key="download_results",
        )
    with right:
        start(METHOD.key("table"), view.table)
        name = st.selectbox(
            say("method.col.table"),
            offered_tables(),
            key=METHOD.key("table"),
            format_func=lambda name: _title(name, say),
            help=say("method.col.table.help"),
        )
        st.download_button(
            say("method.download_table"),
            partial(table_csv, name),
            file_name=f"{name}.csv",
            mime="text/csv",
            key="download_table",
        )
    METHOD.state.change(period=period, base=base, table=name)
    api = f"{server_address()}/api/v1"
    st.markdown(say("method.api", described=f"{api}/openapi.json"))
    asked = {"registry": period.registry_code, "period": period.code, "base": base}
    st.code(f"{api}/regions.json?{urlencode(asked, safe='/')}", language=None, wrap_lines=True)
    return METHOD.state.view


def _column_meanings(say: Words) -> None:
    with st.expander(say("department_csv.columns"), key="file_columns"):
        items = [
            f"**{say(f'column.{column}')}**: {say(f'column.{column}.means')}" for column in COLUMNS
        ]
        st.markdown("\n".join(f"- {item}" for item in items))


def _title(name: str, say: Words) -> str:
    card = card_of(descriptor_of(name))
    return card["title_es"] if say.lang == "es" else card["title"]


def _kappas(level: str, say: Words) -> str:
    """Kappa that judges the police's counts, for each length of time that it is fitted to."""
    return say.list(
        say(
            "method.kappa",
            months=months,
            kappa=say.number(overdispersion_of("police", level, months).kappa, 2),
        )
        for months in fitted_lengths("police", level)[0]
    )


def _whom_to_tell(say: Words) -> str:
    """Say who corrects a wrong figure: the operator, or else the repository."""
    named = contact()
    whom = say("wrong.repository")
    if named is not None:
        text, address = named
        whom = f"{say('wrong.write')} [{text}]({address})."
    return f"{whom} {say('wrong.what')}"


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    prosecutors = fitted_overdispersion(MAIN, LEVELS[0], MONTHS_PER_YEAR)
    by_offences = fitted_overdispersion(MAIN, LEVELS[0], MONTHS_PER_YEAR, BASES[1])
    fit_years = sorted(set(load_window_counts()["period"]))
    with st.container(key="prose"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.title(say("nav.method"), anchor=False)
            language_control(say)
        st.markdown(say("method.intro"))
        numbers = {
            "why": say("verdict.why"),
            "kappa": say.number(prosecutors.kappa, 3),
            "low": say.number(prosecutors.kappas[0], 3),
            "high": say.number(prosecutors.kappas[-1], 3),
            "kappa_offences": say.number(by_offences.kappa, 3),
            "fit_years": say.list(fit_years),
            "df": say.number(prosecutors.degrees_of_freedom),
            "span": mining_years(),
            "kappas_police": _kappas(LEVELS[0], say),
            "kappas_provinces": _kappas(LEVELS[1], say),
            "police_years": say(f"period.{REGISTRIES['police'].first}/{REGISTRIES['police'].last}"),
            "years": offence_years(say),
            "share": say.percent(touches("17").mined_share),
        }
        for section in _SECTIONS:
            with st.expander(say(f"method.{section}.title"), expanded=section in ("read", "units")):
                st.markdown(say(f"method.{section}.text", **numbers))
                if section == "registries":
                    st.markdown("\n".join(f"- {line}" for line in missing_lines(say, plain_label)))
                if section == "waves":
                    image = b64encode(static_text("chance.svg").encode()).decode()
                    image = f"data:image/svg+xml;base64,{image}"
                    st.html(render("chance", say, image=image))
                month = descriptor_of("mining_cells").get("superseded")
                if section == "mining" and month:
                    st.markdown(say("method.mining.superseded", month=say.month(month)))
        with st.expander(say("method.erratum.title")):
            st.markdown(say("method.erratum.text"))
        st.header(say("wrong.title"), anchor="wrong")
        st.markdown(_whom_to_tell(say))
        st.header(say("method.age"), anchor="age")
        st.markdown(say("method.age.text", **figure_ends(say)))
        for text in missing_texts(say):
            st.markdown(text)
    st.html(render("newer_files", say, rows=newer_files(say)))
    st.header(say("edition.title"), anchor="edition")
    st.markdown("\n".join(f"- {plain_label(line)}" for line in edition_lines(say)))
    st.header(say("method.catalogue"), anchor="catalogue")
    st.html(render("catalogue", say, rows=_catalogue(say)))
    view = _downloads(say)
    period, base = say(f"period.{view.period.code}"), say(f"base.{view.base}")
    write_link(
        view.link("method"),
        say("method.shown.results", period=period, base=base),
        say("method.shown.table", table=_title(view.table, say)),
    )
    _column_meanings(say)
    st.header(say("column.citation"), anchor="cite")
    st.code(
        cite_text(
            say("method.cite.title", years=offence_years(say)),
            say("method.cite.sources"),
            say,
            made=date.today(),
        ),
        language=None,
        wrap_lines=True,
    )
