"""The planner on the shipped figures."""

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from atlas.planner import sentences
from atlas.planner.candidates import shipped_candidates
from atlas.planner.demand import demand_for, own_demand, people_of, way_to_mining_km
from atlas.planner.document import CONFIDENCES
from atlas.planner.files import plan_bytes, plan_values
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import OwnFiles, question_for
from atlas.results.density import surface_for
from atlas.results.places import places
from atlas.results.regions import overdispersion, results_for
from atlas.words import message, words
from data.context import load_known_connections
from data.geography import load_places
from data.periods import parse_period
from geo.crs import great_circle_km
from geo.siting.solver import InfeasibleError
from geo.siting.travel import DETOUR, land_of
from tests.planned import (
    assumed,
    document_for,
    listed,
    pdf_text,
    planned,
    position,
    read_files,
    solved,
    spot,
    zones_around,
)
from tests.refusing import refused

SIX = PlanQuestion(sites=6)
"""Six teams on the reports of 2023, chosen among the capitals of provinces."""


PERIODS = ("2025-01/2025-11", "2019+2021+2023")
"""a part of a year with an unknown count; several years"""


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
    """The census's 34,157,732 people count once at their district; near mining by the reach."""
    towns, every, near = places(), demand_for("population"), demand_for("mining")
    residents = load_places().set_index("district_ubigeo")["residents"].dropna()
    assert dict(zip(towns.ubigeo, every.weight, strict=True)) == residents.to_dict()
    assert every.weight.sum() == 34_157_732
    assert "2025" in every.assumptions[0].text(words("en"))
    assert near.weight.sum() == towns.population[way_to_mining_km() <= 75].sum()
    far = question_for(PlanQuestion(demand="mining", radius=150.0)).demand
    assert far.weight.sum() == towns.population[way_to_mining_km() <= 150].sum()
    assert near.weight.sum() < far.weight.sum()
    assert near.assumptions[0].key == "siting.demand.mining.watched"
    assert "17" in towns.department_ubigeo[near.weight > 0]


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


def test_teams_that_hold_less_than_the_least_shares_are_refused_at_once():
    """Half of every department is half of all: so many teams of sixty, and no search."""
    asked = SIX.changed(capacity=60.0, min_department_share=0.5)
    half = demand_for(asked.demand).weight.sum() / 2
    enough = asked.changed(sites=int(np.ceil(half / 60)))
    for few in (asked, enough.changed(sites=enough.sites - 1)):
        with pytest.raises(InfeasibleError, match="capacity_short") as refused:
            question_for(few)
        needed = {"sites": few.sites, "most": f"{60 * few.sites:,}", "needed": f"{half:,.0f}"}
        assert refused.value.values == needed | {"least": enough.sites, "percent": "50"}
    assert question_for(enough).problem.needed == pytest.approx(half)


def test_own_demand_spreads_codes_of_any_length():
    towns = places()
    weight = own_demand({"170101": 3.0, "2101": 4.0, "16": 5.0}).weight
    assert weight.sum() == pytest.approx(12.0)
    assert weight[towns.ubigeo == "170101"].sum() == 3.0
    assert weight[np.char.startswith(towns.ubigeo, "2101")].sum() == pytest.approx(4.0)


def test_six_sites_recounted_by_hand():
    """Where people are: coverage by the factor of each land, nearly the most that six can cover."""
    towns, (question, plan) = places(), solved(SIX, replicas=20)
    land = land_of(towns.longitude, towns.latitude, towns.altitude_m, towns.ubigeo)
    reached = np.zeros(len(land), bool)
    for site in plan.sites:
        at = question.candidates.near[site]
        straight = great_circle_km(
            towns.longitude, towns.latitude, towns.longitude[[at]], towns.latitude[[at]]
        )[:, 0]
        mean = np.array([(DETOUR[kind] + DETOUR[land[at]]) / 2 for kind in land])
        reached |= straight * mean <= 75
    weight = demand_for("complaints:2023").weight
    covered = weight[reached].sum()
    assert plan.evaluation.coverage_share == pytest.approx(covered / weight.sum())
    assert 0.99 * plan.objective <= covered <= plan.objective + 1e-6
    assert plan.gap == 0.0
    names = {site.name for site in document_for(SIX, replicas=20).sites}
    assert {"Lima", "Arequipa", "Iquitos", "Puerto Maldonado"} <= names


