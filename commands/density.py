"""The modelled density of a period as a GeoTIFF."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.answers import choose, one_line, period_code, positive, write


@one_line
def density(
    out: Annotated[Path, typer.Option(help="The GeoTIFF to write.")],
    period: Annotated[str, typer.Option(help="A period's code.")] = "2023",
    bandwidth_km: Annotated[
        str, typer.Option(help="Standard deviation of the kernel in km, or auto.")
    ] = "40",
    cell_km: Annotated[str, typer.Option(help="Side of a cell in km.")] = "5",
    kernel: Annotated[str, typer.Option(help="gaussian or quartic.")] = "gaussian",
) -> None:
    """Write the modelled density of reports (cases per km2) as a GeoTIFF."""
    from maps.density import KERNELS, density_geotiff

    chosen = choose(kernel, "kernel", KERNELS)
    bandwidth = None if bandwidth_km == "auto" else positive(bandwidth_km, "--bandwidth-km")
    cell = positive(cell_km, "--cell-km")
    content, note = density_geotiff(
        period_code(period), bandwidth_km=bandwidth, cell_km=cell, kernel=chosen
    )
    write(out, content)
    print(note, file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(density)
