"""The command that chooses outreach sites: its options; what it does loads when it is run."""

from __future__ import annotations

from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

_OPTIONS: dict[str, tuple[Any, ...]] = {
    "out": (Path, "File to write: .geojson, .gpx, .csv or .gpkg."),
    "reach": (Path, "File to write: the area within reach of each site, .geojson."),
    "saved": (Path, "A saved plan (.geojson, .gpkg) that is made again.", "--plan"),
    "demand": ("complaints", "complaints[:PERIOD], eb[:PERIOD], mining or population."),
    "departments": (
        *(str, "Codes or names of departments, by commas: only their demand and candidates count."),
    ),
    "sites": ("8", "Number of sites; not for lscp, which finds it."),
    "model": ("mclp", "mclp, pmedian, lscp or pcenter."),
    "radius_km": ("75", "Reach of a site, travelled km."),
    "radius_minutes": ("120", "Reach of a site in minutes, with --travel-times or --estimate."),
    "services": ("none", "none, listed, or a CSV of services that are there already."),
    "lock_services": (
        *(False, "Services are sites of the plan, not beside it.", "--lock-services"),
    ),
    "candidates": (Path, "CSV of candidates: longitude, latitude, name or ubigeo."),
    "min_population": ("0", "Residents that a candidate's district needs."),
    "travel_times": (
        list[Path],
        "CSV from,to,minutes (desde,hasta,minutos), or a square; no pair, no way. Several add up.",
    ),
    "estimate": (
        *(False, "Minutes as an estimate, without a table: km of way at the speed of the land."),
        "--estimate",
    ),
    "areas": (Path, "Areas within reach in minutes, of travel-times --areas-out."),
    "exclude": (
        *(Path, "Zones for no site: KML, KMZ, GeoJSON, GeoPackage, zipped Shapefile, CSV or XLSX."),
    ),
    "drop_zone_columns": (
        *(str, "Columns of the zones, by commas, that you know to hold no radius and no extent."),
    ),
    "buffer_km": (str, "Distance kept from these zones; 10 unless given."),
    "zone_people": (
        *("stay", "Of people inside zones: stay (not covered) or come (out to a site)."),
    ),
    "must": (list[str], "UBIGEO (or name of an own list) of a site to have."),
    "barred": (list[str], "A candidate not to be chosen, named as for --must.", "--without"),
    "capacity": (str, "Demand that one site can serve (mclp)."),
    "min_department_share": ("0", "Least share, 0 to 1, of every department (mclp)."),
    "worst_cost": (str, "Nobody farther than this, km or minutes (mclp).", "--max-worst"),
    "factors": (
        *(list[str], "Detour factor, for example highland=1.8; coast, jungle, river too."),
        "--detour",
    ),
    "river_codes": (
        *("16", "INEI codes that travel by river, by commas; none for none.", "--river"),
    ),
    "resamples": ("200", "Resamples of the demand for the stability; 0 for none."),
    "second": ("ways", "Among plans that cover as much (mclp): ways, worst, backup or none."),
    "loss": ("0", "Share of the coverage, 0 to 1, that may be given up for it."),
    "seed": ("1", "Seed, a whole number."),
    "team_cost": ("0", "Soles for one team, over the time in which the demand is counted."),
    "km_cost": ("0", "Soles for a travelled km: a round trip for each case served."),
    "hour_cost": ("0", "The same for an hour on the way, in minutes."),
    "budget": (str, "Soles; without --sites it pays for as many teams as it can."),
    "time_limit": ("30", "Seconds for the exact search."),
    "format": ("table", "json or table, for stdout."),
    "lang": ("en", "es or en: of what the plan says of itself, and of refusals."),
}
"""kind of an option, or its default, then its help, and its flag where that is another word"""


def _parameter(name: str, start: Any, text: str, *flag: str) -> Parameter:
    has_default = isinstance(start, str | bool)
    kind: Any = type(start) if has_default else start | None
    about = Annotated[kind, typer.Option(*flag, help=text)]
    default = start if has_default else None
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=about)


def sites(context: typer.Context, **asked: Any) -> None:
    """Choose outreach sites: the same seed, the same bytes. Never public, not for operations."""
    from atlas.planner.command_sites import choose_sites

    choose_sites(context, asked)


sites.__signature__ = Signature(  # pyrefly: ignore[missing-attribute]
    [
        Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(_parameter(name, *about) for name, about in _OPTIONS.items()),
    ]
)


def register(app: typer.Typer) -> None:
    app.command()(sites)
