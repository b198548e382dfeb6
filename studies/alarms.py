"""How often the verdict, and lenses on the police registry, call something where nothing is.

Run with ``python -m studies.alarms`` (ten minutes): the verdict by length of time; where waves are
wider than measured, or last; neighbours of provinces on maps of equal risk. The figures stand in
docs/method.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.results.hotspots import contiguity_of, ranked_counts
from atlas.results.matrix import blocks
from atlas.results.regions import overdispersion, overdispersion_of
from atlas.view import BASES
from data.periods import parse_period, province_periods
from data.reports import load_window_counts
from geo.excess import LEVEL
from geo.hotspots.clusters import hot_spots
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.overdispersion import (
    Overdispersion,
    area_nodes,
    fit_margins,
    fit_overdispersion,
    mixed_tails,
    tails,
)
from geo.regions import window_overdispersion
from studies.power import (
    Law,
    called,
    kappa_grid,
    load_country,
    measure,
    mixture,
    simulate_maps,
    simulate_own_year,
    tabulate_tails,
    two_sided,
)

MAPS, DRAWS = 150, 1_999
JUDGED_YEAR = "2023"
VERDICT_MAPS, VERDICT_WORLDS = 20_000, 2_000
LENGTHS, LENGTH_MAPS, LENGTH_WORLDS = (1, 3, 6, 12, 24, 36), 4_000, 1_000
"""months of the periods of the police; maps of each with waves as measured, and of other worlds"""
DARK_MAPS = 16_000
"""countries in which dark cells are counted"""
WIDER_KAPPA, LASTING = 0.20, 0.6
"""kappa of waves that are wider than measured; correlation of lasting ones from year to year"""
SLOW = (0.390, 0.782)
"""Variance of a wave of mean 1, and its correlation from year to year, as a model of lasting
effects of departments and of fading waves found them in the prosecutors' years 2019 to 2023."""


def verdict_calls() -> list[tuple[str, float, float]]:
    """Return how often maps of equal risk have any call, by Benjamini-Hochberg and by Holm.

    Each row has a text on the waves, and both shares.

    Waves that are new each year are judged with the kappas of the atlas. Those that last make
    the years of one department alike, so that fewer ups and downs are measured: each such world is
    judged with the kappas that the atlas would fit to its own years, and with those of the atlas.
    The last are as wide and as slow as a model of lasting effects found them (``SLOW``).
    """
    measured, country = measure(), load_country(JUDGED_YEAR)
    grid = kappa_grid(3 * WIDER_KAPPA)
    table = tabulate_tails(country, grid)
    of_atlas = mixture(measured.fit.kappas[None], grid)
    calls = []

    def judged(text: str, maps: np.ndarray, mixed: np.ndarray) -> None:
        p_value = two_sided(table, maps, np.broadcast_to(mixed, (len(maps), grid.size)))
        holm = (p_value.min(axis=1) * p_value.shape[1] < LEVEL).mean()
        calls.append((text, float(called(p_value).any(axis=1).mean()), float(holm)))

    equal = np.ones(country.share.size)
    for kappa in (measured.fit.kappa, WIDER_KAPPA):
        rng = np.random.default_rng(7)
        law = Law("anew", kappa, is_gamma=True)
        maps = simulate_maps(law, country, equal, size=VERDICT_MAPS, rng=rng)
        judged(f"kappa {kappa:.2f}, new each year", maps, of_atlas)
    for variance, correlation in ((measured.fit.kappa, LASTING), SLOW):
        law, rng = Law("lasting", variance, correlation=correlation), np.random.default_rng(7)
        maps, own = simulate_own_year(law, measured, country, size=VERDICT_WORLDS, rng=rng)
        text = f"variance {variance:.2f}, correlation {correlation:.2g} from year to year"
        judged(f"{text}, kappa fitted there ({own.mean():.2f})", maps, mixture(own, grid))
        judged(f"{text}, kappa of the atlas", maps, of_atlas)
    return calls


