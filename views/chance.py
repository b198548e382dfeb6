"""The real map beside maps of equal risk: what chance, with the measured waves, looks like."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from layers.palette import SMR, ZERO_COLOR
from maps.hotspot_state import LARGEST_SEED, HotspotState
from maps.lens_words import phi_text, ratio_text
from maps.twin import SHOWN, reach_of_chance, twins_for
from messages import Words
from views.legend_strip import key_list, scale_bar
from views.small_map import Drawing, draw_map


def _next(number: int) -> None:
    state: HotspotState = st.session_state["focos"]
    following = number + 1 if number < LARGEST_SEED else 0
    st.session_state["focos"] = state.with_(twin_seed=following)


def _fills(smr: dict[str, float]) -> dict[str, str]:
    return {code: SMR.color(SMR.classify(value)) for code, value in smr.items()}


def _tips(smr: dict[str, float], names: dict[str, str], say: Words) -> dict[str, str]:
    return {
        code: f"{names[code]}: {say('times', value=ratio_text(value, say))}"
        for code, value in smr.items()
        if pd.notna(value)
    }


def chance_section(results: pd.DataFrame, state: HotspotState, say: Words) -> None:
    """Draw four maps on one scale and the sentence on how far chance goes."""
    names = dict(zip(results["department_ubigeo"], results["department"], strict=True))
    real = dict(zip(results["department_ubigeo"], map(float, results["smr"]), strict=True))
    top = results.loc[results["smr"].idxmax()]
    reach = reach_of_chance(state.period)
    key = "beyond" if float(top["smr"]) > reach else "within"
    finding = say(
        f"focos.chance.{key}",
        reach=ratio_text(reach, say),
        name=top["department"],
        ratio=ratio_text(float(top["smr"]), say),
    )
    unit = say(f"unit.{results['unit'].iloc[0]}.plural")
    of = say("focos.of", unit=unit, period=say(f"period.{state.period}"))
    lent = bool(results.attrs["dispersion"]["is_lent"])
    st.html(
        f'<section id="focos-chance" class="block"><h2>{escape(say("focos.chance.title"))}</h2>'
        f'<p class="lead">{escape(say("focos.chance.lead"))} {escape(of)}</p>'
        f'<p class="finding">{escape(finding)}</p></section>'
    )
    columns = st.columns(SHOWN + 1, gap="small")
    pictures = [("real", real, str(top["department_ubigeo"]))]
    pictures += [
        (str(place), twin.smr, twin.largest)
        for place, twin in enumerate(twins_for(state.period, state.twin_seed), start=1)
    ]
    for column, (name, smr, largest) in zip(columns, pictures, strict=True):
        title = say("focos.chance.real" if name == "real" else "focos.chance.twin", number=name)
        most = say("focos.chance.largest", name=names[largest], ratio=ratio_text(smr[largest], say))
        with column:
            st.html(f'<p class="maptitle"><b>{escape(title)}</b><br>{escape(most)}</p>')
            draw_map(
                Drawing(alt=f"{title}. {most}", fills=_fills(smr), tips=_tips(smr, names, say)),
                key=f"twin_{name}",
                lang=state.lang,
                height_rem=17,
            )
    with st.container(horizontal=True, vertical_alignment="center", key="chance_foot"):
        st.button(
            say("focos.chance.next"), key="twin_next", on_click=_next, args=(state.twin_seed,)
        )
        st.html(
            f'<p class="note">{escape(say("focos.chance.seed", seed=say.number(state.twin_seed)))} '
            f"{escape(phi_text(say, is_lent=lent))}</p>"
        )
    ticks = tuple(f"{edge:g}" for edge in SMR.breaks[1:-1])
    keys = [("hatch", say("verdict.untestable"))] if results["smr"].isna().any() else []
    if any(value == 0 for _, smr, _ in pictures for value in smr.values()):
        keys.append((ZERO_COLOR, say("focos.key.zero")))
    st.html(
        f'<div class="block"><p class="note">{escape(say("measure.smr"))}</p>'
        f"{scale_bar(SMR.colors, ticks)}{key_list(keys) if keys else ''}</div>"
    )
