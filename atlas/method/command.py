"""The check of a data folder, and a publisher's files brought into a new one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlas.commands import Format, choose, command_words, print_message, print_rows
from geo.errors import UserError

if TYPE_CHECKING:
    from data.refresh.folder import PeriodChange, Plan, Replacement, Source

_LARGEST = {"complaints": 2_000_000_000, "police": 400_000_000, "mining": 400_000_000}
"""largest size of a file in bytes; the file of complaints may be larger because it is read row by
row
"""
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]
OutOption = Annotated[
    Path | None,
    typer.Option(help="The data folder to write; ATLAS_DATA=FOLDER starts the atlas with it."),
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Write in the place of the data folder that is there.")
]
CheckOption = Annotated[bool, typer.Option("--check", help="Print what changes; write nothing.")]
FormatOption = Annotated[str, typer.Option(help="table, csv or json: how changes print.")]


def check(
    folder: Annotated[
        Path | None, typer.Option(help="A data folder; the one in use by default.")
    ] = None,
) -> None:
    """Validate every table; one line per file, all faults; exit 1 if there is any."""
    from data.validation import validate_catalogue

    faulty = False
    for report in validate_catalogue(folder):
        count = len(report.faults)
        print(f"{report.file}: {report.rows} rows, {f'{count} faults' if count else 'ok'}")
        for fault in report.faults:
            print(f"  {fault}")
        faulty = faulty or bool(report.faults)
    if faulty:
        raise typer.Exit(1)


def complaints(
    files: FilesArgument,
    out: OutOption = None,
    replace: ReplaceOption = False,
    check: CheckOption = False,
    format: FormatOption = "table",
) -> None:
    """Bring the prosecutors' CSV of reported offences, of one year or more, into a folder."""
    from data.refresh.complaints import plan_complaints

    _carry_out("complaints", files, plan_complaints, out, replace, check, format)


def police(
    file: FileArgument,
    out: OutOption = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="The data folder of the edition before: what it printed is known."),
    ] = None,
    first: Annotated[
        bool, typer.Option("--first", help="There is no edition before: nothing is known.")
    ] = False,
    replace: ReplaceOption = False,
    check: CheckOption = False,
    format: FormatOption = "table",
) -> None:
    """Bring the workbook of police complaints of trafficking, with all its years, into a folder."""
    from atlas.results.victim_gate import changed, gated, printed_before
    from data.parsing import text_rows
    from data.police import TABLE
    from data.refresh.folder import rows_in_use
    from data.refresh.police import PoliceReading, plan_police

    if (previous is None) != first:
        raise UserError("command.fault.previous")
    known = printed_before(previous) if previous else []

    def victims(reading: PoliceReading, source: Source) -> dict[str, Replacement]:
        print_message("command.refresh.victims")
        made = gated(reading, source, known)
        if note := changed(rows_in_use(TABLE), text_rows(made[TABLE].content)):
            print_message("command.refresh.note", note=note)
        return made

    _carry_out("police", [file], partial(plan_police, victims=victims), out, replace, check, format)


def mining(
    file: FileArgument,
    out: OutOption = None,
    replace: ReplaceOption = False,
    check: CheckOption = False,
    period: Annotated[
        str, typer.Option(help="Period of a file that does not say it, e.g. 2026Q2.")
    ] = "",
) -> None:
    """Bring polygons of Amazon Mining Watch (GeoJSON, the cumulative file) into a folder."""
    from data.refresh.mining import period_of, plan_mining

    when = period_of(period) if period else None
    if period and when is None:
        raise UserError("command.fault.quarter", value=repr(period))
    _carry_out("mining", [file], partial(plan_mining, period=when), out, replace, check)


def _carry_out(
    kind: str,
    files: list[Path],
    plan: Callable[[Source], Plan],
    out: Path | None,
    replace: bool,
    check: bool,
    format: str = "table",
) -> None:
    """Compare each file with the figures as changed by the files before it, and print the changes.

    Write the folder unless ``check``.
    """
    from atlas.results.edition_changes import (
        changed_conclusions,
        conclusion_lines,
        edition_files,
        with_conclusions,
    )
    from data.catalogue import catalogue, using
    from data.refresh.folder import read_source, require_free, with_plan, write_folder

    style = Format(choose(format, "format", tuple(Format)))
    if (out is None) != check:
        raise UserError("command.fault.refresh")
    if out is not None:
        require_free(out, replace=replace)
    new, counts = catalogue(), list[dict[str, Any]]()
    for path in files:
        begin = time.monotonic()
        source = read_source(path, largest=_LARGEST[kind])
        with using(new):
            changes = plan(source)
            if changes.replacements:
                new = with_plan(kind, source, changes)
        print_message(
            "command.refresh.rows",
            name=source.name,
            size=f"{source.size:,}",
            sha=source.sha256,
            read=f"{changes.rows_read:,}",
            used=f"{changes.rows_used:,}",
            seconds=f"{time.monotonic() - begin:.1f}",
        )
        for note in changes.notes:
            print_message("command.refresh.note", note=note)
        for line in changes.lines:
            print(line)
        if changes.changes:
            rows = [row for change in changes.changes for row in _rows(change)]
            counts += [{"file": source.name, **row} for row in rows if row["what"] != "same"]
            print_rows(rows, style)
        if not changes.replacements:
            print_message("command.refresh.same")
    if out is None:
        print_message("command.refresh.checked")
    else:
        conclusions = changed_conclusions(catalogue(), new)
        beside = edition_files(counts, conclusions)
        write_folder(with_conclusions(new, conclusions), out, replace=replace, beside=beside)
        for line in conclusion_lines(conclusions, command_words()):
            print(line, file=sys.stderr)
        print_message("command.refresh.written", folder=out)


def _rows(change: PeriodChange) -> Iterator[dict[str, Any]]:
    """One row with the totals of a period in a table, then one for each count that differs."""
    what = "same" if change.is_same else "new" if change.before is None else "changed"
    names, every = _PLACES[change.resource]
    total = (*every, change.before, change.after)
    for number, (*place, before, after) in enumerate((total, *change.rows)):
        yield {
            "period": change.period,
            "what": "row" if number else what,
            **dict(zip(names, place, strict=True)),
            "before": before,
            "after": after,
            "replaces": [] if number else list(change.replaces),
        }


_DISTRICTS, _AREAS = ("fiscal_district", "offence"), ("table", "month", "area_ubigeo", "area")
_PLACES = {
    "complaints": (_DISTRICTS, ("(all)", "(both)")),
    "all_offences": (_DISTRICTS, ("(all)", "(all)")),
    "police_complaints": (_AREAS, ("police_complaints", "", "", "(all)")),
    "police_provinces": (_AREAS, ("police_provinces", "", "", "(all)")),
}
"""table to the names of a count's place, and what stands there in the row of the totals"""


def register_catalogue(app: typer.Typer) -> None:
    """Add the group on the data folder and its command."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The data folder.")
    group.command("check")(check)
    app.add_typer(group, name="catalogue")


def register_refresh(app: typer.Typer) -> None:
    """Add the group of refreshers and its commands."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        help="A publisher's newer file, and a whole new data folder from it (docs/refresh.md).",
    )
    for command in (complaints, police, mining):
        group.command()(command)
    app.add_typer(group, name="refresh")
