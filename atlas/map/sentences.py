"""The sentences on one department: rank, verdict, and what the verdict depends on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from atlas.map.model import bases_of, overdispersion, results_for
from atlas.map.state import BASES
from atlas.words import Words
from data import (
    load_jurisdiction_moves,
    load_province_population,
    load_region_counts,
    population_of_year,
)
from data.periods import Period, parse_period
from geo.excess import benjamini_hochberg, verdicts
from geo.overdispersion import tails
from geo.privacy.disclosure import gate
from geo.privacy.provenance import derive
from geo.rates import Move, jurisdiction_people
from geo.regions import EXPOSURES

LIMA_CALLAO = ("15", "07")
JAEN_PROVINCES = ("0606", "0608", "0609")
"""Cutervo, Jaén and San Ignacio: outside the fiscal district of Cajamarca; who receives them is
known by elimination only."""
JURISDICTIONS = ("jurisdiction_jaen_dropped", "jurisdiction_jaen_to_lambayeque")
SHARE_YEARS = (2018, 2022)
"""First and last year with people by province; other years take the shares of the nearer one."""


def robustness_for(period: str, base: str = BASES[0]) -> pd.DataFrame:
    """The verdict of each department, and what it is when one choice of method is another one."""
    return _robustness(period, base).copy()


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
    """Person-years of a period by department, of the people that its fiscal districts serve."""
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


def rank_in(results: pd.DataFrame, column: str, department_ubigeo: str) -> int:
    """Place of a department from the highest value of a column down; ties by code."""
    ordered = results.sort_values([column, "department_ubigeo"], ascending=[False, True])
    return list(ordered["department_ubigeo"]).index(department_ubigeo) + 1


def card_sentence(row: pd.Series, results: pd.DataFrame, say: Words) -> str:
    """Rank by count and by excess, then the verdict in words; or why there is none."""
    verdict = str(row["verdict"])
    if verdict == "untestable":
        return say("card.untestable")
    code = str(row["department_ubigeo"])
    ranks = say(
        "card.ranks",
        count=rank_in(results, "reported_count", code),
        excess=rank_in(results[results["smr"].notna()], "smr", code),
    )
    suffix = "" if row["base"] == BASES[0] else f".{row['base']}"
    return f"{say(f'verdict.{verdict}.sentence{suffix}')} {ranks}"


def depends_text(row: Mapping[str, Any] | pd.Series, period: str, say: Words) -> str:
    """The verdict under the other denominator where it is another one; else empty."""
    if "depends_on_denominator" not in row["flags"]:
        return ""
    other = next(base for base in BASES if base != row["base"])
    there = results_for(period, other).set_index("department_ubigeo")["verdict"]
    verdict = say(f"verdict.{there[row['department_ubigeo']]}")
    return say("card.depends", base=say(f"base.{other}"), verdict=verdict)


def how_sure(row: pd.Series, period: str, say: Words) -> str:
    """What the verdict depends on: the denominator, then other choices of method, in one line."""
    line = robustness_line(str(row["department_ubigeo"]), period, str(row["base"]), say)
    return " ".join(filter(None, (depends_text(row, period, say), line)))


def interval_text(row: pd.Series, say: Words) -> str:
    """The 95 % interval of the ratio, in times; empty where nothing was tested."""
    if pd.isna(row["smr"]):
        return ""
    return say(
        "card.interval",
        low=ratio_text(row["smr_low"], say),
        high=ratio_text(row["smr_high"], say),
    )


def ratio_text(value: float, say: Words) -> str:
    """Times the expected to two digits; no reports are 0, few of many expected are not.

    Examples
    --------
    >>> from atlas.words import words
    >>> [ratio_text(one, words("es")) for one in (13.6, 3.41, 0.04, 0.004, 0, float("nan"))]
    ['14', '3.4', '0.04', '<0.01', '0', '–']
    """
    if pd.isna(value):
        return "–"
    if 0 < value < 0.005:
        return f"<{say.number(0.01, 2)}"
    return say.number(value, 0 if value >= 9.95 or value == 0 else 1 if value >= 0.095 else 2)


def flag_texts(flags: list[str], say: Words, *, reason: str = "") -> list[str]:
    """What the flags of a department say, each once; how sure the verdict is has its own line."""
    # "not ranked" says already what is wrong with the year
    hidden = {"depends_on_denominator", *(["year_flagged"] if "not_ranked" in flags else [])}
    return [
        say("card.mismatch", reason=reason)
        if reason and flag == "denominator_mismatch"
        else say(f"flag.{flag}")
        for flag in flags
        if flag not in hidden
    ]
