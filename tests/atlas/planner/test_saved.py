"""A saved plan comes back as the question it was, or is refused."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.planner.files import plan_sheet, sheet_bytes
from atlas.planner.model import PlanRequest, plan_for
from atlas.planner.saved import read_saved, request_from
from atlas.words import PlanRefusal
from geo.siting.problem import MODELS
from geo.siting.travel import DetourFactors

NUMBERS = st.floats(0.5, 900).map(lambda one: round(one, 3))


@given(
    st.builds(
        PlanRequest,
        model=st.sampled_from(MODELS),
        sites=st.none() | st.integers(1, 60),
        radius=NUMBERS,
        lock_services=st.booleans(),
        must=st.lists(st.text("0123456789", min_size=6, max_size=6), max_size=4).map(tuple),
        barred=st.lists(st.text("0123456789", min_size=6, max_size=6), max_size=4).map(tuple),
        capacity=st.none() | NUMBERS,
        worst_cost=st.none() | NUMBERS,
        factors=st.builds(DetourFactors, coast=st.just(1.25), river=st.just(2.0)),
        seed=st.integers(0, 10**6),
    )
)
def test_every_question_comes_back(request_: PlanRequest) -> None:
    """Through JSON and back, every field and its type."""
    assert request_from(json.loads(json.dumps(asdict(request_)))) == request_


@pytest.fixture(scope="module")
def saved() -> dict[str, bytes]:
    """Two files of one plan."""
    sheet = plan_sheet(*plan_for(PlanRequest(sites=2, capacity=50.0), replicas=0), "es")
    return {suffix: sheet_bytes(sheet, suffix) for suffix in (".geojson", ".gpkg")}


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_a_file_says_what_was_asked(saved: dict[str, bytes], suffix: str) -> None:
    """Question, language and sites of both kinds of file."""
    found = read_saved(saved[suffix])
    assert found.request == PlanRequest(sites=2, capacity=50.0)
    assert found.lang == "es"
    assert found.resamples == 0
    assert [one["order"] for one in found.sites] == [1, 2]


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan.pop("question"),
        lambda plan: plan["question"].update(model="other"),
        lambda plan: plan["question"].update(radius="75"),
        lambda plan: plan["question"].update(radius=float("nan")),
        lambda plan: plan["question"].update(sites=2.5),
        lambda plan: plan["question"].update(demand="x" * 300),
        lambda plan: plan["question"].update(extra=1),
        lambda plan: plan.update(lang="xx"),
        lambda plan: plan.update(lists=[{"task": "zones"}]),
    ],
)
def test_what_is_no_plan_is_refused(saved: dict[str, bytes], change) -> None:
    """One field missing, of another type, too long or unknown: the same sentence."""
    content = json.loads(saved[".geojson"])
    change(content["plan"])
    with pytest.raises(PlanRefusal, match="no plan that this atlas saved"):
        read_saved(json.dumps(content).encode())


@pytest.mark.parametrize(
    "content", [b"", b"SQLite format 3\0", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe"]
)
def test_no_file_at_all(content: bytes) -> None:
    """Rubbish, an empty base, brackets without end."""
    with pytest.raises(PlanRefusal):
        read_saved(content)


def test_a_cut_geopackage_is_refused(saved: dict[str, bytes]) -> None:
    """Half of the bytes, and one with a page overwritten."""
    whole = saved[".gpkg"]
    for broken in (whole[: len(whole) // 2], whole[:4096] + b"\0" * 4096 + whole[8192:]):
        with pytest.raises(PlanRefusal):
            read_saved(broken)
