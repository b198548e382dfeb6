"""The map of a period as a picture, its figures as GeoJSON, or all of it in one zip."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, cast
from urllib.parse import urlencode

import typer

from atlas.commands import (
    asked_period,
    asked_view,
    choose,
    known_address,
    with_layers,
    with_second,
    write,
)
from atlas.map.command import (
    AddressOption,
    BaseOption,
    LangOption,
    LayersOption,
    LevelOption,
    MeasureOption,
    PeriodOption,
    RegistryOption,
)

_MarkedOption = Annotated[
    str | None, typer.Option(help="INEI code of a department to mark, 01 to 25.")
]

SECOND_HELP = "A second map beside it, by what differs: registry:police,period:2022."


def picture(
    out: Annotated[Path, typer.Option(help="The file to write: .png or .svg.")],
    period: PeriodOption = "",
    measure: MeasureOption = "",
    base: BaseOption = "people",
    lang: LangOption = "es",
    registry: RegistryOption = None,
    level: LevelOption = "departments",
    shape: Annotated[
        str, typer.Option(help="page, wide (16:9, 1920 x 1080) or tall (4:5, 1080 x 1350).")
    ] = "page",
    layers: LayersOption = None,
    department: _MarkedOption = None,
    width_px: Annotated[
        int | None, typer.Option(help="Width in pixels, 320 to 6000, if not the shape's own.")
    ] = None,
    isopleths: Annotated[
        bool, typer.Option(help="Draw the areas that hold 25 to 90 % of the modelled reports.")
    ] = False,
    second: Annotated[str, typer.Option(help=SECOND_HELP)] = "",
    address: AddressOption = "",
) -> None:
    """Write the map with title, legend and source as PNG or SVG, chosen by the suffix."""
    from atlas.paper.picture import picture_bytes
    from layers.picture.sheet import SIZES, Form

    view = asked_view(period, registry, level, measure, base, lang, department)
    view = with_second(with_layers(view, layers), second)
    form = cast(Form, choose(shape, "shape", tuple(SIZES)))
    origin = known_address(address)
    link = f"{origin}/?{urlencode(view.link())}" if origin else ""
    made = date.today()
    drawn = picture_bytes(
        view,
        out.suffix,
        form=form,
        width_px=width_px,
        address=link,
        made=made,
        with_isopleths=isopleths,
    )
    write(out, drawn)
    print(f"wrote {out}", file=sys.stderr)


def geojson(
    out: Annotated[Path, typer.Option(help="The GeoJSON to write.")],
    period: PeriodOption = "",
    base: BaseOption = "people",
) -> None:
    """Write the 25 departments with their results, outlines and sources as GeoJSON."""
    from atlas.paper.geojson import geojson_bytes

    write(out, geojson_bytes(asked_period(period), base))
    print(f"wrote {out}", file=sys.stderr)


def bundle(
    out: Annotated[Path, typer.Option(help="The zip to write.")],
    period: PeriodOption = "",
    measure: MeasureOption = "",
    base: BaseOption = "people",
    lang: Annotated[str, typer.Option(help="es or en, for the README and the pictures.")] = "es",
    registry: RegistryOption = None,
    level: LevelOption = "departments",
    layers: LayersOption = None,
    department: _MarkedOption = None,
    second: Annotated[str, typer.Option(help=SECOND_HELP)] = "",
    address: AddressOption = "",
) -> None:
    """Write all of a view that anybody may have: table, pictures, shapes and a README, as a zip."""
    from atlas.paper.bundle import bundle_bytes, left_out

    view = asked_view(period, registry, level, measure, base, lang, department)
    view = with_second(with_layers(view, layers), second)
    write(out, bundle_bytes(view, address=known_address(address)))
    if left_out(view):
        print(f"left out, as no public outlet has it: {', '.join(left_out(view))}", file=sys.stderr)
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(picture)
    app.command()(geojson)
    app.command()(bundle)
