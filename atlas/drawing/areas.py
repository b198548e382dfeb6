"""The areas of a view, of whatever level: figures, words, scale and small print of its measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from atlas.results.figures import Figures
from atlas.results.regions import results_for
from atlas.results.sentences import (
    flag_lines,
    illegality_span,
    mining_years,
)
from atlas.view import (
    BASES,
    KNOWN_COLUMNS,
    LEVELS,
    MEASURE_COLUMNS,
    MEASURES,
    NO_REPORTS,
    RATIO_MEASURES,
    View,
    areas_for,
    is_counted,
    left_out_overlays,
    years_by_province,
)
from atlas.words import Words
from data.geography import areas_without_outline, load_features, load_provinces
from data.names import AREA_COLUMNS
from data.periods import REGISTRIES
from data.population import census_year
from data.reports import counts_without_province
from geo.excess import Verdict
from geo.regions import FEW_REPORTS
from layers.legend import Entry, Scale
from layers.palette import (
    AREA_SCALES,
    QUIET_AREAS,
    SCALES,
    SMR,
    Categories,
    Choropleth,
    faded,
    shown_class,
)

_MOST = 1e6
"""stands for a change from no report to some where it is coloured"""
_QUIET = next(iter(QUIET_AREAS.colors))


def shown_measure(view: View) -> str:
    """The measure of the view's level."""
    return view.measure if view.level == LEVELS[0] else view.area_measure


def has_reports(view: View) -> bool:
    """Whether the areas are painted by their reports: the departments always are."""
    return shown_measure(view) in MEASURES and is_counted(view.level, view.period)


def lacks_reports(view: View) -> bool:
    """Return whether a view asks for reports that the registry does not publish for its areas.

    The map then draws bare outlines.
    """
    return shown_measure(view) in MEASURES and not has_reports(view)


def drawn_overlays(view: View) -> tuple[str, ...]:
    """Overlays that a map of a view draws, live or on paper."""
    left_out = {NO_REPORTS, *left_out_overlays(view)}
    return tuple(name for name in view.overlays if name not in left_out)


def area_column(view: View) -> str:
    """Return the column of :func:`area_frame` that the view shows."""
    if lacks_reports(view):
        return _QUIET
    return (MEASURE_COLUMNS if has_reports(view) else KNOWN_COLUMNS)[shown_measure(view)]


def area_palette(view: View) -> Choropleth | Categories:
    """Classes and colours of the measure."""
    if lacks_reports(view):
        return QUIET_AREAS
    measure = shown_measure(view)
    return SCALES[measure] if has_reports(view) else AREA_SCALES[measure, view.level]


def area_results(view: View) -> pd.DataFrame:
    """Results of all areas of the level, those without an outline too; the base is of departments.

    Raises ParameterError where the registry does not publish the level.
    """
    base = view.base if view.level == LEVELS[0] else BASES[0]
    return results_for(view.period.at(view.level), base)


def areas_with(results: pd.DataFrame, level: str = LEVELS[0]) -> gpd.GeoDataFrame:
    """The light outlines of departments or provinces joined to the results of a period, by code.

    A province without an outline is left out.
    """
    key = AREA_COLUMNS[level]
    outlines = load_features(f"{level}_simplified")[[key, "geometry"]]
    return gpd.GeoDataFrame(results.merge(outlines, on=key, validate="1:1"), crs=outlines.crs)


