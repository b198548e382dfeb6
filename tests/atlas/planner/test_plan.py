"""The planner on the shipped figures."""

import io

import numpy as np
import pandas as pd
import pytest

from atlas.planner.demand import demand_for, distance_to_mining_km, own_demand, people_of, places
from atlas.planner.document import document_of
from atlas.planner.files import plan_bytes, plan_values
from atlas.planner.model import compare_demands, cost_of, plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, question_for
from atlas.planner.sentences import cost_of_plan
from atlas.results.density import surface_for
from atlas.results.regions import overdispersion, results_for
from atlas.words import words
from data.context import load_known_connections
from data.geography import load_places
from data.periods import parse_period
from geo.siting.solver import InfeasibleError
from geo.siting.travel import DetourFactors, great_circle_km, land_of
from tests.planned import (
    assumed,
    document_for,
    listed,
    planned,
    position,
    read_files,
    solved,
    spot,
    zones_around,
)
from tests.refusing import refused

FEW = PlanQuestion(min_population=50_000)
"""Eight sites on the reports of 2023, chosen among 109 large towns."""


PERIODS = ("2007-01/2014-04", "2023", "2025-01/2025-11", "2019+2021+2023")
"""months, a year, a part of one, several years"""


@pytest.mark.parametrize("period", PERIODS)
def test_demand_of_reports_is_the_modelled_surface(period):
    """The same weights as under the density map; totals of departments are conserved."""
    demand = demand_for(f"complaints:{period}")
    counts = results_for(parse_period(period)).set_index("department_ubigeo")["reported_count"]
    known = np.isin(places().department_ubigeo, counts.index[counts.notna()])
    lived_in = people_of(period) > 0
    assert np.allclose(demand.weight[known & lived_in], surface_for(parse_period(period)).weight)
    assert not demand.weight[~known].any(), "nothing is asked for where nothing is known"
    assert not demand.weight[~lived_in].any(), "a district made later had no reports"
    counts = counts.fillna(0)
    sums = pd.Series(demand.weight).groupby(places().department_ubigeo).sum()
    assert np.allclose(sums[counts.index], counts)


def test_every_resident_of_2025_asks_once():
    """The census's 34,157,732 people, each at its district; near mining those within 50 km of a
    cell, recounted by distance."""
    towns, every, near = places(), demand_for("population"), demand_for("mining")
    residents = load_places().set_index("district_ubigeo")["residents"].dropna()
    assert dict(zip(towns.ubigeo, every.weight, strict=True)) == residents.to_dict()
    assert every.weight.sum() == 34_157_732
    assert "2025" in every.assumptions[0].text(words("en"))
    assert near.weight.sum() == towns.population[distance_to_mining_km() <= 50].sum()
    assert "17" in towns.department_ubigeo[near.weight > 0]


def test_demand_of_smoothed_rates_lies_between():
    """Empirical Bayes draws each department towards the country's rate, none beyond it."""
    towns = places()
    table = results_for(parse_period("2023")).set_index("department_ubigeo")
    raw = table["reported_count"] / table["person_years"]
    pooled = table["reported_count"].sum() / table["person_years"].sum()
    smooth = pd.Series(demand_for("eb:2023").weight).groupby(towns.department_ubigeo).sum()
    smooth = smooth / table["person_years"]
    assert (smooth.sub(raw).mul(pooled - raw) >= -1e-15).all()
    assert (abs(smooth - pooled) <= abs(raw - pooled) + 1e-12).all()


def test_resampled_reports_keep_the_total_and_come_in_waves():
    """Madre de Dios: its waves over those of all others, as the law of a share has it."""
    demand = demand_for("complaints:2023")
    draws = demand.resampled(2_000, np.random.default_rng(3))
    assert np.allclose(draws.sum(axis=1), demand.weight.sum())
    inside = places().department_ubigeo == "17"
    counts = results_for(parse_period("2023"))["reported_count"].to_numpy(float)
    total, own = counts.sum(), counts[16]
    shares = counts / total
    # delta method: share times (own wave minus the mean wave), on top of the multinomial
    spread = (1 - shares[16]) ** 2 + (shares**2).sum() - shares[16] ** 2
    kappa = overdispersion(parse_period("2023")).kappas.mean()
    expected = own * (1 - shares[16]) + own**2 * kappa * spread
    assert draws[:, inside].sum(axis=1).var() == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    "code", ["complaints", "complaints:1999", "mining:2023", "own", "hotspots"]
)
def test_unknown_demands_are_refused(code):
    with refused(r"complaints:PERIOD|period"):
        demand_for(code)


