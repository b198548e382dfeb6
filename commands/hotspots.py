"""The lenses on one period: excess, scan, local Moran, Gi*."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from commands.answers import PERIOD_HELP, Format, choose, one_line, period_code, print_rows
from geo.errors import ParameterError
from maps.rows import plain_rows


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
    from maps.hotspots import LENSES, REPLICAS, SCAN_REPLICAS, lens_table, scan_table

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
    from maps.results import overdispersion

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
    from geo.scan import is_undecided

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


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(hotspots)
