"""Two registries beside each other: each on its own axis."""

from __future__ import annotations

import pytest

from atlas.results.agreement import (
    LARGEST,
    agreement_picture,
    beside_each_other,
    common_periods,
    last_common_year,
)
from atlas.results.history import place
from atlas.results.regions import results_for
from atlas.words import words


def test_each_registry_lies_on_the_axis_that_bears_its_name():
    """Across the first registry's ratio, upwards the second's, as the names and words say."""
    picture = agreement_picture(None, words("en"))
    tables = [results_for(one).set_index("department")["smr"] for one in common_periods()]
    for point in picture["points"]:
        for axis, table in zip("xy", tables, strict=True):
            assert point[axis]["value"] == pytest.approx(place(table[point["name"]], LARGEST))
        for told, name in zip(point["told"], picture["names"], strict=True):
            assert name in told


def test_prosecutors_and_police_stand_side_by_side():
    """The last full year of both, each with its unit, and why they differ; no sum, no ratio."""
    periods = last_common_year()
    assert {period.code for period in periods} == {"2023"}
    for lang in ("es", "en"):
        say = words(lang)
        beside = beside_each_other("17", say)
        assert [row["count"].split()[0] for row in beside["rows"]] == ["71", "22"]
        for row, period in zip(beside["rows"], periods, strict=True):
            table = results_for(period).set_index("department_ubigeo")
            assert row["verdict"] == table.loc["17", "verdict"]
            assert say(f"unit.{period.unit}.plural") in row["count"]
        assert "93" not in str(beside)
        assert "Lima" in beside["why"]
    assert beside_each_other("15", words("en"))["rows"][1]["ratio"] == "", "Lima is not compared"


def _boxes(point):
    """What a point draws: its dot, its margins, its name."""
    x, y = point["x"], point["y"]
    yield x["value"] - 0.9, x["value"] + 0.9, y["value"] - 0.9, y["value"] + 0.9
    if point["is_noted"]:
        yield x["low"], x["high"], y["value"], y["value"]
        yield x["value"], x["value"], y["low"], y["high"]


def test_no_name_lies_on_a_dot_a_margin_or_another_name():
    """Whoever is chosen; each department beyond the expected, and the chosen one, is named."""
    for department in (None, "16", "17", "09", "23"):
        points = agreement_picture(department, words("es"))["points"]
        drawn = [box for point in points for box in _boxes(point)]
        names = []
        for point in points:
            assert point["label"] or not point["is_noted"]
            if point["label"]:
                length, left = 1.35 * len(point["name"]), point["label"]["x"]
                left -= length if point["label"]["side"] == "left" else 0
                middle = point["label"]["y"]
                names.append((left, left + length, middle - 1.7, middle + 1.7))
        for number, (left, right, bottom, top) in enumerate(names):
            assert 0 <= left < right <= 100
            for other in (*drawn, *names[:number]):
                crosses = left < other[1] and other[0] < right
                assert not (crosses and bottom < other[3] and other[2] < top), (department, number)


def test_a_name_longer_than_the_picture_is_left_out(monkeypatch):
    """A refreshed table may name a department at any length."""
    monkeypatch.setattr("atlas.results.agreement._LETTER", 30.0)
    points = agreement_picture("17", words("es"))["points"]
    assert {point["label"] for point in points} == {None}
