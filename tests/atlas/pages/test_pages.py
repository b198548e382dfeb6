"""Mapa, alone and as two maps side by side, and Método: links, controls, faults, changes."""

import html
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.map.page_maps import second_in
from atlas.map.page_table import LISTED, ranking_data
from atlas.map.places import places
from atlas.method.page import offered_tables
from atlas.results.areas import filter_text
from atlas.results.figures import card_sentence, figures_for
from atlas.results.help_places import district_line
from atlas.results.regions import results_for
from atlas.results.two_maps import (
    answer_lines,
    change_of,
    obstacle_of,
    two_at_first,
)
from atlas.results.years import change_for
from atlas.view import AREA_MEASURES, MEASURES, View
from atlas.web.session import MAP
from atlas.words import LANGUAGES, words
from data.comparing import comparable_with, first_periods
from data.context import mining_span
from data.periods import REGISTRIES, parse_in, parse_period, periods_of
from geo.errors import UserError
from tests.atlas.pages.conftest import (
    card_of,
    choose_period,
    controls,
    data_of,
    faults_of,
    html_of,
    link_of,
    panel_of,
    switched_on,
    text_of,
)
from tests.parsed_html import Element, parse
from tests.spoilt_data import faulty_data


def test_the_method_offers_every_table(show):
    app, say = show("metodo", lang="es"), words("es")
    assert not faults_of(app)
    assert app.title[0].value == say("nav.method")
    (catalogue,) = [
        element.value for element in app.get("html") if "files catalogue" in element.value
    ]
    assert catalogue.count("<tr>") >= 25 + 1
    newer = next(
        element.value for element in app.get("html") if 'class="newer-files"' in element.value
    )
    assert mining_span()[1] in newer, "a quarter is no month"
    tables = app.selectbox(key="method_table")
    assert len(tables.options) == len(offered_tables()) >= 20
    tables.select_index(7).run()
    assert not app.exception
    assert app.query_params["table"] == offered_tables()[7]


def test_the_method_writes_data_as_words_into_its_markdown(show, data_folder, hostile_data):
    """A name or a reason of a table is no picture, no link and no emphasis there."""
    data_folder(hostile_data)
    app = show("metodo", lang="es")
    assert not faults_of(app)
    texts = [element.value for element in app.markdown if "window.P" in element.value]
    assert any("\\!\\[i\\]" in text for text in texts)
    assert not [text for text in texts if re.search(r"(?<!\\)\[[ij]", text)]


def test_a_link_is_taken_over_whole_and_a_language_changes_words_only(show):
    query = {"lang": "en", "period": "2007-01/2014-04", "measure": "rate"}
    query |= {"layers": "zones-density", "bw": "60", "dep": "08"}
    app = show(**query)
    assert not faults_of(app)
    assert controls(app)["map_measure"] == "rate"
    assert app.session_state["map_state"].view.period.code == query["period"]
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
    """Madre de Dios 2024: 24.4 times; months too; Lima's note is the table's, said once."""
    app = show(lang="es", registry="police", period="2024", dep="17", base="offences")
    assert not faults_of(app)
    card = html.unescape(card_of(app))
    assert tuple(re.findall(r"<b>([^<]*)</b><span>", card)[:2]) == ("66", "24.4")
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
    (note,) = [
        lima_note for lima_note in REGISTRIES["police"].notes if lima_note["area_ubigeo"] == "15"
    ]
    assert html.unescape(card_of(app)).count(note["reason_es"]) == 1


def test_the_base_of_the_ratio_changes_map_card_table_and_address(show):
    """A period without offences is shown by residents: the control is off and a note says why."""
    app, say = show(lang="en", dep="21", period="2023", open="sure"), words("en")
    period = parse_period("2023")
    assert card_sentence(figures_for(period)["21"], say) in text_of(app)
    app.button_group(key="map_base").set_value("offences").run()
    assert not app.exception
    assert app.query_params["base"] == "offences"
    regions = next(item for item in data_of(app, "atlas_map")["layers"] if item["key"] == "regions")
    assert "base=offences" in regions["url"]
    ratios = results_for(parse_period("2023"), "offences")["smr"].tolist()
    assert [row["cells"][2]["sort"] for row in data_of(app, "atlas_table")["rows"]] == ratios
    assert say("verdict.above.sentence.offences") in text_of(app)
    choose_period(app, "2007-01/2014-04")
    assert [item.value for item in app.info] == [say("base.absent", year="2019")]
    off = app.button_group(key="map_base_off")
    assert (off.disabled, off.value) == (True, "people")
    assert "base" not in link_of(app)
    assert "offences" not in json.dumps(data_of(app, "atlas_map")["layers"])


