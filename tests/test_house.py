"""The arrows of the house: who may import whom, read from the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    *("geo", "data", "layers", "maps", "views", "commands", "studies", "exports", "public"),
    *("records", "templates"),
)
OURS = {*PACKAGES, "messages", "security", "app", "cli", "tiers", "uploads"}
ALLOWED = {
    "geo": {"geo"},
    "data": {"data", "geo.crs", "geo.errors"},
    "layers": {"layers", "geo"},
    # drawing: of the layers what knows no folium: colours, the legend, the course of an arc
    "exports": {"exports", "geo", "layers.palette", "layers.legend", "layers.arcs", "messages"},
    # an organisation's own records: read and judged, never analysed, unknown to public/
    "records": {"records", "data", "geo.crs", "geo.errors", "geo.zones", "exports.spreadsheet"},
    "maps": {"maps", "exports", "layers", "records", "data", "geo", "messages"},
    "public": {
        *("public", "maps", "exports", "layers", "data", "geo", "messages"),
        *("security", "templates", "tiers"),
    },
    "views": {
        *("views", "public", "maps", "layers", "records", "data", "geo", "messages"),
        *("templates", "tiers", "uploads.forget_downloads"),
    },
    "app": {"maps", "public", "security", "tiers", "uploads", "geo.errors", "geo.threshold"},
    "cli": {"commands"},
    "commands": {
        *("commands", "public", "maps", "records", "data", "geo", "messages"),
        "exports.spreadsheet",
    },
    "studies": {"studies", "maps", "data", "geo"},
    "messages": set(),
    # HTML: words in, nothing else of ours
    "templates": {"messages"},
    "security": {"tiers"},
    "tiers": set(),
    "uploads": {"records.gdal_drivers"},
}


def _modules() -> list[tuple[str, Path]]:
    alone = ("app", "cli", "messages", "security", "tiers", "uploads")
    files = [(name, ROOT / f"{name}.py") for name in alone]
    for package in PACKAGES:
        files += [(package, path) for path in sorted((ROOT / package).rglob("*.py"))]
    return files


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


@pytest.mark.parametrize(
    ("package", "path"), _modules(), ids=lambda value: getattr(value, "name", value)
)
def test_imports_follow_the_arrows(package: str, path: Path) -> None:
    """A module imports only what lies below it."""
    for name in _imports(path):
        if name.split(".")[0] in OURS:
            assert _within(name, ALLOWED[package]), f"{package}/{path.name} imports {name}"


@pytest.mark.parametrize(
    ("package", "path"), _modules(), ids=lambda value: getattr(value, "name", value)
)
def test_libraries_stay_in_their_rooms(package: str, path: Path) -> None:
    """Streamlit lives in app.py and views/, folium in layers/, no second opinion at run time."""
    for name in _imports(path):
        top = name.split(".")[0]
        if top == "streamlit":
            assert package in ("app", "views", "uploads"), f"{path} imports streamlit"
        if top in ("folium", "branca"):
            assert package == "layers", f"{path} imports {top}"
        assert top not in ("esda", "libpysal", "matplotlib", "KDEpy", "streamlit_folium"), path


def test_geo_opens_no_file() -> None:
    """The analysis takes arrays and frames; reading is the loaders' work."""
    for path in (ROOT / "geo").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
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


def test_no_literal_text_reaches_a_page() -> None:
    """Every word on a page comes from the catalogues: no literal as first argument of st.*."""
    shown = {
        "write",
        "markdown",
        "caption",
        "title",
        "header",
        "subheader",
        "text",
        "info",
        "warning",
        "error",
        "success",
        "button",
        "toggle",
        "selectbox",
        "metric",
        "segmented_control",
        "expander",
        "download_button",
        "link_button",
        "tabs",
    }
    for path in (ROOT / "views").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
