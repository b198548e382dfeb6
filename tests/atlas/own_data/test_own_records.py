"""Own records between the check and the page: the cube, the demand, the pictures."""

from __future__ import annotations

import tracemalloc
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_files.isolation import Checked
from atlas.own_files.records import (
    CUBE_YEARS,
    LARGEST_RADIUS,
    MARK,
    circles,
    class_picture,
    density_of,
    hold,
    province_names,
    shown_by_province,
)
from atlas.own_files.report import Report
from geo.errors import DisclosureError
from geo.privacy.minimum_count import MIN_K
from geo.privacy.support import MIN_PLACES

TODAY = date(2024, 6, 1)
PUERTO_MALDONADO = (-69.177, -12.594)


def checked(*counts: tuple[str, int | None, int], invented: bool = False) -> Checked:
    """Checked records: province, year, number of rows; positions a few km apart."""
    records: list[dict[str, Any]] = []
    for province, year, count in counts:
        for number in range(count):
            records.append(
                {
                    "year": year,
                    "province_ubigeo": province,
                    "position": "given",
                    "longitude": PUERTO_MALDONADO[0] + 0.03 * (number % 4),
                    "latitude": PUERTO_MALDONADO[1],
                    "invented": invented,
                }
            )
    return Checked(records, Report(row_count=len(records), used_count=len(records)))


def test_counts_are_those_of_the_gate():
    """178, 13 and 12 records: 180, 15 and nothing, counted by hand."""
    own = hold(checked(("1701", 2023, 178), ("0801", 2023, 13), ("1501", 2023, 12)), today=TODAY)
    assert shown_by_province(own, 2023).to_dict() == {"0801": 15, "1701": 180}
    assert shown_by_province(own, 2022).empty
    assert own.counts.attrs["tier"] == "T2"
    assert len(own.counts) == 196 * CUBE_YEARS


def test_a_session_holds_no_table_over_the_country():
    """Tumbes to Tacna are 180 MB of half kilometres while a density is drawn, and no longer."""
    rows = checked(("1701", 2023, 40))
    for record, (longitude, latitude) in zip(
        rows.rows, ((-80.45, -3.57), (-70.25, -18.01)), strict=False
    ):
        record |= {"longitude": longitude, "latitude": latitude}
    hold(rows, today=TODAY)  # what the server itself keeps is read now
    tracemalloc.start()
    try:
        own = hold(rows, today=TODAY)
        assert tracemalloc.get_traced_memory()[0] < 5e6
        first = density_of(own, 20)
        held, peak = tracemalloc.get_traced_memory()
        assert held < 5e6 < peak
    finally:
        tracemalloc.stop()
    assert own.support.records.sum() == 40
    assert density_of(own, 20) is first


def test_what_is_in_no_cell_is_counted():
    """Rows without a year or of years before the cube are told apart, and stay in the density."""
    rows = (("1701", 2023, 15), ("1701", None, 2), ("1701", 2001, 3))
    own = hold(checked(*rows), today=TODAY)
    assert (own.no_year, own.other_years) == (2, 3)
    assert own.support.records.sum() == 20
    assert shown_by_province(own, None).to_dict() == {"1701": 15}


def test_years_do_not_depend_on_the_records():
    """The span of the cube follows the calendar: it tells nothing about the file."""
    first = hold(checked(("1701", 2023, 15)), today=TODAY)
    second = hold(checked(("1701", 2016, 1)), today=TODAY)
    assert list(first.counts["year"]) == list(second.counts["year"])
    assert set(first.counts["year"]) == set(range(TODAY.year - CUBE_YEARS + 1, TODAY.year + 1))


def test_demand_is_what_is_shown():
    """Hidden provinces weigh nothing; years add up after rounding."""
    rows = (("1701", 2023, 16), ("1701", 2022, 18), ("0801", 2023, 12))
    own = hold(checked(*rows), today=TODAY)
    assert shown_by_province(own, None).to_dict() == {"1701": 15 + 20}


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 40), st.integers(0, 40))
def test_one_record_more_moves_a_weight_by_a_step(count, other):
    """A shown weight changes by 0 or 5, or appears at 15; other provinces do not move."""
    rows = [("1701", 2023, count), ("0801", 2023, other)]
    before = shown_by_province(hold(checked(*rows), today=TODAY), None)
    rows[0] = ("1701", 2023, count + 1)
    after = shown_by_province(hold(checked(*rows), today=TODAY), None)
    assert before.get("0801") == after.get("0801")
    step = after.get("1701", 0.0) - before.get("1701", 0.0)
    assert step in (0.0, 5.0) or (step == 15.0 and "1701" not in before)


def test_invented_rows_mark_everything():
    """One invented row among many marks the whole, and the card that travels with exports."""
    own = hold(checked(("1701", 2023, 15), ("1701", 2023, 1), invented=True), today=TODAY)
    assert own.is_invented
    assert MARK in own.counts.attrs["card"]["sources"][0]["title"]
    plain = hold(checked(("1701", 2023, 15)), today=TODAY)
    assert MARK not in str(plain.counts.attrs["card"])


def test_the_density_needs_support():
    """Ten records show no pixel; enough from enough places show some, at Puerto Maldonado."""
    few = hold(checked(("1701", 2023, MIN_K - 1)), today=TODAY)
    with pytest.raises(DisclosureError, match="no pixel can be shown"):
        density_of(few, 40)
    enough = hold(checked(("1701", 2023, MIN_K + MIN_PLACES)), today=TODAY)
    protected = density_of(enough, 40)
    assert set(np.unique(protected.classes)) <= set(range(6))
    href, box = class_picture(protected)
    assert href.startswith("data:image/png;base64,")
    assert all(np.isfinite(box))


def test_circles_stand_at_public_places():
    """Area as the count; the place is the province's capital, wherever the records lie."""
    drawn = circles(pd.Series({"1701": 100, "0801": 25}))
    radius = {code: r for code, _, _, r in drawn}
    assert radius["1701"] == LARGEST_RADIUS
    assert radius["0801"] == pytest.approx(LARGEST_RADIUS / 2)
    again = circles(pd.Series({"1701": 15}))
    assert again[0][1:3] == next(one for one in drawn if one[0] == "1701")[1:3]
    assert circles(pd.Series(dtype=int)) == []
    assert len(province_names()) == 196


def test_nothing_held_names_a_row():
    """What a session keeps has no list of records: half kilometres, counts, and the report."""
    own = hold(checked(("1701", 2023, 15)), today=TODAY)
    assert not hasattr(own, "records")
    assert "row_count" not in own.counts.attrs["card"]
