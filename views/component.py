"""Our own small components and templates: views/components and views/templates."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from messages import Words

_FOLDER = Path(__file__).resolve().parent / "components"
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def component(name: str) -> Callable[..., Any]:
    """Register a component of views/components once per process."""
    return st.components.v2.component(
        f"atlas_{name}",
        css=(_FOLDER / f"{name}.css").read_text(encoding="utf-8"),
        js=(_FOLDER / f"{name}.js").read_text(encoding="utf-8"),
    )


def render(template: str, say: Words, **values: Any) -> str:
    """HTML of a template of views/templates; every value is escaped, ``say`` is at hand."""
    return _TEMPLATES.get_template(f"{template}.html.j2").render(say=say, **values)
