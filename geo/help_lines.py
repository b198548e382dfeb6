"""Telephone lines that anybody may be told; of all services they alone have no place."""

from __future__ import annotations

import pandas as pd

from geo.derivation import derive
from geo.public_outlet import HELP_LINE, PUBLIC_PRODUCTS


def help_lines(services: pd.DataFrame) -> pd.DataFrame:
    """Return the national help lines, without any other service and without places.

    Parameters
    ----------
    services : DataFrame
        ``type``, ``scope``, ``name``, ``name_es``, ``contact``, ``year`` and source columns; with
        tier and card.

    Returns
    -------
    DataFrame
        The columns of ``PUBLIC_PRODUCTS["help_lines"]`` that the services have, in the order of
        the services; the only rows of services that pass ``gate(..., outlet="public")``.

    Examples
    --------
    >>> services = pd.DataFrame({"type": ["Hotline", "Shelter (count)"], "scope": "national",
    ...     "name": ["Line", "Shelters"], "contact": ["1818", None], "city": [None, None]})
    >>> services.attrs.update(tier="T0", card={"name": "services", "licence": "CC0"})
    >>> help_lines(services).to_numpy().tolist()
    [['Hotline', 'Line', '1818']]
    """
    told = (services["type"] == HELP_LINE) & (services["scope"] == "national")
    told &= services["contact"].notna()
    columns = [name for name in PUBLIC_PRODUCTS["help_lines"] if name in services.columns]
    return derive(services.loc[told, columns].reset_index(drop=True), services, name="help_lines")
