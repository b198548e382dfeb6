"""Finds the INEI codes of the place that a row names; nothing is guessed."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TypeGuard

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from data.cache import cached
from data.names import normalise_name
from data.readers.schema import is_unknown

WORTH_SUGGESTING = 0.6
"""Confidence below which a name is like no other; looking further costs a file of false names."""


class Names(dict[str, list[str]]):
    """Codes of places by their normalised name."""

    def add(self, name: object, code: str) -> None:
        """Add a code by the name of its place."""
        self.setdefault(normalise_name(name, is_place=True), []).append(code)


@dataclass(frozen=True, slots=True)
class Match:
    """The entry most like a name."""

    code: str
    confidence: float
    """1.0 for the same name, else the Indel ratio of the normalised names."""
    lead: float
    """how much better it is than the next worth suggesting; 0 if several places have its name."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Codes by normalised name, and the name of each code."""

    departments: Names
    provinces: dict[str, Names]
    """by department code, or "" for all."""
    districts: dict[str, Names]
    """by department or province code, or "" for all."""
    capitals: dict[str, Names]
    """the same by the name of the capital, where it is not the district's."""
    seats: dict[str, Names]
    """capitals of provinces by their name, the code of their district; by department code, or ""
    for all."""
    names: dict[str, str]
    """code of any length to its name as published."""
    positions: dict[str, tuple[float, float]] = field(repr=False)

    def label(self, code: str) -> str:
        """Return a code with its name and the names of the areas around it."""
        above = [code[:length] for length in (4, 2) if length < len(code)]
        inside = f" ({', '.join(self.names[area] for area in above)})" if above else ""
        return f"{code} {self.names[code]}{inside}"


def best_match(name: str, entries: Names) -> Match | None:
    """Return the entry most like a normalised name; None if none is worth suggesting."""
    if name in entries:
        codes = entries[name]
        return Match(codes[0], 1.0, 1.0 if len(codes) == 1 else 0.0)
    scored = process.extract(  # pyrefly: ignore[no-matching-overload]
        name, entries.keys(), scorer=fuzz.ratio, limit=2, score_cutoff=100 * WORTH_SUGGESTING
    )
    if not scored:
        return None
    best, score, _ = scored[0]
    next_score = scored[1][1] if len(scored) > 1 else 0.0
    confidence, lead = round(score / 100, 4), round((score - next_score) / 100, 4)
    # "Huaachis" is most like Huachis, and one letter from Huacchis too: it may be either
    near = process.extract(name, entries.keys(), scorer=Levenshtein.distance, score_cutoff=1)  # pyrefly: ignore[no-matching-overload]
    is_only = len(entries[best]) == 1 and all(entry == best for entry, *_ in near)
    return Match(entries[best][0], confidence, lead if is_only else 0.0)


@cached(most=1)
def gazetteer() -> Gazetteer:
    """Build the gazetteer from the shipped tables."""
    # imported late: most refused files need no place, and pandas is slow to import
    import pandas as pd

    from data.catalogue import load_table
    from data.geography import load_places

    names: dict[str, str] = {}
    departments = Names()
    for department in load_table("departments").itertuples():
        names[department.department_ubigeo] = department.department
        departments.add(department.department, department.department_ubigeo)
    provinces: dict[str, Names] = defaultdict(Names)
    districts: dict[str, Names] = defaultdict(Names)
    capitals: dict[str, Names] = defaultdict(Names)
    seats: dict[str, Names] = defaultdict(Names)
    positions: dict[str, tuple[float, float]] = {}
    for row in load_places().itertuples():
        code, province = str(row.district_ubigeo), str(row.province_ubigeo)
        if province not in names:
            names[province] = str(row.province)
            for level in ("", province[:2]):
                provinces[level].add(row.province, province)
        names[code] = str(row.district)
        is_named_else = normalise_name(row.capital) != normalise_name(row.district)
        for level in ("", code[:2], province):
            districts[level].add(row.district, code)
            if pd.notna(row.capital) and is_named_else:
                capitals[level].add(row.capital, code)
        for level in ("", code[:2]) if code.endswith("01") and pd.notna(row.capital) else ():
            seats[level].add(row.capital, code)
        if pd.notna(row.longitude):
            positions[code] = (float(row.longitude), float(row.latitude))
    return Gazetteer(departments, provinces, districts, capitals, seats, names, positions)


@cached(most=20_000)
def places_named(text: str) -> tuple[frozenset[str], ...]:
    """Return for each place that a text names the codes that it may have.

    A place is named by a code, by a name that is the whole text, or by the name of a department or
    province inside the text. A district inside a longer text counts only after the word "distrito"
    or "district".
    """
    book, words, whole = (
        gazetteer(),
        normalise_name(text).split(),
        normalise_name(text, is_place=True),
    )
    named, at = [], 0
    while at < len(words):
        for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            name = " ".join(words[at : at + size])
            large = [*book.departments.get(name, []), *book.provinces[""].get(name, [])]
            small = [*book.districts[""].get(name, []), *book.capitals[""].get(name, [])]
            if name.isdigit() and (len(name) == 6 or (name == whole and len(name) > 3)):
                code = name.zfill(len(name) + len(name) % 2)
                large = [code] if code in book.names else []
            if large or small:
                before = {*words[max(at - 2, 0) : at]}
                is_any = name == whole or bool({"distrito", "district"} & before)
                if codes := [*large, *(small if is_any else ())]:
                    named.append(frozenset(codes))
                break
        at += size if large or small else 1
    return tuple(named)