def with_full_outlines(frame: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    """The areas of a view with outlines in full detail, as paper draws them."""
    full = load_features(f"{level}_full").set_index(AREA_COLUMNS[level])["geometry"]
    return frame.set_geometry(full.loc[frame["area_ubigeo"]].to_numpy(), crs=frame.crs)


def area_frame(view: View) -> gpd.GeoDataFrame:
    """The areas that have an outline, with the results of the period where reports are shown.

    Code and name of each are ``area_ubigeo`` and ``area``.
    """
    if view.level == LEVELS[0]:
        frame = areas_with(area_results(view))
        return frame.assign(area_ubigeo=frame["department_ubigeo"], area=frame["department"])
    frame = areas_for(view.level)
    if lacks_reports(view):
        return frame.assign(**{_QUIET: _QUIET})
    if not has_reports(view):
        return frame
    results = area_results(view)
    results = results.assign(area_ubigeo=results[AREA_COLUMNS[view.level]])
    new = ["area_ubigeo", *results.columns.difference(frame.columns)]
    return frame.merge(results[new], on="area_ubigeo", validate="1:1")


def change_fill(ratio: float, verdict: str) -> str:
    """Return the colour of a change: strong if ups and downs would rarely explain it."""
    # from no report to some is the largest class
    number = min(ratio, _MOST)
    return SMR.color(shown_class(SMR, number, Verdict.ABOVE if verdict == "rose" else ""))


def area_line(row: Mapping[str, Any], view: View, say: Words) -> str:
    """One figure with its unit and year; missing and doubtful say so."""
    if has_reports(view):
        figures = Figures.of(row, view.period.at(view.level))
        lines = report_lines(figures, view.area_measure, say)
        return " · ".join(filter(None, lines))
    value: Any = None if lacks_reports(view) else row[KNOWN_COLUMNS[view.area_measure]]
    if pd.isna(value):
        return say("timeline.no_figure")
    number = float(value)
    if view.area_measure == "illegal":
        return say("area.illegal.line", value=say.number(number, 0 if number >= 10 else 1))
    if view.area_measure != "mined":
        decimals = 1 if view.area_measure == "per_km2" and number < 10 else 0
        year = census_year()
        return say(f"area.{view.area_measure}.line", value=say.number(number, decimals), year=year)
    doubtful = float(row["doubtful_ha"])
    parts = []
    if number > 0 or not doubtful:
        key = "area.mined.line" if number > 0 else "area.mined.none"
        parts.append(say(key, value=say.number(number, 0 if number >= 10 else 1)))
    if doubtful:
        parts.append(say("area.mined.doubtful", value=say.number(doubtful, 1)))
    return " ".join(parts)


def report_lines(figures: Figures, measure: str, say: Words) -> list[str]:
    """The figure that is shown with its conclusion, and the others."""
    wording = figures.wording(say)
    lines = {"count": f"{wording['counted']}, {wording['period']}"}
    if figures.is_tested:
        lines |= {"rate": wording("tip.rate"), "smr": wording("tip.ratio")}
    first = lines.pop("smr" if measure == "verdict" else measure, "")
    shown = " · ".join(filter(None, (first, wording["conclusion"])))
    return [shown, " · ".join(lines.values())]


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


def measure_name(view: View, say: Words) -> str:
    """Write the measure only."""
    measure = shown_measure(view)
    return say(f"{'measure' if measure in MEASURES else 'area'}.{measure}")


def measure_title(view: View, say: Words, *, is_alone: bool = True) -> str:
    """Write measure and level, for departments with the base if no control shows it."""
    title = measure_name(view, say)
    if view.level != LEVELS[0]:
        return say("area.title", measure=title, level=say(f"level.{view.level}").lower())
    if view.measure not in RATIO_MEASURES or not is_alone:
        return title
    return say("measure.by_base", measure=title, base=say(f"base.{view.base}"))


def subject_text(view: View, say: Words) -> str:
    """Write what is counted, in which unit and period."""
    unit = say(f"unit.{view.period.unit}.plural")
    return say("legend.subject", unit=unit, period=say(f"period.{view.period.code}"))


def scale_note(view: View, say: Words) -> str:
    """Write the note under the scale: unit, registry and year."""
    if lacks_reports(view):
        return no_reports(view, say)
    if has_reports(view):
        return subject_text(view, say)
    if view.area_measure == "mined":
        return say("area.mined.note", span=mining_years())
    if view.area_measure == "illegal":
        return say("area.illegal.note", span=illegality_span())
    year = census_year()
    return say(f"area.{view.area_measure}.note", year=year)


def measure_scale(view: View, say: Words, note: str, *, is_alone: bool = True) -> Scale:
    """The colours of the measure as they are on the map, their edges, and a note under them."""
    title = measure_title(view, say, is_alone=is_alone)
    if lacks_reports(view):
        return Scale(title, (), (), note)
    if has_reports(view):
        scale = report_scale(shown_measure(view), title, note, say)
        if "density" in drawn_overlays(view):
            return replace(scale, colors=tuple(map(faded, scale.colors)))
        return scale
    palette = AREA_SCALES[view.area_measure, view.level]
    # people in thousands, so that the edges fit under the bar
    thousands = 1e3 if view.area_measure == "people" else 1.0
    edges = tuple(say.number(edge / thousands) for edge in palette.breaks[1:-1])
    return Scale(title, palette.colors, edges, note)


def area_keys(view: View, say: Words) -> list[Entry]:
    """Return the signs on the map for outlined, missing and zero areas."""
    is_below, measure = view.level != LEVELS[0], shown_measure(view)
    frame = area_frame(view) if is_below else area_results(view)
    keys: list[Entry] = []
    if has_reports(view):
        present = set(frame["verdict"])
        is_faded = "density" in drawn_overlays(view)  # no colour is strong then
        if measure != "verdict":  # else the colours of the scale say it already
            keys += [
                (verdict, say("legend.strong" if is_strong else f"verdict.{verdict}"))
                for verdict in ("above", "below")
                for is_strong in [measure == "smr" and verdict == "above" and not is_faded]
                if verdict in present
            ]
        rows = zip(frame["smr"], frame["flags"], strict=True)
        if measure == "smr" and any(ratio > 0 and "few_reports" in own for ratio, own in rows):
            keys.append(("few_ratio", say("legend.few", count=FEW_REPORTS)))
        if "untestable" in present and measure != "count":
            keys.append(("missing", say("verdict.untestable")))
        if (frame["reported_count"] == 0).any() and not (is_below and measure == "verdict"):
            keys.append(("zero", say("legend.zero")))
        return keys
    values = frame[area_column(view)]
    if values.isna().any():
        keys.append(("missing", say("timeline.no_figure")))
    if measure == "mined" and (values == 0).any():
        keys.append(("zero", say("area.mined.none")))
    return keys


def no_reports(view: View, say: Words) -> str:
    """Why a level shows no reports: of districts none, of provinces those of some years only."""
    first, last = years_by_province()
    own = view.level in REGISTRIES[view.registry].tables
    key = f"area.no_reports.{view.level}{'.period' if own else ''}"
    return say(key, first=first, last=last, period=say(f"period.{view.period.code}"))


def area_notes(view: View, say: Words) -> list[str]:
    """Write the small print: uncounted reports, ups and downs, areas without an outline."""
    if view.level == LEVELS[0]:
        return []
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
    absent = areas_without_outline(view.level)
    if absent:
        named = say.number(len(absent))
        if view.level == "provinces":
            provinces = load_provinces().set_index("province_ubigeo")["province"]
            named = say.list(provinces[absent])
        notes.append(say(f"area.without_outline.{view.level}", count=named))
    return notes
