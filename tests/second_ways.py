"""Numbers of the verdict by other means than the engine's: a general fit, simulated maps."""

import numpy as np
from scipy.optimize import brentq, minimize


def poisson_means(counts: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Means of a Poisson regression on areas and periods, by a general minimiser."""
    rows, columns = counts.shape

    def means(effects: np.ndarray) -> np.ndarray:
        return exposure * np.exp(effects[:rows, None] + effects[rows:])

    def loss(effects: np.ndarray) -> tuple[float, np.ndarray]:
        rest = means(effects) - counts
        value = means(effects).sum() - (counts * np.log(means(effects))).sum()
        return value, np.concatenate([rest.sum(axis=1), rest.sum(axis=0)])

    start = np.full(rows + columns, np.log(counts.sum() / exposure.sum()) / 2)
    options = {"maxiter": 10_000, "ftol": 1e-15, "gtol": 1e-9}
    return means(minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x)


def kappa_at(counts: np.ndarray, mean: np.ndarray, squares: float) -> float:
    """Kappa at which the sum of (c - m)^2 / (m + kappa m^2) is ``squares``."""
    return brentq(
        lambda kappa: ((counts - mean) ** 2 / (mean + kappa * mean**2)).sum() - squares, 0, 10
    )


def simulated_p(
    counts: np.ndarray, exposure: np.ndarray, kappas: np.ndarray, maps: int = 100_000
) -> np.ndarray:
    """Two-sided p of each area's count among maps of equal risk with gamma waves."""
    rng, share = np.random.default_rng(1), exposure / exposure.sum()
    kappa = rng.choice(kappas, (maps, 1))
    waves = share * rng.gamma(1 / kappa, kappa, (maps, share.size))
    drawn = rng.multinomial(int(counts.sum()), waves / waves.sum(axis=1, keepdims=True))
    tails = [(drawn >= counts).mean(axis=0), (drawn <= counts).mean(axis=0)]
    return np.minimum(1, 2 * np.minimum(*tails))
