"""Streamlit's own scripts and styles, compressed: its server sends them as they are."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

PACKED = {".js", ".css", ".svg", ".json"}
_FOREVER = "public, immutable, max-age=31536000"
"""as Streamlit says of them: their names hold a digest of their bytes"""


class PackedFiles:
    """ASGI middleware: gzip for Streamlit's text files, made once and kept in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a file that is worth it; everything else goes on untouched."""
        if scope["type"] == "http" and scope["path"].startswith("/static/"):
            asked = Headers(scope=scope)
            is_plain = scope["method"] in ("GET", "HEAD") and "range" not in asked
            if is_plain and "gzip" in asked.get("accept-encoding", ""):
                packed = await run_in_threadpool(_packed, scope["path"])
                if packed is not None:
                    headers = {
                        "Content-Encoding": "gzip",
                        "Vary": "Accept-Encoding",
                        "Cache-Control": _FOREVER,
                    }
                    kind = mimetypes.guess_type(scope["path"])[0]
                    await Response(packed, headers=headers, media_type=kind)(scope, receive, send)
                    return
        await self.app(scope, receive, send)


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """Every file that is compressed, by its address: looked up, never joined to a path."""
    from streamlit import file_util

    folder = Path(file_util.get_static_dir())
    files = (path for path in (folder / "static").rglob("*") if path.suffix in PACKED)
    return {f"/{path.relative_to(folder).as_posix()}": path for path in files}


@lru_cache(maxsize=512)
def _packed(address: str) -> bytes | None:
    path = _files().get(address)
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0) if path else None
