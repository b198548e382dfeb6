"""The public page on somebody else's page, in a real Chromium; the dashboard at home only."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from atlas.paper.embed import COMPACT_PX
from atlas.words import LANGUAGES, words
from tests.browser.eventually import eventually

pytestmark = pytest.mark.browser
FRAME = "iframe[id^=atlas-trata]"


def drawn_by(address: str) -> None:
    """Wait until a server has drawn its pages: what follows is about browsers, not about speed."""
    assert httpx.get(f"{address}/public/es", trust_env=False, timeout=300).status_code == 200


@pytest.fixture(scope="module", autouse=True)
def drawn(address: str) -> None:
    """The pages of the session's server are drawn."""
    drawn_by(address)


def heights(page) -> tuple[int, int]:
    """Height of the frame, and of the page inside it."""
    outer = page.eval_on_selector(FRAME, "frame => frame.getBoundingClientRect().height")
    inner = page.frames[1].evaluate("document.body.getBoundingClientRect().height")
    return round(outer), round(inner)


def fits(page) -> bool:
    """Whether the frame is as tall as what it shows."""
    outer, inner = heights(page)
    return abs(outer - inner) <= 2


def resized(page) -> None:
    """Wait until the frame has the height of what it shows."""
    page.wait_for_function(f"document.querySelector('{FRAME}').style.height.endsWith('px')")
    eventually(page, lambda: fits(page))


def test_the_page_shares_itself(visit, host, address):
    """Link and code are copied on the page; the compact code shows it elsewhere without script."""
    reader = visit()
    reader.page.goto(f"{address}/public/es?period=2021")
    reader.page.locator(".to-share").click()
    share = reader.page.locator("#share")
    expect(share).to_be_in_viewport()
    expect(share.locator("#share-link")).to_have_value(f"{address}/public/es?period=2021")
    share.locator("summary").click()
    field = share.locator("#embed-compact")
    share.locator(".copy").filter(has=reader.page.locator("#embed-compact")).get_by_role(
        "button"
    ).click()
    expect(share.get_by_role("status")).to_have_text(words("es")("public.share.copied"))
    guest = visit(host(field.input_value()), java_script_enabled=False)
    guest.page.goto(guest.address)
    frame = guest.page.frame_locator("iframe")
    expect(frame.locator(".kicker")).to_contain_text("2021")
    expect(frame.locator("#map")).to_be_visible()
    expect(frame.locator('a[href="tel:1818"]')).to_be_visible()
    assert guest.page.locator("iframe").bounding_box()["height"] == COMPACT_PX
    asked = [url for url in guest.asked if not url.startswith(guest.address)]
    assert asked == [f"{address}/public/es/compact?period=2021"]


def test_the_code_works_elsewhere_and_follows_the_page_alone(visit, host, address):
    """Taken from Vista pública, put on a page of another origin: it draws, asks for nothing else,
    and takes its height at 1280 and at 390 pixels. Another frame, or a message that is no height,
    changes nothing; no height is boundless."""
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
    resized(page)
    frame = page.frame_locator(FRAME)
    expect(frame.locator("table tbody tr")).to_have_count(25)
    assert frame.locator("#map path").count() > 25
    assert page.frames[1].evaluate("document.documentElement.lang") == "es"
    expect(page.locator(FRAME)).to_have_attribute("loading", "lazy")
    expect(page.locator(FRAME)).to_have_attribute("title", words("es")("awareness.frame"))
    asked = [url for url in guest.asked if not url.startswith((guest.address, "about:"))]
    assert asked == [f"{address}/public/es"], "the page asks for nothing but itself"
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


def test_the_dashboard_is_framed_by_nobody(browser, host, address):
    """The same host that shows the public page is refused every other page; that page may stand in
    one that isolates itself (Cross-Origin-Embedder-Policy)."""
    context, refused = browser.new_context(), []
    page = context.new_page()
    page.on("console", lambda message: refused.append("frame-ancestors" in message.text))
    paths = ("/", "/cifras", "/vista-publica", "/map/frame")
    page.goto(host("".join(f'<iframe src="{address}{path}" title="x"></iframe>' for path in paths)))
    eventually(page, lambda: sum(refused) >= len(paths))
    for frame in page.frames[1:]:
        assert frame.evaluate("document.body.innerText.includes('Atlas')") is False
    context.close()
    for path in ("/public/es", "/public/card/es.png"):
        headers = httpx.get(address + path, trust_env=False, timeout=300).headers
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["cross-origin-embedder-policy"] == "require-corp"
        assert "set-cookie" not in headers
        assert "x-frame-options" not in headers


def test_the_page_by_itself_leaves_nothing_behind_and_runs_nothing(visit, hostile_address):
    """Every text column of the data holds a script: it is text. No cookie, no storage, one
    request. A page that there is not is calm."""
    drawn_by(hostile_address)
    reader = visit(hostile_address)
    reader.page.goto(f"{hostile_address}/public/es")
    reader.page.locator("table tbody tr").nth(24).wait_for()
    expect(reader.page.locator("table")).to_contain_text(
        "<script>window.P=1</script>", use_inner_text=True
    )
    reader.page.locator("#map path[id^=r]").first.dispatch_event("click")
    expect(reader.page.locator("#panel")).to_contain_text("<script>", use_inner_text=True)
    assert reader.page.evaluate("window.P") is None
    assert reader.asked == [f"{hostile_address}/public/es"]
    assert reader.context.cookies() == []
    assert reader.page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert reader.complaints == []
    assert reader.page.goto(f"{hostile_address}/public/evil77").status == 404
    reader.complaints.clear()  # Chromium itself reports the 404
    text = reader.page.locator("body").inner_text()
    assert all(words(lang)("error.404.title") in text for lang in LANGUAGES)
    assert "evil77" not in text
    # the policy lets its own style through
    style = "getComputedStyle(document.querySelector('.way')).display"
    assert reader.page.evaluate(style) == "inline-block"


def preview(reader):
    """The frame that shows the public page."""
    return next(frame for frame in reader.page.frames if "/public/es" in frame.url)


@pytest.mark.slow  # the width: tests/atlas/pages/test_awareness
def test_the_preview_is_drawn_at_the_width_of_the_device(visit, address):
    """The page inside is as wide as the device and none of it is cut off at the side."""
    reader = visit()
    reader.page.goto(f"{address}/vista-publica?lang=es&period=2021")
    reader.page.wait_for_selector(".glass.loaded")
    for device, width in ((1, 820), (2, 1280), (0, 390)):
        reader.page.locator(".st-key-awareness_device button").nth(device).click()
        eventually(reader.page, lambda w=width: preview(reader).evaluate("innerWidth") == w)
        inside = preview(reader)
        expect(inside.locator(".kicker")).to_contain_text("2021")
        glass = reader.page.locator(".glass").bounding_box()
        assert glass["x"] + glass["width"] <= 1280
        assert reader.complaints == []
    # leaving the page leaves the preview, not the atlas; Chromium reports what it stopped
    inside.locator("a.exit").first.click()
    eventually(reader.page, lambda: "/public/es" not in inside.url)
    assert reader.page.url.startswith(f"{address}/vista-publica")
    reader.complaints.clear()
