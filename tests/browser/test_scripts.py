"""The browser's scripts on an empty page: names, view and routes of the map, moves of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from atlas.web.components import static_text
from layers.document import STATIC_FOLDER, inline_script, inline_style

pytestmark = pytest.mark.browser

MAP = """
() => {
  const map = window.map_atlas = L.map("map", { center: [-9, -75], zoom: 6, zoomSnap: 0,
    zoomControl: false, attributionControl: false, zoomAnimation: false, fadeAnimation: false });
  for (const pane of ["regions", "places", "labels"]) map.createPane(pane);
  const frame = window.frame = { chosen: null, dimmed: new Set(), isWhole: true, isPrinting: false,
    shapes: new Map(), said: [], arranged: 0 };
  const tell = (message) => frame.said.push(message);
  frame.names = atlasNames(map, { shapes: frame.shapes, tips: new WeakMap(), smallest: "07",
    isPrinting: () => frame.isPrinting, isWhole: () => frame.isWhole, chosen: () => frame.chosen,
    isDimmed: (code) => frame.dimmed.has(code) });
  frame.view = atlasView(map, { tell, hideTip: () => {}, words: () => ({}), isPaired: () => false,
    arrange: () => frame.arranged++, arrangeSoon: () => {} });
  frame.at = (x, y) => map.containerPointToLatLng([x, y]);
  frame.write = (kind, text, x, y, more = {}) => {
    const name = new frame.names.Name(frame.at(x, y),
      { kind, text, first: 4, priority: 10, ...more }).addTo(map);
    return name;
  };
  frame.department = (code, text, from, to, more = {}) => {
    const shape = L.rectangle([frame.at(...from), frame.at(...to)], { pane: "regions" }).addTo(map);
    frame.shapes.set(code, shape);
    const [x, y] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], spot = frame.at(x, y);
    return frame.write("department", text, x, y, { code, figure: "12", told: false,
      inks: [["#111", "#222", "#333"], ["#ddd", "#eee", "#fff"]], spots: [[spot.lng, spot.lat]],
      ...more });
  };
  frame.written = () => {
    frame.names.arrange();
    return [...document.querySelectorAll(".name span")].map((node) => {
      const box = node.getBoundingClientRect();
      return { text: node.firstChild.textContent, side: node.className,
        figure: node.querySelector("b")?.textContent ?? "",
        isOnFill: node.parentElement.classList.contains("on-fill"),
        box: [box.left, box.top, box.right, box.bottom] };
    });
  };
}
"""


@pytest.fixture(scope="module")
def blank(browser: Any) -> Iterator[Any]:
    """One page for all, emptied by each test."""
    page = browser.new_page(viewport={"width": 800, "height": 600})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


@pytest.fixture
def frame_map(blank: Any) -> Any:
    """An empty map of 800 by 600 pixels with names and view, `frame` in the page."""
    blank.set_content(
        f"<style>{inline_style('leaflet.css')}</style><style>{inline_style('frame.css')}</style>"
        "<style>html, body { margin: 0 } #map { width: 800px; height: 600px }</style>"
        '<div id="map"></div><div class="corner"><div id="inset" hidden></div><aside id="legend">'
        "<details><summary>Leyenda</summary><p>más</p></details></aside></div>"
    )
    for name in ("leaflet.js", "view.js", "names.js"):
        blank.add_script_tag(content=inline_script(name))
    blank.evaluate(MAP)
    return blank


def texts(page: Any) -> list[str]:
    """What is written, in alphabetical order."""
    return sorted(name["text"] for name in page.evaluate("frame.written()"))


def test_names_cover_nothing_and_the_first_come_first(frame_map):
    """The town that matters most is beside its dot, and no name lies on another."""
    frame_map.evaluate(
        """() => { for (let n = 0; n < 30; n++)
             frame.write("town", `Pueblo ${n}`, 300 + 9 * (n % 6), 250 + 9 * Math.floor(n / 6),
                         { priority: 29 - n }); }"""
    )
    written = frame_map.evaluate("frame.written()")
    assert 4 <= len(written) < 30
    assert ("Pueblo 29", "right") in {(name["text"], name["side"]) for name in written}
    for at, label in enumerate(written):
        for other in written[:at]:
            a, b = label["box"], other["box"]
            apart = a[0] >= b[2] or a[2] <= b[0] or a[1] >= b[3] - 2 or a[3] - 2 <= b[1]
            assert apart, (label, other)


def test_a_name_waits_for_its_zoom_and_a_country_does_not_on_paper(frame_map):
    """A town of zoom 7 is written from 7 on; a country of zoom 9 on paper at once."""
    frame_map.evaluate(
        """() => { frame.write("town", "Tarde", 400, 300, { first: 7 });
                   frame.write("country", "Brasil", 700, 300, { first: 9 }); }"""
    )
    assert texts(frame_map) == []
    frame_map.evaluate("() => { frame.isPrinting = true; }")
    assert texts(frame_map) == ["Brasil"]
    frame_map.evaluate("() => { frame.isPrinting = false; void map_atlas.setZoom(7); }")
    assert texts(frame_map) == ["Tarde"]


def test_places_that_touch_are_one_ring_with_their_number(frame_map):
    """Rings 12 pixels apart merge, rings 40 pixels apart do not."""
    frame_map.evaluate(
        """() => { frame.write("place", "Uno", 300, 300); frame.write("place", "Dos", 312, 300);
                   frame.write("place", "Tres", 352, 300); frame.names.arrange(); }"""
    )
    dots = frame_map.locator(".name-place .dot")
    assert sorted(dots.all_inner_texts()) == ["", "2"]


def test_figures_stand_where_they_say_something(frame_map):
    """On the whole country the told and the chosen have theirs; nearer and on paper all have."""
    frame_map.evaluate(
        """() => { frame.department("01", "Norte", [100, 100], [300, 300]);
                   frame.department("02", "Centro", [320, 100], [520, 300], { told: true });
                   frame.department("03", "Sur", [540, 100], [740, 300]); }"""
    )

    def figures():
        return {name["text"]: name["figure"] for name in frame_map.evaluate("frame.written()")}

    assert figures() == {"Norte": "", "Centro": "12", "Sur": ""}
    frame_map.evaluate("() => { frame.chosen = '03'; }")
    assert figures() == {"Norte": "", "Centro": "12", "Sur": "12"}
    frame_map.evaluate("() => { frame.chosen = null; frame.isWhole = false; }")
    assert figures() == dict.fromkeys(("Norte", "Centro", "Sur"), "12")
    frame_map.evaluate("() => { frame.isWhole = true; frame.isPrinting = true; }")
    assert figures() == dict.fromkeys(("Norte", "Centro", "Sur"), "12")


def test_the_chosen_name_takes_the_room_and_the_dimmed_loses_its_ink(frame_map):
    """Where two departments' names have one place, the chosen one is written there."""
    frame_map.evaluate(
        """() => { frame.department("01", "Norte", [300, 200], [420, 400], { priority: 1 });
                   frame.department("02", "Centro", [300, 200], [420, 400], { priority: 2 });
                   frame.on = () => Object.fromEntries(frame.written().filter((one) => one.side)
                     .map((one) => [one.text, [Math.abs((one.box[0] + one.box[2]) / 2 - 360) < 2
                       && one.box[1] < 300 && one.box[3] > 290, one.isOnFill]])); }"""
    )
    assert frame_map.evaluate("frame.on().Norte") == [True, True]
    frame_map.evaluate("() => { frame.chosen = '02'; }")
    assert frame_map.evaluate("frame.on().Centro") == [True, True]
    frame_map.evaluate("() => { frame.dimmed.add('02'); }")
    assert frame_map.evaluate("frame.on().Centro") == [True, False]


