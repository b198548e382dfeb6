"""Handle the public page and the API; every answer is made once and stored.

What is asked for is compared with lists; nothing that came is repeated, joined to a path or kept.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode, urljoin

from pydantic import Field, InstanceOf
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from atlas.checked import Offered, text_of
from atlas.html import inline_policy, render
from atlas.paper.embed import oembed, offered_periods, page_query, pinned_query
from atlas.public.api import ADDRESSES, NO_LONGER_ANSWERED
from atlas.public.card import card_png
from atlas.public.document import Links, page_bytes
from atlas.public.http_cache import (
    JSON,
    AnswerCache,
    NotOffered,
    Packed,
    json_bytes,
    packed,
    problem,
    respond,
)
from atlas.public.model import MEASURES, START_MEASURE, contents_of, title
from atlas.public.openapi import Query, RegionsQuery
from atlas.results.regions import bases_of
from atlas.settings import base_url, dashboard_url
from atlas.view import BASES
from atlas.web.security import frame_ancestors
from atlas.words import LANGUAGES, preferred_language, words
from data.cache import cached
from data.periods import REGISTRIES, Asked, Period, default_period
from geo.errors import GeoError

HTML = "text/html; charset=utf-8"
_LONGEST_QUERY = 512
"""characters of a query that are read; a longer one is refused unread."""
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}
_PIXELS = r"[1-9][0-9]{0,4}"


def _bases(chosen: Mapping[str, Any]) -> tuple[str, ...]:
    periods = offered_periods(chosen["registry"])
    code = text_of(chosen["period"]) or default_period().code
    return bases_of(next(period for period in periods if period.code == code))


class PageQuery(Query):
    """Parameters of the public page and the card: registry, period, measure and base."""

    registry: Annotated[str, Offered(Asked(lambda: tuple(REGISTRIES)))] = ""
    """the prosecutors' two unless one is named"""
    period: Annotated[
        InstanceOf[Period],
        Offered(lambda chosen: offered_periods(chosen["registry"])),
        Field(default_factory=default_period),
    ]
    measure: Annotated[str, Offered(MEASURES)] = "rate"
    """codes that stand on other pages name none and were made when the rate was shown at first"""
    base: Annotated[str, Offered(_bases)] = BASES[0]

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """Read the parameters; of a registry without a period the newest one is shown."""
        listed = list(parameters)
        registry = dict(listed).get("registry", "")
        if registry in REGISTRIES and "period" not in dict(listed):
            listed.append(("period", default_period(registry).code))
        return super().read(listed)

    def address(self, *, follows: bool) -> str:
        """Return the query of the same content; ``follows``: with newer figures later."""
        return page_query(self.period, self.measure, self.base, follows=follows)


class OembedQuery(Query):
    """Parameters of the oEmbed answer: its format, and the largest frame in pixels."""

    format: Annotated[str, Offered(("json",))] = "json"
    maxwidth: Annotated[str, Offered((), _PIXELS)] = ""
    maxheight: Annotated[str, Offered((), _PIXELS)] = ""


def _links(lang: str, choices: PageQuery, *, follows: bool = False) -> Links:
    (other,) = (code for code in LANGUAGES if code != lang)
    query = choices.address(follows=follows)
    return Links(
        other_language=f"/public/{other}{query}",
        card=f"/public/card/{lang}.png{query}",
        path=f"public/{lang}{query}",
        compact=f"/public/{lang}/compact{query}",
        pinned=pinned_query(choices.period, choices.measure, choices.base),
    )


def _page(lang: str, query: PageQuery, follows: bool, *, compact: bool = False) -> Packed:
    links, base = _links(lang, query, follows=follows), base_url()
    if compact:
        path = str(links.compact).removeprefix("/")
        links = replace(links, path=path, compact=None, whole=f"/{links.path}")
    if base:
        oembed_query = urlencode({"url": f"{base}{links.path}", "format": "json"})
        links = replace(links, oembed=f"/public/oembed.json?{oembed_query}")
    content = page_bytes(
        lang,
        period=query.period,
        measure=query.measure,
        base=query.base,
        links=links,
        follows=follows,
        base_url=base,
        dashboard_url=dashboard_url(),
    )
    ancestors = frame_ancestors()
    # everybody is nobody named: a star would shut out a page that is opened as a file
    policy = inline_policy(content, frame_ancestors=None if ancestors == "*" else ancestors)
    headers = {"Content-Security-Policy": policy, "Content-Language": lang}
    return packed(content, HTML, headers)


