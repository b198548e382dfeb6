"""The result table of one period: one row a department, everything a map or a table shows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.errors import ParameterError
from geo.excess import judge, verdicts
from geo.overdispersion import Overdispersion, confidence_over, fit_overdispersion, widest

FEW_REPORTS = 13
"""Counts below this get the flag few_reports: by chance alone 12 may stand for 7 to 20."""
EXPOSURES = {"people": "person_years", "offences": "offences"}
"""Base of the ratio to the column that holds its exposure: residents times years, or all offences
that the same prosecutors' offices registered."""

_CARRIED = (
    *("department_ubigeo", "department", "population", "person_years"),
    *("reported_count", "unit", "registry"),
)
_NUMBERS = (
    *("exposure", "expected", "smr", "smr_low", "smr_high"),
    *("p_value", "q_value", "holm_p_value", "p_value_chance", "p_over_1_5", "p_over_2"),
)
OVER = {"p_over_1_5": 1.5, "p_over_2": 2.0}
"""Columns of the confidence that the true ratio is over so much, waves included."""
KAPPA = ("kappa", "kappa_low", "kappa_high", "kappa_months")
_PROVINCE = ("province_ubigeo", "province")
RESULT_COLUMNS = (
    *_CARRIED[:4],
    "rate_per_100k",
    *_CARRIED[4:],
    *("base", *_NUMBERS, *KAPPA, "verdict", "flags"),
)


def region_results(
    counts: pd.DataFrame, overdispersion: Overdispersion, *, base: str = "people"
) -> pd.DataFrame:
    """Rates, ratios, intervals, tests and verdicts of one period.

    Parameters
    ----------
    counts : DataFrame, one row a department or a province
        department_ubigeo, department, reported_count (NaN: unknown), unit, registry, population,
        person_years, is_ranked, flags (list of str), offences for that base, and for provinces
        province_ubigeo and province. Where is_ranked is False the row keeps its count, rate and
        exposure, is left out of totals, shares and tests, and gets NaN and ``untestable``.
    overdispersion : Overdispersion
        Of the registry and of times as long as this period, fitted to the same base
        (:func:`window_overdispersion`).
    base : {"people", "offences"}
        What the expected counts are shares of.

    Returns
    -------
    DataFrame
        One row per row of counts, in the same order; columns ``RESULT_COLUMNS``, for provinces
        after province_ubigeo and province. population,
        person_years and rate_per_100k are those of residents whatever the base. kappa, kappa_low,
        kappa_high (the ends of its 20 values) and kappa_months (the length that it belongs to) are
        the same in every row. A plain frame: whoever shows it marks it with the tier of the counts.

    Raises
    ------
    ParameterError
        An unknown base, more than one unit, invalid counts or exposures, fewer than two ranked
        departments, nothing reported.
    """
    if base not in EXPOSURES:
        raise ParameterError(f"unknown base {base!r}: allowed are {', '.join(EXPOSURES)}")
    _require_single_unit(counts, "counts")
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    reported, person_years, exposure = (
        counts[name].to_numpy(dtype=float, na_value=np.nan)
        for name in ("reported_count", "person_years", EXPOSURES[base])
    )
    if ranked.sum() < 2:
        raise ParameterError(
            f"{ranked.sum()} departments are ranked: the test needs at least two. Choose a period "
            "with more figures."
        )
    numbers = {name: np.full(len(counts), np.nan) for name in _NUMBERS}
    judged = judge(reported[ranked], exposure[ranked], overdispersion.kappas)
    for name, values in {
        "expected": judged.expected,
        "smr": judged.ratio,
        "smr_low": judged.ratio_low,
        "smr_high": judged.ratio_high,
        "p_value": judged.p_value,
        "q_value": judged.q_value,
        "holm_p_value": judged.holm_p_value,
        "p_value_chance": judged.p_value_chance,
    }.items():
        numbers[name][ranked] = values
    over = confidence_over(
        reported[ranked],
        exposure[ranked] / exposure[ranked].sum(),
        reported[ranked].sum(),
        overdispersion.kappas,
        list(OVER.values()),
    )
    for name, values in zip(OVER, over, strict=True):
        numbers[name][ranked] = values
    numbers["exposure"] = exposure
    # by offences the exposure is the offices' own: no people who might not be theirs
    unfit = {"denominator_mismatch"} if base == "offences" else set()
    given = [[flag for flag in came or [] if flag not in unfit] for came in counts["flags"]]
    own = [name for name in _PROVINCE if name in counts.columns]
    frame = counts.loc[:, [*own, *_CARRIED]].assign(
        rate_per_100k=reported / np.where(person_years > 0, person_years, np.nan) * 1e5,
        base=base,
        **numbers,
        verdict=verdicts(reported > numbers["expected"], numbers["q_value"]),
    )
    frame["flags"] = [
        list(dict.fromkeys([*flags, *(["few_reports"] if is_few else [])]))
        for flags, is_few in zip(given, reported < FEW_REPORTS, strict=True)
    ]
    frame = with_kappa(frame, overdispersion)
    return frame.loc[:, [*own, *RESULT_COLUMNS]]


