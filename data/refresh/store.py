"""What a refresh would change, and the writing of its files: all of a set or none.

The files of a set go into a folder of their own; when the disk has them all, one small file, the
manifest, is replaced. A process killed before that leaves the old figures, after it the new ones;
what it left lying is removed by the next writer.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

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
    settle,
    shipped_descriptor,
    write_whole,
)

_MANY = 3
"""faults that a message spells out"""


@dataclass(frozen=True, slots=True)
class Card:
    """Where a refreshed file came from."""

    source: str
    """address, or the name of a file of the user's."""
    date: str
    """date of the source as it says itself (YYYY-MM-DD), or empty."""
    accessed: str
    """when it was read, YYYY-MM-DD."""
    sha256: str
    """of the source as it came, 64 hex digits."""
    bytes: int
    """size of the source."""
    rows_read: int
    """rows, features or polygons of the source."""
    rows_used: int
    """those that entered the table."""
    notes: tuple[str, ...] = ()
    """what a reader must know: a change of model, places left aside."""
    covers: tuple[str, ...] = ()
    """periods that came from this file, where a table is made of several."""
    earlier: tuple[Mapping[str, Any], ...] = ()
    """cards of the files refreshed before it that other rows of the table still come from."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new file for a resource."""

    content: bytes
    """the whole file, in the form of the resource's schema."""
    card: Card
    """where it came from."""
    descriptor: Mapping[str, Any]
    """what changes in the catalogue's card: title, title_es, sources, expected_totals ..."""
    sources: tuple[Mapping[str, str], ...] = ()
    """rows for the table of sources (source_id, source_title, publisher, published,
    source_url); the ids of refreshed rows begin with R."""


class Writer:
    """The folder of refreshed figures, held for one writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, replacements: Mapping[str, Replacement], *, check: bool = True) -> None:
        """Put a set of files in the place of those that hold; all or none.

        Unless ``check`` is false, the whole catalogue is validated first with the new files in
        place (about 3 s). RefreshError when that or the disk refuses; the old figures stay.
        """
        package = load_package()
        group = f"{len(replacements)}-{secrets.token_hex(6)}"
        items = {name: _item(package, name, new, group) for name, new in replacements.items()}
        if check:
            refuse_faults(replacements, {name: item["descriptor"] for name, item in items.items()})
        try:
            old = read_manifest(self._folder)
        except ValueError:
            # unreadable: nothing of it is in use, so nothing of it can be kept
            old = {}
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "resources": {**old.get("resources", {}), **items},
        }
        place = self._folder / GENERATIONS / group
        try:
            _clean(self._folder, old)
            place.mkdir(parents=True)
            for name, new in replacements.items():
                write_whole(self._folder / items[name]["file"], new.content)
            settle(place)
            settle(place.parent)
            sealed = {**manifest, "seal": digest(canonical(manifest))}
            text = json.dumps(sealed, ensure_ascii=False, indent=1) + "\n"
            replace_file(self._folder / MANIFEST, text.encode())
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            raise RefreshError(
                f"cannot write the refreshed figures: {error.strerror}; make room or name another "
                "folder in ATLAS_DATA; the old figures hold"
            ) from None
        with suppress(OSError):
            _clean(self._folder, manifest, old)
        forget()

    def reset(self) -> list[str]:
        """Take all refreshed files away and return the names they had."""
        try:
            names = sorted(read_manifest(self._folder).get("resources", {}))
        except ValueError:
            names = []
        try:
            (self._folder / MANIFEST).unlink(missing_ok=True)
            settle(self._folder)
        except OSError as error:
            raise RefreshError(f"cannot remove the refreshed figures: {error.strerror}") from None
        shutil.rmtree(self._folder / GENERATIONS, ignore_errors=True)
        forget()
        return names


@contextmanager
def changing(folder: Path | None = None) -> Iterator[Writer]:
    """Hold the folder while new figures are computed from those in use and written."""
    chosen = folder or data_folder()
    with locked(chosen):
        forget()
        yield Writer(chosen)


def write(
    replacements: Mapping[str, Replacement], *, folder: Path | None = None, check: bool = True
) -> None:
    """Hold the folder and write one set; see Writer.write."""
    with changing(folder) as writer:
        writer.write(replacements, check=check)


def reset(*, folder: Path | None = None) -> list[str]:
    """Go back to the shipped figures; return the names of what was refreshed."""
    with changing(folder) as writer:
        return writer.reset()


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
    """The file that a refresh reads."""

    name: str
    """address, or name of the user's file."""
    content: bytes
    accessed: str
    """when it was read, YYYY-MM-DD."""

    def card(self, *, rows_read: int, rows_used: int, notes: Sequence[str] = ()) -> Card:
        """The card of a table made from it."""
        return Card(
            source=self.name,
            date="",
            accessed=self.accessed,
            sha256=hashlib.sha256(self.content).hexdigest(),
            bytes=len(self.content),
            rows_read=rows_read,
            rows_used=rows_used,
            notes=tuple(notes),
        )

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
class Plan:
    """The outcome of reading a source."""

    lines: tuple[str, ...]
    """what was found and what would change, for a terminal."""
    replacements: Mapping[str, Replacement] = field(default_factory=dict)
    """files by resource; none when nothing would change."""


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

    with tempfile.TemporaryDirectory(prefix="atlas-check-") as name:
        try:
            _stage(Path(name), replacements, descriptors)
        except OSError as error:
            raise RefreshError(
                f"cannot check the new figures: {error.strerror}; the old figures hold"
            ) from None
        faults = [
            f"{report.file}: {fault}"
            for report in validate_catalogue(name)
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
