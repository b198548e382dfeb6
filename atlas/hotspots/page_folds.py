"""What the sections of Focos share, and the section on the density's rule."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from atlas.drawing.density_pictures import (
    LESS,
    MORE,
    density_picture,
    difference_picture,
    half_rims,
)
from atlas.html import render
from atlas.results.density import density_ticks, difference_for, half_text, modelled_text
from atlas.results.regions import overdispersion
from atlas.view import BANDWIDTHS_KM, SHARES, View
from atlas.web.components import Drawing, draw_map
from atlas.web.session import Feature, PageSession, start
from atlas.words import Words
from data.periods import Period
from layers.palette import DENSITY, SMR

FOCOS = Feature("focos", PageSession)


def ratio_scale(title: str, say: Words, signs: Sequence[tuple[str, str]] = ()) -> None:
    """Draw the colours of times the expected, or of times a change, and what else a map shows."""
    ticks = [f"{edge:g}" for edge in SMR.breaks[1:-1]]
    scale = {"title": title, "colors": SMR.colors, "ticks": ticks, "signs": signs}
    st.html(render("hotspots/scale", say, **scale))


def waves_text(say: Words, period: Period) -> str:
    """Kappa of times as long as a period, with its interval, for whoever opens the detail."""
    fitted = overdispersion(period)
    low, high = (say.number(fitted.kappas[end], 3) for end in (0, -1))
    return say(
        "focos.waves", kappa=say.number(fitted.kappa, 3), low=low, high=high, months=fitted.months
    )


def density_section(view: View, say: Words) -> tuple[View, str]:
    """Draw three maps under the heading of their fold; returns the view, and it in a sentence."""
    period = say(f"period.{view.period.code}")
    of = say("focos.of", unit=say(f"unit.{view.period.unit}.plural"), period=period)
    notes = [f"{say('focos.density.lead')} {of}"]
    st.html(render("hotspots/section", say, part="density", titled=False, notes=notes))
    start(FOCOS.key("bandwidth"), view.bandwidth_km)
    start(FOCOS.key("share"), view.share)
    with st.container(horizontal=True, vertical_alignment="bottom", key="density_controls"):
        bandwidth = st.segmented_control(
            say("controls.bandwidth"),
            BANDWIDTHS_KM,
            default=view.bandwidth_km,
            required=True,
            key=FOCOS.key("bandwidth"),
            format_func=lambda km: say("controls.bandwidth_km", km=km),
            wrap=True,
            help=say("controls.bandwidth.help"),
        )
        percent = st.segmented_control(
            say("focos.density.share"),
            SHARES,
            default=view.share,
            required=True,
            key=FOCOS.key("share"),
            format_func=lambda percent: say.percent(percent / 100),
            wrap=True,
            help=say("focos.density.share.help"),
        )
    share = percent / 100
    first = density_picture(view.period, bandwidth, None)
    second = density_picture(view.period, bandwidth, share)
    third = difference_picture(view.period, bandwidth, share)
    holds = half_text(view.period, bandwidth, say)
    moved = say(
        "focos.density.moved" if third else "focos.density.same",
        share=say.percent(difference_for(view.period, bandwidth, share).moved_share),
        evidence=say.percent(share),
    )
    modelled = f"{say('legend.density')}. {modelled_text(view.period, say)}"
    with_evidence = say("focos.density.second", evidence=say.percent(share))
    columns = st.columns(3, gap="small")
    with columns[0]:
        drawing = Drawing(
            alt=holds, image=(first.href, first.box), rims=half_rims(view.period, bandwidth)
        )
        title, signs = say("focos.density.first"), [("rim", say("focos.key.rim"))]
        ticks = density_ticks(first.breaks, say)
        _density_map("first", title, drawing, holds, modelled, say, ticks=ticks, signs=signs)
    with columns[1]:
        drawing = Drawing(alt=with_evidence, image=(second.href, second.box))
        finding, note = say("focos.density.evidence"), say("focos.density.share_note")
        ticks = density_ticks(second.breaks, say)
        _density_map("second", with_evidence, drawing, finding, note, say, ticks=ticks)
    with columns[2]:
        image = (third.href, third.box) if third else ("data:,", (0.0, 0.0, 1.0, 1.0))
        drawing = Drawing(alt=moved, image=image)
        title, note = say("focos.density.difference"), say("focos.density.difference_note")
        keys = [(MORE[2], say("focos.key.more")), (LESS[2], say("focos.key.less"))]
        _density_map("difference", title, drawing, moved, note, say, signs=keys)
    radius = say("controls.bandwidth_km", km=bandwidth)
    return view.changed(bandwidth_km=bandwidth, share=percent), f"{radius}. {moved}"


def _density_map(
    name: str,
    title: str,
    drawing: Drawing,
    finding: str,
    note: str,
    say: Words,
    *,
    ticks: tuple[str, ...] | None = None,
    signs: Sequence[tuple[str, str]] = (),
) -> None:
    st.html(render("hotspots/maptitle", say, title=title, text=""))
    draw_map(drawing, key=f"density_{name}", lang=say.lang, height_rem=26)
    values = {"finding": finding, "note": note, "colors": DENSITY, "ticks": ticks, "signs": signs}
    st.html(render("hotspots/density", say, **values))
