"""The one layer of a GeoPackage, as the rows of a plain table: nothing that the base holds is run.

No trigger, index, view or function of it is ever used; memory and time end with the child.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import shapely

from data.readers.beside import Beside, is_address, is_identifier, markup_texts, says_length
from data.readers.geojson import EPSG_CODES, Layer, epsg_of, require_same_crs
from data.readers.limits import UPLOAD, Profile
from data.readers.raw_table import SHAPE_TEXT, cell_text, require_few
from geo.errors import UserError

_UNUSED = ("CREATE TRIGGER ", "CREATE INDEX ", "CREATE UNIQUE INDEX ")
"""how SQLite notes what reading a table does not need"""
_BOXES = re.compile(
    r'CREATE VIRTUAL TABLE (?:\w+|"(?:[^"]|"")+") USING rtree ?\(id, minx, maxx, miny, maxy\)',
    re.IGNORECASE,
)
"""the index of a layer: boxes of its shapes and nothing else"""
_NO_SHAPES = ("attributes", "tiles")
"""contents of a GeoPackage, as the standard spells them, that are no shapes"""
_SHAPE_BLOB = re.compile(rb"GP|\x01[\x01-\x11]\x00\x00[\x00\x20-\xe0]|\x00\x00\x00\x00[\x01-\x11]")
"""how shapes of a GeoPackage, and WKB in either order of bytes, begin"""
_GEOMETRY = re.compile(
    r"(?:(?:multi)?(?:point|linestring|polygon|curve|surface)|geometry(?:collection)?|curvepolygon"
    r"|circularstring|compoundcurve|polyhedralsurface|tin|triangle) ?z?m?",
    re.IGNORECASE,
)
_ENVELOPES = (0, 32, 48, 48, 64)
"""bytes of the box before a shape, by the number in its flags"""
_EXTENDED = 0x20
"""the flag of a shape in a coding of its maker's own"""


def geopackage_layer(
    content: bytes, profile: Profile = UPLOAD, *, is_of_zones: bool = False
) -> Layer:
    """Return the layer of a GeoPackage, in the coordinate system that its rows name.

    For zones: refuse other listed tables with rows, except QGIS's styles, and put what any table
    says in the layer's ``beside``.
    """
    beside = Beside()
    with _opened_base(content) as base:
        tables = _plain_tables(base)
        if not {"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"} <= set(tables):
            raise UserError("records.refusal.geodata_damaged")
        listed = base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
        shapes = base.execute(
            "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
        ).fetchall()
        name, column, system = _layer(tables, listed, shapes)
        epsg = _system(base, system)
        for other, columns in tables.items():
            if other != name and columns and not other.startswith("gpkg_"):
                _require_no_shapes(base.execute(_select(other, columns, None)), SHAPE_TEXT)
        for other in {str(table).lower() for table, _ in listed} - {name, "layer_styles"}:
            rows = base.execute(_select(other, ["rowid"], 1)) if other in tables else ()
            if is_of_zones and [*rows]:
                raise UserError("records.refusal.geopackage_layers")
        kinds = {
            key: kind.upper()
            for key, kind in tables[name].items()
            if key.lower() != column.lower() and kind != _KEY
        }
        require_few("records.refusal.too_many_columns", len(kinds), profile.columns)
        read = base.execute(_select(name, [column, *kinds], profile.rows + 1)).fetchall()
        if is_of_zones:
            _tell_tables(base, tables, name, beside)
    require_few("records.refusal.too_many_rows", len(read), profile.rows)
    _require_no_shapes(cells for _, *cells in read)
    wkb = [_wkb(blob, system) for blob, *_ in read]
    texts = [list(map(_text, cells, kinds.values())) for _, *cells in read]
    shapes = list(shapely.from_wkb(wkb, on_invalid="ignore"))
    return Layer("gpkg", shapes, [*kinds], texts, epsg, beside=beside)


