"""Sites against published optima: OR-Library's pmed1 and pmed5 (Beasley 1985)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import floyd_warshall

from geo.siting.median import solve_pmedian
from geo.siting.model import choose_sites
from geo.siting.problem import SitingProblem

FILE = Path(__file__).resolve().parents[2] / "data_published" / "orlib_pmed.csv"
OPTIMA = {"pmed1": (5, 5819.0, 127.0), "pmed5": (33, 1355.0, 48.0)}


@pytest.fixture(scope="module")
def problems():
    """The two graphs as problems with a demand of one at each of 100 vertices."""
    found = {}
    for name, edges in pd.read_csv(FILE).groupby("instance"):
        length = np.full((100, 100), np.inf)
        for row in edges.itertuples():
            length[row[3] - 1, row.to - 1] = length[row.to - 1, row[3] - 1] = row.length
        np.fill_diagonal(length, 0.0)
        found[name] = SitingProblem(np.ones(100), floyd_warshall(length), radius=60.0)
    return found


@pytest.mark.parametrize("name", list(OPTIMA))
def test_pmedian_reaches_the_published_optimum(problems, name):
    """HiGHS proves Beasley's optimum."""
    sites, optimum, _ = OPTIMA[name]
    plan = choose_sites(problems[name], model="pmedian", sites=sites)
    assert plan.objective == pytest.approx(optimum, abs=1e-6)
    assert plan.gap == 0.0
    assert plan.evaluation.mean_cost == pytest.approx(optimum / 100)


@pytest.mark.parametrize("name", list(OPTIMA))
def test_heuristic_and_bound_enclose_the_published_optimum(problems, name, monkeypatch):
    """Without HiGHS the swaps find the optimum and the Lagrangian bound stays below it."""
    sites, optimum, _ = OPTIMA[name]
    monkeypatch.setattr("geo.siting.median.EXACT_PAIRS", 0)
    choice = solve_pmedian(problems[name], sites)
    assert choice.objective == pytest.approx(optimum, abs=1e-6)
    assert 0.999 * optimum <= choice.bound <= optimum + 1e-6


@pytest.mark.parametrize("name", list(OPTIMA))
def test_pcenter_reaches_the_published_optimum(problems, name):
    """Bisection over set coverings finds the published radius."""
    sites, _, radius = OPTIMA[name]
    plan = choose_sites(problems[name], model="pcenter", sites=sites)
    assert (plan.objective, plan.gap, plan.is_stopped) == (radius, 0.0, False)
    assert plan.evaluation.worst_cost == radius
