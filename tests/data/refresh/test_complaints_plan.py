"""From a file of reported offences to a new table: what changes, what is refused, what is noted."""

import csv
import io
from typing import Any

import pytest

from data.catalogue import descriptor_of, load_package, load_table
from data.periods import parse_period
from data.refresh.complaints import ALL, plan_complaints
from data.refresh.folder import Plan
from data.reports import load_region_counts, load_window_counts
from tests.border_files import external
from tests.brought_files import TODAY, Brought, source_of
from tests.mpfn_files import BASIC, Counts, mpfn_rows, mpfn_text, shipped_counts
from tests.published import ALL_OFFENCES, REPORTS
from tests.refusing import refused

HALF = {"months": "ENERO - JULIO", "taken": "05/08/2026", "cut": "10/08/2026"}
"""A file of January to July, as its rows say it."""
ELEVEN = {"months": "ENERO - NOVIEMBRE", "taken": "10/12/2025", "cut": "17/12/2025"}


def _plan(content: bytes, *, today: str = TODAY, name: str = "file.csv") -> Plan:
    return plan_complaints(source_of(content, name, today))


def _made(year: int, counts: Counts, *, today: str = TODAY, **words: Any) -> Plan:
    return _plan(mpfn_text(mpfn_rows(year, counts, **words)).encode(), today=today)


def _bring(brought: Brought, content: bytes, *, today: str = TODAY, name: str = "f.csv") -> Plan:
    source = source_of(content, name, today)
    plan = plan_complaints(source)
    assert set(plan.replacements) == {"complaints", "all_offences"}
    brought.add("complaints", source, plan)
    return plan


def _brought(brought: Brought, year: int, counts: Counts, **words: Any) -> Plan:
    content = mpfn_text(mpfn_rows(year, counts, **words)).encode()
    return _bring(brought, content, name=f"{year}.csv")


PUBLISHED = [
    *((year, f"{year}.csv") for year in ("2019", "2021", "2023")),
    ("2025-01/2025-11", "BD-delitos-denunciados-2025-11.csv"),
]
OFFENCES = ("trata de personas", "formas agravadas de la trata de personas")


@pytest.mark.parametrize(("period", "file"), PUBLISHED)
def test_the_published_files_change_nothing(period, file):
    """The published files give the shipped figures, and csv.DictReader gives the same sums."""
    content = external(f"mpfn/{file}")
    plan = _plan(content)
    total, every = REPORTS[period], ALL_OFFENCES[period]
    assert [(change.before, change.after, change.rows) for change in plan.changes] == [
        (total, total, ()),
        (every, every, ()),
    ]
    assert plan.replacements == {}
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    trafficking = [row for row in rows if row["des_articulo"].strip().lower() in OFFENCES]
    sums = [sum(int(row["cantidad"]) for row in part) for part in (trafficking, rows)]
    assert sums == [total, every]
    assert (plan.rows_used, plan.rows_read) == (len(trafficking), len(rows))


def test_a_corrected_count_of_another_offence_is_told(brought):
    rows = mpfn_rows(2023, shipped_counts("2023"))
    (row,) = [row for row in rows if (row["distrito_fiscal"], row["articulo"]) == ("LORETO", "130")]
    row["cantidad"] = str(int(row["cantidad"]) + 3)
    plan = _bring(brought, mpfn_text(rows).encode())
    trafficking, every = plan.changes
    assert (trafficking.resource, trafficking.rows) == ("complaints", ())
    ((district, offence, before, after),) = every.rows
    assert (district, offence, after) == ("LORETO", ALL, before + 3)
    assert (every.resource, every.after) == ("all_offences", ALL_OFFENCES["2023"] + 3)
    assert load_region_counts("2023").set_index("department")["offences"]["Loreto"] == before + 3


def test_the_whole_year_takes_the_place_of_the_shipped_part(brought):
    """A file of all 2025 replaces its eleven months; districts without rows stay unknown."""
    counts = {key: count + 1 for key, count in shipped_counts("2025-01/2025-11").items()}
    assert not {"PASCO", "SULLANA"} & {district for district, _ in counts}
    plan = _brought(brought, 2025, counts)
    assert [change.replaces for change in plan.changes] == [("2025-01/2025-11",)] * 2
    assert (plan.changes[0].before, plan.changes[0].after) == (886, 886 + len(counts))
    for name in ("complaints", "all_offences"):
        assert {code for code in load_table(name)["period"] if code[:4] == "2025"} == {"2025"}
        totals = [item["period"] for item in descriptor_of(name)["expected_totals"]]
        assert "2025" in totals
        assert "2025-01/2025-11" not in totals
    year = parse_period("2025")
    assert (year.months, year.is_part_year) == (12, False)
    counts_of_year = load_region_counts(year).set_index("department")
    assert counts_of_year.loc["Pasco", ["reported_count"]].isna().all()
    assert counts_of_year.loc["Pasco", "offences"] > 0
    with refused("in use holds 2025, which reaches further"):
        _made(2025, counts, **ELEVEN)


