"""Draw the table beside the map, of departments or smaller areas, with its downloads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from atlas.conditions import read_condition
from atlas.drawing.areas import (
    area_line,
    area_results,
    has_reports,
    lacks_reports,
    measure_title,
    shown_measure,
)
from atlas.paper.picture import source_line
from atlas.results.areas import areas_table, field_name, filter_text, matched_areas
from atlas.results.figures import Figures, verdict_text
from atlas.results.sentences import flag_lines, rate_text, ratio_text
from atlas.tables import source_titles
from atlas.view import BASES, KNOWN_COLUMNS, LEVELS, View, areas_for, is_counted
from atlas.words import Words
from data.periods import NOT_COMPARED

LISTED = 100
"""areas shown of the whole country; of one department all are."""
VERDICT_MARKS = {"above": "● ", "unremarkable": "", "below": "○ ", "untestable": ""}
"""sign before the word of each verdict in the table"""
INCOMPLETE = "◐"
"""of the count of an area that is not ranked; a flag is a period's"""
_VERDICT_ORDER = tuple(reversed(VERDICT_MARKS))


def ranking_data(view: View, say: Words) -> dict[str, Any]:
    """Rows and words of the table for a view, as plain values for the component.

    A row chooses its department or province, of a district the department.
    """
    if shows_fields(view):
        data = _by_fields(view, say)
    else:
        view = _tabled(view)
        build = _reports if has_reports(view) else _residents_or_mining
        data = build(view, _listed(view), say)
    return {
        **data,
        "selected": view.province or view.department,
        "lang": view.lang,
        "rank": say("table.rank"),
        "all": say(f"table.all.{view.level}", count=len(data["rows"])),
    }


def _tabled(view: View) -> View:
    """Return the view of the table: departments, if the registry does not publish the areas."""
    if not lacks_reports(view):
        return view
    return view.changed(level=LEVELS[0], measure=view.area_measure, base=BASES[0])


def _listed(view: View) -> pd.DataFrame:
    """The areas of the level, below the department those of the chosen one."""
    frame = area_results(view) if has_reports(view) else areas_for(view.level)
    if view.department and view.level != LEVELS[0]:
        return frame[frame["department_ubigeo"] == view.department]
    return frame


def _reports(view: View, results: pd.DataFrame, say: Words) -> dict[str, Any]:
    is_below, measure = view.level != LEVELS[0], shown_measure(view)
    second = "rate" if measure == "rate" else "smr"
    rows = []
    for row in results.to_dict("records"):
        of = Figures.of(row, view.period.at(view.level))
        value = of.rate if second == "rate" else of.ratio
        is_known, is_ranked = pd.notna(value), NOT_COMPARED.isdisjoint(of.flags)
        # one that is not ranked is shown, but in no order: it stands last whatever is sorted
        count: dict[str, Any] = {"text": say.number(of.count), "sort": None}
        if is_ranked:
            count["sort"] = int(of.count)
        else:
            reason = " ".join(flag_lines(view.period, of.flags, say, area=of.code[:2]))
            count |= {"text": f"{count['text']} {INCOMPLETE}", "label": reason}
        ratio: dict[str, Any] = {"text": ratio_text(value, say)}
        if is_known and second == "rate":
            ratio["text"] = rate_text(value, say)
        ratio["sort"] = value if is_known and is_ranked else None
        if not is_known:
            ratio["label"] = say("verdict.untestable")
        elif "few_reports" in of.flags:
            ratio["label"] = say("flag.few_reports")
        verdict = {
            "text": f"{VERDICT_MARKS[of.verdict]}{say(f'table.verdict.{of.verdict}')}",
            # by verdict first, within one by excess
            "sort": 1000.0 * _VERDICT_ORDER.index(of.verdict) + float(np.nan_to_num(of.ratio)),
            "label": verdict_text(of, say),
        }
        name = f"{of.name} · {of.department}" if is_below else of.name
        rows.append(
            {
                "code": of.code,
                "ranked": is_ranked,
                "cells": [{"text": name, "sort": of.name}, count, ratio, verdict],
            }
        )
    columns: list[dict[str, Any]] = [
        {"key": "region", "label": say(f"level.{view.level}.one"), "numeric": False},
        {"key": "count", "label": say(f"unit.{view.period.unit}.plural_short"), "numeric": True},
        {"key": second, "label": say(f"table.{second}"), "numeric": True},
        {"key": "verdict", "label": say("column.verdict"), "numeric": True, "unnumbered": True},
    ]
    for column in columns[1:]:
        column["hint"] = say(f"measure.{column['key']}.help")
    return {
        "columns": columns,
        "rows": rows,
        "sort": measure,
        "caption": _caption(view, say),
        "note": say("table.note", why=say("verdict.why")),
    }


