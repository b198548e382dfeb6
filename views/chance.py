"""The real map beside maps of equal risk: what chance and the waves of reports look like."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from layers.palette import SMR, ZERO_COLOR
from maps.hotspot_state import LARGEST_SEED, HotspotState
from maps.matrix import ratio_text
from maps.results import results_for
from maps.twin import SHOWN, reach_of_chance, twins_for
from messages import Words
from templates import render
from views.small_map import Drawing, draw_map


def chance_section(state: HotspotState, say: Words, *, waves: str) -> None:
    """Draw four maps on one scale and the sentence on how far chance and waves go.

    Parameters
    ----------
    waves : str
        The measured waves in words, for whoever opens the detail.
    """
    results = results_for(state.period)
    names = dict(zip(results["department_ubigeo"], results["department"], strict=True))
    real = dict(zip(results["department_ubigeo"], map(float, results["smr"]), strict=True))
    top = results.loc[results["smr"].idxmax()]
    reach = reach_of_chance(state.period)
    finding = say(
        f"focos.chance.{'beyond' if float(top['smr']) > reach else 'within'}",
        reach=ratio_text(reach, say),
        name=top["department"],
        ratio=ratio_text(float(top["smr"]), say),
    )
    pictures = [("real", real, str(top["department_ubigeo"]))]
    pictures += [
        (str(place), twin.smr, twin.largest)
        for place, twin in enumerate(twins_for(state.period, state.twin_seed), start=1)
    ]
    keys = [("hatch", say("verdict.untestable"))] if results["smr"].isna().any() else []
    if any(value == 0 for _, smr, _ in pictures for value in smr.values()):
        keys.append((ZERO_COLOR, say("focos.key.zero")))
    st.html(
        render(
            "hotspots/section",
            say,
            part="chance",
            titled=False,  # its fold is its heading
            sentences=[say("focos.chance.lead"), finding],
            details=[say("focos.chance.seed", seed=say.number(state.twin_seed)), waves],
        )
    )
    columns = st.columns(SHOWN + 1, gap="small")
    for column, (name, smr, largest) in zip(columns, pictures, strict=True):
        title = say("focos.chance.real" if name == "real" else "focos.chance.twin", number=name)
        most = say("focos.chance.largest", name=names[largest], ratio=ratio_text(smr[largest], say))
        known = {code: value for code, value in smr.items() if pd.notna(value)}
        with column:
            st.html(render("hotspots/maptitle", say, title=title, text=most))
            draw_map(
                Drawing(
                    alt=f"{title}. {most}",
                    fills={code: SMR.color(SMR.classify(value)) for code, value in smr.items()},
                    tips={
                        code: f"{names[code]}: {say('times', value=ratio_text(value, say))}"
                        for code, value in known.items()
                    },
                ),
                key=f"twin_{name}",
                lang=state.lang,
                height_rem=15,
            )
    with st.container(horizontal=True, vertical_alignment="center", key="chance_foot"):
        st.button(
            say("focos.chance.next"), key="twin_next", on_click=_next, args=(state.twin_seed,)
        )
        edges = [f"{edge:g}" for edge in SMR.breaks[1:-1]]
        st.html(render("hotspots/scale", say, colors=SMR.colors, ticks=edges, signs=keys))


def _next(number: int) -> None:
    state: HotspotState = st.session_state["focos"]
    following = number + 1 if number < LARGEST_SEED else 0
    st.session_state["focos"] = state.with_(twin_seed=following)
