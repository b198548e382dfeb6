"""The layers of a map, each built of its figures and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.drawing.areas import (
    area_column,
    area_frame,
    area_lines,
    area_palette,
    area_results,
    drawn_overlays,
    has_reports,
    no_reports,
    report_lines,
)
from atlas.overlays import OVERLAY_OF
from atlas.results.density import (
    breaks_for,
    density_for,
    glow_edges,
    half_text,
    isopleths_for,
    modelled_text,
)
from atlas.results.figures import Figures, depends_text
from atlas.results.help_places import known_places
from atlas.results.regions import (
    attribution,
    dated_text,
    published_figure,
    source_name,
    source_text,
    span_text,
    translated,
)
from atlas.results.sentences import flag_lines, mining_years, superseded, where_counted
from atlas.view import LEVELS, MINED, RATIO_MEASURES, View
from atlas.words import Words, words
from data.context import (
    load_mining_cells,
    load_mining_zones,
    load_named_places,
    load_route_waypoints,
    load_routes,
)
from data.geography import (
    load_departments,
    load_features,
    load_lakes,
    load_neighbours,
    load_rivers,
    load_towns,
)
from geo.density.rasters import palette_png
from layers.basemap import basemap_layer, label_layer
from layers.density import density_layer
from layers.document import layer_script
from layers.mining import mining_cells_layer
from layers.palette import density_glow
from layers.places import named_places_layer, services_layer
from layers.regions import area_layer, department_layer, region_layer
from layers.route_lines import Leg, route_legs
from layers.routes import routes_layer
from layers.shapes import Shape, shapes_layer

RIM_SHARES = (0.5, 0.9)
"""shares of the modelled reports whose areas have a line on the map"""
_EDGE_DEGREES = 0.002
"""how near to the outline of the country a line of the model is that outline"""
_MARKS = ("not_ranked", "unknown", "incomplete", "few_reports", "denominator_mismatch")
"""flags of a department that its tooltip says, in the few words that it has room for"""


def value_text(figures: Figures, measure: str, say: Words) -> str:
    """The figure of an area as it is written on the map; the legend says of what, and per what."""
    wording = figures.wording(say)
    if measure == "count":
        return wording["count"]
    if not figures.is_tested:
        return ""
    return wording["rate"] if measure == "rate" else say("times", value=wording["ratio"])


def name_ranks(results: pd.DataFrame, measure: str) -> dict[str, int]:
    """In what order names choose their places: above the expected, below it, then the measure."""
    column = "smr" if measure == "verdict" else measure
    importance = results["verdict"].map({"above": 2, "below": 1}).fillna(0)
    order = results.assign(importance=importance).sort_values(
        ["importance", column, "department_ubigeo"], ascending=[False, False, True]
    )
    return {str(code): rank for rank, code in enumerate(order["department_ubigeo"])}


def region_texts(view: View, results: pd.DataFrame, say: Words) -> dict[str, tuple[list[str], str]]:
    """Words of each region's tooltip: first the figure that is shown, with its verdict."""
    texts = {}
    for row in results.to_dict("records"):
        figures = Figures.of(row, view.period)
        code = figures.code
        lines = report_lines(figures, view.measure, say)
        flags = [flag for flag in _MARKS if flag in figures.flags]
        caveats = flag_lines(view.period, flags, say, area=code)
        caveats.append(depends_text(figures, say))
        texts[code] = (
            [*lines, where_counted(code, view.period, say)],
            " ".join(filter(None, caveats)),
        )
    return texts


def _regions(view: View, say: Words) -> Any:
    results, column = area_results(view), area_column(view)
    frame = area_frame(view)
    frame["figure"] = [
        value_text(Figures.of(row, view.period), view.measure, say)
        for row in frame.to_dict("records")
    ]
    beyond = frame["verdict"].isin(("above", "below"))
    frame["told"] = beyond | (view.measure not in RATIO_MEASURES)
    frame["rank"] = frame["department_ubigeo"].map(name_ranks(results, column))
    texts = region_texts(view, results, say)
    return region_layer(frame, area_palette(view), value=column, texts=texts)


def _departments(view: View, say: Words) -> Any:
    return department_layer(load_departments(simplified=True))


def _areas(view: View, say: Words) -> Any:
    if has_reports(view):
        caveat = say("tip.caveat")
    elif view.area_measure == "mined":
        caveat = say("mining.caveat", span=mining_years())
    else:
        caveat = no_reports(view, say)
    return area_layer(
        area_frame(view),
        area_palette(view),
        value=area_column(view),
        lines=area_lines(view, say),
        caveat=caveat,
        edge_px=0.6 if view.level == "provinces" else 0.3,
    )


