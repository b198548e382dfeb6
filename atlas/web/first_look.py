"""Answer a page's first look, before Streamlit loads: its heading and the link's own map.

Streamlit's shell is empty until its scripts have run. The answer to a page's address is that shell
with a still page in it (``still_page.py``), which ``static/look/look.js`` takes away when the live
page has come. One that has to be made first is sent behind the head: scripts load meanwhile.
Nothing of Streamlit's is changed on the disk.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import logging
import re
import threading
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.html import render
from atlas.settings import offered_pages
from atlas.web.errors import page_title
from atlas.web.preview import preview_tags
from atlas.web.streamlit_internals import static_folder
from atlas.words import LANGUAGES, preferred_language, words
from data.cache import cached
from data.catalogue import figures_edition
from geo.errors import GeoError

_STATIC = Path(__file__).resolve().parent / "static"
LOOK_FOLDER = _STATIC / "look"
"""style and script of the look, what a server offers under /assets/look/"""
STORED_MAP = _STATIC / "first_map.json.gz"
"""what a new reader meets, in both languages: the look, the frame and the layers of the live map
(``python -m studies.stored_map`` draws them)"""
AT_ONCE = 0.03
"""seconds within which a look that is there comes"""
WAIT_SECONDS = 10.0
"""The rest of an answer waits so long for a look: the live page would wait for the same figures."""
MOST_LOOKS = 256
MOST_WAITING = 4
"""Looks that may wait for the maker: whoever asks for one more gets a page without a look at once,
so that links of many departments, asked for together, delay nobody by more than these."""
OF_A_VIEW = ("map", "hotspots")
"""pages whose look depends on more of a link than its language"""


@dataclass(frozen=True, slots=True)
class Look:
    """The shell with a look in it, ready to be sent."""

    html: bytes
    packed: bytes
    etag: str


class FirstLook:
    """ASGI middleware: the shell of a page's address with a first look in it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.feature_of = {f"/{path}": name for name, path in offered_pages().items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a page's address; pass on everything else."""
        feature = self.feature_of.get(scope.get("path", "")) if scope["type"] == "http" else None
        if feature is None or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        link = dict(request.query_params)
        if link.get("lang") not in LANGUAGES:
            link["lang"] = preferred_language(request.headers.get("accept-language"))
        making = asyncio.ensure_future(_made(feature, link))
        await asyncio.wait([making], timeout=AT_ONCE)
        is_packed = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language"}
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        if making.done() and (look := making.result()):
            headers["ETag"] = look.etag
            if look.etag in request.headers.get("if-none-match", ""):
                del headers["Content-Encoding"]
                response = Response(status_code=304, headers=headers)
            else:
                content = look.packed if is_packed else look.html
                response = Response(content, headers=headers, media_type=_HTML)
        else:
            headers["X-Accel-Buffering"] = "no"  # nginx would hold the head back
            parts = _in_parts(feature, link["lang"], making)
            content = _compressed(parts) if is_packed else parts
            response = StreamingResponse(content, headers=headers, media_type=_HTML)
        await response(scope, receive, send)


_HTML = "text/html; charset=utf-8"
_MAKERS = ThreadPoolExecutor(1, thread_name_prefix="first-look")
_waiting = threading.BoundedSemaphore(MOST_WAITING)


class _QueueFullError(Exception):
    """No more looks may wait for the maker."""


async def _in_parts(feature: str, lang: str, making: asyncio.Future) -> AsyncIterator[bytes]:
    """The shell's head, so that its scripts load, then tags and look; without one the country's."""
    head, body, rest = shell(feature, lang)
    yield head.encode()
    await asyncio.wait([making], timeout=WAIT_SECONDS)
    look = making.result() if making.done() else None
    if look:
        yield look.html[len(head.encode()) :]
    else:
        title = await run_in_threadpool(_country_title, lang)
        tags = preview_tags(feature, {"lang": lang}, title, title, words(lang))
        yield f"{tags}{body}{rest}".encode()


async def _compressed(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    async for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


async def _made(feature: str, link: dict[str, str]) -> Look | None:
    """Return the look of a link; None if it cannot be drawn: the page will say why."""
    try:
        making = await run_in_threadpool(_look_of, feature, link)
        return await asyncio.shield(asyncio.wrap_future(making))
    except (GeoError, _QueueFullError):
        return None
    except Exception:
        logging.getLogger(__name__).exception("the first look of %s", feature)
        return None


@cached(most=MOST_LOOKS)
def _kept(feature: str, link: tuple[tuple[str, str], ...]) -> Future[Look]:
    if not _waiting.acquire(blocking=False):
        raise _QueueFullError
    making = _MAKERS.submit(_make, feature, dict(link))
    making.add_done_callback(lambda _: _waiting.release())
    return making


def _look_of(feature: str, link: dict[str, str]) -> Future[Look]:
    """Return the look of a page and link, new or stored; faults are not stored."""
    fields = {"lang": link["lang"]}
    if feature in OF_A_VIEW and link != fields:
        from atlas.view import View  # with all that judges: not for a reader's first page

        asked = View.from_link(link).link()
        fields = fields if asked == View.from_link(fields).link() else asked
    look = _kept(feature, tuple(sorted(fields.items())))
    if look.done() and look.exception() is not None:
        _kept.forget()
    return look


def warm_look(lang: str) -> None:
    """Make the look of the map that a new reader meets."""
    _look_of("map", {"lang": lang}).result()


_PARTS = {"sentence": "", "counted": "", "finding": "", "rows": []}


def _make(feature: str, link: dict[str, str]) -> Look:
    is_first = feature == "map" and len(link) == 1
    content = dict(stored_map(link["lang"]).get("look", {})) if is_first else {}
    if not content:
        from atlas.view import View
        from atlas.web.still_page import look_content

        content = look_content(feature, View.from_link(link))
    say = words(link["lang"])
    content["maps"] = [(form, Markup(svg)) for form, svg in content.get("maps", ())]
    content["pages"] = [
        (f"/{path}?lang={say.lang}", say(page_title(name)), name == feature)
        for name, path in offered_pages().items()
    ]
    content = {"page": feature, **_PARTS, **content}
    title = str(content["sentence"] or content["finding"] or content["heading"])
    tags = preview_tags(feature, link, title, _country_title(say.lang), say)
    head, body, rest = shell(feature, say.lang)
    html = f"{head}{tags}{body}{render('look', say, **content)}{rest}".encode()
    etag = f'W/"{hashlib.sha256(html).hexdigest()[:20]}"'
    return Look(html, gzip.compress(html, compresslevel=6, mtime=0), etag)


def _country_title(lang: str) -> str:
    """The finding of the country in its newest period, as far as it is known without waiting."""
    return stored_map(lang).get("look", {}).get("sentence") or words(lang)("look.country")


@cached(most=len(LANGUAGES))
def stored_map(lang: str) -> dict[str, Any]:
    """The look, frame and layers of the map that a new reader meets; empty of other figures."""
    stored = json.loads(gzip.decompress(STORED_MAP.read_bytes()))
    return stored[lang] if stored["figures"] == figures_edition() else {}


@lru_cache(maxsize=len(LANGUAGES) * 8)
def shell(feature: str, lang: str) -> tuple[str, str, str]:
    """Return Streamlit's page with our head, split before ``</head>`` and before the app's root."""
    say = words(lang)
    title, description = f"{say(page_title(feature))} · Atlas Trata Perú", say("map.caveat")
    head = (
        Markup("<title>{}</title>").format(title)
        + Markup('<meta name="description" content="{}" />').format(description)
        + Markup('<link rel="stylesheet" href="/assets/look/look.css" />')
        + Markup('<script src="/assets/look/look.js"></script>')
    )
    html = (static_folder() / "index.html").read_text("utf-8")
    # a font of 170 kB that no page uses: the theme takes the system's
    html = re.sub(r'<link\s+rel="preload"[^>]*as="font"[^>]*/>', "", html, count=1)
    html = re.sub(r"<noscript>.*?</noscript>", "", html, count=1, flags=re.DOTALL)
    html = html.replace('<html lang="en">', f'<html lang="{lang}">', 1)
    html = html.replace("<title>Streamlit</title>", head, 1)
    head, end, more = html.partition("</head>")
    before, root, after = more.partition('<div id="root">')
    return head, end + before, root + after
