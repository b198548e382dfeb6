"""The page of the hot spots without a browser: its choices, its files, no markup let in."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from atlas.hotspots import page as hotspots
from atlas.hotspots import page_neighbours
from atlas.results.matrix import blocks
from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines, ratio_text
from atlas.view import View
from atlas.web.session import MapSession
from atlas.words import file_name, words
from data.periods import parse_period
from tests.atlas.pages.conftest import (
    choose_period,
    data_of,
    faults_of,
    given_to,
    html_of,
    text_of,
)
from tests.other_process import turn_to

Show = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def _few_maps_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_neighbours, "SCAN_REPLICAS", 999)


def _view(page: AppTest, name: str = "focos") -> View:
    """What a page of the session looks at."""
    view: View = page.session_state[f"{name}_state"].view
    return view


def test_the_page_opens_with_its_sentence_and_matrix(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changed, neighbours, provinces and others are computed when opened."""
    computed = []
    for section in ("change", "scan", "provinces", "compare"):
        name = f"{section}_section"
        monkeypatch.setattr(hotspots, name, lambda *_, name=name: computed.append(name))
    say, page = words("es"), show("focos", lang="es", dep="16", period="2023")
    assert not faults_of(page)
    assert computed == []
    assert "Loreto, 2023: más de lo esperado. ¿" in text_of(page)
    folds = ("focos.change", "focos.scan", "focos.provinces", "compare")
    assert [fold.label for fold in page.expander[:-1]] == [say(f"{name}.title") for name in folds]
    headline = html_of(page).partition('class="headline"')[2].partition("</section>")[0]
    assert f'<a href="#fold-focos_compare">{say("compare.open")}</a>' in headline
    html = data_of(page, "atlas_matrix")["html"]
    assert html.count("<tr data-department") == 25
    columns = sum(len(block.periods) for block in blocks())
    assert html.count('<td data-of="') == 25 * columns
    # beside them what the police say of the years of both
    assert html.count('data-registry="') == 25 * (columns + 1) + len(blocks())
    assert html.count('data-period="2019/2023"') == 25
    (note,) = flag_lines(parse_period("2020"), ["lockdown"], say)
    assert note in html


def test_what_is_opened_is_drawn_and_each_table_is_a_file_with_its_source(show: Show) -> None:
    """The browser makes the file: its name, its source and what it is not go with the table."""
    say = words("es")
    page = show("focos", lang="es", dep="16", period="2023", open="change-neighbours")
    assert not faults_of(page)
    text = text_of(page)
    assert say("focos.scan.yes") in text or say("focos.scan.no") in text
    assert html_of(page).count('class="derivation"') == 1  # of the sentence, as on the card
    assert _view(page).link("hotspots")["open"] == "change-neighbours"
    files = [
        data["file"] for name in ("matrix", "sortable") for data in given_to(page, f"atlas_{name}")
    ]
    assert files[0]["name"] == f"{file_name(say, 'hotspots', say('file.matrix'))}.csv"
    assert len({file["name"] for file in files}) == len(files) == 2
    for file in files:
        assert file["label"] == say("data.download")
        (_, caption), (_, link), (_, source), (_, caveat) = file["added"]
        assert (caption, link) == (None, True)  # those of the table and of the page
        assert say("unit.reported offence.source") in source
        assert caveat == say("map.caveat")


def test_nobody_is_chosen_unasked_and_choices_change_the_sentence_and_the_link(show: Show) -> None:
    """Focos opens with the country and no department; a period without offences has one base."""
    say, page = words("es"), show("focos", lang="es", period="2023", open="change-compare")
    assert not faults_of(page)
    text = text_of(page)
    assert "Perú, 2023: 5 departamentos" in text
    row = results_for(parse_period("2023")).set_index("department_ubigeo").loc["17"]
    margin = f"{row['smr_low']:.1f} a {row['smr_high']:.1f}"
    assert f"el margen del 95 %): Madre de Dios {row['smr']:.1f} ({margin})," in text
    assert _view(page, "map").department is _view(page).department is None
    assert say("compare.title") not in {fold.label for fold in page.expander}
    assert "fold-focos_compare" not in html_of(page)
    page.selectbox(key="focos_department").select("08").run()
    choose_period(page, "2021")
    page.segmented_control(key="focos_base").set_value("offences").run()
    page.selectbox(key="focos_before_mpfn").select(parse_period("2022")).run()
    assert not page.exception
    assert "Cusco, 2021:" in text_of(page)
    assert say("focos.question.offences") in text_of(page)
    assert _view(page, "map").department == "08"
    assert page.selectbox(key="focos_after_mpfn_2022").options == ["2023"]
    chosen = {"department": "08", "registry": "mpfn", "period": "2021", "base": "offences"}
    assert data_of(page, "atlas_matrix")["chosen"] == chosen
    chosen = {"dep": "08", "period": "2021", "base": "offences", "from": "2022", "to": "2023"}
    assert _view(page).link("hotspots") == {"lang": "es", "open": "change"} | chosen
    page.session_state["focos_change"] = False
    page.run()
    assert "from" not in _view(page).link("hotspots")
    assert _view(page).open == ()
    choose_period(page, "2007-01/2014-04")
    assert not page.exception
    assert "focos_base" not in [control.key for control in page.segmented_control]
    assert _view(page).base == "people"


