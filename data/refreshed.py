"""What was refreshed on this machine, and what of it does not hold: for pages and commands."""

from __future__ import annotations

import json
from typing import Any

from data.catalogue import overlay
from data.refresh.folder import MANIFEST, data_folder
from data.refresh.reader import Fault, canonical, digest, forget

__all__ = ["Fault", "forget", "is_stale", "refreshed_cards", "refreshed_faults", "refreshed_seal"]


def refreshed_cards() -> dict[str, dict[str, Any]]:
    """Return the card of every refreshed file in use, by resource.

    Returns
    -------
    dict of str to dict
        source, date, accessed, sha256 (of the source), bytes (of the source), rows_read,
        rows_used, notes, table_sha256, previous (SHA-256 of the table it replaced) and
        previous_is_shipped.
    """
    return {name: dict(entry.card) for name, entry in overlay().entries.items()}


def refreshed_faults() -> tuple[Fault, ...]:
    """Return what was refreshed and is not used, so that a page can say so."""
    return overlay().faults


def refreshed_seal() -> str:
    """Return a text that changes whenever the refreshed figures do; empty without any."""
    return overlay().seal


def is_stale() -> bool:
    """Tell whether figures were refreshed or reset since this process read them."""
    try:
        content = json.loads((data_folder() / MANIFEST).read_bytes())
        content.pop("seal", None)
        now = digest(canonical(content))
    except FileNotFoundError:
        now = ""
    except (OSError, ValueError, AttributeError):
        now = "unreadable"
    seen = overlay().seal
    return now != seen and "unreadable" not in (now, seen)
