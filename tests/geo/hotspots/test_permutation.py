"""The permutation null: exact small cases, an independent sampler, esda, and its refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from geo.errors import ParameterError
from geo.hotspots.clusters import hot_spots, moran_clusters
from geo.hotspots.permutation import permutation_null
from tests.geo.hotspots.test_clusters import lattice


def enumerated(x: np.ndarray, contiguity: sparse.csr_array, region: int) -> np.ndarray:
    """Every sum over as many of the other regions as this one has neighbours."""
    others = np.delete(x, region)
    count = int(contiguity.sum(axis=1)[region])
    return np.array([sum(some) for some in itertools.combinations(others, count)])


@pytest.mark.parametrize("seed", range(3))
def test_p_and_z_are_those_of_all_subsets(seed):
    """Nine regions, every subset counted: tails within five standard errors, z to rounding."""
    rng = np.random.default_rng(seed)
    contiguity = lattice(3)
    x = rng.integers(0, 4, 9).astype(float)  # ties are many
    z_score, p_value, draws = permutation_null(x, contiguity, draws=40_000, seed=seed)
    for region in range(9):
        if contiguity.sum(axis=1)[region] == 8:  # the middle touches all: no choice
            assert (z_score[region], p_value[region]) == (0, 1)
            continue
        sums = enumerated(x, contiguity, region)
        observed = x[contiguity[[region]].indices].sum()
        exact = min(np.mean(sums >= observed), np.mean(sums <= observed))
        error = np.sqrt(exact * (1 - exact) / draws[region])
        assert abs(p_value[region] - min(1, 2 * exact)) < 10 * error + 4 / draws[region]
        assert z_score[region] == pytest.approx((observed - sums.mean()) / sums.std(), abs=1e-9)


def test_no_dependence_on_scale_shift_or_islands():
    """p of 1,000 x + 7 are those of x; a region without neighbours gets 1 and changes no other."""
    contiguity = lattice(6)
    x = np.random.default_rng(1).gamma(2.0, 1.0, 36)
    plain = permutation_null(x, contiguity, draws=999)
    turned = permutation_null(1000 * x + 7, contiguity, draws=999)
    assert np.array_equal(plain[1], turned[1])
    assert np.allclose(plain[0], turned[0])
    apart = sparse.block_array([[contiguity, None], [None, sparse.csr_array((1, 1))]]).tocsr()
    z_score, p_value, _ = permutation_null(np.append(x, 99.0), apart, draws=999)
    assert (p_value[36], z_score[36]) == (1, 0)
    z_score, p_value, _ = permutation_null(np.full(36, 0.1), contiguity)
    assert not z_score.any()
    assert np.all(p_value == 1)


@pytest.mark.slow  # the peer compiles its sampler for a quarter of a minute
def test_esda_agrees():
    """The peer's local G with the region counted in: same p up to two sampling errors."""
    from esda.getisord import G_Local
    from libpysal.weights import W

    contiguity = lattice(8)
    x = np.random.default_rng(5).gamma(2.0, 1.0, 64)
    weights = W({i: contiguity[[i]].indices.tolist() for i in range(64)}, silence_warnings=True)
    peer = G_Local(x, weights, transform="B", star=True, permutations=4_999, n_jobs=1, seed=1)
    one_sided = permutation_null(x, contiguity, draws=4_999)[1] / 2
    error = np.sqrt(2 * 0.25 / 4_999)
    assert np.all(np.abs(one_sided - np.minimum(peer.p_sim, 0.5)) < 5 * error)


def test_both_local_statistics_share_their_p_values():
    """A block of high rates is hot by Gi* and by local Moran, with the same two-sided p."""
    contiguity = lattice(7)
    counts = np.random.default_rng(2).poisson(20, 49)
    block = np.add.outer(7 * np.arange(3), np.arange(3)).reshape(-1)
    counts[block] += 40
    people = np.full(49, 10_000)
    hot, moran = (
        test(counts, people, contiguity, replicas=4_999) for test in (hot_spots, moran_clusters)
    )
    assert str(hot.hotspot[8]) == "hot_99"
    assert str(moran.hotspot[8]) == "hot_99"
    assert np.array_equal(hot.p_value, moran.p_value)
    assert np.all(hot.smallest_p >= 2 / 5_050)


def test_refusals():
    """Another length, a gap, too few draws."""
    contiguity = lattice(3)
    for values in (np.ones(8), np.append(np.ones(8), np.nan)):
        with pytest.raises(ParameterError, match="one finite number for each"):
            permutation_null(values, contiguity)
    with pytest.raises(ParameterError, match="at least 3 regions and 99 draws"):
        permutation_null(np.arange(9), contiguity, draws=10)
