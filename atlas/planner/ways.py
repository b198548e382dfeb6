"""Ways to candidates and services: kilometres over the land, or minutes of a planner's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from atlas.planner.candidates import MOST_NAMES, Candidates, candidate_aliases, some_names
from atlas.results.places import Places, land_of_places, nearest_place, places
from atlas.words import Message, message
from data.cache import cached
from data.context import load_known_connections
from data.readers.matrix import point_of
from geo.crs import great_circle_km
from geo.errors import UserError
from geo.siting.travel import DETOUR, over_road, travel_cost, travel_time_matrix

NEAR_KM = 1.0
"""Farther apart no two places are 0 minutes from each other, however a router rounds."""
_ENDS = ("from", "to")
SERVICE_KM = 10.0
"""A service stands for the capital of its district in a table of minutes up to this far from it; in
a table of towns so do places and candidates for the nearest town."""


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """Kilometres or minutes, with notes on them."""

    cost: np.ndarray
    """shape (n, m), to each candidate."""
    existing: np.ndarray
    """shape (n,), to the nearest service."""
    assumptions: list[Message]
    is_known: np.ndarray
    """shape (n,), bool: the place stands in the table; all of them do without one."""
    is_named: np.ndarray
    """shape (m,), bool: so does the candidate."""
    towns: tuple[str, ...] = ()
    """of a table that joins towns by their names: it says nothing of places far from these."""
    rows_idle: int = 0
    """of the table, those that join no place with a candidate or a service."""
    unmatched: tuple[str, ...] = ()
    """names of the table that are none of ours, each with the nearest of ours in brackets."""


def ways_of(
    times: pd.DataFrame | None,
    listed: pd.DataFrame | None,
    candidates: Candidates,
    services: pd.DataFrame,
) -> Ways:
    """Return ways to each candidate and to the nearest service, in minutes or kilometres.

    Minutes come from a table. ``listed`` are the rows of own candidates. UserError if the table is
    impossible.
    """
    if times is not None:
        return _table_ways(times, listed, candidates, services)
    towns, land = places(), land_of_places()
    n = len(towns.ubigeo)
    # nothing of an upload outlives its session
    ways = _ways if listed is None else _ways.__wrapped__
    cost = ways(_ends(candidates, candidates.near, candidates.land))
    existing = np.full(n, np.inf)
    if len(services):
        near = nearest_place(services["longitude"].to_numpy(), services["latitude"].to_numpy())
        ways = _ways if not services["is_own"].any() else _ways.__wrapped__
        existing = ways(_ends(services, near, land[near])).min(axis=1)
    name = dict(zip(towns.ubigeo, towns.name, strict=True))
    roads, cut_off = _known_ways()
    notes = [message("siting.distance", **{land: f"{factor:g}" for land, factor in DETOUR.items()})]
    notes.append(message("siting.land"))
    for road in roads:
        ends = {"start": name[road.from_ubigeo], "end": name[road.to_ubigeo]}
        notes.append(message("siting.known.road", **ends, km=f"{road.km:g}"))
    lost = ", ".join(f"{name[code]} ({code})" for code in cut_off)
    notes += [message("siting.known.none", places=lost), message("siting.known.rest")]
    return Ways(cost, existing, notes, np.ones(n, bool), np.ones(len(candidates.code), bool))


End = tuple[float, float, int, str]
"""longitude, latitude, position of the nearest place, and land of where a way ends"""


def _ends(spots: Candidates | pd.DataFrame, near: np.ndarray, land: np.ndarray) -> tuple[End, ...]:
    degrees = spots.longitude.tolist(), spots.latitude.tolist()
    return tuple(zip(*degrees, near.tolist(), land.tolist(), strict=True))


@cached(most=3)
def _ways(ends: tuple[End, ...]) -> np.ndarray:
    """Return kilometres from each place to each end, shape (n, ends).

    Kept: a page asks for the same ways at each change of a plan. Shared: read only.
    """
    towns = places()
    start = [towns.longitude, towns.latitude, land_of_places()]
    longitude, latitude, near, land = (np.array(part) for part in zip(*ends, strict=True))
    end = [longitude, latitude, land]
    cost = travel_cost(*start, *end)
    roads, cut_off = _known_ways()
    for road in roads:
        is_end = [towns.ubigeo == code for code in (road.from_ubigeo, road.to_ubigeo)]
        sides = [[part[is_side] for part in start] for is_side in is_end]
        to_one, to_other = (travel_cost(*start, *side)[:, 0] for side in sides)
        from_one, from_other = (travel_cost(*side, *end)[0] for side in sides)
        cost = over_road(
            cost, to_one, to_other, road_km=road.km, from_one=from_one, from_other=from_other
        )
    for code in cut_off:
        is_cut_off = towns.ubigeo == code
        cost[is_cut_off[:, None] != is_cut_off[near][None, :]] = np.inf
    cost.setflags(write=False)
    return cost


def _known_ways() -> tuple[list[Any], list[str]]:
    """Return the roads of known length, and the codes of places that no way leads to."""
    connections = load_known_connections()
    roads = list(connections[connections["km"].notna()].itertuples())
    return roads, connections.loc[connections["way"] == "none", "from_ubigeo"].tolist()


def _table_ways(
    table: pd.DataFrame,
    listed: pd.DataFrame | None,
    offered: Candidates,
    services: pd.DataFrame,
) -> Ways:
    """Return the minutes of a table of travel times.

    A service stands for its district's capital; one that the table does not name is unknown.
    """
    towns, m = places(), len(offered.code)
    near = np.empty(0, int)
    if len(services):
        spots = services["longitude"].to_numpy(float), services["latitude"].to_numpy(float)
        near = nearest_place(*spots)
        apart = great_circle_km(*spots, towns.longitude, towns.latitude)
        near = near[apart[np.arange(len(near)), near] <= SERVICE_KM]
    table, named = _both_ways(_named(table, offered))
    is_of_towns, stands = "is_back" in table, towns.ubigeo[near]
    if is_of_towns:
        is_town = np.isin(towns.ubigeo, [*named.values(), *table["from"], *table["to"]])
        town_of = _nearest_of(is_town, offered)
        stands = np.concatenate([stands, towns.ubigeo[town_of[town_of >= 0]]])
    ends = [*offered.code.tolist(), *np.setdiff1d(stands, offered.code).tolist()]
    aliases = candidate_aliases(pd.concat([table["from"], table["to"]]), listed)
    texts, known = dict.fromkeys([*table["from"], *table["to"]]), {*towns.ubigeo.tolist(), *named}
    sites = {text for text in texts if aliases.get(text, named.get(text, text)) in {*ends}}
    strange = [text for text in texts if text not in sites | known]
    is_site, is_place = (table[[*_ENDS]].isin(group).to_numpy() for group in (sites, known))
    is_used = (is_site & is_place[:, ::-1]).any(axis=1)
    unmatched = tuple(_with_nearest(text, offered) for text in strange[:MOST_NAMES])
    if not is_used.any():
        raise UserError("siting.refusal.times_names", names=some_names([*(unmatched or texts)]))
    minutes, is_known, is_named, idle, is_outward = travel_time_matrix(
        table, list(towns.ubigeo), ends, aliases, named
    )
    _require_ways(minutes[:, :m], offered)
    notes = [message("siting.times")]
    notes.append(message(f"siting.times.{'outward' if is_outward else 'inward'}"))
    if is_of_towns:  # places and candidates beside a town stand for it
        notes.append(message("siting.times.both"))
        idle, is_town = int((~is_used)[~table["is_back"]].sum()), is_town & is_known
        takes, town = ~is_named[:m] & (town_of >= 0), pd.Index(towns.ubigeo[town_of])
        takes &= is_town[town_of]
        minutes[:, np.flatnonzero(takes)] = minutes[:, pd.Index(ends).get_indexer(town[takes])]
        is_named[:m] |= takes
        town_of = _nearest_of(is_town, towns)
        takes = ~is_known & (town_of >= 0)
        minutes[takes], is_known[takes] = minutes[town_of[takes]], True
    existing = np.full(len(towns.ubigeo), np.inf)
    if len(services):
        column = pd.Index(ends).get_indexer(pd.Index(np.unique(towns.ubigeo[near])))
        column = column[is_named[column]]
        existing = minutes[:, column].min(axis=1, initial=np.inf)
        there = np.isin(towns.ubigeo[near], np.array(ends, dtype=str)[column]).sum()
        if lost := len(services) - int(there):
            notes.append(message("siting.times.services", count=lost, all=len(services)))
    if idle:
        notes.append(message("siting.times.idle", count=idle))
    return Ways(
        minutes[:, :m],
        existing,
        notes,
        is_known,
        is_named[:m],
        towns=tuple(towns.name[is_town].tolist()) if is_of_towns else (),
        rows_idle=idle,
        unmatched=(*unmatched, *strange[MOST_NAMES:]),
    )


def _nearest_of(is_town: np.ndarray, spots: Candidates | Places) -> np.ndarray:
    """Return the nearest of these towns within SERVICE_KM of each spot, or -1."""
    towns, at = places(), np.flatnonzero(is_town)
    degrees = towns.longitude[at], towns.latitude[at]
    if not len(at):
        return np.full(len(spots.longitude), -1)
    km = great_circle_km(spots.longitude, spots.latitude, *degrees)
    return np.where(km.min(axis=1) <= SERVICE_KM, at[km.argmin(axis=1)], -1)


def _both_ways(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return a table with minutes of two towns in both directions, and the district of each town.

    A direction that the table has is kept.
    """
    if "from_place" not in table:
        return table, {}
    sides = [table[[end, f"{end}_place"]].set_axis(["text", "code"], axis=1) for end in _ENDS]
    named = pd.concat(sides).drop_duplicates()
    named = dict(named[named["code"] != ""].itertuples(index=False, name=None))
    ends = [table[end].map(named).fillna(table[end]) for end in _ENDS]
    pairs, back = (pd.MultiIndex.from_arrays(way) for way in (ends, ends[::-1]))
    is_of_towns = (table["from_place"] != "") & (table["to_place"] != "")
    if not is_of_towns.any():
        return table, named
    reverse = table[is_of_towns & ~pairs.isin(back)].rename(columns={"from": "to", "to": "from"})
    return pd.concat([table.assign(is_back=False), reverse.assign(is_back=True)]), named


