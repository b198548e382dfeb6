"""What hotspots, change, level, compare and profile print: keys, nulls, the line beside them."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest

from atlas.results.compare import (
    COLUMNS,
    FEATURES,
    department_features,
    most_alike,
    neighbours_of,
)
from atlas.results.regions import overdispersion, results_for
from atlas.view import DEPARTMENTS
from data.periods import parse_period
from tests.other_process import run
from tests.published import POLICE_PLACED


def _rows(*options: str) -> list[dict]:
    code, out, err = run("compare", *options, "--format", "json")
    assert code == 0, err
    return json.loads(out)


def test_each_registry_gives_its_newest_full_year_and_the_earliest_beside_it():
    """Figures are those of the regions' table, to the last digit; nothing is added."""
    rows = _rows("--departments", "17,loreto")
    assert list(rows[0])[: len(COLUMNS)] == list(COLUMNS)
    assert [(row["registry"], row["period"]) for row in rows[:4]] == [
        ("mpfn", "2023"),
        ("mpfn", "2019"),
        ("police", "2024"),
        ("police", "2017"),
    ]
    assert [row["department_ubigeo"] for row in rows] == ["17"] * 4 + ["16"] * 4
    for row in rows:
        table = results_for(parse_period(row["period"], row["registry"]))
        figures = table.set_index("department_ubigeo").loc[row["department_ubigeo"]]
        for name in ("reported_count", "rate_per_100k", "smr", "smr_low", "smr_high", "verdict"):
            assert row[name] == figures[name]


def test_a_registry_without_the_period_says_so_without_figures():
    """2024 is counted by the police alone."""
    rows = _rows("--departments", "17,08", "--period", "2024")
    by_registry = {row["registry"]: row for row in rows if row["department_ubigeo"] == "17"}
    assert by_registry["police"]["reported_count"] == 66
    assert by_registry["police"]["note"] is None
    for registry in ("mpfn", "observatory"):
        row = by_registry[registry]
        assert row["note"] == "no_period"
        assert {row[name] for name in ("reported_count", "smr", "verdict")} == {None}


def test_a_count_that_is_not_compared_is_noted():
    """Lima of 2022 has a count and no conclusion."""
    row = _rows("--departments", "15,07", "--period", "2022")[0]
    assert row["reported_count"] == 99
    assert row["smr"] is None
    assert row["note"] == "not_compared"


def test_neighbours_follow_the_department():
    """Madre de Dios borders Cusco, Puno and Ucayali; touching is mutual."""
    rows = _rows("--neighbours", "Madre de Dios", "--period", "2023")
    places = list(dict.fromkeys((row["department_ubigeo"], row["role"]) for row in rows))
    assert places == [
        ("17", "chosen"),
        ("08", "neighbour"),
        ("21", "neighbour"),
        ("25", "neighbour"),
    ]
    for code in DEPARTMENTS:
        assert all(code in neighbours_of(other) for other in neighbours_of(code))


@pytest.mark.parametrize("department", ["17", "08", "15"])
def test_the_most_alike_are_those_of_a_second_calculation(department):
    """Standard scores by pandas; the order, the distance and what is near."""
    table = department_features()
    scores = (table - table.mean()) / table.std(ddof=0)
    apart = scores - scores.loc[department]
    distance = np.sqrt((apart**2).mean(axis=1)).drop(department).sort_values()
    asked = ("compare", "--like", department, "--period", "2023", "--format", "json")
    _, out, err = run(*asked)
    rows = [row for row in json.loads(out) if row["registry"] == "mpfn"]
    assert [row["department_ubigeo"] for row in rows] == [department, *distance.index[:3]]
    assert [row["distance"] for row in rows[1:]] == pytest.approx(distance[:3].tolist())
    for row in rows[1:]:
        near = apart.loc[row["department_ubigeo"]].abs().sort_values()
        assert row["features"] == [name for name in near.index if near[name] < 0.5]
    nearest = set(distance.index[:3])
    without = {name: (apart.drop(columns=name) ** 2).mean(axis=1) for name in FEATURES}
    decisive = [
        name
        for name, squares in without.items()
        if set(squares.drop(department).nsmallest(3).index) != nearest
    ]
    assert list(most_alike(department)[1]) == decisive
    assert "says nothing of trafficking" in err


