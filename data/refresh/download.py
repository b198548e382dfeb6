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
from data.refresh.folder import data_folder, locked, unchanged_error
from data.refresh.store import Source
from geo.errors import UserError, system_reason

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

    ``any_host`` allows hosts that the catalogue does not name, and this machine.
    UserError for whatever is wrong with the address, the answer or the file.
    """
    if "://" not in source:
        path = Path(source).expanduser()
        if not path.is_file():
            raise UserError("refresh.refusal.no_file", file=path)
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
        raise UserError("refresh.refusal.read", file=path.name, why=system_reason(error)) from None
    if size > largest:
        raise UserError("refresh.refusal.too_large", file=name, limit=f"{largest:,}")
    if not size:
        raise unchanged_error("refresh.refusal.empty", file=name)
    if head.startswith(b"<"):
        raise unchanged_error("refresh.refusal.web_page", file=name)
    return Source(name, path, digest, size, date.today().isoformat())


def _download(
    source: str, hosts: frozenset[str] | None, path: Path, largest: int, progress: Progress
) -> None:
    """Follow redirects, each to an allowed address, and write the answer."""
    address = source
    try:
        for _ in range(_HOPS + 1):
            refuse_address(address, hosts)
            is_near = _is_local_address(address)
            if is_near and not _is_local_address(source):
                raise UserError("refresh.refusal.private")
            with (
                httpx.Client(timeout=TIMEOUT, trust_env=not is_near) as client,
                client.stream("GET", address, headers=_HEADERS) as answer,
            ):
                if not answer.has_redirect_location:
                    _write_answer(answer, path, largest, progress)
                    return
                address = urljoin(address, answer.headers.get("location", ""))
    except httpx.TransportError as error:
        why: object = " ".join((str(error) or type(error).__name__).split())[:200]
        if "CERTIFICATE_VERIFY_FAILED" in str(why):
            why = UserError("refresh.refusal.certificate")
        raise unchanged_error("refresh.refusal.broke_off", address=source, why=why) from None
    except OSError as error:
        raise unchanged_error(
            "refresh.refusal.download_folder", folder=path.parent, why=system_reason(error)
        ) from None
    raise UserError("refresh.refusal.hops", address=source, limit=_HOPS)


def _write_answer(answer: httpx.Response, path: Path, largest: int, progress: Progress) -> None:
    name = str(answer.url)
    if answer.status_code != 200:
        raise unchanged_error("refresh.refusal.status", status=answer.status_code, address=name)
    if "html" in answer.headers.get("content-type", "").lower():
        raise unchanged_error("refresh.refusal.web_page", file=name)
    length = answer.headers.get("content-length", "")
    total = int(length) if length.isdigit() else None
    if total is None and "chunked" not in answer.headers.get("transfer-encoding", "").lower():
        raise UserError("refresh.refusal.length", address=name)
    size, end = 0, time.monotonic() + TOTAL_S
    with path.open("wb") as stream:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if max(size, total or 0) > largest:
                raise UserError("refresh.refusal.too_large", file=name, limit=f"{largest:,}")
            if time.monotonic() > end:
                raise unchanged_error("refresh.refusal.slow", address=name, limit=f"{TOTAL_S:.0f}")
            stream.write(chunk)
            progress(size, total)


def catalogue_hosts() -> frozenset[str]:
    """Return the hosts of all sources and official files that the shipped catalogue names."""
    resources = load_package(ROOT)["resources"]
    addresses = [str(source.get("path")) for item in resources for source in item["sources"]]
    addresses += map(str, load_table("official_files", ROOT)["access_url"])
    hosts = (urlsplit(address).hostname for address in addresses if "://" in address)
    return frozenset(filter(None, hosts))


def refuse_address(address: str, hosts: frozenset[str] | None) -> None:
    """Refuse an address that a refresh may not ask; each hop of a redirect is one.

    Over https one of these hosts (None: any), over http this machine, if it may be asked at all.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UserError("refresh.refusal.no_address", address=address) from None
    if parts.username is not None or parts.password is not None:
        raise UserError("refresh.refusal.password")
    if parts.scheme not in ("http", "https") or not host:
        raise UserError("refresh.refusal.scheme", address=address)
    if parts.scheme == "http" and not is_loopback(host):
        raise UserError("refresh.refusal.plain", address=address)
    if hosts is not None and host not in hosts:
        near = sorted(name for name in hosts if name.endswith(".gob.pe"))[:_LISTED]
        raise UserError("refresh.refusal.host", host=host, names=", ".join(near))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host == "localhost" or _address(host).is_loopback


def _is_local_address(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return is_loopback(host) or not _address(host).is_global


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address of a host that is one; of a name, an address of the internet."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return ipaddress.ip_address("1.1.1.1")
