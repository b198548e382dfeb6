"""The legend's text, and where it stands."""

import re

from layers.legend import LegendSpec, Scale, legend_html


def test_every_word_is_there_once_and_escaped():
    """Scale, key and note appear; markup in them does not."""
    scale = Scale("Excess <i>", ("#ffffff", "#000000"), ("1",), "2023")
    html = legend_html(LegendSpec(scale, (("above", "more ${than}"),), ("not roads",)))
    assert "<i>" not in html
    assert "$" not in html
    assert html.count("<h2>") == 1
    assert html.count("<li>") == 1
    assert "not roads" in html


def test_edges_stand_between_colours_and_names_under_them():
    """Of four colours the three edges are quarters of the bar; four names are in their middles."""
    colors = ("#ffffff", "#aaaaaa", "#555555", "#000000")
    for ticks, places in (("123", (56, 112, 168)), ("abcd", (28, 84, 140, 196))):
        html = legend_html(LegendSpec(Scale("", colors, tuple(ticks))))
        found = re.findall(r'<text x="([\d.]+)"[^>]*>(.)</text>', html)
        assert found == [(f"{x}.00", tick) for x, tick in zip(places, ticks, strict=True)]
