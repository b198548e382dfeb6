"""The gate: tiers, cards, what the public may have, and the properties of every GeoJSON."""

import ast
import copy
from dataclasses import FrozenInstanceError
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.planner import files
from atlas.planner.files import plan_bytes
from atlas.words import words
from data.catalogue import load_package, load_table
from data.context import load_mining_cells, load_route_waypoints, load_routes, load_services
from data.geography import load_departments, load_service_places
from data.reports import load_region_counts
from geo.corridors import department_corridors
from geo.errors import DisclosureError
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tier, Tiered, derive
from geo.privacy.public_lists import (
    DRAWING_PROPERTIES,
    PUBLIC_FILES,
    RESULT_PROPERTIES,
    help_lines,
    require_properties,
)
from layers.geojson import feature, point
from tests.planned import planned

CARD = {
    "name": "complaints",
    "sources": [{"title": "Open data", "publisher": "MPFN"}],
    "licence": "ODC-BY-1.0",
    "sha256": "0123456789abcdef" * 4,
}
TIERS = ["T0", "T1", "T2"]


def make_frame(tier: str = "T0", card: object = CARD, value: int = 178) -> Tiered[pd.DataFrame]:
    frame = pd.DataFrame({"reported_count": [value, 45]}, index=["17", "18"])
    return Tiered(frame, Tier(tier), copy.deepcopy(card))


@pytest.mark.parametrize(
    ("own", "asked", "passes"),
    [
        ("T0", "T0", True),
        ("T0", "T1", True),
        ("T0", "T2", True),
        ("T1", "T0", False),
        ("T1", "T1", True),
        ("T1", "T2", True),
        ("T2", "T0", False),
        ("T2", "T1", False),
        ("T2", "T2", False),
    ],
)
def test_who_passes(own, asked, passes):
    frame = make_frame(own)
    if passes:
        pd.testing.assert_frame_equal(gate(frame, asked).frame, frame.frame)
    else:
        with pytest.raises(DisclosureError):
            gate(frame, asked)


def test_what_passes_is_unchanged_and_passes_again():
    """The frame that went in stays as it was, and what came out may go through again."""
    frame = make_frame()
    before, card = frame.frame.copy(), copy.deepcopy(frame.card)
    out = gate(frame, "T1")
    out.frame.loc["17", "reported_count"] = -1
    out.card["name"] = "changed by the receiver"
    pd.testing.assert_frame_equal(frame.frame, before)
    assert frame.card == card
    again = gate(gate(frame, "T1"), "T1")
    pd.testing.assert_frame_equal(again.frame, frame.frame)
    assert (again.tier, again.card) == (frame.tier, frame.card)


@settings(max_examples=30)
@given(tiers=st.lists(st.sampled_from(TIERS), min_size=1, max_size=4))
def test_derived_is_as_strict_as_its_strictest_input(tiers):
    """A result is as guarded as its strictest input, never T0; own records join nothing."""
    inputs = [
        make_frame(tier, {**CARD, "name": f"input {number}"}) for number, tier in enumerate(tiers)
    ]
    if {"T2"} < set(tiers):
        with pytest.raises(DisclosureError, match="never joined with published figures"):
            derive(pd.DataFrame({"smr": [21.6]}), *inputs, name="result")
        return
    result = derive(pd.DataFrame({"smr": [21.6]}), *inputs, name="result")
    assert result.tier == max([*tiers, "T1"])
    assert result.card["derived_from"] == [f"input {i}" for i in range(len(tiers))]
    if "T2" in tiers:
        with pytest.raises(DisclosureError, match="T2, records of an organisation"):
            gate(result, "T2")
    else:
        assert gate(result, "T1").card == result.card


