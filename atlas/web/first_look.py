"""What a reader sees before Streamlit has loaded: the page's heading and the link's own map.

Streamlit's shell is empty until its scripts have run. The answer to a page's address is that shell
with a look in it, made of the same scene as the picture; ``static/look.js`` lays it over the place
of the live map and takes it away when that map has been drawn. Nothing of Streamlit's is changed on
the disk, and no plan and no own figure is ever in it.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import math
import re
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import shapely
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from atlas.html import render
from atlas.results.matrix import block_of, blocks, finding_of, matrix_rows
from atlas.results.sentences import ratio_text
from atlas.view import LEVELS, View
from atlas.web.errors import offered_pages
from atlas.words import LANGUAGES, Words, preferred_language, words
from geo.errors import GeoError
from layers.palette import GROUND
from layers.picture.items import map_items
from layers.picture.record import MapPicture, Region
from layers.picture.scene import Image, Item, Scene, Text, fit
from layers.picture.scene import View as Frame
from layers.picture.svg import inline_svg
from layers.picture.typography import width_of

LOOK_FOLDER = Path(__file__).resolve().parent / "static"
WAIT_SECONDS = 0.3
"""An answer waits so long for a look that nobody has asked for yet; then it goes without."""
MOST_LOOKS = 256
LEADS = {
    "figures": "figures.lead",
    "planner": "plan.lead",
    "own_data": "own.lead",
    "public": "awareness.lead",
}
"""the message under the heading of each page that has neither map nor matrix"""
Form = Literal["wide", "narrow"]
_SIZES: dict[Form, tuple[float, float]] = {"wide": (775, 687), "narrow": (369, 510)}
"""of the live map on a screen of 1280 and of 390 pixels"""
_TEXT_SCALE = 1.22
_ACROSS: dict[Form, float] = {"wide": 0.7, "narrow": 0.5}
_BEYOND = 240.0
"""units that are drawn on each side of the window: other screens show more"""
_SHELL_TITLE = "<title>Streamlit</title>"


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
        """Answer a page's address; everything else goes on untouched."""
        feature = self.feature_of.get(scope.get("path", "")) if scope["type"] == "http" else None
        if feature is None or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        link = dict(request.query_params)
        if link.get("lang") not in LANGUAGES:
            link["lang"] = preferred_language(request.headers.get("accept-language"))
        view = View.from_link(link)
        making = asyncio.wrap_future(_look_of(feature, view))
        try:
            look = await asyncio.wait_for(asyncio.shield(making), WAIT_SECONDS)
        except (TimeoutError, GeoError):  # made for the next reader, or told by the page itself
            look = _packed(shell("", "", view.lang))
        await _response(look, request.headers)(scope, receive, send)


def _response(look: Look, asked: Headers) -> Response:
    headers = {
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding, Accept-Language",
        "ETag": look.etag,
    }
    if look.etag in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = look.html
    if "gzip" in asked.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = look.packed, "gzip"
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


_MAKERS = ThreadPoolExecutor(1, thread_name_prefix="first-look")


@lru_cache(maxsize=MOST_LOOKS)
def _kept(feature: str, link: tuple[tuple[str, str], ...]) -> Future[Look]:
    return _MAKERS.submit(_make, feature, View.from_link(dict(link)))


def _look_of(feature: str, view: View) -> Future[Look]:
    """The look of a page and view, being made or made before; a fault is not kept."""
    fields = view.link() if feature in ("map", "hotspots") else {}
    look = _kept(feature, tuple(sorted({**fields, "lang": view.lang}.items())))
    if look.done() and look.exception() is not None:
        _kept.cache_clear()
    return look


def warm_looks() -> None:
    """Make the looks of the map that a new reader meets, in every language."""
    for lang in LANGUAGES:
        _look_of("map", View(lang=lang)).result()


def _make(feature: str, view: View) -> Look:
    say = words(view.lang)
    title = say(_nav_key(feature))
    parts: dict[str, Any] = {"heading": title, "maps": [], "sentence": "", "rows": []}
    if feature == "map":
        from atlas.paper.picture import map_picture

        picture = map_picture(view.changed(second=None))
        parts["heading"] = picture.title
        parts["maps"] = [(form, still_map(picture, view, form)) for form in _SIZES]
    if feature == "hotspots":
        parts |= _matrix(view, say)
    if feature in ("map", "hotspots") and view.level == LEVELS[0]:
        parts["sentence"] = finding_of(view.department, view.period, view.base, say)
    elif feature in LEADS:
        parts["sentence"] = say(LEADS[feature])
    pages = [
        (f"/{path}?lang={view.lang}", say(_nav_key(name)), name == feature)
        for name, path in offered_pages().items()
    ]
    look = render("look", say, page=feature, pages=pages, **parts)
    about = parts["sentence"] or say("map.caveat")
    return _packed(shell(f"{title} · Atlas Trata Perú", about, view.lang, look))


