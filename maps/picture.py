"""The static map of a state: gated figures, colours and translated words for exports/."""

from __future__ import annotations

import pandas as pd

from data import (
    load_lakes,
    load_mining_cells,
    load_named_places,
    load_neighbours,
    load_rivers,
    load_route_waypoints,
    load_routes,
)
from exports.map_png import scene_png
from exports.map_sheet import map_sheet
from exports.map_svg import scene_svg
from exports.picture import Ground, KeyKind, MapPicture, Region, RouteLine, Scale
from geo.disclosure import gate
from geo.errors import ParameterError
from layers.legs import route_legs
from layers.palette import HATCH, ROUTE, ROUTE_MEDIUM, Categories, palette_for
from layers.routes import route_width_px
from maps.density import isopleths_for
from maps.figures_end import cut_text
from maps.layer_addresses import MEASURE_COLUMNS, PALETTE_NAMES
from maps.legend import edge_labels, measure_title
from maps.mining_words import mining_years
from maps.overlays import departments_with
from maps.picture_marks import picture_marks
from maps.picture_signs import sign_keys, signs_of
from maps.results import results_for
from maps.state import MapState
from messages import Words, words

SUFFIXES = (".png", ".svg")


def picture_bytes(state: MapState, suffix: str, *, width_px: int = 1600) -> bytes:
    """The map of a state as a picture.

    Parameters
    ----------
    state : MapState
    suffix : {".png", ".svg"}
        Kind of file.
    width_px : int
        Width in pixels.

    Raises
    ------
    ParameterError
        For another kind of file or a width that cannot be drawn.
    """
    if suffix.lower() not in SUFFIXES:
        raise ParameterError(
            f"a picture as {suffix or 'a file without a suffix'} is not offered: give a name "
            f"that ends in {' or '.join(SUFFIXES)}"
        )
    scene = map_sheet(map_picture(state, with_signs=True))
    if suffix.lower() == ".svg":
        return scene_svg(scene, width_px=width_px)
    return scene_png(scene, width_px=width_px)


def map_picture(
    state: MapState, *, towns_of: str | None = None, with_signs: bool = False
) -> MapPicture:
    """Everything that the static map of a state shows.

    Parameters
    ----------
    state : MapState
        A chosen department is marked.
    towns_of : str, optional
        Department whose larger towns are named as well.
    with_signs : bool
        Whether cautions are drawn on the departments they concern: a picture that travels alone
        has no card or tooltip that could say them.
    """
    say = words(state.lang)
    results = results_for(state.period, state.base)
    unit = str(results["unit"].iloc[0])
    period = say(f"period.{state.period}")
    return MapPicture(
        lang=state.lang,
        title=say(f"picture.title.{state.measure}"),
        subtitle=say("picture.subtitle", unit=say(f"unit.{unit}.plural"), period=period),
        ground=ground(),
        regions=_regions(state, results, say, with_signs=with_signs),
        cells=_cells() if "mining" in state.overlays else (),
        routes=_routes() if "routes" in state.overlays else (),
        marks=picture_marks(state, say, towns_of),
        isopleths=tuple(
            rim.geometry_wgs84 for rim in isopleths_for(state.period, state.bandwidth_km)
        )
        if "density" in state.overlays
        else (),
        scale=_scale(state, unit, say),
        keys=(*_keys(state, results, say), *(sign_keys(results, say) if with_signs else ())),
        notes=tuple(
            say(key)
            for key, is_shown in (
                ("verdict.why", True),
                ("density.modelled", "density" in state.overlays),
                ("legend.not_monitored", "mining" in state.overlays),
            )
            if is_shown
        ),
        source=(say("picture.caveat"), source_line(state, unit, say)),
    )


def source_line(state: MapState, unit: str, say: Words) -> str:
    """Registry, period, population, borders and licence in one line."""
    parts = [
        say(
            f"picture.source.{unit}",
            period=say(f"period.{state.period}"),
            cut=cut_text(state.period, say),
        ),
        say("picture.ground"),
    ]
    if "mining" in state.overlays:
        parts.append(say("picture.mining", span=mining_years()))
    return " ".join(parts)


def ground() -> Ground:
    """What lies around and under the departments."""
    return Ground(
        tuple(gate(load_neighbours(), "T1").geometry),
        tuple(gate(load_rivers(), "T1").geometry),
        tuple(gate(load_lakes(), "T1").geometry),
    )


