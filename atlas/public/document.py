"""The public page, whole or compact: one HTML file that requests nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from babel.dates import format_date
from markupsafe import Markup

from atlas.citation import cite_text
from atlas.html import TERM_STYLE, inline_policy, render
from atlas.paper.embed import embed_code, embed_note
from atlas.public.map_svg import map_svg
from atlas.public.model import (
    MEASURES,
    MOST_NAMED,
    START_MEASURE,
    Contents,
    both_counts,
    contents_of,
    differing,
    drawn_corridors,
    help_lines,
    how_many_above,
    other_registry,
    require_measure,
    second_registry,
    sources_of,
    times_text,
    title,
)
from atlas.results.card import victims_quote
from atlas.results.help_places import help_text
from atlas.results.province import counted_away
from atlas.results.published import Figure, Range, ranges, share_text
from atlas.results.regions import licence_lines, outlines_credit
from atlas.results.sentences import (
    compared_text,
    flag_lines,
    illegality_in_country,
    mining_years,
    rate_text,
)
from atlas.settings import contact, require_base_url
from atlas.version import version_text
from atlas.view import BASES, View
from atlas.words import LANGUAGES, Words, source_text, words
from data.cache import cached
from data.catalogue import descriptor_of, load_package
from data.periods import INCOMPLETE, NOT_RANKED, UNKNOWN, Period, default_period
from geo.excess import Verdict
from layers.palette import INK, MINING, RATE, ROUTE, VERDICT, ZERO_COLOR, in_the_dark, name_inks

_STATIC = Path(__file__).resolve().parent / "static"
# the page carries it: no indent, which no line of it needs
_SCRIPT = re.sub(r"\n\s+", "\n", (_STATIC / "page.js").read_text(encoding="utf-8"))
_RECRUITERS = {"how": ("job", "acquaintance", "networks"), "whom": ("female", "minors")}
_BRACKETS = re.compile(r"\(.+\)")


def _colours(is_dark: bool) -> str:
    marks = {"above": VERDICT.colors[Verdict.ABOVE], "few": VERDICT.colors[Verdict.BELOW]}
    marks |= {"usual": VERDICT.colors[Verdict.UNREMARKABLE], "zero": ZERO_COLOR}
    marks |= {"outline": INK, "mining": MINING, "way": ROUTE}
    colors = {f"q{number}": color for number, color in enumerate(RATE.colors)} | marks
    if is_dark:
        colors = {name: in_the_dark(color) for name, color in colors.items()}
    inks = {"i4": "q4", "i5": "q5", "i-above": "above"}
    colors |= {ink: name_inks(colors[fill], is_dark=is_dark)[1] for ink, fill in inks.items()}
    return ":root{" + ";".join(f"--{name}:{color}" for name, color in colors.items()) + "}"


def _sent(css: str) -> str:
    """Styles without comments and the space between their marks, which every reader would load."""
    bare = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return re.sub(r" ?([{};,]) ?", r"\1", bare)


_STYLE = (
    f"{_colours(False)}@media screen and (prefers-color-scheme:dark){{{_colours(True)}}}\n"
    + _sent((_STATIC / "page.css").read_text(encoding="utf-8") + TERM_STYLE)
)
EXIT_ADDRESS = "https://www.google.com/"
"""a page that anybody may have open."""


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of the files beside the page, relative to it or from the root of its host."""

    other_language: str
    """the page in the other language."""
    card: str
    """the picture for social networks, 1200 x 630."""
    path: str
    """where the page itself is, relative to the base URL."""
    picture: str | None = None
    """the static map as SVG, offered as a download."""
    oembed: str | None = None
    """the oEmbed answer of this page; named only with a base URL."""
    compact: str | None = None
    """the compact page, offered to other pages for their frames."""
    whole: str | None = None
    """on the compact page, the whole one."""
    pinned: str = ""
    """the query with which the codes for other pages name all that is shown."""


