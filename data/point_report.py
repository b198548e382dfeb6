"""What happened to each row of a file of points: used, of weight 0, or left out and why.

Messages hold lines and kinds of fault, never a value: the rows are somebody's records.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

LISTED_LINES = 1000
"""Lines kept per kind of fault; all are counted."""
FAULTS = (
    "wrong number of cells",
    "not a number",
    "longitude and latitude swapped",
    "outside Peru",
    "negative weight",
    "weight too large",
)
"""What a row can be left out for; each row has one, the first that fits."""


@dataclass(slots=True)
class PointReport:
    """What happened to the rows; it grows while the file is read."""

    row_count: int = 0
    """rows read."""
    used_count: int = 0
    """rows without a fault and of a weight above 0."""
    zero_count: int = 0
    """rows without a fault and of weight 0: they add nothing."""
    fault_counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    """kind of fault to rows left out for it."""
    fault_lines: dict[str, list[int | str]] = field(default_factory=lambda: {f: [] for f in FAULTS})
    """kind of fault to the first lines (CSV: header is line 1; Parquet: first row is 1); of several
    files "name:line"."""

    @property
    def left_out_count(self) -> int:
        """Rows left out; with the used ones and those of weight 0 they are all rows."""
        return self.row_count - self.used_count - self.zero_count

    def merge(self, other: PointReport) -> None:
        """Add the report on rows that come after these, read elsewhere."""
        self.row_count += other.row_count
        self.used_count += other.used_count
        self.zero_count += other.zero_count
        for kind in FAULTS:
            self.fault_counts[kind] += other.fault_counts[kind]
            room = LISTED_LINES - len(self.fault_lines[kind])
            self.fault_lines[kind] += other.fault_lines[kind][:room]

    def summary(self, *, lines: int = 5) -> str:
        """One line on what was left out and where; empty if nothing was.

        Examples
        --------
        >>> report = PointReport(row_count=9, used_count=7)
        >>> report.fault_counts["outside Peru"] = 2
        >>> report.fault_lines["outside Peru"] = [3, 8]
        >>> report.summary()
        '2 of 9 rows left out: 2 outside Peru (lines 3, 8)'
        """
        parts = []
        for kind, count in self.fault_counts.items():
            if count:
                first = self.fault_lines[kind][:lines]
                more = ", ..." if count > len(first) else ""
                word = "line" if count == 1 else "lines"
                parts.append(f"{count:,} {kind} ({word} {', '.join(map(str, first))}{more})")
        if not parts:
            return ""
        return f"{self.left_out_count:,} of {self.row_count:,} rows left out: {'; '.join(parts)}"


def account(
    report: PointReport, lines: np.ndarray, tests: tuple[np.ndarray, ...], told_as: str
) -> None:
    """Count each faulty row under the first fault that fits, and list its line."""
    open_rows = np.ones(len(lines), dtype=bool)
    for kind, bad in zip(FAULTS, tests, strict=True):
        hit = bad & open_rows
        report.fault_counts[kind] += int(hit.sum())
        room = LISTED_LINES - len(report.fault_lines[kind])
        first = lines[hit][:room].tolist()
        report.fault_lines[kind] += [f"{told_as}:{line}" for line in first] if told_as else first
        open_rows &= ~bad
