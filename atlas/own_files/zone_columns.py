"""Which columns may stand beside zones: none that may hold an extent is dropped in silence."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

from atlas.own_files.places import places_named
from data.names import normalise_name, without_marks
from data.readers.privacy import shown_heading
from data.readers.raw_table import SHAPE_TEXT, RawTable, cell_text
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
_POINT = ("longitude", "latitude")

_UNIT = r"(?:km|kms|kilomet(?:er|re|ro)s?|m|mt|mts|met(?:er|re|ro)s?|mi|miles?|millas?|ft|feet)"
_FAR = r"(?:dist(?:ance|ancia)?s?|range|rango|size|tamano)"
_REACH = re.compile(
    rf"(?:{_FAR}|{_UNIT})?(?:radi(?:o|os|us|i|uses|al)|rad|buff?(?:ers?)?|alcances?|reach(?:es)?"
    rf"|diam(?:eter|etro)?s?|ancho|anchura|width|amortiguamiento|redonda|alrededor(?:es)?"
    rf"|dist(?:ance|ancia)s?)(?:{_FAR}|{_UNIT}|excl\w*)?"
)
"""a word that says how far a zone reaches around its shape"""
_REACH_IN_UNITS = re.compile(rf"(?:{_FAR}|r|ext(?:ent)?){_UNIT}|{_UNIT}{_FAR}")
_ONLY_LENGTH = re.compile(rf"{_UNIT}|{_FAR}|r|ext|extent|extension|envergadura|span")
_OF_THE_SHAPE = re.compile(
    r"(?:shape|st|geom)?(?:area|length|leng|len|longitud|largo|perim(?:eter|etro)?)(?:ha|km|m)?"
    r"|superficie|hectareas?|hectares?|has?|sqkm|sq|square|cuadrad[oa]s?|k?m2"
)
"""words of the area, length or perimeter of a polygon itself"""
_AMOUNT = (
    r"(?:\d[\d.,]*|un[oa]?s?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince"
    r"|veint\w+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(?:to)?|mil"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty|hundred|thousand)"
)
_LENGTH = re.compile(rf"\b{_AMOUNT} ?(?:de )?{_UNIT}\b(?! (?:cuadrad|s n m))")
"""in a text without accents and signs: "50 km", "5000m", "cinco kilometros"; no area or altitude"""
_MEASURE = re.compile(
    rf"\b(?:{_AMOUNT}|\d[\d.,]*) ?(?:de )?(?:k|ha|has|hectareas?|hectares?|leguas?|leagues?"
    r"|cuadras?|blocks?|h|hrs?|horas?|hours?|min|mins|minut[oe]s?|dias?|days?|quilometros?)\b"
    r"|\d[\d.,]*\s*(?![a-z])[^\W\d_]|\d(?<![0-9])[\d.,]*\s*[a-z]"
)
"""in a text without accents other extents: hectares, hours, units of other alphabets and digits"""
_SOME = re.compile(rf"\b{_AMOUNT}")
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:e[-+]?\d+)?")
_ZERO = re.compile(r"[-+]?0*(?:[.,]0*)?")
_BINARY = re.compile(r"(?:\\x|0x)?0[01][0-9a-f]{40,}", re.IGNORECASE)
"""WKB in hexadecimal digits"""
_CENTRE = re.compile(r"(?!.*\[\s*\[)[^{}]*\{[^{}]*\"type\": \"Point\"[^{}]*\}\s*", re.DOTALL)
"""the middle of a shape, which many programs write beside it"""

_DATES = re.compile(
    r"fecha|date|year|anio|ano|dia|day|month|mes|desde|hasta|created|updated|timestamp"
)
_DATE = re.compile(
    r"(?:(?:19|20)\d\d)(?:[-/.]\d{1,2}){0,2}(?:[T ][\d:.]+(?:Z|[-+]\d\d:?\d\d)?)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:(?:19|20)?\d\d)"
)
_IDS = re.compile(r"id|n|fid|gid|oid|objectid|codigo|code|cod|numero|nro|item|orden|uuid")
_ID = re.compile(r"[\w./-]{1,40}")
_UBIGEO = re.compile(r"\d{5,6}")
_TEXTS = re.compile(
    r"nombre|name|notas?|notes?|observacion(?:es)?|comentarios?|comments?|descripcion|description"
    r"|detalle|fuente|sources?|referencia|institucion|tipo|type|categoria|category|clase|class"
    r"|motivo|reason|riesgo|risk|estado|status|snippet|folder|carpeta|capa|layer|zona|zone|sector"
    r"|lugar|place|departamento|department|provincia|province|distrito|district|region"
)
"""words of headings of names, notes, sources and categories"""


def require_no_extent(
    table: RawTable, known: Sequence[str], *, is_of_shapes: bool, dropped: Collection[str] = ()
) -> None:
    """Refuse a column of a list of zones that may hold an extent that nobody would obey.

    ``known`` is the column that each heading stands for, "" for none. Beside polygons
    (``is_of_shapes``) a column is refused that speaks of a radius, a buffer, a reach or a distance;
    beside centres and names every column that is no date, number, name, note, source or category
    free of lengths and of places that its row does not name, unless it is among ``dropped``:
    headings that a person has confirmed. A shape in a cell is refused anywhere.
    """
    confirmed = {fold_heading(shown_heading(name)) for name in dropped}
    unread = []
    for position, (heading, column) in enumerate(zip(table.headings, known, strict=True)):
        cells = [row[position] for row in table.rows if position < len(row)]
        cells = [text for cell in cells if (text := cell.strip())]
        different = set(cells)
        if not cells or column in (*_POINT, "radius_km"):
            continue
        shown = shown_heading(heading) or str(position + 1)
        is_shape = any(SHAPE_TEXT.match(cell) and not _CENTRE.fullmatch(cell) for cell in different)
        if is_shape or any(map(_BINARY.fullmatch, different)):
            raise UserError("records.refusal.zone_column", column=shown)
        if is_of_shapes:
            if any(_gives_reach(heading, cell) for cell in different):
                raise UserError("records.refusal.zone_radius", column=shown)
        elif fold_heading(shown) in confirmed or column in PLACE_COLUMNS:
            continue
        elif (
            any(map(_speaks_of_reach, different))
            or not (column or _is_harmless(heading, cells))
            or (not column and _may_be_place(table, known, position))
        ):
            unread.append(shown)
    if unread:
        raise UserError("records.refusal.zone_columns", column=", ".join(unread), columns=unread)


def _may_be_place(table: RawTable, known: Sequence[str], position: int) -> bool:
    """Whether a column that is not read has a numbered heading of places, or a cell that names a
    place other than those of its row, or wider than it."""
    heading = fold_heading(table.headings[position]).rstrip("0123456789 ")
    if any(heading in words for words in PLACE_COLUMNS.values()):
        return True
    for row in table.rows:
        cells = dict(zip(known, row, strict=False))
        own = [
            frozenset().union(*codes)
            for name in PLACE_COLUMNS
            if (codes := places_named(cells.get(name, "")))
        ]
        wholes, finest = frozenset().union(*own), tuple(max(own, key=_digits, default=()))
        for codes in places_named(row[position]) if position < len(row) else ():
            if not (codes & wholes or any(code.startswith(finest) for code in codes)):
                return True
    return False


def _digits(codes: Collection[str]) -> int:
    return min(map(len, codes))


def _is_harmless(heading: str, cells: Sequence[str]) -> bool:
    """Whether a column is a date, a number of the row, a name, a note, a source or a category."""
    words = _words(heading)
    if any(_REACH.fullmatch(word) or _ONLY_LENGTH.fullmatch(word) for word in words):
        return False
    if any(map(_DATES.fullmatch, words)) and all(map(_DATE.fullmatch, cells)):
        return True
    if "ubigeo" in words and all(map(_UBIGEO.fullmatch, cells)):
        return True
    is_id = len(set(cells)) == len(cells) and all(map(_ID.fullmatch, cells))
    if is_id and any(map(_IDS.fullmatch, words)):
        return True
    return any(map(_TEXTS.fullmatch, words)) and not any(map(_NUMBER.fullmatch, cells))


def _speaks_of_reach(text: str) -> bool:
    """Whether a text holds a length or speaks of a radius, a buffer, a reach or a distance."""
    is_length = _LENGTH.search(normalise_name(text))
    plain = without_marks(unicodedata.normalize("NFKD", text)).casefold()
    return bool(is_length or _MEASURE.search(plain)) or any(map(_REACH.fullmatch, _words(text)))


@lru_cache(maxsize=20_000)
def _words(text: str) -> list[str]:
    """Words of a heading or a cell in small letters without accents; cells repeat, and only the
    child asks."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.findall(r"k?m2|[a-z]+", normalise_name(apart))


