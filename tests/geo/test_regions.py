"""The result table of one period."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.dispersion import Dispersion, fit_dispersion
from geo.errors import DisclosureError, ParameterError
from geo.rates import garwood_interval, overdispersed_interval
from geo.regions import FEW_REPORTS, RESULT_COLUMNS, region_results, yearly_dispersion

CODES = ["02", "15", "16", "17", "18", "22"]
CARD = {"sources": [{"title": "made up"}], "licence": "CC0-1.0", "sha256": "0" * 64}
# One pattern for the numbers that a row without a ranking must not have.
TESTED = list(RESULT_COLUMNS[8:19])


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
            "is_ranked": True,
            "flags": [[] for _ in CODES],
        }
    )
    return mark(frame.assign(**columns), "counts")


def make_yearly() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rows = [
        (code, f"department {code}", year, int(rng.negative_binomial(10, 1 / 5)), 1e6 + 1e5 * i)
        for i, code in enumerate(CODES)
        for year in (2019, 2021, 2022, 2023)
    ]
    names = ["department_ubigeo", "department", "year", "reported_count", "population"]
    frame = pd.DataFrame(rows, columns=names).assign(unit="reported offence", registry="mpfn")
    return mark(frame, "yearly")


PHI_FIVE = Dispersion(phi=5.0, low=4.0, high=7.0, degrees_of_freedom=69, chi_square=345.0)


def test_two_regions_by_hand():
    """Known answer: 30 against 10 with equal people; expected 20 each, t = 10 / sqrt(5 x 10)."""
    counts = make_counts().iloc[:2].assign(reported_count=[30, 10], person_years=[1e6, 1e6])
    result = region_results(mark(counts, "counts"), make_yearly(), dispersion=PHI_FIVE)
    assert result["expected"].tolist() == [20, 20]
    assert result["smr"].tolist() == [1.5, 0.5]
    assert result["rate_per_100k"].tolist() == [3, 1]
    # 2 x P(X >= 30 | 40, 1/2), from the table of binomial coefficients
    assert result["p_value"].tolist() == pytest.approx([0.0022214, 0.0022214], rel=1e-4)
    # Student's t of sqrt(2) with 69 degrees of freedom, two-sided
    assert result["q_value_overdispersed"].tolist() == pytest.approx([0.1618, 0.1618], abs=1e-4)
    assert result["verdict"].tolist() == ["above_poisson_only", "below_poisson_only"]


def test_columns_and_intervals():
    """The columns come in their fixed order; intervals are those of geo.rates over expected."""
    counts = make_counts()
    result = region_results(counts, make_yearly(), dispersion=PHI_FIVE)
    assert tuple(result.columns) == RESULT_COLUMNS
    assert len(result) == len(counts)
    assert result["reported_count"].dtype == np.int64
    low, high = garwood_interval(counts["reported_count"])
    wide_low, wide_high = overdispersed_interval(counts["reported_count"], phi=5.0)
    np.testing.assert_allclose(result["smr_low"] * result["expected"], low)
    np.testing.assert_allclose(result["smr_high"] * result["expected"], high)
    np.testing.assert_allclose(result["smr_low_overdispersed"] * result["expected"], wide_low)
    np.testing.assert_allclose(result["smr_high_overdispersed"] * result["expected"], wide_high)


def test_unranked_row_is_as_if_absent():
    """Second way: the other rows equal a table from which the unranked row was taken out."""
    counts = make_counts(is_ranked=[True, False, True, True, True, True])
    result = region_results(counts, make_yearly(), dispersion=PHI_FIVE)
    lima, others = result.iloc[1], result.drop(index=1).reset_index(drop=True)
    assert lima[TESTED].isna().all()
    assert lima["verdict"] == "untestable"
    assert lima["flags"] == ["not_ranked"]
    assert lima["reported_count"] == 455
    assert lima["rate_per_100k"] == pytest.approx(0.65)
    without = mark(make_counts().drop(index=1).reset_index(drop=True), "counts")
    alone = region_results(without, make_yearly(), dispersion=PHI_FIVE)
    pd.testing.assert_frame_equal(others, alone)


def test_dispersion_is_fitted_on_the_yearly_table_without_lima():
    """Second way: the same numbers as a fit on an array built by pivot; row order is free."""
    yearly = make_yearly()
    rest = yearly[yearly["department_ubigeo"] != "15"]
    tables = [
        rest.pivot_table(index="department_ubigeo", columns="year", values=name).to_numpy()
        for name in ("reported_count", "population")
    ]
    shuffled = mark(yearly.sample(frac=1, random_state=1), "yearly")
    assert yearly_dispersion(yearly) == yearly_dispersion(shuffled) == fit_dispersion(*tables)
    assert yearly_dispersion(yearly, leave_out=()).degrees_of_freedom == 15
    assert yearly_dispersion(yearly).degrees_of_freedom == 12


def test_precomputed_dispersion_gives_the_same_table():
    """Fitting once for many periods changes nothing."""
    counts, yearly = make_counts(), make_yearly()
    fitted = region_results(counts, yearly)
    given_one = region_results(counts, yearly, dispersion=yearly_dispersion(yearly))
    pd.testing.assert_frame_equal(fitted, given_one)


def test_flags_are_kept_and_added():
    """Flags that came stay first, none is doubled, few reports start below the mark."""
    came = [["denominator_mismatch"], ["year_flagged"], None, [], ["few_reports"], ["lockdown"]]
    counts = make_counts((13, 455, 211, 178, 12, 0), flags=pd.Series(came, dtype=object))
    result = region_results(counts, make_yearly(), dispersion=PHI_FIVE)
    flags = dict(zip(CODES, result["flags"], strict=True))
    assert flags["02"][0] == "denominator_mismatch"
    assert flags["15"][0] == "year_flagged"
    assert flags["18"].count("few_reports") == 1
    assert flags["22"][0] == "lockdown"
    few = {code for code, listed in flags.items() if "few_reports" in listed}
    assert few == {"18", "22"}
    assert FEW_REPORTS == 13
    assert counts["flags"].iloc[3] == []


def test_close_call_where_the_interval_of_phi_decides():
    """One region at 62 among five at 30 passes with phi = 2 and fails with phi = 8."""
    reported = [62, 30, 30, 30, 30, 30]
    counts = make_counts(reported, person_years=[1e6] * 6)
    wide = Dispersion(phi=4.0, low=2.0, high=8.0, degrees_of_freedom=69, chi_square=276.0)
    narrow = Dispersion(phi=4.0, low=3.9, high=4.1, degrees_of_freedom=69, chi_square=276.0)
    undecided = region_results(counts, make_yearly(), dispersion=wide)
    decided = region_results(counts, make_yearly(), dispersion=narrow)
    assert ["close_call" in listed for listed in undecided["flags"]] == [True] + [False] * 5
    assert not any("close_call" in listed for listed in decided["flags"])


def test_dispersion_below_one_counts_as_poisson():
    """A table steadier than Poisson makes no verdict stronger than Poisson does."""
    calm = Dispersion(phi=0.4, low=0.3, high=0.6, degrees_of_freedom=69, chi_square=27.6)
    one = Dispersion(phi=1.0, low=1.0, high=1.0, degrees_of_freedom=69, chi_square=69.0)
    pd.testing.assert_frame_equal(
        region_results(make_counts(), make_yearly(), dispersion=calm),
        region_results(make_counts(), make_yearly(), dispersion=one),
    )


def test_tier_card_and_loan_travel():
    """The result is derived, names its inputs, and says that phi comes from another unit."""
    counts, yearly = make_counts(), make_yearly()
    result = region_results(counts, yearly)
    assert result.attrs["tier"] == "T1"
    assert result.attrs["card"]["derived_from"] == ["counts", "yearly"]
    assert result.attrs["dispersion"]["is_lent"] is True
    same_unit = mark(counts.assign(unit="reported offence"), "counts")
    assert region_results(same_unit, yearly).attrs["dispersion"]["is_lent"] is False
    own = mark(make_counts(), "own records", tier="T2")
    assert region_results(own, yearly).attrs["tier"] == "T2"


@settings(deadline=None, max_examples=20)
@given(order=st.permutations(range(6)), scale=st.floats(0.01, 100))
def test_relabelling_and_scaling(order, scale):
    """Rows in another order give the same rows; more people change the rate and nothing else."""
    yearly = make_yearly()
    plain = region_results(make_counts(), yearly, dispersion=PHI_FIVE)
    counts = make_counts().iloc[order]
    counts = counts.assign(
        person_years=counts["person_years"] * scale, population=counts["population"] * scale
    )
    moved = region_results(mark(counts, "counts"), yearly, dispersion=PHI_FIVE).sort_index()
    np.testing.assert_allclose(moved["rate_per_100k"] * scale, plain["rate_per_100k"])
    same = [
        name
        for name in RESULT_COLUMNS
        if name not in ("rate_per_100k", "population", "person_years")
    ]
    pd.testing.assert_frame_equal(moved[same], plain[same], rtol=1e-7)


@settings(deadline=None, max_examples=25)
@given(reported=st.lists(st.integers(0, 900), min_size=6, max_size=6), phi=st.floats(1, 20))
def test_intervals_hold_the_ratio(reported, phi):
    """Exact inside widened, the ratio inside both, expected adds up to the reports."""
    reported[0] += 1
    dispersion = Dispersion(phi, phi / 1.4, phi * 1.5, 69, 69 * phi)
    result = region_results(make_counts(reported), make_yearly(), dispersion=dispersion)
    ends = result[
        ["smr_low_overdispersed", "smr_low", "smr", "smr_high", "smr_high_overdispersed"]
    ].to_numpy()
    assert (np.diff(ends, axis=1) >= -1e-9 * ends[:, 1:] - 1e-12).all()
    assert result["expected"].sum() == pytest.approx(sum(reported))
    assert (result["q_value"] >= result["p_value"]).all()


def test_refuses_frames_without_provenance():
    """Nothing is computed from a frame whose tier is not known."""
    counts = make_counts()
    counts.attrs.clear()
    with pytest.raises(DisclosureError, match="has no tier"):
        region_results(counts, make_yearly())


def test_refuses_mixed_units_repeats_and_gaps():
    """Units are never added; departments come once; the yearly table is complete."""
    counts, yearly = make_counts(), make_yearly()
    mixed = mark(counts.assign(unit=["complaint"] * 5 + ["victim"]), "counts")
    with pytest.raises(ParameterError, match="units \\['complaint', 'victim'\\]"):
        region_results(mixed, yearly)
    twice = mark(counts.assign(department_ubigeo=["02", "02", *CODES[2:]]), "counts")
    with pytest.raises(ParameterError, match="repeats a department"):
        region_results(twice, yearly)
    with pytest.raises(ParameterError, match="every department once a year"):
        region_results(counts, mark(yearly.iloc[1:], "yearly"))
    with pytest.raises(ParameterError, match="counts lacks flags"):
        region_results(counts.drop(columns="flags"), yearly)


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("reported_count", [1.5, 2, 3, 4, 5, 6], "counts are whole"),
        ("reported_count", [np.nan, 2, 3, 4, 5, 6], "counts are whole"),
        ("reported_count", [-1, 2, 3, 4, 5, 6], "counts are whole"),
        ("reported_count", [0] * 6, "all 6 counts are zero"),
        ("person_years", [0, 1, 1, 1, 1, 1], "finite and above 0"),
        ("person_years", [np.nan, 1, 1, 1, 1, 1], "finite and above 0"),
        ("is_ranked", [True] + [False] * 5, "at least two"),
    ],
)
def test_refuses_invalid_figures(column, values, message):
    """Counts and people are checked before anything is computed."""
    counts = make_counts(**{column: values})
    with pytest.raises(ParameterError, match=message):
        region_results(counts, make_yearly(), dispersion=PHI_FIVE)
