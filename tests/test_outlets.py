"""Every figure that the public outlet gets has passed the gate.

A loader lets only published and cited tables out (data.catalogue.with_card), which is all that the
gate asks for an analyst. For the public it asks more: in atlas/public a loader of ``data`` is
called as the argument of ``gate`` or of a function that gates, and nowhere else.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("atlas/public",)
GATING = {"gate", "figures_of", "csv_bytes", "department_corridors", "national_help_lines"}
"""Functions that gate what they are given, or make of it what the public gate knows by name."""
SPARED = {
    "load_package": "the catalogue, no figure",
    "load_departments": "outlines of the State and their bounds, T0, in a grid and in a box",
}


def _calls() -> list[tuple[str, int, str, str]]:
    """File, line, loader and what it is handed to."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            parents = {
                child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
            }
            loaders = {
                alias.asname or alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "data"
                for alias in node.names
                if alias.name.startswith("load_")
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    if node.func.id not in loaders:
                        continue
                    above = parents[node]
                    while isinstance(above, ast.Tuple | ast.comprehension | ast.GeneratorExp):
                        above = parents[above]
                    taker = above.func if isinstance(above, ast.Call) else None
                    name = taker.id if isinstance(taker, ast.Name) else ""
                    found.append((f"{room}/{path.name}", node.lineno, node.func.id, name))
    return found


@pytest.mark.parametrize("call", _calls(), ids=lambda call: f"{call[0]}:{call[1]}")
def test_what_is_loaded_is_gated(call):
    """The loader's frame goes straight into the gate."""
    file, line, loader, taker = call
    assert taker in GATING or loader in SPARED, f"{file}:{line} uses {loader}() past the gate"


def test_public_rooms_ask_for_the_public_outlet():
    """In atlas/public every call of the gate says outlet="public"."""
    found = 0
    for path in sorted((ROOT / "atlas" / "public").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "gate":
                found += 1
                said = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
                assert said.get("outlet") == "public", f"{path.name}:{node.lineno}"
    assert found > 5
