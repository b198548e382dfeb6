"""From what a row says of its place to codes of INEI, with a confidence; nothing is guessed.

A code counts if the names beside it agree. A name counts if one entry is alike enough and ahead
of the next. Anything else is a fault with a suggestion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from records.gazetteer import Match, best_match, gazetteer, plain_name
from records.reniec import inei_department
from records.schema import is_unknown

ALIKE_IN_CONTEXT = 0.85
"""Confidence that is enough inside a known department or province."""
ALIKE_ALONE = 0.92
"""Confidence that is enough in the whole country."""
LEAD = 0.05
"""How far the next entry must lie behind."""
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a row lies, or why that is not known."""

    province_ubigeo: str = ""
    district_ubigeo: str = ""
    confidence: float = 0.0
    problem: str = ""
    """code of what keeps the row out; empty if its province is known."""
    remark: str = ""
    """code of what was put right on the way."""
    column: str = ""
    """column of the problem or the remark."""
    suggestion: str = ""
    """code and name of the likely place."""


@lru_cache(maxsize=60_000)
def find_place(code: str, department: str, province: str, district: str) -> Found:
    """Find the province, and the district if it is told.

    Parameters
    ----------
    code, department, province, district : str
        Cells of the row as they came; "" or "desconocido" for what is not known.

    Returns
    -------
    Found

    Examples
    --------
    >>> found = find_place("", "madre de dios", "", "Tambopta")
    >>> found.district_ubigeo, found.confidence, found.remark
    ('170101', 0.9412, 'misspelt')
    >>> find_place("10101", "", "", "").district_ubigeo  # the zero that spreadsheets eat
    '010101'
    >>> find_place("070101", "Cusco", "", "").problem  # Cusco's number with RENIEC
    'reniec_code'
    """
    code, department, province, district = (
        "" if is_unknown(cell) else cell.strip() for cell in (code, department, province, district)
    )
    has_names = bool(province or district)
    if not code:
        return _by_names(department, province, district) if has_names else _too_coarse(department)
    if not _DIGITS.fullmatch(code):
        return Found(problem="code_format", column="district_ubigeo")
    full = code.zfill(len(code) + len(code) % 2)
    remark = "lost_zero" if full != code else ""
    names = gazetteer().names
    by_names = _by_names(department, province, district) if has_names else None
    if _agrees(full, department, by_names):
        if len(full) == 2:
            return by_names if by_names is not None else _too_coarse(full)
        shown = f"{full} {gazetteer().label(full)}" if remark else ""
        return Found(
            full[:4], full if len(full) == 6 else "", 1.0, "", remark, "district_ubigeo", shown
        )
    if _is_reniec(full, department, by_names):
        return _reniec(full, by_names)
    if full not in names:
        likely = by_names if by_names is not None and not by_names.problem else None
        return Found(
            problem="code_unknown",
            column="district_ubigeo",
            suggestion=_said(likely) if likely else "",
        )
    return Found(
        problem="code_and_names",
        column="district_ubigeo",
        suggestion=f"{full} {gazetteer().label(full)}",
    )


def _agrees(code: str, department: str, by_names: Found | None) -> bool:
    """Whether a known code and all names beside it mean the same place."""
    if code not in gazetteer().names:
        return False
    if department and _department(department) not in ("", code[:2]):
        return False
    if by_names is None:
        return True
    if by_names.problem:
        # names that cannot be read alone do not speak against a code that exists
        return by_names.problem not in ("names_disagree",)
    told = by_names.district_ubigeo or by_names.province_ubigeo
    shorter = min(len(told), len(code))
    return told[:shorter] == code[:shorter]


def _is_reniec(code: str, department: str, by_names: Found | None) -> bool:
    told = _department(department) if department else ""
    if not told and by_names is not None:
        told = by_names.province_ubigeo[:2]
    if not told or not 1 <= int(code[:2]) <= 25:
        return False
    return told != code[:2] and inei_department(code[:2]) == told


