"""What the API takes and gives, once for its handlers and for its description, OpenAPI 3.1."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from atlas.map.state import BASES
from atlas.public.http_cache import JSON, PROBLEM, Packed, json_bytes, packed
from atlas.words import words
from data.periods import LATEST_YEAR, PERIOD_CODES
from geo.change import ChangeVerdict
from geo.excess import Verdict

LENSES = ("scan", "moran", "gistar")
"""Of the hot spots; the lens "excess" of the command line is the table of the regions."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What may stand after the question mark: one of a list, once."""

    name: str
    allowed: tuple[str, ...]
    default: str | None
    """None: it must be given."""
    meaning: str


_PERIOD = Parameter("period", PERIOD_CODES, LATEST_YEAR, "Code of a period.")
PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "regions.json": (
        _PERIOD,
        Parameter(
            "base",
            BASES,
            BASES[0],
            "What expected counts are shares of: residents, or all offences that the same offices "
            "registered (not known for every period).",
        ),
    ),
    "hotspots.json": (
        _PERIOD,
        Parameter(
            "lens",
            LENSES,
            LENSES[0],
            "scan: does an excess cross a border? moran and gistar: rates beside those of the "
            "neighbours.",
        ),
    ),
    "change.json": (
        Parameter("from", PERIOD_CODES, None, "Code of the earlier period."),
        Parameter(
            "to", PERIOD_CODES, None, "Code of a later period of the same unit and registry."
        ),
    ),
    "level.json": (),
    "meta.json": (),
    "openapi.json": (),
}
"""By the last part of the address."""
PARAMETERS["regions.csv"] = PARAMETERS["regions.json"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the results of a period."""

    name: str
    kind: str
    """"string", "boolean", "integer", "number" or "array" (of strings), as in JSON Schema."""
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


def _number(name: str, unit: str, meaning: str, **limits: Any) -> Column:
    return Column(name, "number", unit, meaning, True, {**_COUNT, **limits})


def _verdict(verdicts: type[StrEnum], meaning: str) -> Column:
    return Column("verdict", "string", "", meaning, limits={"enum": [str(one) for one in verdicts]})


_CODE = Column(
    "department_ubigeo",
    "string",
    "",
    "INEI code of the department, two digits.",
    limits={"pattern": "^(0[1-9]|1[0-9]|2[0-5])$"},
)
_COUNTED = (
    Column(
        "reported_count",
        "integer",
        "see the column unit",
        "Reports in the period, where the file was opened.",
        limits=_COUNT,
    ),
    Column("unit", "string", "", "What one count is; two units are never added."),
    Column("registry", "string", "", "Who counted, in the words of the source."),
)
_PERSON_YEARS = _number(
    "person_years", "person-years", "Population times the length of the period in years."
)
_FLAGS = Column(
    "flags",
    "array",
    "",
    "What to know before using the row, for example few_reports (below 13), denominator_mismatch "
    "or depends_on_denominator.",
)
COLUMNS = (
    _CODE,
    Column("department", "string", "", "Name of the department."),
    _number("population", "people", "Mean population of the years of the period."),
    _PERSON_YEARS,
    _number("rate_per_100k", "reports per 100,000 person-years", "Reported, never prevalence."),
    *_COUNTED,
    Column(
        "base",
        "string",
        "",
        "What expected is a share of: residents, or all offences that the same offices registered.",
        limits={"enum": list(BASES)},
    ),
    _number("exposure", "person-years or offences", "What the base counts in the department."),
    _number("expected", "reports", "Its share of the exposure of all ranked departments."),
    _number("smr", "ratio", "Reports divided by expected: times its expected share."),
    _number("smr_low", "ratio", "Lower end of the 95 % interval of smr, waves included."),
    _number("smr_high", "ratio", "Upper end of the 95 % interval of smr, waves included."),
    _number(
        "p_value",
        "probability",
        "Two-sided, negative binomial given the total: chance and waves from year to year.",
        **_SHARE,
    ),
    _number("q_value", "probability", "Benjamini-Hochberg over the departments.", **_SHARE),
    _number("holm_p_value", "probability", "Holm over the departments.", **_SHARE),
    _number(
        "p_value_chance",
        "probability",
        "Exact binomial: what p would be if counts varied by chance alone.",
        **_SHARE,
    ),
    _verdict(
        Verdict,
        "above and below where q_value is under 0.05; few reports never means little trafficking.",
    ),
    _FLAGS,
)
"""Of the regions, in the order of geo.regions.RESULT_COLUMNS."""
CHANGE_COLUMNS = (
    _CODE,
    _number("ratio", "ratio", "Later over earlier period; 1 = it moved as the country did."),
    _number("low", "ratio", "Lower end of the 95 % interval of the ratio."),
    _number("high", "ratio", "Upper end of the 95 % interval of the ratio."),
    _number(
        "p_value",
        "probability",
        "Two-sided: did it change more than departments usually do in so many years.",
        **_SHARE,
    ),
    _number("q_value", "probability", "Benjamini-Hochberg over the departments.", **_SHARE),
    _verdict(ChangeVerdict, "rose and fell where q_value is under 0.05."),
)
"""A ratio from zero upwards, and an interval without an end, are null."""
LEVEL_COLUMNS = (
    _CODE,
    _number("level", "ratio", "Lasting rate over that of the country, waves taken out."),
    _number("low", "ratio", "Lower end of the 90 % interval of the level."),
    _number("high", "ratio", "Upper end of the 90 % interval of the level."),
    _number("probability_above", "probability", "That the level is above 1.", **_SHARE),
    _number("next_low", "ratio", "Lower end of the 90 % interval of the next year's ratio."),
    _number("next_high", "ratio", "Upper end of the 90 % interval of the next year's ratio."),
)
CLUSTER_COLUMNS = (
    Column("departments", "array", "", "INEI codes of neighbouring departments."),
    Column("kind", "string", "", "high: only excess is looked for.", limits={"enum": ["high"]}),
    Column("observed", "integer", "reports", "Reports inside.", limits=_COUNT),
    _number("expected", "reports", "At one rate for all."),
    _number("relative_risk", "ratio", "Rate inside over rate outside."),
    _number("llr", "log likelihood ratio", "How far from one rate for all."),
    _number("p_value", "probability", "Against simulated maps with waves.", **_SHARE),
)
LOCAL_COLUMNS = (
    _CODE,
    Column("department", "string", "", "Name of the department."),
    *_COUNTED,
    _PERSON_YEARS,
    Column("statistic", "number", "", "Local Moran or Gi* of the rates.", True),
    Column("z_score", "number", "standard deviations", "From its mean under shuffling.", True),
    _number("p_value", "probability", "Rates shuffled over the others.", **_SHARE),
    _number("q_value", "probability", "Benjamini-Hochberg over the departments.", **_SHARE),
    _number("smallest_p", "probability", "The smallest that so many maps can give.", **_SHARE),
    Column("hotspot", "string", "", "Class of the department; untestable if not ranked."),
    Column("quadrant", "string", "", "HH, LL, HL or LH; empty if not ranked."),
    Column("is_significant", "boolean", "", "Whether q_value is under 0.05."),
    _FLAGS,
)
"""Of moran and gistar: 25 departments are too few to test neighbours, see docs/method.md."""
_TEXT = {"type": "string"}
_BOTH = {
    "type": "object",
    "properties": {"es": _TEXT, "en": _TEXT},
    "required": ["es", "en"],
    "additionalProperties": False,
}
_IDENTITY = {
    "atlas": _TEXT,
    "version": {"type": "string", "description": "Changes with any figure, word or program part."},
    "data_version": _TEXT,
    "data_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "refreshed_seal": {
        "type": ["string", "null"],
        "description": "Changes with the figures that were refreshed on the server; null if none.",
    },
}


def openapi_json() -> Packed:
    """The description itself."""
    return packed(json_bytes(description()), JSON)


def description() -> dict[str, Any]:
    """The description as a document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Atlas Trata Perú",
            "version": "1",
            "summary": "Reported human trafficking in Peru by department.",
            "description": f"{words('en')('map.caveat')} Read only, no key, no cookie, any origin.",
        },
        "paths": {
            f"/api/v1/{name}": _path(name, summary, media_type, schema)
            for name, summary, media_type, schema in (
                ("regions.json", "The 25 departments of a period", JSON, _ref("Regions")),
                (
                    "regions.csv",
                    "The same rows as CSV, with period, source and caveat in every row",
                    "text/csv",
                    _TEXT,
                ),
                ("change.json", "What changed between two periods", JSON, _ref("Change")),
                ("level.json", "The level over the years, waves taken out", JSON, _ref("Level")),
                (
                    "hotspots.json",
                    "Does an excess cross borders, and rates beside the neighbours'",
                    JSON,
                    {"oneOf": [_ref("Clusters"), _ref("Neighbours")]},
                ),
                ("meta.json", "Periods, units, columns, sources, how to cite", JSON, _ref("Meta")),
                (
                    "openapi.json",
                    "This description",
                    JSON,
                    {"type": "object", "required": ["openapi"]},
                ),
            )
        },
        "components": {"schemas": _schemas()},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": list(parameter.allowed)}
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.meaning,
        "required": parameter.default is None,
        "schema": schema,
    }


