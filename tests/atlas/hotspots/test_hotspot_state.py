"""Links to the hot spots page: codes in, defaults and names of faulty fields out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.results.hotspots import HotspotState, first_periods, later_than, parse_hotspot_state
from atlas.results.years import comparable_with
from atlas.view import MapState


def test_a_link_opens_what_it_was_copied_from() -> None:
    """Every code survives the way through the address."""
    state = HotspotState(
        lang="en",
        period="2019+2021+2023",
        base="offences",
        department="17",
        before="2021",
        after="2023",
        twin_seed=7,
        provinces="2017/2022",
    )
    assert parse_hotspot_state(state.query()) == state


def test_only_comparable_periods_are_offered() -> None:
    """No first period without a later one of its unit; the old series and the pool are out."""
    assert first_periods() == ("2019", "2020", "2021", "2022")
    assert later_than("2021") == ("2022", "2023")
    assert set(later_than("2021")) < set(comparable_with("2021"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("twin", "-1"),
        ("twin", "1234567"),
        ("twin", "٣"),
        ("twin", "<b>"),
        ("base", "People"),
        ("from", "2007-01/2014-04"),
        ("to", "2019+2021+2023"),
        ("dep", "26"),
        ("provinces", "2016"),
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
        st.sampled_from(["lang", "period", "base", "dep", "from", "to", "twin", "x"]),
        st.text() | st.sampled_from(["2019", "2022", "2023", "offences", "2007-01/2014-04"]),
    )
)
def test_no_link_breaks_the_page(query: dict[str, str]) -> None:
    """Any text gives a state whose own link is understood."""
    state = parse_hotspot_state(query)
    assert parse_hotspot_state(state.query()).problems == ()


def test_a_base_that_the_period_lacks_is_named() -> None:
    """The offences of 2007 to 2014 are not known: the link falls back to residents."""
    state = parse_hotspot_state({"period": "2007-01/2014-04", "base": "offences"})
    assert (state.period, state.base, state.problems) == ("2007-01/2014-04", "people", ("base",))