def test_teams_that_hold_less_than_the_least_shares_are_refused_at_once():
    """Half of every department is half of all: so many teams of sixty, and no search."""
    asked = FEW.changed(sites=6, capacity=60.0, min_department_share=0.5)
    half = demand_for(asked.demand).weight.sum() / 2
    enough = asked.changed(sites=int(np.ceil(half / 60)))
    for few in (asked, enough.changed(sites=enough.sites - 1)):
        with pytest.raises(InfeasibleError, match="capacity_short") as refused:
            question_for(few)
        needed = {"sites": few.sites, "most": f"{60 * few.sites:,}", "needed": f"{half:,.0f}"}
        assert refused.value.values == needed | {"least": enough.sites, "percent": "50"}
    assert question_for(enough).problem.needed(0.5) == pytest.approx(half)


def test_own_demand_spreads_codes_of_any_length():
    towns = places()
    weight = own_demand({"170101": 3.0, "2101": 4.0, "16": 5.0}).weight
    assert weight.sum() == pytest.approx(12.0)
    assert weight[towns.ubigeo == "170101"].sum() == 3.0
    assert weight[np.char.startswith(towns.ubigeo, "2101")].sum() == pytest.approx(4.0)


def test_eight_sites_recounted_by_hand():
    towns, (question, plan) = places(), solved(FEW, replicas=20)
    factor = {"coast": 1.25, "highland": 1.7, "jungle": 1.5, "river": 2.0}
    land = land_of(towns.longitude, towns.latitude, towns.altitude_m, towns.ubigeo)
    reached = np.zeros(len(land), bool)
    for site in plan.sites:
        at = question.candidates.near[site]
        straight = great_circle_km(
            towns.longitude, towns.latitude, towns.longitude[[at]], towns.latitude[[at]]
        )[:, 0]
        mean = np.array([(factor[kind] + factor[land[at]]) / 2 for kind in land])
        reached |= straight * mean <= 75
    weight = demand_for("complaints:2023").weight
    assert plan.evaluation.coverage_share == pytest.approx(weight[reached].sum() / weight.sum())
    assert plan.gap == 0.0
    (site,) = (
        site for site in document_for(FEW, replicas=20).sites if site.name == "Puerto Maldonado"
    )
    assert site.chosen_share > 0.7


def test_zones_keep_sites_away_and_stay_out_of_every_file():
    own, lima = zones_around("150101", degrees=0.35), spot("150101")
    document = document_for(FEW.changed(sites=4, buffer_km=20.0), own)
    for site in document.sites:
        away = np.abs(np.subtract((site.longitude, site.latitude), lima)).max() - 0.35
        assert away * 111.0 > 19.0
    for text in read_files(document, "en", ".geojson", ".gpx", ".csv"):
        assert f"{lima[0] - 0.35:.2f}" not in text
        assert "Polygon" not in text
        assert "1 excluded zone, which is not in this file" in text
    with refused("excluded zone"):
        question_for(FEW.changed(sites=4, must=("150101",)), own)


def test_services_cover_or_are_locked_in():
    beside = planned(services="listed")
    assert beside.plan.evaluation.existing_share > 0.2
    assert len(beside.sites) == 3
    with refused("do not fit into 3"):
        question_for(FEW.changed(sites=3, services="listed", lock_services=True))
    own = OwnFiles(services=listed(district_ubigeo=["210101"]))
    locked = planned(own, lock_services=True)
    assert "210101" in locked.codes
    assert locked.plan.evaluation.existing_share == 0.0


