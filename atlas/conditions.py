"""Parse conditions "FIELD OP VALUE" on areas, with the fields and operators offered."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from geo.errors import UserError
from geo.excess import Verdict

FIELDS = (
    *("reported_count", "smr", "verdict", "residents", "mined_ha", "likely_illegal_ha"),
    *("mined_km_to_cem", "people_over_30km", "trust_pct", "routes"),
)
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUALITIES = ("=", "!=")
_TOO_LARGE = 1e12
"""no field comes near, and a link has no room for its digits"""
_CONDITION = re.compile(r"\s*([a-z_0-9]+)\s*([=!<>]+)\s*(.+?)\s*")


class Condition(NamedTuple):
    """One condition; its text is the one that a link has."""

    field: str
    operator: str
    value: float | str

    def __str__(self) -> str:
        value = self.value
        if not isinstance(value, str):
            value = np.format_float_positional(value, trim="-")
        return f"{self.field}{self.operator}{value}"

    def is_met(self, cell: Any) -> bool:
        """Whether a known cell meets it."""
        return OPERATORS[self.operator](cell, self.value)


def operators_of(field: str) -> tuple[str, ...]:
    """Return the operators of a field: a verdict has no order."""
    return _EQUALITIES if field == "verdict" else tuple(OPERATORS)


def read_condition(text: str) -> Condition:
    """Return the condition of a text.

    UserError: an unknown field, operator or verdict, with the allowed ones, or a value that is no
    number.

    Examples
    --------
    >>> str(read_condition("mined_km_to_cem > 30.0"))
    'mined_km_to_cem>30'
    """
    match = _CONDITION.fullmatch(text)
    field, sign, value = match.groups() if match else ("", "", "")
    if field not in FIELDS:
        raise UserError("areas.fault.field", value=repr(text), allowed=", ".join(FIELDS))
    if sign not in operators_of(field):
        allowed = " ".join(operators_of(field))
        raise UserError("areas.fault.operator", value=repr(text), allowed=allowed)
    if field == "verdict":
        if value not in {*Verdict}:
            raise UserError("areas.fault.verdict", value=repr(text), allowed=", ".join(Verdict))
        return Condition(field, sign, value)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not abs(number) < _TOO_LARGE:
        raise UserError("areas.fault.value", value=repr(text))
    return Condition(field, sign, number)
