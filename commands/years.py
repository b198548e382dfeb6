"""The departments over the years: what changed between two periods, and the lasting level."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from commands.answers import Format, choose, one_line, period_code, print_rows, say_faults

if TYPE_CHECKING:
    import pandas as pd

CHANGE_KEYS = ["department_ubigeo", "ratio", "low", "high", "p_value", "q_value", "verdict"]
LEVEL_KEYS = [
    "department_ubigeo", "level", "low", "high", "probability_above", "next_low", "next_high",
]  # fmt: skip


@one_line
def change(
    before: Annotated[str, typer.Option("--from", help="The earlier period's code, e.g. 2021.")],
    after: Annotated[str, typer.Option("--to", help="The later period's code, e.g. 2023.")],
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print what changed in the 25 departments by more than they usually change in such a time."""
    style = Format(choose(format, "format", tuple(Format)))
    from maps.change import change_for

    table = change_for(period_code(before), period_code(after))
    _print(table[CHANGE_KEYS], style)
    if style is Format.TABLE:
        apart = table.attrs["years_apart"]
        print(
            f"ratio: {after} over {before}, 1 = as the country, which moved to "
            f"{table.attrs['country']:.2f} times its rate. Departments usually change in "
            f"{apart:g} {'year' if apart == 1 else 'years'} with kappa "
            f"{table.attrs['kappa']:.3f}.",
            file=sys.stderr,
        )


@one_line
def level(
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the level of the 25 departments over all years: what stays when waves pass."""
    style = Format(choose(format, "format", tuple(Format)))
    from maps.level import level_for

    say_faults()
    table = level_for()
    _print(table[LEVEL_KEYS], style)
    if style is Format.TABLE:
        print(
            f"periods {', '.join(table.attrs['periods'])}. level: ratio to the country's rate; "
            "next: 90 % interval of the next year's ratio.",
            file=sys.stderr,
        )


def _print(table: pd.DataFrame, style: Format) -> None:
    """A ratio from zero upwards and its open end are null, as a missing number is."""
    from maps.rows import plain_rows

    print_rows(plain_rows(table.replace(float("inf"), float("nan"))), style)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(change)
    app.command()(level)
