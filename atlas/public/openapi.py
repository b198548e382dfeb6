"""Parameters of the API, and its OpenAPI 3.1 description from the models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, NamedTuple, Self, TypeAlias

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from atlas.checked import Checked, Offered, faults, text_of
from atlas.public import answers
from atlas.public.http_cache import JSON, PROBLEM, NotOffered, Packed
from atlas.results.compare import FEWEST, MOST
from atlas.results.profile import REGISTRY, offered_ranges
from atlas.view import BASES, DEPARTMENTS
from atlas.words import words
from data.periods import LEVELS, MAIN, PERIOD_CODES, REGISTRIES, STEPS, Asked

LENSES = ("scan", "gistar")
"""Of the hot spots; the lens "excess" of the command line is the table of the regions."""


class Query(Checked):
    """Parameters of an address, each given once."""

    @classmethod
    def read(cls, parameters: Iterable[tuple[str, str]]) -> Self:
        """Read the parameters of an address; unknown ones are ignored.

        Raises NotOffered for the first that is not allowed, stands there twice or is lacking.
        """
        names, values = cls.parameters(), dict[str, str | None]()
        for name, text in parameters:
            if name in names:
                # a plus sign that was typed into an address arrives as a space
                values[name] = None if name in values else text.replace(" ", "+")
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            wrong, _ = faults(error)[0]
            offered = rule_of(names[wrong]).values
            if callable(offered):
                offered = offered({"registry": "", "period": "", **values})
            allowed = [text_of(value) for value in offered]
        raise NotOffered(wrong, "Give one of the allowed codes, once.", allowed)

    @classmethod
    def parameters(cls) -> dict[str, FieldInfo]:
        """Return the fields by their names in an address."""
        return {info.alias or field: info for field, info in cls.model_fields.items()}


def rule_of(info: FieldInfo) -> Offered:
    """Return the values that a parameter may have."""
    return next(rule for rule in info.metadata if isinstance(rule, Offered))


_SPAN = r"[0-9]{4}(-[0-9]{2})?(/[0-9]{4}(-[0-9]{2})?)?"
_CODES = Asked(lambda: tuple(REGISTRIES))
_YEARLY = Asked(
    lambda: tuple(code for code, registry in REGISTRIES.items() if registry.step != "window")
)
_Level: TypeAlias = Annotated[
    str, Offered(LEVELS, meaning="provinces: where the registry has them; others refuse.")
]
_Department: TypeAlias = Annotated[
    str, Offered(DEPARTMENTS, meaning="INEI code of a department; the country unless given.")
]
_Registry: TypeAlias = Annotated[
    str,
    Offered(
        _CODES,
        meaning="Who counts; the prosecutors' two unless given. Registries are never added.",
    ),
]
_Period: TypeAlias = Annotated[
    str,
    Offered(
        PERIOD_CODES,
        _SPAN,
        "A year, years or months of the registry; its newest of nine months or more unless given.",
    ),
]


class RegionsQuery(Query):
    """Parameters of regions.json and regions.csv; an empty one follows from the others."""

    period: _Period = ""
    base: Annotated[
        str,
        Offered(
            BASES,
            meaning="What expected counts are shares of: residents, or all offences that the same "
            "offices registered (not known for every period).",
        ),
    ] = BASES[0]
    registry: _Registry = ""
    level: _Level = LEVELS[0]


class SeriesQuery(Query):
    """Parameters of series.json."""

    registry: Annotated[str, Offered(_CODES, meaning=f"Who counts; {MAIN} unless given.")] = MAIN
    department: _Department = ""
    step: Annotated[
        str, Offered(tuple(STEPS), meaning="Length of a step; not below the registry's own.")
    ] = "year"


class ProfileQuery(Query):
    """Parameters of profile.json."""

    period: Annotated[
        str,
        Offered(
            Asked(offered_ranges),
            _SPAN,
            "A year or years of the profile; all of them unless given.",
        ),
    ] = ""
    registry: Annotated[
        str, Offered((REGISTRY,), meaning="Who counts: the one with a profile.")
    ] = REGISTRY
    department: _Department = ""


class HotspotsQuery(Query):
    """Parameters of hotspots.json."""

    period: _Period = ""
    lens: Annotated[
        str,
        Offered(
            LENSES,
            meaning="scan: does an excess cross a border? gistar: rates beside the neighbours'.",
        ),
    ] = LENSES[0]
    registry: _Registry = ""
    level: _Level = LEVELS[0]


class ChangeQuery(Query):
    """Parameters of change.json."""

    before: Annotated[str, Offered(PERIOD_CODES, _SPAN, "The earlier period."), Field(alias="from")]
    after: Annotated[
        str, Offered(PERIOD_CODES, _SPAN, "A later period of the same registry."), Field(alias="to")
    ]
    registry: _Registry = ""


_CODE = "(0[1-9]|1[0-9]|2[0-5])"


class PairsQuery(Query):
    """Parameters of pairs.json."""

    departments: Annotated[
        str,
        Offered(
            ("08-21-04",),
            rf"{_CODE}(-{_CODE}){{{FEWEST - 1},{MOST - 1}}}",
            "INEI codes of two to four different departments, joined by a hyphen.",
        ),
    ]
    period: _Period = ""
    registry: _Registry = ""


class Address(NamedTuple):
    """Maker, parameters, answers and summary of an address."""

    make: Callable[..., Packed]
    query: type[Query]
    answers: tuple[type[answers.Answer], ...]
    """models of the answer; none: it is no table of the atlas."""
    summary: str
    media_type: str = JSON


def description(addresses: Mapping[str, Address]) -> dict[str, Any]:
    """Build the OpenAPI document of addresses, by their last part."""
    models: list[type[BaseModel]] = [
        *(model for address in addresses.values() for model in address.answers),
        answers.Problem,
    ]
    _, schemas = models_json_schema(
        [(model, "serialization") for model in models],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Atlas Trata Perú",
            "version": "1",
            "summary": "Reported human trafficking in Peru by department.",
            "description": f"{words('en')('map.caveat')} Read only, no key, no cookie, any origin.",
        },
        "paths": {f"/api/v1/{name}": _path(name, address) for name, address in addresses.items()},
        "components": {"schemas": schemas["$defs"]},
    }


def _parameter(name: str, info: FieldInfo) -> dict[str, Any]:
    rule = rule_of(info)
    schema: dict[str, Any] = {"type": "string"}
    if rule.pattern:
        schema |= {"pattern": f"^{rule.pattern}$", "examples": list(rule.values)}  # pyrefly: ignore[bad-argument-type]
    else:
        schema["enum"] = list(rule.values)  # pyrefly: ignore[bad-argument-type]
    if not info.is_required() and info.default:
        schema["default"] = info.default
    return {
        "name": name,
        "in": "query",
        "description": rule.meaning,
        "required": info.is_required(),
        "schema": schema,
    }


def _ref(model: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _path(name: str, address: Address) -> dict[str, Any]:
    schemas = [_ref(model) for model in address.answers]
    schema: dict[str, Any] = {"oneOf": schemas} if len(schemas) > 1 else dict(*schemas)
    if not schemas:
        schema = {"type": "object" if address.media_type == JSON else "string"}
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
            "description": address.summary,
            "headers": tags,
            "content": {address.media_type: {"schema": schema}},
        },
        "304": {"description": "Nothing has changed.", "headers": tags},
    }
    for status, text in problems.items():
        responses[status] = {
            "description": text,
            "content": {PROBLEM: {"schema": _ref(answers.Problem)}},
        }
    return {
        "get": {
            "operationId": name.replace(".", "_"),
            "summary": address.summary,
            "parameters": [
                *(_parameter(*parameter) for parameter in address.query.parameters().items()),
                unchanged,
            ],
            "responses": responses,
        }
    }
