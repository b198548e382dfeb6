"""Small components that every page uses: the address, a choice, the language, a small map.

Streamlit makes a step of the browser's history of each new address, and on Back or Forward runs the
page with the address that was left; here the page's state and its controls are taken from it again.
Which addresses are steps at all is decided in the browser (static/shell.js).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
import streamlit.emojis  # for the logo: the server warms up with it, 0.2 s of a first run

from atlas.drawing.small_maps import small_map
from atlas.html import TERM_STYLE
from atlas.settings import base_url
from atlas.view import NO_LONGER
from atlas.web.session import start, went_back
from atlas.web.streamlit_internals import current_run
from atlas.words import LANGUAGES, Words
from layers.palette import GROUND, HATCH

_FOLDER = Path(__file__).resolve().parent / "static"


_BEFORE = {
    **dict.fromkeys(("matrix", "share", "sortable", "table"), "tools"),
    "planmap": "planmoves",
}
"""What stands before the script of a component: search and copy of a table, moves on a plan's map.
"""
LONG = 25
"""rows from which on a table has a search"""


def server_address() -> str:
    """Return scheme and host of this server, from its setting or else from the request."""
    if setting := base_url():
        return setting.rstrip("/")
    asked = urlsplit(st.context.url or "")
    return f"{asked.scheme}://{asked.netloc}" if asked.netloc else ""


@cache
def static_text(name: str) -> str:
    """A style or script of atlas/web/static."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def component(name: str) -> Callable[..., Any]:
    """Register a component of atlas/web/static once per process."""
    files = (_BEFORE[name], name) if name in _BEFORE else (name,)
    css, js = ("\n".join(static_text(f"{file}.{kind}") for file in files) for kind in ("css", "js"))
    if name in ("layers", "map", "matrix"):
        css += TERM_STYLE  # their keys have terms, and they wear no style of the page
    # what a template has written wears the styles of its page
    return st.components.v2.component(  # pyrefly: ignore[implicit-import]
        f"atlas_{name}", css=css, js=js, isolate_styles=name not in ("sortable", "plananswer")
    )


def table_tools(say: Words, file: str = "", source: str = "") -> dict[str, Any]:
    """Return the words and names for a table's search, copy and file.

    The file, made in the browser, is the table as it is shown, and after it on each row what it is
    a table of, the link of the view, its ``source`` and that reports are not prevalence; ``file``
    is its name without the ending (:func:`atlas.words.file_name`), none where a table has no file.
    """
    names = ("copy", "copied", "search", "none", "fewer", "marks")
    words_of = {name: say(f"table.{name}") for name in names}
    # the browser knows the caption and the link
    added = {"method.col.table": None, "column.link": True, "column.source": source}
    added["column.caveat"] = say("map.caveat")
    offered = {
        "name": f"{file}.csv",
        "label": say("data.download"),
        "added": [[say(head), text] for head, text in added.items()],
    }
    return {"long": LONG, "words": words_of, "file": offered if file else None}


def plain_label(text: str) -> str:
    """Escape a text of a file for a Streamlit label, which is Markdown."""
    text = re.sub(r"([\\`*_\[\]<>!$:~#&|^])", r"\\\1", text)
    text = re.sub(r"^(\d+)(?=[.)])|^(?=[-+])", r"\1\\", text)
    # a WORD JOINER keeps Streamlit from making links of addresses
    return re.sub(r"(?i)(https?\\:|www)(?=[/.])", "\\1\N{WORD JOINER}", text)


def sortable_table(
    html: str,
    say: Words,
    *,
    key: str,
    file: str = "",
    source: str = "",
) -> None:
    """Draw a template's table with sorting heads, a copy button and, if named, a file.

    ``file`` and ``source`` are those of :func:`table_tools`.
    """
    data = {"html": html, "lang": say.lang, **table_tools(say, file, source)}
    component("sortable")(key=key, data=data)


@contextmanager
def fold(title: str, key: str, *, is_open: bool, answer: str = "") -> Iterator[bool]:
    """Draw what opens on demand, as it was left; yields whether it is open.

    ``answer`` stands in grey beside the title.
    """
    start(key, is_open)
    # set anew each time: with a title in another language it is another one to Streamlit
    st.session_state[key] = st.session_state[key]
    label = f"{title} :gray[{answer}]" if answer else title
    with st.expander(label, key=key, on_change="rerun") as opened:
        yield bool(opened.open)


def link_warning(problems: Sequence[str], say: Words) -> None:
    """Name the fields of a link that were not understood, and parts that went with what to use."""
    gone = {name for folds in NO_LONGER.values() for name in folds}
    for name in problems:
        if name in gone:
            st.info(say(f"gone.{name}"))
    if fields := [f"«{name}»" for name in problems if name not in gone]:
        st.warning(say("error.link", fields=say.list(fields)))


def write_link(query: Mapping[str, str], *sentences: str, section: str = "") -> None:
    """Write the view into the address; a screen reader reads only new sentences.

    ``section`` is the id of the part that the reader came for, where the address names none, or
    that they have just opened. Called once a run, always at the same place of a page.
    """
    run = current_run()
    page = run.page if run else ""
    # Streamlit's own way would make a second step of the address the reader came by
    is_arrival = st.session_state.get("link_of") != page and not went_back()
    st.session_state["link_of"] = page
    component("address")(
        key="address",
        data={
            "query": urlencode(query) if is_arrival else "",
            "said": list(sentences),
            "at": section,
        },
    )
    if not is_arrival and st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def _switch() -> None:
    if st.session_state["language"] in LANGUAGES:  # a browser that never saw the control says None
        st.session_state["lang"] = st.session_state["language"]