FILE_LINKS = {
    lang: Links(
        other_language=f"{up}{other}",
        card=f"{up}card-{lang}.png",
        path=path,
        picture=f"{up}map-{lang}.svg",
        oembed=f"{up}oembed-{lang}.json",
        compact="compact.html",
    )
    for lang, up, path, other in (
        ("es", "", "index.html", "en/index.html"),
        ("en", "../", "en/index.html", "index.html"),
    )
}
"""the links of the file tree that ``atlas.public.site.site_files`` makes."""
COMPACT_LINKS = {
    lang: replace(
        links,
        path=links.path.replace("index", "compact"),
        picture=None,
        oembed=str(links.oembed).replace("oembed", "oembed-compact"),
        compact=None,
        whole="index.html",
    )
    for lang, links in FILE_LINKS.items()
}
"""of the compact pages beside them."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the page and the files beside it are, in full; known only with a base URL."""

    page: str
    other: str
    oembed: str | None
    whole: str


@dataclass(frozen=True, slots=True)
class CitedShare:
    """The share that one source states, and where."""

    head: str
    registry: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class StatedRange:
    """A range of shares in words, and its positions in a drawing 200 wide."""

    what: str
    share: str
    summary: str
    first: float
    last: float
    dots: tuple[float, ...]
    cited: tuple[CitedShare, ...]


@dataclass(frozen=True, slots=True)
class CitedSource:
    """A source of the figures, as the foot of the page names it; ``url`` may be empty."""

    title: str
    url: str
    publisher: str
    published: str


@dataclass(frozen=True, slots=True)
class About:
    """What the foot of the page says of its figures."""

    sources: tuple[CitedSource, ...]
    corridor_sources: int
    cite: str
    licences: list[str]
    version: str


def page_bytes(
    lang: str,
    *,
    period: Period | None = None,
    measure: str = MEASURES[0],
    base: str = BASES[0],
    links: Links | None = None,
    follows: bool = False,
    base_url: str | None = None,
    dashboard_url: str | None = None,
) -> bytes:
    """Return the page as HTML in UTF-8; the same data give the same bytes.

    It is the compact one where ``links`` name the whole one. ``follows``: the same address shows
    newer figures when they come, which its first line says. ``dashboard_url`` is the address of
    an atlas to which whoever wants more is led. ``base`` judges at first; the reader can choose.
    """
    say = words(lang)
    require_measure(measure)
    contents = contents_of(period or default_period())
    origin = None if base_url is None else require_base_url(base_url)
    links = links or FILE_LINKS[lang]
    values = {
        **_head(contents, say, links, origin),
        **_map(contents, say, measure, compact=links.whole is not None),
        "base": base,
        "follows": follows,
        **_table(contents, say),
        "calls": _calls(say),
        "outlines": outlines_credit(say),
        "exit_address": EXIT_ADDRESS,
        "style": _STYLE,
        "script": _SCRIPT,
        # the policy holds the hashes of the style and the script
        "policy": inline_policy(f"<style>{_STYLE}</style><script>{_SCRIPT}</script>".encode()),
    }
    if links.whole is None:
        values |= {
            "help_lines": help_lines(),
            "help_text": help_text,
            "victims": victims_quote(say),
            "recruiters": _recruiters(say),
            "about": _about(contents, say),
            "codes": _codes(say, links, origin),
            "notes": {
                form: embed_note(
                    contents.period,
                    measure,
                    base,
                    say,
                    compact=form == "compact",
                    pinned=bool(links.pinned),
                )
                for form in ("compact", "whole")
            },
            "contact": contact(),
            "dashboard": dashboard_url
            and _in_dashboard(contents, say, measure, base, dashboard_url),
        }
    name = "page" if links.whole is None else "compact"
    return f"{render(f'public/{name}', say, **values)}\n".encode()


