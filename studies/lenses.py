"""Each lens as a function from many simulated maps to the departments that it calls high.

The null distribution of a simulated lens depends on the total, the people and the dispersion
alone, so it is drawn once and every map of the study is compared with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln, ndtr

from geo.contiguity import Contiguity
from geo.dispersion import Dispersion
from geo.excess import benjamini_hochberg, exact_excess, overdispersed_p_value
from geo.local_statistics import gi_star, standardised_rate
from geo.scan import ScanResult, ScanSettings, spatial_scan
from geo.twin import draw_equal_risk, population_shares

LEVEL = 0.05
REPLICAS = 9_999
_LEAST_REPLICAS = 19
"""The scan of one map only names its clusters; their p comes from the null drawn once."""


@dataclass(frozen=True, slots=True)
class Country:
    """What the lenses know of the regions."""

    codes: tuple[str, ...]
    people: np.ndarray
    easting: np.ndarray
    northing: np.ndarray
    contiguity: Contiguity
    dispersion: Dispersion


Lens = Callable[[np.ndarray, Country], np.ndarray]
"""Maps of one total, shape (maps, n), in; whether each region is called high, same shape, out."""


def count_gi(maps: np.ndarray, country: Country) -> np.ndarray:
    """Gi* on the counts themselves, z above 1.96: what a default hot spot tool does."""
    return gi_star(maps.astype(float), country.contiguity) > 1.959964


def rate_gi_normal(maps: np.ndarray, country: Country) -> np.ndarray:
    """Gi* on crude rates, normal p, two-sided, Benjamini-Hochberg."""
    score = gi_star(maps / country.people, country.contiguity)
    return _called(2 * ndtr(-np.abs(score)), score > 0)


def rate_gi(maps: np.ndarray, country: Country) -> np.ndarray:
    """Gi* on standardised rates against equal-risk maps (geo.clusters), Benjamini-Hochberg."""
    return _simulated_gi(maps, country, 1.0)


def rate_gi_dispersed(maps: np.ndarray, country: Country) -> np.ndarray:
    """The same against maps that vary as the yearly reports do."""
    return _simulated_gi(maps, country, country.dispersion.phi)


def exact(maps: np.ndarray, country: Country) -> np.ndarray:
    """Exact test of each region (geo.excess), Benjamini-Hochberg."""
    called = np.empty(maps.shape, dtype=bool)
    for row, counts in enumerate(maps):
        found = exact_excess(counts, country.people)
        called[row] = (found.q_value < LEVEL) & (counts > found.expected)
    return called


def exact_dispersed(maps: np.ndarray, country: Country) -> np.ndarray:
    """The strict grade: the exact test and its twin with the measured dispersion."""
    called = exact(maps, country)
    shares = country.people / country.people.sum()
    expected = maps[0].sum() * shares
    for row, counts in enumerate(maps):
        p_value = overdispersed_p_value(
            counts,
            expected,
            shares,
            phi=country.dispersion.phi,
            degrees_of_freedom=country.dispersion.degrees_of_freedom,
        )
        called[row] &= benjamini_hochberg(p_value) < LEVEL
    return called


def beta_binomial(maps: np.ndarray, country: Country) -> np.ndarray:
    """An alternative that the atlas does not use: exact under gamma waves, Benjamini-Hochberg.

    The count of a region with share s among N reports whose variance is phi times the binomial is
    beta-binomial with parameters A s and A (1 - s), A = (N - phi) / (phi - 1), when shares follow
    a Dirichlet law (Mosimann 1962). Both tails are sums of its probabilities.
    """
    total, phi = int(maps[0].sum()), country.dispersion.phi
    weight = (total - phi) / (phi - 1)
    shares = country.people / country.people.sum()
    count = np.arange(total + 1)
    p_value = np.empty(maps.shape)
    for region, share in enumerate(shares):
        a, b = weight * share, weight * (1 - share)
        choose = gammaln(total + 1) - gammaln(count + 1) - gammaln(total - count + 1)
        chance = np.exp(choose + betaln(count + a, total - count + b) - betaln(a, b))
        lower, upper = np.cumsum(chance), np.cumsum(chance[::-1])[::-1]
        tail = np.minimum(lower, upper)[maps[:, region]]
        p_value[:, region] = np.minimum(1.0, 2 * tail)
    return _called(p_value, maps > total * shares)


def scan(maps: np.ndarray, country: Country) -> np.ndarray:
    """Spatial scan (geo.scan): members of every cluster with p at or below 0.05."""
    return _scanned(maps, country, 1.0)


def scan_dispersed(maps: np.ndarray, country: Country) -> np.ndarray:
    """The same against maps that vary as the yearly reports do."""
    return _scanned(maps, country, country.dispersion.phi)


LENSES: dict[str, tuple[str, Lens]] = {
    "count_gi": ("Gi* on counts", count_gi),
    "rate_gi_normal": ("Gi* on crude rates, BH", rate_gi_normal),
    "rate_gi": ("Gi* on standardised rates, BH", rate_gi),
    "rate_gi_dispersed": ("same, with dispersion", rate_gi_dispersed),
    "exact": ("Exact test, BH", exact),
    "exact_dispersed": ("same, with dispersion", exact_dispersed),
    "beta_binomial": ("Beta-binomial, BH (not used)", beta_binomial),
    "scan": ("Spatial scan", scan),
    "scan_dispersed": ("same, with dispersion", scan_dispersed),
}


def _simulated_gi(maps: np.ndarray, country: Country, phi: float) -> np.ndarray:
    def statistic(counts: np.ndarray) -> np.ndarray:
        rates = standardised_rate(counts.astype(float), country.people)
        return gi_star(rates, country.contiguity, is_studentised=False)

    drawn = draw_equal_risk(
        int(maps[0].sum()),
        population_shares(country.people),
        dispersion=phi,
        size=REPLICAS,
        rng=np.random.default_rng(1),
    )
    null, observed = np.sort(statistic(drawn), axis=0), statistic(maps)
    slack = 1e-9 * (1 + np.abs(observed))
    upper, lower = np.empty(maps.shape), np.empty(maps.shape)
    for region in range(maps.shape[1]):
        one, around = null[:, region], slack[:, region]
        upper[:, region] = REPLICAS - np.searchsorted(one, observed[:, region] - around, "left")
        lower[:, region] = np.searchsorted(one, observed[:, region] + around, "right")
    p_value = np.minimum(1.0, 2 * (1 + np.minimum(upper, lower)) / (1 + REPLICAS))
    return _called(p_value, observed > null.mean(axis=0))


def _called(p_value: np.ndarray, is_high: np.ndarray) -> np.ndarray:
    q_value = np.array([benjamini_hochberg(row) for row in p_value])
    return (q_value <= LEVEL) & is_high


def _scanned(maps: np.ndarray, country: Country, phi: float) -> np.ndarray:
    def search(counts: np.ndarray, replicas: int, dispersion: float, clusters: int) -> ScanResult:
        return spatial_scan(
            counts,
            country.people,
            country.easting,
            country.northing,
            codes=country.codes,
            settings=ScanSettings(
                coordinates="metres",
                replicas=replicas,
                dispersion=dispersion,
                max_clusters=clusters,
            ),
        )

    critical = search(maps[0], REPLICAS, phi, 1).critical_ratio
    called = np.zeros(maps.shape, dtype=bool)
    for row, counts in enumerate(maps):
        for cluster in search(counts, _LEAST_REPLICAS, 1.0, 5).clusters:
            # above the 95 % point: fewer than 5 % of the null maps reach it, so p <= 0.05
            if cluster.log_likelihood_ratio > critical:
                called[row, list(cluster.positions)] = True
    return called
