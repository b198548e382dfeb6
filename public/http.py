"""Handlers of the public page and of the API; every answer is made once and kept.

What is asked for is compared with lists; nothing that came is repeated, joined to a path or kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from data.periods import LATEST_YEAR, PERIOD_CODES
from geo.errors import GeoError
from messages import LANGUAGES, preferred_language
from public.answers import Packed, Shelf, packed, respond
from public.api import meta_json, regions_csv, regions_json
from public.calm import calm_page
from public.card import card_png
from public.csp import page_policy
from public.head import Links
from public.measures import MEASURES
from public.openapi import openapi_json
from public.page import page_bytes
from public.problems import READ_ONLY, not_read_only, problem
from public.routes import page_query
from public.settings import base_url
from security import frame_ancestors

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
REGIONS_JSON = Shelf(regions_json, places=len(PERIOD_CODES))
REGIONS_CSV = Shelf(regions_csv, places=len(PERIOD_CODES))
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


def _chosen_period(given: list[tuple[str, str]]) -> str | None:
    """The period of a query, the default if it names none, None if it is not understood."""
    values = [value for name, value in given if name == "period"]
    if not values:
        return LATEST_YEAR
    # a plus sign that was typed by hand arrives as a space
    period = values[0].replace(" ", "+")
    return period if len(values) == 1 and period in PERIOD_CODES else None


def _chosen_measure(given: list[tuple[str, str]]) -> str | None:
    """By what the map is coloured at first; None if it is not understood."""
    values = [value for name, value in given if name == "measure"] or [MEASURES[0]]
    return values[0] if len(values) == 1 and values[0] in MEASURES else None


async def _from(request: Request, shelf: Shelf, *key: str) -> Response:
    try:
        return respond(request, await shelf.get(*key))
    except GeoError:
        # which table is at fault is for the operator's log, not for a reader on another page
        return problem(503, "A table of the server is not what its card says. Try again later.")


async def _figures(request: Request, shelf: Shelf, *, has_period: bool) -> Response:
    given = _parameters(request)
    names = ("period",) if has_period else ()
    if given is None or any(name not in names for name, _ in given):
        known = "The only parameter here is period." if names else "There are no parameters here."
        return problem(400, known, field="query")
    if not has_period:
        return await _from(request, shelf)
    period = _chosen_period(given)
    if period is None:
        detail = "Give one of the allowed codes, once."
        return problem(400, detail, field="period", allowed=PERIOD_CODES)
    return await _from(request, shelf, period)


@_open_to_every_origin
@_read_only
async def regions_json_answer(request: Request) -> Response:
    """The regions of a period as JSON."""
    return await _figures(request, REGIONS_JSON, has_period=True)


@_open_to_every_origin
@_read_only
async def regions_csv_answer(request: Request) -> Response:
    """The regions of a period as CSV."""
    return await _figures(request, REGIONS_CSV, has_period=True)


@_open_to_every_origin
@_read_only
async def meta_json_answer(request: Request) -> Response:
    """What the figures are and where they come from."""
    return await _figures(request, META, has_period=False)


@_open_to_every_origin
@_read_only
async def openapi_json_answer(request: Request) -> Response:
    """The description of the API."""
    return await _figures(request, OPENAPI, has_period=False)


@_open_to_every_origin
@_read_only
async def no_address(request: Request) -> Response:
    """Any other address of the API."""
    return problem(404, "The addresses are listed in /api/v1/openapi.json.")


def calm_answer(status: int) -> Response:
    """A page that says calmly what is not there and where the atlas is."""
    content = calm_page(status)
    policy = page_policy(content, frame_ancestors=frame_ancestors())
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(content, status_code=status, media_type=HTML, headers=headers)


async def _shown(request: Request, shelf: Shelf, lang: str) -> Response:
    """A page or a card; parameters of a newspaper's own counting are left unread."""
    if lang not in LANGUAGES:
        return calm_answer(404)
    given = _parameters(request) or []
    period, measure = _chosen_period(given), _chosen_measure(given)
    if period is None or measure is None:
        return calm_answer(400)
    try:
        return respond(request, await shelf.get(lang, period, measure))
    except GeoError:
        return calm_answer(503)


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
    return calm_answer(404)


@_read_only
async def health(request: Request) -> Response:
    """Whether the server answers."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


def warm_up() -> None:
    """Make what the first visitor will ask for, so that it waits in memory."""
    begun = [PAGES.begin(lang, LATEST_YEAR, MEASURES[0]) for lang in LANGUAGES]
    begun += [CARDS.begin(lang, LATEST_YEAR, MEASURES[0]) for lang in LANGUAGES]
    begun += [REGIONS_JSON.begin(LATEST_YEAR), META.begin()]
    for future in begun:
        future.exception()
