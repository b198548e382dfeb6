"""The pages without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from data.periods import parse_period
from tests.other_process import open_page


def choose_period(app: AppTest, period: str, registry: str = "") -> None:
    """What a choice on the timeline leaves: a component of ours, which only a browser runs."""
    chosen = parse_period(period, registry or None)
    app.session_state["map_held"].view = app.session_state["map_held"].view.changed(period=chosen)
    app.run()


def panel_of(app: AppTest) -> str:
    """HTML of the panel beside the map, with its layers."""
    given = [
        json.loads(item.proto.json)["html"]
        for item in app.get("bidi_component")
        if item.proto.component_name == "atlas_layers"
    ]
    return next(html for html in given if "<section" in html)


def switched_on(app: AppTest) -> set[str]:
    """Codes of the layers whose switch is on."""
    return set(re.findall(r'data-code="(\w+)" aria-checked="true"', panel_of(app)))


@pytest.fixture
def show() -> Callable[..., AppTest]:
    """Return a function that opens a link: page "mapa" or "metodo", and its parameters."""

    def show(page: str = "mapa", **query: str) -> AppTest:
        return open_page("" if page == "mapa" else page, query)

    return show
