"""How well the level predicts a year that it has not seen, and how often its interval holds.

Run with ``python -m studies.levels`` (minutes); writes docs/levels.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.stats import nbinom, poisson

from atlas.results.years import years_table
from data.periods import MAIN, REGISTRIES
from geo.level import LONGEST_HALF_LIFE, fit_level
from geo.overdispersion import fit_overdispersion

PAGE = Path(__file__).resolve().parent.parent / "docs" / "levels.md"
FEWEST_YEARS = 2
"""A year is predicted from at least so many years before it."""
MAPS = 25
CORRELATIONS = (0.3, 0.6, 0.84, 0.92)
SEED = 20_261_125
EDGE = 0.05
FEWEST_REPORTS = 0.5
"""Stands for a mean of zero, under which a single report would be impossible."""


def table_of_years(registry: str = MAIN) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts and person-years of the departments ranked in every full year, and the years."""
    table = years_table(registry, full_years=True)
    whole = ~np.isnan(table.reported_count).any(axis=1)
    return table.reported_count[whole], table.person_years[whole], table.years


def left_out(
    counts: np.ndarray, exposure: np.ndarray, years: np.ndarray
) -> dict[str, tuple[float, float]]:
    """Log score, and coverage of 90 % intervals, of each way to predict a year from those before.

    The total of the year is given; what is predicted is how the departments share it.
    """
    scores: dict[str, list[np.ndarray]] = {}
    held: dict[str, list[np.ndarray]] = {}
    for year in range(FEWEST_YEARS, len(years)):
        seen, base = counts[:, :year], exposure[:, :year]
        real = counts[:, year]
        expected = real.sum() * exposure[:, year] / exposure[:, year].sum()
        past = seen.sum(axis=0) * base / base.sum(axis=0)
        kappa = fit_overdispersion(seen, base).kappa
        last = seen[:, -1] / past[:, -1] * expected
        mean = seen.sum(axis=1) / past.sum(axis=1) * expected
        weighted = _negative_binomial_mean(seen, past, kappa) * expected
        level = fit_level(seen, base, years[:year]).next_ratios * expected[:, None]
        laws = {
            "level": poisson(level),
            "last year's figure, chance alone": poisson(_above_zero(last)),
            "last year's figure, waves": _negative_binomial(last, 2 * kappa),
            "mean of years, waves": _negative_binomial(mean, kappa * (1 + 1 / year)),
            "negative binomial mean": _negative_binomial(weighted, kappa * (1 + 1 / year)),
        }
        for name, law in laws.items():
            some = real[:, None]
            scores.setdefault(name, []).append(np.log(law.pmf(some).mean(axis=1)))
            at_most, at_least = law.cdf(some).mean(axis=1), law.sf(some - 1).mean(axis=1)
            held.setdefault(name, []).append((at_most >= EDGE) & (at_least >= EDGE))
    return {
        name: (float(np.sum(scores[name])), float(np.mean(np.concatenate(held[name]))))
        for name in scores
    }


def simulated_coverage(rho: float, rng: np.random.Generator) -> tuple[float, float]:
    """Share of true levels, and of next ratios, inside their 90 % intervals on made-up years.

    Lasting and wave variance are those of the registry; only rho is chosen.
    """
    counts, exposure, years = table_of_years()
    law = fit_level(counts, exposure, years)
    steps = np.arange(len(years) + 1.0)
    waves_of = np.linalg.cholesky(law.wave_variance * rho ** np.abs(steps[:, None] - steps))
    share = exposure[:, -1] / exposure[:, -1].sum()
    held, foretold = [], []
    for _ in range(MAPS):
        lasting = rng.normal(0, np.sqrt(law.lasting_variance), len(share))
        waves = rng.normal(size=(len(share), steps.size)) @ waves_of.T
        means = np.exp(lasting[:, None] + waves) * np.c_[exposure, exposure[:, -1]]
        totals = np.r_[counts.sum(axis=0), counts[:, -1].sum()]
        drawn = rng.poisson(means / means.sum(axis=0) * totals)
        found = fit_level(drawn[:, :-1], exposure, years)
        true = np.exp(lasting) / (share @ np.exp(lasting))
        coming = drawn[:, -1] / (drawn[:, -1].sum() * share)
        held.append((found.low <= true) & (true <= found.high))
        foretold.append((found.next_low <= coming) & (coming <= found.next_high))
    return float(np.mean(held)), float(np.mean(foretold))


