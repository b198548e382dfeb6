"""Columns of a list of zones, and words that may state a reach.

The words let nothing pass: they refuse what was always refused beside a polygon, and put first what
is asked (:mod:`atlas.own_files.zone_content`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from atlas.own_files.cells import number
from data.names import normalise_name, without_marks
from data.readers.privacy import shown_heading
from data.readers.raw_table import SHAPE_TEXT, RawTable
from data.readers.schema import field as field_named
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
LEAST_RADIUS_KM, LARGEST_RADIUS_KM = 0.1, 500.0
"""of a centre"""
ASKED_NAMES = frozenset({"misspelt", "capital", "reniec_code", "wider_name"})
"""Remarks on a name of a place that somebody has to confirm before it is a zone."""
READ_COLUMNS = ("longitude", "latitude", "radius_km", *PLACE_COLUMNS)
"""columns that make the zones; a name only calls them"""


def _set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


ID_WORDS = _set(
    "id ids fid gid oid objectid ogc codigo codi cod code uuid guid globalid clave key",
)
CODE_WORDS = _set("ubigeo iddpto idprov iddist idprov codigo codi cod code cod_ubigeo")
COUNT_WORDS = _set("numero nro num n no item orden order secuencia seq")
NAME_WORDS = _set(
    "nombre nombres nomb nom name names label etiqueta zona zone sector lugar titulo title folder",
    "denominacion toponimo",
)
"""words of headings of numbers of rows, of codes of places, of a count, of names"""
ORDINAL_WORDS = _set(
    "zona zone sector area poligono polygon bloque block lote parcela tramo punto point anexo",
    "cuadricula cuadrante unidad parte capa layer hoja sheet version edicion mapa map p z n no nro",
    "numero",
)
"""words that a number behind them counts"""
YEAR_WORDS = _set("ano anio year fecha date periodo vigencia")

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
_UNIT = re.compile(
    r"kms?|mts?|metros?|met(?:er|re)s?|miles|millas?|feet|kilomet(?:er|re|ro)s?|quilometros?"
    r"|hect(?:area|are)s?|leguas?|leagues?|cuadras?|blocks?|hrs?|horas?|hours?|minut[oe]s?|dias?|days?"
)
_NUMBER_WORD = re.compile(
    r"uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci\w+"
    r"|veint\w+|treinta\w*|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien(?:to|tos|tas)?"
    r"|\w*cient[oa]s|quinient[oa]s|mil|miles|media|medio|doble|triple|decenas?|docenas?|centenar(?:es)?"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|twice|double"
    r"|dois|quatro|sete|oito|dez|vinte|trinta|quarenta|cinquenta|cem"
)
_WIDER = re.compile(
    r"franjas?|faja|margen(?:es)?|amortiguaci\w+|setbacks?|offsets?|colchon|tampon|holgura|influencia"
    r"|ampl[ií]\w*|expan\w+|exten[ds]\w*|ensanch\w*|crec\w+|circundante|colindantes?|vecin[oa]s?|borde"
    r"|contorno|entorno|alred\w*|around|within|desde|hasta|hacia|incluy\w*|inclu[ds]\w*|ademas|tambien"
    r"|tod[oa]s?|enter[oa]s?|complet[oa]s?|whole|all|entire|cerca|cercan[oa]s?|near|nearby|beyond"
    r"|up|mas|more|plus|ambos|ambas|both|resto|rest"
)
"""words that make a place or a zone larger than its name"""
_BINARY = re.compile(r"(?:\\x|0x)?0[01][0-9a-f]{40,}", re.IGNORECASE)
"""WKB in hexadecimal digits"""
_CENTRE = re.compile(r"(?!.*\[\s*\[)[^{}]*\{[^{}]*\"type\": \"Point\"[^{}]*\}\s*", re.DOTALL)
"""the middle of a shape, which many programs write beside it"""


def refuse_extents(table: RawTable, known: Sequence[str], *, is_of_shapes: bool) -> None:
    """Refuse columns that no answer could make harmless.

    These are shapes in cells and, beside polygons (``is_of_shapes``), columns about a radius, a
    buffer, a reach or a distance. ``known`` is the column that each heading stands for, "" for
    none.
    """
    for position, (heading, column) in enumerate(zip(table.headings, known, strict=True)):
        cells = {row[position].strip() for row in table.rows if position < len(row)} - {""}
        if column in READ_COLUMNS:
            continue
        shown = shown_heading(heading) or str(position + 1)
        if any(map(_is_shape, cells)):
            raise UserError("records.refusal.zone_column", column=shown)
        if is_of_shapes and any(_gives_reach(words_of(heading), cell) for cell in cells):
            raise UserError("records.refusal.zone_radius", column=shown)


def _is_shape(cell: str) -> bool:
    is_text = bool(SHAPE_TEXT.match(cell)) and not _CENTRE.fullmatch(cell)
    return is_text or bool(_BINARY.fullmatch(cell))


def _has(words: Iterable[str], *kinds: re.Pattern[str]) -> bool:
    return any(kind.fullmatch(word) for word in words for kind in kinds)


@lru_cache(maxsize=60_000)
def is_measure(text: str) -> bool:
    """Whether a text has a number with a unit of length, area or time, in any alphabet."""
    plain = without_marks(unicodedata.normalize("NFKD", text)).casefold().replace("_", " ")
    return bool(_MEASURE.search(plain))


def tells_amount(heading: str) -> bool:
    """Return whether a heading states an amount by itself: "zona (+50 km)"."""
    return is_measure(heading) or _has(words_of(heading), _NUMBER_WORD)


def is_of_reach(heading: str) -> bool:
    """Return whether a heading is about a reach or an extension, so no value of it is harmless."""
    return tells_amount(heading) or _has(words_of(heading), _REACH, _WIDER)


def may_reach(text: str) -> bool:
    """Return whether a text may say how far a zone reaches.

    Signs are a measure, a number in words, a unit, or a word for a reach or for several places.
    """
    return is_measure(text) or _has(words_of(text), _REACH, _UNIT, _NUMBER_WORD, _WIDER)


@lru_cache(maxsize=60_000)
def words_of(text: str) -> list[str]:
    """Words of a heading or a cell in small letters without accents."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.findall(r"k?m2|[a-z]+", normalise_name(apart))


def _gives_reach(words: list[str], cell: str) -> bool:
    """Return whether a polygon's attribute says how far its zone reaches beyond it.

    ``words`` are those of its heading.
    """
    value = number(cell)
    if value == 0:
        return False
    in_cell = words_of(cell) if value is None else []
    if cell.startswith(("{", "[")):  # members of JSON are attributes too
        words, in_cell = [*words, *in_cell], []
    is_drawn = words == ["stroke", "width"]  # of a line on the map, in pixels
    has_digit = any(sign.isdigit() for sign in cell)
    if _has(words, _REACH) and not is_drawn:
        return True
    is_length = _has(words, _LENGTH) and not _has(words, _OF_THE_SHAPE)
    is_amount = has_digit or _has(in_cell, _LENGTH)  # fifty kilometres in words
    return (has_digit and is_length) or (is_amount and _has(in_cell, _REACH))
