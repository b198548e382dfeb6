"""The lenses on one scale: known answers of the shipped figures, and the sentences they make."""

from __future__ import annotations

import pandas as pd
import pytest

from data.periods import PERIODS
from maps.hotspots import LOCAL_REPLICAS, lens_table, scan_table
from maps.lens_words import (
    agreement_sentences,
    department_sentence,
    neighbours_sentence,
    ordinal,
    p_text,
    scan_sentence,
    seed_note,
    smallest_p_note,
)
from maps.lenses import (
    agreement,
    clusters_for,
    highest_excess,
    lens_grades,
    pattern_over_years,
    robustness_rows,
)
from maps.results import results_for
from maps.robustness import robustness_for
from messages import words

WINDOW = "2007-01/2014-04"
FAST = {"seed": 1, "replicas": 999}


def _by_name(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("department", drop=False)


def test_madre_de_dios_in_the_window() -> None:
    """The published 178 of 1,976: third by count, first by excess, 21.6 times, a cluster alone."""
    row = _by_name(lens_grades(WINDOW, "gistar", **FAST)).loc["Madre de Dios"]
    assert (row["rank_by_count"], row["rank_by_excess"]) == (3, 1)
    assert row["smr"] == pytest.approx(21.576, abs=0.001)
    assert (row["excess"], row["scan"], row["neighbours"]) == ("above", "above", "above")
    assert highest_excess(WINDOW) == "17"


def test_what_the_lenses_say_together() -> None:
    """Cusco and Madre de Dios in all; Puno and Ucayali only through their neighbours."""
    said = agreement(lens_grades(WINDOW, "gistar", **FAST))
    assert said["all"] == ["Cusco", "Madre de Dios"]
    assert said["by_neighbours"] == ["Puno", "Ucayali"]
    assert said["alone"] == ["Amazonas", "Loreto", "Moquegua"]
    assert said["scan_more"] == ["San Martín"]


@pytest.mark.parametrize("statistic", ["gistar", "moran"])
@pytest.mark.parametrize("period", [period.code for period in PERIODS])
def test_grades_restate_the_lenses(period: str, statistic: str) -> None:
    """Worked out again from the lenses' own tables: verdict, cluster p, class at the 5 % level."""
    grades = lens_grades(period, statistic, **FAST).set_index("department_ubigeo")
    assert grades["excess"].tolist() == results_for(period)["verdict"].tolist()
    local = lens_table(period, statistic, seed=1, replicas=LOCAL_REPLICAS)
    local = local.set_index("department_ubigeo")
    hot = local["hotspot"].isin(["hot_95", "hot_99"])
    assert set(grades.index[grades["neighbours"].str.startswith("above")]) == set(local.index[hot])
    scan = scan_table(period, **FAST)
    firm = scan[(scan["p_value"] <= 0.05) & (scan["p_value_overdispersed"] <= 0.05)]
    expected = {code for codes in firm["departments"] for code in codes}
    assert set(grades.index[grades["scan"] == "above"]) == expected
    lost = grades["excess"] == "untestable"
    assert (grades.loc[lost, ["scan", "neighbours"]] == "untestable").all(axis=None)


def test_moran_tells_contrast_from_cluster() -> None:
    """Madre de Dios is high among low neighbours and no cluster of neighbours; Puno is low."""
    grades = _by_name(lens_grades(WINDOW, "moran", **FAST))
    assert grades.loc["Madre de Dios", ["neighbours", "outlier"]].tolist() == ["unremarkable", "HL"]
    assert grades.loc["Puno", "outlier"] == "LH"
    said = neighbours_sentence(grades, "moran", words("es"))
    assert "Alto entre vecinos bajos: Madre de Dios." in said


def test_the_sentence_of_a_department() -> None:
    """Every number in its place, in both languages."""
    grades = lens_grades(WINDOW, "gistar", **FAST)
    row = _by_name(grades).loc["Madre de Dios"]
    robust = _by_name(robustness_for("complaint")).loc["Madre de Dios"]
    english = department_sentence(row, grades, robust, words("en"))
    assert english.startswith("Madre de Dios: 3rd by count, 1st by excess (21.6 times its expected")
    assert "95% unadjusted 18.5 to 25.0" in english
    assert english.endswith("a cluster of its own in the scan; beyond chance in 12 of 12 settings.")
    spanish = department_sentence(row, grades, robust, words("es"))
    assert spanish.startswith("Madre de Dios: 3.º por número, 1.º por exceso (21.6 veces")


@pytest.mark.parametrize(
    ("department", "said"),
    [
        ("Cusco", "beyond chance in none of 52 settings"),
        ("Cajamarca", "fewer reports than expected in 52 of 52 settings"),
        ("Arequipa", "beyond chance in 20 of 52 settings"),
    ],
)
def test_what_the_settings_say(department: str, said: str) -> None:
    """The count that matters for the department: above, below, or never above."""
    grades = lens_grades("2023", "gistar", **FAST)
    robust = _by_name(robustness_for("reported offence")).loc[department]
    row = _by_name(grades).loc[department]
    assert department_sentence(row, grades, robust, words("en")).endswith(f"{said}.")


def test_the_sentence_of_who_is_not_tested() -> None:
    """Lima in 2022: its number, why it is not compared, and no rank."""
    grades = lens_grades("2022", "gistar", **FAST)
    row = _by_name(grades).loc["Lima"]
    robust = _by_name(robustness_for("reported offence")).loc["Lima"]
    said = department_sentence(row, grades, robust, words("es"))
    assert said.startswith("Lima: 99 delitos denunciados. Sin prueba")
    assert ".º" not in said


def test_disagreement_is_said_aloud() -> None:
    """One sentence a group, and one that says so where nothing is found."""
    grades = lens_grades(WINDOW, "gistar", **FAST)
    said = agreement_sentences(grades, words("es"))
    assert said[0].startswith("Sí: Cusco y Madre de Dios.")
    assert "No: San Martín. En un foco firme del barrido, sin exceso propio firme." in said
    nothing = grades.assign(excess="unremarkable", scan="unremarkable", neighbours="unremarkable")
    assert agreement_sentences(nothing, words("en")) == [words("en")("focos.agree.nothing")]


def test_clusters_are_those_chance_does_not_explain() -> None:
    """Numbered by likelihood, p at most 5 %, and the sentence counts the firm ones."""
    clusters = clusters_for(WINDOW, **FAST)
    assert clusters["number"].tolist() == [1, 2, 3, 4, 5]
    assert (clusters["p_value"] <= 0.05).all()
    assert clusters["departments"].iloc[1] == ["01", "16", "22"]
    firm = (clusters["p_value_overdispersed"] <= 0.05).sum()
    assert scan_sentence(clusters, words("en")).startswith("5 clusters that chance alone does not")
    assert f"{firm} hold" in scan_sentence(clusters, words("en"))


def test_what_the_seed_decides_is_said() -> None:
    """A cluster whose p lies within two standard errors of the level; more maps leave less."""
    clusters = clusters_for(WINDOW, **FAST).assign(
        p_value_overdispersed=[0.001, 0.001, 0.034, 0.058, 0.89]
    )
    assert seed_note(clusters, 999, words("en")).startswith("Cluster 4 is on the edge")
    assert seed_note(clusters, 9_999, words("en")) == ""


@pytest.mark.parametrize(("period", "tested"), [("2023", 25), ("2022", 23)])
def test_lens_three_says_its_smallest_p(period: str, tested: int) -> None:
    """Two tails of one map in 10,000; without Lima in 2022 Callao has no neighbour either."""
    local = lens_table(period, "gistar", seed=1, replicas=LOCAL_REPLICAS)
    said = smallest_p_note(local, words("en"))
    assert said == f"Smallest possible p 0.0002; {tested} departments tested."


def test_five_years_are_no_trend() -> None:
    """The shipped single years of the newer series are fewer than a pattern needs."""
    found = pattern_over_years()
    assert (found.status, found.steps, found.min_steps) == ("too_short", 5, 10)


def test_flips_leave_as_text() -> None:
    """A file of the robustness table holds no object of ours."""
    rows = robustness_rows("complaint").set_index("department")
    assert rows.loc["Loreto", "flips"] == []
    assert all(isinstance(flip, str) and "=" in flip for flip in rows.loc["Piura", "flips"])


def test_numbers_as_they_are_read() -> None:
    """Ordinals of either language; a p-value to the digits that the maps allow."""
    assert [ordinal(n, words("en")) for n in (2, 12, 23)] == ["2nd", "12th", "23rd"]
    assert [p_text(p, words("en")) for p in (0.0001, 0.034, 0.886)] == ["0.0001", "0.034", "0.89"]
