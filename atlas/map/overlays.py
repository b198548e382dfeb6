"""What lies on the map: each layer of a state with its figures and words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.density.model import breaks_for, density_for, half_text, isopleths_for
from atlas.map.addresses import MEASURE_COLUMNS
from atlas.map.model import results_for, source_name, source_text, touches, translated
from atlas.map.state import AREA_COLUMNS, MapState, areas_for
from atlas.words import Words, words
from data import (
    load_departments,
    load_lakes,
    load_mining_cells,
    load_mining_zones,
    load_named_places,
    load_neighbours,
    load_rivers,
    load_route_waypoints,
    load_routes,
    load_services,
    load_towns,
)
from data.context import mining_span
from geo.density.rasters import palette_png
from layers.basemap import basemap_layer, label_layer
from layers.density import density_layer
from layers.document import layer_script
from layers.legend import Key, Scale
from layers.mining import mining_cells_layer, mining_zones_layer
from layers.palette import AREA_SCALES, DENSITY, SCALES
from layers.places import named_places_layer, services_layer
from layers.regions import area_layer, department_layer, region_layer
from layers.route_lines import route_legs
from layers.routes import routes_layer


def mining_years() -> str:
    """The years of the detections that are shown: one footprint, whatever the period.

    >>> mining_years()
    '2018–2025'
    """
    first, last = (month[:4] for month in mining_span())
    return first if first == last else f"{first}–{last}"


def mining_context(department: str, say: Words) -> str:
    """What the satellite detected in a department, and what of it is doubted, in sentences."""
    near = touches(department)
    found = []
    if near.mined_ha > 0:
        key = "card.mining_share" if near.mined_share >= 0.005 else "card.mining"
        share = say.percent(near.mined_share)
        found.append(say(key, ha=say.number(near.mined_ha), share=share, span=mining_years()))
    elif not near.doubtful_ha:
        found.append(say("card.no_mining", span=mining_years()))
    if near.doubtful_ha:
        found.append(say("card.doubtful", ha=say.number(near.doubtful_ha)))
    return " ".join(found)


def area_line(row: dict[str, object], state: MapState, say: Words) -> str:
    """One figure with its unit and year; missing and doubtful say so."""
    value = row[AREA_COLUMNS[state.area_measure]]
    if value is None or pd.isna(value):
        return say("area.no_figure")
    number = float(value)  # type: ignore[arg-type]
    if state.area_measure != "mined":
        decimals = 1 if state.area_measure == "per_km2" and number < 10 else 0
        year = areas_for(state.level).attrs["population_year"]
        return say(f"area.{state.area_measure}.line", value=say.number(number, decimals), year=year)
    doubtful = float(row["doubtful_ha"])  # type: ignore[arg-type]
    parts = []
    if number > 0 or not doubtful:
        key = "area.mined.line" if number > 0 else "area.mined.none"
        parts.append(say(key, value=say.number(number, 0 if number >= 10 else 1)))
    if doubtful:
        parts.append(say("area.mined.doubtful", value=say.number(doubtful, 1)))
    return " ".join(parts)


def area_scale(state: MapState, say: Words) -> Scale:
    """The scale of the measure, with unit, registry and year under it."""
    measure = state.area_measure
    if measure == "mined":
        note = say("area.mined.note", span=mining_years())
    else:
        year = areas_for(state.level).attrs["population_year"]
        note = say(f"area.{measure}.note", year=year)
    scale = AREA_SCALES[measure, state.level]
    # people in thousands, so that the edges fit under the bar
    unit = 1e3 if measure == "people" else 1.0
    edges = tuple(say.number(edge / unit) for edge in scale.breaks[1:-1])
    return Scale(area_title(state, say), scale.colors, edges, note)


def area_title(state: MapState, say: Words) -> str:
    """The measure and the level."""
    level = say(f"level.{state.level}").lower()
    return say("area.title", measure=say(f"area.{state.area_measure}"), level=level)


def area_keys(state: MapState, say: Words) -> list[tuple[Key, str]]:
    """Signs of what has no figure, and of zero, where they are on the map."""
    values = areas_for(state.level)[AREA_COLUMNS[state.area_measure]]
    keys: list[tuple[Key, str]] = []
    if values.isna().any():
        keys.append(("missing", say("area.no_figure")))
    if state.area_measure == "mined" and (values == 0).any():
        keys.append(("zero", say("area.mined.none")))
    return keys


def area_notes(state: MapState, say: Words) -> list[str]:
    """Small print: no reports here, and who has no outline."""
    frame = areas_for(state.level)
    notes = [say(f"area.no_reports.{state.level}")]
    absent = len(frame.attrs["without_outline"])
    if absent:
        notes.append(say(f"area.without_outline.{state.level}", count=say.number(absent)))
    return notes


def departments_with(results: pd.DataFrame) -> gpd.GeoDataFrame:
    """The light outlines of the departments joined to the results of a period, by code."""
    outlines = load_departments(simplified=True)[["department_ubigeo", "geometry"]]
    return gpd.GeoDataFrame(
        results.merge(outlines, on="department_ubigeo", validate="1:1"), crs=outlines.crs
    )


def region_texts(
    state: MapState, results: pd.DataFrame, say: Words
) -> dict[str, tuple[list[str], str, str]]:
    """Words of each region's tooltip: seat, figure with unit and period, verdict, caveats."""
    period = say(f"period.{state.period}")
    texts = {}
    for row in results.itertuples():
        seats = touches(row.department_ubigeo).seats
        unit = say(f"unit.{row.unit}.plural")
        lines = [
            say("card.seat_one" if len(seats) == 1 else "card.seat_many", towns=say.list(seats)),
            f"{say.number(row.reported_count)} {unit}, {period}",
        ]
        if pd.notna(row.smr):
            lines.append(
                say(
                    "tip.excess",
                    ratio=say.number(row.smr, 2),
                    expected=say.number(row.expected, 1),
                    rate=say.number(row.rate_per_100k, 1),
                )
            )
        lines.append(say(f"verdict.{row.verdict}"))
        marks = [
            say(f"flag.{flag}")
            for flag in ("not_ranked", "depends_on_denominator", "denominator_mismatch")
            if flag in row.flags
        ]
        caveats = [say("tip.caveat")]
        if "part_year" in row.flags:
            caveats.append(say("flag.part_year"))
        texts[row.department_ubigeo] = lines, " ".join(caveats), " ".join(marks)
    return texts


