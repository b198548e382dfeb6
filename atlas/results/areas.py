"""Areas by several conditions at once: reports, residents, mining and the places that help."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atlas.conditions import Condition, read_condition
from atlas.results.help_places import centres_by_area
from atlas.results.regions import bases_of, results_for, touches
from atlas.results.trust import trust_by_year, trust_pct
from atlas.view import BASES, LEVELS, View, is_counted
from atlas.words import Words
from data.cache import cached
from data.geography import (
    load_departments,
    load_provinces,
    mining_by_area,
    mining_illegality_by_area,
)
from data.names import CODE_DIGITS
from data.periods import Period
from data.population import load_census
from data.reports import AREA_COLUMNS
from geo.privacy.provenance import Tiered, derive, framed

_OF_REPORTS = ("reported_count", "smr", "verdict")
_MEASURE_OF = {"reported_count": "count", "smr": "smr", "verdict": "verdict"}
_SIGNS = {"!=": "≠", "<=": "≤", ">=": "≥"}


@framed
@cached
def areas_table(period: Period, level: str, base: str = BASES[0]) -> Tiered[pd.DataFrame]:
    """Return each department or province with all of ``atlas.conditions.FIELDS``, by code.

    ubigeo, department, province (None for departments), reported_count, smr by ``base`` and verdict
    (missing where the registry does not publish the level), residents of the census, mined_ha and
    likely_illegal_ha (NaN where nothing was detected, nobody watches or nobody judges), the columns
    of :func:`atlas.results.help_places.centres_by_area`, trust_pct (of the newest survey; missing
    for Lima, which has two values), and routes that touch the department (both None of a province:
    no source gives them by province).
    """
    key, is_province = AREA_COLUMNS[level], level != LEVELS[0]
    names = load_provinces() if is_province else load_departments(simplified=True)
    names = names.set_index(key).sort_index()
    codes, reports = names.index, pd.DataFrame(index=names.index, columns=[*_OF_REPORTS])
    inputs = [load_census.tiered(level), centres_by_area.tiered(level)]
    inputs.append(mining_illegality_by_area.tiered(level))
    inputs += [] if is_province else [trust_by_year.tiered()]
    if is_counted(level, period):
        if is_province or base not in bases_of(period):
            base = BASES[0]
        results = results_for.tiered(period.at(level), base)
        inputs.append(results)
        reports = results.frame.set_index(key).reindex(codes)
    mined, _ = mining_by_area("provinces")
    hectares = pd.Series(dtype=float)
    if mined is not None:
        hectares = mined.groupby(mined.index.str[: CODE_DIGITS[level]]).sum()
    columns = {
        **{name: reports[name] for name in _OF_REPORTS},
        "residents": inputs[0].frame.set_index(key)["residents"],
        "mined_ha": hectares.where(hectares > 0),  # else suspect detections alone
        "likely_illegal_ha": inputs[2].frame["likely_illegal_ha"],
        **dict(inputs[1].frame.items()),
    }
    frame = pd.DataFrame(
        {
            "ubigeo": codes,
            "department": names["department"].to_numpy(),
            "province": names["province"].to_numpy() if is_province else None,
            **{name: column.reindex(codes).to_numpy() for name, column in columns.items()},
            # of the police of a department, and nobody asks by province
            "trust_pct": None if is_province else trust_pct().reindex(codes).to_numpy(),
            "routes": None if is_province else [len(touches(code).routes) for code in codes],
        }
    )
    return derive(frame, *inputs, name="areas")


def matching(table: pd.DataFrame, conditions: Iterable[Condition]) -> pd.DataFrame:
    """Return the rows that meet every condition; what is not known meets none."""
    return table[meeting(table, conditions)]


def meeting(table: pd.DataFrame, conditions: Iterable[Condition]) -> pd.Series:
    """Return for each row whether it meets every condition."""
    is_met = pd.Series(True, index=table.index)
    for condition in conditions:
        is_met &= table[condition.field].map(
            lambda cell, condition=condition: pd.notna(cell) and condition.is_met(cell)
        )
    return is_met


def strictest(table: pd.DataFrame, conditions: Iterable[Condition]) -> tuple[Condition, int]:
    """Return the condition that fewest areas meet by itself, and how many do."""
    counts = [(condition, len(matching(table, [condition]))) for condition in conditions]
    return min(counts, key=lambda pair: pair[1])


def is_filtered(view: View) -> bool:
    """Whether conditions filter the areas of a view; districts are never filtered."""
    return bool(view.where) and view.level in LEVELS[:2]


def matched_areas(view: View) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the areas of a view that meet its conditions, and all of them."""
    table = areas_table(view.period, view.level, view.base)
    return matching(table, map(read_condition, view.where)), table


def dimmed_areas(view: View) -> list[str]:
    """Return the codes of the areas that the map of a view dims: they do not meet a condition."""
    if not is_filtered(view):
        return []
    matched, table = matched_areas(view)
    return sorted({*table["ubigeo"]} - {*matched["ubigeo"]})


def field_name(field: str, say: Words) -> str:
    """Write the name of a field, as on the map's own control if it has one."""
    if field in _MEASURE_OF:
        return say(f"measure.{_MEASURE_OF[field]}.short")
    return say(f"areas.field.{field}")


def condition_text(condition: Condition, say: Words) -> str:
    """Write a condition in the words of a field, its sign and its value."""
    value = condition.value
    text = say(f"table.verdict.{value}") if isinstance(value, str) else _number(value, say)
    name = field_name(condition.field, say)
    return f"{name[:1].lower()}{name[1:]} {sign_of(condition.operator)} {text}"


def sign_of(operator: str) -> str:
    """Write an operator as mathematics does."""
    return _SIGNS.get(operator, operator)


def filter_text(view: View, say: Words) -> str:
    """Say how many areas meet a view's conditions; if none does, which condition is strictest."""
    conditions = [*map(read_condition, view.where)]
    matched, table = matched_areas(view)
    values = {
        "level": say(f"level.{view.level}").lower(),
        "all": len(table),
        "conditions": say.list(condition_text(each, say) for each in conditions),
    }
    if len(matched):
        return say("areas.matched", count=len(matched), **values)
    hardest, count = strictest(table, conditions)
    text = condition_text(hardest, say)
    return say("areas.none", strictest=text, count=count, **values)


def _number(value: float, say: Words) -> str:
    decimals = next((digits for digits in range(10) if value == round(value, digits)), 10)
    return say.number(value, decimals)
