"""The user's folder of refreshed figures: who may write in it, which edition a process uses.

An edition is a whole data folder, as `data/` is. The small file `current` names one; whoever reads
holds a shared lock on it, so that it stays while a server runs. Without refreshed figures one
missing file is all that is looked for; nothing here asks the network.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shlex
import shutil
import stat
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

from platformdirs import user_data_path

from geo.errors import UserError, system_reason

CURRENT = "current"
"""The one file that says which edition holds; replacing it is the whole change."""
EDITIONS = "editions"
PACKAGE = "datapackage.json"
EARLIER = "refreshed.json"
"""list of files of the second edition of the atlas, which still reads it: never used or changed"""
_LOCK = "lock"
_NAME = re.compile(r"[0-9a-f]{12}")
_LIST_BYTES, _FILE_BYTES = 4 << 20, 256 << 20
"""the largest list of files and the largest file that is read"""
FORMAT = 2
"""version of `current` that this program writes and reads"""
Reason = Literal["damaged", "shipped", "earlier"]
"""damaged: a file is gone or changed; shipped: the shipped figures have changed since; earlier:
they are of the atlas's second edition."""
_ATTEMPTS = 3
_ORDER = ("boundaries", "population", "mining", "complaints", "police")
"""refreshes as they need each other: outlines before mining, people before the reports of a year"""


def unchanged_error(key: str, **values: object) -> UserError:
    """The refusal of a key and its values, and that nothing was changed."""
    return UserError("refresh.unchanged", reason=UserError(key, **values))


def data_folder() -> Path:
    """Return the folder of refreshed figures: ATLAS_DATA, else the platform's; need not exist."""
    named = os.environ.get("ATLAS_DATA", "").strip()
    if not named:
        return user_data_path("atlas-trata-peru", False)
    with suppress(RuntimeError):  # the home of an unknown user
        return Path(named).expanduser()
    return Path(named)


@dataclass(frozen=True, slots=True)
class Unused:
    """Refreshed files that are not in use (none: nobody knows which), why, and the commands that
    bring them again."""

    reason: Reason
    files: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Edition:
    """What a process uses: a folder (None: the shipped figures), the SHA-256 of its catalogue (""
    shipped), what `current` said then ("" nothing, None unreadable), what is not in use."""

    folder: Path | None = None
    seal: str = ""
    current: str | None = ""
    unused: Unused | None = None


@lru_cache(maxsize=4)
def resolve(folder: Path, shipped: bytes) -> Edition:
    """Return the edition that a folder names, once a process, and hold it as long as it is used;
    ``shipped`` is the shipped datapackage.json, for which it was made."""
    for _ in range(_ATTEMPTS):
        with suppress(BlockingIOError, FileNotFoundError):  # removed a moment ago: look again
            return _read_edition(folder, shipped)
    return Edition(None, "", None, Unused("damaged"))


def forget() -> None:
    """Look anew at the next call: for the process that writes."""
    resolve.cache_clear()


def _read_edition(folder: Path, shipped: bytes) -> Edition:
    try:
        text = read_current(folder)
    except ValueError:
        return Edition(None, "", None, Unused("damaged"))
    if not text:
        return Edition(unused=_earlier(folder))
    named = json.loads(text)
    files, commands = tuple(named["files"]), tuple(named["commands"])
    if named["shipped"] != sha256_hex(shipped):
        return Edition(None, "", text, Unused("shipped", files, commands))
    place = folder / EDITIONS / named["folder"]
    try:
        held = _plain_file(place / PACKAGE)
        content = _read_at_most(held, _LIST_BYTES)
        if sha256_hex(content) != named["package"]:
            raise ValueError("another list")
        _lock_for_reading(held)
        for item in json.loads(content)["resources"]:
            with _plain_file(place / item["path"]) as stream:
                if f"sha256:{sha256_hex(_read_at_most(stream, item['bytes']))}" != item["hash"]:
                    raise ValueError(f"{item['path']} has changed")
    except BlockingIOError:
        raise
    except (OSError, ValueError, KeyError, TypeError):
        if read_current(folder) != text:
            raise FileNotFoundError(place) from None
        return Edition(None, "", text, Unused("damaged", files, commands))
    edition = Edition(place, named["package"], text, _earlier(folder, files))
    weakref.finalize(edition, held.close)
    return edition


