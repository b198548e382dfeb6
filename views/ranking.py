"""The ranked table's rows: the same figures as the map, in words, ready to sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from maps.state import MapState
from messages import Words

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
