"""The page of the hot spots without a browser: both languages, its choices, no markup let in."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from maps.density import WEB_CELL_KM, density_geotiff
from maps.hotspot_state import HotspotState
from maps.results import results_for
from messages import words
from views.legend_strip import key_list, scale_bar
from views.lens_cards import _tip, excess_marks
from views.lens_files import downloads_section
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
    assert words(lang)("focos.lens.excess.second_look") in text
    assert words(lang).number(0.0002, 4) in text
    labels = [button.proto.label for button in page.get("download_button")]
    assert words(lang)("focos.files.brief_pdf") in labels


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


def test_every_mark_of_a_department_is_drawn() -> None:
    """Lambayeque 2023 has few reports and a close call: both; Lima only counts other people."""
    marks = excess_marks(results_for("2023"))
    assert [kind for kind, code, _ in marks if code == "14"] == ["few", "flag"]
    assert [(kind, text) for kind, code, text in marks if code == "15"] == [("number", "≠")]
    assert not [kind for kind, code, _ in marks if code == "17"]


def test_files_follow_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The GeoTIFF is that of the chosen share; the brief is one of the department."""
    made: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(
        "views.lens_files.st.download_button",
        lambda _label, make, *, file_name, **_: made.update({file_name: make}),
    )
    state = HotspotState(period="2023", department="17", lang="en")
    for percent in (0, 75):
        downloads_section(
            state,
            words("en"),
            unit="reported offence",
            bandwidth_km=40,
            evidence_percent=percent,
            compared=("2022", "2023"),
        )
    expected = density_geotiff(
        "2023", bandwidth_km=40, cell_km=WEB_CELL_KM, kernel="gaussian", evidence_share=0.75
    )[0]
    assert made["densidad-2023-40km-75evidencia.tif"]() == expected
    assert made["densidad-2023-40km-0evidencia.tif"]() != expected
    assert made["ficha-17-2023.pdf"]().startswith(b"%PDF")


def test_a_tip_says_what_is_marked() -> None:
    """Name, grade, count and the caveats of a department in one line."""
    from maps.lenses import lens_grades

    grades = lens_grades("2022", "gistar", seed=1, replicas=999)
    lima = next(row for row in grades.itertuples() if row.department == "Lima")
    said = _tip(lima, "excess", words("en"))
    assert said.startswith("Lima: not tested. Lima is not ranked in 2022")
