"""One choice out of a list of codes: the label is words, the value a code, so links stay short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from messages import Words
from views.language import language_control


def choose_code(
    say: Words,
    label: str,
    codes: Sequence[str],
    *,
    chosen: str,
    key: str,
    words_of: str,
    is_off: bool = False,
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
    is_off : bool
        Whether there is nothing to choose: the buttons are shown and switched off.
    """
    return st.segmented_control(
        say(label),
        codes,
        default=chosen,
        required=True,
        key=key,
        format_func=lambda code: say(words_of.format(code=code)),
        label_visibility="collapsed",
        disabled=is_off,
        wrap=True,
    )


@contextmanager
def folding_controls(say: Words, label: str) -> Iterator[None]:
    """Draw the row of a page's controls; on a phone it folds, the switch of language never does.

    Parameters
    ----------
    label : str
        Key of the words on the fold's switch.
    """
    with st.container(horizontal=True, key="control_bar", vertical_alignment="top"):
        with st.container(key="fold"):
            st.toggle(say(label), key="show_controls")
        with st.container(horizontal=True, key="controls", vertical_alignment="center"):
            yield
        with st.container(key="language_box", width="content"):
            language_control(say)
