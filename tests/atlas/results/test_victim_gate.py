"""The table of victims: what it gives away, edition after edition, and to whom it is refused."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from atlas.results.victim_attack import attack
from atlas.results.victim_gate import KEY, RULE, VictimGate, gated, printed_before
from atlas.view import DEPARTMENTS
from atlas.words import words
from data.catalogue import ROOT, load_package, read_resource
from data.parsing import text_rows
from data.police import EARLIER, TABLE, gate_card, load_profile_categories, printed_faults
from data.refresh.folder import Row
from data.refresh.police import COUNT, read_police
from tests.border_files import external
from tests.brought_files import source_of
from tests.refusing import refused

SHOWN = text_rows(read_resource(TABLE).content)
BEFORE = text_rows(read_resource(EARLIER).content)
SLOW = ("sex", "purpose", "venue")
WORKBOOK = "police/DataSet_trata_personas_enero2017_septiembre2025.xlsx"


def test_the_shipped_table_gives_nothing_away_by_a_subtraction():
    """The 45 ranges of years and 26 areas, with earlier editions, give no count by subtraction."""
    assert printed_faults(SHOWN, BEFORE) == []
    totals = [row for row in SHOWN if row["category"] == "total"]
    assert len(totals) == 45 * 26 - 21, "Cusco in the ranges that hold 2019"
    assert {row["department_ubigeo"] for row in BEFORE} == {"08"}
    assert len(SHOWN) + len(BEFORE) == 4030 + 81 + 45 * 26


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reported_count": "4"}, "4 of "),
        ({"reported_count": "-2"}, "2 follow"),
        ({"period": "2024"}, " between two ranges"),
    ],
)
def test_a_table_that_gives_something_away_is_named(change, message):
    """Known answers: a count of 4; the country without its departments; a range beside another."""
    place = {"period": "2023/2024", "department_ubigeo": "17"}
    row = {**place, "group": "sex", "category": "female", "reported_count": "20"}
    whole = {**place, "group": "", "category": "total", "reported_count": "30"}
    rows = [row, whole]
    if "period" in change:
        rows += [{**row, **change, "reported_count": "18"}, {**whole, **change}]
    elif change["reported_count"] == "4":
        rows = [{**row, **change}, whole]
    else:
        rows = [row, {**whole, "reported_count": "22"}]
    assert any(message in fault for fault in printed_faults(rows))


@pytest.mark.slow  # the attack: some minutes
def test_the_real_workbook_gives_the_shipped_table():
    """Byte for byte, what it printed before given as known."""
    content = external(WORKBOOK)
    source = source_of(content, "real.xlsx", "2026-11-26")
    reading = read_police("real.xlsx", content, today="2026-11-26")
    made = gated(reading, source, printed_before(ROOT))
    assert made[TABLE].content == read_resource(TABLE).content
    assert made[EARLIER].content == read_resource(EARLIER).content


def _profile(years: int, *, seed: int = 3, revised: tuple[str, int] | None = None) -> list[Row]:
    """Indicators of invented departments of very unlike sizes, the first so many years."""
    random = np.random.default_rng(seed)
    categories = load_profile_categories()
    rows = []
    for place in DEPARTMENTS:
        size = random.gamma(0.6, 40)
        for year in range(9):
            count = int(random.poisson(size))
            if revised == (place, year):
                count += 7
            values = {COUNT: count}
            for group, table in categories.groupby("group", sort=False):
                if group in ("age", "age_band", "sex"):
                    continue
                odds = 1.0 / np.arange(1, len(table) + 1) ** 1.5
                for (name, *_), n in zip(
                    table["indicators"], random.multinomial(count, odds / odds.sum()), strict=True
                ):
                    values[name] = int(n)
            for start in ("EF_", "EM_"):
                values[f"{start}SUB TOTAL"] = sum(
                    n for name, n in values.items() if name.startswith(start)
                )
            if year < years:
                rows += [
                    {"period": str(2017 + year), "department_ubigeo": place, "indicator": name,
                     "reported_count": str(n)} for name, n in values.items()
                ]  # fmt: skip
    return rows


def _editions(
    profiles: list[list[Row]], groups: tuple[str, ...]
) -> Iterator[tuple[VictimGate, list[Row], list[Row]]]:
    """Yield each edition's gate, its rows after the attack on these groups, and earlier rows."""
    known: list[Row] = []
    for number, profile in enumerate(profiles):
        gate = VictimGate(profile, known)
        rows, _ = gate.after_attack(groups)
        yield gate, rows, list(known)
        known += [{"edition": f"2026-0{number + 1}-01", **row} for row in rows]


@pytest.mark.parametrize(
    "group",
    ["recruited_from", *(pytest.param(attribute, marks=pytest.mark.slow) for attribute in SLOW)],
)
def test_three_editions_give_nothing_away(group):
    """Three editions give nothing by subtraction or linear programmes, and repeat earlier rows."""
    for gate, rows, before in _editions([_profile(years) for years in (7, 8, 9)], (group,)):
        assert printed_faults(rows, before) == []
        assert attack(rows, before, gate.notes(), truth=gate.counts, groups=(group,)) == []
        keys = {tuple(row[name] for name in KEY) for row in rows}
        assert keys >= {tuple(row[name] for name in KEY) for row in before}


