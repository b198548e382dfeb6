"""The head of the page: its policy, its title, what networks and search engines read."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from maps.version import content_version
from messages import LANGUAGES, Words
from public.contents import Contents
from public.words import text, title

_LOCALES = {"es": "es_PE", "en": "en"}


@dataclass(frozen=True, slots=True)
class Links:
    """Where the page's neighbours are, relative to the page or from the root of its host."""

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


FILE_LINKS = {
    "es": Links("en/index.html", "card-es.png", "index.html", "map-es.svg", "oembed-es.json"),
    "en": Links(
        "../index.html", "../card-en.png", "en/index.html", "../map-en.svg", "../oembed-en.json"
    ),
}
"""the links of the file tree that ``public.site.site_files`` makes."""


def head_html(
    contents: Contents, say: Words, links: Links, base: str | None, *, policy: str, style: str
) -> str:
    """Return what stands between the tags of ``head``.

    Parameters
    ----------
    base : str or None
        Address under which the page is published; without it nothing that needs one is named.
    policy : str
        The page's own content security policy.
    style : str
        The page's style sheet.
    """
    headline = title(contents, say)
    about = say(
        "public.description",
        unit=say(f"unit.{contents.period.unit}.plural"),
        period=say(f"period.{contents.period.code}"),
    )
    about = about[:1].upper() + about[1:]
    page = urljoin(base, links.path) if base else None
    card = urljoin(page, links.card) if page else links.card
    tags = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{text(headline)}</title>",
        f'<meta name="description" content="{text(about)}">',
        f'<meta name="generator" content="Atlas Trata Perú {content_version()}">',
        f'<meta property="og:title" content="{text(headline)}">',
        f'<meta property="og:description" content="{text(about)}">',
        '<meta property="og:type" content="article">',
        f'<meta property="og:site_name" content="{text(say("public.brand"))}">',
        f'<meta property="og:locale" content="{_LOCALES[say.lang]}">',
        f'<meta property="og:image" content="{text(card)}">',
        '<meta property="og:image:width" content="1200">',
        '<meta property="og:image:height" content="630">',
        f'<meta property="og:image:alt" content="{text(headline)}">',
        '<meta name="twitter:card" content="summary_large_image">',
        '<link rel="icon" href="data:,">',
    ]
    if page:
        other = next(lang for lang in LANGUAGES if lang != say.lang)
        tags += [
            f'<link rel="canonical" href="{text(page)}">',
            f'<link rel="alternate" hreflang="{say.lang}" href="{text(page)}">',
            f'<link rel="alternate" hreflang="{other}" '
            f'href="{text(urljoin(page, links.other_language))}">',
            f'<meta property="og:url" content="{text(page)}">',
        ]
        if links.oembed:
            tags.append(
                '<link rel="alternate" type="application/json+oembed" '
                f'href="{text(urljoin(page, links.oembed))}" title="{text(headline)}">'
            )
    return "\n".join([*tags, f"<style>{style}</style>"])
