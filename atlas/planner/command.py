"""Outreach sites: where to send p teams, whom that still misses, how sure it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atlas.commands import (
    OUTREACH_SITES,
    Format,
    choose,
    one_line,
    positive,
    print_rows,
    refuse,
    require_private,
    say_faults,
    write,
)
from atlas.tables import json_value
from atlas.words import words
from data.readers.refusal import Refusal
from geo.errors import GeoError, ParameterError

if TYPE_CHECKING:
    from atlas.planner.candidates import Zones
    from atlas.planner.files import PlanSheet


@one_line
def sites(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(help="File to write: .geojson, .gpx, .csv or .gpkg.")
    ] = None,
    demand: Annotated[
        str, typer.Option(help="complaints[:PERIOD], eb[:PERIOD], mining or population.")
    ] = "complaints",
    number: Annotated[
        str, typer.Option("--sites", help="Number of sites; not for lscp, which finds it.")
    ] = "8",
    model: Annotated[str, typer.Option(help="mclp, pmedian, lscp or pcenter.")] = "mclp",
    radius_km: Annotated[str, typer.Option(help="Reach of a site, travelled km.")] = "75",
    radius_minutes: Annotated[
        str, typer.Option(help="Reach of a site in minutes, with --travel-times.")
    ] = "120",
    services: Annotated[
        str, typer.Option(help="none, listed, or a CSV of services that are there already.")
    ] = "none",
    lock_services: Annotated[
        bool, typer.Option("--lock-services", help="Services are sites of the plan, not beside it.")
    ] = False,
    candidates: Annotated[
        Path | None, typer.Option(help="CSV of candidates: longitude, latitude, name or ubigeo.")
    ] = None,
    min_population: Annotated[
        str, typer.Option(help="Residents that a candidate's district needs.")
    ] = "0",
    travel_times: Annotated[
        Path | None, typer.Option(help="CSV from,to,minutes; a missing pair is no way.")
    ] = None,
    exclude: Annotated[
        Path | None,
        typer.Option(help="Zones for no site: GeoJSON, GeoPackage, zipped Shapefile, or CSV."),
    ] = None,
    buffer_km: Annotated[str, typer.Option(help="Distance kept from these zones.")] = "0",
    must: Annotated[
        list[str] | None, typer.Option(help="UBIGEO (or name of an own list) of a site to have.")
    ] = None,
    capacity: Annotated[
        str | None, typer.Option(help="Demand that one site can serve (mclp).")
    ] = None,
    min_department_share: Annotated[
        str, typer.Option(help="Least share, 0 to 1, of every department (mclp).")
    ] = "0",
    max_worst: Annotated[
        str | None, typer.Option(help="Nobody farther than this, km or minutes (mclp).")
    ] = None,
    detour: Annotated[
        list[str] | None,
        typer.Option(help="Detour factor, for example highland=1.8; coast, jungle, river too."),
    ] = None,
    river: Annotated[
        str, typer.Option(help="INEI codes that travel by river, by commas; none for none.")
    ] = "16",
    resamples: Annotated[
        str, typer.Option(help="Resamples of the demand for the stability; 0 for none.")
    ] = "200",
    seed: Annotated[str, typer.Option(help="Seed, a whole number.")] = "1",
    time_limit: Annotated[str, typer.Option(help="Seconds for the exact search.")] = "30",
    format: Annotated[str, typer.Option(help="json or table, for stdout.")] = "table",
) -> None:
    """Choose outreach sites: the same seed, the same bytes. Never public, not for operations."""
    style = Format(choose(format, "format", ("json", "table")))
    from atlas.own_data.planning import NAME_CHARACTERS
    from atlas.planner.files import SUFFIXES, plan_sheet, sheet_bytes
    from atlas.planner.model import SERVICES, ListSource, OwnFiles, PlanRequest, plan_for
    from data.planning_files import read_place_list, read_travel_times
    from data.readers.privacy import shown
    from geo.siting.problem import MODELS
    from geo.siting.travel import DetourFactors

    given = {
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) is not None and source.name != "DEFAULT"
    }
    chosen = choose(model, "model", MODELS)
    if chosen == "lscp" and "number" in given:
        raise ParameterError("lscp finds the number of sites itself: leave --sites out")
    if out is not None:
        if out.suffix.lower() not in SUFFIXES:
            refuse(f"a plan as {out.suffix!r} is not offered: use {', '.join(SUFFIXES)}")
        require_private(out, what=OUTREACH_SITES, own_folder=True)
    by_time = travel_times is not None
    wrong = "radius_km" if by_time else "radius_minutes"
    if wrong in given:
        raise ParameterError(
            "with --travel-times the reach is --radius-minutes"
            if by_time
            else "--radius-minutes needs --travel-times: without them the reach is --radius-km"
        )
    if "buffer_km" in given and exclude is None:
        raise ParameterError("--buffer-km without --exclude: name the file of zones")
    request = PlanRequest(
        demand=_demand(demand),
        model=chosen,  # type: ignore[arg-type]
        sites=None if chosen == "lscp" else _whole(number, "--sites", least=1),
        radius=positive(radius_minutes, "--radius-minutes")
        if by_time
        else positive(radius_km, "--radius-km"),
        services=services if services in SERVICES else "none",
        lock_services=lock_services,
        min_population=_number(min_population, "--min-population"),
        must=tuple(must or ()),
        capacity=None if capacity is None else _number(capacity, "--capacity"),
        min_department_share=_number(min_department_share, "--min-department-share"),
        worst_cost=None if max_worst is None else _number(max_worst, "--max-worst"),
        factors=DetourFactors(**_factors(detour or [])),
        river_codes=() if river == "none" else tuple(part.strip() for part in river.split(",")),
        buffer_km=_number(buffer_km, "--buffer-km"),
        seed=_whole(seed, "--seed"),
    )
    paths = {
        "candidates": (candidates, read_place_list),
        "services": (None if services in SERVICES else Path(services), read_place_list),
        "travel_times": (travel_times, read_travel_times),
        "zones": (exclude, _zones),
    }
    held: dict[str, Any] = {}
    sources = []
    for task, (path, read) in paths.items():
        if path is not None:
            held[task] = read(path)
            count = held[task].count if task == "zones" else len(held[task])
            sources.append(ListSource(task, shown(path.name, NAME_CHARACTERS), count, count))
    try:
        question, plan = plan_for(
            request,
            OwnFiles(**held, sources=tuple(sources)),
            replicas=_whole(resamples, "--resamples"),
            time_limit_s=_number(time_limit, "--time-limit"),
        )
    except Refusal as refusal:  # of the zones alone: nothing else goes to the child here
        raise _refused(exclude, refusal) from None
    sheet = plan_sheet(question, plan, "en")
    if out is not None:
        write(out, sheet_bytes(sheet, out.suffix.lower()))
    _print(sheet, style)
    if out is not None:
        print(f"wrote {out}", file=sys.stderr)


def _refused(path: Path | None, refusal: Refusal) -> GeoError:
    reason = words("en")(f"records.refusal.{refusal.code}", **refusal.as_dict())
    return GeoError(f"{'' if path is None else path.name}: {reason}")


def _zones(path: Path) -> Zones:
    """Zones of a file, whole or refused: a zone left out would send people there."""
    from atlas.own_data.isolation import check_file
    from atlas.planner.candidates import Zones
    from data.readers.limits import ZONES_BYTES

    try:
        with path.open("rb") as file:
            content = file.read(ZONES_BYTES + 1)
        checked = check_file(content, "zones", largest=ZONES_BYTES)
    except OSError as error:
        raise GeoError(f"{path.name}: found no file ({error.strerror}); name one") from None
    except Refusal as refusal:
        raise _refused(path, refusal) from None
    for entry in checked.report.entries:
        if entry.is_fault:
            key = f"records.problem.{entry.code}"
            raise GeoError(f"{path.name}, row {entry.line}: {words('en')(key)}")
    if not checked.rows:
        raise GeoError(f"{path.name}: found no zone; give at least one polygon, line or point")
    return Zones(checked.rows[0]["wkb"], checked.report.used_count)


def _demand(text: str) -> str:
    """The code of a demand, of the last full year where it names none; says what is out of use."""
    from atlas.planner.demand import WITH_PERIOD
    from data.periods import LATEST_YEAR

    say_faults()
    return f"{text}:{LATEST_YEAR}" if text in WITH_PERIOD else text


def _print(sheet: PlanSheet, style: Format) -> None:
    """The summary: JSON whole, or the sites as a table with one line about the plan."""
    from atlas.planner.files import sheet_bytes
    from atlas.planner.words import UNKNOWN_GAP

    if style is Format.JSON:
        content = json.loads(sheet_bytes(sheet, ".geojson"))
        chosen = [feature["properties"] for feature in content["features"]]
        answer = {**content["plan"], "chosen": chosen}
        print(json.dumps(answer, ensure_ascii=False, indent=2, allow_nan=False))
        return
    shown = (
        *("order", "code", "name", "department", "within_reach_added_share", "within_reach_share"),
        *("chosen_share", "chosen_near_share"),
    )
    print_rows(
        [{name: json_value(site[name]) for name in shown if name in site} for site in sheet.sites],
        style,
    )
    plan = sheet.plan
    unit = plan["radius_unit"]
    gap = f"{100 * plan['gap']:.2f} %" if plan["gap"] < UNKNOWN_GAP else "not known"
    print(
        f"{plan['model']}, {plan['demand']}, {plan['sites']} sites, {plan['radius']:g} {unit}: "
        f"covers {100 * plan['coverage_share']:.1f} % "
        f"(services {100 * plan['coverage_share_of_services']:.1f} %), "
        f"misses {plan['missed']:,.0f} x {plan['demand_unit']}; mean {plan[f'mean_{unit}']:,.0f}, "
        f"worst {plan[f'worst_{unit}']:,.0f} {unit}; gap {gap}, "
        f"seed {plan['seed']}",
        file=sys.stderr,
    )


def _whole(text: str, name: str, *, least: int = 0) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) < least:
        raise ParameterError(f"{name} is {text!r}: give a whole number of {least} or more")
    return int(text)


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 <= number < float("inf"):
        raise ParameterError(f"{name} is {text!r}: give a number of 0 or more")
    return number


def _factors(pairs: list[str]) -> dict[str, float]:
    from geo.siting.travel import LANDS

    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in LANDS or not value:
            raise ParameterError(
                f"--detour is {pair!r}: give NAME=FACTOR with {', '.join(LANDS)} as names"
            )
        found[name] = _number(value, f"--detour {name}")
    return found


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sites)
