"""The report on a file: rows used, corrected, or left out with the reason.

The words of the codes stand in the catalogues: ``records.problem.CODE``, ``records.notice.CODE``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from atlas.own_files.reading import SheetQuestion, SheetReading
from atlas.words import Message, Words, error_message
from data.readers.schema import field as field_named
from data.readers.schema import fields
from geo.errors import UserError

OUTSIDE = frozenset({"swapped", "sign_lost", "utm_metres", "not_degrees", "outside_peru"})
"""One such row and the file is not imported: its coordinates mean something else."""
MOST_SPANS = 60
"""Spans of lines that the same entry of many lines names."""
LISTED_ENTRIES = 20_000
"""Entries that a report lists one by one; more are counted by their code."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fault or a remark about one cell or row."""

    line: int
    column: str
    """column of the template, or "" for the row as a whole."""
    code: str
    is_fault: bool
    came: str = ""
    """what stood in the cell, cut; for the owner's terminal, never for a page."""
    allowed: str = ""
    suggestion: str = ""
    """a code and a name of the gazetteer, or what to do: never what came."""
    confidence: float | None = None
    earlier_line: int | None = None


def refusal_message(refusal: UserError, task: str = "records") -> Message:
    """Say why the file of a task is refused; distances in the words of zones."""
    return error_message(refusal, "zones" if task == "distances" else task)


@dataclass(slots=True)
class Report:
    """Results of each row of a file."""

    kind: str = ""
    row_count: int = 0
    used_count: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    notices: list[tuple[str, str]] = field(default_factory=list)
    """code and its detail."""
    entries: list[Entry] = field(default_factory=list)
    isolation: str = ""
    sheets: list[tuple[str, int]] = field(default_factory=list)
    """of sheets that were joined the name of each, and how many lines stand above its first."""
    unlisted: dict[str, int] = field(default_factory=dict)
    has_outside: bool = False
    reading: SheetReading | None = None
    """how a file of records was read; lists for planning have none."""

    @property
    def left_out_count(self) -> int:
        """Return how many rows were left out."""
        return self.row_count - self.used_count

    @property
    def entry_count(self) -> int:
        """Return how many entries there are, listed or only counted."""
        return len(self.entries) + sum(self.unlisted.values())

    @property
    def is_clean(self) -> bool:
        """Whether there is no entry."""
        return not self.entries

    @property
    def is_accepted(self) -> bool:
        """Whether the used rows may be imported: there are some, all in Peru, nothing is open."""
        is_open = self.reading is not None and self.reading.is_open
        return self.used_count > 0 and not self.has_outside and not is_open

    def counts(self) -> dict[str, int]:
        """Entries by code, most frequent first."""
        listed = Counter(entry.code for entry in self.entries)
        return dict((listed + Counter(self.unlisted)).most_common())

    def take(self, entries: list[Entry]) -> None:
        """List entries, those of rows left out first if there are more than LISTED_ENTRIES."""
        # of a list for planning the place that is meant is known: the row alone is left out
        self.has_outside = any(entry.code in OUTSIDE and not entry.suggestion for entry in entries)
        if len(entries) > LISTED_ENTRIES:
            # the sort is stable: by line within both
            entries = sorted(entries, key=lambda entry: not entry.is_fault)
            self.unlisted = dict(Counter(entry.code for entry in entries[LISTED_ENTRIES:]))
        self.entries = entries[:LISTED_ENTRIES]

    def without_values(self) -> Report:
        """Return the report without the contents of cells, for the session."""
        return replace(self, entries=[replace(entry, came="") for entry in self.entries])

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "kind": self.kind,
            "rows": self.row_count,
            "used": self.used_count,
            "left_out": self.left_out_count,
            "accepted": self.is_accepted,
            "columns": self.columns,
            "sheets": [{"sheet": sheet, "above": above} for sheet, above in self.sheets],
            "notices": [{"code": code, "detail": detail} for code, detail in self.notices],
            "entries": [asdict(entry) for entry in self.entries],
            "unlisted": self.unlisted,
            "outside": self.has_outside,
            "reading": None if self.reading is None else asdict(self.reading),
            "isolation": self.isolation,
        }


def report_from(plain: dict[str, Any]) -> Report:
    """Rebuild the report of the child from :func:`dataclasses.asdict`."""
    from pydantic import TypeAdapter  # the child has no use for it

    return TypeAdapter(Report).validate_python(plain)


def alike_entries(report: Report) -> dict[Entry, list[Entry]]:
    """Group entries that differ only in line and content: rows left out first, then by line."""
    alike: dict[Entry, list[Entry]] = {}
    for entry in sorted(report.entries, key=lambda entry: not entry.is_fault):
        alike.setdefault(replace(entry, line=0, came=""), []).append(entry)
    return alike


