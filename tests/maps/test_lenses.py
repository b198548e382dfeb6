"""The lenses on one scale: known answers of the shipped figures, and the sentences they make."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from data.periods import PERIODS
from maps.hotspots import LOCAL_REPLICAS, SCAN_REPLICAS, lens_table, scan_table
from maps.lens_agreement import agreement, agreement_sentences
from maps.lens_words import (
    department_sentence,
    neighbours_sentence,
    ordinal,
    p_text,
    scan_sentence,
    seed_note,
    smallest_p_note,
)
from maps.lenses import (
    LENS_COLUMNS,
    UP,
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
    found = {
        (one.firm, one.doubtful): list(one.rows["department"])
        for one in agreement(lens_grades(WINDOW, "gistar", **FAST))
    }
    assert found == {
        (("excess", "scan", "neighbours"), ()): ["Cusco", "Madre de Dios"],
        (("excess", "scan"), ()): ["Amazonas", "Loreto"],
        (("excess",), ("scan",)): ["Moquegua"],
        (("scan",), ("excess",)): ["San Martín"],
        (("neighbours",), ()): ["Puno", "Ucayali"],
        ((), ()): ["Piura", "Tumbes"],
    }


@pytest.mark.parametrize("period", [period.code for period in PERIODS])
def test_each_department_has_one_line_at_most(period: str) -> None:
    """Who is found by a lens stands in exactly one group; the headline's department in one line."""
    grades = lens_grades(period, "gistar", **FAST)
    grouped = [name for one in agreement(grades) for name in one.rows["department"]]
    found = grades[list(LENS_COLUMNS)].isin(UP).any(axis=1)
    assert sorted(grouped) == sorted(grades.loc[found, "department"])
    for code, name in zip(grades["department_ubigeo"], grades["department"], strict=True):
        lines = agreement_sentences(grades, code, words("es"))
        starts = re.compile(rf"\b{re.escape(name)}\b")
        assert sum(bool(starts.search(line)) for line in lines) == 1, name


def test_the_year_2023_names_madre_de_dios() -> None:
    """Firm in two lenses and doubtful in the third: said first, in both languages."""
    grades = lens_grades("2023", "gistar", seed=1, replicas=SCAN_REPLICAS)
    spanish = agreement_sentences(grades, "17", words("es"))
    assert spanish[0] == "Casi: Madre de Dios. Firme en exceso y barrido; dudoso en vecinos."
    english = agreement_sentences(grades, "06", words("en"))
    assert english[0] == "Almost: Madre de Dios. Firm in excess and scan; unsure in neighbours."
    assert english[-1].startswith("Cajamarca: fewer reports than expected, unsure; no lens")
    assert agreement_sentences(lens_grades("2022", "gistar", **FAST), "15", words("en"))[-1] == (
        "Lima: not tested in this period."
    )


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
        ("Cajamarca", "fewer reports than expected in 23 of 52 settings"),
        ("Arequipa", "beyond chance in 20 of 52 settings"),
    ],
)
def test_what_the_settings_say(department: str, said: str) -> None:
    """The count that matters for the department: above, below, or never above."""
    grades = lens_grades("2023", "gistar", **FAST)
    robust = _by_name(robustness_for("reported offence")).loc[department]
    row = _by_name(grades).loc[department]
    assert department_sentence(row, grades, robust, words("en")).endswith(f"{said}.")


