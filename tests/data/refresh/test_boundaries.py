"""Outlines as others publish them: codes, repair, faults measured, a light version that fits."""

import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import ROOT
from data.geography import load_departments
from data.refresh.boundaries import (
    BUDGET_BYTES,
    join_by_code,
    measure_coverage,
    names_and_areas,
    plan_boundaries,
    read_boundaries,
    simplify_to_budget,
)
from data.refresh.boundary_codes import code_features
from geo.errors import DataError
from tests.border_files import collection, external, provinces
from tests.refreshed_years import source_of

SHIPPED = load_departments(root=ROOT)


def _departments(key: str = "FIRST_IDDP", **more: Any) -> list[tuple[dict[str, Any], Any]]:
    rows = zip(SHIPPED["department_ubigeo"], SHIPPED["geometry"], strict=True)
    return [({key: code, **more}, shape) for code, shape in rows]


def _codes(rows: list[dict[str, Any]], **options: Any) -> Any:
    names, _, iso = names_and_areas()
    return code_features("a.geojson", rows, names, iso=iso, **options)


def test_the_shipped_departments_read_back():
    reading = read_boundaries("d.geojson", collection(_departments()))
    assert reading.level == "departments"
    assert reading.codes == tuple(SHIPPED["department_ubigeo"])
    apart = shapely.hausdorff_distance(reading.full, SHIPPED["geometry"].to_numpy())
    assert apart.max() < 2e-5
    assert shapely.is_valid(reading.light).all()
    source = source_of(collection(_departments()), "d.geojson", "2026-01-02")
    plan = plan_boundaries(source, publisher="INEI", licence="open")
    full, light = (new.content for new in plan.replacements.values())
    assert len(light) < BUDGET_BYTES["departments"] + 3_000 < len(full)
    assert json.loads(light)["features"][16]["properties"] == {"department_ubigeo": "17"}


NAMES = {"01": "AMAZONAS", "15": "Lima", "17": "Madre de Dios"}
REGION = [{"CCDD": c, "NOMBDEP": n} for c, n in NAMES.items()]


@pytest.mark.parametrize(
    ("rows", "level", "codes"),
    [
        ([{"CCDD": "08", "CCPP": "03"}, {"CCDD": 1, "CCPP": 2}], "provinces", ("0803", "0102")),
        ([{"CCDD": "17", "CCPP": "01", "CCDI": "02"}], "districts", ("170102",)),
        ([{"UBIGEO": 10101}, {"UBIGEO": "250307"}], "districts", ("010101", "250307")),
        ([{"ADM2_PCODE": "PE1701"}], "provinces", ("1701",)),
        ([{"shapeISO": "PE-AMA"}, {"shapeISO": "PE-CAL"}], "departments", ("01", "07")),
        ([{"shapeType": "ADM1", "shapeName": "Áncash"}], "departments", ("02",)),
        ([{"shapeType": "ADM1", "shapeName": "Lima Metropolitana"}], "departments", ("15",)),
        ([{"shapeType": "ADM2", "shapeName": "Tambopata"}], "provinces", ("1701",)),
        (
            [{"NOMBDEP": "CUSCO", "NOMBPROV": "CUSCO", "NOMBDIST": "SANTIAGO"}],
            "districts",
            ("080106",),
        ),
        (REGION, "departments", ("01", "15", "17")),
    ],
)
def test_level_and_codes_of_many_publishers(rows, level, codes):
    """INEI in parts and whole, the UN, geoBoundaries by code and by name."""
    options = {"level": level} if level == "districts" and "NOMBDIST" in rows[0] else {}
    coding = _codes(rows, **options)
    assert (coding.level, coding.codes) == (level, codes)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([{"OBJECTID": 1}], "properties objectid|OBJECTID"),
        # RENIEC gives 02 to Áncash as INEI does, but 07 to Cusco
        (
            [{"CCDD": "07", "NOMBDEP": "CUSCO"}, {"CCDD": "24", "NOMBDEP": "CALLAO"}],
            "code 07 for Cusco and 1 more such; expected codes of INEI .08.",
        ),
        ([{"shapeType": "ADM3", "shapeName": "Santa Rosa"}], "nothing that says which place"),
    ],
)
def test_codes_that_say_nothing_or_something_else_are_refused(rows, match):
    with pytest.raises(DataError, match=match):
        _codes(rows)


def test_a_misspelt_name_is_told_and_never_guessed():
    names = ["Amazonas", "Áncash", "Apurímac", "HUANUKO"]
    coding = _codes([{"shapeType": "ADM1", "shapeName": name} for name in names])
    assert coding.codes == ("01", "02", "03", None)
    assert coding.unmatched == ("HUANUKO (like HUANUCO)",)


