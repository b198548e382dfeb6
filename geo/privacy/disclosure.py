"""Apply the gate: tiers of data, tiers of computed frames, and outlets."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from geo.errors import DisclosureError
from geo.privacy.minimum_count import k_anonymity
from geo.privacy.provenance import (
    STRICTNESS,
    F,
    Tier,
    Tiered,
    known_tier,
    named_card,
    require_tiered,
)
from geo.privacy.public_lists import require_no_small_counts, require_public
from geo.privacy.suppression import Protected, protect

_SHA256 = re.compile(r"[0-9a-f]{64}")
_T2_CARD = ("name", "derived_from", "roots", "sources", "licence")
"""What is left of the card of an organisation's records: no count, no hash, no size of a file."""


OUTLETS = ("internal", "public")
"""Who may stand at the other end: the analyst at the dashboard or the terminal, who may see where
services are; or anybody, at the public page, the embed, the API, whatever is published."""


def gate(
    frame: Tiered[F], tier: str | None = None, *, outlet: str = "internal"
) -> Tiered[F] | Protected:
    """Let a frame out if it may go to an outlet of this tier.

    ``tier`` (T0, T1, T2) is the strictest that the outlet accepts; one that does not say gets
    nothing. Public outlets get listed figures only: no services but the help lines, no places, no
    T2 whatever was done to it; nobody gets the profile of the victims with its small counts. T0
    and T1 come out as a copy with tier and card, T2 as the
    :class:`geo.privacy.suppression.Protected` that ``protect`` makes of it; what passed once
    passes again unchanged.
    DisclosureError says what may not leave and why.
    """
    require_tiered(frame, "the frame")
    asked = known_tier(tier, "the outlet")
    if outlet not in OUTLETS:
        raise DisclosureError(f"outlet {outlet!r}: it is one of {', '.join(OUTLETS)}.")
    own = frame.tier
    if own is Tier.T2 and outlet == "public":
        raise DisclosureError(
            "the frame is T2, records of an organisation: nothing made of them goes to a public "
            "outlet. Show published figures there."
        )
    if STRICTNESS[own] > STRICTNESS[asked]:
        raise DisclosureError(
            f"the frame is {own} and the outlet accepts {asked} at most: ask for {own} or use a "
            "frame of published figures."
        )
    card = _require_card(frame.card, own)
    if own is Tier.T2:
        protected = protect(frame, k=k_anonymity())
        remaining = {name: card[name] for name in _T2_CARD if name in card}
        return replace(protected, card=remaining)
    require_no_small_counts(frame.frame, card)
    if outlet == "public":
        require_public(frame.frame, card)
    return frame.copy(deep=False)


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
