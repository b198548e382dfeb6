"""Cifras: registries side by side, shares as ranges over sources, estimates apart."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from data.catalogue import load_table
from maps.downloads import csv_bytes
from maps.figure_ranges import not_drawn, ranges, same_observatory_on_minors
from maps.figures import (
    article,
    estimates,
    in_year,
    registry_rows,
    without_a_year,
    years,
    years_of_disagreement,
)
from messages import Words, words
from views.citation import citations, period_text, registry_text, share_text
from views.figure_drawings import disagreement, number_list, range_card, strips
from views.language import language_control

_STYLE = (Path(__file__).resolve().parent / "components" / "figures.css").read_text(
    encoding="utf-8"
)
_DARK = (
    ".stApp { --atlas-card: #1f1d1b; --atlas-soft: #b5b0a8; --atlas-line: #3a3733;"
    " --atlas-bar: #d58c98; --atlas-accent: #d58cc0; --atlas-ink: #eeebe6; --atlas-page: #171614; }"
)
_DEFAULT_YEAR = "2021"
_COLUMNS = (("sex", "form"), ("age", "recruitment"))
_TABLES = ("national_figures", "breakdowns", "article_figures", "named_places")


def _html(body: str, say: Words) -> None:
    """Show HTML with its language named: the shell around it says English always."""
    st.html(f'<div lang="{say.lang}">{body}</div>')


def _heading(say: Words, section: str) -> str:
    title, how = escape(say(f"figures.{section}.title")), escape(say(f"figures.{section}.how"))
    return f'<h2>{title}</h2><p class="how">{how}</p>'


def _year(say: Words) -> int:
    """The year that the sentence speaks of: the link's, then the control's."""
    codes = years_of_disagreement()
    asked = str(st.query_params.get("year", _DEFAULT_YEAR))
    chosen = st.segmented_control(
        say("figures.year"),
        codes,
        default=asked if asked in codes else _DEFAULT_YEAR,
        required=True,
        key="figures_year",
        label_visibility="collapsed",
    )
    return int(chosen)


def _registries(say: Words) -> int:
    with st.container(border=True, key="registries"):
        _html(_heading(say, "registries"), say)
        year = _year(say)
        rest = without_a_year()
        _html(
            disagreement(in_year(year, "reports"), in_year(year, "victims"), say)
            + strips(registry_rows(), "reports", years(), year, say)
            + strips(registry_rows(), "victims", years(), year, say)
            + citations(rest, say("figures.none_yearly", count=len(rest)), say),
            say,
        )
    return year


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
    columns = "".join(
        f"<div>{''.join(range_card(group, ranges(), say) for group in column)}</div>"
        for column in _COLUMNS
    )
    with st.container(border=True, key="ranges"):
        _html(
            _heading(say, "ranges")
            + f'<p class="finding">{escape(minors)} {escape(offers)}</p>'
            + f'<div class="pair">{columns}</div>'
            + citations(rest, say("figures.not_drawn", count=len(rest)), say),
            say,
        )


def _apart(say: Words) -> None:
    with st.container(border=True, key="apart"):
        _html(
            _heading(say, "apart")
            + '<div class="pair">'
            + number_list(say("figures.article"), article(), say)
            + number_list(say("figures.estimates"), estimates(), say)
            + "</div>",
            say,
        )


def _downloads(say: Words) -> None:
    _html(f'<p class="how">{escape(say("figures.download"))}</p>', say)
    with st.container(horizontal=True, key="figure_downloads"):
        for name in _TABLES:
            st.download_button(
                say(f"figures.download.{name}"),
                csv_bytes(load_table(name), "T1"),
                file_name=f"atlas-{name}.csv",
                mime="text/csv",
                key=f"download_{name}",
            )


def page() -> None:
    """Draw the page."""
    say = words(st.session_state["lang"])
    # the class that the map sets on a dark page is not there for who arrives here first
    dark = _DARK if st.context.theme.type == "dark" else ""
    st.html(f"<style>{_STYLE}{dark}</style>")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(say("nav.figures"), anchor=False)
        language_control(say)
    _html(f'<p class="lead">{escape(say("figures.lead"))}</p>', say)
    year = _registries(say)
    st.query_params.from_dict({"lang": say.lang, "year": str(year)})
    _ranges(say)
    _apart(say)
    _downloads(say)
    _html(f'<p class="caveat">{escape(say("figures.caveat"))}</p>', say)
