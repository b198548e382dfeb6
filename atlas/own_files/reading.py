"""How a spreadsheet is read: its sheet, the column of each heading, what somebody has to say.

A reading is proposed from the file, confirmed by whoever holds it, and kept as a small JSON, the
mapping, that reads the next file of the same form without a question.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from atlas.words import code_of
from data.names import normalise_name
from data.readers.privacy import shown_heading
from data.readers.raw_table import RawTable
from data.readers.schema import field as field_named
from data.readers.schema import field_of_heading, fields, fold_heading
from geo.errors import UserError

MAPPING_BYTES = 64 * 1024
ALIKE = 88.0
"""Indel ratio from which a heading is taken for a misspelt one, to be confirmed."""
_SHORTEST_ALIKE = 5
UNUSED = ""
OPTIONS = {
    "sheet": (),
    "date_order": ("day_first", "month_first", "year_first"),
    "sex_m": ("male", "female"),
    "case_number": ("yes", "no"),
    "repeated": ("count", "leave_out"),
    "word": (),
}
"""What may be asked, and its answers; those of a sheet are the names of the file's, those of a word
the codes of its column."""
WORDS_ASKED = 20
"""Words of a column that are asked about, the most frequent; others stay unknown, as a long text
does."""
WORD_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A heading of the file and what it stands for."""

    heading: str
    """as it may be shown."""
    field: str
    """a column of the template, or "" where it is not used."""
    how: str
    """template, usual or alike (a name of ours), kept (the mapping says so), second (another
    column has the field), unknown."""


@dataclass(slots=True)
class Question:
    """A question that a cell alone leaves open: decided by its column, or asked."""

    code: str
    """one of OPTIONS."""
    column: str
    options: tuple[str, ...]
    answer: str = ""
    is_asked: bool = True
    field: str = ""
    """the column of the template that a word stands in."""
    word: str = ""
    """a word of a cell that is no code of its column, as it is first written."""

    @property
    def name(self) -> str:
        """Return a key that no other question of the file has."""
        return f"{self.code}.{self.field}.{normalise_name(self.word)}" if self.word else self.code

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.is_asked and not self.answer


@dataclass(slots=True)
class Reading:
    """How a file is read: its decisions, none of its values."""

    sheet: str = ""
    header_line: int = 1
    columns: list[Column] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """what somebody has said before, of this file or others: by column, the code of each word."""
    missing: Literal["", "date", "place"] = ""
    """which column a table lacks without which no record counts."""

    @property
    def is_open(self) -> bool:
        """Whether a question has no answer, or a column is missing."""
        return bool(self.missing) or any(question.is_open for question in self.questions)

    def require_columns(self) -> None:
        """Raise UserError for a table without dates or places."""
        if self.missing == "date":
            title = field_named("date").titles["es"] + " / date"
            raise UserError("records.refusal.required_column", column=title)
        if self.missing:
            raise UserError("records.refusal.no_place_column")

    @property
    def needs_confirming(self) -> bool:
        """Whether something was read otherwise than in the template and is not confirmed."""
        how = {column.how for column in self.columns}
        is_new = bool(how & {"usual", "alike", "second"})
        return self.is_open or is_new or (self.header_line > 1 and "kept" not in how)

    def mapping(self, *, with_open: bool = False) -> dict[str, Any]:
        """What may be kept of it, as :func:`read_mapping` takes it back; with "" for what is
        open."""
        questions = [
            question
            for question in self.questions
            if question.is_asked and (question.answer or with_open)
        ]
        answers = {question.code: question.answer for question in questions if not question.word}
        sheet = answers.pop("sheet", "") or self.sheet  # its name stands above the answers
        columns = {column.heading: column.field for column in self.columns}
        words = {field: dict(codes) for field, codes in self.words.items()}
        for question in questions:
            if question.word:
                codes = words.setdefault(question.field, {})
                # a word that was explained before keeps its spelling
                spelled = {normalise_name(word): word for word in reversed(codes)}
                word = spelled.get(normalise_name(question.word), question.word)
                codes[word] = question.answer
        mapping = {"sheet": sheet, "columns": columns, "answers": answers}
        return mapping | ({"words": words} if words else {})


