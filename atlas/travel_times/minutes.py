"""Minutes between places over a network that a planner brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from atlas.own_files.isolation import run_in_subprocess
from atlas.own_files.lists import Zones
from atlas.results.places import places
from atlas.tables import formula_safe
from atlas.words import Words, words
from data.context import load_travel_speeds
from data.names import normalise_name
from data.readers.limits import REFRESH, UPLOAD_BYTES
from data.readers.osm import SUFFIXES, Ways, read_ways
from data.readers.raw_table import refuse
from data.readers.road_lines import ways_of_lines
from data.readers.text import read_text
from data.regular_files import open_regular, read_regular
from geo.errors import DataError, ParameterError, UserError
from geo.siting.network import Joined, Network, join_places, shortest_minutes
from geo.siting.zones import lines_outside

SEASONS = ("dry", "rainy")
SIGNS = ("ignore", "cap")
"""Whether a sign holds what it signs below the speed of its class and surface; the first unless
asked, by the hours that are known of Madre de Dios (docs/travel-times.md)."""
LINE_SUFFIXES = (".zip", ".gpkg", ".geojson", ".json")
SNAP_KM = 5.0
"""A place farther than this from every way is not joined to the network."""


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Places where ways begin or end: arrays of one shape."""

    code: np.ndarray
    """as a table of minutes calls each."""
    name: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Minutes over a network, with facts on the network."""

    start: Ends
    end: Ends
    minutes: np.ndarray
    """shape (s, e), infinite where no way leads."""
    start_km: np.ndarray
    """shape (s,), from each place to the nearest way; infinite where it is not joined."""
    end_km: np.ndarray
    road_km: float
    water_km: float
    closed_km: float | None
    """kilometres of ways that excluded zones close; None without zones."""
    most_minutes: float
    """limit of the search for ways."""
    season: str
    signs: str
    walking_kmh: float
    joined: Joined = field(repr=False)
    """the network with the places of ``start`` first."""
    zones: np.ndarray | None = field(repr=False)
    """shape (parts,), what is left of the excluded zones, degrees."""
    zones_digest: str = ""
    """of the excluded zones."""
    notes: list[str] = field(default_factory=list)
    """notes on the reading of the network and on its signs."""


def speeds_for(path: Path | None) -> pd.DataFrame:
    """Return the shipped speeds by code, with a planner's own rows in their place (``is_own``)."""
    table = load_travel_speeds().assign(is_own=False)
    if path is not None:
        own = read_speeds(path, table).assign(is_own=True)
        table = pd.concat([table[~table["code"].isin(own["code"])], own], ignore_index=True)
    return table.set_index("code")


_SPEED_COLUMNS = ("speed_kmh", "against_kmh", "dry_factor", "rainy_factor")


def read_speeds(path: Path, shipped: pd.DataFrame) -> pd.DataFrame:
    """Read rows that replace or extend the shipped speeds.

    A column that is left out is the shipped one's; a speed of 0 closes a class.
    """
    content = read_regular(path, most=UPLOAD_BYTES)
    if content is None:
        raise UserError("records.refusal.too_large", limit=f"{UPLOAD_BYTES >> 20} MB")
    raw = read_text(content)
    heads = [heading.strip().lower() for heading in raw.headings]
    if len({*heads}) < len(heads):
        refuse(path, "a column twice", "each column once", row=1)
    for row, line in zip(raw.rows, raw.lines, strict=True):
        if len(row) != len(heads):
            refuse(
                path,
                "{cells} cells under {headings} headings",
                "one cell a heading",
                row=line,
                cells=len(row),
                headings=len(heads),
            )
    table = pd.DataFrame(raw.rows, columns=heads).assign(line=raw.lines)
    if not {"code", "speed_kmh"} <= set(table.columns):
        refuse(
            path,
            "no code and speed_kmh in the header",
            "a header with code,speed_kmh, and kind, against_kmh, assumed_surface, dry_factor, "
            "rainy_factor if wanted",
            row=1,
        )
    table["code"] = table["code"].str.strip()
    twice = table.loc[table["code"].duplicated() | (table["code"] == ""), "line"]
    if len(twice):
        refuse(path, "a code twice or none", "each code once", row=int(twice.iloc[0]))
    for name in {*_SPEED_COLUMNS} & set(table.columns):
        text = table[name].str.strip()
        number = pd.to_numeric(text.mask(text == "").str.replace(",", "."), errors="coerce")
        least, most = (0.0, 200.0) if name.endswith("kmh") else (0.01, 2.0)
        wrong = table.loc[(text != "") & ~number.between(least, most), "line"]
        if len(wrong):
            refuse(
                path,
                "{column} out of range",
                "a number from {least:g} to {most:g}",
                row=int(wrong.iloc[0]),
                column=name,
                least=least,
                most=most,
            )
        table[name] = number
    own = table.set_index("code")
    base = shipped.set_index("code").reindex(own.index)
    for name in base.columns.intersection(own.columns):
        base[name] = own[name].to_numpy()
    base[["dry_factor", "rainy_factor"]] = base[["dry_factor", "rainy_factor"]].fillna(1.0)
    kinds = set(shipped["kind"])
    lost = ~base["kind"].isin(kinds) | (base["speed_kmh"].isna() & (base["kind"] != "surface"))
    if lost.any():
        refuse(
            path,
            "a row without its kind or speed",
            "a kind ({kinds}) and a speed of every new code",
            row=int(table["line"][lost.argmax()]),
            kinds=", ".join(sorted(kinds)),
        )
    return base.reset_index()