def _head(contents: Contents, say: Words, links: Links, base: str | None) -> dict[str, Any]:
    description = say(
        "public.description",
        unit=say(f"unit.{contents.period.unit}.plural"),
        period=say(f"period.{contents.period.code}"),
    )
    page = urljoin(base, links.path) if base else None
    address = page and Addresses(
        page=page,
        other=urljoin(page, links.other_language),
        oembed=links.oembed and urljoin(page, links.oembed),
        whole=urljoin(page, links.whole or ""),
    )
    return {
        "contents": contents,
        "among": compared_text(contents.rows[0].figures.compared, say),
        "title": title(contents, say),
        "description": description[:1].upper() + description[1:],
        "version": version_text(say),
        "links": links,
        "other": next(lang for lang in LANGUAGES if lang != say.lang),
        "address": address,
        "card": urljoin(page, links.card) if page else links.card,
    }


def _codes(say: Words, links: Links, base: str | None) -> dict[str, str]:
    """Return the embed code of each form, with a relative address if the page has none."""
    page = urljoin(base, links.path) if base else links.path.rsplit("/", 1)[-1]
    title = say("awareness.frame")
    codes = {}
    if links.compact:
        compact = _pinned(urljoin(page, links.compact) if base else links.compact, links)
        codes["compact"] = embed_code(say, page_url=compact, title=title, compact=True)
    whole = _pinned(page, links)
    codes["whole"] = embed_code(say, page_url=whole, title=title, compact=False)
    return codes


def _pinned(address: str, links: Links) -> str:
    """An address with the query that names all that is shown; a file has none."""
    return f"{address.partition('?')[0]}{links.pinned}"


def _in_dashboard(contents: Contents, say: Words, measure: str, base: str, address: str) -> str:
    view = View(lang=say.lang, period=contents.period, measure=measure, base=base)
    return f"{require_base_url(address)}?{urlencode(view.link())}"


@cached
def _drawing(period: Period, lang: str, *, compact: bool) -> str:
    """The map, which is the same for every measure, address and dashboard."""
    return map_svg(contents_of(period), words(lang), compact=compact)


def _map(contents: Contents, say: Words, measure: str, *, compact: bool) -> dict[str, Any]:
    present = {figures.verdict for row in contents.rows for figures in row.judged.values()}
    keys = [("k-above", say("verdict.above"))] if any(row.is_above for row in contents.rows) else []
    if any(row.rate_class == "missing" for row in contents.rows):
        key = "verdict.untestable" if compact else "public.legend.missing"
        keys.append(("k-missing", say(key)))
    if not compact:
        keys += [
            (
                "k-mining",
                say("public.legend.mining", span=mining_years(), judged=illegality_in_country(say)),
            ),
            ("k-corridor", say("public.legend.corridor")),
        ]
    edges = RATE.breaks[1:-1]
    return {
        "drawing": _drawing(contents.period, say.lang, compact=compact),
        "measure": measure,
        "measures": sorted(MEASURES, key=lambda name: name != START_MEASURE),
        # the edges stand under the seams of the swatches, so the last has none
        "ticks": [*(say.number(edge, 0 if edge == int(edge) else 1) for edge in edges), ""],
        "verdicts": [name for name in Verdict if name in present],
        "keys": keys,
        "unit": say(f"unit.{contents.period.unit}.plural"),
        "registry": say(f"registry.{contents.period.registry_code}"),
        "period": say(f"period.{contents.period.code}"),
        "how_many_above": how_many_above,
        "most_named": MOST_NAMED,
    }


def _table(contents: Contents, say: Words) -> dict[str, Any]:
    unit = say(f"unit.{contents.period.unit}.plural")
    period = say(f"period.{contents.period.code}")
    return {
        "caption": say("public.table.caption", unit=unit[:1].upper() + unit[1:], period=period),
        "highest": max((row.figures.rate for row in contents.rows), default=0.0),
        "left_out": {
            row.code: say("public.away", **values)
            for row in contents.rows
            if (values := counted_away(row.code, contents.period, say))
        },
        "mismatched": sum("denominator_mismatch" in row.flags for row in contents.rows),
        "unranked": flag_lines(contents.period, sorted({NOT_RANKED} & contents.flags), say),
        "cautions": flag_lines(
            contents.period,
            [*contents.period.flags, *sorted({UNKNOWN, INCOMPLETE} & contents.flags)],
            say,
        ),
        "times_text": times_text,
        "rate_text": rate_text,
        "differing": differing,
        "second": second_registry(contents.period, say),
        "both": both_counts(say),
    }