_OF_THE_FORMAT = frozenset(
    {"gpkg_contents", "gpkg_geometry_columns", "gpkg_spatial_ref_sys", "gpkg_extensions"}
    | {"gpkg_ogr_contents", "sqlite_sequence", "gpkg_tile_matrix", "gpkg_tile_matrix_set"}
)
"""tables of which numbers, single words, addresses and times are the format's own"""
_TOLD = frozenset({"identifier", "description", "min_x", "min_y", "max_x", "max_y"})
"""columns of the list of layers that say something of the layer"""
_INDEX = re.compile(r"rtree_.+_(?:node|parent|rowid)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")
_STYLES = "layer_styles"
_OF_STYLES = frozenset({"styleqml", "stylesld", "ui"})
_LITERAL = re.compile(r"/\*.*?\*/|--[^\n]*|'[^']*'", re.DOTALL)


def _tell_tables(
    base: sqlite3.Connection, tables: Mapping[str, Mapping[str, str]], layer: str, beside: Beside
) -> None:
    """Add the content of all tables but the layer's own, and of its CREATE statement."""
    for other, columns in tables.items():
        if other == layer or not columns or _INDEX.fullmatch(other):
            continue
        for cells in base.execute(_select(other, columns, None)):
            for column, cell in zip(map(str.lower, columns), cells, strict=True):
                is_own = _is_of_format(other, column, cell, layer)
                if cell is None or cell == "" or is_own:
                    continue
                texts: Iterable[str] = [f"{cell}"]
                if isinstance(cell, bytes):
                    texts = [f"{len(cell):,} bytes"]
                elif other == _STYLES and column in _OF_STYLES and "<" in f"{cell}":
                    texts = markup_texts(f"{cell}".encode())
                for text in texts:
                    beside.add(f"{other}.{column}", text)
    beside.add("layer", layer)
    for name, sql in base.execute("SELECT name, sql FROM sqlite_master"):
        for literal in _LITERAL.findall(str(sql)) if str(name).lower() == layer else ():
            beside.add("sql", literal)


def _is_of_format(table: str, column: str, cell: Any, layer: str) -> bool:
    """Return whether the format itself needs a cell.

    Such cells are numbers, words, addresses and times in the format's own tables, or part of a
    style.
    """
    if table == "gpkg_contents" and column in _TOLD:
        return column in ("identifier", "description") and str(cell).lower() == layer
    if table == _STYLES and column not in (*_OF_STYLES, "description", "stylename"):
        return not isinstance(cell, str) or is_identifier(cell) or bool(_TIME.fullmatch(cell))
    if table not in _OF_THE_FORMAT or isinstance(cell, bytes):
        return False
    if table == "gpkg_spatial_ref_sys":
        return not says_length(str(cell))
    is_word = isinstance(cell, str) and (is_identifier(cell) or is_address(cell))
    return is_word or isinstance(cell, int) or bool(_TIME.fullmatch(str(cell)))


@contextmanager
def _opened_base(content: bytes) -> Iterator[sqlite3.Connection]:
    """Open a database in memory to read its tables; UserError if it cannot be read."""
    base = sqlite3.connect(":memory:")
    try:
        base.deserialize(content)
        base.execute("PRAGMA trusted_schema=OFF")
        base.text_factory = lambda text: text.decode("utf-8", "replace")
        base.set_authorizer(_allow_reading_only)
        yield base
    except (sqlite3.Error, ValueError, OverflowError):
        raise UserError("records.refusal.geodata_damaged") from None
    finally:
        base.close()


def _allow_reading_only(action: int, *_: Any) -> int:
    """No function is called, no file attached, nothing written, whatever the schema asks for."""
    reading = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA)
    return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY


_KEY = "INTEGER PRIMARY KEY"


