"""The modelled density, the second rule that could have been chosen, and what it moves."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from layers.palette import DENSITY
from maps.density import half_of_reports
from maps.density_pictures import (
    LESS,
    MORE,
    density_picture,
    difference_picture,
    half_rims,
    moved_share,
)
from maps.hotspot_state import HotspotState
from maps.state import BANDWIDTHS_KM
from messages import Words
from templates import render
from views.small_map import Drawing, draw_map

SHARES = ("0", "25", "50", "75", "100")
"""percent of a department's reports put on its evidence"""


def density_section(unit: str, state: HotspotState, say: Words) -> None:
    """Draw three maps; the fold they stand in is their heading."""
    period = say(f"period.{state.period}")
    of = say("focos.of", unit=say(f"unit.{unit}.plural"), period=period)
    lead = f"{say('focos.density.lead')} {of}"
    st.html(
        render(
            "hotspots/section",
            say,
            part="density",
            titled=False,
            notes=[lead],
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom", key="density_controls"):
        bandwidth = int(
            st.segmented_control(
                say("controls.bandwidth"),
                BANDWIDTHS_KM,
                default="40",
                required=True,
                key="focos_bandwidth",
                format_func=lambda code: say("controls.bandwidth_km", km=code),
                wrap=True,
            )
        )
        percent = int(
            st.segmented_control(
                say("focos.density.share"),
                SHARES,
                default="50",
                required=True,
                key="focos_share",
                format_func=lambda code: say.percent(int(code) / 100),
                wrap=True,
            )
        )
    share = percent / 100
    first = density_picture(state.period, bandwidth, None)
    second = density_picture(state.period, bandwidth, share)
    third = difference_picture(state.period, bandwidth, share)
    half = half_of_reports(state.period, bandwidth)
    holds = say(
        "density.half", area=say.percent(half.area_share, 1), people=say.percent(half.people_share)
    )
    moved = say(
        "focos.density.moved" if third else "focos.density.same",
        share=say.percent(moved_share(state.period, bandwidth, share)),
        evidence=say.percent(share),
    )
    columns = st.columns(3, gap="small")
    with columns[0]:
        st.html(render("hotspots/maptitle", say, title=say("focos.density.first"), text=""))
        rims = half_rims(state.period, bandwidth)
        _map(Drawing(alt=holds, image=(first.href, first.box), rims=rims), "density_first", say)
        _below(
            say,
            holds,
            f"{say('legend.density')}. {say('density.modelled')}",
            ticks=_ticks(first.breaks, say),
            signs=[("rim", say("focos.key.rim"))],
        )
    with columns[1]:
        st.html(
            render(
                "hotspots/maptitle",
                say,
                title=say("focos.density.second", evidence=say.percent(share)),
                text="",
            )
        )
        alt = say("focos.density.second", evidence=say.percent(share))
        _map(Drawing(alt=alt, image=(second.href, second.box)), "density_second", say)
        _below(
            say,
            say("focos.density.evidence"),
            say("focos.density.share_note"),
            ticks=_ticks(second.breaks, say),
        )
    with columns[2]:
        st.html(render("hotspots/maptitle", say, title=say("focos.density.difference"), text=""))
        image = (third.href, third.box) if third else ("data:,", (0.0, 0.0, 1.0, 1.0))
        _map(Drawing(alt=moved, image=image), "density_difference", say)
        keys = [(MORE[2], say("focos.key.more")), (LESS[2], say("focos.key.less"))]
        _below(say, moved, say("focos.density.difference_note"), signs=keys)


def _below(
    say: Words,
    finding: str,
    note: str,
    *,
    ticks: tuple[str, ...] | None = None,
    signs: Sequence[tuple[str, str]] = (),
) -> None:
    values = {"finding": finding, "note": note, "colors": DENSITY, "ticks": ticks, "signs": signs}
    st.html(render("hotspots/density", say, **values))


def _map(drawing: Drawing, key: str, say: Words) -> None:
    draw_map(drawing, key=key, lang=say.lang, height_rem=26)


def _ticks(breaks: tuple[float, ...], say: Words) -> tuple[str, ...]:
    """Inner edges per 1,000 km2."""
    texts = []
    for edge in breaks[1:-1]:
        value = edge * 1000
        texts.append(say.number(value, 0 if value >= 10 else 1 if value >= 1 else 2))
    return tuple(texts)
