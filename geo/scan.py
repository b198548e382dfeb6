"""Kulldorff's spatial scan: where a circle holds more reports than its people explain."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import GeoError, ParameterError
from geo.scan_result import ScanCluster, ScanResult, ScanSettings
from geo.scan_windows import Scorer, Windows, circular_windows
from geo.twin import draw_equal_risk, population_shares, require_map

__all__ = ["ScanCluster", "ScanResult", "ScanSettings", "spatial_scan"]

RATIO_TIE = 1e-9
"""Ratios closer than this are equal: the last bits differ with the order of a sum."""


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
    """Scan circles around region centroids for an excess (or lack) of reports.

    A window may start at any centroid and grows until it holds ``max_population_share`` of the
    people. Each is scored by the Poisson log-likelihood ratio given the total; the p-value of a
    cluster compares its score with the best score of each simulated equal-risk map, so that it
    accounts for the search. Secondary clusters are listed as long as they overlap none before them
    and are compared with the same best scores, which is conservative.

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
    (0.002, 8.5)
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
    smallest_p = 1 / (settings.replicas + 1)
    if total == 0 or windows.distinct_count == 0:
        status: Literal["no_reports", "no_windows"] = "no_windows" if total else "no_reports"
        return ScanResult(
            (), settings, windows.distinct_count, total, smallest_p, float("nan"), status
        )
    scorer = Scorer(windows, total, settings.kind)
    null = _null_maxima(scorer, shares, settings)
    clusters = tuple(
        _describe(scorer, chosen, counts, people, labels, by_code, null)
        for chosen in _without_overlap(scorer, counts, settings.max_clusters)
    )
    critical = float(np.quantile(null, 0.95, method="higher"))
    return ScanResult(
        clusters, settings, windows.distinct_count, total, smallest_p, critical, "tested"
    )


def _null_maxima(scorer: Scorer, shares: np.ndarray, settings: ScanSettings) -> np.ndarray:
    # Chunks depend on the number of regions alone and each has its own seed: any number of
    # processes draws the same maps.
    chunk = int(np.clip(240_000 // shares.size, 16, 1024))
    sizes = [min(chunk, settings.replicas - done) for done in range(0, settings.replicas, chunk)]
    seeds = np.random.SeedSequence(settings.seed).spawn(len(sizes))

    task = partial(_chunk_maxima, scorer, shares, settings.dispersion)
    if settings.processes == 1 or len(sizes) == 1:
        return np.concatenate(list(map(task, sizes, seeds)))
    # Started afresh rather than forked: a fork of a threaded server may inherit a held lock.
    with ProcessPoolExecutor(settings.processes, mp_context=get_context("spawn")) as pool:
        share = -(-len(sizes) // settings.processes)
        return np.concatenate(list(pool.map(task, sizes, seeds, chunksize=share)))


def _chunk_maxima(
    scorer: Scorer,
    shares: np.ndarray,
    dispersion: float,
    size: int,
    seed: np.random.SeedSequence,
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    maps = draw_equal_risk(scorer.total, shares, dispersion=dispersion, size=size, rng=rng)
    return scorer.maximum(maps.T)


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
        kind="high" if inside > expected else "low",
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
    for name, allowed in {
        "kind": ("high", "low", "both"),
        "coordinates": ("degrees", "metres"),
    }.items():
        if getattr(settings, name) not in allowed:
            raise ParameterError(f"{name} = {getattr(settings, name)!r}: choose one of {allowed}")
    if not 0 < settings.max_population_share <= 0.5:
        raise ParameterError(
            f"max_population_share = {settings.max_population_share}:"
            " it must be above 0 and at most 0.5"
        )
    if settings.replicas < 19 or settings.processes < 1 or settings.max_clusters < 1:
        raise ParameterError(
            f"replicas = {settings.replicas}, processes = {settings.processes}, max_clusters ="
            f" {settings.max_clusters}: at least 19, 1 and 1 are needed"
        )
    return points, labels
