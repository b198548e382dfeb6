"""Figures as CSV, behind the gate, each row with its source."""

from __future__ import annotations

import uuid

import pandas as pd

from exports.spreadsheet import csv_text
from geo.disclosure import gate
from geo.suppression import printed_counts

CAVEAT = "Reported, not prevalence; not for operations."
_SAMPLED_BYTES = 1 << 20
"""from here on a download is known to the server by its length and three samples"""


def csv_bytes(frame: pd.DataFrame, tier: str, *, period: str = "") -> bytes:
    """A gated frame as UTF-8 CSV, lists joined by semicolons, geometry left out.

    Every row says what it rests on: the period, the sources of the frame's card unless the rows
    name their own, and that reports are not prevalence.

    Parameters
    ----------
    frame : DataFrame
        With its tier and card.
    tier : {"T0", "T1", "T2"}
        The strictest tier that the download may carry. T2 is an organisation's own cube: hidden
        counts are printed as "<13", and a file over 1 MiB begins with a line of its own, because
        the server keeps large files by a sample of their bytes and would mix up two of them.
    period : str, optional
        What the figures cover, when the rows do not say it.

    Raises
    ------
    DisclosureError
        If the gate refuses the frame.
    """
    frame = gate(frame, tier)
    is_own = frame.attrs["tier"] == "T2"
    if is_own:
        frame = frame.assign(reported_count=printed_counts(frame))
    columns = [name for name in frame.columns if name != "geometry"]
    said = {"period": period} if period and "period" not in columns else {}
    if not {"source_id", "source_title"} & set(columns):
        titles = [str(source.get("title")) for source in frame.attrs["card"].get("sources", [])]
        said["source"] = " | ".join(dict.fromkeys(titles))
        said["caveat"] = CAVEAT
    rows = (
        [*(_plain(cell) for cell in row), *said.values()]
        for row in frame[columns].itertuples(index=False)
    )
    content = csv_text([*columns, *said], rows).encode("utf-8")
    if is_own and len(content) > _SAMPLED_BYTES:
        content = f"# export {uuid.uuid4()}\r\n".encode() + content
    return content


def _plain(cell: object) -> object:
    if isinstance(cell, list):
        return ";".join(cell)
    return "" if pd.isna(cell) else cell
