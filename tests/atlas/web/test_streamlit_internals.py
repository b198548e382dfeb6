"""The private parts of Streamlit that are used: written for 1.67, asked of the installed one."""

from __future__ import annotations

import weakref
from dataclasses import fields
from types import SimpleNamespace

import pytest
import streamlit

from atlas.web.streamlit_internals import (
    current_run,
    forget_closed_sessions,
    forget_downloads,
    forget_uploads,
    held_uploads,
    static_folder,
)

VERSION = f"Streamlit {streamlit.__version__}"


def test_a_run_knows_its_session_its_page_and_whether_one_went_back():
    """If it fails: ``ScriptRunContext`` of ``streamlit/runtime/scriptrunner_utils``."""
    from streamlit.runtime.scriptrunner import ScriptRunContext

    names = {field.name for field in fields(ScriptRunContext)} | set(dir(ScriptRunContext))
    assert {"session_id", "page_script_hash", "is_history_navigation"} <= names, VERSION
    assert current_run() is None


def test_the_shell_is_where_it_is_rewritten():
    """If it fails: ``index.html`` of ``streamlit/static``, which first_look.py takes apart."""
    html = (static_folder() / "index.html").read_text("utf-8")
    for part in ('<html lang="en">', "<title>Streamlit</title>", "</head>", '<div id="root">'):
        assert html.count(part) == 1, (VERSION, part)


def test_the_storage_of_sessions_can_be_asked_what_has_expired():
    """If it fails: ``streamlit/runtime/websocket_session_manager.py`` and its storage."""
    from streamlit.runtime.memory_session_storage import MemorySessionStorage
    from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

    assert MemorySessionStorage(ttl_seconds=0)._cache.expire() is not None, VERSION
    assert "_session_storage" in WebsocketSessionManager.__init__.__code__.co_names, VERSION


def test_uploads_are_counted_and_dropped_by_session(monkeypatch):
    """If it fails: ``MemoryUploadedFileManager.file_storage``."""
    from streamlit import runtime
    from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    manager.add_file("a", UploadedFileRec("1", "x.csv", "text/csv", b"x"))
    monkeypatch.setattr(runtime, "exists", lambda: True)
    server = SimpleNamespace(uploaded_file_mgr=manager)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    assert (held_uploads("a"), held_uploads("b")) == (1, 0), VERSION
    forget_uploads("a")
    assert held_uploads("a") == 0


def test_a_closed_session_forgets_even_if_something_points_at_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server keeps a reference to a session that is over; what the session held is gone.

    If it fails: ``SessionStorage`` of ``streamlit/runtime/memory_session_storage.py``.
    """
    from streamlit import runtime
    from streamlit.runtime.media_file_manager import MediaFileManager
    from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
    from streamlit.runtime.state import SessionState

    class Rows(list[str]):
        """A list that can be watched."""

    state = SessionState()
    state["own"] = Rows(["a row"])
    watched = weakref.ref(state["own"])
    shut: list[str] = []
    session = SimpleNamespace(session_state=state, shutdown=lambda: shut.append("shut"), id="id")
    cache = SimpleNamespace(expire=lambda: [("id", SimpleNamespace(session=session))])
    storage = SimpleNamespace(_cache=cache)
    server = SimpleNamespace(
        _session_mgr=SimpleNamespace(_session_storage=storage),
        media_file_mgr=MediaFileManager(MemoryMediaFileStorage("/media")),
    )
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: server)
    assert watched() is not None
    assert forget_closed_sessions() == 1
    assert shut == ["shut"]
    assert watched() is None
    assert session is not None


def test_downloads_go_with_their_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads made by a click or waiting in the page go; another session's picture stays.

    If it fails: ``streamlit/runtime/media_file_manager.py``.
    """
    from streamlit import runtime
    from streamlit.runtime import media_file_manager
    from streamlit.runtime.media_file_manager import MediaFileManager
    from streamlit.runtime.media_file_storage import MediaFileStorageError
    from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

    storage = MemoryMediaFileStorage("/media")
    manager = MediaFileManager(storage)
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=manager))

    def offered(session: str) -> str:
        monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: session)
        manager.add(b"a picture of both", "image/png", "0")
        manager.add(f"page of {session}".encode(), "text/csv", "1", is_for_static_download=True)
        return manager.add_deferred(lambda: f"rows of {session}".encode(), "text/csv", "2")

    own, other = offered("a"), offered("b")
    made = manager.execute_deferred(own).removeprefix("/media/")
    forget_downloads("a")
    with pytest.raises(MediaFileStorageError):
        storage.get_file(made)
    with pytest.raises(MediaFileStorageError):
        manager.execute_deferred(own)
    left = {file.content for file in storage._files_by_id.values()}
    assert left == {b"a picture of both", b"page of b"}
    theirs = manager.execute_deferred(other).removeprefix("/media/")
    assert storage.get_file(theirs).content == b"rows of b"
    forget_downloads("b")
    assert not storage._files_by_id
