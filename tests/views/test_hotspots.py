"""The page of the hot spots without a browser: both languages, its choices, no markup let in."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from messages import words
from views.legend_strip import key_list, scale_bar
from views.lens_cards import _tip
from views.period_change import FIRST, _later, _place

ROOT = Path(__file__).resolve().parents[2]


def _script(lang: str) -> str:
    return (
        "import streamlit as st\n"
        f"st.session_state.setdefault('lang', {lang!r})\n"
        "from views import hotspots\n"
        "hotspots.page()\n"
    )


def _text(page: AppTest) -> str:
    bodies = " ".join(item.proto.body for item in page.get("html"))
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", bodies, flags=re.DOTALL))


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_page_draws(lang: str) -> None:
    """Every part is there, in the language asked for, with the dispersion beside the results."""
    page = AppTest.from_string(_script(lang), default_timeout=90).run()
    assert not page.exception
    assert not page.warning
    text = _text(page)
    for part in ("agree", "robust", "chance", "density", "change", "files"):
        assert words(lang)(f"focos.{part}.title") in text
    assert text.count("φ = 5.3") >= 5
    assert "Madre de Dios" in text


def test_a_choice_changes_the_sentence() -> None:
    """Period and department chosen with the controls; the page says them back."""
    page = AppTest.from_string(_script("es"), default_timeout=90).run()
    page.selectbox(key="focos_department").select("08").run()
    assert "Cusco:" in _text(page)
    assert page.session_state["state"].department == "08"
    page.number_input(key="focos_seed").set_value(42).run()
    assert "semilla 42" in _text(page)
    assert page.session_state["focos"].query()["seed"] == "42"


def test_a_faulty_link_is_named_not_repeated() -> None:
    """A warning names the field; the value is nowhere on the page."""
    page = AppTest.from_string(_script("es"), default_timeout=90)
    page.query_params["seed"] = "<img src=x onerror=alert(1)>"
    page.run()
    assert "«seed»" in page.warning[0].value
    assert "onerror" not in page.warning[0].value + _text(page)
    page.number_input(key="focos_seed").set_value(3).run()
    assert not page.warning


def test_only_comparable_periods_are_offered() -> None:
    """No first period without a later one of its unit; the old series and the pool are out."""
    assert FIRST == ("2019", "2020", "2021", "2022")
    assert _later("2021") == ("2022", "2023")
    page = AppTest.from_string(_script("es"), default_timeout=90).run()
    page.selectbox(key="focos_before").select("2022").run()
    assert page.selectbox(key="focos_after_2022").options == ["2023"]
    assert not page.exception


def test_the_axis_is_logarithmic_and_ends() -> None:
    """1 in the middle, halves and doubles mirror each other, infinity at the edge."""
    assert _place(1.0) == 50
    assert _place(2.0) - 50 == pytest.approx(50 - _place(0.5))
    assert (_place(float("inf")), _place(0.0)) == (100, 0)


def test_texts_are_escaped() -> None:
    """Keys and ticks are text, whatever they hold."""
    attack = "<script>alert(1)</script>"
    assert "<script" not in key_list([("hatch", attack), ("#ffffff", attack)])
    assert "<script" not in scale_bar(("#ffffff", "#000000"), (attack,))


def test_the_component_adds_no_markup() -> None:
    """Tips reach the small map as text nodes: its script never writes HTML."""
    script = (ROOT / "views" / "components" / "minimap.js").read_text(encoding="utf-8")
    assert "innerHTML" not in script
    assert "insertAdjacent" not in script
    assert "textContent" in script


def test_a_tip_says_what_is_marked() -> None:
    """Name, grade, count and the caveats of a department in one line."""
    from maps.lenses import lens_grades

    grades = lens_grades("2022", "gistar", seed=1, replicas=999)
    lima = next(row for row in grades.itertuples() if row.department == "Lima")
    said = _tip(lima, "excess", words("en"))
    assert said.startswith("Lima: not tested. Lima is not ranked in 2022")