def test_derived_frame_cites_its_inputs():
    """Sources and licences come along once each, and what is made of T0 alone is T1."""
    other = {**CARD, "name": "population", "sources": [{"title": "INEI"}], "licence": "free"}
    plain = pd.DataFrame({"smr": [21.6]})
    result = derive(plain, make_frame(), make_frame(card=other), make_frame(), name="ratios")
    card = result.card
    assert card["name"] == "ratios"
    assert card["derived_from"] == ["complaints", "population"]
    assert [source["title"] for source in card["sources"]] == ["Open data", "INEI"]
    assert card["licence"] == "ODC-BY-1.0; free"
    counts = make_frame()
    result = derive(counts.frame.assign(smr=[21.6, 3.9]), counts, name="ratios")
    assert (counts.tier, result.tier) == ("T0", "T1")
    with pytest.raises(DisclosureError, match="accepts T0 at most"):
        gate(result, "T0")


def test_a_column_of_another_tier_never_leaves_under_this_one():
    """A T0 frame with a column of T2 is plain, and no gate takes it."""
    published, own = make_frame("T0"), make_frame("T2", value=7)
    mixed = published.frame.assign(n=own.frame["reported_count"])
    joined = published.frame.merge(own.frame, left_index=True, right_index=True)
    for plain in (mixed, joined, pd.concat([published.frame, own.frame])):
        with pytest.raises(DisclosureError, match="the frame has no tier"):
            gate(plain, "T2")
        with pytest.raises(DisclosureError, match=r"mixes T0 and T2: .* never joined"):
            derive(plain, published, own, name="mixed")
    for column in (own.frame["reported_count"], own.frame["reported_count"].to_numpy(), own):
        with pytest.raises(DisclosureError, match=r"column 'n' is a .*another tier than T0"):
            published.assign(n=column)
    with pytest.raises(TypeError, match="item assignment"):
        published["n"] = own.frame["reported_count"]
    with pytest.raises(FrozenInstanceError):
        published.tier = Tier.T1
    with pytest.raises(DisclosureError, match="cannot be given a tier"):
        Tiered(own, Tier.T0, CARD)
    assert published.assign(n=1, period="2023").tier is Tier.T0


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in CARD.items() if key != name}


@pytest.mark.parametrize(
    ("frame", "asked", "message"),
    [
        *((make_frame(), asked, "the outlet has") for asked in (None, "", "t1", "public", 1)),
        ([1, 2, 3], "T1", "the frame is a list"),
        (make_frame("T0", without("licence")), "T1", "lacks licence"),
        (make_frame("T0", without("sources")), "T1", "lacks sources or derived_from"),
        (make_frame("T0", without("sha256")), "T1", "lacks sha256"),
        (make_frame("T0", {**CARD, "sha256": "abc"}), "T1", "64 hexadecimal digits"),
        (make_frame("T1", without("licence")), "T1", "lacks licence"),
        (make_frame("T1", without("sources")), "T1", "lacks sources or derived_from"),
    ],
)
def test_the_gate_refuses(frame, asked, message):
    """Refuse outlets without a tier, frames without a tier, and cards with a missing field.

    Computed figures have no file to be hashed.
    """
    with pytest.raises(DisclosureError, match=message):
        gate(frame, asked)
    assert gate(make_frame("T1", without("sha256")), "T1").tier == "T1"
    with pytest.raises(DisclosureError, match="the outlet has no tier"):
        gate(make_frame())


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "names no input"),
        ([make_frame().frame], "an input of 'result' has no tier"),
    ],
)
def test_results_from_nowhere_are_refused(inputs, message):
    """A result names every frame that it was computed from, each with its tier and card."""
    with pytest.raises(DisclosureError, match=message):
        derive(make_frame().frame, *inputs, name="result")


@pytest.mark.parametrize("card", [None, "text", {}, [], without("name")])
def test_a_frame_needs_a_card_and_a_known_tier(card):
    with pytest.raises(DisclosureError, match="no card with a name"):
        make_frame("T0", card)
    with pytest.raises(DisclosureError, match="the frame has tier 'T3': it is one of T0, T1, T2"):
        Tiered(pd.DataFrame(), "T3", CARD)


