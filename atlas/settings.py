"""Settings of the operator: the tier of the server, its proxies, hosts and addresses."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from geo.errors import ParameterError, UserError

TIER_SETTING = "ATLAS_TIER"
PROXY_SETTING = "ATLAS_BEHIND_PROXY"
HOSTS_SETTING = "ATLAS_HOSTS"
BASE_SETTING = "ATLAS_BASE_URL"
DASHBOARD_SETTING = "ATLAS_DASHBOARD_URL"
CONTACT_SETTING = "ATLAS_CONTACT"
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
MAX_ADDRESS_LENGTH = 200
_NETLOC = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_PATH = re.compile(r"[A-Za-z0-9/._~-]*")
Network = IPv4Network | IPv6Network


PAGES = {
    "map": "",
    "hotspots": "focos",
    "figures": "cifras",
    "planner": "planificador",
    "own_data": "mis-datos",
    "public": "vista-publica",
    "method": "metodo",
}
"""Address of the page of each folder of atlas/ that has one, in the order of the navigation."""


class SettingError(ValueError):
    """A setting with which the server does not start."""


class ServerTier(StrEnum):
    """Kind of server by what it offers; unrelated to the tiers of data (T0 to T2)."""

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
    """Return the proxies of ATLAS_BEHIND_PROXY.

    Raise SettingError if a part is no address, or covers every address.

    Examples
    --------
    >>> named_proxies({"ATLAS_BEHIND_PROXY": "10.0.0.5, 10.1.0.0/24"})
    (IPv4Network('10.0.0.5/32'), IPv4Network('10.1.0.0/24'))
    """
    text = _setting(PROXY_SETTING, environment)
    proxies: list[Network] = []
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
        proxies.append(network)
    return tuple(proxies)


def named_hosts(environment: Mapping[str, str] | None = None) -> frozenset[str]:
    """Return the host names of ATLAS_HOSTS; SettingError for anything but names and addresses.

    Examples
    --------
    >>> sorted(named_hosts({"ATLAS_HOSTS": "Atlas.example.pe, 192.168.1.20"}))
    ['192.168.1.20', 'atlas.example.pe']
    """
    hosts = _setting(HOSTS_SETTING, environment).lower().replace(",", " ").split()
    for host in hosts:
        if not _HOST.fullmatch(host) and _ip_address(host) is None:
            raise SettingError(
                f"{HOSTS_SETTING} holds {host!r}: give the names by which readers open the atlas, "
                "without https://, port or path, for example atlas.example.pe, several separated "
                "by commas."
            )
    return frozenset(hosts)


def unnamed_hosts(address: str | None, environment: Mapping[str, str] | None = None) -> str:
    """Warn that others reach the server but no host is named; "" if all is well."""
    if is_loopback(address) or named_hosts(environment):
        return ""
    return (
        f"{HOSTS_SETTING} is not set: others reach this server by its own IP address, and get 403 "
        f"under any name. Name the hosts by which they open it: {HOSTS_SETTING}=atlas.example.pe"
    )


def require_base_url(address: str) -> str:
    """Return an address that pages can be joined to: it ends in a slash."""
    refused = ParameterError(
        "the base URL is not one. Give http:// or https://, a host and perhaps a folder, in at "
        "most {limit} characters. Leave out user, query and fragment, as in "
        "https://example.org/trata/",
        limit=MAX_ADDRESS_LENGTH,
    )
    if len(address) > MAX_ADDRESS_LENGTH or not address.isascii():
        raise refused
    try:
        parts = urlsplit(address)
        port = parts.port  # ValueError beyond 65535
    except ValueError:
        raise refused from None
    if (
        port == 0
        or parts.scheme not in ("http", "https")
        or not _NETLOC.fullmatch(parts.netloc)
        or not _PATH.fullmatch(parts.path)
        or ".." in parts.path
        or f"{parts.scheme}://{parts.netloc}{parts.path}" != address
    ):
        raise refused
    return address if address.endswith("/") else address + "/"


def base_url(environment: Mapping[str, str] | None = None) -> str | None:
    """Return ATLAS_BASE_URL, the server's public address, for cards and canonical addresses.

    SettingError if it is no address, or has a folder: the routes start at the root.
    """
    example = "scheme and host alone, for example https://atlas.example.pe"
    address = _named(BASE_SETTING, environment, example)
    if address is not None and address.count("/") != 3:
        raise SettingError(f"{BASE_SETTING} is {address!r}: give {example}.")
    return address


def dashboard_url(environment: Mapping[str, str] | None = None) -> str | None:
    """Return ATLAS_DASHBOARD_URL, the atlas that the public page links to.

    SettingError if it is no address.
    """
    example = "the atlas's address, for example https://atlas.example.pe/"
    return _named(DASHBOARD_SETTING, environment, example)


def contact(environment: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """Return text and address of the link for reporting errors, from ATLAS_CONTACT.

    An electronic mail address, or a page with https; SettingError for anything else.

    Examples
    --------
    >>> contact({"ATLAS_CONTACT": "datos@example.org.pe"})
    ('datos@example.org.pe', 'mailto:datos@example.org.pe')
    """
    text = _setting(CONTACT_SETTING, environment)
    if not text:
        return None
    if len(text) <= MAX_ADDRESS_LENGTH and _MAIL.fullmatch(text):
        return text, f"mailto:{text}"
    example = "an e-mail address, or a page such as https://example.org.pe/contacto"
    page = _named(CONTACT_SETTING, environment, example)
    if page is None or not page.startswith("https://"):
        raise SettingError(f"{CONTACT_SETTING} is {text!r}: give {example}.")
    return text, text


def _named(setting: str, environment: Mapping[str, str] | None, example: str) -> str | None:
    text = _setting(setting, environment)
    if not text:
        return None
    try:
        return require_base_url(text)
    except (ParameterError, UserError):
        raise SettingError(f"{setting} is {text!r}: give {example}.") from None


def is_loopback(address: str | None) -> bool:
    """Whether only this machine reaches an address."""
    ip = _ip_address(address or "")
    return address in ("localhost", "localhost.") or (ip is not None and ip.is_loopback)


def require_guarded(address: str | None, environment: Mapping[str, str] | None = None) -> None:
    """Refuse own records on an address open to others, unless a named proxy guards it.

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


def _ip_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _setting(name: str, environment: Mapping[str, str] | None) -> str:
    return (os.environ if environment is None else environment).get(name, "").strip()


def offered_pages() -> dict[str, str]:
    """The pages of this server: own records have no address on any but an organisation's."""
    is_own = current() is ServerTier.NGO
    return {name: path for name, path in PAGES.items() if is_own or name != "own_data"}
