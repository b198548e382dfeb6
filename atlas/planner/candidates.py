"""Candidates for a team, the services that exist, and the zones that exclude both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from atlas.own_files.lists import ON_THE_SAFE_SIDE, Zones, row_codes
from atlas.own_files.places import Names, best_match
from atlas.results.help_places import CENTRE, OFFICES, known_places, office_name
from atlas.results.places import area_name, nearest_place, places
from atlas.tables import formula_safe
from atlas.words import Message, message
from data.cache import cached
from data.catalogue import load_table
from data.geography import load_service_places
from data.names import normalise_name
from geo.errors import UserError
from geo.siting.travel import land_of


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places where a site may be opened."""

    code: np.ndarray
    """shape (m,), str: the UBIGEO, or the name (else line-N) on an own list."""
    name: np.ndarray
    near: np.ndarray
    """shape (m,), int: the place of demand it stands in or nearest to."""
    longitude: np.ndarray
    latitude: np.ndarray
    description: Message
    kind: np.ndarray | None = None
    """shape (m,), str: police station, hospital, …; "" where an own list does not say."""
    cost: np.ndarray | None = None
    """shape (m,), soles for a site there, as an own list has them; NaN where it has none."""

    def within(self, departments: tuple[str, ...]) -> Candidates:
        """Return the candidates in the departments; UserError if there are none."""
        if not departments:
            return self
        inside = np.flatnonzero(np.isin(places().department_ubigeo[self.near], departments))
        if not len(inside):
            names = ", ".join(map(area_name, departments))
            raise UserError("siting.refusal.no_candidate_there", names=names)
        arrays = ("code", "name", "near", "longitude", "latitude", "kind", "cost")
        given = {name: getattr(self, name) for name in arrays}
        some = {name: array[inside] for name, array in given.items() if array is not None}
        return replace(self, **some)

    def nearest(self, text: str) -> str | None:
        """Return the code of the candidate whose name or district is most like a text, or None."""
        names = Names()
        for number, code in enumerate(self.code.tolist()):
            for name in (self.name[number], places().district[self.near[number]]):
                names.setdefault(normalise_name(str(name)), []).append(code)
        match = best_match(normalise_name(text), names)
        return None if match is None else match.code

    @property
    def department_ubigeo(self) -> np.ndarray:
        """Shape (m,), str: the department of the place that each stands in or nearest to."""
        return places().department_ubigeo[self.near]

    @property
    def land(self) -> np.ndarray:
        """Return the type of terrain at each candidate: coast, highland, jungle or river.

        A candidate from an own list takes the altitude of the nearest town.
        """
        towns = places()
        altitude, ubigeo = towns.altitude_m[self.near], towns.ubigeo[self.near]
        return land_of(self.longitude, self.latitude, altitude, ubigeo)


MOST_NAMES = 10
"""of places that one sentence repeats"""
OFFERED = ("capitals", "districts", "cem")
"""codes of the candidates that are there without a list"""
SERVICES = (
    *("none", "listed"),
    *("_".join(types) for size in (1, 2, 3) for types in combinations(OFFICES, size)),
)
"""which shipped services are there already: none, all, or those of some types"""


def shipped_candidates(which: str) -> Candidates:
    """Return the capitals of the 196 provinces, of all districts, or the women's centres.

    Centres without a position are left out.
    """
    towns = places()
    if which == "cem":
        return _centres()
    is_offered = towns.is_province_capital if which == OFFERED[0] else towns.ubigeo != ""
    of = np.flatnonzero(is_offered)
    return Candidates(
        code=towns.ubigeo[of],
        name=_names_apart(of),
        near=of,
        longitude=towns.longitude[of],
        latitude=towns.latitude[of],
        description=message(f"siting.candidates.{which}", count=f"{len(of):,}"),
    )


def _names_apart(of: np.ndarray) -> np.ndarray:
    """Return names of places; repeated names get the department, or the province if needed."""
    towns = places()
    names = plain = pd.Series(towns.name[of])
    for areas in (towns.department[of], towns.province[of]):
        is_shared = names.duplicated(keep=False) & ~plain.str.endswith(")")
        names = names.where(~is_shared, plain + " (" + areas + ")")
    return names.to_numpy(str)


def _centres() -> Candidates:
    offices = load_service_places().assign(code=load_table("service_places")["service_id"])
    is_offered = (offices["service_type"] == CENTRE) & ~offices["is_approximate"]
    centres = offices[is_offered]
    return Candidates(
        code=centres["code"].to_numpy(str),
        name=centres["name"].map(office_name).to_numpy(str),
        near=pd.Index(places().ubigeo).get_indexer(centres["district_ubigeo"]),
        longitude=centres["longitude"].to_numpy(float),
        latitude=centres["latitude"].to_numpy(float),
        description=message("siting.candidates.cem", count=f"{len(centres):,}"),
    )


