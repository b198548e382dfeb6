"""Places that help: the nearest by a second way of measuring, and what lies far from one."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from atlas.results.help_places import centres_by_area, known_places, nearest_centre
from data.geography import (
    load_places,
    load_service_places,
    mining_by_area,
    mining_illegality_by_area,
)
from geo.errors import ParameterError


def test_the_nearest_centre_by_another_earth():
    """On the ellipsoid the same centre is nearest to a capital, up to 1 % of the way."""
    offices = load_service_places()
    centres = offices[(offices["service_type"] == "CEM") & ~offices["is_approximate"]]
    seats = load_places().set_index("district_ubigeo").loc[["060801", "170101", "160701"]]
    nearest = nearest_centre(seats["longitude"].to_numpy(), seats["latitude"].to_numpy())
    for row, seat in zip(nearest.itertuples(), seats.itertuples(), strict=True):
        ends = np.full(len(centres), seat.longitude), np.full(len(centres), seat.latitude)
        _, _, metres = Geod(ellps="WGS84").inv(*ends, centres["longitude"], centres["latitude"])
        assert metres.min() / 1000 == pytest.approx(row.km, rel=0.01)
        assert centres["address"].iloc[int(metres.argmin())] == row.address


def test_what_lies_far_from_a_centre_by_area():
    """Departments and provinces have the same people; where no cell is mined there is no mean."""
    provinces, departments = centres_by_area("provinces"), centres_by_area("departments")
    people = provinces["people_over_30km"]
    of_departments = people.groupby(people.index.str[:2]).sum()
    assert of_departments.to_dict() == departments["people_over_30km"].to_dict()
    mined, _ = mining_by_area("provinces")
    has_cells = provinces["mined_km_to_cem"].notna()
    assert has_cells.loc["1701"]
    assert not has_cells.loc["0601"]
    assert mined.reindex(provinces.index[has_cells]).max() == mined.max()
    likely = mining_illegality_by_area("provinces").join(provinces)
    far = likely[(likely["likely_illegal_ha"] >= 100) & (likely["mined_km_to_cem"] > 30)]
    assert far.index.tolist() == ["0812", "1606", "1701", "2112"]
    with pytest.raises(ParameterError, match="departments or provinces"):
        centres_by_area("districts")


def test_what_stands_at_a_capital_or_in_a_city_is_said_to_be_approximate():
    places = known_places()
    without = places["address"] == ""
    assert without.any()
    assert places.loc[without, "is_approximate"].all()
