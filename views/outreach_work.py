"""The planner's work: done between two draws, told as it goes, ended by the next choice.

Whatever the session asks for next reaches this run at the bar that tells how far it is: there
Streamlit's order to begin anew comes out as an exception, and the search ends with it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from geo.siting_worker import cancellable
from messages import Words

KEPT = 24
"""answers that a session keeps, the oldest given up first; each is a few hundred kilobytes."""
_TOLD_EVERY_S = 0.15
Answer = TypeVar("Answer")
RESULTS = "plan_results"


@dataclass(slots=True)
class Teller:
    """Writes how far the work is; writing is where a newer run stops this one."""

    place: Any
    text: str
    share: float = 0.0
    told: float = field(default=0.0)

    def progress(self, share: float) -> None:
        """Take note of 0 to 1, and tell it."""
        self.share = share
        self.tick()

    def tick(self) -> None:
        """Tell it again if the last time is a while ago."""
        now = time.monotonic()
        if now - self.told >= _TOLD_EVERY_S:
            self.told = now
            self.place.progress(min(1.0, max(0.0, self.share)), text=self.text)


def known(key: object) -> Any:
    """An answer that the session has, or None."""
    return st.session_state.get(RESULTS, {}).get(key)


def work(
    key: object,
    make: Callable[[Callable[[float], None]], Answer],
    *,
    place: Any,
    text: str,
) -> Answer:
    """Do a piece of work under a bar and keep its answer.

    Parameters
    ----------
    key : hashable
        Under which the session finds it again.
    make : callable
        Is given a function to tell 0 to 1; a newer run ends it wherever it is.
    place : container
        Of one element: where the bar stands meanwhile.
    text : str
        What is being done.
    """
    teller = Teller(place, text)
    teller.tick()
    try:
        with cancellable(teller.tick):
            answer = make(teller.progress)
    except Exception:  # a refusal takes the place of the bar; a newer run draws its own
        place.empty()
        raise
    place.empty()
    results: OrderedDict[object, Any] = st.session_state.setdefault(RESULTS, OrderedDict())
    results[key] = answer
    while len(results) > KEPT:
        results.popitem(last=False)
    return answer


def want(name: str) -> None:
    """Ask for a piece of work; the page does it when the plan is drawn."""
    st.session_state.setdefault("plan_wanted", set()).add(name)


def is_wanted(name: str) -> bool:
    """Whether it was asked for since the last change of the plan."""
    return name in st.session_state.get("plan_wanted", set())


def forget_wanted_of_others(key: object) -> None:
    """A changed plan asks for nothing but itself."""
    if st.session_state.get("plan_key") != key:
        st.session_state["plan_key"] = key
        st.session_state["plan_wanted"] = set()


def ask_button(name: str, say: Words) -> None:
    """The button that asks for a piece of work."""
    st.button(say(f"plan.{name}.ask"), key=f"plan_ask_{name}", on_click=want, args=(name,))
