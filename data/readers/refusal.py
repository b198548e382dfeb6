"""A file that is not taken: a code, and the name of a column where one is at fault."""

from __future__ import annotations

from geo.errors import GeoError

REASONS: dict[str, str] = {
    "too_large": "the file is larger than {limit}; split it by year, or simplify its outlines",
    "empty": "the file is empty; it needs a header and at least one row",
    "not_a_file": "there is no such file; name a file of this machine, an address is never opened",
    "unknown_format": "the content is none of CSV, XLSX, GeoJSON, GeoPackage or zipped Shapefile; "
    "save it as one of them",
    "markup": "the content is XML or HTML, which is not read; save it as CSV or XLSX",
    "old_workbook": "the workbook is of the old .xls kind; save it as .xlsx or CSV",
    "raster": "the content is a picture or a raster; records are tables or points",
    "encoding": "the text is neither UTF-8, UTF-16 with its mark, nor Windows-1252; save it as "
    "UTF-8",
    "nul": "the text holds NUL characters; save it anew as CSV in UTF-8",
    "quotes": "a quotation mark opens and does not close; save the file anew as CSV",
    "cell_too_long": "a cell is longer than {limit} characters; records hold codes, no texts",
    "no_header": "the first row names no column of the template; start from the template",
    "required_column": "the column '{column}' is missing; it is needed",
    "no_place_column": "there is no column of places; give the code, the names or the coordinates",
    "too_many_columns": "there are more than {limit} columns; start from the template",
    "too_many_rows": "there are more than {limit} rows; split the file",
    "too_many_vertices": "the shapes have more than {limit} vertices; records are points, and "
    "zones can be simplified in a GIS (100 m are fine)",
    "duplicate_column": "two columns stand for '{column}'; keep one",
    "personal_column": "the column '{column}' is personal data; delete it and upload again",
    "personal_value": "the column '{column}' holds what looks like an identity number, a phone or "
    "an address of mail (line {line}); delete them and upload again",
    "personal_header": "a heading (column {column}) looks like an identity number, a phone or an "
    "address of mail; the first row must name the columns",
    "zip_unsafe": "the zip holds a path, a link, another zip or an encrypted member; zip the files "
    "themselves, without a password",
    "zip_bomb": "the zip unpacks to more than is allowed",
    "zip_damaged": "the zip is damaged; make it again",
    "zip_content": "the zip holds no .shp, or more than one; zip one Shapefile with its .shx, "
    ".dbf and .prj",
    "shapefile_part": "the Shapefile lacks its {column} file; zip all its files together",
    "crs_unknown": "the coordinate system is missing or not one used in Peru; save the file in "
    "WGS84 (EPSG:4326)",
    "workbook_markup": "the workbook declares its own markup (DOCTYPE); save it anew",
    "workbook_damaged": "the workbook cannot be read; save it anew as .xlsx, or as CSV",
    "json_damaged": "the JSON cannot be read; export the GeoJSON again",
    "json_depth": "the JSON is nested deeper than {limit}; export the GeoJSON again",
    "json_keys": "the JSON names a property twice; export the GeoJSON again",
    "json_number": "the JSON holds NaN, an infinite or an endless number; export it again",
    "not_geojson": "the JSON is no GeoJSON FeatureCollection; export it as GeoJSON",
    "geopackage_unsafe": "the GeoPackage holds views, triggers or virtual tables of its own; "
    "export the layer again",
    "geopackage_layers": "the GeoPackage holds no layer of points, or several; export one layer",
    "geodata_damaged": "the geographic file cannot be read; export it again, or use CSV",
    "drivers": "this version of GDAL has drivers that are not known here, so nothing is opened "
    "with it; use CSV, XLSX or GeoJSON",
    "too_slow": "reading took too long or too much memory, so it was stopped; split the file",
    "zones_heavy": "the zones are drawn so finely, or lie so much over each other, that looking at "
    "them took too long or too much memory; merge and simplify them in a GIS (100 m are fine) and "
    "save them again",
    "unreadable": "the file cannot be read; save it anew as CSV in UTF-8",
    "queue": "other uploads are being read; wait a moment and upload again",
    "busy": "too many uploads in this session; delete your data or open the page again",
}
"""Code to text; the pages have texts of their own, ``records.refusal.<code>``."""


class Refusal(GeoError):
    """A file that is not taken, with nothing of its content.

    ``code`` is one of REASONS; ``column`` and ``line`` are at fault, ``limit`` is what is allowed.

    Examples
    --------
    >>> print(Refusal("too_many_rows", limit="50,000"))
    records refused: there are more than 50,000 rows; split the file
    """

    def __init__(
        self, code: str, *, column: str = "", line: int | None = None, limit: str = ""
    ) -> None:
        self.code = code
        self.column = column
        self.line = line
        self.limit = limit
        text = REASONS[code].format(column=column, line=line, limit=limit)
        super().__init__(f"records refused: {text}")

    def as_dict(self) -> dict[str, str | int | None]:
        """What crosses from the child to the parent."""
        return {"code": self.code, "column": self.column, "line": self.line, "limit": self.limit}
