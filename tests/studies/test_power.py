"""The power study in small: its facts, its chart, its page."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree

import numpy as np
import pytest

from geo.clusters import ClusterSettings, hot_spots
from geo.excess import LEVEL
from geo.regions import region_results
from geo.scan import ScanSettings, spatial_scan
from studies import lenses
from studies.power import (
    SCENARIOS,
    TOTALS,
    Outcome,
    alarms_by_total,
    detection_by_people,
    run,
    shipped_country,
    simulated_maps,
)
from studies.power_chart import draw
from studies.power_page import compose

COUNTRY = shipped_country()


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Eight maps a scenario: enough to compose, too few to conclude."""
    return run(COUNTRY, maps=8)


def drawn(place: int, *, total: int, waves: float = 1.0, maps: int = 100) -> np.ndarray:
    """Maps of one scenario."""
    return simulated_maps(
        COUNTRY, SCENARIOS[place], total=total, waves=waves, maps=maps, seed=20 + place
    )


def test_maps_have_the_risk_that_was_asked_for() -> None:
    """Madre de Dios at six times: its mean share, and the total of every map."""
    maps = drawn(1, total=3_000, maps=4_000)
    share = COUNTRY.people / COUNTRY.people.sum()
    own = COUNTRY.codes.index("17")
    assert (maps.sum(axis=1) == 3_000).all()
    expected = 3_000 * 6 * share[own] / (1 + 5 * share[own])
    assert maps[:, own].mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 4_000))


def test_gi_on_counts_lights_up_beside_lima() -> None:
    """Equal risk everywhere: Callao and Áncash are called hot in every map, and nothing is there.

    With Madre de Dios at six times the risk it is found in none.
    """
    called = lenses.count_gi(drawn(0, total=300), COUNTRY)
    assert called[:, [COUNTRY.codes.index(code) for code in ("02", "07")]].all()
    assert not lenses.count_gi(drawn(1, total=300), COUNTRY)[:, COUNTRY.codes.index("17")].any()


def test_exact_and_scan_find_the_isolated_region() -> None:
    """300 reports: about three in four, and hardly a false alarm."""
    maps = drawn(1, total=300)
    own = COUNTRY.codes.index("17")
    for judge in (lenses.exact, lenses.scan):
        called = judge(maps, COUNTRY)
        assert 0.6 < called[:, own].mean() < 0.9
        assert np.delete(called, own, axis=1).any(axis=1).mean() < 0.12


def test_lenses_of_the_study_are_those_of_the_atlas() -> None:
    """One map, three lenses: the study's shortcuts change no call."""
    maps = drawn(2, total=3_000, waves=COUNTRY.dispersion.phi, maps=6)
    gi, circles = lenses.rate_gi(maps, COUNTRY), lenses.scan(maps, COUNTRY)
    for row, counts in enumerate(maps):
        found = hot_spots(
            counts, COUNTRY.people, COUNTRY.contiguity, settings=ClusterSettings(seed=8)
        )
        clear = (found.q_value < 0.03) | (found.q_value > 0.08)
        hot = (found.q_value <= LEVEL) & (found.z_score > 0)
        assert (gi[row] == hot)[clear].all()
        scan = spatial_scan(
            counts,
            COUNTRY.people,
            COUNTRY.easting,
            COUNTRY.northing,
            codes=COUNTRY.codes,
            settings=ScanSettings(coordinates="metres", replicas=9_999, seed=8),
        )
        members = {place for one in scan.clusters if one.p_value <= 0.05 for place in one.positions}
        unclear = {
            place for one in scan.clusters if 0.04 < one.p_value < 0.06 for place in one.positions
        }
        assert set(np.flatnonzero(circles[row])) - unclear == members - unclear


def test_exact_lenses_are_the_verdicts() -> None:
    """`above` in the study is `above` on the map."""
    import data

    counts = data.load_region_counts("2023")
    shown = region_results(counts, data.load_yearly_counts(), dispersion=COUNTRY.dispersion)
    maps = counts["reported_count"].to_numpy()[None, :]
    strict = lenses.exact_dispersed(maps, COUNTRY)[0]
    assert (strict == (shown["verdict"] == "above").to_numpy()).all()
    plain = lenses.exact(maps, COUNTRY)[0]
    assert (plain == shown["verdict"].str.startswith("above").to_numpy()).all()


def test_the_beta_binomial_has_the_variance_asked_for() -> None:
    """Its calls under waves keep the level; without dispersion to speak of it is the exact test."""
    maps = drawn(0, total=1_000, waves=COUNTRY.dispersion.phi, maps=400)
    assert lenses.beta_binomial(maps, COUNTRY).any(axis=1).mean() < 0.09
    nearly = dataclasses.replace(
        COUNTRY, dispersion=dataclasses.replace(COUNTRY.dispersion, phi=1 + 1e-7)
    )
    calm = drawn(1, total=300, maps=60)
    assert (lenses.beta_binomial(calm, nearly) == lenses.exact(calm, nearly)).all()


def test_every_lens_meets_every_scenario(outcomes: list[Outcome]) -> None:
    """Shares are shares; without targets nothing can be found."""
    assert len(outcomes) == len(SCENARIOS) * len(TOTALS) * 2 * len(lenses.LENSES)
    for one in outcomes:
        assert 0 <= one.false_alarm <= 1
        assert np.isnan(one.found) == (not one.scenario.targets)
        assert np.isnan(one.found) or one.found_all <= one.found <= 1


def test_the_chart_is_plain_svg(outcomes: list[Outcome]) -> None:
    """Well-formed, titled, no script and no address; one ring a lens and scenario."""
    chart = draw(outcomes)
    root = ElementTree.fromstring(chart)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title") is not None
    assert not [one for one in root.iter() if one.tag.endswith(("script", "image", "a"))]
    rings = [one for one in root.iter(f"{space}circle") if one.get("r") == "6"]
    assert len(rings) == len(SCENARIOS) * len(lenses.LENSES) + 1
    _, _, width, height = map(float, (root.get("viewBox") or "").split())
    for one in root.iter(f"{space}circle"):
        assert 0 < float(one.get("cx") or -1) < width
        assert 0 < float(one.get("cy") or -1) < height


def test_the_page_has_every_number(outcomes: list[Outcome]) -> None:
    """Each table has a row a lens; the number of maps is said."""
    by_people = detection_by_people(COUNTRY, maps=40)
    assert by_people["2007-01/2014-04"] < by_people["2023"]
    by_total = alarms_by_total(COUNTRY, maps=40)
    options = {"by_people": by_people, "by_total": by_total, "maps": 8}
    page = compose(outcomes, COUNTRY, **options)
    assert "8 maps" in page
    for name, _ in lenses.LENSES.values():
        assert page.count(f"| {name} |") >= len(SCENARIOS)
    assert page == compose(outcomes, COUNTRY, **options)
