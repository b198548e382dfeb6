"""The result table of one period."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import DisclosureError, ParameterError
from geo.excess import judge
from geo.overdispersion import Overdispersion, fit_overdispersion
from geo.regions import FEW_REPORTS, RESULT_COLUMNS, region_results, yearly_overdispersion

CODES = ["02", "15", "16", "17", "18", "22"]
CARD = {"sources": [{"title": "made up"}], "licence": "CC0-1.0", "sha256": "0" * 64}
WAVES = Overdispersion(0.11, np.linspace(0.07, 0.18, 20), 69)
NUMBERS = [*RESULT_COLUMNS[RESULT_COLUMNS.index("expected") : RESULT_COLUMNS.index("verdict")]]


def mark(frame: pd.DataFrame, name: str, tier: str = "T0") -> pd.DataFrame:
    frame.attrs.update(tier=tier, card={"name": name, **CARD})
    return frame


def make_counts(reported=(29, 455, 211, 178, 12, 0), person_years=None, **columns) -> pd.DataFrame:
    years = [9e6, 7e7, 8e6, 1e6, 1.4e6, 6e6] if person_years is None else person_years
    frame = pd.DataFrame(
        {
            "department_ubigeo": CODES,
            "department": [f"department {code}" for code in CODES],
            "reported_count": list(reported),
            "unit": "complaint",
            "registry": "observatory",
            "population": np.asarray(years) / 7,
            "person_years": years,
            "offences": [9e3, 9e4, 4e3, 2e3, 1e3, 7e3],
            "is_ranked": True,
            "flags": [[] for _ in CODES],
        }
    )
    return mark(frame.assign(**columns), "counts")


def make_yearly() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rows = [
        (code, year, int(rng.negative_binomial(10, 1 / 5)), 1e6 + 1e5 * i, 5e3 + 1e3 * i)
        for i, code in enumerate(CODES)
        for year in (2019, 2021, 2022, 2023)
    ]
    names = ["department_ubigeo", "year", "reported_count", "person_years", "offences"]
    return mark(pd.DataFrame(rows, columns=names).assign(unit="reported offence"), "yearly")


def test_columns_hold_the_test_of_the_base():
    """The columns come in their fixed order and hold judge()'s numbers on either base."""
    counts = make_counts()
    for base, exposure in (("people", "person_years"), ("offences", "offences")):
        result = region_results(counts, WAVES, base=base)
        found = judge(counts["reported_count"], counts[exposure], WAVES.kappas)
        assert tuple(result.columns) == RESULT_COLUMNS
        assert (result["base"] == base).all()
        assert result["exposure"].tolist() == counts[exposure].tolist()
        assert result["smr_low"].tolist() == found.ratio_low.tolist()
        assert result["verdict"].tolist() == found.verdict.tolist()
        # whatever the base, the rate is per resident
        assert result["rate_per_100k"].tolist() == pytest.approx(
            (counts["reported_count"] / counts["person_years"] * 1e5).tolist()
        )


def test_unranked_row_is_as_if_absent():
    """Second way: the other rows equal a table from which the unranked row was taken out."""
    counts = make_counts(is_ranked=[True, False, True, True, True, True])
    result = region_results(counts, WAVES)
    lima, others = result.iloc[1], result.drop(index=1).reset_index(drop=True)
    assert lima[NUMBERS].isna().all()
    assert lima["verdict"] == "untestable"
    assert lima["reported_count"] == 455
    assert lima["rate_per_100k"] == pytest.approx(0.65)
    without = mark(make_counts().drop(index=1).reset_index(drop=True), "counts")
    pd.testing.assert_frame_equal(others, region_results(without, WAVES))


