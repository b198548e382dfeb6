"""The arrows of the house: who may import whom, read from the code itself."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = {"app", "cli", "atlas", "layers", "data", "geo", "studies", "tests"}
BELOW = {
    "geo": {"geo"},
    "data": {"data", "geo.crs", "geo.errors", "geo.privacy.provenance"},
    "layers": {"layers", "geo"},
    "atlas": {"atlas", "layers", "data", "geo"},
    "studies": {"studies", "atlas", "layers", "data", "geo"},
    "app": {"atlas", "data.catalogue", "geo"},
    "cli": {"atlas", "data.catalogue"},
}
FLOORS = (
    {
        "words",
        "tables",
        "html",
        "commands",
        "outputs",
        "settings",
        "version",
        "citation",
        "checked",
        "overlays",
        "view",
        "rows",
        "conditions",
    },
    {"results", "own_files"},
    {"drawing"},
    {"paper"},
    {"web"},
    {"map", "hotspots", "figures", "planner", "travel_times", "own_data", "public", "method"},
)
"""rooms of atlas/ from the ground up; beside each other they do not meet, but on the ground"""
EMPTY_NAMES = {"one", "found", "told", "about", "said", "held", "kept", "here"}
"""names that say nothing of what a variable holds"""
DECLARED = re.compile(r"\b(?:const|let|function) (?:\[[^\]]*\]|\w+)|(?:\([\w, ]*\)|\w+) =>")
"""names that a script gives: of what it keeps, of a function, of what an arrow takes"""


def _files() -> list[tuple[str, Path]]:
    files = []
    for room in BELOW:
        alone = ROOT / f"{room}.py"
        paths = [alone] if alone.exists() else sorted((ROOT / room).rglob("*.py"))
        files += [(room, path) for path in paths]
    return files


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == above or name.startswith(f"{above}.") for above in allowed)


def test_imports_follow_the_arrows():
    for room, path in _files():
        for name in _imports(path):
            if name.split(".")[0] in OURS:
                where = path.relative_to(ROOT)
                assert _within(name, BELOW[room]), f"{where} imports {name}"


def _floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_atlas_imports_downwards():
    for path in sorted((ROOT / "atlas").rglob("*.py")):
        where = path.relative_to(ROOT)
        room = where.parts[1].removesuffix(".py")
        if room == "__init__" or where == Path("atlas/web/main.py"):
            continue
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] != "atlas" or parts[1] == room:
                continue
            above, beside = _floor(parts[1]) > _floor(room), _floor(parts[1]) == _floor(room) > 0
            assert not above, f"{where} imports {name}, which stands above it"
            assert not beside, f"{where} imports {name}, which stands beside it"


def test_modules_import_in_no_circle():
    """Neither at once nor late nor for types alone: each can be read before those that use it."""
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for _, path in _files()
        if path.name != "__init__.py"
    }
    uses = {
        name: {part for used in _imports(path) for part in (used, used.rpartition(".")[0])}
        & {*names}
        for name, path in names.items()
    }
    while free := {name for name, used in uses.items() if not used & {*uses}}:
        uses = {name: used for name, used in uses.items() if name not in free}
    assert not uses


def test_variables_are_named_for_what_they_hold():
    """Parameters, fields and functions too, in the tests as in the program."""
    paths = [*(path for _, path in _files()), ROOT / "start.py", *(ROOT / "tests").rglob("*.py")]
    for path in paths:
        for node in ast.walk(_tree(path)):
            name = ""
            if isinstance(node, ast.arg):
                name = node.arg
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                name = node.id
            elif isinstance(node, ast.FunctionDef):
                name = node.name
            assert name not in EMPTY_NAMES, f"{path}:{node.lineno} has a name {name}"
    for path in [*(ROOT / "atlas").rglob("*.js"), *(ROOT / "layers").rglob("*.js")]:
        for name in DECLARED.finditer(path.read_text(encoding="utf-8")):
            assert not EMPTY_NAMES & set(re.findall(r"\w+", name[0])), f"{path} has {name[0]}"


def test_no_import_hides_in_a_string():
    for _, path in _files():
        names = {name.split(".")[-1] for name in _imports(path)}
        assert not names & {"import_module", "__import__", "importlib"}, path


def test_libraries_stay_in_their_rooms():
    for room, path in _files():
        if room == "studies":
            continue
        of_a_page = room == "app" or path.parent.name == "web" or path.name.startswith("page")
        for name in _imports(path):
            top = name.split(".")[0]
            assert top != "streamlit" or of_a_page, f"{path} imports streamlit"
            assert top not in ("folium", "branca") or room == "layers", f"{path} imports {top}"
            assert top not in ("esda", "libpysal", "matplotlib", "KDEpy", "streamlit_folium"), path


def test_geo_opens_no_file():
    for path in (ROOT / "geo").rglob("*.py"):
        tree = _tree(path)
        calls = {
            ast.unparse(node.func).split(".")[-1]
            if isinstance(node.func, ast.Attribute)
            # a raster in memory may be opened, a file may not
            and node.func.attr != "open"
            else getattr(node.func, "id", "")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        }
        assert not calls & {"open", "read_csv", "read_file", "read_text", "read_bytes"}, path.name


def test_nothing_travels_in_the_attributes_of_a_frame():
    """Tier and card travel in ``Tiered``: the attributes of a frame do not survive pandas."""
    for _, path in _files():
        named = {node.attr for node in ast.walk(_tree(path)) if isinstance(node, ast.Attribute)}
        assert "attrs" not in named, path


def test_no_literal_text_reaches_a_page():
    shown = {
        *("write", "markdown", "caption", "title", "header", "subheader", "text", "info"),
        *("warning", "error", "success", "button", "toggle", "selectbox", "metric"),
        *("segmented_control", "expander", "download_button", "link_button", "tabs"),
    }
    for path in (ROOT / "atlas").rglob("page*.py"):
        for node in ast.walk(_tree(path)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in shown
                and node.args
            ):
                first = node.args[0]
                assert not isinstance(first, ast.Constant | ast.JoinedStr), (
                    f"{path.name}:{node.lineno} shows a literal"
                )


def test_the_architecture_names_files_that_are_there():
    rooms = [ROOT / room for room in (*OURS, "deploy", "docs")]
    files = [*ROOT.glob("*.py"), *rooms, *(path for room in rooms for path in room.rglob("*"))]
    paths = [f"/{path.relative_to(ROOT).as_posix()}" for path in files]
    papers = ("ARCHITECTURE.md", "where.md")
    text = "\n".join((ROOT / "docs" / name).read_text("utf-8") for name in papers)
    names = re.findall(r"`(\w[\w./]*\.(?:py|js|css|j2|typ|json|csv)|\w+(?:/\w+)*/)`", text)
    assert len(names) > 100
    gone = [
        name for name in names if not any(path.endswith(f"/{name.rstrip('/')}") for path in paths)
    ]
    assert gone == []
