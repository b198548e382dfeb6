"""The legend's text."""

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
