"""refresh population: residents by department (province, district) and year."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.answers import one_line
from commands.refresh_source import AnyHostOption, SourceOption, YesOption, carry_out


@one_line
def population(
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
    from data.refresh.population_plan import plan_population

    carry_out(
        source,
        yes=yes,
        any_host=any_host,
        plan=lambda what, file: plan_population(what, file, replace_years=replace_years),
    )


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(population)
