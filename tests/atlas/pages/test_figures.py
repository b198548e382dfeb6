"""The figures page: both languages, hostile text, every value with its quote."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from atlas.figures.citation import (
    citation,
    formula_text,
)
from atlas.figures.page import disagreement, number_list, range_card, strips
from atlas.html import render
from atlas.results.published import (
    Figure,
    article,
    estimates,
    national,
    not_drawn,
    ranges,
    registry_rows,
    years,
)
from atlas.words import LANGUAGES, words
from data.catalogue import load_table
from tests.atlas.pages.conftest import faults_of, html_of
from tests.atlas.results.test_derivation import by_hand
from tests.parsed_html import parse

read_csv = cache(pd.read_csv)
Show = Callable[..., AppTest]
ROOT = Path(__file__).resolve().parents[3]
FIGURES = [*national(), *estimates(), *article(), *not_drawn()]
FIGURES += [figure for item in ranges() for figure in item.figures]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def _finding(page: AppTest, number: int = 0) -> str:
    """The sentence on a year (0), or on the victims (1)."""
    return re.findall(r'class="finding">(.*?)</p>', html_of(page))[number]


def _tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    return [(node.name, node.attributes) for node in parse(text.encode()).walk()]


def test_page_draws_and_says_the_disagreement(show: Show) -> None:
    say, page = words("es"), show("cifras", lang="es", dep="17")
    assert not faults_of(page)
    for number in ("2025", "886", "384"):
        assert number in _finding(page)
    text = html_of(page)
    police, mpfn, *others = re.findall(r'class="institution">([^<]*)<', text)
    assert [police, mpfn] == [say(f"registry.{code}") for code in ("police", "mpfn")]
    assert len(set(others)) == len(others)
    assert text.count('lang="es"') >= 4
    assert page.title[0].value == say("nav.figures")
    assert (page.selectbox[0].value, page.select_slider[0].value) == ("17", (0, 8))
    for part in ("Madre de Dios", "166", say.percent(0.91), say.percent(59 / 166)):
        assert part in _finding(page, 1)
    victims = next(
        element.proto.body for element in page.get("html") if "who-columns" in element.proto.body
    )
    bars = dict(re.findall(r'class="who-name">([^<]*)</span>.*?<b>([^<]*)</b>', victims))
    assert bars[say("who.not_recorded")]
    counts = re.findall(r'class="who-count">([\d,]+)<', victims)
    assert min(int(count.replace(",", "")) for count in counts) >= 5
    assert victims.count('class="ends"') >= 3
    assert say("who.rates.title") in victims


def test_the_year_of_the_link_and_of_the_control_is_told(show: Show) -> None:
    page = show("cifras", lang="en", year="2022")
    for year, numbers in (("2022", ("897", "6,107")), ("2020", ("692", "3,915", "394"))):
        page.session_state["figures_year"] = year
        page.run()
        assert not page.exception
        for number in numbers:
            assert number in _finding(page)


def test_a_year_without_a_count_of_victims_says_so_and_what_to_quote(show: Show) -> None:
    """2024: the complaints of the police, nowhere called victims; a sentence to copy."""
    say = words("es")
    page = show("cifras", lang="es", year="2024", period="2024")
    assert say("figures.victims.none", year=2024) in _finding(page)
    assert "669 denuncias policiales" in _finding(page)
    assert "669 denuncias policiales de trata" in _finding(page, 1)
    assert not re.search(r"\d víctimas", _finding(page, 1))
    quotes = [element.value for element in page.code]
    assert quotes[0].startswith(
        "Nadie publica cuántas víctimas de trata de personas hubo en el Perú"
    )
    assert "669 denuncias policiales" in quotes[1]
    assert not show("cifras", lang="es", year="2021").code, "closed where victims were counted"


def test_every_year_value_opens_its_quote() -> None:
    say = words("es")
    drawn = "".join(
        strips(registry_rows(), kind, years(), 2021, say) for kind in ("reports", "victims")
    )
    figures = [figure for row in registry_rows() for figure in row.yearly]
    assert drawn.count('class="cite"') == len(figures)
    quotes = len(figures) + sum(len(row.others) for row in registry_rows())
    assert drawn.count("<blockquote>") == quotes
    links = [attrs for tag, attrs in _tags(drawn) if tag == "a"]
    assert len(links) == quotes
    assert all(attrs["rel"] == "noopener noreferrer" for attrs in links)


def test_a_dot_is_a_row_and_nothing_else() -> None:
    say = words("en")
    for group in ("sex", "age", "form", "recruitment"):
        card = range_card(group, ranges(), say)
        dots = re.findall(r'class="dot" style="left:([\d.]+)%"', card)
        shares = [f.share_percent for item in ranges() if item.group == group for f in item.figures]
        assert [float(dot) for dot in dots] == pytest.approx(shares, abs=0.051)
    labels = [attrs["aria-label"] for _, attrs in _tags(card) if attrs.get("role") == "img"]
    assert labels[0] == "Job offers: 27%, 29%, 63% and 72%"


def test_estimates_are_hollow() -> None:
    say = words("es")
    drawn = number_list("x", article(), say)
    assert drawn.count('<li class="estimated">') == 3
    assert drawn.count('<li class="counted">') == 5
    assert drawn.count(f'aria-label="{say("figures.estimated")}"') == 3


def test_hostile_text_stays_text() -> None:
    """No tag, attribute or address of a table reaches the page alive."""
    say = words("es")
    names = ("registry", "measure", "base", "category", "place", "where", "note")
    source = dict.fromkeys(("title", "publisher", "published", "quote"), HOSTILE)
    hostile = Figure(
        value=5.0,
        unit="case",
        registry=HOSTILE,
        names={name: {"es": HOSTILE, "en": HOSTILE} for name in names},
        period=(HOSTILE, HOSTILE),
        value_type=HOSTILE,
        is_estimate=True,
        sources=(source | {"url": "javascript:alert(1)"},),
        share_percent=50.0,
    )
    item = replace(ranges()[0], group="sex", figures=(hostile,))
    yearly = (replace(hostile, period=("2021-01", "2021-12")),)
    row = replace(registry_rows()[0], yearly=yearly, others=(hostile,))
    finding = {"kind": "finding", "text": disagreement((hostile,) * 2, (hostile,) * 2, say)}
    rest = {"rest": [citation(hostile, say)], "summary": HOSTILE}
    drawn = [
        number_list(HOSTILE, (hostile,), say),
        range_card("sex", (item,), say),
        strips((row,), "reports", (2020, 2021), 2021, say),
        render("figures/section", say, **finding, **rest),
    ]
    for text in drawn:
        tags = _tags(text)
        assert not {tag for tag, _ in tags} & {"script", "img", "a"}
        assert not any(name.startswith("on") for _, attrs in tags for name in attrs)
        assert "<script" not in text


def test_what_the_atlas_computed_is_written_with_its_numbers() -> None:
    """Each sum and share by hand; each other figure stands in the row of the file it names."""
    say = words("es")
    kinds = set()
    for figure in FIGURES:
        if figure.computed:
            kinds.add(figure.computed)
            left, _, result = formula_text(figure, say).rpartition(" = ")
            number = re.sub(r"[^\d.]", "", result.replace(",", ""))
            computed = by_hand(re.sub(r"[^\d.,+÷×()]", "", left))
            assert f"{computed:.{len(number.partition('.')[2])}f}" == number, figure
        if figure.row is not None:
            row = read_csv(ROOT / "data" / figure.file).iloc[figure.row - 2]
            assert figure.value == row.get("value", row.get("reported_count"))
    assert kinds == {"rows", "share", "sum"}
    cited = citation(
        next(national_figure for national_figure in national() if national_figure.value == 917), say
    )
    assert cited["formula"].startswith("Amazonas 8 + Áncash 15 + ")
    assert cited["file"] == say("figures.file", path="tables/complaints.csv")


def test_a_figure_names_its_persons_once() -> None:
    """Also where the measure says who they are: 123 persons convicted."""
    for figure in FIGURES:
        for lang in LANGUAGES:
            drawn = citation(figure, words(lang))
            label = f"{drawn['head']} {drawn['of']}".lower()
            assert len(re.findall(r"\b(?:personas|persons|people)\b", label)) <= 1, label


def test_who_the_victims_are_in_a_small_place(show: Show) -> None:
    """Four victims: no bar at all, and the way on; other years by the slider stay in the link."""
    page = show("cifras", lang="es", dep="07", period="2019/2020")
    assert 'class="who-name"' not in html_of(page)
    assert "son muy pocas para decir quiénes son" in _finding(page, 1)
    page.select_slider[0].set_value((0, 8)).run()
    assert not page.exception
    assert 'class="who-name"' in html_of(page)
    assert "period" not in page.query_params


def test_a_link_to_years_that_are_none_shows_all_of_them(show: Show) -> None:
    """Months, other registries' years and texts are not the profile's; the fields are named."""
    page = show("cifras", lang="en", dep="99", period="2024-03", year="<script>")
    assert not page.exception
    (warning,) = page.warning
    for name in ("dep", "period", "year"):
        assert f"«{name}»" in warning.value
    assert "99" not in warning.value
    assert "886" in _finding(page)
    assert (page.selectbox[0].value, page.select_slider[0].value) == ("", (0, 8))


@pytest.mark.parametrize("year", ["2023", "2024"])
def test_a_published_file_that_the_edition_lacks_is_named(show, year):
    """Of 2024, whose prosecutors' figures are not here, the address that official_files has."""
    files = load_table("official_files").set_index("period")["access_url"]
    shown = html_of(show("cifras", year=year))
    assert (files["2024"] in shown) == (year == "2024")
