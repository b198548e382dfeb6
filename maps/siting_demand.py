"""What the planner counts as demand: four readings of the shipped figures, and one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from data.periods import PERIODS, parse_period
from geo.errors import ParameterError
from geo.rates import empirical_bayes_rate
from geo.twin import draw_equal_risk
from maps.results import overdispersion, results_for
from maps.said import Said, said
from maps.siting_places import MINING_WITHIN_KM, distance_to_mining_km, places

Kind = Literal["complaints", "eb", "mining", "population", "own"]
KINDS: tuple[str, ...] = get_args(Kind)
WITH_PERIOD = ("complaints", "eb")


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """How much each place asks for, in one unit, and how it may vary by chance."""

    code: str
    """complaints:2023, eb:2023, mining, population, own."""
    unit: str
    """what one unit of demand is."""
    weight: np.ndarray
    """shape (n,), demand of each of ``maps.siting_places.places()``."""
    assumptions: tuple[Said, ...]
    """what the weights rest on, one sentence each."""
    counts: np.ndarray | None
    """shape (departments,), the counts behind the weights, or None where nothing was counted."""
    years: np.ndarray | None
    """shape (departments,), person-years to the counts."""
    codes: tuple[str, ...] = ()
    """department_ubigeo of the counts."""
    is_invented: bool = False
    """whether it is made up: then everything that is drawn or written says so."""

    def resampled(self, replicas: int, rng: np.random.Generator) -> np.ndarray:
        """Weights as they could have come out, shape (replicas, n).

        Counts of departments: the total drawn anew by the shares of the counts, each multiplied by
        a wave of the measured size (reports come in waves: raids, campaigns). The positions inside
        a department stay, since they are a rule and no sample. Where nothing was counted the places
        themselves are drawn with replacement: how much hangs on single places.
        """
        n = len(self.weight)
        if self.counts is None or self.years is None:
            share = np.full(n, 1 / n)
            return self.weight * rng.multinomial(n, share, size=replicas)
        total = self.counts.sum()
        drawn = draw_equal_risk(
            int(total),
            self.counts / total,
            kappas=overdispersion().kappas,
            size=replicas,
            rng=rng,
        ).astype(float)
        return np.array([self._spread(row) for row in drawn])

    def _spread(self, counts: np.ndarray) -> np.ndarray:
        assert self.years is not None
        return _by_department(self.code, counts, self.years, self.codes)


def parse_demand(text: str) -> tuple[str, str | None]:
    """Kind and period of a demand's code.

    Raises
    ------
    ParameterError
        An unknown kind, a period where there is none or none where one is needed.

    Examples
    --------
    >>> parse_demand("complaints:2023"), parse_demand("mining")
    (('complaints', '2023'), ('mining', None))
    """
    kind, colon, period = text.partition(":")
    offered = ", ".join(f"{name}:PERIOD" if name in WITH_PERIOD else name for name in KINDS[:4])
    if kind not in KINDS[:4] or (kind in WITH_PERIOD) != bool(colon):
        raise ParameterError(
            f"unknown demand {text!r}: allowed are {offered}, with a PERIOD of "
            f"{', '.join(one.code for one in PERIODS)}"
        )
    return kind, parse_period(period).code if colon else None


def demand_for(code: str) -> Demand:
    """The demand that a code names.

    Parameters
    ----------
    code : str
        ``complaints:PERIOD`` = reports of each department's fiscal districts, spread over its
        places by residents. ``eb:PERIOD`` = the empirical Bayes rate of the department times the
        residents. ``mining`` = residents within 50 km of mining detected by satellite.
        ``population`` = residents.
    """
    kind, period = parse_demand(code)
    here = places()
    if period is not None:
        table = results_for(period)
        counts = table["reported_count"].to_numpy(float)
        years = table["person_years"].to_numpy(float)
        codes = tuple(table["department_ubigeo"])
        unit = str(table["unit"].iloc[0])
        flags = sorted({flag for row in table["flags"] for flag in row if flag in _PERIOD_FLAGS})
        assumed = [
            said("siting.demand.seats"),
            said(f"siting.demand.{kind}.rule"),
            *(said(f"siting.demand.{flag}") for flag in flags),
        ]
        return Demand(
            code=f"{kind}:{period}",
            unit=unit if kind == "complaints" else f"expected {unit} at the smoothed rate",
            weight=_by_department(kind, counts, years, codes),
            assumptions=tuple(assumed),
            counts=counts,
            years=years,
            codes=codes,
        )
    if kind == "population":
        return Demand(
            kind, "resident", here.population, (said("siting.demand.population.rule"),), None, None
        )
    near = distance_to_mining_km() <= MINING_WITHIN_KM
    return Demand(
        kind,
        f"resident within {MINING_WITHIN_KM:g} km of detected mining",
        np.where(near, here.population, 0.0),
        (
            said("siting.demand.mining.watched"),
            said("siting.demand.mining.rule", km=f"{MINING_WITHIN_KM:g}"),
        ),
        None,
        None,
    )


def own_demand(weights: Mapping[str, float], *, unit: str = "own record") -> Demand:
    """Demand from an organisation's own figures: district, province or department to weight.

    What is given for a province or department is spread over its places by residents. Hand in
    figures that have passed the gate: what is hidden there is left out here.

    Parameters
    ----------
    weights : mapping
        UBIGEO of 6, 4 or 2 digits to a weight of 0 or more.

    Raises
    ------
    ParameterError
        No weights, a code without a place, a weight that is negative or no number.
    """
    here = places()
    weight = np.zeros(len(here.ubigeo))
    for code, value in weights.items():
        if not (np.isfinite(value) and value >= 0):
            raise ParameterError(f"the weight of {code} is no number of 0 or more")
        mine = np.char.startswith(here.ubigeo, code)
        if len(code) not in (2, 4, 6) or not code.isdigit() or not mine.any():
            raise ParameterError(f"{code!r} is no code of a district, province or department")
        people = here.population * mine
        weight += value * people / people.sum()
    if weight.sum() <= 0:
        raise ParameterError("the own figures hold no demand: give at least one weight above 0")
    return Demand("own", unit, weight, (said("siting.demand.own.rule"),), None, None)


_PERIOD_FLAGS = frozenset({"lockdown", "year_flagged"})


def _by_department(
    code: str, counts: np.ndarray, years: np.ndarray, codes: tuple[str, ...]
) -> np.ndarray:
    """Counts (or smoothed rates times people) spread over each department's places."""
    here = places()
    if code.startswith("eb"):
        counts = empirical_bayes_rate(np.round(counts), years) / 1e5 * years
    column = np.searchsorted(np.array(codes), here.department_ubigeo)
    people = np.bincount(column, weights=here.population, minlength=len(codes))
    return counts[column] * here.population / people[column]
