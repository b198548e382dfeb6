"""The pages without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from data.periods import parse_period
from tests.other_process import open_page


def choose_period(app: AppTest, period: str, registry: str = "") -> None:
    """What a choice on the timeline leaves: a component of ours, which only a browser runs."""
    chosen = parse_period(period, registry or None)
    app.session_state["map_state"].view = app.session_state["map_state"].view.changed(period=chosen)
    app.run()


def given_to(app: AppTest, name: str) -> list[dict[str, Any]]:
    """What each component of a name was given."""
    drawn = [item.proto for item in app.get("bidi_component")]
    return [json.loads(item.json) for item in drawn if item.component_name == name]


def data_of(app: AppTest, name: str) -> dict[str, Any]:
    """What the only component of a name was given."""
    (data,) = given_to(app, name)
    return data


def link_of(app: AppTest) -> dict[str, str]:
    """What the page leaves in the address that its reader came by."""
    return dict(parse_qsl(data_of(app, "atlas_address")["query"]))


def html_of(app: AppTest) -> str:
    """All HTML that the page writes, its sortable tables last."""
    tables = (data["html"] for data in given_to(app, "atlas_sortable"))
    return " ".join([*(item.proto.body for item in app.get("html")), *tables])


def text_of(app: AppTest) -> str:
    """The same without tags."""
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html_of(app), flags=re.DOTALL)
    return " ".join(unescape(bare).split())


def card_of(app: AppTest) -> str:
    """HTML of the card beside the map."""
    (card,) = [item.value for item in app.get("html") if "<article" in item.value]
    return card


def panel_of(app: AppTest) -> str:
    """HTML of the panel beside the map, with its layers."""
    return next(
        data["html"] for data in given_to(app, "atlas_layers") if "<section" in data["html"]
    )


def switched_on(app: AppTest) -> set[str]:
    """Codes of the layers whose switch is on."""
    return set(re.findall(r'data-code="(\w+)" aria-checked="true"', panel_of(app)))


def controls(app: AppTest) -> dict[str, Any]:
    """Chosen codes by control."""
    return {item.key: item.value for item in app.button_group}


def faults_of(app: AppTest) -> list[Any]:
    """What the page says went wrong."""
    return [*app.exception, *app.error, *app.warning]


def files_of(app: AppTest) -> list[str]:
    """Words of the buttons that download."""
    return [button.proto.label for button in app.get("download_button")]


@pytest.fixture
def show() -> Callable[..., AppTest]:
    """Return a function that opens a link: a page by its address or "mapa", and its parameters."""

    def show(page: str = "mapa", **query: str) -> AppTest:
        return open_page("" if page == "mapa" else page, query)

    return show