def test_editions_cut_anew_give_counts_away():
    """The same three, none of which knows of the others."""
    gates = [VictimGate(_profile(years), []).printed() for years in (7, 9)]
    before = [{"edition": "2026-01-01", **row} for row in gates[0]]
    assert any("between two ranges" in fault for fault in printed_faults(gates[1], before))


def test_a_revised_year_stays_known_as_it_was_printed():
    """A revised year keeps its old counts beside the new ones, and they reveal nothing."""
    place = max(
        DEPARTMENTS, key=lambda code: sum(int(r["reported_count"]) for r in _profile(8)
                                          if r["department_ubigeo"] == code)
    )  # fmt: skip
    profiles = [_profile(8), _profile(9, revised=(place, 2))]
    *_, (gate, rows, before) = _editions(profiles, ("recruited_from",))
    now = {tuple(row[name] for name in KEY): row["reported_count"] for row in rows}
    differ = [row for row in before if now.get(tuple(row[n] for n in KEY)) != row["reported_count"]]
    assert any(row["period"] == "2019" and row["category"] == "total" for row in differ)
    assert printed_faults(rows, differ) == []
    known = {"truth": gate.counts, "groups": ("recruited_from",)}
    assert attack(rows, differ, gate.notes(), **known) == []


REGLA = (
    "Los totales que publica un registro se muestran. Sexo, edad y finalidad se ocultan por debajo "
    "de 5, y un grupo entero si su base es menor que 5. Lo que imprimió una edición anterior "
    "cuenta como conocido."
)


def test_the_rule_stands_everywhere_in_the_same_sentences():
    """Word for word, in each language that the paper, the page and the table's card have."""
    card, top = load_package()["resources"], ROOT.parent
    described = next(item for item in card if item["name"] == TABLE)
    for rule, papers, lang, key in (
        (RULE, ("README.md", "SECURITY.md", "docs/method.md"), "en", "description"),
        (REGLA, ("README.es.md",), "es", "description_es"),
    ):
        for name in papers:
            assert rule in (top / name).read_text(encoding="utf-8"), (name, lang)
        assert rule in words(lang)("method.privacy.text")
        assert rule in described[key]


def test_pages_and_the_api_load_neither_the_cutting_nor_the_attack():
    """They read the table and know no more."""
    asked = (
        "import sys, atlas.public.api, atlas.map.page_card, atlas.figures.page; "
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "atlas.results.profile" in loaded
    assert not loaded & {"geo.privacy.ranges", "geo.privacy.range_attack", VictimGate.__module__}


def test_a_folder_without_the_table_is_no_previous_edition(tmp_path):
    package = {"resources": [], "name": "old"}
    (tmp_path / "datapackage.json").write_text(str(package).replace("'", '"'), encoding="utf-8")
    with refused("has no table of victims"):
        printed_before(tmp_path)


PEOPLE = re.compile(r"minor|women|\bmen\b|girl|boy|female|male|child|adult")
PRINTED_AS_SUCH: dict[str, str] = {
    "breakdowns": "three Bolivian women of 925 in the country, as the police told AP (S062)",
    "article_figures": "three minors of one operation in 2013, as the article prints it (S104)",
    "census_2025_ages": "people of the census, none of them a victim (INEI, Cuadro Nº 1)",
    "census_2025": "people of the census, none of them a victim (INEI, Cuadro Nº 6)",
}
"""Tables with counts of 1 to 4 people by an attribute, and why they stay."""


def test_no_table_counts_one_to_four_victims_by_an_attribute():
    """No other table than those listed counts 1 to 4 people by an attribute."""
    words = ("sex", "age", "women", "men", "group", "dimension", "category", "indicator")
    cells = {}
    for item in load_package()["resources"]:
        if item["format"] != "csv":
            continue
        rows = list(csv.DictReader(read_resource(item["name"]).content.decode().splitlines()))
        columns = rows[0].keys() if rows else ()
        by = [name for name in columns if any(word in name.split("_") for word in words)]
        for row in rows:
            own = [*by, "measure"] if PEOPLE.search(row.get("measure", "")) else by
            if own and row.get("category") != "total" and _small_counts(row, own):
                cells.setdefault(item["name"], []).append(row)
    assert set(cells) == set(PRINTED_AS_SUCH), {k: v[:2] for k, v in cells.items()}
    assert gate_card()["smallest_shown"] == 5


def _small_counts(row: Row, by: list[str]) -> bool:
    if row.get("unit") in ("percent", "rank"):
        return False
    counted = [name for name in row if name in ("reported_count", "value", "count", *by)]
    return any(row[name] in ("1", "2", "3", "4") for name in counted)