def sheet_of(line: int, sheets: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Return the sheet of a line of several that were joined, and its line there."""
    name, above = max((each for each in sheets if each[1] < line), key=lambda each: each[1])
    return name, line - above


def line_spans(lines: Iterable[int], sheets: Sequence[tuple[str, int]] = ()) -> str:
    """Write line numbers with runs as spans, and by sheet if sheets are joined.

    Examples
    --------
    >>> line_spans([7, 3, 4, 5])
    '3–5, 7'
    >>> line_spans([4, 5, 12], [("2023", 0), ("2024", 10)])
    '2023: 4–5; 2024: 2'
    """
    if sheets:
        of_sheet: dict[str, list[int]] = {}
        for line in lines:
            name, there = sheet_of(line, sheets)
            of_sheet.setdefault(name, []).append(there)
        return "; ".join(f"{name}: {line_spans(each)}" for name, each in of_sheet.items())
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    texts = [f"{a}" if a == b else f"{a}–{b}" for a, b in spans[:MOST_SPANS]]
    rest = sum(b - a + 1 for a, b in spans[MOST_SPANS:])
    return ", ".join(texts) + (f", … +{rest}" if rest else "")


def entry_words(entry: Entry, report: Report, say: Words) -> dict[str, str]:
    """Write an entry's column, problem, allowed values and suggestion; "" for none."""
    column = entry.column
    headings = [heading for heading, name in report.columns.items() if name == column]
    if headings:
        column = headings[0]
    elif column in {field.name for field in fields()}:
        column = field_named(column).titles[say.lang]
    elif column:
        column = say(f"planning.heading.{column}")
    suggestion = entry.suggestion
    if entry.earlier_line is not None:
        line = line_spans([entry.earlier_line], report.sheets)
        suggestion = say("own.see_line", line=line)
    elif entry.suggestion and entry.confidence:
        suggestion = say("own.alike", place=suggestion, share=say.percent(entry.confidence))
    allowed = entry.allowed
    if entry.code in ("code_unlisted", "sex_letter"):
        allowed = ", ".join(code[say.lang] for code in field_named(entry.column).codes)
    elif entry.code == "not_boolean":
        allowed = say("own.yes_no")
    what = say(f"records.problem.{entry.code}")
    return {"column": column, "what": what, "allowed": allowed, "suggestion": suggestion}


def why_left_out(report: Report, say: Words) -> str:
    """Say why rows of a file are left out, each reason with its count, most frequent first."""
    faults = Counter(entry.code for entry in report.entries if entry.is_fault)
    return ". ".join(
        f"{say.number(count)}: {say(f'records.problem.{code}')}"
        for code, count in faults.most_common()
    )


def word_of(name: str, code: str, say: Words) -> str:
    """Return the word for a code of a column."""
    return next(word[say.lang] for word in field_named(name).codes if word["code"] == code)


def left_out_csv(report: Report, say: Words) -> bytes:
    """Write the rows left out with their numbers and reasons, without their cells."""
    from atlas.tables import opened_csv  # loads pandas, and the child that reads has no use for it

    heads = [say(f"own.col.{name}") for name in ("line", "column", "what", "allowed", "suggestion")]
    entries = [entry for entry in report.entries if entry.is_fault]
    rows = [
        (line_spans([entry.line], report.sheets), *entry_words(entry, report, say).values())
        for entry in entries
    ]
    return opened_csv(heads, rows)


def question_text(question: SheetQuestion, say: Words) -> str:
    """Write a question about a file."""
    return say(f"own.ask.{question.code}", column=question.column, word=question.word)


def answer_text(question: SheetQuestion, answer: str, say: Words) -> str:
    """Write an answer: the name of a sheet, or the words of a code."""
    if question.word:
        return word_of(question.field, answer, say)
    return answer if question.code == "sheet" else say(f"own.ask.{question.code}.{answer}")


def field_text(name: str, say: Words) -> str:
    """Name a column of the template, or say that a heading is not used."""
    return say(f"own.field.{name}" if name else "own.read.unused")


def column_lines(reading: SheetReading, say: Words) -> list[str]:
    """Say for each heading which column it was read as."""
    return [
        say("own.read.column", heading=column.heading, name=field_text(column.field, say))
        for column in reading.columns
    ]


def missing_text(reading: SheetReading, say: Words) -> str:
    """Say which column a table lacks that every record needs."""
    if reading.refusal is None:
        return ""
    return say("own.read.missing", reason=refusal_message(reading.refusal).text(say))


def decision_lines(reading: SheetReading, say: Words) -> list[str]:
    """Say how a file was read: where its table begins, and each decision."""
    where = "own.read.where_sheet" if reading.sheet else "own.read.where"
    first = say(where, sheet=reading.sheet, line=reading.header_line)
    if reading.header_line > 1:
        first += " " + say("own.read.above")
    lines = [first]
    for question in reading.questions:
        if question.code == "sheet" and not question.is_asked:
            text = say("records.notice.other_sheets", detail=question.column)
            lines.append(f"{text[0].upper()}{text[1:]}.")
        elif question.answer and question.code != "sheet":  # that is said above
            answer = answer_text(question, question.answer, say)
            answer = answer[0].lower() + answer[1:]
            of_answer = f".{question.answer}" if question.code == "sex_m" else ""
            key = f"own.read.as.{question.code}{of_answer}"
            lines.append(say(key, column=question.column, answer=answer, word=question.word))
    return lines