def listed_candidates(table: pd.DataFrame) -> Candidates:
    """Return the candidates of an own list; a code alone means that district's capital."""
    towns = places()
    codes = table["district_ubigeo"].to_numpy(dtype=str)
    town = pd.Index(towns.ubigeo).get_indexer(codes)
    east = table["longitude"].to_numpy(dtype=float, na_value=np.nan)
    north = table["latitude"].to_numpy(dtype=float, na_value=np.nan)
    lost = np.isnan(east) & (town < 0)
    if lost.any():
        line = int(table["line"].to_numpy()[lost][0])
        raise UserError("siting.refusal.no_district", line=line)
    east = np.where(np.isnan(east), towns.longitude[town], east)
    north = np.where(np.isnan(north), towns.latitude[town], north)
    near = np.where(town >= 0, town, nearest_place(east, north))
    given, code = table["name"].to_numpy(dtype=str), row_codes(table)
    names = pd.Series(np.where(given != "", given, towns.name[near]))
    number = table["site_id"].where(table["site_id"] != "", table["line"].astype(str))
    names = names.where(
        ~names.duplicated(keep=False) | (given != ""), names + " (" + number.to_numpy(str) + ")"
    )
    if len(np.unique(code)) < len(code):
        values, counts = np.unique(code, return_counts=True)
        raise UserError("siting.refusal.twice", name=str(values[counts > 1][0]))
    return Candidates(
        code=code,
        name=names.to_numpy(str),
        near=near,
        longitude=east,
        latitude=north,
        description=message("siting.candidates.own", count=f"{len(code):,}"),
        kind=table["kind"].to_numpy(dtype=str) if "kind" in table else None,
        cost=table["cost"].to_numpy(dtype=float, na_value=np.nan) if "cost" in table else None,
    )


def candidate_label(code: str, name: str) -> str:
    """Return how a list offers a candidate: its town, district and department."""
    position = _position_of().get(code)
    if position is None:
        return name
    towns = places()
    names = dict.fromkeys([str(towns.district[position]), str(towns.department[position])])
    return f"{name} · {', '.join(part for part in names if part != name) or name}"


@cached(most=1)
def _position_of() -> dict[str, int]:
    """The place of each district's code among the shipped places."""
    return {str(code): position for position, code in enumerate(places().ubigeo)}


def candidate_aliases(names: pd.Series, listed: pd.DataFrame | None) -> dict[str, str]:
    """Match texts of another list to candidates of an own list, by number, name or district code.

    An exact text goes before a similar one. An apostrophe that our own files put before a formula
    is ignored.
    """
    exact: dict[str, str] = {}
    alike: dict[str, str] = {}
    if listed is None:
        return exact
    for row, code in zip(listed.to_dict("records"), row_codes(listed).tolist(), strict=True):
        shared = (listed["own_code"] == row["own_code"]).sum() > 1
        for name in (row["site_id"], row["name"], "" if shared else row["own_code"]):
            if name:
                exact.setdefault(name, code)
                exact.setdefault(str(formula_safe(name)), code)
                alike.setdefault(normalise_name(name), code)
    alike.pop("", None)
    texts = map(str, pd.unique(names))
    codes = {text: exact.get(text) or alike.get(normalise_name(text)) for text in texts}
    return {text: code for text, code in codes.items() if code}


def some_names(names: Sequence[str]) -> str:
    """Write the first names and the number of the others."""
    more = f" (+{len(names) - MOST_NAMES:,})" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def existing_services(which: str, listed: pd.DataFrame | None) -> pd.DataFrame:
    """Return shipped services (``which`` of ``SERVICES``) and those of an own list, one per place.

    Columns are longitude, latitude, kind and is_own.
    """
    shipped = known_places()
    if which != "listed":
        shipped = shipped[shipped["service_type"].isin(which.split("_"))]
    shipped = shipped[["longitude", "latitude"]].drop_duplicates()
    parts = [shipped.assign(kind="", is_own=False)]
    if listed is not None:
        own = listed_candidates(listed)
        degrees = {"longitude": own.longitude, "latitude": own.latitude}
        kind = "" if own.kind is None else own.kind
        parts.append(pd.DataFrame(degrees).assign(kind=kind, is_own=True))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def about_services(services: pd.DataFrame, counts: np.ndarray) -> list[Message]:
    """Say which services exist, and whether any covers."""
    sentences = []
    if listed := int((~services["is_own"]).sum()):
        sentences.append(message("siting.services.listed", count=listed))
    own = services.loc[services["is_own"], "kind"]
    if len(own):
        kinds = Counter(filter(None, own)).most_common(5)
        of_kinds = f" ({', '.join(f'{name}: {count}' for name, count in kinds)})" if kinds else ""
        sentences.append(message("siting.services.own", count=len(own), kinds=of_kinds))
    key = "covering" if counts.any() else "none"
    return [*sentences, message(f"siting.services.{key}")]


_BESIDE_KM = 0.001
"""of a capital that is next to a zone, not in it, though half a kilometre around the zone's area
belongs to the zone"""


def outside_zones(
    zones: Zones | None, candidates: Candidates, services: pd.DataFrame, buffer_km: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which candidates are beyond the buffer, and which places and services are in a zone.

    All are bool, of shapes (m,), (n,) and (k,). The buffer keeps teams away, not what is already
    there.
    """
    towns, m, n = places(), len(candidates.code), len(places().ubigeo)
    if zones is None:
        return np.ones(m, bool), np.zeros(n, bool), np.zeros(len(services), bool)
    km = zones.distance_km(
        np.concatenate([candidates.longitude, towns.longitude, services["longitude"]]),
        np.concatenate([candidates.latitude, towns.latitude, services["latitude"]]),
    )
    near = candidates.near
    is_capital = (candidates.longitude == towns.longitude[near]) & (
        candidates.latitude == towns.latitude[near]
    )
    elsewhere = zones.is_elsewhere(towns.ubigeo)
    is_beside = np.concatenate(
        [is_capital & elsewhere[near], elsewhere, np.zeros(len(services), bool)]
    )
    km[is_beside & (km == 0)] = _BESIDE_KM
    inside = km[m:] == 0
    return km[:m] > buffer_km * ON_THE_SAFE_SIDE, inside[:n], inside[n:]
