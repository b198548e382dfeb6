"""How often the verdict, and lenses on the police registry, call something where nothing is.

Run with ``python -m studies.alarms`` (five minutes): the verdict where waves are wider than
measured, or last; neighbours of provinces on maps of equal risk. The figures stand in
docs/method.md.
"""

from __future__ import annotations

import numpy as np

from atlas.results.hotspots import contiguity_of, ranked_counts
from atlas.results.regions import overdispersion
from atlas.results.years import years_table
from data.periods import parse_period, province_periods
from geo.excess import LEVEL
from geo.hotspots.clusters import hot_spots
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from geo.level import fit_level
from studies.power import (
    PAIRED_YEARS,
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
WIDER_KAPPA, LASTING = 0.20, 0.6
"""kappa of waves that are wider than measured; correlation of lasting ones from year to year"""


def verdict_calls() -> list[tuple[str, float, float]]:
    """Of maps in which all departments have the same risk, the shares with any call, by
    Benjamini-Hochberg and by Holm: what the waves are like, and both shares.

    Waves that are new each year are judged with the kappas of the atlas. Those that last make
    the years of one department alike, so that fewer ups and downs are measured: each such world is
    judged with the kappas that the atlas would fit to its own years, and with those of the atlas.
    The last are as wide and as slow as the level finds them.
    """
    measured, country = measure(), load_country(JUDGED_YEAR)
    grid = kappa_grid(3 * WIDER_KAPPA)
    table = tabulate_tails(country, grid)
    of_atlas = mixture(measured.fit.kappas[None], grid)
    found = []

    def judged(text: str, maps: np.ndarray, mixed: np.ndarray) -> None:
        p_value = two_sided(table, maps, np.broadcast_to(mixed, (len(maps), grid.size)))
        holm = (p_value.min(axis=1) * p_value.shape[1] < LEVEL).mean()
        found.append((text, float(called(p_value).any(axis=1).mean()), float(holm)))

    equal = np.ones(country.share.size)
    for kappa in (measured.fit.kappa, WIDER_KAPPA):
        rng = np.random.default_rng(7)
        law = Law("anew", kappa, is_gamma=True)
        maps = simulate_maps(law, country, equal, size=VERDICT_MAPS, rng=rng)
        judged(f"kappa {kappa:.2f}, new each year", maps, of_atlas)
    slow = level_law()
    for variance, kept in ((measured.fit.kappa, LASTING), slow):
        law, rng = Law("lasting", variance, kept=kept), np.random.default_rng(7)
        maps, own = simulate_own_year(law, measured, country, size=VERDICT_WORLDS, rng=rng)
        text = f"variance {variance:.2f}, correlation {kept:.2g} from year to year"
        judged(f"{text}, kappa fitted there ({own.mean():.2f})", maps, mixture(own, grid))
        judged(f"{text}, kappa of the atlas", maps, of_atlas)
    return found


def level_law() -> tuple[float, float]:
    """Variance of a wave of mean 1, and its correlation from year to year, as the level finds them
    in the years that the power study pairs."""
    table = years_table("mpfn")
    known = [at for at, one in enumerate(table.periods) if int(one.code[:4]) in PAIRED_YEARS]
    counts, people = table.reported_count[:, known], table.person_years[:, known]
    found = fit_level(counts, people, np.asarray(table.years)[known])
    return float(np.expm1(found.wave_variance)), found.wave_correlation


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
    print(f"{JUDGED_YEAR}: maps of equal risk with a call of the verdict (by Holm)")
    for waves, share, holm in verdict_calls():
        print(f"  {waves}: {share:.3f} ({holm:.3f})")
    whole, *years = (period.code for period in province_periods())
    for period in (whole, years[-1]):
        print(f"{period}: maps of equal risk with a call of Gi*: {neighbours(period):.3f}")


if __name__ == "__main__":
    main()