def ways_for(
    path: Path, speeds: pd.DataFrame, columns: Mapping[str, str] | None = None
) -> tuple[Ways, list[str]]:
    """Read the ways of an extract, or of lines through a child, with notes on them.

    ``columns`` names columns of lines by what they hold. GeoError: the file is not taken;
    UserError: no child takes the lines; OSError: nobody can open them.
    """
    by_kind = speeds.groupby("kind").groups
    kind = {name: frozenset(by_kind.get(name, ())) for name in ("road", "foot", "surface")}
    paths = kind["foot"] - {"walk"}
    if path.name.lower().endswith(SUFFIXES):
        if columns:
            raise UserError("command.fault.columns", file=path.name)
        return read_ways(path, roads=kind["road"], paths=paths, surfaces=kind["surface"]), []
    if not path.name.lower().endswith(LINE_SUFFIXES):
        raise DataError(
            path.name,
            came="another kind of file",
            expected="an OpenStreetMap extract ({extracts}) or lines ({lines})",
            extracts=", ".join(SUFFIXES),
            lines=", ".join(LINE_SUFFIXES),
        )
    with open_regular(path) as file:
        layer = run_in_subprocess(file.read(REFRESH.bytes + 1), "layer", largest=REFRESH.bytes)
    return ways_of_lines(
        layer,
        path.name,
        columns=columns or {},
        classes=_by_word(speeds.loc[[*(kind["road"] | paths)]]),
        surfaces=_by_word(speeds.loc[[*kind["surface"]]]),
        paths=paths,
    )


def _by_word(rows: pd.DataFrame) -> dict[str, str]:
    """Return codes by the words for them; a code's own name goes first."""
    codes = rows.index.astype(str)
    code_of = {normalise_name(code): code for code in codes}
    for name in ("name_es", "name"):
        for code, word in zip(codes, rows[name].fillna(""), strict=True):
            code_of.setdefault(normalise_name(str(word)), code)
    return {word: code for word, code in code_of.items() if word}


