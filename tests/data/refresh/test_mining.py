"""Mined hectares: shared out over cells and districts by area, conserved, suspects apart."""

import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from data.context import (
    load_mining_by_department,
    load_mining_by_district,
    load_mining_cells,
    mining_span,
)
from data.geography import load_areas, load_districts
from data.refresh import mining
from data.refresh.locate import projected
from data.refresh.mining import MiningReading, plan_mining, read_mining
from tests.border_files import collection, external
from tests.brought_files import source_of
from tests.refusing import refused

NEAR_HUEPETUHE = (-70.6, -13.0)


def _read(content: bytes, **options: Any) -> MiningReading:
    return read_mining("m.geojson", content, **options)


def _patch(west: float, south: float, **properties: Any) -> tuple[dict[str, Any], Any]:
    given = {"mined_ha": 10.0, "period": "2019", "share_in_peru": 1, "ubigeo": "170204"}
    return given | properties, shapely.box(west, south, west + 0.02, south + 0.02)


def test_hectares_are_shared_by_area_and_keep_their_period():
    reading = _read(
        collection(
            [
                _patch(-70.61, -13.01, mined_ha=40.0, period="2021"),
                _patch(-70.59, -12.99, mined_ha=5.0, period="2025Q3"),
            ]
        )
    )
    cells = reading.cells.set_index(["longitude", "latitude"])
    assert cells.loc[(-70.625, -13.025), "mined_ha"] == pytest.approx(10, abs=0.01)
    assert cells["mined_ha_to_2023"].sum() == pytest.approx(40, abs=0.03)
    assert cells["mined_ha_since_2024"].sum() == pytest.approx(5, abs=0.03)
    assert reading.periods == ("2021", "2025Q3")
    assert set(cells["department_ubigeo"]) == {"17"}


def test_suspect_places_are_left_out_of_the_cells_only():
    reading = _read(
        collection(
            [
                _patch(*NEAR_HUEPETUHE),
                _patch(-76.5, -6.5, ubigeo="220101", mined_ha=3.0),
                _patch(-73.3, -3.9, ubigeo="160113", mined_ha=2.0),
            ]
        )
    )
    assert reading.facts["polygons_suspect"] == 2
    assert reading.facts["mined_ha_suspect"] == 5.0
    assert reading.cells["mined_ha"].sum() == pytest.approx(10, abs=0.02)
    sums = reading.by_department.set_index("department_ubigeo")["mined_ha"]
    assert sums.to_dict() == {"16": 2.0, "17": 10.0, "22": 3.0}


def test_a_polygon_over_two_districts_is_cut_at_their_line():
    """By the area of each part; over the frontier all of it counts with the part in Peru."""
    west, south = -70.7679, -12.9224
    reading = _read(collection([_patch(west, south, mined_ha=100.0)]))
    patch = shapely.box(west, south, west + 0.02, south + 0.02)
    outlines = load_districts().set_index("district_ubigeo").geometry
    parts = shapely.area(projected(shapely.intersection(outlines.to_numpy(), patch)))
    expected = pd.Series(100 * parts / parts.sum(), outlines.index)[lambda ha: ha > 0.05]
    sums = reading.by_district.set_index("district_ubigeo")["mined_ha"]
    assert len(sums) > 1
    assert sums.to_dict() == pytest.approx(expected.to_dict(), abs=0.06)
    abroad = _read(collection([_patch(-68.8378, -12.1871, mined_ha=100.0)])).by_district
    assert abroad["mined_ha"].sum() == pytest.approx(100, abs=0.1)


def test_a_file_of_the_basin_is_cut_at_the_border():
    basin = {"Mined area (ha)": 8.0, "year": 202602}
    inside, abroad = shapely.box(-70.6, -13.0, -70.58, -12.98), shapely.box(-66, -12, -65.9, -11.9)
    reading = _read(collection([(basin, inside), (basin, abroad)]))
    assert reading.facts["polygons_outside_peru"] == 1
    assert reading.cells["mined_ha"].sum() == pytest.approx(8, abs=0.02)
    assert reading.periods == ("2026Q2",)


@pytest.mark.parametrize(
    ("patches", "match"),
    [
        ([({"period": "2019", "detected_ha": 3.0}, _patch(-70, -13)[1])], "no mined hectares"),
        ([_patch(-70, -13, mined_ha="many")], "mined_ha of feature 1 is 'many'"),
        ([_patch(-70, -13, mined_ha=-1.0)], "mined_ha of feature 1 is -1.0"),
        ([_patch(-70, -13, period="soon")], "period 'soon'; expected .*--period"),
        ([_patch(-13, -70)], "problem.swapped"),
        ([_patch(-70, -13, ubigeo="991001")], "ubigeo 991001 of feature 1"),
        # 300 of them would be cut into 26 million pieces
        (
            [
                ({"mined_ha": 1.0, "year": 2019}, shapely.box(-81 - number / 1e6, -18, -69, 0))
                for number in range(300)
            ],
            r"cells, the largest 1\d\.\d by 1\d\.\d degrees",
        ),
        (
            [({"mined_ha": 3.0, "year": 2019}, shapely.box(-60, -3, -59, -2))],
            "problem.outside_peru",
        ),
    ],
)
def test_what_cannot_be_summed_is_refused(patches, match):
    with refused(match):
        _read(collection(patches))


