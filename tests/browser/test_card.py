"""What a reader does with the card of a department: trace a figure, compare, take it along."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from atlas.map.model import results_for
from atlas.words import words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]
SAY = words("es")


def test_a_figure_is_traced_on_the_spot(visit):
    """Open "¿De dónde sale?": the formula ends in the ratio, and the source is a link."""
    reader = visit()
    # a server's first reader waits until it has computed every year
    reader.context.set_default_timeout(60_000)
    reader.open("/?lang=es&dep=17&period=2023")
    row = results_for("2023").set_index("department_ubigeo").loc["17"]
    fold = reader.page.locator("article.card .derivation")
    formula = fold.locator("strong", has_text=f"= {row['smr']:.2f}")
    expect(formula).to_be_hidden()
    fold.locator("summary").click()
    expect(formula).to_be_visible()
    expect(fold.locator("a[href^='https://']").first).to_be_visible()
    assert reader.foreign() == []
    assert reader.complaints == []


def test_years_stand_a_registry_under_the_other(visit):
    """Both registries' years and the chosen year beside each other, with ratio and verdict."""
    reader = visit().open("/?lang=es&dep=16&period=2021")
    card = reader.page.locator("article.card")
    card.get_by_text(SAY("card.more"), exact=True).click()
    captions = card.locator("details[open] caption b")
    expect(captions).to_have_text([SAY(f"registry.{c}") for c in ("mpfn", "police", "observatory")])
    expect(card.locator("details[open] tr.here th")).to_have_text("2021")
    card.locator("summary", has_text="2021").click()
    expect(card.get_by_text("2021 → 2023")).to_be_visible()


def test_who_counts_jaen_is_on_both_cards(visit):
    """Cajamarca and Lambayeque name the other, with three ways to hold their reports against."""
    reader = visit().open("/?lang=es&dep=06&period=2023")
    served = reader.page.locator("article.card .served")
    expect(served).to_contain_text("Lambayeque")
    expect(served.locator("tr")).to_have_count(3)
    other = visit().open("/?lang=es&dep=14&period=2023")
    expect(other.page.locator("article.card .served")).to_contain_text("Jaén")


def test_the_country_speaks_of_provinces_where_they_are_shown(visit):
    """The police's year by province: the card names provinces, not departments."""
    reader = visit().open("/?lang=es&registry=police&period=2022&level=provinces&area=smr")
    card = reader.page.locator("article.card")
    expect(card).to_contain_text(SAY("card.country.names", names="Espinar (Cusco)"))
    expect(card).to_contain_text("= 54.9")  # how Espinar comes to it


def test_a_reader_takes_along_a_page_and_the_figures(visit):
    """One page by default, two on request, and the department's CSV under its name."""
    reader = visit().open("/?lang=es&dep=16&period=2023")
    tools = reader.page.locator(".st-key-card_tools [data-testid=stDownloadButton] button:visible")
    files = {}
    for number in range(3):
        with reader.page.expect_download(timeout=60_000) as found:
            tools.nth(number).click()
        files[found.value.suggested_filename] = found.value.path().read_bytes()
    one, two, figures = files
    assert one.startswith("atlas-loreto-2023-")
    assert [len(PdfReader(io.BytesIO(files[name])).pages) for name in (one, two)] == [1, 2]
    assert f"{reader.address}/?lang=es" in PdfReader(io.BytesIO(files[one])).pages[0].extract_text()
    assert figures.startswith("atlas-loreto-2007-")
    assert files[figures].startswith("\ufeffCódigo del departamento,Departamento,".encode())