def _gives_reach(heading: str, cell: str) -> bool:
    """Whether an attribute of a polygon, or a member of one that holds JSON, says how far the zone
    reaches beyond it."""
    words = _words(heading)
    is_of_shape = any(map(_OF_THE_SHAPE.fullmatch, words))
    is_drawn = words == ["stroke", "width"]  # of a line on the map, in pixels
    is_reach = any(_REACH.fullmatch(word) or _REACH_IN_UNITS.fullmatch(word) for word in words)
    if any(map(_ONLY_LENGTH.fullmatch, words)) and not is_of_shape:
        is_reach |= bool(_NUMBER.fullmatch(cell) or _LENGTH.search(normalise_name(cell)))
    if is_reach and not is_drawn and not _ZERO.fullmatch(cell):
        return True
    try:
        value = json.loads(cell) if cell.startswith(("{", "[")) else None
    except (ValueError, RecursionError):
        value = None
    if value is not None:
        return any(_gives_reach(key, cell_text(member)) for key, member in _members(value))
    return any(map(_REACH.fullmatch, _words(cell))) and bool(_SOME.search(normalise_name(cell)))


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Names and values in objects, those in a list among them."""
    if isinstance(value, dict):
        yield from value.items()
    for entry in value if isinstance(value, list) else ():
        yield from _members(entry)
