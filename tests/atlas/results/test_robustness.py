"""Choices of method inside a period, put together by hand from the loaders' tables."""

from __future__ import annotations

import numpy as np
import pytest

from atlas.results.jurisdiction import (
    JURISDICTIONS,
    jurisdiction_person_years,
    served_results,
)
from atlas.results.regions import bases_of, overdispersion, results_for
from atlas.results.sentences import robustness_for, robustness_line
from atlas.words import words
from data.geography import load_jurisdiction_moves
from data.periods import PERIOD_CODES, PERIODS, parse_period
from data.population import load_province_population
from data.reports import load_region_counts
from geo.excess import judge


def people_by_hand(*, jaen_dropped: bool) -> dict[str, float]:
    """Person-years of the jurisdictions of 2022, from the provinces' own people."""
    provinces = load_province_population().set_index("province_ubigeo")["population_2022"]
    people = provinces.groupby(provinces.index.str[:2]).sum().astype(float).to_dict()
    for move in load_jurisdiction_moves().itertuples():
        moving = float(provinces[move.province_ubigeo])
        people[move.department_ubigeo] -= moving
        dropped = jaen_dropped and move.province in ("Cutervo", "Jaén", "San Ignacio")
        if isinstance(move.counted_in_department_ubigeo, str) and not dropped:
            people[move.counted_in_department_ubigeo] += moving
    return people


def test_every_choice_is_one_change_of_the_test() -> None:
    """2022, where Lima is not ranked: each column is the same test with one thing changed."""
    counts = load_region_counts("2022").set_index("department_ubigeo")
    found = robustness_for(parse_period("2022")).set_index("department_ubigeo")
    kappas = overdispersion().kappas
    usual = counts["person_years"].to_dict()
    ways = {
        "kappa_low": (usual, kappas[[0]], ["15"]),
        "kappa_high": (usual, kappas[[19]], ["15"]),
        "without_lima_callao": (usual, kappas, ["15", "07"]),
        JURISDICTIONS[0]: (people_by_hand(jaen_dropped=True), kappas, ["15"]),
        JURISDICTIONS[1]: (people_by_hand(jaen_dropped=False), kappas, ["15"]),
    }
    assert list(found.columns) == ["verdict", *ways, "offences"]
    for name, (people, chosen, left_out) in ways.items():
        kept = counts.drop(index=left_out)
        exposure = np.array([people[code] for code in kept.index])
        by_hand = judge(kept["reported_count"].to_numpy(), exposure, chosen).verdict
        assert found.loc[kept.index, name].tolist() == list(by_hand), name
        assert set(found.loc[left_out, name]) == {"untestable"}
        assert found[name].ne(found["verdict"]).any(), name
    offences = results_for(parse_period("2022"), "offences").set_index("department_ubigeo")[
        "verdict"
    ]
    assert found["offences"].equals(offences.rename("offences"))


def test_what_overturns_a_verdict_and_what_does_not() -> None:
    """2023: nothing moves Madre de Dios, large waves move Lambayeque, the denominator Puno."""
    found = robustness_for(parse_period("2023")).set_index("department_ubigeo")
    assert set(found.loc["17"]) == {"above"}
    changed = found.loc["14"][found.loc["14"] != "below"]
    assert changed.to_dict() == {"kappa_high": "unremarkable"}
    say = words("en")
    assert robustness_line("17", parse_period("2023"), "people", say) == say(
        "robust.none", count="6"
    )
    assert say("robust.kappa_high") in robustness_line("14", parse_period("2023"), "people", say)
    # the other denominator has its own clause: the line counts the five other choices
    assert robustness_line("21", parse_period("2023"), "people", say) == say("robust.rest")
    # each way is one change, of those that are compared: Lima is out of 2022 already
    ways = (say("robust.kappa_high"), say("robust.without_callao"))
    changed = robustness_line("16", parse_period("2021/2023"), "people", say)
    assert f"{ways[0]} or {ways[1]}" in changed
    ways = (say("robust.kappa_low"), say("robust.without_lima_callao"))
    assert f"{ways[0]} or {ways[1]}" in robustness_line("06", parse_period("2023"), "people", say)


@pytest.mark.parametrize("lang", ["es", pytest.param("en", marks=pytest.mark.slow)])
def test_every_department_has_its_line(lang: str) -> None:
    """In each period and base, but for Lima 2022, Pasco and Piura 2025: they have no verdict."""
    say = words(lang)
    silent = set()
    periods = PERIOD_CODES if lang == "en" else ("2007-01/2014-04", "2022", "2025-01/2025-11")
    for period in periods:
        for base in bases_of(parse_period(period)):
            for row in results_for(parse_period(period), base).itertuples():
                text = robustness_line(row.department_ubigeo, parse_period(period), base, say)
                assert "{" not in text
                if not text:
                    silent.add((row.department_ubigeo, period))
    part = "2025-01/2025-11"
    assert silent == {("15", "2022"), ("19", part), ("20", part)}


def test_jaen_moves_a_third_of_cajamarca() -> None:
    """Cajamarca loses Jaén, San Ignacio and Cutervo (33 %) and gains Bolívar; sums hold."""
    for code in ("2007-01/2014-04", "2022", "2023"):
        counts = load_region_counts(code).set_index("department_ubigeo")
        whole = counts["person_years"].to_dict()
        dropped, given = (
            jurisdiction_person_years(parse_period(code), name) for name in JURISDICTIONS
        )
        assert given["06"] / whole["06"] == pytest.approx(0.68, abs=0.01)
        assert given["06"] == dropped["06"]
        assert given["14"] > dropped["14"] == pytest.approx(whole["14"])
        # only the three provinces without a stated receiver are nobody's
        assert 0.99 < sum(given.values()) / sum(whole.values()) < 1


@pytest.mark.parametrize("period", [one for one in PERIODS if one.is_by_prosecutors])
def test_rates_of_the_people_served_are_per_year(period):
    """Reports over the person-years served, computed apart, in periods of 11 and of 88 months."""
    table = served_results(period).set_index("department_ubigeo")
    ranked = table[table["smr"].notna()]
    years = period.months / 12
    assert (table["person_years"] / table["population"]).dropna().to_numpy() == pytest.approx(years)
    rates = 1e5 * ranked["reported_count"] / ranked["person_years"]
    assert ranked["rate_per_100k"].to_numpy() == pytest.approx(rates.to_numpy())
