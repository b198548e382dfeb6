"""How sure a simulated p-value is: against the binomial law itself and by moving every p."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from geo.excess import benjamini_hochberg
from geo.monte_carlo import is_adjusted_undecided, is_undecided


@pytest.mark.parametrize("replicas", [999, 9_999])
def test_a_decided_p_is_rarely_reversed(replicas: int) -> None:
    """Were the true p at the level, 95 of 100 seeds would give a p that is called undecided."""
    counts = np.arange(replicas + 1)
    called = is_undecided((1 + counts) / (1 + replicas), replicas=replicas)
    share = binom.pmf(counts, replicas, 0.05)[called].sum()
    assert 0.94 < share < 0.965


def test_more_maps_leave_less_in_doubt() -> None:
    """Ten times the maps, a third of the reach."""
    p = np.linspace(0, 0.2, 2_001)
    few, many = (is_undecided(p, replicas=count).sum() for count in (999, 9_999))
    assert few == pytest.approx(10**0.5 * many, rel=0.03)


def test_the_adjusted_answer_by_drawing_again() -> None:
    """Tails drawn anew from the binomial law: who changes sides more than rarely is undecided."""
    rng = np.random.default_rng(3)
    tails = np.array([0.0001, 0.001, 0.0036, 0.0052, 0.02, 0.2, 0.4, 0.5])
    p = np.append(2 * tails, np.nan)
    told = is_adjusted_undecided(p, replicas=999)
    drawn = rng.binomial(999, tails, size=(4_000, tails.size)) / 999
    firm = np.array([benjamini_hochberg(np.minimum(1, 2 * row)) <= 0.05 for row in drawn])
    share = firm.mean(axis=0)
    wavers = (share > 0.05) & (share < 0.95)
    assert not told[-1]
    assert told[:-1][wavers].all()
    assert not told[[0, 5, 6, 7]].any()
    assert wavers.any()
