"""How a spreadsheet is read: its sheet, the column of each heading, what somebody has to say.

A reading is proposed from the file, confirmed by whoever holds it, and kept as a small JSON, the
mapping, that reads the next file of the same form without a question.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
    """What a cell alone leaves open: decided by its column, or asked."""

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
        """What tells it from all others of a file."""
        return f"{self.code}.{self.field}.{normalise_name(self.word)}" if self.word else self.code

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.is_asked and not self.answer


@dataclass(slots=True)
class Reading:
    """Every decision about a file, none of its values."""

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
        return bool(self.missing) or any(one.is_open for one in self.questions)

    def require_columns(self) -> None:
        """UserError for a table without dates or places."""
        if self.missing == "date":
            title = field_named("date").titles["es"] + " / date"
            raise UserError("records.refusal.required_column", column=title)
        if self.missing:
            raise UserError("records.refusal.no_place_column")

    @property
    def needs_confirming(self) -> bool:
        """Whether anything was read otherwise than the template has it, and nobody confirmed it."""
        is_new = any(one.how in ("usual", "alike", "second") for one in self.columns)
        is_confirmed = any(one.how == "kept" for one in self.columns)
        return self.is_open or is_new or (self.header_line > 1 and not is_confirmed)

    def mapping(self, *, with_open: bool = False) -> dict[str, Any]:
        """What may be kept of it, as :func:`read_mapping` takes it back; with "" for what is
        open."""
        asked = [one for one in self.questions if one.is_asked and (one.answer or with_open)]
        answers = {one.code: one.answer for one in asked if not one.word}
        sheet = answers.pop("sheet", "") or self.sheet  # its name stands above the answers
        columns = {one.heading: one.field for one in self.columns}
        words = {name: dict(said) for name, said in self.words.items()}
        for one in asked:
            if one.word:
                said = words.setdefault(one.field, {})
                earlier = next(
                    (word for word in said if normalise_name(word) == normalise_name(one.word)),
                    one.word,
                )
                said[earlier] = one.answer
        kept = {"sheet": sheet, "columns": columns, "answers": answers}
        return kept | ({"words": words} if words else {})


def reading_from(plain: Mapping[str, Any]) -> Reading:
    """The reading that crossed from the child as :func:`dataclasses.asdict` writes it."""
    columns = [Column(**one) for one in plain["columns"]]
    questions = [
        Question(**{**one, "options": tuple(one["options"])}) for one in plain["questions"]
    ]
    return Reading(**{**plain, "columns": columns, "questions": questions})


def mapping_bytes(mapping: Mapping[str, Any]) -> bytes:
    """A mapping as the JSON that is kept."""
    return json.dumps(mapping, ensure_ascii=False, indent=2).encode("utf-8") + b"\n"


def is_mapping(content: bytes) -> bool:
    """Whether a file is a kept mapping and no table."""
    start = content[:MAPPING_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_small = len(content) <= MAPPING_BYTES and start.startswith(b"{")
    return is_small and b'"columns"' in content and b'"FeatureCollection"' not in content


def read_mapping(content: bytes) -> dict[str, Any]:
    """Take back a mapping: headings and what they stand for, in our words or the page's.

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
    sheet, columns, answers = (plain.get(name) or {} for name in ("sheet", "columns", "answers"))
    words = plain.get("words") or {}
    if not isinstance(words, dict):
        raise UserError("records.refusal.mapping_unreadable")
    pairs = [columns, answers, *words.values()]
    if not all(isinstance(one, dict) for one in pairs) or not isinstance(sheet or "", str):
        raise UserError("records.refusal.mapping_unreadable")
    for one in pairs:
        if not all(isinstance(text, str | None) for text in one.values()):
            raise UserError("records.refusal.mapping_unreadable")
    told: dict[str, str] = {}
    names = [one.name for one in fields()]
    for heading, name in columns.items():
        known = field_of_heading(name) if name else None
        code = known.name if known else code_of(name or "", names, "own.field.{}")
        if name and code is None:
            raise UserError(
                "records.refusal.mapping_field", column=shown_heading(name), limit=", ".join(names)
            )
        told[heading] = code or UNUSED
    sheet = answers.pop("sheet", sheet)
    chosen: dict[str, str] = {}
    for code, answer in answers.items():
        options = OPTIONS.get(code, ())
        option = code_of(answer or "", options, f"own.ask.{code}.{{}}")
        if answer and option is None:
            allowed = ", ".join(options or OPTIONS)
            raise UserError(
                "records.refusal.mapping_answer", column=shown_heading(code), limit=allowed
            )
        if option:
            chosen[code] = option
    return {"sheet": sheet or "", "columns": told, "answers": chosen, "words": _read_words(words)}


