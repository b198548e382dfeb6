"""A search that nobody waits for any more ends at once, and its child process with it."""

import time

import numpy as np
import psutil
import pytest

from geo.siting.model import choose_sites
from geo.siting.problem import SitingProblem
from geo.siting.solver import InfeasibleError, UnsolvedError
from geo.siting.worker import _IDLE, cancellable


def close_idle():
    """End the children that wait for work."""
    while _IDLE:
        _IDLE.pop().close()


class EnoughError(Exception):
    """Nobody waits any more."""


def hard(n=260, seed=5):
    """A p-median of 67,600 pairs through HiGHS: minutes of work."""
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 100, (n, 2))
    cost = np.linalg.norm(spots[:, None] - spots[None], axis=2)
    return SitingProblem(rng.integers(1, 50, n).astype(float), cost, 9.0)


@pytest.fixture(autouse=True)
def alone():
    """No child of another test waits around."""
    close_idle()
    yield
    close_idle()


def children():
    """Child processes of this one that run the solver; a server's own child is not ours."""
    return [
        child
        for child in psutil.Process().children()
        if "geo.siting.worker" in " ".join(child.cmdline())
    ]


def test_the_child_gives_the_same_answer():
    asked = hard(60)
    alone = choose_sites(asked, sites=5)
    asked_times = []
    with cancellable(lambda: asked_times.append(1)):
        beside = choose_sites(asked, sites=5)
        assert len(children()) == 1
    numbers = [child.pid for child in children()]
    with cancellable(lambda: None):
        choose_sites(asked, sites=4)
        assert [child.pid for child in children()] == numbers  # the first child serves again
    close_idle()
    assert children() == []
    assert asked_times
    assert (beside.sites, beside.objective, beside.bound) == (
        alone.sites,
        alone.objective,
        alone.bound,
    )


def test_highs_is_stopped_in_the_middle(monkeypatch):
    """The watcher's exception comes out at once though HiGHS would go on for a minute."""
    from geo.siting.median import solve_pmedian

    monkeypatch.setattr("geo.siting.median.EXACT_PAIRS", 10**6)
    begun = []

    def watcher():
        if children():
            begun.append(time.monotonic())
        if len(begun) > 4:  # HiGHS is at work
            raise EnoughError

    with pytest.raises(EnoughError), cancellable(watcher):
        solve_pmedian(hard(), 12, time_limit_s=90.0)
    assert time.monotonic() - begun[-1] < 10
    assert children() == []


def test_a_child_that_was_ended_while_it_waited_is_replaced():
    """Who asks next gets an answer, not the refusal of a search that was never begun."""
    with cancellable(lambda: None):
        choose_sites(hard(20), sites=2)
    (before,) = children()
    before.kill()
    psutil.wait_procs([before], timeout=10)
    with cancellable(lambda: None):
        assert len(choose_sites(hard(60), sites=5).sites) == 5
    assert [child.pid for child in children()] != [before.pid]


def test_a_child_that_takes_no_question_holds_nobody_up(monkeypatch):
    """A child that takes no question is ended with a refusal, and the next search has a new one."""
    from geo.siting.median import solve_pmedian

    monkeypatch.setattr("geo.siting.median.EXACT_PAIRS", 10**6)
    monkeypatch.setattr("geo.siting.worker._STUCK_S", 1.0)
    with cancellable(lambda: None):
        choose_sites(hard(20), sites=2)
    children()[0].suspend()
    begun = time.monotonic()
    with cancellable(lambda: None), pytest.raises(UnsolvedError, match="no_answer"):
        solve_pmedian(hard(), 12, time_limit_s=1.0)
    assert time.monotonic() - begun < 30
    assert children() == []
    with cancellable(lambda: None):
        assert len(choose_sites(hard(20), sites=2).sites) == 2


@pytest.mark.parametrize("model", ["mclp", "pmedian"])
def test_steps_of_our_own_are_stopped(model):
    """Greedy, swaps and bounds ask as well: the third question ends the work."""
    asked = []

    def watcher():
        asked.append(1)
        if len(asked) == 3:
            raise EnoughError

    with pytest.raises(EnoughError), cancellable(watcher):
        choose_sites(hard(), model=model, sites=12)
    assert len(asked) == 3
    assert children() == []


def test_refusals_cross_the_pipe():
    cost = np.array([[0.0, 5.0, 9.0], [5.0, 0.0, 9.0], [9.0, 9.0, 0.0]])
    asked = SitingProblem(np.ones(3), cost, 1.0, group=np.array(["a", "b", "c"]))
    from dataclasses import replace

    with cancellable(lambda: None), pytest.raises(InfeasibleError):
        choose_sites(replace(asked, min_group_share=1.0), sites=2)


def test_a_short_search_tells_its_best_and_is_on_time():
    """Half a second for minutes of work: its choice, none better before it, and a true bound."""
    reports = []
    asked = hard(700)
    with cancellable(lambda: None):
        choose_sites(hard(20), sites=2)  # the child is there
        begun = time.monotonic()
        plan = choose_sites(
            asked,
            sites=40,
            time_limit_s=0.5,
            better=lambda sites, objective, bound: reports.append((len(sites), objective, bound)),
        )
    assert time.monotonic() - begun < 10
    assert plan.is_stopped
    assert reports
    assert all(
        objective <= plan.objective + 1e-6 <= bound + 2e-6 for _, objective, bound in reports
    )
