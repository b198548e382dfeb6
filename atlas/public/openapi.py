"""What the API takes and gives, once for its handlers and for its description, OpenAPI 3.1."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from atlas.public.http_cache import JSON, PROBLEM, Packed, json_bytes, packed
from atlas.results.profile import REGISTRY, offered_ranges
from atlas.view import BASES, DEPARTMENTS
from atlas.words import words
from data.periods import LEVELS, MAIN, PERIOD_CODES, REGISTRIES, STEPS
from geo.change import ChangeVerdict
from geo.excess import Verdict
from geo.privacy.ranges import SMALLEST_SHOWN

LENSES = ("scan", "moran", "gistar")
"""Of the hot spots; the lens "excess" of the command line is the table of the regions."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may stand after the question mark: one of a list, once."""

    name: str
    allowed: tuple[str, ...]
    default: str | None
    """None: it must be given; empty: what the others call for."""
    meaning: str
    pattern: str = ""
    """what else may stand there; ``allowed`` are then examples."""


_YEARLY = tuple(code for code, one in REGISTRIES.items() if one.step != "window")
_PERIOD = Parameter(
    "period",
    PERIOD_CODES,
    "",
    "A year, years or months of the registry; its newest of nine months or more unless given.",
    r"[0-9]{4}(-[0-9]{2})?(/[0-9]{4}(-[0-9]{2})?)?",
)
_REGISTRY = Parameter(
    "registry",
    tuple(REGISTRIES),
    "",
    "Who counts; the Public Ministry's two unless given. Registries are never added.",
)
_LEVEL = Parameter(
    "level", LEVELS, LEVELS[0], "provinces: where the registry has them; others refuse."
)
_DEPARTMENT = Parameter(
    "department", DEPARTMENTS, "", "INEI code of a department; the country unless given."
)
PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "regions.json": (
        _PERIOD,
        Parameter(
            "base",
            BASES,
            BASES[0],
            "What expected counts are shares of: residents, or all offences that the same offices "
            "registered (not known for every period).",
        ),
        _REGISTRY,
        _LEVEL,
    ),
    "series.json": (
        Parameter("registry", tuple(REGISTRIES), None, "Who counts."),
        _DEPARTMENT,
        Parameter("step", tuple(STEPS), "year", "Length of a step; not below the registry's own."),
    ),
    "profile.json": (
        Parameter(
            "period",
            offered_ranges(),
            "",
            "A year or years of the profile; all of them unless given.",
            _PERIOD.pattern,
        ),
        Parameter("registry", (REGISTRY,), REGISTRY, "Who counts: the one with a profile."),
        _DEPARTMENT,
    ),
    "hotspots.json": (
        _PERIOD,
        Parameter(
            "lens",
            LENSES,
            LENSES[0],
            "scan: does an excess cross a border? moran and gistar: rates beside those of the "
            "neighbours.",
        ),
        _REGISTRY,
        _LEVEL,
    ),
    "change.json": (
        replace(_PERIOD, name="from", default=None, meaning="The earlier period."),
        replace(_PERIOD, name="to", default=None, meaning="A later period of the same registry."),
        _REGISTRY,
    ),
    "level.json": (Parameter("registry", _YEARLY, MAIN, "Who counts; one that counts by year."),),
    "meta.json": (),
    "openapi.json": (),
}
"""By the last part of the address."""
PARAMETERS["regions.csv"] = PARAMETERS["regions.json"]


_TEXT = {"type": "string"}
_COUNT = {"minimum": 0}
_LIMITS: dict[str, dict[str, Any]] = {
    "": {},
    "count": _COUNT,
    "victims": {"minimum": SMALLEST_SHOWN},
    "share": {**_COUNT, "maximum": 1},
    "code": {"pattern": "^(0[1-9]|1[0-9]|2[0-5])$"},
    "base": {"enum": list(BASES)},
    "verdict": {"enum": list(Verdict)},
    "change": {"enum": list(ChangeVerdict)},
    "high": {"enum": ["high"]},
}
"""Keywords of JSON Schema by the name that columns.csv gives them."""