def test_what_is_missed_is_named_most_first_and_what_it_costs_to_include_it():
    """The three most missed and others above are named; including one covers that much less."""
    document = document_for(SIX, replicas=20)
    shares = {department.department_ubigeo: department for department in document.departments}
    out = [department.department_ubigeo for department in document.left_out]
    order = sorted(shares, key=lambda code: (-round(shares[code].missed, 6), code))
    above = {
        code
        for code, department in shares.items()
        if department.verdict == "above" and department.share < 0.5
    }
    assert out == [code for code in order if code in order[:3] or code in above]
    there = {site.department_ubigeo for site in document.sites}
    for department in document.left_out:
        has_price = department.department_ubigeo in above - there
        assert (department.cost_to_include is not None) == has_price
        if department.cost_to_include is None:
            continue
        with_it = document_for(SIX.changed(cover_departments=(department.department_ubigeo,)))
        lost = document.coverage_share - with_it.coverage_share
        assert department.cost_to_include == pytest.approx(lost * document.demand_total, abs=1e-6)
        assert {*department.gives_up} == {*document.codes} - {*with_it.codes}
        came = [site.name for site in with_it.sites if site.code not in document.codes]
        assert sorted(department.takes) == sorted(came)
        assert department.department_ubigeo in {site.department_ubigeo for site in with_it.sites}
    for site in document.sites:
        served = sum(part.amount for part in site.served)
        assert served == pytest.approx(site.load)
        assert site.is_doubtful == (site.kept_share < 0.5)


def test_a_department_is_not_offered_where_its_team_reaches_nearly_nobody():
    """Not where one stands there already, and not where the best place that remains is no use."""
    maldonado, salvacion = "170101", "170201"
    without = document_for(SIX.changed(barred=(maldonado,)))
    with_it = document_for(SIX.changed(barred=(maldonado,), cover_departments=("17",)))
    assert salvacion in with_it.codes
    say = words("es")
    removed = say("plan.left_out.removed", names="Puerto Maldonado")
    for document, few, missed in (
        (without, [say("plan.left_out.too_little", name="Salvación")], "71 de 71 {}"),
        (with_it, [], "70 de 71 {}; Salvación llega a 1"),
    ):
        (out,) = [
            department for department in document.left_out if department.department_ubigeo == "17"
        ]
        assert out.cost_to_include is None
        assert out.removed == (maldonado,)
        assert sentences.about_including(out, document, say) == [*few, removed]
        text = sentences.missed_text(out, document, say)
        assert text == missed.format("reportes fuera de alcance")


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("es", "100 de 115 reportes fuera de alcance; Tarapoto llega a 15"),
        ("en", "100 of 115 reports out of reach; Tarapoto reaches 15"),
    ],
)
def test_a_department_that_a_neighbour_reaches_a_little_is_missed_first(lang, text):
    """Loreto, served from San Martín alone: on page and command, in the workbook and on paper."""
    asked = PlanQuestion(radius=150.0, must=("220901",), departments=("16", "22"), sites=1)
    document, say = document_for(asked), words(lang)
    first = document.left_out[0]
    assert (first.name, first.verdict) == ("Loreto", "above")
    assert sentences.missed_text(first, document, say) == text
    sheets = openpyxl.load_workbook(io.BytesIO(plan_bytes(document, ".xlsx", say)))
    (row,) = [row for row in sheets[say("plan.sheet.left_out")].values if row[0] == "Loreto"]
    assert row[1:4] == (100, 15, 13)
    for outlet in (pdf_text(plan_pdf_bytes(document, lang)), row[4]):
        assert text in outlet
    values = plan_values(document, say)["left_out"][0]
    assert (round(values["missed"]), values["reached_from"][0]["name"]) == (100, "Tarapoto")


