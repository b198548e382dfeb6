"""What each column of the regions is: type, unit and meaning, once for meta.json and OpenAPI."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the results of a period."""

    name: str
    kind: str
    """"string", "integer", "number" or "array" (of strings), as JSON Schema names them."""
    unit: str
    """unit of the number, empty for words."""
    meaning: str
    is_missing_allowed: bool = False
    """null where the department is not ranked."""
    limits: dict[str, Any] = field(default_factory=dict)
    """further keywords of JSON Schema."""

    def schema(self) -> dict[str, Any]:
        """The column as JSON Schema (2020-12)."""
        kinds: Any = [self.kind, "null"] if self.is_missing_allowed else self.kind
        described = f"{self.meaning} Unit: {self.unit}." if self.unit else self.meaning
        found = {"type": kinds, "description": described, **self.limits}
        if self.kind == "array":
            found["items"] = {"type": "string"}
        return found


_SHARE = {"minimum": 0, "maximum": 1}
_COUNT = {"minimum": 0}
_VERDICTS = (
    "above",
    "above_poisson_only",
    "unremarkable",
    "below_poisson_only",
    "below",
    "untestable",
)


def _number(name: str, unit: str, meaning: str, **limits: Any) -> Column:
    return Column(name, "number", unit, meaning, True, {**_COUNT, **limits})


COLUMNS = (
    Column(
        "department_ubigeo",
        "string",
        "",
        "INEI code of the department, two digits.",
        limits={"pattern": "^(0[1-9]|1[0-9]|2[0-5])$"},
    ),
    Column("department", "string", "", "Name of the department."),
    Column(
        "reported_count",
        "integer",
        "see the column unit",
        "Reports in the period, where the file was opened.",
        limits=_COUNT,
    ),
    Column("unit", "string", "", "What one count is; two units are never added."),
    Column("registry", "string", "", "Who counted, in the words of the source."),
    _number("population", "people", "Mean population of the years of the period."),
    _number("person_years", "person-years", "Population times the length of the period in years."),
    _number("rate_per_100k", "reports per 100,000 person-years", "Reported, never prevalence."),
    _number("expected", "reports", "Reports if every ranked department had the same rate."),
    _number("smr", "ratio", "Reports divided by expected: times its expected share."),
    _number("smr_low", "ratio", "Lower end of the exact 95 % interval of smr."),
    _number("smr_high", "ratio", "Upper end of the exact 95 % interval of smr."),
    _number("smr_low_overdispersed", "ratio", "Lower end, widened by the measured dispersion."),
    _number("smr_high_overdispersed", "ratio", "Upper end, widened by the measured dispersion."),
    _number("p_upper", "probability", "Chance of as many reports or more.", **_SHARE),
    _number("p_lower", "probability", "Chance of as few reports or fewer.", **_SHARE),
    _number("p_value", "probability", "Two-sided, exact binomial given the total.", **_SHARE),
    _number("q_value", "probability", "Benjamini-Hochberg over the departments.", **_SHARE),
    _number(
        "q_value_overdispersed", "probability", "The same with the measured dispersion.", **_SHARE
    ),
    Column(
        "verdict",
        "string",
        "",
        "above and below hold with the measured dispersion, *_poisson_only without it; few "
        "reports never means little trafficking.",
        limits={"enum": list(_VERDICTS)},
    ),
    Column(
        "flags",
        "array",
        "",
        "What to know before using the row, for example few_reports (below 13) or "
        "denominator_mismatch.",
    ),
)
"""In the order of geo.regions.RESULT_COLUMNS."""
