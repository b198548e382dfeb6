"""Card and table: the numbers are the results', the words are only words."""

import html
import re
from urllib.parse import parse_qsl

import pytest

from atlas.map.page_card import card_html, card_part
from atlas.map.page_table import ranking_data
from atlas.results.card import quotes
from atlas.results.compare import compared_beside, most_alike
from atlas.results.derivation import derivation_of
from atlas.results.figures import figures_for, verdict_text
from atlas.results.history import (
    change_answer,
    history,
)
from atlas.results.regions import department_name, results_for
from atlas.results.sentences import ratio_text
from atlas.results.story import AreaStory, CountryStory
from atlas.results.years import changes_between
from atlas.view import MEASURES, View
from atlas.words import words
from data.geography import mining_by_area
from data.periods import parse_period
from data.population import load_census
from tests.atlas.pages.conftest import card_of, data_of, given_to, link_of, text_of
from tests.parsed_html import parse


def figures(card: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<b>(.*?)</b><span>", card)]


@pytest.mark.parametrize("period", ["2007-01/2014-04", "2022", "2025-01/2025-11", "2019+2021+2023"])
def test_the_country_adds_up(period):
    say, results = words("en"), results_for(parse_period(period))
    card = card_html(View(lang="en", period=parse_period(period)), say)
    assert figures(card)[0] == say.number(results["reported_count"].sum())
    assert say(f"period.{period}.short") in card
    above = results[results["verdict"] == "above"].sort_values("smr", ascending=False)
    names = [
        f"{row.department} ({'' if number else 'margin: '}"
        f"{ratio_text(row.smr_low, say)}–{ratio_text(row.smr_high, say)})"
        for number, row in enumerate(above.itertuples())
    ]
    assert say("card.country.names", names=say.list(names)) in html.unescape(card)
    view = View(lang="en", period=parse_period(period))
    sources = card_part(view, CountryStory(view.period), "missing", say)
    (rate,) = re.findall(r"= ([\d.]+)</strong>", sources.split(say("derivation.rate"))[1])[:1]
    # reports are missing, or of fewer months
    out = {"2022": ["Lima"], "2025-01/2025-11": ["Pasco", "Piura"]}.get(period, [])
    results = results[~results["department"].isin(out)]
    assert float(rate) == pytest.approx(
        1e5 * results["reported_count"].sum() / results["person_years"].sum(), abs=0.051
    )


def test_who_counts_jaen_is_on_both_cards():
    """Both cards have the sentence word for word, with the census's residents."""
    people = load_census("provinces").set_index("province_ubigeo")["residents"]
    moved, say = people[["0606", "0608", "0609"]].sum(), words("es")
    share = say.percent(moved / people[people.index.str[:2] == "06"].sum())
    sentences = {
        "06": "Los reportes de Cutervo, Jaén y San Ignacio se cuentan fuera de su distrito fiscal,"
        f" por descarte en Lambayeque, sin confirmar. Allí viven {moved:,} habitantes (2025), el"
        f" {share} de Cajamarca. La tasa y las veces lo esperado, por habitantes, sí incluyen a"
        " esos habitantes.",
        "14": "Por descarte se cuentan aquí, sin confirmar, los reportes de Cutervo, Jaén y San"
        f" Ignacio (Cajamarca), con {moved:,} habitantes en 2025.",
    }
    for code, sentence in sentences.items():
        view = View(lang="es", period=parse_period("2023"), department=code)
        assert html.unescape(card_html(view, say)).count(f">{sentence}</p>") == 1
        of_police = view.changed(period=parse_period("2023", "police"))
        assert sentence not in html.unescape(card_html(of_police, say))


@pytest.mark.parametrize(
    ("area", "period", "caution"),
    [
        ({"department": "17"}, "2025-01/2025-11", "This is not a full year. "),
        ({"department": "15"}, "2022", "Lima is not compared."),
        ({"department": "15", "province": "1501"}, "2022", "Lima is not compared."),
        ({}, "2022", "Lima is not compared."),
    ],
)
def test_a_card_says_what_its_figures_lack(area, period, caution):
    """A department's, a province's and the country's, once among its cautions."""
    view, say = View(lang="en", period=parse_period(period), **area), words("en")
    card = str(
        card_part(view, AreaStory.of_view(view), "sure", say) if area else card_html(view, say)
    )
    (cautions,) = re.findall(r'<ul class="flags">(.*?)</ul>', card, flags=re.DOTALL)
    assert cautions.count(caution) == card.count(caution) == 1
    # in the open on paper, where the fold is closed
    (on_paper,) = re.findall(r'<ul class="flags[^>]*>(.*?)</ul>', str(card_html(view, say)), re.S)
    assert on_paper == cautions


def test_what_is_missing_has_one_place() -> None:
    """The year without a file here, the last months, who has no whole data; none is a zero."""
    view, say = (
        View(lang="es", department="16", period=parse_period("2025-01/2025-11")),
        words("es"),
    )
    missing = str(card_part(view, AreaStory.of_view(view), "missing", say))
    for part in ("el año 2024 de la Fiscalía", "hasta noviembre de 2025", "setiembre de 2025",
                 "Pasco y Piura (Fiscalía)", "de Cusco (Policía)",
                 "de Lima (Fiscalía)", "comparar Lima", "no es cero"):  # fmt: skip
        assert missing.count(part) == 1, part


def test_hostile_words_stay_words_in_a_card(data_folder, hostile_data, hostile_text, monkeypatch):
    """Names, towns, routes and sources are shown as they are: no tag, no handler, no address."""
    data_folder(hostile_data)
    # of all years and registries, and without a word of a table
    monkeypatch.setattr("atlas.results.card.agreement_sentence", lambda *_: "")
    for lang, code in (("es", None), ("es", "06"), ("en", "17")):
        view, say = View(lang=lang, department=code), words(lang)
        parts = ("sure", "missing", "who", "routes", "sources") if code else ()
        card = str(card_html(view, say)) + "".join(
            card_part(view, AreaStory.of_view(view), name, say) for name in parts
        )
        tree = parse(card.encode())
        assert " ".join(hostile_text.split()) in tree.text
        assert not {node.name for node in tree.walk()} & {"script", "iframe", "svg"}
        for name, value in (pair for node in tree.walk() for pair in node.attributes.items()):
            assert not name.startswith("on")
            if name == "src":  # the courses are pictures of their own, in which nothing runs
                assert value.startswith("data:image/svg+xml;base64,")
            if name == "href":
                assert value.startswith(("http://", "https://", "metodo?", "cifras?"))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("period", ["2007-01/2014-04", "2022"])
def test_the_table_is_the_results(period, measure):
    say, results = words("en"), results_for(parse_period(period))
    data = ranking_data(View(lang="en", period=parse_period(period), measure=measure), say)
    second = "rate_per_100k" if measure == "rate" else "smr"
    assert [column["key"] for column in data["columns"]].count(data["sort"]) == 1
    for row, (_, expected) in zip(data["rows"], results.iterrows(), strict=True):
        name, count, value, verdict = row["cells"]
        assert row["code"] == expected["department_ubigeo"]
        assert name["text"] == expected["department"]
        ranked = "not_ranked" not in expected["flags"]
        assert row["ranked"] == ranked
        assert count["sort"] == (expected["reported_count"] if ranked else None)
        assert count["text"].split()[0] == say.number(expected["reported_count"])
        assert count["text"].endswith("◐") == bool(count.get("label")) == (not ranked)
        if expected[second] == expected[second]:
            assert value["sort"] == (expected[second] if ranked else None)
            text = ratio_text(expected["smr"], say)
            if measure == "rate":
                text = say.number(expected[second], 1 if expected[second] >= 1 else 2)
            assert value["text"] == text
        else:
            assert value["sort"] is None
        assert verdict["label"] == verdict_text(figures_for(parse_period(period))[row["code"]], say)


def test_a_year_of_the_history_leads_to_where_its_figures_come_from():
    """Loreto: each row's link is a card whose derivation ends in the row's times the expected."""
    say, state = words("es"), View(period=parse_period("2023"), department="16", base="offences")
    blocks = history("16", state.base, state.period, say)
    links = [line.link for block in blocks for line in block.lines]
    assert len(links) > 10
    for link in links:
        there = View.from_link(dict(parse_qsl(link.removeprefix("?"))))
        assert (there.department, there.problems) == ("16", ())
        results = results_for(there.period, there.base)
        row = results.set_index("department_ubigeo").loc["16"]
        derivation = derivation_of("16", there.period, there.base, say)
        ends = [formula.rpartition(" = ")[2] for _, _, formula, _ in derivation.steps]
        assert ratio_text(row["smr"], say) in [
            ratio_text(float(end.replace(",", "")), say) for end in ends
        ]


def test_the_axis_of_a_card_holds_the_margins():
    """Not the ratios alone: Loreto's 3.4 of 2023 may be 6.6. What is beyond 50 has its arrow."""
    say = words("es")
    for department in ("16", "17", "06"):
        for block in history(department, "people", View(period=parse_period("2023")).period, say):
            end = float(block.ticks[-1][0])
            drawn = [(line.axis.places, line.axis.cut) for line in block.lines if line.axis.places]
            assert end == 50 or not any(cut for _, cut in drawn)
            for (low, _, high), cut in drawn:
                assert ("cut-low" in cut) >= (low == 0.0)
                assert ("cut-high" in cut) == (high == 100.0)
    (fiscal, *_) = history("16", "people", View(period=parse_period("2023")).period, say)
    assert fiscal.ticks[-1][0] == "10"


def test_a_card_compares_with_neighbours_with_those_alike_and_with_chosen_ones(show):
    """Each registry in two years; the fold begins with its answer."""

    def compared() -> tuple[list[str], str]:
        return data_of(app, "atlas_map")["beside"], app.query_params["beside"]

    app = show(dep="17", period="2023", open="compare")
    texts = (item.proto.body.strip() for item in app.get("html"))
    answers = [text for text in texts if text.startswith('<p class="compared"')]
    prosecutors, police, _ = (part.strip() for part in re.findall("<p.*?>(.*?)</p>", answers[0]))
    assert prosecutors.startswith(
        "<b>Fiscalía, 2023, como el mapa.</b> Con 71 reportes, la tasa de Madre de Dios es 19.3 "
    )
    assert police.startswith("<b>Policía, 2024 (último año completo).</b> ")
    assert link_of(app)["beside"] == "neighbour"
    assert data_of(app, "atlas_map")["beside"] == ["08", "21", "25"]
    tables = " ".join(data["html"] for data in given_to(app, "atlas_sortable"))
    heads = re.findall(r'<th scope="row">(.*?)</th>', tables)
    names = [name for name in (re.sub("<.*?>", "", head) for head in heads) if " · " in name]
    years = [f"{name} · {year}" for name in ("Madre de Dios", "Cusco") for year in (2023, 2019)]
    assert names[:4] == years
    assert len(names) == 4 * 2 * 2
    app.segmented_control(key="compare_kind").set_value("alike").run()
    assert compared() == (["18", "23", "07"], "alike")
    app.segmented_control(key="compare_kind").set_value("chosen").run()
    assert compared() == ([], "chosen")
    app.button_group(key="compare_others").set_value(["06", "16"]).run()
    assert compared() == (["06", "16"], "06-16")
    # a place too many is refused, and the choice stays
    say, notes = words("es"), lambda: " ".join(item.proto.body for item in app.get("html"))
    assert say("compare.others.full", most=3) not in notes()
    app.button_group(key="compare_others").set_value(["06", "16", "08", "21"]).run()
    assert compared() == (["06", "16"], "06-16")
    assert say("compare.others.full", most=3) in notes()
    for code in ("17", "16", "06"):
        names = say.list(department_name(row.department) for row in most_alike(code)[0])
        assert say("compare.like.of", name=department_name(code), names=names) in notes()
    app = show(dep="17")
    app.button(key="card_compare").click().run()
    assert compared() == ([], "chosen")


@pytest.mark.parametrize(
    ("asked", "others", "problems"),
    [
        ("16-06", ["16", "06"], ()),
        ("17-08-08", ["08"], ()),
        *((wrong, ["08", "21", "25"], ("beside",)) for wrong in ("evil77", "08-99", "08-21-16-06")),
    ],
)
def test_a_link_names_whom_a_department_is_compared_with(asked, others, problems):
    view = View.from_link({"dep": "17", "open": "compare", "beside": asked})
    assert (compared_beside(view), view.problems) == (others, problems)
    assert compared_beside(view.changed(open=())) == []


def test_a_province_has_a_card_of_its_own(show):
    say = words("es")
    app = show(lang="es", dep="17", prov="1701", period="2023", open="sources")
    assert not app.exception
    text, card = text_of(app), html.unescape(card_of(app))
    assert say("card.province.prosecutors") in text
    assert "Madre de Dios" in text
    for year in range(2017, 2023):
        results = results_for(parse_period(str(year), "police", "provinces"))
        row = results.set_index("province_ubigeo", drop=False).loc["1701"]
        count, verdict = say.number(row["reported_count"]), say(f"verdict.{row['verdict']}")
        assert f"{year} {count} ({verdict})" in card
    people = load_census("provinces").set_index("province_ubigeo")["residents"]
    mined = f"{say.number(mining_by_area('provinces')[0]['1701'])} ha"
    for part in (say.number(people["1701"]), "Puerto Maldonado", mined):
        assert part in text
    keys = {button.key for button in app.get("download_button")}
    assert {"card_brief_1", "card_brief_2", "card_figures"} <= keys
    assert "card_series" not in keys
    link = app.session_state["map_state"].view.link()
    assert (link["dep"], link["prov"]) == ("17", "1701")
    app.button(key="card_close").click().run()
    shown = app.session_state["map_state"].view
    assert shown.department is shown.province is None


def test_a_change_that_is_not_clear_is_not_told_as_one():
    """Loreto's tests of 2021 and 2023, worse and not clear."""
    pair = parse_period("2021"), parse_period("2023")
    change = changes_between(*pair)["16"]
    assert (change.verdict, change.ratio > 1) == ("unremarkable", True)
    say = words("es")
    answer = say("focos.change.answer.unremarkable")
    assert f"(de 58 a 115 reportes): {answer}" in change_answer([change], say)


def test_a_year_that_is_not_complete_says_so():
    say = words("es")
    for code in ("2025-01/2025-11", "2023"):
        period = parse_period(code)
        text = say("card.part_year", period=say(f"period.{code}.short"))
        assert (text in card_html(View(period=period), say)) == period.is_part_year


def test_the_country_answers_whether_its_reports_rise_what_to_quote_and_what_is_missing():
    view, say = View(), words("en")
    country = CountryStory(view.period)
    parts = [
        html.unescape(card_part(view, country, name, say)) for name in ("trend", "who", "missing")
    ]
    trend, victims, missing = parts
    assert "from 1,365 reported offences in 2019 to 1,076 in 2023, about a fifth fewer" in trend
    assert "from 583 complaints to the police in 2023 to 669 in 2024, 15% more" in trend
    assert "and without Pasco and Piura, whose data are not complete, Peru went from" in trend
    assert "We cannot say that any department changed more than is common in 4 years." in trend
    assert "complaints of trafficking to the police in Peru" in victims
    assert "This edition does not have the prosecutors' year 2024." in missing
    prosecutors, police = quotes(country, say)
    assert "886 reported offences" in prosecutors
    assert "669 complaints" in police


def test_an_area_that_is_not_compared_has_no_rate_to_compare():
    """Piura's count lacks an office: its rate would read as a low one."""
    assert figures(card_html(View(department="20"), words("es"))) == ["41"]