@dataclass(frozen=True, slots=True)
class LengthCalls:
    """Shares of maps with a false call, of periods of one length."""

    months: int
    total: int
    """reports of a map."""
    fit: Overdispersion
    anew: float
    """waves of the kappa of that length, new in each period."""
    other_starts: float
    """the most of any start: waves of the kappa of the windows that begin there."""
    lasting: float
    """the same variance, correlated from period to period; judged with kappas fitted to them."""
    blocks: float
    """real months in a row, of each department from another time, against its own mean."""


def calls_by_length(months: int) -> LengthCalls:
    """Judge maps in which nothing is, as large as the police's periods of so many months."""
    windows = load_window_counts("police", "departments", months)
    others = _kappas_of_starts(windows)
    windows = windows[windows["start"] == 0]
    counts, people = (
        windows.pivot(index="department_ubigeo", columns="period", values=name).to_numpy(float)
        for name in ("recorded_count", "person_years")
    )
    fit = overdispersion_of("police", "departments", months)
    share = people.sum(axis=1) / people.sum()
    total = round(counts.sum() / counts.shape[1])
    rng = np.random.default_rng([11, months])

    def share_called(kappa: float) -> float:
        maps = draw_equal_risk(total, share, kappas=[kappa], size=LENGTH_MAPS, rng=rng)
        return float(called(_p_of_maps(maps, share, total, fit.kappas)).any(axis=1).mean())

    worlds = (
        _called_in_a_lasting_world(fit_margins(counts, people), people, fit.kappa, rng)
        for _ in range(LENGTH_WORLDS)
    )
    return LengthCalls(
        months=months,
        total=total,
        fit=fit,
        anew=share_called(fit.kappa),
        other_starts=share_called(max(others)),
        lasting=float(np.mean(list(worlds))),
        blocks=_calls_on_blocks(months, fit, rng),
    )


def _kappas_of_starts(windows: pd.DataFrame) -> list[float]:
    """Kappa of the windows from each start by itself."""
    return [window_overdispersion(of_start).kappa for _, of_start in windows.groupby("start")]


def _p_of_maps(maps: np.ndarray, share: np.ndarray, total: int, kappas: np.ndarray) -> np.ndarray:
    """Return p by map and area, as geo.excess.judge; each count of an area is judged once."""
    nodes, weights = area_nodes(share, kappas)
    p_value = np.empty(maps.shape)
    for area, reported in enumerate(maps.T):
        each, place = np.unique(reported, return_inverse=True)
        law = (np.broadcast_to(part[area], (each.size, part.shape[1])) for part in (nodes, weights))
        both = mixed_tails(each.astype(float), total, *law)
        p_value[:, area] = np.minimum(1, 2 * np.minimum(*both))[place]
    return p_value


def _is_called(counts: np.ndarray, share: np.ndarray, kappas: np.ndarray) -> bool:
    smaller = np.minimum(*tails(counts, share, counts.sum(), kappas))
    return bool(called(np.minimum(1, 2 * smaller)[None]).any())


def _called_in_a_lasting_world(
    mean: np.ndarray, people: np.ndarray, kappa: float, rng: np.random.Generator
) -> bool:
    """Whether the last period of a made-up registry has a call; all departments share one rate."""
    equal = people / people.sum(axis=0) * mean.sum(axis=0)
    waves = rng.normal(size=equal.shape)
    for step in range(1, equal.shape[1]):
        waves[:, step] = LASTING * waves[:, step - 1] + np.sqrt(1 - LASTING**2) * waves[:, step]
    variance = np.log1p(kappa)
    drawn = rng.poisson(equal * np.exp(np.sqrt(variance) * waves - variance / 2))
    kappas = fit_overdispersion(drawn, people).kappas
    return _is_called(drawn[:, -1], people[:, -1] / people[:, -1].sum(), kappas)


