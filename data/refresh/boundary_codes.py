"""The code of each outline: from a property, else by name, with the names that fit no place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from data.names import CODE_DIGITS, normalise_name
from data.readers.raw_table import refuse
from data.refresh.locate import ALIASES, closest_name, codes_by_name

Level = Literal["departments", "provinces", "districts"]
LEVELS: tuple[Level, ...] = get_args(Level)
_WHOLE: dict[Level, tuple[str, ...]] = {
    "departments": ("department_ubigeo", "first_iddp", "iddpto", "coddep", "cod_dep", "adm1_pcode"),
    "provinces": ("province_ubigeo", "first_idpr", "idprov", "codprov", "cod_prov", "adm2_pcode"),
    "districts": ("district_ubigeo", "iddist", "coddist", "cod_dist", "adm3_pcode"),
}
"""properties that hold a whole code: INEI's, MINAM's and the UN's (PE010101) spellings"""
_ANY = ("ubigeo", "cod_ubigeo", "idubigeo")
"""a code of any length"""
_PARTS: dict[Level, tuple[str, ...]] = {
    "departments": ("ccdd",),
    "provinces": ("ccdd", "ccpp"),
    "districts": ("ccdd", "ccpp", "ccdi"),
}
"""INEI's codes in parts of two digits"""
_NAMES: dict[Level, tuple[str, ...]] = {
    "departments": ("nombdep", "first_nomb", "departamen", "departamento", "name_1", "adm1_es"),
    "provinces": ("nombprov", "provincia", "name_2", "adm2_es"),
    "districts": ("nombdist", "distrito", "name_3", "adm3_es"),
}
_TYPES: dict[str, Level] = {"ADM1": "departments", "ADM2": "provinces", "ADM3": "districts"}
"""shapeType of geoBoundaries"""
_MANY = 0.95
_CONTRADICTED = 0.2
"""share of names that another code owns above which the codes are refused"""


@dataclass(frozen=True, slots=True)
class Coding:
    """The codes of a file's outlines, one a feature (None: neither code nor name is known), their
    names ("" none), what the codes were read from, and the names that fit no place, each with the
    known one that it resembles."""

    level: Level
    codes: tuple[str | None, ...]
    names: tuple[str, ...]
    how: str
    unmatched: tuple[str, ...] = ()


def code_features(
    file: str,
    properties: Sequence[Mapping[str, Any]],
    names_by_code: Mapping[Level, Mapping[str, str]],
    *,
    iso: Mapping[str, str],
    level: Level | None = None,
) -> Coding:
    """Find level and codes of a file's features."""
    rows = [{str(key).lower(): value for key, value in row.items()} for row in properties]
    types = {_TYPES.get(str(row.get("shapetype"))) for row in rows}
    chosen = level or (types.pop() if len(types) == 1 else None)
    for tried in [chosen] if chosen else list(reversed(LEVELS)):
        if coded := _by_property(rows, tried, iso):
            codes, how = coded
            names = _names(rows, tried)
            _require_inei(file, codes, names, names_by_code[tried])
            return Coding(tried, tuple(codes), names, how)
    for tried in [chosen] if chosen else list(LEVELS):
        coding = _by_name(rows, tried, names_by_code)
        if coding is not None:
            return coding
    refuse(
        file,
        "properties {listed}: nothing that says which place an outline is"
        if properties
        else "properties none: nothing that says which place an outline is",
        "a code of INEI (UBIGEO, FIRST_IDDP, FIRST_IDPR, IDDIST, CCDD ...), or names "
        "that only one place has (districts: with NOMBDEP and NOMBPROV)",
        listed=", ".join(sorted(properties[0])[:12]) if properties else "",
    )


