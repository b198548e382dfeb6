"""The year after a refresh, and a part of one: commands, pages, files, the API, the public page."""

from __future__ import annotations

import csv
import io
import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from data.population import load_census, load_population
from tests.brought_files import MONTHS, PART, YEAR, write_years
from tests.mpfn_files import shipped_counts
from tests.other_process import command, work_in

SHIPPED = ("2023", "2019+2021+2023")
TOTAL, PART_TOTAL = sum(YEAR.values()), sum(MONTHS.values())
NEWEST = "2025-01/2025-11"
"""Shipped, and the newest year of which nine months are counted: what is shown unless told."""
NEWEST_TOTAL = sum(shipped_counts(NEWEST).values())


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Where the figures are, and where files are written."""
    figures, out = (tmp_path_factory.mktemp(name) for name in ("figures", "out"))
    write_years(figures / "years")
    return figures / "years", out


def _commands(out: Path) -> dict[str, list[str]]:
    return {
        "year": ["regions", "--period", "2024", "--format", "json"],
        "part": ["regions", "--period", PART, "--format", "json"],
        "default": ["regions", "--format", "csv"],
        **{code: ["regions", "--period", code, "--format", "csv"] for code in SHIPPED},
        "geojson": ["geojson", "--period", "2024", "--out", str(out / "year.geojson")],
        "unknown": ["regions", "--period", "2025"],
    }


PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "map": ("", {"lang": "es"}),
    "part": ("", {"lang": "es", "period": PART}),
    "cifras": ("cifras", {"lang": "es"}),
    "metodo": ("metodo", {"lang": "en"}),
    "publica": ("vista-publica", {"lang": "es"}),
}
ADDRESSES = {
    "json": "/api/v1/regions.json?period=2024",
    "csv": f"/api/v1/regions.csv?period={PART}",
    "meta": "/api/v1/meta.json",
    "page": "/public/es",
    "part_page": f"/public/en?period={PART}",
    "unknown": "/api/v1/regions.json?period=2025",
}


@pytest.fixture(scope="module")
def done(folders: tuple[Path, Path]) -> dict[str, dict[str, Any]]:
    """What one process with the refreshed figures answers: commands, pages, addresses by name."""
    figures, out = folders
    asked = _commands(out)
    answers = work_in(
        figures,
        commands=list(asked.values()),
        pages=list(PAGES.values()),
        addresses=list(ADDRESSES.values()),
        is_offline=True,
    )
    assert answers["network"] == [], "neither pages nor the API nor commands may ask a host"
    names = {"commands": asked, "pages": PAGES, "addresses": ADDRESSES}
    return {kind: dict(zip(names[kind], answers[kind], strict=True)) for kind in names}


@pytest.fixture
def answers(done: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Exit code, stdout and stderr of each command."""
    return done["commands"]


