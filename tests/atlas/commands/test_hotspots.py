"""The command `hotspots`: the published shape, the same bytes, one line when refused."""

from __future__ import annotations

import json

import pytest

from atlas.hotspots.command import _say_what_the_seed_decides, hotspots
from atlas.map.command import regions
from atlas.results.regions import overdispersion
from tests.published import POLICE_PLACED

CLUSTER_KEYS = [
    "departments", "kind", "observed", "expected", "relative_risk", "llr", "p_value",
    "names",
]  # fmt: skip
LOCAL_KEYS = [
    "department_ubigeo", "department", "reported_count", "unit", "registry", "person_years",
    "statistic", "z_score", "p_value", "q_value", "smallest_p", "hotspot", "quadrant",
    "is_significant", "flags",
]  # fmt: skip


def answer(capsys: pytest.CaptureFixture[str], **options: str) -> str:
    """What the command prints on stdout."""
    hotspots(**{"period": "2023", "seed": "1", "replicas": "999", "format": "json"} | options)
    return capsys.readouterr().out


def test_scan_has_exactly_the_published_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Six keys, and eight a cluster, its names last; in 2022 Lima is in none."""
    found = json.loads(answer(capsys, lens="scan", period="2022", seed="7"))
    assert list(found) == ["lens", "period", "seed", "replicas", "clusters"]
    assert (found["lens"], found["period"], found["seed"], found["replicas"]) == (
        "scan", "2022", 7, 999,
    )  # fmt: skip
    assert all(list(cluster) == CLUSTER_KEYS for cluster in found["clusters"])
    assert found["clusters"][0]["departments"] == ["17"]
    assert found["clusters"][0]["names"] == ["Madre de Dios"]
    assert "15" not in {code for one in found["clusters"] for code in one["departments"]}


@pytest.mark.parametrize("lens", ["excess", "moran", "gistar"])
def test_rows_have_the_published_shape(lens: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Four keys; a code in each of 25 rows, one p and one q in each."""
    found = json.loads(answer(capsys, lens=lens, period="2007-01/2014-04"))
    assert list(found) == ["lens", "period", "seed", "rows"]
    assert [row["department_ubigeo"] for row in found["rows"]] == [
        f"{code:02d}" for code in range(1, 26)
    ]
    if lens != "excess":
        assert all(list(row) == LOCAL_KEYS for row in found["rows"])


def test_provinces_say_registry_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    """The registry that has provinces unless one is named; the same keys, codes of four digits."""
    scan = json.loads(answer(capsys, lens="scan", level="provinces", period="2022"))
    assert list(scan) == ["lens", "period", "seed", "registry", "level", "replicas", "clusters"]
    assert (scan["registry"], scan["level"]) == ("police", "provinces")
    assert list(scan["clusters"][0]) == ["provinces", *CLUSTER_KEYS[1:]]
    assert scan["clusters"][0]["provinces"] == ["0808"]
    rows = json.loads(answer(capsys, lens="moran", level="provinces", period="2017/2022"))["rows"]
    assert len(rows) == 196
    assert list(rows[0]) == ["province_ubigeo", "province", *LOCAL_KEYS]
    assert sum(row["reported_count"] for row in rows) == POLICE_PLACED


@pytest.mark.parametrize("lens", ["scan", "gistar"])
def test_9999_maps_unless_999_are_asked_for(lens: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --replicas the answer is that of the page's number."""
    usual = answer(capsys, lens=lens, replicas="")
    assert usual == answer(capsys, lens=lens, replicas="9999")
    assert usual != answer(capsys, lens=lens, replicas="999")


def test_excess_equals_regions(capsys: pytest.CaptureFixture[str]) -> None:
    """The first lens is the table of `regions`, to the last digit."""
    rows = json.loads(answer(capsys, lens="excess", period="2021"))["rows"]
    regions(period="2021", format="json")
    assert rows == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("lens", ["scan", "moran", "gistar"])
def test_a_seed_fixes_every_byte(lens: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Computed again, the answer is the same; another seed moves some p."""
    from atlas.results.cache import cached

    first = answer(capsys, lens=lens, period="2021", seed="3")
    cached.forget()
    assert answer(capsys, lens=lens, period="2021", seed="3") == first
    other = json.loads(answer(capsys, lens=lens, period="2021", seed="4"))
    assert {**other, "seed": 3} != json.loads(first)


@pytest.mark.parametrize(
    ("lens", "said"),
    [("scan", "p: one rate for all, with the waves"), ("moran", "p: rates shuffled")],
)
def test_the_table_says_what_p_is(lens: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line apart from the rows; the waves with their kappa and its range."""
    hotspots(period="2023", lens=lens, seed="1", replicas="999", format="table")
    printed = capsys.readouterr()
    assert said in printed.err
    assert said not in printed.out
    kappa = overdispersion()
    assert (f"kappa {kappa.kappa:.3f}, {kappa.kappas[0]:.3f} to" in printed.err) == (lens == "scan")


def test_what_the_seed_decides_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """0.047 is on the edge with 9,999 maps, 0.040 with 999 only."""
    rows = [
        {"departments": ["09", "12"], "p_value": 0.047},
        {"departments": ["10"], "p_value": 0.04},
    ]
    for maps, codes in ((9_999, ["09+12"]), (999, ["09+12", "10"])):
        _say_what_the_seed_decides(rows, maps)
        printed = capsys.readouterr()
        lines = printed.err.splitlines()
        assert [line.split(":")[0].removeprefix("cluster ") for line in lines] == codes
        assert printed.out == ""
