"""The catalogue: reads datapackage.json and hands out tables only if they are what it says.

Every load reads the bytes and compares their number and their SHA-256 with the card, so one
changed byte is an error, not a slightly different map. What is remembered between loads is the
parsed table of exactly those bytes under exactly that card; callers get copies.

Without a folder named, a file that was refreshed on this machine wins over the shipped one as
long as its hash and its schema are right (data/refresh); a named folder is read as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from data.added_sources import with_sources
from data.parsing import parse_table
from data.refresh.folder import data_folder
from data.refresh.reader import Snapshot, snapshot
from geo.errors import DataError, ParameterError

ROOT = Path(__file__).resolve().parent
PACKAGE_FILE = "datapackage.json"
Tier = Literal["T0", "T1", "T2"]


@dataclass(frozen=True, slots=True)
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


def load_package(root: Path | str | None = None) -> dict[str, Any]:
    """Return the content of datapackage.json, as shipped.

    Parameters
    ----------
    root : Path or str, optional
        Data folder; the one of the project unless given.

    Raises
    ------
    DataError
        When the file is missing or is not JSON.
    """
    return _package(_package_bytes(root))


def resource_names(root: Path | str | None = None) -> list[str]:
    """Return the names of all files of the catalogue, in its order; refreshed additions last."""
    names = [resource["name"] for resource in load_package(root)["resources"]]
    return names if root is not None else [*dict.fromkeys([*names, *overlay().entries])]


def descriptor_of(name: str, root: Path | str | None = None) -> dict[str, Any]:
    """Return the card of one file; an unknown name is a ParameterError that lists the names."""
    if root is None:
        refreshed = overlay()
        if name in refreshed.entries:
            return refreshed.entries[name].descriptor
        if name == "sources" and refreshed.sources:
            return read_resource(name).descriptor
    return _descriptor(load_package(root), name)


def overlay() -> Snapshot:
    """Return the refreshed files that this process uses instead of the shipped ones."""
    return snapshot(data_folder(), _package_bytes(None))


def read_resource(name: str, root: Path | str | None = None) -> Resource:
    """Read a file and compare its size and SHA-256 with its card, on every call.

    A refreshed file was compared when this process first read it and is kept since.

    Raises
    ------
    DataError
        When the file is missing, longer, shorter or different.
    """
    folder = _folder(root)
    package = _package_bytes(root)
    refreshed = overlay() if root is None else Snapshot()
    if name in refreshed.entries:
        entry = refreshed.entries[name]
        return Resource(name, entry.descriptor["path"], entry.descriptor, entry.content, package)
    descriptor = _descriptor(_package(package), name)
    path = str(descriptor["path"])
    try:
        content = (folder / path).read_bytes()
    except OSError:
        raise DataError(
            path, came="no such file", expected="the file that the catalogue names"
        ) from None
    if len(content) != descriptor["bytes"]:
        raise DataError(
            path,
            came=f"{len(content):,} bytes",
            expected=f"{descriptor['bytes']:,} bytes (after a wanted edit: data.sealing.seal)",
        )
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    if digest != descriptor["hash"]:
        raise DataError(
            path,
            came=digest,
            expected=f"{descriptor['hash']} (after a wanted edit: data.sealing.seal)",
        )
    if name == "sources" and (added := refreshed.sources):
        content, descriptor = with_sources(content, descriptor, added)
    return Resource(name, path, descriptor, content, package)


def load_table(name: str, root: Path | str | None = None) -> pd.DataFrame:
    """Return a table of the catalogue with its sources, its department names and its card.

    Codes are text, empty text is None, `true`/`false` are bool. A column ``source_id`` brings
    ``source_title, publisher, published, source_url`` with it; ``department_ubigeo`` brings
    ``department``; ``registry`` brings ``registry_es`` where the catalogue translates it.

    Raises
    ------
    DataError
        When bytes, columns, types, codes or references are not what the card says.

    Examples
    --------
    >>> load_table("departments").loc[16, ["department_ubigeo", "department"]].tolist()
    ['17', 'Madre de Dios']
    """
    resource = read_resource(name, root)
    others = tuple(
        (target, read_resource(target, root).content)
        for target in _targets(resource.descriptor)
        if target != name
    )
    schema = json.dumps(resource.descriptor["schema"], sort_keys=True)
    frame = _joined(resource.package, resource.path, schema, resource.content, others).copy()
    return with_card(frame, resource.descriptor)


def with_card(
    frame: pd.DataFrame, descriptor: dict[str, Any], *, tier: Tier | None = None
) -> pd.DataFrame:
    """Attach tier and card to a frame (``attrs``) and return it."""
    frame.attrs["tier"] = tier or descriptor["tier"]
    frame.attrs["card"] = card_of(descriptor)
    return frame


def card_of(descriptor: dict[str, Any]) -> dict[str, Any]:
    """Return the card that travels with a frame: sources, licence, hash, date of access."""
    licences = [licence["title"] for licence in descriptor.get("licenses", [])]
    statement = descriptor.get("licence_statement")
    return {
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


def _folder(root: Path | str | None) -> Path:
    return ROOT if root is None else Path(root)


def _package_bytes(root: Path | str | None) -> bytes:
    try:
        return (_folder(root) / PACKAGE_FILE).read_bytes()
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


def _targets(descriptor: dict[str, Any]) -> list[str]:
    keys = descriptor.get("schema", {}).get("foreignKeys", [])
    return sorted({key["reference"]["resource"] for key in keys})


@lru_cache(maxsize=128)
def _joined(
    package: bytes, path: str, schema: str, content: bytes, others: tuple[tuple[str, bytes], ...]
) -> pd.DataFrame:
    """Parse a table and bring in the names and sources that its codes stand for."""
    tables = {target: _plain(package, target, bytes_) for target, bytes_ in others}
    frame = parse_table(path, content, json.loads(schema), tables)
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
    return frame


@lru_cache(maxsize=32)
def _plain(package: bytes, name: str, content: bytes) -> pd.DataFrame:
    """Parse a table that others refer to, without its own references."""
    descriptor = _descriptor(_package(package), name)
    return parse_table(descriptor["path"], content, descriptor["schema"])


def _text(values: Iterable[str | None]) -> pd.Series:
    """Text column in which a missing value is None, whatever pandas would infer."""
    return pd.Series(list(values), dtype=object)
