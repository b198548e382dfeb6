"""The panel beside the map: what lies on it, each layer with its switch, its sign and its scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from atlas.drawing.areas import area_title
from atlas.drawing.legend import density_legend, measure_title, mining_scale, report_legend
from atlas.drawing.overlays import OVERLAY_OF, hides_single_routes, overlay_keys
from atlas.html import render
from atlas.results.sentences import mining_years, superseded
from atlas.view import (
    BANDWIDTHS_KM,
    LEVELS,
    NO_REPORTS,
    OVERLAYS,
    TOGETHER,
    View,
    left_out_overlays,
)
from atlas.web.components import component, start
from atlas.words import Words
from data.context import load_named_places
from layers.legend import Key, LegendSpec, keys_html, scale_html, sign_svg

ALL_TOGETHER = "together"
"""code of the button that lays reports, density, mining and routes on the map"""
_ORDER = (NO_REPORTS, "density", "mining", "zones", "routes", "places", "services")
_SIGNS: dict[str, Key] = {
    NO_REPORTS: "reports",
    **{code: overlay.signs[0][0] for code, overlay in OVERLAY_OF.items()},
    "density": "density",
    "routes": "routes",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One layer in the panel."""

    code: str
    sign: Markup
    name: str
    short: str
    line: str
    """what it shows, in one line."""
    is_on: bool
    body: Markup
    """its scale, its signs and its small print, while it is on."""
    is_part: bool = False
    """whether it belongs to the layer above it."""


def layer_panel(view: View, say: Words) -> None:
    """Draw the panel; with the density its bandwidth can be chosen."""
    rows = panel_rows(view, say)
    html = render("layers", say, rows=rows, **_looks(view))
    component("layers")(
        key="layers", data={"html": html}, on_toggle_change=lambda: _toggle("layers")
    )
    if _is_on("density", view):
        start("bandwidth", view.bandwidth_km)
        st.selectbox(
            say("controls.bandwidth"),
            BANDWIDTHS_KM,
            key="bandwidth",
            format_func=lambda km: say("controls.bandwidth_km", km=km),
            help=say("controls.bandwidth.help"),
            on_change=_choose_bandwidth,
        )


def layer_chips(view: View, say: Words, *, key: str) -> None:
    """Draw the same switches in a row: above the map of a narrow screen, above a long card."""
    html = render("layer_chips", say, rows=panel_rows(view, say), **_looks(view))
    component("layers")(key=key, data={"html": html}, on_toggle_change=lambda: _toggle(key))


def _looks(view: View) -> dict[str, Any]:
    """What both rows of switches ask besides the layers."""
    is_dark = st.context.theme.type == "dark"
    return {"together": _together(view), "code": ALL_TOGETHER, "is_dark": is_dark}


def panel_rows(view: View, say: Words) -> list[Row]:
    """The layers that the level of a view can show, from the reports upwards."""
    hidden = left_out_overlays(view)
    return [_row(code, view, say) for code in _ORDER if code not in hidden]


def _row(code: str, view: View, say: Words) -> Row:
    is_on, name = _is_on(code, view), say(f"panel.{code}.name")
    short = name if code == NO_REPORTS else say(f"overlay.{code}.short")
    line = _line(code, view, say)
    spec = _legend(code, view, say) if is_on else LegendSpec()
    body = Markup(  # each of the three escapes its texts
        scale_html(spec.scale) + keys_html(spec.keys)
    ) + Markup("").join(Markup('<p class="note">{}</p>').format(note) for note in spec.notes)
    sign = _SIGNS[code]
    if code == NO_REPORTS and _is_on("density", view):
        sign = "reports_pale"
    return Row(code, Markup(sign_svg(sign)), name, short, line, is_on, body, code == "zones")


def _is_on(code: str, view: View) -> bool:
    if code == NO_REPORTS:
        return NO_REPORTS not in view.overlays
    return code in view.overlays and code not in left_out_overlays(view)


def _together(view: View) -> bool:
    """Whether reports, density, mining and routes all lie on the map, as far as its level can."""
    wanted = {NO_REPORTS, *TOGETHER} - {*left_out_overlays(view)}
    return all(_is_on(code, view) for code in wanted)


def _line(code: str, view: View, say: Words) -> str:
    if code == NO_REPORTS:
        return measure_title(view, say) if view.level == LEVELS[0] else area_title(view, say)
    if code == "mining":
        return say("panel.mining.line", span=mining_years())
    if code == "places":
        places = load_named_places().dropna(subset=["longitude"])
        count = len(places[["longitude", "latitude"]].round(3).drop_duplicates())
        return say("panel.places.line", count=say.number(count))
    return say(f"panel.{code}.line")


def _legend(code: str, view: View, say: Words) -> LegendSpec:
    """What stands under the switch of a layer that is on."""
    if code == NO_REPORTS:
        # that of two maps stands above them
        return report_legend(view, say) if view.second is None else LegendSpec()
    if code == "density":
        spec = density_legend(view, say)
        note = f"{spec.scale.title}. {spec.scale.note}"  # the row names no unit
        return replace(spec, scale=replace(spec.scale, note=note))
    if code == "mining":
        notes = (say("legend.not_monitored"), *filter(None, [superseded(say)]))
        return LegendSpec(mining_scale(say), notes=notes)
    spec = LegendSpec(keys=tuple(overlay_keys((code,), say)))
    if code != "routes":
        return spec
    single = [say("panel.routes.single")] if hides_single_routes(view) else []
    return replace(spec, notes=(*single, say("panel.routes.note")))


def _toggle(source: str) -> None:
    """A switch was pressed: its layer comes or goes, or all that lie together do."""
    code = getattr(st.session_state.get(source), "toggle", None)
    view: View = st.session_state["view"]
    chosen: Any = {*view.overlays}
    if code == ALL_TOGETHER:
        chosen = chosen - {*TOGETHER} if _together(view) else (chosen | {*TOGETHER}) - {NO_REPORTS}
    elif code in (NO_REPORTS, *OVERLAYS):
        chosen ^= {code}
    st.session_state["view"] = view.changed(overlays=tuple(chosen))


def _choose_bandwidth() -> None:
    view: View = st.session_state["view"]
    st.session_state["view"] = view.changed(bandwidth_km=st.session_state["bandwidth"])
