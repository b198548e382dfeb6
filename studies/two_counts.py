"""How often two equal areas, or an area that keeps its rate, are called different.

Run with ``python -m studies.two_counts`` (six minutes). Counts are Poisson with gamma waves of the
shipped kappas, drawn freely: the tests condition on the sum of two counts, the worlds do not. The
figures stand in docs/method.md; a call where nothing is may come in 5 % of the worlds, plus two
standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from atlas.results.hotspots import ranked_counts
from atlas.results.regions import overdispersion
from atlas.results.years import change_overdispersion
from data.periods import Period, parse_period
from data.reports import load_region_counts
from geo.change import kappas_of_a_total, own_change
from geo.excess import LEVEL, benjamini_hochberg
from geo.overdispersion import Overdispersion, mixed_tails
from geo.two_counts import (
    PairVerdict,
    chance_of_a_call,
    compare_counts,
    compare_pairs,
    two_count_nodes,
)

PERIODS = (
    *(("2023", "mpfn"), ("2025-01/2025-11", "mpfn"), ("2024", "police"), ("2021/2022", "police")),
    *(("2024-01/2024-06", "police"), ("2024-01", "police")),
)
OWN_PERIODS = (
    ("mpfn", "2022", "2023"),
    ("mpfn", "2019", "2023"),
    ("mpfn", "2023", "2025-01/2025-11"),
    ("police", "2023", "2024"),
    ("police", "2018", "2024"),
    ("police", "2021/2022", "2023/2024"),
)
OWN_WORLDS = 2_000
WORLDS, FOURS = 100, 1_000
"""of all pairs of a period; of four places drawn at random"""
TRUE_RATIOS = (1.0, 1.0, 2.0, 5.0)
"""rates of four places whose margins are to hold"""
WIDER = 1.5
"""times the kappa of the atlas"""


@dataclass(frozen=True, slots=True)
class PairCalls:
    """Of one period: shares of worlds."""

    period: Period
    fit: Overdispersion
    alone: float
    """of two areas of equal rate that are called different, over all pairs."""
    worst: float
    """the same of the area whose pairs are called most often."""
    wider: float
    """as alone, with waves wider than measured."""
    four: float
    """of four areas of equal rate of which any two are called different, by Holm."""
    covered: float
    """of four areas of different rates all of whose margins hold the true ratios."""
    detected: tuple[float, ...]
    """chance to find a doubling, a tripling and a fivefold rate, mean over the pairs."""


def pair_calls(period: Period) -> PairCalls:
    """Judge worlds as large as a period in which its areas have one rate."""
    table = ranked_counts(period)
    people = table["person_years"].to_numpy(float)
    mean = people * table["reported_count"].sum() / people.sum()
    fit, rng = overdispersion(period), np.random.default_rng(17)
    pairs = np.array([*combinations(range(people.size), 2)])
    called = _called(mean, pairs, fit.kappa, fit.kappas, rng)
    fours = [rng.choice(people.size, 4, replace=False) for _ in range(FOURS)]
    equal = [_four(mean[four], np.ones(4), fit, rng) for four in fours]
    different = [_four(mean[four], rng.permutation(TRUE_RATIOS), fit, rng) for four in fours]
    total, odds = mean[pairs].sum(axis=1).round(), np.divide(*mean[pairs].T)
    chances = (
        chance_of_a_call(total, odds, fit.kappas, ratio=ratio, level=LEVEL).mean()
        for ratio in (2, 3, 5)
    )
    return PairCalls(
        period=period,
        fit=fit,
        alone=float(called.mean()),
        worst=max(float(called[:, (pairs == at).any(axis=1)].mean()) for at in range(people.size)),
        wider=float(_called(mean, pairs, WIDER * fit.kappa, fit.kappas, rng).mean()),
        four=float(np.mean([any_call for any_call, _ in equal])),
        covered=float(np.mean([holds for _, holds in different])),
        detected=tuple(map(float, chances)),
    )


def _called(
    mean: np.ndarray, pairs: np.ndarray, kappa: float, kappas: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Whether each pair (columns) of each world is called at LEVEL, alone."""
    nodes, weights = two_count_nodes(np.divide(*mean[pairs].T[::-1]), kappas)
    called = np.zeros((WORLDS, len(pairs)), dtype=bool)
    for world in called:
        first, second = _draw(mean, kappa, rng)[pairs].T
        smaller = np.minimum(*mixed_tails(second, first + second, nodes, weights))
        world[:] = 2 * smaller < LEVEL
    return called