def density_image(view: View) -> tuple[bytes, tuple[float, float, float, float]]:
    """The modelled density as a glow: a PNG in Web Mercator, and its bounds in degrees."""
    density = density_for(view.period, bandwidth_km=view.bandwidth_km)
    edges = glow_edges(breaks_for(density))
    return palette_png(density.values, density.transform, edges, density_glow())


def density_rims(view: View, shares: Sequence[float] = RIM_SHARES) -> dict[int, BaseGeometry]:
    """Lines around the smallest areas that hold shares of the reports in the model, by percent.

    Where such an area ends with the country, the coast or the border is no line of the model.
    """
    country = shapely.coverage_union_all(load_departments().geometry.to_numpy())
    edge = shapely.buffer(country.boundary, _EDGE_DEGREES)
    return {
        round(100 * rim.share): shapely.line_merge(rim.geometry_wgs84.boundary - edge)
        for rim in isopleths_for(view.period, view.bandwidth_km)
        if rim.share in shares
    }


def _density(view: View, say: Words) -> Any:
    png, bounds = density_image(view)
    rims = density_rims(view)
    note = half_text(view.period, view.bandwidth_km, say)
    return density_layer(
        png,
        bounds,
        isopleths=rims,
        labels={percent: say.percent(percent / 100) for percent in rims},
        note=f"{modelled_text(view.period, say)} {note}",
    )


def _mining(view: View, say: Words) -> Any:
    cells = load_mining_cells()
    return mining_cells_layer(
        cells,
        unwatched=say("mining.unwatched"),
        title=say("mining.title"),
        caveat=" ".join(filter(None, (say("mining.caveat", span=mining_years()), superseded(say)))),
        hectares={
            label: f"{say.number(ha, 0 if ha >= 10 else 1)} ha"
            for label, ha in cells["mined_ha"].items()
        },
    )


def overlay_shapes(code: str, say: Words) -> list[Shape]:
    """The shapes of an overlay that is drawn as circles, points, lines or areas."""
    if code == "zones":
        return _zone_shapes(say)
    overlay = OVERLAY_OF[code]
    look, frame, shapes = overlay.looks[0], load_features(overlay.table), []
    numbers = {*frame.select_dtypes("number").columns}
    for _, row in frame.iterrows():
        values = {
            name: say.number(row[name]) if name in numbers else translated(row, name, say)
            for name in frame.columns.drop("geometry")
        }
        line = say(overlay.line_key, **values)
        shapes.append(Shape(row["geometry"], look, values["name"], (line,)))
    return shapes


def _zone_shapes(say: Words) -> list[Shape]:
    """Only a radius is a circle: a length of river or road stays words.

    The legal mining corridor is an outline and never filled: it is not painted as illegal.
    """
    zone, corridor = OVERLAY_OF["zones"].looks
    shapes = []
    for _, row in load_mining_zones().dropna(subset=["longitude", "latitude"]).iterrows():
        sentences = [say("zones.status", status=translated(row, "status", say))]
        if pd.notna(row["hectares"]):
            year = dated_text(row["year_of_figure"], say)
            sentences.append(say("zones.hectares", ha=say.number(row["hectares"]), year=year))
        if row["extent_kind"] == "length" and pd.notna(row["extent_km"]):
            sentences.append(say("zones.length", km=say.number(row["extent_km"])))
        link = row["link_es"] if say.lang == "es" else row["link_to_trafficking"]
        sentences.append(str(link) if pd.notna(link) and link else say("zones.no_link"))
        publisher = source_text(str(row["publisher"] or ""), "publisher", say)
        title = source_text(str(row["source_title"]), "title", say)
        sentences.append(say("tip.source", source=f"{publisher} {title}".strip()))
        has_radius = row["extent_kind"] == "radius" and pd.notna(row["extent_km"])
        shapes.append(
            Shape(
                shapely.Point(row["longitude"], row["latitude"]),
                corridor if row["is_corridor"] else zone,
                translated(row, "name", say),
                tuple(sentences),
                float(row["extent_km"]) if has_radius else None,
            )
        )
    return shapes


def bundles() -> tuple[Leg, ...]:
    """The documented routes as lines between two stops, one for all that travel there."""
    return route_legs(load_routes(), load_route_waypoints())


