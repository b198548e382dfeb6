"""A folder of refreshed figures with a whole new year and a part of another."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.refresh.complaints import plan_complaints
from data.refresh.download import fetch
from data.refresh.folder import forget
from data.refresh.store import Replacement, Source, lock_figures, write_edition
from tests.mpfn_files import Counts, mpfn_rows, mpfn_text, shipped_counts

PART = "2026-01/2026-07"
YEAR = {key: count + 1 for key, count in shipped_counts("2023").items()}
MONTHS = {key: count * 7 // 12 for key, count in YEAR.items()}


def source_of(
    content: bytes, name: str = "https://example.org/file", accessed: str = "2026-11-26"
) -> Source:
    """A file as a refresh reads it."""
    handle, path = tempfile.mkstemp()
    with open(handle, "wb") as stream:
        stream.write(content)
    return Source(name, Path(path), hashlib.sha256(content).hexdigest(), len(content), accessed)


def write_figures(replacements: Mapping[str, Replacement], *, check: bool = False) -> None:
    """Write one edition as a command does; the check of the whole catalogue is asked for."""
    with lock_figures() as folder:
        write_edition(folder, replacements, check=check)


def write_years(folder: Path, monkeypatch: pytest.MonkeyPatch, sources: Path) -> None:
    """A folder of refreshed figures with the whole of 2024 and seven months of 2026."""
    monkeypatch.setenv("ATLAS_DATA", str(folder))
    forget()

    def add(year: int, counts: Counts, **words: Any) -> None:
        path = sources / f"{year}.csv"
        path.write_text(mpfn_text(mpfn_rows(year, counts, **words)), encoding="utf-8-sig")
        with fetch(str(path)) as source:
            plan = plan_complaints(replace(source, accessed="2026-11-25"))
        write_figures(plan.replacements)

    add(2024, YEAR)
    add(2026, MONTHS, months="ENERO - JULIO", taken="05/08/2026", cut="10/08/2026")
    forget()
