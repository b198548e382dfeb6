"""What a department's brief says: finished numbers and words, nothing to compute."""

from __future__ import annotations

from dataclasses import dataclass

from exports.picture import MapPicture


@dataclass(frozen=True, slots=True)
class Figure:
    """One large number."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Check:
    """One question put to the figures."""

    question: str
    answer: str
    detail: str
    is_strong: bool
    """whether the answer is yes: more than expected."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One period."""

    period: str
    count: str
    ratio: str
    """times the expected, as written."""
    share: float | None
    """where its bar ends, 0 to 1; None draws no bar."""
    expected_share: float
    """where its bar starts: exactly the expected, 0 to 1."""
    verdict: str


@dataclass(frozen=True, slots=True)
class HistoryGroup:
    """The periods of one unit; two groups are never compared."""

    unit: str
    source: str
    rows: tuple[HistoryRow, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list."""

    lead: str
    detail: str


@dataclass(frozen=True, slots=True)
class Section:
    """A list under a heading; what finds no room is counted in its last line."""

    heading: str
    note: str
    entries: tuple[Entry, ...]
    more: str
    """text with {count} for the entries left out."""
    weight: int = 1
    """entries that it may add while the other sections of its column add one."""


@dataclass(frozen=True, slots=True)
class Brief:
    """Two pages on one department."""

    lang: str
    product: str
    kind: str
    """what this document is."""
    name: str
    seat: str
    period: str
    picture: MapPicture
    zoom: tuple[float, float, float, float]
    """west, south, east, north of the map, degrees."""
    figures: tuple[Figure, ...]
    sentence: str
    context: tuple[str, ...]
    flags: tuple[str, ...]
    check_heading: str
    checks: tuple[Check, ...]
    check_note: str
    caveat_heading: str
    caveats: tuple[str, ...]
    history_heading: str
    history_columns: tuple[str, str, str, str]
    history: tuple[HistoryGroup, ...]
    history_note: str
    left: tuple[Section, ...]
    right: tuple[Section, ...]
    help: str
    sources_heading: str
    sources: tuple[str, ...]
    cite_heading: str
    cite: str
    footer: str
    """for planning, not for operations; data version."""
    page: str
    """text with {page} and {pages}."""
    keywords: str
