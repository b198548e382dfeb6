"""Departments of own points: known towns, a shared border, a second way."""

from __future__ import annotations

import numpy as np
import shapely

from atlas.results import points
from atlas.results.points import department_position
from data.geography import load_departments
from geo.crs import to_analysis
from geo.density.grid import project_geometry


def test_capitals_lie_in_their_departments():
    """The capitals of the table, by the shipped outlines (Callao's lies in the bay)."""
    frame = load_departments().sort_values("department_ubigeo").reset_index(drop=True)
    at = to_analysis(frame["capital_longitude"], frame["capital_latitude"])
    missed = frame.loc[department_position(*at) != frame.index, "department_ubigeo"]
    assert set(missed) <= {"07"}


def test_agrees_with_a_join():
    """Second way: a tree of the outlines, of several that hold a point the first."""
    frame = load_departments().sort_values("department_ubigeo")
    rng = np.random.default_rng(5)
    x, y = to_analysis(rng.uniform(-81.4, -68.6, 2_000), rng.uniform(-18.4, 0, 2_000))
    tree = shapely.STRtree([project_geometry(shape) for shape in frame.geometry])
    joined = np.full(2_000, len(frame))
    np.minimum.at(joined, *tree.query(shapely.points(x, y), predicate="intersects"))
    found = department_position(x, y)
    assert np.where(found < 0, len(frame), found).tolist() == joined.tolist()
    assert (found == -1).any()


def test_a_shared_border_belongs_to_the_first(monkeypatch):
    """A point on the border of two regions, at the corner of both, and one outside."""
    boxes = np.array([shapely.box(0, 0, 5, 5), shapely.box(5, 0, 9, 5)])
    monkeypatch.setattr(points, "_departments", lambda: (["one", "two"], boxes))
    found = department_position(np.array([5.0, 5.0, 5.1, 9.1]), np.array([2.0, 5.0, 2.0, 2.0]))
    assert found.tolist() == [0, 0, 1, -1]