def _path(name: str, summary: str, media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    unchanged = {
        "name": "If-None-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "An ETag that came before; 304 if nothing has changed since.",
    }
    tags = {
        "ETag": {"schema": {"type": "string"}, "description": "Names exactly these bytes."},
        "Cache-Control": {"schema": {"type": "string"}},
    }
    problems = {
        "400": "A parameter is not understood, or has no answer beside the others; the answer "
        "names it and never repeats its value.",
        "405": "The address can only be read.",
        "503": "A table of the server is not what its card says.",
    }
    responses: dict[str, Any] = {
        "200": {
            "description": summary,
            "headers": tags,
            "content": {media_type: {"schema": schema}},
        },
        "304": {"description": "Nothing has changed.", "headers": tags},
    }
    for status, text in problems.items():
        responses[status] = {
            "description": text,
            "content": {PROBLEM: {"schema": _ref("Problem")}},
        }
    return {
        "get": {
            "operationId": name.replace(".", "_"),
            "summary": summary,
            "parameters": [*map(_query, PARAMETERS[name]), unchanged],
            "responses": responses,
        }
    }


def _schemas() -> dict[str, Any]:
    source = _object(
        title=_TEXT,
        publisher={"type": ["string", "null"]},
        url={"type": ["string", "null"]},
        published={"type": ["string", "null"]},
    )
    period = _object(
        code={"type": "string", "enum": list(PERIOD_CODES)},
        start=_TEXT,
        end=_TEXT,
        years=_list({"type": "integer"}),
        months={"type": "integer", "minimum": 1},
        unit=_TEXT,
        registry=_TEXT,
        is_pooled={"type": "boolean"},
        flags=_list(_TEXT),
        unranked=_list(_TEXT),
        name=_BOTH,
    )
    number = {"type": "number"}
    resting = {"caveat": _BOTH, "licence": _TEXT, "sources": _list(_ref("Source"))}
    simulated = {"seed": {"type": "integer"}, "replicas": {"type": "integer"}}
    column = _object(name=_TEXT, unit={"type": ["string", "null"]}, meaning=_TEXT)
    table = _object(
        name=_TEXT,
        title=_TEXT,
        title_es=_TEXT,
        sources=_list(_ref("Source")),
        licence=_TEXT,
        sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        bytes={"type": "integer"},
        accessed=_TEXT,
    )
    problem = _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT)
    problem["properties"] |= {"field": _TEXT, "allowed": _list(_TEXT)}
    return {
        "Region": _row(COLUMNS),
        "Source": source,
        "Period": period,
        "Regions": _object(
            **_IDENTITY,
            period=_ref("Period"),
            **resting,
            overdispersion=_object(kappa=number, low=number, high=number),
            regions=_departments(_ref("Region")),
        ),
        "Change": _object(
            **_IDENTITY,
            **{"from": _ref("Period"), "to": _ref("Period")},
            **resting,
            country={**number, "description": "Ratio of the rates of the departments compared."},
            years_apart=number,
            kappa={**number, "description": "How far departments usually move in so many years."},
            regions=_departments(_row(CHANGE_COLUMNS)),
        ),
        "Level": _object(
            **_IDENTITY,
            periods=_list(_ref("Period")),
            **resting,
            regions=_departments(_row(LEVEL_COLUMNS)),
        ),
        "Clusters": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"const": LENSES[0]},
            **resting,
            **simulated,
            clusters=_list(_row(CLUSTER_COLUMNS)),
        ),
        "Neighbours": _object(
            **_IDENTITY,
            period=_ref("Period"),
            lens={"enum": list(LENSES[1:])},
            **resting,
            **simulated,
            rows=_departments(_row(LOCAL_COLUMNS)),
        ),
        "Meta": _object(
            **_IDENTITY,
            title=_BOTH,
            caveat=_BOTH,
            periods=_list(_ref("Period")),
            units={"type": "object", "additionalProperties": _BOTH},
            columns=_list(column),
            licence=_TEXT,
            tables=_list(table),
            how_to_cite=_BOTH,
        ),
        "Problem": problem,
    }


def _object(**properties: Any) -> dict[str, Any]:
    """Return an object of which every property is there and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _row(columns: tuple[Column, ...]) -> dict[str, Any]:
    return _object(**{column.name: column.schema() for column in columns})


def _departments(items: dict[str, Any]) -> dict[str, Any]:
    return {**_list(items), "minItems": 25, "maxItems": 25}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}
