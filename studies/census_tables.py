"""The census of 2025 as the tables census and census_ages, from INEI's workbook.

Run with ``python -m studies.census_tables WORKBOOK``, then ``python -m data.sealing``. The workbook
is "Indicadores demográficos" of the Censos Nacionales 2025: sheet INDDEM06 has total, counted and
omitted residents by sex of each area, INDDEM01 counted people by single age and sex. It names
areas and gives no codes: the codes are those of the tables places and population_provinces.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl

from data.catalogue import ROOT, load_table
from data.names import normalise_name
from geo.errors import DataError

SOURCE_ID = "S258"
MEASURES = [
    *("residents", "men", "women", "counted", "counted_men", "counted_women"),
    *("omitted", "omitted_men", "omitted_women"),
]
LEVELS = {2: "department", 4: "province", 6: "district"}
"""digits of a code to its level"""
CAPITAL_PROVINCES = {"PROV. CONSTITUCIONAL DEL CALLAO": "0701", "LIMA METROPOLITANA": "1501"}
"""blocks of the sheets that are a whole province"""
REST_OF_LIMA = "REGIÓN LIMA"
_AGE = re.compile(r"(Menores de 1 año)|(\d+) años?|De (100) y más años")


def residents_by_area(rows: list[tuple]) -> dict[str, list[int]]:
    """Return the nine measures of each department, province and district by code, sorted."""
    departments = {
        normalise_name(name): code
        for code, name in load_table("departments")[["department_ubigeo", "department"]].to_numpy()
    }
    provinces = _codes_by_name("population_provinces", "province")
    of_area: dict[str, list[int]] = {}
    districts: dict[str, list[tuple[str, list[int]]]] = {}
    department, province = "", ""
    for name, numbers in _numbered(rows, len(MEASURES)):
        if name.startswith("PROVINCIA "):
            province = provinces[department, normalise_name(name.removeprefix("PROVINCIA "))]
            of_area[province] = numbers
        elif name.startswith("DISTRITO "):
            districts.setdefault(province, []).append((name.removeprefix("DISTRITO "), numbers))
        elif name in CAPITAL_PROVINCES:
            province = CAPITAL_PROVINCES[name]
            department = province[:2]
            of_area[province] = numbers
        elif name == REST_OF_LIMA:
            department = "15"
        elif name != "PERÚ":
            department = departments[normalise_name(name)]
            of_area[department] = numbers
    for code in ("07", "15"):
        parts = [of_area[part] for part in list(of_area) if len(part) == 4 and part[:2] == code]
        of_area[code] = [sum(column) for column in zip(*parts, strict=True)]
    listed = _codes_by_name("places", "district")
    for code, named in districts.items():
        of_area.update(_with_codes(named, {n: c for (p, n), c in listed.items() if p == code}))
    return dict(sorted(of_area.items(), key=lambda item: (len(item[0]), item[0])))


def counted_by_age(rows: list[tuple]) -> dict[tuple[str, int], list[int]]:
    """Return counted men and women by department and age; 100 stands for 100 and more."""
    departments = {
        normalise_name(name): code
        for code, name in load_table("departments")[["department_ubigeo", "department"]].to_numpy()
    }
    blocks = {**{name: code[:2] for name, code in CAPITAL_PROVINCES.items()}, REST_OF_LIMA: "15"}
    codes = sorted(departments.values())
    counted = {(code, age): [0, 0] for code in codes for age in range(101)}
    department = None
    for name, (_, men, women) in _numbered(rows, 3):
        age = _AGE.fullmatch(name)
        if age and department:
            of_age = counted[department, 0 if age[1] else int(age[2] or age[3])]
            of_age[0] += men
            of_age[1] += women
        elif not age and not name.startswith("De "):
            department = blocks.get(name) or departments.get(normalise_name(name))
    return counted


def _numbered(rows: list[tuple], width: int) -> Iterator[tuple[str, list[int]]]:
    for row in rows:
        if row[0] and isinstance(row[1], int):
            yield str(row[0]).strip(), [int(cell or 0) for cell in row[1 : width + 1]]


def _codes_by_name(table: str, level: str) -> dict[tuple[str, str], str]:
    """(code of the area above, name) to code."""
    frame = load_table(table)
    code = f"{level}_ubigeo"
    above = "department_ubigeo" if level == "province" else "province_ubigeo"
    return {
        (upper, normalise_name(name)): own
        for upper, name, own in frame[[above, level, code]].to_numpy()
    }


def _with_codes(
    named: list[tuple[str, list[int]]], codes: dict[str, str]
) -> Iterator[tuple[str, list[int]]]:
    """Districts of a province with codes: by name, those spelt otherwise in the order of both."""
    names = [normalise_name(name) for name, _ in named]
    free = sorted(code for name, code in codes.items() if name not in names)
    spelt = [number for number, name in enumerate(names) if name not in codes]
    if len(spelt) > len(free):
        came = f"{[named[number][0] for number in spelt]} for the codes {free}"
        raise DataError("INDDEM06", came=came, expected="no more names than codes")
    for number in spelt:
        print(f"{free[0]}: {named[number][0]}", file=sys.stderr)
        codes[names[number]] = free.pop(0)
    for name, (_, numbers) in zip(names, named, strict=True):
        yield codes[name], numbers


def _write(name: str, heading: list[str], rows: list[list]) -> None:
    with (ROOT / "tables" / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heading, *rows])


def main(workbook: Path) -> None:
    """Write both tables."""
    book = openpyxl.load_workbook(workbook, read_only=True)
    sheets = {
        name: list(book[name].iter_rows(values_only=True)) for name in ("INDDEM01", "INDDEM06")
    }
    areas = residents_by_area(sheets["INDDEM06"])
    _write(
        "census_2025.csv",
        ["area_ubigeo", "level", *MEASURES, "source_id"],
        [[code, LEVELS[len(code)], *numbers, SOURCE_ID] for code, numbers in areas.items()],
    )
    ages = counted_by_age(sheets["INDDEM01"])
    _write(
        "census_2025_ages.csv",
        ["department_ubigeo", "age", "counted_men", "counted_women", "source_id"],
        [[*key, *numbers, SOURCE_ID] for key, numbers in ages.items()],
    )


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("name INEI's workbook: python -m studies.census_tables WORKBOOK")
    main(Path(sys.argv[1]))
