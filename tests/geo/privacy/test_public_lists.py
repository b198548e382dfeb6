"""What anybody may have: by list, on the shipped files."""

import geopandas
import pandas as pd
import pytest
import shapely

from data.catalogue import load_package, load_table
from data.context import load_mining_cells, load_route_waypoints, load_routes, load_services
from data.geography import load_departments
from data.reports import load_region_counts
from geo.corridors import department_corridors
from geo.errors import DisclosureError
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive
from geo.privacy.public_lists import PUBLIC_FILES, help_lines

OUTLINES = {
    *("departments_full", "departments_simplified", "provinces_simplified"),
    *("neighbours", "rivers", "lakes"),
}
CLOSED = {"mining_zones", "named_places", "places", "route_waypoints", "routes", "services"}


def test_every_file_is_open_or_closed_by_name():
    """A file that is added later is closed until somebody lists it."""
    names = {resource["name"] for resource in load_package()["resources"]}
    assert names & PUBLIC_FILES == PUBLIC_FILES
    assert names - PUBLIC_FILES >= CLOSED


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_closed_files_do_not_leave_and_nothing_made_of_them(name):
    """Shelters, waypoints, named places: inside yes, public no, also three steps later."""
    frame = load_table(name)
    assert len(gate(frame, "T1")) == len(frame)
    counts = load_region_counts("2023")
    made = derive(counts.head(1), derive(counts, frame, name="first"), name="second")
    for one in (frame, made):
        with pytest.raises(DisclosureError, match=f"rests on .*{name}"):
            gate(one, "T1", outlet="public")


@pytest.mark.parametrize("name", sorted(PUBLIC_FILES - OUTLINES))
def test_open_files_leave_unchanged(name):
    """Published figures pass the public gate as they are, positions of districts apart."""
    frame = load_table(name)
    if name == "districts_2025":
        with pytest.raises(DisclosureError, match="longitude, latitude"):
            gate(frame, "T1", outlet="public")
        frame = frame.drop(columns=["longitude", "latitude"])
    pd.testing.assert_frame_equal(gate(frame, "T1", outlet="public"), frame)


def test_what_the_public_page_is_made_of():
    """Counts (178 stays 178), outlines, mining squares, corridors and help lines pass."""
    counts = gate(load_region_counts("2007-01/2014-04"), "T1", outlet="public")
    assert counts.set_index("department_ubigeo")["reported_count"]["17"] == 178
    assert len(gate(load_departments(simplified=True), "T1", outlet="public")) == 25
    assert len(gate(load_mining_cells(), "T1", outlet="public")) == 456
    corridors = department_corridors(load_routes(), load_route_waypoints())
    assert len(gate(corridors, "T1", outlet="public")) == 37
    lines = gate(help_lines(load_services()), "T1", outlet="public")
    assert [text.split(",")[0].split(" (")[0] for text in lines["name_es"]] == [
        "Línea 1818",
        "Línea 100 y Chat 100",
        "Defensoría del Pueblo",
    ]


def test_products_carry_nothing_else():
    """A town, a position, a finer code or another service in a product is refused."""
    corridors = department_corridors(load_routes(), load_route_waypoints())
    lines = help_lines(load_services())
    shelter = load_services().query("type == 'Shelter (count)'")[["type", "name"]]
    shelter = derive(shelter, load_services(), name="help_lines")
    beside = derive(pd.concat([lines, shelter]), lines, name="help_lines")
    finer = corridors.assign(origin_ubigeo="1701")
    for frame, said in [
        (corridors.assign(town="La Pampa"), "has town as well"),
        (corridors.assign(longitude=-70.0), "has longitude as well"),
        (finer, "finer than the department"),
        (lines.assign(city="Lima"), "has city as well"),
        (shelter, "no help lines"),
        (beside, "no help lines"),
    ]:
        with pytest.raises(DisclosureError, match=said):
            gate(frame, "T1", outlet="public")


@pytest.mark.parametrize(
    "column",
    [
        *("longitude", "site_lat", "Northing", "x", "coord_x", "y_utm", "coordenadas", "gps"),
        *("wkt", "geohash", "direccion", "native_community", "albergue", "staff_count"),
    ],
)
def test_positions_and_sites_are_refused_by_name(column):
    """Whatever the file, no public frame says where somebody is."""
    frame = load_region_counts("2023")
    frame[column] = 1.0
    with pytest.raises(DisclosureError, match=column):
        gate(frame, "T1", outlet="public")
    assert len(gate(frame, "T1")) == 25


@pytest.mark.parametrize("outlet", ["", "Public", "web", None])
def test_refuses_an_unknown_outlet(outlet):
    """A slip of the keyboard does not open a door."""
    with pytest.raises(DisclosureError, match="one of internal, public"):
        gate(load_region_counts("2023"), "T1", outlet=outlet)


@pytest.mark.parametrize("held", ["geometry", "another column", "plain frame", "beside areas"])
def test_points_are_refused_wherever_they_are_held(held):
    """As its geometry, in a second column, or in a frame that is none of geopandas'."""
    counts = load_region_counts("2023")
    points = [shapely.Point(-70, -12)] * 25
    if held == "geometry":
        spots = geopandas.GeoDataFrame(counts, geometry=points, crs=4326)
    elif held == "beside areas":
        areas = [shapely.box(-71, -13, -70, -12)] * 25
        spots = geopandas.GeoDataFrame(counts, geometry=areas, crs=4326)
        spots["seat"] = geopandas.GeoSeries(points, crs=4326)
    else:
        name = "geometry" if held == "plain frame" else "place"
        spots = pd.DataFrame(counts).assign(**{name: pd.Series(points, dtype=object)})
    frame = derive(spots, counts, name="spots")
    with pytest.raises(DisclosureError, match="Point geometry"):
        gate(frame, "T1", outlet="public")