def read_current(folder: Path) -> str:
    """Return what `current` says, JSON of folder, previous ("" none), package and shipped (hashes),
    the refreshed files and the commands that brought them; "" where there is none, ValueError where
    it is none of ours."""
    try:
        with _plain_file(folder / CURRENT) as stream:
            text = _read_at_most(stream, _LIST_BYTES).decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    try:
        named = json.loads(text)
    except RecursionError:
        raise ValueError("nested without end") from None
    try:
        lists = named["files"], named["commands"]
        texts = [named[name] for name in ("folder", "previous", "package", "shipped")]
        is_ours = named["format"] == FORMAT and all(isinstance(entries, list) for entries in lists)
        texts += [entry for entries in lists for entry in entries]
        if is_ours and all(isinstance(entry, str) for entry in texts) and _NAME.fullmatch(texts[0]):
            return text
    except (KeyError, TypeError):
        pass
    raise ValueError("of another version")


def commands_of(cards: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the commands that bring refreshed files again, from their cards by resource."""
    commands: dict[str, None] = {}
    for name, newest in sorted(cards.items(), key=lambda item: _ORDER.index(command_of(item[0]))):
        for card in (*newest.get("earlier", ()), newest):
            words = ("refresh", command_of(name), "--source", card["source"])
            commands[shlex.join([*words, *card.get("options", ()), "--yes"])] = None
    return tuple(commands)


def command_of(resource: str) -> str:
    """The command that refreshes a file."""
    if resource.endswith(("_full", "_simplified")):
        return "boundaries"
    kind = resource.partition("_")[0]
    return kind if kind in _ORDER else "complaints"


def _earlier(folder: Path, files: Iterable[str] = ()) -> Unused | None:
    """The files that the second edition refreshed, if its list lies there, less those of commands
    that brought the ``files`` in use."""
    brought = {command_of(name) for name in files}
    cards = {}
    try:
        with _plain_file(folder / EARLIER) as stream:
            items = json.loads(_read_at_most(stream, _LIST_BYTES))["resources"]
        cards = {n: item["card"] for n, item in items.items() if command_of(n) not in brought}
        commands = commands_of(cards)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        cards, commands = {}, ()
    return Unused("earlier", tuple(sorted(cards)), commands) if cards or not brought else None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one writer; the system frees it when the process ends in any way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise UserError("refresh.refusal.folder", folder=folder, why=system_reason(error)) from None
    try:
        try:
            _lock_for_writing(handle)
        except OSError:
            raise UserError("refresh.refusal.running") from None
        yield
    finally:
        os.close(handle)


def remove_unused_editions(folder: Path, kept_names: Iterable[str] = ()) -> None:
    """Remove the editions that are not kept and that nobody holds; the folder itself is held."""
    editions = folder / EDITIONS
    for place in editions.iterdir() if editions.is_dir() else ():
        if place.name in kept_names:
            continue
        with suppress(OSError):
            if not (place / PACKAGE).exists():  # never finished, so never read
                shutil.rmtree(place)
                continue
            with _plain_file(place / PACKAGE) as held:
                if sys.platform == "win32":
                    held.close()  # Windows refuses to remove an open file
                else:
                    _lock_for_writing(held.fileno())
                (place / PACKAGE).unlink()
                shutil.rmtree(place)
    with suppress(OSError):
        editions.rmdir()


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file and wait until the disk has it."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def fsync_directory(folder: Path) -> None:
    """Write the names in a folder to the disk; only POSIX can."""
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
    fsync_directory(path.parent)


def sha256_hex(content: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def _plain_file(path: Path) -> BinaryIO:
    """Open a plain file; OSError where it is none or cannot be read. A pipe or a device would be
    waited for, a link leads anywhere."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    stream = os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "not a plain file")
    return stream


def _read_at_most(stream: BinaryIO, most: int) -> bytes:
    content = stream.read(min(most, _FILE_BYTES) + 1)
    if len(content) > most:
        raise ValueError(f"larger than {most:,} bytes")
    return content


if sys.platform == "win32":

    def _lock_for_writing(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _lock_for_reading(stream: BinaryIO) -> None:
        """An open file holds its folder."""

else:
    import fcntl

    def _lock_for_writing(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_for_reading(stream: BinaryIO) -> None:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:  # a disk of the network that knows no locks
            return