@pytest.mark.parametrize(
    ("sent", "department", "period", "base"),
    [
        (
            {"department": "10", "registry": "mpfn", "period": "2022", "base": "offences"},
            *("10", "2022", "offences"),
        ),
        ({"registry": "police", "period": "2024", "base": "people"}, "17", "2024", "people"),
        ("25", "25", "2023", "people"),
        ({"department": "99", "registry": "<b>", "period": "2019"}, "17", "2023", "people"),
        ({"department": "17", "base": 7}, "17", "2023", "people"),
        ([1], "17", "2023", "people"),
    ],
)
def test_a_cell_chooses_only_what_is_known(monkeypatch, sent, department, period, base):
    session: dict[str, Any] = {
        "focos_department": "17",
        "focos_base": "people",
        "map_state": MapSession(View(period=parse_period("2023"), department="17")),
        "matrix": type("Sent", (), {"select": sent}),
    }
    monkeypatch.setattr(hotspots.st, "session_state", session)
    hotspots._choose("matrix")
    assert (session["focos_department"], session["focos_base"]) == (department, base)
    view = session["map_state"].view
    assert (view.department, view.period.code) == (department, period)


def test_a_faulty_link_is_named_and_its_folds_open(show: Show) -> None:
    say = words("en")
    attack = "<img src=x onerror=alert(1)>"
    page = show("focos", lang="en", twin="7", open="courses-neighbours-density", base=attack)
    text = text_of(page)
    assert "«base»" in page.warning[0].value
    assert "onerror" not in page.warning[0].value + text
    gone = [say(f"gone.{name}") for name in ("courses", "chance", "density")]
    assert [line.value for line in page.info] == gone
    assert _view(page).open == ("change", "neighbours")
    assert "κ" in text
    page.selectbox(key="focos_department").select("08").run()
    assert not page.warning


def test_a_comparison_goes_from_page_to_page(show: Show) -> None:
    page = show("focos", lang="es", dep="17", period="2023", open="compare", beside="16-06")
    assert not faults_of(page)
    for name in ("Madre de Dios · 2023", "Loreto · 2023", "Cajamarca · 2019"):
        assert name in text_of(page)
    turn_to(page, "")
    assert not faults_of(page)
    assert (page.query_params["open"], page.query_params["beside"]) == ("compare", "16-06")
    assert page.button_group(key="compare_others").value == ["16", "06"]
    page.segmented_control(key="compare_kind").set_value("alike").run()
    turn_to(page, "focos")
    assert page.segmented_control(key="compare_kind").value == "alike"
    assert _view(page).link("hotspots")["beside"] == "alike"
    page.session_state["focos_compare"] = False
    page.run()
    assert "compare" not in _view(page, "map").open


@pytest.mark.parametrize(
    ("seen", "is_open"),
    [
        (View(), True),
        (View(department="17", province="1701", level="provinces"), True),
        (View(department="17"), False),
        (View(department="08", open=("compare",)), True),
    ],
)
def test_a_map_without_a_comparison_takes_none_away(monkeypatch, seen, is_open):
    """The country, or a province, on the map: what Focos compares is there after a visit."""
    session = SimpleNamespace(view=View(department="17", open=("compare",)))
    focos = SimpleNamespace(state=session, is_read_anew=lambda: False)
    monkeypatch.setattr(hotspots, "FOCOS", focos)
    monkeypatch.setattr(hotspots, "shared_view", lambda: seen)
    monkeypatch.setattr(hotspots.st, "session_state", {"lang": "es"})
    assert ("compare" in hotspots._begin().open) == is_open


_SCRIPT = """
from atlas.view import View
from atlas.hotspots.page_neighbours import provinces_section, scan_section
from atlas.words import file_name, words
from data.periods import parse_period
from tests.atlas.pages.conftest import text_of
say = words("es")
{call}
"""


def _section(call: str) -> AppTest:
    page = AppTest.from_string(_SCRIPT.format(call=call), default_timeout=120).run()
    assert not page.exception
    return page


def test_provinces_are_told_by_each_lens() -> None:
    say = words("es")
    page = _section("provinces_section(View(provinces='2022'), say)")
    text = text_of(page)
    results = results_for(parse_period("2022", "police", "provinces")).set_index("province")
    ratio = ratio_text(results["smr"]["Espinar"], say)
    named = say("focos.provinces.named", name="Espinar (Cusco)", count="34", ratio=ratio)
    assert say("card.country.names", names=named) in text
    cluster = {"number": "1", "names": "Espinar (Cusco)", "ratio": ratio, "often": "@"}
    scan = say(
        "focos.provinces.scan.firm", **cluster, count=say("focos.provinces.count", count="34")
    )
    assert scan.split("@")[0] in text
    assert say("focos.provinces.gistar", found="@").split("@")[0] in text
    untestable = say.list(["Callao", "Lima"])
    assert say("focos.provinces.untestable", names=untestable) in text
    assert say("focos.provinces.unplaced", count="623", unplaced="8") in text


def test_a_group_that_waves_make_is_no_part_of_the_answer() -> None:
    say, period = words("es"), "2025-01/2025-11"
    call = f"scan_section(View(period={period!r}), say, lambda: None)"
    body = next(
        element for element in _section(call).get("html") if "focos-scan" in element.proto.body
    )
    findings = re.findall(r'<p class="finding">(.*?)</p>', body.proto.body)
    notes = re.findall(r'<p class="note">(.*?)</p>', body.proto.body)
    assert findings[0] == say("focos.scan.yes")
    assert [element[:2] for element in findings[1:]] == ["1."]
    assert [element[:2] for element in notes] == ["2."]
    assert "Loreto" in notes[0]
    assert "Loreto" not in " ".join(findings)
