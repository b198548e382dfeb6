"""What the page and the sheet say of a plan, where a number alone would mislead."""

import io
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pypdf
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_files.records import MARK
from atlas.planner.by_hand import (
    Change,
    Move,
    after_move,
    cause_text,
    change_between,
    change_text,
    exchange_text,
)
from atlas.planner.demand import area_name, places
from atlas.planner.document import PlanDocument, Reason
from atlas.planner.files import plan_bytes, plan_values
from atlas.planner.model import exchange_for
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import ListSource, OwnFiles, question_for
from atlas.planner.sentences import (
    amount,
    figures,
    gap_text,
    notes,
    proof_text,
    reason_text,
    sentence,
    share_text,
    site_place,
    worst_served,
)
from atlas.words import LANGUAGES, words
from geo.siting.model import known_difference
from geo.siting.problem import Stability
from tests.planned import document_for, pdf_text, planned, read_files, zones_of


def changed(outcome: PlanDocument, **values: object) -> PlanDocument:
    evaluation = replace(outcome.plan.evaluation, **values)
    return replace(outcome, plan=replace(outcome.plan, evaluation=evaluation))


def with_ica(outcome: PlanDocument) -> Change:
    forced = outcome.request.changed(must=("110101",))
    return change_between(outcome, document_for(forced))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("model", "first"), [("pmedian", "mean"), ("pcenter", "worst")])
def test_a_plan_of_ways_leads_with_them(model, first, lang):
    outcome, say = planned(model=model), words(lang)
    value = f"{say.number(plan_values(outcome, say)[f'{first}_km'])} km"
    assert value in sentence(outcome, say)
    assert "%" not in sentence(outcome, say)
    assert "%" in sentence(planned(), say)
    assert figures(outcome, say)[0][0] == value
    found = outcome.plan
    open_end = replace(outcome, plan=replace(found, bound=0.8 * found.objective))
    assert {"es": "acortarse", "en": "shorter"}[lang] in proof_text(open_end, say)


def test_with_a_capacity_demand_is_served_and_the_reach_is_told_beside():
    """What three teams of ten serve is far less than what lies within their reach; the ways are of
    everybody, also of those whom a full site does not serve."""
    say = words("es")
    for outcome in (planned(), planned(capacity=10.0)):
        is_capped = outcome.request.capacity is not None
        labels = [label for _, label in figures(outcome, say)]
        assert (say("siting.capacity.ways") in outcome.assumption_texts(say)) == is_capped
        assert (say("plan.figure.mean_served") in labels) == is_capped
        assert (say("plan.figure.worst_served") in labels) == is_capped
        problem, sites = question_for(outcome.request).problem, list(outcome.plan.sites)
        nearest = problem.cost[:, sites].min(axis=1)
        has_way = np.isfinite(nearest) & (problem.demand > 0)
        mean = float(np.average(nearest[has_way], weights=problem.demand[has_way]))
        values = plan_values(outcome, say)
        assert values["mean_km"] == pytest.approx(mean)
    reach = float(outcome.weight @ problem.covers[:, sites].any(axis=1)) / outcome.weight.sum()
    assert reach > 3 * values["coverage_share"]
    assert figures(outcome, say)[0] == (
        say.percent(values["coverage_share"], 1),
        say("plan.figure.of_card_served", reach=say.percent(reach, 1)),
    )
    texts = [sentence(outcome, say), *labels]
    texts.append(plan_bytes(outcome, ".csv", say, is_worded=True).decode().splitlines()[0])
    assert not any("cubierto" in text.lower() for text in texts)


def test_a_search_that_goes_on_says_so_in_every_file():
    """Until it is ended; and nothing is said of its ways, which it is looking for."""
    goes_on, say = replace(planned(), is_searching=True), words("es")
    for outcome, is_searching in ((goes_on, True), (goes_on.ended, False)):
        for text in read_files(outcome, "es", ".csv", ".gpx", is_worded=True):
            assert (say("plan.gap.searching") in text) == is_searching
        assert (say("plan.gap.ways") in " ".join(notes(outcome, say))) != is_searching


def test_residents_are_not_called_reports():
    """Their places are drawn again; reports that had come out otherwise are those of reports."""
    shares = (1.0,) * 3
    sure = Stability(200, shares, shares, 0.4, 0.5, 0.0, 0.0, 5, ())
    outcome = planned()
    first = {}
    for demand in ("complaints:2023", "eb:2023", "population", "mining"):
        plan = replace(outcome.plan, stability=sure)
        asked = replace(outcome, request=outcome.request.changed(demand=demand), plan=plan)
        first[demand] = notes(asked, words("en"))[0]
    assert "reports" in first["complaints:2023"]
    assert first["eb:2023"] == first["complaints:2023"]
    assert "reports" not in first["population"]
    assert "places" in first["mining"]


