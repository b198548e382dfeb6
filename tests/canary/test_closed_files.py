"""What the State published about shelters, towns and waypoints stays inside as well.

Every word and position of the closed files is replaced by the canary, the tier stays T0, and the
public page, its cards and its API are made: the canary is in none of them. And the code of
public/ is read: what it loads goes through the public gate.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.cache import empty_caches
from data.periods import parse_period
from geo.privacy.provenance import Tiered, framed
from geo.privacy.public_lists import HELP_LINE
from tests.canary.searching import LATITUDE, LONGITUDE, TOKEN, traces

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {
    "load_routes": {
        *("route_id", "origin", "transit", "destination", "purpose", "confidence"),
        *("geometry_class", "source_id"),
    },
    "load_route_waypoints": {
        *("route_id", "branch", "sequence", "country", "basis", "leg_mode"),
        *("department_ubigeo", "department", "place"),
    },
    "load_services": {"type", "scope"},
    "load_named_places": set(),
    "load_mining_zones": set(),
}
"""what corridors and help lines are made of; every other column is tainted."""
PASSING = {"department_corridors", "national_help_lines"}
"""functions that take closed files and give a product that the gate knows."""


def _tainted(name: str, loader: Callable[..., Any], called: list[str]) -> Callable[..., Any]:
    """The loader of a tainted frame, plain or with its tier as the loader has it."""

    def taint(frame: pd.DataFrame) -> pd.DataFrame:
        called.append(name)
        rows = pd.Series(True, index=frame.index)
        if name == "load_services":
            rows = frame["type"] != HELP_LINE
        for column in set(frame.columns) - NEEDED[name] - {"geometry"}:
            if column in ("longitude", "latitude"):
                frame[column] = LONGITUDE if column == "longitude" else LATITUDE
            elif not pd.api.types.is_numeric_dtype(frame[column]):
                frame[column] = frame[column].astype(object).mask(rows, TOKEN)
        return frame

    if not hasattr(loader, "tiered"):
        return lambda *args, **options: taint(loader(*args, **options))

    @framed
    def load(*args: object, **options: object) -> Tiered[pd.DataFrame]:
        published = loader.tiered(*args, **options)
        return replace(published, frame=taint(published.frame))

    return load


@pytest.fixture
def taint(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Taint the closed files wherever they are loaded; a list of the loaders that were called."""
    import atlas.public.api
    import atlas.public.site  # noqa: F401

    called: list[str] = []
    for where, module in list(sys.modules.items()):
        if not where.startswith("atlas."):
            continue
        for name in NEEDED:
            if function := vars(module).get(name):
                monkeypatch.setattr(module, name, _tainted(name, function, called))
    empty_caches()
    yield called
    monkeypatch.undo()
    empty_caches()


def test_no_word_of_a_closed_file_is_public(taint):
    from atlas.public.api import meta_json, regions_csv, regions_json
    from atlas.public.card import card_scene, map_svg_bytes
    from atlas.public.document import page_bytes
    from atlas.public.openapi import Query, RegionsQuery
    from atlas.public.site import metadata

    period = parse_period("2023")
    files = {make.__name__: make("es") for make in (page_bytes, map_svg_bytes)}
    files["card"] = repr(card_scene("es", period=period)).encode()
    files["public.json"] = repr(metadata(period)).encode()
    traced = {name: traces(content) for name, content in files.items()}
    assert not {name: what for name, what in traced.items() if what}
    query = RegionsQuery(period="2023")
    for answer in (regions_json(query), regions_csv(query), meta_json(Query())):
        assert traces(answer.raw) == set()
    assert {"load_routes", "load_route_waypoints", "load_services"} <= set(taint)


def test_the_taint_is_found_inside(taint):
    from atlas.drawing.overlays import layer_script_for
    from atlas.view import View

    assert "token" in traces(layer_script_for("services", View()).encode())


@pytest.mark.parametrize(
    "path", sorted((ROOT / "atlas/public").glob("*.py")), ids=lambda path: path.name
)
def test_what_the_public_side_loads_goes_through_its_gate(path):
    """A frame of data/ or of results_for is an argument of gate(..., outlet="public").

    Or of what makes corridors and help lines of it, whose result is.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "")
        options = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
        if name in PASSING or (name == "gate" and options.get("outlet") == "public"):
            inside |= {part for argument in node.args for part in ast.walk(argument)}
        assert name != "gate" or options.get("outlet") == "public", ast.unparse(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            # plain, or load_lakes.tiered(...)
            name = getattr(getattr(node.func, "value", node.func), "id", "")
            if name == "results_for" or (name.startswith("load_") and name != "load_package"):
                assert node in inside, f"{path.name}:{node.lineno} {ast.unparse(node)}"