def _calls_on_blocks(months: int, fit: Overdispersion, rng: np.random.Generator) -> float:
    """Share of maps with a call whose departments have real months in a row, each its own."""
    monthly = load_window_counts("police", "departments", 1)
    counts = monthly.pivot(index="department_ubigeo", columns="period", values="recorded_count")
    sums = np.lib.stride_tricks.sliding_window_view(counts.to_numpy(float), months, axis=1)
    blocks = sums.sum(axis=2)
    share = counts.sum(axis=1).to_numpy(float) / counts.to_numpy().sum()
    starts = rng.integers(blocks.shape[1], size=(LENGTH_WORLDS, len(blocks)))
    maps = np.take_along_axis(blocks[None], starts[..., None], axis=2)[..., 0]
    return float(np.mean([_is_called(drawn, share, fit.kappas) for drawn in maps]))


def dark_cells() -> float:
    """Share of made-up countries in which some cell of the matrix (by people) is above by chance.

    All departments have one rate; a country has one of the twenty kappas of each registry in all
    years, with waves that are new each year.
    """
    rng, dark = np.random.default_rng(13), np.zeros(DARK_MAPS, dtype=bool)
    for block in blocks():
        if block.base != BASES[0]:
            continue
        kappas = overdispersion(parse_period(block.periods[0].code, block.registry)).kappas
        true = rng.choice(kappas, (DARK_MAPS, 1))
        for period in block.periods:
            table = ranked_counts(period)
            share = population_shares(table["person_years"].to_numpy(float))
            total = int(table["reported_count"].sum())
            waves = share * rng.gamma(1 / true, true, (DARK_MAPS, share.size))
            maps = rng.multinomial(total, waves / waves.sum(axis=1, keepdims=True))
            p_value = _p_of_maps(maps, share, total, overdispersion(period).kappas)
            dark |= (called(p_value) & (maps > total * share)).any(axis=1)
    return float(dark.mean())


def neighbours(period: str) -> float:
    """Share of maps of equal risk, waves included, with a call of Gi*."""
    registry, level = province_periods()[0].registry_code, "provinces"
    table = ranked_counts(parse_period(period, registry, level))
    people = table["person_years"].to_numpy(dtype=float)
    around = contiguity_of(table["province_ubigeo"].tolist(), level)
    maps = draw_equal_risk(
        int(table["reported_count"].sum()),
        population_shares(people),
        kappas=overdispersion(parse_period(period, registry, level)).kappas,
        size=MAPS,
        rng=np.random.default_rng(5),
    )
    called = [
        hot_spots(counts, people, around, replicas=DRAWS, seed=1).is_significant.any()
        for counts in maps
    ]
    return float(np.mean(called))


def main() -> None:
    """Print the shares."""
    print(
        "police, by length: maps with a false call; the same with the widest waves of any start; "
        "waves that last; blocks of real months"
    )
    for calls in map(calls_by_length, LENGTHS):
        ends = f"{calls.fit.kappas[0]:.2f} to {calls.fit.kappas[-1]:.2f}"
        print(
            f"  {calls.months} months, {calls.total} reports, kappa {calls.fit.kappa:.2f} "
            f"({ends}): {calls.anew:.4f}, {calls.other_starts:.4f}, {calls.lasting:.3f}, "
            f"{calls.blocks:.3f}",
            flush=True,
        )
    print(f"{JUDGED_YEAR}: maps of equal risk with a call of the verdict (by Holm)")
    for waves, share, holm in verdict_calls():
        print(f"  {waves}: {share:.3f} ({holm:.3f})")
    print(f"countries with a dark cell in the matrix by chance: {dark_cells():.3f}")
    whole, *years = (period.code for period in province_periods())
    for period in (whole, years[-1]):
        print(f"{period}: maps of equal risk with a call of Gi*: {neighbours(period):.3f}")


if __name__ == "__main__":
    main()
