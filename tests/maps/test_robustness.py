"""The listed settings on the shipped figures, against a second path that shares no code."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import data
from data.periods import parse_period
from data.robustness_settings import load_robustness_settings
from geo.errors import ParameterError
from geo.robustness_settings import AXES, VERDICTS
from maps.results import dispersion, results_for
from maps.robustness import (
    jurisdiction_person_years,
    robustness_for,
    statement,
    verdicts_by_setting,
)
from messages import words

UNITS = ("complaint", "reported offence")
SETTINGS = load_robustness_settings().set_index("setting_id")


def binomial_tail(total: int, share: float, low: int, high: int) -> float:
    """P(low <= X <= high), term by term."""
    return math.fsum(
        math.exp(
            math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1)
            + k * math.log(share) + (total - k) * math.log1p(-share)
        )
        for k in range(low, high + 1)
    )  # fmt: skip


def student_tail(t: float, freedom: int) -> float:
    """Two-sided tail by Simpson's rule on the density."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    scale /= math.sqrt(freedom * math.pi)
    steps, far = 20_000, 60.0
    width = (far - t) / steps

    def density(x: float) -> float:
        return scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)

    inner = math.fsum((4 if i % 2 else 2) * density(t + i * width) for i in range(1, steps))
    return 2 * width / 3 * (density(t) + density(far) + inner)


def brute_force(row: pd.Series) -> dict[str, str]:
    """Verdicts of one exact setting from the loaders' tables, by sums and loops."""
    counts = data.load_region_counts(row["period"]).set_index("department_ubigeo")
    kept = counts[counts["is_ranked"]]
    if row["departments"] == "without_lima_callao":
        kept = kept.drop(index=["07", "15"], errors="ignore")
    people = kept["person_years"].to_dict()
    if row["denominator"] != "department":
        people = {code: people_by_hand(row)[code] for code in people}
    total, everyone = int(kept["reported_count"].sum()), math.fsum(people.values())
    fit = dispersion()
    phi = {"poisson": 1, "low": fit.low, "estimate": fit.phi, "high": fit.high}[row["dispersion"]]
    exact, wide = {}, {}
    for code, count in kept["reported_count"].items():
        share = people[code] / everyone
        upper = binomial_tail(total, share, count, total)
        lower = binomial_tail(total, share, 0, count)
        exact[code] = min(1.0, 2 * min(upper, lower))
        t = abs(count - total * share) / math.sqrt(phi * total * share * (1 - share))
        wide[code] = exact[code] if phi == 1 else student_tail(t, fit.degrees_of_freedom)
    passes = [passing(p, row["correction"], row["level"]) for p in (exact, wide)]
    named = {}
    for code, count in kept["reported_count"].items():
        side = "above" if count > total * people[code] / everyone else "below"
        grade = side if code in passes[1] else f"{side}_poisson_only"
        named[code] = grade if code in passes[0] else "unremarkable"
    return named


def passing(p_value: dict[str, float], correction: str, level: float) -> set[str]:
    """Step-up by hand: the largest k with the k-th smallest p below k/n of the level."""
    ordered, size = sorted(p_value, key=lambda code: p_value[code]), len(p_value)
    if correction == "bonferroni":
        return {code for code in ordered if p_value[code] * size < level}
    ranks = [k for k, code in enumerate(ordered, 1) if p_value[code] * size / k < level]
    return set(ordered[: max(ranks, default=0)])


def people_by_hand(row: pd.Series) -> dict[str, float]:
    """Person-years of the jurisdictions of 2022, from the provinces' own people."""
    assert row["period"] == "2022"
    provinces = data.load_province_population().set_index("province_ubigeo")["population_2022"]
    people = provinces.groupby(provinces.index.str[:2]).sum().astype(float).to_dict()
    for move in data.load_jurisdiction_moves().itertuples():
        moving = float(provinces[move.province_ubigeo])
        people[move.department_ubigeo] -= moving
        is_jaen = move.province in ("Cutervo", "Jaen", "San Ignacio")
        dropped = is_jaen and row["denominator"] == "jurisdiction_jaen_dropped"
        if isinstance(move.counted_in_department_ubigeo, str) and not dropped:
            people[move.counted_in_department_ubigeo] += moving
    return people


@pytest.mark.parametrize(
    "setting_id",
    [
        "w0714_base", "w0714_no_lima_callao", "pooled_severest", "y2021_bonferroni",
        "y2022_jaen_dropped", "y2022_jaen_lambayeque", "y2023_poisson", "y2019_phi_low",
    ],
)  # fmt: skip
def test_a_second_path_says_the_same(setting_id: str) -> None:
    """Sums of binomial terms, an integrated t and a hand-made step-up give every verdict."""
    row = SETTINGS.loc[setting_id]
    expected = brute_force(row)
    found = verdicts_by_setting()[setting_id]
    assert {code: found[code] for code in expected} == expected
    assert {found[code] for code in set(found) - set(expected)} <= {"untestable"}