def _calls(say: Words) -> Markup:
    link = Markup('<a href="tel:{}">{}</a>')
    numbers = [link.format(number, say(f"public.help.{number}")) for number in help_lines()]
    # every part is escaped
    return Markup(say.list(numbers))


def _recruiters(say: Words) -> dict[str, list[StatedRange]]:
    stated = {item.category: item for item in ranges("public") if item.figures}
    return {
        part: [_range(stated[name], say) for name in names if name in stated]
        for part, names in _RECRUITERS.items()
    }


def _range(item: Range, say: Words) -> StatedRange:
    low, high = share_text(item.low, say), share_text(item.high, say)
    count = len(item.figures)
    spans = {"span": _span(item.low, say), "until": _span(item.high, say)}
    key = "public.recruit.source_one" if count == 1 else "public.recruit.sources"
    return StatedRange(
        what=say(f"public.recruit.{item.category}") + _of_what(item, say),
        share=say(
            "public.recruit.share" if low == high else "public.recruit.span",
            low=_in_100(item.low, say),
            high=_in_100(item.high, say),
        ),
        summary=say(key, count=count, low=low, high=high, **spans),
        first=2 * (item.low.share_percent or 0),
        last=2 * (item.high.share_percent or 0),
        dots=tuple(2 * (figure.share_percent or 0) for figure in item.figures),
        cited=tuple(_cited(figure, say) for figure in item.figures),
    )


def _in_100(figure: Figure, say: Words) -> str:
    """The share of a figure without its sign."""
    return share_text(figure, say).rstrip("%\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE} ")


def _of_what(item: Range, say: Words) -> str:
    """Return the cases that a share is confined to: the brackets of its category."""
    names = [figure.named("category", say.lang) for figure in item.figures]
    confined = {(_BRACKETS.findall(name) or [""])[0] for name in names}
    return f" {confined.pop()}" if len(confined) == 1 and confined != {""} else ""


def _span(figure: Figure, say: Words) -> str:
    start, end = (part[:4] if part else None for part in figure.period)
    if start and end:
        return start if start == end else f"{start}–{end}"
    if end:
        return say("public.until", end=end)
    return say("public.since", start=start) if start else say("brief.undated")


def _cited(figure: Figure, say: Words) -> CitedShare:
    registry = figure.named("registry", say.lang)
    return CitedShare(
        head=say(
            "public.recruit.cited",
            share=share_text(figure, say),
            base=figure.named("base", say.lang) or registry,
            span=_span(figure, say),
        ),
        registry=registry,
        title=source_text(figure.sources[0]["title"], "title", say),
        url=figure.sources[0]["url"],
    )


def _about(contents: Contents, say: Words) -> About:
    both = (*contents.sources, *sources_of(other_registry(contents.period)))
    created = date.fromisoformat(str(load_package()["created"])[:10])
    day = format_date(created, "long", locale="es_PE" if say.lang == "es" else "en")
    sha = descriptor_of("complaints")["hash"].removeprefix("sha256:")
    return About(
        sources=tuple(
            CitedSource(
                title=source_text(source["title"], "title", say),
                url=source["url"] or "",
                publisher=source_text(source["publisher"] or "–", "publisher", say),
                published=source_text(source["published"] or "–", "published", say),
            )
            for source in {source["title"]: source for source in both}.values()
        ),
        corridor_sources=len({*"; ".join(drawn_corridors()["source_ids"]).split("; ")}),
        cite=cite_text(
            say("public.about.cite.title", title=title(contents, say)),
            say(f"brief.publisher.{contents.period.unit}"),
            say,
        ),
        licences=licence_lines(contents.licence, say),
        version=say("public.about.version.text", version=version_text(say), date=day, sha=sha),
    )
