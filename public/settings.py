"""What the operator says about the public page: the address under which others know it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from geo.errors import ParameterError
from public.address import require_base_url
from tiers import SettingError

BASE_SETTING = "ATLAS_BASE_URL"


def base_url(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the address of the server as readers know it, for cards and canonical addresses.

    Parameters
    ----------
    environment : mapping, optional
        Instead of the process's own variables.

    Raises
    ------
    SettingError
        If ATLAS_BASE_URL is no address, or has a folder: the routes start at the root.

    Examples
    --------
    >>> base_url({}), base_url({"ATLAS_BASE_URL": "https://atlas.example.pe"})
    (None, 'https://atlas.example.pe/')
    """
    text = (os.environ if environment is None else environment).get(BASE_SETTING, "").strip()
    if not text:
        return None
    try:
        address = require_base_url(text)
    except ParameterError:
        address = ""
    if address.count("/") != 3:
        raise SettingError(
            f"{BASE_SETTING} is {text!r}: give scheme and host alone, for example "
            "https://atlas.example.pe."
        )
    return address
