"""What a way of an extract says of itself, read in kilometres and minutes."""

import numpy as np

from data.readers.osm import read_ways
from tests.osm_files import osm_text

SIGNS = {"30 mph": 48.28032, "20": 20.0, "8 knots": 14.816, "walk": np.inf, "0": np.inf}
"""What a sign says, and kilometres an hour; without a number it is no limit."""


def test_signs_in_kilometres_an_hour(tmp_path):
    points = {1: (-75.0, -9.0), 2: (-75.0, -9.1)}
    ways = [((1, 2), {"highway": "primary", "maxspeed": sign}) for sign in SIGNS]
    path = tmp_path / "signs.osm"
    path.write_text(osm_text(points, ways), encoding="utf-8")
    found = read_ways(path, roads=frozenset({"primary"}), paths=frozenset(), surfaces=frozenset())
    np.testing.assert_allclose(found.limit_kmh, list(SIGNS.values()))
