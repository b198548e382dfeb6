"""The density of a period, or of points of one's own, as a GeoTIFF."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from atlas.commands import (
    PERIOD_HELP,
    REGISTRY_HELP,
    asked_period,
    choose,
    positive,
    require_private,
    write,
)
from atlas.hotspots.command import progress_bar
from geo.errors import UserError

POINT_OPTIONS = ("longitude", "latitude", "weight", "crs", "ungated", "by_department", "scheduler")
"""Options that mean nothing without --points."""


def density(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="The GeoTIFF to write.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
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
        list[str] | None,
        typer.Option(
            help="Your own points, CSV or .parquet, instead of a period: a file or a quoted "
            "pattern such as 'cases-*.parquet'; may be given more than once."
        ),
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
    by_department: Annotated[
        bool,
        typer.Option("--by-department", help="With --ungated: also count records by department."),
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="With --points: let the workers of this Dask scheduler read them, "
            "tcp://HOST:PORT or tls://HOST:PORT."
        ),
    ] = None,
) -> None:
    """Write the density of a period's reports, or classes of your own points, as a GeoTIFF."""
    from atlas.results.density import KERNELS, density_geotiff

    def is_given(name: str) -> bool:
        source = context.get_parameter_source(name)
        return source is not None and source.name != "DEFAULT"

    chosen = choose(kernel, "kernel", KERNELS)
    bandwidth = None if bandwidth_km == "auto" else positive(bandwidth_km, "--bandwidth-km")
    cell = positive(cell_km, "--cell-km")
    if not points:
        idle = [f"--{name.replace('_', '-')}" for name in POINT_OPTIONS if is_given(name)]
        if idle:
            raise UserError("command.fault.points", names=", ".join(idle))
        content, note = density_geotiff(
            asked_period(period, registry),
            bandwidth_km=bandwidth,
            cell_km=cell,
            kernel=chosen,
            evidence_share=None if evidence_share is None else _share(evidence_share),
        )
        notes = [note]
    else:
        from atlas.results.points import protected_geotiff, require_address, ungated_geotiff
        from data.points import PointFiles, named_files

        for name in ("period", "registry", "evidence_share"):
            if is_given(name):
                option = "--" + name.replace("_", "-")
                raise UserError("command.fault.points_apart", name=option)
        require_private(out)
        if by_department and not ungated:
            raise UserError("command.fault.ungated")
        if scheduler is not None:
            require_address(scheduler)
        files = PointFiles(named_files(points), longitude, latitude, weight, crs, scheduler)
        asked: dict[str, Any] = {
            "bandwidth_km": bandwidth,
            "cell_km": cell if is_given("cell_km") else None,
            "kernel": chosen,
        }
        count = len(files.paths)
        with progress_bar(1000, f"reading {count} file{'s' * (count > 1)}") as progress:
            if ungated:
                content, notes = ungated_geotiff(
                    files, by_department=by_department, progress=progress, **asked
                )
            else:
                content, notes = protected_geotiff(files, progress=progress, **asked)
    write(out, content)
    for line in notes:
        print(line, file=sys.stderr)


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError("command.fault.evidence_share", value=text) from None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(density)
