"""How often lenses on the police registry call something where nothing is (studies.alarms).

Run with ``python -m studies.alarms`` (two minutes): neighbours of provinces on maps of equal risk,
and courses of departments in countries without a trend whose waves last. The figures stand in
docs/method.md.
"""

from __future__ import annotations

import numpy as np

from atlas.results.courses import courses_for
from atlas.results.hotspots import contiguity_of, province_periods, ranked_counts
from atlas.results.regions import overdispersion
from data.periods import REGISTRIES, parse_period
from data.reports import load_region_counts
from geo.excess import LEVEL, benjamini_hochberg
from geo.hotspots.clusters import hot_spots, moran_clusters
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.trend import MIN_PER_STEP, mann_kendall

MAPS, COUNTRIES, DRAWS = 150, 1_000, 1_999
CORRELATIONS = (0.0, 0.5, 0.55, 0.6)
"""of a department's waves from one half-year to the next"""


def neighbours(period: str) -> tuple[float, float]:
    """Share of maps of equal risk, waves included, with a call of Gi*, and of local Moran."""
    registry, level = province_periods()[0], "provinces"
    table = ranked_counts(parse_period(period, registry, level), level)
    people = table["person_years"].to_numpy(dtype=float)
    around = contiguity_of(table["province_ubigeo"].tolist(), level)
    maps = draw_equal_risk(
        int(table["reported_count"].sum()),
        population_shares(people),
        kappas=overdispersion("people", registry, level).kappas,
        size=MAPS,
        rng=np.random.default_rng(5),
    )
    called = [
        [
            lens(counts, people, around, replicas=DRAWS, seed=1).is_significant.any()
            for lens in (hot_spots, moran_clusters)
        ]
        for counts in maps
    ]
    by_lens = np.mean(called, axis=0)
    return float(by_lens[0]), float(by_lens[1])


def half_years(registry: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Counts and person-years of the ranked departments in the known half-years, and kappa."""
    found = courses_for(registry)
    tables = [load_region_counts(code, registry) for code in found.attrs["known"]]
    ranked = tables[0]["is_ranked"].to_numpy()
    counts, people = (
        np.column_stack([table[name] for table in tables])[ranked].astype(float)
        for name in ("reported_count", "person_years")
    )
    return counts, people, float(found.attrs["kappa"])


def lag_one(counts: np.ndarray, people: np.ndarray) -> float:
    """Correlation of log rates with the step before, each series less its mean, each step too."""
    rates = np.log((counts + 0.5) / people)
    rates = rates - rates.mean(axis=0)
    rates = (rates - rates.mean(axis=1, keepdims=True))[counts.mean(axis=1) >= MIN_PER_STEP]
    return float((rates[:, 1:] * rates[:, :-1]).sum() / (rates**2).sum())


def trends(
    counts: np.ndarray, people: np.ndarray, kappa: float, correlation: float
) -> tuple[float, float]:
    """Lag-one correlation of simulated countries, and the share of them with a trend called."""
    rng = np.random.default_rng(1)
    mean = np.outer(counts.mean(axis=1), counts.sum(axis=0) / counts.sum(axis=0).mean())
    enough = counts.mean(axis=1) >= MIN_PER_STEP
    variance = float(np.log1p(kappa))
    lags, called = [], []
    for _ in range(COUNTRIES):
        waves = np.asarray(rng.normal(0.0, variance**0.5, size=mean.shape))
        for step in range(1, mean.shape[1]):
            fresh = np.sqrt(1 - correlation**2) * waves[:, step]
            waves[:, step] = correlation * waves[:, step - 1] + fresh
        drawn = rng.poisson(mean * np.exp(waves - variance / 2)).astype(float)
        lags.append(lag_one(drawn, people))
        shares = (drawn / drawn.sum(axis=0))[enough]
        p_values = np.array([mann_kendall(row).p_value for row in shares])
        called.append((benjamini_hochberg(p_values) < LEVEL).any())
    return float(np.mean(lags)), float(np.mean(called))


def main() -> None:
    """Print the shares."""
    whole, *years = province_periods()[1]
    for period in (whole, years[-1]):
        gistar, moran = neighbours(period)
        print(f"{period}: maps of equal risk with a call: Gi* {gistar:.3f}, Moran {moran:.3f}")
    registry = next(code for code, one in REGISTRIES.items() if one.step == "month")
    counts, people, kappa = half_years(registry)
    print(f"half-years: kappa {kappa:.2f}, correlation measured {lag_one(counts, people):.2f}")
    for correlation in CORRELATIONS:
        lag, share = trends(counts, people, kappa, correlation)
        print(f"waves {correlation}: correlation {lag:.2f}, countries with a trend {share:.2f}")


if __name__ == "__main__":
    main()
