"""The catalogue: reads a data folder and hands out tables only if they are what its card says.

A data folder is `datapackage.json` with a card for each file of `tables/`. It is opened once a
process, all of its files read and their SHA-256 compared with the cards: one changed byte is an
error, not a slightly different map. A table is parsed once; callers get copies.

The folder is the one that ATLAS_DATA names, else the shipped one. `app.py` and `cli.py` open it at
their start; whoever asks earlier, a test or a study, opens it by asking.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.cache import cached, kept_by
from data.regular_files import read_regular
from geo.errors import DataError, GeoError, ParameterError, system_reason
from geo.privacy.provenance import F, Framed, Tier, Tiered, framed

if TYPE_CHECKING:  # a server opens its port before pandas, half of its start, is there
    import pandas as pd

ROOT = Path(__file__).resolve().parent
"""the shipped data folder"""
PACKAGE_FILE = "datapackage.json"
_PACKAGE_BYTES = 64 << 20
"""of datapackage.json, at most"""
TABLES_VERSION = 6
"""of the tables that this program reads; a folder's package names the one that it has"""
UNSTATED_LICENCE = "not stated by the publisher"
"""what a card says of a source that states none"""


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """A data folder as it was when it was read; later changes of its files are ignored."""

    folder: Path
    content: bytes
    """datapackage.json."""
    package: dict[str, Any]
    """the same, parsed."""
    files: dict[str, bytes]
    """file by the name of its resource, not yet compared with its card; none of a missing one."""

    @property
    def sha256(self) -> str:
        """SHA-256 of datapackage.json.

        The file holds the hash of every other file, so it changes when any figure changes.
        """
        return sha256_hex(self.content)


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


_CARD = {"name", "path", "format", "bytes", "hash"}
"""what no card may lack"""
_in_use: Catalogue | None = None


def catalogue() -> Catalogue:
    """Return the catalogue of this process; the first to ask opens it."""
    return _in_use or open_catalogue()


kept_by(catalogue)


def open_catalogue() -> Catalogue:
    """Read the folder that ATLAS_DATA names, else the shipped one, and use it from now on.

    GeoError when it is missing, no data folder, of other tables or not what its cards say, with the
    file and what makes the folder anew.
    """
    global _in_use
    named = os.environ.get("ATLAS_DATA", "").strip()
    folder = ROOT
    if named:
        folder = Path(named)
        with suppress(RuntimeError):  # the home of an unknown user
            folder = folder.expanduser()
    package: dict[str, Any] = {}
    try:
        opened = read_catalogue(folder)
        package = opened.package
        version = package.get("tables_version")
        if version != TABLES_VERSION:
            came, expected = f"tables_version {version}", f"tables_version {TABLES_VERSION}"
            raise DataError(PACKAGE_FILE, came=came, expected=expected)
        for item in package["resources"]:
            _checked(opened, item["name"])
    except DataError as fault:
        if not named:
            raise
        raise GeoError(
            "ATLAS_DATA: {folder} cannot be used: {fault}. Make it anew with {command}. Or start "
            "without ATLAS_DATA for the figures that came with the atlas",
            folder=folder,
            fault=fault,
            command=_command_for(folder, package),
        ) from None
    _in_use = opened
    return opened


def _command_for(folder: Path, package: dict[str, Any]) -> str:
    """The commands that made a folder: the first began with the shipped one."""
    listed = package.get("refreshes")
    made = [
        shlex.join((str(item.get("kind")), str(item.get("file"))))
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, dict)
    ]
    place, shipped = shlex.quote(str(folder)), shlex.quote(str(ROOT))
    before = {"police": f" --previous {shipped}"}
    return " && ".join(
        f"ATLAS_DATA={place if number else ''} python cli.py refresh {step}"
        f"{before.get(step.partition(' ')[0], '')} --out {place} --replace"
        for number, step in enumerate(made or ["KIND FILE"])
    )


@contextmanager
def using(opened: Catalogue) -> Iterator[None]:
    """Use another catalogue inside the block.

    For commands, checks and tests. Never for a server, because its visitors share the process.
    """
    global _in_use
    before = _in_use
    _in_use = opened
    try:
        yield
    finally:
        _in_use = before


def read_catalogue(folder: Path) -> Catalogue:
    """Read a data folder whatever its files hold; DataError if datapackage.json is invalid."""
    try:
        content = read_regular(folder / PACKAGE_FILE, most=_PACKAGE_BYTES)
    except OSError as error:
        missing = "no such file" if isinstance(error, FileNotFoundError) else system_reason(error)
        raise DataError(
            PACKAGE_FILE, came=f"{missing}", expected="the catalogue of a data folder"
        ) from None
    if content is None:
        came = f"{(folder / PACKAGE_FILE).stat().st_size:,} bytes"
        raise DataError(PACKAGE_FILE, came=came, expected="the catalogue of a data folder")
    try:
        package = json.loads(content)
        paths = {str(item["name"]): str(item["path"]) for item in package["resources"]}
        if lacking := {key for item in package["resources"] for key in _CARD - item.keys()}:
            raise KeyError(*lacking)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(PACKAGE_FILE, came=f"{error}", expected="a data package") from None
    if len(paths) < len(package["resources"]):
        raise DataError(PACKAGE_FILE, came="a name twice", expected="one resource per name")
    files = {}
    stated_bytes = {str(item["name"]): item.get("bytes") for item in package["resources"]}
    for name, path in paths.items():
        if ".." in Path(path).parts or Path(path).is_absolute():
            raise DataError(PACKAGE_FILE, came=path, expected="a path inside the data folder")
        with suppress(OSError):
            # lines that end as on Windows are told apart from other bytes, and have more of them
            stated = stated_bytes.get(name)
            most = 2 * stated if isinstance(stated, int) else 0
            if (read := read_regular(folder / path, most=most)) is None:
                came = f"{(folder / path).stat().st_size:,} bytes"
                raise DataError(path, came=came, expected=f"{most // 2:,} bytes")
            files[name] = read
    return Catalogue(folder, content, package, files)