def test_including_costs_what_the_plan_counts():
    """Where the shortest ways are sought, or none is reached less, the mean way."""
    say = words("es")
    asked = PlanQuestion(sites=1, model="pmedian", departments=("17", "24"))
    document = document_for(asked)
    (department,) = (
        department for department in document.left_out if department.cost_to_include is not None
    )
    with_it = document_for(asked.changed(cover_departments=(department.department_ubigeo,)))
    assert department.mean_cost == pytest.approx(with_it.mean_cost)
    way = sentences.way(with_it.mean_cost, "km", say)
    assert way in sentences.include_text(department, document, say)


def test_what_the_sites_say_adds_up_to_the_headline():
    """Of each site what it serves of its department, and the rest of others."""
    document, amounts = document_for(SIX), []
    for site in document.sites:
        by_key = {each.key: dict(each.values) for each in site.says}
        first = next(by_key[key] for key in by_key if key.startswith("plan.site.of"))
        amounts.append(float(first["amount"]))
        if "plan.site.rest" in by_key:
            amounts.append(float(by_key["plan.site.rest"]["amount"]))
    # two significant digits each: half of the second one at most
    covered = document.coverage_share * document.demand_total
    assert sum(amounts) == pytest.approx(covered, abs=0.05 * covered)
    assert len(amounts) > len(document.sites)  # Lima serves Callao too


def test_a_search_that_goes_on_is_not_said_to_have_ended():
    say, gap = words("es"), message("plan.note.gap", gap="1")
    update = {"notes": (gap,), "is_searching": True}
    document = document_for(SIX).model_copy(update=update)
    assert sentences.answer_head(document, say)["notes"] == ""
    assert sentences.answer_head(document.ended, say)["notes"] == f"{gap.text(say)}."


@pytest.mark.parametrize(("replicas", "asked"), [(0, {}), (20, {"capacity": 200.0})])
def test_confidence_is_null_where_nothing_was_varied(replicas, asked):
    document = document_for(SIX.changed(**asked), replicas=replicas)
    assert document.confidence is None
    assert all(site.kept_share is None for site in document.sites)
    known = document_for(SIX, replicas=20)
    least = min(site.near_share for site in known.sites)
    assert known.confidence == CONFIDENCES[(least < 0.8) + (least < 0.5)]
    assert known.coverage_low <= known.coverage_share <= known.coverage_high


def test_places_bear_the_names_that_people_use():
    towns = places()
    name = dict(zip(towns.ubigeo.tolist(), towns.name.tolist(), strict=True))
    assert name["150110"] == "Comas (Lima)"
    assert (name["150101"], name["170101"]) == ("Lima", "Puerto Maldonado")
    capitals = shipped_candidates("capitals")
    assert len(capitals.code) == 196
    assert {code[:4] for code in capitals.code} == {code[:4] for code in towns.ubigeo}
    names = shipped_candidates("districts").name.tolist()
    assert len({*names}) == len(names) == len(towns.ubigeo)
    assert {"Miraflores (Arequipa)", "Miraflores (Yauyos)", "Miraflores (Lima)"} <= {*names}


def test_zones_keep_sites_away_and_stay_out_of_every_file():
    own, lima = zones_around("150101", degrees=0.35), spot("150101")
    document = document_for(SIX.changed(sites=4, buffer_km=20.0), own)
    for site in document.sites:
        away = np.abs(np.subtract((site.longitude, site.latitude), lima)).max() - 0.35
        assert away * 111.0 > 19.0
    for text in read_files(document, "en", ".geojson", ".gpx", ".csv"):
        assert f"{lima[0] - 0.35:.2f}" not in text
    (text,) = read_files(document, "en", ".geojson")
    assert "1 excluded zone, which is not in this file" in text
    with refused("excluded zone"):
        question_for(SIX.changed(sites=4, must=("150101",)), own)


def test_services_of_a_type_and_centres_as_candidates():
    """More types cover no less; a site that is a women's centre has itself nearest."""
    some = {"departments": ("08", "17"), "sites": 1}
    urgent, both = planned(services="SAU", **some), planned(services="CEM_SAU", **some)
    assert 0 < urgent.coverage_share_of_services < both.coverage_share_of_services
    for site in planned(candidates="cem", **some).sites:
        assert (site.nearest_cem.name, site.nearest_cem.km) == (site.name, 0)