def test_several_departments_without_coverage_are_counted():
    """None of them is the worst-served one."""
    outcome = planned()
    empty = sum(row.covered <= 0 for row in outcome.departments)
    assert empty > 5
    assert worst_served(outcome, words("en")) == f"{empty} without any coverage"
    served = changed(outcome, groups=outcome.plan.evaluation.groups.assign(covered=1.0))
    assert worst_served(served, words("en")).endswith("%")


def test_a_bound_that_says_nothing_is_not_said():
    say = words("en")
    assert "8,238" not in gap_text(82.3863, True, say)
    assert "not known" in gap_text(1.0, True, say)
    assert "at most 12.00% more" in gap_text(0.12, True, say)  # of what the plan covers
    assert "<0.01%" in gap_text(1e-6, False, say)


def test_the_headline_says_what_is_covered_without_any_team():
    """Three teams beside services that reach half of the demand: both shares in one breath."""
    outcome, say = planned(services="listed"), words("es")
    problem = question_for(outcome.request).problem
    alone = problem.demand[problem.is_covered_already].sum() / problem.demand.sum()
    assert alone > 0.4
    assert say("plan.services.share", share=say.percent(alone, 1)) in sentence(outcome, say)
    assert say("plan.services.share", share="").split()[0] not in sentence(planned(), say)


def test_what_is_not_all_never_reads_as_all():
    say = words("es")
    texts = {
        (1.0, 0): "100", (1 - 1e-12, 1): "100.0", (0.996, 0): ">99", (0.9949, 0): "99",
        (0.99951, 1): ">99.9", (0.9994, 1): "99.9", (0.0, 0): "0", (0.004, 0): "<1",
    }  # fmt: skip
    for (share, decimals), number in texts.items():
        text = share_text(share, say, decimals)
        assert "".join(text.split()) == f"{number}%"
    groups = planned().plan.evaluation.groups
    few = groups.assign(missed=0.03 / len(groups))
    outcome = changed(planned(), coverage_share=0.9997, groups=few)
    assert not re.search(r"(?<![\d.])100", sentence(outcome, say))
    assert [value for value, _ in figures(outcome, say)[:2]] == [
        share_text(0.9997, say), f"<{say.number(0.1, 1)}",
    ]  # fmt: skip


def test_rivers_are_named():
    rivers = [one for one in plan_values(planned(), words("es"))["assumptions"] if "río en" in one]
    assert rivers == ["se viaja por río en Loreto (16)"]
    assert area_name("170101") == "Tambopata (170101)"
    assert area_name("x") == "x"


def test_a_town_named_like_another_department_tells_its_district():
    """La Libertad in Comas is not the department; a capital of its own department is itself."""
    towns = places()
    assert "La Libertad (Comas)" in towns.name
    assert {"Cusco", "Piura"} <= set(towns.name)
    names = set(towns.department)
    bare = np.isin(towns.name, list(names)) & (towns.name != towns.department)
    assert set(towns.district[bare]) <= names  # a district of that name has nothing to add
    site = replace(planned().sites[0], name="La Libertad (Comas)", district="Comas")
    assert site_place(replace(site, province="Lima", department="Lima")) == "Lima"


def test_a_site_of_ones_own_is_told_in_what_is_lost_and_won():
    """Lost minus won is the difference of what two proven plans cover; where the search of either
    was stopped its bounds are told, or nothing. The gap of ways bounds no coverage."""
    outcome, say = planned(), words("en")
    change = with_ica(outcome)
    assert "Ica" in change.taken
    assert len(change.given_up) == len(change.taken)
    less = (change.before.coverage_share - change.after.coverage_share) * outcome.weight.sum()
    assert change.demand_lost - change.demand_won == pytest.approx(less)
    lost = say.number(change.demand_lost, 1)
    assert f"With Ica, {lost} are lost" in change_text("Ica", change, outcome, say)

    def unproven(change: Change, name: str, gap: float) -> Change:
        return replace(change, **{name: replace(getattr(change, name), gap=gap)})

    for name in ("before", "after"):
        rough = unproven(change, name, 0.1)
        low, high = known_difference(rough.before, rough.after)
        ends = {"low": say.number(100 * low, 1), "high": say.number(100 * high, 1)}
        told = change_text("Ica", rough, outcome, say)
        assert told == say("plan.why.answer_between", name="Ica", **ends)
        told = change_text("Ica", unproven(change, name, 2.06), outcome, say)
        assert told == say("plan.why.answer_unknown", name="Ica")
    outcome = planned(model="pcenter")
    change = with_ica(outcome)
    told = change_text("Ica", unproven(change, "before", 0.01), outcome, say)
    assert told.startswith("With Ica, ")
    assert "between" not in told
    assert "not known" in change_text("Ica", unproven(change, "before", 1.5), outcome, say)


