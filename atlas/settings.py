"""Which of the three servers this process is, and who may reach the one with own records."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

TIER_SETTING = "ATLAS_TIER"
PROXY_SETTING = "ATLAS_BEHIND_PROXY"
HOSTS_SETTING = "ATLAS_HOSTS"
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
Network = IPv4Network | IPv6Network


class SettingError(ValueError):
    """A setting of the operator that the server does not start with."""


class ServerTier(StrEnum):
    """What a server offers; the tiers of data (T0 to T2) are another thing."""

    PUBLIC = "public"
    """the public page and the API; Streamlit is never imported, nothing is taken in."""
    ANALYST = "analyst"
    """the dashboard on the shipped figures."""
    NGO = "ngo"
    """the dashboard and an organisation's own records."""


def current(environment: Mapping[str, str] | None = None) -> ServerTier:
    """Return the tier of ATLAS_TIER, analyst if it is not set; SettingError for anything else."""
    text = _setting(TIER_SETTING, environment)
    try:
        return ServerTier(text or ServerTier.ANALYST)
    except ValueError:
        allowed = ", ".join(ServerTier)
        raise SettingError(
            f"{TIER_SETTING} is {text!r}: it is one of {allowed}. Without it the server is "
            f"{ServerTier.ANALYST}."
        ) from None


def named_proxies(environment: Mapping[str, str] | None = None) -> tuple[Network, ...]:
    """Return the proxies of ATLAS_BEHIND_PROXY; SettingError for no address and for everybody.

    Examples
    --------
    >>> named_proxies({"ATLAS_BEHIND_PROXY": "10.0.0.5, 10.1.0.0/24"})
    (IPv4Network('10.0.0.5/32'), IPv4Network('10.1.0.0/24'))
    """
    text = _setting(PROXY_SETTING, environment)
    found: list[Network] = []
    for part in text.replace(",", " ").split():
        try:
            network = ip_network(part)
        except ValueError:
            raise SettingError(
                f"{PROXY_SETTING} holds {part!r}: give the proxy's address or network, for "
                "example 10.0.0.5 or 10.0.0.0/24, several separated by commas."
            ) from None
        if network.prefixlen == 0:
            raise SettingError(
                f"{PROXY_SETTING} holds {part!r}, which is everybody: name the proxy's address."
            )
        found.append(network)
    return tuple(found)


def named_hosts(environment: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return the host names of ATLAS_HOSTS; SettingError for anything but names and addresses.

    Examples
    --------
    >>> sorted(named_hosts({"ATLAS_HOSTS": "Atlas.example.pe, 192.168.1.20"}))
    ['192.168.1.20', 'atlas.example.pe']
    """
    hosts = _setting(HOSTS_SETTING, environment).lower().replace(",", " ").split()
    for host in hosts:
        if not _HOST.fullmatch(host) and not _is_address(host):
            raise SettingError(
                f"{HOSTS_SETTING} holds {host!r}: give the names by which readers open the atlas, "
                "without https://, port or path, for example atlas.example.pe, several separated "
                "by commas."
            )
    return frozenset(hosts)


def unnamed_hosts(address: str | None, environment: Mapping[str, str] | None = None) -> str:
    """What to tell an operator whose server others reach, but under no name; "" if all is well."""
    if is_loopback(address) or named_hosts(environment):
        return ""
    return (
        f"{HOSTS_SETTING} is not set: others reach this server by its own IP address, and get 403 "
        f"under any name. Name the hosts by which they open it: {HOSTS_SETTING}=atlas.example.pe"
    )


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches an address."""
    if address in ("localhost", "localhost."):
        return True
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def require_guarded(address: str | None, environment: Mapping[str, str] | None = None) -> None:
    """Refuse own records on an address that others reach, unless a named proxy stands before it.

    An address of None is every address of the machine.
    """
    if current(environment) is not ServerTier.NGO:
        return
    if not named_proxies(environment) and not is_loopback(address):
        raise SettingError(
            f"{TIER_SETTING}=ngo holds own records and would listen on "
            f"{address or 'every address'}: listen on 127.0.0.1, or put the server behind a proxy "
            f"that asks who is there and name the proxy's address in {PROXY_SETTING}."
        )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _setting(name: str, environment: Mapping[str, str] | None) -> str:
    return (os.environ if environment is None else environment).get(name, "").strip()
