"""Levels below the department: people and hectares, and reports where a registry has them."""

from __future__ import annotations

import gzip
import re

import pytest

from atlas.drawing.areas import area_line, no_reports
from atlas.drawing.legend import legend_for
from atlas.drawing.overlays import layer_script_for
from atlas.map.addresses import layer_addresses, shown_layers
from atlas.map.http import standalone_document
from atlas.map.page_table import ranking_data
from atlas.results.regions import attribution
from atlas.view import AREA_MEASURES, OVERLAYS, View, available_levels
from atlas.words import LANGUAGES, words
from data.geography import load_areas
from data.periods import parse_period

PROVINCES = View(level="provinces", overlays=OVERLAYS)


REPORTS = View(
    level="provinces", period=parse_period("2022", "police"), area_measure="smr", overlays=()
)


def test_police_reports_are_shown_by_province() -> None:
    """Fill, outline of what is beyond the expected, unplaced reports and kappa told; all drawn."""
    state, say = REPORTS, words("es")
    script = layer_script_for("areas", state)
    assert len(set(re.findall(r"area area-(\d{4}) fill-", script))) == 196
    assert script.count("outline-above") == 1
    assert "area-1501 fill-missing" in script
    assert len(gzip.compress(script.encode(), 6)) < 150_000
    legend = legend_for(state, say)
    counted = re.findall(r"\d+", say("area.unplaced", count="8"))
    assert say("area.unplaced", count=counted[0]) in legend
    assert say("area.waves") in legend
    assert say("area.without_outline.provinces", count="").rstrip(". ") not in legend
    (address,) = [
        layer_address["url"]
        for layer_address in layer_addresses(state)
        if layer_address["key"] == "areas"
    ]
    assert "registry=police&period=2022" in address
    ranked = ranking_data(state, say)
    assert len(ranked["rows"]) == 196
    espinar = next(row for row in ranked["rows"] if row["code"] == "0808")
    assert espinar["cells"][1]["text"] == "34"
    assert [row["code"] for row in ranked["rows"] if not row["ranked"]] == ["1501"]


@pytest.mark.parametrize("link", [{}, {"registry": "police", "period": "2024"}])
def test_what_nobody_publishes_by_province_is_outlines_and_a_sentence(link: dict[str, str]) -> None:
    view = View.from_link({"lang": "en", "level": "provinces", "area": "smr"} | link)
    say, script = words("en"), layer_script_for("areas", view)
    assert view.problems == ()
    assert script.count("fill-quiet") == len(load_areas("provinces"))
    assert no_reports(view, say) in legend_for(view, say)
    rows = ranking_data(view, say)["rows"]
    assert [row["code"] for row in rows] == sorted(f"{code:02d}" for code in range(1, 26))


def test_a_year_without_provinces_says_who_publishes_them_and_when() -> None:
    """The police publish by province, though not these months: nobody says the prosecutors do."""
    link = {"lang": "en", "registry": "police", "period": "2025-01/2025-09", "level": "provinces"}
    text = no_reports(View.from_link(link), words("en"))
    assert text == (
        "There are no reports by province for January to September 2025. "
        "The police publish them by province for 2017 to 2022 only."
    )


def test_density_is_of_the_smallest_unit_and_says_so() -> None:
    """Police complaints of 2022 from provinces, of 2024 from departments."""
    say = words("es")
    state = View(period=parse_period("2022", "police"), measure="count", overlays=("density",))
    assert "density" in shown_layers(state)
    assert say("density.modelled.provinces", count="8") in legend_for(state, say)
    assert say("density.modelled") in legend_for(
        state.changed(period=parse_period("2024", "police")), say
    )


def test_reports_have_no_layer_below_the_department() -> None:
    assert available_levels() == ("departments", "provinces")
    keys = shown_layers(PROVINCES)
    assert keys[:2] == ("departments", "areas")
    assert not {"regions", "density"} & set(keys)
    assert {"mining", "routes", "names"} <= set(keys)
    assert "mining" not in shown_layers(PROVINCES.changed(area_measure="mined"))
    (address,) = [item["url"] for item in layer_addresses(PROVINCES) if item["key"] == "areas"]
    assert re.match(r"/layers/areas\.js\?lang=es&level=provinces&area=people&v=", address)


@pytest.mark.parametrize(("measure", "lang"), [*zip(AREA_MEASURES, LANGUAGES * 2, strict=True)])
def test_every_measure_below_the_department(measure: str, lang: str) -> None:
    state = PROVINCES.changed(area_measure=measure, lang=lang)
    script = layer_script_for("areas", state)
    assert len(set(re.findall(r"area area-(\d{4}) fill-", script))) == 196
    say = words(lang)
    legend = legend_for(state, say)
    assert no_reports(state, say) in legend
    assert say("verdict.above") not in legend
    assert say("legend.density") not in legend


def test_a_figure_is_the_tables_and_not_the_polygons() -> None:
    frame = load_areas("provinces").set_index("area_ubigeo", drop=False)
    people_of, mined_of = (PROVINCES.changed(area_measure=name) for name in ("people", "mined"))
    for code in ("1701", "0101", "1501"):
        people = words("en").number(frame.loc[code, "population"])
        line = area_line(frame.loc[code].to_dict(), people_of, words("en"))
        assert line == f"{people} people, 2025"
    hectares = words("en").number(frame.loc["1701", "mined_ha"])
    mined = {
        code: area_line(frame.loc[code].to_dict(), mined_of, words("en"))
        for code in ("1701", "1501", "2201")
    }
    assert mined["1701"] == f"{hectares} ha with mining detected"
    assert mined["1501"] == "none detected, or not monitored"
    assert mined["2201"].endswith("ha doubtful, not counted")


def test_the_file_of_a_level_stands_alone() -> None:
    """One HTML file; without scripts a still picture of the areas."""
    assert "INEI 2017, PaulESantos/perugeopkg, CC BY-SA 4.0" in attribution(words("en"))
    html = standalone_document(PROVINCES.changed(lang="en", area_measure="per_km2"))
    assert 'window.atlas.put("areas"' in html
    assert 'window.atlas.put("regions"' not in html
    still = html[html.index("<noscript>") : html.index("</noscript>")]
    assert still.count("<path") > 196
    assert "People per km" in still
