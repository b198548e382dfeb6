"""Session state of a feature: one object, and widgets with keys of one prefix."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from atlas.view import View
from atlas.web.streamlit_internals import current_run

State = TypeVar("State")


def went_back() -> bool:
    """Return whether the reader went Back or Forward, so that the address decides."""
    run = current_run()
    return run is not None and run.is_history_navigation


def is_read_anew(key: str) -> bool:
    """Whether a page is to read its link: before its state is held, and after Back or Forward."""
    return key not in st.session_state or went_back()


def start(key: str, value: Any) -> None:
    """Give a control its first choice, before it is drawn; after Back or Forward again."""
    if is_read_anew(key):
        cast(MutableMapping[str, Any], st.session_state)[key] = value


def triggered(key: str, name: str = "select") -> Any:
    """Return the value that a component has just sent under a name, or None."""
    return getattr(st.session_state.get(key), name, None)


class Feature(Generic[State]):
    """A feature's part of the current session."""

    def __init__(self, prefix: str, begin: Callable[[], State]) -> None:
        self.prefix, self._begin = prefix, begin

    def key(self, name: str) -> str:
        """The key of a widget; whatever has one is forgotten with the feature."""
        return f"{self.prefix}_{name}"

    @property
    def has_state(self) -> bool:
        """Whether the session has the object already."""
        return self.key("state") in st.session_state

    @property
    def state(self) -> State:
        """The feature's state except the values of widgets."""
        if not self.has_state:
            st.session_state[self.key("state")] = self._begin()
        return cast(State, st.session_state[self.key("state")])

    def is_read_anew(self) -> bool:
        """Whether the feature's page must read its link again (:func:`is_read_anew`)."""
        return is_read_anew(self.key("state"))

    def forget(self) -> None:
        """Delete the object and the value of every widget."""
        for key in [str(key) for key in st.session_state if str(key).startswith(self.key(""))]:
            del st.session_state[key]


@dataclass
class PageSession:
    """State of a page except the values of its widgets."""

    view: View = field(default_factory=View)

    def change(self, **values: Any) -> None:
        """Look at something else."""
        self.view = self.view.changed(**values)


@dataclass
class MapSession(PageSession):
    """State of the map, from which other pages take the period and the department."""

    trips: int = 0
    """how often a place was searched."""
    goto: dict[str, Any] | None = None
    """place that the map is to go to once."""
    moved_from: View | None = None
    """what was shown before a search or the level took another period; None after a choice."""
    searched: str = ""
    """code of the place last searched while its department is shown."""
    section: str = ""
    """id of a part that the page is to go to once."""
    before_second: View | None = None
    """what was shown before a second map was opened."""


MAP = Feature("map", MapSession)


def shared_view() -> View | None:
    """Return the view of other pages in this session.

    None at first, and after Back or Forward: an address without a department is one of the country.
    """
    return MAP.state.view if MAP.has_state and not went_back() else None
