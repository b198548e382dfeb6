"""Second opinion: spopt with CBC on the same random instances. Its import takes seconds, once."""

from types import SimpleNamespace

import numpy as np
import pytest

from geo.siting.model import choose_sites
from geo.siting.problem import SitingProblem

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PuLP's, about itself


@pytest.fixture(autouse=True)
def programs(monkeypatch):
    """The programs answer, not a look at every choice."""
    monkeypatch.setattr("geo.siting.heuristics.FEW_CHOICES", 0)


@pytest.fixture(scope="module")
def spopt():
    """The models of spopt and a quiet solver."""
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    return SimpleNamespace(
        MCLP=locate.MCLP,
        PMedian=locate.PMedian,
        LSCP=locate.LSCP,
        PCenter=locate.PCenter,
        solver=lambda: pulp.PULP_CBC_CMD(msg=False),
    )


def instance(seed, n=40, m=25):
    """Places and candidates at random, 100 km across."""
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 100, (n, 2)), rng.uniform(0, 100, (m, 2))
    cost = np.linalg.norm(here[:, None] - there[None], axis=2)
    return SitingProblem(rng.integers(1, 50, n).astype(float), cost, 22.0)


@pytest.mark.parametrize("seed", range(3))
def test_mclp(spopt, seed):
    """The same covered demand."""
    asked = instance(seed)
    other = spopt.MCLP.from_cost_matrix(asked.cost, asked.demand, asked.radius, p_facilities=4)
    other = other.solve(spopt.solver())
    assert choose_sites(asked, sites=4).objective == pytest.approx(other.problem.objective.value())


@pytest.mark.parametrize("seed", range(3))
def test_pmedian(spopt, seed):
    """The same weighted distance."""
    asked = instance(seed)
    other = spopt.PMedian.from_cost_matrix(asked.cost, asked.demand, p_facilities=4)
    other = other.solve(spopt.solver())
    plan = choose_sites(asked, model="pmedian", sites=4)
    assert plan.objective == pytest.approx(other.problem.objective.value())


@pytest.mark.parametrize("seed", range(3))
def test_lscp(spopt, seed):
    """The same number of sites; spopt needs an instance in which all can be covered."""
    asked = instance(seed)
    reachable = (asked.cost <= asked.radius).any(axis=1)
    other = spopt.LSCP.from_cost_matrix(asked.cost[reachable], asked.radius).solve(spopt.solver())
    plan = choose_sites(asked, model="lscp")
    assert len(plan.sites) == round(other.problem.objective.value())


@pytest.mark.parametrize("seed", range(2))
def test_pcenter(spopt, seed):
    """The same farthest distance, within the one per cent at which choose_sites may stop."""
    asked = instance(seed)
    other = spopt.PCenter.from_cost_matrix(asked.cost, p_facilities=4).solve(spopt.solver())
    plan = choose_sites(asked, model="pcenter", sites=4)
    best = other.problem.objective.value()
    printed = 1e-7  # its solver writes eight digits
    assert best * (1 - printed) <= plan.objective <= best * 1.0101
    assert plan.bound <= best * (1 + printed)
