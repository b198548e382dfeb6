"""The panel of layers beside the map: each has a switch, a sign and a scale."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from atlas.drawing.areas import measure_title
from atlas.drawing.legend import density_legend, mining_scale, report_legend
from atlas.drawing.overlays import OVERLAY_OF, hides_single_routes, overlay_keys
from atlas.html import render
from atlas.results.sentences import mining_years, superseded
from atlas.view import (
    BANDWIDTHS_KM,
    NO_REPORTS,
    OVERLAYS,
    TOGETHER,
    View,
    left_out_overlays,
)
from atlas.web.components import component
from atlas.web.session import MAP, start, triggered
from atlas.words import Words
from data.context import load_named_places
from layers.legend import Key, LegendSpec, keys_html, scale_html, sign_svg

ALL_TOGETHER = "together"
"""code of the button that lays reports, density, mining and routes on the map"""
PANEL_ORDER = (NO_REPORTS, "density", "mining", "zones", "routes", "places", "services")
_SIGNS: dict[str, Key] = {
    NO_REPORTS: "reports",
    **{code: overlay.signs[0][0] for code, overlay in OVERLAY_OF.items()},
    "density": "density",
    "routes": "routes",
}


def layer_panel(view: View, say: Words) -> None:
    """Draw the panel; with the density its bandwidth can be chosen."""
    layer_switches("layers", view, say, key="layers")
    if _is_on("density", view):
        key = MAP.key("bandwidth")
        start(key, view.bandwidth_km)
        st.selectbox(
            say("controls.bandwidth"),
            BANDWIDTHS_KM,
            key=key,
            format_func=lambda km: say("controls.bandwidth_km", km=km),
            help=say("controls.bandwidth.help"),
            on_change=lambda: MAP.held.change(bandwidth_km=st.session_state[key]),
        )


def layer_switches(template: str, view: View, say: Words, *, key: str) -> None:
    """Draw the switches: as a panel, or in a row ("layer_chips") above the map of a narrow screen
    and above a long card."""
    hidden = left_out_overlays(view)
    html = render(
        template,
        say,
        rows=[_row(code, view, say) for code in PANEL_ORDER if code not in hidden],
        together=_is_all_together(view),
        code=ALL_TOGETHER,
        is_dark=st.context.theme.type == "dark",
    )
    component("layers")(key=key, data={"html": html}, on_toggle_change=lambda: _toggle_layer(key))


def _row(code: str, view: View, say: Words) -> dict[str, Any]:
    """A layer with its switch and sign, what it shows in one line, and its legend while it is on.

    A part belongs to the layer above it.
    """
    is_on, name = _is_on(code, view), say(f"panel.{code}.name")
    spec = _layer_legend(code, view, say) if is_on else LegendSpec()
    is_pale = code == NO_REPORTS and _is_on("density", view)
    return {
        "code": code,
        "sign": Markup(sign_svg("reports_pale" if is_pale else _SIGNS[code])),
        "name": name,
        "short": name if code == NO_REPORTS else say(f"overlay.{code}.short"),
        "line": _description(code, view, say),
        "is_on": is_on,
        "body": Markup(scale_html(spec.scale) + keys_html(spec.keys)),  # both escape their texts
        "notes": spec.notes,
        "is_part": code == "zones",
    }


def _is_on(code: str, view: View) -> bool:
    if code == NO_REPORTS:
        return NO_REPORTS not in view.overlays
    return code in view.overlays and code not in left_out_overlays(view)


def _is_all_together(view: View) -> bool:
    """Whether reports, density, mining and routes all lie on the map, as far as its level can."""
    wanted = {NO_REPORTS, *TOGETHER} - {*left_out_overlays(view)}
    return all(_is_on(code, view) for code in wanted)


def _description(code: str, view: View, say: Words) -> str:
    if code == NO_REPORTS:
        return measure_title(view, say)
    if code == "mining":
        return say("panel.mining.line", span=mining_years())
    if code == "places":
        places = load_named_places().dropna(subset=["longitude"])
        count = len(places[["longitude", "latitude"]].round(3).drop_duplicates())
        return say("panel.places.line", count=say.number(count))
    return say(f"panel.{code}.line")


def _layer_legend(code: str, view: View, say: Words) -> LegendSpec:
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


def _toggle_layer(source: str) -> None:
    """A switch was pressed: its layer comes or goes, or all that lie together do."""
    code, view = triggered(source, "toggle"), MAP.held.view
    chosen: Any = {*view.overlays}
    if code == ALL_TOGETHER:
        is_all = _is_all_together(view)
        chosen = chosen - {*TOGETHER} if is_all else (chosen | {*TOGETHER}) - {NO_REPORTS}
    elif code in (NO_REPORTS, *OVERLAYS):
        chosen ^= {code}
    MAP.held.change(overlays=tuple(chosen))
