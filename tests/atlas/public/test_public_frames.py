"""The page in a frame of another page, in a real Chromium: its height, and the ways out."""

from __future__ import annotations

import pytest

from atlas.html import inline_policy
from atlas.public.document import page_bytes
from tests.atlas.public.opened import Opened, exit_route
from tests.browser.eventually import eventually

pytestmark = pytest.mark.browser
HOST = "https://news.example/"
ATLAS = "https://atlas.example/public/es"
FITS = """width => innerWidth > width - 40 && innerWidth <= width
  && Math.abs(innerHeight - document.body.offsetHeight) < 2
  && document.documentElement.scrollHeight <= innerHeight + 1"""
LISTENS = (
    "<script>addEventListener('message', e => { if (e.data.type === 'atlas-height') {"
    "window.told = e.data; window.from = e.origin;"
    "document.querySelector('iframe').style.height = e.data.height + 'px'; } })</script>"
)


@pytest.fixture
def framed(browser):
    """Return a function that frames the page, with attributes and a policy, on a page of another
    origin, as a newspaper would."""
    visits = []

    def begin(attributes, *, after="", policy=None):
        visit = Opened(browser)
        visits.append(visit)
        visit.arrived = []
        exit_route(visit, visit.arrived)
        headers = {"Content-Security-Policy": policy} if policy else {}
        page = page_bytes("es")
        visit.context.route(
            ATLAS, lambda r: r.fulfill(body=page, content_type="text/html", headers=headers)
        )
        frame = f"<iframe title=atlas src='{ATLAS}' {attributes}></iframe>"
        body = f"<!DOCTYPE html><title>host</title>{frame}{after}"
        visit.context.route(HOST, lambda r: r.fulfill(content_type="text/html", body=body))
        visit.page.goto(HOST)
        return visit

    yield begin
    for visit in visits:
        visit.context.close()


def test_a_frame_is_told_how_tall_the_page_is_and_left_whole(framed):
    """Only type and height are posted; the page fits its frame, also after the width changed. The
    link takes the whole tab away, without a referrer, and back does not lead here."""
    visit = framed("style='width:100%;height:300px;border:0'", after=LISTENS)
    page = visit.page
    page.wait_for_function("window.told")
    inside = page.frames[1]
    for width in (1000, 390):
        page.set_viewport_size({"width": width, "height": 800})
        # all at once: until the page inside has heard of the width, its old height still fits
        eventually(page, lambda w=width: inside.evaluate(FITS, w))
    assert page.evaluate("Object.keys(window.told).sort()") == ["height", "type"]
    assert page.evaluate("window.from") == "https://atlas.example"
    assert {url for url in visit.asked if not url.startswith("data:")} == {HOST, ATLAS}
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
    """With the right that the host grants the top page goes, by the plain link, for no script may
    run; without it the page blanks itself."""
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
    """A reader who has touched the frame takes the whole tab away with two keys."""
    visit = framed("style='height:600px'")
    visit.page.frame_locator("iframe").locator(".brand").click()
    visit.page.keyboard.press("Escape")
    visit.page.keyboard.press("Escape")
    visit.page.wait_for_url("https://www.google.com/")


@pytest.mark.parametrize(
    ("ancestors", "drawn"),
    [("'self' https://news.example", True), ("'self' https://other.example", False)],
)
def test_a_list_of_origins_keeps_others_out(framed, ancestors, drawn):
    """What ATLAS_EMBED_ORIGINS puts into the header decides; the page's own meta cannot."""
    policy = inline_policy(page_bytes("es"), frame_ancestors=ancestors)
    visit = framed("style='height:600px'", policy=policy)
    exits = visit.page.frame_locator("iframe").locator("a.exit")
    if drawn:
        exits.first.wait_for()
        assert visit.complaints == []
    else:
        # the frame has loaded by now, and holds Chromium's own refusal
        assert any("frame-ancestors" in said for said in visit.complaints)
        assert exits.count() == 0
