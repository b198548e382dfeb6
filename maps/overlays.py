"""Each layer of a state as a script for the frame: gated figures, translated words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

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
from geo.rasters import density_breaks, palette_png
from layers.area_palettes import area_palette
from layers.areas import area_layer, department_layer
from layers.basemap import basemap_layer, label_layer
from layers.density import density_layer
from layers.legs import route_legs
from layers.mining_cells import MiningWords, mining_cells_layer
from layers.mining_zones import mining_zones_layer
from layers.named_places import named_places_layer
from layers.palette import DENSITY, palette_for
from layers.regions import RegionText, region_layer
from layers.routes import RouteWords, routes_layer
from layers.script import layer_script
from layers.services import services_layer
from maps.area_words import area_caveat, area_lines
from maps.density import density_for, half_of_reports, isopleths_for
from maps.layer_addresses import MEASURE_COLUMNS, PALETTE_NAMES
from maps.levels import AREA_COLUMNS, areas_for
from maps.mining_words import mining_years
from maps.results import results_for, touches
from maps.source_words import source_text
from maps.state import MapState
from messages import Words, words


def _text(row: pd.Series, column: str, say: Words) -> str:
    """The translated column where there is one, else the source's own words."""
    translated = f"{column}_{say.lang}"
    value = row.get(translated) if translated in row.index else None
    value = row.get(column) if value is None or pd.isna(value) else value
    return "" if value is None or pd.isna(value) else str(value)


def departments_with(results: pd.DataFrame) -> gpd.GeoDataFrame:
    """The light outlines of the departments joined to the results of a period, by code."""
    outlines = load_departments(simplified=True)[["department_ubigeo", "geometry"]]
    return gpd.GeoDataFrame(
        results.merge(outlines, on="department_ubigeo", validate="1:1"), crs=outlines.crs
    )


def region_texts(state: MapState, results: pd.DataFrame, say: Words) -> dict[str, RegionText]:
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
        texts[row.department_ubigeo] = RegionText(
            tuple(lines), caveat=" ".join(caveats), flag=" ".join(marks)
        )
    return texts


def _regions(state: MapState, say: Words) -> Any:
    results = results_for(state.period, state.base)
    return region_layer(
        departments_with(results),
        palette_for(PALETTE_NAMES[state.measure]),  # type: ignore[arg-type]
        value=MEASURE_COLUMNS[state.measure],
        texts=region_texts(state, results, say),
    )


def _departments(state: MapState, say: Words) -> Any:
    return department_layer(load_departments(simplified=True))


def _areas(state: MapState, say: Words) -> Any:
    return area_layer(
        areas_for(state.level),
        area_palette(state.area_measure, state.level),
        value=AREA_COLUMNS[state.area_measure],
        lines=area_lines(state, say),
        caveat=area_caveat(state, say),
        edge_px=0.6 if state.level == "provinces" else 0.3,
    )


def _density(state: MapState, say: Words) -> Any:
    density = density_for(state.period, bandwidth_km=state.bandwidth_km)
    png, bounds = palette_png(
        density, density_breaks(density, classes=len(DENSITY), ratio=100), DENSITY
    )
    rims = isopleths_for(state.period, state.bandwidth_km)
    frame = gpd.GeoDataFrame(
        {"percent": [round(100 * rim.share) for rim in rims]},
        geometry=[rim.geometry_wgs84 for rim in rims],
        crs="EPSG:4326",
    )
    half = half_of_reports(state.period, state.bandwidth_km)
    note = say(
        "density.half", area=say.percent(half.area_share, 1), people=say.percent(half.people_share)
    )
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
        words=MiningWords(
            say("mining.title"),
            "{hectares} ha",
            say("mining.caveat", span=mining_years()),
        ),
        formatted={
            label: say.number(ha, 0 if ha >= 10 else 1) for label, ha in cells["mined_ha"].items()
        },
    )


def _zones(state: MapState, say: Words) -> Any:
    zones = load_mining_zones()
    lines = {}
    for _, row in zones.iterrows():
        said = [say("zones.status", status=_text(row, "status", say))]
        if pd.notna(row["hectares"]):
            year = _text(row, "year_of_figure", say)
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
            _text(row, "name", say),
            mode,
            say(f"confidence.{row['confidence']}"),
            str(row["source_title"]),
        ]
        texts[row["route_id"]] = " · ".join(part for part in parts if part)
    return routes_layer(
        route_legs(routes, load_route_waypoints()),
        texts=texts,
        words=RouteWords(
            say("routes.unknown"), say("routes.caveat"), say("routes.more", count="{count}")
        ),
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
                measure=_text(row, "measure", say),
                year=year,
                source=source_text(str(row["publisher"]), "publisher", say)
                if pd.notna(row["publisher"])
                else source_text(str(row["source_title"]), "title", say),
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
        names=translated if state.lang == "es" else None,
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
    """Build one layer of a state and return its script.

    Parameters
    ----------
    key : str
        One of LAYER_KEYS or AREA_KEYS.
    state : MapState
        Only the codes that ``DEPENDS_ON[key]`` names matter.
    """
    return layer_script(_BUILDERS[key](state, words(state.lang)), key)
