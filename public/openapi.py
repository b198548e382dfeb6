"""The description of the API for programs, OpenAPI 3.1; the tests drive the API from it."""

from __future__ import annotations

from typing import Any

from data.periods import LATEST_YEAR, PERIOD_CODES
from messages import words
from public.answers import Packed, packed
from public.api import JSON, json_bytes
from public.fields import COLUMNS
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
            "/api/v1/regions.json": _path(
                "regionsJson", "The 25 departments of a period", JSON, _ref("Regions"), period=True
            ),
            "/api/v1/regions.csv": _path(
                "regionsCsv",
                "The same rows as CSV, with period, source and caveat in every row",
                "text/csv",
                {"type": "string"},
                period=True,
            ),
            "/api/v1/meta.json": _path(
                "meta", "Periods, units, columns, sources, how to cite", JSON, _ref("Meta")
            ),
            "/api/v1/openapi.json": _path(
                "openapi", "This description", JSON, {"type": "object", "required": ["openapi"]}
            ),
        },
        "components": {"schemas": _schemas()},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _path(
    name: str, summary: str, media_type: str, schema: dict[str, Any], *, period: bool = False
) -> dict[str, Any]:
    unchanged = {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "An ETag that came before; 304 if nothing has changed since.",
    }
    chosen = {
        "name": "period",
        "in": "query",
        "description": f"Code of a period; {LATEST_YEAR} if left out.",
        "schema": {"type": "string", "enum": list(PERIOD_CODES), "default": LATEST_YEAR},
    }
    parameters = [*([chosen] if period else []), unchanged]
    tags = {
        "ETag": {"schema": {"type": "string"}, "description": "Names exactly these bytes."},
        "Cache-Control": {"schema": {"type": "string"}},
    }
    problems = {
        "400": "A parameter is not understood; the answer names it and never repeats its value.",
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
            "operationId": name,
            "summary": summary,
            "parameters": parameters,
            "responses": responses,
        }
    }


def _schemas() -> dict[str, Any]:
    names = [column.name for column in COLUMNS]
    region = {
        "type": "object",
        "properties": {column.name: column.schema() for column in COLUMNS},
        "required": names,
        "additionalProperties": False,
    }
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
    dispersion = _object(
        phi={"type": "number"},
        low={"type": "number"},
        high={"type": "number"},
        degrees_of_freedom={"type": "integer"},
        is_lent={"type": "boolean"},
    )
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
        "Region": region,
        "Source": source,
        "Period": period,
        "Regions": _object(
            **_IDENTITY,
            period=_ref("Period"),
            caveat=_BOTH,
            licence=_TEXT,
            sources=_list(_ref("Source")),
            dispersion=dispersion,
            regions={**_list(_ref("Region")), "minItems": 25, "maxItems": 25},
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


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
