"""The user's folder of refreshed figures: who may write in it, how to write, what of it holds.

A process keeps what it read first: a refresh while a server runs shows after a restart, never as
a mixture of old and new. Nothing here asks the network; without refreshed figures one missing
file is all that is looked for.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from platformdirs import user_data_path

from data.parsing import parse_table
from geo.errors import DataError, GeoError

MANIFEST = "refreshed.json"
"""The one file that says which refreshed tables hold; replacing it is the whole change."""
GENERATIONS = "generations"
_LOCK = "lock"
_MANIFEST_BYTES = 4 << 20
_FILE_BYTES = 256 << 20
"""The largest list of files that is read (one has some 10 kB a file), and the largest file."""
FORMAT = 1
"""version of the manifest that this program writes and reads"""
Reason = Literal["manifest", "missing", "bytes", "schema", "shipped"]
"""manifest: the list of refreshed files is damaged; missing, bytes: a file is gone or changed;
schema: it no longer fits the table it stands for; shipped: the shipped table has changed since."""
_ATTEMPTS = 3
OPTIONAL_RESOURCES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("optional.json").read_bytes()
)
"""Cards of files that only a refresh can bring, by name: as datapackage.json would have them,
without bytes, hash, row_count, path, accessed and sources, which come with the file."""


class RefreshError(GeoError):
    """A source, a download or a write that is refused; nothing was changed."""


def unchanged(text: str) -> RefreshError:
    """The refusal with these words, and that nothing was changed."""
    return RefreshError(f"{text}; the old figures hold")


def data_folder() -> Path:
    """Return the folder of refreshed figures: ATLAS_DATA, else the platform's; need not exist."""
    named = os.environ.get("ATLAS_DATA", "").strip()
    if not named:
        return user_data_path("atlas-trata-peru", False)
    with suppress(RuntimeError):  # the home of somebody who is not here
        return Path(named).expanduser()
    return Path(named)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one writer; the system frees it when the process ends in any way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise RefreshError(
            f"cannot write in {folder}: {error.strerror}; name another folder in ATLAS_DATA"
        ) from None
    try:
        try:
            _take(handle)
        except OSError:
            raise RefreshError(
                "another refresh is running on this folder: wait until it ends and start again; "
                "nothing was changed"
            ) from None
        yield
    finally:
        os.close(handle)


SCRATCH = ("check", "layer")
"""What a refresh makes in the system's temporary folder: atlas-check-…, atlas-layer-…"""


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """An empty folder of one of these kinds while the block runs; what killed refreshes left goes
    before. RefreshError where the temporary folder takes none."""
    with ExitStack() as stack:
        try:
            sweep()
            place = _held_place(kind, stack)
            work = place / "work"
            work.mkdir()
        except OSError as error:
            raise unchanged(f"cannot use the temporary folder: {error.strerror}") from None
        yield work