def travel_times(
    path: Path,
    start: Ends,
    end: Ends,
    *,
    speeds: pd.DataFrame,
    season: str,
    zones: Zones | None = None,
    within_km: float = SNAP_KM,
    most_minutes: float = np.inf,
    signs: str = SIGNS[0],
    columns: Mapping[str, str] | None = None,
    progress: Callable[[float], None] | None = None,
    lang: str = "en",
) -> TravelTimes:
    """Return minutes over the network of a file; ParameterError if it joins no place.

    ``signs``: one of SIGNS; ``columns`` and further errors as in :func:`ways_for`; ``lang`` is the
    language of the note on signs.
    """
    ways, notes = ways_for(path, speeds, columns)
    by_signs = {each: network_of(ways, speeds, season, each) for each in SIGNS}
    network = by_signs[signs]
    notes += _signs_summary(ways, speeds, by_signs["cap"], by_signs["ignore"], signs, words(lang))
    edge_km = network.edge_km()
    may_walk, shapes, closed = None, None, np.zeros(len(edge_km), bool)
    if zones is not None:
        # the child has read the file and reduced it; what is left is the planner's own to wait for
        shapes = shapely.get_parts(shapely.from_wkb(zones.wkb))
        may_walk = partial(lines_outside, shapes)
        network, closed = _closed_in_zones(network, shapes)
    # boats land at towns: all of them join road and river
    towns = places()
    points = [start, end, towns]
    longitude, latitude = (
        np.concatenate([getattr(group, name) for group in points])
        for name in ("longitude", "latitude")
    )
    joined = join_places(network, longitude, latitude, within_km=within_km, is_walkable=may_walk)
    starts = np.arange(len(start.code))
    ends = len(starts) + np.arange(len(end.code))
    for name, positions in (("--from", starts), ("--to", ends)):
        if not np.isfinite(joined.apart_km[positions]).any():
            raise ParameterError(
                "none of the {count:,} places of {option} lies within {limit:g} km of a way of "
                "{file}. Is it the extract of this region?"
                if zones is None
                else "none of the {count:,} places of {option} lies within {limit:g} km of a way "
                "of {file} that one can use. The excluded zones close {closed:,.0f} of "
                "{all:,.0f} km, and others cannot be walked to",
                count=len(positions),
                option=name,
                limit=within_km,
                file=path.name,
                closed=edge_km[closed].sum(),
                all=edge_km.sum(),
            )
    walk = speeds.loc["walk"]
    walking_kmh = float(walk["speed_kmh"] * walk[f"{season}_factor"])
    minutes = shortest_minutes(
        joined,
        starts,
        ends,
        walking_kmh=walking_kmh,
        most_minutes=most_minutes,
        progress=progress,
    )
    # the same place on both lists is two points of the network
    same = (start.longitude[:, None] == end.longitude) & (start.latitude[:, None] == end.latitude)
    minutes[same] = 0.0
    return TravelTimes(
        start=start,
        end=end,
        minutes=minutes,
        start_km=joined.apart_km[starts],
        end_km=joined.apart_km[ends],
        road_km=float(edge_km[~network.is_water].sum()),
        water_km=float(edge_km[network.is_water].sum()),
        closed_km=None if zones is None else float(edge_km[closed].sum()),
        most_minutes=most_minutes,
        season=season,
        signs=signs,
        walking_kmh=walking_kmh,
        joined=joined,
        zones=shapes,
        zones_digest="" if zones is None else zones.digest,
        notes=notes,
    )


def times_summary(times: TravelTimes, say: Words) -> list[str]:
    """Describe the network, its distance from places, and which places are cut off."""
    network = {"roads": f"{times.road_km:,.0f}", "water": f"{times.water_km:,.0f}"}
    lines = [*times.notes, say("command.times.network", **network)]
    if times.closed_km:
        lines.append(say("command.times.closed", km=f"{times.closed_km:,.0f}"))
    ends = (("from", times.start, times.start_km, 1), ("to", times.end, times.end_km, 0))
    for name, candidates, km, _ in ends:
        joined = np.isfinite(km)
        counts = {"count": f"{joined.sum():,}", "all": f"{len(km):,}"}
        text = say("command.times.joined", name=name, **counts)
        if joined.any():
            far = int(np.argmax(np.where(joined, km, -1)))
            apart = {"middle": f"{np.median(km[joined]):.2f}", "most": f"{km[far]:.2f}"}
            text += say("command.times.apart", code=candidates.code[far], **apart)
        lines.append(text)
        if not joined.all():
            left = "" if times.closed_km is None else say("command.times.left_open")
            names = some_names(candidates.code[~joined], say)
            lines.append(say("command.times.too_far", name=name, left=left, names=names))
    reached, most = np.isfinite(times.minutes), ""
    if np.isfinite(times.most_minutes):
        most = say("command.times.most", minutes=f"{times.most_minutes:g}")
    counts = {"count": f"{reached.sum():,}", "all": f"{reached.size:,}"}
    lines.append(say("command.times.pairs", most=most, **counts))
    for name, candidates, km, axis in ends:
        lost = np.isfinite(km) & ~reached.any(axis=axis)
        if lost.any():
            names = some_names(candidates.code[lost], say)
            lines.append(say(f"command.times.no_way_{name}", most=most, names=names))
    return lines


def times_csv(times: TravelTimes) -> str:
    """Write the pairs that can be travelled: from, to, minutes, and the digest of any zones."""
    rows, columns = np.nonzero(np.isfinite(times.minutes))
    # check a name once, not in each of its thousands of rows
    start, end = (
        np.array([formula_safe(str(name)) for name in candidates.code], object)
        for candidates in (times.start, times.end)
    )
    frame = pd.DataFrame(
        {
            "from": start[rows],
            "to": end[columns],
            "minutes": np.round(times.minutes[rows, columns], 2),
            **({"zones": times.zones_digest} if times.zones_digest else {}),
        }
    )
    return frame.to_csv(index=False, lineterminator="\n")


def some_names(names: np.ndarray, say: Words) -> str:
    first_names = [" ".join(str(name).split()) for name in names[:10]]
    more = len(names) - len(first_names)
    return ", ".join(first_names) + (say("command.times.more", count=f"{more:,}") if more else "")


