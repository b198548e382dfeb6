"""The year after a refresh, and a part of one: commands, pages, the API, the public page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from atlas.results.coverage_dates import missing_years
from atlas.results.matrix import matrix_table
from data.cache import empty_caches
from data.catalogue import open_catalogue
from data.population import load_census, load_population
from tests.brought_files import MONTHS, PART, YEAR, write_years
from tests.mpfn_files import shipped_counts
from tests.other_process import page_text, run

TOTAL, PART_TOTAL = sum(YEAR.values()), sum(MONTHS.values())
NEWEST = "2025-01/2025-11"
"""Shipped, and the newest year of which nine months are counted: what is shown unless told."""
NEWEST_TOTAL = sum(shipped_counts(NEWEST).values())


@pytest.fixture(scope="module", autouse=True)
def _refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The figures in use have the whole of 2024 and seven months of 2026."""
    folder = tmp_path_factory.mktemp("figures") / "years"
    write_years(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATLAS_DATA", str(folder))
        open_catalogue()
        empty_caches()
        yield
    open_catalogue()
    empty_caches()


def regions(*asked: str) -> list[dict]:
    """Rows of the command."""
    code, out, err = run("regions", *asked, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def test_every_command_knows_the_new_year(tmp_path: Path) -> None:
    """The departments of 2024 add up to the file, and the newest year of nine months is shown."""
    code, _, err = run("regions", "--period", "2018")
    assert code == 2
    assert "unknown period '2018'. Choose one of" in err
    assert f"2023, 2024, {NEWEST}, {PART}, 2019+2021+2023" in err
    rows = regions("--period", "2024")
    assert sum(row["reported_count"] for row in rows) == TOTAL
    assert all(row["population"] == row["person_years"] for row in rows)
    plain = list(csv.DictReader(io.StringIO(run("regions", "--format", "csv")[1])))
    assert sum(int(row["reported_count"] or 0) for row in plain) == NEWEST_TOTAL
    assert [row["department"] for row in plain if not row["reported_count"]] == ["Pasco"]
    out = tmp_path / "year.geojson"
    assert run("geojson", "--period", "2024", "--out", str(out))[0] == 0
    features = json.loads(out.read_text())["features"]
    assert sum(feature["properties"]["reported_count"] for feature in features) == TOTAL


def test_a_part_of_a_year_has_seven_twelfths() -> None:
    """Person-years, rate and expected count of seven months; every row says so."""
    rows = regions("--period", PART)
    begin, end, middle = 2018 * 12 + 6, 2025 * 12 + 8.5, 2026 * 12 + 7 / 2
    table = load_population(series_code="annex_2018_2022")
    before = table[table["year"] == 2018].set_index("department_ubigeo")["population"]
    counted = load_census().set_index("department_ubigeo")["residents"]
    grown = before * (counted / before) ** ((middle - begin) / (end - begin))
    assert sum(row["reported_count"] for row in rows) == PART_TOTAL
    for row in rows:
        years = grown[row["department_ubigeo"]] * 7 / 12
        assert row["person_years"] == pytest.approx(years, rel=1e-12)
        assert row["rate_per_100k"] == pytest.approx(1e5 * row["reported_count"] / years)
        assert "part_year" in row["flags"]
    assert sum(row["expected"] for row in rows) == pytest.approx(PART_TOTAL)


def test_the_map_opens_at_the_newest_year_of_nine_months() -> None:
    """Seven months are offered and marked, not shown first; their card names them."""
    page = page_text("", {"lang": "es"})
    part = page.split(f'"code": "{PART}"')[1].split("}")[0]
    assert f'"count": {PART_TOTAL}' in part
    assert '"is_partial": true' in part
    assert "Las cifras de la Fiscalía terminan en julio de 2026 y" in page
    pages = (page, page_text("", {"lang": "es", "period": PART}))
    cards = [text.split("<article")[1].split("</article>")[0] for text in pages]
    assert "2025 ene–nov" in cards[0]
    assert "2026 ene–jul" in cards[1]
    assert f"{PART_TOTAL:,}" in cards[1]


def test_other_pages_end_with_the_new_year() -> None:
    """Registries side by side, how to cite."""
    figures = unescape(page_text("cifras", {"lang": "es"}))
    assert f'aria-label="2024: {TOTAL:,} delitos denunciados"' in figures
    part = f'aria-label="2026: {PART_TOTAL:,} delitos denunciados, ene. 2026 a jul. 2026"'
    assert f'{part}><b>{PART_TOTAL:,}</b><i class="partial">' in figures
    years = "| 2019-2024, January to November 2025, January to July 2026 |"
    assert years in unescape(page_text("metodo", {"lang": "en"}))


def test_the_api_and_the_public_page(ask: Callable[..., Any]) -> None:
    """Figures, periods and the note on a part of a year; an unknown year is a 400."""
    assert ask("/api/v1/regions.json?period=2018").status == 400
    rows = json.loads(ask("/api/v1/regions.json?period=2024").body)["regions"]
    assert sum(row["reported_count"] for row in rows) == TOTAL
    assert ask(f"/api/v1/regions.csv?period={PART}").body.count(b"part_year") == 25
    assert PART.encode() in ask("/api/v1/meta.json").body
    assert f"{NEWEST_TOTAL:,}" in ask("/public/es").body.decode()
    caution = b"This is not a full year. The rate and the expected count those months only"
    assert caution in ask(f"/public/en?period={PART}").body


def test_bar_cards_matrix_and_change_fill() -> None:
    """A whole 2024 is in the bar, cards, matrix and both sides of the change."""
    page = page_text("", {"lang": "es", "period": "2024", "dep": "16"})
    assert f'"count": {TOTAL}' in page.split('"code": "2024"')[1].split("}")[0]
    loreto = next(row for row in regions("--period", "2024") if row["department"] == "Loreto")
    assert str(loreto["reported_count"]) in page.split("<article")[1].split("</article>")[0]
    cells = matrix_table().query(
        "registry_code == 'mpfn' and period == '2024' and base == 'people'"
    )
    assert cells["reported_count"].sum() == TOTAL
    assert (cells["verdict"] != "untestable").all()
    for asked in (("--from", "2023", "--to", "2024"), ("--from", "2024", "--to", NEWEST, "--own")):
        code, out, err = run("change", *asked, "--format", "json")
        assert code == 0, err
        rows = {row["department"]: row for row in json.loads(out)}
        assert rows["Loreto"]["verdict"] in {"unremarkable", "unclear"}
    quoted = run("quote", "--department", "16", "--period", "2024")[1]
    assert f"registró {loreto['reported_count']} delitos denunciados" in quoted
    assert missing_years() == []