def has_hairlines(view: View) -> bool:
    """Return whether lines that a single route follows are drawn as hairlines.

    Lines that touch the chosen department never are.

    Sixty wider ones over the glow could not be followed; frame.css says the same of the live map.
    """
    return "density" in drawn_overlays(view)


def _routes(view: View, say: Words) -> Any:
    texts = {}
    for _, row in load_routes().iterrows():
        mode = say(f"mode.{row['mode']}") if pd.notna(row["mode"]) and row["mode"] else ""
        parts = [
            translated(row, "name", say),
            mode,
            say(f"confidence.{row['confidence']}"),
            str(row["source_title"]),
        ]
        texts[row["route_id"]] = " · ".join(part for part in parts if part)
    return routes_layer(
        bundles(),
        texts=texts,
        unknown=say("routes.unknown"),
        caveat=say("routes.caveat"),
    )


def _places(view: View, say: Words) -> Any:
    frame = load_named_places().copy()
    # a tooltip has room for who published; whom they cite stands in the brief
    frame["publisher"] = frame["publisher"].str.replace(r", citing .*", "", regex=True)
    texts = [
        (
            published_figure(row, say),
            span_text(row["period_start"], row["period_end"], say),
            source_name(row, say),
        )
        for _, row in frame.iterrows()
    ]
    frame[["figure", "period", "source"]] = texts
    # figures of one place that a source gives for one period are a line together, at the first
    alike = frame.groupby(["longitude", "latitude", "period", "source"], dropna=False)["figure"]
    frame["figure"] = alike.transform("; ".join)
    frame["line"] = [
        say("places.line", figure=row.figure, period=row.period, source=row.source)
        for row in frame.itertuples()
    ]
    frame.loc[alike.cumcount() > 0, "line"] = ""
    if say.lang == "es":
        frame["place"] = frame["place_es"]
    return named_places_layer(frame, caveat=say("places.caveat"))


def _services(view: View, say: Words) -> Any:
    frame = known_places().copy()
    frame["lines"] = [
        [
            say(f"help.place.{row.service_type}"),
            str(row.address),
            say("help.place.approximate") if row.is_approximate else "",
        ]
        for row in frame.itertuples()
    ]
    if say.lang == "es":
        frame["name"] = frame["name_es"]
    return services_layer(frame, caveat=say("services.caveat"))


def ground_script() -> str:
    """Return land, rivers and lakes as a script, the same under every view and language."""
    ground = basemap_layer(
        load_departments(simplified=True),
        load_neighbours(),
        load_rivers(),
        load_lakes(),
    )
    return layer_script(ground, "ground")


def _names(view: View, say: Words) -> Any:
    neighbours = load_neighbours()
    translated = dict(zip(neighbours["country"], neighbours["country_es"], strict=True))
    return label_layer(
        load_departments(simplified=True),
        load_towns(),
        neighbours,
        names=translated if view.lang == "es" else {},
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
        "credits": "map.credits",
    }
    wheel = say("map.wheel", modifier="{key}")
    return {"wheel": wheel, **{name: say(key) for name, key in keys.items()}}


def sources_shown(view: View) -> str:
    """Write the publishers of a view's layers; figures cite theirs in the card."""
    is_mined = view.level != LEVELS[0] and view.area_measure in MINED
    chosen = ("mining",) if is_mined else view.overlays
    credits = [
        overlay.credit
        for code, overlay in OVERLAY_OF.items()
        if code in chosen and overlay.credit is not None
    ]
    return attribution(words(view.lang), credits)


_LAYERS: dict[str, Callable[[View, Words], Any]] = {
    "regions": _regions,
    "departments": _departments,
    "areas": _areas,
    "density": _density,
    "mining": _mining,
    "routes": _routes,
    "places": _places,
    "services": _services,
    "names": _names,
}
"""what draws a layer; an overlay that is not here is drawn by its shapes"""


def is_internal(view: View) -> bool:
    """Whether a picture of a view shows data for use within an organisation only."""
    overlays = (OVERLAY_OF[code] for code in view.overlays if code in OVERLAY_OF)
    return any(overlay.audience == "organisation" for overlay in overlays)


def layer_script_for(key: str, view: View) -> str:
    """Build one layer of a view and return its script."""
    say = words(view.lang)
    if key in _LAYERS:
        layer = _LAYERS[key](view, say)
    else:
        caveat_key = OVERLAY_OF[key].caveat_key
        caveat = say(caveat_key) if caveat_key else ""
        layer = shapes_layer(key, overlay_shapes(key, say), caveat=caveat)
    return layer_script(layer, key)
