"""Second opinion: spopt with CBC on the same random instances. Its import takes seconds, once."""

import numpy as np
import pytest

from geo.siting.model import choose_sites
from geo.siting.problem import SitingProblem

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PuLP's, about itself


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("model", "theirs"),
    [("mclp", "MCLP"), ("pmedian", "PMedian"), ("lscp", "LSCP"), ("pcenter", "PCenter")],
)
def test_the_same_objective(model, theirs, seed, monkeypatch):
    """Forty places, 25 candidates, 100 km across; the programs answer, not a look at every choice.

    spopt's LSCP needs places that can all be covered; its solver writes eight digits.
    """
    monkeypatch.setattr("geo.siting.heuristics.FEW_CHOICES", 0)
    locate, pulp = pytest.importorskip("spopt.locate"), pytest.importorskip("pulp")
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 100, (40, 2)), rng.uniform(0, 100, (25, 2))
    cost = np.linalg.norm(here[:, None] - there[None], axis=2)
    cost = cost[(cost <= 22.0).any(axis=1)]
    asked = SitingProblem(rng.integers(1, 50, len(cost)).astype(float), cost, 22.0)
    given = {
        "mclp": {"weights": asked.demand, "service_radius": 22.0, "p_facilities": 4},
        "pmedian": {"weights": asked.demand, "p_facilities": 4},
        "lscp": {"service_radius": 22.0},
        "pcenter": {"p_facilities": 4},
    }[model]
    other = getattr(locate, theirs).from_cost_matrix(cost, **given)
    best = other.solve(pulp.PULP_CBC_CMD(msg=False)).problem.objective.value()
    plan = choose_sites(asked, model=model, sites=None if model == "lscp" else 4)
    assert plan.objective == pytest.approx(best, rel=1e-7)
    assert plan.gap == 0
