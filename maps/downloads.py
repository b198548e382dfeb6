"""Figures as CSV that a spreadsheet cannot run: text that looks like a formula is quoted."""

from __future__ import annotations

import csv
import io

import pandas as pd

from geo.disclosure import gate

CAVEAT = "Reported, not prevalence; not for operations."
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


def csv_bytes(frame: pd.DataFrame, tier: str, *, period: str = "") -> bytes:
    """A gated frame as UTF-8 CSV, lists joined by semicolons, geometry left out.

    Every row says what it rests on: the period, the sources of the frame's card unless the rows
    name their own, and that reports are not prevalence.

    Parameters
    ----------
    frame : DataFrame
        With its tier and card.
    tier : {"T0", "T1"}
        The strictest tier that a download may carry.
    period : str, optional
        What the figures cover, when the rows do not say it.

    Raises
    ------
    DisclosureError
        If the gate refuses the frame.
    """
    frame = gate(frame, tier)
    columns = [name for name in frame.columns if name != "geometry"]
    said = {"period": period} if period and "period" not in columns else {}
    if not {"source_id", "source_title"} & set(columns):
        titles = [str(source.get("title")) for source in frame.attrs["card"].get("sources", [])]
        said["source"] = " | ".join(dict.fromkeys(titles))
        said["caveat"] = CAVEAT
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*columns, *said])
    for row in frame[columns].itertuples(index=False):
        cells = [";".join(cell) if isinstance(cell, list) else cell for cell in row]
        safe = ["" if pd.isna(cell) else formula_safe(cell) for cell in cells]
        writer.writerow([*safe, *(formula_safe(text) for text in said.values())])
    return out.getvalue().encode("utf-8")
