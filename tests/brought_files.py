"""Files brought into a data folder, as a refresh does; one with a new year and a part of one."""

import hashlib
import tempfile
from contextlib import ExitStack
from pathlib import Path

from data.catalogue import using
from data.refresh.complaints import plan_complaints
from data.refresh.folder import Plan, Source, with_plan, write_folder
from tests.mpfn_files import mpfn_rows, mpfn_text, shipped_counts

PART = "2026-01/2026-07"
YEAR = {key: count + 1 for key, count in shipped_counts("2023").items()}
MONTHS = {key: count * 7 // 12 for key, count in YEAR.items()}
TODAY = "2026-11-25"


def source_of(content: bytes, name: str = "file.csv", accessed: str = TODAY) -> Source:
    """A file as a refresh reads it, on that day."""
    path = Path(tempfile.mkdtemp()) / name
    path.write_bytes(content)
    return Source(path, hashlib.sha256(content).hexdigest(), len(content), accessed)


class Brought:
    """Files brought one after the other; what they give is in use until it is closed."""

    def __init__(self) -> None:
        self._stack = ExitStack()

    def add(self, kind: str, source: Source, plan: Plan) -> None:
        """Use the catalogue that a plan gives."""
        self._stack.enter_context(using(with_plan(kind, source, plan)))

    def close(self) -> None:
        """Use again what was in use before."""
        self._stack.close()


def write_years(folder: Path) -> None:
    """Write a data folder with the whole of 2024 and seven months of 2026."""
    from data.catalogue import catalogue

    brought, shipped = Brought(), catalogue()
    half = {"months": "ENERO - JULIO", "taken": "05/08/2026", "cut": "10/08/2026"}
    for year, counts, words in ((2024, YEAR, {}), (2026, MONTHS, half)):
        source = source_of(mpfn_text(mpfn_rows(year, counts, **words)).encode(), f"{year}.csv")
        brought.add("complaints", source, plan_complaints(source))
    new = catalogue()
    brought.close()
    assert catalogue() is shipped
    write_folder(new, folder)
