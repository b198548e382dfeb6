"""Handlers of the public page and of the API; every answer is made once and kept.

What is asked for is compared with lists; nothing that came is repeated, joined to a path or kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache, wraps
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from data.periods import LATEST_YEAR, PERIOD_CODES
from geo.errors import GeoError
from maps.results import BASES
from messages import LANGUAGES, preferred_language, words
from public.answers import (
    READ_ONLY,
    NotOffered,
    Packed,
    Shelf,
    not_read_only,
    packed,
    problem,
    respond,
)
from public.api import (
    change_json,
    hotspots_json,
    level_json,
    meta_json,
    regions_csv,
    regions_json,
)
from public.card import card_png
from public.contents import MEASURES
from public.csp import page_policy
from public.openapi import LENSES, PARAMETERS, Parameter, openapi_json
from public.page import Links, page_bytes
from public.routes import base_url, page_query
from security import frame_ancestors
from templates import render

HTML = "text/html; charset=utf-8"
_LONGEST_QUERY = 512
"""characters of a query that are read; a longer one is refused unread."""
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_PERIOD, _ = PARAMETERS["regions.json"]
_MEASURE = Parameter("measure", MEASURES, MEASURES[0], "By what the map is coloured at first.")
Handler = Callable[[Request], Awaitable[Response]]


def _page(lang: str, period: str, measure: str) -> Packed:
    (other,) = (code for code in LANGUAGES if code != lang)
    query = page_query(period, measure)
    links = Links(
        other_language=f"/public/{other}{query}",
        card=f"/public/card/{lang}.png{query}",
        path=f"public/{lang}{query}",
    )
    content = page_bytes(lang, period=period, measure=measure, links=links, base_url=base_url())
    policy = page_policy(content, frame_ancestors=frame_ancestors())
    headers = {"Content-Security-Policy": policy, "Content-Language": lang}
    return packed(content, HTML, headers)


def _card(lang: str, period: str, measure: str) -> Packed:
    return packed(card_png(lang, period=period, measure=measure), "image/png")


_STATES = len(LANGUAGES) * len(PERIOD_CODES)
PAGES = Shelf(_page, places=_STATES * len(MEASURES))
CARDS = Shelf(_card, places=_STATES * len(MEASURES))
REGIONS_JSON = Shelf(regions_json, places=len(PERIOD_CODES) * len(BASES))
REGIONS_CSV = Shelf(regions_csv, places=len(PERIOD_CODES) * len(BASES))
CHANGE = Shelf(change_json, places=64)
LEVEL = Shelf(level_json, places=1)
HOTSPOTS = Shelf(hotspots_json, places=len(PERIOD_CODES) * len(LENSES))
META = Shelf(meta_json, places=1)
OPENAPI = Shelf(openapi_json, places=1)


def _read_only(handle: Handler) -> Handler:
    """Answer GET and HEAD, say so to OPTIONS, refuse the rest."""

    @wraps(handle)
    async def guarded(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": "GET, HEAD, OPTIONS"})
        if request.method not in READ_ONLY:
            return not_read_only()
        return await handle(request)

    return guarded


def _open_to_every_origin(handle: Handler) -> Handler:
    """Let any page read the answer: the figures are public and nobody is logged in."""

    @wraps(handle)
    async def opened(request: Request) -> Response:
        response = await handle(request)
        response.headers.update(_OPEN)
        if request.method == "OPTIONS":
            response.headers.update(_PREFLIGHT)
        return response

    return opened


def _parameters(request: Request) -> list[tuple[str, str]] | None:
    """What stands after the question mark; None if it is too long to be ours."""
    raw = request.scope.get("query_string", b"")
    if len(raw) > _LONGEST_QUERY:
        return None
    return parse_qsl(raw.decode("latin-1"), keep_blank_values=True)


def _chosen(given: list[tuple[str, str]], parameter: Parameter) -> str | None:
    """The value of a parameter, its default if it is not named, None if it is not understood."""
    values = [value for name, value in given if name == parameter.name]
    if not values:
        return parameter.default
    # a plus sign that was typed by hand arrives as a space
    value = values[0].replace(" ", "+")
    return value if len(values) == 1 and value in parameter.allowed else None


async def _from(request: Request, shelf: Shelf, *key: str) -> Response:
    try:
        return respond(request, await shelf.get(*key))
    except NotOffered as refused:
        return problem(400, refused.detail, field=refused.field, allowed=refused.allowed)
    except GeoError:
        # which table is at fault is for the operator's log, not for a reader on another page
        return problem(503, "A table of the server is not what its card says. Try again later.")


def _figures(name: str, shelf: Shelf) -> Handler:
    """The handler of an address of the API."""
    parameters = PARAMETERS[name]
    names = [parameter.name for parameter in parameters]
    only = f"The parameters here are: {', '.join(names)}." if names else "There are none here."

    @_open_to_every_origin
    @_read_only
    async def answer(request: Request) -> Response:
        given = _parameters(request)
        if given is None or any(name not in names for name, _ in given):
            return problem(400, only, field="query")
        key = []
        for parameter in parameters:
            value = _chosen(given, parameter)
            if value is None:
                detail = "Give one of the allowed codes, once."
                return problem(400, detail, field=parameter.name, allowed=parameter.allowed)
            key.append(value)
        return await _from(request, shelf, *key)

    return answer


regions_json_answer = _figures("regions.json", REGIONS_JSON)
regions_csv_answer = _figures("regions.csv", REGIONS_CSV)
change_json_answer = _figures("change.json", CHANGE)
level_json_answer = _figures("level.json", LEVEL)
hotspots_json_answer = _figures("hotspots.json", HOTSPOTS)
meta_json_answer = _figures("meta.json", META)
openapi_json_answer = _figures("openapi.json", OPENAPI)


@_open_to_every_origin
@_read_only
async def no_address(request: Request) -> Response:
    """Any other address of the API."""
    return problem(404, "The addresses are listed in /api/v1/openapi.json.")


@lru_cache(maxsize=3)
def _error_html(status: int) -> bytes:
    languages = [words(lang) for lang in LANGUAGES]
    page = render("public/error", languages[0], languages=languages, status=status)
    return f"{page}\n".encode()


def error_page(status: int) -> Response:
    """The page of 400 (period unknown), 404 or 503 (no figures now), with the way to the atlas."""
    content = _error_html(status)
    policy = page_policy(content, frame_ancestors=frame_ancestors())
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(content, status_code=status, media_type=HTML, headers=headers)


async def _shown(request: Request, shelf: Shelf, lang: str) -> Response:
    """A page or a card; parameters of a newspaper's own counting are left unread."""
    if lang not in LANGUAGES:
        return error_page(404)
    given = _parameters(request) or []
    period, measure = _chosen(given, _PERIOD), _chosen(given, _MEASURE)
    if period is None or measure is None:
        return error_page(400)
    try:
        return respond(request, await shelf.get(lang, period, measure))
    except GeoError:
        return error_page(503)


