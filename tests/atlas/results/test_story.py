"""The story of an area: its figures are the results', its rules hold in every part of it."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas.results.card import (
    change_sentence,
    margin_sentence,
    mining_line,
    older_sentences,
    reported_now,
    rise_or_fall,
    than_elsewhere,
    years_chart,
)
from atlas.results.figures import Figures, Wording
from atlas.results.finding import finding, reasons
from atlas.results.regions import bases_of, result_of, results_for, verdicts_of
from atlas.results.sentences import compared_text
from atlas.results.story import MISMATCH, AreaStory, CountryStory
from atlas.results.years import change_for
from atlas.view import BASES, View
from atlas.words import LANGUAGES, words
from data.geography import mining_illegality_by_area
from data.periods import default_period, parse_period

ROOT = Path(__file__).resolve().parents[3]
YEAR = parse_period("2023")


def _messages() -> Iterator[tuple[str, set[str]]]:
    """Key of each message that figures fill, and what else the code gives it."""
    for path in (ROOT / "atlas").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(getattr(node.func, "func", None), "attr", ""))
            if name in ("told", "wording"):
                given = {str(word.arg) for word in node.keywords}
                yield from ((key, given) for key in _keys(node.args[0]))


def _keys(node: ast.expr) -> Iterator[str]:
    """The keys that an expression may be: one, either of two, or those that a code completes."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from (*_keys(node.body), *_keys(node.orelse))
    elif isinstance(node, ast.JoinedStr):
        parts = (
            re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]*"
            for part in node.values
        )
        pattern = re.compile("".join(parts))
        yield from filter(pattern.fullmatch, words("es").catalogue)


def test_every_placeholder_of_a_message_exists() -> None:
    """What a message names is a figure of the story, or given beside it."""
    messages = dict(_messages())
    assert {"card.figure.ratio.offences", "focos.finding"} <= {*messages}
    for key, given in messages.items():
        for lang in LANGUAGES:
            named = set(re.findall(r"{(\w+)", words(lang).catalogue[key]))
            assert named <= {*Wording.WRITTEN} | given, key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_are_written_by_one_rule(lang: str) -> None:
    """Few of them keep two digits; what nobody knows is told so, and has no unit."""
    say = words(lang)
    row = result_of("08", parse_period("2025-01/2025-11")).to_dict()
    digits = {"reported_count": 1, "rate_per_100k": 0.476, "smr": 0.0944, "smr_low": 0.004}
    written = Figures.of(row | digits | {"smr_high": 130.0}, YEAR).wording(say)
    assert (written["count"], written["rate"], written["ratio"]) == ("1", "0.48", "0.09")
    assert written["counted"] == f"1 {say('unit.reported offence.one')}"
    assert (written["low"], written["high"]) == ("<0.01", say("focos.change.beyond"))
    unknown = Figures.of(row | dict.fromkeys(digits, float("nan")), YEAR).wording(say)
    assert unknown["counted"] == unknown["count"] == say("number.unknown")
    assert unknown["ratio"] == "–"


def test_an_area_is_its_row() -> None:
    """Of a view the department's period and base; of a province a period that has provinces."""
    story = AreaStory.of_view(View(department="17", period=YEAR, base="offences"))
    row = results_for(YEAR, "offences").set_index("department_ubigeo").loc["17"]
    of = story.figures
    assert (of.count, of.ratio, of.low) == (row["reported_count"], row["smr"], row["smr_low"])
    other = story.by("people")
    assert other is not None
    assert other.figures.ratio != of.ratio
    province = AreaStory.of_view(View(department="17", province="1701", period=YEAR))
    assert (province.level, province.counted.code, province.base) == ("provinces", "2022", "people")
    assert province.by("offences") is None


@pytest.mark.parametrize("period", [YEAR, parse_period("2022"), parse_period("2024", "police")])
def test_each_caution_follows_one_rule(period) -> None:
    """Who counts whom is said once, and the other base's verdict only if it differs."""
    say = words("en")
    for figures in CountryStory(period).areas:
        story = AreaStory(figures.code, period)
        lines, served = story.cautions(say), story.served(say)
        assert (say("flag.few_reports") in lines) == ("few_reports" in figures.flags)
        is_told = any(
            line.startswith("The rate is approximate, because the prosecutors' district")
            for line in lines
        )
        assert is_told == (MISMATCH in figures.flags and not served)
        assert bool(story.depends(say)) == ("depends_on_denominator" in figures.flags)
        for part in (*served, *lines, story.depends(say)):
            assert story.all_cautions(say).count(part) >= 1


def test_the_country_is_its_areas() -> None:
    story = CountryStory(YEAR)
    above = results_for(YEAR).query("verdict == 'above'").sort_values("smr", ascending=False)
    assert [figures.name for figures in story.above] == list(above["department"])
    texts = reasons(story, words("es"))
    assert (
        texts.finding
        == f"Perú, 2023: {len(above)} departamentos tienen más reportes de lo esperado."
    )
    assert all(name in texts.question for name in above["department"])