def _regions(state: MapState, say: Words) -> Any:
    results = results_for(state.period, state.base)
    return region_layer(
        departments_with(results),
        SCALES[state.measure],
        value=MEASURE_COLUMNS[state.measure],
        texts=region_texts(state, results, say),
    )


def _departments(state: MapState, say: Words) -> Any:
    return department_layer(load_departments(simplified=True))


def _areas(state: MapState, say: Words) -> Any:
    frame = areas_for(state.level)
    return area_layer(
        frame,
        AREA_SCALES[state.area_measure, state.level],
        value=AREA_COLUMNS[state.area_measure],
        lines={
            str(row["area_ubigeo"]): area_line(row, state, say) for row in frame.to_dict("records")
        },
        caveat=say("mining.caveat", span=mining_years())
        if state.area_measure == "mined"
        else say(f"area.no_reports.{state.level}"),
        edge_px=0.6 if state.level == "provinces" else 0.3,
    )


def _density(state: MapState, say: Words) -> Any:
    density = density_for(state.period, bandwidth_km=state.bandwidth_km)
    png, bounds = palette_png(density.values, density.transform, breaks_for(density), DENSITY)
    rims = isopleths_for(state.period, state.bandwidth_km)
    frame = gpd.GeoDataFrame(
        {"percent": [round(100 * rim.share) for rim in rims]},
        geometry=[rim.geometry_wgs84 for rim in rims],
        crs="EPSG:4326",
    )
    note = half_text(state.period, state.bandwidth_km, say)
    return density_layer(
        png,
        bounds,
        isopleths=frame,
        labels={code: say.percent(code / 100) for code in frame["percent"]},
        note=f"{say('density.modelled')} {note}",
    )


def _mining(state: MapState, say: Words) -> Any:
    cells = load_mining_cells()
    return mining_cells_layer(
        cells,
        title=say("mining.title"),
        caveat=say("mining.caveat", span=mining_years()),
        hectares={
            label: f"{say.number(ha, 0 if ha >= 10 else 1)} ha"
            for label, ha in cells["mined_ha"].items()
        },
    )


