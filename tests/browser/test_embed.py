"""The public page on somebody else's page, in a real Chromium; the dashboard at home only."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from atlas.paper.embed import COMPACT_PX, pinned_query
from atlas.public.document import page_bytes
from atlas.words import LANGUAGES, words
from data.periods import default_period, parse_period
from tests.browser.desk import Opened
from tests.browser.eventually import eventually

pytestmark = pytest.mark.browser
FRAME = "iframe[id^=atlas-trata]"


def heights(page) -> tuple[int, int]:
    """Height of the frame, and of the page inside it."""
    outer = page.eval_on_selector(FRAME, "frame => frame.getBoundingClientRect().height")
    inner = page.frames[1].evaluate("document.body.getBoundingClientRect().height")
    return round(outer), round(inner)


def fits(page) -> bool:
    """Whether the frame is as tall as what it shows."""
    outer, inner = heights(page)
    return abs(outer - inner) <= 2


def test_the_page_shares_itself(visit, host, address):
    """The page sets no cookie, makes one request, and its link and compact code can be copied."""
    reader = visit()
    reader.page.goto(f"{address}/public/es?period=2021")
    reader.page.locator("table tbody tr").nth(24).wait_for()
    assert reader.asked == [f"{address}/public/es?period=2021"]
    assert reader.context.cookies() == []
    assert reader.page.evaluate("localStorage.length + sessionStorage.length") == 0
    reader.page.locator(".to-share").click()
    share = reader.page.locator("#share")
    expect(share).to_be_in_viewport()
    expect(share.locator("#share-link")).to_have_value(f"{address}/public/es?period=2021")
    share.locator("summary").click()
    field = share.locator("#embed-compact")
    share.locator(".copy").filter(has=reader.page.locator("#embed-compact")).get_by_role(
        "button"
    ).click()
    expect(share.get_by_role("status")).to_have_text(words("es")("share.copied"))
    guest = visit(host(field.input_value()), java_script_enabled=False)
    guest.page.goto(guest.address)
    frame = guest.page.frame_locator("iframe")
    expect(frame.locator(".kicker")).to_contain_text("2021")
    expect(frame.locator("#map")).to_be_visible()
    expect(frame.locator('a[href="tel:1818"]')).to_be_visible()
    assert guest.page.locator("iframe").bounding_box()["height"] == COMPACT_PX
    asked = [url for url in guest.asked if not url.startswith(guest.address)]
    pinned = pinned_query(parse_period("2021"))
    assert asked == [f"{address}/public/es/compact{pinned}"]

    assert reader.page.goto(f"{address}/public/evil77").status == 404
    reader.complaints.clear()  # Chromium itself reports the 404
    text = reader.page.locator("body").inner_text()
    assert all(words(lang)("error.404.title") in text for lang in LANGUAGES)
    assert "evil77" not in text
    # the policy lets its own style through
    style = "getComputedStyle(document.querySelector('.way')).display"
    assert reader.page.evaluate(style) == "inline-block"


def test_the_code_works_elsewhere_and_follows_the_page_alone(visit, host, address):
    """The embed code draws on another origin, asks for nothing else and follows the page's height.

    Other frames, messages that are no height, and boundless heights are ignored.
    """
    reader = visit()
    reader.page.goto(f"{address}/vista-publica?lang=es&view=whole&measure=rate")
    reader.page.wait_for_selector(".st-key-embed_box code")
    box = reader.page.locator(".st-key-embed_box")
    code = box.locator("code").inner_text()
    assert words("es")("awareness.embed.local") in box.inner_text()
    liar = (
        "<iframe id='liar' srcdoc=\"<script>parent.postMessage("
        "{type: 'atlas-height', height: 7}, '*')</script>\"></iframe>"
    )
    guest = visit(host(code + liar))
    page = guest.page
    page.goto(guest.address)
    page.wait_for_function(f"document.querySelector('{FRAME}').style.height.endsWith('px')")
    eventually(page, lambda: fits(page))
    frame = page.frame_locator(FRAME)
    expect(frame.locator("table tbody tr")).to_have_count(25)
    assert frame.locator("#map path").count() > 25
    assert page.frames[1].evaluate("document.documentElement.lang") == "es"
    expect(page.locator(FRAME)).to_have_attribute("loading", "lazy")
    expect(page.locator(FRAME)).to_have_attribute("title", words("es")("awareness.frame"))
    asked = [url for url in guest.asked if not url.startswith((guest.address, "about:"))]
    pinned = pinned_query(default_period())
    assert asked == [f"{address}/public/es{pinned}"], "the page asks for nothing but itself"
    assert guest.context.cookies() == []

    wide = heights(page)[0]
    assert wide > 900
    for height in ("'7'", "-5", "NaN", "{}", "null"):
        page.frames[1].evaluate(f"parent.postMessage({{type: 'other', height: {height}}}, '*')")
    page.evaluate("postMessage({type: 'atlas-height', height: 7}, '*')")
    # messages come in the order in which they were sent: after this one all have been heard
    page.evaluate(
        "() => new Promise(done => { addEventListener('message', done, {once: true});"
        " postMessage('last', '*'); })"
    )
    assert heights(page)[0] == wide
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(
        f"document.querySelector('{FRAME}').getBoundingClientRect().height > {wide + 200}"
    )
    eventually(page, lambda: fits(page))
    inside = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.frames[1].evaluate(inside)
    page.frames[1].evaluate("parent.postMessage({type: 'atlas-height', height: 1e9}, '*')")
    page.wait_for_function(f"document.querySelector('{FRAME}').style.height === '20000px'")


HOST = "https://news.example/"
FRAMED = "https://atlas.example/public/es"
FITS = """width => innerWidth > width - 40 && innerWidth <= width
  && Math.abs(innerHeight - document.body.offsetHeight) < 2
  && document.documentElement.scrollHeight <= innerHeight + 1"""
LISTENS = (
    "<script>addEventListener('message', e => { if (e.data.type === 'atlas-height') {"
    "window.message = e.data; window.from = e.origin;"
    "document.querySelector('iframe').style.height = e.data.height + 'px'; } })</script>"
)


@pytest.fixture
def framed(browser):
    """Return a function that frames the page, with attributes, on a page of another origin."""
    visits = []

    def begin(attributes, *, after=""):
        visit = Opened(browser)
        visits.append(visit)
        page = page_bytes("es")
        visit.context.route(FRAMED, lambda r: r.fulfill(body=page, content_type="text/html"))
        frame = f"<iframe title=atlas src='{FRAMED}' {attributes}></iframe>"
        body = f"<!DOCTYPE html><title>host</title>{frame}{after}"
        visit.context.route(HOST, lambda r: r.fulfill(content_type="text/html", body=body))
        visit.page.goto(HOST)
        return visit

    yield begin
    for visit in visits:
        visit.context.close()


def test_a_frame_is_told_how_tall_the_page_is_and_left_whole(framed):
    """The page posts only its type and height; its link leaves the frame without a referrer."""
    visit = framed("style='width:100%;height:300px;border:0'", after=LISTENS)
    page = visit.page
    page.wait_for_function("window.message")
    inside = page.frames[1]
    for width in (1000, 390):
        page.set_viewport_size({"width": width, "height": 800})
        # all at once: until the page inside has heard of the width, its old height still fits
        eventually(page, lambda w=width: inside.evaluate(FITS, w))
    assert page.evaluate("Object.keys(window.message).sort()") == ["height", "type"]
    assert page.evaluate("window.from") == "https://atlas.example"
    assert {url for url in visit.asked if not url.startswith("data:")} == {HOST, FRAMED}
    assert visit.complaints == []
    page.frame_locator("iframe").locator("a.exit").first.click()
    page.wait_for_url("https://www.google.com/")
    assert "referer" not in visit.arrived[0]
    assert page.evaluate("history.length") <= 2


@pytest.mark.parametrize(
    ("granted", "leaves"),
    [
        ("allow-top-navigation-by-user-activation", True),
        ("allow-scripts", False),
    ],
)
def test_leaving_a_sandboxed_frame(framed, granted, leaves):
    """With the host's permission the top page leaves by a plain link; otherwise the page blanks."""
    visit = framed(f"sandbox='{granted}' style='height:300px'")
    inside = visit.page.frame_locator("iframe")
    inside.locator("a.exit").first.click()
    if leaves:
        visit.page.wait_for_url("https://www.google.com/")
        assert "referer" not in visit.arrived[0]
    else:
        inside.locator("h1").wait_for(state="detached")
        assert visit.page.url == HOST
        assert visit.page.frames[1].url == "about:blank"
        assert visit.arrived == []


def test_escape_twice_leaves_a_frame(framed):
    """Two Escapes within a second and a half leave the frame; one does not."""
    visit = framed("style='height:600px'")
    visit.page.frame_locator("iframe").locator(".brand").click()
    visit.page.keyboard.press("Escape")
    assert visit.page.url == HOST
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_url("https://www.google.com/")
