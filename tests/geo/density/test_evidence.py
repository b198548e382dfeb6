"""The second spreading rule keeps totals, keeps units apart and says its name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.context import load_mining_cells, load_named_places
from data.geography import load_departments, load_places
from geo.crs import to_analysis
from geo.density.engine import Density, kernel_density
from geo.density.grid import Grid, country_grid
from geo.density.surface import spread_with_evidence, stated_evidence
from geo.errors import ParameterError

PUERTO_MALDONADO = (-69.19, -12.59)
LA_PAMPA = (-70.01764, -12.96)


def some_places() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "district_ubigeo": ["010101", "010102", "170101", "170102"],
            "department_ubigeo": ["01", "01", "17", "17"],
            "longitude": [-77.8, -77.7, -69.2, -69.6],
            "latitude": [-6.2, -6.1, -12.6, -12.8],
            "population_2022": [40.0, 60.0, 90.0, 10.0],
        }
    )


def some_evidence() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": ["mining", "mining", "victims"],
            "department_ubigeo": "17",
            "longitude": [-70.0, -70.5, -70.1],
            "latitude": [-12.9, -12.8, -12.7],
            "amount": [300.0, 100.0, 7.0],
        }
    )


def test_half_to_evidence_by_hand():
    """80 cases: 40 by population, 20 over 400 hectares, 20 over the place with victims."""
    surface = spread_with_evidence(
        {"01": 10, "17": 80}, some_places(), "population_2022", some_evidence()
    )
    assert surface.weight.tolist() == pytest.approx([4, 6, 36, 4, 15, 5, 20])
    assert surface.department_ubigeo.tolist() == ["01", "01", "17", "17", "17", "17", "17"]
    assert surface.spreading == "population and mining evidence, share 0.50"


@pytest.mark.parametrize(
    ("counts", "share", "evidence", "weights"),
    [
        pytest.param({"17": 80}, 0.0, slice(3), [72, 8], id="no share"),
        pytest.param({"01": 10}, 0.5, slice(3), [4, 6], id="evidence of others"),
        pytest.param({"17": 80}, 0.25, slice(2, 3), [54, 6, 20], id="victims alone take it whole"),
    ],
)
def test_the_name_says_whether_evidence_carries_anything(counts, share, evidence, weights):
    """Where none does it is the population rule, under its name."""
    surface = spread_with_evidence(
        *(counts, some_places(), "population_2022", some_evidence().iloc[evidence]),
        evidence_share=share,
    )
    assert surface.weight.tolist() == pytest.approx(weights)
    assert (surface.spreading == "population") == (len(weights) == 2)


def test_only_counted_victims_are_evidence():
    """Neither an estimate, nor what is told of a place besides, nor a case; of two counts the
    larger, and hectares beside them."""
    place = {"department_ubigeo": "17", "longitude": -70.0, "latitude": -12.9}
    rows = [
        ("victim", 12.0, False, False),
        ("victim", 30.0, False, False),
        ("victim", 500.0, True, False),
        ("victim", 400.0, False, True),
        ("case", 90.0, False, False),
    ]
    named = pd.DataFrame(rows, columns=["unit", "value", "is_estimate", "is_context"])
    cells = pd.DataFrame([{**place, "mined_ha": 7.0}])
    evidence = stated_evidence(cells, named.assign(**place))
    assert evidence[["kind", "amount"]].to_numpy().tolist() == [["mining", 7.0], ["victims", 30.0]]


@given(
    counts=st.lists(st.floats(0, 1e6), min_size=2, max_size=2),
    share=st.floats(0, 1),
    amounts=st.lists(st.floats(1e-3, 1e6), min_size=4, max_size=4),
    codes=st.lists(st.sampled_from(["01", "17", "25"]), min_size=4, max_size=4),
    kinds=st.lists(st.sampled_from(["mining", "victims"]), min_size=4, max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_every_department_keeps_its_count(counts, share, amounts, codes, kinds):
    """Whatever the evidence, and wherever it lies, totals hold and no weight is negative."""
    evidence = pd.DataFrame(
        {
            "kind": kinds,
            "department_ubigeo": codes,
            "longitude": -70.0,
            "latitude": -12.0,
            "amount": amounts,
        }
    )
    asked = dict(zip(["01", "17"], counts, strict=True))
    surface = spread_with_evidence(
        asked, some_places(), "population_2022", evidence, evidence_share=share
    )
    assert (surface.weight >= 0).all()
    for code, count in asked.items():
        held = surface.weight[surface.department_ubigeo == code].sum()
        assert held == pytest.approx(count, rel=1e-9, abs=1e-9)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return country_grid(load_departments().geometry, cell_size_m=4_000)


def madre_de_dios(grid: Grid, share: float, bandwidth_m: float) -> Density:
    """The 178 complaints of 2007-01/2014-04 in Madre de Dios alone."""
    evidence = stated_evidence(load_mining_cells(), load_named_places())
    surface = spread_with_evidence(
        {"17": 178}, load_places(), "population_2022", evidence, evidence_share=share
    )
    points = *to_analysis(surface.longitude, surface.latitude), surface.weight
    return kernel_density(*points, grid=grid, bandwidth_m=bandwidth_m)


def kilometres_from_peak(density: Density, grid: Grid, place: tuple[float, float]) -> float:
    row, column = np.unravel_index(np.nanargmax(density.values), density.values.shape)
    x, y = grid.centre_of(np.array([row]), np.array([column]))
    there = to_analysis([place[0]], [place[1]])
    return float(np.hypot(there[0] - x, there[1] - y)[0]) / 1000


def test_the_peak_of_madre_de_dios_follows_the_share(grid):
    """By population at the capital, three quarters of evidence put it at the mines; half leaves it
    and lifts La Pampa from a tenth to two thirds of it. So the share is shown."""
    ratio = {}
    for share in (0.0, 0.5, 0.75):
        density = madre_de_dios(grid, share, 20_000)
        by_mines = share == 0.75
        assert (kilometres_from_peak(density, grid, PUERTO_MALDONADO) < 10) != by_mines
        assert (kilometres_from_peak(density, grid, LA_PAMPA) < 5) == by_mines
        assert density.mass == pytest.approx(178, rel=1e-4)
        row, column = grid.cell_of(*to_analysis([LA_PAMPA[0]], [LA_PAMPA[1]]))
        ratio[share] = float(density.values[row, column][0] / np.nanmax(density.values))
    assert ratio[0.0] < 0.15
    assert 0.6 < ratio[0.5] < ratio[0.75]


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_refuses_a_share_out_of_range(share):
    """Below 0, above 1, not a number."""
    with pytest.raises(ParameterError, match=r"evidence_share is .*must be 0"):
        spread_with_evidence(
            {"17": 1}, some_places(), "population_2022", some_evidence(), evidence_share=share
        )
