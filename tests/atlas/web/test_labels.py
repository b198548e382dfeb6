"""Labels of Streamlit are Markdown: a text of a file reaches one only escaped."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from atlas.web.components import plain_label

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    path
    for room in ("own_data", "planner", "web")
    for path in (ROOT / "atlas" / room).glob("*.py")
    if "streamlit" in path.read_text("utf-8")
)
"""where texts of files are shown"""
LABELLED = {
    *("button", "download_button", "form_submit_button", "link_button", "popover", "expander"),
    *("toggle", "checkbox", "radio", "selectbox", "multiselect", "segmented_control", "pills"),
    *("slider", "select_slider", "number_input", "text_input", "text_area", "file_uploader"),
    *("info", "warning", "error", "success", "caption", "markdown", "write", "title", "header"),
}
COUNTED = {"count", "number", "most", "percent", "limit", "fields"}
"""values of messages that are numbers, or fields of a link"""


def _is_ours(node: ast.expr, local: dict[str, ast.expr]) -> bool:
    """Return whether a value can hold no text of a file: our words, numbers, plain labels."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in local and _is_ours(local[name], {})
        case ast.IfExp(body=body, orelse=other):
            return _is_ours(body, local) and _is_ours(other, local)
        case ast.Call(func=ast.Name(id="plain_label" | "area_name" | "department_name" | "str")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="say"), attr="number" | "percent")):
            return True
        case ast.Call(func=ast.Name(id="say"), keywords=values):
            return all(value.arg in COUNTED or _is_ours(value.value, local) for value in values)
        case ast.DictComp(value=value):
            return _is_ours(value, local)
        case ast.Dict(values=values):
            return all(_is_ours(value, local) for value in values)
    return False


def _faults(source: str) -> list[int]:
    """Lines of labels into which a message takes a value that may be a file's."""
    lines = []
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        local = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            if call.func.attr not in LABELLED:
                continue
            texts = call.args[:1] + [
                word.value for word in call.keywords if word.arg in ("label", "help")
            ]
            for text in texts:
                text = local.get(text.id, text) if isinstance(text, ast.Name) else text
                is_message = isinstance(text, ast.Call) and isinstance(text.func, ast.Name)
                if is_message and text.func.id == "say" and not _is_ours(text, local):
                    lines.append(call.lineno)
    return lines


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_label_carries_a_text_that_is_not_escaped(path: Path) -> None:
    assert _faults(path.read_text("utf-8")) == []


def test_the_reading_of_the_pages_finds_a_label() -> None:
    bad = "def f(say, name):\n    label = say('a', name=name)\n    st.button(label, key='k')\n"
    assert _faults(bad) == [3]
    assert _faults(bad.replace("name=name", "name=plain_label(name)")) == []


@given(st.text(st.sampled_from("ab *_`[]()<>!#$:~|^&\\-+1.2:/http")))
def test_a_label_shows_the_text_and_nothing_else(text: str) -> None:
    """By a reader of Markdown: one paragraph of plain text."""
    line = plain_label(text.strip())
    kinds = {token.type for token in MarkdownIt("commonmark").parse(line)}
    assert kinds <= {"paragraph_open", "inline", "paragraph_close"}
    inside = [token for token in MarkdownIt("commonmark").parse(line) if token.type == "inline"]
    for token in inside:
        assert {child.type for child in token.children} <= {"text", "text_special"}
