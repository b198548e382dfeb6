"""Uploads on the server: in memory only, few at a time, gone with their session.

Starlette spools a part above 1 MB to the disk, one session may send any number of files, and the
memory of a closed session is kept until another one closes. A file made for a download is nobody's
to Streamlit, so it knows no moment to drop it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.own_files.isolation import require_limits
from data.readers.gdal_drivers import SERVER_SETTINGS

_LOG = logging.getLogger(__name__)
UPLOAD_PATH = "/_stcore/upload_file/"
UPLOADS_PER_SESSION = 10
"""Files of one session that the server may hold at a time; a page lets go of each once read."""
SWEEP_SECONDS = 15.0
_IN_MEMORY_BYTES = 16 << 20
"""Above server.maxUploadSize, so that no upload ever reaches the spool's file."""


def keep_uploads_in_memory() -> None:
    """Let the form parser hold a whole upload in memory; its default writes from 1 MB on."""
    MultiPartParser.spool_max_size = _IN_MEMORY_BYTES


def guard_process() -> None:
    """Switch off core dumps, so that a crash writes no memory to disk, and limit the drivers that
    GDAL may load.
    """
    loaded = [name for name in ("pyogrio", "rasterio") if name in sys.modules]
    if loaded:
        raise RuntimeError(f"{' and '.join(loaded)} came before the drivers were chosen")
    os.environ.update(SERVER_SETTINGS)
    if sys.platform == "win32":
        require_limits()
    else:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def held_uploads(session: str) -> int:
    """Files of a session that the server holds; the page takes each out as soon as it is read."""
    from streamlit import runtime

    if not runtime.exists():
        return 0
    # no public way to count without knowing the files' names
    manager: Any = runtime.get_instance().uploaded_file_mgr
    return len(manager.file_storage.get(session, ()))


class UploadGuard:
    """ASGI middleware: no uploads where no page takes any, and few of them held per session."""

    def __init__(self, app: ASGIApp, *, is_open: bool) -> None:
        self.app = app
        self.is_open = is_open
        self._on_the_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an upload that is one too many, pass everything else on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or UPLOAD_PATH not in path:
            await self.app(scope, receive, send)
            return
        if not self.is_open:
            await PlainTextResponse("no uploads here", status_code=404)(scope, receive, send)
            return
        if scope["method"] == "PUT":
            session = path.partition(UPLOAD_PATH)[2].partition("/")[0]
            if held_uploads(session) + self._on_the_way[session] >= UPLOADS_PER_SESSION:
                refusal = PlainTextResponse("too many uploads in this session", status_code=429)
                await refusal(scope, receive, send)
                return
            self._on_the_way[session] += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self._on_the_way[session] -= 1
                if not self._on_the_way[session]:
                    del self._on_the_way[session]
            return
        await self.app(scope, receive, send)


_made: dict[str, set[str]] = {}
"""Session to the files that were made for its downloads, as the media store names them."""


def keep_track_of_downloads() -> None:
    """Note whose click a file was made for, so that it can go with what it was made of."""
    from streamlit.runtime.media_file_manager import MediaFileManager
    from streamlit.runtime.media_file_storage import MediaFileStorageError

    make: Any = MediaFileManager.execute_deferred

    def execute_deferred(self: Any, file_id: str) -> str:
        session = self._deferred_callables.get(file_id, {}).get("session_id", "")
        files = _made.setdefault(session, set())
        address: str = make(self, file_id)
        made = address.rpartition("/")[2].partition(".")[0]
        files.add(made)
        if _made.get(session) is not files:  # forgotten while the file was being made
            _drop(self, made)
            raise MediaFileStorageError("the session's files have been deleted")
        return address

    MediaFileManager.execute_deferred = execute_deferred


def forget_downloads(session: str) -> None:
    """Drop every file that a session can download, and the functions that would make them, at once.

    Streamlit itself keeps them until two more runs of any session have ended.
    """
    from streamlit import runtime

    if not runtime.exists():
        return
    # no public way: files are dropped by their use, never by their owner
    manager: Any = runtime.get_instance().media_file_mgr
    with manager._lock:
        offered = set(manager._files_by_session_and_coord.pop(session, {}).values())
        for waiting in list(manager._deferred_ids_by_session.get(session, ())):
            manager._drop_deferred_id(waiting)
        unused = offered & manager._get_inactive_file_ids()
    # another session may have made the same bytes: its next click makes them anew
    for file_id in unused | _made.pop(session, set()):
        _drop(manager, file_id)


def _drop(manager: Any, file_id: str) -> None:
    with manager._lock:
        manager._storage.delete_file(file_id)
        manager._file_metadata.pop(file_id, None)


def forget_closed_sessions() -> int:
    """Let go of sessions that have been closed longer than server.disconnectedSessionTTL."""
    from streamlit import runtime

    if not runtime.exists():
        return 0
    # no public way: the storage drops what has expired only when another session closes, and then
    # something of the server still points at it, so it is emptied and not only let go
    server: Any = runtime.get_instance()
    storage = server._session_mgr._session_storage
    expired = storage._cache.expire()
    for _, info in expired:
        info.session.shutdown()
        info.session.session_state.clear()
    for session in [name for name in list(_made) if not server.is_active_session(name)]:
        forget_downloads(session)
    return len(expired)


def collect_left_behind(seen: int, *, forgotten: int = 0) -> int:
    """Collect what runs have left behind in circles, unless nothing has run since the last round.

    Streamlit would look through the whole memory after every run, which took five times as long as
    the run itself; ``runner.postScriptGC`` is off for that (docs/decisions/servers.md). ``seen`` is
    what the last round returned (-1 at first): how often the youngest objects were collected.
    """
    young = int(gc.get_stats()[0]["collections"])
    if forgotten or young != seen:
        gc.collect()
    return young


@contextlib.asynccontextmanager
async def sweeping(
    _: Any, *, begin: Callable[[], object] = lambda: None
) -> AsyncIterator[dict[str, Any]]:
    """Forget closed sessions, and what runs left behind, every few seconds; ``begin`` is called as
    the server starts."""

    async def sweep() -> None:
        seen = -1
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                seen = collect_left_behind(seen, forgotten=forget_closed_sessions())
            except Exception as fault:  # one bad round must not end the rounds
                _LOG.warning("closed sessions could not be dropped: %s", type(fault).__name__)

    begin()
    task = asyncio.create_task(sweep())
    try:
        yield {}
    finally:
        task.cancel()