def left_out_rows(results: dict[str, tuple[float, float]]) -> list[str]:
    """Rows of the first table of the page, best first."""
    ordered = sorted(results.items(), key=lambda item: -item[1][0])
    return [f"| {name} | {score:.1f} | {100 * held:.0f} % |" for name, (score, held) in ordered]


def _above_zero(mean: np.ndarray) -> np.ndarray:
    return np.maximum(mean, FEWEST_REPORTS)[:, None]


def _negative_binomial(mean: np.ndarray, kappa: float) -> nbinom:
    return nbinom(1 / kappa, 1 / (1 + kappa * _above_zero(mean)))


def _negative_binomial_mean(counts: np.ndarray, expected: np.ndarray, kappa: float) -> np.ndarray:
    """Maximum likelihood ratio of each area when every year has a wave of its own."""
    ratio = counts.sum(axis=1) / expected.sum(axis=1)
    for _ in range(100):
        weight = 1 / (1 + kappa * ratio[:, None] * expected)
        ratio = (weight * counts).sum(axis=1) / (weight * expected).sum(axis=1)
    return ratio


def table(registry: str) -> list[str]:
    """Lines of the page on one registry."""
    counts, exposure, years = table_of_years(registry)
    first, last = int(years[FEWEST_YEARS]), int(years[-1])
    return [
        f"{REGISTRIES[registry].name}, {first} to {last}, {len(counts)} departments, "
        f"{len(counts) * (len(years) - FEWEST_YEARS)} counts:",
        "",
        "| predicted by | log score | coverage |",
        "| --- | --- | --- |",
        *left_out_rows(left_out(counts, exposure, years)),
        "",
    ]


def main() -> None:
    """Write docs/levels.md."""
    rng = np.random.default_rng(SEED)
    simulated = [(rho, *simulated_coverage(rho, rng)) for rho in CORRELATIONS]
    lines = [
        "# How well the level does",
        "",
        "Written by `python -m studies.levels`; the model is in [method.md](method.md).",
        "",
        "**Years left out.** Each full year is predicted from the years before it, from the third "
        "on, for the departments ranked in every year, given the year's total. Log score: the sum "
        "of the logarithms of the probabilities given to what happened; higher is better. "
        "Coverage: counts inside the 90 % interval. The figures with waves have the variance "
        "μ + κμ² with the κ of the years before, and that of their own mean added. A difference "
        "below 2 lies within the error of the level's approximation: no better, no worse.",
        "",
        *(line for code, one in REGISTRIES.items() if one.step != "window" for line in table(code)),
        f"**Simulated years.** {MAPS} made-up registries for each ρ, with the people, totals and "
        "variances of the real one: how often the 90 % intervals contain the true level and "
        f"the next year's ratio. ρ = {0.5 ** (1 / LONGEST_HALF_LIFE):.2f} halves in "
        f"{LONGEST_HALF_LIFE} years, the slowest that the model still takes for a wave. Near it, "
        "part of what was drawn as a wave counts as level, so the interval contains the drawn "
        "level less often. The interval of the next year does not depend on where that line is "
        "drawn.",
        "",
        "| ρ | level | next year |",
        "| --- | --- | --- |",
        *(
            f"| {rho:.2f} | {100 * level:.0f} % | {100 * coming:.0f} % |"
            for rho, level, coming in simulated
        ),
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
