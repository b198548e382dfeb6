"""Own lists of a session: what removing one forgets, and where nothing is offered."""

from __future__ import annotations

import pytest
import streamlit as st

from maps.siting_request import OwnFiles
from messages import words
from views import own_data, planning_uploads
from views.outreach_work import RESULTS


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A session as the pages see it."""
    held: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", held)
    return held


def test_removing_a_list_forgets_the_plans_made_with_it(session: dict[str, object]) -> None:
    """Other lists stay; answers of the planner name the candidates and go."""
    kept: dict[str, object] = {"candidates": "a", "zones": "b"}
    session.update({planning_uploads.LISTS: kept, RESULTS: {"key": "plan"}, "lang": "es"})
    planning_uploads._remove("candidates")
    assert kept == {"zones": "b"}
    assert RESULTS not in session
    assert session["lang"] == "es"


def test_the_button_forgets_everything_of_an_upload(session: dict[str, object]) -> None:
    """Records, report, demand, lists, refusals and plans; the language stays."""
    session.update(dict.fromkeys(own_data.HELD, "x") | {"lang": "es"})
    own_data._delete()
    assert not set(session) & set(own_data.HELD)
    assert {RESULTS, planning_uploads.LISTS, "own", "own_demand"} <= set(own_data.HELD)
    assert session["lang"] == "es"


def test_on_other_servers_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No box is drawn and the planner gets no file."""
    monkeypatch.delenv("ATLAS_TIER", raising=False)
    files = planning_uploads.planning_uploads(words("es"))
    assert files.candidates is None
    assert files.zones == OwnFiles().zones == ()
