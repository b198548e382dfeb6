"""Every use of Streamlit's internals, which it may change at any time.

Written for Streamlit 1.67. When ``tests/atlas/web/test_streamlit_internals.py`` fails after an
upgrade, the test's docstring says what to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """The current run of a page: its session, and how the reader came."""

    session: str
    page: str
    is_history_navigation: bool
    """whether the reader went Back or Forward"""


def current_run() -> Run | None:
    """Return the run that this thread draws, None outside of one."""
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    if context is None:
        return None
    return Run(context.session_id, context.page_script_hash, context.is_history_navigation)


def static_folder() -> Path:
    """Return the folder of the shell and its scripts."""
    from streamlit import file_util

    return Path(file_util.get_static_dir())


def held_uploads(session: str) -> int:
    """Files of a session that the server holds; the page takes each out as soon as it is read.

    No public way counts without knowing the files' names.
    """
    server = _server()
    return 0 if server is None else len(server.uploaded_file_mgr.file_storage.get(session, ()))


def forget_uploads(session: str) -> None:
    """Drop the files that a session has sent."""
    if (server := _server()) is not None:
        server.uploaded_file_mgr.remove_session_files(session)


def forget_downloads(session: str) -> None:
    """Drop every file that a session can download, and the functions that would make them, at once.

    A file made by a click belongs to no session: the store drops it when it is asked a second time.
    """
    if (server := _server()) is not None:
        server.media_file_mgr.clear_session_refs(session)
        server.media_file_mgr.remove_orphaned_files()
        server.media_file_mgr.remove_orphaned_files()


def forget_closed_sessions() -> int:
    """Let go of sessions that have been closed longer than server.disconnectedSessionTTL.

    The storage drops what has expired only when another session closes, and then something of the
    server still points at it, so it is emptied and not only let go.
    """
    server = _server()
    if server is None:
        return 0
    expired = server._session_mgr._session_storage._cache.expire()
    for _, info in expired:
        info.session.shutdown()
        info.session.session_state.clear()
        forget_downloads(info.session.id)
    return len(expired)


def _server() -> Any:
    """The running server, None without one."""
    from streamlit import runtime

    return runtime.get_instance() if runtime.exists() else None
