"""Back, Forward and links: each choice of a reader is one step, and is shown again whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from playwright.sync_api import expect

from atlas.public.page import FORMS
from atlas.results.regions import results_for
from atlas.view import BASES, MEASURES, View
from atlas.words import LANGUAGES, words
from data.catalogue import descriptor_of
from data.periods import parse_period
from studies.benchmarks.first_screen import first_screen
from tests.browser.eventually import AT_REST, SETTLED, eventually
from tests.browser.test_reader import CARD, view

pytestmark = pytest.mark.browser
CHOSEN = "button[data-testid$=Active], button[aria-checked=true]"


def chosen(page: Any, *controls: str) -> list[str]:
    """What rows of buttons have chosen, by its words."""
    return [
        "/".join(page.locator(f".st-key-{one}").locator(CHOSEN).all_inner_texts())
        for one in controls
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
    """Department, period, measure and layer; the map is not loaded anew for it.

    A change is told in one sentence of one polite region, an arrival is not.
    """
    reader = visit().open("/")
    page, say = reader.page, words("es")
    page.locator(AT_REST).wait_for()
    told = page.locator(".st-key-address [role=status]")
    expect(told).to_have_text("", use_inner_text=False)
    reader.wait_for_query("period=")  # the address that one comes by is completed once drawn
    reader.frame.evaluate("window.same = true")

    def period() -> None:
        reader.choose_period("2021")
        verdict = results_for(parse_period("2021")).set_index("department_ubigeo")["verdict"]["16"]
        expect(told).to_contain_text("Loreto, 2021", use_inner_text=False)
        expect(told).to_contain_text(f": {say(f'verdict.{verdict}')}", use_inner_text=False)

    def measure() -> None:
        reader.press("map_measure", MEASURES.index("verdict"))
        shown = say("map.shown", measure=say("measure.verdict.short"), period="2021")
        expect(told).to_have_text(shown, use_inner_text=False)

    def layer() -> None:
        page.get_by_role("switch", name=say("panel.routes.name")).click()

    walked(
        page,
        [
            lambda: page.locator('.atlas-table tr[data-code="16"] button').click(),
            period,
            measure,
            layer,
        ],
        lambda: [
            page.locator(f"{CARD} h2").inner_text(),
            page.locator(".timeline [aria-selected=true]").evaluate_all(
                "all => all.map(one => one.dataset.code)"
            ),
            chosen(page, "map_measure"),
            reader.frame.evaluate("document.querySelectorAll('path.route').length"),
        ],
    )
    assert reader.frame.evaluate("window.same") is True


@pytest.mark.slow  # folds: test_card
def test_the_folds_of_the_card_are_steps_and_in_the_link(visit):
    """Its years, two of them compared, and which; another year on the map asks anew."""
    reader = visit().open("/?lang=es&period=2021&dep=17&layers=none")
    page, say = reader.page, words("es")
    page.locator(AT_REST).wait_for()
    reader.wait_for_query("period=2021")
    compared = page.get_by_label(say("card.changes.year"))

    def look(of: Any = page) -> list[Any]:
        folds = [of.locator(f".st-key-map_{name} details[open]") for name in ("history", "changes")]
        year = of.get_by_label(say("card.changes.year"))
        # asked at once: a field that has just gone would be waited for
        chosen_years = year.evaluate_all("all => all.map(field => field.value)")
        return [*(one.count() for one in folds), chosen_years]

    def choose() -> None:
        compared.fill("2019")
        expect(page.get_by_role("option").first).to_have_text("2019")
        page.get_by_role("option").first.click()

    walked(
        page,
        [
            lambda: page.locator(".st-key-map_history summary").click(),
            lambda: page.locator(".st-key-map_changes summary").click(),
            choose,
        ],
        look,
    )
    assert look()[:2] == [1, 1]
    other = visit().open(page.url.removeprefix(reader.address)).page
    eventually(other, lambda: look(other) == look())
    reader.choose_period("2023")
    reader.wait_for_query("period=2023")
    assert reader.query("with") == "2023"


@pytest.mark.slow  # walked: the map above, a page below
def test_back_undoes_each_choice_on_the_other_pages(visit):
    """Focos with the density's rule and the language, then Cifras."""
    reader = visit()
    page = reader.page
    page.goto(f"{reader.address}/focos?lang=es")
    page.wait_for_selector("footer.help")
    page.locator(AT_REST).wait_for()
    # the address that one comes by is completed once the page is drawn
    reader.wait_for_query("period=")

    walked(
        page,
        [
            lambda: page.locator('.matrix-root tr[data-department="16"] button').first.click(),
            lambda: reader.choose_period("2021"),
            lambda: reader.press("focos_base", BASES.index("offences")),
            lambda: page.locator(".st-key-focos_density summary").click(),
            lambda: page.locator(".st-key-focos_share button").last.click(),
            lambda: page.locator(".st-key-language button").last.click(),
        ],
        lambda: [
            page.locator("h1").first.inner_text(),
            page.locator(".st-key-focos_density details").get_attribute("open") is not None,
            chosen(page, "focos_share", "language"),
        ],
    )
    link = page.url
    page.locator("[data-testid=stTopNavLink]", has_text=words("en")("nav.figures")).click()
    page.wait_for_selector(".strips")
    page.locator(AT_REST).wait_for()
    reader.wait_for_query("dep=16")
    eventually(page, lambda: chosen(page, "language") == ["EN"])
    figures = page.url
    page.locator(".st-key-figures_year button").first.click()
    page.wait_for_function("before => location.href !== before", arg=figures)
    page.go_back()
    expect(page).to_have_url(figures)
    eventually(page, lambda: chosen(page, "figures_year") == ["2025"])
    page.go_back()
    expect(page).to_have_url(link)
    page.wait_for_selector(".matrix-root")