def _read_words(words: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    """What words of a column stand for, in codes; those that nobody has answered are left out."""
    coded = {one.name: one for one in fields() if one.codes}
    read: dict[str, dict[str, str]] = {}
    for name, said in words.items():
        known = field_of_heading(name)
        code = known.name if known else code_of(name, coded, "own.field.{}")
        if code not in coded:
            raise UserError(
                "records.refusal.mapping_field", column=shown_heading(name), limit=", ".join(coded)
            )
        column = coded[code]
        read[code] = {}
        for word, answer in said.items():
            option = column.code_of(answer) if answer else ""
            if option is None:
                allowed = ", ".join(one["code"] for one in column.codes)
                raise UserError(
                    "records.refusal.mapping_answer", column=shown_heading(word), limit=allowed
                )
            if option:
                read[code][word] = option
    return read


def headings_known(mapping: Mapping[str, Any]) -> frozenset[str]:
    """Folded headings by which a row is seen to be that of headings."""
    kept = {fold_heading(one) for one, name in mapping.get("columns", {}).items() if name}
    return frozenset(name for column in fields() for name in column.names) | kept


def propose(table: RawTable, mapping: Mapping[str, Any]) -> tuple[list[str], Reading]:
    """The column of the template for each heading, "" for none, and the reading that says how."""
    kept = {fold_heading(heading): name for heading, name in mapping.get("columns", {}).items()}
    found = [_column(heading, kept) for heading in table.headings]
    names = [name for name, _, _ in found]
    hows = [how for _, how, _ in found]
    for name in {one for one in names if one}:
        same = [at for at, one in enumerate(names) if one == name]
        likely = min(same, key=lambda at: found[at][2])
        for at in same:
            if at == likely:
                continue
            again = fold_heading(table.headings[at]) == fold_heading(table.headings[likely])
            if again or hows[at] == "kept":
                raise UserError("records.refusal.duplicate_column", column=name)
            names[at], hows[at] = UNUSED, "second"
    words = {name: dict(said) for name, said in mapping.get("words", {}).items()}
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


def _column(heading: str, kept: Mapping[str, str]) -> tuple[str, str, tuple[int, float]]:
    """What a heading stands for, how that is known, and how surely: less is surer."""
    folded = fold_heading(heading)
    if (cut := fold_heading(shown_heading(heading))) in kept:
        return kept[cut], "kept", (0, 0)
    known = field_of_heading(heading)
    if known is not None:
        how = "template" if is_of_template(heading) else "usual"
        return known.name, how, (1, known.ranks[folded])
    if len(folded) >= _SHORTEST_ALIKE:
        from rapidfuzz import fuzz, process

        names = {word: one.name for one in fields() for word in one.names if len(word) > 3}
        best = process.extractOne(folded, names.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
        if best is not None:
            return names[best[0]], "alike", (2, -best[1])
    return UNUSED, "unknown", (3, 0)


def is_of_template(heading: str) -> bool:
    """Whether a heading is one of the template's own, in either language."""
    known = field_of_heading(heading)
    return known is not None and known.ranks[fold_heading(heading)] < len(known.titles)


def ask(
    reading: Reading,
    code: str,
    field_name: str,
    answers: Mapping[str, str],
    *,
    decided: str = "",
    options: tuple[str, ...] = (),
    columns: tuple[str, ...] = (),
) -> str:
    """Note a question with what its column decided, else with its answer; return either or ""."""
    answer = decided or answers.get(code) or ""
    named = columns or tuple(one.heading for one in reading.columns if one.field == field_name)
    reading.questions.append(
        Question(code, ", ".join(named), options or OPTIONS[code], answer, is_asked=not decided)
    )
    return answer


def ask_words(reading: Reading, name: str, written: Mapping[str, str]) -> None:
    """Note a question for each word of a coded column, with its answer where somebody gave one.

    ``written`` has the words by their folded form, the most frequent first.
    """
    codes = tuple(one["code"] for one in field_named(name).codes)
    heading = next((one.heading for one in reading.columns if one.field == name), name)
    said = {normalise_name(word): code for word, code in reading.words.get(name, {}).items()}
    short = [key for key, word in written.items() if key and len(word) <= WORD_CHARACTERS]
    for key in short[:WORDS_ASKED]:
        answer, word = said.get(key, ""), written[key]
        reading.questions.append(Question("word", heading, codes, answer, field=name, word=word))
