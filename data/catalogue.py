"""The catalogue: reads datapackage.json and hands out tables only if they are what it says.

A file is read and its SHA-256 compared with the card once per process, and again as soon as its
size or its times change on the disk: one changed byte is an error, not a slightly different map.
A table is parsed once for the bytes that were checked; callers get copies.

Without a folder named, the edition that was refreshed on this machine is read in the place of the
shipped folder, as long as it is whole (data/refresh); a named folder is read as it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd

from data.parsing import check_totals, parse_table, row_count
from data.refresh.folder import Edition, data_folder, resolve, sha256_hex
from geo.errors import DataError, ParameterError

ROOT = Path(__file__).resolve().parent
PACKAGE_FILE = "datapackage.json"
UNSTATED_LICENCE = "not stated by the publisher"
"""what a card says of a source that states none"""
Load = TypeVar("Load", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One file of the catalogue, with the bytes that were checked against its card."""

    name: str
    """name in the catalogue, e.g. "complaints"."""
    path: str
    """path inside the data folder, e.g. "tables/complaints.csv"."""
    descriptor: dict[str, Any]
    """the card as datapackage.json has it."""
    content: bytes
    """the file, size and SHA-256 already compared with the card."""
    package: bytes
    """datapackage.json itself: a new card means a new parse."""


class Card(dict[str, Any]):
    """The card that travels with a frame. A copy has the same values, whose lists nobody changes.

    pandas copies what a frame carries, to its depth, with every selection: that was a tenth of the
    time of a page.
    """

    def __deepcopy__(self, _: dict[int, Any]) -> Card:
        return Card(self)


def in_use() -> Edition:
    """Return the edition that this process uses, the same one as long as it runs."""
    return resolve(data_folder(), package_bytes(ROOT))


def load_package(root: Path | str | None = None) -> dict[str, Any]:
    """Return the content of datapackage.json; DataError when it is none."""
    return _package(package_bytes(root))


def resource_names(root: Path | str | None = None) -> list[str]:
    """Return the names of all files of the catalogue, in its order."""
    return [resource["name"] for resource in load_package(root)["resources"]]


def descriptor_of(name: str, root: Path | str | None = None) -> dict[str, Any]:
    """Return the card of one file; an unknown name is a ParameterError that lists the names."""
    return _descriptor(load_package(root), name)


def read_resource(name: str, root: Path | str | None = None) -> Resource:
    """Return a file whose size and SHA-256 are those of its card."""
    package = package_bytes(root)
    path = folder_of(root) / _descriptor(_package(package), name)["path"]
    return _checked(name, path, _version(path), package)


@lru_cache(maxsize=256)
def _checked(name: str, file: Path, version: tuple[int, ...] | None, package: bytes) -> Resource:
    """Read a file of this version (see _version); None: it is not there."""
    descriptor = _descriptor(_package(package), name)
    path = str(descriptor["path"])
    try:
        content = file.read_bytes()
    except OSError:
        raise DataError(
            path, came="no such file", expected="the file that the catalogue names"
        ) from None
    came, stated = f"{len(content):,} bytes", f"{descriptor['bytes']:,} bytes"
    if came == stated:
        came, stated = f"sha256:{sha256_hex(content)}", descriptor["hash"]
    if came != stated:
        expected = f"{stated} (after a wanted edit: data.sealing.seal)"
        raise DataError(path, came=came, expected=expected)
    return Resource(name, path, descriptor, content, package)


def load_table(name: str, root: Path | str | None = None) -> pd.DataFrame:
    """Return a table of the catalogue with its sources, its department names and its card.

    Codes are text, empty text is None, `true`/`false` are bool. A column ``source_id`` brings
    ``source_title, publisher, published, source_url`` with it; ``department_ubigeo`` brings
    ``department``; ``registry`` brings ``registry_es`` where the catalogue translates it.
    DataError when bytes, columns, types, codes, references or the totals of a column are not what
    the card says.

    Examples
    --------
    >>> load_table("departments").loc[16, ["department_ubigeo", "department"]].tolist()
    ['17', 'Madre de Dios']
    """
    resource = read_resource(name, root)
    keys = resource.descriptor.get("schema", {}).get("foreignKeys", [])
    targets = sorted({key["reference"]["resource"] for key in keys} - {name})
    others = [read_resource(target, root) for target in targets]
    return with_card(_with_names_and_sources(resource, *others).copy(), resource.descriptor)


def table_loader(name: str) -> Callable[..., pd.DataFrame]:
    """Make the loader of a table that is read as it stands; datapackage.json has its columns."""

    def load(*, root: Path | None = None) -> pd.DataFrame:
        return load_table(name, root)

    return load


def once(load: Load) -> Load:
    """Make a loader work once for its arguments, and again only when a file has changed.

    For loaders that check or join: callers get copies, as from :func:`load_table`.
    """

    @lru_cache(maxsize=128)
    def loaded(_: Hashable, root: Path | None, values: tuple, options: tuple) -> Any:
        return load(*values, **dict(options), root=root)

    @wraps(load)
    def copy_of(*values: Any, root: Path | None = None, **options: Any) -> Any:
        return loaded(_versions(root), root, values, tuple(sorted(options.items()))).copy()

    copy_of.cache_clear = loaded.cache_clear  # pyrefly: ignore[missing-attribute]
    return cast(Load, copy_of)


