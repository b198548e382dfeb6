"""Checks of the data package; figures brought up to date, and the way back to the shipped ones."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlas.commands import (
    LANG_HELP,
    Format,
    choose,
    command_words,
    print_message,
    print_rows,
    say_faults,
)
from atlas.tables import json_value
from atlas.words import LANGUAGES
from data.catalogue import UNSTATED_LICENCE
from geo.errors import UserError

if TYPE_CHECKING:
    from data.refresh.store import PeriodChange, Plan, Source

_USUAL_BYTES = 400_000_000
SourceOption = Annotated[str, typer.Option("--source", help="The official file: path or address.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Write; without it nothing changes.")]
AnyHostOption = Annotated[
    bool, typer.Option("--any-host", help="Ask hosts that the catalogue does not name.")
]
FormatOption = Annotated[str, typer.Option(help="table, csv or json: how changes print.")]
_EVERY_S = 0.2
"""seconds between two looks at a download"""


def check(
    folder: Annotated[
        Path | None, typer.Option(help="A data folder; the shipped one by default.")
    ] = None,
) -> None:
    """Validate every table; one line per file, all faults; exit 1 if there is any."""
    from data.validation import validate_catalogue

    if folder is None:
        say_faults()
    faulty = False
    for report in validate_catalogue(folder):
        count = len(report.faults)
        print(f"{report.file}: {report.rows} rows, {f'{count} faults' if count else 'ok'}")
        for fault in report.faults:
            print(f"  {fault}")
        faulty = faulty or bool(report.faults)
    if faulty:
        raise typer.Exit(1)


def refresh(
    context: typer.Context,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove all refreshed figures: the shipped ones hold.")
    ] = False,
    listed: Annotated[
        bool,
        typer.Option("--list", help="What is shipped or refreshed, how old, where newer is."),
    ] = False,
    format: Annotated[str, typer.Option(help="table, csv or json, for --list.")] = "table",
    lang: Annotated[str, typer.Option(help=LANG_HELP)] = "",
) -> None:
    """Bring figures up to date from official files, or go back to the shipped ones."""
    if lang:
        choose(lang, "language", LANGUAGES)
    if (reset or listed) and (context.invoked_subcommand or reset == listed):
        raise UserError("command.fault.alone")
    if listed:
        _print_list(Format(choose(format, "format", tuple(Format))))
    elif reset:
        from data.refresh import store

        names, say = ", ".join(store.reset()), command_words()
        print(say(f"command.refresh.{'removed' if names else 'shipped'}", names=names))
    elif context.invoked_subcommand is None:
        raise UserError("command.fault.refresh")


def _print_list(style: Format) -> None:
    """Print one row per file of the catalogue; newer addresses and faults below the table."""
    from data.refreshed import freshness

    files = freshness(today=date.today().isoformat())
    rows = [{name: json_value(value) for name, value in asdict(row).items()} for row in files]
    if style is Format.TABLE:
        names = ("resource", "origin", "figures_end", "age_months", "accessed", "source")
        print_rows([{name: row[name] for name in names} for row in rows], style)
        for row in files:
            for address in row.newer:
                say = command_words()
                print(say("command.refresh.newer", name=row.resource, address=address))
    else:
        print_rows(rows, style)
    say_faults()


def _carry_out(
    context: typer.Context,
    plan: Callable[[Source], Plan],
    rows: Callable[[PeriodChange], Iterator[dict[str, Any]]] | None = None,
    largest: int = _USUAL_BYTES,
) -> None:
    """Fetch, plan, print, and with --yes write the whole set or nothing; of figures by period
    ``rows`` says how a change of one prints."""
    from data.refresh.download import fetch
    from data.refresh.store import lock_figures, write_edition

    given = context.params
    style = Format(choose(given.get("format", "table"), "format", tuple(Format)))
    begin = time.monotonic()
    # held from the first look at the figures in use until the new ones are written
    with lock_figures() if given["yes"] else nullcontext() as folder, ExitStack() as stack:
        with progress() as show:
            asked = fetch(
                given["source"], any_host=given["any_host"], largest=largest, progress=show
            )
            file = stack.enter_context(asked)
        source = replace(file, options=tuple(_options(context)))
        changes = plan(source)
        print_message(
            f"command.refresh.{'rows' if rows else 'file'}",
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
        if rows:
            print_rows([row for change in changes.changes for row in rows(change)], style)
        if not changes.replacements:
            print_message(f"command.refresh.{'same' if rows else 'nothing'}")
        elif folder is None:
            print_message("command.refresh.add_yes")
        else:
            write_edition(folder, changes.replacements)
            names = "" if rows else f": {', '.join(changes.replacements)}"
            print_message("command.refresh.written", names=names)


def _options(context: typer.Context) -> Iterator[str]:
    """The options of a command that say what to read and how, but its source."""
    for option in context.command.params:
        value = context.params.get(option.name or "")  # none of --lang, which changes no figure
        if option.name not in ("source", "yes", "format", "lang") and value != option.default:
            yield option.opts[0]
            yield from () if value is True else (str(value),)


def complaints(
    context: typer.Context,
    source: Annotated[
        str, typer.Option(help="The official CSV of one or more years: a file or an address.")
    ],
    yes: YesOption = False,
    any_host: Annotated[
        bool, typer.Option("--any-host", help="Ask a host that the catalogue does not name.")
    ] = False,
    format: FormatOption = "table",
) -> None:
    """Show what the Public Ministry's file of reported offences changes; write it with --yes."""
    from data.refresh.complaints import ALL, plan_complaints
    from data.refresh.download import MAX_BYTES

    def rows(change: PeriodChange) -> Iterator[dict[str, Any]]:
        both = "(both)" if change.resource == "complaints" else ALL
        return _rows(change, ("fiscal_district", "offence"), (ALL, both))

    _carry_out(
        context,
        plan=plan_complaints,
        rows=rows,
        largest=MAX_BYTES,  # it is read row by row
    )


