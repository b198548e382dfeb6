"""The description of the API for programs, OpenAPI 3.1; the tests drive the API from it."""

from __future__ import annotations

from typing import Any

from data.periods import PERIOD_CODES
from messages import words
from public.answers import Packed, packed
from public.api import JSON, json_bytes
from public.fields import (
    CHANGE_COLUMNS,
    CLUSTER_COLUMNS,
    COLUMNS,
    LENSES,
    LEVEL_COLUMNS,
    LOCAL_COLUMNS,
    PARAMETERS,
    Column,
    Parameter,
)
from public.problems import MEDIA_TYPE

_TEXT = {"type": "string"}
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
            for name, summary, media_type, schema in (
                ("regions.json", "The 25 departments of a period", JSON, _ref("Regions")),
                (
                    "regions.csv",
                    "The same rows as CSV, with period, source and caveat in every row",
                    "text/csv",
                    _TEXT,
                ),
                ("change.json", "What changed between two periods", JSON, _ref("Change")),
                ("level.json", "The level over the years, waves taken out", JSON, _ref("Level")),
                (
                    "hotspots.json",
                    "Does an excess cross borders, and rates beside the neighbours'",
                    JSON,
                    {"oneOf": [_ref("Clusters"), _ref("Neighbours")]},
                ),
                ("meta.json", "Periods, units, columns, sources, how to cite", JSON, _ref("Meta")),
                (
                    "openapi.json",
                    "This description",
                    JSON,
                    {"type": "object", "required": ["openapi"]},
                ),
            )
        },
        "components": {"schemas": _schemas()},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": list(parameter.allowed)}
    if parameter.default is not None:
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
        responses[status] = {
            "description": text,
            "content": {MEDIA_TYPE: {"schema": _ref("Problem")}},
        }
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
        code={"type": "string", "enum": list(PERIOD_CODES)},
        start=_TEXT,
        end=_TEXT,
        years=_list({"type": "integer"}),
        months={"type": "integer", "minimum": 1},
        unit=_TEXT,
        registry=_TEXT,
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
        "Region": _row(COLUMNS),
        "Source": source,
        "Period": period,
        "Regions": _object(
            **_IDENTITY,
            period=_ref("Period"),
            **resting,
            overdispersion=_object(kappa=number, low=number, high=number),
            regions=_departments(_ref("Region")),
        ),
        "Change": _object(
            **_IDENTITY,
            **{"from": _ref("Period"), "to": _ref("Period")},
            **resting,
            country={**number, "description": "Ratio of the rates of the departments compared."},
            years_apart=number,
            kappa={**number, "description": "How far departments usually move in so many years."},
            regions=_departments(_row(CHANGE_COLUMNS)),
        ),
        "Level": _object(
            **_IDENTITY,
            periods=_list(_ref("Period")),
            **resting,
            regions=_departments(_row(LEVEL_COLUMNS)),
        ),
        "Clusters": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"const": LENSES[0]},
            **resting,
            **simulated,
            clusters=_list(_row(CLUSTER_COLUMNS)),
        ),
        "Neighbours": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"enum": list(LENSES[1:])},
            **resting,
            **simulated,
            rows=_departments(_row(LOCAL_COLUMNS)),
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


def _row(columns: tuple[Column, ...]) -> dict[str, Any]:
    return _object(**{column.name: column.schema() for column in columns})


def _departments(items: dict[str, Any]) -> dict[str, Any]:
    return {**_list(items), "minItems": 25, "maxItems": 25}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
