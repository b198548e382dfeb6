"""Provinces and districts on the map: figures, words, scale and small print of a measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.results.regions import results_for
from atlas.results.sentences import (
    flag_lines,
    mining_years,
    ratio_text,
    unit_text,
    verdict_text,
)
from atlas.view import (
    AREA_COLUMNS,
    LEVELS,
    MEASURE_COLUMNS,
    MEASURES,
    RATIO_MEASURES,
    View,
    areas_for,
    is_counted,
    years_by_province,
)
from atlas.words import Words
from data.geography import load_departments, load_provinces
from data.reports import counts_without_province
from layers.legend import Key, Scale
from layers.palette import AREA_SCALES, QUIET_AREAS, SCALES, Categories, Choropleth

_QUIET = next(iter(QUIET_AREAS.colors))


def has_reports(view: View) -> bool:
    """Whether the areas below the department are painted by their reports."""
    return view.area_measure in MEASURES and is_counted(view.level, view.period)


def lacks_reports(view: View) -> bool:
    """Whether reports are asked of areas of which the registry publishes none: quiet outlines."""
    is_asked = view.level != LEVELS[0] and view.area_measure in MEASURES
    return is_asked and not has_reports(view)


def area_column(view: View) -> str:
    """Column of :func:`area_frame` that is shown."""
    if lacks_reports(view):
        return _QUIET
    return (MEASURE_COLUMNS if has_reports(view) else AREA_COLUMNS)[view.area_measure]


def area_palette(view: View) -> Choropleth | Categories:
    """Classes and colours of the measure."""
    if has_reports(view):
        return SCALES[view.area_measure]
    if lacks_reports(view):
        return QUIET_AREAS
    return AREA_SCALES[view.area_measure, view.level]


def area_results(view: View) -> pd.DataFrame:
    """Results of all areas of the level, those without an outline too."""
    return results_for(view.period.at(view.level))


def area_frame(view: View) -> gpd.GeoDataFrame:
    """The areas that have an outline, with the results of the period where reports are shown."""
    frame = areas_for(view.level)
    if lacks_reports(view):
        return frame.assign(**{_QUIET: _QUIET})
    if not has_reports(view):
        return frame
    results = area_results(view).rename(columns={f"{view.level[:-1]}_ubigeo": "area_ubigeo"})
    new = ["area_ubigeo", *results.columns.difference(frame.columns)]
    joined = frame.merge(results[new], on="area_ubigeo", validate="1:1")
    joined.attrs = dict(frame.attrs)
    return joined


def departments_of(level: str) -> gpd.GeoDataFrame:
    """The departments; below their level with outlines that their areas make.

    The shipped outlines of departments and provinces come from two sources: a province would pass
    the border of its department.
    """
    departments = load_departments(simplified=True)
    if level == LEVELS[0]:
        return departments
    made = areas_for(level)[["department_ubigeo", "geometry"]].dissolve("department_ubigeo")
    outlines = departments["department_ubigeo"].map(made["geometry"])
    return departments.assign(geometry=outlines.fillna(departments["geometry"]))


def area_line(row: Mapping[str, Any], view: View, say: Words) -> str:
    """One figure with its unit and year; missing and doubtful say so."""
    if has_reports(view):
        return _report_line(row, view, say)
    if lacks_reports(view):
        return say("timeline.no_figure")
    value = row[AREA_COLUMNS[view.area_measure]]
    if value is None or pd.isna(value):
        return say("timeline.no_figure")
    number = float(value)
    if view.area_measure != "mined":
        decimals = 1 if view.area_measure == "per_km2" and number < 10 else 0
        year = areas_for(view.level).attrs["population_year"]
        return say(f"area.{view.area_measure}.line", value=say.number(number, decimals), year=year)
    doubtful = float(row["doubtful_ha"])
    parts = []
    if number > 0 or not doubtful:
        key = "area.mined.line" if number > 0 else "area.mined.none"
        parts.append(say(key, value=say.number(number, 0 if number >= 10 else 1)))
    if doubtful:
        parts.append(say("area.mined.doubtful", value=say.number(doubtful, 1)))
    return " ".join(parts)


def _report_line(row: Mapping[str, Any], view: View, say: Words) -> str:
    """Count, times the expected, rate and verdict of an area."""
    unit, period = (
        unit_text(row["unit"], row["reported_count"], say),
        say(f"period.{view.period.code}"),
    )
    parts = [f"{say.number(row['reported_count'])} {unit}, {period}"]
    if pd.notna(row["smr"]):
        parts.append(
            say(
                "tip.excess",
                ratio=ratio_text(row["smr"], say),
                expected=say.number(row["expected"], 1),
                rate=say.number(row["rate_per_100k"], 1),
            )
        )
    return " · ".join([*parts, verdict_text(row, say)])


def area_lines(view: View, say: Words) -> dict[str, str]:
    """Words of each tooltip, by code."""
    rows = area_frame(view).to_dict("records")
    return {str(row["area_ubigeo"]): area_line(row, view, say) for row in rows}


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


def area_scale(view: View, say: Words) -> Scale:
    """The scale of the measure, with unit, registry and year under it."""
    measure = view.area_measure
    if lacks_reports(view):
        return Scale(area_title(view, say), (), (), no_reports(view, say))
    if has_reports(view):
        unit = say(f"unit.{view.period.unit}.plural")
        note = say("legend.subject", unit=unit, period=say(f"period.{view.period.code}"))
        return report_scale(measure, area_title(view, say), note, say)
    if measure == "mined":
        note = say("area.mined.note", span=mining_years())
    else:
        year = areas_for(view.level).attrs["population_year"]
        note = say(f"area.{measure}.note", year=year)
    scale = AREA_SCALES[measure, view.level]
    # people in thousands, so that the edges fit under the bar
    thousands = 1e3 if measure == "people" else 1.0
    edges = tuple(say.number(edge / thousands) for edge in scale.breaks[1:-1])
    return Scale(area_title(view, say), scale.colors, edges, note)


def area_title(view: View, say: Words) -> str:
    """The measure and the level."""
    level = say(f"level.{view.level}").lower()
    kind = "measure" if view.area_measure in MEASURES else "area"
    return say("area.title", measure=say(f"{kind}.{view.area_measure}"), level=level)


def area_keys(view: View, say: Words) -> list[tuple[Key, str]]:
    """Signs of what has no figure, and of zero, where they are on the map."""
    frame = area_frame(view)
    values = frame[area_column(view)]
    keys: list[tuple[Key, str]] = []
    if has_reports(view):
        present = set(frame["verdict"])
        keys += [
            (verdict, say(f"verdict.{verdict}"))
            for verdict in ("above", "below")
            if verdict in present and view.area_measure != "verdict"
        ]
        if "untestable" in present and view.area_measure in RATIO_MEASURES:
            keys.append(("missing", say("legend.missing")))
        if (frame["reported_count"] == 0).any() and view.area_measure != "verdict":
            keys.append(("zero", say("legend.zero")))
        return keys
    if values.isna().any():
        keys.append(("missing", say("timeline.no_figure")))
    if view.area_measure == "mined" and (values == 0).any():
        keys.append(("zero", say("area.mined.none")))
    return keys


def no_reports(view: View, say: Words) -> str:
    """Why a level shows no reports: of districts none, of provinces those of some years only."""
    first, last = years_by_province()
    return say(f"area.no_reports.{view.level}", first=first, last=last)


def area_notes(view: View, say: Words) -> list[str]:
    """Small print: what is counted nowhere on the map, how far counts move, who has no outline."""
    if has_reports(view):
        unplaced = int(counts_without_province(view.period).sum())
        notes = [
            say("area.unplaced", count=say.number(unplaced)),
            *flag_lines(view.period, ["not_ranked"], say),
        ]
        if view.area_measure in RATIO_MEASURES:
            notes.append(say("area.waves"))
    else:
        notes = [] if lacks_reports(view) else [no_reports(view, say)]
    absent = areas_for(view.level).attrs["without_outline"]
    if absent:
        named = say.number(len(absent))
        if view.level == "provinces":
            provinces = load_provinces().set_index("province_ubigeo")["province"]
            named = say.list(provinces[absent])
        notes.append(say(f"area.without_outline.{view.level}", count=named))
    return notes