def test_a_finding_counts_what_the_registry_counts() -> None:
    text = finding(AreaStory("16", YEAR), words("es"))
    assert text.startswith("Loreto, 2023: 115 delitos denunciados, 3.5 veces lo esperado (")
    # a margin without 1 and no conclusion: a reader who stops there would take it for more
    newest = finding(AreaStory("16", parse_period("2025-01/2025-11")), words("es"))
    assert newest.endswith(
        "2.0 veces lo esperado (entre 1.1 y 4.5). La conclusión es «sin diferencia clara». "
        "Cuando se miran 23 departamentos, sin Pasco y Piura, alguno sale así solo por azar."
    )
    lima = finding(AreaStory("15", parse_period("2022")), words("es"))
    assert lima.endswith("no se compara.")


def test_a_margin_without_one_says_why_it_is_not_clear() -> None:
    say, count = words("es"), 0
    for figures in CountryStory(YEAR).areas:
        text = margin_sentence(AreaStory(figures.code, YEAR), say)
        is_apart = figures.verdict == "unremarkable" and not figures.low <= 1 <= figures.high
        assert bool(text) == is_apart
        if is_apart:
            assert compared_text(figures.compared, say) in text
            count += 1
    assert count


@pytest.mark.parametrize("area", ["17", "15", "1701"])
def test_verdicts_without_margins_are_those_of_the_results(area):
    level = "departments" if len(area) == 2 else "provinces"
    for course in AreaStory(area, YEAR).courses:
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
    story = AreaStory(area, YEAR)
    first, second = reported_now(story, say), " ".join(older_sentences(story, say))
    newest, police = default_period(), default_period("police")
    assert (newest.code, police.code) == ("2025-01/2025-11", "2024")
    for period in (newest, police):
        assert f"{result_of(area, period)['reported_count']:.0f} " in first
        assert say(f"period.{period.code}.short") in first
    late = parse_period("2025-01/2025-09", "police")
    headline = say(
        "card.answer.late",
        period="2024",
        late=say(f"period.{late.code}.short"),
        count=int(result_of(area, late)["reported_count"]),
    )
    assert headline in first
    both = sum(int(result_of(area, period)["reported_count"]) for period in (newest, police))
    assert f" {both} " not in first  # never added
    assert result_of(area, newest)["verdict"] == now
    assert verdicts_of(police)[area] == "unremarkable"
    elsewhere, name = than_elsewhere(story, say), story.figures.name
    who = {code: say(f"card.elsewhere.by.{code}") for code in ("mpfn", "police")}
    by_police = say("card.elsewhere.unremarkable", name=name, who=who["police"])
    if now == "unremarkable":  # one sentence where both registries say the same
        both_say = say("card.elsewhere.unremarkable", name=name, who=say.list(who.values()))
        assert elsewhere == both_say
    else:
        by_mpfn = say(f"card.elsewhere.{now}", name=name, who=who["mpfn"])
        assert elsewhere == f"{by_mpfn} {by_police}"
    older = {"year": "2023", "registry": say("registry.mpfn"), "verdict": say(f"verdict.{before}")}
    assert say("card.older", **older) in second


def test_the_second_sentence_compares_full_years():
    second = change_sentence(AreaStory("17", YEAR), words("es"))
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
        for course in AreaStory("02", YEAR, base).courses:
            for dot in course.dots:
                own = base if base in bases_of(dot.period) else BASES[0]
                assert dot.verdict == result_of("02", dot.period, own)["verdict"]
    text = than_elsewhere(AreaStory("02", YEAR, "offences"), say)
    assert say("base.offences") in text
    assert say("base.people") in text


def test_a_province_speaks_of_the_registry_that_counts_it():
    say = words("en")
    story = AreaStory("1701", parse_period("2022", "police"))
    assert len(story.courses) == 1
    texts = (reported_now(story, say), than_elsewhere(story, say), *rise_or_fall(story, say))
    assert say("card.elsewhere.by.mpfn") not in " ".join(texts).lower()
    # its own counts are not tested: no word that they rise or fall, only from how many to how many
    untested, *counts = rise_or_fall(story, say)
    assert untested == say("trend.province", name="Tambopata")
    assert counts == ["Police counted 17 in 2019 and 9 in 2022."]


def test_mining_is_the_publishers_share_or_says_that_nobody_judges():
    say = words("es")
    row = mining_illegality_by_area("departments").loc["17"]
    text, _ = mining_line(AreaStory("17", YEAR), say)
    assert say.percent(row["likely_illegal_ha"] / row["mined_ha"]) in text
    assert "%" not in mining_line(AreaStory("15", YEAR), say)[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_every_count(theme):
    story = AreaStory("17", YEAR)
    drawn = years_chart(story, words("en"), theme)
    picture = base64.b64decode(drawn.image.partition("base64,")[2]).decode()
    for course in story.courses:
        for dot in course.dots:
            assert f">{dot.count}</text>" in picture
            assert f" {dot.count} (" in drawn.label
    assert drawn.signs == ["above", "unremarkable", "part"]
