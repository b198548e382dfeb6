"""The page as a tree of files for any web host: pages, cards, maps, metadata."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin

from data import load_package
from data.periods import LATEST_YEAR, parse_period
from data.refreshed import refreshed_seal
from maps.version import content_version
from messages import LANGUAGES, words
from public.address import require_base_url
from public.api import data_sha256
from public.card import card_png, map_svg_bytes
from public.contents import contents_of
from public.head import FILE_LINKS
from public.measures import MEASURES
from public.page import page_bytes
from public.words import text, title

GENERATOR = "Atlas Trata Perú"
METADATA = "public.json"
FRAME_WIDTH, FRAME_HEIGHT = 720, 1200
"""size that an embedding page reserves before the page tells its height."""
SITE_FILES = frozenset(
    [METADATA]
    + [FILE_LINKS[lang].path for lang in LANGUAGES]
    + [f"{name}-{lang}.{kind}" for lang in LANGUAGES
       for name, kind in (("card", "png"), ("map", "svg"), ("oembed", "json"))]
)  # fmt: skip
"""every file that a site may hold."""


def site_files(
    *, period: str = LATEST_YEAR, measure: str = MEASURES[0], base_url: str | None = None
) -> dict[str, bytes]:
    """Return every file of the site by its path; the same data give the same bytes.

    Parameters
    ----------
    period : str
        A code of ``data.periods.PERIODS``.
    measure : {"rate", "verdict"}
        By what the map is coloured when the page opens, and on the pictures.
    base_url : str, optional
        Address under which the files will lie; adds canonical addresses and oEmbed answers.

    Raises
    ------
    ParameterError
        Unknown or incomplete period, unknown measure, or an address that is not one.
    """
    code = parse_period(period).code
    base = None if base_url is None else require_base_url(base_url)
    files = {}
    for lang in LANGUAGES:
        files[FILE_LINKS[lang].path] = page_bytes(lang, period=code, measure=measure, base_url=base)
        files[f"card-{lang}.png"] = card_png(lang, period=code, measure=measure)
        files[f"map-{lang}.svg"] = map_svg_bytes(lang, period=code, measure=measure)
        if base:
            files[f"oembed-{lang}.json"] = _json(oembed(lang, period=code, base_url=base))
    about = metadata(code, base_url=base)
    about["files"] = {name: sha256(files[name]).hexdigest() for name in sorted(files)}
    files[METADATA] = _json(about)
    return files


def metadata(period: str, *, base_url: str | None = None) -> dict[str, Any]:
    """What the files are, where their figures come from, under which licence and version."""
    contents = contents_of(period)
    package = load_package()
    return {
        "generator": GENERATOR,
        "title": {lang: title(contents, words(lang)) for lang in LANGUAGES},
        "period": contents.period.code,
        "unit": contents.period.unit,
        "registry": contents.period.registry,
        "reported_count": contents.reported_count,
        "departments": len(contents.rows),
        "version": str(package["version"]),
        "catalogue_created": str(package["created"])[:10],
        "content": content_version(),
        "data_sha256": data_sha256(),
        "refreshed_seal": refreshed_seal() or None,
        "licence": contents.licence,
        "sources": [
            {
                "title": source.title,
                "publisher": source.publisher,
                "published": source.published,
                "url": source.url if source.url.startswith(("https://", "http://")) else None,
            }
            for source in contents.sources
        ],
        "caveat": "Reported, not prevalence: a report stands where the file was opened. For "
        "understanding and planning, not for operations.",
        "pages": {
            lang: urljoin(base_url, FILE_LINKS[lang].path) if base_url else FILE_LINKS[lang].path
            for lang in LANGUAGES
        },
    }


def oembed(lang: str, *, period: str, base_url: str) -> dict[str, Any]:
    """The oEmbed 1.0 answer of a page: an iframe that any host may show.

    References
    ----------
    https://oembed.com, section 2.3.4.4 (rich).
    """
    say = words(lang)
    base = require_base_url(base_url)
    heading = title(contents_of(period), say)
    page, card = (urljoin(base, path) for path in (FILE_LINKS[lang].path, f"card-{lang}.png"))
    return {
        "version": "1.0",
        "type": "rich",
        "provider_name": say("public.brand"),
        "provider_url": base,
        "title": heading,
        "width": FRAME_WIDTH,
        "height": FRAME_HEIGHT,
        "thumbnail_url": card,
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
        "html": f'<iframe src="{text(page)}" title="{text(heading)}" width="{FRAME_WIDTH}" '
        f'height="{FRAME_HEIGHT}" loading="lazy" style="border:0;max-width:100%"></iframe>',
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")
