"""From official files to a whole new data folder, which starts from the one in use.

The folder is the edition: ATLAS_DATA names it, and going back is naming another one. It is written
under another name beside its place and renamed when it has been checked, so a run that is stopped
leaves nothing under the name that was asked for.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from data.catalogue import (
    PACKAGE_FILE,
    Catalogue,
    catalogue,
    descriptor_of,
    file_facts,
    read_resource,
)
from data.parsing import text_rows
from data.regular_files import open_regular
from geo.errors import UserError, system_reason

Row = dict[str, str]
"""One row of a table, by column."""
BESIDE = ("changes.csv", "changes.html")
"""files that lie beside the tables of a data folder that was refreshed"""
_MANY = 3
"""faults that a message spells out"""


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher's file on this machine; size in bytes, day of reading as YYYY-MM-DD."""

    path: Path
    sha256: str
    size: int
    accessed: str

    @property
    def name(self) -> str:
        """File name without its folder; bytes that are no UTF-8 are replaced."""
        return os.fsencode(self.path.name).decode("utf-8", "replace")

    @property
    def content(self) -> bytes:
        """All bytes of the file."""
        return self.path.read_bytes()

    def table(
        self, name: str, rows: Iterable[Mapping[str, Any]], cited: tuple[str, str], **card: Any
    ) -> Replacement:
        """Make a table of the catalogue from rows, citing this source if a row names no other.

        ``cited`` is title and publisher; ``card`` holds the other changes of its card.
        """
        source_id = f"R-{name.partition('_')[0]}"
        title, publisher = cited
        return Replacement(
            table_bytes(name, ({"source_id": source_id, **row} for row in rows)),
            {"sources": [{"title": title, "publisher": publisher}], **card},
            (source_row(source_id, title, publisher),),
        )


