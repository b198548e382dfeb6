"""The SQLite base of a GeoPackage from an unknown maker: its tables are read, nothing is run.

What a base can do by itself is judged by its statements before a row is read. SQLite is given no
function, little memory and few steps besides, should one be overlooked.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from geo.errors import UserError

_HEAP_BYTES = 64 << 20
"""of SQLite, beside the file itself"""
_STEPS, _MOST_ROUNDS = 100_000, 2_000
"""50,000 rows of 200 columns take 10,000,000 steps, so 100 rounds"""
_MOST_LAYERS = 200
_KINDS = ("TABLE", "INDEX", "UNIQUE INDEX", "TRIGGER", "VIRTUAL TABLE")
_TYPE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*(?:\(\d+\))?")
_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TOKEN = re.compile(r"""'(?:[^']++|'')*+'|"(?:[^"]++|"")*+"|\w+|[^\s\w]""", re.ASCII)
_FIXED_TRIGGERS: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("geopackage_triggers.json").read_text(encoding="utf-8")
)
"""Triggers on tables of the standard (GeoPackage 1.0 to 1.4, as GDAL and SpatiaLite write them) by
name: SHA-256 of each wording, as :func:`normalised_sql` leaves it."""

_INDEX = "CREATE VIRTUAL TABLE {r} USING rtree(id, minx, maxx, miny, maxy)"
_BOX = "(NEW.{i}, ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c}));"
_ADD = f"INSERT INTO {{r}} VALUES {_BOX}"  # noqa: S608 - compared with, never run
_PUT = _ADD.replace("INSERT", "INSERT OR REPLACE")
_TAKE = "DELETE FROM {r} WHERE id = OLD.{i};"
_SET = (
    "SET minx = ST_MinX(NEW.{c}), maxx = ST_MaxX(NEW.{c}), "
    "miny = ST_MinY(NEW.{c}), maxy = ST_MaxY(NEW.{c}) WHERE id = NEW.{i};"
)
_FULL = "(NEW.{c} NOTNULL AND NOT ST_IsEmpty(NEW.{c}))"
_EMPTY = "(NEW.{c} ISNULL OR ST_IsEmpty(NEW.{c}))"
_WAS_FULL, _WAS_EMPTY = _FULL.replace("NEW", "OLD"), _EMPTY.replace("NEW", "OLD")
_SAME, _MOVED = "OLD.{i} = NEW.{i}", "OLD.{i} != NEW.{i}"
_OF, _ANY = "AFTER UPDATE OF {c} ON {t}", "AFTER UPDATE ON {t}"
_INDEX_TRIGGERS = (
    ("insert", "AFTER INSERT ON {t}", _FULL.replace("NOTNULL", "NOT NULL"), _PUT),
    ("update1", _OF, f"{_SAME} AND {_FULL}", _PUT),
    ("update2", _OF, f"{_SAME} AND {_EMPTY}", _TAKE),
    ("update3", _OF, f"{_MOVED} AND {_FULL}", f"{_TAKE} {_PUT}"),  # until 1.2
    ("update3", _ANY, f"{_MOVED} AND {_FULL}", f"{_TAKE} {_PUT}"),
    ("update4", _ANY, f"{_MOVED} AND {_EMPTY}", "DELETE FROM {r} WHERE id IN (OLD.{i}, NEW.{i});"),
    ("update5", _ANY, f"{_MOVED} AND {_FULL}", f"{_TAKE} {_PUT}"),
    ("update6", _OF, f"{_SAME} AND {_FULL} AND {_WAS_FULL}", f"UPDATE {{r}} {_SET}"),
    ("update7", _OF, f"{_SAME} AND {_FULL} AND {_WAS_EMPTY}", _ADD),
    ("delete", "AFTER DELETE ON {t}", "OLD.{c} NOT NULL", _TAKE),
)
"""Triggers that keep the index of a layer: name after the index's, moment, condition, steps."""
_COUNT = "UPDATE gpkg_ogr_contents SET feature_count = feature_count"


@contextmanager
def opened_base(content: bytes) -> Iterator[sqlite3.Connection]:
    """A base to read tables of, in memory; a UserError where it cannot be read, or would run on."""
    base = sqlite3.connect(":memory:")
    rounds = count(1)
    try:
        base.execute(f"PRAGMA hard_heap_limit={len(content) + _HEAP_BYTES}")
        base.deserialize(content)
        base.execute("PRAGMA trusted_schema=OFF")
        base.text_factory = lambda text: text.decode("utf-8", "replace")
        base.set_authorizer(_allow_reading_only)
        base.set_progress_handler(lambda: next(rounds) > _MOST_ROUNDS, _STEPS)
        yield base
    except (sqlite3.Error, ValueError, OverflowError):
        raise UserError("records.refusal.geodata_damaged") from None
    finally:
        base.close()


def _allow_reading_only(action: int, *_: Any) -> int:
    """No function is called, no file attached, nothing written, whatever the schema asks for."""
    reading = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA)
    return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY


