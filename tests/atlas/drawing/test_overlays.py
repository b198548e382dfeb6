"""Layers of a state: each can be drawn, the same input gives the same bytes, text stays text."""

from __future__ import annotations

import re

import pytest

from atlas.drawing.areas import area_lines, area_results, areas_with
from atlas.drawing.legend import legend_for, report_legend
from atlas.drawing.overlays import layer_script_for, overlay_shapes, region_texts
from atlas.map.addresses import ALWAYS, DEPENDS_ON, LAYER_KEYS, layer_addresses, shown_layers
from atlas.map.http import frame_document
from atlas.overlays import OVERLAY_OF, Overlay
from atlas.results.regions import published_figure, results_for, seats
from atlas.results.sentences import compared_text, mining_years
from atlas.results.story import AreaStory
from atlas.view import (
    LAYERS,
    LINK_NAMES,
    MAX_LENGTH,
    MEASURE_COLUMNS,
    MEASURES,
    OVERLAYS,
    View,
)
from atlas.words import LANGUAGES, Words, words
from data.context import load_named_places
from data.periods import parse_period
from layers.palette import Look
from layers.picture.legend import key_sign
from layers.safe import safe

FULL = View(period=parse_period("2021"), measure="rate", overlays=OVERLAYS)


def test_a_figure_of_a_place_says_once_what_it_is():
    """Neither estimate nor share is a count; one source's figures of one period share a line."""
    texts = [published_figure(row, words("es")) for _, row in load_named_places().iterrows()]
    assert "1,000 personas explotadas (estimación)" in texts
    assert "proporción de los casos de la región, 26\N{NO-BREAK SPACE}%" in texts
    assert all(text.count("estimación") < 2 for text in texts)
    assert "policial); m" in layer_script_for("places", View(lang="es"))


@pytest.mark.parametrize(
    ("key", "lang"), [*((key, "es") for key in LAYER_KEYS), ("regions", "en"), ("routes", "en")]
)
def test_every_layer_hands_itself_to_the_page(key, lang):
    """Each hands exactly itself to the page, and a second drawing gives the same bytes."""
    state = FULL.changed(lang=lang)
    script = layer_script_for(key, state)
    assert script.count(f'window.atlas.put("{key}"') == script.count("window.atlas.put") == 1
    assert script == layer_script_for(key, state)


@pytest.mark.parametrize("key", [key for key in LAYER_KEYS if key != "density"])
def test_a_layer_needs_only_what_its_address_holds(key):
    """Two states that agree in the named codes share the layer; the others do not matter."""
    first = View(
        period=parse_period("2019"), measure="count", overlays=(), bandwidth_km=20, department="17"
    )
    second = View(period=parse_period("2023"), measure="smr", overlays=OVERLAYS, bandwidth_km=80)
    fields = {name: field for field, name in LINK_NAMES.items() if name in ("bw", "area")}
    columns = {
        field: getattr(second, field)
        for field in (fields.get(name, name) for name in DEPENDS_ON.get(key, ("lang",)))
        if field != "registry"  # the period says it
    }
    assert layer_script_for(key, first.changed(**columns)) == layer_script_for(key, second)


def test_addresses_hold_codes_and_the_version_only():
    items = layer_addresses(FULL.changed(department="17"))
    assert [item["key"] for item in items] == list(LAYER_KEYS)
    for item in items:
        assert re.fullmatch(r"/layers/[a-z]+\.js\?[A-Za-z0-9_.,=&%+-]*&v=[0-9a-f]{12}", item["url"])
        assert "dep=" not in item["url"]
    # what is shown stands in the order of the panes
    assert shown_layers(View(overlays=())) == ALWAYS
    chosen = shown_layers(View(overlays=("services", "mining")))
    assert chosen == ("regions", "mining", "services", "names")


def test_shapes_carry_the_results_of_their_code():
    results = results_for(parse_period("2023"))
    joined = areas_with(results).set_index("department_ubigeo")
    for measure, column in MEASURE_COLUMNS.items():
        expected = results.set_index("department_ubigeo")[column]
        assert joined[column].equals(expected), measure
    assert joined.crs.to_epsg() == 4326
    assert joined.loc["17"].geometry.contains(joined.loc["17"].geometry.representative_point())