def with_kappa(frame: pd.DataFrame, overdispersion: Overdispersion) -> pd.DataFrame:
    """Add kappa, the ends of its twenty values, and the months of the time that it belongs to."""
    return frame.assign(
        kappa=overdispersion.kappa,
        kappa_low=float(overdispersion.kappas[0]),
        kappa_high=float(overdispersion.kappas[-1]),
        kappa_months=overdispersion.months,
    )


def window_overdispersion(windows: pd.DataFrame, *, base: str = "people") -> Overdispersion:
    """Kappa of an area-by-window table; see :func:`geo.overdispersion.fit_overdispersion`.

    Of several starts, the :func:`geo.overdispersion.widest` of the fit to all of them and of the
    fit to the first: the starts say the same counts in other cuts, and no value of kappa falls
    below that of the windows that begin with the span. Where counts are missing (NaN) also of the
    fits to ``recorded_count``, what the table says of them: to leave out low counts alone would
    make the rest look steadier.

    Parameters
    ----------
    windows : DataFrame
        department_ubigeo (or province_ubigeo), period, reported_count, unit, the exposure
        (person_years or offences) and start where there are several; every area in every period,
        once.
    base : {"people", "offences"}

    Raises
    ------
    ParameterError
        More than one unit, or an area and period that is missing.
    """
    exposure, areas = EXPOSURES[base], ("province_ubigeo", "department_ubigeo")
    area = next(name for name in areas if name in windows.columns)
    _require_single_unit(windows, "windows")
    starts = windows.get("start", pd.Series(0, index=windows.index))
    fits = []
    for column in ("reported_count", "recorded_count"):
        if column == "recorded_count" and not windows["reported_count"].isna().any():
            continue
        tables = [
            _window_tables(of_start, area, column, exposure)
            for _, of_start in windows.groupby(starts)
        ]
        fits.append(fit_overdispersion(*tables[0]))
        if len(tables) > 1:
            fits.append(fit_overdispersion(*tables[0], *tables[1:]))
    return widest(*fits)


def _window_tables(
    windows: pd.DataFrame, area: str, count: str, exposure: str
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and exposure of the windows of one start, areas by periods."""
    counts, base = (
        windows.pivot(index=area, columns="period", values=name).to_numpy(float, na_value=np.nan)
        for name in (count, exposure)
    )
    if np.isnan(base).any() or len(windows) < counts.size:
        raise ParameterError(
            f"windows has {len(windows)} rows for {counts.shape[0]} areas and "
            f"{counts.shape[1]} periods: give every area once a period."
        )
    return counts, base


def _require_single_unit(frame: pd.DataFrame, name: str) -> None:
    units = sorted(frame["unit"].dropna().unique())
    if len(units) != 1:
        raise ParameterError(
            f"{name} holds the units {units}: counts of different units are never added. Choose "
            "one registry."
        )