OUTLINES = {
    *("departments_full", "departments_simplified", "provinces_simplified"),
    *("neighbours", "rivers", "lakes"),
}
CLOSED = {"mining_zones", "named_places", "places", "route_waypoints", "routes", "services"}


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_closed_files_do_not_leave_and_nothing_made_of_them(name):
    """Closed files and what is made of them do not leave; a new file is closed until listed."""
    names = {resource["name"] for resource in load_package()["resources"]}
    assert names >= PUBLIC_FILES | CLOSED
    assert not PUBLIC_FILES & CLOSED
    frame = load_table.tiered(name)
    assert len(gate(frame, "T1").frame) == len(frame.frame)
    counts = load_region_counts("2023")
    made = derive(counts.head(1), derive(counts, frame, name="first"), name="second")
    for closed in (frame, made):
        with pytest.raises(DisclosureError, match=f"rests on .*{name}"):
            gate(closed, "T1", outlet="public")


@pytest.mark.parametrize("name", sorted(PUBLIC_FILES - OUTLINES))
def test_open_files_leave_unchanged(name):
    """Published figures pass the public gate as they are, positions of districts apart."""
    frame = load_table.tiered(name)
    if name == "districts_2025":
        with pytest.raises(DisclosureError, match="longitude, latitude"):
            gate(frame, "T1", outlet="public")
        frame = frame.without("longitude", "latitude")
    pd.testing.assert_frame_equal(gate(frame, "T1", outlet="public").frame, frame.frame)


def test_what_the_public_page_is_made_of():
    """Counts (178 stays 178), outlines, mining squares, corridors and help lines pass."""
    counts = gate(load_region_counts.tiered("2007-01/2014-04"), "T1", outlet="public").frame
    assert counts.set_index("department_ubigeo")["reported_count"]["17"] == 178
    assert len(gate(load_departments.tiered(simplified=True), "T1", outlet="public").frame) == 25
    assert len(gate(load_mining_cells.tiered(), "T1", outlet="public").frame) == 456
    corridors = department_corridors(load_routes.tiered(), load_route_waypoints.tiered())
    assert len(gate(corridors, "T1", outlet="public").frame) == 37
    lines = gate(help_lines(load_services.tiered()), "T1", outlet="public").frame
    assert [text.split(",")[0].split(" (")[0] for text in lines["name_es"]] == [
        "Línea 1818",
        "Línea 100 y Chat 100",
        "Defensoría del Pueblo",
    ]


def test_products_carry_nothing_else():
    """A town, a position, a finer code or another service in a product is refused."""
    corridors = department_corridors(load_routes.tiered(), load_route_waypoints.tiered())
    lines = help_lines(load_services.tiered())
    shelter = load_services().query("type == 'Shelter (count)'")[["type", "name"]]
    shelter = derive(shelter, load_services.tiered(), name="help_lines")
    beside = derive(pd.concat([lines.frame, shelter.frame]), lines, name="help_lines")
    finer = corridors.assign(origin_ubigeo="1701")
    for frame, reason in [
        (corridors.assign(town="La Pampa"), "has town as well"),
        (corridors.assign(longitude=-70.0), "has longitude as well"),
        (finer, "finer than the department"),
        (lines.assign(city="Lima"), "has city as well"),
        (shelter, "no help lines"),
        (beside, "no help lines"),
    ]:
        with pytest.raises(DisclosureError, match=reason):
            gate(frame, "T1", outlet="public")


@pytest.mark.parametrize(
    ("column", "planted", "reason"),
    [
        ("service_type", "HRT", "holds HRT"),
        ("name", "Cem Hogar de Refugio Temporal", "names a refuge"),
        ("name", "Rosa Quispe Mamani", "no office's"),
        ("name", "Cem Regular Bagua, Lic. Rosa Quispe", "names a person"),
        ("address", "Jr. Lima 120, cel. 987 654 321", "a telephone"),
        ("address", "Jr. Lima 120 (01) 4197260", "a telephone"),
        ("contact", "987654321", "has contact as well"),
        ("head", "Rosa Quispe", "has head as well"),
    ],
)
def test_places_that_help_are_offices_and_nothing_else(column, planted, reason):
    """A refuge, a telephone or a person's name in one row stops the whole table."""
    frame = load_service_places.tiered()
    assert len(gate(frame, "T1", outlet="public").frame) == len(frame.frame)
    frame.frame.loc[0, column] = planted
    with pytest.raises(DisclosureError, match=reason):
        gate(frame, "T1", outlet="public")


