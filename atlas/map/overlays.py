"""What lies on the map: each layer of a state with its figures and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.density.model import (
    breaks_for,
    density_for,
    half_text,
    isopleths_for,
    modelled_text,
)
from atlas.map.addresses import MEASURE_COLUMNS
from atlas.map.model import (
    attribution,
    results_for,
    source_name,
    source_text,
    touches,
    translated,
)
from atlas.map.sentences import flag_lines, ratio_text
from atlas.map.state import (
    AREA_COLUMNS,
    BASES,
    LEVELS,
    MEASURES,
    RATIO_MEASURES,
    MapState,
    areas_for,
    is_by_prosecutors,
    years_by_province,
)
from atlas.words import Words, words
from data import (
    load_departments,
    load_lakes,
    load_mining_cells,
    load_mining_zones,
    load_named_places,
    load_neighbours,
    load_provinces,
    load_rivers,
    load_route_waypoints,
    load_routes,
    load_services,
    load_towns,
)
from data.catalogue import descriptor_of
from data.context import mining_span
from data.geography import DRAWN_WITHIN
from data.reports import counts_without_province
from geo.density.rasters import palette_png
from layers.basemap import basemap_layer, label_layer
from layers.density import density_layer
from layers.document import layer_script
from layers.legend import Key, Scale
from layers.mining import mining_cells_layer, mining_zones_layer
from layers.palette import AREA_SCALES, DENSITY, SCALES, Categories, Choropleth
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


def superseded(say: Words) -> str:
    """That the publisher has a newer version than the one shipped; empty after a refresh."""
    month = descriptor_of("mining_cells").get("superseded", "")
    return say("mining.superseded", month=say.month(month)) if month else ""


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


_MARKS = ("not_ranked", "unknown", "incomplete", "denominator_mismatch")
"""flags of a department that its tooltip says"""


def where_counted(department: str, registry: str, say: Words) -> str:
    """Whose counts a department's are: of the fiscal districts seated there, or of the police."""
    if not is_by_prosecutors(registry):
        return say("card.police_where")
    seats = touches(department).seats
    return say("card.seat_one" if len(seats) == 1 else "card.seat_many", towns=say.list(seats))


def has_reports(state: MapState) -> bool:
    """Whether the areas below the department are painted by their reports."""
    return state.area_measure in MEASURES


def area_column(state: MapState) -> str:
    """Column of :func:`area_frame` that is shown."""
    return (MEASURE_COLUMNS if has_reports(state) else AREA_COLUMNS)[state.area_measure]


def area_palette(state: MapState) -> Choropleth | Categories:
    """Classes and colours of the measure."""
    if has_reports(state):
        return SCALES[state.area_measure]
    return AREA_SCALES[state.area_measure, state.level]


def area_results(state: MapState) -> pd.DataFrame:
    """Results of all areas of the level, those without an outline too."""
    return results_for(state.period, BASES[0], state.registry, state.level)


def area_frame(state: MapState) -> gpd.GeoDataFrame:
    """The areas that have an outline, with the results of the period where reports are shown."""
    frame = areas_for(state.level)
    if not has_reports(state):
        return frame
    results = area_results(state).rename(columns={f"{state.level[:-1]}_ubigeo": "area_ubigeo"})
    new = ["area_ubigeo", *results.columns.difference(frame.columns)]
    joined = frame.merge(results[new], on="area_ubigeo", validate="1:1")
    joined.attrs = dict(frame.attrs)
    return joined


def area_line(row: Mapping[str, Any], state: MapState, say: Words) -> str:
    """One figure with its unit and year; missing and doubtful say so."""
    if has_reports(state):
        return _report_line(row, state, say)
    value = row[AREA_COLUMNS[state.area_measure]]
    if value is None or pd.isna(value):
        return say("area.no_figure")
    number = float(value)
    if state.area_measure != "mined":
        decimals = 1 if state.area_measure == "per_km2" and number < 10 else 0
        year = areas_for(state.level).attrs["population_year"]
        return say(f"area.{state.area_measure}.line", value=say.number(number, decimals), year=year)
    doubtful = float(row["doubtful_ha"])
    parts = []
    if number > 0 or not doubtful:
        key = "area.mined.line" if number > 0 else "area.mined.none"
        parts.append(say(key, value=say.number(number, 0 if number >= 10 else 1)))
    if doubtful:
        parts.append(say("area.mined.doubtful", value=say.number(doubtful, 1)))
    return " ".join(parts)


def _counted(row: Mapping[str, Any], state: MapState, say: Words) -> str:
    unit, period = say(f"unit.{row['unit']}.plural"), say(f"period.{state.period}")
    return f"{say.number(row['reported_count'])} {unit}, {period}"


def _report_line(row: Mapping[str, Any], state: MapState, say: Words) -> str:
    """Count, times the expected, rate and verdict of an area."""
    parts = [_counted(row, state, say)]
    if pd.notna(row["smr"]):
        parts.append(
            say(
                "tip.excess",
                ratio=ratio_text(row["smr"], say),
                expected=say.number(row["expected"], 1),
                rate=say.number(row["rate_per_100k"], 1),
            )
        )
    return " · ".join([*parts, say(f"verdict.{row['verdict']}")])


