"""The map's density under both spreading rules."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.density.model import density_for, difference_for, grid_for, surface_for
from geo.crs import to_analysis
from geo.errors import ParameterError

EARLY = "2007-01/2014-04"


def test_population_stays_the_default():
    """Without a share nothing changes, and the name of the rule says which one it was."""
    assert surface_for(EARLY).spreading == "population"
    density = density_for(EARLY, bandwidth_km=40, evidence_share=0.5)
    assert density.spreading == "population and mining evidence, share 0.50"
    assert density.mass == pytest.approx(1_976, rel=1e-3)


def test_difference_gains_most_in_the_mining_zones():
    """At 20 km the top within 40 km of La Pampa lies at it; the capital loses.

    Camanti, 83 km on, gains more: there Cusco's count meets its 1,062 hectares.
    """
    difference = difference_for(EARLY, 20, 0.5)
    grid = grid_for(4.0)
    cells = {
        name: tuple(int(i[0]) for i in grid.cell_of(*to_analysis([x], [y])))
        for name, x, y in (("la_pampa", -70.01764, -12.96), ("capital", -69.19, -12.59))
    }
    assert difference.values[cells["la_pampa"]] > 0 > difference.values[cells["capital"]]
    row, column = cells["la_pampa"]
    nearby = difference.values[row - 10 : row + 11, column - 10 : column + 11]
    top = np.unravel_index(np.nanargmax(nearby), nearby.shape)
    assert np.hypot(top[0] - 10, top[1] - 10) * 4 < 5
    assert 0.05 < difference.moved_share < 0.5
    assert float(np.nansum(difference.values)) * 16 == pytest.approx(0, abs=0.5)


def test_refuses_a_share_out_of_range():
    """The map's option is checked where it is used."""
    with pytest.raises(ParameterError, match="evidence_share is 2"):
        density_for(EARLY, bandwidth_km=40, evidence_share=2.0)
