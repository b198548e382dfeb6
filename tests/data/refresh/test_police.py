"""The police's workbook: its three tables, what changes, what is refused, what is never kept."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from data.catalogue import load_package, load_table
from data.periods import parse_period
from data.refresh import police
from data.refresh.folder import Plan, Source, rows_in_use
from data.refresh.police import COLUMNS, COUNT, plan_police, read_police
from tests.border_files import external
from tests.brought_files import Brought, source_of
from tests.police_files import (
    BASE,
    DISTRICT,
    UNIT,
    Counts,
    police_rows,
    police_workbook,
    use_small,
)
from tests.published import POLICE, POLICE_PLACED
from tests.refusing import refused

TODAY = "2026-11-26"
TABLES = ("police_complaints", "police_provinces")


def _source(content: bytes, file: str = "DataSet.xlsx") -> Source:
    return source_of(content, file, TODAY)


def _plan(counts: Counts) -> Plan:
    return plan_police(_source(police_workbook(police_rows(counts))))


@pytest.fixture
def small(brought: Brought) -> Brought:
    """The small workbook's tables are those in use."""
    use_small(brought, BASE)
    return brought


@pytest.mark.slow  # 75,508 rows; what it adds up to: tests/data/test_region_counts
def test_the_real_workbook_gives_the_shipped_tables(monkeypatch):
    content = external("police/DataSet_trata_personas_enero2017_septiembre2025.xlsx")
    reading = read_police("real.xlsx", content, today=TODAY)
    for name in TABLES:
        shipped = rows_in_use(name)
        for row in shipped:
            del row["source_id"]
        assert sorted(map(str, reading.tables[name])) == sorted(map(str, shipped)), name
    sums: dict[str, int] = {}
    for row in reading.tables["police_complaints"]:
        sums[row["period"][:4]] = sums.get(row["period"][:4], 0) + int(row["reported_count"])
    assert list(sums.values()) == list(POLICE.values())
    lima = [r for r in reading.tables["police_complaints"] if r["department_ubigeo"] == "15"]
    assert sum(int(row["reported_count"]) for row in lima) == 2_769
    placed = [r for r in reading.tables["police_provinces"] if r["province_ubigeo"]]
    assert sum(int(row["reported_count"]) for row in placed) == POLICE_PLACED
    assert (reading.rows_read, len(reading.indicators)) == (75_508, 86)
    monkeypatch.setattr(police, "read_police", lambda *_, **__: reading)  # 75,508 rows once
    plan = plan_police(_source(content, "real.xlsx"))
    assert plan.replacements == {}
    assert all(change.is_same for change in plan.changes)


def test_the_tables_of_a_small_workbook():
    content = police_workbook(police_rows(BASE))
    reading = read_police("small.xlsx", content, today=TODAY)
    assert reading.years == {y: y for y in ("2022", "2023", "2024")} | {"2025": "2025-01/2025-09"}
    counts = {
        (row["period"], row["department_ubigeo"]): int(row["reported_count"])
        for row in reading.tables["police_complaints"]
    }
    assert sum(counts.values()) == sum(BASE.values())
    assert (counts["2023", "15"], counts["2022-03", "11"], counts["2025-09", "17"]) == (300, 2, 5)
    assert not any(period.startswith("2023-") for period, _ in counts)
    places = {
        (row["department_ubigeo"], row["province_ubigeo"]): row["reported_count"]
        for row in reading.tables["police_provinces"]
    }
    assert places == {
        ("10", ""): "1", ("11", "1103"): "2", ("15", "1501"): "318", ("17", "1701"): "6"
    }  # fmt: skip
    assert "1 of 327 complaints name no province of their department" in reading.notes[-1]
    profile = {
        (row["period"], row["department_ubigeo"], row["indicator"]): row["reported_count"]
        for row in reading.profile
    }
    assert profile["2025-01/2025-09", "17", "EM_18 A MÁS"] == "18"
    assert profile["2023", "15", "D_FISCALÍA"] == "", "left empty by the source"
    assert ("2024", "15", "D_FISCALÍA") not in profile, "a zero has no row"
    for period, code in {(key[0], key[1]) for key in profile}:
        own = sum(n for (when, of), n in counts.items() if (when[:4], of) == (period[:4], code))
        assert int(profile[period, code, COUNT]) == own


