"""Local Moran's I, Getis-Ord Gi* and the Assunção-Reis rate, for one map or many at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.contiguity import Contiguity


def standardised_rate(counts: np.ndarray, population: np.ndarray) -> np.ndarray:
    r"""Rates less the overall rate, over their standard deviation (empirical Bayes index).

    With rates :math:`p_i = y_i / x_i`, the overall rate :math:`b = \sum y / \sum x` and
    :math:`s^2 = \sum x_i (p_i - b)^2 / \sum x`, the variance between regions is
    :math:`a = s^2 - b / \bar x` and

    .. math:: z_i = (p_i - b) / \sqrt{a + b / x_i},

    with a negative a taken as zero, as in empirical Bayes smoothing. (The paper replaces only
    those variances :math:`a + b / x_i` that come out negative: then a region of average size in a
    map more even than chance divides by nearly nothing. The two agree whenever a is positive.)

    Parameters
    ----------
    counts : ndarray, shape (..., n)
        One map or several, of equal total or not.
    population : ndarray, shape (n,)
        Positive.

    Returns
    -------
    ndarray, shape (..., n)
        Zero everywhere for a map without reports.

    References
    ----------
    Assunção, R. M. and Reis, E. A. (1999). A new proposal to adjust Moran's I for population
    density. Statistics in Medicine 18, 2147-2162.

    Examples
    --------
    >>> standardised_rate(np.array([30, 10, 10]), np.array([1000.0, 1000.0, 2000.0])).round(3)
    array([ 1.673, -0.239, -0.739])
    """
    people = population.sum()
    overall = counts.sum(axis=-1, keepdims=True) / people
    rate = counts / population
    spread = np.sum(population * (rate - overall) ** 2, axis=-1, keepdims=True) / people
    between = np.maximum(spread - overall * population.size / people, 0)
    variance = between + overall / population
    return np.divide(rate - overall, np.sqrt(variance), out=np.zeros_like(rate), where=variance > 0)


def gi_star(values: np.ndarray, contiguity: Contiguity) -> np.ndarray:
    r"""Getis-Ord :math:`G_i^*` as a z-score, binary weights, the region counted with itself.

    .. math:: G_i^* = \frac{\sum_j w_{ij} x_j - W_i \bar x}{s \sqrt{(n S_i - W_i^2) / (n - 1)}},

    with :math:`W_i = \sum_j w_{ij}`, :math:`S_i = \sum_j w_{ij}^2`, and s the standard deviation
    with divisor n. Zero where it is not defined (constant values, or all regions neighbours).

    Parameters
    ----------
    values : ndarray, shape (..., n)
    contiguity : Contiguity
        Of n regions.

    References
    ----------
    Ord, J. K. and Getis, A. (1995). Local spatial autocorrelation statistics. Geographical
    Analysis 27, 286-306.
    """
    size = contiguity.size
    degree = contiguity.cardinality + 1.0
    mean = values.mean(axis=-1, keepdims=True)
    scale = _deviation(values, mean) * np.sqrt(
        np.clip(size * degree - degree**2, 0, None) / max(size - 1, 1)
    )
    excess = _lag(values, contiguity.sparse(with_self=True)) - degree * mean
    return np.divide(excess, scale, out=np.zeros_like(excess), where=scale > 0)


def local_moran(values: np.ndarray, contiguity: Contiguity) -> np.ndarray:
    r"""Local Moran's :math:`I_i = z_i \sum_j w_{ij} z_j / m_2` with row-standardised weights.

    :math:`z = x - \bar x` and :math:`m_2 = \sum z^2 / n`. Without islands the mean over the regions
    is the global I. Zero for a region without neighbours and for constant values.

    Parameters
    ----------
    values : ndarray, shape (..., n)
    contiguity : Contiguity
        Of n regions.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association - LISA. Geographical Analysis 27,
    93-115.
    """
    mean = values.mean(axis=-1, keepdims=True)
    scale = _deviation(values, mean) ** 2
    centred = values - mean
    product = centred * _lag(centred, contiguity.sparse(row_standardised=True))
    return np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)


def global_moran(values: np.ndarray, contiguity: Contiguity) -> float:
    """Moran's I of one map, row-standardised weights; regions without neighbours add nothing.

    NaN when the values are constant or no region has a neighbour.
    """
    connected = int(np.sum(contiguity.cardinality > 0))
    if connected == 0 or _deviation(values, values.mean(keepdims=True))[0] == 0:
        return float("nan")
    return float(local_moran(values, contiguity).sum() / connected)


def _deviation(values: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Standard deviation with divisor n, exactly zero when it is rounding noise."""
    deviation = np.sqrt(np.mean((values - mean) ** 2, axis=-1, keepdims=True))
    noise = 1e-12 * np.max(np.abs(values), axis=-1, keepdims=True)
    return np.where(deviation > noise, deviation, 0.0)


def _lag(values: np.ndarray, weights: Any) -> np.ndarray:
    return (weights @ values.T).T
