"""The commands of the map: its page, table and files as they are downloaded there."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, cast
from urllib.parse import urlencode

import typer

from atlas.commands import (
    ADDRESS_HELP,
    BASE_HELP,
    LAYERS_HELP,
    LEVEL_HELP,
    MAP_LEVEL_HELP,
    MEASURE_HELP,
    PERIOD_HELP,
    REGISTRY_HELP,
    RESULT_COLUMNS,
    Format,
    asked_layers,
    asked_period,
    asked_view,
    choose,
    known_address,
    print_message,
    print_rows,
    say_faults,
    with_layers,
    with_second,
    write,
    write_answer,
)
from geo.errors import ParameterError

PeriodOption = Annotated[str, typer.Option(help=PERIOD_HELP)]
RegistryOption = Annotated[str | None, typer.Option(help=REGISTRY_HELP)]
LevelOption = Annotated[str, typer.Option(help=MAP_LEVEL_HELP)]
MeasureOption = Annotated[str, typer.Option(help=MEASURE_HELP)]
BaseOption = Annotated[str, typer.Option(help=BASE_HELP)]
LayersOption = Annotated[str | None, typer.Option(help=LAYERS_HELP)]
LangOption = Annotated[str, typer.Option(help="es or en.")]
AddressOption = Annotated[str, typer.Option(help=ADDRESS_HELP)]
_MarkedOption = Annotated[
    str | None, typer.Option(help="INEI code of a department to mark, 01 to 25.")
]

SECOND_HELP = "A second map beside it, by what differs: registry:police,period:2022."


def write_map(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    period: PeriodOption = "",
    measure: MeasureOption = "",
    base: BaseOption = "people",
    lang: LangOption = "es",
    level: LevelOption = "departments",
    registry: RegistryOption = None,
    layers: LayersOption = None,
) -> None:
    """Write the map as one HTML file that opens with no network."""
    from atlas.map.http import standalone_document

    view = with_layers(asked_view(period, registry, level, measure, base, lang), layers)
    write_answer(out, standalone_document(view).encode("utf-8"))


def regions(
    period: PeriodOption = "",
    base: BaseOption = "people",
    registry: RegistryOption = None,
    level: Annotated[str, typer.Option(help=LEVEL_HELP)] = "departments",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the areas: reports, rate, expected, ratio, interval, test and verdict of each."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.results.regions import results_for
    from atlas.tables import plain_rows

    chosen = asked_period(period, registry, level)
    columns = (level.removesuffix("s"), *RESULT_COLUMNS)
    print_rows(plain_rows(results_for(chosen, base)), style, columns)
    if level == "provinces":
        from data.reports import counts_without_province

        unplaced = int(counts_without_province(chosen).sum())
        print(f"{unplaced} more have no province in the registry", file=sys.stderr)


def series(
    registry: Annotated[str, typer.Option(help="Who counts: mpfn, observatory or police.")],
    department: Annotated[
        str, typer.Option(help="INEI code of two digits; the country unless given.")
    ] = "",
    step: Annotated[str, typer.Option(help="year, half, quarter or month.")] = "year",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the reports of a registry step by step; null where they are not known."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.tables import plain_rows
    from data.reports import load_series

    say_faults()
    print_rows(plain_rows(load_series(registry, step, department or None)), style)


def department(
    code: Annotated[str, typer.Option("--department", help="INEI code of two digits.")],
    out: Annotated[Path, typer.Option(help="The CSV to write.")],
    lang: Annotated[str, typer.Option(help="es or en: headings and words.")] = "es",
    address: AddressOption = "",
) -> None:
    """Write all years of all registries of one department, by each base, as CSV."""
    from atlas.results.department_file import area_csv
    from atlas.words import LANGUAGES

    say_faults()
    content = area_csv(
        code, lang=choose(lang, "language", LANGUAGES), address=known_address(address)
    )
    write_answer(out, content)


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
    write_answer(out, drawn)


def geojson(
    out: Annotated[Path, typer.Option(help="The GeoJSON to write.")],
    period: PeriodOption = "",
    base: BaseOption = "people",
) -> None:
    """Write the 25 departments with their results, outlines and sources as GeoJSON."""
    from atlas.paper.geojson import geojson_bytes

    write_answer(out, geojson_bytes(asked_period(period), base))


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
        names = ", ".join(left_out(view))
        print(f"left out, as no public outlet has it: {names}", file=sys.stderr)
    print_message("command.wrote", file=out)


def brief(
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    department: Annotated[
        str | None, typer.Option(help="INEI code of two digits, for example 17.")
    ] = None,
    province: Annotated[
        str | None, typer.Option(help="INEI code of four digits, for example 1701.")
    ] = None,
    period: PeriodOption = "",
    lang: LangOption = "es",
    registry: RegistryOption = None,
    pages: Annotated[int, typer.Option(help="1, or 2 with years, lists and sources.")] = 1,
    address: AddressOption = "",
    layers: LayersOption = None,
    beside: Annotated[
        str, typer.Option(help="A line of others: neighbour, alike or one to three codes, 08-21.")
    ] = "",
) -> None:
    """Write a brief on a department or province as PDF (A4), with its link and a QR code of it."""
    from atlas.paper.brief_document import brief_bytes
    from atlas.results.province import asked_province_period
    from atlas.results.regions import area_name, department_name
    from atlas.view import BESIDE
    from atlas.words import LANGUAGES

    if out.suffix.lower() != ".pdf":
        raise ParameterError(
            f"a brief as {out.name!r} is not offered: give a name that ends in .pdf"
        )
    if (department is None) == (province is None):
        raise ParameterError("give one of the two: --department or --province")
    lang, address = choose(lang, "language", LANGUAGES), known_address(address)
    overlays = None if layers is None else asked_layers(layers)
    if beside and (province is not None or not re.fullmatch(BESIDE, beside)):
        raise ParameterError(
            f"--beside {beside!r}: neighbour, alike or one to three codes joined by -, only in the "
            "brief of a department"
        )
    if province is not None:
        say_faults()
        span = asked_province_period(period, registry)
        area_name(province)  # refuses one that there is not
    else:
        span = asked_period(period, registry)
        department_name(str(department))  # refuses one that there is not
    content = brief_bytes(
        province or str(department),
        span,
        lang=lang,
        pages=pages,
        address=address,
        layers=overlays,
        beside=beside,
    )
    write_answer(out, content)


def register(app: typer.Typer) -> None:
    """Add the commands on the map and its table."""
    app.command(name="map")(write_map)
    for command in (regions, series, department):
        app.command()(command)


def register_files(app: typer.Typer) -> None:
    """Add the commands that write pictures, shapes, a zip of all and a brief."""
    for command in (picture, geojson, bundle, brief):
        app.command()(command)
