"""The page elsewhere: a tree of files for any web host, and the code that embeds it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin

from atlas.html import render
from atlas.public.api import data_sha256, safe_sources
from atlas.public.card import card_png, map_svg_bytes
from atlas.public.document import FILE_LINKS, page_bytes
from atlas.public.model import MEASURES, contents_of, title
from atlas.public.routes import require_base_url
from atlas.web.version import content_version
from atlas.words import LANGUAGES, words
from data import load_package
from data.periods import DEFAULT_PERIOD, parse_period
from data.refreshed import refreshed_seal

GENERATOR = "Atlas Trata Perú"
METADATA = "public.json"
FRAME_WIDTH, FRAME_HEIGHT = 720, 1200
"""size that an embedding page reserves before the page tells its height."""
FIRST_HEIGHT_PX = 900
"""of an embedded frame until the page has said how tall it is, or for good without script."""
_MOST_PX = 20_000
"""a frame follows no message beyond this."""
_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""the earliest that the format knows: when a file was packed says nothing about it."""
SITE_FILES = frozenset(
    [METADATA]
    + [FILE_LINKS[lang].path for lang in LANGUAGES]
    + [f"{name}-{lang}.{kind}" for lang in LANGUAGES
       for name, kind in (("card", "png"), ("map", "svg"), ("oembed", "json"))]
)  # fmt: skip
"""every file that a site may hold."""


def site_files(
    *, period: str = DEFAULT_PERIOD, measure: str = MEASURES[0], base_url: str | None = None
) -> dict[str, bytes]:
    """Return every file of the site by its path; the same data give the same bytes."""
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
        "sources": safe_sources(contents.sources),
        "caveat": "Reported, not prevalence: a report stands where the file was opened. For "
        "understanding and planning, not for operations.",
        "pages": {
            lang: urljoin(base_url, FILE_LINKS[lang].path) if base_url else FILE_LINKS[lang].path
            for lang in LANGUAGES
        },
    }


def oembed(lang: str, *, period: str, base_url: str) -> dict[str, Any]:
    """The oEmbed 1.0 answer of a page: an iframe that any host may show."""
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
        "html": render(
            "public/oembed", say, page=page, title=heading, width=FRAME_WIDTH, height=FRAME_HEIGHT
        ),
    }


def embed_code(lang: str, *, page_url: str, card_url: str, title: str, alt: str) -> str:
    """Return HTML for another page."""
    code = render(
        "public/embed",
        words(lang),
        page_url=page_url,
        card_url=card_url,
        title=title,
        alt=alt,
        height=FIRST_HEIGHT_PX,
        most=_MOST_PX,
    )
    return f"{code}\n"


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Pack files by their path; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _NO_DATE)
            entry.external_attr = 0o644 << 16
            # as on Unix wherever it is packed
            entry.create_system = 3
            archive.writestr(entry, files[path], zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")
