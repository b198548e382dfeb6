"""Checks of the data package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import say_faults


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


def register(app: typer.Typer) -> None:
    """Add the group and its command."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The data package.")
    group.command("check")(check)
    app.add_typer(group, name="catalogue")
