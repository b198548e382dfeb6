"""The command `hotspots`: the published shape, the same bytes, one line when refused."""

from __future__ import annotations

import json
import re

import pytest
import typer

from commands.hotspots import hotspots
from commands.regions import regions

CLUSTER_KEYS = [
    "departments", "kind", "observed", "expected", "relative_risk", "llr", "p_value",
]  # fmt: skip


def answer(capsys: pytest.CaptureFixture[str], **options: str) -> str:
    """What the command prints on stdout."""
    hotspots(**{"period": "2023", "seed": "1", "replicas": "999", "format": "json"} | options)
    return capsys.readouterr().out


def test_scan_has_exactly_the_published_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """Six keys, and seven a cluster; in 2022 Lima is in none."""
    found = json.loads(answer(capsys, lens="scan", period="2022", seed="7"))
    assert list(found) == ["lens", "period", "seed", "replicas", "clusters"]
    assert (found["lens"], found["period"], found["seed"], found["replicas"]) == (
        "scan", "2022", 7, 999,
    )  # fmt: skip
    assert all(list(cluster) == CLUSTER_KEYS for cluster in found["clusters"])
    assert found["clusters"][0]["departments"] == ["17"]
    assert "15" not in {code for one in found["clusters"] for code in one["departments"]}


@pytest.mark.parametrize("lens", ["excess", "moran", "gistar"])
def test_rows_have_the_published_shape(lens: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Four keys; a code in each of 25 rows, p with and without dispersion."""
    found = json.loads(answer(capsys, lens=lens, period="2007-01/2014-04"))
    assert list(found) == ["lens", "period", "seed", "rows"]
    assert [row["department_ubigeo"] for row in found["rows"]] == [
        f"{code:02d}" for code in range(1, 26)
    ]
    assert all({"q_value", "q_value_overdispersed"} <= set(row) for row in found["rows"])


@pytest.mark.parametrize(("lens", "count"), [("scan", 9_999), ("moran", 9_999), ("gistar", 9_999)])
def test_each_lens_has_its_own_number_of_maps(
    lens: str, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --replicas the answer is that of the page's number."""
    usual = answer(capsys, lens=lens, replicas="")
    assert usual == answer(capsys, lens=lens, replicas=str(count))
    other = json.loads(answer(capsys, lens="gistar", replicas="999"))
    assert min(row["p_value"] for row in other["rows"]) >= 2 / 1000


def test_excess_equals_regions(capsys: pytest.CaptureFixture[str]) -> None:
    """The first lens is the table of `regions`, to the last digit."""
    rows = json.loads(answer(capsys, lens="excess", period="2021"))["rows"]
    regions(period="2021", format="json")
    assert rows == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("lens", ["scan", "moran", "gistar"])
def test_a_seed_fixes_every_byte(lens: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Computed again, the answer is the same; another seed moves some p."""
    from maps import hotspots as module

    first = answer(capsys, lens=lens, period="2021", seed="3")
    module._local.cache_clear()
    module._scan.cache_clear()
    assert answer(capsys, lens=lens, period="2021", seed="3") == first
    other = json.loads(answer(capsys, lens=lens, period="2021", seed="4"))
    assert {**other, "seed": 3} != json.loads(first)


def test_the_table_prints_dispersion_beside_chance(capsys: pytest.CaptureFixture[str]) -> None:
    """Both p-values of a cluster, and a line that says which is which, apart from the rows."""
    hotspots(period="2023", lens="scan", seed="1", replicas="999", format="table")
    printed = capsys.readouterr()
    assert printed.out.split("\n")[0].split()[-2:] == ["p_value", "p_value_overdispersed"]
    assert "5.34 times more (3.93 to 7.69)" in printed.err


def test_what_the_seed_decides_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Huancavelica's cluster of 2023 alone with 9,999 maps, Huánuco's as well with 999."""
    for maps, codes in (("9999", ["09"]), ("999", ["09", "10"])):
        hotspots(period="2023", lens="scan", seed="1", replicas=maps, format="table")
        printed = capsys.readouterr()
        assert re.findall(r"cluster (\d\d): a p lies within", printed.err) == codes
        assert "another seed" not in printed.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lens": "kde"}, "unknown lens 'kde': allowed are excess, scan, moran, gistar"),
        ({"lens": "scan", "replicas": "1000"}, "unknown replicas '1000': allowed are 999, 9999"),
        ({"lens": "scan", "seed": "-1"}, "--seed is '-1': give a whole number"),
        ({"lens": "scan", "seed": "1e3"}, "--seed is '1e3': give a whole number"),
        ({"lens": "scan", "period": "2018"}, "no period '2018'; choose one of"),
        ({"lens": "scan", "format": "csv"}, "unknown format 'csv': allowed are json, table"),
    ],
)
def test_refusals_are_one_line(
    options: dict[str, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing on stdout, one line on stderr, code 2."""
    with pytest.raises(typer.Exit) as exit_:
        answer(capsys, **options)
    printed = capsys.readouterr()
    assert exit_.value.exit_code == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err