def test_the_view_fits_the_country_and_comes_back_to_it(frame_map):
    """Peru fills 600 pixels but the two edges of 14; a look elsewhere is told and is not whole."""
    frame_map.evaluate("frame.view.begin()")
    north, south = (
        frame_map.evaluate(f"map_atlas.latLngToContainerPoint([{latitude}, -75]).y")
        for latitude in (0.1, -18.4)
    )
    assert (north, south) == (pytest.approx(14, abs=1), pytest.approx(586, abs=1))
    assert frame_map.evaluate("frame.view.isWhole()")
    whole = frame_map.evaluate("map_atlas.getZoom()")
    frame_map.evaluate("frame.view.look([-12.5, -70.5], 8)")
    assert frame_map.evaluate("[map_atlas.getZoom(), frame.view.isWhole()]") == [8, False]
    center = frame_map.evaluate("[map_atlas.getCenter().lat, map_atlas.getCenter().lng]")
    assert center == [pytest.approx(-12.5, abs=0.01), pytest.approx(-70.5, abs=0.01)]
    frame_map.evaluate("frame.view.look(null)")
    assert frame_map.evaluate("map_atlas.getZoom()") == pytest.approx(whole)


def test_what_the_reader_moved_is_told_and_the_whole_country_is_nothing(frame_map):
    """One message after a move, rounded to three places; null for the whole country."""
    frame_map.evaluate(
        """() => { frame.view.begin(); frame.said.length = 0;
                   map_atlas.setView([-12.34567, -70.5], 8, { animate: false }); }"""
    )
    frame_map.wait_for_function("frame.said.some((one) => one.type === 'moved')")
    [move] = frame_map.evaluate("frame.said.filter((one) => one.type === 'moved')")
    assert move == {"type": "moved", "center": [move["center"][0], -70.5], "zoom": 8}
    assert move["center"][0] == pytest.approx(-12.346, abs=0.002)
    assert round(move["center"][0], 3) == move["center"][0]
    frame_map.evaluate("() => { frame.said.length = 0; frame.view.whole(); }")
    frame_map.wait_for_function("frame.said.length")
    assert frame_map.evaluate("frame.said") == [{"type": "moved", "center": None, "zoom": None}]


