"""A plan on the page: the map, what it reaches and misses, and a table with a reason per site."""

from __future__ import annotations

from html import escape

import streamlit as st

from layers.palette import GROUND
from maps.plan_map import plan_marks, zone_path
from maps.plan_outcome import Outcome
from maps.plan_reasons import Reason
from maps.siting import OwnFiles
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
            "zones": zone_path(own.zones, outcome.request.buffer_km),
            "zoomIn": say("map.zoom_in"),
            "zoomOut": say("map.zoom_out"),
            **plan_marks(outcome, say),
        },
    )
    keys = ["site", "covered", "missed"]
    keys += ["ring"] if outcome.reach_km else []
    keys += ["service"] if outcome.services else []
    keys += ["zone"] if own.zones else []
    items = "".join(
        f'<li><i class="k {name}"></i>{escape(say(f"plan.key.{name}"))}</li>' for name in keys
    )
    st.html(f'<ul class="plan-keys">{items}</ul>')


def card_section(outcome: Outcome, say: Words) -> None:
    """Draw the sentence, the figures and how sure they are."""
    seen = outcome.sheet(say.lang).plan
    unit = str(seen["radius_unit"])
    counted = outcome.unit.text(say)
    figures = [
        (say.percent(seen["coverage_share"], 1), say("plan.figure.covered")),
        (amount_text(seen["missed"], say), say("plan.figure.missed", unit=counted)),
        (_way(seen[f"mean_{unit}"], unit, say), say("plan.figure.mean")),
        (_way(seen[f"worst_{unit}"], unit, say), say("plan.figure.worst")),
    ]
    numbers = "".join(
        f"<div><b>{escape(value)}</b><span>{escape(label)}</span></div>" for value, label in figures
    )
    notes = [sure_text(outcome, say), _gap(outcome, say)]
    if seen["coverage_share_of_services"]:
        share = say.percent(seen["coverage_share_of_services"], 1)
        notes.append(say("plan.services.share", share=share))
    if seen["worst_department_share"] < seen["coverage_share"]:
        notes.append(
            say(
                "plan.worst_department",
                department=seen["worst_department"],
                share=say.percent(seen["worst_department_share"], 0),
            )
        )
    if seen["unreachable_share"]:
        share = say.percent(seen["unreachable_share"], 1)
        notes.append(say("plan.unreachable", share=share))
    text = say(
        "plan.sentence_one" if len(outcome.plan.sites) == 1 else "plan.sentence",
        sites=len(outcome.plan.sites),
        share=say.percent(seen["coverage_share"], 0),
        unit=counted,
        radius=f"{outcome.plan.radius:g}",
        measure=unit,
    )
    said = "".join(f"<li>{escape(note)}</li>" for note in notes)
    st.html(
        f'<section class="plan-card" aria-live="polite"><p class="sentence">{escape(text)}</p>'
        f'<div class="plan-figures">{numbers}</div><ul class="notes">{said}</ul></section>'
    )


def table_section(outcome: Outcome, say: Words) -> None:
    """Draw the table of the sites in the order of opening."""
    rows = "".join(
        _row(dict(row), reason, outcome, say)
        for row, reason in zip(outcome.sheet(say.lang).sites, outcome.reasons, strict=True)
    )
    columns = [("", ""), ("site", ""), ("added", "n"), ("total", "n")]
    if outcome.has_stability:
        columns.append(("stability", "n"))
    heads = "".join(
        f'<th scope="col" class="{kind}">{escape(say(f"plan.col.{name}")) if name else "#"}</th>'
        for name, kind in columns
    )
    st.html(
        f'<table class="plan-table"><caption>{escape(say("plan.table.caption"))}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(row: dict[str, object], reason: Reason, outcome: Outcome, say: Words) -> str:
    cells = [
        f'<td class="order"><b>{row["order"]}</b></td>',
        f'<th scope="row">{escape(str(row["name"]))} '
        f"<small>{escape(str(row['province']))}, {escape(str(row['department']))}</small>"
        f'<span class="why">{escape(reason_text(reason, say))}</span></th>',
        f'<td class="n">{_share(row["within_reach_added_share"], say)}</td>',
        f'<td class="n">{_share(row["within_reach_share"], say)}</td>',
    ]
    if outcome.has_stability:
        share = float(str(row["chosen_share"]))
        near = say("plan.near", share=_share(row["chosen_near_share"], say, 0))
        cells.append(
            f'<td class="n sure {reason.surety}"><b>{_share(share, say, 0)}</b>'
            f'<i style="--v:{share:.3f}"></i><small>{escape(near)}</small></td>'
        )
    return f"<tr>{''.join(cells)}</tr>"


def reason_text(reason: Reason, say: Words) -> str:
    """Why a site is in the plan, in one or two sentences."""
    parts = [say("plan.why.must")] if reason.is_must else []
    if reason.places_added:
        all_there = reason.department_share > 0.995
        parts.append(
            say(
                "plan.why.adds_in" if all_there else "plan.why.adds",
                count=say.number(reason.places_added),
                department=reason.department,
                share=say.percent(reason.department_share, 0),
            )
        )
    else:
        parts.append(say("plan.why.nothing"))
    if reason.surety:
        parts.append(say(f"plan.why.{reason.surety}"))
    return " ".join(parts)


def sure_text(outcome: Outcome, say: Words) -> str:
    """How far chance may move the coverage, or why that is not said."""
    found = outcome.sheet(say.lang).plan.get("stability")
    if found is None:
        return say("plan.sure.none" if outcome.request.model == "mclp" else "plan.sure.model")
    return say(
        "plan.sure",
        low=say.percent(found["coverage_low"], 0),
        high=say.percent(found["coverage_high"], 0),
        resamples=found["resamples"],
        gap=say.percent(found["heuristic_gap"], 2),
        checks=found["exact_checks"],
    )


def _gap(outcome: Outcome, say: Words) -> str:
    if outcome.plan.gap == 0:
        return say("plan.gap.none")
    key = "plan.gap.stopped" if outcome.plan.is_stopped else "plan.gap"
    return say(key, gap=say.percent(outcome.plan.gap, 2))


def _share(value: object, say: Words, decimals: int = 1) -> str:
    return escape(say.percent(float(str(value)), decimals))


def amount_text(value: float, say: Words) -> str:
    """An amount of demand: whole numbers, tenths where it is small."""
    return say.number(value, 0 if value >= 100 else 1)


def _way(value: float, unit: str, say: Words) -> str:
    return say("plan.way", value=say.number(value), unit=unit) if value == value else "–"