def load_package() -> dict[str, Any]:
    """Return the content of datapackage.json."""
    return catalogue().package


def figures_edition() -> str:
    """Twelve hex digits that change when a figure changes, and with nothing else."""
    return catalogue().sha256[:12]


def resource_names() -> list[str]:
    """Return the names of all files of the catalogue, in its order."""
    return [resource["name"] for resource in load_package()["resources"]]


def descriptor_of(name: str) -> dict[str, Any]:
    """Return the card of one file; an unknown name is a ParameterError that lists the names."""
    return _descriptor(load_package(), name)


def read_resource(name: str) -> Resource:
    """Return a file whose size and SHA-256 are those of its card."""
    return _checked(catalogue(), name)


@cached(most=512, of_folder=False)
def _checked(opened: Catalogue, name: str) -> Resource:
    descriptor = _descriptor(opened.package, name)
    path = str(descriptor["path"])
    content = opened.files.get(name)
    if content is None:
        raise DataError(path, came="no such file", expected="the file that the catalogue names")
    came, stated = f"{len(content):,} bytes", f"{descriptor['bytes']:,} bytes"
    if came == stated:
        came, stated = f"sha256:{sha256_hex(content)}", descriptor["hash"]
    if came != stated:
        converted_back = sha256_hex(content.replace(b"\r\n", b"\n"))
        if descriptor["hash"] == f"sha256:{converted_back}":
            raise DataError(
                path,
                came="line endings of Windows, and nothing else is different",
                expected="the bytes of its card: git checkout -- data brings them back",
            )
        is_shipped = opened.folder == ROOT
        more = " (after a wanted edit: python -m data.sealing)" if is_shipped else ""
        raise DataError(path, came=came, expected=f"{stated}{more}")
    return Resource(name, path, descriptor, content)


@framed
def load_table(name: str) -> Tiered[pd.DataFrame]:
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
    resource = read_resource(name)
    keys = resource.descriptor.get("schema", {}).get("foreignKeys", [])
    targets = sorted({key["reference"]["resource"] for key in keys} - {name})
    others = [read_resource(target) for target in targets]
    return with_card(_with_names_and_sources(resource, *others), resource.descriptor)


def table_loader(name: str) -> Framed[[], pd.DataFrame]:
    """Make the loader of a table that is read as it stands; datapackage.json has its columns."""

    def load() -> Tiered[pd.DataFrame]:
        return load_table.tiered(name)

    return framed(load)


def with_card(frame: F, descriptor: dict[str, Any]) -> Tiered[F]:
    """Give a frame tier and card of a file; refuse what is not published and cited.

    So a frame of a loader needs no gate before it is shown to an analyst; public outlets judge it
    once more.
    """
    tier, card = descriptor.get("tier"), card_of(descriptor)
    if tier not in (Tier.T0, Tier.T1):
        raise DataError(descriptor["path"], came=f"tier {tier}", expected="tier T0 or T1")
    lacking = [name for name in ("sources", "licence", "sha256") if not card[name]]
    if lacking:
        came = f"a card without {' and '.join(lacking)}"
        expected = "the source, the licence and the hash of every file"
        raise DataError(descriptor["path"], came=came, expected=expected)
    return Tiered(frame, Tier(tier), card)


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


def _descriptor(package: dict[str, Any], name: str) -> dict[str, Any]:
    for resource in package["resources"]:
        if resource["name"] == name:
            return resource
    allowed = ", ".join(resource["name"] for resource in package["resources"])
    raise ParameterError(f"no table {name!r} in the catalogue; there are {allowed}")


@cached(most=128, of_folder=False)
def _with_names_and_sources(resource: Resource, *others: Resource) -> pd.DataFrame:
    from data.parsing import check_totals, parse_table

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


@cached(most=32, of_folder=False)
def _plain(resource: Resource) -> pd.DataFrame:
    """Parse a table that others refer to, without its own references."""
    from data.parsing import parse_table

    return parse_table(resource.path, resource.content, resource.descriptor["schema"])


def _text(values: Iterable[str | None]) -> pd.Series:
    """Return a text column with None for missing values, whatever pandas would infer."""
    import pandas as pd

    return pd.Series(list(values), dtype=object)


def file_facts(form: str, content: bytes) -> dict[str, Any]:
    """Return the card's facts of a file: bytes, hash, row_count."""
    from data.parsing import row_count

    rows = row_count(form, content)
    return {"bytes": len(content), "hash": f"sha256:{sha256_hex(content)}", "row_count": rows}


def sha256_hex(content: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()