@pytest.fixture
def seen(done: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The text of each page."""
    return {name: unescape(text) for name, text in done["pages"].items()}


def test_every_command_knows_the_new_year(
    answers: dict[str, Any], folders: tuple[Path, Path]
) -> None:
    """Only a year that nobody brought is refused; the 25 departments add up to the file; without a
    period it is the newest year that has nine months, and what it lacks is unknown."""
    assert [name for name, (code, _, _) in answers.items() if code] == ["unknown"]
    assert "no period '2025'; choose one of" in answers["unknown"][2]
    assert f"2023, 2024, {NEWEST}, {PART}, 2019+2021+2023" in answers["unknown"][2]
    rows = json.loads(answers["year"][1])
    assert sum(row["reported_count"] for row in rows) == TOTAL
    assert all(row["population"] == row["person_years"] for row in rows)
    plain = list(csv.DictReader(io.StringIO(answers["default"][1])))
    assert sum(int(row["reported_count"] or 0) for row in plain) == NEWEST_TOTAL
    assert [row["department"] for row in plain if not row["reported_count"]] == ["Pasco"]
    features = json.loads((folders[1] / "year.geojson").read_text())["features"]
    assert sum(feature["properties"]["reported_count"] for feature in features) == TOTAL


def test_a_part_of_a_year_has_seven_twelfths(answers: dict[str, Any]) -> None:
    """Person-years, rate and expected count of seven months; every row says so."""
    rows = json.loads(answers["part"][1])
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


@pytest.mark.parametrize("code", SHIPPED)
def test_the_verdicts_of_shipped_years_do_not_move(answers: dict[str, Any], code: str) -> None:
    """A refreshed year changes no row of another: neither dispersion nor pooling takes it in."""
    assert command(["regions", "--period", code, "--format", "csv"]) == tuple(answers[code])


@pytest.mark.slow  # of the shipped figures: test_pictures, test_sites, tests/atlas/public
def test_larger_files_of_the_new_year(folders: tuple[Path, Path]) -> None:
    """A lens, the brief, pictures, and the public site, which shows the newest unless told."""
    figures, out = folders
    asked = [
        ["hotspots", "--period", "2024", "--lens", "gistar", "--seed", "1"],
        ["picture", "--period", PART, "--lang", "en", "--out", str(out / "map.svg")],
        ["map", "--period", PART, "--out", str(out / "map.html")],
        ["brief", "--department", "17", "--out", str(out / "brief.pdf")],
        ["public", "--out", str(out / "site")],
        ["density", "--period", "2024", "--cell-km", "20", "--out", str(out / "density.tif")],
        [
            *("sites", "--demand", "complaints:2024", "--sites", "2", "--resamples", "0"),
            *("--out", str(out / "plan.geojson")),
        ],
    ]
    assert not any(code for code, _, _ in work_in(figures, commands=asked)["commands"])
    assert "January to July 2026" in unescape((out / "map.svg").read_text(encoding="utf-8"))
    assert "enero a julio de 2026" in (out / "map.html").read_text(encoding="utf-8")
    site = json.loads((out / "site" / "public.json").read_text())
    assert (site["period"], site["reported_count"]) == (NEWEST, NEWEST_TOTAL)


def test_the_map_opens_at_the_newest_year_of_nine_months(seen: dict[str, Any]) -> None:
    """Seven months are offered and marked, not shown first, and their card names them; the figures
    end with them."""
    page = seen["map"]
    part = page.split(f'"code": "{PART}"')[1].split("}")[0]
    assert f'"count": {PART_TOTAL}' in part
    assert '"is_partial": true' in part
    cards = {
        name: seen[name].split("<article")[1].split("</article>")[0] for name in ("map", "part")
    }
    assert "2025 ene–nov" in cards["map"]
    assert "Las cifras de la Fiscalía terminan en julio de 2026;" in page
    assert "2026 ene–jul" in cards["part"]
    assert f"{PART_TOTAL:,}" in cards["part"]


def test_other_pages_end_with_the_new_year(seen: dict[str, Any]) -> None:
    """Registries side by side, the ages, how to cite, where the figures end."""
    assert f'aria-label="2024: {TOTAL:,} delitos denunciados"' in seen["cifras"]
    part = f'aria-label="2026: {PART_TOTAL:,} delitos denunciados, ene. 2026 a jul. 2026"'
    assert f'{part}><b>{PART_TOTAL:,}</b><i class="partial">' in seen["cifras"]
    assert "| 2019-2024, January to November 2025, January to July 2026 |" in seen["metodo"]
    assert "Las cifras de la Fiscalía terminan en julio de 2026" in seen["publica"]


def test_the_api_and_the_public_page(done: dict[str, dict[str, Any]]) -> None:
    """Figures, periods and the note on a part of a year; an unknown year is a 400."""
    asked = done["addresses"]
    assert {name: status for name, (status, _) in asked.items()} == {
        name: 400 if name == "unknown" else 200 for name in asked
    }
    rows = json.loads(asked["json"][1])["regions"]
    assert sum(row["reported_count"] for row in rows) == TOTAL
    assert asked["csv"][1].count("part_year") == 25
    assert PART in asked["meta"][1]
    assert f"{NEWEST_TOTAL:,}" in asked["page"][1]
    caution = "Not a full year: the rate and the expected count those months only"
    assert caution in asked["part_page"][1]
