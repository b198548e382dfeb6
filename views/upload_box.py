"""A box that takes one file into memory, hands its bytes on and lets go of them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from messages import Words
from records.limits import PAGE_ZONES_BYTES
from uploads import forget_downloads
from views.component import component

_STYLE = (Path(__file__).resolve().parent / "components" / "upload.css").read_text("utf-8")


def release_files() -> None:
    """Take the session's uploads and downloads out of the server's memory, at once.

    The page has what it needs of an upload, and the run that follows offers its downloads anew.
    """
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)
        forget_downloads(context.session_id)


def _agree(name: str) -> None:
    st.session_state["own_agreed"] = st.session_state[name]


def upload_box(
    say: Words, *, key: str, label: str, largest: int, take: Callable[[str, bytes], None]
) -> None:
    """Draw the consent and the box; a file is handed to ``take`` and forgotten.

    Parameters
    ----------
    say : Words
    key : str
        First part of the keys ``{key}_consent`` and ``{key}_file_N``.
    label : str
        Message that tells what the box takes, up to {limit}.
    largest : int
        Bytes that ``take`` accepts. The browser sends up to PAGE_ZONES_BYTES from any box, so that
        what is too large for this one is refused as any other file.
    take : callable
        Is given the name of the file, which is never a path and has to be escaped, and its bytes;
        what of it may stay is put into the session by it.
    """
    agreed: bool = st.session_state.setdefault("own_agreed", False)
    name = f"{key}_consent"
    # one consent for every box, on this page and the next: a box's own key dies with its page
    st.session_state[name] = agreed
    st.checkbox(say("own.consent"), key=name, on_change=_agree, args=(name,))
    turn: int = st.session_state.setdefault(f"{key}_turn", 0)
    browse, limit = say("own.browse"), f"{largest >> 20} MB"
    label_ = f'[data-testid="stFileUploaderDropzone"] button::after {{ content: "{browse}"; }}'
    st.html(f"<style>{_STYLE}\n{label_}</style>")
    with st.container(key=f"{key}_words"):
        words = {"key": key, "label": browse, "too_large": say("own.too_large", limit=limit)}
        component("uploader")(key=f"{key}_uploader", data=words)
    file = st.file_uploader(
        say(label, limit=limit),
        key=f"{key}_file_{turn}",
        disabled=not agreed,
        max_upload_size=PAGE_ZONES_BYTES >> 20,
    )
    if file is None or not agreed:
        return
    with st.spinner(say("own.reading")):
        take(file.name, file.getvalue())
    # a new box for the next file: the old one held this one in memory
    st.session_state[f"{key}_turn"] = turn + 1
    st.session_state["own_deleted"] = False
    del file
    release_files()
    st.rerun()