def network_of(ways: Ways, speeds: pd.DataFrame, season: str, signs: str = SIGNS[0]) -> Network:
    """Return a network with minutes per edge: the slower of class and surface, times the season.

    With ``signs`` cap no edge is faster than its sign.
    """
    row = speeds.index.get_indexer(pd.Index(ways.code))

    def of_class(name: str) -> np.ndarray:
        return speeds[name].to_numpy()[row]

    is_road = of_class("kind") == "road"
    assumed = speeds["assumed_surface"].fillna("").to_numpy(str)[row]
    surface = np.where(is_road, np.where(ways.surface != "", ways.surface, assumed), "")
    ground = speeds.index.get_indexer(pd.Index(surface))  # -1, the last, where there is none
    factor = f"{season}_factor"
    cap = np.append(speeds["speed_kmh"].fillna(np.inf), np.inf)[ground]
    season_factor = of_class(factor) * np.append(speeds[factor], 1.0)[ground]
    is_last = np.append(np.diff(ways.way) != 0, True)
    network = Network(
        longitude=ways.longitude,
        latitude=ways.latitude,
        node=ways.node,
        is_last=is_last,
        forward=np.full(len(ways.node), np.inf),
        backward=np.full(len(ways.node), np.inf),
        is_water=(of_class("kind") == "water")[ways.way],
        is_ferry=(ways.code == "ferry")[ways.way],
    )
    km = network.edge_km()
    way_km = np.bincount(ways.way, weights=km)

    def minutes(kmh: np.ndarray, closed: int) -> np.ndarray:
        slowest = np.minimum(kmh, cap) * season_factor
        with np.errstate(divide="ignore", invalid="ignore"):  # a speed of 0 closes a class
            per_km = np.where(
                np.isfinite(ways.minutes),
                ways.minutes / way_km,
                60 / (np.minimum(slowest, ways.limit_kmh) if signs == "cap" else slowest),
            )
            of_edge = km * np.where(ways.direction == closed, np.inf, per_km)[ways.way]
        return np.where(is_last | np.isnan(of_edge), np.inf, of_edge)

    along, against = of_class("speed_kmh"), of_class("against_kmh")
    against = np.where(np.isnan(against), along, against)
    return replace(network, forward=minutes(along, -1), backward=minutes(against, 1))


def _signs_summary(
    ways: Ways, speeds: pd.DataFrame, capped: Network, free: Network, signs: str, say: Words
) -> list[str]:
    """Say how many kilometres signs slow, by how much, and which own speeds they overrule."""
    along = [
        np.where(np.isfinite(network.forward), network.forward, network.backward)
        for network in (capped, free)
    ]
    with_signs, without = (np.where(np.isfinite(minutes), minutes, 0) for minutes in along)
    added = with_signs - without
    slowed = np.flatnonzero(added > 1e-9)
    if not len(slowed):
        return []
    km, added, way = free.edge_km()[slowed], added[slowed], ways.way[slowed]
    table = pd.DataFrame({"km": km, "minutes": added})
    by_limit = table.groupby(np.rint(ways.limit_kmh[way])).sum()
    worst = by_limit[by_limit["minutes"] >= 0.5].nlargest(4, "minutes")
    parts = ", ".join(
        say(
            "command.times.signs.part",
            km=f"{row.km:,.0f}",
            limit=f"{row.Index:.0f}",
            minutes=f"{row.minutes:,.0f}",
        )
        for row in worst.itertuples()
    )
    lines = [
        say(
            f"command.times.signs.{signs}",
            km=f"{km.sum():,.0f}",
            minutes=f"{added.sum():,.0f}",
            detail=f" ({parts})" if parts else "",
        )
    ]
    if signs == "ignore":
        return lines
    own = speeds.index[speeds["is_own"]]
    for name, column in (("class", ways.code), ("surface", ways.surface)):
        km_by_code = pd.Series(km, index=column[way]).groupby(level=0).sum()
        lines += [
            say(f"command.times.signs.own_{name}", km=f"{km_by_code[code]:,.0f}", code=code)
            for code in own.intersection(km_by_code.index)
        ]
    return lines


def _closed_in_zones(network: Network, shapes: np.ndarray) -> tuple[Network, np.ndarray]:
    """Return the network without the edges that touch a zone, and which these are."""
    on = np.flatnonzero(~network.is_last)
    ends = [
        side[network.node[position]]
        for position in (on, on + 1)
        for side in (network.longitude, network.latitude)
    ]
    closed = np.zeros(len(network.node), bool)
    closed[on] = ~lines_outside(shapes, *ends)
    shut = [np.where(closed, np.inf, side) for side in (network.forward, network.backward)]
    return replace(network, forward=shut[0], backward=shut[1]), closed
