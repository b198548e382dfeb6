"""Check a file of zones beyond its shapes: values prove a content harmless, or it is asked about.

A text, a number or an attribute that nobody obeys may say how far a zone reaches, or name another.
Each is known to say neither only by what stands in it, held against the shapes; what is left is a
question with its name, how many values it has, and the first of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice

import numpy as np

from atlas.own_files.cells import number
from atlas.own_files.zone_columns import (
    CODE_WORDS,
    COUNT_WORDS,
    ID_WORDS,
    NAME_WORDS,
    YEAR_WORDS,
    is_of_reach,
    may_reach,
    tells_amount,
    words_of,
)
from atlas.own_files.zone_names import YEAR, is_list_of_places, is_name, places_outside
from atlas.own_files.zone_where import Where
from data.cache import cached
from data.readers.beside import WHOLE_FILE, Beside, leaves
from data.readers.privacy import looks_personal, shown, shown_heading
from data.readers.raw_table import RawTable
from data.readers.schema import fold_heading
from geo.errors import UserError

POINTS = "points"
"""why points beside polygons are asked about: how far they reach, which no other answer says"""
SHOWN_VALUES = 3
VALUE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """Content of a file of zones that the planner does not use."""

    name: str
    """as a person names it to leave it out; no other of the file has it."""
    count: int
    """how many values."""
    first: tuple[str, ...]
    why: str
    """"reach": it may say how far a zone reaches; "places": it names a place outside its zone;
    "corners": centres that may be the corners of an area; POINTS; "text": any other."""
    is_column: bool


@dataclass(frozen=True, slots=True)
class Content:
    """A column, or something else that a file holds: texts with the positions of their rows."""

    name: str
    cells: Sequence[tuple[int, str]]
    is_column: bool = True
    is_name: bool = False
    """it is what a zone, a folder, a sheet or a layer is called."""
    why: str = ""
    """it is asked about whatever it says."""


def contents_of(table: RawTable, read: Collection[int], called: int | None) -> list[Content]:
    """Return all content of a file except the columns at ``read``; ``called`` has zone names.

    Members of JSON in cells are separated.
    """
    contents = []
    width = max([len(table.headings), *map(len, table.rows)])
    for at in range(width):
        if at in read:
            continue
        heading = table.headings[at] if at < len(table.headings) else ""
        apart = Beside({heading or str(at + 1): []})
        for row, texts in enumerate(table.rows):
            text = texts[at].strip() if at < len(texts) else ""
            _take_apart(apart, heading or str(at + 1), text, row)
        contents += [
            Content(name, cells, is_name=at == called and name == heading)
            for name, cells in apart.items()
        ]
    return contents + [
        Content(name, cells, is_column=False, is_name=_is_called(name))
        for name, cells in table.beside.items()
    ]


def _take_apart(apart: Beside, heading: str, text: str, row: int) -> None:
    if text.startswith(("{", "[")):
        try:
            for path, leaf in leaves(json.loads(text), heading):
                apart.add(path, leaf, row)
            return
        except (ValueError, RecursionError):
            pass
    if text:
        apart[heading].append((row, text))


_CALLED = re.compile(
    r"#\d+|sheet|layer|name|(?:.+\.)?(?:Document|Folder)\.name|core\.title"
    r"|gpkg_contents\.identifier|layer_styles\.stylename"
)
"""what is called so is the name of a folder, a sheet or a layer, or a title above the headings"""


def _is_called(name: str) -> bool:
    return _CALLED.fullmatch(name) is not None


def require_harmless(
    contents: Iterable[Content], where: Where, confirmed: Mapping[str, Collection[str]]
) -> None:
    """Ask, by a UserError, about all content that is neither harmless nor confirmed.

    Columns are confirmed by ``drop``, all else by ``drop_members``, by their names here. The
    error's ``asked`` has the plain values of an :class:`Asked` each, its ``columns`` and
    ``members`` their names.
    """
    known = {
        is_column: {*map(_folded, confirmed.get(name, ()))}
        for is_column, name in ((True, "drop"), (False, "drop_members"))
    }
    asked: list[Asked] = []
    taken: set[str] = set()
    for content in contents:
        if not (why := _why_asked(content, where)):
            continue
        name = _own_name(content.name, taken)
        if _folded(name) in known[content.is_column] and why != POINTS:
            continue
        cells = [text for _, text in content.cells]
        first = tuple(map(_shown_value, islice(dict.fromkeys(cells), SHOWN_VALUES)))
        asked.append(Asked(name, len(cells), first, why, content.is_column))
    if asked:
        asked.sort(key=lambda part: part.why == "text")
        names = [part.name for part in asked]
        more = f", … +{len(names) - _MOST_NAMED}" if len(names) > _MOST_NAMED else ""
        raise UserError(
            "records.refusal.zone_columns",
            column=", ".join(names[:_MOST_NAMED]) + more,
            columns=[part.name for part in asked if part.is_column],
            members=[part.name for part in asked if not part.is_column and part.why != POINTS],
            asked=[asdict(part) for part in asked],
        )


_MOST_NAMED = 30


def _folded(name: str) -> str:
    """Return a name in the form for comparison; signs alone stay as they are."""
    return fold_heading(name) or name.strip()


def _own_name(name: str, taken: set[str]) -> str:
    """A name as it may be shown and typed between commas, which no other of the file has."""
    plain = shown_heading(name.replace(",", " ")) or "?"
    own, again = plain, 1
    while _folded(own) in taken:
        again += 1
        own = f"{plain} ({again})"
    taken.add(_folded(own))
    return own


def _shown_value(text: str) -> str:
    return "…" if looks_personal(text) else shown(text, VALUE_CHARACTERS)


def _why_asked(content: Content, where: Where) -> str:
    """Return why a content is asked about; "" if its values prove it harmless."""
    heading = content.name.rpartition(".")[2].rpartition("@")[2]
    cells = {(row, text) for row, text in content.cells if _WRITTEN.search(text)}
    if not cells:
        # a heading alone may say it: "zona (+50 km)"
        return "reach" if tells_amount(content.name) else ""
    if content.why:
        return content.why
    cells = {
        (row, text) for row, text in cells if number(text) != 0 and not _is_drawn(heading, text)
    }
    if not cells:
        return ""
    if is_of_reach(heading):
        return "reach"
    words = {*words_of(heading)}
    if _are_ids(words, content.cells) or _are_measures(cells, where):
        return ""
    is_of_names = content.is_name or bool(NAME_WORDS & words)
    # a number alone may call a zone, no file and no folder
    is_of_letters = not content.is_column
    whys: set[str] = set()
    for row, text in cells:
        if whys:  # it is asked about: only whether it is a risk is left to know
            whys |= {"reach"} if _is_risky(text) else set()
        else:
            is_named = is_of_names and (not is_of_letters or _has_letters(text))
            whys |= {_why_not(text, row, words, where, is_named)} - {""}
        if "reach" in whys:
            return "reach"
    return next(iter(whys & {"places"} or whys), "")


@cached(most=60_000)
def _is_risky(text: str) -> bool:
    return any(sign.isdigit() for sign in text) or may_reach(text)


_WRITTEN = re.compile(r"[^\s._/…–—-]")
_COLOUR = (
    r"#[0-9a-fA-F]{3,8}|[0-9a-fA-F]{6,8}|black|white|red|green|blue|yellow|orange|purple|gr[ae]y|brown"
    r"|pink|cyan|magenta|rojo|verde|azul|amarillo|naranja|negro|blanco|gris|morado|celeste|rosado"
)
_DRAWN = {
    heading: re.compile(pattern)
    for pattern, headings in (
        (_COLOUR, "stroke fill marker-color color fillcolor linecolor"),
        (r"(?:0?\.\d+|[01](?:\.\d+)?)", "stroke-opacity fill-opacity opacity"),
        (r"\d(?:\.\d+)?", "stroke-width"),
        (r"small|medium|large", "marker-size"),
        (r"-?[01]|true|false", "tessellate extrude visibility open"),
        (r"(?:clampTo|relativeTo)\w{2,12}|absolute", "altitudemode"),
        (r"(?:Multi)?(?:Point|Polygon|Surface) ?Z?M?", "type geometry_type geomtype"),
        (r"[^\s#]{0,200}#[^\s#]{1,100}", "styleurl"),
        (r"[0-9a-f]{6,10}", "stylehash stylemaphash.normal stylemaphash.highlight"),
        (r"0\.0{2,}\d+|1e-\d\d?", "xy_coordinate_resolution z_coordinate_resolution"),
    )
    for heading in headings.split()
}


def _is_drawn(heading: str, text: str) -> bool:
    """Whether a value of a heading of style, or of the format, is one by its form."""
    pattern = _DRAWN.get(heading.casefold())
    return pattern is not None and pattern.fullmatch(text) is not None


_CODE = re.compile(r"[\w.:{}/-]{1,64}|[A-Za-z]{1,6} \d{1,5}")


def _are_ids(words: Collection[str], cells: Sequence[tuple[int, str]]) -> bool:
    """Return whether a column numbers its rows.

    Either each value is unique under a heading of numbers, or the values count from the first row
    to the last.
    """
    texts = [text for row, text in cells if row != WHOLE_FILE]
    if not texts or len({*texts}) < len(cells) or len({row for row, _ in cells}) < len(cells):
        return False
    if ID_WORDS & {*words}:
        return all(_CODE.fullmatch(text) and not may_reach(text) for text in texts)
    numbers = [number(text) for text in texts]
    if numbers == [*range(len(texts))]:  # the index of a table, whose first is no reach
        return True
    return bool(COUNT_WORDS & {*words}) and {*numbers} == {*range(1, len(texts) + 1)}


_FIT = np.array([0.02] * 6 + [0.01] * 4)[:, None]
"""of areas and lengths, in the order of their units, beside those of the shapes: registers round,
and measure in other systems"""
_LEAST_DIGITS = 3
"""of a number that is held to be an area: a round one may be anything"""


def _are_measures(cells: Collection[tuple[int, str]], where: Where) -> bool:
    """Whether a column has the area or the length of each row's shape, all in one unit."""
    values = {row: number(text.replace(" ", "")) for row, text in cells}
    if WHOLE_FILE in values or len(values) < len(cells):
        return False
    numbers = np.array([value if value is not None else np.nan for value in values.values()])
    digits = [len(f"{value:.12g}".replace(".", "").strip("-0")) for value in numbers]
    if not (numbers > 0).all() or max(digits) < _LEAST_DIGITS:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(numbers / where.measures()[:, [*values]] - 1)
    return bool((off < _FIT).all(axis=1).any())