def test_the_period_can_be_given_for_a_file_that_does_not_say_it():
    patch = _patch(*NEAR_HUEPETUHE)
    del patch[0]["period"]
    assert _read(collection([patch]), period="2026Q2").periods == ("2026Q2",)


def test_the_real_polygons_give_the_shipped_cells():
    reading = _read(external("mining/amw_peru_new_mining_2018_2025Q4.geojson"))
    assert reading.facts["polygons_suspect"] == 43
    shipped = load_mining_cells()
    both = shipped.merge(reading.cells, on=["longitude", "latitude"], how="outer").fillna(
        {"mined_ha_x": 0.0, "mined_ha_y": 0.0}
    )
    total = shipped["mined_ha"].sum()
    assert reading.cells["mined_ha"].sum() == pytest.approx(total, rel=5e-4)
    assert (both["mined_ha_x"] - both["mined_ha_y"]).abs().max() < 2
    known = both.dropna(subset=["department_ubigeo_x", "department_ubigeo_y"])
    assert (known["department_ubigeo_x"] == known["department_ubigeo_y"]).all()
    assert (known["province_ubigeo_x"] == known["province_ubigeo_y"]).all()


def test_the_real_sums_by_district_are_the_shipped_ones():
    reading = _read(external("mining/amw_peru_new_mining_2018_2025Q4.geojson"))
    hectares = reading.by_district.set_index("district_ubigeo")["mined_ha"]
    shipped = load_mining_by_district().set_index("district_ubigeo")["mined_ha"]
    assert hectares.to_dict() == pytest.approx(shipped.to_dict(), abs=0.05)


def test_cells_and_published_districts_agree():
    """Hectares of cells and of published districts differ by less than 40 ha, without suspects."""
    cells = load_mining_cells()
    drawn = cells.groupby("department_ubigeo")["mined_ha"].sum()
    published = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    apart = (drawn - published.reindex(drawn.index)).drop("16")  # Loreto's are half suspect
    assert apart.abs().max() < 40
    assert drawn[["21", "19", "08"]].round(0).tolist() == [2105, 10, 1098]
    assert published[["21", "19", "08"]].round(0).tolist() == [2076, 10, 1093]
    assert (cells["province_ubigeo"].str[:2] == cells["department_ubigeo"]).all()


def test_mining_is_brought_as_a_set(brought):
    """Cells, sums by department and by district from one file."""
    content = collection(
        [
            _patch(*NEAR_HUEPETUHE, mined_ha=50.0, period="2023"),
            _patch(-70.55, -13.0, mined_ha=7.0, period="2026Q1"),
            _patch(-76.5, -6.5, mined_ha=3.0, period="2024", ubigeo="220101"),
        ]
    )
    source = source_of(content, "m.geojson")
    plan = plan_mining(source)
    lines = "\n".join(plan.lines)
    assert "suspect, left out of the cells: 1 polygons, 3.00 ha" in lines
    assert "the detector's model changed in 2024" in lines
    assert "17 Madre de Dios: 87,647.3 -> 57.0 ha" in lines
    brought.add("mining", source, plan)
    assert mining_span() == ("2023", "2026Q1")
    cells = load_mining_cells()
    sums = cells[["mined_ha_to_2023", "mined_ha_since_2024"]].sum()
    assert sums.tolist() == pytest.approx([50.0, 7.0], abs=0.03)
    by_department = load_mining_by_department().set_index("department_ubigeo")["mined_ha"]
    assert by_department.to_dict() == {"17": 57.0, "22": 3.0}
    assert cells["source_title"].iloc[0] == "Amazon Mining Watch: mining detections 2023 to 2026Q1"
    assert load_mining_by_district()["mined_ha"].sum() == pytest.approx(60)
    assert load_areas("provinces")["mined_ha"].sum() == pytest.approx(57)


def test_polygons_that_stand_twice_are_refused():
    patches = [_patch(-70.6 + 0.03 * number, -13.0) for number in range(10)]
    with refused("repeated"):
        _read(collection([*patches, *patches]))


def test_an_outline_that_crosses_itself_for_ever_is_refused(monkeypatch):
    """Of two thousand corners at random GEOS would repair for hours."""
    monkeypatch.setattr(mining, "REPAIR_SECONDS", 3)
    corners = np.random.default_rng(1).uniform((-70.6, -13), (-70.5, -12.9), (2_000, 2))
    begun = time.monotonic()
    with refused("outlines that cannot be repaired in 3 s"):
        _read(collection([(_patch(-70, -13)[0], shapely.Polygon(corners))]))
    assert time.monotonic() - begun < 30


def test_an_outline_of_many_corners_is_repaired_as_one_of_few(monkeypatch, tmp_path):
    """Two squares that touch in a bow: what its own process gives is what this one gives.

    That process does not run the program's script: pages that run in a test stand as one.
    """
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit(1)")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    bow = shapely.Polygon([(-70.6, -13), (-70.5, -12.9), (-70.5, -13), (-70.6, -12.9)])
    ring = shapely.segmentize(bow.exterior, 0.003)  # of a polygon it would drop a half
    many = shapely.Polygon(ring)
    assert shapely.get_num_coordinates(many) > mining.FEW_CORNERS
    few, same = (_read(collection([(_patch(-70, -13)[0], outline)])) for outline in (bow, many))
    pd.testing.assert_frame_equal(few.cells, same.cells)
