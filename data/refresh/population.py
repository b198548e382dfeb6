"""Residents by place and year, out of the office's tables; new years in a series of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from data.catalogue import ROOT, descriptor_of, load_table, resource_names
from data.geography import area_names
from data.names import normalise_name
from data.population import DIRECTORY_YEAR, series_of_years
from data.readers.raw_table import refuse
from data.refresh.locate import codes_by_name
from data.refresh.mpfn_file import whole_number
from data.refresh.source_files import Cell, read_sheets
from data.refresh.store import Plan, Replacement, Source

NATIONAL = "00"
"""the row of the whole country"""
FIRST_YEAR, LAST_YEAR = 1990, 2100
_GROUPED = re.compile(r"\d{1,3}(?:([,. \u00a0\u202f'])\d{3})(?:\1\d{3})*")
_NOTE = r"(?:\s*\(?(?:\d|[ap])/\)?|\s*\([ap\d]\)|\s*\*)"
"""marks of a footnote, of preliminary (p) and adjusted (a) figures"""
_YEAR = re.compile(rf"(?:A[NÑ]O\s*)?((?:19|20)\d\d)(?:\.0+)?{_NOTE}?", re.IGNORECASE)
_NOTHING = {"", "-", "–", "—", "...", "…", "NA", "N.A.", "ND", "S/D"}

DEPARTMENTS = 25
_COUNTRY = {"peru", "total", "total nacional", "total peru", "nacional", "total pais"}
_YEAR_HEADS = {"anio", "ano", "year", "periodo"}
_PEOPLE_HEADS = {"poblacion", "poblacion total", "total", "population", "habitantes"}
_CODE_HEADS = {"ubigeo", "codigo", "cod", "codigo ubigeo", "ubigeo inei", "ccdd"}
_HEAD_ROWS = 60
"""rows in which the headings must stand: above them are titles and notes"""
Table = dict[tuple[str, int], int]
"""(code, year) to residents; code "00" is the country."""
_Entry = tuple[int, str, int, Cell]
"""Line, code, year and the cell of their residents."""
SERIES_PREFIX = "refreshed_"
_PUBLISHER = "INEI"


@dataclass(frozen=True, slots=True)
class PopulationReading:
    """Residents of one table, checked against its own totals.

    departments: department_ubigeo, year, population, 25 rows a year; areas: area_ubigeo (4 digits
    a province, 6 a district), year, population; national: year to the total that the table prints;
    notes: what could not be checked.
    """

    departments: pd.DataFrame
    areas: pd.DataFrame
    years: list[int]
    national: Mapping[int, int]
    sheet: str
    rows_read: int
    notes: list[str]


def plan_population(source: Source, *, replace_years: bool = False) -> Plan:
    """Read a source and say what would change.

    Two projections of two censuses never mix within a year: a year that the atlas has keeps its
    series unless ``replace_years``; then all the file's years come from the file.
    """
    names = area_names("departments")
    reading = read_population(source.file, source.content, names)
    # an earlier refresh is replaced, whatever years it had
    shipped, series = load_table("population", ROOT), series_of_years(root=ROOT)
    years = reading.years
    new = [year for year in years if year not in series]
    used = years if replace_years else new
    provinces, districts = (
        reading.areas.loc[reading.areas["area_ubigeo"].str.len() == digits, "area_ubigeo"].nunique()
        for digits in (4, 6)
    )
    lines = [
        f"sheet {reading.sheet!r}: {reading.rows_read} rows, years {years[0]} to {years[-1]}",
        f"provinces {provinces}, districts {districts}",
        *reading.notes,
        *_compared(reading, shipped, series, names),
    ]
    has_areas = "population_areas" in resource_names()
    areas_year = load_table("population_areas")["year"].max() if has_areas else DIRECTORY_YEAR
    if not used and not (len(reading.areas) and reading.areas["year"].max() > areas_year):
        lines.append("no year that the atlas lacks: nothing to write (--replace-years takes all)")
        return Plan(tuple(lines))
    lines.append(f"new years: {', '.join(map(str, new)) or 'none'}")
    if replace_years and len(used) > len(new):
        lines.append("replaced years: " + ", ".join(str(year) for year in used if year not in new))
    return Plan(tuple(lines), _replacements(source, reading, shipped, used))


def _compared(
    reading: PopulationReading, shipped: pd.DataFrame, series: dict[int, str], names: dict[str, str]
) -> Iterator[str]:
    """Per year that both have: how many departments differ, and which most."""
    for year, frame in reading.departments.groupby("year"):
        now = frame.set_index("department_ubigeo")["population"]
        if year not in series:
            yield f"{year}: new, {now.sum():,} residents"
            continue
        rows = shipped[(shipped["series_code"] == series[year]) & (shipped["year"] == year)]
        was = rows.set_index("department_ubigeo")["population"]
        change = (now - was)[now != was]
        if not len(change):
            yield f"{year}: as in the atlas ({series[year]})"
            continue
        most = change.abs().idxmax()
        yield (
            f"{year}: {len(change)} departments differ from {series[year]}, in all "
            f"{int(now.sum() - was.sum()):+,}; most {most} {names[most]} "
            f"{int(was[most]):,} -> {int(now[most]):,}"
        )


def _replacements(
    source: Source, reading: PopulationReading, shipped: pd.DataFrame, used: list[int]
) -> dict[str, Replacement]:
    first, last = reading.years[0], reading.years[-1]
    code = f"{SERIES_PREFIX}{first}_{last}"
    cited = (f"Population {first} to {last} ({reading.sheet})", _PUBLISHER)
    same = {
        "series_code": code,
        "series": f"INEI projection at 30 June ({first}-{last} refreshed)",
        "unit": "resident",
        "value_type": "reported",
        "note": None,
    }
    country = [(NATIONAL, year, people) for year, people in reading.national.items()]
    own, whole = (
        [
            {"department_ubigeo": place, "year": year, "population": people, **same}
            | {"quote": f"{place} {year}: {people}"}
            for place, year, people in counts
            if year in used
        ]
        for counts in (reading.departments.itertuples(index=False, name=None), country)
    )
    sums = reading.departments.groupby("year")["population"].sum()
    in_card, national = descriptor_of("population", ROOT), load_table("population_national", ROOT)
    # a year without a national row has the sum of its own rows
    totals = [
        {
            "where": {"series_code": code, "year": year},
            "column": "population",
            "rows": DEPARTMENTS,
            "total": int(sums[year]),
            "tolerance": 0,
            "source": "sum of the 25 rows as refreshed",
        }
        for year in used
        if year not in reading.national
    ]
    card = source.card(
        rows_read=reading.rows_read, rows_used=len(own) + len(reading.areas), notes=reading.notes
    )
    described = {
        "sources": [*in_card["sources"], *source.described(*cited)],
        "expected_totals": [*in_card["expected_totals"], *totals],
        "series_of_year": {**in_card["series_of_year"], **{str(year): code for year in used}},
    }
    usual = {"sources": descriptor_of("population_national", ROOT)["sources"]}
    people, nation = [*shipped.to_dict("records"), *own], [*national.to_dict("records"), *whole]
    made = {
        "population": source.table("population", people, card, cited, described),
        "population_national": source.table("population_national", nation, card, cited, usual),
    }
    if len(reading.areas):
        areas, unstated = reading.areas.to_dict("records"), "not stated by the publisher"
        licence = {"licence_statement": unstated}
        made["population_areas"] = source.table("population_areas", areas, card, cited, licence)
    return made


def read_population(
    file: str, content: bytes, department_names: Mapping[str, str]
) -> PopulationReading:
    """Read a population table and check its totals.

    The headings may stand further down; one column a year, or one row a year; codes as text or as
    numbers that lost their zero; names of departments where there is no code.
    """
    by_name = codes_by_name(department_names)
    for name, rows in read_sheets(file, content):
        width = max(map(len, rows), default=0)
        even = [row + [None] * (width - len(row)) for row in rows]
        # first the form whose headings are named: its rows of years would pass for headings
        for cells_of in (_long_cells, _wide_cells):
            for head in range(1, min(_HEAD_ROWS, len(rows)) + 1):
                if table := _entered(file, cells_of(even, head, by_name)):
                    return _checked(file, name, rows, table)
    refuse(
        file,
        "no table of residents",
        "a row of headings with years (or the columns year and population) and rows with "
        "codes of INEI or names of departments",
    )


def _wide_cells(rows: list[list[Cell]], head: int, by_name: Mapping[str, str]) -> Iterator[_Entry]:
    years = {column: year for column, cell in enumerate(rows[head - 1]) if (year := year_of(cell))}
    if years and len(set(years.values())) == len(years):
        for line, code, cells in _rows_of_places(rows, head, list(range(min(years))), by_name):
            yield from ((line, code, year, cells[column]) for column, year in years.items())


def _long_cells(rows: list[list[Cell]], head: int, by_name: Mapping[str, str]) -> Iterator[_Entry]:
    heads = [normalise_name(cell or "") for cell in rows[head - 1]]
    year_column, people_column = (
        next((column for column, name in enumerate(heads) if name in names), None)
        for names in (_YEAR_HEADS, _PEOPLE_HEADS)
    )
    if year_column is not None and people_column is not None:
        others = [n for n in range(len(heads)) if n not in (year_column, people_column)]
        others.sort(key=lambda column: heads[column] not in _CODE_HEADS)
        for line, code, cells in _rows_of_places(rows, head, others, by_name):
            if year := year_of(cells[year_column]):
                yield line, code, year, cells[people_column]


def _rows_of_places(
    rows: list[list[Cell]], start: int, columns: list[int], by_name: Mapping[str, str]
) -> Iterator[tuple[int, str, list[Cell]]]:
    coded = _code_column(rows, start, columns)
    for line, cells in enumerate(rows[start:], start=start + 1):
        code = None if coded is None else code_of(cells[coded])
        if code is None:
            names = {normalise_name(cells[n], is_place=True) for n in columns if cells[n]}
            codes = {by_name[name] for name in names if name in by_name}
            if names & _COUNTRY:
                code = NATIONAL
            elif coded is None and len(codes) == 1:
                code = codes.pop()
        if code is not None:
            yield line, code, cells


def _code_column(rows: list[list[Cell]], start: int, columns: list[int]) -> int | None:
    """The column whose cells are codes, if there is one: most rows must have theirs."""
    for column in columns:
        codes = {code for row in rows[start:] if (code := code_of(row[column]))}
        if len({code[:2] for code in codes} - {NATIONAL}) == DEPARTMENTS:
            return column
    return None


def _entered(file: str, entries: Iterable[_Entry]) -> Table:
    table = Table()
    for line, code, year, cell in entries:
        try:
            people = people_of(cell)
        except ValueError as error:
            refuse(
                file,
                "{value} for {code} in {year}",
                "a whole number of people (not thousands)",
                line,
                value=str(error),
                code=code,
                year=year,
            )
        if people is not None and table.setdefault((code, year), people) != people:
            refuse(
                file,
                "{code} in {year} a second time, with {people:,} after {before:,}",
                "one figure per place and year (both sexes, all ages)",
                line,
                code=code,
                year=year,
                people=people,
                before=table[code, year],
            )
    return table


def _checked(file: str, sheet: str, rows: list[list[Cell]], table: Table) -> PopulationReading:
    records = [(code, year, people) for (code, year), people in sorted(table.items())]
    frame = pd.DataFrame(records, columns=["code", "year", "population"])
    parts = frame[frame["code"] != NATIONAL]
    departments = parts[parts["code"].str.len() == 2]
    notes = []
    for year in sorted(set(frame["year"])):
        count = int((departments["year"] == year).sum())
        if count != DEPARTMENTS:
            refuse(
                file,
                "{count} departments in {year}",
                "{all}",
                count=count,
                year=year,
                all=DEPARTMENTS,
            )
        if (NATIONAL, year) not in table:
            notes.append(f"{year}: no national row to check the sum against")
    above = parts["code"].str[:-2].replace("", NATIONAL)
    for (code, year), total in parts.groupby([above, "year"])["population"].sum().items():
        printed = table.get((code, year))
        if printed is not None and printed != total:
            refuse(
                file,
                "{total:,} as the sum of the parts of the country in {year}"
                if code == NATIONAL
                else "{total:,} as the sum of the parts of {code} in {year}",
                "{printed:,}, the row of the whole",
                total=total,
                code=code,
                year=year,
                printed=printed,
            )
    years = sorted(set(frame["year"]))
    return PopulationReading(
        departments.rename(columns={"code": "department_ubigeo"}).reset_index(drop=True),
        parts.drop(departments.index)
        .rename(columns={"code": "area_ubigeo"})
        .reset_index(drop=True),
        years,
        {year: table[NATIONAL, year] for year in years if (NATIONAL, year) in table},
        sheet,
        len(rows),
        notes,
    )


def code_of(cell: Cell) -> str | None:
    """Return a code of 2, 4 or 6 digits, or "00" for the country; None for anything else.

    A number has lost its first zero; pairs of zeros at the end only fill up a higher level.
    """
    if isinstance(cell, float):
        cell = int(cell) if cell % 1 == 0 else None
    text = "" if cell is None else str(cell).strip().lstrip("'")
    if not re.fullmatch(r"\d{1,6}", text):
        return None
    code = text.zfill(len(text) + len(text) % 2)
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code if code == NATIONAL or "01" <= code[:2] <= "25" else None


def year_of(cell: Cell) -> int | None:
    """Return the year that a heading names, footnote marks aside."""
    if isinstance(cell, float) and cell % 1 != 0:
        return None
    text = str(int(cell)) if isinstance(cell, int | float) else (cell or "")
    match = _YEAR.fullmatch(text.strip())
    year = int(match[1]) if match else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def people_of(cell: Cell) -> int | None:
    """Return a whole number of people; None where the cell is empty."""
    if cell is None:
        return None
    if isinstance(cell, int | float):
        if cell != cell or cell < 0 or cell != int(cell):
            raise ValueError(f"{cell}")
        return int(cell)
    text = cell.strip()
    if text.upper() in _NOTHING:
        return None
    people = whole_number(re.sub(r"\D", "", text) if _GROUPED.fullmatch(text) else text)
    if people is None:
        raise ValueError(repr(text[:20]))
    return people
