"""The result table of one period, on made-up and on shipped figures; areas that are alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from scipy.spatial.distance import cdist

from data.reports import load_region_counts, load_window_counts
from geo.errors import ParameterError
from geo.excess import judge
from geo.overdispersion import Overdispersion, fit_overdispersion
from geo.regions import FEW_REPORTS, RESULT_COLUMNS, region_results, window_overdispersion
from geo.similarity import most_similar
from tests.second_ways import kappa_at, poisson_means, simulated_p

CODES = ["02", "15", "16", "17", "18", "22"]
CARD = {"sources": [{"title": "made up"}], "licence": "CC0-1.0", "sha256": "0" * 64}
WAVES = Overdispersion(0.11, np.linspace(0.07, 0.18, 20), 69)
NUMBERS = [*RESULT_COLUMNS[RESULT_COLUMNS.index("expected") : RESULT_COLUMNS.index("kappa")]]


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
    return frame.assign(**columns)


def make_yearly() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rows = [
        (code, str(year), int(rng.negative_binomial(10, 1 / 5)), 1e6 + 1e5 * i, 5e3 + 1e3 * i)
        for i, code in enumerate(CODES)
        for year in (2019, 2021, 2022, 2023)
    ]
    names = ["department_ubigeo", "period", "reported_count", "person_years", "offences"]
    return pd.DataFrame(rows, columns=names).assign(unit="reported offence")


def test_columns_hold_the_test_of_the_base():
    """The columns come in their fixed order and hold judge()'s numbers on either base."""
    counts = make_counts()
    for base, exposure in (("people", "person_years"), ("offences", "offences")):
        result = region_results(counts, WAVES, base=base)
        judged = judge(counts["reported_count"], counts[exposure], WAVES.kappas)
        assert tuple(result.columns) == RESULT_COLUMNS
        assert (result["base"] == base).all()
        assert result["exposure"].tolist() == counts[exposure].tolist()
        assert result["smr_low"].tolist() == judged.ratio_low.tolist()
        assert result["verdict"].tolist() == judged.verdict.tolist()
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
    without = make_counts().drop(index=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(others, region_results(without, WAVES))


def test_kappa_is_fitted_on_the_yearly_table():
    """Second way: the same numbers as a fit on arrays built by hand; row order is free."""
    yearly = make_yearly()
    tables = [yearly[name].to_numpy().reshape(6, 4) for name in ("reported_count", "person_years")]
    shuffled = yearly.sample(frac=1, random_state=1)
    fits = [window_overdispersion(yearly), window_overdispersion(shuffled)]
    assert [fit.kappa for fit in fits] == pytest.approx([fit_overdispersion(*tables).kappa] * 2)
    uneven = yearly.assign(offences=yearly["offences"] * np.linspace(1, 2, 24))
    assert window_overdispersion(uneven, base="offences").kappa != pytest.approx(fits[0].kappa)


def test_kappa_of_several_starts_is_the_widest_of_all_and_of_the_first():
    """Second way: fits on arrays built by hand; the windows of no start are left out."""
    first, second = make_yearly(), make_yearly()
    for steady, uneven in ((first, second), (second, first)):
        uneven["reported_count"] = uneven["reported_count"].to_numpy()[::-1] ** 2 // 9
        steady["reported_count"] = make_yearly()["reported_count"]
        windows = pd.concat([first.assign(start=0), second.assign(start=1)])
        tables = [
            [part[name].to_numpy().reshape(6, 4) for name in ("reported_count", "person_years")]
            for part in (first, second)
        ]
        alone, both = fit_overdispersion(*tables[0]), fit_overdispersion(*tables[0], tables[1])
        assert alone.kappa != pytest.approx(both.kappa)
        assert window_overdispersion(windows).kappa == max(alone.kappa, both.kappa)


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


def test_kappa_is_the_same_in_every_row():
    rows = region_results(make_counts(), WAVES)[["kappa", "kappa_low", "kappa_high"]]
    assert rows.drop_duplicates().to_numpy().tolist() == [[0.11, 0.07, 0.18]]


@pytest.fixture(scope="module")
def plain():
    """The result table of the six departments as they are."""
    return region_results(make_counts(), WAVES)


@settings(max_examples=10)
@given(order=st.permutations(range(6)), scale=st.floats(0.01, 100))
def test_relabelling_and_scaling(plain, order, scale):
    """Rows in another order give the same rows; more people change the rate and nothing else."""
    counts = make_counts().iloc[order]
    counts = counts.assign(
        person_years=counts["person_years"] * scale, population=counts["population"] * scale
    )
    moved = region_results(counts, WAVES).sort_index()
    np.testing.assert_allclose(moved["rate_per_100k"] * scale, plain["rate_per_100k"])
    people = ("rate_per_100k", "population", "person_years", "exposure")
    same = [name for name in RESULT_COLUMNS if name not in people]
    pd.testing.assert_frame_equal(moved[same], plain[same], rtol=1e-5)


WINDOW, POOLED = "2007-01/2014-04", "2019+2021+2023"


@pytest.fixture(scope="module")
def waves():
    """Kappa of the registry on both bases."""
    yearly = load_window_counts()
    return {base: window_overdispersion(yearly, base=base) for base in ("people", "offences")}


@pytest.mark.parametrize(
    ("change", "base", "error", "message"),
    [
        ({"unit": ["complaint"] * 5 + ["victim"]}, "people", ParameterError, "units .*'victim'"),
        ({}, "area", ParameterError, "unknown base 'area': allowed are people, offences"),
        ({"reported_count": [np.nan, 2, 3, 4, 5, 6]}, "people", ParameterError, "counts are whole"),
        ({"person_years": [0, 1, 1, 1, 1, 1]}, "people", ParameterError, "finite and above 0"),
        ({"is_ranked": [True] + [False] * 5}, "people", ParameterError, "at least two"),
    ],
)
def test_refusals(change, base, error, message):
    counts = make_counts(**change)
    with pytest.raises(error, match=message):
        region_results(counts, WAVES, base=base)
    with pytest.raises(ParameterError, match="every area once a period"):
        window_overdispersion(make_yearly().iloc[1:])


def test_kappa_of_the_shipped_years(waves):
    """Second way: a general minimiser gives the means, and chi-square quantiles give kappa."""
    yearly = load_window_counts()
    for base, column in (("people", "person_years"), ("offences", "offences")):
        counts, exposure = (
            yearly.pivot(index="department_ubigeo", columns="period", values=name).to_numpy(float)
            for name in ("reported_count", column)
        )
        assert counts.shape == (24, 4)
        mean, fit = poisson_means(counts, exposure), waves[base]
        targets = (69, *stats.chi2(69).ppf([39 / 40, 1 / 40]))
        by_hand = [kappa_at(counts, mean, target) for target in targets]
        assert [fit.kappa, *fit.kappas[[0, -1]]] == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize(
    ("period", "base"),
    [(WINDOW, "people"), ("2022", "people"), (POOLED, "people"), ("2023", "offences")],
)
def test_verdicts_are_those_of_simulated_maps(waves, period, base):
    """Second way: p from 100,000 maps with gamma waves, q by SciPy, ratios by the rule of three."""
    counts = load_region_counts(period)
    table = region_results(counts, waves[base], base=base)[counts["is_ranked"]]
    counts = counts[counts["is_ranked"]]
    reported = counts["reported_count"].to_numpy(float)
    exposure = counts["person_years" if base == "people" else "offences"].to_numpy(float)
    ratio = reported / exposure * exposure.sum() / reported.sum()
    assert table["smr"].tolist() == pytest.approx(ratio.tolist())
    p_value = simulated_p(reported, exposure, waves[base].kappas)
    is_common = p_value > 5e-3  # 250 maps or more in its tail
    assert table["p_value"][is_common].tolist() == pytest.approx(p_value[is_common], rel=0.25)
    q_value = stats.false_discovery_control(p_value)
    is_clear = abs(q_value - 0.05) > 0.01  # nearer than this 100,000 maps cannot tell
    expected = np.where(ratio > 1, "above", "below")
    expected = np.where(q_value < 0.05, expected, "unremarkable")
    assert is_clear.sum() > 20
    assert table["verdict"][is_clear].tolist() == expected[is_clear].tolist()


def test_distances_are_those_worked_out_by_hand():
    """Standard deviations of 1 and 2: differences of (2, 0), (0, 2) and (2, 2) of them."""
    features = np.array([[-1.0, -2.0], [1.0, -2.0], [-1.0, 2.0], [1.0, 2.0]])
    result = most_similar(features, 0, 1)
    assert result.distance == pytest.approx([0.0, np.sqrt(2), np.sqrt(2), 2.0])
    assert result.order.tolist() == [1, 2, 3]
    # the second feature alone keeps the third area from being the nearest
    assert result.decisive.tolist() == [False, True]


def test_a_missing_value_makes_no_area_nearer():
    """The mean goes over what both have: two areas differ by 2 in all that is known of them."""
    whole = np.array([-1.0, 1.0, 1.0, -1.0, 1.0, -1.0])
    partly = np.array([-1.0, np.nan, 1.0, -1.0, 1.0, np.nan])
    result = most_similar(np.column_stack([whole, whole, partly]), 0, 1)
    assert result.distance[1] == result.distance[2] == 2.0


@given(
    arrays.arrays(float, (6, 3), elements=st.floats(-50, 50, width=16), unique=True),
    st.integers(0, 5),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_units_do_not_matter_and_scipy_agrees(features, row, scale, shift):
    """Another unit or zero of a feature changes nothing; SciPy's seuclidean over root 3."""
    result = most_similar(features, row, 2)
    variances = features.var(axis=0)
    independent = cdist(features[[row]], features, "seuclidean", V=variances)[0] / np.sqrt(3)
    assert result.distance == pytest.approx(independent, abs=1e-9)
    moved = features.copy()
    moved[:, 1] = moved[:, 1] * scale + shift
    assert most_similar(moved, row, 2).distance == pytest.approx(result.distance, rel=1e-6)


@pytest.mark.parametrize(
    ("features", "count"),
    [
        (np.array([[1.0, 0.0], [1.0, 2.0]]), 1),
        (np.array([[1.0], [2.0], [3.0]]), 1),
        (np.array([[1.0, 0.0], [2.0, 1.0]]), 2),
    ],
)
def test_what_cannot_be_compared_is_refused(features, count):
    """A feature without spread, a single feature, more neighbours than there are."""
    with pytest.raises(ParameterError, match="feature"):
        most_similar(features, 0, count)
