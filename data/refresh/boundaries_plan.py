"""Refreshed outlines: the full and the light file of one level, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from data.catalogue import resource_names
from data.refresh.boundaries import BoundaryReading, read_boundaries
from data.refresh.boundary_codes import Level
from data.refresh.known_places import known_places
from data.refresh.plan import Plan, Source
from data.refresh.store import Replacement

_LISTED = 8


def plan_boundaries(
    source: Source, file: str, *, level: Level | None = None, publisher: str, licence: str
) -> Plan:
    """Read a source and say what would change.

    Parameters
    ----------
    publisher, licence : str
        As the user gives them: outlines do not say their own.

    Raises
    ------
    DataError
        When the source is refused; see :func:`data.refresh.boundaries.read_boundaries`.
    """
    reading = read_boundaries(file, source.content, known_places(), level=level)
    lines = _lines(reading)
    full, light = reading.files()
    was = "replaced" if f"{reading.level}_simplified" in resource_names() else "new here"
    lines.append(
        f"{reading.level}: {len(reading.codes)} outlines, {was}; full {len(full):,} bytes, light "
        f"{len(light):,} bytes (simplified at {reading.report['tolerance_m']:.0f} m)"
    )
    title = f"Outlines of the {reading.level}"
    card = source.card(
        rows_read=reading.report["features"],
        rows_used=len(reading.codes),
        notes=tuple(_notes(reading)),
    )
    descriptor: dict[str, Any] = {
        "sources": source.described(title, publisher),
        "licenses": [],
        "licence_statement": licence,
    }
    return Plan(
        tuple(lines),
        {
            f"{reading.level}_full": Replacement(full, card, descriptor),
            f"{reading.level}_simplified": Replacement(light, card, descriptor),
        },
    )


def _lines(reading: BoundaryReading) -> list[str]:
    found = reading.report
    lines = [
        f"features {found['features']}, codes from {found['codes_from']}",
        f"repaired: {found['repaired']} outlines ({found['repaired_km2']:,.1f} km2 changed)",
        f"area {found['area_km2']:,.0f} km2; overlaps {found['overlap_km2']:,.1f} km2; "
        f"{found['gaps']} gaps, {found['gap_km2']:,.1f} km2 (lakes among them)",
    ]
    lines += [f"  {a} and {b} overlap by {km2:,.1f} km2" for a, b, km2 in found["overlaps"]]
    if found["joined"]:
        parts = ", ".join(f"{code} ({count} parts)" for code, count in found["joined"][:_LISTED])
        lines.append(f"joined by code: {parts}")
    for key, said in (
        ("without_geometry", "without a geometry in the file"),
        ("missing", "in the tables and without an outline"),
        ("unknown", "with an outline and unknown to the tables"),
        ("unmatched", "names that fit no place, left out"),
    ):
        if found[key]:
            more = f" and {len(found[key]) - _LISTED} more" if len(found[key]) > _LISTED else ""
            lines.append(f"{said}: {', '.join(found[key][:_LISTED])}{more}")
    off = ", ".join(f"{code} {share:+.1%}" for code, share in found["off"])
    lines.append(
        f"area against the official one, largest differences: {off}; beyond 25 %: "
        f"{found['off_beyond_quarter']}"
    )
    return lines


def _notes(reading: BoundaryReading) -> list[str]:
    found = reading.report
    notes = [f"overlaps {found['overlap_km2']:,.1f} km2, gaps {found['gap_km2']:,.1f} km2"]
    if found["missing"]:
        notes.append(f"{len(found['missing'])} places of the tables have no outline")
    return notes
