"""The lenses on one period, change and level, from a terminal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlas.commands import (
    PERIOD_HELP,
    Format,
    choose,
    one_line,
    period_code,
    print_rows,
    say_faults,
)
from atlas.tables import plain_rows
from geo.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd


@one_line
def hotspots(
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    lens: Annotated[str, typer.Option(help="excess, scan, moran or gistar.")] = "excess",
    seed: Annotated[str, typer.Option(help="Seed of the simulated maps, a whole number.")] = "1",
    replicas: Annotated[
        str,
        typer.Option(help="Simulated maps: 999 or 9999. Default: 9999.", show_default=False),
    ] = "",
    format: Annotated[str, typer.Option(help="json or table.")] = "table",
) -> None:
    """Print what one lens finds in one period; the same seed prints the same bytes."""
    style = Format(choose(format, "format", ("json", "table")))
    from atlas.hotspots.model import LENSES, REPLICAS, SCAN_REPLICAS, lens_table, scan_table

    chosen = choose(lens, "lens", LENSES)
    count = int(choose(replicas or str(SCAN_REPLICAS), "replicas", tuple(map(str, REPLICAS))))
    code, number = period_code(period), _seed(seed)
    answer: dict[str, Any] = {"lens": chosen, "period": code, "seed": number}
    if chosen == "scan":
        table = scan_table(code, seed=number, replicas=count)
        answer["replicas"] = count
    else:
        table = lens_table(code, chosen, seed=number, replicas=count)
    rows = plain_rows(table)
    if style is Format.JSON:
        answer["clusters" if chosen == "scan" else "rows"] = rows
        print(json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False))
        return
    if chosen == "scan":
        _say_what_the_seed_decides(rows, count)
    print(f"lens {chosen}, period {code}, seed {number}. {_null(chosen)}", file=sys.stderr)
    if rows:
        print_rows(rows, style)


def _null(lens: str) -> str:
    """What p is measured against."""
    from atlas.map.model import overdispersion

    if lens in ("moran", "gistar"):
        return "p: rates shuffled over the departments."
    kappa = overdispersion()
    return (
        "p: one rate for all, with the waves of yearly reports "
        f"(kappa {kappa.kappa:.3f}, {kappa.kappas[0]:.3f} to {kappa.kappas[-1]:.3f})."
    )


def _say_what_the_seed_decides(rows: list[dict[str, Any]], maps: int) -> None:
    """One line on stderr for each cluster that another seed may put across the level."""
    from geo.excess import LEVEL
    from geo.hotspots.scan import is_undecided

    for row in rows:
        if is_undecided(row["p_value"], replicas=maps):
            print(
                f"cluster {'+'.join(row['departments'])}: p lies within two standard errors of "
                f"{LEVEL}; another seed could move it across",
                file=sys.stderr,
            )


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ParameterError(f"--seed is {text!r}: give a whole number of 0 or more, 18 digits")
    return int(text)


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
    from atlas.hotspots.years import change_for

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
    from atlas.hotspots.years import level_for

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
    print_rows(plain_rows(table.replace(float("inf"), float("nan"))), style)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(hotspots)
    app.command()(change)
    app.command()(level)
