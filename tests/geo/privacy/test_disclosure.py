"""The gate and the marking of derived frames."""

import copy

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import DisclosureError
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive

CARD = {
    "name": "complaints",
    "sources": [{"title": "Open data", "publisher": "MPFN"}],
    "licence": "ODC-BY-1.0",
    "sha256": "0123456789abcdef" * 4,
}
TIERS = ["T0", "T1", "T2"]


def make_frame(tier: object = "T0", card: object = CARD, value: int = 178) -> pd.DataFrame:
    frame = pd.DataFrame({"reported_count": [value, 45]}, index=["17", "18"])
    if tier is not None:
        frame.attrs["tier"] = tier
    if card is not None:
        frame.attrs["card"] = copy.deepcopy(card)
    return frame


@pytest.mark.parametrize(
    ("own", "asked", "passes"),
    [
        ("T0", "T0", True),
        ("T0", "T1", True),
        ("T0", "T2", True),
        ("T1", "T0", False),
        ("T1", "T1", True),
        ("T1", "T2", True),
        ("T2", "T0", False),
        ("T2", "T1", False),
        ("T2", "T2", False),
    ],
)
def test_who_passes(own, asked, passes):
    """The whole table of tiers: no outlet gets a stricter frame, and no outlet gets T2."""
    frame = make_frame(own)
    if passes:
        pd.testing.assert_frame_equal(gate(frame, asked), frame)
    else:
        with pytest.raises(DisclosureError):
            gate(frame, asked)


def test_what_passes_is_unchanged_and_passes_again():
    """The frame that went in stays as it was, and what came out may go through again."""
    frame = make_frame()
    before, attributes = frame.copy(), copy.deepcopy(frame.attrs)
    out = gate(frame, "T1")
    out.loc["17", "reported_count"] = -1
    out.attrs["card"]["name"] = "changed by the receiver"
    pd.testing.assert_frame_equal(frame, before)
    assert frame.attrs == attributes
    again = gate(gate(frame, "T1"), "T1")
    pd.testing.assert_frame_equal(again, frame)
    assert again.attrs == frame.attrs


@settings(deadline=None, max_examples=30)
@given(tiers=st.lists(st.sampled_from(TIERS), min_size=1, max_size=4))
def test_derived_is_as_strict_as_its_strictest_input(tiers):
    """A result is never less guarded than anything that went into it, and never T0."""
    inputs = [
        make_frame(tier, {**CARD, "name": f"input {number}"}) for number, tier in enumerate(tiers)
    ]
    result = derive(pd.DataFrame({"smr": [21.6]}), *inputs, name="result")
    assert result.attrs["tier"] == max([*tiers, "T1"])
    assert result.attrs["card"]["derived_from"] == [f"input {i}" for i in range(len(tiers))]
    if "T2" in tiers:
        with pytest.raises(DisclosureError, match="T2, records of an organisation"):
            gate(result, "T2")
    else:
        assert gate(result, "T1").attrs == result.attrs


def test_derived_frame_cites_its_inputs():
    """Sources and licences come along once each; the computed frame itself is not touched."""
    other = {**CARD, "name": "population", "sources": [{"title": "INEI"}], "licence": "free"}
    plain = pd.DataFrame({"smr": [21.6]})
    result = derive(plain, make_frame(), make_frame(card=other), make_frame(), name="ratios")
    card = result.attrs["card"]
    assert card["name"] == "ratios"
    assert card["derived_from"] == ["complaints", "population"]
    assert [source["title"] for source in card["sources"]] == ["Open data", "INEI"]
    assert card["licence"] == "ODC-BY-1.0; free"
    assert plain.attrs == {}


def test_derived_overrides_what_the_frame_inherited():
    """A frame that pandas gave the attributes of a T0 input does not leave as T0."""
    counts = make_frame()
    result = derive(counts.assign(smr=[21.6, 3.9]), counts, name="ratios")
    assert (counts.attrs["tier"], result.attrs["tier"]) == ("T0", "T1")
    with pytest.raises(DisclosureError, match="accepts T0 at most"):
        gate(result, "T0")


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in CARD.items() if key != name}


@pytest.mark.parametrize(
    ("frame", "asked", "message"),
    [
        *((make_frame(), asked, "the outlet has") for asked in (None, "", "t1", "public", 1)),
        ([1, 2, 3], "T1", "given a list"),
        (pd.concat([make_frame("T0"), make_frame("T2")]), "T2", "joins and concatenations lose it"),
        *((make_frame("T0", card), "T1", "no card with a name") for card in (None, "text", {}, [])),
        (make_frame("T0", without("name")), "T1", "no card with a name"),
        (make_frame("T0", without("licence")), "T1", "lacks licence"),
        (make_frame("T0", without("sources")), "T1", "lacks sources or derived_from"),
        (make_frame("T0", without("sha256")), "T1", "lacks sha256"),
        (make_frame("T0", {**CARD, "sha256": "abc"}), "T1", "64 hexadecimal digits"),
        (make_frame("T1", without("licence")), "T1", "lacks licence"),
        (make_frame("T1", without("sources")), "T1", "lacks sources or derived_from"),
    ],
)
def test_the_gate_refuses(frame, asked, message):
    """Outlets that do not say what they accept, frames without a tier, and every field of a card
    that a citation or a check needs; figures that were computed have no file to be hashed."""
    with pytest.raises(DisclosureError, match=message):
        gate(frame, asked)
    assert gate(make_frame("T1", without("sha256")), "T1").attrs["tier"] == "T1"
    with pytest.raises(DisclosureError, match="the outlet has no tier"):
        gate(make_frame())


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "names no input"),
        ([make_frame(None)], "an input of 'result' has no tier"),
        ([make_frame("T0", None)], "an input of 'result' has no card"),
    ],
)
def test_results_from_nowhere_are_refused(inputs, message):
    """A result names every frame that it was computed from, each with its tier and card."""
    with pytest.raises(DisclosureError, match=message):
        derive(make_frame(), *inputs, name="result")
