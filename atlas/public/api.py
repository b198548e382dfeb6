"""Answers of the API, with the same numbers as the pages and the commands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from atlas.citation import cite_text
from atlas.public import answers
from atlas.public.http_cache import JSON, NotOffered, Packed, json_bytes, packed
from atlas.public.openapi import (
    LENSES,
    Address,
    ChangeQuery,
    HotspotsQuery,
    PairsQuery,
    ProfileQuery,
    Query,
    RegionsQuery,
    SeriesQuery,
    description,
)
from atlas.results.compare import CHOSEN, compared_pairs
from atlas.results.coverage_dates import offence_years
from atlas.results.hotspots import SCAN_REPLICAS, lens_table, scan_table
from atlas.results.profile import offered_ranges, victim_profile, whole_period
from atlas.results.regions import bases_of, results_for
from atlas.results.sentences import illegality_note
from atlas.results.years import change_for
from atlas.rows import ChangeRow, PairRow, Region
from atlas.tables import csv_bytes, plain_rows
from atlas.version import RELEASE, content_version, edition
from atlas.words import LANGUAGES, words
from data.catalogue import card_of, catalogue, descriptor_of, load_package
from data.comparing import later_than
from data.context import load_trust_in_police
from data.geography import load_mining_areas, load_service_places
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
    periods_of,
    province_periods,
)
from data.police import parse_years
from data.reports import counts_without_province, load_series
from geo.errors import ParameterError, UserError
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered

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


def regions_json(query: RegionsQuery) -> Packed:
    """Return the areas of a period with their results and sources."""
    period = _period_of(query.period, query)
    frame = _regions(period, query.base)
    fields, kappa = {"period": _about(period)}, _kappa(frame.frame)
    if period.level == LEVELS[0]:
        return _answer(answers.Regions, frame, fields, overdispersion=kappa)
    outside = int(counts_without_province(period).sum())
    return _answer(answers.Provinces, frame, fields, overdispersion=kappa, without_province=outside)


def _kappa(frame: pd.DataFrame) -> dict[str, float]:
    first = frame.iloc[0]
    return {"kappa": first["kappa"], "low": first["kappa_low"], "high": first["kappa_high"]}


def regions_csv(query: RegionsQuery) -> Packed:
    """Return the same rows as CSV without formulas, each with its source and the caveat."""
    period = _period_of(query.period, query)
    frame = _regions(period, query.base)
    level = "" if query.level == LEVELS[0] else query.level
    parts = (query.registry, period.code.replace("/", "_"), query.base, level)
    return _table_csv(frame, *parts, period=period.code)


def series_json(query: SeriesQuery) -> Packed:
    """Return the reports of a department or the country, step by step."""
    registry = REGISTRIES[query.registry]
    # a registry of one window has one step
    shortest = STEPS.get(registry.step, STEPS["year"])
    offered = tuple(step for step in STEPS if STEPS[step] >= shortest)
    if query.step not in offered:
        raise NotOffered("step", "The registry does not count in such short steps.", offered)
    frame = gate(
        load_series.tiered(query.registry, query.step, query.department or None),
        OUTLET,
        outlet="public",
    )
    return _answer(answers.Series, frame, {"registry": registry.name, "unit": registry.unit})


def profile_json(query: ProfileQuery) -> Packed:
    """Return the victims of whole years by category; a hidden count is null."""
    code = query.period or whole_period(query.department or None)
    try:
        frame = victim_profile.tiered(code, query.department or None, registry=query.registry)
    except (ParameterError, UserError):
        raise NotOffered("period", "The profile is by whole years.", offered_ranges()) from None
    frame = gate(frame, OUTLET, outlet="public")
    period = parse_period(parse_years(code, query.registry).code, query.registry)
    return _answer(answers.Profile, frame, {"period": _about(period)})


def change_json(query: ChangeQuery) -> Packed:
    """Return the change in each department between two periods of one registry."""
    before = _period_of(query.before, query, "from")
    after = _period_of(query.after, query, "to")
    try:
        frame = gate(change_for.tiered(before, after).without("compared"), OUTLET, outlet="public")
    except (ParameterError, UserError):
        raise NotOffered(
            "to",
            "Give a later period of the same unit and registry that does not overlap the first.",
            [period.code for period in later_than(before)],
        ) from None
    fields = {"from": _about(before), "to": _about(after)}
    numbers = {name: frame.frame[name].iloc[0] for name in ("country", "years_apart", "kappa")}
    return _answer(answers.Change, _only(frame, ChangeRow.model_fields), fields, **numbers)


def pairs_json(query: PairsQuery) -> Packed:
    """Return each two of some departments in a period, by one test a pair."""
    codes = query.departments.split("-")
    if len({*codes}) < len(codes):
        raise NotOffered("departments", "Give each department once.", ["08-21-04"])
    period = _period_of(query.period, query)
    table = compared_pairs.tiered([(code, CHOSEN) for code in codes], period)
    table = replace(table, frame=table.frame.replace(np.inf, np.nan))
    frame = gate(table, OUTLET, outlet="public")
    fields, kappa = {"period": _about(period)}, _kappa(frame.frame)
    return _answer(answers.Pairs, _only(frame, PairRow.model_fields), fields, overdispersion=kappa)


def hotspots_json(query: HotspotsQuery) -> Packed:
    """Return the clusters of the scan, or each area by Gi*."""
    if query.level != LEVELS[0] and query.period:
        # the scan of 196 provinces takes seconds: its years and all of them, no other span
        offered = [period.code for period in province_periods()]
        if query.period not in offered:
            raise NotOffered("period", "Give one of the periods with provinces.", offered)
    period = _period_of(query.period, query)
    if query.lens == "scan":
        frame = scan_table.tiered(period, seed=SEED, replicas=SCAN_REPLICAS)
    else:
        frame = lens_table.tiered(period, query.lens, seed=SEED, replicas=SCAN_REPLICAS)
    frame = gate(frame, OUTLET, outlet="public")
    models: dict[tuple[bool, bool], type[answers.Answer]] = {
        (True, True): answers.Clusters,
        (True, False): answers.ProvinceClusters,
        (False, True): answers.Neighbours,
        (False, False): answers.ProvinceNeighbours,
    }
    model = models[query.lens == LENSES[0], period.level == LEVELS[0]]
    fields = {"period": _about(period), "lens": query.lens}
    return _answer(model, frame, fields, seed=SEED, replicas=SCAN_REPLICAS)


def _period_of(
    code: str, query: RegionsQuery | HotspotsQuery | ChangeQuery | PairsQuery, field: str = "period"
) -> Period:
    registry, level = query.registry or MAIN, getattr(query, "level", LEVELS[0])
    if level not in REGISTRIES[registry].tables:
        having = [other for other, entry in REGISTRIES.items() if level in entry.tables]
        raise NotOffered("registry", f"The registry has no {level}.", having)
    if not code:
        return default_period(registry, level)
    try:
        return parse_period(code, query.registry or None, level)
    except (ParameterError, UserError):
        listed = [period.code for period in periods_of(REGISTRIES[registry])]
        offered = listed if query.registry else PERIOD_CODES
        if level != LEVELS[0]:
            offered = [part for part, _, _ in REGISTRIES[registry].spans[level]]
        raise NotOffered(field, "The registry has no such period.", offered) from None


def _regions(period: Period, base: str) -> Tiered[pd.DataFrame]:
    offered = bases_of(period)
    if base not in offered:
        raise NotOffered(
            "base",
            "The offences that the offices of this period registered are not published.",
            offered,
        )
    return gate(results_for.tiered(period, base).without("compared"), OUTLET, outlet="public")


def _only(table: Tiered[pd.DataFrame], columns: Iterable[str]) -> Tiered[pd.DataFrame]:
    return replace(table, frame=table.frame[list(columns)])


def _answer(
    model: type[answers.Answer],
    table: Tiered[pd.DataFrame],
    fields: dict[str, Any],
    **more: Any,
) -> Packed:
    """Return the rows of a table as JSON, with period, caveat, licence and sources."""
    card = table.card
    rows = list(model.model_fields)[-1]
    return _packed(
        model,
        **_identity(),
        **fields,
        caveat=_in_languages("map.caveat"),
        licence=card["licence"],
        sources=safe_sources(card["sources"]),
        **more,
        **{rows: plain_rows(table.frame)},
    )


def _packed(model: type[answers.Answer], **content: Any) -> Packed:
    """Validate an answer by its model and write it in the order of its content."""
    answer = model.model_validate(content).model_dump(by_alias=True)
    return packed(json_bytes({name: answer[name] for name in content}), JSON)


def services_json(_: Query) -> Packed:
    """Return the offices that help, with their addresses."""
    return _answer(
        answers.ServicePlaces, gate(load_service_places.tiered(), OUTLET, outlet="public"), {}
    )


def services_csv(_: Query) -> Packed:
    """Return the same rows as CSV."""
    frame = gate(load_service_places.tiered(), OUTLET, outlet="public")
    return _table_csv(frame, "services")


def trust_json(_: Query) -> Packed:
    """Return how many trust the police, by area and year."""
    frame = gate(load_trust_in_police.tiered(), OUTLET, outlet="public")
    return _answer(answers.Trust, _only(frame, answers.TrustRow.model_fields), {})


def mining_json(_: Query) -> Packed:
    """Return new mining by department and province, and how much is likely illegal."""
    note = {lang: illegality_note(words(lang)) for lang in LANGUAGES}
    frame = gate(load_mining_areas.tiered(), OUTLET, outlet="public")
    return _answer(answers.Mining, frame, {"note": note})


def mining_csv(_: Query) -> Packed:
    """Return the same rows as CSV."""
    return _table_csv(gate(load_mining_areas.tiered(), OUTLET, outlet="public"), "mining")


def _table_csv(frame: Tiered[pd.DataFrame], *parts: str, period: str = "") -> Packed:
    name = "-".join(["atlas-trata-peru", *filter(None, parts)])
    headers = {"Content-Disposition": f'inline; filename="{name}.csv"'}
    return packed(csv_bytes(frame, OUTLET, period=period), CSV, headers)


def meta_json(_: Query) -> Packed:
    """Return periods, units, columns, tables, sources, licence and how to cite."""
    package = load_package()
    cards = [card_of(descriptor_of(name)) for name in _TABLES]
    periods = tuple(
        dict.fromkeys((*PERIODS, *chain.from_iterable(map(periods_of, REGISTRIES.values()))))
    )
    units = dict.fromkeys(period.unit for period in periods)
    content = {
        "title": {"es": package["title_es"], "en": package["title"]},
        "caveat": _in_languages("map.caveat"),
        "periods": list(map(_about, periods)),
        "units": {unit: _in_languages(f"unit.{unit}.plural") for unit in units},
        "columns": [column.model_dump() for column in answers.columns(Region)],
        "licence": package["licence_statement"],
        "tables": [{**card, "sources": safe_sources(card["sources"])} for card in cards],
        "how_to_cite": {
            say.lang: cite_text(
                say("method.cite.title", years=offence_years(say)), say("method.cite.sources"), say
            )
            for say in map(words, LANGUAGES)
        },
    }
    return _packed(answers.Meta, **_identity(), **content)


def openapi_json(_: Query) -> Packed:
    """Return the OpenAPI description of these addresses."""
    return packed(json_bytes(description(ADDRESSES)), JSON)


def _identity() -> dict[str, str | None]:
    return {
        "atlas": "Atlas Trata Perú",
        "version": RELEASE,
        "data_version": edition(),
        "content": content_version(),
        "data_sha256": catalogue().sha256,
    }


def _about(period: Period) -> dict[str, Any]:
    names = [name for name in answers.PeriodAnswer.model_fields if name != "name"]
    fields = {name: getattr(period, name) for name in names}
    return {**fields, "name": _in_languages(f"period.{period.code}")}


def _in_languages(key: str) -> dict[str, str]:
    return {lang: words(lang)(key) for lang in LANGUAGES}


def safe_sources(sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the sources of a card; an address that is not http or https becomes null."""
    return [
        {**source, "url": url if url.startswith(("https://", "http://")) else None}
        for source in sources
        for url in [str(source.get("url") or "")]
    ]


