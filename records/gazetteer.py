"""Names and codes of departments, provinces and districts, and how alike a written name is."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import pandas as pd
from rapidfuzz import fuzz, process

from data import load_places, load_table
from records.schema import fold

_PREFIX = re.compile(
    r"^(?:(?:distrito|dist|provincia|prov|departamento|dpto|dep|region|cercado|"
    r"constitucional|const)\s+(?:de la |de los |de |del )?)+(?=\S)"
)
_SUFFIX = re.compile(r"(?<=\S)\s+(?:cercado|metropolitana|provincias|province|region)$")


_SOUNDS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        *(("ch", "1"), ("h", ""), ("qu(?=[ei])", "k"), ("c(?=[ei])", "s"), ("[cq]", "k")),
        *(("z", "s"), ("v", "b"), ("ll", "y"), ("y", "i"), ("w", "u"), (r"(.)\1", r"\1")),
    )
)
SOUND_CONFIDENCE = 0.95
"""Of a name that only sounds the same."""
WORTH_SUGGESTING = 0.6
"""Confidence below which a name is like no other; looking further costs a file of false names."""


class Names(dict[str, list[str]]):
    """Codes by folded name."""

    @cached_property
    def by_sound(self) -> dict[str, list[str]]:
        """Names by their sound."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self:
            found[sound(name)].append(name)
        return dict(found)


@dataclass(frozen=True, slots=True)
class Match:
    """The best entry for a name."""

    code: str
    confidence: float
    """1.0 for the same name, 0.95 for the same sound, else the share of equal signs (Indel ratio
    of the folded names)."""
    lead: float
    """how much better it is than the next entry of another name, which counts as 0 where it is not
    worth suggesting; 0 if another has its name."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Codes by folded name, and what each code is called."""

    departments: Names
    """folded name to its one code."""
    provinces: dict[str, Names]
    """department code, or "" for all, to folded name to province codes."""
    districts: dict[str, Names]
    """department or province code, or "" for all, to folded name to district codes."""
    capitals: dict[str, Names]
    """the same by the name of the capital, where it is not the district's."""
    names: dict[str, str]
    """code of any length to its name as published."""
    positions: dict[str, tuple[float, float]] = field(repr=False)
    """district code to longitude and latitude of its capital."""

    def label(self, code: str) -> str:
        """Name a code with what it lies in.

        Examples
        --------
        >>> gazetteer().label("170101"), gazetteer().label("1501")
        ('Tambopata (Tambopata, Madre de Dios)', 'Lima (Lima)')
        """
        above = [code[:4]] if len(code) == 6 else []
        above += [code[:2]] if len(code) > 2 else []
        own = self.names[code]
        return f"{own} ({', '.join(self.names[one] for one in above)})" if above else own


def plain_name(text: str) -> str:
    """A place's name folded, without "distrito de" and the like.

    Examples
    --------
    >>> plain_name("Distrito de Ancón"), plain_name("Cercado de Lima"), plain_name("Región Lima")
    ('ancon', 'lima', 'lima')
    """
    folded = fold(text)
    return _SUFFIX.sub("", _PREFIX.sub("", folded))


@lru_cache(maxsize=8192)
def sound(name: str) -> str:
    """A folded name as it sounds in Peru: Nazca is Nasca, Raymondi is Raimondi.

    Examples
    --------
    >>> sound("nazca") == sound("nasca"), sound("huaylas") == sound("guailas")
    (True, False)
    """
    for pattern, letters in _SOUNDS:
        name = pattern.sub(letters, name)
    return name


def best_match(name: str, entries: Names) -> Match | None:
    """The entry whose name is most like a folded name; None where none is worth suggesting.

    Examples
    --------
    >>> best_match("tambopta", Names({"tambopata": ["1701"], "tahuamanu": ["1703"]}))
    Match(code='1701', confidence=0.9412, lead=0.9412)
    """
    if name in entries:
        codes = entries[name]
        return Match(codes[0], 1.0, 1.0 if len(codes) == 1 else 0.0)
    alike = entries.by_sound.get(sound(name), [])
    if len(alike) == 1:
        codes = entries[alike[0]]
        return Match(codes[0], SOUND_CONFIDENCE, 1.0 if len(codes) == 1 else 0.0)
    found = process.extract(
        name, entries.keys(), scorer=fuzz.ratio, limit=2, score_cutoff=100 * WORTH_SUGGESTING
    )
    if not found:
        return None
    codes = entries[found[0][0]]
    next_best = found[1][1] if len(found) > 1 else 0.0
    lead = (found[0][1] - next_best) / 100 if len(codes) == 1 else 0.0
    return Match(codes[0], round(found[0][1] / 100, 4), round(lead, 4))


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Build the gazetteer from the shipped tables."""
    places = load_places()
    departments = load_table("departments")
    names: dict[str, str] = dict(
        zip(departments["department_ubigeo"], departments["department"], strict=True)
    )
    provinces: dict[str, Names] = defaultdict(Names)
    districts: dict[str, Names] = defaultdict(Names)
    capitals: dict[str, Names] = defaultdict(Names)
    positions: dict[str, tuple[float, float]] = {}
    for row in places.itertuples():
        code, province = str(row.district_ubigeo), str(row.province_ubigeo)
        if province not in names:
            names[province] = str(row.province)
            for level in ("", province[:2]):
                provinces[level].setdefault(plain_name(str(row.province)), []).append(province)
        names[code] = str(row.district)
        for level in ("", code[:2], province):
            districts[level].setdefault(plain_name(str(row.district)), []).append(code)
            if pd.notna(row.capital) and fold(str(row.capital)) != fold(str(row.district)):
                capitals[level].setdefault(plain_name(str(row.capital)), []).append(code)
        if pd.notna(row.longitude):
            positions[code] = (float(row.longitude), float(row.latitude))
    by_name = Names({plain_name(name): [code] for code, name in names.items() if len(code) == 2})
    return Gazetteer(by_name, provinces, districts, capitals, names, positions)
