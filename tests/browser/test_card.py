"""What a reader does with the card of a department: trace a figure, compare, take it along."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from atlas.results.regions import results_for
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
    """Both registries' years and the chosen year beside each other; a head sorts its table."""
    reader = visit().open("/?lang=es&dep=16&period=2021")
    years = reader.page.locator(".st-key-card_history")
    years.locator("summary").first.click()
    captions = years.locator("caption b")
    expect(captions).to_have_text([SAY(f"registry.{c}") for c in ("mpfn", "police", "observatory")])
    expect(years.locator("tr.here th")).to_have_text("2021")
    first = years.locator("table").first
    first.get_by_role("button", name=SAY("card.history.count")).click()
    counts = first.locator("td.n:nth-child(2)").all_inner_texts()
    assert counts == sorted(counts, key=int, reverse=True)
    expect(years.get_by_role("button", name=SAY("table.copy"))).to_have_count(3)


def test_two_years_are_compared_from_a_part_of_a_year(visit):
    """2025 stands beside no other: one tap shows the full years, a second leads to Focos."""
    reader = visit().open("/?lang=es&dep=16")
    pairs = reader.page.locator(".st-key-card_changes")
    pairs.locator("summary").first.click()
    pair = pairs.get_by_role("link", name="2021 → 2023")
    expect(pair).to_be_visible()
    pair.click()
    reader.page.wait_for_url("**/focos?*from=2021&to=2023*")
    reader.page.locator("#focos-change").wait_for(timeout=60_000)


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
    expect(card).to_contain_text("Espinar (Cusco; margen: ")
    expect(card).to_contain_text("= 54.9")  # how Espinar comes to it


def test_a_reader_takes_along_a_page_and_the_figures(visit):
    """One page by default, two on request, and the department's CSV under its name."""
    reader = visit().open("/?lang=es&dep=16&period=2023")
    tools = reader.page.locator(".st-key-card_tools [data-testid=stDownloadButton] button:visible")
    files = {}
    for number in range(3):
        with reader.page.expect_download(timeout=60_000) as found:
            tools.nth(number).press("Enter")
        expect(tools.nth(number)).to_be_enabled()
        expect(tools.nth(number)).to_be_focused()
        files[found.value.suggested_filename] = found.value.path().read_bytes()
    one, two, figures = files
    assert one.startswith("atlas-loreto-2023-")
    assert [len(PdfReader(io.BytesIO(files[name])).pages) for name in (one, two)] == [1, 2]
    assert f"{reader.address}/?lang=es" in PdfReader(io.BytesIO(files[one])).pages[0].extract_text()
    assert figures.startswith("atlas-loreto-2007-")
    assert files[figures].startswith("\ufeffCódigo del departamento,Departamento,".encode())