def _draw(mean: np.ndarray, kappa: float, rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(mean * rng.gamma(1 / kappa, kappa, mean.shape)).astype(float)


def _four(
    mean: np.ndarray, ratios: np.ndarray, fit: Overdispersion, rng: np.random.Generator
) -> tuple[bool, bool]:
    """Whether any pair of four areas is called, and whether all margins hold."""
    pairs = compare_pairs(_draw(mean * ratios, fit.kappa, rng), mean, fit.kappas)
    true = ratios[pairs.higher] / ratios[pairs.lower]
    known = pairs.verdict != PairVerdict.UNTESTABLE
    holds = (pairs.low <= true) & (true <= pairs.high)
    return bool((pairs.verdict == PairVerdict.CLEAR).any()), bool(holds[known].all())


@dataclass(frozen=True, slots=True)
class OwnCalls:
    """Of two periods in which no department's rate changes: shares of worlds."""

    before: Period
    after: Period
    kappa: float
    """as the atlas has it; the worlds have the wider waves that show so in two periods."""
    any_area: float
    """in which some department is said to rise or fall, by Benjamini-Hochberg."""
    country: float
    """in which the country is."""
    detected: tuple[float, float]
    """chance that a department's doubling is called, mean and that of the largest count."""


def own_calls(before: Period, after: Period) -> OwnCalls:
    """Judge worlds in which all departments keep their rates."""
    left, right = load_region_counts(before), load_region_counts(after)
    ranked = (left["is_ranked"] & right["is_ranked"]).to_numpy(bool)
    counts, people = (
        np.array([side[name].to_numpy(float)[ranked] for side in (left, right)])
        for name in ("reported_count", "person_years")
    )
    seen = counts.sum(axis=0) > 0
    counts, people = counts[:, seen], people[:, seen]
    mean = people * counts.sum(axis=0) / people.sum(axis=0)
    fit, rng = change_overdispersion(before, after), np.random.default_rng(23)
    # two periods show kappa / (1 + kappa / 2): docs/method.md
    kappa = fit.kappa / (1 - fit.kappa / 2)
    nodes, weights = two_count_nodes(people[1] / people[0], fit.kappas)
    areas, country = 0, 0
    for _ in range(OWN_WORLDS):
        first, second = _draw(mean, kappa, rng)
        smaller = np.minimum(*mixed_tails(second, first + second, nodes, weights))
        p_value = np.where(first + second > 0, np.minimum(1, 2 * smaller), np.nan)
        areas += bool((benjamini_hochberg(p_value) < LEVEL).any())
        total = kappas_of_a_total(first + second, fit.kappas)
        odds = np.array([people[1].sum() / people[0].sum()])
        of_sum = two_count_nodes(odds, total)
        sums = np.array([first.sum()]), np.array([second.sum()])
        country += 2 * min(mixed_tails(sums[1], sums[0] + sums[1], *of_sum))[0] < LEVEL
    judged = own_change(counts[0], counts[1], people[0], people[1], fit.kappas)
    chances = 1 - judged.missed_doubling
    largest = chances[counts.sum(axis=0).argmax()]
    return OwnCalls(
        before,
        after,
        fit.kappa,
        areas / OWN_WORLDS,
        float(country / OWN_WORLDS),
        (float(chances.mean()), float(largest)),
    )


def by_likelihood(period: Period) -> tuple[int, int, int]:
    """A second way: of all pairs, those that both tests call, the first alone, the second alone.

    The second is the likelihood ratio of two negative binomial counts of known kappa.
    """
    table = ranked_counts(period)
    counts, people = (table[name].to_numpy(float) for name in ("reported_count", "person_years"))
    kappa = overdispersion(period).kappa
    pairs = np.array([*combinations(range(people.size), 2)])
    pairs = pairs[counts[pairs].sum(axis=1) > 0]
    odds = np.divide(*people[pairs].T[::-1])
    first, second = counts[pairs].T
    ours = compare_counts(first, second, odds, [kappa]).p_value < LEVEL
    other = [likelihood_p(counts[pair], people[pair], kappa) < LEVEL for pair in pairs]
    both = ours & other
    return int(both.sum()), int((ours & ~both).sum()), int((np.array(other) & ~both).sum())


def likelihood_p(counts: np.ndarray, exposure: np.ndarray, kappa: float) -> float:
    """Return p of the likelihood ratio test that negative binomial counts have one rate."""

    def loss(mean: np.ndarray) -> float:
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(counts > 0, counts * np.log(mean / (1 + kappa * mean)), 0)
        return -float((parts - np.log1p(kappa * mean) / kappa).sum())

    middle = np.log(counts.sum() / exposure.sum())
    best = minimize_scalar(
        lambda rate: loss(np.exp(rate) * exposure),
        bounds=(middle - 5, middle + 5),
        method="bounded",
    )
    return float(chi2.sf(2 * (best.fun - loss(counts)), 1))


def main() -> None:
    """Print the shares."""
    print("two areas of equal rate: called alone (worst area; waves wider); any of four by Holm;")
    print("margins of four that all hold; chance to find a doubling, tripling, fivefold rate")
    for code, registry in PERIODS:
        calls = pair_calls(parse_period(code, registry))
        chances = ", ".join(f"{chance:.3f}" for chance in calls.detected)
        print(
            f"  {registry} {code}, kappa {calls.fit.kappa:.2f}: {calls.alone:.4f} "
            f"({calls.worst:.3f}; {calls.wider:.4f}); {calls.four:.4f}; {calls.covered:.4f}; "
            f"{chances}",
            flush=True,
        )
    print("departments that keep their rates: any called, the country called; doubling found")
    for registry, code, later in OWN_PERIODS:
        own = own_calls(parse_period(code, registry), parse_period(later, registry))
        print(
            f"  {registry} {code} and {later}, kappa {own.kappa:.2f}: {own.any_area:.4f}; "
            f"{own.country:.4f}; {own.detected[0]:.3f}, largest {own.detected[1]:.3f}",
            flush=True,
        )
    for code, registry in PERIODS[:3]:
        both, ours, other = by_likelihood(parse_period(code, registry))
        print(f"  {registry} {code}: pairs called by both {both}, by ours {ours}, by ratio {other}")


if __name__ == "__main__":
    main()
