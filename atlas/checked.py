"""Base of models whose fields say which values they may have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from data.periods import Period
from data.police import YearRange
from geo.errors import UserError

Options = Callable[[Mapping[str, Any]], Sequence[Any]]
"""what a field offers, by the values of the fields before it"""
Kind = TypeVar("Kind")
Whole = Annotated[
    int,
    BeforeValidator(
        lambda value: int(value) if isinstance(value, float) and value.is_integer() else value
    ),
]
"""a whole number, which a file may have as 2.0"""


@dataclass(frozen=True, slots=True)
class Offered:
    """The values that a field may have, or how they follow from the fields before it."""

    values: Sequence[Any] | Options
    pattern: str = ""
    """what else a text may be."""
    meaning: str = ""
    """in the description of the API."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most that a number may be, and the key of the refusal."""

    least: float
    most: float
    refusal: str = "command.fault.between"

    def words(self) -> dict[str, str]:
        """The two ends as a refusal writes them."""
        return {"least": f"{self.least:,.15g}", "most": f"{self.most:,.15g}"}

    def hold(self, value: Any) -> bool:
        """Whether a value is a number within the limits; NaN and infinity never are."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and self.least <= value <= self.most


def text_of(value: Any) -> str:
    """Write a value for a link: a period by its code, several codes joined by "-"."""
    if isinstance(value, Period | YearRange):
        return value.code
    if isinstance(value, tuple):
        return "-".join(value)
    return "" if value is None else str(value)


def faults(error: ValidationError) -> list[tuple[str, str]]:
    """Return each wrong field with the key of its message.

    The one place that reads an error of pydantic: its text and the value stay here.
    """
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    keys = (fault["type"] for fault in errors)
    keys = (key if key.startswith("command.") else "command.unknown" for key in keys)
    return [(str(fault["loc"][0]), key) for fault, key in zip(errors, keys, strict=True)]


class Checked(BaseModel):
    """A model whose fields each take offered values, or values within limits.

    An offered value may be given as text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    option_names: ClassVar[Mapping[str, str]] = {}
    """name of a field in the refusal of a command, where it is another one."""

    @classmethod
    def carried(cls, field: str, kind: type[Kind]) -> tuple[Kind, ...]:
        """Return the rules of a kind (Offered, Limits, ...) that a field has, in order."""
        info = cls.model_fields.get(field)
        return tuple(rule for rule in (info.metadata if info else ()) if isinstance(rule, kind))

    @classmethod
    def offered(
        cls, field: str, chosen: Mapping[str, Any], narrow: Options | None = None
    ) -> Offered | None:
        """Return the values allowed for a field after those before it; None: any of its type."""
        rule = Offered(narrow) if narrow else next(iter(cls.carried(field, Offered)), None)
        if rule is None or not callable(rule.values):
            return rule
        defaults = {
            name: info.get_default(call_default_factory=True)
            for name, info in cls.model_fields.items()
        }
        return Offered(rule.values(defaults | dict(chosen)))

    @field_validator("*", mode="before")
    @classmethod
    def _is_allowed(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None:
            return value
        field = str(info.field_name)
        for limits in cls.carried(field, Limits):
            if not limits.hold(value):
                raise PydanticCustomError(limits.refusal, "outside its limits")  # pyrefly: ignore[bad-argument-type]
        value = tuple(value) if isinstance(value, list) else value
        rule = cls.offered(field, info.data, (info.context or {}).get(field))
        if rule is None:
            return value
        options = cast(Sequence[Any], rule.values)
        if isinstance(value, tuple):
            if any(item not in options for item in value):
                raise ValueError
            return tuple(option for option in options if option in value)
        for option in options:
            if value == option or (isinstance(value, str) and value == text_of(option)):
                return option
        if rule.pattern and re.fullmatch(rule.pattern, str(value)):
            return value
        raise ValueError

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Return these values, checked; UserError names the first that is not allowed."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            field, key = faults(error)[0]
            rule = cls.offered(field, {**values, field: None})
            options = cast(Sequence[Any], rule.values) if rule else ()
            rules = cls.carried(field, Limits)
            limits = rules[0].words() if rules else {}
            raise UserError(
                key,
                name=cls.option_names.get(field, field),
                value=repr(text_of(values[field])),
                allowed=", ".join(map(text_of, options)),
                **limits,
            ) from None

    def changed(self, **fields: Any) -> Self:
        """Return a copy with some fields changed, checked again.

        Of the others, one that no longer fits beside them takes its default. Raises ParameterError
        for a value that its field does not offer.
        """
        values = dict(self) | fields
        while True:
            try:
                return type(self).model_validate(values)
            except ValidationError as error:
                wrong = {field for field, _ in faults(error)}
                if wrong & set(fields):
                    return self.of(**values)  # refuses it by name
                values = {name: value for name, value in values.items() if name not in wrong}