CODES = [f"{number:02d}" for number in range(1, 26)]
KAPPA = ["kappa", "kappa_low", "kappa_high", "kappa_months"]
CHANGE = [
    "department_ubigeo", "ratio", "low", "high", "p_value", "q_value", "verdict", *KAPPA,
    "department",
]  # fmt: skip


def test_change_is_one_array_of_25_objects() -> None:
    """Lima's 2022 is untestable with nulls, everything else has numbers."""
    code, out, err = run("change", "--from", "2021", "--to", "2022", "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["department_ubigeo"] for row in rows] == CODES
    assert all(list(row) == CHANGE for row in rows)
    lima = rows[14]
    numbers = [lima[key] for key in CHANGE[1:] if key not in KAPPA]
    assert numbers == [None] * 5 + ["untestable", "Lima"]
    assert all(row["kappa_low"] < row["kappa"] < row["kappa_high"] for row in rows)
    assert all(row["low"] < row["ratio"] < row["high"] for row in rows if row is not lima)
    assert {row["verdict"] for row in rows} <= {"rose", "fell", "unremarkable", "untestable"}


def test_tables_say_what_they_are_relative_to() -> None:
    _, out, err = run("change", "--from", "2019", "--to", "2023")
    assert (len(out.splitlines()), err.count("\n")) == (26, 1)
    assert "change in 4 years with kappa 0.178" in err
    assert "change in 1 year with kappa 0." in run("change", "--from", "2019", "--to", "2020")[2]


def test_a_script_that_asks_for_the_level_gets_one_line() -> None:
    code, out, err = run("level", "--registry", "police", "--format", "json")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "level is no longer offered" in err


PROFILE_KEYS = (
    *("group", "category", "share", "count", "base"),
    *("rate_per_100k", "rate_low", "rate_high", "rate_margin", "population", "rate_period"),
)


def test_profile_as_json_and_csv() -> None:
    """The same rows in both; 2025 is its nine months."""
    asked = ("profile", "--registry", "police", "--department", "15", "--period", "2017/2025-09")
    code, out, err = run(*asked, "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert all(list(row) == [*PROFILE_KEYS] for row in rows)
    women = next(row for row in rows if row["category"] == "female")
    assert women["share"] == pytest.approx(women["count"] / 2769)
    assert any(row["count"] is None for row in rows)
    assert all(row["share"] is None for row in rows if row["count"] is None)
    code, out, _ = run(*asked, "--format", "csv")
    table_rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["count"] for row in table_rows] == [
        "" if r["count"] is None else str(r["count"]) for r in rows
    ]
    assert run("profile", "--period", "2025")[1] == run("profile", "--period", "2025-01/2025-09")[1]
    assert "Mujeres" in run("profile", "--lang", "es")[1]


CLUSTER_KEYS = [
    "departments", "kind", "observed", "expected", "relative_risk", "llr", "p_value", *KAPPA,
    "names",
]  # fmt: skip
LOCAL_KEYS = [
    "department_ubigeo", "department", "reported_count", "unit", "registry", "person_years",
    "statistic", "z_score", "p_value", "q_value", "smallest_p", "hotspot", "quadrant",
    "is_significant", "flags", *KAPPA,
]  # fmt: skip


def answer(**options: str) -> str:
    """What the command prints on stdout."""
    asked = {"period": "2023", "seed": "1", "replicas": "999", "format": "json"} | options
    code, out, err = run("hotspots", *(f"--{name}={text}" for name, text in asked.items() if text))
    assert code == 0, err
    return out


def test_scan_has_exactly_the_published_shape() -> None:
    """Six keys, and eight a cluster, its names last; in 2022 Lima is in none."""
    scan = json.loads(answer(lens="scan", period="2022", seed="7"))
    assert list(scan) == ["lens", "period", "seed", "replicas", "clusters"]
    assert (scan["lens"], scan["period"], scan["seed"], scan["replicas"]) == (
        "scan", "2022", 7, 999,
    )  # fmt: skip
    assert all(list(cluster) == CLUSTER_KEYS for cluster in scan["clusters"])
    assert scan["clusters"][0]["departments"] == ["17"]
    assert scan["clusters"][0]["names"] == ["Madre de Dios"]
    assert "15" not in {code for scanned in scan["clusters"] for code in scanned["departments"]}


@pytest.mark.parametrize("lens", ["excess", "gistar"])
def test_rows_have_the_published_shape(lens: str) -> None:
    """Four keys; a code in each of 25 rows, one p and one q in each."""
    rows = json.loads(answer(lens=lens, period="2007-01/2014-04"))
    assert list(rows) == ["lens", "period", "seed", "rows"]
    assert [row["department_ubigeo"] for row in rows["rows"]] == [
        f"{code:02d}" for code in range(1, 26)
    ]
    if lens != "excess":
        assert all(list(row) == LOCAL_KEYS for row in rows["rows"])


def test_provinces_say_registry_and_level() -> None:
    """The registry that has provinces unless one is named; the same keys, codes of four digits."""
    scan = json.loads(answer(lens="scan", level="provinces", period="2022"))
    assert list(scan) == ["lens", "period", "seed", "registry", "level", "replicas", "clusters"]
    assert (scan["registry"], scan["level"]) == ("police", "provinces")
    assert list(scan["clusters"][0]) == ["provinces", *CLUSTER_KEYS[1:]]
    assert scan["clusters"][0]["provinces"] == ["0808"]
    rows = json.loads(answer(lens="gistar", level="provinces", period="2017/2022"))["rows"]
    assert len(rows) == 196
    assert list(rows[0]) == ["province_ubigeo", "province", *LOCAL_KEYS]
    # Cusco has no figure over years of which one is missing
    known = [row["reported_count"] for row in rows if row["reported_count"] is not None]
    assert (len(known), sum(known)) == (183, POLICE_PLACED - 163)


def test_9999_maps_unless_999_are_asked_for() -> None:
    """Without --replicas the answer is that of the page's number."""
    usual = answer(lens="gistar", replicas="")
    assert usual == answer(lens="gistar", replicas="9999")
    assert usual != answer(lens="gistar", replicas="999")


def test_excess_equals_regions() -> None:
    """The first lens is the table of `regions`, to the last digit."""
    rows = json.loads(answer(lens="excess", period="2021"))["rows"]
    assert rows == json.loads(run("regions", "--period", "2021", "--format", "json")[1])


@pytest.mark.parametrize("lens", ["scan", "gistar"])
def test_a_seed_fixes_every_byte(lens: str) -> None:
    """Computed again, the answer is the same; another seed moves some p."""
    from data.cache import empty_caches

    first = answer(lens=lens, period="2021", seed="3")
    empty_caches()
    assert answer(lens=lens, period="2021", seed="3") == first
    other = json.loads(answer(lens=lens, period="2021", seed="4"))
    assert {**other, "seed": 3} != json.loads(first)


@pytest.mark.parametrize(
    ("lens", "label"),
    [("scan", "p: one rate for all, with the waves"), ("gistar", "p: rates shuffled")],
)
def test_the_table_says_what_p_is(lens: str, label: str) -> None:
    """One line apart from the rows; the waves with their kappa and its range."""
    _, out, err = run("hotspots", f"--lens={lens}", "--seed=1", "--replicas=999", "--period=2023")
    assert label in err
    assert label not in out
    kappa = overdispersion(parse_period("2023"))
    assert (f"kappa {kappa.kappa:.3f}, {kappa.kappas[0]:.3f} to" in err) == (lens == "scan")


@pytest.mark.parametrize(
    ("period", "replicas", "is_any"), [("2020", "999", True), ("2023", "9999", False)]
)
def test_what_the_seed_decides_is_said_on_stderr(period: str, replicas: str, is_any: bool) -> None:
    """A p within two standard errors of 0.05, of which more maps leave fewer."""
    asked = ("hotspots", "--period", period, "--lens", "scan", "--replicas", replicas)
    clusters = json.loads(run(*asked, "--format", "json")[1])["clusters"]
    margin = 2 * np.sqrt(0.05 * 0.95 / int(replicas))
    near = [
        "+".join(group["departments"])
        for group in clusters
        if abs(group["p_value"] - 0.05) < margin
    ]
    warned = re.findall(r"^cluster ([\d+]+):", run(*asked)[2], re.MULTILINE)
    assert warned == near
    assert bool(near) == is_any
