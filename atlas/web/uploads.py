"""Uploads on the server: in memory only, few at a time, gone with their session.

Starlette spools a part above 1 MB to the disk, one session may send any number of files, and the
memory of a closed session is kept until another one closes, with what was made for its downloads.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import pyexpat
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.formparsers import MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.own_files.isolation import require_limits
from atlas.web.streamlit_internals import forget_closed_sessions, held_uploads
from data.readers.gdal_drivers import SERVER_SETTINGS

_LOG = logging.getLogger(__name__)
UPLOAD_PATH = "/_stcore/upload_file/"
UPLOADS_PER_SESSION = 10
"""Files of one session that the server may hold at a time; a page lets go of each once read."""
SWEEP_SECONDS = 15.0
MENDED_EXPAT = (2, 7, 2)
"""The parser of uploaded KML and XLSX from which a small file no longer takes much memory
(CVE-2025-59375); older ones also read some files for ever."""
MENDED_PYTHON = ((3, 11, 14), (3, 12, 12), (3, 13, 8))
"""Least releases that bundle it; Linux distributions mend their own, or bring a newer one."""
_IN_MEMORY_BYTES = 16 << 20
"""Above server.maxUploadSize, so that no upload ever reaches the spool's file."""


def keep_uploads_in_memory() -> None:
    """Let the form parser hold a whole upload in memory; its default writes from 1 MB on."""
    MultiPartParser.spool_max_size = _IN_MEMORY_BYTES


def guard_process() -> None:
    """Switch off core dumps, so that a crash writes no memory to disk, and limit GDAL's drivers."""
    loaded = [name for name in ("pyogrio", "rasterio") if name in sys.modules]
    if loaded:
        raise RuntimeError(f"{' and '.join(loaded)} came before the drivers were chosen")
    os.environ.update(SERVER_SETTINGS)
    if sys.platform == "win32":
        require_limits()
    else:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def old_parser() -> str:
    """Return one line about a Python whose XML parser has known faults; empty for one without."""
    if pyexpat.version_info >= MENDED_EXPAT:
        return ""
    wanted = ", ".join(".".join(map(str, release)) for release in MENDED_PYTHON)
    return (
        f"This Python reads uploaded KML and XLSX with {pyexpat.EXPAT_VERSION}, which has known "
        f"faults: a reading child and its limits hold them in. Use Python {wanted} or newer."
    )


class UploadGuard:
    """ASGI middleware: refuses uploads without a page for them, and limits them per session."""

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
                # a page that is left or loaded anew takes its file back: no fault for the log
                with contextlib.suppress(ClientDisconnect):
                    await self.app(scope, receive, send)
            finally:
                self._on_the_way[session] -= 1
                if not self._on_the_way[session]:
                    del self._on_the_way[session]
            return
        await self.app(scope, receive, send)


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
    """Forget closed sessions and leftovers of runs every few seconds; call ``begin`` at start."""

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
