"""What the API takes and gives, once for its answers and for its description, OpenAPI 3.1."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self, TypeAlias

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo

from atlas.checked import Checked, Offered, faults
from atlas.public.http_cache import JSON, PROBLEM, NotOffered, Packed, json_bytes, packed
from atlas.results.profile import REGISTRY, offered_ranges
from atlas.view import BASES, DEPARTMENTS
from atlas.words import words
from data.periods import LEVELS, MAIN, PERIOD_CODES, REGISTRIES, STEPS
from geo.change import ChangeVerdict
from geo.excess import Verdict
from geo.privacy.ranges import SMALLEST_SHOWN

LENSES = ("scan", "moran", "gistar")
"""Of the hot spots; the lens "excess" of the command line is the table of the regions."""


class Query(Checked):
    """What may stand after the question mark of an address, each parameter once."""

    @classmethod
    def read(cls, given: Iterable[tuple[str, str]]) -> Self:
        """Read the parameters of an address; those that it does not have are left unread.

        Raises NotOffered for the first that is not allowed, stands there twice or is lacking.
        """
        names, values = cls.parameters(), dict[str, str | None]()
        for name, text in given:
            if name in names:
                # a plus sign that was typed by hand arrives as a space
                values[name] = None if name in values else text.replace(" ", "+")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong, _ = faults(error)[0]
            allowed = [str(value) for value in rule_of(names[wrong]).values]  # type: ignore[union-attr]
        raise NotOffered(wrong, "Give one of the allowed codes, once.", allowed)

    @classmethod
    def parameters(cls) -> dict[str, FieldInfo]:
        """The fields by their names in an address."""
        return {about.alias or field: about for field, about in cls.model_fields.items()}


def rule_of(about: FieldInfo) -> Offered:
    """What a parameter may be."""
    return next(rule for rule in about.metadata if isinstance(rule, Offered))


_SPAN = r"[0-9]{4}(-[0-9]{2})?(/[0-9]{4}(-[0-9]{2})?)?"
_YEARLY = tuple(code for code, registry in REGISTRIES.items() if registry.step != "window")
_Level: TypeAlias = Annotated[
    str, Offered(LEVELS, meaning="provinces: where the registry has them; others refuse.")
]
_Department: TypeAlias = Annotated[
    str, Offered(DEPARTMENTS, meaning="INEI code of a department; the country unless given.")
]
_Registry: TypeAlias = Annotated[
    str,
    Offered(
        tuple(REGISTRIES),
        meaning="Who counts; the Public Ministry's two unless given. Registries are never added.",
    ),
]
_Period: TypeAlias = Annotated[
    str,
    Offered(
        PERIOD_CODES,
        _SPAN,
        "A year, years or months of the registry; its newest of nine months or more unless given.",
    ),
]


class RegionsQuery(Query):
    """Of regions.json and regions.csv; empty: what the others call for."""

    period: _Period = ""
    base: Annotated[
        str,
        Offered(
            BASES,
            meaning="What expected counts are shares of: residents, or all offences that the same "
            "offices registered (not known for every period).",
        ),
    ] = BASES[0]
    registry: _Registry = ""
    level: _Level = LEVELS[0]


class SeriesQuery(Query):
    """Of series.json."""

    registry: Annotated[
        str, Offered(tuple(REGISTRIES), meaning=f"Who counts; {MAIN} unless given.")
    ] = MAIN
    department: _Department = ""
    step: Annotated[
        str, Offered(tuple(STEPS), meaning="Length of a step; not below the registry's own.")
    ] = "year"


class ProfileQuery(Query):
    """Of profile.json."""

    period: Annotated[
        str,
        Offered(
            offered_ranges(), _SPAN, "A year or years of the profile; all of them unless given."
        ),
    ] = ""
    registry: Annotated[
        str, Offered((REGISTRY,), meaning="Who counts: the one with a profile.")
    ] = REGISTRY
    department: _Department = ""


class HotspotsQuery(Query):
    """Of hotspots.json."""

    period: _Period = ""
    lens: Annotated[
        str,
        Offered(
            LENSES,
            meaning="scan: does an excess cross a border? moran and gistar: rates beside those of "
            "the neighbours.",
        ),
    ] = LENSES[0]
    registry: _Registry = ""
    level: _Level = LEVELS[0]


class ChangeQuery(Query):
    """Of change.json."""

    before: Annotated[str, Offered(PERIOD_CODES, _SPAN, "The earlier period."), Field(alias="from")]
    after: Annotated[
        str, Offered(PERIOD_CODES, _SPAN, "A later period of the same registry."), Field(alias="to")
    ]
    registry: _Registry = ""


class LevelQuery(Query):
    """Of level.json."""

    registry: Annotated[
        str, Offered(_YEARLY, meaning=f"Who counts by year; {MAIN} unless given.")
    ] = MAIN


QUERIES: dict[str, type[Query]] = {
    "regions.json": RegionsQuery,
    "regions.csv": RegionsQuery,
    "series.json": SeriesQuery,
    "profile.json": ProfileQuery,
    "hotspots.json": HotspotsQuery,
    "change.json": ChangeQuery,
    "level.json": LevelQuery,
    "meta.json": Query,
    "openapi.json": Query,
}
"""By the last part of the address."""


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


def openapi_json(_: Query) -> Packed:
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


def _parameter(name: str, about: FieldInfo) -> dict[str, Any]:
    rule = rule_of(about)
    schema: dict[str, Any] = {"type": "string"}
    if rule.pattern:
        schema |= {"pattern": f"^{rule.pattern}$", "examples": list(rule.values)}  # type: ignore[arg-type]
    else:
        schema["enum"] = list(rule.values)  # type: ignore[arg-type]
    if not about.is_required() and about.default:
        schema["default"] = about.default
    return {
        "name": name,
        "in": "query",
        "description": rule.meaning,
        "required": about.is_required(),
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
            "parameters": [
                *(_parameter(*parameter) for parameter in QUERIES[name].parameters().items()),
                unchanged,
            ],
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
            **_IDENTITY, registry=_TEXT, unit=_TEXT, **resting, series=_list(_row("series"))
        ),
        "Profile": _object(
            **_IDENTITY, period=_ref("Period"), **resting, profile=_list(_row("profile"))
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
