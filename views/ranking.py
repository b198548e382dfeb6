"""The table beside the map: the same figures as the map, in words, ready to sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from maps.area_words import area_line, area_title, no_reports
from maps.levels import AREA_COLUMNS, areas_for
from maps.state import MapState
from messages import Words

LISTED = 100
"""areas shown of the whole country; of one department all are."""
VERDICT_MARKS = {
    "above": "●",
    "unremarkable": "",
    "below": "○",
    "untestable": "?",
}
_VERDICT_ORDER = tuple(reversed(VERDICT_MARKS))


def _number(value: float | None, say: Words, decimals: int) -> dict[str, Any]:
    if value is None or pd.isna(value):
        return {"text": "–", "sort": None, "label": say("verdict.untestable")}
    return {"text": say.number(value, decimals), "sort": float(value)}


def _verdict_order(verdict: str, smr: float) -> float:
    """By verdict first, within one by excess."""
    return 1000.0 * _VERDICT_ORDER.index(verdict) + float(np.nan_to_num(smr))


def ranking_data(state: MapState, results: pd.DataFrame, say: Words) -> dict[str, Any]:
    """Rows and words of the table for a state, as plain values for the component."""
    unit = str(results["unit"].iloc[0])
    second = "rate" if state.measure == "rate" else "smr"
    rows = []
    for row in results.itertuples():
        value = row.rate_per_100k if second == "rate" else row.smr
        count: dict[str, Any] = {
            "text": say.number(row.reported_count),
            "sort": int(row.reported_count),
        }
        if "not_ranked" in row.flags:
            count["text"] += " ⚑"
            count["label"] = say("flag.not_ranked")
            # shown, but in no order: it stands last whatever is sorted
            count["sort"] = None
        second_cell = _number(value, say, 2)
        if "not_ranked" in row.flags:
            second_cell["sort"] = None
        rows.append(
            {
                "code": row.department_ubigeo,
                "ranked": "not_ranked" not in row.flags,
                "cells": [
                    {"text": row.department, "sort": row.department},
                    count,
                    second_cell,
                    {
                        "text": VERDICT_MARKS[row.verdict],
                        "sort": _verdict_order(row.verdict, row.smr),
                        "label": say(f"verdict.{row.verdict}"),
                    },
                ],
            }
        )
    columns = [
        {"key": "region", "label": say("table.region"), "numeric": False},
        {"key": "count", "label": say(f"unit.{unit}.plural_short"), "numeric": True},
        {"key": second, "label": say(f"table.{second}"), "numeric": True},
        {"key": "verdict", "label": say("table.verdict"), "numeric": True, "unnumbered": True},
    ]
    sort = {"count": "count", "rate": "rate", "smr": "smr", "verdict": "verdict"}[state.measure]
    return {
        "columns": columns,
        "rows": rows,
        "sort": sort,
        "selected": state.department,
        "lang": state.lang,
        "rank": say("table.rank"),
        "caption": say("table.caption", period=say(f"period.{state.period}")),
        "note": say("table.note", why=say("verdict.why")),
    }


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
