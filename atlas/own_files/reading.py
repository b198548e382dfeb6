"""Record how a spreadsheet is read: sheet, column of each heading, open questions.

A reading is proposed from the file, confirmed by whoever holds it, and kept as a small JSON, the
mapping, that reads the next file of the same form without a question.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
    "sex_m": ("male", "female"),
    "case_number": ("yes", "no"),
    "names": ("yes", "no"),
    "outside": ("nearest", "leave_out"),
    "repeated": ("count", "leave_out"),
    "word": (),
}
"""The questions that may be asked, and the answers to each. For a sheet the answers are the names
of the file's sheets; for a word, the codes of its column.
"""
_FORMER = frozenset({"date_order"})
"""Questions whose answers a mapping may still have, and that nothing depends on any more."""
WORDS_ASKED = 20
"""Words of a column that are asked about, the most frequent; others stay unknown, as a long text
does."""
WORD_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A heading of the file and its column."""

    heading: str
    """as it may be shown."""
    field: str
    """a column of the template, or "" where it is not used."""
    how: str
    """template, usual or alike (a name of ours), kept (the mapping says so), second (another
    column has the field), unknown."""


@dataclass(slots=True)
class SheetQuestion:
    """A question that a cell leaves open: its column decides, or the user is asked."""

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
        """Whether the user still has to answer."""
        return self.is_asked and not self.answer


@dataclass(slots=True)
class SheetReading:
    """How a file is read: the decisions, without any of its values."""

    sheet: str = ""
    header_line: int = 1
    columns: list[SheetColumn] = field(default_factory=list)
    questions: list[SheetQuestion] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    """what somebody has said before, of this file or others: by column, the code of each word."""
    dropped: list[str] = field(default_factory=list)
    """headings of columns that are left out."""
    missing: Literal["", "date", "place"] = ""
    """which column a table lacks without which no record counts."""

    @property
    def is_open(self) -> bool:
        """Whether a question has no answer, or a column is missing."""
        return bool(self.missing) or any(question.is_open for question in self.questions)

    @property
    def refusal(self) -> UserError | None:
        """Why a table without dates or places is refused."""
        if self.missing == "date":
            title = field_named("date").titles["es"] + " / date"
            return UserError("records.refusal.required_column", column=title)
        return UserError("records.refusal.no_place_column") if self.missing else None

    def heading_of(self, field: str) -> str:
        """Headings of the column that has a field, as they may be shown; "" for none."""
        return ", ".join(column.heading for column in self.columns if column.field == field)

    def ask(self, code: str, headings: str, answers: Mapping[str, str], decided: str = "") -> str:
        """Add a question with its column's decision or its answer; return either, or ""."""
        answer = decided or answers.get(code) or ""
        self.questions.append(
            SheetQuestion(code, headings, OPTIONS[code], answer, is_asked=not decided)
        )
        return answer

    def ask_words(self, name: str, written: Mapping[str, str]) -> None:
        """Add a question for each word of a coded column, with its answer if there is one.

        ``written`` has the words by their folded form, the most frequent first.
        """
        codes = tuple(code["code"] for code in field_named(name).codes)
        explained = self.explained(name)
        short = [key for key, word in written.items() if key and len(word) <= WORD_CHARACTERS]
        for key in short[:WORDS_ASKED]:
            self.questions.append(
                SheetQuestion(
                    *("word", self.heading_of(name), codes, explained.get(key, "")),
                    field=name,
                    word=written[key],
                )
            )

    def explained(self, name: str) -> dict[str, str]:
        """Return the codes of words in a column that the user has explained, by folded word."""
        return {normalise_name(word): code for word, code in self.words.get(name, {}).items()}

    @property
    def needs_confirming(self) -> bool:
        """Whether an unconfirmed reading differs from the template."""
        how = {column.how for column in self.columns}
        is_new = bool(how & {"usual", "alike", "second"})
        return self.is_open or is_new or (self.header_line > 1 and "kept" not in how)

    def mapping(self, *, with_open: bool = False) -> dict[str, Any]:
        """Return the part of the reading to store, for :func:`read_mapping`; open answers as ""."""
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
        mapping |= {"drop": self.dropped} if self.dropped else {}
        return mapping | ({"words": words} if words else {})


