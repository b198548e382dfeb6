"""refresh police from a terminal: shown, written when told, refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data.catalogue import load_table
from data.refresh import store
from data.refresh.folder import CURRENT, forget
from tests.border_files import external
from tests.mpfn_files import mpfn_rows, mpfn_text, shipped_counts
from tests.other_process import work_in
from tests.police_files import BASE, police_rows, police_workbook, write_small
from tests.published import POLICE

Run = Callable[..., tuple[int, str, str]]
NAME = "DataSet_trata_personas_enero2017_septiembre2025.xlsx"


def test_the_real_workbook_is_the_one_in_use(run: Run, figures: Path, tmp_path: Path) -> None:
    """A line a year and table with the published sums; nothing is written."""
    (tmp_path / NAME).write_bytes(external(f"police/{NAME}"))
    source = str(tmp_path / NAME)
    code, out, err = run("refresh", "police", "--source", source, "--yes", "--format", "json")
    rows = json.loads(out)
    assert code == 0, err
    assert {row["what"] for row in rows} == {"same"}
    sums = [row["after"] for row in rows if row["table"] == "police_complaints"]
    assert sums == list(POLICE.values())
    assert rows[8]["period"] == "2025-01/2025-09"
    assert "75,508 rows read" in err
    assert "look at: 2023 has no months" in err
    assert err.endswith("these are the figures in use: nothing to write\n")
    assert not (figures / CURRENT).exists()


def test_a_new_month_is_a_period_of_the_next_start(
    run: Run, figures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown, written with --yes, and asked for by its code without anything else to do; the year of
    reports that another command brought before holds beside it."""
    monkeypatch.setattr(store, "refuse_faults", lambda *_: None)
    write_small(monkeypatch, BASE)
    (tmp_path / "2024.csv").write_text(mpfn_text(mpfn_rows(2024, shipped_counts("2023"))), "utf-8")
    year = ("refresh", "complaints", "--source", str(tmp_path / "2024.csv"), "--yes")
    assert run(*year)[0] == 0
    content = police_workbook(police_rows({**BASE, (2025, 10, "17", None): 3}))
    (tmp_path / "new.xlsx").write_bytes(content)
    asked = ("refresh", "police", "--source", str(tmp_path / "new.xlsx"), "--format", "json")
    code, shown, err = run(*asked)
    (row,) = [row for row in json.loads(shown) if row["what"] == "row"]
    assert (code, row["month"], row["area"], row["before"], row["after"]) == (
        *(0, "2025-10", "Madre de Dios"),
        *(None, 3),
    )
    assert "nothing was changed; add --yes to write" in err
    assert run(*asked, "--yes")[:2] == (0, shown), "what was shown is what is written"
    series = ["series", "--registry", "police", "--department", "17", "--step", "month"]
    regions = ["regions", "--period", "2024"]
    commands = [[*asked, "--format", "json"] for asked in (series, regions)]
    answers = work_in(figures, commands=[*commands, ["refresh", "--list"]])
    (code, out, err), (_, reports, _), (_, listed, _) = answers["commands"]
    assert sum(row["reported_count"] for row in json.loads(reports)) == 1_076
    assert code == 0, err
    last = json.loads(out)[-1]
    assert (last["period"], last["reported_count"], last["is_partial"]) == ("2025-10", 3, False)
    assert "police_complaints       refreshed  2025-10" in listed
    assert run("refresh", "--reset")[1] == (
        "removed: all_offences, complaints, police_complaints, police_profile, police_provinces\n"
    )


def test_a_workbook_that_lacks_what_is_in_use_is_refused(
    run: Run, figures: Path, tmp_path: Path
) -> None:
    """One line with the reason, nothing on stdout."""
    content = police_workbook(police_rows({(2017, month, "17", None): 3 for month in (1, 2)}))
    (tmp_path / "half.xlsx").write_bytes(content)
    before = load_table("police_complaints")
    code, out, err = run("refresh", "police", "--source", str(tmp_path / "half.xlsx"), "--yes")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "half.xlsx: found no figures of 2017-03, 2017-04, 2017-05, 2017-06, 2017-07 and " in err
    assert "more, which are in use; expected the whole file: this one is cut, or older" in err
    forget()
    assert load_table("police_complaints").equals(before)