def _zones(state: MapState, say: Words) -> Any:
    zones = load_mining_zones()
    lines = {}
    for _, row in zones.iterrows():
        said = [say("zones.status", status=translated(row, "status", say))]
        if pd.notna(row["hectares"]):
            year = translated(row, "year_of_figure", say)
            said.append(say("zones.hectares", ha=say.number(row["hectares"]), year=year))
        if row["extent_kind"] == "length" and pd.notna(row["extent_km"]):
            said.append(say("zones.length", km=say.number(row["extent_km"])))
        link = row["link_es"] if say.lang == "es" else row["link_to_trafficking"]
        said.append(str(link) if pd.notna(link) and link else say("zones.no_link"))
        publisher = source_text(str(row["publisher"] or ""), "publisher", say)
        title = source_text(str(row["source_title"]), "title", say)
        said.append(say("tip.source", source=f"{publisher} {title}".strip()))
        lines[row["zone_id"]] = tuple(said)
    return mining_zones_layer(
        zones,
        lines=lines,
        caveat=say("zones.caveat"),
        name="name_es" if say.lang == "es" else "name",
    )


def _routes(state: MapState, say: Words) -> Any:
    routes = load_routes()
    texts = {}
    for _, row in routes.iterrows():
        mode = say(f"mode.{row['mode']}") if pd.notna(row["mode"]) and row["mode"] else ""
        parts = [
            translated(row, "name", say),
            mode,
            say(f"confidence.{row['confidence']}"),
            str(row["source_title"]),
        ]
        texts[row["route_id"]] = " · ".join(part for part in parts if part)
    return routes_layer(
        route_legs(routes, load_route_waypoints()),
        texts=texts,
        unknown=say("routes.unknown"),
        caveat=say("routes.caveat"),
        more=say("routes.more", count="{count}"),
    )


def _places(state: MapState, say: Words) -> Any:
    frame = load_named_places().copy()
    lines = []
    for _, row in frame.iterrows():
        year = (
            str(row["period_start"])[:4] if pd.notna(row["period_start"]) else say("places.no_year")
        )
        kind = str(row["value_type"])
        about = say(f"value.{kind}") if kind not in ("reported",) else ""
        lines.append(
            say(
                "places.line",
                value=f"{about} {say.number(float(row['value']))}".strip(),
                measure=translated(row, "measure", say),
                year=year,
                source=source_name(row, say),
            )
        )
    frame["line"] = lines
    if say.lang == "es":
        frame["place"] = frame["place_es"]
    return named_places_layer(frame, caveat=say("places.caveat"))


def _services(state: MapState, say: Words) -> Any:
    frame = load_services().copy()
    kind = "type_es" if say.lang == "es" else "type_en"
    frame["line"] = [f"{row[kind]} ({row['year']})" for _, row in frame.iterrows()]
    return services_layer(frame, caveat=say("services.caveat"))


def ground_script() -> str:
    """Land, rivers and lakes: what lies under every state, in every language the same."""
    ground = basemap_layer(
        load_departments(simplified=True),
        load_neighbours(),
        load_rivers(),
        load_lakes(),
    )
    return layer_script(ground, "ground")


def _names(state: MapState, say: Words) -> Any:
    neighbours = load_neighbours()
    translated = dict(zip(neighbours["country"], neighbours["country_es"], strict=True))
    return label_layer(
        load_departments(simplified=True),
        load_towns(),
        neighbours,
        names=translated if state.lang == "es" else {},
        ocean=say("map.ocean"),
    )


_BUILDERS: dict[str, Callable[[MapState, Words], Any]] = {
    "regions": _regions,
    "departments": _departments,
    "areas": _areas,
    "density": _density,
    "mining": _mining,
    "zones": _zones,
    "routes": _routes,
    "places": _places,
    "services": _services,
    "names": _names,
}


def layer_script_for(key: str, state: MapState) -> str:
    """Build one layer of a state and return its script."""
    return layer_script(_BUILDERS[key](state, words(state.lang)), key)
