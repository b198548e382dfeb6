"""The cautions of a static map: which departments wear which sign, and what each sign says."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from exports.picture import KeyKind, Sign
from messages import Words

SIGNS: dict[Sign, tuple[str, ...]] = {
    "flag": ("depends_on_denominator", "not_ranked"),
    "few": ("few_reports",),
    "mismatch": ("denominator_mismatch",),
}
"""flags of a department behind each sign, as on the map of the page."""


def signs_of(flags: Iterable[str]) -> tuple[Sign, ...]:
    """Signs of a department with these flags.

    Examples
    --------
    >>> signs_of(["denominator_mismatch", "depends_on_denominator", "year_flagged"])
    ('flag', 'mismatch')
    """
    present = set(flags)
    return tuple(sign for sign, names in SIGNS.items() if present & set(names))


def sign_keys(results: pd.DataFrame, say: Words) -> tuple[tuple[KeyKind, str], ...]:
    """What the signs on the map of a period mean, in whole sentences; only those that are there."""
    present = {flag for flags in results["flags"] for flag in flags}
    keys: list[tuple[KeyKind, str]] = []
    for sign, names in SIGNS.items():
        said = [say(f"flag.{name}") for name in names if name in present]
        if said:
            keys.append((sign, " ".join(said)))
    return tuple(keys)
