"""What a refresh would change, and the writing of its files: all of a set or none.

The files of a set go into a folder of their own; when the disk has them all, one small file, the
manifest, is replaced. A process killed before that leaves the old figures, after it the new ones;
what it left lying is removed by the next writer.
"""

from __future__ import annotations

import csv
import io
import json
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from data.catalogue import (
    PACKAGE_FILE,
    ROOT,
    descriptor_of,
    load_package,
    measured,
    overlay,
    read_resource,
    resource_names,
    with_sources,
)
from data.refresh.folder import (
    FORMAT,
    GENERATIONS,
    MANIFEST,
    RefreshError,
    canonical,
    data_folder,
    digest,
    forget,
    locked,
    read_manifest,
    replace_file,
    schema_digest,
    scratch,
    settle,
    shipped_descriptor,
    sweep,
    unchanged,
    write_whole,
)

Row = dict[str, str]
"""One row of a table, by column."""
_MANY = 3
"""faults that a message spells out"""


@dataclass(frozen=True, slots=True)
class Card:
    """Where a refreshed file came from: its source (address, or the name of a user's file) with
    SHA-256 and bytes, the day of the source as it says itself ("" unknown) and the day it was read,
    rows (or features) read and used, what a reader must know; where a table is made of several
    files, the periods that this one covers and the cards of the earlier ones."""

    source: str
    accessed: str
    sha256: str
    bytes: int
    rows_read: int
    rows_used: int
    date: str = ""
    notes: Sequence[str] = ()
    covers: tuple[str, ...] = ()
    earlier: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new file for a resource: the whole of it, what changes in the catalogue's card (title,
    sources, expected_totals ...), rows for the table of sources (their ids begin with R)."""

    content: bytes
    card: Card
    descriptor: Mapping[str, Any]
    sources: tuple[Mapping[str, str], ...] = ()


@contextmanager
def changing(folder: Path | None = None) -> Iterator[Path]:
    """Hold the folder while new figures are computed from those in use and written."""
    chosen = folder or data_folder()
    with locked(chosen):
        sweep()
        forget()
        yield chosen


def write(
    replacements: Mapping[str, Replacement], *, folder: Path | None = None, check: bool = True
) -> None:
    """Hold the folder and write one set; see write_held."""
    with changing(folder) as held:
        write_held(held, replacements, check=check)


def write_held(
    folder: Path, replacements: Mapping[str, Replacement], *, check: bool = True
) -> None:
    """Put a set of files in the place of those that hold, in a folder that is held; all or none.

    Unless ``check`` is false, the whole catalogue is validated first with the new files in place
    (about 3 s). RefreshError when that or the disk refuses; the old figures stay.
    """
    package = load_package()
    group = f"{len(replacements)}-{secrets.token_hex(6)}"
    items = {name: _item(package, name, new, group) for name, new in replacements.items()}
    if check:
        refuse_faults(replacements, {name: item["descriptor"] for name, item in items.items()})
    try:
        old = read_manifest(folder)
    except ValueError:
        # unreadable: nothing of it is in use, so nothing of it can be kept
        old = {}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "resources": {**old.get("resources", {}), **items},
    }
    place = folder / GENERATIONS / group
    try:
        _clean(folder, old)
        place.mkdir(parents=True)
        for name, new in replacements.items():
            write_whole(folder / items[name]["file"], new.content)
        settle(place)
        settle(place.parent)
        sealed = {**manifest, "seal": digest(canonical(manifest))}
        text = json.dumps(sealed, ensure_ascii=False, indent=1) + "\n"
        replace_file(folder / MANIFEST, text.encode())
    except OSError as error:
        shutil.rmtree(place, ignore_errors=True)
        raise unchanged(
            f"cannot write the refreshed figures: {error.strerror}; make room or name another "
            "folder in ATLAS_DATA"
        ) from None
    with suppress(OSError):
        _clean(folder, manifest, old)
    forget()


def reset(*, folder: Path | None = None) -> list[str]:
    """Take all refreshed files away; return the names they had."""
    place = folder or data_folder()
    with locked(place):
        try:
            names = sorted(read_manifest(place).get("resources", {}))
        except ValueError:
            names = []
        try:
            (place / MANIFEST).unlink(missing_ok=True)
            settle(place)
        except OSError as error:
            raise RefreshError(f"cannot remove the refreshed figures: {error.strerror}") from None
        shutil.rmtree(place / GENERATIONS, ignore_errors=True)
        forget()
    return names


def _item(package: Mapping[str, Any], name: str, new: Replacement, group: str) -> dict[str, Any]:
    """Entry of the manifest for one file."""
    shipped = shipped_descriptor(package, name)
    if shipped is None:
        raise RefreshError(f"no file {name!r} in the catalogue: it cannot be refreshed")
    file = f"{name}.{'csv' if shipped['format'] == 'csv' else 'geojson'}"
    table = digest(new.content)
    computed = {
        "path": f"refreshed/{file}",
        **measured(shipped["format"], new.content),
        "accessed": new.card.accessed,
    }
    try:
        before = read_resource(name).descriptor["hash"].removeprefix("sha256:")
    except (KeyError, ValueError):
        before = None
    return {
        "file": f"{GENERATIONS}/{group}/{file}",
        "group": group,
        "bytes": len(new.content),
        "sha256": table,
        "shipped_sha256": shipped.get("hash"),
        "schema_sha256": schema_digest(shipped),
        "descriptor": {**new.descriptor, **computed},
        "card": {
            **asdict(new.card),
            "table_sha256": table,
            "previous": before,
            "previous_is_shipped": before is not None and shipped.get("hash") == f"sha256:{before}",
        },
        "sources": [dict(row) for row in new.sources],
    }


def _clean(folder: Path, *manifests: Mapping[str, Any]) -> None:
    """Remove sets that no manifest names: what a killed writer left, what is twice replaced."""
    kept = {
        item["group"] for manifest in manifests for item in manifest.get("resources", {}).values()
    }
    place = folder / GENERATIONS
    for old in place.iterdir() if place.is_dir() else ():
        if old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file on this machine that a refresh reads: its address, or the name of the user's
    file; its bytes; the day it was read (YYYY-MM-DD)."""

    name: str
    path: Path
    sha256: str
    size: int
    accessed: str

    @property
    def file(self) -> str:
        """Its name in messages."""
        return PurePosixPath(unquote(self.name.split("?")[0])).name or "the source"

    @property
    def content(self) -> bytes:
        """All of it."""
        return self.path.read_bytes()

    def card(self, **told: Any) -> Card:
        """The card of a table made from it: rows_read, rows_used, and what else of Card there is to
        say."""
        return Card(self.name, self.accessed, self.sha256, self.size, **told)

    def row(self, source_id: str, title: str, publisher: str) -> dict[str, str]:
        """Its row for the table of sources."""
        return {
            "source_id": source_id,
            "source_title": title,
            "publisher": publisher,
            "published": "",
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


def rows_in_use(name: str) -> list[Row]:
    """The rows of the table that is in use, as text."""
    content = read_resource(name).content.decode()
    return list(csv.DictReader(io.StringIO(content, newline="")))


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


def refuse_faults(
    replacements: Mapping[str, Replacement], descriptors: Mapping[str, Mapping[str, Any]]
) -> None:
    """Validate the catalogue as `cli.py catalogue check` does, with some files replaced."""
    from data.validation import validate_catalogue

    with scratch("check") as place:
        try:
            _stage(place, replacements, descriptors)
        except OSError as error:
            raise unchanged(f"cannot check the new figures: {error.strerror}") from None
        faults = [
            f"{report.file}: {fault}"
            for report in validate_catalogue(place)
            for fault in report.faults
        ]
    if faults:
        more = f"; and {len(faults) - _MANY} more" if len(faults) > _MANY else ""
        raise RefreshError(
            "the new figures are not what the catalogue asks for: "
            f"{'; '.join(faults[:_MANY])}{more}. The old figures hold"
        )


def _stage(
    folder: Path,
    replacements: Mapping[str, Replacement],
    descriptors: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write a whole data folder: the figures in use, with some replaced."""
    package = json.loads((ROOT / PACKAGE_FILE).read_bytes())
    shipped = {resource["name"]: resource for resource in package["resources"]}
    (folder / "tables").mkdir()
    held = [entry for name, entry in overlay().entries.items() if name not in replacements]
    sources = [row for entry in held for row in entry.sources]
    sources += [dict(row) for new in replacements.values() for row in new.sources]
    listed = []
    for name in dict.fromkeys([*resource_names(), *replacements]):
        if name in replacements:
            descriptor = {**(shipped_descriptor(package, name) or {}), **descriptors[name]}
            content = replacements[name].content
        elif name == "sources":
            plain = read_resource(name, ROOT)
            content, descriptor = with_sources(plain.content, plain.descriptor, sources)
        else:
            descriptor = dict(descriptor_of(name))
            content = read_resource(name).content
        suffix = "csv" if descriptor["format"] == "csv" else "geojson"
        descriptor["path"] = shipped.get(name, {}).get("path", f"tables/{name}.{suffix}")
        (folder / descriptor["path"]).write_bytes(content)
        listed.append(descriptor)
    package["resources"] = listed
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / PACKAGE_FILE).write_text(text, encoding="utf-8")