def _oembed(lang: str, form: str, query: PageQuery, room: OembedQuery) -> Packed:
    say, base = words(lang), str(base_url())
    links = _links(lang, query)
    page_url = f"{base}public/{lang}{links.pinned}"
    compact_url = f"{base}public/{lang}/compact{links.pinned}"
    answer = oembed(
        say,
        title=title(contents_of(query.period), say),
        provider_url=base,
        page_url=compact_url if form else page_url,
        compact_url=compact_url,
        card_url=urljoin(base, links.card),
        max_width=int(room.maxwidth) if room.maxwidth else None,
        max_height=int(room.maxheight) if room.maxheight else None,
    )
    return packed(json_bytes(answer), JSON)


def _card(lang: str, query: PageQuery) -> Packed:
    content = card_png(lang, period=query.period, measure=query.measure, base=query.base)
    return packed(content, "image/png")


ANSWERS = {
    "page": AnswerCache(_page),
    "compact": AnswerCache(partial(_page, compact=True)),
    "card": AnswerCache(_card),
    "oembed": AnswerCache(_oembed),
    **{name: AnswerCache(address.make) for name, address in ADDRESSES.items()},
}
"""by the name of a handler, or by the last part of an address of the API."""


async def answer(name: str, request: Request) -> Response:
    """Answer GET and HEAD at an address of atlas.public.routes, say so to OPTIONS, refuse the rest.

    Any page may read the API: the figures are public and nobody is logged in.
    """
    is_api = name in ("figures", "oembed", "no_address")
    allow = {"Allow": "GET, HEAD, OPTIONS"}
    if request.method == "OPTIONS":
        response = Response(status_code=204, headers=allow)
    elif request.method not in ("GET", "HEAD"):
        response = problem(405, "Use GET or HEAD.", headers=allow)
    else:
        try:
            response = await _HANDLERS[name](name, request)
        except NotOffered as error:
            response = error_page(404, (error.field, ", ".join(error.allowed or ())))
            if is_api:
                response = problem(400, error.detail, field=error.field, allowed=error.allowed)
        except GeoError:
            # which table is at fault is for the operator's log, not for a reader on another page
            text = "A table of the server is not what its card says. Try again later."
            response = problem(503, text) if is_api else error_page(503)
    if is_api:
        response.headers.update(_ANY_ORIGIN)
        if request.method == "OPTIONS":
            response.headers.update(_PREFLIGHT)
    return response


def _parameters(request: Request) -> list[tuple[str, str]] | None:
    """Return the parameters of an address; None if they are too long to be valid."""
    is_long = len(request.scope.get("query_string", b"")) > _LONGEST_QUERY
    return None if is_long else request.query_params.multi_items()


async def _figures(_: str, request: Request) -> Response:
    name = request.path_params["name"]
    if name in NO_LONGER_ANSWERED:
        return problem(410, NO_LONGER_ANSWERED[name])
    if name not in ADDRESSES:
        return await _no_address(name, request)
    query = ADDRESSES[name].query
    names = list(query.parameters())
    parameters = _parameters(request)
    if parameters is None or any(name not in names for name, _ in parameters):
        only = f"The parameters here are: {', '.join(names)}." if names else "There are none here."
        return problem(400, only, field="query")
    return respond(request, await ANSWERS[name].get(query.read(parameters)))


async def _no_address(_: str, request: Request) -> Response:
    return problem(404, "The addresses are listed in /api/v1/openapi.json.")


@cached(most=20)
def _error_html(status: int, offered: tuple[str, str] | None) -> bytes:
    languages = [words(lang) for lang in LANGUAGES]
    values = {"languages": languages, "kind": str(status), "is_public": True, "offered": offered}
    return f"{render('error', languages[0], **values)}\n".encode()


