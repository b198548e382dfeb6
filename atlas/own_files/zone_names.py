"""Whether a text of a file of zones is only a name, and whether the places in it lie there."""

from __future__ import annotations

import re
from collections.abc import Collection

from atlas.own_files.places import gazetteer, places_named
from atlas.own_files.zone_columns import ORDINAL_WORDS, is_measure, may_reach
from atlas.own_files.zone_where import Where
from data.cache import cached
from data.names import normalise_name

YEAR = re.compile(r"(?:19|20)\d\d")
_SIGNS = re.compile(r"[+±~<>≥≤%×=*]|\bx ?\d")
_LONGEST_NAME, _MOST_WORDS = 80, 9
_PARTICLES = re.compile(r"al?|del?|el|l[ao]s?|en|con|por|para|y|e|o|to|of|in|at|for|the|and")
_FEW = 20
"""up to here a number in a name counts, whatever the word before it"""


@cached(most=60_000)
def is_name(text: str, rows: int) -> bool:
    """Return whether a text is only a zone's name and says no reach.

    It is short, without a unit, a word for a number or for several places. Its only numbers count
    zones ("Zona 1") or are a year.

    Examples
    --------
    >>> [is_name(text, 3) for text in ("VRAEM", "Zona 101", "Mazuko 2024", "Dos de Mayo")]
    [True, True, True, True]
    >>> [is_name(text, 3) for text in ("Lima + 50 km", "cincuenta", "hasta el 50", "y cercanos")]
    [False, False, False, False]
    """
    plain = text
    if len(text) > _LONGEST_NAME or _SIGNS.search(text):
        return False
    if may_reach(text):
        plain = _without_places(text)
        if may_reach(plain) or is_measure(text):
            return False
    if any(sign.isalpha() and not sign.isascii() and not normalise_name(sign) for sign in text):
        return False  # of an alphabet that nobody here reads
    parts = normalise_name(plain).split()
    if len(normalise_name(text).split()) > _MOST_WORDS or re.search(r"\d[.,]\d", text):
        return False
    return all(
        _counts(part, parts[at - 1] if at else "", rows)
        for at, part in enumerate(parts)
        if any(sign.isdigit() for sign in part)
    )


def _counts(part: str, before: str, rows: int) -> bool:
    """Return whether a number in a name distinguishes zones ("Zona 101", "P1") or is a year."""
    code = re.fullmatch(r"([a-z]{0,6})(\d{1,6})[a-z]?", part)
    if code is None:
        return False
    letters, digits = code.groups()
    if letters or before in ORDINAL_WORDS or YEAR.fullmatch(digits):
        return len(digits) <= max(4, len(f"{rows}"))
    return not _PARTICLES.fullmatch(before) and int(digits) <= max(_FEW, rows)


def _without_places(text: str) -> str:
    """Return a text without names of provinces and departments: Dos de Mayo is no number."""
    words, rest, at = normalise_name(text).split(), [], 0
    book = gazetteer()
    while at < len(words):
        for size in range(min(_MOST_WORDS, len(words) - at), 1, -1):
            name = " ".join(words[at : at + size])
            if name in book.departments or name in book.provinces[""]:
                at += size
                break
        else:
            rest.append(words[at])
            at += 1
    return " ".join(rest)


_BETWEEN = re.compile(r"\s*(?:[,;/()|–-]|\s[yeo&]\s|\band\b)\s*", re.IGNORECASE)


@cached(most=60_000)
def is_list_of_places(text: str, *, is_of_codes: bool = False) -> bool:
    """Return whether a text consists of names of places only, or of their codes (``is_of_codes``).

    Any number of two or four digits may be a code.
    """
    book, parts = gazetteer(), [part for part in _BETWEEN.split(text) if part]
    levels = (book.departments, book.provinces[""], book.districts[""], book.capitals[""])
    whole = normalise_name(text, is_place=True)
    names = [whole] if any(whole in level for level in levels) else []
    names = names or [normalise_name(part, is_place=True) for part in parts]
    return bool(names) and all(
        is_of_codes and name in book.names
        if name.isdigit()
        else any(name in level for level in levels)
        for name in names
    )


def places_outside(text: str, row: int, where: Where, *, is_called: bool) -> bool:
    """Return whether a text names a place where its zone does not lie.

    In a list of places a department stands for all its provinces, unless it only says where the
    place before it lies. A drawn zone's name (``is_called``) may be that of a distant district
    alone.
    """
    there = where.places(row)
    if len(text) == 2 and text in gazetteer().names:
        return not _lies(text, there, where.is_whole)
    inside: list[str] = []
    for codes in _places_in(text):
        if is_called and not where.is_whole and all(len(code) == 6 for code in codes):
            continue
        lying = [code for code in codes if _lies(code, there, where.is_whole)]
        if not lying:
            around = [code for code in codes if any(inner.startswith(code) for inner in inside)]
            if not around or not _CONTEXT.search(text):
                return True
        inside += lying
    return False


_CONTEXT = re.compile(r"[(,/-]")


def _places_in(text: str) -> list[Collection[str]]:
    """Codes of each place that a text names: those that it is made of, or those in it."""
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) > 1 and is_list_of_places(text):
        return [codes for part in parts for codes in places_named(part)]
    return [*places_named(text)]


def _lies(code: str, there: Collection[str], is_whole: bool) -> bool:
    if is_whole:
        return _inside(code, 6) <= {*there}
    return code[:4] in there if len(code) > 2 else bool(_inside(code, 4) & {*there})


@cached(most=4_000)
def _inside(area: str, digits: int) -> frozenset[str]:
    """Codes of so many digits that an area holds."""
    codes = (code for code in gazetteer().names if len(code) == digits)
    return frozenset(code for code in codes if code.startswith(area))
