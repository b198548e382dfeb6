"""CSV of any usual kind: its encoding and separator are read from the file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Container
from itertools import islice

from data.readers.beside import Beside
from data.readers.limits import CELL_CHARACTERS, UPLOAD, Profile
from data.readers.raw_table import (
    HEADER_ROWS,
    RawTable,
    add_titles,
    header_row,
    known_headings,
    require_few,
)
from data.readers.schema import fields
from geo.errors import UserError

_SEPARATORS = (",", ";", "\t", "|")
_NAMED = re.compile(r"\"?sep=([,;\t|])\"?[ ,;\t|]*\r?\n", re.IGNORECASE)
"""the first line by which a spreadsheet is told the separator"""
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text(
    content: bytes, expected: Container[str] = (), *, profile: Profile = UPLOAD
) -> RawTable:
    """Read a CSV within limits; ``expected`` as in ``kinds.read_table``."""
    text, notices = _decoded(content)
    named = _NAMED.match(text)
    separator = named[1] if named else _likely_separator(text, expected)
    csv.field_size_limit(CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    first = 1
    try:
        for row in reader:
            if named and reader.line_num == 1:
                first = 2
                continue
            require_few("records.refusal.too_many_columns", len(row), profile.columns)
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                require_few("records.refusal.too_many_rows", len(rows) - 1, profile.rows)
                lines.append(first)
            first = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            raise UserError("records.refusal.cell_too_long", limit=f"{CELL_CHARACTERS:,}") from None
        raise UserError("records.refusal.quotes") from None
    if not rows:
        raise UserError("records.refusal.empty")
    head = header_row(rows, expected)
    beside = Beside()
    add_titles(beside, zip(lines[:head], rows[:head], strict=True))
    return RawTable(
        "csv",
        rows[head],
        rows[head + 1 :],
        lines[head + 1 :],
        notices,
        header_line=lines[head],
        beside=beside,
    )


def _decoded(content: bytes) -> tuple[str, list[tuple[str, str]]]:
    """Text by its byte-order mark, else UTF-8, else what spreadsheets in Peru save as "CSV"."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    notices: list[tuple[str, str]] = []
    if encoding in ("utf-16", "utf-32"):
        notices.append(("encoding", encoding.upper()))
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding == "utf-8" and b"\x00" in content[:4096]:
            raise UserError("records.refusal.nul") from None
        try:
            text = content.decode("cp1252" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            raise UserError("records.refusal.encoding") from None
        notices = [("encoding", "Windows-1252")]
    if "\x00" in text:
        raise UserError("records.refusal.nul")
    return text, notices


def _likely_separator(text: str, expected: Container[str]) -> str:
    """The separator under which the headings are most often those of the template, or expected."""
    best, best_score = ",", (-1, -1)
    names = frozenset(name for field in fields() for name in field.names)
    for separator in _SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            sample = list(islice(reader, HEADER_ROWS))
        except csv.Error:
            continue
        counts = [
            (max(known_headings(row[: UPLOAD.columns + 1], of) for of in (names, expected)), row)
            for row in sample
            if any(row)
        ]
        count, head = max(counts, key=lambda counted: counted[0], default=(0, []))
        usual = Counter(len(row) for row in sample if row).most_common(1)
        # decimal commas make many cells of a row, and one of its heading
        score = (count, min(len(head), usual[0][0]) if usual else 0)
        if score > best_score:
            best, best_score = separator, score
    return best
