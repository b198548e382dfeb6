"""Links: codes from lists, everything else named and never repeated."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.view import (
    BANDWIDTHS_KM,
    BASES,
    DEPARTMENTS,
    MAX_LENGTH,
    MEASURES,
    OVERLAYS,
    PERIOD_CODES,
    RATIO_MEASURES,
    MapState,
    parse_state,
)
from atlas.words import LANGUAGES
from data.periods import parse_period

SPANS = [
    *(("", code) for code in PERIOD_CODES),
    *(("mpfn", code) for code in ("2019/2022", "2025-01/2025-11")),
    *(("police", code) for code in ("2017", "2017/2022", "2023-01/2025-09", "2024-03/2024-08")),
]
STATES = st.sampled_from(SPANS).flatmap(lambda span: _states(*span))


def _states(registry: str, period: str) -> st.SearchStrategy[MapState]:
    return st.builds(
        MapState,
        lang=st.sampled_from(LANGUAGES),
        registry=st.just(registry),
        period=st.just(period),
        measure=st.sampled_from(MEASURES),
        department=st.none() | st.sampled_from(DEPARTMENTS),
        overlays=st.sets(st.sampled_from(OVERLAYS)).map(
            lambda chosen: tuple(code for code in OVERLAYS if code in chosen)
        ),
        bandwidth_km=st.sampled_from(BANDWIDTHS_KM).map(int),
    ) | st.builds(MapState, measure=st.sampled_from(RATIO_MEASURES), base=st.sampled_from(BASES))


@given(STATES)
@settings(deadline=None)
def test_a_state_survives_its_link(state: MapState) -> None:
    """What a link carries is the whole state, in values of at most 64 characters."""
    query = state.query()
    assert parse_state(query) == state
    assert not parse_state(query).problems
    assert all(len(value) <= MAX_LENGTH for value in query.values())


@given(
    st.dictionaries(
        st.sampled_from(["lang", "registry", "period", "measure", "dep", "layers", "bw", "base"]),
        st.text(),
    )
)
@settings(deadline=None)
def test_any_link_gives_a_state(query: dict[str, str]) -> None:
    """Whatever comes, the state holds codes from the lists and the problems hold field names."""
    state = parse_state(query)
    assert parse_period(state.period, state.registry).code == state.period
    assert state.measure in MEASURES
    assert set(state.overlays) <= set(OVERLAYS)
    assert set(state.problems) <= set(query)


def test_a_plus_that_became_a_space() -> None:
    """A link typed by hand loses its plus signs; the period is understood all the same."""
    assert parse_state({"period": "2019 2021 2023"}).period == "2019+2021+2023"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("period", "1900"),
        ("measure", "<script>"),
        ("dep", "99"),
        ("layers", "mining-shelters"),
        ("bw", "17"),
        ("base", "victims"),
        ("lang", "x" * 65),
    ],
)
def test_unknown_values_fall_back_and_are_named(field: str, value: str) -> None:
    """The default is shown, the field named, the rest of the link kept."""
    query = {"period": "2021", "dep": "17", field: value}
    state = parse_state(query)
    assert state.problems == (field,)
    assert value not in "".join(state.problems)
    if field != "dep":
        assert state.department == "17"
