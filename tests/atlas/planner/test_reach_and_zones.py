"""Test who lives within reach of a site or in an excluded zone, and plans from earlier."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_files.lists import ListSource, Zones
from atlas.own_files.zones import read_zones
from atlas.planner.demand import demand_for
from atlas.planner.files import plan_values
from atlas.planner.page_plan import plan_marks
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, question_for
from atlas.planner.reach import Reach, reach_in_km
from atlas.planner.sentences import notes
from atlas.results.places import places
from atlas.words import LANGUAGES, words
from geo.crs import to_analysis
from geo.siting.problem import MODELS
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
    zones_of,
)
from tests.refusing import refused


def test_people_in_a_zone_are_told_apart_from_those_who_are_missed():
    """Puerto Maldonado in a zone: its reports stand apart, unless they may come."""
    few = {"departments": ("08", "17"), "candidates": "districts"}
    own, reports = zones_around("170101"), demand_for("complaints:2023").within(few["departments"])
    inside, total = reports.weight[position("170101")], reports.weight.sum()
    documents = [planned(own, zone_people=people, **few) for people in ("stay", "come")]
    stay, come = (plan_values(document, words("en")) for document in documents)
    for people, values in (("stay", stay), ("come", come)):
        assert values["question"]["zone_people"] == people
        assert values["demand_in_zones"] == pytest.approx(inside)
        assert values["zones"] == {"count": 1, "candidates_away": 1, "holes": 0, "holes_closed": 0}
        assumptions = " ".join(values["assumptions"])
        assert " 1 excluded zone" in assumptions
        assert f"1 candidate falls away. {inside:.0f} reports (" in assumptions
    assert stay["coverage_share"] * total + stay["missed"] + inside == pytest.approx(total)
    assert come["coverage_share"] * total + come["missed"] == pytest.approx(total)
    rows = {row.department_ubigeo: row for row in documents[0].departments}
    assert rows["17"].in_zones == pytest.approx(inside)
    assert sum(row.in_zones for row in rows.values()) == pytest.approx(inside)
    for row in rows.values():
        assert row.covered + row.missed + row.in_zones == pytest.approx(row.demand)
        assert row.share == pytest.approx(row.covered / row.demand)
    served = [{place.ubigeo for place in document.places if place.sites} for document in documents]
    assert ["170101" in codes for codes in served] == [False, True]
    assert come["coverage_share_if_they_stay"] == pytest.approx(
        come["coverage_share"] - inside / total, abs=2e-6
    )
    assert stay["coverage_share"] >= come["coverage_share_if_they_stay"]


@given(
    towns=st.lists(st.sampled_from(places().ubigeo.tolist()), min_size=1, max_size=4, unique=True),
    degrees=st.floats(0.01, 2.0),
    buffer_km=st.floats(0, 50),
    people=st.sampled_from(["stay", "come"]),
)
@settings(max_examples=20)
def test_inside_is_the_zone_itself_without_the_buffer(towns, degrees, buffer_km, people):
    """Places in the square, or a quarter of a kilometre beside it; candidates within the buffer."""
    own, all_places = zones_around(*towns, degrees=degrees), places()
    asked = {"candidates": "districts", "buffer_km": buffer_km, "zone_people": people}
    question = question_for(PlanQuestion(demand="population", sites=1, **asked), own)
    spots = np.column_stack([all_places.longitude, all_places.latitude])
    apart = abs(spots[:, None] - [spot(town) for town in towns]).max(axis=2).min(axis=1)
    assert question.in_zone[apart <= degrees].all()
    assert not question.in_zone[apart > degrees + 0.005].any()
    assert not question.problem.is_allowed[apart <= degrees + buffer_km / 160].any()
    assert question.zones["candidates_away"] == (~question.problem.is_allowed).sum()
    stays = question.in_zone & (people == "stay")
    assert (question.problem.in_zone == stays).all()
    assert question.demand_in_zones == pytest.approx(all_places.population[question.in_zone].sum())


@pytest.mark.parametrize(
    ("asked", "is_of_all"),
    [
        ({}, False),
        ({"model": "pmedian"}, True),
        ({"worst_cost": 1200.0}, True),
        ({"min_department_share": 0.01, "radius": 250.0}, True),
    ],
)
def test_what_must_reach_everybody_is_asked_of_those_outside(asked, is_of_all):
    """And the plan says so; the people of a department that lies in zones ask for nothing."""
    own = zones_around("170101", degrees=2.5)
    request = PlanQuestion(**{"sites": 12, **asked})
    question, plan = solved(request, own)
    keys = {message.key for message in question.assumptions}
    assert "siting.zones.stay" in keys
    assert ("siting.zones.others" in keys) == is_of_all
    assert plan.evaluation.served[question.in_zone].sum() == 0
    groups = plan.evaluation.groups.set_index("group")
    least = request.min_department_share
    assert (groups["covered"] >= least * (groups["demand"] - groups["in_zones"]) * (1 - 1e-6)).all()
    come = question_for(request.changed(zone_people="come"), own)
    keys = {message.key for message in come.assumptions}
    assert not {"siting.zones.stay", "siting.zones.others"} & keys


@pytest.mark.parametrize("model", MODELS)
def test_missed_and_ways_are_of_those_outside_and_never_less_than_nothing(model):
    """A fifth of the demand in zones, recounted over the places outside; no file has a -0.0."""
    own = zones_around("150101", "170101", degrees=0.5)
    radius = 150.0 if model == "mclp" else 400.0
    request = PlanQuestion(model=model, sites=3, radius=radius)
    question, plan = solved(request, own)
    outcome, weight = document_for(request, own), question.problem.asked
    assert question.demand_in_zones > 0.2 * question.demand.weight.sum()
    cost = question.problem.cost[:, list(plan.sites)].min(axis=1)
    has_way = np.isfinite(cost) & (weight > 0)
    values = plan_values(outcome, words("en"))
    assert values["missed"] == pytest.approx(float(weight[~(cost <= radius)].sum()), abs=1e-6)
    mean = float(np.average(cost[has_way], weights=weight[has_way]))
    assert values["mean_km"] == pytest.approx(mean)
    assert values["worst_km"] == pytest.approx(cost[has_way].max())
    assert all(row.missed >= 0 for row in outcome.departments)
    for text in read_files(outcome, "en", ".geojson", ".csv"):
        assert re.search(r"-0\.0\b(?!\d)", text) is None
    for say in map(words, LANGUAGES):
        stays = say("siting.zones.stay")
        texts = document_texts(outcome, say)
        assert stays[1:] in texts


def document_texts(document, say):
    """What stands with the headline, as text."""
    return " ".join(notes(document, say))


@pytest.mark.parametrize(("buffer_km", "count"), [(0, 3), (10, 1), (40, 0)])
def test_a_hole_that_the_buffer_closes_is_no_open_one(buffer_km, count):
    """Three holes of 3 to 60 km: by 10 km kept one stays open, two do not, and the notes say so."""
    holes = [
        shapely.box(x, -9.6, x + size, -9.6 + size)
        for x, size in ((-75.8, 0.03), (-75.5, 0.15), (-75, 0.6))
    ]
    shape = shapely.box(-76, -10, -73, -8).difference(shapely.union_all(holes))
    say = words("es")
    question = question_for(PlanQuestion(sites=1, buffer_km=buffer_km), zones_of(shape))
    assert (question.zones["holes"], question.zones["holes_closed"]) == (count, 3 - count)
    assumptions = [assumption.text(say) for assumption in question.assumptions]
    assert (say("siting.zones.holes", count=count, km=buffer_km) in assumptions) == (count > 0)
    assert (say("siting.zones.closed", count=3 - count, km=buffer_km) in assumptions) == (count < 3)


@given(marks=st.lists(st.sampled_from(["ours", "other", "", None]), min_size=2, max_size=2))
@settings(max_examples=16)
def test_times_of_other_zones_are_said(marks):
    """Unless every pair of the table carries the digest of the zones."""
    own = zones_around("080101", degrees=0.05)
    digests = [own.zones.digest if mark == "ours" else mark for mark in marks]
    codes = places().ubigeo[places().department_ubigeo == "17"]
    times = pd.DataFrame({"from": codes, "to": "170101", "minutes": 30.0})
    marked = times.assign(zones=[digests[0], *[digests[1]] * (len(codes) - 1)])
    for table in (marked, times):
        is_ours = "zones" in table and marks == ["ours", "ours"]
        files = replace(own, travel_times=table)
        question = question_for(PlanQuestion(sites=1, departments=("17",)), files)
        keys = [assumption.key for assumption in question.assumptions]
        assert ("siting.zones.times" in keys) == (not is_ours)
    assert not any(sign.isdigit() for sign in own.zones.digest)


def test_a_district_that_takes_its_mother_is_said_first():
    """One line says that one district is excluded, where it lies and that the zone is larger."""
    csv = "departamento,provincia,distrito\nLa Libertad,Trujillo,Alto Trujillo\n"
    (row,), report = read_zones(csv.encode())
    counts = row["touched"], row["widened"], tuple(row["provinces"]), tuple(row["areas"])
    document = planned(OwnFiles(zones=Zones(row["wkb"], report.used_count, (), *counts)))
    for say in map(words, LANGUAGES):
        printed = " ".join(notes(document, say))
        assert "Alto Trujillo" not in printed
        where = say("siting.zones.districts", count=1, files=0, names=say.list(["Trujillo"]))
        assert where in printed
        assert say("siting.zones.whole")[1:] in printed
        texts = " ".join(document.texts(document.assumptions, say))
        assert "(El Porvenir: Alto Trujillo)" in texts
        assert say("siting.zones.provinces", names="Alto Trujillo: Trujillo")[1:] in texts


def test_one_excluded_district_takes_its_own_candidates_alone():
    """An excluded district closes only its own candidates, until a buffer reaches the next."""
    (row,), report = read_zones(b"ubigeo\n170103\n")
    counts = row["touched"], row["widened"], tuple(row["provinces"]), tuple(row["areas"])
    own = OwnFiles(zones=Zones(row["wkb"], report.used_count, (), *counts))
    asked = {"departments": ("17",), "candidates": "districts", "sites": 1, "buffer_km": 0}
    free, limited = (question_for(PlanQuestion(**asked), files) for files in (OwnFiles(), own))
    closed = free.problem.is_allowed & ~limited.problem.is_allowed
    assert free.candidates.code[closed].tolist() == ["170103"]
    buffered = question_for(PlanQuestion(**asked | {"buffer_km": 1}), own)
    closed = free.problem.is_allowed & ~buffered.problem.is_allowed
    assert free.candidates.code[closed].tolist() == ["170101", "170103"]


def test_zones_that_change_no_site_or_leave_nobody_are_told():
    """No candidate falls away: the plan says so. Everybody inside: there is nobody to reach."""
    document = planned(zones_of(shapely.Point(-70.0, -3.0).buffer(0.01)))
    assert "0 candidates fall away. 0 reports (0%) are inside. For" in assumed(document)
    assert "0 candidatos" in assumed(document, "es")
    ring = shapely.box(-82, -19, -68, 1).difference(shapely.Point(-77.05, -12.05).buffer(0.3))
    own = zones_of(ring)
    question = question_for(PlanQuestion(sites=1), own)
    assert "siting.zones.holes" in {message.key for message in question.assumptions}
    demand = replace(demand_for("population"), weight=np.where(question.in_zone, 1.0, 0.0))
    with refused("There is nobody to reach"):
        question_for(PlanQuestion(sites=1), replace(own, demand=demand))


def services_at(*spots: tuple[float, float]) -> pd.DataFrame:
    east, north = zip(*spots, strict=True)
    return listed(longitude=east, latitude=north)


@pytest.mark.parametrize("people", ["stay", "come"])
def test_a_service_in_a_zone_counts_for_nobody(people):
    inside, beside = spot("170101"), spot("080101")
    own = replace(
        zones_around("170101"),
        services=services_at(inside, beside),
        sources=(ListSource("services", "s.csv", 2, 2, "1" * 64),),
    )
    request = PlanQuestion(sites=3, zone_people=people)
    question, outcome = question_for(request, own), document_for(request, own)
    alone = question_for(request, replace(own, services=services_at(beside)))
    np.testing.assert_array_equal(question.problem.existing_cost, alone.problem.existing_cost)
    assert np.isfinite(question.problem.existing_cost).any()
    assert question.zones["services_away"] == 1
    assert alone.zones["services_away"] == 0
    assert "siting.zones.services" not in {message.key for message in alone.assumptions}
    for say in map(words, LANGUAGES):
        assert say("siting.zones.services", count=1)[1:] in document_texts(outcome, say)
        sentence = say("siting.list.services", digest="111111", used="1", rows="2")
        assert sentence[1:] in " ".join(outcome.texts(outcome.assumptions, say))
    (source,) = plan_values(outcome, words("en"))["lists"]
    assert (source["rows"], source["rows_used"]) == (2, 1)
    none = question_for(request, replace(own, services=services_at(inside)))
    assert np.isinf(none.problem.existing_cost).all()
    keys = {message.key for message in none.assumptions}
    assert "siting.services.none" in keys
    assert "siting.services.covering" not in keys


def test_shipped_services_in_a_zone_are_neither_counted_nor_drawn():
    """Each that is left is drawn; those in Lima's zone are told by their number."""
    drawn = []
    for own in (None, zones_around("150101")):
        document = planned(own, services="listed")
        drawn.append(len(plan_marks(document, words("en"))["services"]))
    assert document.zones["services_away"] == drawn[0] - drawn[1] > 0


