"""A real Chromium opens the page from the disk: it draws, asks nobody, and runs no foreign text."""

import json
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from layers.basemap import label_layer
from layers.document import (
    LEAFLET_FOLDER,
    STATIC_FOLDER,
    frame_script,
    layer_script,
    map_document,
)
from layers.legend import LegendSpec, Scale
from layers.legend_html import legend_html
from layers.mining import mining_cells_layer
from layers.palette import SMR
from layers.places import named_places_layer, services_layer
from layers.regions import region_layer
from layers.route_lines import route_legs
from layers.routes import routes_layer
from layers.shapes import shapes_layer
from tests.browser.desk import Opened
from tests.browser.eventually import SETTLED, eventually

pytestmark = pytest.mark.browser
HOSTILE = (
    '</script><script>window.P=1</script><img src=x onerror="window.P=1">'
    "${window.P=1}`;window.P=1;`\\'\";window.P=1//\u2028{{7*7}}"
)


def groups(regions, cells, shapes, routes, waypoints, places, services, word=""):
    """Every layer, with ``word`` added to each text that a caller can give."""
    for frame, columns in (
        (regions, ["department", "capital", "figure"]),
        (waypoints, ["place"]),
        (places, ["place", "line"]),
        (services, ["name"]),
    ):
        for column in columns:
            frame[column] = word + frame[column]
    towns = places.assign(name=word + "town", population=1e6)
    texts = dict.fromkeys(regions.department_ubigeo, ((word,), word))
    return {
        "regions": region_layer(regions, SMR, value="smr", texts=texts),
        "mining_cells": mining_cells_layer(
            cells,
            title=word,
            caveat=word,
            hectares=dict.fromkeys(cells.index, word),
            unwatched=word,
        ),
        "shapes": shapes_layer(
            "shapes",
            [replace(shape, title=word + shape.title, lines=(word,)) for shape in shapes],
            caveat=word,
        ),
        "routes": routes_layer(
            route_legs(routes, waypoints),
            texts=dict.fromkeys(routes["route_id"], word),
            unknown=word,
            caveat=word,
        ),
        "named_places": named_places_layer(places, caveat=word),
        "services": services_layer(services, caveat=word),
        "labels": label_layer(
            regions, towns, regions[:0].assign(country=""), names={}, ocean=word + "sea"
        ),
    }


def page_of(parts, regions, word="", **options):
    scale = Scale(word + "t", ("#fff", "#000"), (word,), word)
    return map_document(
        [layer_script(group, key) for key, group in parts.items()],
        inline=True,
        title=word + "map",
        attribution=word,
        words=dict.fromkeys(("whole", "near", "fingers", "wheel"), word + "{key}"),
        lang="es",
        legend=legend_html(LegendSpec(scale, (("above", word),), (word,), word + "Leyenda")),
        **options,
    )


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that opens HTML by file:// and records requests and errors."""
    visit = Opened(browser, viewport={"width": 760, "height": 780})

    def opened(html):
        path = tmp_path / "map.html"
        path.write_text(html, encoding="utf-8")
        visit.page.goto(path.as_uri())
        visit.page.wait_for_selector("html[data-drawn]", state="attached")
        return visit.page

    opened.visit = visit
    yield opened
    visit.context.close()
    assert visit.complaints == []


FIXTURES = ("regions", "cells", "shapes", "routes", "waypoints", "places", "services")


@pytest.fixture
def frames(request):
    return {name: request.getfixturevalue(name) for name in FIXTURES}


def test_the_page_draws_everything_and_asks_nobody(open_page, frames):
    """The page draws 25 regions with codes, makes no request, and its policy stops scripts."""
    page = open_page(page_of(groups(**frames), frames["regions"], selected="17"))
    codes = page.eval_on_selector_all(
        "path.region", "all => all.map(p => p.dataset.departmentUbigeo)"
    )
    assert sorted(codes) == [f"{n:02d}" for n in range(1, 26)]
    assert page.get_attribute("path.region-05", "fill") == "url(#hatch-missing)"
    assert page.locator("#hatch-missing").count() == 1
    assert page.locator("path.halo").count() == 1
    visit = open_page.visit
    assert [url for url in visit.asked if not url.startswith(("file:", "data:"))] == []
    assert visit.complaints == []
    refused = page.evaluate(
        """async () => {
            const seen = [];
            addEventListener("securitypolicyviolation", e => seen.push(e.effectiveDirective));
            new Image().src = "http://127.0.0.1:9/a.png";
            await fetch("http://127.0.0.1:9/").catch(() => 0);
            while (seen.length < 2) await new Promise(requestAnimationFrame);
            return seen.sort();
        }"""
    )
    assert refused == ["connect-src", "img-src"]
    visit.complaints.clear()  # Chromium's own of what it refused


def test_hostile_text_is_shown_and_never_run(open_page, frames):
    """Every string of every layer, of the page and of the legend is hostile: it is only text."""
    page = open_page(page_of(groups(**frames, word=HOSTILE), frames["regions"], HOSTILE))
    page.evaluate(
        "Object.values(map_atlas._layers).forEach(layer => { if (layer.getTooltip?.())"
        " layer.openTooltip(); })"
    )
    for x in range(60, 760, 200):
        for y in range(20, 780, 200):
            page.mouse.move(x, y)
    page.locator("path.region-13").hover()
    expect(page.locator(".tip.shown")).to_contain_text("onerror")
    assert page.evaluate("window.P") is None
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("path.region").count() == 25


