"""Two maps side by side: what is outlined on them and where nothing is, and what each says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.map.page_maps import second_in
from atlas.results.regions import results_for
from atlas.results.two_maps import answer_lines, change_of, obstacle_of, second_at_first
from atlas.results.years import change_for
from atlas.view import View
from atlas.words import LANGUAGES, words
from data.periods import REGISTRIES, comparable_with, parse_period, periods_of
from geo.errors import UserError
from tests.atlas.pages.conftest import card_of, controls, data_of, panel_of
from tests.parsed_html import Element, parse

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
    """Arequipa alone rose from 2020 to 2021, from 0.6 to 2.2 times the expected."""
    table = change_of(pair(f"period={first}", f"period:{second},measure:rate"))
    assert table is not None
    assert list(table.loc[table["verdict"] == "rose", "department"]) == ["Arequipa"]
    assert set(table["verdict"]) == {"rose", "unremarkable"}
    ratios = [
        results_for(parse_period(year)).set_index("department_ubigeo").loc["04", "smr"]
        for year in ("2020", "2021")
    ]
    assert [round(ratio, 1) for ratio in ratios] == [0.6, 2.2]


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
        ("period=2022", "registry:police", "registry", "Fiscalía y Policía cuentan cosas"),
        ("period=2023", "period:2007-01/2014-04", "registry", "Observatorio"),
        ("period=2022", "period:2019,base:offences", "base", "por delitos denunciados"),
        ("period=2022", "period:2019,level:provinces", "level", "departamentos y el otro por prov"),
        ("registry=police&period=2022&level=provinces&area=smr", "period:2019", "below", "se mide"),
        ("period=2022", "period:2022,measure:rate", "same", "mismo periodo"),
        ("period=2021", "period:2019+2021+2023", "overlap", "3 años y 2021 tienen meses en común"),
        ("registry=police&period=2024", "period:2025-01/2025-09", "late", "2025 ene–set se"),
        ("period=2023", "period:2025-01/2025-11", "months", "2023 y 2025 ene–nov no cubren"),
        ("period=2023&layers=noreports", "period:2019", "no_reports", "no están en el mapa"),
    ],
)
def test_a_line_says_why_nothing_is_outlined(query, second, obstacle, says):
    view = pair(query, second)
    assert obstacle_of(view) == obstacle
    assert change_of(view) is None
    answer, notes = answer_lines(view, words("es"))
    assert answer.startswith("No se marca ningún cambio: ")
    assert says in answer
    assert answer_lines(view, words("en"))[0].startswith("No change is marked: ")
    if obstacle == "registry":
        units = [one.period.unit for one in (view, view.second) if one]
        assert all(words("es")(f"unit.{unit}.plural") in notes[0] for unit in units)


@given(st.sampled_from(ALL), st.sampled_from(ALL))
@settings(deadline=None, max_examples=60)
def test_a_change_is_shown_just_where_the_command_gives_one(first, second) -> None:
    view = View(period=first, second=View(period=second))
    before, after = sorted((first, second), key=lambda period: period.start)
    try:
        expected = change_for(before, after)
    except UserError:
        expected = None
    table = change_of(view)
    assert (table is None) == (expected is None)
    if table is not None and expected is not None:
        assert list(table["verdict"]) == list(expected["verdict"])
    assert all(answer_lines(view, words(lang))[0] for lang in LANGUAGES)


def test_the_second_map_opens_on_what_can_be_compared() -> None:
    opened = {
        (one.registry_code, one.code): second_at_first(View(period=one)).period for one in ALL
    }
    assert (opened["mpfn", "2023"].code, opened["mpfn", "2019"].code) == ("2019", "2023")
    assert opened["mpfn", "2025-01/2025-11"].code == "2023"
    assert opened["police", "2025-01/2025-09"].code == "2024"
    provinces = {"registry": "police", "period": "2018", "level": "provinces", "area": "rate"}
    assert second_at_first(View.from_link(provinces)).period.code == "2022"
    for one in ALL:
        if offered := comparable_with(one):
            assert opened[one.registry_code, one.code] in offered


def test_one_button_opens_and_closes_the_second_map(show) -> None:
    app, say = show(period="2021", dep="04"), words("es")
    alone = data_of(app, "atlas_map")
    assert "second" not in alone
    app.button(key="second_map").click().run()
    assert app.query_params["second"] == "period:2019"
    shown = data_of(app, "atlas_map")
    assert shown["layers"] == alone["layers"]
    assert "period=2019" in shown["second"]["layers"][0]["url"]
    assert shown["second"]["selected"] == shown["selected"] == "04"
    app.button_group(key="map_second_measure").set_value("verdict").run()
    assert "measure=verdict" in data_of(app, "atlas_map")["second"]["layers"][0]["url"]
    assert controls(app)["map_measure"] == "smr"
    assert app.button(key="second_map").label == say("two.close")
    app.button(key="second_map").click().run()
    assert data_of(app, "atlas_map")["layers"] == alone["layers"]
    assert "second" not in data_of(app, "atlas_map")


def test_each_map_says_whose_it_is_and_one_scale_has_one_legend(show) -> None:
    app = show(period="2023", second="registry:police,period:2022")
    data = data_of(app, "atlas_map")
    (answer,) = [one.value for one in app.get("html") if 'class="two-maps"' in one.value]
    line = parsed(answer).one("p", class_="answer").text
    assert line.startswith("No se marca ningún cambio: Fiscalía y")
    titles = [parsed(head).one("strong").text for head in data["heads"]]
    assert titles == ["Fiscalía, 2023: delitos denunciados", "Policía, 2022: denuncias policiales"]
    scale = parsed(data["shared"]).one("svg", class_="scale")
    assert scale.attributes["aria-label"].startswith("Veces lo esperado: 0.5")
    assert not any(parsed(head).all("svg", class_="scale") for head in data["heads"])
    assert data["changes"] == data["second"]["changes"] == []
    assert 'svg class="scale"' not in panel_of(app)
    assert "2023" in card_of(app)

    app = show(lang="en", period="2021", second="period:2020,measure:verdict")
    data = data_of(app, "atlas_map")
    assert data["shared"] == ""
    scales = [parsed(head).one("svg", class_="scale") for head in data["heads"]]
    assert [len(scale.all("rect")) for scale in scales] == [7, 3]
    assert all("rose more than is common" in parsed(head).text for head in data["heads"])
    assert [code for code, _ in data["changes"]] == ["04"]
    assert data["changes"] == data["second"]["changes"]
