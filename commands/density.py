"""The density of a period, or of points of one's own, as a GeoTIFF."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.answers import choose, one_line, period_code, positive, write
from commands.private_path import require_private
from geo.errors import ParameterError

POINT_OPTIONS = ("longitude", "latitude", "weight", "crs", "ungated")
"""Options that mean nothing without --points."""


@one_line
def density(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The GeoTIFF to write.")],
    period: Annotated[str, typer.Option(help="A period's code.")] = "2023",
    bandwidth_km: Annotated[
        str, typer.Option(help="Standard deviation of the kernel in km, or auto.")
    ] = "40",
    cell_km: Annotated[
        str, typer.Option(help="Side of a cell in km; with --points half a bandwidth if not given.")
    ] = "5",
    kernel: Annotated[str, typer.Option(help="gaussian or quartic.")] = "gaussian",
    evidence_share: Annotated[
        str | None,
        typer.Option(help="0 to 1: part of each count that goes to mining evidence; none if not."),
    ] = None,
    points: Annotated[
        Path | None, typer.Option(help="Your own points, CSV or .parquet, instead of a period.")
    ] = None,
    longitude: Annotated[str, typer.Option(help="Column of --points, x.")] = "longitude",
    latitude: Annotated[str, typer.Option(help="Column of --points, y.")] = "latitude",
    weight: Annotated[
        str | None, typer.Option(help="Column of --points, cases of a row; 1 if not given.")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(help="CRS of --points, such as EPSG:32718; WGS84 degrees if not given."),
    ] = None,
    ungated: Annotated[
        bool, typer.Option("--ungated", help="The density itself, for local use only.")
    ] = False,
) -> None:
    """Write the density of a period's reports, or classes of your own points, as a GeoTIFF."""
    from maps.density import KERNELS, density_geotiff

    def is_given(name: str) -> bool:
        source = context.get_parameter_source(name)
        return source is not None and source.name != "DEFAULT"

    chosen = choose(kernel, "kernel", KERNELS)
    bandwidth = None if bandwidth_km == "auto" else positive(bandwidth_km, "--bandwidth-km")
    cell = positive(cell_km, "--cell-km")
    if points is None:
        idle = [f"--{name}" for name in POINT_OPTIONS if is_given(name)]
        if idle:
            raise ParameterError(f"{', '.join(idle)} without --points: name the file of points")
        content, note = density_geotiff(
            period_code(period),
            bandwidth_km=bandwidth,
            cell_km=cell,
            kernel=chosen,
            evidence_share=None if evidence_share is None else _share(evidence_share),
        )
        notes = [note]
    else:
        from maps.own_points import PointFile, protected_geotiff, ungated_geotiff

        for name in ("period", "evidence_share"):
            if is_given(name):
                option = "--" + name.replace("_", "-")
                raise ParameterError(f"{option} and --points exclude each other: give one")
        require_private(out)
        make = ungated_geotiff if ungated else protected_geotiff
        content, notes = make(
            PointFile(points, longitude, latitude, weight, crs),
            bandwidth_km=bandwidth,
            cell_km=cell if is_given("cell_km") else None,
            kernel=chosen,
        )
    write(out, content)
    for line in notes:
        print(line, file=sys.stderr)


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f"--evidence-share is {text!r}: give a number, 0 to 1") from None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(density)
