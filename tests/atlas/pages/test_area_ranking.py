"""Below the department: the table lists areas, the page offers what is known at the level."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from atlas.map.page_table import LISTED, ranking_data
from atlas.view import AREA_MEASURES, MEASURES, View
from atlas.words import words
from tests.atlas.pages.conftest import choose_period, panel_of

PROVINCES = View(level="provinces")


def _controls(app: AppTest) -> dict[str, list]:
    # AppTest calls a segmented control a button group
    return {group.key: list(group.options) for group in app.get("button_group")}


def test_a_link_to_a_level_that_is_not_there_says_so(show: Callable[..., AppTest]) -> None:
    """The regions are shown, with a sentence; the shipped atlas offers provinces."""
    app = show(level="districts", lang="es")
    assert not app.exception
    assert [box.value for box in app.info] == [words("es")("level.absent.districts")]
    assert len(_controls(app)["map_level"]) == 2


def test_police_reports_are_offered_by_province(show: Callable[..., AppTest]) -> None:
    """Their measures come first, and no density among the layers; a period without provinces leaves
    outlines and says so."""
    app = show(level="provinces", area="rate", registry="police", period="2021", lang="es")
    assert not app.exception
    controls = _controls(app)
    assert len(controls["map_level"]) == 2
    assert len(controls["map_area_measure"]) == len((*MEASURES, *AREA_MEASURES))
    assert "map_measure" not in controls
    assert not app.info
    say, panel = words("es"), panel_of(app)
    assert say("panel.density.name") not in panel
    assert say("panel.routes.name") in panel
    choose_period(app, "2024", "police")
    assert not app.exception
    assert app.session_state["map_held"].view.area_measure == "rate"
    assert "La Fiscalía no publica por provincia" in app.info[0].value
    app.segmented_control(key="map_area_measure").set_value("people").run()
    assert not app.info


def test_the_table_lists_areas() -> None:
    """All provinces of a department, the largest of the country."""
    say = words("es")
    country = ranking_data(PROVINCES, say)
    assert len(country["rows"]) == LISTED
    assert country["rows"][0]["code"] == "1501"
    assert country["note"].startswith(f"Las {LISTED} mayores")
    own = ranking_data(PROVINCES.changed(department="17", area_measure="mined"), say)
    assert {row["code"] for row in own["rows"]} == {"1701", "1702", "1703"}
    assert say("area.mined.none") in own["note"]
    assert own["rows"][0]["cells"][2]["sort"] > own["rows"][1]["cells"][2]["sort"]
    lima = ranking_data(PROVINCES.changed(department="15", area_measure="mined"), say)
    assert {row["cells"][2]["text"] for row in lima["rows"]} == {"–"}
    assert not any(row["ranked"] for row in lima["rows"])
