"""What was refreshed on this machine, what of it does not hold, how old each file is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from data.catalogue import (
    ROOT,
    descriptor_of,
    in_use,
    load_package,
    load_table,
    package_bytes,
    resource_names,
)
from data.context import mining_span
from data.periods import PERIODS, span_months
from data.population import ANNEX_YEAR, DIRECTORY_YEAR
from data.refresh.folder import Unused, data_folder, read_current

NEWER_AT: dict[str, str] = {
    "complaints": "MPFN delitos denunciados",
    "police_complaints": "Mininter Trata de personas",
    "population": "INEI projected population by department",
    "population_provinces": "INEI projected population 2018-2022",
    "mining_cells": "Amazon Mining Watch",
    "departments_simplified": "INEI limits",
}
"""How the names of a table's official files begin, in the table official_files."""
REFRESHABLE = (
    *("complaints", "police_complaints", "population", "population_areas", "mining_cells"),
    *("departments_simplified", "provinces_simplified", "districts_simplified"),
)
"""What a command brings up to date, or adds, by the resource that stands for its set."""
_POLICE = ("complaints", "provinces", "profile")


def refreshed_cards() -> dict[str, dict[str, Any]]:
    """Return where every refreshed file in use came from (see Source.card), by resource."""
    items = load_package()["resources"]
    return {item["name"]: item["refreshed"] for item in items if "refreshed" in item}


def unused_figures() -> Unused | None:
    """Return what was refreshed and is not used, so that a page can say so."""
    return in_use().unused


def refreshed_seal() -> str:
    """Return a text that changes whenever the refreshed figures do; empty without any."""
    return in_use().seal


def figures_edition() -> str:
    """Twelve hex digits that change when a figure changes, and with nothing else."""
    return hashlib.sha256(package_bytes(ROOT) + refreshed_seal().encode()).hexdigest()[:12]


def is_stale() -> bool:
    """Tell whether figures were refreshed or reset since this process read them."""
    seen = in_use().current
    try:
        return seen is not None and read_current(data_folder()) != seen
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh one file of the catalogue is.

    origin: with the atlas, or by a refresh on this machine; figures_end: last month (YYYY-MM) or
    year of its figures, "" where it has none; age_months: whole months from then to the day asked
    about; accessed: day on which its source was read; of a refreshed file, source: addresses or
    names of files, the newest last, and the rows of its sources read and used; newer: addresses of
    official files with later figures, and of the page that lists them.
    """

    resource: str
    title: str
    title_es: str
    origin: Literal["shipped", "refreshed"]
    figures_end: str
    age_months: int | None
    accessed: str
    source: str
    rows_read: int | None
    rows_used: int | None
    newer: tuple[str, ...]


def freshness(*, today: str) -> list[Freshness]:
    """Return one row per file of the catalogue, in its order; ages to ``today``, YYYY-MM-DD.

    Examples
    --------
    >>> row = next(row for row in freshness(today="2024-03-01") if row.resource == "complaints")
    >>> row.origin, row.figures_end, row.age_months
    ('shipped', '2025-11', 0)
    """
    cards = refreshed_cards()
    return [_row(name, cards.get(name), today) for name in resource_names()]


def _row(name: str, card: dict | None, today: str) -> Freshness:
    descriptor = descriptor_of(name)
    files = [*card.get("earlier", ()), card] if card else []
    end = _ENDS[name]() if name in _ENDS else ""
    return Freshness(
        resource=name,
        title=descriptor["title"],
        title_es=descriptor["title_es"],
        origin="refreshed" if card else "shipped",
        figures_end=end,
        age_months=max(0, span_months(today[:7])[1] - span_months(end)[1]) if end else None,
        accessed=descriptor["accessed"],
        source="; ".join(source_card["source"] for source_card in files),
        rows_read=sum(source_card["rows_read"] for source_card in files) if files else None,
        rows_used=sum(source_card["rows_used"] for source_card in files) if files else None,
        newer=_newer(name, end),
    )


def _newer(name: str, end: str) -> tuple[str, ...]:
    """Official files of months that are not here, the page that is kept up to date last."""
    if name not in NEWER_AT:
        return ()
    held = {end[:4]: f"{end}-12" if len(end) == 4 else end}
    if name == "complaints":
        # a year between two others may be missing
        held = {period.end[:4]: period.end for period in PERIODS if not period.is_pooled}
    table = load_table("official_files")
    rows = table[table["dataset"].str.startswith(NEWER_AT[name])]
    pages, files = [], []
    for covered, address in zip(rows["period"], rows["access_url"], strict=True):
        if not str(address).startswith("https://"):
            continue
        if "onward" in str(covered):
            pages.append(str(address))
        elif (reach := _reach(str(covered))) and reach[:4] >= min(held):
            # it reaches further into its year than what is held
            files += [str(address)] if reach > held.get(reach[:4], "") else []
    return (*files, *pages)


def _reach(period: str) -> str:
    """Last month of a period as the table of official files writes it: 2024, 2026 Jan-Jul."""
    years = re.findall(r"\b(?:19|20)\d\d\b", period)
    named = re.findall("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec", period)
    months = "JanFebMarAprMayJunJulAugSepOctNovDec"
    month = months.index(named[-1]) // 3 + 1 if named else 12
    return f"{years[-1]}-{month:02d}" if years else ""


def _end_of_mining() -> str:
    end = mining_span()[1]
    return f"{end[:4]}-{3 * int(end[-1]):02d}" if "Q" in end else end


def _last_month_of_table(table: str) -> str:
    year, month = divmod(max(span_months(code)[1] for code in load_table(table)["period"]), 12)
    return f"{year}-{month + 1:02d}"


_ENDS: dict[str, Callable[[], str]] = {
    "complaints": lambda: max(period.end for period in PERIODS),
    "all_offences": lambda: str(load_table("all_offences")["period_end"].max()),
    "population": lambda: str(load_table("population")["year"].max()),
    "population_provinces": lambda: str(ANNEX_YEAR),
    "districts_2025": lambda: str(DIRECTORY_YEAR),
    "mining_cells": _end_of_mining,
    **{f"police_{name}": partial(_last_month_of_table, f"police_{name}") for name in _POLICE},
}
