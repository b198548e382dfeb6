"""What happened to every row of a file: used, put right, or left out with the reason.

The words of the codes stand in the catalogues: ``records.problem.CODE``, ``records.notice.CODE``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

OUTSIDE = frozenset({"swapped", "sign_lost", "utm_metres", "not_degrees", "outside_peru"})
"""One such row and the file is not imported: its coordinates mean something else."""
LISTED_ENTRIES = 20_000
"""Entries that a report lists one by one; more are counted by their code."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to look at in one cell."""

    line: int
    column: str
    """column of the template, or "" for the row as a whole."""
    code: str
    is_fault: bool
    came: str = ""
    """what stood in the cell, cut; for the owner's terminal, never for a page."""
    allowed: str = ""
    suggestion: str = ""
    """a code and a name of the gazetteer, or what to do: never what came."""
    confidence: float | None = None
    earlier_line: int | None = None


@dataclass(slots=True)
class Report:
    """The whole file."""

    kind: str = ""
    row_count: int = 0
    used_count: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code and its detail."""
    entries: list[Entry] = field(default_factory=list)
    isolation: str = ""
    unlisted: dict[str, int] = field(default_factory=dict)
    has_outside: bool = False

    @property
    def left_out_count(self) -> int:
        """Rows left out, each with an entry."""
        return self.row_count - self.used_count

    @property
    def entry_count(self) -> int:
        """Entries, listed or only counted."""
        return len(self.entries) + sum(self.unlisted.values())

    @property
    def is_clean(self) -> bool:
        """Whether no row has anything to look at."""
        return not self.entries

    @property
    def is_accepted(self) -> bool:
        """Whether the used rows may be imported: none lies outside Peru, and there are some."""
        return self.used_count > 0 and not self.has_outside

    def counts(self) -> dict[str, int]:
        """Entries by code, most frequent first."""
        listed = Counter(one.code for one in self.entries)
        return dict((listed + Counter(self.unlisted)).most_common())

    def take(self, entries: list[Entry]) -> None:
        """List the entries, rows left out first where there are more than LISTED_ENTRIES."""
        self.has_outside = any(one.code in OUTSIDE for one in entries)
        if len(entries) > LISTED_ENTRIES:
            # stable: by line within both
            entries = sorted(entries, key=lambda one: not one.is_fault)
            self.unlisted = dict(Counter(one.code for one in entries[LISTED_ENTRIES:]))
        self.entries = entries[:LISTED_ENTRIES]

    def without_values(self) -> Report:
        """The same without what stood in the cells: what a session keeps."""
        return replace(self, entries=[replace(one, came="") for one in self.entries])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "kind": self.kind,
            "rows": self.row_count,
            "used": self.used_count,
            "left_out": self.left_out_count,
            "accepted": self.is_accepted,
            "columns": self.columns,
            "notices": [{"code": code, "detail": detail} for code, detail in self.notices],
            "entries": [asdict(one) for one in self.entries],
            "unlisted": self.unlisted,
            "outside": self.has_outside,
            "isolation": self.isolation,
        }


def report_from(plain: dict[str, Any]) -> Report:
    """The report that crossed from the child as :func:`dataclasses.asdict` writes it."""
    notices = [(code, detail) for code, detail in plain["notices"]]
    entries = [Entry(**one) for one in plain["entries"]]
    return Report(**{**plain, "notices": notices, "entries": entries})