def _held_place(kind: str, stack: ExitStack) -> Path:
    """A new temporary folder whose lock says that somebody is there, removed with the stack."""
    for _ in range(_ATTEMPTS):
        place = Path(tempfile.mkdtemp(prefix=f"atlas-{kind}-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        with suppress(RefreshError):  # swept by another refresh before it was held
            stack.enter_context(locked(place))
            if (place / _LOCK).exists():
                return place
    raise OSError(errno.EBUSY, "another refresh holds it")


def sweep() -> None:
    """Remove what killed refreshes left in the temporary folder: own folders that nobody holds."""
    left: list[Path] = []
    with suppress(OSError):  # none can be written to
        root = Path(tempfile.gettempdir())
        left = [place for kind in SCRATCH for place in root.glob(f"atlas-{kind}-*")]
    for place in left:
        with suppress(OSError, RefreshError):
            found = place.lstat()
            is_own = found.st_uid == getattr(os, "getuid", lambda: 0)()
            if stat.S_ISDIR(found.st_mode) and is_own:
                with locked(place):
                    shutil.rmtree(place, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def settle(folder: Path) -> None:
    """Wait until the disk knows the names in a folder; only POSIX can be asked."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes) -> None:
    """Put new content in the place of old: a reader sees the old or the new, never half."""
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)  # what was left there may be a pipe, or lead elsewhere
        write_whole(new, content)
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    settle(path.parent)


if sys.platform == "win32":

    def _take(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:

    def _take(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Fault:
    """Refreshed files that are not used, all that were written together (none: the list itself is
    unreadable), and why; the shipped ones are used."""

    resources: tuple[str, ...]
    reason: Reason


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One refreshed file that holds: its bytes, the shipped descriptor with what the refresh
    changed, where it came from (store.Card and the hash of what it replaced), and the rows that it
    adds to the table of sources."""

    content: bytes
    descriptor: dict[str, Any]
    card: dict[str, Any]
    sources: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All refreshed files of a folder that hold, by resource, as this process read them; the seal
    is the SHA-256 of the manifest's content, empty without refreshed figures."""

    entries: dict[str, Entry] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    seal: str = ""

    @property
    def sources(self) -> list[dict[str, str]]:
        """Rows that the files in use add to the table of sources."""
        return [row for entry in self.entries.values() for row in entry.sources]


@lru_cache(maxsize=4)
def snapshot(folder: Path, package: bytes) -> Snapshot:
    """Return the refreshed files of a folder that fit a catalogue."""
    read = _read(folder, package)
    for _ in range(_ATTEMPTS):
        # a writer may remove what the manifest named a moment ago
        if not any(fault.reason == "missing" for fault in read.faults):
            break
        read = _read(folder, package)
    return read


def forget() -> None:
    """Read anew at the next call: for the process that has just written."""
    snapshot.cache_clear()


def digest(content: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def schema_digest(descriptor: Mapping[str, Any]) -> str:
    """SHA-256 of what a table or a set of outlines must look like."""
    rules = {key: descriptor.get(key) for key in ("format", "schema", "properties")}
    return digest(canonical(rules))


def canonical(value: Any) -> bytes:
    """JSON in one form only, to be hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest's content; {} where there is none, ValueError where it is none of ours,
    whatever lies in its place."""
    try:
        content = json.loads(_plain_bytes(folder / MANIFEST, _MANIFEST_BYTES))
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ValueError("of another version")
        if content.pop("seal", None) != digest(canonical(content)):
            raise ValueError("changed by another hand")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except RecursionError:
        raise ValueError("nested without end") from None
    items = content.get("resources")
    if not isinstance(items, dict) or not all(_is_item(one) for one in items.values()):
        raise ValueError("without its files")
    return content


def _is_item(item: Any) -> bool:
    """Whether an entry of the manifest has what this program writes, each of its kind."""
    texts = dict.fromkeys(("file", "group", "sha256", "schema_sha256"), str)
    if not _has(item, {**texts, "bytes": int, "descriptor": dict, "card": dict, "sources": list}):
        return False
    earlier = item["card"].get("earlier", [])
    cards = [item["card"], *(earlier if isinstance(earlier, list) else [None])]
    counts = {"rows_read": int, "rows_used": int}
    return all(_has(card, {"source": str, "accessed": str, **counts}) for card in cards) and all(
        isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values())
        for row in item["sources"]
    )


def _has(value: Any, parts: Mapping[str, type]) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(name), kind) for name, kind in parts.items()
    )


def _plain_bytes(path: Path, most: int) -> bytes:
    """Bytes of a plain file; OSError where it is none or cannot be read, ValueError where it is
    larger. A pipe or a device would be waited for, a link leads anywhere."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags), "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        content = stream.read(most + 1)
    if len(content) > most:
        raise ValueError(f"larger than {most:,} bytes")
    return content


def shipped_descriptor(package: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """Descriptor that a refreshed file must fit: the catalogue's, or of an optional file."""
    for resource in package["resources"]:
        if resource["name"] == name:
            return resource
    optional = OPTIONAL_RESOURCES.get(name)
    return {"name": name, **optional} if optional else None


def _read(folder: Path, package: bytes) -> Snapshot:
    try:
        manifest = read_manifest(folder)
    except ValueError:
        return Snapshot(faults=(Fault((), "manifest"),), seal="unreadable")
    if not manifest:
        return Snapshot()
    shipped = json.loads(package)
    groups: dict[str, list[str]] = {}
    for name, item in manifest["resources"].items():
        groups.setdefault(item["group"], []).append(name)
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for names in groups.values():
        # written together, used together: half a set would contradict itself
        try:
            items = manifest["resources"]
            read = {name: _entry(folder, shipped, name, items[name]) for name in names}
        except (KeyError, TypeError, ValueError, AttributeError):  # of a shape that is not ours
            faults.append(Fault(tuple(sorted(names)), "manifest"))
            continue
        whole = {name: entry for name, entry in read.items() if isinstance(entry, Entry)}
        reason = next((entry for entry in read.values() if not isinstance(entry, Entry)), None)
        if reason:
            faults.append(Fault(tuple(sorted(names)), reason))
        else:
            entries |= whole
    return Snapshot(entries, tuple(faults), digest(canonical(manifest)))


def _entry(
    folder: Path, package: Mapping[str, Any], name: str, item: Mapping[str, Any]
) -> Entry | Reason:
    descriptor = shipped_descriptor(package, name)
    if descriptor is None or item["schema_sha256"] != schema_digest(descriptor):
        return "schema"
    if item.get("shipped_sha256") != descriptor.get("hash"):
        return "shipped"
    place = PurePosixPath(item["file"])
    if place.is_absolute() or ".." in place.parts:
        return "missing"
    path = folder / place
    try:
        content = _plain_bytes(path, max(0, min(item["bytes"], _FILE_BYTES)))
    except OSError:
        return "missing"
    except ValueError:
        return "bytes"
    if len(content) != item["bytes"] or digest(content) != item["sha256"]:
        return "bytes"
    merged = {**descriptor, **item["descriptor"]}
    (sources,) = (one for one in package["resources"] if one["name"] == "sources")
    columns = {field["name"] for field in sources["schema"]["fields"]}
    if any(type(merged[name]) is not type(value) for name, value in descriptor.items()) or any(
        not set(row) <= columns for row in item["sources"]
    ):
        return "manifest"
    if merged["format"] == "csv":
        try:
            parse_table(merged["path"], content, merged["schema"])
        except DataError:
            return "schema"
    return Entry(content, merged, dict(item["card"]), tuple(item["sources"]))