def test_a_month_that_appears(small):
    counts = {**BASE, (2025, 10, "17", None): 3, (2025, 10, "08", None): 2}
    source = _source(police_workbook(police_rows(counts)))
    plan = plan_police(source)
    changed = [change for change in plan.changes if not change.is_same]
    (change,) = changed
    assert (change.period, change.replaces) == ("2025-01/2025-10", ("2025-01/2025-09",))
    assert (change.before, change.after) == (45, 50)
    assert change.rows == (
        ("police_complaints", "2025-10", "08", "Cusco", None, 2),
        ("police_complaints", "2025-10", "17", "Madre de Dios", None, 3),
    )
    assert set(plan.replacements) == set(TABLES)
    small.add("police", source, plan)
    table = load_table("police_complaints")
    assert table.loc[table["period"] == "2025-10", "reported_count"].tolist() == [2, 3]
    assert load_table.tiered("police_complaints").card["title"].endswith("2022-01 to 2025-10")
    assert _plan(counts).replacements == {}
    # a month newer than the shipped ones may still grow
    assert parse_period("2024-12", "police").bears_a_trend
    assert not parse_period("2025-10", "police").bears_a_trend


def test_a_whole_year_takes_the_place_of_its_months(small):
    """The nine months grow to twelve: the year has its plain code, and later ones may follow."""
    grown = {**BASE, **{(2025, month, "17", None): 5 for month in (10, 11, 12)}}
    change = next(change for change in _plan(grown).changes if not change.is_same)
    assert (change.period, change.replaces) == ("2025", ("2025-01/2025-09",))
    new = [
        change
        for change in _plan({**grown, (2026, 1, "08", None): 4}).changes
        if change.before is None
    ]
    assert [(change.period, change.after, len(change.rows)) for change in new] == [
        ("2026-01/2026-01", 4, 1)
    ]


def test_a_figure_that_was_revised(small):
    plan = _plan({**BASE, (2022, 4, "17", "TAMBOPATA"): 9})
    rows = [row for change in plan.changes for row in change.rows]
    assert rows == [
        ("police_complaints", "2022-04", "17", "Madre de Dios", 6, 9),
        ("police_provinces", "", "1701", "Tambopata", 6, 9),
    ]


def test_a_count_that_is_gone_is_told(small):
    """The rows of a department in a month may have been cut off at the end of the file."""
    plan = _plan({key: n for key, n in BASE.items() if key[:3] != (2022, 3, "11")})
    assert plan.notes[-1] == (
        "2 counts in use have no row any more: is a part missing? (2022-03 Ica, "
        "police_provinces Nasca)"
    )


def test_months_for_a_year_that_had_none(small):
    """The publisher may give 2023 its months: they take the place of the year's figure."""
    counts = {key: count for key, count in BASE.items() if key[0] != 2023}
    counts |= {(2023, month, "15", None): 25 for month in range(1, 13)}
    change = next(change for change in _plan(counts).changes if change.period == "2023")
    assert (change.before, change.after, change.replaces) == (340, 300, ("2023",))


def test_unit_and_district_are_never_kept(small):
    source = _source(police_workbook(police_rows({**BASE, (2025, 10, "17", None): 3})))
    plan = plan_police(source)
    written = [plan.changes, plan.notes]
    for new in plan.replacements.values():
        written += [new.content.decode(), new.card, new.sources]
    small.add("police", source, plan)
    written.append(json.dumps(load_package(), ensure_ascii=False))
    for words in (UNIT, DISTRICT, "AMARILIS"):
        assert words not in str(written)


