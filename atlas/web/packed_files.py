"""Streamlit's own files, smaller: scripts and styles compressed, two fonts with what pages use.

Its server sends them as they are: 376 kB of icons, and 171 kB of a text font that is asked for
before the theme, which takes the system's, has come.
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.web.streamlit_internals import static_folder

PACKED = {".js", ".css", ".svg", ".json"}
OWN_FONTS = {"MaterialSymbols-Rounded": "icons.woff", "SourceSansVF-Upright": "blank.woff"}
"""files of ours in the place of Streamlit's: the icons that it or a page names, and no letter"""
_FOREVER = "public, immutable, max-age=31536000"
"""as Streamlit says of them: their names hold a digest of their bytes"""


class PackedFiles:
    """ASGI middleware that compresses Streamlit's files once and stores them in memory."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a file worth compressing; pass on everything else."""
        if scope["type"] == "http" and scope["path"].startswith("/static/"):
            asked, path = Headers(scope=scope), scope["path"]
            is_plain = scope["method"] in ("GET", "HEAD") and "range" not in asked
            font = OWN_FONTS.get(path.removeprefix("/static/media/").split(".")[0])
            content, headers, kind = (
                None,
                {"Cache-Control": _FOREVER},
                mimetypes.guess_type(path)[0],
            )
            if is_plain and font:
                content, kind = _font(font), "font/woff"
            elif is_plain and "gzip" in asked.get("accept-encoding", ""):
                content = await run_in_threadpool(_packed, path)
                headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            if content is not None:
                await Response(content, headers=headers, media_type=kind)(scope, receive, send)
                return
        await self.app(scope, receive, send)


@lru_cache(maxsize=len(OWN_FONTS))
def _font(name: str) -> bytes:
    return (Path(__file__).resolve().parent / "static" / name).read_bytes()


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """Every file that is compressed, by its address: looked up, never joined to a path."""
    folder = static_folder()
    files = (path for path in (folder / "static").rglob("*") if path.suffix in PACKED)
    return {f"/{path.relative_to(folder).as_posix()}": path for path in files}


@lru_cache(maxsize=512)
def _packed(address: str) -> bytes | None:
    path = _files().get(address)
    return gzip.compress(path.read_bytes(), compresslevel=9, mtime=0) if path else None
