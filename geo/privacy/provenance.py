"""Tiers of data, and how a computed frame inherits the strictest of its inputs.

T0 is published by the State, T1 is derived from it, T2 is an organisation's own records. Tier and
card (where the figures come from) travel in a frozen record, :class:`Tiered`: a plain frame has
neither, whatever it was cut from, and passes no gate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, cast

from geo.errors import DisclosureError

if TYPE_CHECKING:  # a server opens its port before pandas, half of its start, is there
    import pandas as pd

P = ParamSpec("P")
F = TypeVar("F", bound="pd.DataFrame", covariant=True)


class Tier(StrEnum):
    """How strictly a frame is guarded; later members are stricter."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"


STRICTNESS = {tier: rank for rank, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True, eq=False)
class Tiered(Generic[F]):
    """A frame with its tier and the card of its sources.

    What is computed from ``frame`` is plain again: :func:`derive` marks it.
    """

    frame: F
    tier: Tier
    card: dict[str, Any]
    """name, sources, licence; sha256 of a file; derived_from and roots of what was computed."""

    def __post_init__(self) -> None:
        """Refuse a frame without a tier, without a card, or in another record already."""
        if not _is_frame(self.frame):
            came = type(self.frame).__name__
            raise DisclosureError(f"a {came} cannot be given a tier: give a plain frame.")
        object.__setattr__(self, "tier", known_tier(self.tier, "the frame"))
        named_card(self.card, "the frame")

    def copy(self, *, deep: bool = True) -> Tiered[F]:
        """Return a record whose frame and card the receiver may change."""
        return replace(self, frame=self.frame.copy(deep=deep), card=dict(self.card))

    def without(self, *columns: str) -> Tiered[F]:
        """Return the same rows without some columns."""
        return replace(self, frame=self.frame.drop(columns=[*columns]))

    def where(self, mask: pd.Series) -> Tiered[F]:
        """Return the rows for which the mask, True or False for each, holds."""
        return replace(self, frame=self.frame[mask])

    def assign(self, **columns: Any) -> Tiered[F]:
        """Return the frame with more columns: text, numbers, lists of them.

        DisclosureError for a column, an array, a frame: whatever it was cut from has a tier too.
        """
        for name, values in columns.items():
            if not isinstance(values, str | int | float | list | tuple):
                raise DisclosureError(
                    f"column '{name}' is a {type(values).__name__}, which may come from a frame of "
                    f"another tier than {self.tier}: join the plain frames and mark the result "
                    "with derive(frame, *inputs), which inherits the strictest tier."
                )
        return replace(self, frame=self.frame.assign(**columns))


class Framed(Protocol[P, F]):
    """A loader: called for numbers to compute with, its ``tiered`` for what is shown or cited."""

    __name__: str

    def __call__(self, *args: P.args, **options: P.kwargs) -> F:
        """Return the plain frame."""

    def tiered(self, *args: P.args, **options: P.kwargs) -> Tiered[F]:
        """Return the frame with its tier and its card."""


def framed(make: Callable[P, Tiered[F]]) -> Framed[P, F]:
    """Make a loader of a function of a :class:`Tiered`.

    >>> import pandas as pd
    >>> card = {"name": "made_up"}
    >>> load = framed(lambda: Tiered(pd.DataFrame({"n": [1, 2]}), Tier.T1, card))
    >>> int(load()["n"].sum()), str(load.tiered().tier)
    (3, 'T1')
    """

    @wraps(make)
    def frame_of(*args: P.args, **options: P.kwargs) -> F:
        return make(*args, **options).frame

    cast(Any, frame_of).tiered = make
    return cast(Framed[P, F], frame_of)


def derive(frame: F, *inputs: Tiered[Any], name: str) -> Tiered[F]:
    """Mark a computed frame with the strictest tier of its inputs, T1 at least.

    The card has the given name and names its inputs (``derived_from``), the files at the bottom of
    it all (``roots``, for the public outlet) and repeats their sources and licences.
    DisclosureError: no input, a plain frame among them, or an organisation's records (T2) together
    with published figures: a table of both would tell of the records what the gate hides.
    """
    if not inputs:
        raise DisclosureError(
            f"'{name}' names no input: pass every frame that it was computed from."
        )
    for item in inputs:
        require_tiered(item, f"an input of '{name}'")
    tiers = {item.tier for item in inputs}
    if Tier.T2 in tiers and len(tiers) > 1:
        raise DisclosureError(
            f"'{name}' mixes {' and '.join(sorted(tiers))}: records of an organisation are never "
            "joined with published figures. Count them by themselves and show both side by side."
        )
    cards = [item.card for item in inputs]
    card = {
        "name": name,
        "derived_from": _unique([card["name"] for card in cards]),
        "roots": _unique([root for card in cards for root in roots_of(card)]),
        "sources": _unique([source for card in cards for source in card.get("sources", [])]),
        "licence": "; ".join(_unique([card["licence"] for card in cards if card.get("licence")])),
    }
    tier = max([Tier.T1, *tiers], key=STRICTNESS.__getitem__)
    return Tiered(frame.copy(deep=False), tier, card)


def require_tiered(value: object, whose: str) -> None:
    """Raise DisclosureError, which says whose it is, unless a frame comes with tier and card."""
    if not isinstance(value, Tiered):
        came = "has no tier" if _is_frame(value) else f"is a {type(value).__name__}"
        raise DisclosureError(
            f"{whose} {came}: a frame gets its tier from the ``tiered`` of its loader or from "
            "geo.privacy.provenance.derive; selections, joins and columns of it are plain."
        )


def _is_frame(value: object) -> bool:
    import pandas as pd

    return isinstance(value, pd.DataFrame)


def roots_of(card: dict[str, Any]) -> list[str]:
    """Return the names of the files that a card's figures come from in the end."""
    return list(card.get("roots") or card.get("derived_from") or [card["name"]])


def known_tier(value: object, whose: str) -> Tier:
    """Return the tier, or raise DisclosureError that says whose it is."""
    allowed = ", ".join(Tier)
    if value is None:
        raise DisclosureError(
            f"{whose} has no tier: set one of {allowed}. A frame gets it from its loader or from "
            "geo.privacy.provenance.derive."
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
