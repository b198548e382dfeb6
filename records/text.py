"""CSV of any usual kind: its encoding and separator are found, not asked."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

from records.limits import CELL_CHARACTERS, COLUMNS, FEATURES
from records.refusal import Refusal
from records.schema import field_of_heading
from records.table import RawTable

_SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def read_text(content: bytes) -> RawTable:
    """Read a CSV.

    Parameters
    ----------
    content : bytes
        UTF-8, UTF-16 or UTF-32 with its mark, or Windows-1252; commas, semicolons, tabs or bars.

    Returns
    -------
    RawTable
        Lines are those on which a row begins, the first of the file being 1.

    Raises
    ------
    Refusal
        A text or a table that is not one, or larger than the limits.

    Examples
    --------
    >>> table = read_text("fecha;ubigeo\\n2023-05;150101\\n".encode("utf-16"))
    >>> table.headings, table.rows, table.lines
    (['fecha', 'ubigeo'], [['2023-05', '150101']], [2])
    """
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
                _require_few(len(headings))
            else:
                _require_few(len(row))
                if len(rows) == FEATURES:
                    raise Refusal("too_many_rows", limit=f"{FEATURES:,}")
                rows.append([cell.strip() for cell in row])
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


def _require_few(columns: int) -> None:
    if columns > COLUMNS:
        raise Refusal("too_many_columns", limit=str(COLUMNS))


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
