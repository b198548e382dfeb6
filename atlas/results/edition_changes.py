"""Compare the areas with more reports than expected in two editions of the figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

import pandas as pd

from atlas.html import render
from atlas.results.matrix import yearly_registries
from atlas.results.regions import department_name, results_for
from atlas.tables import csv_text
from atlas.words import LANGUAGES, Words, words
from data.catalogue import Catalogue, load_package, using
from data.periods import default_period, periods_of
from geo.errors import ParameterError
from geo.excess import Verdict

COUNTS_FILE, PAGE_FILE = "changes.csv", "changes.html"
"""files that a refresh writes beside the tables: each count that changed, and a page in words"""
CONCLUSIONS = "conclusions"
"""where the package of a data folder keeps the rows of :func:`changed_conclusions`"""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A department above the expected in one of two editions alone: a row of a package's JSON."""

    registry: str
    period_before: str | None
    """what it is compared with; None: a new period"""
    period: str
    department_ubigeo: str
    reported_count_before: int | None
    reported_count: int | None
    was_above: bool
    is_above: bool


def changed_conclusions(before: Catalogue, after: Catalogue) -> list[Conclusion]:
    """Compare two editions: departments above the expected in only one of them.

    A period that both have is compared with itself, the newest period of the new edition with the
    newest one of the old; of another new period all that are above. In the order of registries,
    periods and codes. No server may call it: it puts another edition in use.
    """
    (old, old_newest), (new, new_newest) = _above(before), _above(after)
    rows = []
    for (registry, period), departments in new.items():
        is_newest = new_newest[registry] == period
        same = period if (registry, period) in old else None
        earlier = same or (old_newest.get(registry) if is_newest else None)
        was = old.get((registry, earlier), {}) if earlier else {}
        for code, (count, is_above) in departments.items():
            count_before, was_above = was.get(code, (None, False))
            if is_above != was_above:
                counts = count_before, count
                rows.append(
                    Conclusion(registry, earlier, period, code, *counts, was_above, is_above)
                )
    return rows


_Above = dict[tuple[str, str], dict[str, tuple[int | None, bool]]]
"""count and whether above, by registry and period, then by department"""


def _above(edition: Catalogue) -> tuple[_Above, dict[str, str]]:
    """Return who is above in an edition, and the newest period of each registry."""
    periods: _Above = {}
    newest: dict[str, str] = {}
    with using(edition):
        for registry in yearly_registries():
            newest[registry.code] = default_period(registry.code).code
            for period in periods_of(registry):
                if period.is_pooled:
                    continue
                try:
                    table = results_for(period)
                except ParameterError:  # too few areas or years to judge: no conclusion to change
                    continue
                periods[registry.code, period.code] = {
                    row["department_ubigeo"]: (
                        None if pd.isna(row["reported_count"]) else int(row["reported_count"]),
                        row["verdict"] == Verdict.ABOVE,
                    )
                    for row in table.to_dict("records")
                }
    return periods, newest


def with_conclusions(edition: Catalogue, rows: list[Conclusion]) -> Catalogue:
    """Return the edition with the rows of :func:`changed_conclusions` in its package."""
    package = {**edition.package, CONCLUSIONS: [asdict(row) for row in rows]}
    content = (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode()
    return replace(edition, package=package, content=content)


def edition_files(counts: Iterable[Mapping[str, Any]], rows: list[Conclusion]) -> dict[str, bytes]:
    """Return the files beside the tables, by name: changed counts, conclusions in words."""
    counts = list(counts)
    columns = list(dict.fromkeys(name for row in counts for name in row))
    rows_of_cells = (
        [";".join(cell) if isinstance(cell := row.get(name), list) else cell for name in columns]
        for row in counts
    )
    text = csv_text(columns, rows_of_cells, line_end="\n")
    parts = [(say, conclusion_lines(rows, say)) for say in map(words, LANGUAGES)]
    page = render("edition_changes", words(LANGUAGES[0]), parts=parts)
    return {COUNTS_FILE: text.encode(), PAGE_FILE: str(page).encode()}


def edition_lines(say: Words) -> list[str]:
    """Write what the edition in use changed, in sentences."""
    package = load_package()
    if CONCLUSIONS not in package:
        return [say("edition.shipped")]
    return conclusion_lines([Conclusion(**row) for row in package[CONCLUSIONS]], say)


def conclusion_lines(rows: list[Conclusion], say: Words) -> list[str]:
    """Say who is above now and was not, and the reverse, with both counts."""
    lines = []
    for (registry, earlier, period, is_above), group in groupby(
        sorted(rows, key=lambda row: (row.registry, row.period, not row.is_above)),
        key=lambda row: (row.registry, row.period_before, row.period, row.is_above),
    ):
        names = say.list(_item(row, say) for row in group)
        kind = "new" if earlier is None else "now" if is_above else "no_longer"
        lines.append(
            say(
                f"edition.{kind}",
                registry=say(f"registry.{registry}"),
                period=say(f"period.{period}"),
                earlier=say(f"period.{earlier}") if earlier else "",
                names=names,
            )
        )
    return lines or [say("edition.none")]


def _item(row: Conclusion, say: Words) -> str:
    after, before = (
        say("number.unknown") if count is None else say.number(count)
        for count in (row.reported_count, row.reported_count_before)
    )
    key = "edition.item.new" if row.period_before is None else "edition.item"
    name = department_name(row.department_ubigeo)
    return say(key, name=name, before=before, after=after)