def test_own_candidates_and_must_have():
    table = listed(
        name=["Base A", "Base B", ""],
        district_ubigeo=["", "", "210101"],
        longitude=[-69.2, -73.25, np.nan],
        latitude=[-12.6, -3.75, np.nan],
    )
    own, asked = OwnFiles(candidates=table), PlanQuestion(sites=2, must=("Base B",))
    codes = {*document_for(asked, own).codes}
    assert "Base B" in codes
    assert codes <= {"Base A", "Base B", "210101"}
    with refused("'Base C' is not a candidate"):
        question_for(asked.changed(must=("Base C",)), own)


def test_a_fixed_site_is_not_told_to_be_sure():
    """It is in every plan because it was asked for: empty in every file, no 100 per cent."""
    document = planned(must=("080101",), replicas=4)
    assert [site.chosen_share is None for site in document.sites] == [
        site.code == "080101" for site in document.sites
    ]
    say = words("es")
    worded = pd.read_csv(io.BytesIO(plan_bytes(document, ".csv", say, is_worded=True)))
    for key in ("stability", "near"):
        shares = worded[f"{say(f'plan.col.{key}')} (%)"]
        assert (shares.isna() == (worded[say("column.is_must_have")] == "sí")).all()


def test_travel_times_replace_distances():
    """Only pairs of the table can be travelled; the rest is unreachable and said to be."""
    times = pd.DataFrame(
        {"from": ["150101", "210101"], "to": ["150102", "210102"], "minutes": [40.0, 90.0]}
    )
    own = OwnFiles(travel_times=times)
    found = planned(own, sites=1, radius=60.0).plan
    assert found.unit == "min"
    assert found.evaluation.unreachable_share > 0.5
    with refused("services have no travel times"):
        question_for(PlanQuestion(sites=1, services="listed"), own)


def test_known_connections_and_what_the_rest_assumes():
    known = load_known_connections()
    question = question_for(PlanQuestion(), OwnFiles())
    km, at = question.problem.cost, {code: at for at, code in enumerate(places().ubigeo)}
    road = known[known["way"] == "paved road"].iloc[0]
    one, other = at[road["from_ubigeo"]], at[road["to_ubigeo"]]
    assert km[one, other] == km[other, one] == road["km"]
    assert km[at["160108"], other] < road["km"] + 10  # Punchana, beside Iquitos, over that road
    cut_off = at[known.loc[known["way"] == "none", "from_ubigeo"].iloc[0]]
    assert np.isfinite(km[cut_off]).sum() == np.isfinite(km[:, cut_off]).sum() == 1
    assert km[cut_off, cut_off] == 0
    told = assumed(question)
    assert f"known road: Iquitos to Nauta, {road['km']:g} km" in told
    assert "only by air: Esperanza (250401)" in told
    assert "a way is assumed between any two places" in told


def test_longer_detours_are_longer_ways():
    """Each factor twice as large, each way twice as long; the known road of Loreto stays."""
    rough = DetourFactors(coast=2.5, highland=3.4, jungle=3.0, river=4.0)
    near, far = (question_for(FEW.changed(factors=each)) for each in (DetourFactors(), rough))
    away = places().department_ubigeo != "16"
    others = away[:, None] & away[near.candidates.near]
    assert np.allclose(far.problem.cost[others], 2 * near.problem.cost[others])


def test_own_places_apart_are_not_0_minutes_from_each_other():
    """By their coordinates, whatever the table calls them; beside the town it is 0 minutes."""
    longitude, latitude = spot("170101")
    times = pd.DataFrame({"from": ["Base"], "to": ["170101"], "minutes": [0.0]})
    beside, far = (
        OwnFiles(
            candidates=listed(name=["Base"], longitude=[longitude - degrees], latitude=[latitude]),
            travel_times=times,
        )
        for degrees in (0.005, 0.5)
    )
    asked = PlanQuestion(sites=1)
    assert question_for(asked, beside).problem.cost[position("170101"), 0] == 0
    with refused(r"between Puerto .*170101.* and Base.*5\d km"):
        question_for(asked, far)


PRICES = {"team_cost": 120_000.0, "way_cost": 2.5, "min_population": 150_000}
PAID = PlanQuestion(sites=None, worst_cost=9_999.0, **PRICES)
"""the budget decides the number of teams alone: nobody is farther"""