def mapping_bytes(mapping: Mapping[str, Any]) -> bytes:
    """Write a mapping as JSON."""
    return json.dumps(mapping, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def is_mapping(content: bytes) -> bool:
    """Whether a file is a mapping and no table."""
    start = content[:MAPPING_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_small = len(content) <= MAPPING_BYTES and start.startswith(b"{")
    return is_small and b'"columns"' in content and b'"FeatureCollection"' not in content


def read_mapping(content: bytes) -> dict[str, Any]:
    """Read a mapping: headings and their columns, in codes or in the words of the page.

    ``{"Fecha del caso": "fecha"}`` alone will do. UserError where it is none.
    """
    try:
        plain = json.loads(content.decode("utf-8-sig")) if len(content) <= MAPPING_BYTES else None
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise UserError("records.refusal.mapping_unreadable")
    if "columns" not in plain:
        plain = {"columns": plain}
    names = ("sheet", "columns", "answers", "words")
    sheet, columns, answers, words = (plain.get(name) or {} for name in names)
    groups = [columns, answers, *(words.values() if isinstance(words, dict) else [words])]
    if (
        not isinstance(words, dict)
        or not isinstance(sheet or "", str)
        or not all(isinstance(group, dict) for group in groups)
        or not all(isinstance(text, str | None) for group in groups for text in group.values())
    ):
        raise UserError("records.refusal.mapping_unreadable")
    fields_of = {
        heading: _field_code(name, [column.name for column in fields()]) if name else UNUSED
        for heading, name in columns.items()
    }
    sheet = answers.pop("sheet", sheet)
    chosen: dict[str, str] = {}
    for code, answer in answers.items():
        options = OPTIONS.get(code, ())
        option = code_of(answer, options, f"own.ask.{code}.{{}}") if answer else ""
        if option := _allowed(option, code, options or OPTIONS):
            chosen[code] = option
    return {
        "sheet": sheet or "",
        "columns": fields_of,
        "answers": chosen,
        "words": _read_words(words),
    }


def _read_words(words: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    coded = {column.name: column for column in fields() if column.codes}
    codes_of: dict[str, dict[str, str]] = {}
    for name, answers in words.items():
        column = coded[_field_code(name, coded)]
        codes = codes_of[column.name] = {}
        for word, answer in answers.items():
            code = column.code_of(answer) if answer else ""
            if code := _allowed(code, word, [option["code"] for option in column.codes]):
                codes[word] = code
    return codes_of


def _field_code(name: str, allowed: Collection[str]) -> str:
    field = field_of_heading(name)
    code = field.name if field else code_of(name, allowed, "own.field.{}")
    if code not in allowed:
        raise UserError(
            "records.refusal.mapping_field", column=shown_heading(name), limit=", ".join(allowed)
        )
    return str(code)


def _allowed(code: str | None, name: str, allowed: Iterable[str]) -> str:
    """Return the code of an answer, "" for no answer; refuse None."""
    if code is None:
        raise UserError(
            "records.refusal.mapping_answer", column=shown_heading(name), limit=", ".join(allowed)
        )
    return code


def headings_known(mapping: Mapping[str, Any]) -> frozenset[str]:
    """Return the folded headings by which a row of headings is recognised."""
    mapped = {fold_heading(heading) for heading, name in mapping.get("columns", {}).items() if name}
    return frozenset(name for column in fields() for name in column.names) | mapped


def propose(table: RawTable, mapping: Mapping[str, Any]) -> tuple[list[str], Reading]:
    """Return the column of each heading, "" for none, and the reading that says how."""
    mapped = {fold_heading(heading): name for heading, name in mapping.get("columns", {}).items()}
    columns = [_column(heading, mapped) for heading in table.headings]
    names, hows, _ = (
        (list(part) for part in zip(*columns, strict=True)) if columns else ([], [], [])
    )
    for name in set(names) - {UNUSED}:
        likely, *others = sorted(
            (position for position, other in enumerate(names) if other == name),
            key=lambda position: columns[position][2],
        )
        for position in others:
            again = fold_heading(table.headings[position]) == fold_heading(table.headings[likely])
            if again or hows[position] == "kept":
                raise UserError("records.refusal.duplicate_column", column=name)
            names[position], hows[position] = UNUSED, "second"
    words = {field: dict(codes) for field, codes in mapping.get("words", {}).items()}
    reading = Reading(table.sheet, table.header_line, words=words)
    reading.columns = [
        Column(shown_heading(heading), name, how)
        for heading, name, how in zip(table.headings, names, hows, strict=True)
        if heading
    ]
    if len(table.sheets) > 1:
        answer = table.sheet if mapping.get("sheet") == table.sheet else ""
        reading.questions.append(Question("sheet", "", table.sheets, answer))
    return names, reading


def _column(heading: str, mapped: Mapping[str, str]) -> tuple[str, str, tuple[int, float]]:
    """Return the column of a heading, how it was recognised, and a rank: less is surer."""
    folded = fold_heading(heading)
    if (cut := fold_heading(shown_heading(heading))) in mapped:
        return mapped[cut], "kept", (0, 0)
    field = field_of_heading(heading)
    if field is not None:
        how = "template" if is_of_template(heading) else "usual"
        return field.name, how, (1, field.ranks[folded])
    if len(folded) >= _SHORTEST_ALIKE:
        from rapidfuzz import fuzz, process

        names = {word: field.name for field in fields() for word in field.names if len(word) > 3}
        best = process.extractOne(folded, names.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
        if best is not None:
            return names[best[0]], "alike", (2, -best[1])
    return UNUSED, "unknown", (3, 0)


def is_of_template(heading: str) -> bool:
    """Whether a heading is one of the template's, in either language."""
    field = field_of_heading(heading)
    return field is not None and field.ranks[fold_heading(heading)] < len(field.titles)


def ask(
    reading: Reading,
    code: str,
    field_name: str,
    answers: Mapping[str, str],
    *,
    decided: str = "",
    columns: tuple[str, ...] = (),
) -> str:
    """Add a question with its column's decision or its answer; return either, or ""."""
    answer = decided or answers.get(code) or ""
    named = columns or tuple(
        column.heading for column in reading.columns if column.field == field_name
    )
    reading.questions.append(
        Question(code, ", ".join(named), OPTIONS[code], answer, is_asked=not decided)
    )
    return answer


def ask_words(reading: Reading, name: str, written: Mapping[str, str]) -> None:
    """Add a question for each word of a coded column, with its answer if there is one.

    ``written`` has the words by their folded form, the most frequent first.
    """
    codes = tuple(code["code"] for code in field_named(name).codes)
    heading = next((column.heading for column in reading.columns if column.field == name), name)
    explained = {normalise_name(word): code for word, code in reading.words.get(name, {}).items()}
    short = [key for key, word in written.items() if key and len(word) <= WORD_CHARACTERS]
    for key in short[:WORDS_ASKED]:
        answer, word = explained.get(key, ""), written[key]
        reading.questions.append(Question("word", heading, codes, answer, field=name, word=word))
