"""The switch between Spanish and English, the same on every page."""

from __future__ import annotations

import streamlit as st

from messages import LANGUAGES, Words


def _switch() -> None:
    st.session_state["lang"] = st.session_state["language"]


def language_control(say: Words) -> None:
    """Draw the switch; the page is drawn anew in the chosen language, everything else stays."""
    st.segmented_control(
        say("controls.language"),
        LANGUAGES,
        default=say.lang,
        required=True,
        key="language",
        format_func=str.upper,
        label_visibility="collapsed",
        on_change=_switch,
    )