@_read_only
async def page(request: Request) -> Response:
    """The public page in a language."""
    return await _shown(request, PAGES, request.path_params["lang"])


@_read_only
async def card(request: Request) -> Response:
    """The share card of a language as PNG."""
    lang, _, kind = request.path_params["name"].partition(".")
    return await _shown(request, CARDS, lang if kind == "png" else "")


@_read_only
async def front_door(request: Request) -> Response:
    """The public page in the language that the browser asks for first."""
    lang = preferred_language(request.headers.get("accept-language"))
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    return RedirectResponse(f"/public/{lang}", status_code=307, headers=headers)


@_read_only
async def no_page(request: Request) -> Response:
    """Any other address of the public page."""
    rest = request.path_params["rest"].rstrip("/")
    if not rest:
        return await front_door(request)
    if rest in LANGUAGES:
        return RedirectResponse(f"/public/{rest}", status_code=308)
    return error_page(404)


@_read_only
async def health(request: Request) -> Response:
    """Whether the server answers."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


def warm_up() -> None:
    """Make what the first visitor will ask for, so that it waits in memory."""
    begun = [PAGES.begin(lang, LATEST_YEAR, MEASURES[0]) for lang in LANGUAGES]
    begun += [CARDS.begin(lang, LATEST_YEAR, MEASURES[0]) for lang in LANGUAGES]
    begun += [REGIONS_JSON.begin(LATEST_YEAR, BASES[0]), META.begin()]
    for future in begun:
        future.exception()
