"""From the workbook of police complaints of trafficking to its tables.

One row a recording unit, month and indicator. The rows of a unit in a month are a block, whose
count is its F1_TOTAL. Unit and district are read to tell blocks apart and are never kept. The file
holds all years, so its tables take the place of those in use.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.catalogue import descriptor_of, read_resource
from data.geography import area_names
from data.names import normalise_name
from data.police import load_profile_categories
from data.readers.raw_table import refuse
from data.refresh.folder import Plan, Replacement, Row, Source, compare, rows_in_use
from data.refresh.locate import codes_by_name
from data.refresh.mpfn_file import whole_number
from data.refresh.source_files import Cell, period_code, read_sheet, refuse_large_counts

SHEET = "BD_CONSOLIDADO_TRATA"
COLUMNS = (
    *("AÑO", "MES", "CCDD", "lugar", "PROVINCIA", "DISTRITO", "COMISARÍA", "categoría"),
    *("Denuncias por comisión", "Valor"),
)
COUNT = "F1_TOTAL"
AGREEING = ("C_TOTAL", "M_TOTAL", "P4_TOTAL", "P5_TOTAL")
"""other totals that add up to the same in every year of the file of September 2025"""
MAX_ROWS = 500_000
WHOLE_YEAR = 2
"""a last January of more than so many times the largest month is the figure of its year"""
PROVINCE_ALIASES = {"nazca": "nasca"}
"""the one other spelling; a name of no province of its department is left without one"""
_PUBLISHER = "Ministerio del Interior (MININTER), open data"
_MONTHS = 12
_LISTED = 5


VictimTables = Callable[["PoliceReading", Source], dict[str, Replacement]]
"""What the gate makes of a reading: this folder knows none."""


@dataclass(slots=True)
class _Block:
    """One recording unit's month: line of its first row, values by indicator."""

    year: int
    month: int
    department: str
    province: str
    line: int
    values: dict[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PoliceReading:
    """Complaints read from a workbook of the police.

    ``tables`` has the two tables by their names in the catalogue. ``profile`` has every indicator
    by department and year, and is never written. ``years`` maps a year to the code of its months in
    the file. ``notes`` are for a person to check.
    """

    tables: dict[str, list[Row]]
    profile: list[Row]
    years: dict[str, str]
    indicators: frozenset[str]
    rows_read: int
    notes: tuple[str, ...]


def plan_police(source: Source, victims: VictimTables | None = None) -> Plan:
    """Read the workbook and say what would change, by year, month and area.

    ``victims`` gives the tables of what may be shown of the victims; without it they stay.
    DataError for what is not the published workbook, or lacks a period or an indicator in use.
    """
    reading = read_police(source.name, source.content, today=source.accessed)
    in_use = {name: rows_in_use(name) for name in reading.tables}
    _require_all_in_use(source.name, reading, in_use, needs_profile=victims is not None)
    names = area_names("departments") | area_names("provinces")
    changes = []
    for name in ("police_complaints", "police_provinces"):
        old, new = (_counts_by_year(name, rows[name], names) for rows in (in_use, reading.tables))
        for year in sorted({*old, *new}):
            before, after = old.get(year, {}), new.get(year, {})
            months = [int(month[5:] or _MONTHS) for _, month, *_ in before]
            replaced = {period_code(int(year), 1, max(months))} if before else ()
            code = reading.years[year]
            changes.append(compare(name, code, replaced, before, after, lists_new=True))
    notes = [*reading.notes]
    if gone := [row for change in changes for row in change.rows if row[-1] is None]:
        first = [f"{month or table} {area}" for table, month, _, area, *_ in gone[:_LISTED]]
        listed = ", ".join(first) + (" ..." if len(gone) > _LISTED else "")
        lost = f"{len(gone)} counts in use have no row any more"
        notes.append(f"{lost}: is a part missing? ({listed})")
    shown = victims(reading, source) if victims else {}
    is_same = all(change.is_same for change in changes) and all(
        new.content == read_resource(name).content for name, new in shown.items()
    )
    return Plan(
        replacements={} if is_same else _replacements(source, reading) | shown,
        changes=tuple(changes),
        notes=tuple(notes),
        rows_read=reading.rows_read,
        rows_used=reading.rows_read,
    )


def read_police(file: str, content: bytes, *, today: str) -> PoliceReading:
    """Read the workbook as published; ``today`` is YYYY-MM-DD."""
    rows = read_sheet(file, content, SHEET, most_rows=MAX_ROWS)
    categories: dict[str, str] = {}
    blocks = _blocks(file, rows, categories)
    _require_whole_blocks(file, blocks, set(categories))
    _refuse_large(file, blocks)
    counts = Counter[tuple[int, int]]()
    for block in blocks:
        counts[block.year, block.month] += block.values[COUNT] or 0
    last = _months(file, counts, today)
    years = {str(year): period_code(year, 1, month or _MONTHS) for year, month in last.items()}
    notes = [f"{year} has no months: one figure a department" for year in last if not last[year]]
    for year in last:
        own = [block for block in blocks if block.year == year]
        total, *others = (
            sum(block.values.get(name) or 0 for block in own) for name in (COUNT, *AGREEING)
        )
        for name, other in zip(AGREEING, others, strict=True):
            if name in categories and other != total:
                notes.append(f"{year}: {COUNT} adds up to {total:,}, but {name} to {other:,}")
    months = (
        ((f"{block.year}-{block.month:02d}" if last[block.year] else str(block.year)), block)
        for block in blocks
    )
    profile = (
        ((years[str(block.year)], block.department, categories[indicator], indicator), value)
        for block in blocks
        for indicator, value in block.values.items()
    )
    place = ("period", "department_ubigeo")
    tables = {
        "police_complaints": _table(
            place, (((period, block.department), block.values[COUNT]) for period, block in months)
        ),
        "police_provinces": _provinces(blocks, last, notes),
    }
    return PoliceReading(
        tables,
        _table((*place, "category", "indicator"), profile),
        years,
        frozenset(categories),
        len(rows) - 1,
        tuple(notes),
    )


def _blocks(file: str, rows: list[list[Cell]], categories: dict[str, str]) -> list[_Block]:
    """The blocks in the order of the file; ``categories`` gets the category of each indicator."""
    head = [normalise_name(str(cell or "")) for cell in rows[0]] if rows else []
    missing = [name for name in COLUMNS if normalise_name(name) not in head]
    if missing:
        listed = ", ".join(str(cell) for cell in (rows[0] if rows else [])[:20] if cell)
        refuse(
            file,
            "the columns {listed}" if listed else "the columns none",
            "also {missing}",
            1,
            listed=listed,
            missing=", ".join(missing),
        )
    places = [head.index(normalise_name(name)) for name in COLUMNS]
    departments = area_names("departments")
    name_of = {code: normalise_name(name, is_place=True) for code, name in departments.items()}
    blocks: dict[tuple[Cell, ...], _Block] = {}
    for line, row in enumerate(rows[1:], start=2):
        cells = [row[place] if place < len(row) else None for place in places]
        if not any(cell not in (None, "") for cell in cells):
            continue
        year, month, code = (whole_number(str(cell)) for cell in cells[:3])
        if year is None or not 1900 < year < 2200 or month is None or not 1 <= month <= _MONTHS:
            refuse(
                file,
                "year {year!r} and month {month!r}",
                "a year and a month from 1 to 12",
                line,
                year=str(cells[0])[:20],
                month=str(cells[1])[:20],
            )
        department = f"{code or 0:02d}"
        if name_of.get(department) != normalise_name(cells[3] or "", is_place=True):
            refuse(
                file,
                "CCDD {code} beside {name!r}",
                "the department that has this code of INEI",
                line,
                code=cells[2],
                name=str(cells[3])[:30],
            )
        category, indicator = (str(cell or "").strip() for cell in cells[7:9])
        value = None if cells[9] in (None, "") else whole_number(str(cells[9]))
        if not indicator or categories.setdefault(indicator, category) != category:
            refuse(
                file,
                "indicator {indicator!r} in category {category!r}",
                "one category for each indicator",
                line,
                indicator=indicator,
                category=category,
            )
        if value is None and cells[9] not in (None, ""):
            refuse(
                file,
                "Valor {value!r}",
                "a whole number, or nothing",
                line,
                value=str(cells[9])[:20],
            )
        province = str(cells[4] or "").strip()
        block = blocks.setdefault(tuple(cells[:7]), _Block(year, month, department, province, line))
        if indicator in block.values:
            refuse(
                file,
                "{indicator} a second time in one recording unit and month",
                "each indicator once",
                line,
                indicator=indicator,
            )
        block.values[indicator] = value
    return list(blocks.values())


def _require_whole_blocks(file: str, blocks: list[_Block], indicators: set[str]) -> None:
    """Every recording unit has all indicators of the file in every month, and a count."""
    if COUNT not in indicators:
        refuse(file, "no indicator {indicator}", "the count of complaints", indicator=COUNT)
    for block in blocks:
        if len(block.values) < len(indicators):
            refuse(
                file,
                "{present} of {all} indicators of a recording unit in {month}",
                "all of them. The file is cut, or an indicator was renamed",
                block.line,
                present=len(block.values),
                all=len(indicators),
                month=f"{block.year}-{block.month:02d}",
            )
        if block.values[COUNT] is None:
            refuse(file, "an empty {count}", "the count of complaints", block.line, count=COUNT)


def _refuse_large(file: str, blocks: Iterable[_Block]) -> None:
    counts, largest = Counter[tuple[int, str]](), dict[tuple[int, str], tuple[int, int]]()
    for block in blocks:
        place, count = (block.year, block.department), block.values[COUNT] or 0
        counts[place] += count
        largest[place] = max(largest.get(place, (-1, 0)), (count, block.line))
    refuse_large_counts(file, counts, {place: line for place, (_, line) in largest.items()})


def _months(file: str, counts: Mapping[tuple[int, int], int], today: str) -> dict[int, int]:
    """Last month of each year, 0 for a year without months; refuses gaps and months to come.

    A year without months has its figure in January, and no other month.
    """
    months: dict[int, set[int]] = defaultdict(set)
    for year, month in counts:
        months[year].add(month)
    first, end = min(months), max(months)
    largest = max((n for (year, _), n in counts.items() if len(months[year]) > 1), default=0)
    last = {}
    for year in range(first, end + 1):
        year_months = months.get(year, set())
        is_whole = year_months == {1} and (year < end or counts[year, 1] > WHOLE_YEAR * largest)
        reach = _MONTHS if year < end or is_whole else max(year_months)
        lacking = [
            f"{year}-{month:02d}" for month in range(1, reach + 1) if month not in year_months
        ]
        if lacking and not is_whole:
            refuse(
                file,
                "no row of {months}",
                "every month from {first} on",
                months=", ".join(lacking),
                first=f"{first}-01",
            )
        last[year] = 0 if is_whole else reach
    if f"{end}-{max(months[end]):02d}" > today[:7] or (not last[end] and f"{end}-12" > today[:7]):
        refuse(
            file,
            "figures of {period}",
            "none after {today}, because that period is not over",
            period=period_code(end, 1, last[end] or _MONTHS),
            today=today,
        )
    return last


def _table(
    columns: Sequence[str], counts: Iterable[tuple[tuple[str, ...], int | None]]
) -> list[Row]:
    """Return the sums by key. Omit zeros. If every value is missing, the sum is missing."""
    sums: dict[tuple[str, ...], int | None] = {}
    for key, count in counts:
        before = sums.get(key)
        sums[key] = before if count is None else (before or 0) + count
    return [
        {
            **dict(zip(columns, key, strict=True)),
            "reported_count": "" if total is None else str(total),
        }
        for key, total in sorted(sums.items())
        if total != 0
    ]


def _provinces(blocks: Iterable[_Block], last: Mapping[int, int], notes: list[str]) -> list[Row]:
    """Return counts by province for whole years; "" if a complaint has no province."""
    provinces = area_names("provinces")
    inside = {
        code: codes_by_name({key: name for key, name in provinces.items() if key[:2] == code})
        for code in area_names("departments")
    }
    named = {block.year for block in blocks if block.province}
    whole = {year for year in named if last[year] in (0, _MONTHS)}
    if named - whole:
        notes.append(f"provinces of a part of a year are left out: {max(named)}")
    counts = []
    for block in blocks:
        if block.year in whole:
            name = normalise_name(block.province, is_place=True)
            code = inside[block.department].get(PROVINCE_ALIASES.get(name, name), "")
            counts.append(((str(block.year), block.department, code), block.values[COUNT] or 0))
    if without := sum(count for key, count in counts if not key[2]):
        notes.append(
            f"{without:,} of {sum(count for _, count in counts):,} complaints name no province of "
            "their department: counted without one"
        )
    return _table(("period", "department_ubigeo", "province_ubigeo"), counts)


def _require_all_in_use(
    file: str, reading: PoliceReading, in_use: Mapping[str, list[Row]], *, needs_profile: bool
) -> None:
    lacking = []
    for name in ("police_complaints", "police_provinces"):
        there = {row["period"] for row in reading.tables[name]}
        # months may take the place of a year that had none
        there |= {year for year, code in reading.years.items() if code == year} & {
            code[:4] for code in there
        }
        lacking += sorted({row["period"] for row in in_use[name]} - there)
    if lacking:
        more = [f"… +{len(lacking) - _LISTED}"] if len(lacking) > _LISTED else []
        refuse(
            file,
            "no figures of {periods}, which are in use",
            "the whole file. This one is cut, or older",
            periods=", ".join([*lacking[:_LISTED], *more]),
        )
    wanted = {name for row in load_profile_categories()["indicators"] for name in row} | {COUNT}
    unknown = sorted(wanted - reading.indicators) if needs_profile else []
    if unknown:
        refuse(
            file,
            "no indicator {indicators}, in use until now",
            "the indicators of the published file",
            indicators=", ".join(unknown[:_LISTED]),
        )


def _counts_by_year(
    name: str, rows: Iterable[Row], names: Mapping[str, str]
) -> dict[str, dict[tuple[str, ...], int]]:
    made: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for row in rows:
        area = row.get("province_ubigeo") or row["department_ubigeo"]
        month = row["period"] if "-" in row["period"] else ""
        key = (name, month, area, names[area])
        made[row["period"][:4]][key] = int(row["reported_count"])
    return made


def cited(reading: PoliceReading, source: Source) -> tuple[str, str]:
    """Title and publisher of a workbook, as tables and cards cite it."""
    periods = [row["period"] for row in reading.tables["police_complaints"]]
    return f"Trata de personas, {periods[0]} a {periods[-1]} ({source.name})", _PUBLISHER


def _replacements(source: Source, reading: PoliceReading) -> dict[str, Replacement]:
    spans = {name: sorted({row["period"] for row in rows}) for name, rows in reading.tables.items()}
    made = {}
    for name, rows in reading.tables.items():
        card = descriptor_of(name)
        first, end = spans[name][0][:7], spans[name][-1][-7:]
        described = {
            "title": f"{card['title'].rpartition(',')[0]}, {first} to {end}",
            "title_es": f"{card['title_es'].rpartition(',')[0]}, {first} a {end}",
            "expected_totals": list(_yearly_totals(rows)),
        }
        made[name] = source.table(name, rows, cited(reading, source), **described)
    return made


def _yearly_totals(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The sum of each year, for the check of the catalogue."""
    sums = Counter[str]()
    for row in rows:
        sums[row["period"][:4]] += int(row["reported_count"])
    for year, total in sums.items():
        yield {
            "column": "reported_count",
            "starts": {"period": year},
            "total": total,
            "tolerance": 0,
            "source": f"sum of {COUNT} over the blocks of the year, as refreshed",
        }
