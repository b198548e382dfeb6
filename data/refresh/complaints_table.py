"""The new table of complaints as a file, with the sources and totals of its card."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from data.catalogue import ROOT, descriptor_of, load_table
from data.refresh.download import Fetched
from data.refresh.mpfn_file import Reading
from data.refresh.store import Card, Replacement
from data.refreshed import refreshed_cards

UNIT = "reported offence"
"""what one count of this registry is"""
_TITLE = "Reported trafficking by fiscal district, 2007-01/2014-04 and {years}"
_TITLE_ES = "Trata denunciada por distrito fiscal, 2007-01/2014-04 y {years}"
_SOURCE = "MPFN - Delitos denunciados {code}"
_PUBLISHER = "Ministerio Público - Fiscalía de la Nación (MPFN), open data"
_TOTAL = (
    'MPFN open data, delitos denunciados {code}: rows "Trata de personas" and '
    '"Formas agravadas de la Trata de Personas" added'
)
Row = dict[str, str]
"""One row of the table of complaints, by column."""


def new_table(
    table: list[Row],
    codes: Mapping[int, str],
    reading: Reading,
    fetched: Fetched,
    *,
    today: str,
    notes: tuple[str, ...],
) -> Replacement:
    """Return the table of complaints with its card.

    Parameters
    ----------
    table : list of dict
        All its rows, in order.
    codes : mapping of int to str
        Code of the period of each year of the file.
    reading : Reading
        What the file holds.
    fetched : Fetched
        Where it came from.
    today : str
        Day of the refresh, YYYY-MM-DD.
    notes : tuple of str
        For the card.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    added = _sources(table, codes, reading, fetched)
    in_use = descriptor_of("complaints")
    totals = {item["period"]: item for item in in_use["expected_totals"]}
    for code in {row["period"] for row in table} - set(totals) | set(codes.values()):
        count = sum(int(row["reported_count"]) for row in table if row["period"] == code)
        totals[code] = {
            "period": code,
            "reported_count": count,
            "unit": UNIT,
            "source": _TOTAL.format(code=code),
        }
    present = {row["period"] for row in table}
    years = _years(present)
    listed = [
        {
            "title": row["source_title"],
            "publisher": row["publisher"],
            "published": row["published"],
            **({"path": row["source_url"]} if row["source_url"] else {}),
        }
        for row in added
    ]
    described: dict[str, Any] = {
        "title": _TITLE.format(years=years),
        "title_es": _TITLE_ES.format(years=years),
        "expected_totals": [item for code, item in totals.items() if code in present],
        "sources": [*_shipped_sources(), *listed],
    }
    card = Card(
        source=fetched.source,
        date=max(reading.cut.values(), default=""),
        accessed=today,
        sha256=fetched.sha256,
        bytes=fetched.bytes,
        rows_read=reading.rows_read,
        rows_used=reading.rows_used,
        notes=notes,
        covers=tuple(codes.values()),
        earlier=_earlier({row["source_id"] for row in added}, codes),
    )
    return Replacement(text.getvalue().encode(), card, described, tuple(added))


def _earlier(used: set[str], codes: Mapping[int, str]) -> tuple[dict[str, Any], ...]:
    """Cards of files whose periods are still in the table, each without those replaced."""
    card = refreshed_cards().get("complaints", {})
    kept = []
    for one in (*card.get("earlier", ()), {**card, "earlier": []}):
        covers = [
            code
            for code in one.get("covers", ())
            if f"R-complaints-{code}" in used and code not in codes.values()
        ]
        if covers:
            kept.append({**one, "covers": covers})
    return tuple(kept)


def _sources(
    table: list[Row], codes: Mapping[int, str], reading: Reading, fetched: Fetched
) -> list[dict[str, str]]:
    """Rows for the table of sources: those of years refreshed earlier, and of this file."""
    used = {row["source_id"] for row in table}
    made = {f"R-complaints-{code}" for code in codes.values()}
    known = load_table("sources")
    earlier = known[known["source_id"].isin(used - made)]
    rows = [
        {column: value or "" for column, value in row.items()}
        for row in earlier.to_dict("records")
        if row["source_id"].startswith("R-complaints-")
    ]
    for year, code in codes.items():
        rows.append(
            {
                "source_id": f"R-complaints-{code}",
                "source_title": _SOURCE.format(code=code),
                "publisher": _PUBLISHER,
                "published": reading.cut.get(year, ""),
                "source_url": fetched.source if "://" in fetched.source else "",
            }
        )
    return rows


def _years(periods: set[str]) -> str:
    """The years of the open data, a gap as a gap: 2019-2024, 2026-01/2026-07."""
    spans: list[list[int]] = []
    for year in sorted(int(code) for code in periods if len(code) == 4):
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    texts = [f"{span[0]}-{span[-1]}" if len(span) > 1 else str(span[0]) for span in spans]
    parts = sorted(code for code in periods if "/" in code and code[:4] == code[8:12])
    return ", ".join([*texts, *parts])


def _shipped_sources() -> list[dict[str, Any]]:
    return list(descriptor_of("complaints", ROOT)["sources"])