@pytest.mark.parametrize("period", ["2007-01/2014-04", "2019", "2021", "2022", "2023"])
def test_the_base_setting_is_what_the_atlas_shows(period: str) -> None:
    """The reading on the map is one of the settings."""
    rows = SETTINGS[(SETTINGS["period"] == period) & SETTINGS.index.str.endswith("_base")]
    shown = results_for(period).set_index("department_ubigeo")["verdict"].to_dict()
    assert verdicts_by_setting()[rows.index[0]] == shown


@pytest.mark.parametrize("unit", UNITS)
def test_counts_are_those_of_the_settings(unit: str) -> None:
    """Every setting of the unit counts once, none of the other unit does."""
    frame = robustness_for(unit)
    own = SETTINGS.index[SETTINGS["unit"] == unit]
    assert len(frame) == 25
    assert (frame["settings"] == len(own)).all()
    for row in frame.to_dict("records"):
        said = [verdicts_by_setting()[name][row["department_ubigeo"]] for name in own]
        assert [row[name] for name in VERDICTS] == [said.count(name) for name in VERDICTS]
    periods = set(SETTINGS.loc[own, "period"])
    assert {parse_period(period).unit for period in periods} == {unit}


@pytest.mark.parametrize("unit", UNITS)
def test_flips_change_one_axis(unit: str) -> None:
    """Each flip is a listed setting, one axis from the reference, with that verdict."""
    axes = list(AXES)
    reference = SETTINGS[(SETTINGS["unit"] == unit) & SETTINGS["is_reference"]].iloc[0]
    for row in robustness_for(unit).itertuples():
        for flip in row.flips:
            wanted = reference[axes].astype(str).to_dict() | {flip.axis: flip.value}
            match = SETTINGS[(SETTINGS[axes].astype(str) == pd.Series(wanted)).all(axis=1)]
            said = verdicts_by_setting()[match.index[0]][row.department_ubigeo]
            assert said == flip.verdict != row.verdict


def test_madre_de_dios_holds_everywhere_and_tumbes_does_not() -> None:
    """The one verdict that no defensible choice overturns, and one that several do."""
    for unit in UNITS:
        frame = robustness_for(unit).set_index("department")
        assert frame.loc["Madre de Dios", "is_stable"]
        assert frame.loc["Madre de Dios", "above"] == frame.loc["Madre de Dios", "settings"]
    tumbes = robustness_for("complaint").set_index("department").loc["Tumbes"]
    assert (tumbes["above"], tumbes["above_poisson_only"], tumbes["unremarkable"]) == (1, 9, 2)


def test_the_list_has_sixty_settings_on_seven_axes() -> None:
    """Each axis varies, each setting is another, both languages give a reason of their own."""
    assert 55 <= len(SETTINGS) <= 70
    assert all(SETTINGS[axis].nunique() > 1 for axis in AXES)
    assert not SETTINGS.duplicated(list(AXES)).any()
    assert SETTINGS["reason"].is_unique
    assert SETTINGS["reason_es"].is_unique


def test_jaen_moves_a_third_of_cajamarca() -> None:
    """Cajamarca loses Jaén, San Ignacio and Cutervo (33 %) and gains Bolívar; sums hold."""
    for code in ("2007-01/2014-04", "2022", "2023"):
        period = parse_period(code)
        whole = jurisdiction_person_years(period, "department")
        given = jurisdiction_person_years(period, "jurisdiction_jaen_to_lambayeque")
        dropped = jurisdiction_person_years(period, "jurisdiction_jaen_dropped")
        assert given["06"] / whole["06"] == pytest.approx(0.68, abs=0.01)
        assert given["06"] == dropped["06"]
        assert given["14"] > dropped["14"] == pytest.approx(whole["14"])
        # only the three provinces without a stated receiver are nobody's
        assert 0.99 < sum(given.values()) / sum(whole.values()) < 1


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_row_has_a_sentence(lang: str) -> None:
    """Every flip that the list allows has its words, and no setting of a sentence is lost."""
    say = words(lang)
    for unit in UNITS:
        for _, row in robustness_for(unit).iterrows():
            text = statement(say, row)
            assert str(row["settings"] - row["untestable"]) in text
            assert "{" not in text
    tumbes = robustness_for("complaint").set_index("department").loc["Tumbes"]
    assert "Bonferroni" in statement(say, tumbes)


def test_settings_that_do_not_test_a_department_are_told() -> None:
    """Lima's 37 and the other 15 make the 52 of everybody else."""
    table = robustness_for("reported offence").set_index("department_ubigeo")
    lima, loreto = (table.loc[code] for code in ("15", "16"))
    assert lima["settings"] == loreto["settings"]
    left = int(lima["untestable"])
    assert left > 0
    assert f"Another {left} do not test it." in statement(words("en"), lima)
    assert "do not test" not in statement(words("en"), loreto)


def test_an_unknown_unit_is_refused() -> None:
    """The message names the units."""
    with pytest.raises(ParameterError, match="choose one of complaint, reported offence"):
        robustness_for("victim")
