"""Tiers of data, and how a computed frame inherits the strictest of its inputs.

T0 is published by the State, T1 is derived from it, T2 is an organisation's own records. Both
travel in ``frame.attrs``: ``tier``, and ``card`` with where the figures come from.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pandas as pd

from geo.errors import DisclosureError


class Tier(StrEnum):
    """How strictly a frame is guarded; later members are stricter."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"


STRICTNESS = {tier: rank for rank, tier in enumerate(Tier)}


def derive(frame: pd.DataFrame, *inputs: pd.DataFrame, name: str) -> pd.DataFrame:
    """Mark a computed frame with the strictest tier of its inputs, T1 at least.

    A copy is returned whose card has the given name and names its inputs (``derived_from``), the
    files at the bottom of it all (``roots``, for the public outlet) and repeats their sources and
    licences. DisclosureError: no input, or an input without a tier or a card.
    """
    if not inputs:
        raise DisclosureError(
            f"'{name}' names no input: pass every frame that it was computed from."
        )
    tiers = [known_tier(item.attrs.get("tier"), f"an input of '{name}'") for item in inputs]
    cards = [named_card(item.attrs.get("card"), f"an input of '{name}'") for item in inputs]
    result = frame.copy(deep=False)
    result.attrs["tier"] = str(max([Tier.T1, *tiers], key=STRICTNESS.__getitem__))
    result.attrs["card"] = {
        "name": name,
        "derived_from": _unique([card["name"] for card in cards]),
        "roots": _unique([root for card in cards for root in roots_of(card)]),
        "sources": _unique([source for card in cards for source in card.get("sources", [])]),
        "licence": "; ".join(_unique([card["licence"] for card in cards if card.get("licence")])),
    }
    return result


def roots_of(card: dict[str, Any]) -> list[str]:
    """Return the names of the files that a card's figures come from in the end."""
    return list(card.get("roots") or card.get("derived_from") or [card["name"]])


def known_tier(value: object, whose: str) -> Tier:
    """Return the tier, or raise DisclosureError that says whose it is."""
    allowed = ", ".join(Tier)
    if value is None:
        raise DisclosureError(
            f"{whose} has no tier: set one of {allowed}. A frame gets it from its loader or from "
            "geo.privacy.provenance.derive; joins and concatenations lose it."
        )
    try:
        return Tier(str(value))
    except ValueError:
        raise DisclosureError(f"{whose} has tier {value!r}: it is one of {allowed}.") from None


def named_card(card: object, whose: str) -> dict[str, Any]:
    """Return the card, or raise DisclosureError that says whose it is."""
    if not isinstance(card, dict) or not card.get("name"):
        raise DisclosureError(
            f"{whose} has no card with a name: load it with its loader, or mark it with "
            "geo.privacy.provenance.derive."
        )
    return card


def _unique(values: list[Any]) -> list[Any]:
    """First occurrences in order; works for dictionaries, which a set would refuse."""
    unique: list[Any] = []
    for value in values:
        if value not in unique:
            unique.append(value)
    return unique
