"""Figures of one province: police complaints by year, residents, mining, towns; who counts it.

A card and a brief say it with the same words, and of its department what the prosecutors count.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from atlas.results.figures import Figures
from atlas.results.history import years_of
from atlas.results.regions import area_name, department_name
from atlas.results.sentences import illegality_text, mining_years
from atlas.view import BASES, is_counted
from atlas.words import Words
from data.cache import cached
from data.geography import load_jurisdiction_moves, load_provinces, load_towns, mining_by_area
from data.periods import (
    Period,
    parse_period,
    province_periods,
)
from data.population import census_year, load_census
from geo.errors import UserError

_TOWNS_NAMED = 3
_GUESSED = "by elimination"
"""basis of a move of a province that no text states"""


@dataclass(frozen=True, slots=True, eq=False)
class Province:
    """A province and its department."""

    code: str
    name: str
    department_ubigeo: str
    department: str
    years: tuple[Figures, ...]
    """of each single year of the registry that counts by province."""
    residents: int
    residents_year: int
    mined_ha: float
    """detections that are not doubtful."""
    towns: tuple[tuple[str, int], ...]
    """populated places and their residents by GeoNames, the largest first."""


@cached
def province(code: str) -> Province:
    """Return the province of an INEI code of four digits; UserError for another code."""
    name = area_name(code)  # refuses an unknown code
    row = load_provinces().set_index("province_ubigeo").loc[code]
    people = load_census("provinces").set_index("province_ubigeo")["residents"]
    mined, _ = mining_by_area("provinces")
    towns = load_towns().query("province_ubigeo == @code").dropna(subset=["population"])
    towns = towns.sort_values("population", ascending=False)
    ((_, years),) = years_of(code, BASES[0])
    return Province(
        code=code,
        name=name,
        department_ubigeo=str(row["department_ubigeo"]),
        department=str(row["department"]),
        years=tuple(years),
        residents=int(people[code]),
        residents_year=census_year(),
        mined_ha=float(mined.get(code, 0.0)),
        towns=tuple(zip(towns["name"], towns["population"].astype(int), strict=True)),
    )


def province_period(period: Period) -> Period:
    """Return a period that has provinces, else the newest year of the registry with provinces."""
    return period if is_counted("provinces", period) else asked_province_period("", None)


def province_context(area: Province, say: Words) -> list[str]:
    """Describe residents, mining and the largest towns in sentences."""
    people = say.number(area.residents)
    mined = say.number(area.mined_ha, 0 if area.mined_ha >= 10 else 1)
    key = "brief.province.mining" if area.mined_ha else "brief.province.no_mining"
    named = [
        say("brief.province.town", name=name, people=say.number(count))
        for name, count in area.towns[:_TOWNS_NAMED]
    ]
    lines = [
        say("brief.province.residents", people=people, year=area.residents_year),
        f"{say(key, ha=mined, span=mining_years())} {illegality_text(area.code, say)}".strip(),
    ]
    return [*lines, say("brief.province.towns", towns=say.list(named))] if named else lines


def asked_province_period(text: str, registry: str | None) -> Period:
    """Return the period of a province's figures, the newest year unless one is named.

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
    period = parse_period(text, newest.registry_code, "provinces") if text else newest
    return period.at("departments")


def who_counts(department: str, period: Period, say: Words) -> list[str]:
    """Say which provinces are counted in another department than their own, with their residents.

    Of the department's own provinces first, then of those of others that its offices count; empty
    where there are none, and for a registry that does not count by fiscal district.
    """
    if not period.is_by_prosecutors:
        return []
    moves, year = load_jurisdiction_moves(), census_year()
    people = load_census("provinces").set_index("province_ubigeo")["residents"]
    moves = moves.assign(people=moves["province_ubigeo"].map(people))
    whole = people[people.index.str[:2] == department].sum()
    lines = []
    for column, other, key in (
        ("department_ubigeo", "counted_in_department_ubigeo", "away"),
        ("counted_in_department_ubigeo", "department_ubigeo", "here"),
    ):
        moved = moves[moves[column] == department]
        for (code, basis), group in moved.groupby([other, "basis"], dropna=False):
            kind = "unknown" if pd.isna(code) else key
            kind += ".guess" if basis == _GUESSED else ""
            text = say(
                f"card.served.{kind}",
                names=say.list(group["province"]),
                department=department_name(department),
                other="" if pd.isna(code) else department_name(code),
                people=say.number(group["people"].sum()),
                share=say.percent(group["people"].sum() / whole),
                year=year,
            )
            lines.append(text)
        if key == "away" and lines:
            lines[-1] += f" {say('card.served.residents')}"
    return lines


def counted_away(department: str, period: Period, say: Words) -> dict[str, str]:
    """Name the provinces that a count leaves out, with their share of residents; or {}."""
    moves = load_jurisdiction_moves()
    away = moves[moves["department_ubigeo"] == department]
    if away.empty or not period.is_by_prosecutors:
        return {}
    people = load_census("provinces").set_index("province_ubigeo")["residents"]
    moved = people[away["province_ubigeo"]].sum()
    share = say.percent(moved / people[people.index.str[:2] == department].sum())
    return {"names": say.list(away["province"]), "share": share}


def moved_sentences(department: str, period: Period, say: Words) -> list[str]:
    """Say shortly which provinces a department's count leaves out, and which others it includes.

    For a sentence that is read alone; empty as :func:`who_counts`.
    """
    if not period.is_by_prosecutors:
        return []
    moves = load_jurisdiction_moves()
    away = counted_away(department, period, say)
    texts = [say("quote.moved.away", year=census_year(), **away)] if away else []
    moved_here = moves[moves["counted_in_department_ubigeo"] == department]
    for is_guess, group in moved_here.groupby(moved_here["basis"] == _GUESSED):
        names = say.list(
            f"{say.list(rows['province'])} ({department_name(str(code))})"
            for code, rows in group.groupby("department_ubigeo")
        )
        texts.append(say(f"quote.moved.here{'.guess' if is_guess else ''}", names=names))
    return texts
