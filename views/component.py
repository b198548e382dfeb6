"""Our own small components: views/components."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).resolve().parent / "components"


@cache
def component(name: str) -> Callable[..., Any]:
    """Register a component of views/components once per process."""
    return st.components.v2.component(
        f"atlas_{name}",
        css=(_FOLDER / f"{name}.css").read_text(encoding="utf-8"),
        js=(_FOLDER / f"{name}.js").read_text(encoding="utf-8"),
    )