def require_standard(base: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Refuse views, generated columns, and triggers or virtual tables of its own.

    A virtual table is the index of a listed layer, a trigger one that the standard or GDAL has for
    it, compared whole. Returns names and types of the columns of each plain table, by its name in
    small letters.
    """
    created = _statements_by_kind(base)
    tables = {name.lower(): _column_types(base, name) for name, _ in created["TABLE"]}
    if not {"gpkg_contents", "gpkg_geometry_columns"} <= set(tables):
        raise UserError("records.refusal.geodata_damaged")
    layers = base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
    listed = base.execute("SELECT table_name FROM gpkg_contents").fetchall()
    if len(layers) + len(listed) > _MOST_LAYERS:
        raise UserError("records.refusal.geopackage_layers")
    standard = {
        sql
        for table, column in layers
        for sql in _index_statements(str(table), str(column), tables.get(str(table).lower(), {}))
    }
    standard |= {sql for row in (*layers, *listed) for sql in _count_triggers(str(row[0]))}
    for name, sql in (*created["VIRTUAL TABLE"], *created["TRIGGER"]):
        statement = normalised_sql(sql)
        wording = hashlib.sha256(statement.encode()).hexdigest()
        if statement not in standard and wording not in _FIXED_TRIGGERS.get(name, ()):
            raise UserError("records.refusal.geopackage_unsafe")
    return tables


def _index_statements(table: str, column: str, columns: Mapping[str, str]) -> Iterator[str]:
    """What makes and keeps the index of a layer: its virtual table and triggers."""
    names = {"t": table, "c": column, "r": f"rtree_{table}_{column}"}
    yield from _statement_forms(_INDEX, names)
    for key in [name for name, kind in columns.items() if kind == "INTEGER PRIMARY KEY"]:
        for step, moment, condition, steps in _INDEX_TRIGGERS:
            sql = f"CREATE TRIGGER {{n}} {moment} WHEN {condition} BEGIN {steps} END"
            yield from _statement_forms(sql, {**names, "n": f"{names['r']}_{step}", "i": key})


def _count_triggers(table: str) -> Iterator[str]:
    """GDAL's triggers that count the rows of a table."""
    for kind, sign in (("insert", "+"), ("delete", "-")):
        names = {"n": f"trigger_{kind}_feature_count_{table}", "t": table}
        text = "'" + table.replace("'", "''") + "'"
        for where in ("lower(table_name) = lower({text})", "table_name = {text}"):  # until 2.2
            steps = f"{_COUNT} {sign} 1 WHERE {where};"
            sql = f"CREATE TRIGGER {{n}} AFTER {kind} ON {{t}} BEGIN {steps} END"
            yield from _statement_forms(sql, names, text=text)


def _statements_by_kind(base: sqlite3.Connection) -> dict[str, list[tuple[str, str]]]:
    """Names and statements by what they create. SQLite goes by the statement, not by the type that
    is noted beside it, and always notes a statement of its own with these first words."""
    created: dict[str, list[tuple[str, str]]] = {kind: [] for kind in _KINDS}
    for name, sql in base.execute("SELECT name, sql FROM sqlite_master"):
        if sql is None:  # the index of a key
            continue
        kinds = [kind for kind in _KINDS if str(sql).startswith(f"CREATE {kind} ")]
        if not kinds:
            raise UserError("records.refusal.geopackage_unsafe")
        created[kinds[0]].append((str(name), str(sql)))
    return created


def _column_types(base: sqlite3.Connection, table: str) -> dict[str, str]:
    """Names and types of the columns of a plain table, none of them generated."""
    columns: dict[str, str] = {}
    for _, name, kind, _, _, key, hidden in base.execute(f"PRAGMA table_xinfo({quoted(table)})"):
        if hidden:
            raise UserError("records.refusal.geopackage_unsafe")
        plain = kind if _TYPE.fullmatch(kind) else "TEXT"
        columns[str(name)] = "INTEGER PRIMARY KEY" if key and plain.upper() == "INTEGER" else plain
    if list(columns.values()).count("INTEGER PRIMARY KEY") > 1:  # a key of several columns
        return {name: kind.removesuffix(" PRIMARY KEY") for name, kind in columns.items()}
    return columns


def normalised_sql(sql: str) -> str:
    """A statement in small letters with one blank between its parts, to be compared whole.

    Examples
    --------
    >>> normalised_sql('SELECT  a,"B c" FROM\\tt')
    'select a , "b c" from t'
    """
    return " ".join(_TOKEN.findall(sql)).lower()


def _statement_forms(sql: str, names: Mapping[str, str], **texts: str) -> set[str]:
    """A statement with its names: in quotes, and bare as the standard has them, where they can."""
    forms = [{name: quoted(text) for name, text in names.items()}]
    if all(_PLAIN_NAME.fullmatch(text) for text in names.values()):
        forms.append(dict(names))
    return {normalised_sql(sql.format(**form, **texts)) for form in forms}


def require_not_indexed(base: sqlite3.Connection, table: str, column: str) -> None:
    """Refuse an index that holds the shapes of a layer: whoever reads them could be given its rows
    in the place of the table's."""
    for _, index, *_ in base.execute(f"PRAGMA index_list({quoted(table)})").fetchall():
        parts = base.execute(f"PRAGMA index_info({quoted(index)})").fetchall()
        if any(str(name).lower() == column.lower() for _, _, name in parts):
            raise UserError("records.refusal.geopackage_unsafe")


def select_statement(table: str, columns: Iterable[str], most: int | None) -> str:
    """The statement that reads rows of a table itself, whatever indexes it has."""
    names = ", ".join(quoted(column) for column in columns)
    limit = "" if most is None else f" LIMIT {most}"
    return f"SELECT {names} FROM {quoted(table)} NOT INDEXED{limit}"  # noqa: S608 - quoted


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'
