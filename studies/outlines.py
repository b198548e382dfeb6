"""Outlines of provinces or districts from a publisher's layer, in a new data folder.

Run with ``python -m studies.outlines LAYER --level districts --code IDDIST --publisher INEI
--licence "open data" --out FOLDER``. The layer is what geopandas reads; ``--code`` names its column
of INEI's codes. The folder starts from the one in use (ATLAS_DATA); for a change of the shipped
tables its files and cards are copied into data/ and reviewed there.

Outlines of one code are united and repaired; the light ones are simplified together, so that a
shared border stays shared, with the smallest tolerance that fits.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from data.catalogue import Catalogue, catalogue, file_facts
from data.geography import area_names, load_places
from data.names import AREA_COLUMNS, CODE_DIGITS
from data.refresh.folder import write_folder
from data.refresh.locate import projected
from geo.crs import to_wgs84
from geo.errors import DataError

LIGHT_BYTES = {"provinces": 260_000, "districts": 750_000}
TOLERANCES_M = (250, 500, 750, 1_000, 1_500, 2_000, 3_000)
"""square root of the area of the smallest triangle that is kept (Visvalingam-Whyatt)"""
LARGEST_GAP = 0.01
"""of the country: overlaps and differences from the official areas above it are no such layer"""


def outlines_by_code(layer: Path, level: str, column: str) -> tuple[list[str], np.ndarray]:
    """Return codes, ascending, and their outlines in metres of the analysis CRS.

    DataError for a code that the tables do not have, overlaps, or areas far from the official.
    """
    frame = gpd.read_file(layer).dropna(subset=["geometry"]).to_crs(4326)
    digits = CODE_DIGITS[level]
    codes = frame[column].astype(str).str.removesuffix(".0").str.zfill(digits)
    if unknown := sorted(set(codes) - set(area_names(level))):
        raise DataError(layer.name, came=f"{column} {unknown[:5]}", expected="INEI's codes")
    flat = shapely.make_valid(projected(shapely.force_2d(frame.geometry.to_numpy())))
    ordered = sorted(set(codes))
    shapes = np.array(
        [_surface(shapely.union_all(flat[(codes == code).to_numpy()])) for code in ordered]
    )
    whole, own = shapely.area(shapely.union_all(shapes)), shapely.area(shapes).sum()
    official = load_places()["area_km2"].sum() * 1e6
    for what, share in (
        ("overlaps", own / whole - 1),
        ("the country's area", whole / official - 1),
    ):
        if abs(share) > LARGEST_GAP:
            raise DataError(layer.name, came=f"{what} off by {share:+.1%}", expected="1 % at most")
    return ordered, shapes


def simplified(shapes: np.ndarray, most_bytes: int) -> np.ndarray:
    """Simplify outlines (metres) together until they fit; an island that would vanish stays."""
    clean = shapely.coverage_clean(shapes, snapping_distance=1.0, gap_width=100.0)
    clean = np.where(shapely.is_empty(clean), shapes, clean)
    light = clean
    for tolerance in TOLERANCES_M:
        light = shapely.coverage_simplify(clean, tolerance)
        light = _degrees(np.where(shapely.is_empty(light), clean, light), 3)
        light = np.where(shapely.is_empty(light), _degrees(clean, 5), light)
        if sum(map(len, shapely.to_geojson(light))) <= most_bytes:
            break
    return light


def _surface(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _degrees(shapes: np.ndarray, decimals: int) -> np.ndarray:
    rounded = shapely.transform(
        shapes, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1])).round(decimals)
    )
    return shapely.buffer(shapely.make_valid(rounded), 0)


def feature_collection(level: str, codes: Sequence[str], shapes: np.ndarray) -> bytes:
    """GeoJSON without blanks, one feature a line."""
    names = area_names(level)
    lines = []
    for code, text in zip(codes, shapely.to_geojson(shapes), strict=True):
        row = {AREA_COLUMNS[level]: code, "name": names[code]}
        properties = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        lines.append(f'{{"type":"Feature","properties":{properties},"geometry":{text}}}')
    body = ",\n".join(lines)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def with_outlines(level: str, files: dict[str, bytes], source: dict, licence: str) -> Catalogue:
    """The catalogue in use with full and light outlines of a level, made from a source."""
    before, english = catalogue(), level
    spanish = {"provinces": "provincias", "districts": "distritos"}[level]
    cards = {item["name"]: item for item in before.package["resources"]}
    kinds = {"full": ("full detail", "detalle completo"), "simplified": ("light", "livianos")}
    for kind, (what, what_es) in kinds.items():
        name = f"{level}_{kind}"
        content = files[kind]
        cards[name] = {
            "name": name,
            "path": cards.get(name, {}).get("path", f"tables/{name}.geojson"),
            "title": f"Outlines of the {english}, {what}",
            "title_es": f"Contornos de {spanish}, {what_es}",
            "description": "Records are assigned by code, never by polygon.",
            "description_es": "Los registros se asignan por código, nunca por polígono.",
            "format": "geojson",
            "mediatype": "application/geo+json",
            "encoding": "utf-8",
            "tier": "T0",
            "crs": "EPSG:4326",
            "accessed": date.today().isoformat(),
            "sources": [source],
            "licence_statement": licence,
            "properties": [{"name": n, "type": "string"} for n in (AREA_COLUMNS[level], "name")],
            **file_facts("geojson", content),
        }
    package = {**before.package, "resources": list(cards.values())}
    content = (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()
    brought = {f"{level}_{kind}": files[kind] for kind in kinds}
    return Catalogue(before.folder, content, package, before.files | brought)


def main() -> None:
    """Read the layer that the command line names and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layer", type=Path)
    parser.add_argument("--level", choices=LIGHT_BYTES, required=True)
    for option in ("--code", "--publisher", "--licence"):
        parser.add_argument(option, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    codes, shapes = outlines_by_code(asked.layer, asked.level, asked.code)
    files = {
        "full": feature_collection(asked.level, codes, _degrees(shapes, 5)),
        "simplified": feature_collection(
            asked.level, codes, simplified(shapes, LIGHT_BYTES[asked.level])
        ),
    }
    digest = hashlib.sha256(asked.layer.read_bytes()).hexdigest()
    title = f"{asked.layer.name} (SHA-256 {digest[:12]})"
    source = {"title": title, "publisher": asked.publisher}
    write_folder(with_outlines(asked.level, files, source, asked.licence), asked.out)
    lacking = sorted(set(area_names(asked.level)) - set(codes))
    print(f"{len(codes)} outlines in {asked.out}; without one: {', '.join(lacking) or 'none'}")


if __name__ == "__main__":
    main()
