"""Find the code of a place by its exact name; project shapes to the analysis CRS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from data.names import normalise_name
from geo.crs import to_analysis

ALIASES = {
    "municipalidad metropolitana de lima": "lima",
    "el callao": "callao",
}
"""Department names of other publishers; ISO 3166-2 and the case system split Lima in two."""


def codes_by_name(names: Mapping[str, str], *, aliases: bool = False) -> dict[str, str]:
    """Return plain name to code; a name that two codes share is left out."""
    plain = {code: normalise_name(name, is_place=True) for code, name in names.items()}
    often = Counter(plain.values())
    codes = {name: code for code, name in plain.items() if often[name] == 1}
    if aliases:
        codes |= {alias: codes[name] for alias, name in ALIASES.items() if name in codes}
    return codes


def projected(geometries: Any) -> Any:
    """A geometry, or an array of some, in the equal-area analysis CRS: areas are square metres."""
    return shapely.transform(
        geometries, lambda xy: np.column_stack(to_analysis(xy[:, 0], xy[:, 1]))
    )
