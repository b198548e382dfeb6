"""The address under which the page is published, checked before it goes into a page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from geo.errors import ParameterError

MAX_LENGTH = 200
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_PATH = re.compile(r"[A-Za-z0-9/._~-]*")


def require_base_url(address: str) -> str:
    """Return an address that pages can be joined to: it ends in a slash.

    Parameters
    ----------
    address : str
        http or https, a host, perhaps a folder; nothing else.

    Raises
    ------
    ParameterError
        Another scheme, a user, a query, a fragment, or characters that have no place there.

    Examples
    --------
    >>> require_base_url("https://example.org/trata")
    'https://example.org/trata/'
    """
    refused = ParameterError(
        "the base URL is not one: give http:// or https://, a host and perhaps a folder, without "
        f"user, query or fragment, at most {MAX_LENGTH} characters, e.g. https://example.org/trata/"
    )
    if len(address) > MAX_LENGTH or not address.isascii():
        raise refused
    try:
        parts = urlsplit(address)
    except ValueError:
        raise refused from None
    if (
        parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(parts.netloc)
        or not _PATH.fullmatch(parts.path)
        or ".." in parts.path
        or f"{parts.scheme}://{parts.netloc}{parts.path}" != address
    ):
        raise refused
    return address if address.endswith("/") else address + "/"
