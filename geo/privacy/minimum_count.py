"""Minimum counts that may be shown: K = 11 for own records, five for published victims.

A deployment may raise K and never lower it.

Light to import, so that a server can check its setting before it starts.
"""

from __future__ import annotations

import os

from geo.errors import ParameterError

K_SETTING = "ATLAS_K_ANONYMITY"
MIN_K = 11
"""Fewest records behind a shown number (the practice of CTDC; no law names a number)."""
MAX_K = 1000
SMALLEST_SHOWN = 5
"""victims by sex, age or purpose; zero to four are hidden"""
ROUNDING_BASE = 5
"""Shown counts are multiples of it; odd, so that no count lies halfway between two."""


def k_anonymity() -> int:
    """Return the K of this deployment: ATLAS_K_ANONYMITY, or 11 without it.

    ParameterError: a setting that is no whole number, or one below 11 or above 1000.
    """
    text = os.environ.get(K_SETTING, "").strip()
    if not text:
        return MIN_K
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise ParameterError(
            "{name} is {value!r}. Give a whole number, {least} to {most}, or none",
            name=K_SETTING,
            value=text[:20],
            least=MIN_K,
            most=MAX_K,
        )
    return validate_k(int(text))


def validate_k(k: int) -> int:
    """Return k if it may be used."""
    if not MIN_K <= k <= MAX_K:
        raise ParameterError(
            "{name} is {value}. It may be raised, up to {most}, and never lowered below {least}",
            name=K_SETTING,
            value=k,
            least=MIN_K,
            most=MAX_K,
        )
    return k


def smallest_shown(k: int) -> int:
    """Smallest printed count: the multiple of 5 that only counts of K and more round to."""
    return -(-(k + ROUNDING_BASE // 2) // ROUNDING_BASE) * ROUNDING_BASE


def shown_from(k: int) -> int:
    """Smallest count that is shown; every smaller one, zero included, is hidden.

    With K = 11 counts of 11 and 12 would be printed as 10 and so be known: they are hidden too.

    Examples
    --------
    >>> shown_from(11), shown_from(14), hidden_label(11)
    (13, 18, '<13')
    """
    return smallest_shown(k) - ROUNDING_BASE // 2


def hidden_label(k: int) -> str:
    """Return the text that replaces a hidden count."""
    return f"<{shown_from(k)}"
