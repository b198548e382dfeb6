"""What a session holds of a feature: one object, and its widgets by keys of one prefix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

import streamlit as st

Held = TypeVar("Held")


class Feature(Generic[Held]):
    """A feature's part of the session of whoever asks."""

    def __init__(self, prefix: str, begin: Callable[[], Held]) -> None:
        self.prefix, self._begin = prefix, begin

    def key(self, name: str) -> str:
        """The key of a widget; whatever has one is forgotten with the feature."""
        return f"{self.prefix}_{name}"

    @property
    def held(self) -> Held:
        """All that is held and is no widget's value."""
        key = self.key("held")
        if key not in st.session_state:
            st.session_state[key] = self._begin()
        return cast(Held, st.session_state[key])

    def forget(self) -> None:
        """Delete the object and the value of every widget."""
        for key in [str(one) for one in st.session_state if str(one).startswith(self.key(""))]:
            del st.session_state[key]
