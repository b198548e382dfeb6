"""The lenses on one period: excess, scan, local Moran, Gi*."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from commands.answers import PERIOD_HELP, Format, choose, one_line, period_code, print_rows
from geo.errors import ParameterError
from maps.rows import plain


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
    from maps.hotspots import (
        LENSES,
        LOCAL_REPLICAS,
        REPLICAS,
        SCAN_REPLICAS,
        lens_table,
        scan_table,
    )
    from maps.results import dispersion

    chosen = choose(lens, "lens", LENSES)
    usual = SCAN_REPLICAS if chosen == "scan" else LOCAL_REPLICAS
    count = int(choose(replicas or str(usual), "replicas", tuple(map(str, REPLICAS))))
    code, number = period_code(period), _seed(seed)
    answer: dict[str, Any] = {"lens": chosen, "period": code, "seed": number}
    if chosen == "scan":
        table = scan_table(code, seed=number, replicas=count)
        answer["replicas"] = count
    else:
        table = lens_table(code, chosen, seed=number, replicas=count)
    rows = [{name: _cell(value) for name, value in row.items()} for row in table.to_dict("records")]
    if style is Format.JSON:
        if chosen == "scan":
            # the published shape has one p: that of chance alone
            answer["clusters"] = [
                {name: row[name] for name in row if name != "p_value_overdispersed"} for row in rows
            ]
        else:
            answer["rows"] = rows
        print(json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False))
        return
    if chosen == "scan":
        _say_what_the_seed_decides(rows, count)
    waves = dispersion()
    print(
        f"lens {chosen}, period {code}, seed {number}. p and q without a suffix: chance alone; "
        f"..._overdispersed: counts that vary {waves.phi:.2f} times more "
        f"({waves.low:.2f} to {waves.high:.2f}).",
        file=sys.stderr,
    )
    if rows:
        print_rows(rows, style)


def _say_what_the_seed_decides(rows: list[dict[str, Any]], maps: int) -> None:
    """One line on stderr for each cluster whose grade hangs on the seed."""
    from geo.excess import LEVEL
    from geo.monte_carlo import is_undecided

    for row in rows:
        if is_undecided([row["p_value"], row["p_value_overdispersed"]], replicas=maps).any():
            print(
                f"cluster {'+'.join(row['departments'])}: a p lies within two standard errors of "
                f"{LEVEL}; another seed could move it across",
                file=sys.stderr,
            )


def _cell(value: Any) -> Any:
    """As JSON knows it: a missing or infinite number is null."""
    number = plain(value)
    return None if isinstance(number, float) and abs(number) == float("inf") else number


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ParameterError(f"--seed is {text!r}: give a whole number of 0 or more, 18 digits")
    return int(text)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(hotspots)
