"""The matrix of Focos and its two registries beside each other: results in plain words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.results.figures import figures_for
from atlas.results.finding import reasons
from atlas.results.matrix import (
    agreement_rows,
    blocks,
    both_text,
    cell_text,
    common_periods,
    frequency,
    matrix_rows,
    matrix_table,
    other_registry,
    years_above,
)
from atlas.results.regions import compared_in, results_for
from atlas.results.sentences import compared_text, ratio_text
from atlas.results.story import AreaStory
from atlas.view import BASES
from atlas.words import words
from data.periods import parse_period


def test_cells_are_the_results() -> None:
    seen = 0
    for department in matrix_rows():
        for block, cells in zip(blocks(), department.cells, strict=True):
            for period, cell in zip(block.periods, cells, strict=True):
                table = results_for(period, block.base).set_index("department_ubigeo")
                row = table.loc[department.code]
                assert (cell.period, cell.verdict) == (period, row["verdict"])
                assert cell.count == pytest.approx(row["reported_count"], nan_ok=True)
                assert cell.ratio == pytest.approx(row["smr"], nan_ok=True)
                seen += 1
    assert seen == 25 * sum(len(block.periods) for block in blocks()) == len(matrix_table())


def test_years_are_columns_and_years_above_order_the_rows() -> None:
    """The pooled period and the window of 88 months are no columns; most years above are first."""
    assert [(block.registry, block.base) for block in blocks()] == [
        *(("mpfn", base) for base in BASES),
        ("police", BASES[0]),
    ]
    assert [len(block.periods) for block in blocks()] == [6, 6, 9]
    shown = years_above("mpfn").set_index("department")
    assert [row.name for row in matrix_rows()] == list(shown.index)
    keys = list(zip(-shown["above"], -shown["ratio"], strict=True))
    assert keys == sorted(keys)
    assert shown.loc["Madre de Dios", ["above", "years"]].tolist() == [6, 6]
    assert shown.loc["Lima", "years"] == 5  # 2022 is not compared
    table = matrix_table()
    own = table[(table["registry_code"] == "mpfn") & (table["base"] == "people")]
    counted = own["verdict"].eq("above").groupby(own["department"]).sum()
    assert counted.to_dict() == shown["above"].to_dict()
    police = years_above("police").set_index("department")
    assert police.loc["Lima", "years"] == 0
    assert np.isnan(police.loc["Lima", "ratio"])


def test_what_both_registries_say_of_the_years_they_share() -> None:
    """Each ratio is that of its own registry; Madre de Dios alone is above in both."""
    assert common_periods()[0].code == "2019/2023"
    table = agreement_rows().pivot(index="department_ubigeo", columns="registry_code")
    for code in ("mpfn", "police"):
        own = results_for(parse_period("2019/2023", code)).set_index("department_ubigeo")
        pd.testing.assert_series_equal(table["smr"][code], own["smr"], check_names=False)
    both = (table["verdict"] == "above").all(axis=1)
    assert list(table.index[both]) == ["17"]
    assert "Madre de Dios" in both_text(words("es"))
    # beside the years of one registry stands what the other says; the window has the police too
    for registry, other in (("mpfn", "police"), ("police", "mpfn"), ("observatory", "police")):
        period, rows = other_registry(registry)
        assert (period.code, period.registry_code) == ("2019/2023", other)
        assert {code: of.ratio for code, of in rows.items()} == pytest.approx(
            table["smr"][other].to_dict(), nan_ok=True
        )
        assert all(of.period == period for of in rows.values())


def test_what_is_not_tested_is_not_judged() -> None:
    say = words("es")
    texts = reasons(AreaStory("15", parse_period("2022")), say)
    assert texts.answer == say("focos.answer.untestable")
    assert any("Lima no se compara. En 2022" in caution for caution in texts.cautions)
    for base in BASES:
        lima = figures_for(parse_period("2022"), base)["15"]
        assert ratio_text(lima.ratio, say) == "–"
        assert "veces" not in cell_text(lima, say)


def test_a_cell_tells_reports_expected_interval_and_chance() -> None:
    text = cell_text(figures_for(parse_period("2023"))["09"], words("en"))
    for part in (
        "Huancavelica, 2023, by residents",
        "46 reported offences",
        "12.1 expected",
        "3.8 times",
    ):
        assert part in text
    assert "1 in 7,600 times" in text


def test_cell_and_headline_say_why_an_interval_without_one_is_expected() -> None:
    """Where p is below the level and the verdict is not: among those tested one is by chance."""
    say, cells_with_reason = words("es"), 0
    for cell in (cell for row in matrix_rows() for cells in row.cells for cell in cells):
        if cell.verdict != "unremarkable" or cell.p_value >= 0.05:
            continue
        answer = reasons(AreaStory(cell.code, cell.period, cell.base), say).answer
        among = compared_text(compared_in(results_for(cell.period, cell.base)), say)
        why = say("verdict.reason.many", among=among)
        assert f"{say('verdict.unremarkable')} ({why})." in cell_text(cell, say)
        assert answer == say("focos.answer.unremarkable", reason=f": {why}")
        cells_with_reason += 1
    assert cells_with_reason


@given(st.floats(1e-9, 1.0), st.floats(1e-9, 1.0))
def test_the_rarer_sounds_rarer(first: float, second: float) -> None:
    """Read back as a fraction, a smaller p is never told as more frequent, nor far from itself."""
    say = words("en")

    def read(p_value: float) -> float:
        if p_value < 1e-4:
            return 1e-4
        if frequency(p_value, say) == "almost always":
            return 1.0
        times, _, rest = frequency(p_value, say).partition(" in ")
        return float(times) / float(rest.split()[0].replace(",", ""))

    low, high = sorted((first, second))
    assert read(low) <= read(high)
    assert read(high) == pytest.approx(max(high, 1e-4), rel=0.35)
