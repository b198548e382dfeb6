"""Kulldorff's spatial scan: where a circle holds more reports than its people explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import GeoError, ParameterError
from geo.excess import LEVEL
from geo.scan_windows import Scorer, Windows, circular_windows
from geo.twin import draw_equal_risk, population_shares, require_map

Coordinates = Literal["degrees", "metres"]
RATIO_TIE = 1e-9
"""Ratios closer than this are equal: the last bits differ with the order of a sum."""
MAP_CELLS = 240_000
"""Counts simulated at a time."""
REACH = 2.0
"""Standard errors of a simulated p within which it counts as undecided."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Choices of a scan."""

    coordinates: Coordinates = "degrees"
    """degrees: longitude and latitude, great-circle distance; metres: projected."""
    max_population_share: float = 0.5
    """largest share of the population that a window may hold."""
    replicas: int = 999
    """simulated maps; 9,999 resolves p-values down to 0.0001."""
    seed: int = 1
    """seed of the simulated maps."""
    kappas: tuple[float, ...] = (0.0,)
    """equally likely variances of the waves in the simulated maps; 0 is chance alone."""
    max_clusters: int = 10
    """how many clusters to list, the most likely one first."""


@dataclass(frozen=True, slots=True)
class ScanCluster:
    """One circular cluster."""

    codes: tuple[str, ...]
    """codes of its regions, ascending."""
    positions: tuple[int, ...]
    """positions of its regions in the input, in the order of the codes."""
    centre_code: str
    """code of the region at its centre."""
    radius_m: float
    """distance from the centre to its farthest region, metres."""
    reported_count: int
    """reports inside."""
    expected: float
    """reports expected inside under equal risk."""
    population: float
    """people or person-years inside."""
    smr: float
    """reported_count over expected."""
    relative_risk: float
    """rate inside over the rate outside; infinite when there are no reports outside."""
    log_likelihood_ratio: float
    """Kulldorff's statistic, natural logarithm."""
    p_value: float
    """share of the maps (this one included) whose best window scores as high."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Clusters without overlap, most likely first, and what they were tested against."""

    clusters: tuple[ScanCluster, ...]
    window_count: int
    """windows that differ in the set of their regions."""
    critical_ratio: float
    """95 % point of the best ratio in the simulated maps; NaN when nothing was tested."""
    status: Literal["tested", "no_reports", "no_windows"]
    """no_reports: all counts are zero; no_windows: every region alone exceeds the limit."""


def spatial_scan(
    reported_count: ArrayLike,
    population: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    codes: Sequence[str],
    settings: ScanSettings | None = None,
    spreading: str = "",
) -> ScanResult:
    """Scan circles around region centroids for an excess of reports.

    A window may start at any centroid and grows until it holds ``max_population_share`` of the
    people. Each is scored by the Poisson log-likelihood ratio given the total; the p-value of a
    cluster compares its score with the best score of each map simulated under equal risk, with
    the waves of ``settings.kappas`` (:func:`geo.twin.draw_equal_risk`), so that it accounts for
    the search. Secondary clusters are listed as long as they overlap none before them and are
    compared with the same best scores, which is conservative.

    Parameters
    ----------
    reported_count : array_like, shape (n,)
        Whole numbers of one unit, registry and period.
    population : array_like, shape (n,)
        People or person-years.
    x, y : array_like, shape (n,)
        Longitude and latitude, or easting and northing, as ``settings.coordinates`` says.
    codes : sequence of str, length n
        Unique codes; ties in distance and in score are broken by them.
    settings : ScanSettings, optional
    spreading : str
        Rule that placed the counts inside a department, if one did; only an empty one is scanned.

    Raises
    ------
    GeoError
        Modelled counts.
    ParameterError
        Codes that repeat, coordinates that are missing or out of range, counts or populations that
        :func:`geo.twin.require_map` refuses, settings outside their range.

    References
    ----------
    Kulldorff, M. (1997). A spatial scan statistic. Communications in Statistics - Theory and
    Methods 26, 1481-1496.

    Examples
    --------
    >>> found = spatial_scan([1, 9, 8, 1, 1], [10] * 5, range(5), [0] * 5, codes=list("abcde"),
    ...                      settings=ScanSettings(coordinates="metres", seed=3))
    >>> best = found.clusters[0]
    >>> best.codes, best.reported_count, best.expected, round(best.log_likelihood_ratio, 3)
    (('b', 'c'), 17, 8.0, 8.655)
    >>> best.p_value, round(best.relative_risk, 2)
    (0.001, 8.5)
    """
    if spreading:
        raise GeoError(
            f"the counts were placed by the rule {spreading!r}: a scan of them would be circular, "
            "inside a department it only redraws the spreading rule; scan the counts as reported"
        )
    settings = settings or ScanSettings()
    counts, people = require_map(reported_count, population)
    points, labels = _require_places(x, y, codes, counts.size, settings)
    by_code = np.argsort(np.array(labels), kind="stable")
    counts, people, points = counts[by_code], people[by_code], points[by_code]
    total = int(counts.sum())
    shares = population_shares(people)
    windows = circular_windows(
        points,
        shares,
        is_degrees=settings.coordinates == "degrees",
        max_share=settings.max_population_share,
    )
    if total == 0 or windows.distinct_count == 0:
        return ScanResult(
            (), windows.distinct_count, float("nan"), "no_windows" if total else "no_reports"
        )
    scorer = Scorer(windows, total)
    null = _null_maxima(scorer, shares, settings)
    clusters = tuple(
        _describe(scorer, chosen, counts, people, labels, by_code, null)
        for chosen in _without_overlap(scorer, counts, settings.max_clusters)
    )
    critical = float(np.quantile(null, 0.95, method="higher"))
    return ScanResult(clusters, windows.distinct_count, critical, "tested")


