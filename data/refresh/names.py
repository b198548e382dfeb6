"""Names of places as codes: without accents, case and punctuation, and never by likeness alone."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, process

ALIASES = {
    "LIMA METROPOLITANA": "LIMA",
    "LIMA PROVINCIAS": "LIMA",
    "LIMA REGION": "LIMA",
    "MUNICIPALIDAD METROPOLITANA DE LIMA": "LIMA",
    "EL CALLAO": "CALLAO",
    "PROVINCIA CONSTITUCIONAL DEL CALLAO": "CALLAO",
}
"""Department names of other publishers; ISO 3166-2 and the case system split Lima in two."""
_PREFIX = re.compile(r"^(DEPARTAMENTO|REGION|PROVINCIA|DISTRITO|GOBIERNO REGIONAL) (DE |DEL )?")
LIKELY = 80.0
"""score (0 to 100) from which an unknown name is told which known one it resembles"""


def plain_name(text: object) -> str:
    """Return a name as capitals, digits and single spaces.

    Examples
    --------
    >>> plain_name("  Áncash "), plain_name("DEPARTAMENTO DE SAN MARTÍN"), plain_name("Nuñoa")
    ('ANCASH', 'SAN MARTIN', 'NUNOA')
    """
    decomposed = unicodedata.normalize("NFKD", str(text)).upper()
    letters = "".join(sign if sign.isalnum() else " " for sign in decomposed if sign.isascii())
    name = " ".join(letters.split())
    return _PREFIX.sub("", name) or name


def codes_by_name(names: Mapping[str, str], *, aliases: bool = False) -> dict[str, str]:
    """Return plain name to code; a name that two codes share is left out.

    Parameters
    ----------
    names : mapping of code to name
        The known places.
    aliases : bool
        Whether the other names of departments count too.

    Examples
    --------
    >>> codes_by_name({"0101": "Bagua", "0102": "Jaén", "0103": "JAEN"})
    {'BAGUA': '0101'}
    """
    plain = {code: plain_name(name) for code, name in names.items()}
    often = Counter(plain.values())
    found = {name: code for code, name in plain.items() if often[name] == 1}
    if aliases:
        found |= {alias: found[name] for alias, name in ALIASES.items() if name in found}
    return found


def resemblance(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that an unknown one most resembles: a hint, never an assignment.

    Examples
    --------
    >>> resemblance("HUANUKO", ["HUANUCO", "HUANCAVELICA"])
    'HUANUCO'
    """
    best = process.extractOne(name, list(known), scorer=fuzz.ratio, score_cutoff=LIKELY)
    return None if best is None else str(best[0])