def test_paper_has_the_whole_country_and_the_screen_comes_back(frame_map):
    """While printing: the country, the legend open, by day; then what was seen."""
    seen = """() => [frame.view.isPrinting(), frame.view.isWhole(), map_atlas.getZoom(),
        document.querySelector("details").open, document.documentElement.className]"""
    frame_map.evaluate(
        """() => { frame.view.begin(); frame.view.look([-12.5, -70.5], 8);
                   document.querySelector("details").open = false;
                   document.documentElement.className = "theme-dark"; }"""
    )
    before = frame_map.evaluate(seen)
    assert before == [False, False, 8, False, "theme-dark"]
    frame_map.evaluate("window.dispatchEvent(new Event('beforeprint')) && undefined")
    printing, whole, _, is_open, look = frame_map.evaluate(seen)
    assert (printing, whole, is_open, look) == (True, True, True, "on-paper")
    assert frame_map.evaluate("frame.arranged") == 1
    frame_map.evaluate("window.dispatchEvent(new Event('afterprint')) && undefined")
    assert frame_map.evaluate(seen) == before


def test_a_line_lifts_its_routes_in_turn_and_a_finger_lifts_before_it_chooses(frame_map):
    """The pointer comes twice to a line of routes A and B; its other line has B alone."""
    frame_map.add_script_tag(content=(STATIC_FOLDER / "routes.js").read_text(encoding="utf-8"))
    frame_map.evaluate(
        """() => {
          map_atlas.createPane("routes");
          frame.texts = new WeakMap();
          const accompany = (layer, build) => layer.on("add", () => build().addTo(map_atlas));
          frame.routes = atlasRoutes({ tips: frame.texts, view: { isWhole: () => true },
            selection: { department: () => "17" }, features: { accompany } });
          const line = (y, routes, departments) => {
            const line = L.polyline([frame.at(100, y), frame.at(300, y)],
              { pane: "routes", weight: 3, className: "route" });
            frame.routes.bundle(line, { routes, departments, tip: "" }, "");
            return line.addTo(map_atlas).getElement();
          };
          const [a, b] = [["A", "Ruta A"], ["B", "Ruta B"]];
          frame.lines = [line(100, [a, b], "08 17"), line(200, [b], "08")];
          frame.touch = (pointerType) =>
            document.dispatchEvent(new PointerEvent("pointerdown", { pointerType }));
          frame.come = () => {
            frame.routes.lift(null);
            frame.routes.lift(frame.routes.legOf(frame.lines[0]));
            return [frame.lines.map((line) => line.classList.contains("lifted")),
              frame.texts.get(frame.lines[0])().match(/Ruta ./)[0]];
          };
        }"""
    )
    of_chosen = "frame.lines.map((line) => line.classList.contains('of-chosen'))"
    assert frame_map.evaluate(of_chosen) == [True, False]
    assert frame_map.evaluate("frame.come()") == [[True, False], "Ruta A"]
    assert frame_map.evaluate("frame.come()") == [[True, True], "Ruta B"]
    assert frame_map.evaluate("frame.lines.map(frame.routes.isUnderAnother)") == [False, True]
    takes = "frame.routes.takes(frame.lines[0])"
    assert frame_map.evaluate(takes), "beside a mouse its text stands: the press chooses nothing"
    frame_map.evaluate("frame.touch('touch'), frame.come()")
    assert [frame_map.evaluate(takes), frame_map.evaluate(takes)] == [True, False]


