"""Own records between the check and the page: the cube, the demand, the pictures."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_data.page import LARGEST_RADIUS, circles
from atlas.own_files.isolation import CheckedFile
from atlas.own_files.records import (
    CUBE_YEARS,
    MARK,
    OwnRecords,
    gated_cube,
    hold,
    outside_count,
    shown_totals,
    unplaced_count,
)
from atlas.own_files.report import Report
from atlas.planner.demand import demand_of_records
from atlas.results.places import places
from atlas.words import words

TODAY = date(2024, 6, 1)


def checked(*counts: tuple[str, int | None, int], invented: bool = False) -> CheckedFile:
    """CheckedFile records: province, year, number of rows."""
    records: list[dict[str, Any]] = [
        {"year": year, "province_ubigeo": province, "invented": invented}
        for province, year, count in counts
        for _ in range(count)
    ]
    return CheckedFile(records, Report(row_count=len(records), used_count=len(records)))


def shown_of(own: OwnRecords, year: int) -> dict[str, int]:
    """What the table shows of a year, by province."""
    cells = own.counts.frame.query("not is_suppressed and year == @year")
    return cells.set_index("province_ubigeo")["reported_count"].astype(int).to_dict()


SCATTERED = (("1501", 2023, 12), ("0401", 2022, 12))
"""few records in two provinces: beside them no shown total tells that all others are empty"""


def test_counts_are_those_of_the_gate():
    """178, 13 and 12 records: 180, 15 and nothing, counted by hand."""
    own = hold(checked(("1701", 2023, 178), ("0801", 2023, 13), ("1501", 2023, 12)), today=TODAY)
    assert shown_totals(own).to_dict() == {"0801": 15, "1701": 180}
    assert shown_of(own, 2023) == {"0801": 15, "1701": 180}
    assert shown_of(own, 2022) == {}
    assert own.counts.tier == "T2"
    assert "row_count" not in own.counts.card
    assert len(own.counts.frame) == 196 * CUBE_YEARS


def test_the_total_of_the_period_is_judged_by_itself():
    """67 records are 65 on map and planner, 177 are all; those in neither are stated."""
    years = [("1006", year, 11 if year < 2017 else 9) for year in range(2015, 2020)]
    own = hold(
        checked(
            *years,
            ("1006", 2020, 9),
            ("1006", 2021, 9),
            *(("1701", 2023, 100), ("1701", 2022, 70), ("1701", 2021, 7)),
            *(("0801", 2023, 12), ("1701", None, 9), ("1701", 2001, 4)),
        ),
        today=TODAY,
    )
    assert shown_totals(own).to_dict() == {"1006": 65, "1701": 175}
    assert shown_of(own, 2023) == {"1701": 100}
    assert outside_count(own) == 15, "9 without a year and 4 of years before are one sum, rounded"
    assert outside_count(hold(checked(("1701", None, 12)), today=TODAY)) == 0
    assert unplaced_count(own) == 30  # 255 + 9 + 4 less 240, by what is shown
    demand = demand_of_records(own)
    assert demand.weight[np.char.startswith(places().ubigeo, "1006")].sum() == pytest.approx(65)
    assert demand.weight.sum() == pytest.approx(240)
    assert "30" in " ".join(assumption.text(words("es")) for assumption in demand.assumptions)


def test_years_do_not_depend_on_the_records():
    """The span of the cube follows the calendar: it tells nothing about the file."""
    first = hold(checked(("1701", 2023, 15)), today=TODAY)
    second = hold(checked(("1701", 2016, 1)), today=TODAY)
    assert list(first.counts.frame["year"]) == list(second.counts.frame["year"])
    assert set(first.counts.frame["year"]) == set(
        range(TODAY.year - CUBE_YEARS + 1, TODAY.year + 1)
    )


def totals(**counts: int) -> dict[str, int]:
    """Shown totals of so many records of 2023 by province, beside a few scattered ones."""
    counts |= {province: count for province, _, count in SCATTERED}
    frame = pd.DataFrame(
        {"province_ubigeo": np.repeat(list(counts), list(counts.values())), "year": 2023}
    )
    return gated_cube(frame, [2023], name="own", title="own").period_totals


@settings(max_examples=15)
@given(st.integers(0, 40), st.integers(0, 40))
def test_one_record_more_moves_a_weight_by_a_step(count, other):
    """A shown weight changes by 0 or 5, or appears at 15; other provinces do not move."""
    before = totals(**{"1701": count, "0801": other})
    after = totals(**{"1701": count + 1, "0801": other})
    assert before.get("0801") == after.get("0801")
    step = after.get("1701", 0) - before.get("1701", 0)
    assert step in (0, 5) or (step == 15 and "1701" not in before)


def test_invented_rows_mark_everything():
    """One invented row among many marks the whole, and the card that travels with exports."""
    mixed = checked(("1701", 2023, 16))
    mixed.rows[7]["invented"] = True
    own = hold(mixed, today=TODAY)
    assert own.is_invented
    assert MARK in own.counts.card["sources"][0]["title"]
    plain = hold(checked(("1701", 2023, 15)), today=TODAY)
    assert MARK not in str(plain.counts.card)


def test_circles_stand_at_public_places():
    """Area as the count; the place is the province's capital, wherever the records lie."""
    drawn = circles(pd.Series({"1701": 100, "0801": 25}))
    radius = {code: r for code, _, _, r in drawn}
    assert radius["1701"] == LARGEST_RADIUS
    assert radius["0801"] == pytest.approx(LARGEST_RADIUS / 2)
    again = circles(pd.Series({"1701": 15}))
    assert again[0][1:3] == next(circle for circle in drawn if circle[0] == "1701")[1:3]
    assert circles(pd.Series(dtype=int)) == []
