"""Which addresses a refresh may ask: https, and only hosts that the catalogue names."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from data.catalogue import load_package, load_table
from data.refresh.errors import RefreshError

_MANY = 12


def is_address(source: str) -> bool:
    """Tell an address from the path of a file."""
    return "://" in source


def catalogue_hosts() -> frozenset[str]:
    """Return the hosts of all sources and official files that the shipped catalogue names.

    Examples
    --------
    >>> "www.datosabiertos.gob.pe" in catalogue_hosts()
    True
    """
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

    Parameters
    ----------
    address : str
        The whole address.
    hosts : frozenset of str
        Hosts that may be asked.
    any_host : bool
        Every host may, over https; this machine may, over http too.

    Raises
    ------
    RefreshError
        With what is allowed.
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
    """Tell whether a host is this machine.

    Examples
    --------
    >>> is_loopback("127.0.0.2"), is_loopback("::1"), is_loopback("127.0.0.1.example.org")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
