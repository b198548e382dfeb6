"""Residents by department (and province and district) and year, out of the office's own tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from data.refresh.names import codes_by_name, plain_name
from data.refresh.population_cells import NATIONAL, code_of, people_of, year_of
from data.refresh.sheets import Cell, read_sheets
from geo.errors import DataError

DEPARTMENTS = 25
_COUNTRY = {"PERU", "TOTAL", "TOTAL NACIONAL", "TOTAL PERU", "NACIONAL", "TOTAL PAIS"}
_YEAR_HEADS = {"ANIO", "ANO", "YEAR", "PERIODO"}
_PEOPLE_HEADS = {"POBLACION", "POBLACION TOTAL", "TOTAL", "POPULATION", "HABITANTES"}
_CODE_HEADS = {"UBIGEO", "CODIGO", "COD", "CODIGO UBIGEO", "UBIGEO INEI", "CCDD"}
_HEAD_ROWS = 60
"""rows in which the headings must stand: above them are titles and notes"""
Table = dict[tuple[str, int], int]
"""(code, year) to residents; code "00" is the country."""


@dataclass(frozen=True, slots=True)
class PopulationReading:
    """Residents of one table, checked against its own totals."""

    departments: pd.DataFrame
    """department_ubigeo, year, population; 25 rows a year."""
    areas: pd.DataFrame
    """area_ubigeo (4 digits: province, 6: district), year, population; may be empty."""
    national: Mapping[int, int]
    """year to the total that the table prints; years without one are missing."""
    sheet: str
    """name of the sheet that was read."""
    rows_read: int
    notes: tuple[str, ...] = field(default=())
    """what could not be checked."""

    @property
    def years(self) -> tuple[int, ...]:
        """The table's years in order."""
        return tuple(sorted(int(year) for year in self.departments["year"].unique()))


def read_population(
    file: str, content: bytes, department_names: Mapping[str, str]
) -> PopulationReading:
    """Read a population table and check its totals.

    The headings may stand further down; one column a year, or one row a year; codes as text or as
    numbers that lost their zero; names of departments where there is no code.

    Parameters
    ----------
    file, content : str, bytes
        CSV or XLSX.
    department_names : mapping of department_ubigeo to name

    Raises
    ------
    DataError
        When no table is found, a figure is no whole number of people, a place and year come twice
        with different figures, a year lacks a department, or a total is not the sum of its parts.
    """
    by_name = codes_by_name(department_names, aliases=False)
    for name, rows in read_sheets(file, content):
        # first the form whose headings are named: its rows of years would pass for headings
        table = _long(file, rows, by_name) or _wide(file, rows, by_name)
        if table:
            return _checked(file, name, rows, table)
    raise DataError(
        file,
        came="no table of residents",
        expected="a row of headings with years (or the columns year and population) and rows with "
        "codes of INEI or names of departments",
    )


def _wide(file: str, rows: list[list[Cell]], by_name: Mapping[str, str]) -> Table:
    """One column a year."""
    for number, row in enumerate(rows[:_HEAD_ROWS]):
        years = {place: year for place, cell in enumerate(row) if (year := year_of(cell))}
        if not years or len(set(years.values())) < len(years):
            continue
        names = range(min(years))
        table = Table()
        for line, code, cells in _places(rows, number + 1, list(names), by_name):
            for place, year in years.items():
                _put(file, table, line, (code, year), _at(cells, place))
        if table:
            return table
    return {}


def _long(file: str, rows: list[list[Cell]], by_name: Mapping[str, str]) -> Table:
    """One row a place and year."""
    for number, row in enumerate(rows[:_HEAD_ROWS]):
        heads = [plain_name(cell or "") for cell in row]
        year_at = next((i for i, head in enumerate(heads) if head in _YEAR_HEADS), None)
        people_at = next((i for i, head in enumerate(heads) if head in _PEOPLE_HEADS), None)
        if year_at is None or people_at is None:
            continue
        others = [i for i in range(len(heads)) if i not in (year_at, people_at)]
        others.sort(key=lambda i: heads[i] not in _CODE_HEADS)
        table = Table()
        for line, code, cells in _places(rows, number + 1, others, by_name):
            year = year_of(_at(cells, year_at))
            if year is not None:
                _put(file, table, line, (code, year), _at(cells, people_at))
        if table:
            return table
    return {}


def _places(
    rows: list[list[Cell]], start: int, columns: list[int], by_name: Mapping[str, str]
) -> Iterator[tuple[int, str, list[Cell]]]:
    """Yield line, code and cells of the rows that name a place."""
    coded = _code_column(rows, start, columns)
    for line, cells in enumerate(rows[start:], start=start + 1):
        code = None if coded is None else code_of(_at(cells, coded))
        if code is None:
            names = [plain_name(cell) for i in columns if (cell := _at(cells, i))]
            if any(name in _COUNTRY for name in names):
                code = NATIONAL
            elif coded is None:
                found = {by_name[name] for name in names if name in by_name}
                code = found.pop() if len(found) == 1 else None
        if code is not None:
            yield line, code, cells


def _at(cells: list[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def _code_column(rows: list[list[Cell]], start: int, columns: list[int]) -> int | None:
    """The column whose cells are codes, if there is one: most rows must have theirs."""
    for column in columns:
        codes = {code for row in rows[start:] if (code := code_of(_at(row, column)))}
        if len({code[:2] for code in codes} - {NATIONAL}) == DEPARTMENTS:
            return column
    return None


def _put(file: str, table: Table, line: int, key: tuple[str, int], cell: Cell) -> None:
    try:
        people = people_of(cell)
    except ValueError as error:
        raise DataError(
            file,
            row=line,
            came=f"{error} for {key[0]} in {key[1]}",
            expected="a whole number of people (not thousands)",
        ) from None
    if people is not None and table.setdefault(key, people) != people:
        raise DataError(
            file,
            row=line,
            came=f"{key[0]} in {key[1]} a second time, with {people:,} after {table[key]:,}",
            expected="one figure per place and year (both sexes, all ages)",
        )


def _checked(file: str, sheet: str, rows: list[list[Cell]], table: Table) -> PopulationReading:
    years = sorted({year for _, year in table})
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for (code, year), people in table.items():
        if code != NATIONAL:
            parent = NATIONAL if len(code) == 2 else code[:-2]
            sums[parent, year] += people
    notes = []
    for year in years:
        found = sum(1 for code, when in table if when == year and len(code) == 2) - (
            (NATIONAL, year) in table
        )
        if found != DEPARTMENTS:
            raise DataError(file, came=f"{found} departments in {year}", expected=f"{DEPARTMENTS}")
        if (NATIONAL, year) not in table:
            notes.append(f"{year}: no national row to check the sum against")
    for (code, year), total in sums.items():
        printed = table.get((code, year))
        if printed is not None and printed != total:
            where = "the country" if code == NATIONAL else code
            raise DataError(
                file,
                came=f"{total:,} as the sum of the parts of {where} in {year}",
                expected=f"{printed:,}, the row of the whole",
            )
    records = [(code, year, people) for (code, year), people in sorted(table.items())]
    frame = pd.DataFrame(records, columns=["code", "year", "population"])
    width = frame["code"].str.len()
    departments = frame[(width == 2) & (frame["code"] != NATIONAL)]
    return PopulationReading(
        departments.rename(columns={"code": "department_ubigeo"}).reset_index(drop=True),
        frame[width > 2].rename(columns={"code": "area_ubigeo"}).reset_index(drop=True),
        {year: table[NATIONAL, year] for year in years if (NATIONAL, year) in table},
        sheet,
        len(rows),
        tuple(notes),
    )