def value_text(row: pd.Series, measure: str, say: Words) -> str:
    """The figure of a department as it is written on the map."""
    if measure == "count":
        return say.number(row["reported_count"])
    if measure == "rate":
        return say.number(row["rate_per_100k"], 1)
    if pd.isna(row["smr"]):
        return ""
    return say("times", value=say.number(row["smr"], 1))


def _regions(
    state: MapState, results: pd.DataFrame, say: Words, *, with_signs: bool
) -> tuple[Region, ...]:
    palette = palette_for(PALETTE_NAMES[state.measure])  # type: ignore[arg-type]
    regions = []
    ranks = name_ranks(results, MEASURE_COLUMNS[state.measure])
    for _, row in departments_with(results).iterrows():
        fill = palette.color(palette.classify(row[MEASURE_COLUMNS[state.measure]]))
        verdict = str(row["verdict"])
        regions.append(
            Region(
                code=str(row["department_ubigeo"]),
                name=str(row["department"]),
                value=value_text(row, state.measure, say),
                geometry=row["geometry"],
                fill=None if fill == HATCH else fill,
                outline=verdict if verdict in ("above", "below") else "none",  # type: ignore[arg-type]
                is_marked=row["department_ubigeo"] == state.department,
                rank=ranks[str(row["department_ubigeo"])],
                signs=signs_of(row["flags"]) if with_signs else (),
            )
        )
    return tuple(regions)


def name_ranks(results: pd.DataFrame, measure: str) -> dict[str, int]:
    """In what order names choose their places: above the expected first, then by the measure.

    Parameters
    ----------
    results : DataFrame
        As ``maps.results.results_for``.
    measure : str
        Column shown; a verdict goes by the ratio that it judges.
    """
    column = "smr" if measure == "verdict" else measure
    order = results.assign(is_above=results["verdict"] == "above").sort_values(
        ["is_above", column, "department_ubigeo"], ascending=[False, False, True]
    )
    return {str(code): rank for rank, code in enumerate(order["department_ubigeo"])}


def _cells() -> tuple[tuple[float, float, float], ...]:
    cells = gate(load_mining_cells(), "T1")
    return tuple(
        (float(a), float(b), float(ha))
        for a, b, ha in zip(cells["longitude"], cells["latitude"], cells["mined_ha"], strict=True)
    )


def _routes() -> tuple[RouteLine, ...]:
    legs = route_legs(gate(load_routes(), "T1"), gate(load_route_waypoints(), "T1"))
    return tuple(
        RouteLine(
            leg.start,
            leg.end,
            leg.is_known,
            ROUTE if leg.confidence == "high" else ROUTE_MEDIUM,
            # a picture is seen from farther away than a screen: lines a fifth thinner
            round(route_width_px(leg.independent) * 0.8, 2),
        )
        for leg in legs
    )


def _scale(state: MapState, unit: str, say: Words) -> Scale:
    palette = palette_for(PALETTE_NAMES[state.measure])  # type: ignore[arg-type]
    note = f"{say(f'unit.{unit}.plural')}, {say(f'period.{state.period}')}"
    title = measure_title(state, say)
    if isinstance(palette, Categories):
        texts = tuple(say(f"verdict.{name}") for name in palette.colors)
        return Scale(title, tuple(palette.colors.values()), texts, note)
    return Scale(title, palette.colors, edge_labels(palette.breaks, say), note)


def _keys(state: MapState, results: pd.DataFrame, say: Words) -> tuple[tuple[KeyKind, str], ...]:
    present = set(results["verdict"])
    keys: list[tuple[KeyKind, str]] = []
    if state.department:
        names = results.set_index("department_ubigeo")["department"]
        keys.append(("marked", str(names[state.department])))
    for verdict in ("above", "below"):
        if verdict in present:
            keys.append((verdict, say(f"verdict.{verdict}")))
    if "untestable" in present and state.measure in ("smr", "verdict"):
        keys.append(("missing", say("legend.missing")))
    if "mining" in state.overlays:
        keys.append(("mining", say("legend.mining", span=mining_years())))
    if "routes" in state.overlays:
        keys.append(("route", say("legend.route")))
        keys.append(("route_unknown", say("legend.route_unknown")))
    if "places" in state.overlays:
        keys.append(("place", say("legend.place")))
        places = gate(load_named_places(), "T1")
        at = places.dropna(subset=["longitude"]).groupby(["longitude", "latitude"])
        if at["is_estimate"].all().any():
            keys.append(("estimate", say("legend.estimate")))
    if "density" in state.overlays:
        keys.append(("isopleth", say("legend.isopleth")))
    return tuple(keys)
