"""What the base of a GeoPackage may hold besides its tables: the standard's and GDAL's, whole."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.readers import geopackage
from data.readers.geopackage import opened_base, require_standard, select_statement
from geo.errors import UserError
from tests.atlas.own_data import attacks
from tests.refusing import refused

OPTIONS = [
    *({"VERSION": version} for version in ("1.0", "1.1", "1.2", "1.3", "1.4")),
    {"FID": "mi id", "GEOMETRY_NAME": 'la "geom"'},
    {"SPATIAL_INDEX": "NO"},
]
SCOPES = (
    "undefined fieldSession collectionSession series dataset featureType feature attributeType "
    "attribute tile model {} schema taxonomy{}software service collectionHardware "
    "nonGeographicDataset dimensionGroup"
)


def judged(content: bytes) -> dict[str, dict[str, str]]:
    """The plain tables, once all else is the standard's."""
    with opened_base(content) as base:
        return require_standard(base)


def statements(content: bytes) -> list[tuple[str, str]]:
    """Names and statements of triggers and virtual tables."""
    base = sqlite3.connect(":memory:")
    base.deserialize(content)
    told = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR sql LIKE '%VIRTUAL%'"
    found = base.execute(told).fetchall()
    base.close()
    return found


@pytest.fixture(scope="module")
def plain() -> bytes:
    """A layer as GDAL writes it."""
    return attacks.geopackage()


@pytest.mark.parametrize("options", OPTIONS)
def test_what_gdal_writes_is_taken(options):
    tables = judged(attacks.geopackage(**options))
    assert next(iter(tables["layer0"].values())) == "INTEGER PRIMARY KEY"


def test_the_standards_own_wording_is_taken(tmp_path):
    content = attacks.geopackage(
        "DROP TRIGGER rtree_layer0_geom_update5",
        "CREATE TRIGGER rtree_layer0_geom_update3 AFTER UPDATE OF geom ON layer0\n  WHEN OLD.fid "
        "!= NEW.fid AND\n (NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))\nBEGIN\n  DELETE FROM "
        "rtree_layer0_geom WHERE id = OLD.fid;\n  INSERT OR REPLACE INTO rtree_layer0_geom VALUES "
        "(\n    NEW.fid,\n    ST_MinX(NEW.geom), ST_MaxX(NEW.geom),\n    ST_MinY(NEW.geom), "
        "ST_MaxY(NEW.geom)\n  );\nEND;",
        "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, styleQML TEXT)",
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('layer_styles', 'attributes')",
        'CREATE TRIGGER "trigger_insert_feature_count_layer_styles" AFTER INSERT ON "layer_styles" '
        "BEGIN UPDATE gpkg_ogr_contents SET feature_count = feature_count + 1 WHERE "
        "lower(table_name) = lower('layer_styles'); END",
        "CREATE TABLE gpkg_metadata (id INTEGER PRIMARY KEY, md_scope TEXT, metadata TEXT)",
        _of_scopes("insert", "INSERT", SCOPES.format("catalogue", "+")),
        _of_scopes("update", "UPDATE OF 'md_scope'", SCOPES.format("catalog", " ")),
    )
    assert {"layer0", "layer_styles", "gpkg_metadata"} <= set(judged(content))


def _of_scopes(kind: str, moment: str, scopes: str) -> str:
    """A trigger of the standard until 1.2; GDAL forgot a bar, which "+" stands for."""
    listed = scopes.replace(" ", " | ").replace("+", " ")
    allowed = ", ".join(map(repr, scopes.replace("+", " ").split()))
    return (
        f"CREATE TRIGGER 'gpkg_metadata_md_scope_{kind}' BEFORE {moment} ON 'gpkg_metadata' FOR "
        f"EACH ROW BEGIN SELECT RAISE(ABORT, '{kind} on table gpkg_metadata violates constraint: "
        f"md_scope must be one of {listed}') WHERE NOT(NEW.md_scope IN ({allowed})); END"
    )


@settings(max_examples=150)
@given(
    at=st.integers(0, 19),
    cut=st.floats(0, 1),
    put=st.sampled_from(["; SELECT 1", " OR 1", "'", "(", " zeroblob(9) ", " -- ", "/**/", ", 1"]),
)
def test_a_statement_that_is_not_the_standards_is_refused(plain, at, cut, put):
    name, sql = statements(plain)[at]
    place = len("CREATE ") + round(cut * (len(sql) - len("CREATE ")))
    update = "UPDATE sqlite_master SET sql = ? WHERE name = ?"
    values = (sql[:place] + put + sql[place:], name)
    content = attacks.changed(plain, "PRAGMA writable_schema=ON", update, values=values)
    with pytest.raises(UserError) as caught:
        judged(content)
    assert caught.value.key.rpartition(".")[2] in ("geopackage_unsafe", "geodata_damaged")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE aside (a, b AS (zeroblob(a)))",
        "CREATE TABLE aside (a, b INTEGER GENERATED ALWAYS AS (a + 1) STORED)",
        "CREATE TABLE layer1 (fid INTEGER PRIMARY KEY, geom BLOB); CREATE VIRTUAL TABLE "
        "rtree_layer1_geom USING rtree(id, minx, maxx, miny, maxy)",
        "CREATE VIRTUAL TABLE rtree_layer0_geom2 USING rtree(id, minx, maxx, miny, maxy, +more)",
        "CREATE TRIGGER trigger_insert_feature_count_layer0b AFTER INSERT ON layer0 BEGIN SELECT "
        "1; END",
    ],
)
def test_what_no_layer_needs_is_refused(sql):
    with refused("geopackage_unsafe"):
        judged(attacks.geopackage(sql))


def test_nothing_runs_on(plain, monkeypatch):
    """Were a view overlooked, its steps would be counted and its functions denied."""
    content = attacks.geopackage(
        "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i FROM n; CREATE VIEW w AS SELECT zeroblob(9) AS i FROM layer0"
    )
    monkeypatch.setattr(geopackage, "_MOST_ROUNDS", 3)
    for rows in ("SELECT i FROM v", "SELECT i FROM w"):
        with refused("geodata_damaged"), opened_base(content) as base:
            base.execute(rows).fetchall()
    with opened_base(plain) as base:
        (limit,) = base.execute("PRAGMA hard_heap_limit").fetchone()
        assert 0 < limit <= 320 << 20


def test_rows_come_from_the_table_and_not_from_its_indexes():
    """An index that covers a table would be read in its place; it can hold fewer rows."""
    content = attacks.geopackage("CREATE TABLE t (a, long TEXT); CREATE INDEX own ON t (a)")
    with opened_base(content) as base:
        told = base.execute("EXPLAIN QUERY PLAN " + select_statement("t", ["a"], 5)).fetchall()
        assert not any("INDEX" in row[3] for row in told)