def test_kappa_is_fitted_on_the_yearly_table():
    """Second way: the same numbers as a fit on arrays built by hand; row order is free."""
    yearly = make_yearly()
    tables = [yearly[name].to_numpy().reshape(6, 4) for name in ("reported_count", "person_years")]
    shuffled = mark(yearly.sample(frac=1, random_state=1), "yearly")
    fits = [yearly_overdispersion(yearly), yearly_overdispersion(shuffled)]
    assert fits[0].kappa == fits[1].kappa == fit_overdispersion(*tables).kappa
    assert yearly_overdispersion(yearly, base="offences").kappa != fits[0].kappa


def test_flags_are_kept_and_added():
    """Flags that came stay first, none is doubled, few reports start below the mark."""
    came = [["denominator_mismatch"], ["year_flagged"], None, [], ["few_reports"], ["lockdown"]]
    counts = make_counts((13, 455, 211, 178, 12, 0), flags=pd.Series(came, dtype=object))
    result = region_results(counts, WAVES)
    assert result["flags"].tolist() == [
        ["denominator_mismatch"], ["year_flagged"], [], [], ["few_reports"],
        ["lockdown", "few_reports"],
    ]  # fmt: skip
    assert FEW_REPORTS == 13
    assert counts["flags"].iloc[3] == []


def test_tier_and_card_travel():
    """The result is derived and names its input; own records stay own records."""
    result = region_results(make_counts(), WAVES)
    assert result.attrs["tier"] == "T1"
    assert result.attrs["card"]["derived_from"] == ["counts"]
    assert result.attrs["overdispersion"] == {"kappa": 0.11, "low": 0.07, "high": 0.18}
    own = mark(make_counts(), "own records", tier="T2")
    assert region_results(own, WAVES).attrs["tier"] == "T2"


@pytest.fixture(scope="module")
def plain():
    """The result table of the six departments as they are."""
    return region_results(make_counts(), WAVES)


@settings(deadline=None, max_examples=10)
@given(order=st.permutations(range(6)), scale=st.floats(0.01, 100))
def test_relabelling_and_scaling(plain, order, scale):
    """Rows in another order give the same rows; more people change the rate and nothing else."""
    counts = make_counts().iloc[order]
    counts = counts.assign(
        person_years=counts["person_years"] * scale, population=counts["population"] * scale
    )
    moved = region_results(mark(counts, "counts"), WAVES).sort_index()
    np.testing.assert_allclose(moved["rate_per_100k"] * scale, plain["rate_per_100k"])
    people = ("rate_per_100k", "population", "person_years", "exposure")
    same = [name for name in RESULT_COLUMNS if name not in people]
    pd.testing.assert_frame_equal(moved[same], plain[same], rtol=1e-5)


def test_refuses_frames_without_provenance():
    """Nothing is computed from a frame whose tier is not known."""
    counts = make_counts()
    counts.attrs.clear()
    with pytest.raises(DisclosureError, match="has no tier"):
        region_results(counts, WAVES)


def test_refuses_mixed_units_and_gaps():
    """Units are never added; the yearly table is complete."""
    counts, yearly = make_counts(), make_yearly()
    mixed = mark(counts.assign(unit=["complaint"] * 5 + ["victim"]), "counts")
    with pytest.raises(ParameterError, match="units \\['complaint', 'victim'\\]"):
        region_results(mixed, WAVES)
    with pytest.raises(ParameterError, match="unknown base 'area': allowed are people, offences"):
        region_results(counts, WAVES, base="area")
    with pytest.raises(ParameterError, match="every area once a year"):
        yearly_overdispersion(mark(yearly.iloc[1:], "yearly"))


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("reported_count", [np.nan, 2, 3, 4, 5, 6], "counts are whole"),
        ("person_years", [0, 1, 1, 1, 1, 1], "finite and above 0"),
        ("is_ranked", [True] + [False] * 5, "at least two"),
    ],
)
def test_refuses_invalid_figures(column, values, message):
    """Counts and people are checked before anything is computed."""
    with pytest.raises(ParameterError, match=message):
        region_results(make_counts(**{column: values}), WAVES)
