"""A reader of an atlas whose figures were brought up to date: the new year, and a part of one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from atlas.words import words
from tests.refreshed_years import MONTHS, PART, YEAR

pytestmark = pytest.mark.browser


@pytest.mark.slow  # the words: commands/test_refreshed_year
def test_from_the_new_year_to_a_part_of_one(visit, refreshed_address) -> None:
    """2024 is on the timeline; January to July 2026 is drawn with its mark and its months."""
    say = words("es")
    reader = visit(refreshed_address).open("/?lang=es&layers=none")
    card = reader.page.locator("article.card")
    reader.choose_period("2024")
    expect(card).to_contain_text(f"{sum(YEAR.values()):,}", use_inner_text=True)
    ends = say("end.figures", end="julio de 2026", police="setiembre de 2025")
    expect(reader.page.locator("#figures-end")).to_have_text(ends, use_inner_text=True)
    reader.choose_period(PART)
    reader.wait_for_query(f"period={PART.replace('/', '%2F')}")
    reader.drawn(PART)
    expect(card).to_contain_text("2026 ene–jul", use_inner_text=True)
    expect(card).to_contain_text(f"{sum(MONTHS.values()):,}", use_inner_text=True)
    region = reader.region("17")
    region.hover()
    tip = reader.frame.locator(".tip.shown").filter(has_text="Madre de Dios")
    expect(tip).to_contain_text(say(f"period.{PART}"), use_inner_text=True)


@pytest.mark.slow  # the words: commands/test_refreshed_year
def test_the_ages_of_the_figures(visit, refreshed_address) -> None:
    """The method page: where they end, both files, the year that is missing; nothing runs over."""
    reader = visit(refreshed_address, viewport={"width": 390, "height": 844})
    reader.page.goto(refreshed_address + "/metodo?lang=en")
    row = reader.page.locator(".freshness tbody tr").first
    row.wait_for()
    text = row.inner_text()
    assert "2024.csv and 2026.csv" in text
    assert "July 2026" in text
    assert "BD-delitos-denunciados-2025-12.csv" in text
    assert "delitos-denunciados-2024.csv" not in text
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 390
