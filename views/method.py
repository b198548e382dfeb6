"""Método y fuentes: what the figures are, how they are computed, where they come from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import streamlit as st

from data import load_yearly_counts
from data.catalogue import card_of, descriptor_of, load_table, resource_names
from data.periods import LATEST_YEAR
from maps.downloads import csv_bytes
from maps.figures_end import figures_end, offence_years
from maps.mining_words import mining_years
from maps.results import BASES, bases_of, overdispersion, results_for, touches
from maps.source_words import source_text
from maps.state import PERIOD_CODES
from maps.version import content_version
from messages import Words, words
from views.controls import choose_code
from views.freshness import freshness_section
from views.language import language_control

_SECTIONS = (
    *("read", "units", "rate", "excess", "waves", "level", "change", "scan"),
    *("density", "mining", "routes", "privacy"),
)


def _catalogue(say: Words) -> pd.DataFrame:
    """One row a table: what it holds, who publishes it, under what licence, how old it is."""
    rows = []
    for name in resource_names():
        descriptor = descriptor_of(name)
        card = card_of(descriptor)
        publishers = dict.fromkeys(
            source_text(str(source["publisher"]), "publisher", say)
            if source["publisher"]
            else source_text(str(source["title"]), "title", say)
            for source in card["sources"]
        )
        rows.append(
            {
                say("method.col.table"): card["title_es"] if say.lang == "es" else card["title"],
                say("method.col.publisher"): "; ".join(publishers),
                say("method.col.published"): _span(card["sources"]),
                say("method.col.accessed"): card["accessed"],
                say("method.col.licence"): source_text(str(card["licence"]), "licence", say),
                say("method.col.unit"): ", ".join(_units(descriptor, say)),
                say("method.col.trap"): _trap(descriptor, say),
                say("method.col.address"): next(
                    (str(source["url"]) for source in card["sources"] if source.get("url")), None
                ),
                say("method.col.file"): descriptor["path"],
                "sha256": str(card["sha256"])[:12],
            }
        )
    return pd.DataFrame(rows)


def _units(descriptor: dict, say: Words) -> list[str]:
    """Units of the table's numbers; symbols stay, what is a word is the language's."""
    fields = descriptor.get("schema", {}).get("fields", [])
    units = dict.fromkeys(str(field["unit"]) for field in fields if field.get("unit"))
    return [say.catalogue.get(f"method.unit.{unit.replace(' ', '_')}", unit) for unit in units]


def _trap(descriptor: dict, say: Words) -> str:
    """What to mind when using a table, as its card says it in the language."""
    english = str(descriptor.get("description") or "")
    return str(descriptor.get("description_es") or english) if say.lang == "es" else english


def _span(sources: list[dict]) -> str:
    """Years in which the sources were published, as far as they say."""
    years = sorted(
        {word for source in sources for word in _years(str(source.get("published") or ""))}
    )
    if not years:
        return "–"
    return years[0] if years[0] == years[-1] else f"{years[0]}–{years[-1]}"


def _years(text: str) -> list[str]:
    digits = "".join(sign if sign.isdigit() else " " for sign in text).split()
    return [part for part in digits if len(part) == 4 and 1990 <= int(part) <= 2100]


def _downloads(say: Words) -> None:
    st.header(say("method.downloads"), anchor="downloads")
    left, right = st.columns(2)
    with left:
        period = st.selectbox(
            say("controls.period"),
            PERIOD_CODES,
            index=PERIOD_CODES.index(LATEST_YEAR),
            key="method_period",
            format_func=lambda code: say(f"period.{code}"),
        )
        is_off = bases_of(period) != BASES
        base = choose_code(
            say,
            "controls.base",
            BASES,
            chosen=BASES[0],
            key="method_base_off" if is_off else "method_base",
            words_of="base.{code}",
            is_off=is_off,
        )
        st.download_button(
            say("method.download_results"),
            csv_bytes(results_for(period, base), "T1", period=period),
            file_name=f"atlas-{period.replace('/', '_')}-{base}.csv",
            mime="text/csv",
            key="download_results",
        )
    with right:
        name = st.selectbox(
            say("method.col.table"), _tables(), key="method_table", format_func=_title(say)
        )
        st.download_button(
            say("method.download_table"),
            csv_bytes(load_table(name), "T1"),
            file_name=f"{name}.csv",
            mime="text/csv",
            key="download_table",
        )


def _tables() -> list[str]:
    """Names of the files that are tables; outlines have no rows for a spreadsheet."""
    return [name for name in resource_names() if descriptor_of(name)["format"] == "csv"]


def _title(say: Words) -> Callable[[str], str]:
    def title(name: str) -> str:
        card = card_of(descriptor_of(name))
        return card["title_es"] if say.lang == "es" else card["title"]

    return title


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    st.query_params.from_dict({"lang": say.lang})
    found = overdispersion()
    fit_years = sorted(set(load_yearly_counts()["year"]))
    with st.container(key="prose"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.title(say("nav.method"), anchor=False)
            language_control(say)
        st.markdown(say("method.intro"))
        numbers = {
            "why": say("verdict.why"),
            "kappa": say.number(found.kappa, 3),
            "low": say.number(found.kappas[0], 3),
            "high": say.number(found.kappas[-1], 3),
            "kappa_offences": say.number(overdispersion("offences").kappa, 3),
            "fit_years": say.list(str(year) for year in fit_years),
            "df": say.number(found.degrees_of_freedom),
            "span": mining_years(),
            "years": offence_years(say),
            "share": say.percent(touches("17").mined_share),
        }
        for section in _SECTIONS:
            with st.expander(say(f"method.{section}.title"), expanded=section in ("read", "units")):
                st.markdown(say(f"method.{section}.text", **numbers))
        st.header(say("method.age"), anchor="age")
        st.markdown(say("method.age.text", end=figures_end(say)))
    freshness_section(say)
    st.header(say("method.catalogue"), anchor="catalogue")
    st.dataframe(
        _catalogue(say),
        hide_index=True,
        width="stretch",
        key="catalogue",
        column_config={say("method.col.address"): st.column_config.LinkColumn()},
    )
    _downloads(say)
    st.header(say("method.cite"), anchor="cite")
    st.code(
        say(
            "method.cite.text",
            version=content_version(),
            year=date.today().year,
            years=offence_years(say),
        ),
        language=None,
        wrap_lines=True,
    )
