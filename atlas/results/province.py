"""What is known of one province: police complaints year by year, residents, mining, towns."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from atlas.results.cache import cached
from atlas.results.regions import results_for
from data.geography import load_provinces, load_towns, mining_by_area, residents_by_area
from data.periods import DEFAULT_PERIOD, Period, parse_period, province_periods
from geo.errors import UserError


@dataclass(frozen=True, slots=True, eq=False)
class Province:
    """A province beside its department, which the prosecutors count as a whole."""

    code: str
    name: str
    department_ubigeo: str
    department: str
    years: tuple[tuple[Period, pd.Series], ...]
    """each single year with the province's row of the results."""
    residents: int
    residents_year: int
    mined_ha: float
    """detections that are not doubtful."""
    towns: tuple[tuple[str, int], ...]
    """populated places and their residents by GeoNames, the largest first."""
    prosecutors: pd.Series
    """the department's row of the newest full year in the prosecutors' registry."""
    prosecutors_period: Period


def province_results(code: str, period: Period) -> tuple[pd.DataFrame, pd.Series]:
    """The results of all provinces in a period (``Period.at``), and the row of one."""
    results = results_for(period.at("provinces"))
    return results, results.set_index("province_ubigeo", drop=False).loc[code]


@cached
def province(code: str) -> Province:
    """The province of a code of INEI, four digits; UserError for another code."""
    table = load_provinces().set_index("province_ubigeo")
    if code not in table.index:
        raise UserError("province.fault.unknown", value=repr(code), count=len(table))
    about = table.loc[code]
    people, year = residents_by_area("provinces")
    mined, _ = mining_by_area("provinces")
    towns = load_towns().query("province_ubigeo == @code").dropna(subset=["population"])
    towns = towns.sort_values("population", ascending=False)
    regions = results_for(DEFAULT_PERIOD).set_index("department_ubigeo")
    return Province(
        code=code,
        name=str(about["province"]),
        department_ubigeo=str(about["department_ubigeo"]),
        department=str(about["department"]),
        years=tuple(
            (period, province_results(code, period)[1])
            for period in province_periods()
            if len(period.years) == 1
        ),
        residents=int(people[code]),
        residents_year=year,
        mined_ha=0.0 if mined is None else float(mined.get(code, 0.0)),
        towns=tuple(zip(towns["name"], towns["population"].astype(int), strict=True)),
        prosecutors=regions.loc[str(about["department_ubigeo"])],
        prosecutors_period=DEFAULT_PERIOD,
    )


def asked_province_period(text: str, registry: str | None) -> Period:
    """The period of a province's figures, the newest year unless named.

    UserError for a registry without provinces, with the one that has them; ParameterError for a
    period that this one does not have by province.
    """
    newest = province_periods()[-1]
    if registry not in (None, newest.registry_code):
        raise UserError(
            "province.fault.registry",
            registry=repr(registry),
            having=newest.registry_code,
            periods=", ".join(period.code for period in province_periods()),
        )
    asked = parse_period(text, newest.registry_code, "provinces") if text else newest
    return asked.at("departments")