def test_a_last_january_is_a_month_unless_it_holds_a_year():
    """A file may end with a year that has no months: its one figure is far above any month's."""
    for count, code in ((31, "2026-01/2026-01"), (400, "2026")):
        counts = {
            **BASE,
            **{(2025, month, "17", None): 5 for month in (10, 11, 12)},
            (2026, 1, "15", None): count,
        }
        content = police_workbook(police_rows(counts))
        assert read_police("s.xlsx", content, today="2027-02-01").years["2026"] == code


def _edited(change: Callable[[list[list[Any]]], object]) -> bytes:
    rows = police_rows(BASE)
    change(rows)
    return police_workbook(rows)


def _cell(row: int, column: str, value: Any) -> bytes:
    return _edited(lambda rows: rows[row].__setitem__(COLUMNS.index(column), value))


def _renamed(old: str, new: str) -> bytes:
    columns = [new if name == old else name for name in COLUMNS]
    return police_workbook(police_rows(BASE), columns=columns)


def _without(keep: Callable[[tuple[int, int, str, str | None]], bool]) -> bytes:
    return police_workbook(police_rows({key: n for key, n in BASE.items() if keep(key)}))


REFUSED = {
    "a column renamed": (_renamed("Valor", "Cantidad"), "line 1: .*Cantidad; expected also Valor"),
    "another sheet": (
        police_workbook(police_rows(BASE), sheet="Hoja1"),
        "found the sheets Hoja1; expected a sheet BD_CONSOLIDADO_TRATA",
    ),
    "a formula": (
        _edited(lambda rows: rows[7].append("=1+1")),
        "line 9: found a formula",
    ),
    "half a block": (_edited(lambda rows: rows.pop()), "3 of 4 indicators .* in 2025-09"),
    "months cut": (_without(lambda key: key[:2] < (2025, 6)), "no figures of 2025-06, 2025-07"),
    "a year cut": (_without(lambda key: key[0] > 2022), "no figures of 2022-01"),
    "a gap": (
        _without(lambda key: key[:2] != (2024, 5)),
        "no row of 2024-05; expected every month",
    ),
    "provinces gone": (
        police_workbook(police_rows({(*key[:3], None): n for key, n in BASE.items()})),
        "no figures of 2022, which are in use",
    ),
    "no count": (
        police_workbook([row for row in police_rows(BASE) if row[8] != COUNT]),
        "no indicator F1_TOTAL",
    ),
    "an empty count": (_cell(1, "Valor", None), "line 2: found an empty F1_TOTAL"),
    "a row twice": (
        _edited(lambda rows: rows.insert(2, list(rows[1]))),
        "line 4: found F1_TOTAL a second time",
    ),
    "codes of RENIEC": (_cell(0, "CCDD", 14), "line 2: found CCDD 14 beside 'LIMA'"),
    "words": (_cell(0, "Valor", "varios"), "line 2: found Valor 'varios'; expected a whole number"),
    "a half": (_cell(0, "Valor", 1.5), "found Valor '1.5'"),
    "no month": (_cell(0, "MES", None), "line 2: found year '2022' and month 'None'"),
    "a month to come": (
        police_workbook(
            police_rows(
                {
                    **BASE,
                    **{(2025, month, "17", None): 5 for month in (10, 11, 12)},
                    **{(2026, month, "17", None): 5 for month in range(1, 13)},
                }
            )
        ),
        "found figures of 2026; expected none after 2026-11-26",
    ),
    "too many": (
        police_workbook(police_rows({**BASE, (2024, 5, "24", None): 300})),
        "too_many",
    ),
    "a CSV": (",".join(COLUMNS).encode(), "found no workbook"),
    "nothing": (police_workbook([]), "no indicator F1_TOTAL"),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_not_the_workbook_is_refused(small, fault):
    content, match = REFUSED[fault]
    before = {name: rows_in_use(name) for name in TABLES}
    with refused(match):
        plan_police(_source(content, "f.xlsx"))
    assert {name: rows_in_use(name) for name in TABLES} == before