@pytest.mark.parametrize("page", ["mapa", pytest.param("metodo", marks=pytest.mark.slow)])
def test_figures_that_miss_their_total_become_a_clear_message(show, data_folder, tmp_path, page):
    data_folder(faulty_data(tmp_path))
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
    assert app.session_state["map_state"].view.area_measure == "rate"
    assert app.info[0].value.startswith("De 2024 no hay reportes por provincia. La Policía los")
    app.segmented_control(key="map_area_measure").set_value("people").run()
    assert not app.info


def test_a_filter_is_made_and_unmade_on_the_page(show):
    """Two conditions of a stranger's question, then one away; the address follows."""
    app = show(level="provinces", area="illegal", lang="es")
    app.session_state["map_filter"] = True
    app.run()
    for field, value in (("likely_illegal_ha", 100), ("mined_km_to_cem", 30)):
        app.selectbox(key="map_filter_field").set_value(field)
        app.selectbox(key="map_filter_operator_6").set_value(">=")
        app.number_input(key="map_filter_value").set_value(value).run()
        app.button(key="map_filter_add").click().run()
    assert not faults_of(app)
    view = app.session_state["map_state"].view
    assert view.where == ("likely_illegal_ha>=100", "mined_km_to_cem>=30")
    assert filter_text(view, words("es")) in panel_of(app)
    assert len(data_of(app, "atlas_table")["rows"]) == 4
    assert len(data_of(app, "atlas_map")["dimmed"]) == 192
    app.button(key="map_filter_mined_km_to_cem>=30").click().run()
    assert app.session_state["map_state"].view.where == ("likely_illegal_ha>=100",)
    assert len(data_of(app, "atlas_table")["rows"]) == 9


def test_the_table_lists_areas():
    say, provinces = words("es"), View(level="provinces")
    country = ranking_data(provinces, say)
    assert len(country["rows"]) == LISTED
    assert country["rows"][0]["code"] == "1501"
    assert country["note"].startswith(f"Estas son las {LISTED} mayores")
    own = ranking_data(provinces.changed(department="17", area_measure="mined"), say)
    assert {row["code"] for row in own["rows"]} == {"1701", "1702", "1703"}
    assert say("area.mined.none") in own["note"]
    assert own["rows"][0]["cells"][2]["sort"] > own["rows"][1]["cells"][2]["sort"]
    lima = ranking_data(provinces.changed(department="15", area_measure="mined"), say)
    assert {row["cells"][2]["text"] for row in lima["rows"]} == {"–"}
    assert not any(row["ranked"] for row in lima["rows"])


ALL = [period for registry in REGISTRIES.values() for period in periods_of(registry)]


def parsed(html: str) -> Element:
    return parse(html.encode())


def pair(query: str, second: str) -> View:
    """The view of a link with a second map."""
    asked = dict(part.split("=") for part in query.split("&"))
    view = View.from_link(asked | {"second": second})
    assert view.problems == ()
    return view


@pytest.mark.parametrize(("first", "second"), [("2020", "2021"), ("2021", "2020")])
def test_what_changed_is_outlined_whichever_map_is_the_earlier(first: str, second: str) -> None:
    """Arequipa alone rose from 2020 to 2021, from 0.6 to 2.1 times the expected."""
    table = change_of(pair(f"period={first}", f"period:{second},measure:rate"))
    assert table is not None
    assert list(table.loc[table["verdict"] == "rose", "department"]) == ["Arequipa"]
    assert set(table["verdict"]) == {"rose", "unremarkable"}
    ratios = [
        results_for(parse_period(year)).set_index("department_ubigeo").loc["04", "smr"]
        for year in ("2020", "2021")
    ]
    assert [round(ratio, 1) for ratio in ratios] == [0.6, 2.1]


