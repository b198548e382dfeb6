"""The layers that brief, picture and map may name. What they write: test_output."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.map.command import asked_layers
from atlas.view import LAYERS, NO_REPORTS, OVERLAYS, View
from tests.other_process import run


@given(st.lists(st.sampled_from(LAYERS), unique=True, min_size=1), st.sampled_from("-,"))
def test_any_names_in_any_order_are_those_layers(names: list[str], joint: str) -> None:
    """As a link writes them, whatever joins them."""
    chosen = asked_layers(joint.join(names))
    assert set(chosen) == set(names)
    assert View(overlays=chosen).overlays == chosen


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("none", ()),
        ("all", OVERLAYS),
        ("noreports-none", (NO_REPORTS,)),
        ("all,noreports", LAYERS),
    ],
)
def test_none_and_all_stand_alone_or_beside_noreports(text: str, layers: tuple[str, ...]) -> None:
    assert asked_layers(text) == layers


def test_the_public_tier_makes_no_picture_of_what_is_internal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused in one line, and nothing is written; the same command elsewhere draws it."""
    out = tmp_path / "map.svg"
    monkeypatch.setenv("ATLAS_TIER", "public")
    for layers in ("zones", "places-mining", "all"):
        code, printed, why = run("picture", "--layers", layers, "--out", str(out))
        assert (code, printed, why.count("\n"), out.exists()) == (2, "", 1, False)
        assert "public tier" in why
    monkeypatch.setenv("ATLAS_TIER", "analyst")
    assert run("picture", "--layers", "zones", "--out", str(out))[0] == 0
