"""The figure of Método is drawn of the shipped figures and borders."""

from __future__ import annotations

from studies.chance_maps import OUT, figure


def test_the_stored_figure_is_what_would_be_drawn():
    assert OUT.read_text("utf-8") == figure(), "draw it anew: python -m studies.chance_maps"
