"""The map of a period as one file, and its departments as rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import (
    BASE_HELP,
    PERIOD_HELP,
    Format,
    choose,
    one_line,
    period_code,
    print_rows,
    refuse,
    write,
)


@one_line
def write_map(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    measure: Annotated[
        str,
        typer.Option(
            help="count, rate, smr or verdict; below the department people, per_km2, mined."
        ),
    ] = "",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
    level: Annotated[
        str, typer.Option(help="departments; provinces or districts after refresh boundaries.")
    ] = "departments",
) -> None:
    """Write the map as one HTML file that opens with no network."""
    from atlas.map.routes import standalone_document
    from atlas.map.state import AREA_MEASURES, BASES, LEVELS, MEASURES, MapState, available_levels
    from atlas.words import LANGUAGES

    state = MapState(
        lang=choose(lang, "language", LANGUAGES),
        period=period_code(period),
    )
    if level in LEVELS and level not in available_levels():
        refuse(
            f"no outlines of {level} here: bring them with refresh boundaries --source FILE_OR_URL"
        )
    if choose(level, "level", LEVELS) == LEVELS[0]:
        state = state.with_(
            measure=choose(measure or state.measure, "measure", MEASURES),
            base=choose(base, "base", BASES),
        )
    else:
        if measure in MEASURES:
            refuse(
                f"no {measure} by {level}: reports are published by fiscal district; choose "
                f"{', '.join(AREA_MEASURES)}"
            )
        area = choose(measure or state.area_measure, "measure", AREA_MEASURES)
        state = state.with_(level=level, area_measure=area)
    write(out, standalone_document(state).encode("utf-8"))
    print(f"wrote {out}", file=sys.stderr)


@one_line
def regions(
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the 25 departments: reports, rate, expected, ratio, interval, test and verdict."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.map.model import results_for
    from atlas.tables import plain_rows

    print_rows(plain_rows(results_for(period_code(period), base)), style)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="map")(write_map)
    app.command()(regions)