LIMA, HUANCAYO = (-77.03, -12.05), (-75.2, -12.07)
EVERYWHERE = np.ones((len(places().ubigeo), 1), bool)


def ring(place, km, has_way=EVERYWHERE):
    """What a site at a place reaches in straight kilometres."""
    return reach_in_km(*np.array(place)[:, None], np.array([km]), has_way)


def test_a_ring_inland_is_a_circle_and_on_the_coast_land_alone():
    """The area is pi r2 in the projection, by shapely and as printed, without Lima's sea."""
    inland, coast = ring(HUANCAYO, 60.0), ring(LIMA, 60.0)
    xy = np.column_stack(to_analysis(*shapely.get_coordinates(inland.shape[0]).T))
    for km2 in (shapely.Polygon(xy).area / 1e6, inland.km2[0]):
        assert km2 == pytest.approx(np.pi * 60**2, rel=1e-3)
    assert coast.km2[0] < 0.75 * np.pi * 60**2
    assert not shapely.intersects_xy(coast.shape[0], -77.3, -12.2)
    assert shapely.intersects_xy(coast.shape[0], *LIMA)


@settings(max_examples=25)
@given(st.integers(0, len(places().ubigeo) - 1), st.floats(5, 300))
def test_who_lives_in_a_ring_is_who_is_so_near(at, km):
    """Against distances in the projection, place by place; who has no way is not inside."""
    towns = places()
    x, y = to_analysis(towns.longitude, towns.latitude)
    away = np.hypot(x - x[at], y - y[at]) / 1000
    reach = ring((towns.longitude[at], towns.latitude[at]), km)
    assert set(np.flatnonzero(away < 0.998 * km)) <= set(np.flatnonzero(reach.inside[:, 0]))
    assert not reach.inside[away > km, 0].any()
    lost = ring((towns.longitude[at], towns.latitude[at]), km, ~EVERYWHERE)
    assert lost.people()[0] == 0


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_shared_residents_are_those_of_two_areas_or_more(seed, sites):
    drawn = np.random.default_rng(seed).random((len(places().ubigeo), sites)) < 0.2
    reach = Reach((None,) * sites, np.full(sites, np.nan), drawn)
    places_reached = [set(np.flatnonzero(reached)) for reached in drawn.T]
    either = set().union(*places_reached)
    twice = {i for i in either if sum(i in reached for reached in places_reached) >= 2}

    def people(of):
        return sum(places().population[i] for i in of)

    assert reach.people_of_all() == pytest.approx(people(either))
    assert reach.people_of_all(least=2) == pytest.approx(people(twice))
    assert reach.people() == pytest.approx([people(reached) for reached in places_reached])
    assert reach.people(least=2) == pytest.approx(
        [people(reached & twice) for reached in places_reached]
    )


