"""The new tables of complaints and of all offences as files, with sources and totals of cards."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Literal

from data.catalogue import ROOT, descriptor_of, load_table
from data.refresh.download import Fetched
from data.refresh.mpfn_file import Reading
from data.refresh.store import Card, Replacement
from data.refreshed import refreshed_cards

UNIT = "reported offence"
"""what one count of this registry is"""
Table = Literal["complaints", "all_offences"]
"""the two tables that come from one file, as the catalogue names them"""
_TITLES = {
    "complaints": (
        "Reported trafficking by fiscal district, 2007-01/2014-04 and {years}",
        "Trata denunciada por distrito fiscal, 2007-01/2014-04 y {years}",
    ),
    "all_offences": (
        "All reported offences by fiscal district, {years}",
        "Todos los delitos denunciados por distrito fiscal, {years}",
    ),
}
_SOURCE = "MPFN - Delitos denunciados {code}"
_PUBLISHER = "Ministerio Público - Fiscalía de la Nación (MPFN), open data"
_TOTALS = {
    "complaints": (
        'MPFN open data, delitos denunciados {code}: rows "Trata de personas" and '
        '"Formas agravadas de la Trata de Personas" added'
    ),
    "all_offences": "MPFN open data, delitos denunciados {code}: all rows added",
}
Row = dict[str, str]
"""One row of a table, by column."""


def new_table(
    name: Table,
    table: list[Row],
    codes: Mapping[int, str],
    reading: Reading,
    fetched: Fetched,
    *,
    today: str,
    notes: tuple[str, ...],
) -> Replacement:
    """Return a table with its card.

    Parameters
    ----------
    name : str
        "complaints" or "all_offences". The rows of sources come with the complaints, for both.
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
    in_use = descriptor_of(name)
    columns = [field["name"] for field in in_use["schema"]["fields"]]
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    added = _sources(table, codes, reading, fetched)
    totals = {item["period"]: item for item in in_use["expected_totals"]}
    for code in {row["period"] for row in table} - set(totals) | set(codes.values()):
        count = sum(int(row["reported_count"]) for row in table if row["period"] == code)
        totals[code] = {
            "period": code,
            "reported_count": count,
            "unit": UNIT,
            "source": _TOTALS[name].format(code=code),
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
    title, title_es = (text.format(years=years) for text in _TITLES[name])
    described: dict[str, Any] = {
        "title": title,
        "title_es": title_es,
        "expected_totals": [item for code, item in totals.items() if code in present],
        "sources": [*descriptor_of(name, ROOT)["sources"], *listed],
    }
    card = Card(
        source=fetched.source,
        date=max(reading.cut.values(), default=""),
        accessed=today,
        sha256=fetched.sha256,
        bytes=fetched.bytes,
        rows_read=reading.rows_read,
        rows_used=reading.rows_used if name == "complaints" else reading.rows_of_all,
        notes=notes,
        covers=tuple(codes.values()),
        earlier=_earlier(name, {row["source_id"] for row in added}, codes),
    )
    brought = added if name == "complaints" else ()
    return Replacement(text.getvalue().encode(), card, described, tuple(brought))


def _earlier(name: Table, used: set[str], codes: Mapping[int, str]) -> tuple[dict[str, Any], ...]:
    """Cards of files whose periods are still in the table, each without those replaced."""
    card = refreshed_cards().get(name, {})
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
