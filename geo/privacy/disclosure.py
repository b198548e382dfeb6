"""The gate: tiers of data, what a computed frame inherits, and what may leave."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pandas as pd

from geo.errors import DisclosureError
from geo.privacy.minimum_count import k_anonymity
from geo.privacy.provenance import STRICTNESS, Tier, known_tier, named_card
from geo.privacy.public_lists import require_public
from geo.privacy.suppression import protect

_SHA256 = re.compile(r"[0-9a-f]{64}")
_T2_CARD = ("name", "derived_from", "roots", "sources", "licence")
"""What is left of the card of an organisation's records: no count, no hash, no size of a file."""


class Outlet(StrEnum):
    """Who may stand at the other end."""

    INTERNAL = "internal"
    """the analyst at the dashboard or the terminal, who may see where services are."""
    PUBLIC = "public"
    """anybody: the public page, the embed, the API, whatever is published."""


def gate(
    frame: pd.DataFrame,
    tier: str | None = None,
    *,
    outlet: str = Outlet.INTERNAL,
) -> pd.DataFrame:
    """Let a frame out if it may go to an outlet of this tier.

    Parameters
    ----------
    frame : DataFrame or GeoDataFrame
        With ``attrs["tier"]`` and ``attrs["card"]``; never changed.
    tier : {"T0", "T1", "T2"}
        The strictest tier that the outlet accepts. There is no default: an outlet that does not
        say what it accepts gets nothing.
    outlet : {"internal", "public"}
        Public outlets get listed figures only: no services but the help lines, no places, no
        waypoints, no T2 whatever was done to it.

    Returns
    -------
    DataFrame
        T0 and T1: a copy with the same figures, tier and card. T2: a new frame as
        :func:`geo.privacy.suppression.protect` makes it, still T2. What comes out passes the gate
        again and is not changed by it.

    Raises
    ------
    DisclosureError
        No or unknown tier on either side, a frame stricter than the outlet, an incomplete card, a
        T2 frame that is not the whole cube of counts by province and year, or a frame that a
        public outlet may not have.

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
    asked = known_tier(tier, "the outlet")
    end = _known_outlet(outlet)
    own = known_tier(frame.attrs.get("tier"), "the frame")
    if own is Tier.T2 and end is Outlet.PUBLIC:
        raise DisclosureError(
            "the frame is T2, records of an organisation: nothing made of them goes to a public "
            "outlet. Show published figures there."
        )
    if STRICTNESS[own] > STRICTNESS[asked]:
        raise DisclosureError(
            f"the frame is {own} and the outlet accepts {asked} at most: ask for {own} or use a "
            "frame of published figures."
        )
    card = _require_card(frame.attrs.get("card"), own)
    if own is Tier.T2:
        protected = protect(frame, k=k_anonymity())
        kept = {name: card[name] for name in _T2_CARD if name in card}
        protected.attrs.update(tier=str(own), card=kept)
        return protected
    if end is Outlet.PUBLIC:
        require_public(frame, card)
    return frame.copy(deep=False)


def _known_outlet(value: str) -> Outlet:
    try:
        return Outlet(value)
    except ValueError:
        raise DisclosureError(f"outlet {value!r}: it is one of {', '.join(Outlet)}.") from None


def _require_card(card: object, tier: Tier) -> dict[str, Any]:
    named = named_card(card, "the frame")
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
    return named
