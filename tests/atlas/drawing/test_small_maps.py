"""Outlines and surfaces as pictures of one view."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from atlas.drawing.density_pictures import density_picture, difference_picture, half_rims
from atlas.drawing.small_maps import small_map, small_view
from data.geography import load_departments
from data.periods import parse_period


def test_every_department_is_in_the_picture() -> None:
    seen = small_map()
    assert [code for code, _, _ in seen.shapes] == [f"{n:02d}" for n in range(1, 26)]
    for code, _, path in seen.shapes:
        xy = np.array(
            [list(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path)]
        )
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


def test_a_surface_lies_under_its_outlines() -> None:
    """Known answer: the highest class lies at Lima, inland of the coast, within 15 km."""
    picture = density_picture(parse_period("2023"), 20, None)
    png = base64.b64decode(picture.href.removeprefix("data:image/png;base64,"))
    classes = np.asarray(Image.open(io.BytesIO(png)))
    rows, columns = np.nonzero(classes == classes.max())
    x, y, width, height = picture.box
    place = (
        x + (columns.mean() + 0.5) / classes.shape[1] * width,
        y + (rows.mean() + 0.5) / classes.shape[0] * height,
    )
    assert place == pytest.approx(small_view().at(-77.03, -12.05), abs=15 / 111 * 300 / 13.35)


def test_no_evidence_moves_nothing() -> None:
    assert difference_picture(parse_period("2023"), 40, 0.0) is None
    assert difference_picture(parse_period("2023"), 40, 0.5) is not None
    assert len(half_rims(parse_period("2023"), 40)) == 2