def _area_lines(state: MapState, say: Words) -> dict[str, str]:
    """Words of each tooltip; an outline that holds another area's land tells its figure too."""
    frame = area_frame(state)
    lines = {
        str(row["area_ubigeo"]): area_line(row, state, say) for row in frame.to_dict("records")
    }
    if has_reports(state):
        results = area_results(state).set_index(f"{state.level[:-1]}_ubigeo", drop=False)
        for code, holder in DRAWN_WITHIN.items():
            if code not in lines:
                row = results.loc[code]
                figure = _counted(row, state, say)
                lines[holder] += ". " + say("area.holds", name=row["province"], figure=figure)
    return lines


def report_scale(measure: str, title: str, note: str, say: Words) -> Scale:
    """The scale of a measure of reports, whatever the areas."""
    palette = SCALES[measure]
    if isinstance(palette, Categories):
        names = tuple(say(f"verdict.{name}") for name in palette.colors)
        return Scale(title, tuple(palette.colors.values()), names, note)
    edges = tuple(
        say.number(edge, 0 if edge == int(edge) else len(f"{edge:g}".split(".")[1]))
        for edge in palette.breaks[1:-1]
    )
    return Scale(title, palette.colors, edges, note)


def area_scale(state: MapState, say: Words) -> Scale:
    """The scale of the measure, with unit, registry and year under it."""
    measure = state.area_measure
    if has_reports(state):
        unit = say(f"unit.{state.span.unit}.plural")
        note = say("legend.subject", unit=unit, period=say(f"period.{state.period}"))
        return report_scale(measure, area_title(state, say), note, say)
    if measure == "mined":
        note = say("area.mined.note", span=mining_years())
    else:
        year = areas_for(state.level).attrs["population_year"]
        note = say(f"area.{measure}.note", year=year)
    scale = AREA_SCALES[measure, state.level]
    # people in thousands, so that the edges fit under the bar
    thousands = 1e3 if measure == "people" else 1.0
    edges = tuple(say.number(edge / thousands) for edge in scale.breaks[1:-1])
    return Scale(area_title(state, say), scale.colors, edges, note)


def area_title(state: MapState, say: Words) -> str:
    """The measure and the level."""
    level = say(f"level.{state.level}").lower()
    kind = "measure" if has_reports(state) else "area"
    return say("area.title", measure=say(f"{kind}.{state.area_measure}"), level=level)


def area_keys(state: MapState, say: Words) -> list[tuple[Key, str]]:
    """Signs of what has no figure, and of zero, where they are on the map."""
    frame = area_frame(state)
    values = frame[area_column(state)]
    keys: list[tuple[Key, str]] = []
    if has_reports(state):
        present = set(frame["verdict"])
        keys += [
            (verdict, say(f"verdict.{verdict}"))
            for verdict in ("above", "below")
            if verdict in present and state.area_measure != "verdict"
        ]
        if "untestable" in present and state.area_measure in RATIO_MEASURES:
            keys.append(("missing", say("legend.missing")))
        if (frame["reported_count"] == 0).any() and state.area_measure != "verdict":
            keys.append(("zero", say("legend.zero")))
        return keys
    if values.isna().any():
        keys.append(("missing", say("area.no_figure")))
    if state.area_measure == "mined" and (values == 0).any():
        keys.append(("zero", say("area.mined.none")))
    return keys


def no_reports(state: MapState, say: Words) -> str:
    """Why a level shows no reports: of districts none, of provinces those of some years only."""
    first, last = years_by_province()
    return say(f"area.no_reports.{state.level}", first=first, last=last)


def area_notes(state: MapState, say: Words) -> list[str]:
    """Small print: what is counted nowhere on the map, how far counts move, who has no outline."""
    if has_reports(state):
        unplaced = int(counts_without_province(state.period, state.registry).sum())
        notes = [
            say("area.unplaced", count=say.number(unplaced)),
            *flag_lines(state.span, ["not_ranked"], say),
        ]
        if state.area_measure in RATIO_MEASURES:
            notes.append(say("area.waves"))
    else:
        notes = [no_reports(state, say)]
    absent = areas_for(state.level).attrs["without_outline"]
    if absent:
        named = say.number(len(absent))
        if state.level == "provinces":
            provinces = load_provinces().set_index("province_ubigeo")["province"]
            named = say.list(provinces[absent])
        notes.append(say(f"area.without_outline.{state.level}", count=named))
    return notes


def departments_with(results: pd.DataFrame) -> gpd.GeoDataFrame:
    """The light outlines of the departments joined to the results of a period, by code."""
    outlines = load_departments(simplified=True)[["department_ubigeo", "geometry"]]
    return gpd.GeoDataFrame(
        results.merge(outlines, on="department_ubigeo", validate="1:1"), crs=outlines.crs
    )


