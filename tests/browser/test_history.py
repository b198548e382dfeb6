"""The timeline, Back, Forward and links: each choice is one step, and is shown again whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.results.regions import results_for
from atlas.view import MEASURES, View
from atlas.words import words
from data.periods import parse_period
from data.reports import load_series
from studies.benchmarks.first_screen import first_screen
from tests.browser.eventually import AT_REST, CARD, SETTLED, eventually

pytestmark = pytest.mark.browser
CHOSEN = "button[data-testid$=Active], button[aria-checked=true]"


def view(visit: Any) -> list[float]:
    """Where the reader looks: latitude, longitude, zoom."""
    return visit.frame.evaluate(
        "[map_atlas.getCenter().lat, map_atlas.getCenter().lng, map_atlas.getZoom()]"
    )


def chosen(page: Any, *controls: str) -> list[str]:
    """What rows of buttons have chosen, by its words."""
    return [
        "/".join(page.locator(f".st-key-{control}").locator(CHOSEN).all_inner_texts())
        for control in controls
    ]


def walked(page: Any, steps: Iterable[Callable[[], None]], look: Callable[[], Any]) -> None:
    """Take steps, go Back through all of them and Forward in one leap, seeing what was seen."""

    def is_settled() -> bool:
        first = look()  # rows of buttons come some time after the page is at rest
        page.evaluate(SETTLED)
        groups = page.locator("[data-testid=stButtonGroup]:visible")
        return (
            page.locator(AT_REST).count() == 1
            and all(group.locator(CHOSEN).count() for group in groups.all())
            and look() == first
        )

    eventually(page, is_settled, look)
    seen = [(page.url, look())]
    for number, step in enumerate(steps, start=1):
        before = page.url
        step()
        page.wait_for_function("old => location.href !== old", arg=before)
        page.locator(AT_REST).wait_for()
        eventually(page, lambda: look() != seen[-1][1], look)
        eventually(page, is_settled, look)
        seen.append((page.url, look()))
        assert page.evaluate("history.length") == 2 + number, "one choice, one step"
    for link, shown in (*seen[-2::-1], seen[-1]):
        page.evaluate(f"history.go({len(seen) - 1 if link == seen[-1][0] else -1})")
        expect(page).to_have_url(link)
        eventually(page, lambda shown=shown: look() == shown, look)


def test_back_undoes_each_choice_on_the_map(visit):
    """Department, period, measure, layer and a fold; the map is not loaded anew for it.

    A change is told in one sentence of one polite region, an arrival is not.
    """
    reader = visit().open("/")
    page, say = reader.page, words("es")
    page.locator(AT_REST).wait_for()
    status = page.locator(".st-key-address [role=status]")
    expect(status).to_have_text("", use_inner_text=False)
    reader.wait_for_query("period=")  # the address that one comes by is completed once drawn
    reader.frame.evaluate("window.same = true")

    def period() -> None:
        reader.choose_period("2021")
        verdict = results_for(parse_period("2021")).set_index("department_ubigeo")["verdict"]["16"]
        expect(status).to_contain_text("Loreto, 2021", use_inner_text=False)
        expect(status).to_contain_text(f": {say(f'verdict.{verdict}')}", use_inner_text=False)

    def measure() -> None:
        reader.press("map_measure", MEASURES.index("verdict"))
        shown = say("map.shown", measure=say("measure.verdict.short"), period="2021")
        expect(status).to_have_text(shown, use_inner_text=False)

    def layer() -> None:
        page.get_by_role("switch", name=say("overlay.routes.short")).click()

    walked(
        page,
        [
            lambda: page.locator('.atlas-table tr[data-code="16"] button').click(),
            period,
            measure,
            layer,
            lambda: page.locator(".st-key-map_history summary").first.click(),
        ],
        lambda: [
            page.locator(f"{CARD} h2").inner_text(),
            page.locator(".timeline [aria-selected=true]").evaluate_all(
                "all => all.map(row => row.dataset.code)"
            ),
            chosen(page, "map_measure"),
            reader.frame.evaluate("document.querySelectorAll('path.route').length"),
            page.locator(".st-key-map_history details[open]").count(),
        ],
    )
    assert reader.frame.evaluate("window.same") is True


def test_the_place_where_the_map_stands_is_found_and_in_the_link(visit):
    """A zoom enters the link without a redraw; a name typed without accents opens its card."""
    reader = visit(viewport={"width": 390, "height": 844}).open("/?lang=es")
    page, say = reader.page, words("es")
    page.locator(AT_REST).wait_for()
    whole = view(reader)
    assert reader.query("at") is None
    length = page.evaluate("history.length")
    reader.frame.locator(".leaflet-control-zoom-in").click()
    page.wait_for_function("location.search.includes('at=')")
    assert page.evaluate("history.length") == length
    where, at = view(reader), reader.query("at")
    assert where[2] > whole[2]
    reader.choose_period("2021")
    reader.wait_for_query("period=2021")
    assert reader.query("at") == at
    assert view(reader) == pytest.approx(where, abs=0.01)

    box = page.get_by_role("combobox", name=say("search.label"))
    box.fill("maranon")
    options = page.get_by_role("listbox", name=say("search.label")).get_by_role("option")
    marked = options.filter(has_text="Marañón").first
    expect(marked).to_contain_text("Huánuco")
    expect(marked).to_have_attribute("aria-selected", "true")
    marked.dispatch_event("pointerdown")  # what lies under the list must not get the click
    expect(marked).to_be_visible()
    box.press("Enter")
    reader.wait_for_query("prov=1007")
    expect(page.locator(f"{CARD} h2")).to_have_text("Marañón", use_inner_text=True)
    eventually(page, lambda: view(reader)[2] > where[2] + 0.5)
    expect(reader.frame.locator("path.pin")).to_have_count(0)
    box.fill("puerto maldonado")
    expect(options).to_have_text(say("search.none"))
    box.fill("tambopata")
    options.filter(has_text=say("level.districts.one")).first.click()
    reader.wait_for_query("dep=17")
    expect(reader.frame.locator("path.pin")).to_have_count(1)
    page.locator(".st-key-card_close button").click()
    page.wait_for_function("() => !/dep=|at=/.test(location.search)")  # the country is whole
    expect(reader.frame.locator("path.pin")).to_have_count(0)
    expect(box).to_have_value("")


def assert_few_marks(reader):
    """Names, figures where they are the news, no overlay; few words and thirty marks."""
    assert reader.query("layers") == "none"
    frame = reader.frame
    eventually(reader.page, lambda: frame.locator(".name-department").count() >= 20)
    results = results_for(View().period).set_index("department")
    results.index = results.index.str.upper()
    for text in frame.locator(".name-department span").all_inner_texts():
        name, _, figure = text.partition("\n")
        is_news = results.loc[name, "verdict"] in ("above", "below")
        ratio = words("es")("times", value=f"{results.loc[name, 'smr']:.1f}")
        assert figure == (ratio if is_news else ""), name
    marks = ".name:not(.name-department), .service, path.mining-cell, path.route"
    assert frame.locator(marks).count() <= 30
    # fifty of them in the panel, whose rows say what can be laid on the map; a figure has its unit,
    # and four words say that the year is not complete and what alone is strong; 26 above the map
    # say what it is of, who counted when, and the finding
    units = int(results["verdict"].isin(["above", "below"]).sum())
    expect(reader.page.locator("#atlas-look")).to_have_count(0)
    assert first_screen(reader.page)["words"] <= 240 + units
    frame.evaluate("void map_atlas.setZoom(map_atlas.getZoom() + 1, {animate: false})")
    loreto = frame.locator(".name-department", has_text="Loreto")
    ratio = words("es")("times", value=f"{results.loc['LORETO', 'smr']:.1f}")
    expect(loreto).to_have_text(f"Loreto{ratio}")
    assert "Amazon Mining Watch" not in frame.locator("#credits").inner_text()


def test_keys_alone_lead_through_the_page(visit):
    """The keyboard reaches table, header, map, layers and back; the first screen has few marks."""
    reader = visit().open("/?lang=es")
    page, say = reader.page, words("es")
    page.locator(AT_REST).wait_for()
    assert_few_marks(reader)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=say("shell.skip_table"))
    expect(skip).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=say("shell.skip"))).to_be_focused()
    goals = [page.get_by_role("link", name=say(f"shell.skip{link}")) for link in ("", "_table")]
    assert len({link.get_attribute("href") for link in goals}) == 2
    for _ in range(3):
        page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring not in ("none", ""), page.evaluate("document.activeElement.outerHTML")
    skip.focus()
    page.keyboard.press("Enter")
    focused = (
        "[...document.querySelectorAll('.st-key-table, .st-key-table *')]"
        ".map(host => host.shadowRoot?.activeElement?.closest('tr')?.dataset.code).find(Boolean)"
    )
    stops = 1
    while page.evaluate(focused) != "16":
        page.keyboard.press("Tab")
        stops += 1
        assert stops <= 12
    page.keyboard.press("Enter")
    reader.wait_for_query("dep=16")
    page.locator(AT_REST).wait_for()
    title = page.locator(f"{CARD} h2")
    expect(title).to_be_focused()
    expect(title).to_be_in_viewport()
    page.locator(".st-key-card_close button").press("Enter")
    page.wait_for_function("() => !location.search.includes('dep=')")
    eventually(page, lambda: page.evaluate(focused) == "16")

    switch = page.locator(".st-key-layers").get_by_role("switch", name=say("panel.mining.name"))
    switch.focus()
    page.keyboard.press("Space")
    reader.wait_for_query("layers=mining")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(switch).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("switch", name=say("panel.zones.name"))).to_be_focused()

    button = page.locator(".st-key-map_measure button").first
    shown = "button => getComputedStyle(button, '::after').content"
    assert button.evaluate(shown) == "none"
    button.focus()
    page.keyboard.press("Shift")  # the keyboard is in use: focus is seen
    description = button.get_attribute("aria-description")
    eventually(page, lambda: description in button.evaluate(shown))


def bar(page: Any, code: str) -> Any:
    return page.locator(f'.timeline [data-code="{code}"]')


def middle(place: Any) -> tuple[float, float]:
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Any, start: Any, end: Any) -> None:
    page.mouse.move(*middle(start))
    page.mouse.down()
    page.mouse.move(*middle(end), steps=5)
    page.mouse.up()


def test_a_year_and_a_range_are_chosen_and_the_link_carries_them(visit):
    """A year, a range and months are chosen by click, drag, grip and keys, and enter the link."""
    reader = visit().open("/?lang=es&layers=none")
    page, say = reader.page, words("es")
    page.evaluate("window.stayed = true")
    reader.choose_period("2021")
    reader.wait_for_query("period=2021")
    reader.drawn("/2021/")
    drag(page, bar(page, "2020"), bar(page, "2022"))
    reader.wait_for_query("period=2020%2F2022")
    reader.drawn("2020/2022")
    years = load_series("mpfn").set_index("period")["reported_count"]
    count = say.number(years["2020":"2022"].sum())
    figure = page.locator("article.card .figure b").first
    expect(figure).to_have_text(count, use_inner_text=True)
    expect(page.locator(".timeline .readout")).to_contain_text(count)
    # 2024 has no figure: the range ends before it, and a single step goes over it
    drag(page, page.locator(".timeline .grip.end"), bar(page, "2025-01/2025-11"))
    reader.wait_for_query("period=2020%2F2023")
    page.keyboard.press("ArrowRight")
    reader.wait_for_query("period=2025-01%2F2025-11")
    page.keyboard.press("Home")
    reader.wait_for_query("period=2019")
    play = page.locator(".timeline .play")
    expect(play).to_have_attribute("aria-label", say("timeline.step"))
    play.click()
    reader.wait_for_query("period=2020")
    # it stands where a press has put it: nothing is playing
    expect(play).to_have_attribute("aria-label", say("timeline.step"))
    reader.drawn("/2020/")
    assert reader.query("period") == "2020"
    page.locator(".timeline .track").press("Home")
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
    drag(page, bar(page, "2024-03"), bar(page, "2024-08"))
    reader.wait_for_query("period=2024-03%2F2024-08")
    reader.drawn("police/2024-03/2024-08")
    assert page.evaluate("window.stayed")
    expect(page.locator(".timeline [aria-selected=true]")).to_have_count(6)
    expect(page.locator(".timeline input:checked")).to_have_value("police")


def test_it_plays_and_pauses(visit):
    """Play moves from year to year until paused; tooltips close when the year or map changes."""
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
    page.mouse.move(*middle(page.locator(".timeline .readout")))
    reader.region("17").hover()
    expect(tip.filter(has_text="2019")).to_be_visible()
    page.mouse.move(*middle(page.locator(".timeline .readout")))
    expect(tip).to_have_count(0)
