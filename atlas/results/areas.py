"""Areas by several conditions at once: reports, residents, mining and the places that help."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from atlas.results.cache import cached
from atlas.results.help_places import centres_by_area
from atlas.results.regions import results_for, touches
from data.geography import mining_by_area, mining_illegality_by_area
from data.names import CODE_DIGITS
from data.periods import LEVELS, Period
from data.population import load_census
from data.reports import AREA_COLUMNS
from geo.errors import UserError
from geo.privacy.provenance import derive

FIELDS = (
    *("reported_count", "smr", "verdict", "residents", "mined_ha", "likely_illegal_ha"),
    *("mined_km_to_cem", "people_over_30km", "routes"),
)
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CONDITION = re.compile(r"\s*([a-z_0-9]+)\s*([=!<>]+)\s*(.+?)\s*")


@cached
def areas_table(period: Period) -> pd.DataFrame:
    """Return each area of a period's level with all ``FIELDS``, by code.

    ubigeo, department, province (None for departments), reported_count and smr (NaN: not known),
    verdict, residents of the census, mined_ha and likely_illegal_ha (NaN where nothing was
    detected, nobody watches or nobody judges), the columns of
    :func:`atlas.results.help_places.centres_by_area`, and routes that touch the department (NaN of
    a province: no source gives them by province).
    """
    level = period.level
    key = AREA_COLUMNS[level]
    results = results_for(period).set_index(key)
    codes, is_province = results.index, level != LEVELS[0]
    mined, _ = mining_by_area("provinces")
    hectares = (
        mined.groupby(mined.index.str[: CODE_DIGITS[level]]).sum()
        if mined is not None
        else (pd.Series(dtype=float))
    )
    hectares = hectares.where(hectares > 0)  # suspect detections alone
    centres = centres_by_area(level)
    census = load_census(level)
    frame = pd.DataFrame(
        {
            "ubigeo": codes,
            "department": results["department"].to_numpy(),
            "province": results["province"].to_numpy() if is_province else None,
            **{name: results[name].to_numpy() for name in ("reported_count", "smr", "verdict")},
            "residents": census.set_index(key)["residents"].reindex(codes).to_numpy(),
            "mined_ha": hectares.reindex(codes).to_numpy(),
            "likely_illegal_ha": mining_illegality_by_area(level)["likely_illegal_ha"]
            .reindex(codes)
            .to_numpy(),
            **{name: centres[name].reindex(codes).to_numpy() for name in centres},
            "routes": None if is_province else [len(touches(code).routes) for code in codes],
        }
    )
    return derive(frame, results_for(period), census, centres, name="areas")


def matching(table: pd.DataFrame, conditions: Iterable[str]) -> pd.DataFrame:
    """Return the rows that meet every condition "FIELD OP VALUE"; what is not known meets none.

    UserError: an unknown field or operator, with the allowed ones, or a value that is no number.
    """
    is_met = pd.Series(True, index=table.index)
    for text in conditions:
        field, sign, value = parse_condition(text)
        known = table[field].notna()
        is_met &= known & table[field].map(
            lambda cell, sign=sign, value=value: pd.notna(cell) and OPERATORS[sign](cell, value)
        )
    return table[is_met]


def parse_condition(text: str) -> tuple[str, str, float | str]:
    """Return field, operator and value of a condition; UserError as :func:`matching`.

    Examples
    --------
    >>> parse_condition("mined_km_to_cem > 30")
    ('mined_km_to_cem', '>', 30.0)
    """
    match = _CONDITION.fullmatch(text)
    field, sign, value = match.groups() if match else ("", "", "")
    if field not in FIELDS:
        raise UserError("areas.fault.field", value=repr(text), allowed=", ".join(FIELDS))
    if sign not in OPERATORS or (field == "verdict" and sign not in ("=", "!=")):
        allowed = "= !=" if field == "verdict" else " ".join(OPERATORS)
        raise UserError("areas.fault.operator", value=repr(text), allowed=allowed)
    if field == "verdict":
        return field, sign, value
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if number != number:
        raise UserError("areas.fault.value", value=repr(text))
    return field, sign, number