def value_text(row: Mapping[str, Any] | pd.Series, measure: str, say: Words) -> str:
    """The figure of an area as it is written on the map; the legend says of what."""
    if measure == "count":
        return say.number(row["reported_count"])
    if measure == "rate":
        return say.number(row["rate_per_100k"], 1)
    if pd.isna(row["smr"]):
        return ""
    return say.number(row["smr"], 1)


def name_ranks(results: pd.DataFrame, measure: str) -> dict[str, int]:
    """In what order names choose their places: above the expected, below it, then the measure."""
    column = "smr" if measure == "verdict" else measure
    told = results["verdict"].map({"above": 2, "below": 1}).fillna(0)
    order = results.assign(told=told).sort_values(
        ["told", column, "department_ubigeo"], ascending=[False, False, True]
    )
    return {str(code): rank for rank, code in enumerate(order["department_ubigeo"])}


def region_texts(
    state: MapState, results: pd.DataFrame, say: Words
) -> dict[str, tuple[list[str], str]]:
    """Words of each region's tooltip: first the figure that is shown, with its verdict."""
    period = say(f"period.{state.period}")
    texts = {}
    for row in results.itertuples():
        unit = "" if pd.isna(row.reported_count) else f" {say(f'unit.{row.unit}.plural')}"
        figures = {"count": f"{say.number(row.reported_count)}{unit}, {period}"}
        if pd.notna(row.smr):
            figures["rate"] = say("tip.rate", rate=say.number(row.rate_per_100k, 1))
            figures["smr"] = say(
                "tip.ratio",
                ratio=ratio_text(row.smr, say),
                expected=say.number(row.expected, 1),
            )
        shown = "smr" if state.measure == "verdict" else state.measure
        first = figures.pop(shown, "")
        verdict = say(f"verdict.{row.verdict}")
        lines = [
            " · ".join(filter(None, (first, verdict))),
            " · ".join(figures.values()),
            where_counted(row.department_ubigeo, state.registry, say),
        ]
        flags = [flag for flag in _MARKS if flag in row.flags]
        caveats = flag_lines(state.span, flags, say, area=row.department_ubigeo)
        if "depends_on_denominator" in row.flags:
            caveats.append(say("flag.depends_on_denominator"))
        texts[row.department_ubigeo] = lines, " ".join(caveats)
    return texts


def _regions(state: MapState, say: Words) -> Any:
    results = results_for(state.period, state.base, state.registry)
    column = MEASURE_COLUMNS[state.measure]
    frame = departments_with(results)
    frame["figure"] = [value_text(row, state.measure, say) for _, row in frame.iterrows()]
    frame["rank"] = frame["department_ubigeo"].map(name_ranks(results, column))
    return region_layer(
        frame,
        SCALES[state.measure],
        value=column,
        texts=region_texts(state, results, say),
    )


def _departments(state: MapState, say: Words) -> Any:
    return department_layer(load_departments(simplified=True))


def _areas(state: MapState, say: Words) -> Any:
    if has_reports(state):
        caveat = say("tip.caveat")
    elif state.area_measure == "mined":
        caveat = say("mining.caveat", span=mining_years())
    else:
        caveat = no_reports(state, say)
    return area_layer(
        area_frame(state),
        area_palette(state),
        value=area_column(state),
        lines=_area_lines(state, say),
        caveat=caveat,
        edge_px=0.6 if state.level == "provinces" else 0.3,
    )


def _density(state: MapState, say: Words) -> Any:
    density = density_for(state.span, bandwidth_km=state.bandwidth_km)
    png, bounds = palette_png(density.values, density.transform, breaks_for(density), DENSITY)
    rims = isopleths_for(state.span, state.bandwidth_km)
    frame = gpd.GeoDataFrame(
        {"percent": [round(100 * rim.share) for rim in rims]},
        geometry=[rim.geometry_wgs84 for rim in rims],
        crs="EPSG:4326",
    )
    note = half_text(state.span, state.bandwidth_km, say)
    return density_layer(
        png,
        bounds,
        isopleths=frame,
        labels={code: say.percent(code / 100) for code in frame["percent"]},
        note=f"{modelled_text(state.span, say)} {note}",
    )


def _mining(state: MapState, say: Words) -> Any:
    cells = load_mining_cells()
    return mining_cells_layer(
        cells,
        title=say("mining.title"),
        caveat=" ".join(filter(None, (say("mining.caveat", span=mining_years()), superseded(say)))),
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


def frame_words(say: Words) -> dict[str, str]:
    """Words of the map's buttons and hints, by the names that its script knows them by."""
    keys = {
        "zoomIn": "map.zoom_in",
        "zoomOut": "map.zoom_out",
        "whole": "map.whole",
        "near": "map.zoom_department",
        "fingers": "map.two_fingers",
    }
    wheel = say("map.wheel", modifier="{key}")
    return {"wheel": wheel, **{name: say(key) for name, key in keys.items()}}


def sources_shown(state: MapState) -> str:
    """The publishers of what a state shows; figures cite theirs in the card."""
    is_mined = state.level != LEVELS[0] and state.area_measure == "mined"
    return attribution(state.level, ("mined",) if is_mined else state.overlays)


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
