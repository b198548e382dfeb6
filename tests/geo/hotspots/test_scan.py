"""Spatial scan, and the simulated maps of equal risk that it is held against."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom

from geo.errors import ParameterError
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.hotspots.scan import Windows, is_undecided, spatial_scan
from geo.overdispersion import tails

PUBLISHED = Path(__file__).parents[2] / "data_published"


@pytest.fixture(scope="module")
def leukaemia():
    return pd.read_csv(PUBLISHED / "ny_leukemia.csv", dtype={"tract": str})


@pytest.fixture(scope="module")
def leukaemia_scan(leukaemia):
    return spatial_scan(
        leukaemia.cases_1978_1982,
        leukaemia.population_1980,
        leukaemia.x_km * 1000,
        leukaemia.y_km * 1000,
        codes=leukaemia.tract,
        replicas=999,
    )


def grid(side: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    x, y = np.meshgrid(np.arange(side) * 1000.0, np.arange(side) * 1000.0)
    # A shift per region, so that no two distances are equal.
    shift = np.random.default_rng(5).uniform(-90, 90, (2, side * side))
    return x.ravel() + shift[0], y.ravel() + shift[1], [f"{i:03d}" for i in range(side * side)]


@pytest.mark.parametrize(
    ("tracts", "population", "cases", "expected", "smr", "risk", "ratio"),
    [
        (
            [113, 117, 116, 112, 220, 118, 115, 123, 124, 111, 114, 125, 219, 122, 126, 119],
            *(45667, 44, 23.83, 1.85, 1.92, 7.20),
        ),
        ([166, 159, 167], 8839, 11, 4.61, 2.38, 2.41, 3.209485),
    ],
)
def test_new_york_leukaemia_clusters_are_those_of_satscan(
    leukaemia, leukaemia_scan, tracts, population, cases, expected, smr, risk, ratio
):
    """Figures of SaTScan as published in the tests of the R package smerc (scan.test, nydf).

    The published run has degrees that the data file lacks; on the planar coordinates the two
    dominant clusters take in other tracts at their rims, these two are the same sets.
    """
    cluster = next(c for c in leukaemia_scan if f"{tracts[0]:03d}" in c.codes)
    assert set(cluster.codes) == {f"{tract:03d}" for tract in tracts}
    inside = leukaemia.population_1980[leukaemia.tract.isin(cluster.codes)].sum()
    assert (inside, cluster.reported_count) == (population, cases)
    assert cluster.expected == pytest.approx(expected, abs=0.005)
    assert cases / cluster.expected == pytest.approx(smr, abs=0.005)
    assert cluster.relative_risk == pytest.approx(risk, abs=0.005)
    digits = len(str(ratio).split(".")[1])
    assert round(cluster.log_likelihood_ratio, digits) == ratio
    # SaTScan gives 0.976 for the tracts 159, 166 and 167, and 0.001 for the first cluster
    if len(tracts) == 3:
        assert cluster.p_value == pytest.approx(0.976, abs=0.02)
    assert leukaemia_scan[0].p_value == pytest.approx(0.001)
    # no region stands in two clusters, none has above half of the people
    codes = [code for other in leukaemia_scan for code in other.codes]
    assert len(codes) == len(set(codes))
    people = leukaemia.set_index("tract").population_1980
    assert all(people[list(other.codes)].sum() <= people.sum() / 2 for other in leukaemia_scan)
    ratios = [other.log_likelihood_ratio for other in leukaemia_scan]
    assert ratios == sorted(ratios, reverse=True)


def test_ratio_of_satscans_first_cluster():
    """106 cases against 119,050 of 1,057,673 people and 552 cases: 62.13, 1.87 and 14.78."""
    cluster = spatial_scan(
        [106, 446], [119_050, 938_623], [0, 1000], [0, 0], codes=["in", "out"], replicas=99
    )[0]
    assert round(cluster.expected, 2) == 62.13
    assert round(cluster.relative_risk, 2) == 1.87
    assert round(cluster.log_likelihood_ratio, 2) == 14.78


def scan_by_hand(counts, people, x, y):
    """Best window by the textbook formula, all centres and radii one by one."""
    best = (0.0, None)
    total, everyone = counts.sum(), people.sum()
    for centre in range(len(x)):
        distance = np.hypot(x - x[centre], y - y[centre])
        for radius in distance:
            inside = distance <= radius
            if people[inside].sum() > everyone / 2:
                continue
            c, e = counts[inside].sum(), total * people[inside].sum() / everyone
            if c <= e:
                continue
            ratio = c * np.log(c / e) + (
                (total - c) * np.log((total - c) / (total - e)) if total > c else 0.0
            )
            if ratio > best[0] + 1e-9:
                best = (ratio, frozenset(np.flatnonzero(inside)))
    return best


def test_best_window_is_that_of_a_scan_by_hand():
    """Every circle scored with the formula in Kulldorff (1997), on five random maps."""
    x, y, codes = grid(5)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        people = rng.lognormal(8, 1, 25)
        counts = rng.multinomial(150, people / people.sum())
        cluster = spatial_scan(counts, people, x, y, codes=codes, replicas=19)[0]
        ratio, members = scan_by_hand(counts, people, x, y)
        assert cluster.log_likelihood_ratio == pytest.approx(ratio, abs=1e-9)
        assert frozenset(map(int, cluster.codes)) == members
        quick = Windows(np.c_[x, y], people / people.sum(), 150).best_ratio(counts[None])
        assert quick == pytest.approx(ratio, abs=1e-9)  # the shortcut for simulated maps


@given(order=st.permutations(range(16)), factor=st.floats(1e-3, 1e3))
@settings(max_examples=15)
def test_relabelling_and_scaling(order, factor):
    """Rows in another order give the same clusters; another unit of population changes nothing."""
    x, y, codes = grid(4)
    rng = np.random.default_rng(7)
    people = rng.uniform(100, 1000, 16)
    counts = rng.multinomial(80, people / people.sum())
    plain = spatial_scan(counts, people, x, y, codes=codes, replicas=99)
    turned = spatial_scan(
        counts[list(order)],
        people[list(order)] * factor,
        x[list(order)],
        y[list(order)],
        codes=[codes[position] for position in order],
        replicas=99,
    )
    for cluster, other in zip(plain, turned, strict=True):
        assert cluster.codes == other.codes
        assert cluster.p_value == other.p_value
        assert cluster.log_likelihood_ratio == pytest.approx(other.log_likelihood_ratio, abs=1e-8)


def test_ties_go_to_the_lower_code():
    """Both neighbours of the middle are equally far and equally high: the lower code enters."""
    for codes in (["a", "m", "z", "q"], ["z", "m", "a", "q"]):
        cluster = spatial_scan(
            [5, 9, 5, 0], [1, 1, 1, 1], [-1, 0, 1, 50], [0] * 4, codes=codes, replicas=99
        )[0]
        assert cluster.codes == ("a", "m")


@pytest.mark.parametrize(
    ("maps", "replicas", "kappa"),
    [
        (100, 99, 0.1),
        # the same law without waves, and with less noise
        pytest.param(100, 99, 0.0, marks=pytest.mark.slow),
        pytest.param(2000, 999, 0.1, marks=pytest.mark.slow),
    ],
)
def test_false_alarms_under_the_null(maps, replicas, kappa):
    """Under equal risk P(p <= a) <= a within three standard errors, with and without waves."""
    x, y, codes = grid(5)
    people = np.random.default_rng(3).lognormal(8, 1, 25)
    shares, rng = people / people.sum(), np.random.default_rng(11)
    p_values = np.array(
        [
            spatial_scan(
                counts,
                people,
                x,
                y,
                codes=codes,
                replicas=replicas,
                seed=1000 + number,
                kappas=[kappa],
            )[0].p_value
            for number, counts in enumerate(
                draw_equal_risk(400, shares, kappas=[kappa], size=maps, rng=rng)
            )
        ]
    )
    for level in (0.05, 0.1, 0.2, 0.5):
        assert np.mean(p_values <= level) <= level + 3 * np.sqrt(level * (1 - level) / maps)
    assert np.mean(p_values <= 0.5) > 0.3


def test_a_real_excess_is_found_and_a_wider_null_is_more_careful():
    """Three times the risk in five neighbours: found by chance alone, less surely with waves."""
    x, y, codes = grid(5)
    people = np.full(25, 100.0)
    counts = np.full(25, 6)
    counts[[7, 11, 12, 13, 17]] = 18
    sure = spatial_scan(counts, people, x, y, codes=codes, replicas=99)[0]
    assert set(map(int, sure.codes)) == {7, 11, 12, 13, 17}
    assert sure.p_value == 0.01
    wide = spatial_scan(counts, people, x, y, codes=codes, replicas=99, kappas=(1.0,))[0]
    assert wide.p_value > 0.05


@pytest.mark.parametrize("replicas", [999, 9_999])
def test_a_decided_p_is_rarely_reversed(replicas):
    """Were the true p at the level, 95 of 100 seeds would give a p that is called undecided."""
    counts = np.arange(replicas + 1)
    called = is_undecided((1 + counts) / (1 + replicas), replicas=replicas)
    assert 0.94 < binom.pmf(counts, replicas, 0.05)[called].sum() < 0.965


def test_nothing_to_test():
    """No reports, equal rates, or one region with most people: no cluster."""
    place = {"easting": [0, 1, 2], "northing": [0, 0, 0], "codes": list("abc"), "replicas": 99}
    assert spatial_scan([0, 0, 0], [1, 1, 1], **place) == ()
    assert spatial_scan([4, 4, 4], [1, 1, 1], **place) == ()
    assert spatial_scan([5], [9], [0], [0], codes=["a"]) == ()


RISK_SHARES = np.array([0.02, 0.04, 0.1, 0.24, 0.6])


def draw(total, shares, *, kappas=(0.1,), size=1, seed=1):
    return draw_equal_risk(
        total, np.asarray(shares), kappas=kappas, size=size, rng=np.random.default_rng(seed)
    )


def exact_moments(total, shares, kappa):
    """Mean and variance of the counts by quadrature.

    With S the sum of s g, E[(s g / S)^m] is the integral over t of t^(m-1) E[(s g)^m exp(-t S)],
    and E[g^m exp(-u g)] of a gamma variable has a closed form.
    """

    def moment(share, power):
        def integrand(t):
            damped = np.prod((1 + kappa * shares * t) ** (-1 / kappa))
            own = (share / (1 + kappa * share * t)) ** power
            return own * damped * (1 if power == 1 else t * (1 + kappa))

        return quad(integrand, 0, np.inf, epsabs=1e-12)[0]

    first, second = (np.array([moment(share, power) for share in shares]) for power in (1, 2))
    return total * first, total * (first - second) + total**2 * (second - first**2)


@pytest.mark.parametrize("kappa", [0.05, 0.11, 0.55])
def test_moments_are_those_of_the_law(kappa):
    """Mean and variance of 40,000 maps within 4 and 5 standard errors; N s only to first order."""
    drawn = draw(800, RISK_SHARES, kappas=[kappa], size=40_000)
    mean, variance = exact_moments(800, RISK_SHARES, kappa)
    assert mean.sum() == pytest.approx(800)
    assert np.all(np.abs(drawn.mean(axis=0) - mean) < 4 * np.sqrt(variance / 40_000))
    fourth = ((drawn - mean) ** 4).mean(axis=0)
    error = np.sqrt((fourth - variance**2) / 40_000)
    assert np.all(np.abs(((drawn - mean) ** 2).mean(axis=0) - variance) < 5 * error)
    first_order = 800 * RISK_SHARES * (1 + kappa * ((RISK_SHARES**2).sum() - RISK_SHARES))
    np.testing.assert_allclose(mean, first_order, rtol=kappa**2)


def test_the_tails_are_those_of_the_verdict():
    """The scan's maps and the test of one area have one law; every map takes its own kappa."""
    kappas = [0.05, 0.1, 0.3]
    shares = np.array([0.01, 0.03, 0.06, 0.1, 0.2, 0.25, 0.35])
    drawn = draw(1_000, shares, kappas=kappas, size=40_000)
    counts = np.round(1_000 * shares * [3, 0.6, 1.5, 1.2, 0.7, 1.3, 1.1])
    upper, lower = tails(counts, shares, 1_000, kappas)
    np.testing.assert_allclose((drawn >= counts).mean(axis=0), upper, atol=0.01)
    np.testing.assert_allclose((drawn <= counts).mean(axis=0), lower, atol=0.01)


