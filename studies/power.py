"""The power study: what each lens finds, and what it makes up, on simulated maps of Peru.

Run with ``make study`` (minutes); writes docs/power-study.md and docs/images/power-study.svg.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data import load_region_counts
from geo.twin import draw_equal_risk, population_shares
from maps.centroids import centroids, contiguity_of
from maps.results import dispersion
from studies.lenses import LENSES, Country

ROOT = Path(__file__).resolve().parent.parent
PERIOD = "2023"
"""Whose population is used."""
OTHER_PEOPLE = ("2007-01/2014-04", "2019", "2021", "2023")
"""Whose population the detection of one region is compared on."""
TOTALS = (300, 3_000)
TABLE_TOTALS = (300, 900, 1_400, 2_000, 3_400)
"""About as many reports as the periods of the atlas have, and few."""
SEED = 20_261_125


@dataclass(frozen=True, slots=True)
class Scenario:
    """True risks of a simulated country: 1 but where said otherwise."""

    name: str
    targets: tuple[str, ...]
    risk: float


SCENARIOS = (
    Scenario("equal risk", (), 1.0),
    Scenario("Madre de Dios at 6 times the risk", ("17",), 6.0),
    Scenario("Madre de Dios, Cusco and Puno at 3 times", ("08", "17", "21"), 3.0),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One lens in one scenario."""

    scenario: Scenario
    total: int
    waves: float
    """dispersion of the simulated maps; 1 = chance alone."""
    lens: str
    found: float
    """mean share of the target regions that are called high; NaN without targets."""
    found_all: float
    """share of the maps where all targets are; NaN without targets."""
    false_alarm: float
    """share of the maps where a region that is no target is called high."""
    called_regions: tuple[float, ...]
    """share of the maps where each region is called high, in the order of the codes."""


def shipped_country() -> Country:
    """People, centroids, neighbours and dispersion as the atlas uses them."""
    counts = load_region_counts(PERIOD)
    codes = counts["department_ubigeo"].tolist()
    places = np.array([centroids()[code] for code in codes])
    return Country(
        codes=tuple(codes),
        people=counts["person_years"].to_numpy(dtype=float),
        easting=places[:, 0],
        northing=places[:, 1],
        contiguity=contiguity_of(codes),
        dispersion=dispersion(),
    )


def simulated_maps(
    country: Country, scenario: Scenario, *, total: int, waves: float, maps: int, seed: int
) -> np.ndarray:
    """Maps of one total, shape (maps, n): reports shared out by people times risk."""
    is_target = np.isin(country.codes, scenario.targets)
    shares = population_shares(country.people * np.where(is_target, scenario.risk, 1.0))
    rng = np.random.default_rng(seed)
    return draw_equal_risk(total, shares, dispersion=waves, size=maps, rng=rng)


def run(country: Country, *, maps: int) -> list[Outcome]:
    """Every lens in every scenario, total and dispersion; all lenses see the same maps."""
    outcomes = []
    for place, scenario in enumerate(SCENARIOS):
        is_target = np.isin(country.codes, scenario.targets)
        for total in TOTALS:
            for waves in (1.0, country.dispersion.phi):
                drawn = simulated_maps(
                    country, scenario, total=total, waves=waves, maps=maps, seed=SEED + place
                )
                for lens, (_, judge) in LENSES.items():
                    called = judge(drawn, country)
                    hits = called[:, is_target]
                    outcomes.append(
                        Outcome(
                            scenario=scenario,
                            total=total,
                            waves=waves,
                            lens=lens,
                            found=float(hits.mean()) if hits.size else float("nan"),
                            found_all=(
                                float(hits.all(axis=1).mean()) if hits.size else float("nan")
                            ),
                            false_alarm=float(called[:, ~is_target].any(axis=1).mean()),
                            called_regions=tuple(called.mean(axis=0).tolist()),
                        )
                    )
    return outcomes


def detection_by_people(country: Country, *, maps: int) -> dict[str, float]:
    """How often the exact test finds Madre de Dios among 300 reports, with the people of a year."""
    own, found = country.codes.index("17"), {}
    for period in OTHER_PEOPLE:
        people = load_region_counts(period)["person_years"].to_numpy(dtype=float)
        other = replace(country, people=people)
        drawn = simulated_maps(
            other, SCENARIOS[1], total=TOTALS[0], waves=1.0, maps=maps, seed=SEED + 1
        )
        found[period] = float(LENSES["exact"][1](drawn, other)[:, own].mean())
    return found


def alarms_by_total(country: Country, *, maps: int) -> dict[str, dict[int, float]]:
    """Maps of equal risk with waves where a region is called high, by lens and total."""
    found: dict[str, dict[int, float]] = {"exact_dispersed": {}, "beta_binomial": {}}
    for total in TABLE_TOTALS:
        drawn = simulated_maps(
            country, SCENARIOS[0], total=total, waves=country.dispersion.phi, maps=maps, seed=SEED
        )
        for lens, shares in found.items():
            shares[total] = float(LENSES[lens][1](drawn, country).any(axis=1).mean())
    return found


def main() -> None:
    """Run the study and write its page and its chart."""
    from studies.power_chart import draw
    from studies.power_page import compose

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=2_000, help="simulated maps a scenario")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of the page")
    asked = parser.parse_args()
    begun = time.perf_counter()
    country = shipped_country()
    outcomes = run(country, maps=asked.maps)
    (asked.out / "images").mkdir(parents=True, exist_ok=True)
    (asked.out / "images" / "power-study.svg").write_text(draw(outcomes), encoding="utf-8")
    page = compose(
        outcomes,
        country,
        by_people=detection_by_people(country, maps=asked.maps),
        by_total=alarms_by_total(country, maps=asked.maps),
        maps=asked.maps,
    )
    (asked.out / "power-study.md").write_text(page, encoding="utf-8")
    print(f"{asked.maps} maps a scenario, {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