# --- the moves of a plan


SITE = {"isFixed": False, "isDoubtful": False, "isNew": False}
PLAN = {
    "width": 400,
    "height": 600,
    "alt": "Plan",
    "zoomIn": "Más",
    "zoomOut": "Menos",
    **dict.fromkeys(("neighbours", "borders", "lakes", "rivers", "zones"), ""),
    **{name: [] for name in ("out", "areas", "services", "others", "labels", "towns", "legend")},
    "colors": dict.fromkeys(
        ("sea", "neighbour", "line", "land", "border", "out", "outline", "zone", "site", "ink"),
        "#888888",
    )
    | {"card": "#ffffff", "soft": "#777777"},
    "shapes": [["01", "Norte", "M0,0H400V600H0Z"]],
    "sites": [
        {**SITE, "code": "A", "name": "Alfa", "order": 1, "x": 100, "y": 300, "says": "1 Alfa."},
        {**SITE, "code": "B", "name": "Beta", "order": 2, "x": 100, "y": 500, "says": "2 Beta."},
    ],
    "hand": {
        "turn": 0,
        "candidates": [
            ["A", 100, 300, "Alfa · Norte"],
            ["B", 100, 500, "Beta · Norte"],
            ["C", 200, 300, "Gama · Norte"],
            ["D", 300, 100, "Delta · Norte"],
        ],
        "words": {
            **{name: name for name in ("add", "add_here", "cancel", "close", "fix", "keys")},
            **{name: name for name in ("move", "move_here", "pin_hint", "release", "remove")},
            "working": "working",
            "dragged": "over {name}",
            "pin": "pin at {name}",
        },
    },
}


@pytest.fixture
def plan(blank: Any) -> Any:
    """A plan of two sites on a map of 400 by 600 pixels, one to a unit; `sent` has its moves."""
    styles, script = (
        "\n".join(static_text(f"{name}.{kind}") for name in ("planmoves", "planmap"))
        for kind in ("css", "js")
    )
    blank.set_content(
        f"<style>{styles}</style><style>body {{ margin: 0 }} #host, .plan-map {{ width: 400px }}"
        ".plan-map > svg { width: 400px !important; height: 600px !important }</style>"
        '<div id="host"></div>'
    )
    blank.evaluate(
        """async ([script, data]) => {
          window.sent = [];
          const file = new Blob([script], { type: "text/javascript" });
          const draw = (await import(URL.createObjectURL(file))).default;
          const parentElement = document.getElementById("host");
          window.redraw = (plan) => draw({ data: plan, parentElement,
            setTriggerValue: (_, move) => sent.push(move) });
          redraw(data);
        }""",
        [script, PLAN],
    )
    return blank


def sent(page: Any) -> list[dict[str, str]]:
    """The moves that Python would hear of."""
    return page.evaluate("sent")


