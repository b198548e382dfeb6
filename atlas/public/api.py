"""The answers of the API as bytes: the same numbers as the pages and the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

import data.catalogue
from atlas.figures.model import offence_years
from atlas.hotspots.model import SCAN_REPLICAS, lens_table, scan_table
from atlas.hotspots.years import change_for, comparable_with, level_for
from atlas.map.model import bases_of, results_for
from atlas.public.http_cache import JSON, NotOffered, Packed, json_bytes, packed
from atlas.public.openapi import CHANGE_COLUMNS, COLUMNS, LEVEL_COLUMNS
from atlas.tables import csv_bytes, plain_rows
from atlas.web.version import content_version
from atlas.words import LANGUAGES, words
from data.catalogue import PACKAGE_FILE, card_of, descriptor_of, load_package
from data.periods import PERIODS, Period, parse_period
from data.refreshed import refreshed_seal
from geo.errors import DataError
from geo.privacy.disclosure import gate

CSV = "text/csv; charset=utf-8"
OUTLET = "T1"
"""The strictest tier that the API lets out: what is published, and what is computed from it."""
_TABLES = (
    "complaints",
    "all_offences",
    "population",
    "departments",
    "crosswalk",
    "denominator_mismatch",
)
"""What the regional results are computed from."""
SEED = 1
"""Of the simulated maps: the same answer every time."""


def regions_json(period: str, base: str) -> Packed:
    """The 25 departments of a period with what they rest on."""
    frame = _regions(period, base)
    return _answer(
        frame,
        "regions",
        {"period": _period(parse_period(period))},
        {"overdispersion": frame.attrs["overdispersion"]},
    )


def regions_csv(period: str, base: str) -> Packed:
    """The same rows as CSV that a spreadsheet cannot run, each with its source and the caveat."""
    frame = _regions(period, base)
    name = f"atlas-trata-peru-{period.replace('/', '_')}-{base}.csv"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return packed(csv_bytes(frame, OUTLET, period=period), CSV, headers)


def change_json(before: str, after: str) -> Packed:
    """What changed in the departments between two periods of one registry."""
    start = parse_period(before).start
    later = tuple(one for one in comparable_with(before) if parse_period(one).start > start)
    if after not in later:
        raise NotOffered(
            "to",
            "Give a later period of the same unit and registry that does not overlap the first.",
            later,
        )
    frame = gate(change_for(before, after), OUTLET, outlet="public")
    return _answer(
        frame[[column.name for column in CHANGE_COLUMNS]],
        "regions",
        {"from": _period(parse_period(before)), "to": _period(parse_period(after))},
        {name: frame.attrs[name] for name in ("country", "years_apart", "kappa")},
    )


def level_json() -> Packed:
    """The level of each department over the years of the registry, waves taken out."""
    frame = gate(level_for(), OUTLET, outlet="public")
    spans = [_period(parse_period(code)) for code in frame.attrs["periods"]]
    return _answer(
        frame[[column.name for column in LEVEL_COLUMNS]], "regions", {"periods": spans}, {}
    )


def hotspots_json(period: str, lens: str) -> Packed:
    """Clusters of the scan, or the departments as local Moran or Gi* sees them."""
    table = scan_table if lens == "scan" else partial(lens_table, lens=lens)
    frame = gate(table(period, seed=SEED, replicas=SCAN_REPLICAS), OUTLET, outlet="public")
    return _answer(
        frame,
        "clusters" if lens == "scan" else "rows",
        {"period": _period(parse_period(period)), "lens": lens},
        {"seed": SEED, "replicas": SCAN_REPLICAS},
    )


def _regions(period: str, base: str) -> pd.DataFrame:
    if base not in bases_of(period):
        raise NotOffered(
            "base",
            "The offences that the offices of this period registered are not published.",
            bases_of(period),
        )
    return gate(results_for(period, base), OUTLET, outlet="public")


def _answer(
    frame: pd.DataFrame, rows: str, about: dict[str, Any], numbers: dict[str, Any]
) -> Packed:
    """Rows with what they are about, what they rest on and the numbers of the method."""
    card = frame.attrs["card"]
    content = {
        **_identity(),
        **about,
        "caveat": _in_languages("map.caveat"),
        "licence": card["licence"],
        "sources": safe_sources(card["sources"]),
        **numbers,
        rows: plain_rows(frame),
    }
    return packed(json_bytes(content), JSON)


def meta_json() -> Packed:
    """Periods, units, columns, sources, licence, version, caveat and how to cite."""
    package = load_package()
    cards = [card_of(descriptor_of(name)) for name in _TABLES]
    units = dict.fromkeys(period.unit for period in PERIODS)
    content = {
        **_identity(),
        "title": {"es": package["title_es"], "en": package["title"]},
        "caveat": _in_languages("map.caveat"),
        "periods": [_period(period) for period in PERIODS],
        "units": {unit: _in_languages(f"unit.{unit}.plural") for unit in units},
        "columns": [
            {"name": column.name, "unit": column.unit or None, "meaning": column.meaning}
            for column in COLUMNS
        ],
        "licence": package["licence_statement"],
        "tables": [{**card, "sources": safe_sources(card["sources"])} for card in cards],
        "how_to_cite": {
            lang: words(lang)(
                "method.cite.text",
                version=content_version(),
                year=str(package["created"])[:4],
                years=offence_years(words(lang)),
            )
            for lang in LANGUAGES
        },
    }
    return packed(json_bytes(content), JSON)


def data_sha256() -> str:
    """SHA-256 of the catalogue, which holds the SHA-256 of every table."""
    try:
        return hashlib.sha256((data.catalogue.ROOT / PACKAGE_FILE).read_bytes()).hexdigest()
    except OSError:
        raise DataError(
            PACKAGE_FILE, came="no such file", expected="the catalogue of the data"
        ) from None


def _identity() -> dict[str, str | None]:
    return {
        "atlas": "Atlas Trata Perú",
        "version": content_version(),
        "data_version": str(load_package()["version"]),
        "data_sha256": data_sha256(),
        "refreshed_seal": refreshed_seal() or None,
    }


def _period(period: Period) -> dict[str, Any]:
    return {**asdict(period), "name": _in_languages(f"period.{period.code}")}


def _in_languages(key: str) -> dict[str, str]:
    return {lang: words(lang)(key) for lang in LANGUAGES}


def safe_sources(sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sources as their card has them; an address that a browser would run is none."""
    return [
        {**source, "url": url if url.startswith(("https://", "http://")) else None}
        for source in sources
        for url in [str(source.get("url") or "")]
    ]