@pytest.mark.parametrize("capacity", [None, 60.0])
def test_a_plan_costs_its_teams_and_a_round_trip_for_each_report(capacity):
    asked = PlanQuestion(sites=3, capacity=capacity, **PRICES)
    question, document = question_for(asked), document_for(asked)
    at, site = places().ubigeo.tolist(), question.candidates.code.tolist()
    km = sum(
        2 * one.amount * question.problem.cost[at.index(one.place), site.index(one.site)]
        for one in document.served
    )
    cost = plan_values(document, words("en"))["cost"]
    assert cost["travelled_km"] == pytest.approx(km, abs=0.51)
    assert sum(one.travelled for one in document.sites) == pytest.approx(km)
    assert cost["total"] == 360_000 + 2.5 * cost["travelled_km"]
    told = cost_of_plan(document, words("en"))
    assert told.startswith(f"3 teams × S/\u00a0120,000 + {km:,.0f} km × S/\u00a02.50 = S/\u00a0")
    assert told in plan_bytes(document, ".gpx", words("en")).decode()


def test_a_budget_beside_a_condition_pays_for_as_many_teams_as_it_can():
    """Against every number of teams one by one; what is left is told, and what is missing."""
    totals = {
        number: document_for(PlanQuestion(sites=number, **PRICES)).cost.total
        for number in range(1, 6)
    }
    for budget in (totals[1], totals[3] + 1.0, totals[4] - 1.0):
        document = document_for(PAID.changed(budget=budget))
        most = max(number for number, total in totals.items() if total <= budget)
        assert document.request.sites == len(document.sites) == most
        left = plan_values(document, words("es"))["cost"]["left"]
        assert left == pytest.approx(budget - totals[most])
    with refused(f"they cost S/ {totals[1]:,.0f}"):
        plan_for(PAID.changed(budget=totals[1] - 1.0), replicas=0)
    over = PlanQuestion(sites=3, budget=totals[3] - 10.0, **PRICES)
    assert cost_of_plan(document_for(over), words("es")).endswith("por S/\u00a010")


def test_a_plan_never_costs_more_than_its_budget(monkeypatch):
    """However many teams the short searches counted, the plan itself is held to the budget."""
    question, plan = plan_for(PAID.changed(budget=7e5), replicas=0)
    exact = cost_of(question.request, question.problem, plan).total
    monkeypatch.setattr("atlas.planner.model.paid_sites", lambda *_: len(plan.sites) + 1)
    question, again = plan_for(PAID.changed(budget=exact), replicas=0)
    assert len(again.sites) == len(plan.sites)
    assert cost_of(question.request, question.problem, again).total <= exact
    with refused("they cost S/"):
        plan_for(PAID.changed(budget=PRICES["team_cost"] + 1.0), replicas=0)
    # as the page's long search asks: the number that the budget decided stands in the request
    decided = PAID.changed(budget=exact, sites=len(plan.sites) + 1)
    question, again = plan_for(decided, replicas=0, holds_budget=True)
    assert len(again.sites) == len(plan.sites)
    assert len(plan_for(decided, replicas=0)[1].sites) == len(plan.sites) + 1


def test_a_budget_with_a_price_of_ways_chooses_the_sites_by_both():
    asked = FEW.changed(sites=None, radius=180.0, team_cost=2e4, way_cost=10.0, budget=3.5e5)
    question, plan = plan_for(asked, replicas=0, time_limit_s=0.3)
    assert question.request == asked
    cost = plan_values(document_of(question, plan), words("es"))["cost"]
    assert cost["left"] >= 0
    assert cost["total"] == len(plan.sites) * 2e4 + 10 * cost["travelled_km"]
    costs = []
    for number in (1, 2):
        _, most = plan_for(asked.changed(sites=number, budget=None), replicas=0)
        costs.append(cost_of(asked, question.problem, most).total)
        assert plan.objective > 1.4 * most.objective
    assert costs[0] < 3.5e5 < costs[1]
    assert plan.bound >= plan.objective
    alone = asked.changed(sites=1, must=("150101",))
    price = cost_of(alone, question.problem, plan_for(alone, replicas=0)[1]).total
    exact = alone.changed(sites=None, budget=price)
    assert len(plan_for(exact, replicas=0, time_limit_s=0.1)[1].sites) == 1
    with refused(f"they cost S/ {price:,.0f}"):
        plan_for(exact.changed(budget=price - 1), replicas=0)


