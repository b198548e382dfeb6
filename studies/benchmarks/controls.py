"""Rows of buttons and switches as the page holds them: what is chosen, and how a click tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX


@dataclass(slots=True)
class Control:
    """A widget of the page with its value in the words that the page shows."""

    id: str
    options: tuple[str, ...]
    chosen: tuple[str, ...]
    is_multiple: bool = False
    kind: str = "button_group"
    is_clicked: bool = False
    """since the last run; the timeline tells a click once and holds no value."""

    def click(self, option: int) -> None:
        """Choose an option; where several may be chosen, turn it over."""
        word, self.is_clicked = self.options[option], True
        if not self.is_multiple:
            self.chosen = (word,)
        elif word in self.chosen:
            self.chosen = tuple(one for one in self.chosen if one != word)
        else:
            self.chosen = (*self.chosen, word)

    def others(self) -> list[int]:
        """Places of the options whose click changes the value."""
        return [
            place
            for place, word in enumerate(self.options)
            if self.is_multiple or word not in self.chosen
        ]

    def trigger(self) -> WidgetState | None:
        """What the page tells of a click on a component of ours, with the run that follows."""
        if self.kind != "timeline" or not self.is_clicked:
            return None
        (code,) = self.chosen
        choice = [{"event": "select", "value": {"first": code, "last": code}}]
        state = WidgetState(id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{self.id}__events")
        state.json_trigger_value = json.dumps(choice)
        return state

    def state(self) -> WidgetState:
        """What the page tells the server of this widget, with every run it asks for."""
        state = WidgetState(id=self.id)
        if self.kind == "timeline":
            state.json_value = "{}"
            return state
        if self.kind == "checkbox":
            state.bool_value = bool(self.chosen)
        elif self.kind == "selectbox":
            state.string_value = self.chosen[0]
        else:
            # empty is a value too: nothing chosen
            state.string_array_value.SetInParent()
            state.string_array_value.data.extend(self.chosen)
        return state


def key_of(identity: str) -> str:
    """The key that the page's script gave a widget, which ends its identity.

    Examples
    --------
    >>> key_of("$$ID-40d5aee6-period")
    'period'
    """
    return identity.split("-", 2)[2]


def control_in(element: Element, before: Mapping[str, Control]) -> Control | None:
    """The widget of an element, with the value that the page has for it already.

    Parameters
    ----------
    element : Element
        As a run sent it.
    before : mapping of str to Control
        The page's widgets by key; what the reader chose stays, unless the server says otherwise.

    Returns
    -------
    Control or None
        None for an element that is no widget which a reader of the map uses.
    """
    kind = element.WhichOneof("type")
    if kind == "button_group":
        row = element.button_group
        options = tuple(option.content for option in row.options)
        chosen = tuple(options[place] for place in row.default)
        said = tuple(row.raw_values) if row.set_value else None
        is_multiple = row.click_mode == ButtonGroup.MULTI_SELECT
        found = Control(row.id, options, chosen, is_multiple)
    elif kind == "selectbox":
        box = element.selectbox
        options = tuple(box.options)
        said = (box.raw_value,) if box.set_value else None
        found = Control(box.id, options, (options[box.default],), kind=kind)
    elif kind == "checkbox":
        switch = element.checkbox
        chosen = ("on",) if switch.default else ()
        said = (("on",) if switch.value else ()) if switch.set_value else None
        found = Control(switch.id, ("on",), chosen, is_multiple=True, kind=kind)
    elif kind == "bidi_component" and element.bidi_component.component_name == "atlas_timeline":
        drawn = json.loads(element.bidi_component.json)
        known = tuple(bar["code"] for bar in drawn["bars"] if bar["count"] is not None)
        return Control(element.bidi_component.id, known, tuple(drawn["chosen"]), kind="timeline")
    else:
        return None
    held = before.get(key_of(found.id))
    if said is not None:
        found.chosen = said
    elif held is not None and held.id == found.id:
        found.chosen = held.chosen
    return found
