"""One grade has one short term, in both languages, wherever it is named."""

from __future__ import annotations

import re

import pytest

from exports.brief_second import second_page
from maps.brief import brief_content
from maps.grade_words import grade_text, legend_text
from maps.legend import legend_for
from maps.picture import map_picture
from maps.state import MapState
from messages import words

TERMS = {
    "es": ("supera el azar", "dudoso", "como lo esperado", "menos, dudoso", "menos"),
    "en": ("beyond chance", "unsure", "as expected", "fewer, unsure", "fewer"),
}
GRADES = ("above", "above_poisson_only", "unremarkable", "below_poisson_only", "below")
JARGON = {
    "es": re.compile(r"solo bajo Poisson|menos\?|no vinieran"),
    "en": re.compile(r"under Poisson only|fewer\?|did not come in waves", re.I),
}


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_longer_explanation_begins_with_its_term(lang: str) -> None:
    """Whoever has read the short one knows the long one again."""
    say = words(lang)
    for grade, term in zip(GRADES, TERMS[lang], strict=True):
        assert say(f"verdict.{grade}") == term
        assert say(f"verdict.{grade}.long").startswith(term)
        assert legend_text(grade, say).startswith(term)
        assert grade_text("excess", grade, say) == term


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_method_alone_speaks_of_poisson(lang: str) -> None:
    """No second name of a grade in any message; the method says once what is behind the term."""
    found = {key for key, text in words(lang).catalogue.items() if JARGON[lang].search(str(text))}
    assert found == {"method.waves.text"}
    assert f"**{TERMS[lang][1]}**" in words(lang).catalogue["method.waves.text"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_map_and_picture_use_the_same_terms(lang: str) -> None:
    """The scale and the outlines of the measure verdict; the page's legend and the file's."""
    state, say = MapState(lang=lang, measure="verdict"), words(lang)
    picture = map_picture(state)
    assert picture.scale.ticks == TERMS[lang]
    legend = legend_for(state, say)
    said = re.search(r'aria-label="([^"]*)"', legend)
    assert said
    assert said[1].endswith(", ".join(TERMS[lang]))
    for kind, text in picture.keys:
        if kind in GRADES:
            assert text == legend_text(kind, say)
            assert text in legend


@pytest.mark.parametrize("lang", ["es", "en"])
def test_no_brief_cuts_a_term(lang: str) -> None:
    """The whole term stands in the table of every department's years, beside its bar."""
    terms = {*TERMS[lang], words(lang)("verdict.untestable")}
    printed = set()
    for department in ("06", "09", "15", "17", "23"):
        for sheet in second_page(brief_content(department, lang=lang)):
            printed |= {item.text for item in sheet.scene.texts}
    assert terms <= printed
    assert not {text for text in printed if text.endswith("…") and text[:4] in str(terms)}