def test_a_fixed_site_is_not_told_to_be_sure():
    """It is in every plan because it was asked for: no 100 per cent."""
    document = planned(sites=2, departments=("08", "17"), must=("080101",), replicas=2)
    assert [site.kept_share is None for site in document.sites] == [
        site.code == "080101" for site in document.sites
    ]


def _times(code: str, *, without: float = 0.0, to: str = "") -> OwnFiles:
    """Ten minutes to the capital of a department from its places, but for a part of its demand."""
    towns = places()
    there = towns.ubigeo[np.char.startswith(towns.ubigeo, code)]
    weight = demand_for("complaints:2023").weight[np.char.startswith(towns.ubigeo, code)]
    order = np.argsort(weight)
    left_out = order[np.cumsum(weight[order]) <= without * weight.sum()]
    left = np.delete(there, left_out)
    return OwnFiles(
        travel_times=pd.DataFrame({"from": left, "to": to or f"{code}0101", "minutes": 10.0})
    )


def test_a_table_of_one_department_asks_about_no_other():
    """Nothing else is counted, and the headline says so; below nine tenths there is no plan."""
    document = planned(_times("17"), sites=1, radius=60.0)
    weight = demand_for("complaints:2023").weight
    inside = weight[places().department_ubigeo == "17"].sum()
    assert document.demand_total == pytest.approx(inside)
    assert {department.department_ubigeo for department in document.departments} == {"17"}
    assert document.headline.text(words("es")).startswith("El plan solo cuenta Madre de Dios")
    assert document.coverage_share == 1.0
    partly = planned(_times("08", without=0.08, to="080101"), sites=1, radius=60.0)
    assert 0 < partly.demand_unknown <= 0.08 * partly.demand_total
    assert partly.missed == pytest.approx(partly.demand_unknown)
    assert [note.key for note in partly.notes if note.key.startswith("plan.note.un")]
    assert "plan.note.no_way" not in {note.key for note in partly.notes}
    with refused("names in no department"):
        question_for(PlanQuestion(sites=1), _times("08", without=0.2, to="080101"))
    alone = pd.DataFrame({"from": ["150101"], "to": ["150101"], "minutes": [0.0]})
    with refused("itself alone"):
        question_for(PlanQuestion(sites=1), OwnFiles(travel_times=alone))


def test_services_that_a_table_does_not_name_are_unknown():
    """They do not stop the plan; those that it names cover."""
    bare = planned(_times("17"), sites=1, radius=60.0, services="listed")
    assert 0 < bare.coverage_share_of_services <= 1  # one stands in the capital
    assert "services are unknown, because the table does not list their places" in assumed(bare)
    towns = places()
    there = towns.ubigeo[towns.department_ubigeo == "17"]
    east, north = spot("170101")
    own = OwnFiles(
        travel_times=pd.DataFrame(
            {"from": [*there, *there], "to": ["170101"] * len(there) + ["170301"] * len(there),
             "minutes": 10.0}
        ),
        services=listed(longitude=[east], latitude=[north]),
    )  # fmt: skip
    beside = planned(own, sites=1, radius=60.0)
    assert beside.coverage_share_of_services == pytest.approx(1.0)


def test_known_connections_and_what_the_rest_assumes():
    known = load_known_connections()
    question = question_for(PlanQuestion(candidates="districts"), OwnFiles())
    km, at = question.problem.cost, {code: at for at, code in enumerate(places().ubigeo)}
    road = known[known["way"] == "paved road"].iloc[0]
    start, end = at[road["from_ubigeo"]], at[road["to_ubigeo"]]
    assert km[start, end] == km[end, start] == road["km"]
    assert km[at["160108"], end] < road["km"] + 10  # Punchana, beside Iquitos, over that road
    cut_off = at[known.loc[known["way"] == "none", "from_ubigeo"].iloc[0]]
    assert np.isfinite(km[cut_off]).sum() == np.isfinite(km[:, cut_off]).sum() == 1
    assert km[cut_off, cut_off] == 0
    assumptions = assumed(question)
    assert f"known road from Iquitos to Nauta has {road['km']:g} km" in assumptions
    assert "no way leads to Esperanza (250401)" in assumptions
    assert "A way is assumed between any two places" in assumptions


