"""The map of a period as one file, and its departments as rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

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
    Format,
    asked_period,
    asked_view,
    choose,
    known_address,
    print_rows,
    with_layers,
    write,
)

PeriodOption = Annotated[str, typer.Option(help=PERIOD_HELP)]
RegistryOption = Annotated[str | None, typer.Option(help=REGISTRY_HELP)]
LevelOption = Annotated[str, typer.Option(help=MAP_LEVEL_HELP)]
MeasureOption = Annotated[str, typer.Option(help=MEASURE_HELP)]
BaseOption = Annotated[str, typer.Option(help=BASE_HELP)]
LayersOption = Annotated[str | None, typer.Option(help=LAYERS_HELP)]
LangOption = Annotated[str, typer.Option(help="es or en.")]
AddressOption = Annotated[str, typer.Option(help=ADDRESS_HELP)]


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
    write(out, standalone_document(view).encode("utf-8"))
    print(f"wrote {out}", file=sys.stderr)


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
    print_rows(plain_rows(results_for(chosen, base)), style)
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
    from atlas.commands import say_faults
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
    from atlas.commands import say_faults
    from atlas.results.department_file import area_csv
    from atlas.words import LANGUAGES

    say_faults()
    content = area_csv(
        code, lang=choose(lang, "language", LANGUAGES), address=known_address(address)
    )
    write(out, content)
    print(f"wrote {out}", file=sys.stderr)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="map")(write_map)
    app.command()(regions)
    app.command()(series)
    app.command()(department)
