"""A sentence of the planner before it is put into a language: its key and what goes into it."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import ParameterError
from messages import Words, words


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of the catalogues."""

    key: str
    values: tuple[tuple[str, str], ...] = ()

    def text(self, say: Words) -> str:
        """The sentence in a language."""
        return say(self.key, **dict(self.values))


def said(key: str, **values: object) -> Said:
    """A sentence with its values; numbers come written.

    Examples
    --------
    >>> said("siting.radius", radius="75", unit="km").text(words("en"))
    'within 75 km of a site or service counts as covered'
    """
    return Said(key, tuple((name, str(value)) for name, value in values.items()))


class PlanRefusal(ParameterError):
    """A request that no plan can be made of; a page says why in its own language.

    Parameters
    ----------
    code : str
        siting.refusal.CODE in the catalogues.
    """

    def __init__(self, code: str, /, **values: object) -> None:
        self.said = said(f"siting.refusal.{code}", **values)
        super().__init__(self.said.text(words("en")))