def embedded(browser, layers, **context):
    """A page that holds the frame, the frame, and a function that sends it a state."""
    files = {
        "/frame": map_document([], title="map", lang="es"),
        "/": "<iframe sandbox='allow-scripts' src='/frame' width=700 height=700></iframe>"
        "<script>window.heard=[];window.onmessage=e=>heard.push(e.data)</script>",
        **layers,
    }

    def answer(route):
        path = route.request.url.removeprefix("http://atlas.test")
        if path.startswith("/assets/leaflet/"):
            route.fulfill(path=LEAFLET_FOLDER / path.rsplit("/", 1)[1])
        elif path == "/assets/atlas/frame.css":
            route.fulfill(path=STATIC_FOLDER / "frame.css")
        elif path.startswith("/assets/atlas/"):
            script = frame_script(path.rsplit("/", 1)[1])
            route.fulfill(body=script, content_type="text/javascript")
        elif path in files:
            kind = "text/javascript" if "layers" in path else "text/html"
            route.fulfill(body=files[path], content_type=kind)
        else:
            route.abort()

    page = browser.new_page(**{"viewport": {"width": 760, "height": 780}, **context})
    page.route("**/*", answer)
    page.goto("http://atlas.test/")
    page.wait_for_function("heard.some(m => m.type === 'ready')")

    def send(token, **state):
        message = json.dumps({"type": "state", "token": token, **state})
        page.evaluate(f"document.querySelector('iframe').contentWindow.postMessage({message},'*')")
        page.wait_for_function(f"heard.some(m => m.type === 'drawn' && m.token === {token})")

    return page, page.frames[1], send


def test_the_frame_listens_to_its_holder_only(browser, frames):
    """State from the parent swaps layers and keeps the view; other senders are ignored."""
    groups_now = groups(**frames)
    page, frame, send = embedded(
        browser,
        {
            "/layers/a": layer_script(groups_now["regions"], "regions"),
            "/layers/b": layer_script(groups_now["named_places"], "named_places"),
        },
    )
    send(1, layers=[{"key": "regions", "url": "/layers/a"}], selected="03", theme="dark")
    assert frame.locator("path.region").count() == 25
    assert frame.locator("path.halo").count() == 1
    frame.evaluate("void map_atlas.setView([-12, -71], 7, {animate: false})")
    view = frame.evaluate("[map_atlas.getCenter().lat, map_atlas.getZoom()]")
    both = [{"key": "regions", "url": "/layers/a"}, {"key": "named_places", "url": "/layers/b"}]
    frame.evaluate("document.querySelector('path.region').dataset.kept = 1")
    send(2, layers=both, legend="<p>legend</p>")
    assert frame.locator("path.region[data-kept]").count() == 1
    assert frame.locator(".name-place").count() > 0
    assert frame.locator("#legend").inner_text() == "legend"
    send(3, layers=[both[1], {"key": "evil", "url": "https://host/x.js"}])
    assert frame.locator("path.region").count() == 0
    assert frame.evaluate("[map_atlas.getCenter().lat, map_atlas.getZoom()]") == view
    frame.evaluate("window.postMessage({type: 'state', layers: []}, '*')")
    frame.evaluate(SETTLED)
    assert frame.locator(".name-place").count() > 0
    send(4, layers=both)
    frame.locator("path.region-17").dispatch_event("click")
    page.wait_for_function("heard.some(m => m.type === 'select' && m.code === '17')")
    page.close()


def test_a_region_is_chosen_gone_to_and_left(open_page, frames):
    """A click passes through overlays to the region; the wheel zooms only with Ctrl."""
    page = open_page(page_of(groups(**frames), frames["regions"], "w"))
    whole = page.evaluate("map_atlas.getZoom()")
    halo, near = page.locator("path.halo"), page.locator(".leaflet-control-near")
    expect(near).to_be_hidden()
    expect(halo).to_have_count(0)
    cell = page.locator("path.mining-cell").first.bounding_box()
    page.mouse.click(cell["x"] + cell["width"] / 2, cell["y"] + cell["height"] / 2)
    expect(halo).to_have_count(1)

    page.locator("path.region-13").click(position={"x": 8, "y": 8})
    near.click()
    eventually(page, lambda: page.evaluate("map_atlas.getZoom()") > whole + 1)
    page.locator(".leaflet-control-whole").click()
    eventually(page, lambda: page.evaluate("map_atlas.getZoom()") == pytest.approx(whole))

    hint = page.locator(".hint.shown")
    page.mouse.move(400, 300)
    page.mouse.wheel(0, -240)
    expect(hint).to_have_text("wCtrl")
    assert page.evaluate("map_atlas.getZoom()") == pytest.approx(whole)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -240)
    eventually(page, lambda: page.evaluate("map_atlas.getZoom()") > whole)
    page.keyboard.up("Control")
