"""The table beside the map below the department: areas by what is known of them, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from maps.area_words import area_line, area_title, no_reports
from maps.levels import AREA_COLUMNS, areas_for
from maps.state import MapState
from messages import Words

LISTED = 100
"""areas shown of the whole country; of one department all are."""


def area_ranking_data(state: MapState, say: Words) -> dict[str, Any]:
    """Rows and words of the table; a row chooses its department."""
    frame = areas_for(state.level)
    column = AREA_COLUMNS[state.area_measure]
    if state.department:
        frame = frame[frame["department_ubigeo"] == state.department]
    shown = pd.DataFrame(frame.drop(columns="geometry")).sort_values(
        [column, "area_ubigeo"], ascending=[False, True]
    )
    whole = len(shown)
    if not state.department:
        shown = shown.head(LISTED)
    rows = []
    for row in shown.to_dict("records"):
        value = row[column]
        known = not pd.isna(value) and not (state.area_measure == "mined" and value == 0)
        decimals = 1 if state.area_measure != "people" and known and value < 10 else 0
        rows.append(
            {
                "code": row["area_ubigeo"],
                "chooses": row["department_ubigeo"],
                "ranked": known,
                "cells": [
                    {"text": row["area"], "sort": row["area"]},
                    {"text": row["department"], "sort": row["department"]},
                    {
                        "text": say.number(value, decimals) if known else "–",
                        "sort": float(value) if known else None,
                        "label": area_line(row, state, say),
                    },
                ],
            }
        )
    note = no_reports(state, say)
    if len(shown) < whole:
        note = f"{say('area.listed', count=say.number(LISTED), all=say.number(whole))} {note}"
    return {
        "columns": [
            {"key": "area", "label": say(f"level.{state.level}.one"), "numeric": False},
            {"key": "department", "label": say("level.departments.one"), "numeric": False},
            {"key": "value", "label": say(f"area.{state.area_measure}.unit"), "numeric": True},
        ],
        "rows": rows,
        "sort": "value",
        "selected": state.department,
        "lang": state.lang,
        "rank": say("table.rank"),
        "caption": area_title(state, say),
        "note": note,
    }
