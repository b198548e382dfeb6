"""Words of the levels below the department: legend, tooltips, the reason why reports are absent."""

from __future__ import annotations

import pandas as pd

from layers.area_palettes import area_palette
from layers.legend import Key, Scale
from maps.levels import AREA_COLUMNS, areas_for
from maps.mining_words import mining_years
from maps.state import MapState
from messages import Words


def area_lines(state: MapState, say: Words) -> dict[str, str]:
    """The figure of each area in words, by area_ubigeo."""
    frame = areas_for(state.level)
    return {str(row["area_ubigeo"]): area_line(row, state, say) for row in frame.to_dict("records")}


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


def no_reports(state: MapState, say: Words) -> str:
    """Why there are no reports at this level."""
    return say(f"area.no_reports.{state.level}")


def area_caveat(state: MapState, say: Words) -> str:
    """What the figures of the measure are not."""
    if state.area_measure == "mined":
        return say("mining.caveat", span=mining_years())
    return no_reports(state, say)


def area_scale(state: MapState, say: Words) -> Scale:
    """The scale of the measure, with unit, registry and year under it."""
    measure = state.area_measure
    if measure == "mined":
        note = say("area.mined.note", span=mining_years())
    else:
        year = areas_for(state.level).attrs["population_year"]
        note = say(f"area.{measure}.note", year=year)
    title = area_title(state, say)
    return Scale(title, area_palette(measure, state.level).colors, _edges(state, say), note)


def area_title(state: MapState, say: Words) -> str:
    """The measure and the level."""
    level = say(f"level.{state.level}").lower()
    return say("area.title", measure=say(f"area.{state.area_measure}"), level=level)


def _edges(state: MapState, say: Words) -> tuple[str, ...]:
    """Inner edges; people in thousands, so that they fit under the bar."""
    unit = 1e3 if state.area_measure == "people" else 1.0
    breaks = area_palette(state.area_measure, state.level).breaks
    return tuple(say.number(edge / unit) for edge in breaks[1:-1])


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
    notes = [no_reports(state, say)]
    absent = len(frame.attrs["without_outline"])
    if absent:
        notes.append(say(f"area.without_outline.{state.level}", count=say.number(absent)))
    return notes
