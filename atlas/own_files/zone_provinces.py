"""Writes zones as the row that a plan keeps, with the provinces that each of them touches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from atlas.own_files.places import gazetteer
from atlas.own_files.report import Report
from geo.siting.zones import ReducedZones, distance_km, is_surrounded

_NAMED_ZONES, _NAMED_PROVINCES = 20, 30


def zone_row(
    zones: ReducedZones,
    touched: dict[str, list[str]],
    report: Report,
    widened: str = "",
    areas: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return zones as the one row of their list, or none; the report gets what is told of them."""
    if not len(zones.parts):
        return []
    text = _touched_text({label: names for label, names in touched.items() if names})
    nowhere = [label for label, names in touched.items() if not names]
    for code, detail in (("zones_touch", text), ("zones_nowhere", _listed(nowhere))):
        report.notices += [(code, detail)] if detail else []
    wkb = shapely.geometrycollections(zones.parts).wkb_hex
    provinces = list(dict.fromkeys(name for names in touched.values() for name in names))
    row = {"wkb": wkb, "holes_km": zones.holes_km.tolist(), "touched": text}
    if widened:
        report.notices.append(("zones_widened", widened))
    return [{**row, "provinces": provinces, "widened": widened, "areas": [*areas]}]


def provinces_of(zones: ReducedZones, count: int) -> list[set[str]]:
    """Codes of the provinces that each of so many zones touches."""
    touched: list[set[str]] = [set() for _ in range(count)]
    if not len(zones.parts):
        return touched
    codes, outlines = province_outlines()
    parts = zones.parts.copy()
    is_bad = ~shapely.is_valid(parts)
    parts[is_bad] = shapely.make_valid(parts[is_bad])
    province, part = shapely.STRtree(parts).query(outlines, predicate="intersects")
    for of_province, of_zone in zip(province, zones.zone[part], strict=True):
        touched[of_zone].add(codes[of_province])
    return touched


def names_touched(provinces: Sequence[set[str]], labels: Sequence[str]) -> dict[str, list[str]]:
    """Names of the provinces that the zones of each label touch, in their order by code."""
    touched: dict[str, set[str]] = {label: set() for label in labels}
    for label, codes in zip(labels, provinces, strict=True):
        touched[label] |= codes
    names = gazetteer().names
    return {label: [names[code] for code in sorted(there)] for label, there in touched.items()}


def _touched_text(touched: Mapping[str, list[str]]) -> str:
    """Write the provinces of each zone as one line; many zones are put together at the end."""
    first = list(touched)[:_NAMED_ZONES]
    lines = [f"{label}: {_listed(touched[label])}" for label in first]
    if rest := list(touched)[_NAMED_ZONES:]:
        names = dict.fromkeys(name for label in rest for name in touched[label])
        lines.append(f"+{len(rest):,}: {_listed([*names])}")
    return "; ".join(lines)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_PROVINCES
    text = ", ".join(names[:_NAMED_PROVINCES])
    return f"{text}, +{more}" if more > 0 else text


def province_outlines() -> tuple[list[str], np.ndarray]:
    """Codes and light outlines of the provinces, those with one."""
    from data.geography import load_features

    frame = load_features("provinces_simplified")
    return frame["province_ubigeo"].astype(str).tolist(), frame.geometry.to_numpy()


def provinces_touched(wkb: str) -> list[str]:
    """Return the names of the provinces that zones touch; ``wkb`` hexadecimal, WGS84 degrees."""
    codes, outlines = province_outlines()
    parts = shapely.get_parts(shapely.from_wkb(wkb))
    touched = shapely.STRtree(outlines).query(parts, predicate="intersects")[1]
    return [gazetteer().names[codes[at]] for at in sorted({*touched.tolist()})]


def distances(content: bytes) -> dict[str, Any]:
    """Return kilometres from places to the zones, and which places a zone surrounds."""
    request = json.loads(content)
    parts = shapely.get_parts(shapely.from_wkb(request["wkb"]))
    spots = request["longitude"], request["latitude"]
    surrounded = np.flatnonzero(is_surrounded(parts, *spots))
    return {"km": distance_km(parts, *spots).tolist(), "surrounded": surrounded.tolist()}
