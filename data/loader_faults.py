"""Calls every loader on a data folder and collects what each refuses, for the catalogue's check.

The check must not say "ok" where a page of the atlas would stop: the loaders are called as the
pages call them, for every period and every option, and each refusal becomes a fault of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.catalogue import PACKAGE_FILE, load_package
from geo.errors import DataError

_FIGURE = re.compile(r"sha256:\w+|\d(?:[\d.,/-]*\d)?|(?<=')[^']+(?=')")
"""What a sentence is about: a hash, a figure, a quoted name."""
_HEADER = 1


def loader_faults(folder: Path, listed: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield (file, sentence) for each refusal of a loader that is not listed yet.

    Parameters
    ----------
    folder : Path
        Data folder.
    listed : mapping of str to sequence of str
        Faults already known, by file name (without its folder).

    Yields
    ------
    tuple of str
        Name of the file without its folder, and the fault. A loader that fails otherwise than
        by a DataError is a fault of the catalogue: nothing raises.
    """
    known = {file: list(faults) for file, faults in listed.items()}
    try:
        calls = list(_calls(folder))
    except (DataError, KeyError, TypeError) as error:
        yield PACKAGE_FILE, f"no loader can be called: {error}"
        return
    for name, options in calls:
        file = PACKAGE_FILE
        try:
            _call(name, folder, options)
            continue
        except DataError as error:
            file = Path(error.file).name
            where = f"line {error.row}: " if error.row else ""
            fault = f"{where}{error.came}; expected {error.expected}"
            is_known = _is_repeat(error, known.get(file, []))
        except Exception as error:  # whatever bad data does to a loader, the check goes on
            asked = ", ".join(
                f"{key}={getattr(value, 'code', value)!r}" for key, value in options.items()
            )
            fault = f"{name}({asked}) fails: {type(error).__name__}: {error}"
            is_known = False
        if not is_known and fault not in known.get(file, []):
            known.setdefault(file, []).append(fault)
            yield file, fault


def _calls(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the options of every call, after the names that the package exports."""
    import data  # the package imports its modules first: too early at the head of this file

    tables = [item["name"] for item in load_package(folder)["resources"] if item["format"] == "csv"]
    options: dict[str, list[dict[str, Any]]] = {
        "load_table": [{"name": name} for name in tables],
        "load_departments": [{"simplified": False}, {"simplified": True}],
        "load_region_counts": [{"period": period} for period in _periods(folder)],
    }
    for name in data.__all__:
        if name.startswith("load_"):
            for chosen in options.get(name, [{}]):
                yield name, chosen


def _periods(folder: Path) -> tuple[Any, ...]:
    """Return the periods of the folder; those shipped when its complaints cannot be read."""
    from data.periods import SHIPPED_PERIODS, periods_in

    try:
        return periods_in(folder)
    except (DataError, KeyError, ValueError):
        return SHIPPED_PERIODS


def _call(name: str, folder: Path, options: Mapping[str, Any]) -> None:
    import data

    getattr(data, name)(**options, root=folder)


def _is_repeat(error: DataError, faults: Sequence[str]) -> bool:
    """Tell whether a file's faults say it already, on the same line or with the same figures."""
    if error.row and error.row > _HEADER:
        return any(re.search(rf"\bline {error.row}:", fault) for fault in faults)
    return all(_is_said(part, faults) for part in error.came.split("; "))


def _is_said(part: str, faults: Sequence[str]) -> bool:
    about = set(_FIGURE.findall(part))
    if not about:
        return any(part in fault for fault in faults)
    return any(all(_stands_in(figure, fault) for figure in about) for fault in faults)


def _stands_in(figure: str, fault: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(figure)}(?!\w)", fault) is not None
