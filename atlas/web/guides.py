"""The guides of docs/guides, each at the foot of the pages that it fits; they need no network."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from posixpath import normpath

import streamlit as st

from atlas.html import render
from atlas.web.components import fold
from atlas.words import Words

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "guides"
GUIDES = {
    "policymaker": {"es": "politicas", "en": "policymaker"},
    "planner": {"es": "planificar", "en": "planner"},
    "embedding": {"es": "insertar", "en": "embedding"},
}
"""file of each guide, by language"""
_FITS = {"planificador": "planner", "mis-datos": "planner", "vista-publica": "embedding"}
_PICTURE = re.compile(r"!\[([^]]+)\]\(([^)]+)\)")
_PAPER = re.compile(r"(\(?)\[([^]]+)\]\((?!\w+:)([^)#]+)[^)]*\)(\)?)")


def guides_of(page: str) -> list[str]:
    """Return the guides of a page by its address: Método has all."""
    return [*GUIDES] if page == "metodo" else [_FITS.get(page, "policymaker")]


def read_guide(name: str, lang: str) -> tuple[str, list[str]]:
    """Return title and parts of a guide: a text, then what a picture shows, its path, a text, ...

    A paper that the guide links is named by its path, since the atlas serves none.
    """
    text = (FOLDER / f"{GUIDES[name][lang]}.{lang}.md").read_text(encoding="utf-8")
    title, _other_language, body = re.split(r"\n\n", text, maxsplit=2)
    parts = _PICTURE.split(body)
    parts[::3] = [_PAPER.sub(_named, part.replace("\n## ", "\n### ")) for part in parts[::3]]
    return title.removeprefix("# "), parts


def _named(link: re.Match[str]) -> str:
    before, text, target, _ = link.groups()
    path = f"`{normpath(f'docs/guides/{target}')}`"
    return f"({text}: {path})" if before else f"{text} ({path})"


def guide_folds(page: str, say: Words) -> None:
    """Draw the guides of a page, folded under their titles."""
    with st.container(key="guides"):
        for name in guides_of(page):
            title, (first, *others) = read_guide(name, say.lang)
            with fold(title, f"guide_{name}", is_open=False) as is_open:
                if not is_open:
                    continue
                st.markdown(first)
                for shown, path, text in zip(*(others[at::3] for at in range(3)), strict=True):
                    image = b64encode((FOLDER / path).read_bytes()).decode("ascii")
                    image = f"data:image/png;base64,{image}"
                    st.html(render("guide_picture", say, image=image, shown=shown))
                    st.markdown(text)
