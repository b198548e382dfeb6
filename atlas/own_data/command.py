"""An organisation's own records: the template, an invented sample, the check row by row."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import choose, one_line, refuse, write
from atlas.own_data.report import Entry, Report
from atlas.words import LANGUAGES, words
from data.readers.limits import UPLOAD_BYTES
from data.readers.refusal import Refusal

FORMATS = ("text", "json")
_SUFFIXES = {".csv": "csv", ".xlsx": "xlsx"}
app = typer.Typer(
    no_args_is_help=True, help="An organisation's own records: template, sample, check."
)


@app.command()
@one_line
def check(
    file: Annotated[
        str, typer.Argument(help="CSV, XLSX, GeoJSON, GeoPackage or zipped Shapefile.")
    ],
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
) -> None:
    """Judge every row of a file; exit code 1 if there is something to look at, 2 if refused."""
    from atlas.own_data.isolation import check_file

    chosen = choose(format, "format", FORMATS)
    try:
        checked = check_file(_content(file))
    except Refusal as refusal:
        reason = words("en")(f"records.refusal.{refusal.code}", **refusal.as_dict())
        refuse(f"records refused: {reason}")
    if chosen == "json":
        print(json.dumps(checked.report.as_dict(), ensure_ascii=False, indent=2))
    else:
        print(_text(checked.report))
    sys.stdout.flush()
    raise typer.Exit(0 if checked.report.is_clean else 1)


@app.command()
@one_line
def template(
    out: Annotated[Path, typer.Option(help="The .csv or .xlsx to write.")],
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
) -> None:
    """Write the empty template."""
    from atlas.own_data.template import template_bytes

    chosen = choose(lang, "language", LANGUAGES)
    write(out, template_bytes(_form(out), lang=chosen))


@app.command()
@one_line
def sample(
    out: Annotated[Path, typer.Option(help="The .csv or .xlsx to write.")],
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
) -> None:
    """Write 300 invented records (datos inventados) to practise with."""
    from atlas.own_data.template import sample_bytes

    chosen = choose(lang, "language", LANGUAGES)
    write(out, sample_bytes(_form(out), lang=chosen))
    print("datos inventados: 300 invented records, nothing in them happened", file=sys.stderr)


def _form(out: Path) -> str:
    form = _SUFFIXES.get(out.suffix.lower())
    if form is None:
        refuse("--out names neither .csv nor .xlsx: choose one of them")
    return form


def _content(file: str) -> bytes:
    """Bytes of a file of this machine; an address is a name that no file has."""
    path = Path(file)
    try:
        if not path.is_file():
            raise Refusal("not_a_file")
        if path.stat().st_size > UPLOAD_BYTES:
            raise Refusal("too_large", limit="5 MB")
        return path.read_bytes()
    except (OSError, ValueError):
        raise Refusal("not_a_file") from None


def _text(report: Report) -> str:
    """The report for the eye: what was noticed, then one line an entry."""
    say, is_refused = words("en"), report.used_count and not report.is_accepted
    fine = "fine but not used" if is_refused else "used"
    lines = [
        f"{report.kind}: {report.row_count:,} rows, {report.used_count:,} {fine}, "
        f"{report.left_out_count:,} left out"
    ]
    if is_refused:
        lines.append("not to be imported: coordinates outside Peru mean that others are wrong too")
    if any(code == "invented" for code, _ in report.notices):
        lines.append("datos inventados / invented data")
    lines += [
        f"note: {say(f'records.notice.{code}', detail=detail)}" for code, detail in report.notices
    ]
    lines += [_line(entry) for entry in report.entries]
    for code, count in report.unlisted.items():
        lines.append(f"and {count:,} more, not listed: {say(f'records.problem.{code}')}")
    lines.append(f"read in {report.isolation}")
    return "\n".join(lines)


def _line(entry: Entry) -> str:
    where = f"line {entry.line}" + (f", {entry.column}" if entry.column else "")
    problem = words("en")(f"records.problem.{entry.code}")
    parts = [f"{where}: {problem}"]
    if entry.came:
        parts.append(f"came: {entry.came}")
    if entry.allowed:
        parts.append(f"allowed: {entry.allowed}")
    if entry.earlier_line is not None:
        parts.append(f"see line {entry.earlier_line}")
    if entry.suggestion:
        likeness = f" ({entry.confidence:.0%} alike)" if entry.confidence else ""
        parts.append(f"suggestion: {entry.suggestion}{likeness}")
    return f"{'LEFT OUT' if entry.is_fault else 'used'}  " + "; ".join(parts)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="records")
