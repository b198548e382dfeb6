"""The template's columns, codes and other names, as data/records.schema.json has them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from data.names import normalise_name

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "records.schema.json"
UNKNOWN = "unknown"
_UNKNOWN_WORDS = frozenset(
    {"unknown", "desconocido", "desconocida", "se desconoce", "no se sabe", "ns", "nd", "n d", "sd"}
    | {"sf", "s f", "sin fecha", "sin informacion", "s i", "no registra", "no indica"}
    | {"no especificado", "no especificada", "no determinada", "por determinar"}
    | {"s d", "na", "n a", "sin dato", "sin datos", "no precisa", "no especifica", "no determinado"}
)

TRAVEL_HEADINGS: dict[str, frozenset[str]] = {
    "from": frozenset({"from", "origin", "origen", "demand id", "desde", "from id", "origin id"}),
    "to": frozenset({"to", "destination", "destino", "candidate id", "hasta"})
    | frozenset({"to id", "destination id"}),
    "minutes": frozenset({"minutes", "minutos", "min", "travel time min", "tiempo min", "tiempo"})
    | frozenset({"travel time p50", "seconds", "segundos", "hours", "horas", "duration h"}),
}
"""Headings of a table of travel times, folded, by what they stand for; those of r5r and of
OpenRouteService's matrix among them."""
MINUTES_OF = {
    **dict.fromkeys(("seconds", "segundos"), 1 / 60),
    **dict.fromkeys(("hours", "horas", "duration h"), 60.0),
}
"""minutes of one unit of a heading that names another"""
TIME_UNITS = ("minutes", "seconds", "hours")
TRAVEL_UNKNOWN = "total cost"
"""heading of QGIS QNEAT3, in the unit that its user chose"""
ZONES_HEADINGS = ("zones", "zonas")
"""Of a table of travel times too, the digest of the excluded zones that its ways avoid."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the template."""

    name: str
    type: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    ic_tip: str
    names: frozenset[str]
    """folded headings that stand for it."""
    ranks: dict[str, int]
    """the same by how surely: 0 and 1 are the template's own two, then the usual ones in order."""
    codes: tuple[dict[str, Any], ...]
    """allowed codes with es, en and ic_tip, some with other words in also; empty if any value may
    come."""
    constraints: dict[str, Any]
    code_words: dict[str, str]

    def code_of(self, text: str) -> str | None:
        """Return the code of a cell: the code itself, its word or a synonym; None if unknown."""
        folded = _folded(text)
        code = self.code_words.get(folded)
        return UNKNOWN if code is None and folded in _UNKNOWN_WORDS else code


_SMALL = frozenset({"de", "del", "la", "el", "los", "las", "en"})
_NUMBER = dict.fromkeys(("n", "no", "nro", "num"), "numero")


def fold_heading(text: str) -> str:
    """A heading folded, without the small words that some leave out.

    Examples
    --------
    >>> fold_heading("Fecha del caso"), fold_heading("N.º de VÍCTIMAS"), fold_heading("Nro")
    ('fecha caso', 'numero victimas', 'numero')
    """
    words = re.sub(r"\bn o\b", "n", normalise_name(text)).split()
    return " ".join(_NUMBER.get(word, word) for word in words if word not in _SMALL)


def is_unknown(text: str) -> bool:
    """Whether a cell says that the value is not known."""
    return _folded(text) in _UNKNOWN_WORDS


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    """Cells repeat. Only the child asks, and its cache dies with it."""
    return normalise_name(text)


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def personal_headings() -> dict[str, frozenset[str]]:
    """Return what makes a heading personal: words, stems, place_words, institution_headings."""
    lists = _content()["personal_headings"]
    return {name: frozenset(words) for name, words in lists.items() if name != "description"}


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Field]:
    return {entry["name"]: _field(entry) for entry in _content()["fields"]}


def fields() -> tuple[Field, ...]:
    """The columns of the template, in its order."""
    return tuple(_by_name().values())


def field(name: str) -> Field:
    """One column of the template by its name."""
    return _by_name()[name]


def field_of_heading(heading: str) -> Field | None:
    """Return the column that a heading names, in either language or by a synonym, or None."""
    folded = fold_heading(heading)
    return next((field for field in fields() if folded in field.names), None)


def _field(entry: dict[str, Any]) -> Field:
    names = [entry["name"], entry["title_es"], *entry.get("aliases", ())]
    codes = tuple(entry.get("codes", ()))
    # a code and its words come before what else people write for another
    words = {normalise_name(word): code["code"] for code in codes for word in code.get("also", ())}
    words |= {
        normalise_name(code[name]): code["code"] for code in codes for name in ("en", "es", "code")
    }
    return Field(
        name=entry["name"],
        type=entry["type"],
        titles={"es": entry["title_es"], "en": entry["title"]},
        descriptions={"es": entry["description_es"], "en": entry["description"]},
        ic_tip=entry["ic_tip"],
        names=frozenset(fold_heading(name) for name in names),
        ranks={fold_heading(name): rank for rank, name in reversed(list(enumerate(names)))},
        codes=codes,
        constraints=entry.get("constraints", {}),
        code_words=words,
    )
