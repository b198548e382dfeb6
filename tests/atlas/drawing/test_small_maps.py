"""Outlines and surfaces as pictures of one view."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.drawing.small_maps import small_map, small_view
from data.geography import load_departments
from tests.parsed_html import path_points


def test_every_department_is_in_the_picture() -> None:
    seen = small_map()
    assert [code for code, _, _ in seen.shapes] == [f"{n:02d}" for n in range(1, 26)]
    for code, _, path in seen.shapes:
        xy = path_points(path).round(1)
        assert (xy >= 0).all()
        assert (xy <= [seen.view.width, seen.view.height]).all()
        x, y = seen.spots[code]
        assert xy[:, 0].min() < x < xy[:, 0].max()
        assert xy[:, 1].min() < y < xy[:, 1].max()


def test_places_lie_where_mercator_puts_them() -> None:
    """Known answer: y grows with asinh(tan(latitude)), x with longitude, one scale for both."""
    west, south, east, north = load_departments(simplified=True).total_bounds
    left, top = small_view().at(west, north)
    right, bottom = small_view().at(east, south)
    rise = np.arcsinh(np.tan(np.radians(north))) - np.arcsinh(np.tan(np.radians(south)))
    assert (bottom - top) / (right - left) == pytest.approx(rise / np.radians(east - west))
