"""The map of a period as a picture, or its figures as GeoJSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import BASE_HELP, PERIOD_HELP, choose, one_line, period_code, write


@one_line
def picture(
    out: Annotated[Path, typer.Option(help="The file to write: .png or .svg.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    measure: Annotated[str, typer.Option(help="count, rate, smr or verdict.")] = "smr",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
    width_px: Annotated[int, typer.Option(help="Width in pixels, 320 to 6000.")] = 1600,
    isopleths: Annotated[
        bool, typer.Option(help="Draw the areas that hold 25 to 90 % of the modelled reports.")
    ] = False,
) -> None:
    """Write the map with title, legend and source as PNG or SVG, chosen by the suffix."""
    from atlas.map.state import BASES, MEASURES, MapState
    from atlas.picture.model import picture_bytes
    from atlas.words import LANGUAGES

    state = MapState(
        lang=choose(lang, "language", LANGUAGES),
        period=period_code(period),
        measure=choose(measure, "measure", MEASURES),
        base=choose(base, "base", BASES),
    )
    if isopleths:
        state = state.with_(overlays=(*state.overlays, "density"))
    write(out, picture_bytes(state, out.suffix, width_px=width_px))
    print(f"wrote {out}", file=sys.stderr)


@one_line
def geojson(
    out: Annotated[Path, typer.Option(help="The GeoJSON to write.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
) -> None:
    """Write the 25 departments with their results, outlines and sources as GeoJSON."""
    from atlas.map.geojson import geojson_bytes

    write(out, geojson_bytes(period_code(period), base))
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command()(picture)
    app.command()(geojson)
