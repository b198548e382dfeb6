"""The first sentence of a card, its changes, its lines and its chart."""

import base64

import pytest

from atlas.results.card import courses_of, first_sentence, mining_line, second_sentence, years_chart
from atlas.results.regions import bases_of, result_of, verdicts_of
from atlas.results.years import change_for
from atlas.view import BASES
from atlas.words import words
from data.geography import mining_illegality_by_area
from data.periods import default_period, parse_period


@pytest.mark.parametrize("area", ["17", "15", "1701"])
def test_verdicts_without_margins_are_those_of_the_results(area):
    level = "departments" if len(area) == 2 else "provinces"
    for course in courses_of(area):
        for dot in course.dots:
            row = result_of(area, dot.period.at(level))
            assert (dot.count, dot.verdict) == (row["reported_count"], row["verdict"])
            assert verdicts_of(dot.period.at(level))[area] == row["verdict"]


@pytest.mark.parametrize(
    ("area", "now", "before"),
    [
        ("16", "unremarkable", "above"),
        ("24", "unremarkable", "above"),
        ("06", "below", "unremarkable"),
    ],
)
def test_the_headline_is_of_the_newest_period_that_is_judged(area, now, before):
    """Loreto, Tumbes and Cajamarca had another conclusion in 2023 than in 2025."""
    say = words("es")
    first, second = first_sentence(area, say), second_sentence(area, say)
    newest, police = default_period(), default_period("police")
    assert (newest.code, police.code) == ("2025-01/2025-11", "2024")
    for period in (newest, police):
        assert f"{result_of(area, period)['reported_count']:.0f} " in first
        assert say(f"period.{period.code}.short") in first
    late = parse_period("2025-01/2025-09", "police")
    told = say(
        "card.answer.late",
        period="2024",
        late=say(f"period.{late.code}.short"),
        count=int(result_of(area, late)["reported_count"]),
    )
    assert told in first
    assert result_of(area, newest)["verdict"] == now
    assert say(f"verdict.{now}") in first
    assert verdicts_of(police)[area] == "unremarkable"
    assert (say("verdict.above") in first) == (now == "above")
    older = {"year": "2023", "registry": say("registry.mpfn"), "verdict": say(f"verdict.{before}")}
    assert say("card.older", **older) in second


def test_the_second_sentence_compares_full_years():
    second = second_sentence("17", words("es"))
    for registry, *years in (("mpfn", "2019", "2023"), ("police", "2023", "2024")):
        table = change_for(*(parse_period(year, registry) for year in years))
        row = table.set_index("department_ubigeo").loc["17"]
        assert f"de {row['reported_count_before']} ({years[0]})" in second
        assert f"a {row['reported_count_after']} ({years[1]})" in second
    assert "2025" not in second


def test_by_offences_the_first_sentence_and_the_chart_judge_by_offences():
    """Where the two bases differ the sentence is the base's own, and names it; police have one."""
    say = words("en")
    for base in BASES:
        for course in courses_of("02", base):
            for dot in course.dots:
                own = base if base in bases_of(dot.period) else BASES[0]
                assert dot.verdict == result_of("02", dot.period, own)["verdict"]
    text = first_sentence("02", say, "offences")
    assert say("base.offences") in text
    assert say("base.people") in text


def test_a_province_speaks_of_the_registry_that_counts_it():
    say = words("en")
    assert len(courses_of("1701")) == 1
    assert say("registry.mpfn") not in first_sentence("1701", say) + second_sentence("1701", say)


def test_mining_is_the_publishers_share_or_says_that_nobody_judges():
    say = words("es")
    row = mining_illegality_by_area("departments").loc["17"]
    text, _ = mining_line("17", say)
    assert say.percent(row["likely_illegal_ha"] / row["mined_ha"]) in text
    assert "%" not in mining_line("15", say)[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_every_count(theme):
    drawn = years_chart("17", words("en"), theme)
    picture = base64.b64decode(drawn["image"].partition("base64,")[2]).decode()
    for course in courses_of("17"):
        for dot in course.dots:
            assert f">{dot.count}</text>" in picture
            assert f" {dot.count} (" in drawn["said"]
    assert drawn["signs"] == ["above", "unremarkable", "part"]