def with_card(frame: pd.DataFrame, descriptor: dict[str, Any]) -> pd.DataFrame:
    """Attach tier and card to a frame (``attrs``); refuse what is not published and cited.

    So a frame of a loader needs no gate before it is shown to an analyst; public outlets judge it
    once more.
    """
    tier, card = descriptor.get("tier"), card_of(descriptor)
    if tier not in ("T0", "T1"):
        raise DataError(descriptor["path"], came=f"tier {tier}", expected="tier T0 or T1")
    lacking = [name for name in ("sources", "licence", "sha256") if not card[name]]
    if lacking:
        came = f"a card without {' and '.join(lacking)}"
        expected = "the source, the licence and the hash of every file"
        raise DataError(descriptor["path"], came=came, expected=expected)
    frame.attrs["tier"] = tier
    frame.attrs["card"] = card
    return frame


def card_of(descriptor: dict[str, Any]) -> Card:
    """Return the card that travels with a frame: sources, licence, hash, date of access."""
    licences = [licence["title"] for licence in descriptor.get("licenses", [])]
    statement = descriptor.get("licence_statement")
    card = {
        "name": descriptor["name"],
        "title": descriptor["title"],
        "title_es": descriptor["title_es"],
        "sources": [
            {
                "title": source["title"],
                "publisher": source.get("publisher"),
                "url": source.get("path"),
                "published": source.get("published"),
            }
            for source in descriptor["sources"]
        ],
        "licence": "; ".join([*licences, *([statement] if statement else [])]),
        "sha256": descriptor["hash"].removeprefix("sha256:"),
        "bytes": descriptor["bytes"],
        "accessed": descriptor["accessed"],
    }
    return Card(card)


def folder_of(root: Path | str | None) -> Path:
    """The data folder that is read: the one named, else that of the edition in use."""
    return (in_use().folder or ROOT) if root is None else Path(root)


def _version(file: Path | str) -> tuple[int, ...] | None:
    """What changes when a file is written: its size and its times; None where there is none."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _versions(root: Path | str | None) -> Hashable:
    """What changes when any file of a data folder does: a look at their dates, 50 microseconds."""
    folder, package = folder_of(root), package_bytes(root)
    return folder, package, *map(_version, _files(folder, package))


@lru_cache(maxsize=8)
def _files(folder: Path, package: bytes) -> tuple[str, ...]:
    return tuple(str(folder / item["path"]) for item in _package(package)["resources"])


def package_bytes(root: Path | str | None) -> bytes:
    """The file datapackage.json of a folder."""
    file = folder_of(root) / PACKAGE_FILE
    return _package_file(file, _version(file))


@lru_cache(maxsize=16)
def _package_file(file: Path, version: tuple[int, ...] | None) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise DataError(
            PACKAGE_FILE, came="no such file", expected="the catalogue of the data"
        ) from None


@lru_cache(maxsize=8)
def _package(content: bytes) -> dict[str, Any]:
    try:
        package = json.loads(content)
        names = [resource["name"] for resource in package["resources"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(PACKAGE_FILE, came=f"{error}", expected="a data package") from error
    if len(set(names)) != len(names):
        raise DataError(PACKAGE_FILE, came="a name twice", expected="one resource per name")
    return package


def _descriptor(package: dict[str, Any], name: str) -> dict[str, Any]:
    for resource in package["resources"]:
        if resource["name"] == name:
            return resource
    allowed = ", ".join(resource["name"] for resource in package["resources"])
    raise ParameterError(f"no table {name!r} in the catalogue; there are {allowed}")


@lru_cache(maxsize=128)
def _with_names_and_sources(resource: Resource, *others: Resource) -> pd.DataFrame:
    tables = {other.name: _plain(other) for other in others}
    frame = parse_table(resource.path, resource.content, resource.descriptor["schema"], tables)
    if "departments" in tables:
        names = dict(tables["departments"][["department_ubigeo", "department"]].to_numpy())
        position = list(frame.columns).index("department_ubigeo") + 1
        codes = frame["department_ubigeo"]
        frame.insert(position, "department", _text(names.get(code) for code in codes))
    if "registries" in tables:
        spanish = dict(tables["registries"][["registry", "registry_es"]].to_numpy())
        position = list(frame.columns).index("registry") + 1
        frame.insert(position, "registry_es", _text(spanish[key] for key in frame["registry"]))
    if "sources" in tables:
        sources = tables["sources"].set_index("source_id").reindex(frame["source_id"])
        for column in sources.columns:
            frame[column] = _text(sources[column])
    check_totals(frame, resource.descriptor)
    return frame


@lru_cache(maxsize=32)
def _plain(resource: Resource) -> pd.DataFrame:
    """Parse a table that others refer to, without its own references."""
    return parse_table(resource.path, resource.content, resource.descriptor["schema"])


def _text(values: Iterable[str | None]) -> pd.Series:
    """Text column in which a missing value is None, whatever pandas would infer."""
    return pd.Series(list(values), dtype=object)


def file_facts(form: str, content: bytes) -> dict[str, Any]:
    """What a card says of the bytes of its file: bytes, hash, row_count."""
    rows = row_count(form, content)
    return {"bytes": len(content), "hash": f"sha256:{sha256_hex(content)}", "row_count": rows}
