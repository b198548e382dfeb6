"""A bandwidth from the data, for those who do not choose one."""

from __future__ import annotations

import numpy as np

from geo.errors import ParameterError


def automatic_bandwidth(easting: np.ndarray, northing: np.ndarray, weight: np.ndarray) -> float:
    """Silverman's rule in two dimensions with a robust spread and weighted points, metres.

    h = s n^(-1/6), with n = (sum w)^2 / sum w^2 (Kish's effective number of points) and s the
    root mean square over both axes of min(standard deviation, interquartile range / 1.349), all
    weighted. In two dimensions Silverman's and Scott's factors are the same, 1 (Silverman 1986,
    eq. 4.14).

    On a modelled surface the points are towns, not cases: there the rule measures how far apart
    the towns lie and says nothing about how crime is spaced. It also assumes one hump; a country
    with many towns is oversmoothed. It is a starting point, not a finding.

    Parameters
    ----------
    easting, northing : ndarray, shape (n,)
        Metres.
    weight : ndarray, shape (n,)
        Not negative.

    Returns
    -------
    float
        Standard deviation of the kernel, metres.

    Raises
    ------
    ParameterError
        The points do not spread (one place), or none has a weight.

    Examples
    --------
    >>> side = np.arange(10.0) * 1_000
    >>> x, y = (a.ravel() for a in np.meshgrid(side, side))
    >>> round(automatic_bandwidth(x, y, np.ones(100)))
    1333
    """
    used = weight > 0
    if not used.any():
        raise ParameterError("no case has a weight above 0; give bandwidth_m")
    w = weight[used] / weight[used].sum()
    variances = [_robust_spread(axis[used], w) ** 2 for axis in (easting, northing)]
    spread = float(np.sqrt(np.mean(variances)))
    if spread == 0:
        raise ParameterError(
            "all cases lie at one place, so no bandwidth can be read from them; give bandwidth_m"
        )
    effective_points = 1 / float(np.square(w).sum())
    return spread * effective_points ** (-1 / 6)


def _robust_spread(values: np.ndarray, w: np.ndarray) -> float:
    deviation = float(np.sqrt(np.dot(w, (values - np.dot(w, values)) ** 2)))
    order = np.argsort(values)
    middle = np.cumsum(w[order]) - w[order] / 2
    low, high = np.interp([0.25, 0.75], middle, values[order])
    quartile_based = float(high - low) / 1.349
    return min(deviation, quartile_based) if quartile_based > 0 else deviation
