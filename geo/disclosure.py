"""The gate: what may leave, judged by the tier and the card that a frame carries.

T0 is published by the State, T1 is derived from it, T2 is an organisation's own records. Both
travel in ``frame.attrs``: ``tier``, and ``card`` with where the figures come from.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pandas as pd

from geo.errors import DisclosureError


class Tier(StrEnum):
    """How strictly a frame is guarded; later members are stricter."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"


_STRICTNESS = {tier: rank for rank, tier in enumerate(Tier)}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def gate(frame: pd.DataFrame, tier: str | None = None) -> pd.DataFrame:
    """Let a frame out, unchanged, if it may go to an outlet of this tier.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        With ``attrs["tier"]`` and ``attrs["card"]``; never changed.
    tier : {"T0", "T1", "T2"}
        The strictest tier that the outlet accepts. There is no default: an outlet that does not
        say what it accepts gets nothing.

    Returns
    -------
    DataFrame
        A copy with the same figures, tier and card; it passes the gate again.

    Raises
    ------
    DisclosureError
        No or unknown tier on either side, a frame stricter than the outlet, an incomplete card,
        or records of an organisation (T2), to which no suppression rules have been applied.

    Examples
    --------
    >>> card = {"name": "counts", "sources": [{"title": "MPFN"}], "licence": "ODC-BY",
    ...         "sha256": "0" * 64}
    >>> frame = pd.DataFrame({"reported_count": [178]})
    >>> frame.attrs.update(tier="T0", card=card)
    >>> int(gate(frame, "T1")["reported_count"].iloc[0])
    178
    """
    if not isinstance(frame, pd.DataFrame):
        raise DisclosureError(
            f"the gate was given a {type(frame).__name__}: only frames with a tier may leave."
        )
    asked = _known_tier(tier, "the outlet")
    own = _known_tier(frame.attrs.get("tier"), "the frame")
    if own is Tier.T2:
        raise DisclosureError(
            "the frame is T2, records of an organisation: they stay inside until suppression "
            "rules are applied. Show counts by department from published figures instead."
        )
    if _STRICTNESS[own] > _STRICTNESS[asked]:
        raise DisclosureError(
            f"the frame is {own} and the outlet accepts {asked} at most: ask for {own} or use a "
            "frame of published figures."
        )
    _require_card(frame.attrs.get("card"), own)
    return frame.copy(deep=False)


def derive(frame: pd.DataFrame, *inputs: pd.DataFrame, name: str) -> pd.DataFrame:
    """Mark a computed frame with the strictest tier of its inputs, T1 at least.

    Parameters
    ----------
    frame : DataFrame
        The result; never changed.
    *inputs : DataFrame
        Every frame that went into it, each with its tier and card.
    name : str
        What the result is called in its card.

    Returns
    -------
    DataFrame
        A copy whose card names its inputs (``derived_from``) and repeats their sources and
        licences, so that whoever gets it can still cite them.

    Raises
    ------
    DisclosureError
        No input, or an input without a tier or a card: what it may reveal is not known.

    Examples
    --------
    >>> counts = pd.DataFrame({"reported_count": [178]})
    >>> counts.attrs.update(tier="T0", card={"name": "counts", "licence": "ODC-BY"})
    >>> result = derive(pd.DataFrame({"smr": [21.6]}), counts, name="excess")
    >>> result.attrs["tier"], result.attrs["card"]["derived_from"]
    ('T1', ['counts'])
    """
    if not inputs:
        raise DisclosureError(
            f"'{name}' names no input: pass every frame that it was computed from."
        )
    tiers = [_known_tier(item.attrs.get("tier"), f"an input of '{name}'") for item in inputs]
    cards = [_named_card(item.attrs.get("card"), f"an input of '{name}'") for item in inputs]
    result = frame.copy(deep=False)
    result.attrs["tier"] = str(max([Tier.T1, *tiers], key=_STRICTNESS.__getitem__))
    result.attrs["card"] = {
        "name": name,
        "derived_from": _unique([card["name"] for card in cards]),
        "sources": _unique([source for card in cards for source in card.get("sources", [])]),
        "licence": "; ".join(_unique([card["licence"] for card in cards if card.get("licence")])),
    }
    return result


def _known_tier(value: object, whose: str) -> Tier:
    allowed = ", ".join(Tier)
    if value is None:
        raise DisclosureError(
            f"{whose} has no tier: set one of {allowed}. A frame gets it from its loader or from "
            "geo.disclosure.derive; joins and concatenations lose it."
        )
    try:
        return Tier(str(value))
    except ValueError:
        raise DisclosureError(f"{whose} has tier {value!r}: it is one of {allowed}.") from None


def _named_card(card: object, whose: str) -> dict[str, Any]:
    if not isinstance(card, dict) or not card.get("name"):
        raise DisclosureError(
            f"{whose} has no card with a name: load it with its loader, or mark it with "
            "geo.disclosure.derive."
        )
    return card


def _require_card(card: object, tier: Tier) -> None:
    named = _named_card(card, "the frame")
    missing = []
    if not named.get("sources") and not named.get("derived_from"):
        missing.append("sources or derived_from")
    if not named.get("licence"):
        missing.append("licence")
    if tier is Tier.T0 and not _SHA256.fullmatch(str(named.get("sha256", ""))):
        missing.append("sha256 (64 hexadecimal digits)")
    if missing:
        raise DisclosureError(
            f"the card of '{named['name']}' lacks {' and '.join(missing)}: complete the card in "
            "the catalogue; nothing leaves without its source."
        )


def _unique(values: list[Any]) -> list[Any]:
    """First occurrences in order; works for dictionaries, which a set would refuse."""
    kept: list[Any] = []
    for value in values:
        if value not in kept:
            kept.append(value)
    return kept
