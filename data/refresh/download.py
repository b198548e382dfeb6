"""Fetches an official file whole from a host that the catalogue names, or refuses it.

A half file must never become figures: the server has to say how long the file is, or send it in
chunks, which end by themselves.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from data.catalogue import ROOT, load_package, load_table
from data.refresh.folder import RefreshError, data_folder, locked, unchanged
from data.refresh.store import Source

DOWNLOADS = "downloads"
MAX_BYTES = 2_000_000_000
TIMEOUT = httpx.Timeout(60.0, connect=20.0)
"""seconds without a byte, and for an answer"""
TOTAL_S = 3_600.0
_HOPS = 5
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "atlas-trata-peru"}
_LISTED = 12
"""hosts that a message names"""
Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes expected (None: not said)."""


@contextmanager
def fetch(
    source: str,
    *,
    any_host: bool = False,
    largest: int = MAX_BYTES,
    progress: Progress | None = None,
) -> Iterator[Source]:
    """Yield a file of so many bytes at most: the user's own where it lies, one of the web under a
    name of ours, which is removed with the block.

    With ``any_host`` hosts that the catalogue does not name are asked, and this machine.
    RefreshError for whatever is wrong with the address, the answer or the file.
    """
    if "://" not in source:
        path = Path(source).expanduser()
        if not path.is_file():
            raise RefreshError(f"no file {str(path)!r}; give a file or an https address")
        yield _read(path, path.name, largest)
        return
    hosts = None if any_host else catalogue_hosts()
    refuse_address(source, hosts)
    folder = data_folder() / DOWNLOADS
    path = folder / "file.part"
    with locked(folder):
        try:
            _download(source, hosts, path, largest, progress or (lambda *_: None))
            yield _read(path, source, largest)
        finally:
            path.unlink(missing_ok=True)


def _read(path: Path, name: str, largest: int) -> Source:
    """Size and hash of a file that is not empty, too large or a web page."""
    try:
        with path.open("rb") as stream:
            head = stream.read(4_096).removeprefix(b"\xef\xbb\xbf").lstrip()
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise RefreshError(f"cannot read {path.name}: {error.strerror}") from None
    if size > largest:
        raise RefreshError(f"{name} is larger than {largest:,} bytes")
    if not size:
        raise unchanged(f"{name} is empty")
    if head.startswith(b"<"):
        raise _page(name)
    return Source(name, path, digest, size, date.today().isoformat())


def _page(name: str) -> RefreshError:
    return unchanged(
        f"{name} is a web page, not a data file: open the address in a browser, download the file "
        "itself and give its path"
    )


def _download(
    source: str, hosts: frozenset[str] | None, path: Path, largest: int, progress: Progress
) -> None:
    """Follow redirects hop by hop, each to an address that may be asked, and write the answer."""
    address = source
    try:
        for _ in range(_HOPS + 1):
            refuse_address(address, hosts)
            is_near = _is_near(address)
            if is_near and not _is_near(source):
                raise RefreshError("the server sends on to a private address: refused")
            with (
                httpx.Client(timeout=TIMEOUT, trust_env=not is_near) as client,
                client.stream("GET", address, headers=_HEADERS) as answer,
            ):
                if not answer.has_redirect_location:
                    _write(answer, path, largest, progress)
                    return
                address = urljoin(address, answer.headers.get("location", ""))
    except httpx.TransportError as error:
        why = " ".join((str(error) or type(error).__name__).split())[:200]
        if "CERTIFICATE_VERIFY_FAILED" in why:
            why = "the certificate of the server does not prove who it is"
        raise unchanged(
            f"the download of {source} broke off ({why}): start the same command again later, or "
            "download the file with a browser and give its path"
        ) from None
    except OSError as error:
        raise unchanged(
            f"cannot keep the download in {path.parent}: {error.strerror}; make room or name "
            "another folder in ATLAS_DATA"
        ) from None
    raise RefreshError(f"{source} sends on more than {_HOPS} times: refused")


def _write(answer: httpx.Response, path: Path, largest: int, progress: Progress) -> None:
    """Write an answer that says how long it is, or ends by itself."""
    name = str(answer.url)
    if answer.status_code != 200:
        raise unchanged(f"the server answers {answer.status_code} for {name}")
    if "html" in answer.headers.get("content-type", "").lower():
        raise _page(name)
    length = answer.headers.get("content-length", "")
    total = int(length) if length.isdigit() else None
    if total is None and "chunked" not in answer.headers.get("transfer-encoding", "").lower():
        raise RefreshError(
            f"the server does not say how long {name} is, so that half of it could pass for the "
            "whole: download it with a browser and give the file"
        )
    size, end = 0, time.monotonic() + TOTAL_S
    with path.open("wb") as stream:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if max(size, total or 0) > largest:
                raise RefreshError(f"{name} is larger than {largest:,} bytes: refused")
            if time.monotonic() > end:
                raise unchanged(f"{name} took longer than {TOTAL_S:.0f} s")
            stream.write(chunk)
            progress(size, total)


def catalogue_hosts() -> frozenset[str]:
    """Return the hosts of all sources and official files that the shipped catalogue names."""
    resources = load_package(ROOT)["resources"]
    addresses = [str(one.get("path")) for item in resources for one in item["sources"]]
    addresses += map(str, load_table("official_files", ROOT)["access_url"])
    return frozenset(filter(None, (urlsplit(one).hostname for one in addresses if "://" in one)))


def refuse_address(address: str, hosts: frozenset[str] | None) -> None:
    """Refuse an address that a refresh may not ask; each hop of a redirect is one.

    Over https one of these hosts (None: any), over http this machine, if it may be asked at all.
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
    if hosts is not None and host not in hosts:
        near = sorted(name for name in hosts if name.endswith(".gob.pe"))[:_LISTED]
        raise RefreshError(
            f"the catalogue does not name the host {host!r} (of the State it names "
            f"{', '.join(near)}); if you trust it, add --any-host"
        )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host == "localhost" or _address(host).is_loopback


def _is_near(address: str) -> bool:
    """Whether an address leads to this machine or into a local network."""
    host = urlsplit(address).hostname or ""
    return is_loopback(host) or not _address(host).is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address of a host that is one; of a name, an address of the internet."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return ipaddress.ip_address("1.1.1.1")
