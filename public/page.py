"""The awareness page: one file a language, everything inside it, nothing asked of anybody."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from data.periods import LATEST_YEAR
from geo.excess import Verdict
from maps.mining_words import mining_years
from maps.results import BASES
from messages import LANGUAGES, Words, words
from public.address import require_base_url
from public.contents import Contents, contents_of, drawn_corridors, mining_squares
from public.csp import page_policy
from public.head import FILE_LINKS, Links, head_html
from public.measures import MEASURES, require_measure
from public.outline import MapWords, map_svg
from public.sections import (
    about_html,
    call_line,
    exit_link,
    help_html,
    reading_html,
    recruiters_html,
    safety_html,
)
from public.table import ramp_html, table_html
from public.words import how_many_above, rate_key, rate_text, region_sentence, text, title

_STATIC = Path(__file__).resolve().parent / "static"


def page_bytes(
    lang: str,
    *,
    period: str = LATEST_YEAR,
    measure: str = MEASURES[0],
    links: Links | None = None,
    base_url: str | None = None,
) -> bytes:
    """Return the page as HTML in UTF-8; the same data give the same bytes.

    Parameters
    ----------
    lang : {"es", "en"}
        Language.
    period : str
        A code of ``data.periods.PERIODS``.
    measure : {"rate", "verdict"}
        By what the map is coloured when the page opens.
    links : Links, optional
        Where its neighbours are; by default as in the file tree.
    base_url : str, optional
        Address under which the page is published, ending in a slash; adds the canonical address,
        the translations, the absolute picture and oEmbed.

    Raises
    ------
    ParameterError
        Unknown or incomplete period, unknown measure, or an address that is not one.
    KeyError
        Unknown language.
    DataError
        If a shipped table is not what its card says.
    """
    say = words(lang)
    require_measure(measure)
    contents = contents_of(period)
    chosen = links or FILE_LINKS[lang]
    base = None if base_url is None else require_base_url(base_url)
    body = _body(contents, say, chosen, measure)
    style = _asset("page.css")
    bare = _document(head_html(contents, say, chosen, base, policy="", style=style), body, lang)
    policy = page_policy(bare.encode())
    head = head_html(contents, say, chosen, base, policy=policy, style=style)
    return _document(head, body, lang).encode()


def _document(head: str, body: str, lang: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}" class="no-js">\n<head>\n{head}\n</head>\n'
        f"<body>\n{body}\n<script>{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


@lru_cache(maxsize=4)
def _asset(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _body(contents: Contents, say: Words, links: Links, measure: str) -> str:
    other = next(lang for lang in LANGUAGES if lang != say.lang)
    count = say.number(contents.reported_count)
    return "\n".join(
        [
            '<header class="bar">'
            f'<p class="brand">{text(say("public.brand"))}</p>'
            f'<nav aria-label="{text(say("public.language.label"))}">'
            f'<a href="{text(links.other_language)}" lang="{other}" hreflang="{other}">'
            f"{text(say('public.language'))}</a></nav>{exit_link(say, 'small')}</header>",
            "<main>",
            f'<div class="lead"><h1>{text(title(contents, say))}</h1>'
            f'<p class="deck">'
            f"{text(say(f'public.deck.{contents.period.unit}', count=count))}</p>"
            f"{call_line(say)}</div>",
            f'<div class="atlas">{_figure(contents, say, measure)}'
            '<section class="figures" aria-labelledby="figures">'
            f'<h2 id="figures">{text(say("public.table.title"))}</h2>'
            f"{table_html(contents, say)}</section>{reading_html(say)}</div>",
            f'<div class="columns">{recruiters_html(say)}{safety_html(say)}</div>',
            help_html(say),
            "</main>",
            f"<footer>{about_html(contents, say, picture=links.picture)}"
            f"<p>{text(say('public.privacy'))}</p></footer>",
        ]
    )


def _finding(contents: Contents, say: Words) -> str:
    """What the map shows, in the words of the measure by which it is coloured."""
    top = contents.rows[0]
    first = say(
        "public.top" if contents.period.months == 12 else "public.top.yearly",
        first=top.name,
        rate=rate_text(top.rate_per_100k, say),
    )
    counts = "".join(
        f'<span class="for-{base}">{text(how_many_above(contents, base, say))}</span>'
        for base in contents.bases
    )
    return (
        f'<h2 id="map-title"><span class="for-rate">{text(first)}</span>'
        f'<span class="for-verdict">{counts}</span></h2>'
        + "".join(_names(contents, base, say) for base in contents.bases)
        + f'<p class="fine">{text(say("verdict.why"))}</p>'
    )


def _names(contents: Contents, base: str, say: Words) -> str:
    names = say.list(row.name for row in contents.above(base))
    said = say("public.above", names=names) if names else say("public.above.none")
    return f'<p class="sub for-{base}">{text(said)}</p>'


def _choice(kind: str, group: str, key: str, said: str, *, checked: bool) -> str:
    mark = " checked" if checked else ""
    return (
        f'<label><input type="{kind}" name="{group}" id="{group}-{key}"{mark}>'
        f"<span>{text(said)}</span></label>"
    )


def _switch(say: Words, measure: str) -> str:
    by = "".join(
        _choice("radio", "by", name, say(f"public.by.{name}"), checked=name == measure)
        for name in MEASURES
    )
    return f'<fieldset class="switch"><legend>{text(say("public.by"))}</legend>{by}</fieldset>'


def _base_switch(contents: Contents, say: Words) -> str:
    """What the expected counts are shares of, where the period has more than residents."""
    if len(contents.bases) == 1:
        return ""
    of = "".join(
        _choice("radio", "base", base, say(f"base.{base}"), checked=base == BASES[0])
        for base in contents.bases
    )
    return (
        f'<fieldset class="switch second for-verdict"><legend>{text(say("controls.base"))}</legend>'
        f"{of}</fieldset>"
    )


def _toggles(say: Words) -> str:
    show = _choice("checkbox", "show", "mining", say("public.show.mining"), checked=True)
    show += _choice("checkbox", "show", "corridors", say("public.show.corridors"), checked=True)
    return f'<fieldset class="toggles"><legend>{text(say("public.show"))}</legend>{show}</fieldset>'


def _figure(contents: Contents, say: Words, measure: str) -> str:
    label = say(
        "public.map.label",
        unit=say(f"unit.{contents.period.unit}.plural"),
        period=say(f"period.{contents.period.code}"),
    )
    drawing = map_svg(
        contents,
        mining_squares(),
        drawn_corridors(),
        MapWords(
            label,
            {row.code: region_sentence(row, contents, say) for row in contents.rows},
            {row.code: rate_text(row.rate_per_100k, say) for row in contents.rows},
        ),
    )
    return (
        '<section class="hero" aria-labelledby="map-title">'
        f"{_finding(contents, say)}{_switch(say, measure)}{_base_switch(contents, say)}"
        f"{_legend(contents, say)}"
        f'<div class="sheet">{drawing}{_panel(contents, say)}</div>'
        f"{_toggles(say)}{_keys(contents, say)}</section>"
    )


def _legend(contents: Contents, say: Words) -> str:
    present = {one.verdict for row in contents.rows for one in row.judged.values()}
    verdicts = "".join(
        f'<li><i class="swatch v-{name}" aria-hidden="true"></i>{text(say(f"verdict.{name}"))}</li>'
        for name in Verdict
        if name in present
    )
    key = rate_key(contents, "public.legend.rate")
    return (
        f'<div class="legend for-rate"><p>{text(say(key))}</p>{ramp_html(contents, say)}</div>'
        f'<div class="legend for-verdict"><ul class="swatches">{verdicts}</ul></div>'
    )


def _keys(contents: Contents, say: Words) -> str:
    keys = [("k-above", say("verdict.above"))] if any(row.is_above for row in contents.rows) else []
    if any(row.rate_class == "missing" for row in contents.rows):
        keys.append(("k-missing", say("public.legend.missing")))
    keys += [
        ("k-mining", say("public.legend.mining", span=mining_years())),
        ("k-corridor", say("public.legend.corridor")),
    ]
    items = "".join(
        f'<li class="{kind}"><i aria-hidden="true"></i>{text(said)}</li>' for kind, said in keys
    )
    return (
        f'<ul class="keys">{items}</ul><p class="fine">{text(say("public.legend.note"))} '
        f'<span class="with-script">{text(say("public.map.keys"))}</span></p>'
    )


def _panel(contents: Contents, say: Words) -> str:
    """The card of a region; the script fills it from the table's row."""
    period = say(f"period.{contents.period.code}")
    unit = say(f"unit.{contents.period.unit}.plural")
    return (
        '<div class="panel" id="panel" hidden>'
        f'<p class="p-name">{text(say("public.map.tap"))}</p>'
        f'<p class="p-rate"></p><p class="p-per">{text(say("public.map.tap.more"))}</p>'
        f'<p class="p-count" data-unit="{text(unit)}"></p>'
        f'<p class="p-verdict" ></p>'
        f'<p class="p-source" data-per="{text(say(rate_key(contents, "public.region.rate")))}" '
        f'data-times="{text(say("public.region.times", interval="…"))}">'
        f"{text(say('public.region.source', period=period))}</p></div>"
    )