def test_a_full_capacity_says_why_teams_stand_together():
    """La Libertad has 36 reports, two full teams of ten serve 20: 16 remain; no load above 10."""
    outcome = planned(sites=6, capacity=10.0, second="none")
    assert [row.department_ubigeo for row in outcome.sites].count("13") == 2
    (told,) = (note for note in notes(outcome, words("en")) if "up to 10 each" in note)
    assert told.startswith("La Libertad has 36 reports")
    assert "2 teams serve 20.0 of them" in told
    assert "16 still remain" in told
    load = Counter()
    for line in outcome.served:
        load[line.site] += line.amount
    assert max(load.values()) <= 10 + 1e-6
    alone, say = planned(sites=1, capacity=10.0), words("es")
    (area,) = (row for row in alone.departments if row.name == alone.sites[0].department)
    values = {"department": area.name, "demand": say.number(area.demand), "most": "10"}
    values |= {"unit": alone.unit.text(say), "missed": say.number(area.missed)}
    assert say("plan.full.one", **values) in " ".join(notes(alone, say))


@settings(max_examples=15)
@given(
    model=st.sampled_from(["mclp", "mclp", "pmedian"]),
    sites=st.integers(2, 7),
    radius=st.sampled_from([40.0, 75.0, 180.0]),
    capacity=st.sampled_from([None, 10.0, 60.0]),
    services=st.sampled_from(["none", "listed"]),
    must=st.sampled_from([(), ("160101",), ("150101", "150132")]),
)
def test_every_reason_that_is_given_is_true(model, sites, radius, capacity, services, must):
    """What each site adds, shortens and could be replaced by, from ways and demand alone."""
    asked = {"model": model, "sites": sites, "radius": radius, "must": must, "services": services}
    asked |= {"capacity": capacity if model == "mclp" else None, "min_population": 150_000.0}
    outcome = planned(**asked)
    question, towns = question_for(outcome.request), places()
    cost, demand, chosen = question.problem.cost, question.problem.demand, outcome.plan.sites
    services_km, within = question.problem.existing_cost, cost <= radius
    served = covered = services_km <= radius
    reached = demand[within[:, list(chosen)].any(axis=1) | served].sum()
    for site, reason in zip(chosen, outcome.reasons, strict=True):
        assert reason.is_must == (question.candidates.code[site] in must)
        new = within[:, site] & ~covered & (demand > 0)
        covered = covered | within[:, site]
        added = pd.Series(demand[new]).groupby(towns.department[new]).sum()
        assert (reason.places_added, reason.departments_added) == (new.sum(), len(added))
        if len(added):
            shares = added / added.sum()
            assert reason.department_share == pytest.approx(shares[reason.department])
            assert reason.department_share == pytest.approx(shares.max())
        others = [j for j in chosen if j != site]
        nearest = np.minimum(services_km, cost[:, others].min(axis=1))
        assert reason.shortens == ((cost[:, site] < nearest) & (demand > 0)).any()
        for name in reason.others:
            swapped = max(
                demand[within[:, [*others, j]].any(axis=1) | served].sum()
                for j in np.flatnonzero(question.candidates.name == name)
            )
            assert (reached - swapped) / demand.sum() <= reason.others_lose + 1e-9


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, ("adds",)),
        ({"departments_added": 1}, ("adds_in",)),
        ({"department_share": 0.996}, ("adds_nearly",)),
        ({"places_added": 0}, ("nothing",)),
        ({"places_added": 0, "shortens": True}, ("nothing", "shortens")),
        ({"is_must": True, "shortens": True}, ("must", "adds")),
        ({"surety": "area", "others": ("Lima",)}, ("adds", "area", "others")),
        ({"others": ("Lima",), "others_lose": 0.0013}, ("adds", "others_nearly")),
    ],
)
def test_a_reason_is_told_in_one_to_three_sentences(changes, keys):
    say, reason = words("es"), Reason(False, 5, 2, "Ica", 0.6, False, (), 0.0, "")
    values = {"count": "5", "department": "Ica", "share": say.percent(0.6, 0)}
    values |= {"names": "Lima", "points": "0.2"}
    expected = " ".join(say(f"plan.why.{key}", **values) for key in keys)
    assert reason_text(replace(reason, **changes), say) == expected