def language_control(say: Words) -> None:
    """Draw the switch of languages; everything else stays as it is."""
    # set anew each time: on another page it is another control to Streamlit
    st.session_state["language"] = say.lang
    st.segmented_control(
        say("controls.language"),
        LANGUAGES,
        required=True,
        key="language",
        format_func=lambda code: say(f"language.{code}"),
        label_visibility="collapsed",
        on_change=_switch,
    )


def choose_code(
    say: Words,
    label: str,
    codes: Sequence[str],
    *,
    chosen: str,
    key: str,
    words_of: str,
    is_off: bool = False,
) -> str:
    """Draw a row of buttons and return the chosen code; switched off where nothing can be chosen.

    ``label`` is the message that names the control for screen readers, ``chosen`` the first choice,
    ``words_of`` the pattern of a button's message with ``{code}``.
    """
    start(key, chosen)
    return st.segmented_control(
        say(label),
        codes,
        default=chosen,
        required=True,
        key=key,
        format_func=lambda code: say(words_of.format(code=code)),
        label_visibility="collapsed",
        disabled=is_off,
        wrap=True,
    )


_HINTED = {
    "language": ("language",),
    "level": ("map_level", "map_second_level"),
    "measure": (
        *("map_measure", "map_area_measure"),
        *("map_second_measure", "map_second_area_measure"),
    ),
    "area": ("map_area_measure", "map_second_area_measure"),
    "base": ("map_base", "map_second_base", "focos_base", "method_base"),
    "plan.demand": ("plan_demand",),
    "overlay.services.short": ("plan_services",),
}
"""The kin of messages that explain a control's buttons, and the keys of such controls."""


def hints(say: Words) -> list[tuple[str, str, str]]:
    """Return the key of a control, the words on one of its buttons, and its effect.

    Streamlit's own help is one mark a control and goes with the label where that is hidden: the
    shell sets these at the buttons, for hover, keyboard and screen reader.
    """
    texts = []
    for name in say.catalogue:
        if not name.endswith(".help"):
            continue
        of = name.removesuffix(".help")
        # one control writes a choice in short, another in full
        labels = {say.catalogue.get(message, "") for message in (f"{of}.short", of)} - {""}
        keys = _HINTED.get(of.rpartition(".")[0], ())
        texts += [(key, label, say(name)) for key in keys for label in sorted(labels)]
    return texts


@contextmanager
def folding_controls(
    say: Words, label: Callable[[], str], beside: Callable[[], None] | None = None
) -> Iterator[None]:
    """Draw the row of a page's controls; on a phone it folds behind ``label``.

    The label is asked when the controls have been read. The switch of language never folds, nor
    what ``beside`` draws.
    """
    with st.container(horizontal=True, key="control_bar", vertical_alignment="top"):
        fold = st.container(key="fold")
        with st.container(horizontal=True, key="controls", vertical_alignment="center"):
            yield
        fold.toggle(label(), key="show_controls")
        if beside is not None:
            with st.container(key="beside"):
                beside()
        with st.container(key="language_box", width="content"):
            language_control(say)


HATCH_COLORS = ("#f4f3ef", "#a9a69d")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Content of one small map."""

    alt: str
    """the map in one sentence, for those who do not see it."""
    level: str = "departments"
    """whose outlines are drawn: these or "provinces", over which the departments' borders go."""
    fills: Mapping[str, str] = field(default_factory=dict)
    """colour by code of the area; a missing one is hatched."""
    tips: Mapping[str, str] = field(default_factory=dict)
    marks: Sequence[tuple[str, str, str]] = ()
    """kind (number), code of the area, text."""
    rims: Sequence[str] = ()
    """paths of lines over the picture."""
    bubbles: Sequence[tuple[float, float, float, str, str]] = ()
    """circles: x, y and radius in view units, the number in it and what it says."""
    is_plain: bool = False
    """whether departments without a fill are land and not hatched."""


def draw_map(
    drawing: Drawing,
    *,
    key: str,
    lang: str,
    height_rem: float = 20,
    selected: str | None = None,
    on_select: Callable[[], None] | None = None,
) -> None:
    """Draw a small map; the clicked code is read from ``st.session_state[key].select``."""
    theme = st.context.theme.type or "light"
    outlines = small_map(drawing.level)
    data: dict[str, Any] = {
        "lang": lang,
        "theme": theme,
        "ground": {**GROUND[theme], "line": "#d5d0c8" if theme == "light" else "#3a3733"},
        "hatch": HATCH_COLORS,
        **outlines.drawn,
        "alt": drawing.alt,
        "fills": (
            {code: GROUND[theme]["land"] for code, _, _ in outlines.shapes}
            if drawing.is_plain
            else {code: fill for code, fill in drawing.fills.items() if fill != HATCH}
        ),
        "tips": dict(drawing.tips),
        "marks": [
            *((kind, *outlines.spots[code], text, "") for kind, code, text in drawing.marks),
            *(("bubble", x, y, str(r), tip) for x, y, r, _, tip in drawing.bubbles),
            *(("label", x, y, text, "") for x, y, _, text, _ in drawing.bubbles),
        ],
        "rims": list(drawing.rims),
        "plain": drawing.is_plain,
        "lines": [] if drawing.level == "departments" else [d for *_, d in small_map().shapes],
        "heightRem": height_rem,
        "selected": selected,
        "clickable": on_select is not None,
    }
    component("minimap")(key=key, data=data, on_select_change=on_select or (lambda: None))