def test_a_budget_buys_no_more_teams_than_there_are_candidates():
    """Eight could be paid; a price keeps all its decimals."""
    codes = ("150101", "080101", "170101", "160101", "210101", "110101")
    own = OwnFiles(candidates=listed(district_ubigeo=codes))
    asked = PlanQuestion(sites=None, team_cost=1e5, budget=8e5)
    assert len(solved(asked, own)[1].sites) == 6
    document = document_for(asked.changed(way_cost=10.125), own)
    assert plan_values(document, words("en"))["cost"]["left"] >= 0
    assert "km × S/\u00a010.1250 = " in cost_of_plan(document, words("en"))


def test_hours_on_the_way_are_paid_with_a_table_of_times():
    towns = places()
    cusco = towns.ubigeo[towns.department_ubigeo == "08"]
    times = pd.DataFrame({"from": cusco, "to": "080101", "minutes": 150.0})
    own = OwnFiles(travel_times=times)
    asked = PlanQuestion(sites=1, radius=180, must=("080101",), way_cost=10.0)
    question, plan = plan_for(asked, own, replicas=0)
    reports = question.problem.demand[towns.department_ubigeo == "08"].sum()
    cost = cost_of(asked, question.problem, plan)
    assert cost.travelled == round(5 * reports, 1)
    assert (cost.teams, cost.ways) == (0, 10 * cost.travelled)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"demand": "population", "way_cost": 2.0}, "counts reports or cases"),
        ({"sites": None, "budget": 5e5}, "needs the cost of a team"),
        ({"sites": None, "budget": 5e5, "team_cost": 5e3}, "pays 100 teams, more than 60"),
        ({"sites": None, "budget": 5e4, "team_cost": 6e4}, "S/ 50,000.* they cost S/ 60,000"),
    ],
)
def test_prices_and_budgets_that_make_no_plan_are_refused(asked, match):
    with refused(match):
        plan_for(PlanQuestion(**asked), replicas=0)


def test_demands_are_compared_side_by_side():
    """No demand is covered better by another's sites than by its own, nor beyond a capacity."""
    asked = PlanQuestion(sites=4, min_population=100_000, capacity=60.0)
    table = compare_demands(
        asked,
        [demand_for(code) for code in ("complaints:2023", "eb:2023", "mining", "population")],
        OwnFiles(),
        progress=lambda _: None,
    )
    assert (table["best_share"] >= table["coverage_share"] - 1e-12).all()
    own = table.set_index("demand").loc["complaints:2023"]
    assert own["coverage_share"] == pytest.approx(own["best_share"], abs=own["best_gap"] + 1e-9)
    assert own["shared_sites"] == 4


def test_a_second_team_within_reach_is_asked_for_and_counted():
    few = {"sites": 6, "min_population": 200_000.0, "loss": 0.1}
    asked, plain = (
        plan_values(planned(second=second, **few), words("en")) for second in ("backup", "none")
    )
    assert asked["demand_covered_twice"] > plain["demand_covered_twice"]
    assert asked["coverage_share"] >= 0.9 * plain["coverage_share"] - 1e-6
    for plan in (asked, plain):
        covered = plan["coverage_share"] * plan["demand_total"]
        once, twice = plan["demand_covered_once"], plan["demand_covered_twice"]
        assert once + twice == pytest.approx(covered)
    assert any("second site or service within reach" in line for line in asked["assumptions"])


def test_candidates_by_population():
    few = question_for(PlanQuestion(min_population=50_000)).candidates
    towns = places()
    assert towns.population[few.near].min() >= 50_000
    # Huacho has 54,545 residents in GeoNames, fewer than its district; Arequipa's figure is the
    # metropolis', and the district's stands
    town = dict(zip(towns.ubigeo, towns.town_population, strict=True))
    assert 0 < town["150801"] <= towns.population[towns.ubigeo == "150801"][0]
    assert np.isnan(town["040101"])
    assert not (towns.town_population > towns.population).any()
    assert np.isfinite(towns.town_population).sum() > 800
    with refused("the largest has"):
        question_for(PlanQuestion(min_population=1e9))