def test_own_places_apart_are_not_0_minutes_from_each_other():
    """By their coordinates, whatever the table calls them; beside the town it is 0 minutes."""
    longitude, latitude = spot("170101")
    towns = places()
    there = towns.ubigeo[towns.department_ubigeo == "17"]
    minutes = np.where(there == "170101", 0.0, 60.0)
    times = pd.DataFrame({"from": "Base", "to": there, "minutes": minutes})
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


COSTS = {"080101": 30_000.0, "150101": 90_000.0, "170101": 20_000.0, "210101": 25_000.0}


def priced(**changed: float) -> OwnFiles:
    """Four candidates with costs."""
    costs = {**COSTS, **changed}
    return OwnFiles(candidates=listed(district_ubigeo=list(costs), cost=list(costs.values())))


@pytest.mark.parametrize(("model", "budget"), [("mclp", 60_000.0), ("pmedian", 130_000.0)])
def test_a_budget_is_kept_and_buys_the_best(model, budget):
    """A budget pays places and teams, and no other choice that it pays is better."""
    asked = PlanQuestion(sites=None, model=model, team_cost=10_000.0, budget=budget)
    own = priced()
    question, plan = solved(asked, own)
    document = document_for(asked, own)
    spent = sum(COSTS[code] + 10_000 for code in document.codes)
    assert document.cost.total == pytest.approx(spent)
    assert spent <= budget
    problem = question.problem
    values = []
    for mask in range(1, 16):
        chosen = [at for at in range(4) if mask >> at & 1]
        if problem.site_cost[chosen].sum() <= budget and model == "mclp":
            values.append(problem.demand @ problem.covers[:, chosen].any(axis=1))
        elif problem.site_cost[chosen].sum() <= budget:
            ways = problem.cost[:, chosen].min(axis=1)
            values.append(problem.demand[np.isfinite(ways)] @ ways[np.isfinite(ways)])
    best = max(values) if model == "mclp" else min(values)
    mine = (
        plan.objective
        if model == "mclp"
        else problem.demand
        @ np.nan_to_num(problem.cost[:, list(plan.sites)].min(axis=1), posinf=0.0)
    )
    assert mine == pytest.approx(best, rel=1e-4)
    assert len(document_for(asked.changed(sites=1), own).sites) == 1
    cost = plan_values(document, words("en"))["cost"]
    assert cost["budget"] - cost["total"] == pytest.approx(budget - spent)


@pytest.mark.parametrize(
    ("asked", "costs", "match"),
    [
        ({"sites": None}, {}, "number of sites is missing"),
        ({"budget": 5e5}, None, "needs the cost"),
        ({"budget": 15_000.0}, {}, "S/ 15,000.* S/ 20,000"),
        ({"budget": 95_000.0, "must": ("150101", "080101")}, {}, "S/ 120,000"),
        ({"budget": 50_000.0}, {"080101": np.nan, "170101": np.nan}, "missing in rows 2, 4"),
        ({"cover_departments": ("08", "15", "17"), "sites": 2}, {}, "each of 3 departments"),
        ({"cover_departments": ("24",), "sites": 2}, {}, "no candidate .*Tumbes"),
    ],
)
def test_conditions_that_make_no_plan_are_refused(asked, costs, match):
    own = None if costs is None else priced(**costs)
    with refused(match):
        plan_for(PlanQuestion(**asked), own, replicas=0)


def test_a_second_site_within_reach_is_asked_for_and_named():
    asked = {"radius": 150.0, "departments": ("03", "08")}
    backed, plain = (planned(**asked, second=second) for second in ("backup", "ways"))
    assert backed.twice_share > plain.twice_share
    assert backed.coverage_share >= 0.99 * plain.objective / plain.demand_total - 1e-9
    pairs = [(site, backed.site(code)) for site in backed.sites for code in site.backs_up]
    assert pairs
    for site, other in pairs:
        keys = {each.key for each in site.says}
        assert "plan.site.backs_up" in keys
        apart = great_circle_km(
            [site.longitude], [site.latitude], [other.longitude], [other.latitude]
        )
        assert 0 < apart[0, 0] < 300