def inei_department(reniec_code: str) -> str:
    """Return the INEI code of a department by its RENIEC code."""
    code = int(reniec_code)
    if code == 24:  # Callao is 07 at INEI, and the departments from Cusco to Tumbes follow it
        return "07"
    return f"{code + (7 <= code < 24):02d}"


_MOST_WORDS = 6
"""in a name of a place"""
ALIKE_IN_CONTEXT, ALIKE_ALONE = 0.85, 0.92
"""Confidence from which a name is taken for another, in a named area and without one."""
ASKED_BELOW = 0.1
"""So much less alike, somebody is asked whether it is meant: Nazca is 0.80 like Nasca."""
LEAD = 0.05
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """The place of a row, or why it is not known."""

    province_ubigeo: str = ""
    district_ubigeo: str = ""
    confidence: float = 0.0
    problem: str = ""
    remark: str = ""
    column: str = ""
    suggestion: str = ""
    meant: PlaceResult | None = None
    """of names that no place has the place that may be meant, if whoever wrote them says so."""


@cached(most=60_000)
def find_place(code: str, department: str, province: str, district: str) -> PlaceResult:
    """Find the province of a row, and its district if one is named."""
    code, department, province, district = (
        "" if is_unknown(cell) else cell.strip() for cell in (code, department, province, district)
    )
    book, column = gazetteer(), "district_ubigeo"
    has_names = bool(province or district)
    by_names = _by_names(department, province, district) if has_names else PlaceResult()
    if not code:
        least = ALIKE_IN_CONTEXT - ASKED_BELOW
        is_alike = by_names.confidence >= least or by_names.column == "department"
        if by_names.problem in _UNKNOWN and is_alike:
            return replace(by_names, meant=_meant(by_names.column, department, province, district))
        return by_names if has_names else _too_coarse(department)
    if not _DIGITS.fullmatch(code):
        return PlaceResult(problem="code_format", column=column)
    full = code.zfill(len(code) + len(code) % 2)
    named = by_names.district_ubigeo or by_names.province_ubigeo
    # names that cannot be read do not contradict a code that exists
    is_alike = by_names.problem != "names_disagree" and (
        named.startswith(full) or full.startswith(named)
    )
    around = (_department(department) if department else "") or named[:2]
    if full in book.names and is_alike and around in ("", full[:2]):
        if len(full) == 2:
            return by_names if has_names else _too_coarse(full)
        return _placed(full, 1.0, "lost_zero" if full != code else "", column)
    if around != full[:2] and 1 <= int(full[:2]) <= 25 and inei_department(full[:2]) == around:
        # a RENIEC code names its department alone; the names say the rest
        if named:
            return _placed(named, by_names.confidence, "reniec_code", column)
        # provinces and districts often have the same numbers in both: a hint, no more
        likely = around + full[2:]
        hint = book.label(likely) if likely in book.names else ""
        return PlaceResult(problem="reniec_code", column=column, suggestion=hint)
    if full in book.names:
        suggestion = book.label(full)
        return PlaceResult(problem="code_and_names", column=column, suggestion=suggestion)
    suggestion = book.label(named) if named else ""
    return PlaceResult(problem="code_unknown", column=column, suggestion=suggestion)


@cached(most=20_000)
def find_town(department: str, province: str, town: str) -> PlaceResult:
    """Find the district of a town by its name: a province's capital before a district's."""
    department, province, town = (
        "" if is_unknown(cell) else cell.strip() for cell in (department, province, town)
    )
    context = _department(department) if department else ""
    place = find_place("", department, province, town)
    if province or (department and not context):
        return _of_town(place)
    match = best_match(normalise_name(town, is_place=True), gazetteer().seats[context])
    alike = ALIKE_IN_CONTEXT if context else ALIKE_ALONE
    if _is_enough(match, 1.0):
        return _placed(match.code, 1.0, "", "town")
    if place.problem and _is_enough(match, alike):
        return _placed(match.code, match.confidence, "misspelt", "town")
    if place.problem and place.meant is None and _is_enough(match, alike - ASKED_BELOW):
        place = replace(place, meant=_placed(match.code, match.confidence, "misspelt", "town"))
    return _of_town(place)


_AREAS = re.compile(r"[,;/()·]|\s[-–]\s")
"""between a town and the areas that it lies in"""


@cached(most=20_000)
def town_named(text: str) -> PlaceResult:
    """Find the district of a town in a text: "Huancayo", "La Merced (Chanchamayo, Junín)".

    The province or department may follow the town.
    """
    town, *areas = [part.strip() for part in _AREAS.split(text) if part.strip()] or [""]
    department = next((area for area in areas if _department(area)), "")
    province = next((area for area in areas if area != department), "")
    return find_town(department, province, town)