def test_another_registry_is_put_beside_the_same_year():
    """Police beside prosecutors' 2022 opens on 2022; a year chosen there afterwards holds."""
    view = pair("period=2022", "period:2019")
    police = parse_period("2019", "police")
    beside = second_in(view, police)
    assert beside.period == parse_period("2022", "police")
    assert second_in(view.changed(second=beside), police).period == police


@pytest.mark.parametrize(
    ("query", "second", "obstacle", "says"),
    [
        ("period=2022", "registry:police", "registry", "Fiscalía, delitos denunciados, y Policía"),
        ("period=2023", "period:2007-01/2014-04", "registry", "Observatorio"),
        ("period=2022", "period:2019,base:offences", "areas", "la misma base"),
        ("period=2022", "period:2019,level:provinces", "areas", "por departamentos"),
        (
            "registry=police&period=2022&level=provinces&area=smr",
            "period:2019",
            "areas",
            "provincias",
        ),
        ("period=2022", "period:2022,measure:rate", "period", "dos periodos"),
        ("period=2021", "period:2019+2021+2023", "period", "sin meses en común"),
        ("registry=police&period=2024", "period:2025-01/2025-09", "late", "2025 ene–set se"),
        ("period=2023", "period:2025-01/2025-11", "period", "los mismos meses"),
        ("period=2023&layers=noreports", "period:2019", "areas", "mapas de reportes"),
    ],
)
def test_a_line_says_why_nothing_is_outlined(query, second, obstacle, says):
    view = pair(query, second)
    assert obstacle_of(view) == obstacle
    assert change_of(view) is None
    answer, _ = answer_lines(view, words("es"))
    assert answer.startswith("No se muestra ningún cambio")
    assert says in answer
    assert answer_lines(view, words("en"))[0].startswith("No change is shown")
    if obstacle == "registry":
        units = [shown_view.period.unit for shown_view in (view, view.second) if shown_view]
        assert all(words("es")(f"unit.{unit}.plural") in answer for unit in units)


@given(st.sampled_from(ALL), st.sampled_from(ALL))
@settings(max_examples=60)
def test_a_change_is_shown_just_where_the_command_gives_one(first, second) -> None:
    view = View(period=first, second=View(period=second))
    before, after = sorted((first, second), key=lambda period: period.start)
    try:
        expected = change_for(before, after)
    except UserError:
        expected = None
    table = change_of(view)
    assert (table is None) == (expected is None)
    assert (table is None) == answer_lines(view, words("en"))[0].startswith("No change is shown")
    if table is not None and expected is not None:
        assert list(table["verdict"]) == list(expected["verdict"])
    assert all(answer_lines(view, words(lang))[0] for lang in LANGUAGES)


def test_the_second_map_opens_on_what_can_be_compared() -> None:
    def opened(view: View) -> list[str]:
        both = two_at_first(view)
        return [side.period.code for side in (both, both.second) if side]

    def of(registry: str, code: str) -> list[str]:
        return opened(View(period=parse_in(REGISTRIES[registry], code)))

    assert (of("mpfn", "2023"), of("mpfn", "2019")) == (["2023", "2019"], ["2019", "2023"])
    # a part of a year has no other beside it: the newest whole year, and the farthest from it
    assert of("mpfn", "2025-01/2025-11") == ["2023", "2019"]
    assert of("police", "2025-01/2025-09") == ["2024", "2017"]
    provinces = {"registry": "police", "period": "2018", "level": "provinces", "area": "rate"}
    assert opened(View.from_link(provinces)) == ["2018", "2022"]
    for period in ALL:
        both = two_at_first(View(period=period))
        if offered := comparable_with(period):
            assert both.period == period
            assert both.second.period in offered
        if first_periods(period.registry_code):
            assert obstacle_of(both) == ""


def test_one_button_opens_and_closes_the_second_map(show) -> None:
    app, say = show(period="2021", dep="04"), words("es")
    alone = data_of(app, "atlas_map")
    assert "second" not in alone
    app.button(key="second_map").click().run()
    assert app.query_params["second"] == "period:2021"
    shown = data_of(app, "atlas_map")
    assert shown["second"]["layers"] == alone["layers"]
    assert "period=2019" in shown["layers"][0]["url"]
    assert shown["second"]["selected"] == shown["selected"] == "04"
    app.button_group(key="map_second_measure").set_value("verdict").run()
    assert "measure=verdict" in data_of(app, "atlas_map")["second"]["layers"][0]["url"]
    assert controls(app)["map_measure"] == "smr"
    assert app.button(key="second_map").label == say("two.close")
    app.button(key="second_map").click().run()
    # neither period was changed meanwhile: the reader's own stays, though it stood right
    assert data_of(app, "atlas_map")["layers"] == alone["layers"]
    assert "second" not in data_of(app, "atlas_map")
    app.button(key="second_map").click().run()
    choose_period(app, "2020")
    assert "2020" in app.button(key="second_map").help  # what stays
    app.button(key="second_map").click().run()
    assert "period=2020" in data_of(app, "atlas_map")["layers"][0]["url"]


