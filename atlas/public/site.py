"""The public page as files for any web host."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin

from atlas.paper.embed import oembed
from atlas.public.api import safe_sources
from atlas.public.card import card_png, map_svg_bytes
from atlas.public.document import COMPACT_LINKS, FILE_LINKS, page_bytes
from atlas.public.model import MEASURES, contents_of, title
from atlas.settings import require_base_url
from atlas.version import content_version, version_text
from atlas.words import LANGUAGES, words
from data.catalogue import catalogue, load_package
from data.periods import Period, default_period

METADATA = "public.json"
SITE_FILES = frozenset(
    [METADATA]
    + [links[lang].path for links in (FILE_LINKS, COMPACT_LINKS) for lang in LANGUAGES]
    + [f"{name}-{lang}.{kind}" for lang in LANGUAGES
       for name, kind in (("card", "png"), ("map", "svg"), ("oembed", "json"),
                          ("oembed-compact", "json"))]
)  # fmt: skip
"""every file that a site may hold."""


def site_files(
    *,
    period: Period | None = None,
    measure: str = MEASURES[0],
    base_url: str | None = None,
    dashboard_url: str | None = None,
) -> dict[str, bytes]:
    """Return every file of the site by its path; the same data give the same bytes.

    ``dashboard_url``: of an atlas to which the page leads whoever wants more.
    """
    period = period or default_period()
    base = None if base_url is None else require_base_url(base_url)
    files = {}
    for lang in LANGUAGES:
        pages = FILE_LINKS[lang], COMPACT_LINKS[lang]
        for links in pages:
            files[links.path] = page_bytes(
                lang,
                period=period,
                measure=measure,
                links=links,
                base_url=base,
                dashboard_url=dashboard_url,
            )
        files[f"card-{lang}.png"] = card_png(lang, period=period, measure=measure)
        files[f"map-{lang}.svg"] = map_svg_bytes(lang, period=period, measure=measure)
        if base:
            urls = [urljoin(base, links.path) for links in pages]
            for name, url in zip(("oembed", "oembed-compact"), urls, strict=True):
                answer = oembed(
                    words(lang),
                    title=title(contents_of(period), words(lang)),
                    provider_url=base,
                    page_url=url,
                    compact_url=urls[1],
                    card_url=f"{base}card-{lang}.png",
                )
                files[f"{name}-{lang}.json"] = _json(answer)
    manifest = metadata(period, base_url=base)
    manifest["files"] = {name: sha256(files[name]).hexdigest() for name in sorted(files)}
    files[METADATA] = _json(manifest)
    return files


def metadata(period: Period, *, base_url: str | None = None) -> dict[str, Any]:
    """Describe the files: sources of their figures, licence and versions."""
    contents = contents_of(period)
    package = load_package()
    return {
        "generator": "Atlas Trata Perú",
        "title": {lang: title(contents, words(lang)) for lang in LANGUAGES},
        "period": contents.period.code,
        "unit": contents.period.unit,
        "registry": contents.period.registry,
        "reported_count": contents.reported_count,
        "departments": len(contents.rows),
        "version": version_text(words("en")),
        "catalogue_created": str(package["created"])[:10],
        "content": content_version(),
        "data_sha256": catalogue().sha256,
        "licence": contents.licence,
        "sources": safe_sources(contents.sources),
        "caveat": "Reported, not prevalence: a report stands where the file was opened. For "
        "understanding and planning, not for operations.",
        "pages": {
            lang: urljoin(base_url, FILE_LINKS[lang].path) if base_url else FILE_LINKS[lang].path
            for lang in LANGUAGES
        },
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")
