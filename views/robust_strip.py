"""Robustness as a strip per department: how its settings split over the verdicts."""

from __future__ import annotations

from html import escape

import pandas as pd
import streamlit as st

from layers.palette import VERDICT
from maps.hotspot_state import HotspotState
from maps.robustness import robustness_for, statement
from messages import Words
from views.legend_strip import key_list

_UNTESTED = "hatch"


def robust_row(unit: str, code: str) -> pd.Series:
    """The row of a department in the table of its unit."""
    return robustness_for(unit).set_index("department_ubigeo", drop=False).loc[code]


def robustness_section(unit: str, state: HotspotState, say: Words) -> None:
    """Draw the strips, sorted from the firmest excess down, and the chosen one in words."""
    table = robustness_for(unit)
    classes = list(VERDICT.colors)
    # the settings that leave a department out say nothing on it and do not move it
    ordered = table.sort_values(
        ["above", "above_poisson_only", "unremarkable", "below_poisson_only"], ascending=False
    )
    total = int(table["settings"].max())
    rows = "".join(_row(row, classes, state.department, say) for _, row in ordered.iterrows())
    keys: list[tuple[str, str]] = [
        (VERDICT.colors[name], say(f"verdict.{name}.long")) for name in classes
    ]
    if table["untestable"].any():
        keys.append((_UNTESTED, say("focos.key.left_out")))
    chosen = table.set_index("department_ubigeo", drop=False).loc[str(state.department)]
    st.html(
        '<section id="focos-robust" class="block beside"><div>'
        f"<h2>{escape(say('focos.robust.title'))}</h2>"
        f'<p class="lead">{escape(say("focos.robust.lead", settings=say.number(total)))}</p>'
        f'<p class="finding"><b>{escape(str(chosen["department"]))}.</b> '
        f"{escape(statement(say, chosen))}</p>{key_list(keys)}"
        f'<p class="note">{escape(say("focos.robust.reference", period=_reference(table, say)))} '
        f"{escape(say('robust.caveat'))}</p></div>"
        f'<table class="strips"><caption>{escape(say("focos.robust.caption"))}'
        f'</caption><thead><tr><th scope="col">{escape(say("table.region"))}</th><td></td>'
        f'<th scope="col" class="n">{escape(say("focos.robust.column"))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _reference(table: pd.DataFrame, say: Words) -> str:
    return say(f"period.{table['period'].iloc[0]}")


def _row(row: pd.Series, classes: list[str], chosen: str | None, say: Words) -> str:
    total = int(row["settings"])
    parts, spoken = [], []
    for name in [*classes, "untestable"]:
        count = int(row[name])
        if not count:
            continue
        text = f"{say(f'verdict.{name}')}: {say.number(count)}"
        spoken.append(text)
        paint = 'class="hatch"' if name == "untestable" else f'data-grade="{escape(name)}"'
        color = "" if name == "untestable" else f"background:{VERDICT.colors[name]};"
        style = f"{color}width:{100 * count / total:.2f}%"
        parts.append(f'<i {paint} title="{escape(text)}" style="{style}"></i>')
    here = ' class="here"' if row["department_ubigeo"] == chosen else ""
    tested = total - int(row["untestable"])
    share = say("focos.robust.share", times=say.number(row["above"]), settings=say.number(tested))
    return (
        f'<tr{here}><th scope="row">{escape(str(row["department"]))}</th>'
        f'<td class="strip" role="img" aria-label="{escape("; ".join(spoken))}">'
        f'<div>{"".join(parts)}</div></td><td class="n">{escape(share)}</td></tr>'
    )