@pytest.mark.parametrize("unit", ["complaint", "reported offence"])
def test_the_sentence_counts_firm_settings_only(unit: str) -> None:
    """On either side of the expected; what holds against chance alone is counted nowhere."""
    period = {"complaint": WINDOW, "reported offence": "2023"}[unit]
    grades = _by_name(lens_grades(period, "gistar", **FAST))
    for name, robust in _by_name(robustness_for(unit)).iterrows():
        said = department_sentence(grades.loc[name], grades, robust, words("en"))
        found = re.search(r"(fewer reports than expected|beyond chance) in (\d+|none) of", said)
        assert found, said
        side = "below" if found[1].startswith("fewer") else "above"
        assert int(found[2].replace("none", "0")) == robust[side], name
    cajamarca = _by_name(robustness_for("complaint")).loc["Cajamarca"]
    assert (cajamarca["below"], cajamarca["below_poisson_only"]) == (11, 1)


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
    said = agreement_sentences(grades, None, words("es"))
    assert said[0] == "Sí: Cusco y Madre de Dios. Firme en los tres lentes."
    assert "No: San Martín. Firme en barrido; dudoso en exceso; nada en vecinos." in said
    assert said[-2].endswith("El lente 3 refleja a sus vecinos, no sus propios reportes.")
    nothing = grades.assign(excess="unremarkable", scan="unremarkable", neighbours="unremarkable")
    assert agreement_sentences(nothing, None, words("en")) == [words("en")("focos.agree.nothing")]


def test_clusters_are_those_chance_does_not_explain() -> None:
    """Numbered by likelihood, p at most 5 %, and the sentence counts the firm ones."""
    clusters = clusters_for(WINDOW, **FAST)
    assert clusters["number"].tolist() == [1, 2, 3, 4, 5]
    assert (clusters["p_value"] <= 0.05).all()
    assert clusters["departments"].iloc[1] == ["01", "16", "22"]
    firm = (clusters["p_value_overdispersed"] <= 0.05).sum()
    assert scan_sentence(clusters, words("en")).startswith("5 clusters that chance alone does not")
    assert f"{firm} hold" in scan_sentence(clusters, words("en"))


def test_what_the_seed_decides_is_said_where_it_is_called_firm() -> None:
    """Huancavelica's cluster of 2023, p near 0.05: the card, the sentence and the lines say so."""
    usual = {"seed": 1, "replicas": SCAN_REPLICAS}
    clusters = clusters_for("2023", **usual)
    close = clusters[clusters["is_undecided"]]
    assert close["departments"].tolist() == [["09"]]
    assert close["grade"].tolist() == ["above"]
    assert abs(float(close["p_value_overdispersed"].iloc[0]) - 0.05) < 0.0044
    assert seed_note(clusters, words("en")).startswith("Cluster 3 is on the edge")
    assert "3 hold once waves are counted, 1 on the edge." in scan_sentence(clusters, words("en"))
    grades = lens_grades("2023", "gistar", **usual)
    row = _by_name(grades).loc["Huancavelica"]
    robust = _by_name(robustness_for("reported offence")).loc["Huancavelica"]
    assert "in the scan, on the edge (another seed" in department_sentence(
        row, grades, robust, words("en")
    )
    assert any("Huancavelica (scan on the edge)" in line for line in
               agreement_sentences(grades, "17", words("en")))  # fmt: skip
    firm = clusters_for(WINDOW, **usual)
    assert seed_note(firm, words("en")) == ""
    assert "on the edge" not in scan_sentence(firm, words("en"))


def test_no_seed_moves_a_grade_that_is_called_decided() -> None:
    """With the usual number of maps four more seeds give the grades of the first, or it is said."""
    for period in ("2020", "2023"):
        first = clusters_for(period, seed=1, replicas=SCAN_REPLICAS)
        told = {tuple(row.departments) for row in first.itertuples() if row.is_undecided}
        grade = {tuple(row.departments): row.grade for row in first.itertuples()}
        for seed in (2, 3, 4, 5):
            for row in clusters_for(period, seed=seed, replicas=SCAN_REPLICAS).itertuples():
                codes = tuple(row.departments)
                assert codes in told or grade.get(codes) == row.grade, (period, seed, codes)


def test_a_neighbourhood_on_the_edge_is_said() -> None:
    """Ucayali's neighbourhood of 2020 is firm by a hair, Puno's is not in doubt."""
    grades = lens_grades("2020", "gistar", seed=1, replicas=SCAN_REPLICAS)
    assert _by_name(grades).loc[["Ucayali", "Puno"], "neighbours_is_undecided"].tolist() == [
        True,
        False,
    ]
    said = neighbours_sentence(grades, "gistar", words("en"))
    assert said.endswith("On the edge, another seed could change the grade: Ucayali.")


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
