"""The results of a period: one table behind page, terminal and map."""

from __future__ import annotations

import json
from functools import cache

import pytest

from atlas.paper.geojson import geojson_bytes
from atlas.results.regions import bases_of, mismatch_reason, results_for, touches
from atlas.results.sentences import flag_lines, mining_context
from atlas.view import DEPARTMENTS
from atlas.words import words
from data.context import load_route_waypoints, load_routes
from data.periods import PERIOD_CODES, parse_period
from data.reports import load_region_counts, load_yearly_counts
from geo.overdispersion import Overdispersion
from geo.regions import region_results, yearly_overdispersion
from tests.refusing import refused


@cache
def waves_of(base: str) -> Overdispersion:
    """How far yearly reports move, from the loaders."""
    return yearly_overdispersion(load_yearly_counts(), base=base)


@pytest.mark.parametrize("period", PERIOD_CODES)
def test_results_are_those_of_the_analysis(period):
    """Computed anew from the loaders, the table is the same; only one flag is added."""
    bases = bases_of(parse_period(period))
    assert bases == (("people",) if period.startswith("2007") else ("people", "offences"))
    tables = {base: results_for(parse_period(period), base) for base in bases}
    for base, table in tables.items():
        fresh = region_results(load_region_counts(period), waves_of(base), base=base)
        assert table.drop(columns="flags").equals(fresh.drop(columns="flags"))
        differs = [len({one["verdict"].iloc[i] for one in tables.values()}) > 1 for i in range(25)]
        for flags, own, depends in zip(table["flags"], fresh["flags"], differs, strict=True):
            assert flags == [*own, *(["depends_on_denominator"] if depends else [])]
        assert table.attrs["tier"] == "T1"
        assert table.attrs["card"]["sources"]


def test_a_base_that_a_period_lacks_is_refused():
    """The message names the periods that have it."""
    with refused(r"no base 'offences'.*choose one of 2019, 2020"):
        results_for(parse_period("2007-01/2014-04"), "offences")
    with refused("unknown base 'area': allowed are people, offences"):
        results_for(parse_period("2023"), "area")


def test_a_caller_gets_a_copy():
    """What one page does to its table no other page sees."""
    spoilt = results_for(parse_period("2023"))
    spoilt["reported_count"] = 0
    spoilt.attrs["tier"] = "T2"
    assert results_for(parse_period("2023"))["reported_count"].sum() > 0
    assert results_for(parse_period("2023")).attrs["tier"] == "T1"


def test_an_incomplete_period_is_refused():
    """The message says how incomplete the window is."""
    with refused("25 of 32"):
        results_for(parse_period("2009/2014"))


def test_what_touches_a_department():
    """Madre de Dios carries most of the hectares; the shares of all add up to the country's."""
    assert touches("17").mined_share > 0.5
    assert touches("17").mined_share == max(touches(code).mined_share for code in DEPARTMENTS)
    assert 0.95 < sum(touches(code).mined_share for code in DEPARTMENTS) <= 1 + 1e-9
    assert all(touches(code).seats for code in DEPARTMENTS)


def test_results_cite_what_went_into_them():
    """The file of the year, its people, and the years of the measured waves; nothing else."""
    told = {
        period: [one["title"] for one in results_for(parse_period(period)).attrs["card"]["sources"]]
        for period in ("2023", "2007-01/2014-04")
    }
    press = "Cerca de 2,000 denuncias por trata de personas se registran en Perú"
    assert press not in told["2023"]
    assert told["2007-01/2014-04"][0] == press
    for titles in told.values():
        assert not any("named row by row" in title for title in titles)
        years = [title for title in titles if "Delitos denunciados" in title]
        assert sorted(years) == [
            f"MPFN - Delitos denunciados {year} (open-data CSV, mirrored on GitHub)"
            for year in (2019, 2021, 2022, 2023)
        ]
    assert not any("UNDP" in title for title in told["2023"])
    assert any("UNDP" in title for title in told["2007-01/2014-04"])


def test_a_chance_of_one_in_many_is_no_zero():
    """The file for a map of one's own keeps digits, not places."""
    features = json.loads(geojson_bytes(parse_period("2023"), "people"))["features"]
    results = results_for(parse_period("2023")).set_index("department_ubigeo")
    for feature in features:
        q_value = feature["properties"]["q_value"]
        if q_value is not None:
            assert q_value == pytest.approx(results.loc[feature["id"], "q_value"], rel=1e-8)
            assert q_value > 0


def test_doubtful_detections_are_told_with_the_others():
    """Lima has nothing else: a brief must not say that nothing was detected."""
    lima, loreto = (mining_context(code, words("en")) for code in ("15", "16"))
    assert lima == words("en")("card.doubtful", ha=f"{touches('15').doubtful_ha:.0f}")
    assert f"{touches('16').doubtful_ha:.0f} ha of doubtful" in loreto
    assert f"{touches('16').mined_ha:.0f} ha)" in loreto


@pytest.mark.parametrize(
    ("lang", "begins"), [("es", "En 2022 faltan datos"), ("en", "In 2022 the record")]
)
def test_a_note_on_a_year_is_of_the_language(lang, begins):
    """Lima 2022 is not ranked, and every page and file says why in its own language."""
    (line,) = flag_lines(parse_period("2022"), ["not_ranked"], words(lang), area="15")
    assert begins in line


def test_percentages_are_set_as_the_language_does():
    """One reason holds a percentage."""
    assert "33%" in mismatch_reason("06", "en")
    assert "33 %" in mismatch_reason("06", "es")


def test_a_route_counts_where_a_source_names_a_stop():
    """Not where a point only helps to draw it; routes that are on the map alone."""
    shown = {row.route_id for row in load_routes().itertuples() if row.is_default}
    stated: dict[str, set[str]] = {code: set() for code in DEPARTMENTS}
    helping: dict[str, set[str]] = {code: set() for code in DEPARTMENTS}
    for stop in load_route_waypoints().dropna(subset="department_ubigeo").itertuples():
        if stop.route_id in shown:
            (stated if stop.is_stated else helping)[stop.department_ubigeo].add(stop.route_id)
    assert any(helping[code] - stated[code] for code in DEPARTMENTS)
    assert {code: set(touches(code).routes) for code in DEPARTMENTS} == stated
