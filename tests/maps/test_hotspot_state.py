"""Links to the hot spots page: codes in, defaults and names of faulty fields out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.hotspot_state import HotspotState, parse_hotspot_state
from maps.hotspots import SCAN_REPLICAS
from maps.state import MapState


def test_a_link_opens_what_it_was_copied_from() -> None:
    """Every code survives the way through the address."""
    state = HotspotState(
        lang="en",
        period="2019+2021+2023",
        department="17",
        statistic="moran",
        replicas=999,
        seed=42,
        twin_seed=7,
    )
    assert parse_hotspot_state(state.query()) == state


def test_a_link_without_maps_means_the_most() -> None:
    """Old links name 999 and keep it; a link that names none draws 9,999."""
    assert parse_hotspot_state({}).replicas == SCAN_REPLICAS == 9_999
    assert parse_hotspot_state({"maps": "999"}).replicas == 999


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", "-1"),
        ("seed", "1234567"),
        ("seed", "٣"),
        ("twin", "<b>"),
        ("maps", "500"),
        ("stat", "Moran"),
        ("dep", "26"),
        ("period", "2009/2014"),
    ],
)
def test_a_faulty_field_is_named_and_falls_back(name: str, value: str) -> None:
    """The default is shown; what came is kept nowhere."""
    state = parse_hotspot_state({name: value})
    assert state.problems == (name,)
    assert state == HotspotState()
    assert value not in state.query().values()


def test_other_pages_lend_period_and_department() -> None:
    """What the map shows is shown here too unless the link says otherwise."""
    before = MapState(period="2021", department="16")
    assert parse_hotspot_state({}, before=before).period == "2021"
    assert parse_hotspot_state({"dep": "08"}, before=before).department == "08"


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["lang", "period", "dep", "stat", "maps", "seed", "twin", "x"]), st.text()
    )
)
def test_no_link_breaks_the_page(query: dict[str, str]) -> None:
    """Any text gives a state whose own link is understood."""
    state = parse_hotspot_state(query)
    assert parse_hotspot_state(state.query()).problems == ()