@pytest.mark.parametrize(
    "column",
    [
        *("longitude", "site_lat", "Northing", "x", "coord_x", "y_utm", "coordenadas", "gps"),
        *("wkt", "geohash", "direccion", "native_community", "albergue", "staff_count"),
    ],
)
def test_positions_and_sites_are_refused_by_name(column):
    frame = load_region_counts.tiered("2023").assign(**{column: 1.0})
    with pytest.raises(DisclosureError, match=column):
        gate(frame, "T1", outlet="public")
    assert len(gate(frame, "T1").frame) == 25


@pytest.mark.parametrize("outlet", ["", "Public", "web", None])
def test_refuses_an_unknown_outlet(outlet):
    with pytest.raises(DisclosureError, match="one of internal, public"):
        gate(load_region_counts.tiered("2023"), "T1", outlet=outlet)


@pytest.mark.parametrize("where", ["geometry", "another column", "plain frame", "beside areas"])
def test_points_are_refused_wherever_they_are_held(where):
    """As its geometry, in a second column, or in a frame that is none of geopandas'."""
    published = load_region_counts.tiered("2023")
    counts = published.frame
    points = [shapely.Point(-70, -12)] * 25
    if where == "geometry":
        spots = geopandas.GeoDataFrame(counts, geometry=points, crs=4326)
    elif where == "beside areas":
        areas = [shapely.box(-71, -13, -70, -12)] * 25
        spots = geopandas.GeoDataFrame(counts, geometry=areas, crs=4326)
        spots["seat"] = geopandas.GeoSeries(points, crs=4326)
    else:
        name = "geometry" if where == "plain frame" else "place"
        spots = pd.DataFrame(counts).assign(**{name: pd.Series(points, dtype=object)})
    frame = derive(spots, published, name="spots")
    with pytest.raises(DisclosureError, match="Point geometry"):
        gate(frame, "T1", outlet="public")


ROOT = Path(__file__).resolve().parents[3]
WRITERS = {"atlas/paper/geojson.py", "atlas/planner/files.py", "layers/geojson.py"}
"""The modules that make GeoJSON; all take the names from the list."""


def test_a_property_that_is_not_named_is_refused(monkeypatch):
    """A count, a name or an id smuggled into a feature stops the map instead of leaving."""
    document = planned(sites=6)
    values = files._properties(document.sites[0])
    for name in ("victim_age", "record_id", "reported_exact"):
        with pytest.raises(DisclosureError, match=name):
            feature(shapely.Point(-70, -12), tip="x", **{name: 7})
        with pytest.raises(DisclosureError, match=name):
            point(-70, -12, **{name: None})
        more = {**values, name: 7}
        monkeypatch.setattr(files, "_properties", lambda *_, more=more: dict(more))
        with pytest.raises(DisclosureError, match=name):
            plan_bytes(document, ".geojson", words("en"))
    require_properties([*RESULT_PROPERTIES, *DRAWING_PROPERTIES])


def test_nobody_else_writes_geojson():
    """Only the listed modules write a feature or a collection, or call to_json.

    The readers (data/) take them in, the benchmarks measure a page that is not ours.
    """
    writers = set()
    for path in (path for top in ("atlas", "geo", "layers") for path in (ROOT / top).rglob("*.py")):
        place = path.relative_to(ROOT)
        text = path.read_text(encoding="utf-8")
        if not any(word in text for word in ('"features"', '"geometry"', "to_json", "to_geo_dict")):
            continue
        tree = ast.parse(text)
        for node in ast.walk(tree):
            keys = node.keys if isinstance(node, ast.Dict) else []
            written = {key.value for key in keys if isinstance(key, ast.Constant)}
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else ""
            # "properties" alone is a JSON schema's word as well
            is_feature = {"properties", "geometry"} <= written or "features" in written
            if is_feature or name in ("to_geo_dict", "to_json"):
                writers.add(str(place))
    assert writers == WRITERS
