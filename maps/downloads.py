"""Figures as CSV that a spreadsheet cannot run: text that looks like a formula is quoted."""

from __future__ import annotations

import csv
import io

import pandas as pd

from geo.disclosure import gate

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def formula_safe(value: object) -> object:
    """Prefix text that a spreadsheet would run with an apostrophe; numbers stay numbers.

    Examples
    --------
    >>> formula_safe("=HYPERLINK(1)"), formula_safe("-2+3"), formula_safe(-2.5)
    ("'=HYPERLINK(1)", "'-2+3", -2.5)
    """
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def csv_bytes(frame: pd.DataFrame, tier: str) -> bytes:
    """A gated frame as UTF-8 CSV, lists joined by semicolons, geometry left out.

    Parameters
    ----------
    frame : DataFrame
        With its tier and card.
    tier : {"T0", "T1"}
        The strictest tier that a download may carry.

    Raises
    ------
    DisclosureError
        If the gate refuses the frame.
    """
    frame = gate(frame, tier)
    columns = [name for name in frame.columns if name != "geometry"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in frame[columns].itertuples(index=False):
        cells = [";".join(cell) if isinstance(cell, list) else cell for cell in row]
        writer.writerow(["" if pd.isna(cell) else formula_safe(cell) for cell in cells])
    return out.getvalue().encode("utf-8")