def _reniec(code: str, by_names: Found | None) -> Found:
    """A code of RENIEC says its department only; the names say the rest, if they are there."""
    if by_names is None or by_names.problem:
        # its numbers of provinces and districts often agree with INEI's, so a hint, no more
        likely = inei_department(code[:2]) + code[2:]
        known = likely in gazetteer().names
        hint = f"{likely} {gazetteer().label(likely)}" if known else ""
        return Found(problem="reniec_code", column="district_ubigeo", suggestion=hint)
    return Found(
        by_names.province_ubigeo,
        by_names.district_ubigeo,
        by_names.confidence,
        "",
        "reniec_code",
        "district_ubigeo",
        _said(by_names),
    )


def _too_coarse(department: str) -> Found:
    if department:
        return Found(problem="place_coarse", column="province")
    return Found(problem="place_missing", column="district_ubigeo")


@lru_cache(maxsize=1000)
def _department(text: str) -> str:
    """Code of a department's name; "" if it is not alike enough."""
    if text in gazetteer().names and len(text) == 2:
        return text
    found = best_match(plain_name(text), gazetteer().departments)
    return found.code if found is not None and _is_enough(found, ALIKE_IN_CONTEXT) else ""


def _is_enough(match: Match, alike: float) -> bool:
    return match.confidence >= alike and match.lead >= LEAD


def _by_names(department: str, province: str, district: str) -> Found:
    book = gazetteer()
    context = ""
    confidence = 1.0
    if department:
        context = _department(department)
        if not context:
            return Found(problem="department_unknown", column="department")
    if province:
        match = best_match(plain_name(province), book.provinces[context])
        if match is None or not _is_enough(match, ALIKE_IN_CONTEXT if context else ALIKE_ALONE):
            return _unfound("province", province, context, match)
        context, confidence = match.code, match.confidence
    if not district:
        remark = "misspelt" if confidence < 1 else ""
        said = f"{context} {book.label(context)}" if remark else ""
        return Found(context, "", confidence, "", remark, "province", said)
    name = plain_name(district)
    match = best_match(name, book.districts[context])
    remark = "misspelt" if match is not None and match.confidence < 1 else ""
    if match is None or match.confidence < 1:
        of_capital = book.capitals[context].get(name, [])
        if len(of_capital) == 1:
            match, remark = Match(of_capital[0], 0.95, 1.0), "capital"
    if match is None or not _is_enough(match, ALIKE_IN_CONTEXT if context else ALIKE_ALONE):
        return _unfound("district", district, context, match)
    lowest = min(confidence, match.confidence)
    remark = remark or ("misspelt" if lowest < 1 else "")
    found = Found(match.code[:4], match.code, lowest, "", remark, "district")
    return Found(
        *(found.province_ubigeo, found.district_ubigeo, lowest, "", remark, "district"),
        _said(found) if remark else "",
    )


def _unfound(column: str, text: str, context: str, match: Match | None) -> Found:
    """Why a name has no place: several have it, it lies elsewhere, or nothing is like it."""
    book = gazetteer()
    levels = book.districts if column == "district" else book.provinces
    name = plain_name(text)
    here = levels[context].get(name, [])
    if len(here) > 1:
        return Found(problem="name_shared", column=column, suggestion=_labels(here))
    elsewhere = levels[""].get(name, [])
    if context and elsewhere:
        return Found(problem="names_disagree", column=column, suggestion=_labels(elsewhere))
    suggestion = f"{match.code} {book.label(match.code)}" if match is not None else ""
    confidence = match.confidence if match is not None else 0.0
    return Found("", "", confidence, f"{column}_unknown", "", column, suggestion)


def _said(found: Found) -> str:
    code = found.district_ubigeo or found.province_ubigeo
    return f"{code} {gazetteer().label(code)}"


def _labels(codes: list[str]) -> str:
    shown = "; ".join(f"{code} {gazetteer().label(code)}" for code in codes[:3])
    return f"{shown}; …" if len(codes) > 3 else shown
