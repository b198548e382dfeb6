"""The names of a static map: places with a figure, capitals, towns, neighbours, the ocean."""

from __future__ import annotations

import math

import pandas as pd

from data import load_departments, load_named_places, load_neighbours, load_towns
from exports.picture import Mark
from geo.disclosure import gate
from layers.named_places import short_name
from maps.state import MapState
from messages import Words

MERGED_DEGREES = 0.22
"""places nearer than this are one ring on the map of the country."""


def picture_marks(state: MapState, say: Words, towns_of: str | None) -> tuple[Mark, ...]:
    """Names for the map of a state, the most important first.

    Parameters
    ----------
    state : MapState
    say : Words
    towns_of : str or None
        Department whose larger towns are named as well; None names the country's capitals only
        and joins places that would print on top of each other.
    """
    departments = gate(load_departments(simplified=True), "T1")
    marks = _places(say) if "places" in state.overlays else []
    if towns_of is None:
        marks = _merged(marks, departments)
    named = {mark.name for mark in marks}
    for row in departments.itertuples():
        # on the map of the country a capital that is called like its department needs no name
        is_shown = row.capital != row.department or row.department_ubigeo == towns_of
        if is_shown and row.capital not in named:
            marks.append(Mark(row.capital, row.capital_longitude, row.capital_latitude, "capital"))
            named.add(row.capital)
    if towns_of:
        towns = gate(load_towns(), "T1")
        here = towns[towns["department_ubigeo"] == towns_of].nlargest(6, "population")
        for row in here.itertuples():
            if row.name not in named:
                marks.append(Mark(row.name, row.longitude, row.latitude, "capital"))
    name = "country_es" if state.lang == "es" else "country"
    spots = {"BRA": (-70.6, -7.2), "BOL": (-68.1, -15.1), "COL": (-72.2, -1.2),
             "ECU": (-78.4, -1.6), "CHL": (-69.6, -18.9)}  # fmt: skip
    for row in gate(load_neighbours(), "T1").to_dict("records"):
        if row["iso_a3"] in spots:
            marks.append(Mark(row[name], *spots[row["iso_a3"]], "country"))
    marks.append(Mark(say("map.ocean"), -80.0, -10.4, "ocean"))
    return tuple(marks)


def _merged(marks: list[Mark], departments: pd.DataFrame) -> list[Mark]:
    """Places that would print on top of each other as one, under the capital's name if near."""
    capitals = list(
        zip(
            departments["capital"],
            departments["capital_longitude"],
            departments["capital_latitude"],
            strict=True,
        )
    )
    groups: list[list[Mark]] = []
    for mark in marks:
        group = next((g for g in groups if _near(mark, g[0].longitude, g[0].latitude)), None)
        if group is None:
            groups.append([mark])
        else:
            group.append(mark)
    kept = []
    for group in groups:
        first = group[0]
        # a ring that stands for one place keeps that place's own name
        near = sorted(
            (math.hypot(first.longitude - x, first.latitude - y), name)
            for name, x, y in capitals
            if len(group) > 1 and _near(first, x, y)
        )
        name = near[0][1] if near else first.name
        kind = "place" if any(one.kind == "place" for one in group) else "estimate"
        kept.append(Mark(name, first.longitude, first.latitude, kind))  # type: ignore[arg-type]
    return kept


def _near(mark: Mark, longitude: float, latitude: float) -> bool:
    return math.hypot(mark.longitude - longitude, mark.latitude - latitude) < MERGED_DEGREES


def _places(say: Words) -> list[Mark]:
    frame = gate(load_named_places(), "T1").dropna(subset=["longitude", "latitude"])
    name = "place_es" if say.lang == "es" else "place"
    marks = []
    for (longitude, latitude), rows in frame.groupby(
        [frame["longitude"].round(3), frame["latitude"].round(3)], sort=True
    ):
        shorts = [short_name(str(text)) for text in rows[name]]
        best = max(sorted(set(shorts)), key=lambda one: (shorts.count(one), len(one)))
        kind = "estimate" if rows["is_estimate"].all() else "place"
        marks.append((len(rows), Mark(best, float(longitude), float(latitude), kind)))  # type: ignore[arg-type]
    marks.sort(key=lambda pair: (-pair[0], pair[1].name))
    return [mark for _, mark in marks]
