"""The commands brief, picture, map, department and geojson: files, and the layers they may name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.map.command import asked_layers
from atlas.view import LAYERS, NO_REPORTS, OVERLAYS, View
from geo.errors import ParameterError

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("arguments", "name", "start"),
    [
        ("brief --department 16 --registry police --layers routes-noreports", "b.pdf", b"%PDF-"),
        ("department --department 16", "loreto.csv", b"\xef\xbb\xbfC"),
        ("picture --measure verdict --width-px 480", "map.png", b"\x89PNG"),
        ("picture --isopleths --address https://atlas.example.pe/", "map.svg", b"<?xml"),
        pytest.param(
            *("picture --second registry:police,period:2022", "two.svg", b"<?xml"),
            marks=pytest.mark.slow,  # tests/atlas/paper: test_two_maps_are_one_picture
        ),
        ("geojson --period 2023", "results.geojson", b'{"type":"FeatureCollection"'),
        ("map --layers services", "map.html", b"<!DOCTYPE html>"),
    ],
)
def test_a_file_is_written(
    run: Run, tmp_path: Path, arguments: str, name: str, start: bytes
) -> None:
    """Each command writes what its name says and keeps stdout empty."""
    out = tmp_path / name
    code, printed, err = run(*arguments.split(), "--out", str(out))
    assert (code, printed) == (0, ""), err
    content = out.read_bytes()
    assert content.lstrip().startswith(start)
    if "--address" in arguments:
        # the link of what is shown, with its period
        assert b"https://atlas.example.pe/?lang=es&amp;period=2025-01" in content
    if name == "map.html":
        assert b'atlas.put("services"' in content
        assert b'atlas.put("density"' not in content


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


@pytest.mark.parametrize(
    "text",
    [
        *("", "rivers", "Mining", "-mining", "mining-mining", "mining-routes,density"),
        *("none-all", "all-mining", "mining,none", "noreports-none-all"),
    ],
)
def test_what_is_no_list_of_layers_is_refused_with_the_list(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        asked_layers(text)
    for layer in (*LAYERS, "none", "all"):
        assert layer in str(caught.value)


def test_the_public_tier_makes_no_picture_of_what_is_internal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