def test_changed_rows_are_told_one_by_one(brought):
    counts = shipped_counts("2023")
    first, second = sorted(counts)[:2]
    corrected = {**counts, first: counts[first] + 4}
    del corrected[second]
    plan = _made(2023, corrected)
    change, every = plan.changes
    assert sorted(change.rows) == [
        (*first, counts[first], counts[first] + 4),
        (*second, counts[second], None),
    ]
    assert (change.before, change.after) == (1_076, 1_076 + 4 - counts[second])
    assert (every.before, every.after, every.rows) == (
        ALL_OFFENCES["2023"],
        ALL_OFFENCES["2023"],
        (),
    )


def test_a_new_year_joins_the_table(brought):
    """A new year leaves other years and kappa unchanged, and enters the card."""
    rule, yearly = descriptor_of("complaints")["overdispersion"], load_window_counts()
    old = load_table("complaints")
    plan = _brought(brought, 2024, shipped_counts("2023"))
    assert (plan.changes[0].before, plan.changes[0].after) == (None, 1_076)
    table = load_table("complaints")
    assert table[table["period"] != "2024"].reset_index(drop=True).equals(old)
    assert descriptor_of("complaints")["overdispersion"] == rule
    assert load_window_counts().equals(yearly)
    assert load_table.tiered("complaints").card["title"].endswith("2019-2024, 2025-01/2025-11")
    (made,) = load_package()["refreshes"]
    assert (made["kind"], made["file"]) == ("complaints", "2024.csv")
    used = table.loc[table["period"] == "2024", "source_rows_summed"].sum()
    assert made["rows_read"] == plan.rows_read > made["rows_used"] == used


def test_a_longer_part_with_the_same_counts_takes_the_place_of_a_shorter_one(brought):
    counts = {("LORETO", BASIC): 40, ("CALLAO", BASIC): 9}
    _brought(brought, 2026, counts, **HALF)
    ten = {"months": "ENERO - OCTUBRE", "taken": "05/11/2026", "cut": "06/11/2026"}
    longer = _brought(brought, 2026, counts, **ten)
    assert longer.changes[0].replaces == ("2026-01/2026-07",)
    with refused("in use holds 2026-01/2026-10, which reaches further"):
        _made(2026, counts, **HALF)


def test_files_follow_each_other(brought):
    """Each is named in the package; a period has the source of the file that brought it last."""
    counts = {("LORETO", BASIC): 40}
    assert "no figures of 2024: bring that file too" in _made(2026, counts, **HALF).notes
    _brought(brought, 2024, counts)
    plan = _brought(brought, 2026, counts, **HALF)
    assert not any(note.startswith("no figures of") for note in plan.notes)
    _brought(brought, 2024, {("LORETO", BASIC): 41})
    files = [made["file"] for made in load_package()["refreshes"]]
    assert files == ["2024.csv", "2026.csv", "2024.csv"]
    sources = load_table("sources")["source_id"]
    assert sources.str.startswith("R-complaints-").sum() == 2
    cited = [source["title"] for source in descriptor_of("complaints")["sources"]]
    assert cited.count("MPFN - Delitos denunciados 2024") == 1


KNOWN = {("LORETO", BASIC): 40}


@pytest.mark.parametrize(
    ("year", "words", "match"),
    [
        (2018, {}, "has reports of 2018. The atlas takes 2019 to 2026"),
        (2027, {}, "has reports of 2027. The atlas takes 2019 to 2026"),
        (2027, {"today": "2028-02-01"}, "no population of 2027"),
        (2026, {"taken": "05/08/2026"}, "to month 12, but it was taken from the system on 2026-08"),
        (2026, {**HALF, "taken": "15/06/2026"}, "to month 7, but it was taken .* on 2026-06-15"),
    ],
)
def test_a_period_that_cannot_be_is_refused(year, words, match):
    with refused(match):
        _made(year, KNOWN, **words)


