"""Corridors between departments, on the shipped routes and on made-up ones."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from data.context import load_route_waypoints, load_routes
from geo.corridors import CORRIDOR_COLUMNS, department_corridors
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tier, Tiered

TABLES = Path(__file__).resolve().parents[2] / "data" / "tables"
# Read by hand in data/tables/routes.csv, route by route: origin, departments passed, destinations.
BY_HAND = {
    "R01": "08-17",
    "R02": "16-22",
    "R03": "10-25 25-16",
    "R05": "16-22 22-14 14-20",
    "R09": "16-01 01-06 06-14 14-20 14-24 14-15 14-18 14-23",
    "R10": "21-17",
    "R11": "21-17",
    "R18": "16-15",
    "R19": "25-06",
    "R20": "16-15",
    "R21": "08-17 21-17",
    "R22": "10-15 10-18 10-17 10-25 10-12",
    "R23": "10-15",
    "R24": "10-17",
    "R27": "15-04",
    "R37": "14-06 14-24 14-20 14-13 14-23 14-17",
    "R39": "03-17",
    "R40": "03-21 10-21 25-21 16-21 08-21 04-21",
    "R41": "25-17 22-17 19-17 08-17 04-17 21-17 15-17",
    "R45": "12-17",
    "R46": "08-17",
    # medium: they add to what stands above, none of them carries a corridor alone
    "R04": "16-25 25-10 10-15 10-18 10-23",
    "R06": "20-15",
    "R07": "16-15 15-08",
    "R08": "08-21",
    "R25": "10-18",
    "R26": "19-12 25-12 10-12",
    "R29": "04-17 23-17 18-17",
    "R32": "15-23",
    "R38": "08-17 03-17 04-17 21-17",
    "R42": "17-08 17-21",
}


def corridors() -> pd.DataFrame:
    return department_corridors(load_routes.tiered(), load_route_waypoints.tiered()).frame


def test_shipped_routes_by_hand():
    """Pairs and number of routes as read by hand; high confidence decides, as no pair needs two."""
    with (TABLES / "routes.csv").open(encoding="utf-8", newline="") as file:
        confidence = {row["route_id"]: row["confidence"] for row in csv.DictReader(file)}
    expected: dict[str, set[str]] = {}
    for route, pairs in BY_HAND.items():
        for pair in pairs.split():
            expected.setdefault(pair, set()).add(route)
    expected = {
        pair: routes
        for pair, routes in expected.items()
        if any(confidence[route] == "high" for route in routes)
    }
    shipped = corridors()
    pairs = shipped["origin_ubigeo"] + "-" + shipped["destination_ubigeo"]
    assert dict(zip(pairs, shipped["route_count"], strict=True)) == {
        pair: len(routes) for pair, routes in sorted(expected.items())
    }
    assert len(shipped) == 37
    assert set(shipped["confidence"]) == {"high"}


def test_nothing_but_departments_leaves():
    """The frame holds names of the 25 departments alone, is T1 and passes the gate."""
    made_of = department_corridors(load_routes.tiered(), load_route_waypoints.tiered())
    gated = gate(made_of, "T1")
    assert gated.tier == "T1"
    assert gated.card["derived_from"] == ["routes", "route_waypoints"]
    own = department_corridors(*made({"branches": CUSCO_LIMA}, tier=Tier.T2))
    assert own.tier == "T2"
    frame = gated.frame
    assert tuple(frame.columns) == CORRIDOR_COLUMNS
    departments = pd.read_csv(TABLES / "departments.csv", dtype=str)
    named = dict(zip(departments["department_ubigeo"], departments["department"], strict=True))
    for end in ("origin", "destination"):
        assert [named[code] for code in frame[f"{end}_ubigeo"]] == frame[end].tolist()
    assert (frame["origin_ubigeo"] != frame["destination_ubigeo"]).all()
    assert set(frame["mode"].dropna()) <= {"road", "river", "river and road"}


NAMES = {"08": "Cusco", "15": "Lima", "16": "Loreto", "17": "Madre de Dios", "25": "Ucayali"}


def made(*routes: dict, tier: Tier = Tier.T0) -> list[Tiered[pd.DataFrame]]:
    """Routes from branches of (place, department, basis, leg mode)."""
    lines, stops = [], []
    for number, given in enumerate(routes, start=1):
        route = {
            "route_id": f"R{number}",
            "origin": "",
            "transit": None,
            "destination": "",
            "purpose": "sexual exploitation",
            "confidence": "medium",
            "geometry_class": "path",
            "source_id": f"S{number}",
            "source_title": f"Newspaper {number}",
        } | given
        for branch, places in enumerate(route.pop("branches"), start=1):
            for sequence, (place, code, basis, mode) in enumerate(places, start=1):
                stops.append(
                    {
                        "route_id": route["route_id"],
                        "branch": branch,
                        "sequence": sequence,
                        "place": place,
                        "country": "PE" if code else "EC",
                        "basis": basis,
                        "leg_mode": mode,
                        "department_ubigeo": code,
                        "department": NAMES.get(code),
                    }
                )
        lines.append(route)
    frames = pd.DataFrame(lines), pd.DataFrame(stops).astype(object)
    card = {"sources": [{"title": "made up"}], "licence": "CC0-1.0"}
    names = ("routes", "route_waypoints")
    return [
        Tiered(frame, tier, {**card, "name": name})
        for frame, name in zip(frames, names, strict=True)
    ]


def pairs(*routes: dict) -> list[str]:
    frame = department_corridors(*made(*routes)).frame
    return (frame["origin_ubigeo"] + "-" + frame["destination_ubigeo"]).tolist()


def stop(place: str, code: str | None, basis: str = "stated", mode: str | None = None) -> tuple:
    return place, code, basis, mode


CUSCO_LIMA = [[stop("Cusco", "08"), stop("Lima", "15")]]


def test_two_independent_publications_carry_what_one_does_not():
    """One medium route: nothing. A second publication: a corridor. The same twice: nothing."""
    route = {"branches": CUSCO_LIMA}
    assert pairs(route) == []
    assert pairs(route, route) == ["08-15"]
    assert pairs(route, route | {"source_id": "S1"}) == []
    assert pairs(route | {"confidence": "high"}) == ["08-15"]


def test_reports_of_one_organisation_are_one_source():
    """Two publications of CHS Alternativo do not confirm each other; a third party does."""
    own = [
        {"branches": CUSCO_LIMA, "source_title": title}
        for title in ("CHS Alternativo, Boletín", "RPP: ciudades (CHS)")
    ]
    assert pairs(*own) == []
    assert pairs(*own, {"branches": CUSCO_LIMA}) == ["08-15"]


def test_transit_is_a_sequence_and_destinations_are_a_choice():
    """Departments passed are joined in order; each destination hangs on the last one passed."""
    branch = [stop("Iquitos", "16"), stop("Pucallpa", "25"), stop("Lima", "15"), stop("X", "17")]
    assert pairs({"branches": [branch], "destination": "X", "confidence": "high"}) == [
        "15-17",
        "16-25",
        "25-15",
    ]
    assert pairs({"branches": [branch], "destination": "Lima; X", "confidence": "high"}) == [
        "16-25",
        "25-15",
        "25-17",
    ]


def test_abroad_and_helpers_of_the_drawing_draw_nothing():
    """A leg abroad is no corridor, and a stand-in that no source names is passed over."""
    helper = "drawing aid, not named in the source"
    branch = [
        stop("Quito", None),
        stop("Cusco", "08"),
        stop("Pucallpa", "25", helper, "river Ucayali"),
        stop("Iquitos", "16", mode="road"),
        stop("Leticia", None),
    ]
    frame = department_corridors(*made({"branches": [branch], "confidence": "high"})).frame
    assert frame[["origin", "destination", "mode"]].to_numpy().tolist() == [
        ["Cusco", "Loreto", "river and road"]
    ]
    named = {"branches": [branch], "confidence": "high", "transit": "Ucayali"}
    assert pairs(named) == ["08-25", "25-16"]


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": "migrant smuggling, not trafficking as such"},
        {"origin": "not stated"},
        {
            "geometry_class": "od_proxy",
            "branches": [*CUSCO_LIMA, [stop("Iquitos", "16"), stop("Pucallpa", "25")]],
        },
        {"branches": [[stop("Cusco", "08"), stop("Urcos", "08")]]},
        {"branches": [[stop("Milagro", None), stop("Lima", "15")]]},
    ],
    ids=["smuggling", "no origin", "sets without pairs", "one department", "abroad"],
)
def test_what_is_no_corridor(change):
    route = {"branches": CUSCO_LIMA, "confidence": "high"}
    assert pairs(route) == ["08-15"]
    assert pairs(route | change) == []
