"""The 25 departments of a period, as rows."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.answers import (
    BASE_HELP,
    PERIOD_HELP,
    Format,
    choose,
    one_line,
    period_code,
    print_rows,
)


@one_line
def regions(
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the 25 departments: reports, rate, expected, ratio, interval, test and verdict."""
    style = Format(choose(format, "format", tuple(Format)))
    from maps.results import results_for
    from maps.rows import plain_rows

    print_rows(plain_rows(results_for(period_code(period), base)), style)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(regions)