class Column(NamedTuple):
    """One column of an answer, as columns.csv has it: number? may be null, an array is of words."""

    table: str
    name: str
    type: str
    limits: str
    unit: str
    meaning: str

    def schema(self) -> dict[str, Any]:
        """The column as JSON Schema (2020-12)."""
        kind = self.type.removesuffix("?")
        found = {
            "type": kind if kind == self.type else [kind, "null"],
            "description": f"{self.meaning} Unit: {self.unit}." if self.unit else self.meaning,
            **_LIMITS[self.limits],
        }
        return found | {"items": _TEXT} if kind == "array" else found


def _columns() -> dict[str, tuple[Column, ...]]:
    text = Path(__file__).with_name("columns.csv").read_text(encoding="utf-8")
    every = [Column(*row) for row in csv.reader(text.splitlines()[1:])]
    names = dict.fromkeys(one.table for one in every)
    return {name: tuple(one for one in every if one.table == name) for name in names}


COLUMNS = _columns()
"""Columns by answer: regions, change, level, clusters, neighbours."""
_BOTH = {
    "type": "object",
    "properties": {"es": _TEXT, "en": _TEXT},
    "required": ["es", "en"],
    "additionalProperties": False,
}
_IDENTITY = {
    "atlas": _TEXT,
    "version": {"type": "string", "description": "Changes with any figure, word or program part."},
    "data_version": _TEXT,
    "data_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "refreshed_seal": {
        "type": ["string", "null"],
        "description": "Changes with the figures that were refreshed on the server; null if none.",
    },
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_CSV_SUMMARY = "The same rows as CSV, with period, source and caveat in every row"
_HOTSPOTS_SUMMARY = "Does an excess cross borders, and rates beside the neighbours'"
_HOTSPOTS = ("Clusters", "Neighbours", "ProvinceClusters", "ProvinceNeighbours")
_ADDRESSES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "regions.json",
        "The areas of a period",
        JSON,
        {"oneOf": [_ref("Regions"), _ref("Provinces")]},
    ),
    ("regions.csv", _CSV_SUMMARY, "text/csv", _TEXT),
    ("series.json", "Reports step by step; null where they are not known", JSON, _ref("Series")),
    ("profile.json", "Who the victims are; null where few are hidden", JSON, _ref("Profile")),
    ("change.json", "What changed between two periods", JSON, _ref("Change")),
    ("level.json", "The level over the years, waves taken out", JSON, _ref("Level")),
    ("hotspots.json", _HOTSPOTS_SUMMARY, JSON, {"oneOf": [_ref(name) for name in _HOTSPOTS]}),
    ("meta.json", "Periods, units, columns, sources, how to cite", JSON, _ref("Meta")),
    ("openapi.json", "This description", JSON, {"type": "object", "required": ["openapi"]}),
)
"""Last part of the address, summary, media type, schema of the answer."""


def openapi_json() -> Packed:
    """The description itself."""
    return packed(json_bytes(description()), JSON)