def _matrix(view: View, say: Words) -> dict[str, Any]:
    """The matrix of Focos as a plain table: the years of the registry and base of a view."""
    block = block_of(view.period, view.base)
    place = blocks().index(block)
    rows = [
        (
            level["department"],
            [(cell["verdict"], ratio_text(cell["smr"], say)) for cell in cells[place]],
        )
        for level, cells in matrix_rows(view.registry)
    ]
    name = say(
        "focos.block",
        registry=say(f"focos.registry.{block.registry}"),
        base=say(f"base.{block.base}"),
    )
    return {"caption": name, "heads": block.heads(say), "rows": rows}


def _nav_key(feature: str) -> str:
    return {"own_data": "nav.own", "public": "nav.awareness"}.get(feature, f"nav.{feature}")


def still_map(picture: MapPicture, view: View, form: Form) -> Markup:
    """The map of a picture as an element of the page, laid out for a wide or a narrow screen.

    Department names lead to their card; colours of the ground and of the names beside it follow the
    reader's theme by variables of ``static/look.css``.
    """
    width, height = _SIZES[form]
    west, south, east, north = shapely.total_bounds([area.geometry for area in picture.regions])
    bounds = (float(west), float(south), float(east), float(north))
    inner = fit(bounds, left=0, top=0, width=width, height=height, padding=14, across=_ACROSS[form])
    whole = replace(
        inner,
        left=-_BEYOND,
        top=-_BEYOND,
        width=width + 2 * _BEYOND,
        height=height + 2 * _BEYOND,
        west=inner.west - math.degrees(_BEYOND / inner.scale),
        north=inner.north + _BEYOND / inner.scale,
    )
    margin = whole.frame.difference(inner.frame.buffer(-2))
    marks = tuple(
        mark for mark in picture.marks if mark.kind not in ("capital", "country", "ocean")
    )
    regions = tuple(_named(region, inner, form) for region in picture.regions)
    bare = replace(picture, marks=marks, regions=regions)
    items = map_items(bare, whole, taken=(margin,), text_scale=_TEXT_SCALE)
    codes = {region.name.upper(): region.code for region in picture.regions}
    themed = tuple(_themed(item, view, codes) for item in items)
    about = " ".join([picture.subtitle, *picture.source[:1]])
    scene = Scene(whole.width, whole.height, themed, picture.title, about, picture.lang)
    return Markup(inline_svg(scene, (0, 0, width, height)))


def _named(region: Region, view: Frame, form: Form) -> Region:
    """A region as the live map names it: a figure where it says something, no name that would need
    a line across a narrow screen."""
    if region.outline != "none" or region.is_marked:
        return region
    left, _, right, _ = view.seen(region.geometry).bounds
    width = width_of(region.name.upper(), 8.8 * _TEXT_SCALE, "semibold")
    is_named = form == "wide" or right - left > 0.8 * width
    return replace(region, value="", name=region.name if is_named else "")


_THEMED = {color: f"var(--{name})" for name, color in GROUND["light"].items()}
"""colours of the ground, which the page's theme changes"""


def _themed(item: Item, view: View, codes: dict[str, str]) -> Item:
    """An item with the theme's colours; the name of a department leads to its card."""
    if isinstance(item, Text):
        code, on_ground = codes.get(item.text), item.halo in _THEMED
        return replace(
            item,
            color="var(--ink)" if on_ground else item.color,
            halo=_THEMED.get(item.halo or "", item.halo),
            link=f"?{urlencode(view.changed(department=code).link())}" if code else "",
        )
    if isinstance(item, Image):
        return item
    fill, stroke = (_THEMED.get(color or "", color) for color in (item.fill, item.stroke))
    return replace(item, fill=fill, stroke=stroke)


@lru_cache(maxsize=1)
def _streamlit_shell() -> str:
    from streamlit import file_util

    return (Path(file_util.get_static_dir()) / "index.html").read_text("utf-8")


def shell(title: str, about: str, lang: str, look: str = "") -> str:
    """Streamlit's shell with a title, a description and a language of ours, and a look in it."""
    head = [
        f"<title>{Markup.escape(title or 'Atlas Trata Perú')}</title>",
        Markup('<meta name="description" content="{}" />').format(about) if about else "",
        '<link rel="stylesheet" href="/assets/look/look.css" />' if look else "",
        '<script src="/assets/look/look.js"></script>' if look else "",
    ]
    # a font of 170 kB that no page uses: the theme takes the system's
    html = re.sub(r'<link\s+rel="preload"[^>]*as="font"[^>]*/>', "", _streamlit_shell(), count=1)
    html = html.replace('<html lang="en">', f'<html lang="{lang}">', 1)
    html = html.replace(_SHELL_TITLE, "".join(head), 1)
    if look:
        html = re.sub(r"<noscript>.*?</noscript>", "", html, count=1, flags=re.DOTALL)
        html = html.replace('<div id="root">', f'{look}<div id="root">', 1)
    return html


def _packed(html: str) -> Look:
    content = html.encode("utf-8")
    digest = hashlib.sha256(content).hexdigest()[:20]
    return Look(content, gzip.compress(content, compresslevel=6, mtime=0), f'W/"{digest}"')
