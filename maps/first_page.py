"""What the script of the first page needs, read and computed before anybody asks."""

from __future__ import annotations

from maps.legend import legend_for
from maps.results import results_for, touches
from maps.state import MapState
from messages import LANGUAGES, words


def prepare() -> None:
    """Fill the caches of the default state: results, what touches a region, legend, words."""
    state = MapState()
    results_for(state.period)
    touches("17")
    for lang in LANGUAGES:
        legend_for(state.with_(lang=lang), words(lang))
