"""Names of places: levels, codes, and one normal form for different spellings."""

from __future__ import annotations

import re
import unicodedata

AREA_COLUMNS = {
    "departments": "department_ubigeo",
    "provinces": "province_ubigeo",
    "districts": "district_ubigeo",
}
"""level of an area to the column of its codes"""
CODE_DIGITS = {"departments": 2, "provinces": 4, "districts": 6}
"""digits of a code of each level; the first two are the department's, four the province's"""
INVISIBLE = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a Braille cell that are drawn as nothing."""
_KIND = re.compile(
    r"^(?:(?:distrito|dist|provincia|prov|departamento|dpto|dep|region|gobierno regional|cercado|"
    r"constitucional|const)\s+(?:de la |de los |de |del )?)+(?=\S)"
)
_KIND_BEHIND = re.compile(r"(?<=\S)\s+(?:cercado|metropolitana|provincias|province|region)$")


def normalise_name(text: object, *, is_place: bool = False) -> str:
    """Lower case without accents; anything but letters and digits becomes one space.

    ``is_place``: without "distrito de" and the like, which names of places may omit.

    Examples
    --------
    >>> normalise_name("  Tipo_de-EXPLOTACIÓN "), normalise_name("Región LIMA", is_place=True)
    ('tipo de explotacion', 'lima')
    """
    plain = without_marks(str(text))
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    name = " ".join(re.sub(r"[^0-9a-z]+", " ", plain.casefold()).split())
    return _KIND_BEHIND.sub("", _KIND.sub("", name)) if is_place else name


def without_marks(text: str) -> str:
    """Return text without combining accents, controls and signs of no width; blanks stay.

    Remove accents before normalising: Python normalises a long run of them in quadratic time.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        sign
        for sign in text
        if sign.isspace()
        or not (sign in INVISIBLE or unicodedata.category(sign) in ("Cc", "Cf", "Mn", "Me"))
    )