_DATE = re.compile(
    r"(?:\d{4}([-/.])(\d{1,2})\1(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\5\d{4})"
    r"(?:[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)


def _is_date(text: str, words: Collection[str]) -> bool:
    """Whether a text is a day, or under a heading of years a year."""
    if date := _DATE.fullmatch(text):
        parts = sorted(int(part) for part in date.group(2, 3, 4, 6) if part)
        return 1 <= parts[0] <= 12 and parts[1] <= 31
    return bool(YEAR_WORDS & {*words}) and bool(YEAR.fullmatch(text))


_ROUNDED = 1e-3
"""degrees; of metres a hundred thousand times as much"""


def _is_in_box(text: str, row: int, where: Where) -> bool:
    """Whether a number is a coordinate of the zone's box, in degrees or in metres of the file."""
    value = number(text)
    if value is None or not (value < 0 or abs(value) >= 1e5):
        return False
    slack = _ROUNDED if abs(value) < 360 else 1e5 * _ROUNDED
    return any(
        low - slack <= value <= high + slack
        for box in where.boxes(row)
        for low, high in ((box[0], box[2]), (box[1], box[3]))
    )


_COUNTED = re.compile(r"(?:zona|zone|sector|area|área|pol[ií]gono|polygon) \d{1,5}", re.IGNORECASE)
"""what most large files call their zones"""
_KNOWN = re.compile(
    r"(?:parque|santuario|reserva) nacional|santuario historico|reserva (?:paisajistica|comunal)"
    r"|refugio vida silvestre|bosque proteccion|coto caza|zona reservada"
    r"|area conservacion (?:regional|privada)"
)
"""categories of Peru's protected areas"""
_NORM = re.compile(
    r"(?:D\.? ?S|R\.? ?S|R\.? ?M|R\.? ?J|D\.? ?L|R\.? ?P)\.?\s*(?:N[°º.]*\s*)?\d{1,5}"
    r"-(?:19|20)?\d\d(?:-[A-Z]{2,12})?|Ley\s*(?:N[°º.]*\s*)?\d{4,5}",
    re.IGNORECASE,
)
"""the number of a law or a decree"""


def _why_not(text: str, row: int, words: Collection[str], where: Where, is_of_names: bool) -> str:
    """Return why a single text is not harmless; "" if it is."""
    if is_of_names and _COUNTED.fullmatch(text):
        return ""
    if _is_date(text, words) or _is_in_box(text, row, where):
        return ""
    if _KNOWN.fullmatch(fold_heading(text)) or _NORM.fullmatch(text):
        return ""
    if number(text) is not None and not CODE_WORDS & {*words} and not is_of_names:
        return "reach"
    outside = places_outside(text, row, where, is_called=is_of_names)
    if not outside and is_list_of_places(text, is_of_codes=bool(CODE_WORDS & {*words})):
        return ""
    if is_of_names and is_name(text, len(where.shapes)):
        return "places" if outside else ""
    return "reach" if _is_risky(text) else "places" if outside else "text"


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))
