"""Every department has its name and its figure on the static maps, the first to choose first."""

from __future__ import annotations

import itertools

import pytest

from atlas.drawing.overlays import name_ranks, value_text
from atlas.paper.picture import map_picture
from atlas.public.card import card_scene
from atlas.results.regions import results_for
from atlas.view import MEASURES, View
from atlas.words import words
from data.periods import PERIODS, parse_period
from layers.picture.sheet import map_sheet

CODES = [period.code for period in PERIODS]


@pytest.mark.parametrize(
    ("form", "period", "measure"),
    [
        ("page", "2023", "smr"),
        ("page", "2022", "count"),
        ("wide", "2023", "smr"),
        ("tall", "2023", "smr"),
        *(
            pytest.param("page", code, name, marks=pytest.mark.slow)
            for code in CODES
            for name in MEASURES
        ),
    ],
)
def test_all_25_departments_are_named_with_their_figure(form: str, period, measure) -> None:
    """On every sheet with every mark of the default state, Tumbes and Callao not left out."""
    state = View(period=parse_period(period), measure=measure)
    said = [text.text for text in map_sheet(map_picture(state), form).texts]
    pairs = {*itertools.pairwise([*said, ""])}
    for _, row in results_for(parse_period(period)).iterrows():
        name, value = row["department"].upper(), value_text(row, measure, words("es"))
        assert (name, value) in pairs if value else name in said


@pytest.mark.parametrize(
    ("period", "measure"),
    [
        ("2023", "rate"),
        ("2022", "verdict"),
        pytest.param("2007-01/2014-04", "rate", marks=pytest.mark.slow),
        pytest.param("2023", "verdict", marks=pytest.mark.slow),
    ],
)
def test_the_card_names_all_25(period: str, measure: str) -> None:
    """On the small map of the card too; a map of verdicts has no figure under a name."""
    scene = card_scene("es", period=parse_period(period), measure=measure)
    here = [text for text in scene.texts if text.x > 690]
    said = [text.text for text in here]
    for _, row in results_for(parse_period(period)).iterrows():
        name = row["department"].upper()
        assert name in said
        rate = words("es").number(row["rate_per_100k"], 1)
        at = said.index(name)
        assert (rate in said[at : at + 2]) == (measure == "rate"), name


@pytest.mark.parametrize("column", ["reported_count", "rate_per_100k", "smr", "verdict"])
def test_ranks_go_by_verdict_and_then_by_the_measure(column: str) -> None:
    """Those above the expected come first, in the order of what the map shows."""
    results = results_for(parse_period("2023")).set_index("department_ubigeo")
    ranks = name_ranks(results.reset_index(), column)
    order = sorted(ranks, key=ranks.__getitem__)
    verdicts = [results.loc[code, "verdict"] for code in order]
    beyond = verdicts.count("above")
    assert verdicts[:beyond] == ["above"] * beyond
    values = results.loc[order[:beyond], "smr" if column == "verdict" else column]
    assert list(values) == sorted(values, reverse=True)
    assert sorted(ranks.values()) == list(range(25))
