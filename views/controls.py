"""One choice out of a list of codes: the label is words, the value a code, so links stay short."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from messages import Words


def choose_code(
    say: Words, label: str, codes: Sequence[str], *, chosen: str, key: str, words_of: str
) -> str:
    """Draw a row of buttons and return the chosen code.

    Parameters
    ----------
    label : str
        Key of the control's name, for screen readers.
    codes : sequence of str
        What may be chosen.
    chosen : str
        What is chosen at first.
    key : str
        The control's key in the session.
    words_of : str
        Pattern of a button's message key, with ``{code}``.
    """
    return st.segmented_control(
        say(label),
        codes,
        default=chosen,
        required=True,
        key=key,
        format_func=lambda code: say(words_of.format(code=code)),
        label_visibility="collapsed",
        wrap=True,
    )