@pytest.mark.parametrize("measure", MEASURES)
def test_a_tooltip_begins_with_the_figure_and_the_verdict(measure):
    """The figure that the map shows; an untested region says no ratio, and why."""
    say = words("en")
    results = results_for(parse_period("2022"))
    texts = region_texts(
        View(lang="en", period=parse_period("2022"), measure=measure), results, say
    )
    assert set(texts) == set(results["department_ubigeo"])
    lima = " ".join(texts["15"][0])
    assert "99 " in lima
    assert say("unit.reported offence.plural") in lima
    assert say("verdict.untestable") in texts["15"][0][0]
    assert texts["15"][1]
    row = results.set_index("department_ubigeo").loc["17"]
    figure = {"count": row["reported_count"], "rate": round(row["rate_per_100k"], 1)}
    first = texts["17"][0][0]
    assert first.startswith(f"{figure.get(measure, round(row['smr'], 1)):g} ")
    assert first.endswith(say("verdict.above"))
    assert all(town in texts["17"][0][2] for town in seats()["17"])
    # of Puno 2023 the denominator decides, of Madre de Dios it does not
    view = View(lang="en", period=parse_period("2023"), measure=measure)
    texts = region_texts(view, results_for(view.period), say)
    assert AreaStory("21", view.period).depends(say) in texts["21"][1]
    assert say("base.offences") not in texts["17"][1]


def test_provinces_are_compared_with_provinces():
    """Their tooltip says among how many, and a chosen one can be named on the map."""
    view = View(period=parse_period("2022", "police"), level="provinces", area_measure="smr")
    compared = area_results(view).set_index("province_ubigeo").loc["1701", "compared"]
    for lang in LANGUAGES:
        reason = words(lang)("verdict.reason.many", among=compared_text(compared, words(lang)))
        assert reason in area_lines(view, words(lang))["1701"]
    assert re.search(r'"name": ?"Tambopata"', layer_script_for("areas", view))


def test_every_overlay_has_a_sign_on_paper_and_room_in_a_link():
    for overlay in OVERLAY_OF.values():
        assert all(key_sign(sign) for sign, _ in overlay.signs)
    assert len("-".join(LAYERS)) <= MAX_LENGTH


@pytest.mark.parametrize(("caveat_key", "caveats"), [("ways.caveat", 1), ("", 0)])
def test_an_overlay_with_a_table_needs_no_drawing_of_its_own(caveat_key, caveats, monkeypatch):
    """Its features in the look of its sign, their columns in the words of a click."""
    look = Look("way", "#2f55a8", sign="line")
    keys = {"line_key": "ways.line", "caveat_key": caveat_key}
    ways = Overlay(((look, "legend.way"),), table="rivers", **keys)
    monkeypatch.setitem(OVERLAY_OF, "ways", ways)
    texts = {"ways.line": "{name}, {scalerank}", "ways.caveat": "not all"}
    say = Words("es", words("es").catalogue | texts)
    shapes = overlay_shapes("ways", say)
    assert {shape.look for shape in shapes} == {look}
    assert ("Amazonas", ("Amazonas, 1",)) in {(shape.title, shape.lines) for shape in shapes}
    monkeypatch.setattr("atlas.drawing.overlays.words", lambda _: say)
    script = layer_script_for("ways", View())
    assert script.count('"className": "way"') == len(shapes)
    assert script.count("not all") == caveats * len(shapes)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_says_what_is_on_the_map_and_nothing_else(lang):
    say = words(lang)
    bare = legend_for(View(lang=lang, overlays=()), say)
    for code, overlay in OVERLAY_OF.items():
        text = safe(say(overlay.signs[0][1], span=mining_years()))
        assert text in legend_for(View(lang=lang, overlays=(code,)), say), code
        assert f">{text}<" not in bare, code


@pytest.mark.parametrize("measure", MEASURES)
def test_the_legend_follows_measure_and_unit(measure):
    """Complaints and reported offences are never called the same."""
    say = words("es")
    for period, unit in (("2007-01/2014-04", "complaint"), ("2023", "reported offence")):
        legend = legend_for(View(period=parse_period(period), measure=measure, overlays=()), say)
        assert safe(say(f"unit.{unit}.plural")) in legend
        assert safe(say(f"measure.{measure}")) in legend


def test_the_base_of_the_ratio_is_named_and_drawn():
    """Callao 2023 is below by offences alone: outlines and the scale's title follow the base."""
    say = words("es")
    for base, below in (("people", 1), ("offences", 2)):
        state = View(period=parse_period("2023"), base=base, overlays=())
        assert say(f"base.{base}") in legend_for(state, say)
        script = layer_script_for("regions", state)
        assert script.count("outline-below") == below
        assert (results_for(parse_period("2023"), base)["verdict"] == "below").sum() == below
    for other in (View(measure="count"), View(period=parse_period("2023"))):  # a control says it
        assert say("base.people") not in report_legend(other, say).scale.title
    # the hatching is explained where it is drawn, and only there
    for period, has_untested in (("2022", True), ("2023", False)):
        for measure in ("smr", "rate"):
            view = View(period=parse_period(period), measure=measure, overlays=())
            assert (safe(say("verdict.untestable")) in legend_for(view, say)) == has_untested
            hatched = layer_script_for("regions", view).count("fill-missing")
            assert hatched == has_untested, (period, measure)


def test_the_frame_is_the_same_bytes_each_time():
    """The frame's policy names the hashes of its scripts: they may not change by chance."""
    first = frame_document()
    frame_document.forget()
    assert frame_document() == first
