"""The totals that the catalogue expects of a table (``expected_totals``), compared two ways.

A total is either one that the publisher printed or, where none is printed, the sum of the rows as
shipped: it cannot prove a figure right, but it tells a changed or lost row of a resealed table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from geo.errors import DataError

Row = tuple[int, dict[str, str]]
"""Line of the file (header = 1) and the cells by column."""


def check_totals(frame: pd.DataFrame, card: Mapping[str, Any]) -> None:
    """Compare a parsed table with the totals of its card that name a column.

    Parameters
    ----------
    frame : DataFrame
        The table.
    card : mapping
        Its card; ``expected_totals`` items with ``column``, ``total``, ``tolerance``, ``source``,
        and optionally ``where`` (column to value: the rows meant) and ``rows`` (how many).

    Raises
    ------
    DataError
        For the first item whose rows or sum are not those expected.

    Examples
    --------
    >>> item = {"where": {"year": 2012}, "column": "n", "rows": 2, "total": 5, "tolerance": 0,
    ...         "source": "sum of the 2 rows as shipped"}
    >>> frame = pd.DataFrame({"year": [2012, 2012], "n": [2, 4]})
    >>> check_totals(frame, {"path": "t.csv", "expected_totals": [item]})
    Traceback (most recent call last):
    ...
    geo.errors.DataError: t.csv: found n of 2012 sums to 6 in 2 rows; expected 5 in 2 rows (sum of \
the 2 rows as shipped)
    """
    for item in card.get("expected_totals", []):
        if "column" not in item:
            continue
        meant = pd.Series(True, index=frame.index)
        for column, value in item.get("where", {}).items():
            meant &= frame[column] == value
        came, expected = _compared(
            item, int(meant.sum()), float(frame.loc[meant, item["column"]].sum())
        )
        if came:
            raise DataError(card["path"], came=came, expected=expected)


def total_faults(
    item: Mapping[str, Any], rows: Sequence[Row], tables: Mapping[str, Sequence[Row]]
) -> Iterator[str]:
    """Yield every total of a card that the cells as read do not give.

    Totals by period are taken before and after the way from fiscal district to department.
    """
    seats = {
        cells.get("fiscal_district"): cells.get("department_ubigeo")
        for _, cells in tables.get("crosswalk", [])
    }
    for expected in item.get("expected_totals", []):
        if "column" in expected:
            meant = [
                _number(cells.get(expected["column"], ""))
                for _, cells in rows
                if all(cells.get(k) == str(v) for k, v in expected.get("where", {}).items())
            ]
            came, wanted = _compared(expected, len(meant), sum(meant))
            if came:
                yield f"{came}; expected {wanted}"
            continue
        before, after = Counter[str](), Counter[str]()
        for _, cells in rows:
            period = cells.get("period", expected["period"])
            count = int(_number(cells.get("reported_count", "")))
            before[period] += count
            if seats.get(cells.get("fiscal_district")):
                after[period] += count
        sums = {"as published": before, "mapped to departments": after}
        if "period" not in (rows[0][1] if rows else {}):
            sums.pop("mapped to departments")
        for how, counter in sums.items():
            if counter[expected["period"]] != expected["reported_count"]:
                yield (
                    f"{expected['period']} {how} adds up to {counter[expected['period']]:,}; "
                    f"expected {expected['reported_count']:,} ({expected['source']})"
                )


def _compared(item: Mapping[str, Any], rows: int, total: float) -> tuple[str, str]:
    """Return what came and what was expected; ("", "") when they agree."""
    expected_rows = item.get("rows", rows)
    if rows == expected_rows and abs(total - item["total"]) <= item["tolerance"]:
        return "", ""
    part = " ".join(str(value) for value in item.get("where", {}).values())
    name = f"{item['column']} of {part}" if part else item["column"]
    digits = ".1f" if item["tolerance"] else ".0f"
    counted = "rows" in item
    return (
        f"{name} sums to {total:,{digits}}" + (f" in {rows} rows" if counted else ""),
        f"{item['total']:,}"
        + (f" in {expected_rows} rows" if counted else "")
        + f" ({item['source']})",
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
