"""CSV of any usual kind: its encoding and separator are found, not asked."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

from data.readers.kinds import RawTable, require_few
from data.readers.limits import CELL_CHARACTERS, COLUMNS
from data.readers.refusal import Refusal
from data.readers.schema import field_of_heading

_SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text(content: bytes) -> RawTable:
    """Read a CSV."""
    text, notices = _decoded(content)
    if "\x00" in text:
        raise Refusal("nul")
    separator = _separator(text)
    csv.field_size_limit(CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    headings: list[str] | None = None
    rows: list[list[str]] = []
    lines: list[int] = []
    empty = 0
    first = 1
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                empty += headings is not None
            elif headings is None:
                headings = [cell.strip() for cell in row]
                require_few("too_many_columns", len(headings))
            else:
                require_few("too_many_columns", len(row))
                rows.append([cell.strip() for cell in row])
                require_few("too_many_rows", len(rows))
                lines.append(first)
            first = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            raise Refusal("cell_too_long", limit=f"{CELL_CHARACTERS:,}") from None
        raise Refusal("quotes") from None
    if headings is None:
        raise Refusal("empty")
    if empty:
        notices.append(("empty_rows", str(empty)))
    return RawTable("csv", headings, rows, lines, notices)


def _decoded(content: bytes) -> tuple[str, list[tuple[str, str]]]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                raise Refusal("encoding") from None
            return text, [] if encoding == "utf-8-sig" else [("encoding", encoding.upper())]
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    if b"\x00" in content[:4096]:
        raise Refusal("nul")
    try:
        # what spreadsheets in Peru save as "CSV": Latin-1 with a few signs more
        return content.decode("cp1252"), [("encoding", "Windows-1252")]
    except UnicodeDecodeError:
        raise Refusal("encoding") from None


def _separator(text: str) -> str:
    """The separator under which the headings are most often those of the template."""
    best, best_score = ",", (-1, -1)
    for separator in _SEPARATORS:
        try:
            sample = list(
                islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 20)
            )
        except csv.Error:
            continue
        row = next((one for one in sample if any(cell.strip() for cell in one)), [])
        known = sum(field_of_heading(cell) is not None for cell in row[: COLUMNS + 1])
        usual = Counter(len(one) for one in sample if one).most_common(1)
        score = (known, usual[0][0] if usual else 0)
        if score > best_score:
            best, best_score = separator, score
    return best
