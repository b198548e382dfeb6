"""What the page and the sheet say of a plan, where a number alone would mislead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from atlas.planner.by_hand import Change, change_between
from atlas.planner.demand import area_name, places
from atlas.planner.files import sheet_bytes
from atlas.planner.model import plan_for
from atlas.planner.outcome import Outcome, outcome_of
from atlas.planner.question import OwnFiles, PlanRequest, question_for
from atlas.planner.words import (
    change_text,
    figures,
    gap_text,
    notes,
    proof_text,
    sentence,
    where,
    worst_served,
)
from atlas.words import LANGUAGES, words
from geo.siting.model import known_difference


def planned(**asked: object) -> Outcome:
    """A small plan: large candidates only."""
    request = PlanRequest(**{"sites": 3, "min_population": 100_000.0, **asked})  # type: ignore[arg-type]
    return outcome_of(*plan_for(request, OwnFiles(), replicas=0))


def with_ica(outcome: Outcome) -> Change:
    """What the same number of teams does with one of them in Ica."""
    forced = replace(outcome.request, must=("110101",))
    return change_between(outcome, outcome_of(*plan_for(forced, OwnFiles(), replicas=0)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_centre_leads_with_its_distance(lang):
    """What p-center seeks is the farthest way, not the demand within the reach."""
    outcome = planned(model="pcenter")
    worst = outcome.sheets[lang].plan["worst_km"]
    assert f"{words(lang).number(worst)} km" in sentence(outcome, words(lang))
    assert "%" not in sentence(outcome, words(lang))
    assert "%" in sentence(planned(), words(lang))


@pytest.mark.parametrize(("model", "first"), [("pmedian", "mean"), ("pcenter", "worst")])
def test_a_plan_of_ways_leads_with_them(model, first):
    """Sentence and first figure; what its gap leaves open are ways, not coverage."""
    outcome, say = planned(model=model), words("es")
    plan = outcome.sheets["es"].plan
    value = f"{say.number(plan[f'{first}_km'])} km"
    assert value in sentence(outcome, say)
    assert figures(outcome, say)[0][0] == value
    assert "acortarse" in proof_text({**plan, "gap": 0.2}, say)


def test_with_a_capacity_demand_is_served_and_the_reach_is_told_beside():
    """What three teams of ten serve is far less than what lies within their reach."""
    outcome, say = planned(capacity=10.0), words("es")
    plan = outcome.sheets["es"].plan
    reach = float(outcome.weight @ question_for(outcome.request).problem.covers[
        :, list(outcome.plan.sites)].any(axis=1)) / outcome.weight.sum()  # fmt: skip
    assert reach > 3 * plan["coverage_share"]
    assert figures(outcome, say)[0] == (
        say.percent(plan["coverage_share"], 1),
        say("plan.figure.of_card_served", reach=say.percent(reach, 1)),
    )
    texts = [sentence(outcome, say), *(label for _, label in figures(outcome, say))]
    texts.append(sheet_bytes(outcome.sheets["es"], ".csv", say).decode().splitlines()[0])
    assert not any("cubierto" in text.lower() for text in texts)


def test_a_search_that_goes_on_says_so_in_every_file():
    """Until it is ended; and nothing is said of its ways, which it is looking for."""
    question, plan = plan_for(PlanRequest(sites=3, min_population=100_000.0), replicas=0)
    say = words("es")
    goes_on = outcome_of(question, plan, is_searching=True)
    for outcome, is_searching in ((goes_on, True), (goes_on.ended, False)):
        for suffix in (".csv", ".gpx"):
            text = sheet_bytes(outcome.sheets["es"], suffix, say).decode()
            assert (say("plan.gap.searching") in text) == is_searching
        assert (say("plan.gap.ways") in " ".join(notes(outcome, say))) != is_searching


def test_residents_are_not_called_reports():
    """Their places are drawn again; reports that had come out otherwise are those of reports."""
    sure = {
        "coverage_low": 0.4, "coverage_high": 0.5, "resamples": 200,
        "heuristic_gap": 0.0, "exact_checks": 5,
    }  # fmt: skip
    said = {}
    for demand in ("complaints:2023", "eb:2023", "population", "mining"):
        outcome = planned(demand=demand)
        outcome.sheets["en"].plan["stability"] = sure
        said[demand] = notes(outcome, words("en"))[0]
    assert "reports" in said["complaints:2023"]
    assert said["eb:2023"] == said["complaints:2023"]
    assert "reports" not in said["population"]
    assert "places" in said["mining"]


def test_several_departments_without_coverage_are_counted():
    """None of them is the worst-served one."""
    outcome = planned()
    empty = sum(one["covered"] <= 0 for one in outcome.sheets["en"].departments)
    assert empty > 5
    assert worst_served(outcome, words("en")) == f"{empty} without any coverage"
    sheet = outcome.sheets["en"]
    served = tuple({**one, "covered": 1.0} for one in sheet.departments)
    everywhere = replace(outcome, sheets={"en": replace(sheet, departments=served)})
    assert worst_served(everywhere, words("en")).endswith("%")


def test_a_bound_that_says_nothing_is_not_said():
    """A percentage beyond the whole is no help; below, it is told as ever."""
    say = words("en")
    assert "8,238" not in gap_text(82.3863, True, say)
    assert "not known" in gap_text(1.0, True, say)
    assert "12.00%" in gap_text(0.12, True, say)
    assert "<0.01%" in gap_text(1e-6, False, say)


def test_rivers_are_named():
    """By department, province or district; a reader does not know codes by heart."""
    rivers = [one for one in planned().sheets["es"].plan["assumptions"] if "río en" in one]
    assert rivers == ["se viaja por río en Loreto (16)"]
    assert area_name("170101") == "Tambopata (170101)"
    assert area_name("x") == "x"


def test_a_town_named_like_another_department_tells_its_district():
    """La Libertad in Comas is not the department; a capital of its own department is itself."""
    here = places()
    assert "La Libertad (Comas)" in here.name
    assert {"Cusco", "Piura"} <= set(here.name)
    names = set(here.department)
    bare = np.isin(here.name, list(names)) & (here.name != here.department)
    assert set(here.district[bare]) <= names  # a district of that name has nothing to add
    row = {"name": "La Libertad (Comas)", "district": "Comas", "province": "Lima",
           "department": "Lima"}  # fmt: skip
    assert where(row) == "Lima"


def test_a_site_of_ones_own_is_told_in_what_is_lost_and_won():
    """Both plans proven: lost minus won is the difference of what they cover."""
    outcome = planned()
    change = with_ica(outcome)
    assert "Ica" in change.taken
    assert len(change.given_up) == len(change.taken)
    total = outcome.weight.sum()
    less = (change.before.coverage_share - change.after.coverage_share) * total
    assert change.demand_lost - change.demand_won == pytest.approx(less)
    say = words("en")
    lost = say.number(change.demand_lost, 1)
    assert f"With Ica, {lost} are lost" in change_text("Ica", change, outcome, say)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("unproven", ["before", "after"])
def test_what_a_site_of_ones_own_costs_is_unknown_where_a_search_was_stopped(lang, unproven):
    """Whichever of the two plans was not proven; no number where nothing is known."""
    outcome, say = planned(), words(lang)
    change = with_ica(outcome)
    point = getattr(change, unproven)
    rough = replace(change, **{unproven: replace(point, gap=0.1)})
    low, high = known_difference(rough.before, rough.after)
    assert change_text("Ica", rough, outcome, say) == say(
        "plan.why.answer_between",
        name="Ica",
        low=say.number(100 * low, 1),
        high=say.number(100 * high, 1),
    )
    nothing = change_text(
        "Ica", replace(change, **{unproven: replace(point, gap=2.06)}), outcome, say
    )
    assert nothing == say("plan.why.answer_unknown", name="Ica")
    assert not any(sign.isdigit() for sign in nothing)


def test_the_gap_of_ways_bounds_no_coverage():
    """A p-center within one per cent of the farthest way: the plans found are told as they are."""
    outcome, say = planned(model="pcenter"), words("en")
    change = with_ica(outcome)
    rough = replace(change, before=replace(change.before, gap=0.01))
    assert change_text("Ica", rough, outcome, say).startswith("With Ica, ")
    assert "between" not in change_text("Ica", rough, outcome, say)
    unknown = replace(change, before=replace(change.before, gap=1.5))
    assert "not known" in change_text("Ica", unknown, outcome, say)


def test_a_full_capacity_says_why_teams_stand_together():
    """La Libertad has 36 reports, two full teams of ten serve 20: 16 remain; no load above 10."""
    outcome = planned(sites=6, capacity=10.0, second="none")
    sheet = outcome.sheets["en"]
    assert [row["department_ubigeo"] for row in sheet.sites].count("13") == 2
    (told,) = (note for note in notes(outcome, words("en")) if "a team serves up to 10" in note)
    assert told.startswith("La Libertad has 36 reports")
    assert "2 teams" in told
    assert "16 still remain" in told
    load = {site["code"]: 0.0 for site in sheet.sites}
    for one in sheet.assigned:
        load[one["site"]] += one["amount"]
    assert max(load.values()) <= 10 + 1e-6