def _of_town(place: PlaceResult) -> PlaceResult:
    """Return a result about districts as one about the column of towns."""
    if place.meant is not None:
        place = replace(place, meant=_of_town(place.meant))
    return replace(place, column="town") if place.column.startswith("district") else place


_UNKNOWN = frozenset({"department_unknown", "province_unknown", "district_unknown"})
_DIGITS_OF = {"department": 2, "province": 4, "district": 6}


def _meant(column: str, *names: str) -> PlaceResult | None:
    """Return the place that a row probably means if its name must be confirmed first."""
    place = _by_names(*names, lower=ASKED_BELOW)
    if place.problem:
        return None
    code = (place.district_ubigeo or place.province_ubigeo)[: _DIGITS_OF[column]]
    suggestion = gazetteer().label(code)
    return replace(place, remark="misspelt", column=column, suggestion=suggestion)


def _too_coarse(department: str) -> PlaceResult:
    if department:
        return PlaceResult(problem="place_coarse", column="province")
    return PlaceResult(problem="place_missing", column="district_ubigeo")


@cached(most=1000)
def _department(text: str, lower: float = 0.0) -> str:
    if text in gazetteer().names and len(text) == 2:
        return text
    match = best_match(normalise_name(text, is_place=True), gazetteer().departments)
    return match.code if _is_enough(match, ALIKE_IN_CONTEXT - lower) else ""


def _is_enough(match: Match | None, alike: float) -> TypeGuard[Match]:
    return match is not None and match.confidence >= alike and match.lead >= LEAD


def _by_names(department: str, province: str, district: str, lower: float = 0.0) -> PlaceResult:
    context, likeness, place = "", 1.0, PlaceResult()
    if department and not (context := _department(department, lower)):
        return PlaceResult(problem="department_unknown", column="department")
    if province:
        place = _named("province", province, context, lower)
        if place.problem:
            return _without_province(context, district, place)
        context, likeness = place.province_ubigeo, place.confidence
    if not district:
        return place
    place = _named("district", district, context, lower)
    confidence = min(likeness, place.confidence)
    if place.problem or place.remark or confidence == 1:
        return place if place.problem else replace(place, confidence=confidence)
    return _placed(place.district_ubigeo, confidence, "misspelt", "province")


def _without_province(department: str, district: str, refused: PlaceResult) -> PlaceResult:
    """Find the place from department and district when the province is unknown.

    The district must match exactly and be the only match.
    """
    if refused.problem != "province_unknown" or not (department and district):
        return refused
    match = best_match(normalise_name(district, is_place=True), gazetteer().districts[department])
    if not _is_enough(match, 1.0):
        return refused
    return _placed(match.code, match.confidence, "misspelt", "province")


def _placed(code: str, confidence: float, remark: str, column: str) -> PlaceResult:
    """Return the place of a code; a remark comes with its column and a suggestion for it."""
    meant = code[:4] if column == "province" else code
    return PlaceResult(
        province_ubigeo=code[:4],
        district_ubigeo=code if len(code) == 6 else "",
        confidence=confidence,
        remark=remark,
        column=column,
        suggestion=gazetteer().label(meant) if remark else "",
    )


def _named(column: str, text: str, context: str, lower: float) -> PlaceResult:
    """The province or district of a name in an area, or why it is not known."""
    book = gazetteer()
    levels = book.districts if column == "district" else book.provinces
    name = normalise_name(text, is_place=True)
    if column == "district" and name.split()[:1] == ["cercado"] and len(context) == 4:
        return _placed(f"{context}01", 0.95, "capital", column)  # as people call the capital's
    match = best_match(name, levels[context])
    of_capital = book.capitals[context].get(name, []) if column == "district" else []
    if (match is None or match.confidence < 1) and len(of_capital) == 1:
        return _placed(of_capital[0], 0.95, "capital", column)
    if _is_enough(match, (ALIKE_IN_CONTEXT if context else ALIKE_ALONE) - lower):
        remark = "misspelt" if match.confidence < 1 else ""
        return _placed(match.code, match.confidence, remark, column)
    namesakes, elsewhere = (levels[area].get(name, []) for area in (context, ""))
    if len(namesakes) > 1:
        return PlaceResult(problem="name_shared", column=column, suggestion=_labels(namesakes))
    if context and elsewhere:
        # suggest the areas around, not the name that was read
        around = list(dict.fromkeys(code[:-2] for code in elsewhere))
        return PlaceResult(problem="names_disagree", column=column, suggestion=_labels(around))
    problem = PlaceResult(problem=f"{column}_unknown", column=column)
    if match is None:
        return problem
    return replace(problem, confidence=match.confidence, suggestion=book.label(match.code))


def _labels(codes: list[str]) -> str:
    labels = "; ".join(gazetteer().label(code) for code in codes[:3])
    return f"{labels}; …" if len(codes) > 3 else labels
