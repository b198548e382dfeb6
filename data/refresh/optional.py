"""Files that only a refresh can bring: the catalogue ships none, so their cards stand here."""

from __future__ import annotations

from typing import Any

_CODE = r"^(0[1-9]|1\d|2[0-5])"
_SOURCE = {
    "name": "source_id",
    "type": "string",
    "description": "Key of the source in sources.csv",
    "constraints": {"required": True},
}
_OF_SOURCE = {
    "fields": ["source_id"],
    "reference": {"resource": "sources", "fields": ["source_id"]},
}


def _table(title: str, title_es: str, tier: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": title,
        "title_es": title_es,
        "description": title + ".",
        "description_es": title_es + ".",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "type": "table",
        "tier": tier,
        "schema": {
            "fields": [*fields, _SOURCE],
            "missingValues": [""],
            "foreignKeys": [_OF_SOURCE],
        },
    }


def _outlines(what: str, what_es: str, key: str, *, light: bool) -> dict[str, Any]:
    detail = ("light", "livianos") if light else ("full detail", "detalle completo")
    return {
        "title": f"Outlines of the {what}, {detail[0]}",
        "title_es": f"Contornos de {what_es}, {detail[1]}",
        "description": "Records are assigned by code, never by polygon.",
        "description_es": "Los registros se asignan por código, nunca por polígono.",
        "format": "geojson",
        "mediatype": "application/geo+json",
        "encoding": "utf-8",
        "tier": "T0",
        "crs": "EPSG:4326",
        "properties": [{"name": key, "type": "string"}, {"name": "name", "type": "string"}],
    }


def _code(name: str, tail: str, what: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "string",
        "description": f"INEI code of the {what}",
        "constraints": {"required": True, "pattern": _CODE + tail},
    }


def _number(name: str, kind: str, what: str, **constraints: float) -> dict[str, Any]:
    rules = {"required": True, **constraints}
    return {"name": name, "type": kind, "description": what, "constraints": rules}


OPTIONAL_RESOURCES: dict[str, dict[str, Any]] = {
    "provinces_full": _outlines("provinces", "las provincias", "province_ubigeo", light=False),
    "provinces_simplified": _outlines("provinces", "las provincias", "province_ubigeo", light=True),
    "districts_full": _outlines("districts", "los distritos", "district_ubigeo", light=False),
    "districts_simplified": _outlines("districts", "los distritos", "district_ubigeo", light=True),
    "population_areas": _table(
        "Population by province or district and year, refreshed",
        "Población por provincia o distrito y año, actualizada",
        "T0",
        [
            _code("area_ubigeo", r"\d{2}(\d{2})?$", "province (4 digits) or district (6)"),
            _number("year", "integer", "Year, at 30 June", minimum=1990, maximum=2100),
            _number("population", "integer", "Residents", minimum=0),
        ],
    ),
    "mining_cells_by_period": _table(
        "Mined hectares per 0.05 degree cell and period of detection, refreshed",
        "Hectáreas minadas por celda de 0.05 grados y periodo de detección, actualizadas",
        "T1",
        [
            _number("longitude", "number", "Of the centre, degrees", minimum=-81.4, maximum=-68.6),
            _number("latitude", "number", "Of the centre, degrees", minimum=-18.4, maximum=0.0),
            {
                "name": "period",
                "type": "string",
                "description": "Year or quarter of detection",
                "constraints": {"required": True, "pattern": r"^20\d\d(Q[1-4])?$"},
            },
            _number("mined_ha", "number", "Hectares added in the period", minimum=0),
        ],
    ),
}
"""Descriptor by name, as datapackage.json would have it without bytes, hash, row_count, path,
accessed and sources, which come with the file."""
