"""The pages without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.periods import parse_period

MAIN = Path(__file__).resolve().parents[3] / "atlas" / "web" / "main.py"


def choose_period(app: AppTest, period: str, registry: str = "") -> None:
    """What a choice on the timeline leaves: a component of ours, which only a browser runs."""
    state = app.session_state["state"]
    registry = registry or parse_period(period).registry_code
    app.session_state["state"] = state.with_(registry=registry, period=period)
    app.run()


@pytest.fixture
def show() -> Callable[..., AppTest]:
    """Return a function that opens a link: page "mapa" or "metodo", and its parameters."""

    def show(page: str = "mapa", **query: str) -> AppTest:
        app = AppTest.from_file(str(MAIN), default_timeout=300)
        app.query_params.update(query)
        app.run()
        if page != "mapa":
            # the pages are functions: they are known by their address, not by a file
            app._page_hash = next(
                code for code, info in app._registered_pages.items() if info["url_pathname"] == page
            )
            app.run()
        return app

    return show