def test_zones_over_most_of_what_counts_are_asked_about():
    """All but the surroundings of one city: the plan reaches little, and says why."""
    ring = shapely.box(-82, -19, -68, 1).difference(shapely.Point(-77.05, -12.05).buffer(0.3))
    document = planned(zones_of(ring), sites=1)
    share = document.demand_in_zones / document.demand_total
    assert share > 0.5
    for say in map(words, LANGUAGES):
        printed = " ".join(notes(document, say))
        assert say("siting.zones.most", percent=f"{100 * share:.0f}")[1:] in printed
    few = planned(zones_around("170101"))
    assert "siting.zones.most" not in {each.key for each in few.assumptions}


def test_a_site_in_a_hole_of_a_zone_says_that_only_the_zone_leads_there():
    """Pichari inside a ring; a site outside it says nothing of the kind."""
    ring = shapely.Polygon(
        shapely.box(-74.6, -13.2, -73.2, -12.0).exterior,
        [shapely.box(-74.0, -12.7, -73.8, -12.5).exterior],
    )
    own, pichari = zones_of(ring), "080910"
    asked = {"candidates": "districts", "departments": ("08",), "must": (pichari,)}
    document = planned(own, sites=2, buffer_km=0.0, **asked)
    sentences = {site.code: [each.key for each in site.says] for site in document.sites}
    assert "plan.site.surrounded" in sentences.pop(pichari)
    assert all("plan.site.surrounded" not in keys for keys in sentences.values())