def test_each_map_says_whose_it_is_and_one_scale_has_one_legend(show) -> None:
    app = show(period="2023", second="registry:police,period:2022")
    data = data_of(app, "atlas_map")
    (answer,) = [
        element.value for element in app.get("html") if 'class="two-maps"' in element.value
    ]
    line = parsed(answer).only("p", class_="answer").text
    assert line.startswith("No se muestra ningún cambio, porque cada registro cuenta en su unidad")
    titles = [parsed(head).only("strong").text for head in data["heads"]]
    assert titles == ["Fiscalía, 2023: delitos denunciados", "Policía, 2022: denuncias policiales"]
    scale = parsed(data["shared"]).only("svg", class_="scale")
    assert scale.attributes["aria-label"].startswith("Veces lo esperado: 0.5")
    assert not any(parsed(head).all("svg", class_="scale") for head in data["heads"])
    assert data["changes"] == data["second"]["changes"] == []
    assert 'svg class="scale"' not in panel_of(app)
    assert "2023" in card_of(app)

    app = show(lang="en", period="2021", second="period:2020,measure:verdict")
    data = data_of(app, "atlas_map")
    assert data["shared"] == ""
    scales = [parsed(head).only("svg", class_="scale") for head in data["heads"]]
    assert [len(scale.all("rect")) for scale in scales] == [7, 3]
    assert all("rose more than is common" in parsed(head).text for head in data["heads"])
    assert [code for code, _ in data["changes"]] == ["04"]
    assert data["changes"] == data["second"]["changes"]

    def notes(measure: str) -> int:
        shown = data_of(show(period="2023", measure=measure, second="period:2022"), "atlas_map")
        return sum(
            words("es")("two.figures") in text for text in (shown["shared"], *shown["heads"])
        )

    # only of a ratio a figure is written where it is beyond the expected
    assert (notes("smr"), notes("rate"), notes("count")) == (1, 0, 0)


def test_a_search_says_what_it_changed_and_is_undone(show) -> None:
    """Tambopata by name: the police, by province; back to the year, level and registry before."""
    app = show(period="2023")
    before = app.session_state["map_state"].view
    app.session_state["map_state"].moved_from = before
    app.session_state["map_state"].view = View(
        period=parse_period("2022", "police"), level="provinces", department="17", province="1701"
    )
    app.session_state[MAP.key("level")] = "provinces"
    app.run()
    app.button(key="search_undo").click().run()
    after = app.session_state["map_state"].view
    assert (after.period, after.level, after.province) == (before.period, before.level, None)


def test_provinces_say_that_the_map_moved_to_another_registry(show) -> None:
    """A press on Provincias from the prosecutors; the sentence goes with the next choice."""
    app, say = show(period="2023"), words("es")
    moved = say("search.changed", last="2022", period="2022")
    assert moved not in html_of(app)
    level = next(c for c in app.get("button_group") if c.key.endswith("level"))
    level.set_value("provinces").run()
    assert moved in html_of(app)
    app.session_state["map_state"].change(period=parse_period("2021", "police"))
    app.run()
    assert moved not in html_of(app)


def test_a_searched_district_says_whose_card_is_open(show) -> None:
    """And no longer once another department is chosen; before it its residents and offices."""
    (code,) = (code for code, place in places().items() if place.names[0] == "Huepetuhe")
    sentence = words("es")("search.below", name="Huepetuhe", department="Madre de Dios")
    app = show(dep="17")
    app.session_state["map_state"].searched = code
    app.run()
    assert sentence in html_of(app)
    assert f"{district_line(code, words('es'))} {sentence}" in html_of(app)
    app.session_state["map_state"].change(department="08")
    app.run()
    assert sentence not in html_of(app)
