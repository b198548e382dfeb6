"""The timeline in a real browser: a period by click, drag, grip, keys and playing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.words import words
from data.reports import load_series
from tests.browser.desk import violations
from tests.browser.small_screen import beyond_the_screen

pytestmark = pytest.mark.browser


def _step(page: Any, code: str) -> Any:
    return page.locator(f'.timeline [data-code="{code}"]')


def _middle(place: Any) -> tuple[float, float]:
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _drag(page: Any, start: Any, end: Any) -> None:
    page.mouse.move(*_middle(start))
    page.mouse.down()
    page.mouse.move(*_middle(end), steps=5)
    page.mouse.up()


def test_a_year_and_a_range_are_chosen_and_the_link_carries_them(visit):
    """Click, drag, grip and keys; what is unknown is in no range; months, and the same again when
    the page is loaded anew."""
    reader = visit().open("/?lang=es&layers=none")
    page, say = reader.page, words("es")
    page.evaluate("window.stayed = true")
    reader.choose_period("2021")
    reader.wait_for_query("period=2021")
    reader.drawn("/2021/")
    _drag(page, _step(page, "2020"), _step(page, "2022"))
    reader.wait_for_query("period=2020%2F2022")
    reader.drawn("2020/2022")
    years = load_series("mpfn").set_index("period")["reported_count"]
    count = say.number(years["2020":"2022"].sum())
    figure = page.locator("article.card .figure b").first
    expect(figure).to_have_text(count, use_inner_text=True)
    expect(page.locator(".timeline .readout")).to_contain_text(count)
    # 2024 has no figure: the range ends before it, and a single step goes over it
    _drag(page, page.locator(".timeline .grip.end"), _step(page, "2025-01/2025-11"))
    reader.wait_for_query("period=2020%2F2023")
    page.keyboard.press("ArrowRight")
    reader.wait_for_query("period=2025-01%2F2025-11")
    page.keyboard.press("Home")
    reader.wait_for_query("period=2019")
    page.keyboard.press("Shift+ArrowRight")
    reader.wait_for_query("period=2019%2F2020")
    page.keyboard.press("Shift+End")
    reader.wait_for_query("period=2019%2F2023")
    gap = page.locator(".timeline .gap")
    expect(gap).to_have_text(say("timeline.no_figure"))
    # the police count by month, of 2023 the year alone
    reader.choose_period("2024", "police")
    reader.wait_for_query("registry=police")
    page.locator(".timeline .zoom").click()
    expect(gap).to_have_text(say("timeline.no_months"))
    _drag(page, _step(page, "2024-03"), _step(page, "2024-08"))
    reader.wait_for_query("period=2024-03%2F2024-08")
    reader.drawn("police/2024-03/2024-08")
    assert page.evaluate("window.stayed")
    card = page.locator("article.card .figure b").all_inner_texts()
    reader.open(page.url.removeprefix(reader.address))
    expect(page.locator("article.card .figure b")).to_have_text(card, use_inner_text=True)
    expect(page.locator(".timeline [aria-selected=true]")).to_have_count(6)
    expect(page.locator(".timeline input:checked")).to_have_value("police")


def test_a_finger_chooses_on_a_telephone(visit):
    """A tap and a choice of registry; targets of 44 pixels, nothing over the edge at 320."""
    reader = visit(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    page = reader.open("/?lang=en&layers=none").page
    _step(page, "2022").tap()
    reader.wait_for_query("period=2022")
    page.locator(".timeline label", has_text=words("en")("registry.police")).tap()
    reader.wait_for_query("registry=police")
    _step(page, "2018").tap()
    reader.wait_for_query("period=2018")
    for what in (".play", ".track", ".zoom", ".tabs label"):
        box = page.locator(f".timeline {what}").first.bounding_box()
        assert box["height"] >= 44, what
    assert page.locator(".timeline .play").bounding_box()["width"] >= 44
    assert violations(page) == []
    assert beyond_the_screen(page) == []


def test_it_plays_pauses_and_keeps_still_for_who_asks(visit):
    """Playing goes on from year to year until it is paused; without motion a press is a year. No
    tooltip outlasts what it tells of: another year, or a leap off the map, closes it."""
    moving = visit(reduced_motion="no-preference")
    reader = moving.open("/?lang=en&period=2019&layers=none")
    page, say = reader.page, words("en")
    play = page.locator(".timeline .play")
    play.click()
    expect(play).to_have_attribute("aria-label", say("timeline.pause"))
    reader.wait_for_query("period=2021")
    play.click()
    expect(play).to_have_attribute("aria-label", say("timeline.play"))

    tip = reader.frame.locator(".tip.shown")
    page.locator(".timeline .track").press("End")
    before = tip.filter(has_text="2023")
    page.locator('.timeline [data-code="2023"]').click()
    reader.drawn("/2023/")
    reader.region("16").hover()
    expect(before).to_be_visible()
    page.locator(".timeline .track").press("Home")
    reader.drawn("/2019/")
    expect(before).to_have_count(0)
    page.mouse.move(*_middle(page.locator(".timeline .readout")))
    reader.region("17").hover()
    expect(tip.filter(has_text="2019")).to_be_visible()
    page.mouse.move(*_middle(page.locator(".timeline .readout")))
    expect(tip).to_have_count(0)

    page.emulate_media(reduced_motion="reduce")
    page.reload()
    step = page.locator(".timeline .play")
    expect(step).to_have_attribute("aria-label", say("timeline.step"))
    step.click()
    reader.wait_for_query("period=2020")
    # it stands where a press has put it: nothing is playing
    expect(step).to_have_attribute("aria-label", say("timeline.step"))
    reader.drawn("/2020/")
    assert reader.query("period") == "2020"
