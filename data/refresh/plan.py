"""What a refresh would change: lines for the reader, files for the store; nothing written yet."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.refresh.store import Card, Replacement


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a refresh reads."""

    name: str
    """address, or name of the user's file."""
    content: bytes
    accessed: str
    """when it was read, YYYY-MM-DD."""

    def card(self, *, rows_read: int, rows_used: int, notes: Sequence[str] = ()) -> Card:
        """The card of a table made from it."""
        return Card(
            source=self.name,
            date="",
            accessed=self.accessed,
            sha256=hashlib.sha256(self.content).hexdigest(),
            bytes=len(self.content),
            rows_read=rows_read,
            rows_used=rows_used,
            notes=tuple(notes),
        )

    def row(self, source_id: str, title: str, publisher: str) -> dict[str, str]:
        """Its row for the table of sources."""
        return {
            "source_id": source_id,
            "source_title": title,
            "publisher": publisher,
            "published": "",
            "source_url": self.name if self.name.startswith("https://") else "",
        }

    def described(self, title: str, publisher: str) -> list[dict[str, str]]:
        """Its entry in a descriptor's list of sources."""
        entry = {"title": title, "publisher": publisher}
        return [entry | ({"path": self.name} if self.name.startswith("https://") else {})]


@dataclass(frozen=True, slots=True)
class Plan:
    """The outcome of reading a source."""

    lines: tuple[str, ...]
    """what was found and what would change, for a terminal."""
    replacements: Mapping[str, Replacement] = field(default_factory=dict)
    """files by resource; none when nothing would change."""


def table_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """CSV in the form of the catalogue: comma, LF, empty for missing, true and false.

    Examples
    --------
    >>> table_bytes(["a", "b"], [{"a": True, "b": 0.5}, {"a": None, "b": float("nan")}])
    b'a,b\\ntrue,0.5\\n,\\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "true" if value else "false"
    return str(value)