def test_teams_with_room_to_spare_are_not_told_to_be_full():
    far = {"must": ("160101", "160201"), "departments": ("16",), "sites": 2, "min_population": 0.0}
    outcome = planned(**far, capacity=60.0, radius=75.0)
    assert max(site.load for site in outcome.sites) < 60
    assert outcome.departments[0].missed > 10
    assert not re.search("con menos equipos|lleno", " ".join(notes(outcome, words("es"))))


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({}, "gain"),
        ({"services": "listed", "radius": 180.0}, "nothing"),
        ({"capacity": 20.0}, "served"),
        ({"model": "pmedian"}, "mean"),
        ({"model": "pcenter"}, "worst"),
    ],
)
def test_an_exchange_says_whom_it_replaces_and_one_true_sentence_why(asked, kind):
    outcome, say = planned(**asked), words("es")
    question = question_for(outcome.request)
    problem, codes = question.problem, question.candidates.code
    code, held = "110101", ()
    if kind == "nothing":  # a neighbour of the first site, which stays
        free = (problem.demand > 0) & ~problem.is_covered_already
        reach = problem.covers & free[:, None]
        inside = ~(reach & ~reach[:, [outcome.plan.sites[0]]]).any(axis=0) & reach.any(axis=0)
        code = next(one for one in codes[inside] if one in outcome.candidates)
        held = outcome.codes[:1]
    goes, exchange = exchange_for(outcome.request, outcome.plan, OwnFiles(), code, held)
    request = after_move(outcome.request, outcome.codes, Move("move", goes, code), rest_stays=True)
    other = document_for(request)
    assert set(other.codes) == {*outcome.codes} - {goes} | {code}
    change, names = change_between(outcome, other), {"name": "X", "other": "Y"}
    served = [problem.demand * one.plan.evaluation.served for one in (outcome, other)]
    lost, won = (np.maximum(a - b, 0).sum() for a, b in (served, served[::-1]))
    text = exchange_text(change, outcome, say, **names)
    assert "Con X en lugar de Y" in text
    for value in (lost, won):
        assert amount(value, say) in text
    told = cause_text(exchange, change, outcome, say, **names)
    if kind in ("gain", "nothing"):
        stays = [j for j in outcome.plan.sites if codes[j] != goes]
        free = problem.demand * ~problem.is_covered_already
        alone = free * ~problem.covers[:, stays].any(axis=1)
        loss = float(alone @ problem.covers[:, codes == goes][:, 0])
        gain = float(alone @ problem.covers[:, codes == code][:, 0])
        assert gain <= loss
        reach = float(free @ problem.covers[:, codes == code][:, 0])
        values = {"loss": loss, "gain": gain, "reach": reach}
        values = {name: amount(value, say) for name, value in values.items()}
    elif kind == "served":
        values = {"before": amount(served[0].sum(), say), "after": amount(served[1].sum(), say)}
    else:
        before, after = (
            f"{say.number(getattr(document.plan.evaluation, f'{kind}_cost'))} km"
            for document in (outcome, other)
        )
        values = {"before": before, "after": after}
    unit = outcome.unit.text(say)
    assert told == say(f"plan.why.cause.{kind}", **names, **values, unit=unit)


def test_the_sheet_says_what_the_plan_says():
    zone = zones_of(shapely.Point(-76.98765, -12.34567).buffer(0.05))
    named = replace(zone, sources=(ListSource("zones", "zonas de mayo.csv", 1, 1),))
    outcome, say = planned(named, buffer_km=5.0), words("es")
    content = plan_pdf_bytes(outcome, "es")
    assert content == plan_pdf_bytes(outcome, "es")
    text = pdf_text(content)
    table = text[text.index(say("plan.table.caption")) :]
    starts = [table.index(site.name) for site in outcome.sites]
    assert starts == sorted(starts)
    share = say.percent(outcome.plan.evaluation.coverage_share, 1)
    assert " ".join(share.split()) in text
    for told in (say("plan.assumptions.seed", seed=1), say("siting.notice")):
        assert told in text
    for told in outcome.assumption_texts(say):
        assert " ".join(told.split())[1:30] in text
    assert text.count("zonas de mayo.csv") == 2  # beside the map, and among the assumptions
    assert MARK not in text
    assert not re.search(r"76[.,]98|12[.,]345", text)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert str(reader.trailer["/Root"]["/Lang"]).startswith("es")
    assert "/CreationDate" not in (reader.metadata or {})
