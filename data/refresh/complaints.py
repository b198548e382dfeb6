"""From a file of reported offences to new tables of complaints and of all offences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from data.catalogue import descriptor_of, load_table
from data.names import normalise_name
from data.periods import MAIN, REGISTRIES
from data.population import residents
from data.refresh.folder import (
    Plan,
    Replacement,
    Row,
    Source,
    compare,
    rows_in_use,
    source_row,
    table_bytes,
)
from data.refresh.mpfn_file import AGGRAVATED, BASIC, Reading, read_mpfn
from data.refresh.source_files import (
    FEWEST_REPEATED,
    listed_lines,
    period_code,
    refuse_large_counts,
    refuse_repeats,
)
from geo.errors import ParameterError, UserError

ALL = "(all)"
"""in the place of an offence: all of them"""

UNIT = "reported offence"
"""what one count of this registry is"""
_TITLES = {
    "complaints": (
        "Reported trafficking by prosecutors' district, 2007-01/2014-04 and {years}",
        "Trata denunciada por distrito fiscal, 2007-01/2014-04 y {years}",
    ),
    "all_offences": (
        "All reported offences by prosecutors' district, {years}",
        "Todos los delitos denunciados por distrito fiscal, {years}",
    ),
}
_SOURCE = "MPFN - Delitos denunciados {code}"
_PUBLISHER = "Ministerio Público - Fiscalía de la Nación (MPFN), open data"
_TOTALS = {
    "complaints": (
        'MPFN open data, delitos denunciados {code}: rows "Trata de personas" and '
        '"Formas agravadas de la Trata de Personas" added'
    ),
    "all_offences": "MPFN open data, delitos denunciados {code}: all rows added",
}
MANY = 30
"""a district is compared with the year before from this many reports on"""
FACTOR = 3.0
"""and named when it has three times more or less: as Lima Centro in 2022, 19 after 106"""
_MONTHS = 12
FIRST_YEAR = 2019
"""first year of this registry in the atlas; before, other offices counted another unit"""


def plan_complaints(source: Source) -> Plan:
    """Read the file row by row and say how the new tables differ from those in use.

    UserError for what read_mpfn refuses, rows that repeat others, districts that the atlas does not
    know or that are missing, a year without population, a period not over or shorter than the one
    in use, and more reports than a thousandth of a department's residents.
    """
    reading = read_mpfn(source.path, source.name)
    if not reading.counts.total():
        values = {"basic": BASIC, "aggravated": AGGRAVATED, "rows": f"{reading.rows_read:,}"}
        raise UserError("refresh.refusal.no_offence", file=source.name, **values)
    refuse_repeats(source.name, reading.rows_read, reading.repeated)
    if reading.rows_used >= FEWEST_REPEATED:
        refuse_repeats(source.name, reading.rows_used, reading.repeated_cases)
    seats = load_table("crosswalk").set_index("fiscal_district")["seat_ubigeo"].to_dict()
    district_of = {normalise_name(name): name for name in seats}
    _refuse_districts(reading, district_of, source.name)
    _refuse_large(reading, {name: seats[district_of[name]][:2] for name in district_of}, source)
    codes = {year: _period_of_year(year, reading, source.accessed) for year in reading.years}
    in_use = {name: rows_in_use(name) for name in _TITLES}
    notes = _notes(reading, codes, district_of, seats, in_use["complaints"])
    changes, tables = [], {}
    for name, table in in_use.items():
        for year, code in codes.items():
            old = [row for row in table if row["period"][:4] == str(year) and row["unit"] == UNIT]
            new = list(_rows_of_year(name, year, code, reading, district_of))
            reach = max(((row["period_end"], row["period"]) for row in old), default=("", ""))
            if reach[0] > new[0]["period_end"]:
                raise UserError("refresh.refusal.shorter", period=code, in_use=reach[1])
            replaced = {row["period"] for row in old}
            changes.append(compare(name, code, replaced, _counts(old), _counts(new)))
            table = [row for row in table if row not in old] + new
        tables[name] = sorted(table, key=lambda row: (row["period_start"], row["period_end"]))
    replacements = {}
    if not all(change.is_same for change in changes):
        for name, table in tables.items():
            replacements[name] = _new_table(name, table, codes, reading)
    return Plan((), replacements, tuple(changes), notes, reading.rows_read, reading.rows_used)


def _refuse_districts(reading: Reading, district_of: Mapping[str, str], source: str) -> None:
    unknown = sorted(set(reading.districts) - set(district_of))
    if unknown:
        names = ", ".join(reading.districts[name] for name in unknown)
        raise UserError("refresh.refusal.unknown_districts", file=source, names=names)
    for year in reading.years:
        missing = [
            district_of[name]
            for name in sorted(district_of)
            if (year, name) not in reading.offences
        ]
        if missing:
            values = {"file": source, "names": ", ".join(missing), "year": year}
            raise UserError("refresh.refusal.missing_districts", **values, count=len(district_of))


def _refuse_large(reading: Reading, department_of: Mapping[str, str], source: Source) -> None:
    counts, largest = Counter[tuple[int, str]](), dict[tuple[int, str], tuple[int, int]]()
    for (year, name, _), count in reading.counts.items():
        place = year, department_of[name]
        counts[place] += count
        largest[place] = max(largest.get(place, (-1, 0)), reading.largest[year, name])
    refuse_large_counts(source.name, counts, {place: line for place, (_, line) in largest.items()})


def _period_of_year(year: int, reading: Reading, today: str) -> str:
    if not FIRST_YEAR <= year <= int(today[:4]):
        raise UserError("refresh.refusal.year", year=year, first=FIRST_YEAR, last=today[:4])
    spans = sorted(reading.spans[year])
    for (_, end), (begin, _) in pairwise(spans):
        if begin != end + 1:
            raise UserError(
                "refresh.refusal.spans", year=year, months=", ".join(f"{a}-{b}" for a, b in spans)
            )
    first, last = spans[0][0], spans[-1][1]
    taken = reading.taken.get(year) or reading.cut.get(year, "")
    if taken and taken[:7] < f"{year}-{last:02d}":
        raise UserError("refresh.refusal.not_over", year=year, month=last, day=taken)
    try:
        residents(str(year))
    except (ParameterError, UserError):
        raise UserError("refresh.refusal.population", year=year) from None
    return period_code(year, first, last)


def _rows_of_year(
    table: str, year: int, code: str, reading: Reading, district_of: Mapping[str, str]
) -> Iterator[Row]:
    start, end = code.split("/") if "/" in code else (f"{year}-01", f"{year}-12")
    common = {
        "period": code,
        "period_start": start,
        "period_end": end,
        "unit": UNIT,
        "registry": REGISTRIES[MAIN].name,
        "dataset_cut_date": reading.cut.get(year, ""),
        "source_id": f"R-complaints-{code}",
    }
    for name, district in district_of.items():
        count = reading.offences[year, name]
        if table == "all_offences":
            quote = f"{year}, {district}, DENUNCIA, cantidad: {count}"
            own = {"fiscal_district": district, "reported_count": str(count), "quote": quote}
            yield common | own
            continue
        for offence in (BASIC, AGGRAVATED):
            cell = (year, name, offence)
            if reading.rows[cell]:
                article = "; ".join(sorted(filter(None, reading.articles[cell])))
                yield common | {
                    "fiscal_district": district,
                    "offence": offence,
                    "penal_code_article": article,
                    "reported_count": str(reading.counts[cell]),
                    "source_rows_summed": str(reading.rows[cell]),
                    "quote": f"{year}, {district}, {article}, {offence}: {reading.counts[cell]}",
                }


def _counts(rows: Iterable[Row]) -> dict[tuple[str, ...], int]:
    return {
        (row["fiscal_district"], row.get("offence", ALL)): int(row["reported_count"])
        for row in rows
    }


def _new_table(
    name: str, table: list[Row], codes: Mapping[int, str], reading: Reading
) -> Replacement:
    """Return a table with its card; the rows of sources come with the complaints, for both."""
    card = descriptor_of(name)
    sums = Counter[str]()
    for row in table:
        sums[row["period"]] += int(row["reported_count"])
    totals = {item["period"]: item for item in card["expected_totals"]}
    for code in set(sums) - set(totals) | set(codes.values()):
        totals[code] = {"period": code, "reported_count": sums[code], "unit": UNIT}
        totals[code] |= {"source": _TOTALS[name].format(code=code)}
    added = [
        source_row(
            f"R-complaints-{code}", _SOURCE.format(code=code), _PUBLISHER, reading.cut.get(year, "")
        )
        for year, code in codes.items()
    ]
    # a file brought before whose period another one has replaced is cited no more
    gone = {_SOURCE.format(code=code) for code in {*totals} - {*sums} | {*codes.values()}}
    cited = [entry for entry in card["sources"] if entry["title"] not in gone] + [
        {
            "title": row["source_title"],
            "publisher": _PUBLISHER,
            "published": row["published"],
        }
        for row in added
    ]
    title, title_es = (text.format(years=_years(set(sums))) for text in _TITLES[name])
    described: dict[str, Any] = {
        "title": title,
        "title_es": title_es,
        "expected_totals": [item for code, item in totals.items() if code in sums],
        "sources": cited,
    }
    return Replacement(table_bytes(name, table), described, tuple(added))


def _years(periods: set[str]) -> str:
    """Write the years of the open data, a span for each run: 2019-2024, 2026-01/2026-07."""
    years = enumerate(sorted(int(code) for code in periods if len(code) == 4))
    # of years that follow each other the distance to their place is the same
    runs = groupby(years, key=lambda numbered: numbered[1] - numbered[0])
    spans = [[year for _, year in run] for _, run in runs]
    texts = [f"{span[0]}-{span[-1]}" if len(span) > 1 else str(span[0]) for span in spans]
    parts = sorted(code for code in periods if "/" in code and code[:4] == code[8:12])
    return ", ".join([*texts, *parts])


def _notes(
    reading: Reading,
    codes: Mapping[int, str],
    district_of: Mapping[str, str],
    seats: Mapping[str, str],
    current: Sequence[Row],
) -> tuple[str, ...]:
    notes = []
    if reading.extra:
        notes.append(f"columns that are not read: {', '.join(reading.extra)}")
    if reading.repeated:
        notes.append(
            f"{len(reading.repeated):,} of {reading.rows_read:,} rows are the same as an earlier "
            f"one, {len(reading.repeated_cases)} of them of trafficking: counted as the file has "
            f"them (lines {listed_lines(reading.repeated_cases or reading.repeated)})"
        )
    for kind, rows in reading.left_out.items():
        notes.append(f"{rows} rows of trafficking are no complaint but {kind!r}: left out")
    for name, codes_in_file in sorted(reading.seats.items()):
        seat = seats[district_of[name]]
        if strange := sorted(code for code in codes_in_file if code[:2] != seat[:2]):
            notes.append(
                f"{district_of[name]}: seat {', '.join(strange)} in the file, {seat} in the atlas: "
                "another department; its reports stay where the atlas has the seat"
            )
    years = {*codes, *(int(row["period_start"][:4]) for row in current if row["unit"] == UNIT)}
    if missing := [str(year) for year in range(min(years), max(years)) if year not in years]:
        notes.append(f"no figures of {', '.join(missing)}: bring that file too")
    for year, code in codes.items():
        notes += _jumps(reading, year, code, district_of, current)
    return tuple(notes)


def _jumps(
    reading: Reading, year: int, code: str, district_of: Mapping[str, str], current: Sequence[Row]
) -> list[str]:
    """Districts whose reports of a year differ by a factor from those of the year before."""
    before, now = Counter[str](), Counter[str]()
    for row in current:
        if row["period"] == str(year - 1):
            before[normalise_name(row["fiscal_district"])] += int(row["reported_count"])
    if not before:
        return []
    months = int(code[-2:]) - int(code[5:7]) + 1 if "/" in code else _MONTHS
    for (of, name, _), count in reading.counts.items():
        now[name] += count if of == year else 0
    notes = []
    for name in sorted(set(before) | set(now)):
        expected, count = before[name] * (months / _MONTHS), now[name]
        if max(expected, count) < MANY:
            continue
        if count > FACTOR * expected or count * FACTOR < expected:
            notes.append(
                f"{district_of.get(name, name)}: {count} reports in {code}, {before[name]} in "
                f"{year - 1}: ask the publisher whether a part is missing or was moved"
            )
    return notes
