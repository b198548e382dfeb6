"""Draw the panel of layers beside the map: a switch, a sign and a scale for each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from atlas.drawing.areas import measure_title
from atlas.drawing.legend import legend_body, overlay_legend, report_legend
from atlas.html import render
from atlas.overlays import OVERLAY_OF
from atlas.results.help_places import (
    SPECIALISED,
    directory_date,
    known_places,
)
from atlas.results.sentences import communities_text, illegality_in_country, mining_years
from atlas.view import (
    BANDWIDTHS_KM,
    NO_REPORTS,
    OVERLAYS,
    View,
    left_out_overlays,
)
from atlas.web.components import component
from atlas.web.session import MAP, start, triggered
from atlas.words import Words
from data.context import load_named_places
from layers.legend import LegendSpec, Sign
from layers.legend_html import sign_svg

ALL_TOGETHER = "together"
"""code of the button that lays reports, density, mining and routes on the map"""
PANEL_ORDER = (NO_REPORTS, *OVERLAY_OF)
_TOGETHER = {code for code, overlay in OVERLAY_OF.items() if overlay.is_together}
_SIGNS: dict[str, Sign] = {
    NO_REPORTS: "reports",
    **{code: overlay.panel_sign or overlay.signs[0][0] for code, overlay in OVERLAY_OF.items()},
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
            on_change=lambda: MAP.state.change(bandwidth_km=st.session_state[key]),
        )


def layer_switches(template: str, view: View, say: Words, *, key: str) -> None:
    """Draw the layers as a panel, or in a row ("layer_chips") above a narrow map or a long card."""
    hidden, row_of = left_out_overlays(view), _row if template == "layers" else _switch
    html = render(
        template,
        say,
        rows=[row_of(code, view, say) for code in PANEL_ORDER if code not in hidden],
        together=_is_all_together(view),
        apart=say.list(
            say(f"overlay.{code}.short")
            for code in PANEL_ORDER
            if code in OVERLAY_OF and code not in {*_TOGETHER, *hidden} and not _is_on(code, view)
        ),
        code=ALL_TOGETHER,
        has_chips=view.department is not None,
        is_dark=st.context.theme.type == "dark",
    )
    component("layers")(key=key, data={"html": html}, on_toggle_change=lambda: _toggle_layer(key))


def _switch(code: str, view: View, say: Words) -> dict[str, Any]:
    key = f"panel.{code}.name" if code == NO_REPORTS else f"overlay.{code}.short"
    return {"code": code, "short": say(key), "is_on": _is_on(code, view)}


def _row(code: str, view: View, say: Words) -> dict[str, Any]:
    """Return a layer's switch, sign and line, with its legend while it is on.

    A part belongs to the layer above it.
    """
    switch = _switch(code, view, say)
    spec = _layer_legend(code, view, say) if switch["is_on"] else LegendSpec()
    is_pale = code == NO_REPORTS and _is_on("density", view)
    return {
        **switch,
        "sign": Markup(sign_svg("reports_pale" if is_pale else _SIGNS[code])),
        "name": say(f"panel.{code}.name"),
        "line": _description(code, view, say),
        "body": legend_body(spec, say, f"row-{code}"),
        "notes": spec.notes,
        "is_part": code != NO_REPORTS and OVERLAY_OF[code].is_part,
    }


def _is_on(code: str, view: View) -> bool:
    if code == NO_REPORTS:
        return NO_REPORTS not in view.overlays
    return code in view.overlays and code not in left_out_overlays(view)


def _is_all_together(view: View) -> bool:
    """Whether all layers of "all together" are on, as far as the level has them."""
    wanted = {NO_REPORTS, *_TOGETHER} - {*left_out_overlays(view)}
    return all(_is_on(code, view) for code in wanted)


def _description(code: str, view: View, say: Words) -> str:
    if code == NO_REPORTS:
        return measure_title(view, say)
    values = {"span": mining_years()}
    if code == "mining":
        return f"{say('panel.mining.line', **values)}. {illegality_in_country(say)}"
    if code == "places":
        places = load_named_places().dropna(subset=["longitude"])
        count = len(places[["longitude", "latitude"]].round(3).drop_duplicates())
        values["count"] = say.number(count)
    if code == "services":
        offices = known_places()
        counts = offices["service_type"].value_counts().drop([*SPECIALISED], errors="ignore")
        values["offices"] = ", ".join(f"{count} {code}" for code, count in counts.items())
        values["others"] = str(offices["service_type"].isin(SPECIALISED).sum())
        values["date"] = directory_date()
    return say(f"panel.{code}.line", **values)


def _layer_legend(code: str, view: View, say: Words) -> LegendSpec:
    if code == NO_REPORTS:
        # two maps have their legend above them
        return report_legend(view, say) if view.second is None else LegendSpec()
    spec = overlay_legend(code, view, say)
    if code == "mining":  # its sign is beside its name
        return replace(spec, keys=(), notes=(*spec.notes, communities_text(say)))
    if code == "density":  # the row names no unit
        note = f"{spec.scale.title}. {spec.scale.note}"
        return replace(spec, scale=replace(spec.scale, note=note))
    return spec


def _toggle_layer(source: str) -> None:
    """Switch a layer, or all of "all together", after a click."""
    code, view = triggered(source, "toggle"), MAP.state.view
    chosen: Any = {*view.overlays}
    if code == ALL_TOGETHER:
        is_all = _is_all_together(view)
        chosen = chosen - _TOGETHER if is_all else (chosen | _TOGETHER) - {NO_REPORTS}
    elif code in (NO_REPORTS, *OVERLAYS):
        chosen ^= {code}
    MAP.state.change(overlays=tuple(chosen))
