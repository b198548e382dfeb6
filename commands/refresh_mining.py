"""refresh mining: hectares per cell, department and district from detected polygons."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.answers import one_line, refuse
from commands.refresh_source import AnyHostOption, SourceOption, YesOption, carry_out


@one_line
def mining(
    source: SourceOption,
    yes: YesOption = False,
    any_host: AnyHostOption = False,
    period: Annotated[
        str, typer.Option(help="Period of a file that does not say it, e.g. 2026Q2.")
    ] = "",
) -> None:
    """Read polygons of Amazon Mining Watch (GeoJSON); show what changes; write with --yes."""
    from data.refresh.mining import period_of
    from data.refresh.mining_plan import plan_mining

    when = period_of(period) if period else None
    if period and when is None:
        refuse(f"--period is {period!r}: give a year or a quarter, e.g. 2025 or 2026Q2")
    carry_out(
        source,
        yes=yes,
        any_host=any_host,
        plan=lambda what, file: plan_mining(what, file, period=when),
    )


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(mining)
