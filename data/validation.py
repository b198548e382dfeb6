"""Checks the whole catalogue and lists every fault: for a terminal, not for a page.

Two independent readers look at each table: frictionless, after the published schema, and ours,
for what a schema cannot say (units beside counts, totals conserved, positions, outlines). Last,
every loader is called: what a page would refuse is a fault here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.catalogue import PACKAGE_FILE, ROOT
from data.loader_faults import loader_faults
from data.totals import Row, total_faults
from geo.crs import PERU_BOUNDS

_COUNTS = ("reported_count", "value")
_ABROAD = "route_waypoints"
"""The one table whose points may lie outside Peru."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found in one file of the catalogue."""

    file: str
    """path inside the data folder."""
    rows: int
    """rows or features that could be read."""
    faults: list[str] = field(default_factory=list)
    """one sentence per fault; empty = the file is what its card says."""


def validate_catalogue(root: Path | str | None = None) -> list[FileReport]:
    """Check every file of the catalogue and report all faults; bad data never raises.

    Parameters
    ----------
    root : Path or str, optional
        Data folder; the project's own unless given.

    Returns
    -------
    list of FileReport
        One per file, in the order of the catalogue. A catalogue that cannot be read is one
        report of that file.
    """
    folder = ROOT if root is None else Path(root)
    try:
        package = json.loads((folder / PACKAGE_FILE).read_text(encoding="utf-8"))
        resources = {resource["name"]: resource for resource in package["resources"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [FileReport(PACKAGE_FILE, 0, [f"cannot be read: {error}"])]
    contents = {name: _bytes(folder / item["path"]) for name, item in resources.items()}
    tables = {
        name: list(_rows(content))
        for name, content in contents.items()
        if content is not None and resources[name]["format"] == "csv"
    }
    schema_faults = _frictionless(folder)
    reports = [
        _report(name, item, contents[name], tables, schema_faults.get(name, []))
        for name, item in resources.items()
    ]
    general = FileReport(PACKAGE_FILE, len(resources), schema_faults.get(PACKAGE_FILE, []))
    by_file = {Path(report.file).name: report for report in [general, *reports]}
    listed = {file: report.faults for file, report in by_file.items()}
    for file, fault in loader_faults(folder, listed):
        by_file.get(file, general).faults.append(fault)
    return [general, *reports] if general.faults else reports


def _report(
    name: str,
    item: dict[str, Any],
    content: bytes | None,
    tables: dict[str, list[Row]],
    schema_faults: list[str],
) -> FileReport:
    if content is None:
        return FileReport(item["path"], 0, ["no such file"])
    faults = list(schema_faults)
    rows = 0
    try:
        faults += _seal_faults(item, content)
        if item["format"] == "csv":
            rows = len(tables[name])
            faults += _table_faults(name, item, tables)
        else:
            rows, found = _feature_faults(item, content)
            faults += found
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults.append(f"cannot be checked further: {type(error).__name__}: {error}")
    return FileReport(item["path"], rows, list(dict.fromkeys(faults)))


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _rows(content: bytes) -> Iterator[Row]:
    text = content.decode("utf-8", errors="replace")
    for line, cells in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=2):
        yield line, {str(key): value or "" for key, value in cells.items() if key is not None}


def _frictionless(folder: Path) -> dict[str, list[str]]:
    """Return the faults that frictionless finds, by resource; it is slow to import."""
    longest_cell = csv.field_size_limit()
    try:
        from frictionless import Package

        report = Package(str(folder / PACKAGE_FILE)).validate()
    except Exception as error:  # a reader's own failure on bad data is a fault of the data
        return {PACKAGE_FILE: [f"schema: {error}"]}
    finally:
        # its import lifts the limit for the whole process; other readers refuse endless cells
        csv.field_size_limit(longest_cell)
    faults: dict[str, list[str]] = defaultdict(list)
    for problem in report.errors:
        faults[PACKAGE_FILE].append(f"schema: {problem.message}")
    for task in report.tasks:
        for problem in task.errors:
            line = getattr(problem, "row_number", None)
            where = f"line {line}: " if line else ""
            faults[task.name].append(f"schema: {where}{problem.message}")
    return faults


def _seal_faults(item: dict[str, Any], content: bytes) -> Iterator[str]:
    if len(content) != item["bytes"]:
        yield f"{len(content):,} bytes; expected {item['bytes']:,}"
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    if digest != item["hash"]:
        yield f"{digest}; expected {item['hash']}"
    if content.startswith(b"\xef\xbb\xbf") or b"\r" in content:
        yield "a byte-order mark or CR line ends; expected plain UTF-8 with LF"


def _table_faults(name: str, item: dict[str, Any], tables: dict[str, list[Row]]) -> Iterator[str]:
    rows = tables[name]
    columns = set(rows[0][1]) if rows else set()
    for column in sorted({entry["name"] for entry in item["schema"]["fields"]} - columns):
        yield f"column {column!r} missing"
    yield from _unit_faults(rows, columns)
    yield from _position_faults(name, rows, columns)
    yield from _code_faults(item, rows, tables)
    yield from total_faults(item, rows, tables)


def _unit_faults(rows: list[Row], columns: set[str]) -> Iterator[str]:
    for count in (name for name in _COUNTS if name in columns):
        for beside in ("unit", "registry"):
            for line, cells in rows:
                if not cells.get(beside):
                    yield f"line {line}: {count} without {beside}"
        for line, cells in rows:
            number = _number(cells[count])
            if number is None or number < 0:
                yield f"line {line}: {count} is {cells[count]!r}; expected zero or more"


def _position_faults(name: str, rows: list[Row], columns: set[str]) -> Iterator[str]:
    if not {"longitude", "latitude"} <= columns or name == _ABROAD:
        return
    west, south, east, north = PERU_BOUNDS
    for line, cells in rows:
        if not cells["longitude"] and not cells["latitude"]:
            continue
        x, y = _number(cells["longitude"]), _number(cells["latitude"])
        if x is None or y is None or not (west <= x <= east and south <= y <= north):
            yield f"line {line}: position {cells['longitude']}, {cells['latitude']} is not in Peru"


def _code_faults(
    item: dict[str, Any], rows: list[Row], tables: dict[str, list[Row]]
) -> Iterator[str]:
    for key in item["schema"].get("foreignKeys", []):
        target, column = key["reference"]["resource"], key["fields"][0]
        other = key["reference"]["fields"][0]
        known = {cells.get(other, "") for _, cells in tables.get(target, [])}
        for line, cells in rows:
            if cells.get(column) and cells[column] not in known:
                yield f"line {line}: {column} {cells[column]!r} is not in {target}"


def _feature_faults(item: dict[str, Any], content: bytes) -> tuple[int, list[str]]:
    from shapely import is_valid_reason
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    try:
        features = list(json.loads(content)["features"])
    except (ValueError, KeyError, TypeError) as error:
        return 0, [f"no FeatureCollection: {error}"]
    faults = []
    if len(features) != item["row_count"]:
        faults.append(f"{len(features)} features; expected {item['row_count']}")
    for line, feature in enumerate(features, start=2):
        try:
            properties, geometry = feature["properties"], shape(feature["geometry"])
            missing = [
                entry["name"] for entry in item["properties"] if entry["name"] not in properties
            ]
        except (ShapelyError, KeyError, TypeError, ValueError, AttributeError) as error:
            faults.append(f"line {line}: {type(error).__name__}: {error}")
            continue
        faults += [f"line {line}: property {name!r} missing" for name in missing]
        if geometry.is_empty or not geometry.is_valid:
            faults.append(f"line {line}: {is_valid_reason(geometry)}")
    return len(features), faults


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