def description() -> dict[str, Any]:
    """The description as a document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Atlas Trata Perú",
            "version": "1",
            "summary": "Reported human trafficking in Peru by department.",
            "description": f"{words('en')('map.caveat')} Read only, no key, no cookie, any origin.",
        },
        "paths": {
            f"/api/v1/{name}": _path(name, summary, media_type, schema)
            for name, summary, media_type, schema in _ADDRESSES
        },
        "components": {"schemas": _schemas()},
    }


def _query(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.pattern:
        schema |= {"pattern": f"^{parameter.pattern}$", "examples": list(parameter.allowed)}
    else:
        schema["enum"] = list(parameter.allowed)
    if parameter.default:
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.meaning,
        "required": parameter.default is None,
        "schema": schema,
    }


def _path(name: str, summary: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    unchanged = {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "An ETag that came before; 304 if nothing has changed since.",
    }
    tags = {
        "ETag": {"schema": {"type": "string"}, "description": "Names exactly these bytes."},
        "Cache-Control": {"schema": {"type": "string"}},
    }
    problems = {
        "400": "A parameter is not understood, or has no answer beside the others; the answer "
        "names it and never repeats its value.",
        "405": "The address can only be read.",
        "503": "A table of the server is not what its card says.",
    }
    responses: dict[str, Any] = {
        "200": {
            "description": summary,
            "headers": tags,
            "content": {media_type: {"schema": schema}},
        },
        "304": {"description": "Nothing has changed.", "headers": tags},
    }
    for status, text in problems.items():
        responses[status] = {"description": text, "content": {PROBLEM: {"schema": _ref("Problem")}}}
    return {
        "get": {
            "operationId": name.replace(".", "_"),
            "summary": summary,
            "parameters": [*map(_query, PARAMETERS[name]), unchanged],
            "responses": responses,
        }
    }


def _schemas() -> dict[str, Any]:
    source = _object(
        title=_TEXT,
        publisher={"type": ["string", "null"]},
        url={"type": ["string", "null"]},
        published={"type": ["string", "null"]},
    )
    period = _object(
        code=_TEXT,
        start=_TEXT,
        end=_TEXT,
        years=_list({"type": "integer"}),
        months={"type": "integer", "minimum": 1},
        unit=_TEXT,
        registry=_TEXT,
        registry_code={"enum": list(REGISTRIES)},
        is_pooled={"type": "boolean"},
        flags=_list(_TEXT),
        unranked=_list(_TEXT),
        name=_BOTH,
    )
    number = {"type": "number"}
    resting = {"caveat": _BOTH, "licence": _TEXT, "sources": _list(_ref("Source"))}
    simulated = {"seed": {"type": "integer"}, "replicas": {"type": "integer"}}
    column = _object(name=_TEXT, unit={"type": ["string", "null"]}, meaning=_TEXT)
    table = _object(
        name=_TEXT,
        title=_TEXT,
        title_es=_TEXT,
        sources=_list(_ref("Source")),
        licence=_TEXT,
        sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        bytes={"type": "integer"},
        accessed=_TEXT,
    )
    problem = _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT)
    problem["properties"] |= {"field": _TEXT, "allowed": _list(_TEXT)}
    return {
        "Region": _row("regions"),
        "Source": source,
        "Period": period,
        "Regions": _object(
            **_IDENTITY,
            period=_ref("Period"),
            **resting,
            overdispersion=_object(kappa=number, low=number, high=number),
            regions=_departments(_ref("Region")),
        ),
        "Provinces": _object(
            **_IDENTITY,
            period=_ref("Period"),
            **resting,
            overdispersion=_object(kappa=number, low=number, high=number),
            without_province={**_COUNT, "type": "integer"},
            regions=_list(_row("province", "regions")),
        ),
        "Series": _object(
            **_IDENTITY,
            registry=_TEXT,
            unit=_TEXT,
            **resting,
            series=_list(_row("series")),
        ),
        "Profile": _object(
            **_IDENTITY,
            period=_ref("Period"),
            **resting,
            profile=_list(_row("profile")),
        ),
        "Change": _object(
            **_IDENTITY,
            **{"from": _ref("Period"), "to": _ref("Period")},
            **resting,
            country={**number, "description": "Ratio of the rates of the departments compared."},
            years_apart=number,
            kappa={**number, "description": "How far departments usually move in so many years."},
            regions=_departments(_row("change")),
        ),
        "Level": _object(
            **_IDENTITY,
            periods=_list(_ref("Period")),
            **resting,
            regions=_departments(_row("level")),
        ),
        "Clusters": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"const": LENSES[0]},
            **resting,
            **simulated,
            clusters=_list(_row("clusters")),
        ),
        "ProvinceClusters": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"const": LENSES[0]},
            **resting,
            **simulated,
            clusters=_list(_row("province_clusters")),
        ),
        "ProvinceNeighbours": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"enum": list(LENSES[1:])},
            **resting,
            **simulated,
            rows=_list(_row("province", "neighbours")),
        ),
        "Neighbours": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"enum": list(LENSES[1:])},
            **resting,
            **simulated,
            rows=_departments(_row("neighbours")),
        ),
        "Meta": _object(
            **_IDENTITY,
            title=_BOTH,
            caveat=_BOTH,
            periods=_list(_ref("Period")),
            units={"type": "object", "additionalProperties": _BOTH},
            columns=_list(column),
            licence=_TEXT,
            tables=_list(table),
            how_to_cite=_BOTH,
        ),
        "Problem": problem,
    }


def _object(**properties: Any) -> dict[str, Any]:
    """Return an object of which every property is there and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _row(*tables: str) -> dict[str, Any]:
    return _object(
        **{column.name: column.schema() for table in tables for column in COLUMNS[table]}
    )


def _departments(items: dict[str, Any]) -> dict[str, Any]:
    return {**_list(items), "minItems": 25, "maxItems": 25}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