@pytest.mark.slow  # walked: the map above
@pytest.mark.parametrize("path", ["metodo", "vista-publica"])
def test_back_undoes_and_links_keep_what_is_made_ready_to_leave(visit, path):
    """The public page's language, measure, form and width; the period, base and table of a file."""
    reader = visit()
    page = reader.page
    page.goto(f"{reader.address}/{path}?lang=es")
    page.locator("[data-testid=stSelectbox] input").last.wait_for()
    reader.wait_for_query("period=")
    page.locator(AT_REST).wait_for()
    say = words("es")

    def pick(control: str, option: str) -> None:
        page.locator(f".st-key-{control} input").click()
        page.keyboard.type(option)
        expect(page.get_by_role("option", name=option, exact=True)).to_be_visible()
        page.keyboard.press("Enter")

    steps: dict[str, list[Callable[[], None]]] = {
        "vista-publica": [
            lambda: reader.press("awareness_lang", LANGUAGES.index("en")),
            lambda: reader.press("awareness_measure", 0),
            lambda: reader.press("awareness_view", FORMS.index("whole")),
            lambda: reader.press("awareness_device", 2),
            lambda: pick("awareness_period", say("period.2021")),
        ],
        "metodo": [
            lambda: pick("method_period", say("period.2021")),
            lambda: reader.press("method_base", BASES.index("offences")),
            lambda: pick("method_table", descriptor_of("named_places")["title_es"]),
        ],
    }

    def look() -> Any:
        controls = page.locator("[data-testid=stButtonGroup]")
        return [
            controls.locator(CHOSEN).all_inner_texts(),
            page.locator("[data-testid=stSelectbox] input").evaluate_all(
                "all => all.map(one => one.value)"
            ),
        ]

    walked(page, steps[path], look)
    told = page.locator(".st-key-address [role=status]")
    # what changed last, and nothing that stayed
    last = {"vista-publica": "2021", "metodo": descriptor_of("named_places")["title_es"]}
    expect(told).to_contain_text(last[path], use_inner_text=False)
    seen = look()
    page.goto(page.url)
    page.locator(AT_REST).wait_for()
    eventually(page, lambda: look() == seen)


def test_the_place_where_the_map_stands_is_found_and_in_the_link(visit):
    """A zoom draws nothing anew, its link opens there, a later choice keeps it; a name typed
    without its accents goes there, by keyboard or by hand, and opens the card of the province; a
    district opens its department's."""
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
    other = visit().open(page.url.removeprefix(reader.address))
    eventually(other.page, lambda: view(other) == pytest.approx(where, abs=0.01))
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
    box.press("Enter")
    reader.wait_for_query("prov=1007")
    expect(page.locator(f"{CARD} h2")).to_have_text("Marañón", use_inner_text=True)
    eventually(page, lambda: view(reader)[2] > where[2] + 0.5)
    expect(reader.frame.locator("path.pin")).to_have_count(0)
    box.fill("puerto maldonado")
    expect(options).to_have_text(say("search.none"))
    box.fill("tambopata")
    options.filter(has_text=say("search.district")).first.click()
    reader.wait_for_query("dep=17")
    expect(reader.frame.locator("path.pin")).to_have_count(1)


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
        assert figure == (f"{results.loc[name, 'smr']:.1f}" if is_news else ""), name
    marks = ".name:not(.name-department), .service, path.mining-cell, path.route"
    assert frame.locator(marks).count() <= 30
    # fifty of them in the panel, whose rows say what can be laid on the map
    assert first_screen(reader.page)["words"] <= 210
    frame.evaluate("void map_atlas.setZoom(map_atlas.getZoom() + 1, {animate: false})")
    loreto = frame.locator(".name-department", has_text="Loreto")
    expect(loreto).to_have_text(f"Loreto{results.loc['LORETO', 'smr']:.1f}")
    assert "Amazon Mining Watch" not in frame.locator("#credits").inner_text()


def test_keys_alone_lead_through_the_page(visit):
    """The first screen has names, figures where they are the news, no overlay, few words and thirty
    marks. The first stop skips to the table, each stop of the header is seen, Loreto is few stops
    away; the layers are reached and left; a button says what it does when the keyboard comes."""
    reader = visit().open("/?lang=es")
    page, say = reader.page, words("es")
    page.locator(AT_REST).wait_for()
    assert_few_marks(reader)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=say("shell.skip_table"))
    expect(skip).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=say("shell.skip"))).to_be_focused()
    goals = [page.get_by_role("link", name=say(f"shell.skip{one}")) for one in ("", "_table")]
    assert len({one.get_attribute("href") for one in goals}) == 2
    for _ in range(3):
        page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring not in ("none", ""), page.evaluate("document.activeElement.outerHTML")
    skip.focus()
    page.keyboard.press("Enter")
    held = (
        "[...document.querySelectorAll('.st-key-table, .st-key-table *')]"
        ".map(one => one.shadowRoot?.activeElement?.closest('tr')?.dataset.code).find(Boolean)"
    )
    stops = 1
    while page.evaluate(held) != "16":
        page.keyboard.press("Tab")
        stops += 1
        assert stops <= 12
    page.keyboard.press("Enter")
    reader.wait_for_query("dep=16")
    page.locator(AT_REST).wait_for()

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
    said = button.get_attribute("aria-description")
    eventually(page, lambda: said in button.evaluate(shown))
