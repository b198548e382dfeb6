"""Checks the whole catalogue and lists every fault: for a terminal, not for a page.

frictionless reads each table after its schema. What a schema cannot say is looked at here: totals,
outlines, and every loader called as the pages call it, for every period and option.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.catalogue import PACKAGE_FILE, catalogue, load_package, read_catalogue, using
from data.parsing import text_rows, total_faults
from data.police import EARLIER, printed_faults
from data.police import TABLE as VICTIMS
from geo.errors import DataError, GeoError

_FIGURE = re.compile(r"sha256:\w+|\d(?:[\d.,/-]*\d)?|(?<=')[^']+(?=')")
"""What a sentence is about: a hash, a figure, a quoted name."""
_HEADER = 1


@dataclass(frozen=True, slots=True)
class FileReport:
    """Faults of one file of the catalogue, with its number of rows."""

    file: str
    rows: int
    faults: list[str] = field(default_factory=list)
    """one sentence per fault; empty = the file is what its card says."""


def validate_catalogue(
    folder: Path | None = None, *, passed: Collection[str] = ()
) -> list[FileReport]:
    """Report all faults of every file of a data folder, in its order; bad data never raises.

    Without a folder that of the catalogue in use is read again. frictionless, which takes most of
    the time, leaves out files that ``passed`` it before with the same card and hash. Their loaders
    are still called, which look up the codes of other tables.
    """
    try:
        opened = read_catalogue(folder or catalogue().folder)
    except DataError as error:
        return [FileReport(PACKAGE_FILE, 0, [f"cannot be read: {error.came}"])]
    resources = {item["name"]: item for item in opened.package["resources"]}
    tables = {
        name: text_rows(content)
        for name, content in opened.files.items()
        if resources[name].get("format") == "csv"
    }
    schema_faults = _frictionless(opened.folder, [name for name in resources if name not in passed])
    reports = [
        _report(name, item, opened.files.get(name), tables, schema_faults.get(name, []))
        for name, item in resources.items()
    ]
    general = FileReport(PACKAGE_FILE, len(resources), schema_faults.get(PACKAGE_FILE, []))
    by_file = {Path(report.file).name: report for report in [general, *reports]}
    listed = {file: report.faults for file, report in by_file.items()}
    with using(opened):
        for file, fault in loader_faults(listed):
            by_file.get(file, general).faults.append(fault)
    return [general, *reports] if general.faults else reports


def _report(
    name: str,
    item: dict[str, Any],
    content: bytes | None,
    tables: dict[str, list[dict[str, str]]],
    schema_faults: list[str],
) -> FileReport:
    if content is None:
        return FileReport(item["path"], 0, ["no such file"])
    faults = list(schema_faults)
    rows = 0
    try:
        if content.startswith(b"\xef\xbb\xbf") or b"\r" in content:
            faults.append("a byte-order mark or CR line ends; expected plain UTF-8 with LF")
        if item["format"] == "csv":
            rows = len(tables[name])
            faults += total_faults(item, tables[name], tables)
            if name == VICTIMS:
                faults += printed_faults(tables[name], tables.get(EARLIER, ()))
        else:
            rows, feature_faults = _feature_faults(item, content)
            faults += feature_faults
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults.append(f"cannot be checked further: {type(error).__name__}: {error}")
    return FileReport(item["path"], rows, list(dict.fromkeys(faults)))


def _frictionless(folder: Path, names: Sequence[str]) -> dict[str, list[str]]:
    """Return the faults that frictionless finds in these resources; it is slow to import."""
    longest_cell = csv.field_size_limit()
    try:
        from frictionless import Package

        package = Package(str(folder / PACKAGE_FILE))
        reports = {name: package.get_resource(name).validate() for name in names}
    except Exception as error:  # a reader's own failure on bad data is a fault of the data
        return {PACKAGE_FILE: [f"schema: {error}"]}
    finally:
        # its import lifts the limit for the whole process; other readers refuse endless cells
        csv.field_size_limit(longest_cell)
    faults: dict[str, list[str]] = defaultdict(list)
    for name, report in reports.items():
        for problem in (*report.errors, *(error for task in report.tasks for error in task.errors)):
            line = getattr(problem, "row_number", None)
            where = f"line {line}: " if line else ""
            faults[name].append(f"schema: {where}{problem.message}")
    return faults


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


def loader_faults(listed: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield (file, sentence) for each refusal of a loader, in the catalogue in use, not listed."""
    faults_of = {file: list(faults) for file, faults in listed.items()}
    try:
        calls = list(_loader_calls())
    except (DataError, KeyError, TypeError) as error:
        yield PACKAGE_FILE, f"no loader can be called: {error}"
        return
    for loader, options in calls:
        file = PACKAGE_FILE
        try:
            loader(**options)
            continue
        except DataError as error:
            file = Path(error.file).name
            where = f"line {error.row}: " if error.row else ""
            fault = f"{where}{error.came}; expected {error.expected}"
            is_known = _is_repeat(error, faults_of.get(file, []))
        except Exception as error:  # whatever bad data does to a loader, the check goes on
            asked = ", ".join(
                f"{key}={getattr(value, 'code', value)!r}" for key, value in options.items()
            )
            fault = f"{loader.__name__}({asked}) fails: {type(error).__name__}: {error}"
            is_known = False
        if not is_known and fault not in faults_of.get(file, []):
            faults_of.setdefault(file, []).append(fault)
            yield file, fault


def loaders() -> list[Callable[..., Any]]:
    """Return every loader without options, or with its options in :func:`_loader_calls`."""
    from data import catalogue, context, geography, population, reports

    named = {
        name: loader
        for module in (catalogue, context, geography, population, reports)
        for name, loader in vars(module).items()
        if name.startswith("load_") and name not in ("load_areas", "load_features")
    }
    return [named[name] for name in sorted(named)]


def _loader_calls() -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    from data.periods import REGISTRIES

    tables = [item["name"] for item in load_package()["resources"] if item["format"] == "csv"]
    counted = {table for registry in REGISTRIES.values() for table in registry.tables.values()}
    options: dict[str, list[dict[str, Any]]] = {
        "load_table": [{"name": name} for name in tables],
        "load_departments": [{"simplified": False}, {"simplified": True}],
        "load_region_counts": [{"period": period} for period in _periods()],
        "load_police_counts": [
            {"table": name} for name in tables if name in counted and name.startswith("police_")
        ],
        "load_series": [{"registry": code} for code in REGISTRIES],
    }
    for loader in loaders():
        for chosen in options.get(loader.__name__, [{}]):
            yield loader, chosen


def _periods() -> tuple[Any, ...]:
    """Return all listed periods; none if the tables that name them cannot be read."""
    from data.periods import REGISTRIES, periods_of

    try:
        return tuple(period for registry in REGISTRIES.values() for period in periods_of(registry))
    except (GeoError, KeyError, ValueError, IndexError):
        return ()


def _is_repeat(error: DataError, faults: Sequence[str]) -> bool:
    """Return whether a file's faults include one with the same line or figures."""
    if error.row and error.row > _HEADER:
        return any(re.search(rf"\bline {error.row}:", fault) for fault in faults)
    parts = error.came.split("; ")
    return all(any(_has_figures_of(part, fault) for fault in faults) for part in parts)


def _has_figures_of(part: str, fault: str) -> bool:
    figures = set(_FIGURE.findall(part))
    if not figures:
        return part in fault
    return all(re.search(rf"(?<!\w){re.escape(figure)}(?!\w)", fault) for figure in figures)
