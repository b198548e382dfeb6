"""The answers of the API as bytes: the same numbers as the pages and the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial
from typing import Any

import pandas as pd

import data.catalogue
from atlas.public.http_cache import JSON, NotOffered, Packed, json_bytes, packed
from atlas.public.openapi import COLUMNS
from atlas.results.coverage_dates import offence_years
from atlas.results.hotspots import SCAN_REPLICAS, lens_table, province_periods, scan_table
from atlas.results.profile import offered_ranges, victim_profile, whole_period
from atlas.results.regions import bases_of, results_for
from atlas.results.years import change_for, comparable_with, level_for
from atlas.tables import csv_bytes, plain_rows
from atlas.version import content_version
from atlas.view import BASES
from atlas.words import LANGUAGES, words
from data.catalogue import PACKAGE_FILE, card_of, descriptor_of, load_package
from data.periods import (
    LEVELS,
    MAIN,
    PERIOD_CODES,
    PERIODS,
    REGISTRIES,
    STEPS,
    Period,
    default_period,
    parse_period,
    periods_in,
    periods_of,
)
from data.refreshed import refreshed_seal
from data.reports import counts_without_province, load_series
from geo.errors import DataError, ParameterError
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
PERIOD_FIELDS = (
    *("code", "start", "end", "years", "months", "unit", "registry", "registry_code"),
    *("is_pooled", "flags", "unranked"),
)
"""What an answer says of a period."""
SEED = 1
"""Of the simulated maps: the same answer every time."""


def regions_json(period: str, base: str, registry: str, level: str) -> Packed:
    """The areas of a period with what they rest on."""
    span = _span(period, registry, level)
    frame = _regions(span, base, level)
    numbers = {"overdispersion": frame.attrs["overdispersion"]}
    if level != LEVELS[0]:
        unplaced = counts_without_province(span, span.registry_code)
        numbers["without_province"] = int(unplaced.sum())
    return _answer(frame, "regions", {"period": _period(span)}, numbers)


def regions_csv(period: str, base: str, registry: str, level: str) -> Packed:
    """The same rows as CSV that a spreadsheet cannot run, each with its source and the caveat."""
    span = _span(period, registry, level)
    frame = _regions(span, base, level)
    which = [registry] if registry else []
    which += [span.code.replace("/", "_"), base, *([level] if level != LEVELS[0] else [])]
    headers = {"Content-Disposition": f'inline; filename="atlas-trata-peru-{"-".join(which)}.csv"'}
    return packed(csv_bytes(frame, OUTLET, period=span.code), CSV, headers)


def series_json(registry: str, department: str, step: str) -> Packed:
    """The reports of a department, or of the country, step by step."""
    # a window is one step, whatever its length
    shortest = STEPS.get(REGISTRIES[registry].step, STEPS["year"])
    offered = tuple(one for one in STEPS if STEPS[one] >= shortest)
    if step not in offered:
        raise NotOffered("step", "The registry does not count in such short steps.", offered)
    frame = gate(load_series(registry, step, department or None), OUTLET, outlet="public")
    about = {"registry": REGISTRIES[registry].name, "unit": REGISTRIES[registry].unit}
    return _answer(frame, "series", about, {})


def profile_json(period: str, registry: str, department: str) -> Packed:
    """Who the victims of whole years are; what is hidden is null, here as on the page."""
    code = period or whole_period()
    try:
        frame = victim_profile(code, department or None, registry=registry)
    except ParameterError:
        raise NotOffered("period", "The profile is by whole years.", offered_ranges()) from None
    frame = gate(frame, OUTLET, outlet="public")
    span = parse_period(frame.attrs["period"], registry)
    return _answer(frame, "profile", {"period": _period(span)}, {})


def change_json(before: str, after: str, registry: str) -> Packed:
    """What changed in the departments between two periods of one registry."""
    first, second = (
        _span(code, registry, LEVELS[0], field) for code, field in ((before, "from"), (after, "to"))
    )
    own = first.registry_code
    later = tuple(
        one
        for one in comparable_with(first.code, own)
        if parse_period(one, own).start > first.start
    )
    try:
        frame = gate(change_for(first.code, second.code, registry or None), OUTLET, outlet="public")
    except ParameterError:
        raise NotOffered(
            "to",
            "Give a later period of the same unit and registry that does not overlap the first.",
            later,
        ) from None
    return _answer(
        frame[[column.name for column in COLUMNS["change"]]],
        "regions",
        {"from": _period(first), "to": _period(second)},
        {name: frame.attrs[name] for name in ("country", "years_apart", "kappa")},
    )


def level_json(registry: str) -> Packed:
    """The level of each department over the years of the registry, waves taken out."""
    frame = gate(level_for(registry), OUTLET, outlet="public")
    spans = [_period(parse_period(code, registry)) for code in frame.attrs["periods"]]
    return _answer(
        frame[[column.name for column in COLUMNS["level"]]], "regions", {"periods": spans}, {}
    )


def hotspots_json(period: str, lens: str, registry: str, level: str) -> Packed:
    """Clusters of the scan, or the areas as local Moran or Gi* sees them."""
    if level != LEVELS[0]:
        # the scan of 196 provinces takes seconds: its years and all of them, no other span
        offered = province_periods()[1]
        if period and period not in offered:
            raise NotOffered("period", "Give one of the periods with provinces.", offered)
    span = _span(period, registry, level)
    table = scan_table if lens == "scan" else partial(lens_table, lens=lens)
    frame = table(
        span.code, seed=SEED, replicas=SCAN_REPLICAS, registry=span.registry_code, level=level
    )
    frame = gate(frame, OUTLET, outlet="public")
    return _answer(
        frame,
        "clusters" if lens == "scan" else "rows",
        {"period": _period(span), "lens": lens},
        {"seed": SEED, "replicas": SCAN_REPLICAS},
    )


def _span(period: str, registry: str, level: str, field: str = "period") -> Period:
    """The period that an address asks for, or a refusal with what its registry has."""
    code = registry or MAIN
    if level not in REGISTRIES[code].tables:
        having = tuple(one for one, item in REGISTRIES.items() if level in item.tables)
        raise NotOffered("registry", f"The registry has no {level}.", having)
    try:
        return parse_period(period or default_period(code, level), registry or None, level)
    except ParameterError:
        spans = REGISTRIES[code].spans[level]
        listed = tuple(one.code for one in periods_of(REGISTRIES[code]))
        offered = PERIOD_CODES if not registry else listed
        if level != LEVELS[0]:
            offered = tuple(one for one, _, _ in spans)
        raise NotOffered(field, "The registry has no such period.", offered) from None


def _regions(span: Period, base: str, level: str) -> pd.DataFrame:
    offered = bases_of(span.code, span.registry_code) if level == LEVELS[0] else BASES[:1]
    if base not in offered:
        raise NotOffered(
            "base",
            "The offences that the offices of this period registered are not published.",
            offered,
        )
    return gate(results_for(span.code, base, span.registry_code, level), OUTLET, outlet="public")


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
    periods = tuple(dict.fromkeys((*PERIODS, *periods_in())))
    units = dict.fromkeys(period.unit for period in periods)
    content = {
        **_identity(),
        "title": {"es": package["title_es"], "en": package["title"]},
        "caveat": _in_languages("map.caveat"),
        "periods": [_period(period) for period in periods],
        "units": {unit: _in_languages(f"unit.{unit}.plural") for unit in units},
        "columns": [
            {"name": column.name, "unit": column.unit or None, "meaning": column.meaning}
            for column in COLUMNS["regions"]
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
    about = {name: getattr(period, name) for name in PERIOD_FIELDS}
    return {**about, "name": _in_languages(f"period.{period.code}")}


def _in_languages(key: str) -> dict[str, str]:
    return {lang: words(lang)(key) for lang in LANGUAGES}


def safe_sources(sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sources as their card has them; an address that a browser would run is none."""
    return [
        {**source, "url": url if url.startswith(("https://", "http://")) else None}
        for source in sources
        for url in [str(source.get("url") or "")]
    ]