def _with_nearest(text: str, offered: Candidates) -> str:
    """Return a name of a table with the candidate or the town that it is most like."""
    near = offered.nearest(text)
    name = "" if near is None else str(offered.name[offered.code == near][0])
    return f"{text} ({name}?)" if name else text


def _named(table: pd.DataFrame, offered: Candidates) -> pd.DataFrame:
    """Give the points of a matrix the codes of places and candidates within NEAR_KM.

    Each place takes the nearest point.
    """
    towns = places()
    codes = np.concatenate([towns.ubigeo, offered.code])
    degrees = [
        np.concatenate([getattr(side, name) for side in (towns, offered)])
        for name in ("longitude", "latitude")
    ]
    for name in ("from", "to"):
        points = {text: point for text in pd.unique(table[name]) if (point := point_of(str(text)))}
        if not points:
            continue
        km = great_circle_km(*degrees, *zip(*points.values(), strict=True))
        is_near = km.min(axis=1) <= NEAR_KM
        texts = np.array(list(points), object)[km.argmin(axis=1)[is_near]]
        names = pd.DataFrame({name: texts, "code": codes[is_near]}).drop_duplicates()
        table = table.merge(names, on=name, how="left")
        table[name] = table.pop("code").fillna(table[name])
    return table


def _require_ways(minutes: np.ndarray, offered: Candidates) -> None:
    """Refuse 0 minutes between different places."""
    towns = places()
    for town, site in np.argwhere(minutes == 0).tolist():
        if towns.ubigeo[town] == offered.code[site]:
            continue
        start = [towns.longitude[town]], [towns.latitude[town]]
        end = [offered.longitude[site]], [offered.latitude[site]]
        km = float(great_circle_km(*start, *end)[0, 0])
        if km > NEAR_KM:
            raise UserError(
                "siting.refusal.zero_minutes",
                place=f"{towns.name[town]} ({towns.ubigeo[town]})",
                site=str(offered.name[site]),
                km=f"{km:,.0f}",
            )