def police(
    context: typer.Context,
    source: Annotated[str, typer.Option(help="The official workbook: a file or an address.")],
    yes: YesOption = False,
    any_host: AnyHostOption = False,
    format: FormatOption = "table",
) -> None:
    """Show what the workbook of police complaints of trafficking changes; write it with --yes."""
    from data.refresh.police import plan_police

    _carry_out(
        context,
        plan=plan_police,
        rows=lambda change: _rows(
            change, ("table", "month", "area_ubigeo", "area"), (change.resource, "", "", "(all)")
        ),
    )


def _rows(
    change: PeriodChange, names: tuple[str, ...], every: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """One row with the totals of a period in a table, then one for each count that differs."""
    what = "same" if change.is_same else "new" if change.before is None else "changed"
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


def mining(
    context: typer.Context,
    source: SourceOption,
    yes: YesOption = False,
    any_host: AnyHostOption = False,
    period: Annotated[
        str, typer.Option(help="Period of a file that does not say it, e.g. 2026Q2.")
    ] = "",
) -> None:
    """Read polygons of Amazon Mining Watch (GeoJSON); show what changes; write with --yes."""
    from data.refresh.mining import period_of, plan_mining

    when = period_of(period) if period else None
    if period and when is None:
        raise UserError("command.fault.quarter", value=repr(period))
    _carry_out(
        context,
        plan=lambda file: plan_mining(file, period=when),
    )


def boundaries(
    context: typer.Context,
    source: SourceOption,
    yes: YesOption = False,
    any_host: AnyHostOption = False,
    level: Annotated[
        str, typer.Option(help="departments, provinces or districts; found unless given.")
    ] = "",
    publisher: Annotated[
        str, typer.Option(help="Who publishes the outlines.")
    ] = "not stated by the file",
    licence: Annotated[
        str, typer.Option(help="Their licence, as the publisher states it.")
    ] = UNSTATED_LICENCE,
) -> None:
    """Read outlines (GeoJSON, zipped Shapefile, GeoPackage); report faults; write with --yes."""
    from atlas.own_files.isolation import run_in_subprocess, while_reading
    from data.readers.limits import REFRESH
    from data.refresh.boundaries import plan_boundaries
    from data.refresh.boundary_codes import LEVELS

    def read_layer(content: bytes) -> dict[str, Any]:
        with while_reading(partial(print_message, "own.reading.still")):
            return run_in_subprocess(content, "layer", largest=REFRESH.bytes)

    chosen = choose(level, "level", LEVELS) if level else None
    _carry_out(
        context,
        plan=lambda file: plan_boundaries(
            file,
            level=chosen,  # pyrefly: ignore[bad-argument-type]
            publisher=publisher,
            licence=licence,
            read_layer=read_layer,
        ),
    )


def population(
    context: typer.Context,
    source: SourceOption,
    yes: YesOption = False,
    any_host: AnyHostOption = False,
    replace_years: Annotated[
        bool,
        typer.Option(
            "--replace-years", help="Take the file's figures for years that the atlas has, too."
        ),
    ] = False,
) -> None:
    """Read INEI's CSV or XLSX; check its totals; show what changes; write with --yes."""
    from data.refresh.population import plan_population

    _carry_out(
        context,
        plan=lambda file: plan_population(file, replace_years=replace_years),
    )


@contextmanager
def progress() -> Iterator[Callable[[int, int | None], None] | None]:
    """Yield what shows a download on one line of stderr; None where that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    written = 0.0

    def show(size: int, total: int | None) -> None:
        nonlocal written
        now = time.monotonic()
        if now - written < _EVERY_S and size != total:
            return
        written = now
        of = " MB"
        if total:
            of = command_words()(
                "command.refresh.of", total=f"{total / 1e6:,.1f}", share=f"{size / total:.0%}"
            )
        print(f"\r\x1b[K{size / 1e6:,.1f}{of}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if written:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def register_catalogue(app: typer.Typer) -> None:
    """Add the group on the data package and its command."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The data package.")
    group.command("check")(check)
    app.add_typer(group, name="catalogue")


def register_refresh(app: typer.Typer) -> None:
    """Add the group of refreshers and its commands."""
    group = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
    group.callback()(refresh)
    for command in (complaints, police, mining, boundaries, population):
        group.command()(command)
    app.add_typer(group, name="refresh")
