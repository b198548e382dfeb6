"""What every reader hands on: headings, cells as text, the line of each row."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawTable:
    """Rows as they came, before any is judged."""

    kind: str
    """"csv", "xlsx", "geojson", "gpkg" or "shapefile"."""
    headings: list[str]
    """names of the columns as they came."""
    rows: list[list[str]]
    """cells as text, "" for an empty one; a row may be shorter or longer than the headings."""
    lines: list[int]
    """line of the file, row of the sheet, or number of the feature, from 1."""
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code and detail of what was noticed about the file as a whole."""
    flaws: dict[int, str] = field(default_factory=dict)
    """line to the code of a fault of its geometry."""