def _plain_tables(base: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Return the column names and types of each plain table, by its lower-case name.

    UserError for views, computed columns and virtual tables other than boxes, because they could
    hold data that is not read. The SQL statement decides, as it does for SQLite, not the type noted
    in the schema.
    """
    tables: dict[str, dict[str, str]] = {}
    for name, sql in base.execute("SELECT name, sql FROM sqlite_master").fetchall():
        if sql is None or str(sql).startswith(_UNUSED) or _BOXES.fullmatch(str(sql)):
            continue
        if not str(sql).startswith("CREATE TABLE "):
            raise UserError("records.refusal.geopackage_unsafe")
        columns = base.execute(f"PRAGMA table_xinfo({_quoted(str(name))})").fetchall()
        if any(hidden for *_, hidden in columns):
            raise UserError("records.refusal.geopackage_unsafe")
        keys = sum(bool(key) for *_, key, _ in columns)
        tables[str(name).lower()] = {
            str(heading): _KEY if key and keys == 1 and kind.upper() == "INTEGER" else str(kind)
            for _, heading, kind, _, _, key, _ in columns
        }
    return tables


def _layer(
    tables: Mapping[str, Mapping[str, str]],
    listed: list[tuple[Any, Any]],
    shapes: list[tuple[Any, ...]],
) -> tuple[str, str, Any]:
    """The one table of shapes, their column and the number of their system.

    A table counts that the file lists as one, in any spelling, or that has a column of that type:
    where several do, the others would not be read.
    """
    names = {str(table).lower() for table, kind in listed if kind not in _NO_SHAPES}
    columns = {(str(table).lower(), str(column).lower()) for table, column, _ in shapes}
    columns |= {
        (table, column.lower())
        for table, kinds in tables.items()
        if not table.startswith("gpkg_")
        for column, kind in kinds.items()
        if _GEOMETRY.fullmatch(kind)
    }
    if len(names | {table for table, _ in columns}) != 1 or len(columns) > 1:
        raise UserError("records.refusal.geopackage_layers")
    if not shapes or not names <= set(tables):
        raise UserError("records.refusal.geodata_damaged")
    return names.pop(), str(shapes[0][1]), shapes[0][2]


def _system(base: sqlite3.Connection, number: Any) -> int:
    """The EPSG code of the system that the base lists by this number."""
    systems = base.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys "
        "WHERE srs_id = ?",
        (number,),
    ).fetchall()
    if len(systems) != 1:
        raise UserError("records.refusal.crs_unknown")
    organization, code, definition = systems[0]
    if str(organization).upper() != "EPSG" or code not in EPSG_CODES:
        return epsg_of(str(definition))
    require_same_crs(str(definition), code)
    return int(code)


def _require_no_shapes(rows: Iterable[Iterable[Any]], text: re.Pattern[str] | None = None) -> None:
    """Refuse shapes in cells that are not read; in tables beside the layer also as text."""
    for row in rows:
        for cell in row:
            is_blob = isinstance(cell, bytes) and bool(_SHAPE_BLOB.match(cell))
            if is_blob or (text and isinstance(cell, str) and text.match(cell)):
                raise UserError("records.refusal.geopackage_layers")


def _wkb(blob: Any, system: Any) -> bytes | None:
    """The WKB of a shape in the layer's system, behind the head that the standard has."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
        raise UserError("records.refusal.geodata_damaged")
    flags = blob[3]
    (number,) = struct.unpack_from("<i" if flags & 1 else ">i", blob, 4)
    if number != system:
        raise UserError("records.refusal.crs_mixed")
    box = flags >> 1 & 7
    if flags & _EXTENDED or box >= len(_ENVELOPES):
        raise UserError("records.refusal.geodata_damaged")
    return blob[8 + _ENVELOPES[box] :]


def _text(cell: Any, kind: str) -> str:
    """A cell as text, a truth value and a day as every reader writes them."""
    if kind == "BOOLEAN" and isinstance(cell, int):
        return cell_text(bool(cell))
    return cell_text(cell)[:10] if kind in ("DATE", "DATETIME") else cell_text(cell)


def _select(table: str, columns: Iterable[str], most: int | None) -> str:
    """The statement that reads rows of a table itself, whatever indexes it has."""
    names = ", ".join(map(_quoted, columns))
    limit = "" if most is None else f" LIMIT {most}"
    return f"SELECT {names} FROM {_quoted(table)} NOT INDEXED{limit}"  # noqa: S608 - quoted


def _quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