def is_undecided(p_value: ArrayLike, *, replicas: int, level: float = LEVEL) -> np.ndarray:
    """Whether a simulated p lies within two standard errors of the level.

    A share of ``replicas`` maps varies from seed to seed as a binomial one: its standard error at
    the level is sqrt(level (1 - level) / replicas). Nearer than two of them, the seed decides on
    which side of the level it falls.

    Parameters
    ----------
    p_value : array_like, shape (n,)
        Shares of simulated maps.
    replicas : int
        Simulated maps.
    level : float

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> is_undecided([0.043, 0.059, 0.2], replicas=999).tolist()
    [True, True, False]
    >>> is_undecided([0.043, 0.059, 0.2], replicas=9_999).tolist()
    [False, False, False]
    """
    reach = REACH * np.sqrt(level * (1 - level) / replicas)
    return np.abs(np.asarray(p_value, dtype=float) - level) <= reach


def _null_maxima(scorer: Scorer, shares: np.ndarray, settings: ScanSettings) -> np.ndarray:
    """Best ratio of each simulated map, shape (replicas,)."""
    rng = np.random.default_rng(settings.seed)
    part = int(np.clip(MAP_CELLS // shares.size, 16, 1024))
    sizes = [min(part, settings.replicas - done) for done in range(0, settings.replicas, part)]
    return np.concatenate(
        [
            scorer.maximum(
                draw_equal_risk(scorer.total, shares, kappas=settings.kappas, size=size, rng=rng).T
            )
            for size in sizes
        ]
    )


def _without_overlap(
    scorer: Scorer, counts: np.ndarray, limit: int
) -> list[tuple[int, int, float, int]]:
    """Centre, last member, ratio and reports of the best windows that share no region."""
    windows: Windows = scorer.windows
    scored = [scorer.of_map(counts, centre) for centre in range(len(windows.members))]
    ratios = [ratio.copy() for ratio, _ in scored]
    chosen: list[tuple[int, int, float, int]] = []
    while len(chosen) < limit:
        best = max((ratio.max() for ratio in ratios if ratio.size), default=0.0)
        if best <= RATIO_TIE:
            break
        # Equal scores: fewest regions first, then the lowest code of the centre.
        last, centre = min(
            (int(np.argmax(ratio >= best - RATIO_TIE)), centre)
            for centre, ratio in enumerate(ratios)
            if ratio.size and ratio.max() >= best - RATIO_TIE
        )
        chosen.append((centre, last, float(best), int(scored[centre][1][last])))
        taken = np.zeros(counts.size, dtype=bool)
        taken[windows.members[centre][: last + 1]] = True
        for members, ratio in zip(windows.members, ratios, strict=True):
            ratio[np.logical_or.accumulate(taken[members])] = 0.0
    return chosen


def _describe(
    scorer: Scorer,
    chosen: tuple[int, int, float, int],
    counts: np.ndarray,
    people: np.ndarray,
    labels: list[str],
    by_code: np.ndarray,
    null: np.ndarray,
) -> ScanCluster:
    centre, last, ratio, inside = chosen
    members = np.sort(scorer.windows.members[centre][: last + 1])
    population = float(people[members].sum())
    expected = scorer.total * population / float(people.sum())
    outside, expected_outside = scorer.total - inside, scorer.total - expected
    risk_outside = outside / expected_outside
    positions = by_code[members]
    return ScanCluster(
        codes=tuple(labels[position] for position in positions),
        positions=tuple(int(position) for position in positions),
        centre_code=labels[by_code[centre]],
        radius_m=float(scorer.windows.radius_m[centre][last]),
        reported_count=inside,
        expected=expected,
        population=population,
        smr=inside / expected,
        relative_risk=inside / expected / risk_outside if outside else float("inf"),
        log_likelihood_ratio=ratio,
        p_value=float((1 + np.sum(null >= ratio - RATIO_TIE)) / (1 + null.size)),
    )


def _require_places(
    x: ArrayLike, y: ArrayLike, codes: Sequence[str], size: int, settings: ScanSettings
) -> tuple[np.ndarray, list[str]]:
    labels = [str(code) for code in codes]
    if len(labels) != size or len(set(labels)) != size:
        raise ParameterError(
            f"{len(labels)} codes, {len(set(labels))} of them different, for {size} regions:"
            " give one unique code per region"
        )
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if first.shape != (size,) or second.shape != (size,):
        raise ParameterError(
            f"coordinates have shapes {first.shape} and {second.shape} for {size} regions:"
            " give one place per region"
        )
    points = np.column_stack([first, second])
    if not np.all(np.isfinite(points)):
        raise ParameterError("a coordinate is missing: give every region a place or leave it out")
    if settings.coordinates == "degrees" and (
        np.abs(points[:, 0]).max() > 180 or np.abs(points[:, 1]).max() > 90
    ):
        raise ParameterError(
            "coordinates exceed 180 or 90 degrees: give longitude and then latitude,"
            " or say coordinates='metres'"
        )
    if settings.coordinates not in get_args(Coordinates):
        raise ParameterError(
            f"coordinates = {settings.coordinates!r}: choose one of {get_args(Coordinates)}"
        )
    if not 0 < settings.max_population_share <= 0.5:
        raise ParameterError(
            f"max_population_share = {settings.max_population_share}:"
            " it must be above 0 and at most 0.5"
        )
    if settings.replicas < 19 or settings.max_clusters < 1:
        raise ParameterError(
            f"replicas = {settings.replicas}, max_clusters = {settings.max_clusters}: at least 19"
            " and 1 are needed"
        )
    return points, labels
