"""refresh boundaries: outlines of departments, provinces or districts."""

from __future__ import annotations

from typing import Annotated

import typer

from commands.answers import choose, one_line
from commands.refresh_source import AnyHostOption, SourceOption, YesOption, carry_out


@one_line
def boundaries(
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
    ] = "not stated by the publisher",
) -> None:
    """Read outlines (GeoJSON, zipped Shapefile, GeoPackage); report faults; write with --yes."""
    from data.refresh.boundaries_plan import plan_boundaries
    from data.refresh.boundary_codes import LEVELS

    chosen = choose(level, "level", LEVELS) if level else None
    carry_out(
        source,
        yes=yes,
        any_host=any_host,
        plan=lambda what, file: plan_boundaries(
            what,
            file,
            level=chosen,  # type: ignore[arg-type]
            publisher=publisher,
            licence=licence,
        ),
    )


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command()(boundaries)