def _caption(view: View, say: Words) -> str:
    level, period = say(f"level.{view.level}"), say(f"period.{view.period.code}")
    return say("table.caption", level=level, period=period)


def shows_fields(view: View) -> bool:
    """Whether the table has the fields of conditions or chosen columns in place of its own."""
    return view.level in LEVELS[:2] and bool(view.where or view.columns)


def table_source(view: View, say: Words) -> str:
    """Return the sources of the table for its file."""
    if shows_fields(view):
        table = areas_table.tiered(view.period, view.level, view.base)
        return source_titles(table.card, say)
    return source_line(view, say)


_REPORTED = ("reported_count", "verdict")


def _by_fields(view: View, say: Words) -> dict[str, Any]:
    """Return the areas that meet the conditions, with the fields of these."""
    asked = (read_condition(text).field for text in view.where)
    # what is reported stands beside what was asked
    reported = _REPORTED if is_counted(view.level, view.period) else ()
    fields = [*dict.fromkeys((*asked, *view.columns, *reported))]
    rows = []
    for row in matched_areas(view)[0].to_dict("records"):
        name = row["department"] if row["province"] is None else row["province"]
        text = name if row["province"] is None else f"{name} · {row['department']}"
        cells = [_field_cell(row[field], field, say) for field in fields]
        rows.append(
            {"code": row["ubigeo"], "ranked": True, "cells": [{"text": text, "sort": name}, *cells]}
        )
    columns = [{"key": "region", "label": say(f"level.{view.level}.one"), "numeric": False}]
    columns += [
        {
            "key": field,
            "label": say(f"areas.column.{field}"),
            "hint": field_name(field, say),
            "numeric": True,
            "unnumbered": field == "verdict",
        }
        for field in fields
    ]
    caption = (
        f"{filter_text(view, say)} {_caption(view, say)}." if view.where else _caption(view, say)
    )
    return {
        "columns": columns,
        "rows": rows,
        "sort": fields[0],
        "caption": caption,
        "note": f"–: {say('timeline.no_figure')}.",
    }


def _field_cell(value: Any, field: str, say: Words) -> dict[str, Any]:
    if pd.isna(value):
        return {"text": "–", "sort": None}
    if field == "verdict":
        text = f"{VERDICT_MARKS[value]}{say(f'table.verdict.{value}')}"
        return {"text": text, "sort": _VERDICT_ORDER.index(value), "label": say(f"verdict.{value}")}
    if field == "smr":
        return {"text": ratio_text(value, say), "sort": float(value)}
    is_whole = value >= 100 or float(value).is_integer()
    return {"text": say.number(value, 0 if is_whole else 1), "sort": float(value)}


def _residents_or_mining(view: View, frame: pd.DataFrame, say: Words) -> dict[str, Any]:
    measure, column = view.area_measure, KNOWN_COLUMNS[view.area_measure]
    ordered = pd.DataFrame(frame.drop(columns="geometry")).sort_values(
        [column, "area_ubigeo"], ascending=[False, True]
    )
    listed = ordered if view.department else ordered.head(LISTED)
    rows = []
    for row in listed.to_dict("records"):
        value = row[column]
        is_known = pd.notna(value) and not (measure == "mined" and value == 0)
        decimals = 1 if measure != "people" and is_known and value < 10 else 0
        rows.append(
            {
                "code": row["area_ubigeo"],
                **({"chooses": row["department_ubigeo"]} if view.level == LEVELS[2] else {}),
                "ranked": is_known,
                "cells": [
                    {"text": row["area"], "sort": row["area"]},
                    {"text": row["department"], "sort": row["department"]},
                    {
                        "text": say.number(value, decimals) if is_known else "–",
                        "sort": value if is_known else None,
                        "label": area_line(row, view, say),
                    },
                ],
            }
        )
    # why there are no reports here is said in the legend
    notes = [f"–: {say('area.mined.none')}."] if measure == "mined" else []
    if len(listed) < len(ordered):
        count = say.number(LISTED)
        notes.append(say("area.listed", count=count, all=say.number(len(ordered))))
    return {
        "columns": [
            {"key": "area", "label": say(f"level.{view.level}.one"), "numeric": False},
            {"key": "department", "label": say("level.departments.one"), "numeric": False},
            {"key": "value", "label": say(f"area.{measure}.unit"), "numeric": True},
        ],
        "rows": rows,
        "sort": "value",
        "caption": measure_title(view, say),
        "note": " ".join(notes),
    }
