"""The map of a period as one file, and its departments as rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from atlas.commands import (
    BASE_HELP,
    LEVEL_HELP,
    PERIOD_HELP,
    REGISTRY_HELP,
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
            help="count, rate, smr or verdict; below the department people, per_km2, mined, and "
            "the first four where the registry has provinces."
        ),
    ] = "",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
    lang: Annotated[str, typer.Option(help="es or en.")] = "es",
    level: Annotated[
        str, typer.Option(help="departments, provinces; districts after refresh boundaries.")
    ] = "departments",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
) -> None:
    """Write the map as one HTML file that opens with no network."""
    from atlas.map.routes import standalone_document
    from atlas.map.state import (
        BASES,
        LEVELS,
        MEASURES,
        MapState,
        area_measures,
        available_levels,
        years_by_province,
    )
    from atlas.words import LANGUAGES

    code = period_code(period, registry)
    state = MapState(lang=choose(lang, "language", LANGUAGES), period=code, registry=registry or "")
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
        offered = area_measures(level, state.registry, code)
        if measure in MEASURES and measure not in offered:
            first, last = years_by_province()
            refuse(
                f"no {measure} by {level} in {code} of the {state.registry} registry: reports by "
                f"province are those of the police, {first} to {last}; choose {', '.join(offered)}"
            )
        area = choose(measure or state.area_measure, "measure", offered)
        state = state.with_(level=level, area_measure=area)
    write(out, standalone_document(state).encode("utf-8"))
    print(f"wrote {out}", file=sys.stderr)


@one_line
def regions(
    period: Annotated[str, typer.Option(help=PERIOD_HELP)] = "",
    base: Annotated[str, typer.Option(help=BASE_HELP)] = "people",
    registry: Annotated[str | None, typer.Option(help=REGISTRY_HELP)] = None,
    level: Annotated[str, typer.Option(help=LEVEL_HELP)] = "departments",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the areas: reports, rate, expected, ratio, interval, test and verdict of each."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.map.model import results_for
    from atlas.tables import plain_rows

    code = period_code(period, registry, level)
    print_rows(plain_rows(results_for(code, base, registry, level)), style)
    if level == "provinces":
        from data import counts_without_province

        unplaced = int(counts_without_province(code, str(registry)).sum())
        print(f"{unplaced} more have no province in the registry", file=sys.stderr)


@one_line
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
    from data import load_series

    say_faults()
    print_rows(plain_rows(load_series(registry, step, department or None)), style)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="map")(write_map)
    app.command()(regions)
    app.command()(series)
