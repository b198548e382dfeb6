"""The facts of docs/questions.md, added up from the tables without the atlas."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUESTIONS = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
LORETO, HUANCAVELICA, CUSCO, PUNO, AREQUIPA, PIURA = "16", "09", "08", "21", "04", "20"


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "data" / "tables" / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def _row(number: int | str) -> str:
    (line,) = (line for line in QUESTIONS.splitlines() if line.startswith(f"| {number} |"))
    return line.split("|")[3]


def test_the_facts_are_those_of_the_tables():
    seat = {row["fiscal_district"]: row["department_ubigeo"] for row in _rows("crosswalk")}
    mpfn, police = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in _rows("complaints"):
        for area in (seat[row["fiscal_district"]], "country"):
            mpfn[area, row["period"]] += int(row["reported_count"])
    for row in _rows("police_complaints"):
        for area in (row["department_ubigeo"], "country"):
            police[area, row["period"][:4]] += int(row["reported_count"])
    part = "2025-01/2025-11"
    facts = {
        1: [
            f"{mpfn[LORETO, part]} reported offences in January to November 2025",
            f"{mpfn[LORETO, '2023']} in 2023",
            f"{police[LORETO, '2024']} complaints in 2024 and {police[LORETO, '2025']} in January",
        ],
        2: [f"2025: {mpfn[HUANCAVELICA, part]},"],
        3: [
            f"from {mpfn[LORETO, '2023']} in 2023 to {mpfn[LORETO, part]} in January to November",
            f"from {police[LORETO, '2023']} to {police[LORETO, '2024']} (2023 and 2024)",
        ],
        4: [
            f"{mpfn[HUANCAVELICA, part]} (January to November 2025) or "
            f"{mpfn[HUANCAVELICA, '2023']} (2023)",
            f"their {police[HUANCAVELICA, '2024']} of 2024",
        ],
        5: [f"{police['country', '2024']} complaints to the police and {_cases_of_2024():,} cases"],
        6: ["{}, {} and {} reports".format(*(mpfn[a, "2023"] for a in (CUSCO, PUNO, AREQUIPA)))],
        10: [f"{mpfn[PIURA, '2023']} in 2023; {mpfn[PIURA, part]} in January to November 2025"],
        11: [f"from {mpfn['country', '2019']:,} to {mpfn['country', '2023']:,} reported offences"],
    }
    provinces = Counter[str]()
    for row in _rows("police_provinces"):
        if row["period"].startswith("2022"):
            provinces[row["province_ubigeo"]] += int(row["reported_count"])
    facts |= {
        "A3": [f"({police['17', '2024']} complaints)"],
        "A4": [f"{mpfn[PUNO, part]} reported offences", f"({mpfn[PUNO, '2023']} in 2023)"],
        "A6": [f"Espinar {provinces['0808']}, Cusco {provinces['0801']}, none"],
        "J5": [f"{mpfn['06', part]} offences"],
        "C1": [f"{mpfn[CUSCO, part]} offences"],
    }
    assert sum(count for code, count in provinces.items() if code[:2] == CUSCO) == 36
    for number, texts in facts.items():
        assert not [text for text in texts if text not in _row(number)]
    assert mpfn["19", part] == 0  # Pasco has no row of that year


def _cases_of_2024() -> int:
    (row,) = (
        row
        for row in _rows("national_figures")
        if (row["period_start"], row["period_end"], row["measure"])
        == ("2024-01", "2024-12", "cases")
    )
    return int(row["value"])
