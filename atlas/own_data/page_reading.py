"""Mis datos: confirm how a spreadsheet is read."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from atlas.html import render
from atlas.own_files.lists import PlanningList
from atlas.own_files.reading import SheetColumn, SheetQuestion, SheetReading, mapping_bytes
from atlas.own_files.report import (
    answer_text,
    column_lines,
    decision_lines,
    field_text,
    missing_text,
    question_text,
)
from atlas.web import own_lists
from atlas.web.components import plain_label
from atlas.web.own_lists import OWN
from atlas.web.upload_report import box_turn, release_files
from atlas.words import Words, file_name
from data.readers.schema import fields

_IN_A_ROW = 3


def confirm_section(waiting: PlanningList, current: PlanningList | None, say: Words) -> None:
    """Draw the reading of a file that waits for confirmation, and take it when confirmed."""
    reading = waiting.report.reading
    assert reading is not None
    with st.container(key="own_read"):
        text = say("own.read.text", file=waiting.file)
        st.html(render("heading", say, title=say("own.read"), text=text))
        lines = decision_lines(reading, say)
        if reading.missing:
            _alert(missing_text(reading, say), say)
        else:
            lines.append(say("own.read.preview", **own_lists.row_counts(waiting, say)))
        st.html(render("own/decisions", say, texts=lines))
        if waiting.refusal is not None and waiting.refusal.key != "records.refusal.unconfirmed":
            _alert(waiting.refusal.text(say), say)
        _form(waiting, reading, say)
        with st.container(horizontal=True, vertical_alignment="center"):
            own_lists.discard_button("records", say, key=OWN.key("discard"))
            if current is not None:
                st.html(kept_html(current, say))


def kept_html(current: PlanningList, say: Words) -> str:
    """Say that the file before this one stays in use."""
    text = say("own.kept", file=current.file, **own_lists.row_counts(current, say))
    return render("paragraph", say, kind="how", text=text)


def _alert(text: str, say: Words) -> None:
    st.html(render("paragraph", say, kind="own-told bad", role="alert", text=text))


def _form(waiting: PlanningList, reading: SheetReading, say: Words) -> None:
    turn = box_turn()
    questions = [question for question in reading.questions if question.is_asked]
    with st.form(OWN.key(f"read_form_{turn}"), border=False):
        if questions:
            st.html(render("heading", say, level="h3", title=say("own.read.questions")))
        answers: dict[str, str] = {}
        for start in range(0, len(questions), 2):
            for place, question in zip(st.columns(2), questions[start : start + 2], strict=False):
                with place:
                    answers[question.name] = _question(question, reading, turn, say)
        text = say("own.read.columns.text")
        title = say("own.read.columns")
        st.html(render("heading", say, level="h3", title=title, text=text))
        numbered = list(enumerate(reading.columns))
        names = _grid([pair for pair in numbered if pair[1].field], turn, say)
        if rest := [pair for pair in numbered if not pair[1].field]:
            count = say.number(len(rest))
            label = say("own.read.others", count=count)
            with st.expander(label, key=OWN.key("read_rest"), expanded=bool(reading.missing)):
                names |= _grid(rest, turn, say)
        if OWN.state.unanswered:
            _alert(OWN.state.unanswered, say)
        is_sent = st.form_submit_button(
            say("own.read.confirm"), key=OWN.key(f"read_confirm_{turn}"), type="primary"
        )
    if is_sent:
        _confirm(waiting, reading, answers, names, say)


def _question(question: SheetQuestion, reading: SheetReading, turn: int, say: Words) -> str:
    answer = question.answer or (reading.sheet if question.code == "sheet" else "")
    text = plain_label(question_text(question, say))
    index = question.options.index(answer) if answer in question.options else None
    key = OWN.key(f"read_{question.code}_{reading.questions.index(question)}_{turn}")

    def words_of(answer: str) -> str:
        return plain_label(answer_text(question, answer, say))

    control: dict[str, Any] = {"index": index, "key": key, "format_func": words_of}
    if question.word:  # of many codes
        hint = say("own.read.choose")
        return st.selectbox(text, question.options, **control, placeholder=hint) or ""
    return st.radio(text, question.options, **control) or ""


def _grid(columns: list[tuple[int, SheetColumn]], turn: int, say: Words) -> dict[int, str]:
    options = ("", *(field.name for field in fields()))
    names: dict[int, str] = {}
    for start in range(0, len(columns), _IN_A_ROW):
        row = columns[start : start + _IN_A_ROW]
        for place, (number, column) in zip(st.columns(_IN_A_ROW), row, strict=False):
            with place:
                names[number] = st.selectbox(
                    plain_label(column.heading),
                    options,
                    index=options.index(column.field),
                    key=OWN.key(f"read_column_{turn}_{number}"),
                    format_func=lambda name: field_text(name, say),
                )
    return names


def _confirm(
    waiting: PlanningList,
    reading: SheetReading,
    answers: dict[str, str],
    names: dict[int, str],
    say: Words,
) -> None:
    used = [name for name in names.values() if name]
    twice = next((name for name in used if used.count(name) > 1), "")
    questions = [
        replace(question, answer=answers[question.name])
        for question in reading.questions
        if question.is_asked
    ]
    unanswered = [question_text(question, say) for question in questions if question.is_open]
    OWN.state.unanswered = ""
    if twice:
        OWN.state.unanswered = say("own.read.twice", name=say(f"own.field.{twice}"))
    elif unanswered:
        OWN.state.unanswered = say("own.read.unanswered", questions=" ".join(unanswered))
    else:
        columns = {column.heading: names[number] for number, column in enumerate(reading.columns)}
        mapping = replace(reading, questions=questions).mapping()
        mapping |= {"sheet": answers.get("sheet", ""), "columns": columns}
        with st.spinner(say("own.reading")):
            own_lists.take_file("records", waiting.file, waiting.content, mapping)
        release_files()
    st.rerun()


def how_read(reading: SheetReading, say: Words) -> None:
    """Draw how a file was read, and offer the mapping of a confirmed one."""
    first, *decided = decision_lines(reading, say)
    if decided:
        st.html(render("paragraph", say, kind="how", text=" ".join(decided)))
    if not any(column.how == "kept" for column in reading.columns):
        return
    mapping = reading.mapping()
    mapping["answers"].pop("names", None)  # those of the next file are others
    with st.expander(say("own.read.how"), key=OWN.key("how")):
        st.html(render("own/decisions", say, texts=[first, *column_lines(reading, say)]))
        st.download_button(
            say("own.read.keep"),
            partial(mapping_bytes, mapping),
            file_name=f"{file_name(say, 'mapping')}.json",
            mime="application/json",
            key=OWN.key("keep"),
            on_click="ignore",
        )
        st.html(render("paragraph", say, kind="how", text=say("own.read.keep.text")))