def test_without_waves_it_is_the_multinomial():
    """With kappa = 0 the maps are numpy's; a tiny kappa has its variance."""
    plain = np.random.default_rng(1).multinomial(500, RISK_SHARES, size=20_000)
    np.testing.assert_array_equal(draw(500, RISK_SHARES, kappas=[0.0], size=20_000), plain)
    nearly = draw(500, RISK_SHARES, kappas=[0.0, 1e-12], size=20_000)
    np.testing.assert_allclose(nearly.var(axis=0), 500 * RISK_SHARES * (1 - RISK_SHARES), rtol=0.05)


@given(
    total=st.integers(0, 400),
    people=st.lists(st.floats(0.01, 1e6), min_size=2, max_size=12),
    kappa=st.floats(0, 20),
)
@settings(max_examples=40)
def test_totals_are_conserved(total, people, kappa):
    """Every map has the total of the real one, and no report where nobody lives."""
    shares = population_shares(np.array([0.0, *people]))
    maps = draw(total, shares, kappas=[kappa, 0.1], size=5)
    assert set(maps.sum(axis=1)) == {total}
    assert not maps[:, 0].any()


REGIONS = {
    "reported_count": [1, 1, 2],
    "population": [1, 1, 1],
    "easting": [0, 1, 2],
    "northing": [0, 0, 0],
    "codes": list("abc"),
    "replicas": 99,
}


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (spatial_scan, {"codes": ["a", "a", "b"]}, "unique code"),
        (spatial_scan, {"easting": [0, 1]}, "one place per region"),
        (spatial_scan, {"easting": [0, np.nan, 1]}, "coordinate is missing"),
        (spatial_scan, {"population": [0, 1, 1]}, "denominators are finite and above 0"),
        (spatial_scan, {"replicas": 5}, "at least 19"),
        (spatial_scan, {"kappas": (-0.1,)}, "kappas"),
        *(
            (draw, {"total": 10, "shares": RISK_SHARES, "kappas": bad}, "kappas = .*from 0 to 20")
            for bad in ([], [-0.1], [0.1, float("nan")], [21.0])
        ),
    ],
)
def test_refusals(function, arguments, message):
    with pytest.raises(ParameterError, match=message):
        function(**(REGIONS if function is spatial_scan else {}) | arguments)