def _by_property(
    rows: list[dict[str, Any]], level: Level, iso: Mapping[str, str]
) -> tuple[list[str | None], str] | None:
    digits = CODE_DIGITS[level]
    for key in (*_WHOLE[level], *_ANY):
        codes = [_code(row.get(key), digits) for row in rows]
        if _mostly(codes):
            return codes, f"property {key.upper()}"
    parts = _PARTS[level]
    # the parts of a finer level beside them: the file is of that level
    finer = _PARTS["districts"][len(parts) : len(parts) + 1]
    if not any(row.get(key) for row in rows for key in finer):
        pairs = [[_code(row.get(key), 2) for key in parts] for row in rows]
        joined = ["".join(p) if all(p) else None for p in pairs]  # pyrefly: ignore[no-matching-overload]
        if _mostly(joined):
            return joined, f"properties {'+'.join(parts).upper()}"
    if level == "departments":
        codes = [iso.get(str(row.get("shapeiso"))) for row in rows]
        if _mostly(codes):
            return codes, "property shapeISO"
    return None


def _code(value: Any, digits: int) -> str | None:
    """A code as text; a number has lost its first zero, the UN's begins with PE."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = text.strip().upper().removeprefix("PE")
    if not re.fullmatch(r"[0-9]+", text) or not digits - 1 <= len(text) <= digits:
        return None
    code = text.zfill(digits)
    return code if "01" <= code[:2] <= "25" else None


def _mostly(codes: Sequence[str | None]) -> bool:
    return bool(codes) and sum(code is not None for code in codes) >= _MANY * len(codes)


def _names(rows: list[dict[str, Any]], level: Level) -> tuple[str, ...]:
    for key in (*_NAMES[level], "shapename"):
        # in MINAM's file of provinces FIRST_NOMB is the department, which is no name of them
        if any(row.get(key) for row in rows):
            return tuple(str(row.get(key) or "") for row in rows)
    return ("",) * len(rows)


def _require_inei(
    file: str, codes: Sequence[str | None], names: Sequence[str], names_by_code: Mapping[str, str]
) -> None:
    """Refuse codes that give many names to other places: RENIEC's differ for 18 departments."""
    owner = codes_by_name(names_by_code)
    judged = [
        (code, owner[normalise_name(name, is_place=True)])
        for code, name in zip(codes, names, strict=True)
        if name and normalise_name(name, is_place=True) in owner
    ]
    wrong = [pair for pair in judged if pair[0] != pair[1]]
    if judged and len(wrong) > _CONTRADICTED * len(judged):
        came, expected = wrong[0]
        refuse(
            file,
            "code {wrong} for {place} and {more} more such",
            "codes of INEI ({code}); RENIEC's are others",
            wrong=came,
            place=names_by_code[expected],
            more=len(wrong) - 1,
            code=expected,
        )


def _by_name(
    rows: list[dict[str, Any]], level: Level, names_by_code: Mapping[Level, Mapping[str, str]]
) -> Coding | None:
    names = _names(rows, level)
    if not all(names):
        return None
    owners: dict[str, list[str]] = {}
    for code, name in names_by_code[level].items():
        owners.setdefault(normalise_name(name, is_place=True), []).append(code)
    if level == "departments":
        owners |= {alias: owners[name] for alias, name in ALIASES.items() if name in owners}
    codes: list[str | None] = []
    unmatched: list[str] = []
    for row, name in zip(rows, names, strict=True):
        plain = normalise_name(name, is_place=True)
        owning = owners.get(plain, [])
        if len(owning) > 1:
            parent = _parent(row, level, names_by_code)
            owning = [code for code in owning if code.startswith(parent)]
        codes.append(owning[0] if len(owning) == 1 else None)
        if codes[-1] is None:
            like = closest_name(plain, owners)
            unmatched.append(f"{name} (like {like})" if like else name)
    if len(unmatched) > 0.5 * len(codes):
        return None
    return Coding(level, tuple(codes), names, "names", tuple(unmatched))


def _parent(
    row: Mapping[str, Any], level: Level, names_by_code: Mapping[Level, Mapping[str, str]]
) -> str:
    """Code of the department, and of a district's province, that a row names; "?" fits nothing."""
    department, province = (
        normalise_name(next((row[key] for key in _NAMES[of] if row.get(key)), ""), is_place=True)
        for of in ("departments", "provinces")
    )
    code = codes_by_name(names_by_code["departments"], aliases=True).get(department, "?")
    if level == "provinces":
        return code
    inside = {c: name for c, name in names_by_code["provinces"].items() if c.startswith(code)}
    return codes_by_name(inside).get(province, "?")