def test_a_site_is_moved_by_keys_and_snaps_to_the_nearest_candidate(plan):
    """Four steps of 12 pixels stay with the first candidate at 100, the fifth snaps to 200."""
    plan.locator(".site[data-code=A]").press("Enter")
    assert plan.locator(".panel p").inner_text() == "1 Alfa."
    plan.get_by_role("button", name="move", exact=True).press("Enter")
    pin = plan.locator(".pin")
    for _ in range(4):
        plan.keyboard.press("ArrowRight")
    assert pin.get_attribute("aria-label") == "pin at Alfa · Norte"
    plan.keyboard.press("ArrowRight")
    assert pin.get_attribute("aria-label") == "pin at Gama · Norte"
    assert pin.get_attribute("transform").startswith("translate(160 300)")
    assert plan.locator(".ghost").get_attribute("transform").startswith("translate(200 300)")
    for _ in range(4):
        plan.keyboard.press("Shift+ArrowLeft")
    assert pin.get_attribute("transform").startswith("translate(0 300)")
    for _ in range(4):
        plan.keyboard.press("Shift+ArrowRight")
    assert sent(plan) == []
    plan.keyboard.press("Enter")
    assert sent(plan) == [{"kind": "move", "site": "A", "to": "C"}]
    assert plan.locator(".says").inner_text() == "working"
    assert pin.count() == 0


def test_a_site_is_dragged_and_what_would_come_is_said(plan):
    """Dropped 30 pixels from Delta it moves there; a shake of 6 pixels is a click."""
    plan.mouse.move(100, 300)
    plan.mouse.down()
    plan.mouse.move(106, 300)
    plan.mouse.up()
    assert (sent(plan), plan.locator(".panel p").inner_text()) == ([], "1 Alfa.")
    plan.keyboard.press("Escape")
    plan.mouse.move(100, 300)
    plan.mouse.down()
    plan.mouse.move(282, 124, steps=3)
    assert plan.locator(".says").inner_text() == "over Delta · Norte"
    assert plan.locator(".tie").get_attribute("d") == "M100,300L300,100"
    assert plan.locator(".ghost .n").text_content() == "1"
    plan.mouse.up()
    assert sent(plan) == [{"kind": "move", "site": "A", "to": "D"}]


def test_escape_takes_back_what_is_not_finished(plan):
    """In a drag and with the pin nothing is sent, nothing stays drawn, and the focus is back."""
    plan.mouse.move(100, 300)
    plan.mouse.down()
    plan.mouse.move(282, 124, steps=3)
    plan.keyboard.press("Escape")
    plan.mouse.up()
    assert plan.locator(".ghost, .tie, .pin, .lifted").count() == 0
    plan.locator(".site[data-code=B]").press("Enter")
    plan.get_by_role("button", name="move", exact=True).press("Enter")
    plan.keyboard.press("ArrowUp")
    plan.keyboard.press("Escape")
    assert plan.locator(".ghost, .tie, .pin, .lifted").count() == 0
    assert plan.locator(".panel").is_hidden()
    assert plan.evaluate("document.activeElement.dataset.code") == "B"
    assert sent(plan) == []


@pytest.mark.parametrize("kind", ["fix", "remove"])
def test_a_button_of_a_site_sends_its_move(plan, kind):
    """Fix and remove name the site alone."""
    plan.locator(".site[data-code=B]").press("Enter")
    plan.get_by_role("button", name=kind, exact=True).press("Enter")
    assert sent(plan) == [{"kind": kind, "site": "B", "to": ""}]


def test_a_place_is_added_and_a_drawing_in_between_keeps_the_pin(plan):
    """The pin begins in the middle, with its hint; the same plan drawn anew leaves it there."""
    plan.locator(".new").press("Enter")
    assert plan.locator(".panel small").inner_text() == "pin_hint"
    plan.keyboard.press("Shift+ArrowUp")
    plan.evaluate("data => redraw(data)", PLAN)
    pin = plan.locator(".pin")
    assert pin.get_attribute("transform").startswith("translate(200 252)")
    plan.keyboard.press("Enter")
    assert sent(plan) == [{"kind": "add", "site": "C", "to": ""}]
