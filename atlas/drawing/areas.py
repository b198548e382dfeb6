"""Provinces and districts on the map: figures, words, scale and small print of a measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines, mining_years, ratio_text, unit_text
from atlas.view import (
    AREA_COLUMNS,
    BASES,
    MEASURE_COLUMNS,
    MEASURES,
    RATIO_MEASURES,
    MapState,
    areas_for,
    years_by_province,
)
from atlas.words import Words
from data.geography import DRAWN_WITHIN, load_provinces
from data.reports import counts_without_province
from layers.legend import Key, Scale
from layers.palette import AREA_SCALES, SCALES, Categories, Choropleth


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
    unit, period = unit_text(row["unit"], row["reported_count"], say), say(f"period.{state.period}")
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


def area_lines(state: MapState, say: Words) -> dict[str, str]:
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
