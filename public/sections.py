"""What the page says besides the figures by region: recruiters, safety, help, sources."""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date

from data import load_package
from maps.figure_ranges import Range, ranges
from maps.figures import Figure
from maps.source_words import source_text
from maps.version import content_version
from messages import Words
from public.contents import Contents, HelpLine, Source, drawn_corridors, help_lines
from public.words import text, title

_RECRUITMENT = ("job", "acquaintance", "networks")
_WHO = ("female", "minors")
_SAFETY = ("offer", "check", "tell", "papers", "young")
_BRACKETS = re.compile(r"\(.+\)")
EXIT_ADDRESS = "https://www.google.com/"
"""a page that anybody may have open."""


def exit_link(say: Words, kind: str) -> str:
    """A plain link that leaves the top page, from inside a frame too, and names no referrer."""
    return (
        f'<a class="exit {kind}" href="{EXIT_ADDRESS}" target="_top" '
        f'rel="noreferrer noopener nofollow">{text(say("public.exit"))}</a>'
    )


def reading_html(say: Words) -> str:
    """Three sentences on what the figures are not."""
    items = "".join(f"<li>{text(say(f'public.mean.{key}'))}</li>" for key in ("reported", "place"))
    return (
        '<section class="reading" aria-labelledby="mean">'
        f'<h2 id="mean">{text(say("public.mean.title"))}</h2>'
        f'<ul class="plain">{items}<li><strong>{text(say("public.mean.use"))}</strong></li></ul>'
        "</section>"
    )


def recruiters_html(say: Words) -> str:
    """How recruiters work and whom they reach: ranges over the sources."""
    known = {item.category: item for item in ranges("public") if item.figures}
    how = "".join(_range(known[name], say) for name in _RECRUITMENT if name in known)
    whom = "".join(_range(known[name], say) for name in _WHO if name in known)
    return (
        f'<section aria-labelledby="how"><h2 id="how">{text(say("public.recruit.title"))}</h2>'
        f"<p>{text(say('public.recruit.intro'))}</p>"
        f'<div class="pair"><div><h3>{text(say("public.recruit.how"))}</h3>'
        f'<ul class="ranges">{how}</ul></div>'
        f"<div><h3>{text(say('public.recruit.who'))}</h3>"
        f'<ul class="ranges">{whom}</ul></div></div></section>'
    )


def share_text(figure: Figure, say: Words) -> str:
    """A share with a decimal only where its source prints one."""
    share = figure.share_percent or 0.0
    return say.percent(share / 100, 0 if figure.computed == "share" or share.is_integer() else 1)


def _range(item: Range, say: Words) -> str:
    low, high = share_text(item.low, say), share_text(item.high, say)
    said = low if low == high else say("public.recruit.range", low=low, high=high)
    count = len(item.figures)
    spans = {"span": _span(item.low, say), "until": _span(item.high, say)}
    key = "public.recruit.source_one" if count == 1 else "public.recruit.sources"
    summary = say(key, count=count, low=low, high=high, **spans)
    dots = "".join(
        f'<circle cx="{2 * (figure.share_percent or 0):.1f}" cy="6" r="3.2"/>'
        for figure in item.figures
    )
    first, last = (2 * (figure.share_percent or 0) for figure in (item.low, item.high))
    sources = "".join(f"<li>{_cited(figure, say)}</li>" for figure in item.figures)
    return (
        f"<li><p><span>{text(say(f'public.recruit.{item.category}'))}{text(_of_what(item, say))}"
        "</span> "
        f"<b>{text(said)}</b></p>"
        '<svg class="dots" viewBox="-4 0 208 12" aria-hidden="true">'
        f'<path class="axis" d="M0 6H200"/>'
        f'<path class="span" d="M{first:.1f} 6H{last:.1f}"/>{dots}</svg>'
        f"<details><summary>{text(summary)}</summary>"
        f"<ul>{sources}</ul></details></li>"
    )


def _of_what(item: Range, say: Words) -> str:
    """The cases to which a share is confined, as the tables' category says in brackets."""
    said = {_BRACKETS.search(figure.named("category", say.lang)) for figure in item.figures}
    confined = {found[0] if found else "" for found in said}
    return f" {confined.pop()}" if len(confined) == 1 and confined != {""} else ""


def _span(figure: Figure, say: Words) -> str:
    start, end = (part[:4] if part else None for part in figure.period)
    if start and end:
        return start if start == end else f"{start}–{end}"
    if end:
        return say("public.until", end=end)
    return say("public.since", start=start) if start else say("public.undated")


