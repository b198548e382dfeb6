"""Commands for an organisation's records: template, invented sample, check."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atlas.commands import choose, command_words, print_message, refuse, write
from atlas.outputs import require_private
from atlas.own_files.reading import SheetReading
from atlas.own_files.report import (
    Entry,
    Report,
    alike_entries,
    answer_text,
    column_lines,
    decision_lines,
    entry_words,
    line_spans,
    missing_text,
    question_text,
    refusal_message,
    word_of,
)
from atlas.words import LANGUAGES, Words, words
from data.readers.limits import UPLOAD_BYTES
from geo.errors import UserError

if TYPE_CHECKING:
    from geo.privacy.suppression import Protected

FORMATS = ("text", "json")
MOST_CONTENTS = 5
"""What stood in the cells of an entry of many rows: so many of them are repeated."""
_PARTS = {
    "came": "records.text.came",
    "allowed": "records.text.allowed",
    "suggestion": "records.text.suggestion",
}
_SUFFIXES = {".csv": "csv", ".xlsx": "xlsx"}
OutOption = Annotated[Path, typer.Option(help="The .csv or .xlsx to write.")]
LangOption = Annotated[str, typer.Option(help="es or en.")]
app = typer.Typer(
    no_args_is_help=True, help="An organisation's own records: template, sample, check."
)


@app.command()
def check(
    file: Annotated[
        str, typer.Argument(help="CSV, XLSX, GeoJSON, GeoPackage or zipped Shapefile.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="A map of columns that was kept: what its headings mean.")
    ] = None,
    write_mapping: Annotated[
        Path | None, typer.Option(help="Where to keep the map of columns, with its open questions.")
    ] = None,
    drop_columns: Annotated[
        str, typer.Option(help="Columns of personal data to leave out, by commas.")
    ] = "",
    left_out: Annotated[
        Path | None, typer.Option(help="Where to write the rows left out and why, as CSV.")
    ] = None,
    lang: LangOption = "en",
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
) -> None:
    """Judge every row of a file; exit code 1 if there is something to look at, 2 if refused."""
    from atlas.own_files.isolation import check_file
    from atlas.own_files.reading import mapping_bytes, read_mapping
    from atlas.own_files.records import gated_profiles
    from atlas.own_files.report import left_out_csv
    from atlas.tables import plain_rows

    chosen = choose(format, "format", FORMATS)
    say = words(choose(lang, "language", LANGUAGES))
    for option, path in (("--write-mapping", write_mapping), ("--left-out", left_out)):
        if path is not None:
            require_private(path, command_words(), own_folder=True, option=option)
    try:
        confirmed = None if mapping is None else read_mapping(_content(str(mapping)))
        if drop_columns:
            confirmed = {**(confirmed or {}), "drop": drop_columns.split(",")}
        checked = check_file(_content(file), mapping=confirmed)
        reading = checked.report.reading
        if reading is not None and reading.refusal is not None and write_mapping is None:
            raise reading.refusal
    except UserError as refusal:
        reason = refusal_message(refusal).text(say)
        refuse(say("records.text.refused", reason=reason))
    if write_mapping is not None and reading is not None:
        write(write_mapping, mapping_bytes(reading.mapping(with_open=True)))
    if left_out is not None:
        write(left_out, left_out_csv(checked.report, say))
    profiles = gated_profiles(checked) if checked.report.is_accepted else ()
    if chosen == "json":
        plain = checked.report.as_dict() | {
            "profiles": [plain_rows(profile.frame) for profile in profiles]
        }
        print(json.dumps(plain, ensure_ascii=False, indent=2))
    else:
        print("\n".join([*_text(checked.report, say), *_profile_lines(profiles, say)]))
    sys.stdout.flush()
    is_open = reading is not None and reading.is_open
    raise typer.Exit(0 if checked.report.is_clean and not is_open else 1)


@app.command()
def template(
    out: OutOption,
    lang: LangOption = "es",
) -> None:
    """Write the empty template."""
    from atlas.own_data.template import template_bytes

    _make(template_bytes, out, lang)


@app.command()
def sample(
    out: OutOption,
    lang: LangOption = "es",
) -> None:
    """Write 300 invented records (datos inventados) to practise with."""
    from atlas.own_data.template import sample_bytes

    _make(sample_bytes, out, lang)
    print_message("command.invented")


def _make(make: Callable[..., bytes], out: Path, lang: str) -> None:
    form = _SUFFIXES.get(out.suffix.lower())
    chosen = choose(lang, "language", LANGUAGES)
    if form is None:
        raise UserError("command.fault.table_suffix")
    write(out, make(form, lang=chosen))


def _content(file: str) -> bytes:
    path = Path(file)
    try:
        if not path.is_file():
            raise UserError("records.refusal.not_a_file")
        if path.stat().st_size > UPLOAD_BYTES:
            raise UserError("records.refusal.too_large", limit="5 MB")
        return path.read_bytes()
    except (OSError, ValueError):
        raise UserError("records.refusal.not_a_file") from None


def _text(report: Report, say: Words) -> list[str]:
    counts = {
        "rows": say.number(report.row_count),
        "used": say.number(report.used_count),
        "left_out": say.number(report.left_out_count),
    }
    is_refused = report.used_count and report.has_outside
    key = "records.text.rows_refused" if is_refused else "records.text.rows"
    lines = [say(key, kind=report.kind, **counts)]
    if is_refused:
        lines.append(say("records.text.outside"))
    if any(code == "invented" for code, _ in report.notices):
        lines.append("datos inventados / invented data")
    lines += _reading_lines(report.reading, say)
    for code, detail in report.notices:
        notice = say(f"records.notice.{code}", detail=detail)
        lines.append(say("records.text.note", text=notice))
    entries = alike_entries(report).values()
    lines += [_line(same, report, say) for same in entries]
    if entries:
        lines.append(say("records.text.holder"))
    for code, count in report.unlisted.items():
        problem = say(f"records.problem.{code}")
        lines.append(say("records.text.more", count=say.number(count), problem=problem))
    from atlas.own_files.isolation import UNSHARED

    state = "unshared" if report.isolation == UNSHARED else "blocked"
    return [*lines, say(f"records.text.isolation.{state}")]


def _reading_lines(reading: SheetReading | None, say: Words) -> list[str]:
    if reading is None:
        return []
    lines = decision_lines(reading, say)
    lines += [f"  {line}" for line in column_lines(reading, say)]
    if reading.missing:
        lines.append(missing_text(reading, say))
    answered = ""
    for question in reading.questions:
        if not question.is_open:
            continue
        code = f"words.{question.field}" if question.word else question.code
        lines.append(say("records.text.ask", code=code, question=question_text(question, say)))
        if code != answered:  # the words of a column have the same answers
            answers = [
                f"{option} = {answer_text(question, option, say)}" for option in question.options
            ]
            lines.append("  " + say("records.text.answers", answers="; ".join(answers)))
            answered = code
    return [*lines, say("records.text.open")] if reading.is_open else lines


def _line(same: list[Entry], report: Report, say: Words) -> str:
    """Write an entry of one row or of many, with the contents of some of their cells."""
    entry = same[0]
    line = line_spans((entry.line for entry in same), report.sheets)
    where = say("records.text.line", count=len(same), line=line)
    texts = entry_words(entry, report, say)
    came = list(dict.fromkeys(entry.came for entry in same if entry.came))
    texts["came"] = " | ".join(came[:MOST_CONTENTS]) + (" | …" if len(came) > MOST_CONTENTS else "")
    parts = [f"{', '.join(filter(None, (where, texts['column'])))}: {texts['what']}"]
    parts += [say(key, text=texts[name]) for name, key in _PARTS.items() if texts[name]]
    done = say("records.text.out" if entry.is_fault else "own.done.used")
    return f"{done}  {'; '.join(parts)}"


def _profile_lines(profiles: Iterable[Protected], say: Words) -> list[str]:
    lines = []
    for profile in profiles:
        frame = profile.frame
        names = [name for name in frame.columns if name not in ("reported_count", "is_suppressed")]
        heads = say.list(say(f"own.field.{name}").lower() for name in names)
        lines.append(say("records.text.profile", names=heads))
        for row in frame[~frame["is_suppressed"]].to_dict("records"):
            cells = [word_of(name, row[name], say) for name in names]
            lines.append(f"  {', '.join(cells)}: {say.number(row['reported_count'])}")
        lines.append("  " + say("records.text.hidden", hidden=profile.hidden_as))
    return lines


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="records")
