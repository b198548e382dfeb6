"""Fetches an official file whole from a host that the catalogue names, or refuses it.

A half file must never become figures. The server has to say how long the file is (or send it in
chunks, which end by themselves); what arrived stays beside its ETag, and a break is answered by
asking for the rest, on condition that the file is still the same (RFC 9110, sections 13 and 14).
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from data.catalogue import load_package, load_table
from data.refresh.folder import RefreshError, data_folder, locked, replace_file, unchanged
from data.refresh.store import Source

DOWNLOADS = "downloads"
_HOPS = 5
_BREAKS = 5
_HEAD = 4_096
Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes expected (None: not said)."""

_MANY = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds (for an answer, without a byte, for the whole file with its
    breaks, before asking again, doubled each time), and how many bytes to take."""

    connect_s: float = 20.0
    read_s: float = 60.0
    total_s: float = 3_600.0
    bytes: int = 2_000_000_000
    pause_s: float = 1.0


def fetch(
    source: str,
    *,
    any_host: bool = False,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Source:
    """Return a file: the user's own where it lies, one of the web once it is here whole.

    With ``any_host`` hosts that the catalogue does not name are asked, and this machine.
    RefreshError for whatever is wrong with the address, the answer or the file.
    """
    limits = limits or Limits()
    if not is_address(source):
        return _own(Path(source).expanduser(), limits)
    hosts = catalogue_hosts()
    refuse_address(source, hosts=hosts, any_host=any_host)
    folder = data_folder() / DOWNLOADS
    with locked(folder):
        partial = Partial(folder, source)
        try:
            _download(
                source,
                partial,
                lambda address: refuse_address(address, hosts=hosts, any_host=any_host),
                limits,
                progress or (lambda *_: None),
            )
        except OSError as error:
            with suppress(OSError):
                partial.remove()
            raise unchanged(
                f"cannot keep the download in {folder}: {error.strerror}; make room or name "
                "another folder in ATLAS_DATA"
            ) from None
        return _hashed(partial.path, source)


def forget_download(source: str) -> None:
    """Remove what a download left; for the command that has used it."""
    if is_address(source):
        Partial(data_folder() / DOWNLOADS, source).remove()


def refuse_page(head: bytes, name: str) -> None:
    """Refuse what begins like a web page: none of the files that the atlas reads does."""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise unchanged(
            f"{name} is a web page, not a data file: open the address in a browser, download the "
            "file itself and give its path"
        )


def _own(path: Path, limits: Limits) -> Source:
    try:
        if not path.is_file():
            raise RefreshError(f"no file {str(path)!r}; give a file or an https address")
        if path.stat().st_size > limits.bytes:
            raise RefreshError(f"{path.name} is larger than {limits.bytes:,} bytes")
        return _hashed(path, path.name)
    except OSError as error:
        raise RefreshError(f"cannot read {path.name}: {error.strerror}") from None


def _hashed(path: Path, source: str) -> Source:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            if not size:
                refuse_page(chunk[:_HEAD], source)
            digest.update(chunk)
            size += len(chunk)
    if not size:
        raise unchanged(f"{source} is empty")
    return Source(source, path, digest.hexdigest(), size, date.today().isoformat())


def _download(
    source: str,
    partial: Partial,
    refuse: Callable[[str], None],
    limits: Limits,
    progress: Progress,
) -> None:
    """Ask, and ask again for the rest after each break, until the file is whole."""
    end = time.monotonic() + limits.total_s
    why = ""
    for attempt in range(_BREAKS + 1):
        if attempt:
            time.sleep(min(limits.pause_s * 2 ** (attempt - 1), max(end - time.monotonic(), 0)))
        try:
            with _answer(source, partial, refuse, limits) as answer:
                if answer.status_code == 304:
                    return
                if answer.status_code == 416:
                    partial.remove()
                    why = "the file has changed on the server"
                    continue
                _take(answer, partial, limits, end, progress)
                return
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            if "CERTIFICATE_VERIFY_FAILED" in why:
                raise RefreshError(
                    f"the certificate of the server of {source} does not prove who it is: refused; "
                    "download the file with a browser and give its path"
                ) from None
        if time.monotonic() > end:
            break
    raise RefreshError(
        f"the download of {source} broke off {_BREAKS + 1} times ({' '.join(why.split())[:200]}); "
        "start the same command again later: it goes on where it stopped. The old figures hold"
    )


@contextmanager
def _answer(
    source: str, partial: Partial, refuse: Callable[[str], None], limits: Limits
) -> Iterator[httpx.Response]:
    """Follow redirects hop by hop; each address must be one that may be asked."""
    timeout = httpx.Timeout(limits.read_s, connect=limits.connect_s)
    address = source
    for _ in range(_HOPS + 1):
        refuse(address)
        here = is_loopback(urlsplit(address).hostname or "")
        if here and not is_loopback(urlsplit(source).hostname or ""):
            raise RefreshError("the server sends on to this machine itself: refused")
        with (
            httpx.Client(timeout=timeout, follow_redirects=False, trust_env=not here) as client,
            client.stream("GET", address, headers=partial.headers()) as answer,
        ):
            if answer.has_redirect_location:
                address = urljoin(address, answer.headers.get("location", ""))
                continue
            yield answer
            return
    raise RefreshError(f"{source} sends on more than {_HOPS} times: refused")


def _take(
    answer: httpx.Response, partial: Partial, limits: Limits, end: float, progress: Progress
) -> None:
    name = unquote(urlsplit(str(answer.url)).path.rsplit("/", 1)[-1]) or str(answer.url)
    if answer.status_code >= 500 or answer.status_code == 429:
        raise httpx.RemoteProtocolError(f"the server answers {answer.status_code}")
    if answer.status_code not in (200, 206):
        raise RefreshError(f"the server answers {answer.status_code} for {name}")
    if "html" in answer.headers.get("content-type", "").lower():
        refuse_page(b"<html", name)
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise RefreshError(f"{name} comes compressed although we asked for it as it is")
    begin, total = partial.begin(answer)
    if total is None and "chunked" not in answer.headers.get("transfer-encoding", "").lower():
        raise RefreshError(
            f"the server does not say how long {name} is, so that half of it could pass for the "
            "whole: download it with a browser and give the file"
        )
    if total is not None and total > limits.bytes:
        raise RefreshError(f"{name} is {total:,} bytes; at most {limits.bytes:,} are taken")
    size, head = begin, b""
    with partial.path.open("ab" if begin else "wb") as stream:
        for chunk in answer.iter_raw():
            if not begin and len(head) < _HEAD:
                head += chunk[:_HEAD]
                refuse_page(head, name)
            size += len(chunk)
            if size > limits.bytes:
                stream.close()
                partial.remove()
                raise RefreshError(f"{name} is longer than {limits.bytes:,} bytes: refused")
            if time.monotonic() > end:
                raise RefreshError(
                    f"{name} took longer than {limits.total_s:.0f} s; start the same command again:"
                    " it goes on where it stopped. The old figures hold"
                )
            stream.write(chunk)
            progress(size, total)
    if total is not None and size != total:
        with suppress(OSError):
            partial.remove()
        raise unchanged(f"{name}: {size:,} bytes came instead of {total:,}")
    partial.finish(size)


def is_address(source: str) -> bool:
    """Tell an address from the path of a file."""
    return "://" in source


def catalogue_hosts() -> frozenset[str]:
    """Return the hosts of all sources and official files that the shipped catalogue names."""
    addresses = [
        str(source.get("path") or "")
        for resource in load_package()["resources"]
        for source in resource["sources"]
    ]
    addresses += [str(address) for address in load_table("official_files")["access_url"]]
    hosts = {urlsplit(address).hostname for address in addresses if is_address(address)}
    return frozenset(host for host in hosts if host)


def refuse_address(address: str, *, hosts: frozenset[str], any_host: bool) -> None:
    """Refuse an address that a refresh may not ask; each hop of a redirect is one.

    With any_host every host may be asked over https, and this machine over http too.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise RefreshError(f"{address!r} is no address; give https://... or a file") from None
    if parts.username is not None or parts.password is not None:
        raise RefreshError("an address with a name or a password is refused; download the file")
    if parts.scheme not in ("http", "https") or not host:
        raise RefreshError(f"{address!r}: only https addresses and files are read")
    if parts.scheme == "http" and not is_loopback(host):
        raise RefreshError(
            f"{address!r} is not encrypted: give the https address, or download the file and give "
            "its path"
        )
    if not any_host and host not in hosts:
        near = sorted(name for name in hosts if name.endswith(".gob.pe"))[:_MANY]
        raise RefreshError(
            f"the catalogue does not name the host {host!r} (of the State it names "
            f"{', '.join(near)}); if you trust it, add --any-host"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Partial:
    """A file that grows in the folder of downloads, with a note of its validator."""

    def __init__(self, folder: Path, address: str) -> None:
        stem = hashlib.sha256(address.encode()).hexdigest()[:24]
        self.path = folder / f"{stem}.part"
        """the bytes so far."""
        self._note = folder / f"{stem}.json"

    def headers(self) -> dict[str, str]:
        """Return what to ask for: all, the rest, or nothing if it has not changed."""
        plain = {"Accept-Encoding": "identity", "User-Agent": "atlas-trata-peru"}
        note, size = self._read(), self._size()
        validator = note.get("validator")
        if not validator or not size:
            return plain
        if note.get("is_whole"):
            kind = "If-None-Match" if validator.startswith('"') else "If-Modified-Since"
            return {**plain, kind: validator}
        return {**plain, "Range": f"bytes={size}-", "If-Range": validator}

    def begin(self, answer: httpx.Response) -> tuple[int, int | None]:
        """Return where the answer's bytes belong, and the length of the whole file if said."""
        length = answer.headers.get("content-length", "")
        if answer.status_code == 206:
            found = re.fullmatch(
                r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("content-range", "").strip()
            )
            if not found or int(found[1]) != self._size():
                self.remove()
                raise RefreshError("the server sent another part than asked for; start again")
            return int(found[1]), None if found[2] == "*" else int(found[2])
        # a strong mark only: a weak one does not promise the same bytes (RFC 9110, 8.8.1)
        etag = answer.headers.get("etag", "")
        validator = etag if etag.startswith('"') else answer.headers.get("last-modified", "")
        self.path.unlink(missing_ok=True)
        self._write({"validator": validator, "is_whole": False})
        return 0, int(length) if length.isdigit() else None

    def finish(self, size: int) -> None:
        """Note that the file is whole."""
        self._write({**self._read(), "is_whole": True, "bytes": size})

    def remove(self) -> None:
        """Forget all."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _read(self) -> dict:
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError):
            return {}
        # what is whole must still be as long as it was
        return {} if note.get("is_whole") and note.get("bytes") != self._size() else note

    def _write(self, note: dict) -> None:
        replace_file(self._note, json.dumps(note).encode())
