"""Writes refreshed files, all of a set or none, and takes them away again.

The files of a set go into a folder of their own; when the disk has them all, one small file, the
manifest, is replaced. A process killed before that leaves the old figures, after it the new ones;
what it left lying is removed by the next writer.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.catalogue import load_package, read_resource
from data.parsing import row_count
from data.refresh.errors import RefreshError
from data.refresh.folder import (
    GENERATIONS,
    MANIFEST,
    data_folder,
    locked,
    replace_file,
    settle,
    write_whole,
)
from data.refresh.reader import (
    FORMAT,
    canonical,
    digest,
    forget,
    read_manifest,
    schema_digest,
    shipped_descriptor,
)
from data.refresh.staging import refuse_faults

_NOT_OURS = ("name", "path", "format", "schema", "properties", "bytes", "hash", "row_count", "tier")
"""keys of a descriptor that a refresh may not change, or that are computed here"""


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


class Change:
    """The folder of refreshed figures, held for one writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, replacements: Mapping[str, Replacement], *, check: bool = True) -> None:
        """Put a set of files in the place of those that hold; all or none.

        Parameters
        ----------
        replacements : mapping of str to Replacement
            By resource: of the catalogue, or of OPTIONAL_RESOURCES.
        check : bool
            Validate the whole catalogue with the new files in place first (about 3 s).

        Raises
        ------
        RefreshError
            When a file is not what its schema or a total asks for, or the disk refuses; the old
            figures stay.
        """
        package = load_package()
        group = f"{len(replacements)}-{secrets.token_hex(6)}"
        items = {name: _item(package, name, new, group) for name, new in replacements.items()}
        if check:
            refuse_faults(
                {name: items[name]["descriptor"] for name in items},
                {name: new.content for name, new in replacements.items()},
                [row for new in replacements.values() for row in new.sources],
            )
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
def changing(folder: Path | None = None) -> Iterator[Change]:
    """Hold the folder while new figures are computed from those in use and written.

    Raises
    ------
    RefreshError
        When another refresh holds it.
    """
    chosen = folder or data_folder()
    with locked(chosen):
        forget()
        yield Change(chosen)


def write(
    replacements: Mapping[str, Replacement], *, folder: Path | None = None, check: bool = True
) -> None:
    """Hold the folder and write one set; see Change.write."""
    with changing(folder) as change:
        change.write(replacements, check=check)


def reset(*, folder: Path | None = None) -> list[str]:
    """Go back to the shipped figures; return the names of what was refreshed."""
    with changing(folder) as change:
        return change.reset()


def _item(package: Mapping[str, Any], name: str, new: Replacement, group: str) -> dict[str, Any]:
    """Entry of the manifest for one file."""
    shipped = shipped_descriptor(package, name)
    if shipped is None:
        raise RefreshError(f"no file {name!r} in the catalogue: it cannot be refreshed")
    wrong = sorted(set(new.descriptor) & set(_NOT_OURS))
    if wrong:
        raise RefreshError(f"{name}: a refresh does not change {', '.join(wrong)}")
    file = f"{name}.{'csv' if shipped['format'] == 'csv' else 'geojson'}"
    table = digest(new.content)
    computed = {
        "path": f"refreshed/{file}",
        "bytes": len(new.content),
        "hash": f"sha256:{table}",
        "row_count": row_count(shipped["format"], new.content),
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
            **{key: list(getattr(new.card, key)) for key in ("notes", "covers", "earlier")},
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
