"""Which columns may stand beside zones: none that may hold an extent is dropped in silence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from atlas.own_files.cells import number
from data.names import normalise_name, without_marks
from data.readers.privacy import shown_heading
from data.readers.raw_table import SHAPE_TEXT, RawTable
from data.readers.schema import field as field_named
from data.readers.schema import fold_heading
from geo.errors import UserError

CENTRE_COLUMNS = {
    "longitude": ("longitude", "longitud", "lon", "lng", "long", "x"),
    "latitude": ("latitude", "latitud", "lat", "y"),
    "radius_km": ("radius km", "radio km", "radio", "radius"),
    "label": (
        *("zona", "zone", "nombre", "name", "label", "nombre zona", "zone name", "sector", "lugar"),
    ),
}
"""Folded headings of the columns of a table of centres."""
PLACE_COLUMNS = {
    name: tuple(field_named(name).names)
    for name in ("district_ubigeo", "department", "province", "district")
}
"""The same of a list of districts, provinces or departments."""
ASKED_NAMES = frozenset({"misspelt", "capital", "reniec_code"})
"""Remarks on a name of a place that somebody has to confirm before it is a zone."""
_READ = ("longitude", "latitude", "radius_km", *PLACE_COLUMNS)

_REACH = re.compile(
    r"radi(?:o|os|us|i|uses|al)\w{0,2}|rad|buff?(?:er)?s?|alcances?|reach(?:es)?|diam(?:et(?:er|ro)s?)?"
    r"|ancho|anchura|width|amortiguamiento|redonda|alrededor(?:es)?|dist(?:ance|ancia)?s?"
)
"""a word that says how far a zone reaches around its shape"""
_LENGTH = re.compile(
    r"kms?|kilomet[a-z]+|m|metros?|r|ext|extent|extension|size|tamano|rang[eo]|span"
)
"""a word that says so only where a number stands beside it"""
_OF_THE_SHAPE = re.compile(
    r"(?:shape|st|geom)?(?:area|len(?:g(?:th)?)?|largo|perim(?:et(?:er|ro))?)(?:ha|km|m)?"
    r"|superficie|hectareas?|hectares?|has?|sqkm|sq|square|cuadrad[oa]s?|k?m2"
)
"""words of the area, length or perimeter of a polygon itself"""
_MEASURE = re.compile(
    r"\d[\d.,]* ?(?:de )?(?:(?:k|kms?|m|mts?|metros?|met(?:er|re)s?|mi|miles?|millas?|ft|feet"
    r"|kilomet(?:er|re|ro)s?|quilometros?|ha|has|hect(?:area|are)s?|leguas?|leagues?|cuadras?"
    r"|blocks?|h|hrs?|horas?|hours?|mins?|minut[oe]s?|dias?|days?)\b|(?![a-z])[^\W\d_])"
)
"""in a text without accents: a number with a unit of length, area or time, in any alphabet"""
_TEXT = re.compile(
    r"fecha|date|nombre|name|notas?|notes?|observacion(?:es)?|fuente|source|tipo|type|categoria"
    r"|category|departamento|department|provincia|province|distrito|district"
)
"""words of headings of dates, names, notes, sources and categories"""
_ID = re.compile(r"id|fid|objectid|numero|nro|codigo|code|ubigeo")
_BINARY = re.compile(r"(?:\\x|0x)?0[01][0-9a-f]{40,}", re.IGNORECASE)
"""WKB in hexadecimal digits"""
_CENTRE = re.compile(r"(?!.*\[\s*\[)[^{}]*\{[^{}]*\"type\": \"Point\"[^{}]*\}\s*", re.DOTALL)
"""the middle of a shape, which many programs write beside it"""


def require_no_extent(
    table: RawTable, known: Sequence[str], *, is_of_shapes: bool, dropped: Collection[str] = ()
) -> None:
    """Refuse a column of a list of zones that may hold an extent that nobody would obey.

    ``known`` is the column that each heading stands for, "" for none. Beside polygons
    (``is_of_shapes``) a column is refused that speaks of a radius, a buffer, a reach or a distance.
    Of centres and of names of places every column that nothing reads is asked about, and a name of
    a zone that holds a measure; beside a radius numbers of rows, dates, names and notes are not.
    ``dropped`` are the headings that a person has confirmed. A shape in a cell is refused anywhere.
    """
    confirmed = {fold_heading(shown_heading(name)) for name in dropped}
    has_radius, unread = "radius_km" in known, []
    for position, (heading, column) in enumerate(zip(table.headings, known, strict=True)):
        cells = [row[position].strip() for row in table.rows if position < len(row)]
        cells = [cell for cell in cells if cell]
        if not cells or column in _READ:
            continue
        shown = shown_heading(heading) or str(position + 1)
        if any(map(_is_shape, cells)):
            raise UserError("records.refusal.zone_column", column=shown)
        if is_of_shapes:
            if any(_gives_reach(heading, cell) for cell in cells):
                raise UserError("records.refusal.zone_radius", column=shown)
        elif fold_heading(shown) in confirmed:
            continue
        elif any(map(_is_measure, cells)) or not (
            column or (has_radius and _is_harmless(heading, cells))
        ):
            unread.append(shown)
    if unread:
        raise UserError("records.refusal.zone_columns", column=", ".join(unread), columns=unread)


def _is_shape(cell: str) -> bool:
    is_text = bool(SHAPE_TEXT.match(cell)) and not _CENTRE.fullmatch(cell)
    return is_text or bool(_BINARY.fullmatch(cell))


def _is_harmless(heading: str, cells: Sequence[str]) -> bool:
    """Whether a column beside centres is a number of the row, a date, a name or a note."""
    words = _words(heading)
    if _has(words, _REACH) or _has(words, _LENGTH):
        return False
    if _has(words, _ID) and len(set(cells)) == len(cells):
        return True
    is_text = not any(number(cell) is not None or _has(_words(cell), _LENGTH) for cell in cells)
    return is_text and _has(words, _TEXT)


def _has(words: Sequence[str], what: re.Pattern[str]) -> bool:
    return any(map(what.fullmatch, words))


def _is_measure(text: str) -> bool:
    plain = without_marks(unicodedata.normalize("NFKD", text)).casefold()
    return bool(_MEASURE.search(plain)) or _has(_words(text), _REACH)


def _words(text: str) -> list[str]:
    """Words of a heading or a cell in small letters without accents."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.findall(r"k?m2|[a-z]+", normalise_name(apart))


def _gives_reach(heading: str, cell: str) -> bool:
    """Whether an attribute of a polygon says how far the zone reaches beyond it."""
    if number(cell) == 0:
        return False
    words, in_cell = _words(heading), _words(cell)
    if cell.startswith(("{", "[")):  # members of JSON are attributes too
        words, in_cell = [*words, *in_cell], []
    is_drawn = words == ["stroke", "width"]  # of a line on the map, in pixels
    has_digit = any(sign.isdigit() for sign in cell)
    if _has(words, _REACH) and not is_drawn:
        return True
    is_length = _has(words, _LENGTH) and not _has(words, _OF_THE_SHAPE)
    is_amount = has_digit or _has(in_cell, _LENGTH)  # fifty kilometres in words
    return (has_digit and is_length) or (is_amount and _has(in_cell, _REACH))