def _swapped(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def _shrunk(pair: tuple, degrees: float) -> tuple:
    """A department smaller all round, unless nothing would be left of it."""
    less = pair[1].buffer(-degrees)
    return pair[0], pair[1] if less.is_empty else less


def _grown(pairs: list, degrees: float) -> list:
    """Every department grown over its neighbours, within the old outline of the country."""
    country = shapely.union_all([shape for _, shape in pairs])
    return [(code, shape.buffer(degrees).intersection(country)) for code, shape in pairs]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda pairs: pairs[1:], "24 departments, without 01; expected 25"),
        (lambda pairs: [(p, _swapped(s)) for p, s in pairs], "latitude and longitude are swapped"),
        (lambda pairs: _grown(pairs, 0.01), "overlaps of .* km2; expected below 1%"),
        (lambda pairs: [_shrunk(pairs[0], 0.06), *pairs[1:]], "01 with an area -1.*%"),
        (lambda pairs: [_shrunk(one, 0.04) for one in pairs], "km2 in all; expected 1,280,172"),
        (
            lambda pairs: [(p | {"FIRST_IDDP": pairs[0][0]["FIRST_IDDP"]}, s) for p, s in pairs],
            "1 departments",
        ),
    ],
)
def test_departments_that_cannot_be_perus_are_refused(change, match):
    with pytest.raises(DataError, match=match):
        read_boundaries("d.geojson", collection(change(_departments())))


def test_half_a_country_of_provinces_is_refused():
    """A regional file would replace the whole country's."""
    content = provinces(lambda pairs: pairs[:150])
    with pytest.raises(DataError, match=r"150 of 196 known provinces; expected at least 95%"):
        read_boundaries("p.geojson", content)


def test_overlaps_and_gaps_are_measured():
    ring = shapely.Polygon(
        shapely.box(0, 0, 5000, 5000).exterior, [shapely.box(1e3, 1e3, 2e3, 2e3).exterior]
    )
    codes, flat, _ = join_by_code(["01", "02"], np.array([ring, shapely.box(4e3, 0, 9e3, 1e3)]))
    found = measure_coverage(codes, flat, {"01": 24.0, "02": 4.0})
    assert found["overlap_km2"] == pytest.approx(1.0)
    assert found["overlaps"] == (("01", "02", 1.0),)
    assert (found["gaps"], found["gap_km2"]) == (1, pytest.approx(1.0))
    assert found["off"] == (("02", 0.25), ("01", 0.0))


def test_an_outline_that_crosses_itself_is_repaired():
    pairs = _departments()
    code, shape = pairs[4]
    ring = list(max(shapely.get_parts(shape), key=shapely.area).exterior.coords)
    spiked = shapely.Polygon([*ring[:-1], ring[10], ring[-2], ring[-1]])
    assert not spiked.is_valid
    pairs[4] = (code, spiked)
    reading = read_boundaries("d.geojson", collection(pairs))
    assert reading.report["repaired"] == 1
    assert shapely.is_valid(reading.full).all()
    assert shapely.is_valid(reading.light).all()


@given(st.integers(2, 6), st.integers(0, 10_000))
@settings(max_examples=15)
def test_shared_borders_stay_shared(side, seed):
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.uniform(-4e5, 4e5, (side**2, 2)))
    box = shapely.box(-4e5, -4e5, 4e5, 4e5)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points)))
    cells = shapely.segmentize(shapely.intersection(cells, box), 3_000)
    light, _ = simplify_to_budget(cells, "departments")
    assert len(light) == len(cells)
    whole = shapely.union_all(light)
    assert shapely.area(light).sum() == pytest.approx(whole.area, rel=1e-9)
    assert sum(len(part.interiors) for part in shapely.get_parts(whole)) == 0


@pytest.mark.parametrize(
    ("name", "level", "outlines"),
    [
        ("departamental", "departments", 25),
        ("provincial", "provinces", 195),
        ("distrital", "districts", 1826),
    ],
)
def test_the_real_borders(name, level, outlines):
    content = external(f"boundaries/peru_{name}_simple.geojson")
    reading = read_boundaries("real.geojson", content)
    assert (reading.level, len(reading.codes)) == (level, outlines)
    assert reading.report["overlap_km2"] < 0.01
    assert reading.report["area_km2"] == pytest.approx(1_280_172, rel=0.01)
    assert shapely.coverage_is_valid(reading.light)
    if level == "provinces":
        assert reading.report["joined"] == (("0510", 2), ("2001", 2))
        assert reading.report["missing"] == ("1608",)
    if level == "districts":
        assert len(reading.report["without_geometry"]) == 8