def _renamed(name: str, new: str, offence: str = BASIC) -> bytes:
    rows = mpfn_rows(2024, KNOWN)
    like = {**rows[0], "distrito_fiscal": new, "des_articulo": offence, "cantidad": "2"}
    return mpfn_text([row for row in rows if row["distrito_fiscal"] != name] + [like]).encode()


def _joined(months: str) -> bytes:
    """Two files pasted together, the second one of other months."""
    first = mpfn_rows(2026, KNOWN, **HALF)  # type: ignore[arg-type]
    return mpfn_text(first + [{**row, "periodo_denuncia": months} for row in first]).encode()


CUT = _renamed("TUMBES", "LORETO")
WHOLE = mpfn_text(mpfn_rows(2025, KNOWN)).encode().split(b"\n", 1)[1]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (_renamed("", "VRAEM NORTE"), "does not know the prosecutors' districts VRAEM NORTE"),
        # its other offences would be lost, or counted where they do not belong
        (_renamed("", "VRAEM NORTE", "Otro delito"), "districts VRAEM NORTE of"),
        # a district without a single row is no zero
        (CUT, "no row of TUMBES in 2024. The national file has"),
        (CUT + WHOLE, "no row of TUMBES in 2024. The national file has"),
        # months would be counted twice or not at all
        (_joined("JULIO - AGOSTO"), "periods that overlap or leave a gap"),
        (_joined("SETIEMBRE - OCTUBRE"), "periods that overlap or leave a gap"),
        # a year of no reports at all is no year of these files
        (mpfn_text(mpfn_rows(2024, {})).encode(), "none of its 68 rows has the offences"),
    ],
)
def test_a_file_that_is_not_the_country_s_is_refused(content, match):
    with refused(match):
        _plan(content)


def test_what_a_person_should_look_at(brought):
    counts = {**shipped_counts("2023")}
    for key in [key for key in counts if key[0] == "LIMA CENTRO"]:
        counts[key] = 5
    rows = mpfn_rows(2024, counts)
    rows = [
        {**row, "ubigeo_pjfs": "150101"} if row["distrito_fiscal"] == "PIURA" else row
        for row in rows
    ]
    columns = [*rows[0], "columna_nueva"]
    notes = _plan(mpfn_text(rows, columns=columns).encode()).notes
    assert "columns that are not read: columna_nueva" in notes
    assert any(note.startswith("PIURA: seat 150101 in the file") for note in notes)
    assert any(note.startswith("LIMA CENTRO: ") and "91 in 2023" in note for note in notes)


def _twice(rows: list[dict[str, str]], share: float, *, of: str = "") -> bytes:
    """A file in which a share of the rows, or of the rows of an offence, stand twice."""
    some = [row for row in rows if not of or row["des_articulo"] == of]
    return mpfn_text(rows + some[: round(share * len(some))]).encode()


def test_a_file_in_which_rows_stand_twice_is_refused():
    """Up to 5 % repeated rows are counted and listed; more are refused, as are 5 % of trafficking.

    A genuine file repeats 1.3 % of its rows.
    """
    rows = mpfn_rows(2024, shipped_counts("2023"), has_split_rows=False)
    plan = _plan(_twice(rows, 0.03))
    assert plan.notes[0].startswith(f"{round(0.03 * len(rows))} of ")
    for content in (_twice(rows, 1), _twice(rows, 0.06), _twice(rows, 0.3, of=BASIC)):
        with refused(r"rows are the same as an earlier row.*lines \d+, \d+"):
            _plan(content)
    few = mpfn_rows(2024, {("LORETO", BASIC): 1}, has_split_rows=False)
    assert _plan(_twice(few, 1, of=BASIC)).changes[0].after == 2


def test_more_reports_than_a_thousandth_of_the_residents_are_refused():
    """Tumbes has some 260,000 residents; the line is that of its largest row."""
    for count, is_taken in ((200, True), (300, False)):
        rows = mpfn_rows(2024, {("TUMBES", BASIC): count}, has_split_rows=False)
        line = next(n for n, row in enumerate(rows, 2) if row["des_articulo"] == BASIC)
        if is_taken:
            assert _plan(mpfn_text(rows).encode()).changes[0].after == count
        else:
            with refused(f"line {line}, gives 300 reports in Tumbes in 2024"):
                _plan(mpfn_text(rows).encode())
