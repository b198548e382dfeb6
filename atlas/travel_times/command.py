"""Travel times over a network that the planner brings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atlas.commands import (
    choose,
    command_words,
    number_of,
    positive,
    write_answer,
)
from atlas.outputs import require_private
from geo.errors import UserError

if TYPE_CHECKING:
    from atlas.travel_times.minutes import Ends


def travel_times(
    network: Annotated[
        Path,
        typer.Option(
            help="OpenStreetMap extract (.osm, .osm.pbf), or lines of roads: a zipped Shapefile, "
            "a GeoPackage, GeoJSON."
        ),
    ],
    start: Annotated[
        str, typer.Option("--from", help="candidates, demand, or a CSV name,longitude,latitude.")
    ] = "candidates",
    end: Annotated[str, typer.Option("--to", help="The same choices as --from.")] = "demand",
    out: Annotated[
        Path | None, typer.Option(help="CSV to write: from,to,minutes. Without it, to stdout.")
    ] = None,
    areas_out: Annotated[
        Path | None,
        typer.Option(
            help="GeoPackage to write, beside --out or alone: the area that each place of --from "
            "reaches within --max-minutes, 2 km around the ways."
        ),
    ] = None,
    season: Annotated[str, typer.Option(help="dry or rainy: factors of the speeds.")] = "dry",
    speeds: Annotated[
        Path | None,
        typer.Option(help="CSV of speeds instead of rows of data/tables/travel_speeds.csv."),
    ] = None,
    signs: Annotated[
        str, typer.Option(help="Signs of speed: cap (nobody drives faster) or ignore.")
    ] = "ignore",
    columns: Annotated[
        str,
        typer.Option(
            help="Columns of lines: class=NAME,maxspeed=NAME,oneway=NAME,surface=NAME,bridge=NAME; "
            "as OpenStreetMap names them unless given."
        ),
    ] = "",
    exclude: Annotated[
        list[Path] | None, typer.Option(help="Zones that no way may touch, as for sites.")
    ] = None,
    drop_zone_columns: Annotated[
        str, typer.Option(help="Columns of the zones without an extent, as for sites.")
    ] = "",
    drop_zone_members: Annotated[
        str, typer.Option(help="What else their file holds without one, as for sites.")
    ] = "",
    zone_points_km: Annotated[
        str | None, typer.Option(help="Radius of points beside polygons, as for sites.")
    ] = None,
    snap_km: Annotated[str, typer.Option(help="Farthest that a place lies from a way.")] = "5",
    max_minutes: Annotated[
        str | None, typer.Option(help="Leave out longer ways: a smaller file, a shorter search.")
    ] = None,
) -> None:
    """Minutes between places over a network of roads and rivers, for sites --travel-times."""
    from atlas.own_files.command_files import reading, whole_list
    from atlas.travel_times import minutes

    season = choose(season, "season", minutes.SEASONS)
    signs = choose(signs, "signs", minutes.SIGNS)
    if out is not None:
        if out.suffix.lower() != ".csv":
            raise UserError("command.fault.times_suffix", suffix=repr(out.suffix))
        require_private(out, command_words(), what="times", own_folder=True)
    if areas_out is not None:
        if areas_out.suffix.lower() != ".gpkg":
            raise UserError("command.fault.areas_suffix", suffix=repr(areas_out.suffix))
        if max_minutes is None:
            raise UserError("command.fault.areas_minutes")
        require_private(
            areas_out, command_words(), what="areas", own_folder=True, option="--areas-out"
        )
    starts = _places_named(start)
    ends = starts if end == start else _places_named(end)
    bar = sys.stderr.isatty()

    def progress(share: float) -> None:
        print(f"\r{100 * share:3.0f} %", end="" if share < 1 else "\n", file=sys.stderr)

    say, zones = command_words(), None
    if exclude:
        zones = whole_list(
            "zones",
            exclude,
            say,
            dropped=drop_zone_columns,
            members=drop_zone_members,
            points_km=None
            if zone_points_km is None
            else positive(zone_points_km, "--zone-points-km"),
        )
    else:
        for name, given in (
            ("drop_zone_columns", drop_zone_columns),
            ("drop_zone_members", drop_zone_members),
            ("zone_points_km", zone_points_km),
        ):
            if given:
                raise UserError(f"command.fault.{name}")
    table = minutes.speeds_for(None)
    if speeds is not None:
        with reading(speeds, "records"):
            table = minutes.speeds_for(speeds)
    with reading(network, "layer"):
        times = minutes.travel_times(
            network,
            starts,
            ends,
            speeds=table,
            season=season,
            zones=None if zones is None else zones.zones,
            within_km=positive(snap_km, "--snap-km"),
            most_minutes=float("inf")
            if max_minutes is None
            else number_of(max_minutes, "--max-minutes"),
            signs=signs,
            columns=_columns_named(columns),
            progress=progress if bar else None,
            lang=say.lang,
        )
    for line in minutes.times_summary(times, say):
        print(line, file=sys.stderr)
    if areas_out is not None:
        from atlas.travel_times.areas import areas_summary, layer_bytes, reach_areas

        areas = reach_areas(times)
        for line in areas_summary(areas, times, say):
            print(line, file=sys.stderr)
        write_answer(areas_out, layer_bytes(areas, "areas", promote_to_multi=True))
    if out is not None:
        write_answer(out, minutes.times_csv(times).encode("utf-8"))
    elif areas_out is None:
        sys.stdout.write(minutes.times_csv(times))


def _columns_named(text: str) -> dict[str, str]:
    """Read ``class=NAME,maxspeed=NAME`` into column names by field."""
    from data.readers.road_lines import HEADINGS

    named: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        what, sign, name = (side.strip() for side in part.partition("="))
        if not (sign and name) or what not in HEADINGS or what in named:
            allowed = ", ".join(HEADINGS)
            raise UserError("command.fault.line_columns", value=repr(part), allowed=allowed)
        named[what] = name
    return named


def _places_named(text: str) -> Ends:
    """Return candidates (capitals of provinces), demand (of districts), or the places of a file.

    A file is read like a list of candidates.
    """
    import numpy as np

    from atlas.own_files.command_files import planning_list
    from atlas.own_files.lists import row_codes
    from atlas.results.places import nearest_place, places
    from atlas.travel_times.minutes import Ends

    towns = places()
    if text in ("candidates", "demand"):
        of = towns.is_province_capital if text == "candidates" else np.ones(len(towns.ubigeo), bool)
        names = ("ubigeo", "name", "longitude", "latitude")
        return Ends(*(getattr(towns, name)[of] for name in names))
    rows = planning_list("places", Path(text), command_words()).rows
    degrees = [rows[name].to_numpy(float) for name in ("longitude", "latitude")]
    given = rows["name"].to_numpy(str)
    name = np.where(given != "", given, towns.name[nearest_place(*degrees)])
    return Ends(row_codes(rows), name, *degrees)


def register(app: typer.Typer) -> None:
    app.command()(travel_times)
