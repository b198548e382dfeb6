"""What a reader takes along from a region's card: the brief, the figures, the way back."""

from __future__ import annotations

import streamlit as st

from maps.downloads import csv_bytes
from maps.results import results_for
from maps.state import MapState
from messages import Words


def _close() -> None:
    state: MapState = st.session_state["state"]
    st.session_state["state"] = state.with_(department=None)


def card_tools(state: MapState, say: Words) -> None:
    """Draw the buttons under the card; files are made when they are asked for."""

    def brief() -> bytes:
        # the PDF's libraries are loaded by the first who wants one
        from maps.brief import brief_bytes

        return brief_bytes(str(state.department), period=state.period, lang=say.lang)

    def figures() -> bytes:
        return csv_bytes(results_for(state.period, state.base), "T1", period=state.period)

    period = state.period.replace("/", "_")
    with st.container(horizontal=True, key="card_tools", gap="small"):
        st.download_button(
            say("card.brief"),
            brief,
            file_name=f"atlas-{state.department}-{period}-{say.lang}.pdf",
            mime="application/pdf",
            key="card_brief",
            on_click="ignore",
        )
        st.download_button(
            say("card.figures"),
            figures,
            file_name=f"atlas-{period}-{state.base}.csv",
            mime="text/csv",
            key="card_figures",
            on_click="ignore",
        )
        st.button(say("card.close"), key="card_close", on_click=_close)
