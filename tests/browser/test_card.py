"""What a reader does with the card of a department: trace a figure, compare, take it along."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from atlas.results.regions import results_for
from atlas.words import words
from data.periods import parse_period

pytestmark = pytest.mark.browser
SAY = words("es")


def test_a_card_is_traced_unfolded_and_taken_along(visit):
    """The formula ends in the ratio; the years of each registry stand in a table that a head sorts;
    a page of paper with the page's address, and the department's CSV under its name."""
    reader = visit().open("/?lang=es&dep=16&period=2021")
    row = results_for(parse_period("2021")).set_index("department_ubigeo").loc["16"]
    fold = reader.page.locator("article.card .derivation")
    formula = fold.locator("strong", has_text=f"= {row['smr']:.1f}")
    expect(formula).to_be_hidden()
    fold.locator("summary").click()
    expect(formula).to_be_visible()
    expect(fold.locator("a[href^='https://']").first).to_be_visible()

    years = reader.page.locator(".st-key-map_history")
    years.locator("summary").first.click()
    captions = years.locator("caption b")
    expect(captions).to_have_text([SAY(f"registry.{c}") for c in ("mpfn", "police", "observatory")])
    expect(years.locator("tr.here th")).to_have_text("2021")
    first = years.locator("table").first
    first.get_by_role("button", name=SAY("card.history.count")).click()
    counts = first.locator("td.n:nth-child(2)").all_inner_texts()
    assert counts == sorted(counts, key=int, reverse=True)
    expect(years.get_by_role("button", name=SAY("table.copy"))).to_have_count(3)

    tools = reader.page.locator(".st-key-card_tools [data-testid=stDownloadButton] button:visible")
    files = {}
    for number in (0, 2):
        with reader.page.expect_download() as sent:
            tools.nth(number).press("Enter")
        expect(tools.nth(number)).to_be_enabled()
        expect(tools.nth(number)).to_be_focused()
        files[sent.value.suggested_filename] = sent.value.path().read_bytes()
    brief, figures = files
    assert brief.startswith("atlas-loreto-2021-")
    (page,) = PdfReader(io.BytesIO(files[brief])).pages
    assert f"{reader.address}/?lang=es" in page.extract_text()
    assert figures.startswith("atlas-loreto-2007-")
    assert files[figures].startswith("\ufeffCódigo del departamento,Departamento,".encode())
