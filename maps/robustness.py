"""Whether another way of calculating changes a verdict: choices of method inside one period."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from data import (
    load_jurisdiction_moves,
    load_province_population,
    load_region_counts,
    population_of_year,
)
from data.periods import Period, parse_period
from geo.disclosure import derive, gate
from geo.excess import benjamini_hochberg, verdicts
from geo.jurisdictions import Move, jurisdiction_people
from geo.overdispersion import tails
from geo.regions import EXPOSURES
from maps.results import BASES, bases_of, overdispersion, results_for
from messages import Words

LIMA_CALLAO = ("15", "07")
JAEN_PROVINCES = ("0606", "0608", "0609")
"""Cutervo, Jaén and San Ignacio: outside the fiscal district of Cajamarca; who receives them is
known by elimination only."""
JURISDICTIONS = ("jurisdiction_jaen_dropped", "jurisdiction_jaen_to_lambayeque")
SHARE_YEARS = (2018, 2022)
"""First and last year with people by province; other years take the shares of the nearer one."""


def robustness_for(period: str, base: str = BASES[0]) -> pd.DataFrame:
    """The verdict of each department, and what it is when one choice of method is another one.

    Parameters
    ----------
    period : str
        A code of ``data.periods.PERIODS``.
    base : {"people", "offences"}

    Returns
    -------
    DataFrame, 25 rows sorted by code
        department_ubigeo, ``verdict`` (as shown), and one verdict a choice: ``kappa_low`` and
        ``kappa_high`` (waves at the ends of the twenty values), ``without_lima_callao``; for
        people also the two ``JURISDICTIONS`` (people by fiscal district instead of department);
        last, where the period has it, the other base under its own name.

    Raises
    ------
    ParameterError
        An unknown period, or a base that it does not have.
    """
    table = _robustness(period, base)
    copy = table.copy()
    copy.attrs = dict(table.attrs)
    return copy


@lru_cache(maxsize=32)
def _robustness(period: str, base: str) -> pd.DataFrame:
    shown = results_for(period, base)
    counts = load_region_counts(period)
    ranked = counts["is_ranked"].to_numpy(dtype=bool)
    exposure = counts[EXPOSURES[base]].to_numpy(dtype=float)
    inside = ranked & ~counts["department_ubigeo"].isin(LIMA_CALLAO).to_numpy()
    kappas = overdispersion(base).kappas
    choices = {
        "kappa_low": _judged(counts, exposure, ranked, kappas[:1]),
        "kappa_high": _judged(counts, exposure, ranked, kappas[-1:]),
        "without_lima_callao": _judged(counts, exposure, inside, kappas),
    }
    if base == BASES[0]:
        for name in JURISDICTIONS:
            people = jurisdiction_person_years(parse_period(period), name)
            served = counts["department_ubigeo"].map(people).to_numpy(dtype=float)
            choices[name] = _judged(counts, served, ranked, kappas)
    for other in bases_of(period):
        if other != base:
            choices[other] = results_for(period, other)["verdict"].to_numpy()
    frame = shown[["department_ubigeo", "verdict"]].assign(**choices)
    return gate(derive(frame, counts, name="robustness"), "T1")


def _judged(
    counts: pd.DataFrame, exposure: np.ndarray, compared: np.ndarray, kappas: np.ndarray
) -> np.ndarray:
    """Verdicts of the departments that are compared; the others are untestable."""
    reported = counts["reported_count"].to_numpy(dtype=float)[compared]
    share = exposure[compared] / exposure[compared].sum()
    upper, lower = tails(reported, share, reported.sum(), kappas)
    q_value, is_more = np.full(compared.size, np.nan), np.zeros(compared.size, dtype=bool)
    q_value[compared] = benjamini_hochberg(np.minimum(1.0, 2 * np.minimum(upper, lower)))
    is_more[compared] = reported > reported.sum() * share
    return verdicts(is_more, q_value)


def robustness_line(department_ubigeo: str, period: str, base: str, say: Words) -> str:
    """One line: which choices change the verdict, or that none does; empty without a verdict.

    The other denominator is left out where it differs: the card has a clause of its own for it.
    """
    table = robustness_for(period, base).set_index("department_ubigeo")
    row = table.loc[department_ubigeo]
    if row["verdict"] == "untestable":
        return ""
    tested = row.drop("verdict")[lambda column: column != "untestable"]
    changed = tested[tested != row["verdict"]]
    other_base = changed.index.isin(BASES)
    rest = len(tested) - len(changed)
    changed = changed[~other_base]
    if changed.empty:
        return say("robust.none", count=say.number(rest))
    parts = [
        say(
            "robust.changes",
            verdict=say(f"verdict.{verdict}"),
            choices=say.list(say(f"robust.{choice}") for choice in choices.index),
        )
        for verdict, choices in changed.groupby(changed, sort=False)
    ]
    return " ".join([*parts, *([say("robust.rest")] if rest else [])])


def jurisdiction_person_years(period: Period, jurisdiction: str) -> dict[str, float]:
    """Person-years of a period by department, of the people that its fiscal districts serve.

    Parameters
    ----------
    period : Period
    jurisdiction : {"jurisdiction_jaen_dropped", "jurisdiction_jaen_to_lambayeque"}
        Provinces are known from 2018 to 2022; earlier and later years, and with them the old
        series, take the province's share of its department in the nearest of these years.
    """
    yearly = [_people(year, jurisdiction) for year in period.years]
    return {
        code: float(np.mean([people[code] for people in yearly])) * period.months / 12
        for code in yearly[0]
    }


@lru_cache(maxsize=32)
def _people(year: int, jurisdiction: str) -> dict[str, float]:
    people = {str(code): float(number) for code, number in population_of_year(year).items()}
    provinces = load_province_population()
    known = f"population_{min(max(year, SHARE_YEARS[0]), SHARE_YEARS[1])}"
    return jurisdiction_people(
        people,
        dict(zip(provinces["province_ubigeo"], provinces[known].astype(float), strict=True)),
        provinces.groupby("department_ubigeo")[known].sum().astype(float).to_dict(),
        _moves(jurisdiction),
    )


def _moves(jurisdiction: str) -> list[Move]:
    table = load_jurisdiction_moves()
    is_dropped = jurisdiction == JURISDICTIONS[0]
    return [
        Move(part, region, None if is_dropped and part in JAEN_PROVINCES else receiver)
        for part, region, receiver in zip(
            table["province_ubigeo"],
            table["department_ubigeo"],
            table["counted_in_department_ubigeo"].where(
                table["counted_in_department_ubigeo"].notna(), None
            ),
            strict=True,
        )
    ]
