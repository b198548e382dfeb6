"""What a refresh would change, and the writing of a new edition: all of it or nothing.

An edition is a whole data folder. It starts from the figures in use, takes the new files in, is
checked as the catalogue is, and then one small file, `current`, is replaced. A process killed
before that leaves the old figures, after it the new ones; what it left lying is removed by the next
writer.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from data.catalogue import (
    PACKAGE_FILE,
    ROOT,
    file_facts,
    load_package,
    package_bytes,
    read_resource,
)
from data.parsing import text_rows
from data.refresh import folder as editions
from data.refresh.folder import command_of, data_folder, unchanged_error
from geo.errors import UserError, system_reason

Row = dict[str, str]
"""One row of a table, by column."""
_MANY = 3
"""faults that a message spells out"""
OPTIONAL_RESOURCES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("optional.json").read_bytes()
)
"""Cards of files that only a refresh can bring, by name: as datapackage.json would have them,
without bytes, hash, row_count, path, accessed and sources, which come with the file."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new file for a resource: the whole of it, where it came from (see Source.card), what else
    changes in the catalogue's card (title, sources, expected_totals ...), rows for the table of
    sources (their ids begin with R-)."""

    content: bytes
    card: Mapping[str, Any]
    descriptor: Mapping[str, Any]
    sources: tuple[Mapping[str, str], ...] = ()


@contextmanager
def lock_figures() -> Iterator[Path]:
    """Hold the folder while new figures are computed from those in use and written."""
    folder = data_folder()
    with editions.locked(folder):
        editions.forget()
        yield folder


def write_edition(
    folder: Path, replacements: Mapping[str, Replacement], *, check: bool = True
) -> None:
    """Write the figures in use with these files in their place as a new edition, and name it, in a
    folder that is held.

    Unless ``check`` is false, the whole catalogue is validated first with the new files in place.
    UserError when that or the disk refuses; the old figures stay.
    """
    package = load_package()
    resources = _cards_and_contents(package, replacements)
    before = _current_edition(folder)
    name = secrets.token_hex(6)
    place = folder / editions.EDITIONS / name
    try:
        editions.remove_unused_editions(
            folder, [before.get("folder", ""), before.get("previous", "")]
        )
        content = _write_data_folder(place, package, resources)
        if check:
            refuse_faults(place)
        cards = {
            key: card["refreshed"] for key, (card, _) in resources.items() if "refreshed" in card
        }
        named = {
            "format": editions.FORMAT,
            "folder": name,
            "previous": before.get("folder", ""),
            "package": editions.sha256_hex(content),
            "shipped": editions.sha256_hex(package_bytes(ROOT)),
            "files": sorted(cards),
            "commands": editions.commands_of(cards),
        }
        text = json.dumps(named, ensure_ascii=False, indent=1) + "\n"
        editions.replace_file(folder / editions.CURRENT, text.encode())
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise unchanged_error("refresh.refusal.write", why=system_reason(error)) from None
    except UserError:
        shutil.rmtree(place, ignore_errors=True)
        raise
    editions.forget()
    with suppress(OSError):
        editions.remove_unused_editions(folder, [name, named["previous"]])


def reset() -> list[str]:
    """Go back to the shipped figures; return the names of the files that were refreshed. An edition
    that somebody uses is left to the next writer."""
    with lock_figures() as place:
        names: list[str] = _current_edition(place).get("files", [])
        try:
            (place / editions.CURRENT).unlink(missing_ok=True)
            editions.fsync_directory(place)
            editions.forget()
            editions.remove_unused_editions(place)
        except OSError as error:
            raise UserError("refresh.refusal.remove", why=system_reason(error)) from None
    return names


def _current_edition(folder: Path) -> dict[str, Any]:
    """What `current` says; nothing where it is unreadable, since nothing of it is in use."""
    try:
        return json.loads(editions.read_current(folder) or "{}")
    except ValueError:
        return {}


def _cards_and_contents(
    package: Mapping[str, Any], replacements: Mapping[str, Replacement]
) -> dict[str, tuple[dict[str, Any], bytes]]:
    resources = {
        item["name"]: (item, read_resource(item["name"]).content) for item in package["resources"]
    }
    for name, new in replacements.items():
        rules = rules_of(name)
        card = {
            "name": name,
            "path": f"tables/{name}.{rules['format']}",
            **rules,
            **new.descriptor,
            "accessed": new.card["accessed"],
            "refreshed": new.card,
        }
        resources[name] = card | file_facts(card["format"], new.content), new.content  # pyrefly: ignore[bad-argument-type]
    added = {row["source_id"]: dict(row) for new in replacements.values() for row in new.sources}
    if added:
        resources["sources"] = _with_sources(resources, added)
    return resources


def rules_of(name: str) -> Mapping[str, Any]:
    """The card that a refreshed file must fit: as shipped, or of a file that only a refresh has."""
    shipped = {item["name"]: item for item in load_package(ROOT)["resources"]}
    rules = shipped.get(name) or OPTIONAL_RESOURCES.get(name)
    if rules is None:
        raise UserError("refresh.refusal.no_card", file=name)
    return rules


def _with_sources(
    resources: Mapping[str, tuple[dict[str, Any], bytes]], added: Mapping[str, Row]
) -> tuple[dict[str, Any], bytes]:
    """Card and content of the table of sources with the added rows (by id), and without the rows
    of earlier refreshes that no table refers to any more."""
    card = resources["sources"][0]
    tables = b"".join(content for name, (_, content) in resources.items() if name != "sources")
    cited = {source_id.decode() for source_id in re.findall(rb"\bR-[\w/-]+", tables)}
    rows = [
        row
        for row in rows_in_use("sources")
        if row["source_id"] not in added
        and (not row["source_id"].startswith("R-") or row["source_id"] in cited)
    ]
    content = table_bytes(columns_of(card), [*rows, *added.values()])
    return card | file_facts("csv", content), content


def _write_data_folder(
    place: Path, package: Mapping[str, Any], resources: Mapping[str, tuple[dict[str, Any], bytes]]
) -> bytes:
    files = {place / card["path"]: content for card, content in resources.values()}
    whole = {**package, "resources": [card for card, _ in resources.values()]}
    files[place / PACKAGE_FILE] = (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()
    folders = {file.parent for file in files}
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        editions.write_whole(file, content)
    for folder in (*folders, place.parent):
        editions.fsync_directory(folder)
    return files[place / PACKAGE_FILE]


def refuse_faults(place: Path) -> None:
    """Validate a data folder as `cli.py catalogue check` does; a file whose card, and so whose
    hash, is the one in use passed before."""
    from data.validation import validate_catalogue

    cards = {item["name"]: item for item in load_package()["resources"]}
    unchanged = [
        item["name"] for item in load_package(place)["resources"] if item == cards.get(item["name"])
    ]
    reports = validate_catalogue(place, passed=unchanged)
    faults = [f"{report.file}: {fault}" for report in reports for fault in report.faults]
    if faults:
        more = f"; and {len(faults) - _MANY} more" if len(faults) > _MANY else ""
        raise unchanged_error("refresh.refusal.faults", faults="; ".join(faults[:_MANY]) + more)


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file on this machine that a refresh reads: its address, or the name of the user's
    file; its bytes; the day it was read (YYYY-MM-DD); the options of the command."""

    name: str
    path: Path
    sha256: str
    size: int
    accessed: str
    options: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Its name in messages."""
        return PurePosixPath(unquote(self.name.split("?")[0])).name or "the source"

    @property
    def content(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()

    def card(self, *, rows_read: int, rows_used: int, **values: Any) -> dict[str, Any]:
        """Where a table made from it came from: rows (or features) read and used; besides, the day
        of the source as it says itself (date), what a reader must know (notes), and where a table
        is made of several files the periods that this one covers and the cards of the earlier."""
        return {
            "source": self.name,
            "accessed": self.accessed,
            "sha256": self.sha256,
            "bytes": self.size,
            "rows_read": rows_read,
            "rows_used": rows_used,
            "date": "",
            "notes": (),
            "options": self.options,
            "covers": (),
            "earlier": (),
            **values,
        }

    def table(
        self,
        name: str,
        rows: Iterable[Mapping[str, Any]],
        card: Mapping[str, Any],
        cited: tuple[str, str],
        described: Mapping[str, Any],
    ) -> Replacement:
        """A table of the catalogue with these rows, of this source where they name no other; title
        and publisher as it is cited; what else changes in the descriptor."""
        source_id = f"R-{command_of(name)}"
        columns = columns_of(rules_of(name))
        return Replacement(
            table_bytes(columns, ({"source_id": source_id, **row} for row in rows)),
            card,
            {"sources": self.described(*cited), **described},
            (self.row(source_id, *cited),),
        )

    def row(
        self, source_id: str, title: str, publisher: str, published: str = ""
    ) -> dict[str, str]:
        """Its row for the table of sources."""
        return {
            "source_id": source_id,
            "source_title": title,
            "publisher": publisher,
            "published": published,
            "source_url": self.name if self.name.startswith("https://") else "",
        }

    def described(self, title: str, publisher: str) -> list[dict[str, str]]:
        """Its entry in a descriptor's list of sources."""
        entry = {"title": title, "publisher": publisher}
        return [entry | ({"path": self.name} if self.name.startswith("https://") else {})]


@dataclass(frozen=True, slots=True)
class PeriodChange:
    """What a refresh does to one period of a table: the periods that it takes the place of, reports
    before (None: a new period) and after, and of each place that differs its names, reports before
    and after (None: no row)."""

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
    """What reading a source found: lines for a terminal, the new files by resource, to be written
    together (none when nothing would change); of figures by period, what changes in each, what a
    person should look at, and how many rows were read and used."""

    lines: tuple[str, ...] = ()
    replacements: Mapping[str, Replacement] = field(default_factory=dict)
    changes: tuple[PeriodChange, ...] = ()
    notes: tuple[str, ...] = ()
    rows_read: int = 0
    rows_used: int = 0


def columns_of(card: Mapping[str, Any]) -> list[str]:
    """The columns of a table as its card names them."""
    return [field["name"] for field in card["schema"]["fields"]]


def rows_in_use(name: str) -> list[Row]:
    """The rows of the table that is in use, as text."""
    return text_rows(read_resource(name).content)


def table_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV in the form of the catalogue: comma, LF, empty for missing, true and false."""
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