def mapping_bytes(mapping: Mapping[str, Any]) -> bytes:
    """Write a mapping as JSON."""
    return json.dumps(mapping, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def is_mapping(content: bytes) -> bool:
    """Whether a file is a mapping and no table."""
    start = content[:MAPPING_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_small = len(content) <= MAPPING_BYTES and start.startswith(b"{")
    return is_small and b'"columns"' in content and b'"FeatureCollection"' not in content


_Texts = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Mapping:
    """The form of a mapping in JSON."""

    columns: _Texts = field(default_factory=dict)
    answers: _Texts = field(default_factory=dict)
    words: dict[str, _Texts] = field(default_factory=dict)
    sheet: str = ""
    drop: list[str] = field(default_factory=list)


def read_mapping(content: bytes) -> dict[str, Any]:
    """Read a mapping: headings and their columns, in codes or in the words of the page.

    ``{"Fecha del caso": "fecha"}`` alone will do. UserError where it is none.
    """
    from pydantic import TypeAdapter  # the child has no use for it

    try:
        plain = json.loads(content.decode("utf-8-sig")) if len(content) <= MAPPING_BYTES else None
        if isinstance(plain, dict):
            plain = plain if "columns" in plain else {"columns": plain}
            plain = {name: part for name, part in plain.items() if part}
        mapping = TypeAdapter(_Mapping).validate_python(plain)
    except (ValueError, RecursionError):
        raise UserError("records.refusal.mapping_unreadable") from None
    names = [column.name for column in fields()]
    answers = mapping.answers
    sheet = answers.pop("sheet", mapping.sheet)
    chosen: dict[str, str] = {}
    for code, answer in answers.items():
        if answer and code not in _FORMER:
            options = OPTIONS.get(code, ())
            chosen[code] = _answer(code, answer if answer in options else None, options or OPTIONS)
    return {
        "sheet": sheet or "",
        "columns": {
            heading: _field_code(name, names) if name else UNUSED
            for heading, name in mapping.columns.items()
        },
        "answers": chosen,
        "words": _read_words(mapping.words),
        "drop": mapping.drop,
    }


def _read_words(words: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    coded = {column.name: column for column in fields() if column.codes}
    codes_of: dict[str, dict[str, str]] = {}
    for name, answers in words.items():
        column = coded[_field_code(name, coded)]
        codes = [option["code"] for option in column.codes]
        codes_of[column.name] = {
            word: _answer(word, column.code_of(answer), codes)
            for word, answer in answers.items()
            if answer
        }
    return codes_of


def _field_code(name: str, allowed: Collection[str]) -> str:
    field = field_of_heading(name)
    code = field.name if field else None
    if code not in allowed:
        raise UserError(
            "records.refusal.mapping_field", column=shown_heading(name), limit=", ".join(allowed)
        )
    return str(code)


def _answer(name: str, code: str | None, allowed: Iterable[str]) -> str:
    if not code:
        raise UserError(
            "records.refusal.mapping_answer", column=shown_heading(name), limit=", ".join(allowed)
        )
    return code


def headings_known(mapping: Mapping[str, Any]) -> frozenset[str]:
    """Return the folded headings that identify a heading row."""
    mapped = {fold_heading(heading) for heading, name in mapping.get("columns", {}).items() if name}
    return frozenset(name for column in fields() for name in column.names) | mapped


_Guess = tuple[str, str, tuple[int, float]]
"""Field of a heading, how it was recognised, and a rank: less is surer."""


def propose(table: RawTable, mapping: Mapping[str, Any]) -> tuple[list[str], SheetReading]:
    """Return the column of each heading, "" for none, and the reading that says how."""
    mapped = {fold_heading(heading): name for heading, name in mapping.get("columns", {}).items()}
    guesses = [_guess(heading, mapped) for heading in table.headings]
    for name in {guess[0] for guess in guesses} - {UNUSED}:
        likely, *others = sorted(
            (position for position, guess in enumerate(guesses) if guess[0] == name),
            key=lambda position: guesses[position][2],
        )
        for position in others:
            again = fold_heading(table.headings[position]) == fold_heading(table.headings[likely])
            if again or guesses[position][1] == "kept":
                raise UserError("records.refusal.duplicate_column", column=name)
            guesses[position] = (UNUSED, "second", (3, 0))
    words = {field: dict(codes) for field, codes in mapping.get("words", {}).items()}
    reading = SheetReading(table.sheet, table.header_line, words=words)
    reading.columns = [
        SheetColumn(shown_heading(heading), field, how)
        for heading, (field, how, _) in zip(table.headings, guesses, strict=True)
        if heading
    ]
    if table.unread:
        options = tuple(dict.fromkeys((*table.sheets, table.sheet)))
        is_asked = len(options) > 1  # else a notice says what was not read
        answer = table.sheet if not is_asked or mapping.get("sheet") == table.sheet else ""
        unread = ", ".join(table.unread)
        reading.questions.append(SheetQuestion("sheet", unread, options, answer, is_asked))
    return [field for field, *_ in guesses], reading


def _guess(heading: str, mapped: Mapping[str, str]) -> _Guess:
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
        best = process.extractOne(folded, names.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)  # pyrefly: ignore[no-matching-overload]
        if best is not None:
            return names[best[0]], "alike", (2, -best[1])
    return UNUSED, "unknown", (3, 0)


def is_of_template(heading: str) -> bool:
    """Whether a heading is one of the template's, in either language."""
    field = field_of_heading(heading)
    return field is not None and field.ranks[fold_heading(heading)] < len(field.titles)