def read_source(path: Path, *, largest: int) -> Source:
    """Size and hash of a file; UserError when it is missing, empty, too large or a web page."""
    try:
        with open_regular(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > largest:
                raise UserError("refresh.refusal.too_large", file=path.name, limit=f"{largest:,}")
            head = stream.read(4_096).removeprefix(b"\xef\xbb\xbf").lstrip()
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise UserError("refresh.refusal.no_file", file=path) from None
    except OSError as error:
        raise UserError("refresh.refusal.read", file=path.name, why=system_reason(error)) from None
    if not size:
        raise UserError("refresh.refusal.empty", file=path.name)
    if head.startswith(b"<"):
        raise UserError("refresh.refusal.web_page", file=path.name)
    return Source(path, digest, size, date.today().isoformat())


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new file for a resource, its card's changes, and rows for the table of sources.

    The card may change in title, sources, expected_totals and so on. Ids of new sources begin with
    R-.
    """

    content: bytes
    card: Mapping[str, Any]
    sources: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """What a refresh does to one period of a table.

    ``replaces`` are the periods that it replaces. ``before`` and ``after`` are reports (None: a new
    period). ``rows`` has each place that differs: its names, reports before and after (None: no
    row).
    """

    resource: str
    period: str
    replaces: tuple[str, ...]
    before: int | None
    after: int
    rows: tuple[tuple[Any, ...], ...]

    @property
    def is_same(self) -> bool:
        """Nothing changes: the figures are those in use."""
        return self.before is not None and not self.rows and self.replaces == (self.period,)


def compare(
    resource: str,
    period: str,
    replaces: Iterable[str],
    old: Mapping[tuple[str, ...], int],
    new: Mapping[tuple[str, ...], int],
    *,
    lists_new: bool = False,
) -> PeriodChange:
    """Compare the reports of a period by place; of a new period no rows, unless ``lists_new``."""
    keys = dict.fromkeys([*old, *new]) if old or lists_new else ()
    return PeriodChange(
        resource,
        period,
        tuple(sorted(replaces)),
        sum(old.values()) if old else None,
        sum(new.values()),
        tuple((*key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Result of reading a source: terminal lines, and new files to be written together.

    There are no files if nothing would change. For figures by period it also has the changes of
    each period, notes for a person to check, and how many rows were read and used.
    """

    lines: tuple[str, ...] = ()
    replacements: Mapping[str, Replacement] = field(default_factory=dict)
    changes: tuple[PeriodChange, ...] = ()
    notes: tuple[str, ...] = ()
    rows_read: int = 0
    rows_used: int = 0


def with_plan(kind: str, source: Source, plan: Plan) -> Catalogue:
    """The catalogue in use with the new files of a plan in their places, not written anywhere.

    Its package says what was brought (refreshes): the command, the file and what was read of it.
    """
    before = catalogue()
    cards = {item["name"]: item for item in before.package["resources"]}
    files = dict(before.files)
    for name, new in plan.replacements.items():
        changed = {**cards[name], **new.card, "accessed": source.accessed}
        cards[name] = changed | file_facts(changed["format"], new.content)
        files[name] = new.content
    added = {row["source_id"]: row for new in plan.replacements.values() for row in new.sources}
    files["sources"] = _with_sources(files, added)
    cards["sources"] = cards["sources"] | file_facts("csv", files["sources"])
    brought = {
        "kind": kind,
        "file": source.name,
        "sha256": source.sha256,
        "bytes": source.size,
        "accessed": source.accessed,
        "rows_read": plan.rows_read,
        "rows_used": plan.rows_used,
        "notes": list(plan.notes),
    }
    package = {
        **before.package,
        "refreshes": [*before.package.get("refreshes", []), brought],
        "resources": list(cards.values()),
    }
    content = (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()
    return Catalogue(before.folder, content, package, files)


def _with_sources(files: Mapping[str, bytes], added: Mapping[str, Row]) -> bytes:
    """Return the table of sources with the added rows (by id), without unused rows.

    Rows of earlier refreshes that no table refers to any more are left out.
    """
    tables = b"".join(content for name, content in files.items() if name != "sources")
    cited = {source_id.decode() for source_id in re.findall(rb"\bR-[\w/-]+", tables)}
    rows = [
        row
        for row in rows_in_use("sources")
        if row["source_id"] not in added
        and (not row["source_id"].startswith("R-") or row["source_id"] in cited)
    ]
    return table_bytes("sources", [*rows, *added.values()])


def require_free(out: Path, *, replace: bool) -> None:
    """Refuse an existing path; with ``replace``, refuse one that is no data folder."""
    if not os.path.lexists(out):
        return
    if not replace:
        raise UserError("refresh.refusal.exists", folder=out)
    try:
        names = {entry.name for entry in out.iterdir()}
        with open_regular(out / PACKAGE_FILE) as file:
            is_ours = "resources" in json.load(file)
    except (OSError, ValueError, TypeError):
        names, is_ours = set(), False
    if not is_ours or names - {PACKAGE_FILE, "tables", *BESIDE}:
        raise UserError("refresh.refusal.no_data_folder", folder=out)


def write_folder(
    new: Catalogue,
    out: Path,
    *,
    replace: bool = False,
    beside: Mapping[str, bytes] | None = None,
) -> None:
    """Write a catalogue as a data folder, completely or not at all; ``beside`` by BESIDE.

    UserError when something stands there (see :func:`require_free`), the check of the whole folder
    finds a fault, or the disk refuses.
    """
    out = out.resolve()
    require_free(out, replace=replace)
    place = out.with_name(f".{out.name}.{secrets.token_hex(4)}.unfinished")
    try:
        with _removed_on_failure(place):
            paths = {item["name"]: place / item["path"] for item in new.package["resources"]}
            for folder in {path.parent for path in paths.values()}:
                folder.mkdir(parents=True)
            for name, path in paths.items():
                path.write_bytes(new.files[name])
            for licence in (new.folder / "tables").glob("*.LICENSE.txt"):
                shutil.copyfile(licence, place / "tables" / licence.name)
            (place / PACKAGE_FILE).write_bytes(new.content)
            for name, content in (beside or {}).items():
                (place / name).write_bytes(content)
            _refuse_faults(place, new)
            if os.path.lexists(out):
                older = place.with_suffix(".replaced")
                out.rename(older)
                place.rename(out)
                shutil.rmtree(older, ignore_errors=True)
            else:
                place.rename(out)
    except OSError as error:
        raise UserError("refresh.refusal.write", folder=out, why=system_reason(error)) from None


@contextmanager
def _removed_on_failure(place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _refuse_faults(place: Path, new: Catalogue) -> None:
    """Validate a data folder as `cli.py catalogue check` does.

    A file with the card in use, and so the hash in use, has passed before.
    """
    from data.validation import validate_catalogue

    before = {item["name"]: item for item in catalogue().package["resources"]}
    unchanged = [
        item["name"] for item in new.package["resources"] if item == before.get(item["name"])
    ]
    reports = validate_catalogue(place, passed=unchanged)
    faults = [f"{report.file}: {fault}" for report in reports for fault in report.faults]
    if faults:
        more = f"; and {len(faults) - _MANY} more" if len(faults) > _MANY else ""
        raise UserError("refresh.refusal.faults", faults="; ".join(faults[:_MANY]) + more)


def source_row(source_id: str, title: str, publisher: str, published: str = "") -> Row:
    """A row for the table of sources."""
    values = (source_id, title, publisher, published, "")
    return dict(zip(columns_of("sources"), values, strict=True))


def columns_of(name: str) -> list[str]:
    """The columns of a table as its card names them."""
    return [column["name"] for column in descriptor_of(name)["schema"]["fields"]]


def rows_in_use(name: str) -> list[Row]:
    """The rows of the table that is in use, as text."""
    return text_rows(read_resource(name).content)


def table_bytes(name: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """A table as CSV in the form of the catalogue: comma, LF, empty for missing, true and false."""
    columns: Sequence[str] = columns_of(name)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    return str(value)
