"""Departments of points: known towns, and a cache that is used, repaired and never needed."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

import maps.department_join as module
from data import load_departments
from geo.errors import GeoError
from maps.department_join import cache_folder, department_of, kept_labels


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Each test its own folder, and nothing remembered by the process."""
    monkeypatch.setenv("ATLAS_CACHE", str(tmp_path / "cache"))
    module._departments.cache_clear()
    yield
    module._departments.cache_clear()


def test_capitals_lie_in_their_departments():
    """The capitals of the table, by the shipped outlines (Callao's lies in the bay)."""
    frame = load_departments()
    found = department_of(frame["capital_longitude"], frame["capital_latitude"])
    missed = frame.loc[found != frame["department_ubigeo"], "department_ubigeo"]
    assert set(missed) <= {"07"}


def test_outside_is_empty_and_a_place_that_is_none_is_refused():
    """The ocean has no department; NaN is not the ocean."""
    assert department_of([-85.0, -60.0], [-12.0, -12.0]).tolist() == ["", ""]
    with pytest.raises(GeoError, match="1 of 1 points are not finite"):
        department_of([np.nan], [-12.0])


def test_labels_are_kept_used_and_repaired(monkeypatch):
    """The second process reads them; damaged bytes are built again; a folder is not needed."""
    shapes = (shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10))
    built = kept_labels(shapes, 1.0)
    (path,) = cache_folder().iterdir()
    whole = path.read_bytes()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("built again")

    with monkeypatch.context() as patch:
        patch.setattr(module, "label_regions", never)
        assert np.array_equal(kept_labels(shapes, 1.0).labels, built.labels)
    path.write_bytes(whole[:100])
    assert np.array_equal(kept_labels(shapes, 1.0).labels, built.labels)
    assert path.read_bytes() == whole
    monkeypatch.setenv("ATLAS_CACHE", str(path / "below a file"))
    assert np.array_equal(kept_labels(shapes, 1.0).labels, built.labels)
