"""Mapa and Método in both languages: links, controls, faults."""

import html
import json
import re
import shutil

import pytest

from atlas.map.page_table import LISTED, ranking_data
from atlas.method.page import offered_tables
from atlas.results.regions import results_for
from atlas.view import AREA_MEASURES, MEASURES, View
from atlas.words import LANGUAGES, words
from data.catalogue import PACKAGE_FILE
from data.catalogue import ROOT as DATA
from data.periods import REGISTRIES, parse_period
from tests.atlas.pages.conftest import (
    card_of,
    choose_period,
    controls,
    data_of,
    faults_of,
    link_of,
    panel_of,
    switched_on,
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_method_in_every_language(show, lang):
    app, say = show("metodo", lang=lang), words(lang)
    assert not faults_of(app)
    assert app.title[0].value == say("nav.method")
    assert len(app.dataframe[0].value) >= 25
    tables = app.selectbox(key="method_table")
    assert len(tables.options) == len(offered_tables()) >= 20
    tables.select_index(7).run()
    assert not app.exception
    assert app.query_params["table"] == offered_tables()[7]


def test_a_link_is_taken_over_whole_and_a_language_changes_words_only(show):
    query = {"lang": "en", "period": "2007-01/2014-04", "measure": "rate"}
    query |= {"layers": "zones-density", "bw": "60", "dep": "08"}
    app = show(**query)
    assert not faults_of(app)
    assert controls(app)["map_measure"] == "rate"
    assert app.session_state["map_held"].view.period.code == query["period"]
    assert switched_on(app) == {"noreports", "zones", "density"}
    assert app.selectbox(key="map_bandwidth").value == 60
    assert data_of(app, "atlas_map")["selected"] == "08"
    assert link_of(app) == query
    app.button_group(key="map_measure").set_value("count")
    choose_period(app, "2019")
    assert not app.exception
    assert controls(app)["map_measure"] == "count"  # and the density stays
    assert switched_on(app) == {"noreports", "zones", "density"}
    assert (app.query_params["measure"], app.query_params["period"]) == ("count", "2019")
    regions = next(item for item in data_of(app, "atlas_map")["layers"] if item["key"] == "regions")
    assert "measure=count" in regions["url"]
    assert "period=2019" in regions["url"]
    assert data_of(app, "atlas_table")["sort"] == "count"
    before = controls(app)
    app.button_group(key="language").set_value("es").run()
    assert not app.exception
    assert {**controls(app), "language": "en"} == before
    assert data_of(app, "atlas_map")["title"] == words("es")("map.frame_title")
    assert app.query_params["dep"] == "08"


def test_unknown_codes_are_named_and_never_repeated(show):
    wrong = {
        "measure": "<script>evil77</script>",
        "layers": "evil77-mining",
        "bw": "[evil77](javascript:alert(1))",
        "lang": "evil77" * 30,
    }
    app = show(period="2021", second="period:evil77,measure:rate", **wrong)
    assert not app.exception
    (warning,) = app.warning
    for name in (*wrong, "second:period"):
        assert f"«{name}»" in warning.value
    assert "evil77" not in str(app.main)
    assert "<article" in card_of(app)
    assert controls(app)["map_second_measure"] == "rate"
    assert "evil77" not in str(link_of(app))


def test_the_police_have_links_cards_and_caveats_of_their_own(show):
    """Madre de Dios 2024: 24.7 times; months too; Lima's note is the table's, said once."""
    app = show(lang="es", registry="police", period="2024", dep="17", base="offences")
    assert not faults_of(app)
    card = html.unescape(card_of(app))
    assert tuple(re.findall(r"<b>([^<]*)</b><span>", card)[:2]) == ("66", "24.7")
    assert (link_of(app)["registry"], "base" in link_of(app)) == ("police", False)
    assert "map_base" not in controls(app)
    assert "registry=police" in json.dumps(data_of(app, "atlas_map")["layers"])
    timeline = data_of(app, "atlas_timeline")
    assert (timeline["registry"], timeline["chosen"]) == ("police", ["2024"])
    choose_period(app, "2024-03/2024-08", "police")
    assert not app.exception
    assert app.query_params["period"] == "2024-03/2024-08"
    timeline = data_of(app, "atlas_timeline")
    assert (timeline["view"], len(timeline["chosen"])) == ("month", 6)
    assert sum(bar["gap"] == words("es")("timeline.no_months") for bar in timeline["bars"]) == 12
    app.button(key="card_close").click().run()
    (note,) = [one for one in REGISTRIES["police"].notes if one["area_ubigeo"] == "15"]
    assert html.unescape(card_of(app)).count(note["reason_es"]) == 1


def test_the_base_of_the_ratio_changes_map_card_table_and_address(show):
    """A period without offences is shown by residents: the control is off and a note says why."""
    app, say = show(lang="en", dep="21", period="2023"), words("en")
    assert say("verdict.unremarkable.sentence") in card_of(app)
    app.button_group(key="map_base").set_value("offences").run()
    assert not app.exception
    assert app.query_params["base"] == "offences"
    regions = next(item for item in data_of(app, "atlas_map")["layers"] if item["key"] == "regions")
    assert "base=offences" in regions["url"]
    ratios = results_for(parse_period("2023"), "offences")["smr"].tolist()
    assert [row["cells"][2]["sort"] for row in data_of(app, "atlas_table")["rows"]] == ratios
    assert say("verdict.above.sentence.offences") in html.unescape(card_of(app))
    choose_period(app, "2007-01/2014-04")
    assert [item.value for item in app.info] == [say("base.absent", year="2019")]
    off = app.button_group(key="map_base_off")
    assert (off.disabled, off.value) == (True, "people")
    assert "base" not in link_of(app)
    assert "offences" not in json.dumps(data_of(app, "atlas_map")["layers"])


@pytest.mark.parametrize("page", ["mapa", pytest.param("metodo", marks=pytest.mark.slow)])
def test_a_changed_byte_becomes_a_clear_message(show, data_folder, tmp_path, page):
    shutil.copytree(DATA / "tables", tmp_path / "tables")
    shutil.copy(DATA / PACKAGE_FILE, tmp_path)
    path = tmp_path / "tables" / "complaints.csv"
    path.write_bytes(path.read_bytes().replace(b",301,", b",302,", 1))
    data_folder(tmp_path)
    app = show(page, lang="es", period="2007-01/2014-04")
    assert not app.exception
    assert words("es")("error.data") in [item.value for item in app.error]
    assert "complaints.csv" in " ".join(item.value for item in app.text)
    assert str(tmp_path) not in str(app)
    assert "Traceback" not in str(app)


def test_a_link_to_a_level_that_is_not_there_says_so(show):
    app = show(level="districts", lang="es")
    assert not app.exception
    assert [box.value for box in app.info] == [words("es")("level.absent.districts")]
    assert len(app.button_group(key="map_level").options) == 2


def test_police_reports_are_offered_by_province(show):
    app = show(level="provinces", area="rate", registry="police", period="2021", lang="es")
    assert not faults_of(app)
    assert len(app.button_group(key="map_level").options) == 2
    offered = app.button_group(key="map_area_measure").options
    assert len(offered) == len((*MEASURES, *AREA_MEASURES))
    assert "map_measure" not in controls(app)
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


def test_the_table_lists_areas():
    say, provinces = words("es"), View(level="provinces")
    country = ranking_data(provinces, say)
    assert len(country["rows"]) == LISTED
    assert country["rows"][0]["code"] == "1501"
    assert country["note"].startswith(f"Las {LISTED} mayores")
    own = ranking_data(provinces.changed(department="17", area_measure="mined"), say)
    assert {row["code"] for row in own["rows"]} == {"1701", "1702", "1703"}
    assert say("area.mined.none") in own["note"]
    assert own["rows"][0]["cells"][2]["sort"] > own["rows"][1]["cells"][2]["sort"]
    lima = ranking_data(provinces.changed(department="15", area_measure="mined"), say)
    assert {row["cells"][2]["text"] for row in lima["rows"]} == {"–"}
    assert not any(row["ranked"] for row in lima["rows"])
