"""A plan on the page: the map, what it reaches and misses, and a table with a reason per site."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.palette import GROUND
from maps.plan_map import plan_marks
from maps.plan_outcome import Outcome
from maps.plan_reasons import Reason
from maps.plan_words import figures, notes, reason_text, sentence, where
from maps.siting_request import OwnFiles
from maps.small_maps import small_map
from messages import Words
from views.component import component

COLORS = {
    "light": {
        **GROUND["light"],
        "line": "#d5d0c8",
        "border": "#b9b3a8",
        "covered": "#17756c",
        "missed": "#c2701c",
        "site": "#6d2459",
        "zone": "#5f5a55",
        "ink": "#1f1d1b",
        "card": "#ffffff",
    },
    "dark": {
        **GROUND["dark"],
        "line": "#4a4743",
        "border": "#5a5f63",
        "covered": "#4fb3a6",
        "missed": "#e39a4a",
        "site": "#a44d8c",
        "zone": "#8d877e",
        "ink": "#eeebe6",
        "card": "#1f1d1b",
    },
}


def map_section(outcome: Outcome, own: OwnFiles, say: Words, *, key: str, rem: float) -> None:
    """Draw the map of a plan and its legend."""
    theme = st.context.theme.type or "light"
    outlines = small_map()
    seen = outcome.sheet(say.lang).plan
    component("planmap")(
        key=key,
        data={
            "alt": say(
                "plan.map.alt",
                sites=len(outcome.plan.sites),
                share=say.percent(seen["coverage_share"], 1),
            ),
            "colors": COLORS[theme],
            "width": outlines.width,
            "height": outlines.height,
            "heightRem": rem,
            "shapes": outlines.shapes,
            "neighbours": outlines.neighbours,
            "borders": outlines.borders,
            "lakes": outlines.lakes,
            "zones": "" if own.zones is None else own.zones.path(outcome.request.buffer_km),
            "zoomIn": say("map.zoom_in"),
            "zoomOut": say("map.zoom_out"),
            **plan_marks(outcome, say),
        },
    )
    keys = ["site", "covered", "missed"]
    keys += ["ring"] if outcome.reach_km else []
    keys += ["service"] if outcome.services else []
    keys += [] if own.zones is None else ["zone"]
    items = "".join(
        f'<li><i class="k {name}"></i>{escape(say(f"plan.key.{name}"))}</li>' for name in keys
    )
    st.html(f'<ul class="plan-keys">{items}</ul>')


def card_section(outcome: Outcome, say: Words) -> None:
    """Draw the sentence, the figures and how sure they are."""
    numbers = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(label)}</span></div>"
        for value, label in figures(outcome, say)
    )
    said = "".join(f"<li>{escape(note)}</li>" for note in notes(outcome, say))
    text = escape(sentence(outcome, say))
    st.html(
        f'<section class="plan-card" aria-live="polite"><p class="sentence">{text}</p>'
        f'<div class="plan-figures">{numbers}</div><ul class="notes">{said}</ul></section>'
    )


def table_section(outcome: Outcome, say: Words) -> None:
    """Draw the table of the sites in the order of opening."""
    rows = "".join(
        _row(dict(row), reason, outcome, say)
        for row, reason in zip(outcome.sheet(say.lang).sites, outcome.reasons, strict=True)
    )
    # what a site reaches is told without the capacity; the headline counts with it
    reach = "" if outcome.request.capacity is None else "_reach"
    columns = [("", ""), ("site", ""), (f"added{reach}", "n"), (f"total{reach}", "n")]
    if outcome.has_stability:
        columns.append(("stability", "n"))
    heads = "".join(
        f'<th scope="col" role="columnheader" class="{kind}">'
        f"{escape(say(f'plan.col.{name}')) if name else '#'}</th>"
        for name, kind in columns
    )
    st.html(
        f'<table class="plan-table stacked" role="table">'
        f"<caption>{escape(say('plan.table.caption'))}</caption>"
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def _row(row: dict[str, object], reason: Reason, outcome: Outcome, say: Words) -> str:
    cells = [
        f'<td role="cell" class="order"><b>{row["order"]}</b></td>',
        f'<th scope="row" role="rowheader">{escape(str(row["name"]))} '
        f"<small>{escape(where(row))}</small>"
        f'<span class="why">{escape(reason_text(reason, say))}</span></th>',
        f'<td role="cell" class="n">{_share(row["within_reach_added_share"], say)}</td>',
        f'<td role="cell" class="n">{_share(row["within_reach_share"], say)}</td>',
    ]
    if outcome.has_stability:
        share = float(str(row["chosen_share"]))
        near = say("plan.near", share=_share(row["chosen_near_share"], say, 0))
        cells.append(
            f'<td role="cell" class="n sure {reason.surety}"><b>{_share(share, say, 0)}</b>'
            f'<i style="--v:{share:.3f}"></i><small>{escape(near)}</small></td>'
        )
    return f'<tr role="row">{"".join(cells)}</tr>'


def _share(value: object, say: Words, decimals: int = 1) -> str:
    share = float(str(value))
    if 0 < share < 0.5 / 10 ** (decimals + 2):  # something is not nothing
        return escape(f"<{say.percent(1 / 10 ** (decimals + 2), decimals)}")
    return escape(say.percent(share, decimals))
