"""Writes gated frames as CSV and JSON values, each row with its source."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from atlas.words import Words, source_text
from data.names import INVISIBLE
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered
from geo.privacy.suppression import Protected, printed_counts

_STARTS = ("=", "+", "-", "@", "\N{MINUS SIGN}")
# where a cell begins for a program that splits at semicolons or tabs, or that loses its quotes
_BREAK = re.compile(r"([;\t\r\n\x0b\x0c\x85\u2028\u2029])")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def formula_safe(value: object) -> object:
    r"""Prefix text that a spreadsheet would run with an apostrophe; numbers stay numbers.

    Full-width and other forms of = + - @ count as these signs, blanks and signs without width
    before them are looked through, and so is what stands after a semicolon, a tab or a new line.

    Examples
    --------
    >>> formula_safe("=HYPERLINK(1)"), formula_safe("-2+3"), formula_safe(-2.5), formula_safe("-7")
    ("'=HYPERLINK(1)", "'-2+3", -2.5, '-7')
    >>> formula_safe("\uff1dSUM(1)"), formula_safe(" \u200b@A1"), formula_safe("Puno;=1+1")
    ("'\uff1dSUM(1)", "' \u200b@A1", "Puno;'=1+1")
    """
    # a number is one only as the whole cell: "-1;" is a text that begins with a sign
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    cells = _BREAK.split(value)
    cells[::2] = [f"'{cell}" if _runs(cell) else cell for cell in cells[::2]]
    text = "".join(cells)
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") else text


def csv_text(
    heads: Iterable[object], rows: Iterable[Iterable[object]], *, line_end: str = "\r\n"
) -> str:
    r"""Write a table as CSV without formulas; None is an empty cell.

    Examples
    --------
    >>> csv_text(["name", "degrees"], [["=1+1", -70.03], ["Puno, centro", None]])
    'name,degrees\r\n\'=1+1,-70.03\r\n"Puno, centro",\r\n'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=line_end)
    for row in (heads, *rows):
        writer.writerow([formula_safe(cell) for cell in row])
    return out.getvalue()


def json_value(value: Any, *, digits: int | None = None, decimals: int | None = None) -> Any:
    """Turn a value into JSON: null for a missing or infinite number, never NaN.

    Floats are rounded to significant ``digits`` or to ``decimals``; there is no -0.0.

    Examples
    --------
    >>> json_value(float("nan")) is json_value(float("inf")) is None, json_value(("few_reports",))
    (True, ['few_reports'])
    >>> json_value({"chance": 1.23456e-40, "at": [1 / 3]}, digits=3)
    {'chance': 1.23e-40, 'at': [0.333]}
    >>> json_value(-1e-14, decimals=6)
    0.0
    """
    if isinstance(value, list | tuple):
        return [json_value(item, digits=digits, decimals=decimals) for item in value]
    if isinstance(value, Mapping):
        return {
            str(name): json_value(item, digits=digits, decimals=decimals)
            for name, item in value.items()
        }
    if value is pd.NA:
        return None
    if hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    if decimals is not None:
        value = round(value, decimals)
    elif digits is not None:
        value = float(f"{value:.{digits}g}")
    return value + 0.0  # -0.0 is 0.0


def _runs(text: str) -> bool:
    # sign by sign: an accent after it would make another sign of it
    visible = (
        sign
        for sign in text
        if unicodedata.category(sign)[0] not in "CMZ" and sign not in INVISIBLE
    )
    return unicodedata.normalize("NFKC", next(visible, ""))[:1] in _STARTS


CAVEAT = "Reported, not prevalence; not for operations."
_SAMPLED_BYTES = 1 << 20
"""from here on a download is known to the server by its length and three samples"""


