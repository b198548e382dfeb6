"""The reader for each kind of file."""

from __future__ import annotations

from records.sniffing import kind_of
from records.table import RawTable


def read_table(content: bytes) -> RawTable:
    """Read a file of any kind that is taken; see the readers for what they refuse."""
    kind = kind_of(content)
    if kind == "csv":
        from records.text import read_text

        return read_text(content)
    if kind == "xlsx":
        from records.workbook import read_workbook

        return read_workbook(content)
    if kind == "geojson":
        from records.geojson import read_geojson

        return read_geojson(content)
    from records.geofiles import read_geopackage, read_shapefile

    return read_shapefile(content) if kind == "shapefile" else read_geopackage(content)