def error_page(status: int, offered: tuple[str, str] | None = None) -> Response:
    """Return the page of 404 or 503 (no figures); it links to the atlas.

    ``offered``: a parameter that asked for something else, and the values that it may have.
    """
    content = _error_html(status, offered)
    policy = inline_policy(content, frame_ancestors=frame_ancestors())
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return Response(content, status_code=status, media_type=HTML, headers=headers)


async def _page_or_card(name: str, request: Request) -> Response:
    """Return a page or a card; parameters that other sites add for counting are ignored."""
    lang = request.path_params["lang"]
    if lang not in LANGUAGES:
        return error_page(404)
    parameters = _parameters(request) or []
    query = PageQuery.read(parameters)
    follows = () if name == "card" else ("period" not in dict(parameters),)
    return respond(request, await ANSWERS[name].get(lang, query, *follows))


async def _oembed_answer(name: str, request: Request) -> Response:
    """Return the oEmbed answer for the address of a page.

    Parameters that oEmbed does not know are left unread: systems add their own.
    """
    parameters = _parameters(request) or []
    try:
        room = OembedQuery.read(parameters)
    except NotOffered as error:
        if error.field == "format":
            return problem(501, "The format here is json.", field="format", allowed=("json",))
        return problem(400, "Give a number of pixels, once.", field=error.field)
    page = _asked_page(next((value for name, value in parameters if name == "url"), ""))
    if page is None:
        # without ATLAS_BASE_URL the server does not know the address of its page
        detail = "Give in url the address of a public page of this server, as its link names it."
        return problem(404, detail, field="url")
    return respond(request, await ANSWERS[name].get(*page, room))


def _asked_page(address: str) -> tuple[str, str, PageQuery] | None:
    """Return language, form ("" or "/compact") and choices of a page by its address."""
    base = base_url()
    if base is None or not address.startswith(base):
        return None
    path, _, query = address.removeprefix(base).partition("#")[0].partition("?")
    page = re.fullmatch(rf"public/({'|'.join(LANGUAGES)})(/compact)?/?", path)
    if page is None:
        return None
    try:
        return page[1], page[2] or "", PageQuery.read(parse_qsl(query, keep_blank_values=True))
    except NotOffered:
        return None


async def _front_door(_: str, request: Request) -> Response:
    """Redirect to the public page in the address's language, else in the browser's first one.

    Other parameters of the address are kept.
    """
    asked = dict(_parameters(request) or [])
    lang = asked.get("lang")
    if lang not in LANGUAGES:
        lang = preferred_language(request.headers.get("accept-language"))
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    query = PageQuery.read(({"measure": START_MEASURE} | asked).items())
    address = query.address(follows="period" not in asked)
    return RedirectResponse(f"/public/{lang}{address}", status_code=307, headers=headers)


async def _no_page(_: str, request: Request) -> Response:
    rest = request.path_params["rest"].rstrip("/")
    if not rest:
        return await _front_door(_, request)
    if rest in LANGUAGES:
        return RedirectResponse(f"/public/{rest}", status_code=308)
    return error_page(404)


async def _health(_: str, request: Request) -> Response:
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


_HANDLERS: dict[str, Callable[[str, Request], Awaitable[Response]]] = {
    "page": _page_or_card,
    "compact": _page_or_card,
    "card": _page_or_card,
    "oembed": _oembed_answer,
    "figures": _figures,
    "front_door": _front_door,
    "no_page": _no_page,
    "no_address": _no_address,
    "health": _health,
}


def warm_up() -> None:
    """Make the answers that the first visitor asks for."""
    first = PageQuery(measure=START_MEASURE)
    begun = [ANSWERS["page"].begin(lang, first, True) for lang in LANGUAGES]
    begun += [ANSWERS["card"].begin(lang, first) for lang in LANGUAGES]
    begun += [ANSWERS["regions.json"].begin(RegionsQuery()), ANSWERS["meta.json"].begin(Query())]
    for future in begun:
        future.exception()
