"""Define the command that chooses outreach sites; its code loads when it is run."""

from __future__ import annotations

from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

_OPTIONS: dict[str, tuple[Any, ...]] = {
    "out": (Path, "File to write: .plan.zip (to open again), .xlsx, .gpx, .geojson or .csv."),
    "reach": (Path, "File to write: the area within reach of each site, .geojson."),
    "saved": (Path, "A saved plan (.plan.zip) to print.", "--plan"),
    "again": (*(False, "Compute the saved plan again of today's figures.", "--again"),),
    "without_lists": (*(False, "Leave own lists out of a .plan.zip.", "--without-lists"),),
    "demand": ("complaints", "complaints[:PERIOD], mining, population, or own with --records."),
    "records": (Path, "Own records, gated: the demand of --demand own."),
    "mapping": (Path, "Map of the columns of --records: records check --write-mapping writes it."),
    "departments": (
        *(str, "Codes or names of departments, by commas: only their demand and candidates count."),
    ),
    "cover_departments": (
        *(str, "Codes or names of departments, by commas: at least one site stands in each."),
    ),
    "sites": ("6", "Number of sites; with --budget the most."),
    "model": ("mclp", "mclp (most demand within reach) or pmedian (shortest ways)."),
    "radius_km": ("75", "Reach of a site, travelled km."),
    "radius_minutes": ("120", "Reach of a site in minutes, with --travel-times."),
    "services": (
        "none",
        "none, listed, types (CEM,SAR,SAU), or a CSV of what is there already.",
    ),
    "candidates": ("capitals", "capitals (of provinces), districts, cem, or a file of candidates."),
    "travel_times": (
        list[Path],
        "CSV from,to,minutes (desde,hasta,minutos), or a square, or OpenRouteService's matrix "
        "(JSON); no pair, no way. Several add up.",
    ),
    "areas": (Path, "Areas within reach in minutes, of travel-times --areas-out."),
    "exclude": (
        list[Path],
        "Zones for no site: KML, KMZ, GeoJSON, GeoPackage, zipped Shapefile, CSV or XLSX. Several "
        "add up.",
    ),
    "drop_columns": (
        *(str, "Columns of personal data of own lists and records to leave out, by commas."),
    ),
    "drop_zone_columns": (
        *(str, "Columns of the zones, by commas, that you know to hold no radius and no extent."),
    ),
    "drop_zone_members": (
        *(str, "Likewise what else a refusal names: members, titles, comments, files of a zip."),
    ),
    "zone_points_km": (str, "Radius of the points that stand beside polygons in a file of zones."),
    "buffer_km": (str, "Distance kept from these zones; 10 unless given."),
    "zone_people": (
        *("stay", "Of people inside zones: stay (not covered) or come (out to a site)."),
    ),
    "must": (list[str], "UBIGEO (or name of an own list) of a site to have."),
    "barred": (list[str], "A candidate not to be chosen, named as for --must.", "--without"),
    "capacity": (str, "Demand that one site can serve (mclp)."),
    "min_department_share": ("0", "Least share, 0 to 1, of every department (mclp)."),
    "worst_cost": (str, "Nobody farther than this, km or minutes (mclp).", "--max-worst"),
    "resamples": ("200", "Variations of the demand that say how sure a plan is; 0 for none."),
    "second": ("ways", "Among plans that cover 0.99 of the most (mclp): ways or backup."),
    "team_cost": ("0", "Soles for one team, beside what its place costs."),
    "budget": (str, "Soles that teams and their places cost at most; --sites is then the most."),
    "time_limit": ("30", "Seconds for the exact search."),
    "format": ("table", "json or table, for stdout."),
    "lang": ("en", "es or en: of what the plan says of itself, and of refusals."),
}
"""kind of an option, or its default, then its help, and its flag where that is another word"""


def _parameter(name: str, start: Any, text: str, *flag: str) -> Parameter:
    has_default = isinstance(start, str | bool)
    kind: Any = type(start) if has_default else start | None
    annotation = Annotated[kind, typer.Option(*flag, help=text)]
    default = start if has_default else None
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def sites(context: typer.Context, **asked: Any) -> None:
    """Choose outreach sites: the same question, the same bytes. Never public or operational."""
    from atlas.planner.command_sites import choose_sites

    choose_sites(context, asked)


sites.__signature__ = Signature(  # pyrefly: ignore[missing-attribute]
    [
        Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(_parameter(name, *option) for name, option in _OPTIONS.items()),
    ]
)


def register(app: typer.Typer) -> None:
    app.command()(sites)