def opened_csv(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    r"""Write a CSV for a person: its byte order mark tells a spreadsheet the encoding.

    Examples
    --------
    >>> opened_csv(["año"], [[2023]]).decode("utf-8")
    '\ufeffaño\r\n2023\r\n'
    """
    return csv_text(heads, rows).encode("utf-8-sig")


def csv_bytes(
    table: Tiered[pd.DataFrame],
    tier: str,
    *,
    period: str = "",
    columns: Iterable[str] | None = None,
    say: Words | None = None,
    heads: Mapping[str, str] | None = None,
    named: Mapping[str, tuple[str, Mapping[str, str]]] | None = None,
    is_opened: bool = False,
) -> bytes:
    """Write a gated frame as CSV; lists are joined by semicolons, geometry is left out.

    Every row says what it rests on: the period, the sources of the frame's card unless the rows
    name their own, and that reports are not prevalence. ``tier`` is the strictest ("T0", "T1",
    "T2") that the download may carry; DisclosureError if the gate refuses the frame. T2 is an
    organisation's own cube: hidden counts are printed as "<13", and a file over 1 MiB begins with a
    line of its own, because the server keeps large files by a sample of their bytes and would mix
    up two of them.

    Without ``say`` names and codes are those of programs, in plain UTF-8 (marked for a spreadsheet
    where the file ``is_opened`` by a person). With it headings and codes are words of the language
    and numbers have five digits or no decimals; ``heads`` names columns that have no message
    column.NAME, and ``named`` adds columns of names: of which column's codes, and each one's name.
    """
    gated = gate(table, tier)
    frame, is_own = gated.frame, isinstance(gated, Protected)
    if isinstance(gated, Protected):
        frame = frame.assign(reported_count=printed_counts(gated))
    for column, (code, names_of) in (named or {}).items():
        frame[column] = frame[code].map(names_of)
    names = [name for name in columns or frame.columns if name != "geometry"]
    added = {"period": _cell("period", period, say)} if period and "period" not in names else {}
    if not {"source_id", "source_title"} & set(names):
        if "source" not in names:
            added["source"] = source_titles(gated.card, say)
        added["caveat"] = say("map.caveat") if say else CAVEAT
    cells = whole_counts(frame)[names].itertuples(index=False)
    rows = (
        [*(_cell(*pair, say) for pair in zip(names, row, strict=True)), *added.values()]
        for row in cells
    )
    titles = [*names, *added]
    if say is not None:
        titles = [(heads or {}).get(name) or say(f"column.{name}") for name in titles]
    is_opened = is_opened or say is not None
    content = opened_csv(titles, rows) if is_opened else csv_text(titles, rows).encode("utf-8")
    if is_own and len(content) > _SAMPLED_BYTES:
        content = f"# export {uuid.uuid4()}\r\n".encode() + content
    return content


def source_titles(card: dict[str, Any], say: Words | None = None) -> str:
    """Return the titles of a card's sources, translated where there are words."""
    sources = card.get("sources", [])
    titles = dict.fromkeys(str(source.get("title")) for source in sources)
    return " | ".join(source_text(title, "title", say) if say else title for title in titles)


_CODES = {
    "verdict": "verdict.{}",
    "registry_code": "registry.{}",
    "base": "base.{}",
    "unit": "unit.{}.plural",
    "period": "period.{}",
}
"""columns of codes, and the message that says one"""


def _cell(column: str, cell: Any, say: Words | None) -> object:
    """Return a value for a file: as it is, or in words."""
    if isinstance(cell, list):
        return ";".join(cell)
    if pd.isna(cell):
        return ""
    if say is None:
        return cell
    if column.startswith("period") and str(cell).isdigit():
        return cell  # a year without what the pages add to its name
    if column in _CODES:
        return say(_CODES[column].format(cell))
    if not isinstance(cell, float):
        return cell
    # five significant digits; from 100,000 on, no decimals: further digits are rounding noise
    short = round(cell, 0) if abs(cell) >= 1e5 else float(f"{cell:.5g}")
    return int(short) if short.is_integer() else short


def whole_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Make reported_count whole where it is known: 87 and null, not 87.0 and NaN."""
    if "reported_count" not in frame or frame["reported_count"].dtype != float:
        return frame
    return frame.assign(reported_count=frame["reported_count"].astype("Int64"))


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON values, in its order."""
    return [
        {str(name): json_value(value) for name, value in row.items()}
        for row in whole_counts(frame).to_dict("records")
    ]
