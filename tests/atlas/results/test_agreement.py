"""Two registries beside each other: each on its own axis."""

from __future__ import annotations

import pytest

from atlas.results.agreement import LARGEST, agreement_picture, common_periods
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