def _cited(figure: Figure, say: Words) -> str:
    base = figure.named("base", say.lang) or figure.named("registry", say.lang)
    head = say(
        "public.recruit.cited", share=share_text(figure, say), base=base, span=_span(figure, say)
    )
    source, registry = figure.sources[0], figure.named("registry", say.lang)
    title = source_text(source["title"], "title", say)
    return f"{text(head)} {text(registry)}. {link(title, source['url'])}"


def link(said: str, address: str) -> str:
    """A link out, followed only by a person; an address of another kind stays text."""
    if not address.startswith(("https://", "http://")):
        return text(said)
    return f'<a href="{text(address)}" target="_blank" rel="noreferrer noopener">{text(said)}</a>'


def safety_html(say: Words) -> str:
    """How to stay safe, in a few plain sentences."""
    items = "".join(f"<li>{text(say(f'public.safe.{key}'))}</li>" for key in _SAFETY)
    return (
        '<section class="safe" aria-labelledby="safe">'
        f'<h2 id="safe">{text(say("public.safe.title"))}</h2>'
        f'<ul class="plain">{items}</ul></section>'
    )


def _call(line: HelpLine, said: str, *, kind: str = "", label: str = "") -> str:
    """A number to call."""
    named = f' class="{kind}"' if kind else ""
    spoken = f' aria-label="{text(label)}"' if label else ""
    return f'<a{named} href="tel:{text(line.number)}"{spoken}>{text(said)}</a>'


def call_line(say: Words) -> str:
    """The help lines in one line, for the top of the page."""
    numbers = say.list(_call(line, say(f"public.help.{line.number}")) for line in help_lines())
    return f'<p class="call-line">{text(say("public.help.title"))} {numbers}.</p>'


def help_html(say: Words) -> str:
    """The help lines with the year of their source, and the way out."""
    cards = "".join(
        "<li>"
        + _call(line, line.number, kind="call", label=say("public.help.call", number=line.number))
        + f"<div><strong>{text(say(f'public.help.{line.number}'))}</strong>"
        f"<p>{text(say(f'public.help.{line.number}.what'))}</p>"
        f"<small>{text(say('public.help.year', year=line.year))}</small></div></li>"
        for line in help_lines()
    )
    return (
        '<section class="help" id="help" aria-labelledby="help-title">'
        f'<h2 id="help-title">{text(say("public.help.title"))}</h2>'
        f"<p>{text(say('public.help.intro'))}</p><ul>{cards}</ul>"
        f'<p class="leave">{exit_link(say, "wide")}<small>{text(say("public.exit.note"))}</small>'
        "</p></section>"
    )


def _published(source: Source, say: Words) -> str:
    return source_text(source.published, "published", say) or "–"


def about_html(contents: Contents, say: Words, *, picture: str | None) -> str:
    """Sources, licence, how to cite, version and hash."""
    package = load_package()
    sources = "".join(
        f"<li>{link(source_text(source.title, 'title', say), source.url)}. "
        f"{text(source_text(source.publisher, 'publisher', say))} "
        f"({text(say('public.about.published', date=_published(source, say)))}).</li>"
        for source in contents.sources
    )
    count = len({key for ids in drawn_corridors()["source_ids"] for key in str(ids).split("; ")})
    stated = contents.licence == "not stated by the publisher"
    licence = (
        say("public.about.licence.none")
        if stated
        else say("public.about.licence.other", licence=contents.licence)
    )
    version, created = str(package["version"]), date.fromisoformat(str(package["created"])[:10])
    day = format_date(created, "long", locale="es_PE" if say.lang == "es" else "en")
    sha = next(
        item["hash"].removeprefix("sha256:")
        for item in package["resources"]
        if item["name"] == "complaints"
    )
    cite = say(
        "public.about.cite.text",
        year=created.year,
        title=title(contents, say),
        version=version,
        hash=content_version(),
    )
    data = say(
        "public.about.version.text", version=version, date=day, hash=content_version(), sha=sha
    )
    parts = [
        ("sources", f"<ul>{sources}<li>{text(say('public.about.population'))}</li>"
         f"<li>{text(say('public.about.mining'))}</li>"
         f"<li>{text(say('public.about.corridors', count=count))}</li></ul>"),
        ("cite", f"<p>{text(cite)}</p>"),
        ("licence", f"<p>{text(licence)}</p>"),
        ("version", f'<p class="hash">{text(data)}</p>'),
    ]  # fmt: skip
    body = "".join(
        f"<div><dt>{text(say(f'public.about.{key}'))}</dt><dd>{said}</dd></div>"
        for key, said in parts
    )
    download = (
        f'<a href="{text(picture)}" download>{text(say("public.about.picture"))}</a>'
        if picture
        else ""
    )
    return (
        f'<section class="about" aria-labelledby="about"><h2 id="about">'
        f"{text(say('public.about.title'))}</h2><dl>{body}</dl>"
        f"<p>{download}</p></section>"
    )