ADDRESSES = {
    "regions.json": Address(
        regions_json, RegionsQuery, (answers.Regions, answers.Provinces), "The areas of a period"
    ),
    "regions.csv": Address(
        regions_csv,
        RegionsQuery,
        (),
        "The same rows as CSV, with period, source and caveat in every row",
        "text/csv",
    ),
    "series.json": Address(
        series_json,
        SeriesQuery,
        (answers.Series,),
        "Reports step by step; null where they are not known",
    ),
    "profile.json": Address(
        profile_json,
        ProfileQuery,
        (answers.Profile,),
        "Who the victims are; null where few are hidden",
    ),
    "change.json": Address(
        change_json, ChangeQuery, (answers.Change,), "What changed between two periods"
    ),
    "pairs.json": Address(
        pairs_json, PairsQuery, (answers.Pairs,), "Two departments against each other, pair by pair"
    ),
    "hotspots.json": Address(
        hotspots_json,
        HotspotsQuery,
        (
            answers.Clusters,
            answers.Neighbours,
            answers.ProvinceClusters,
            answers.ProvinceNeighbours,
        ),
        "Does an excess cross borders, and rates beside the neighbours'",
    ),
    "services.json": Address(
        services_json, Query, (answers.ServicePlaces,), "Offices that help, with their addresses"
    ),
    "services.csv": Address(services_csv, Query, (), "The same rows as CSV", "text/csv"),
    "mining.json": Address(
        mining_json, Query, (answers.Mining,), "New mining by area, and how much is likely illegal"
    ),
    "mining.csv": Address(mining_csv, Query, (), "The same rows as CSV", "text/csv"),
    "trust.json": Address(
        trust_json, Query, (answers.Trust,), "Trust in the police by area and year, a survey"
    ),
    "meta.json": Address(
        meta_json, Query, (answers.Meta,), "Periods, units, columns, sources, how to cite"
    ),
    "openapi.json": Address(openapi_json, Query, (), "This description"),
}
"""By the last part of the address."""
NO_LONGER_ANSWERED = {
    "level.json": "The level over the years is no longer offered: regions.json of each year says "
    "whether a department is above the expected. The addresses are in /api/v1/openapi.json.",
    "police_profile.csv": "Counts of victims by sex, age and purpose are no longer kept as the "
    "police publish them: profile.json has what may be shown, the police's open data have all. "
    "The addresses are in /api/v1/openapi.json.",
}
"""Addresses that went, by their last part, and what to ask instead."""
