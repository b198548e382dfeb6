"""The robustness of every verdict: settings, tables and the analysis put together, once."""

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
from data.robustness_settings import load_robustness_settings
from geo.disclosure import derive, gate
from geo.errors import ParameterError
from geo.jurisdictions import Move, jurisdiction_people
from geo.robustness import Flip, Robustness, robustness
from geo.robustness_settings import VERDICTS, PreparedTable, Setting, TableKey
from maps.centroids import centroids
from maps.hotspots import SCAN_REPLICAS
from maps.results import dispersion
from messages import Words

LIMA_CALLAO = ("15", "07")
JAEN_PROVINCES = ("0606", "0608", "0609")
"""Cutervo, Jaén and San Ignacio: outside the fiscal district of Cajamarca; who receives them is
known by elimination only."""
SHARE_YEARS = (2018, 2022)
"""First and last year with people by province; other years take the shares of the nearer one."""


def robustness_for(unit: str) -> pd.DataFrame:
    """How each department's verdict fares over the listed settings of one unit.

    Parameters
    ----------
    unit : {"complaint", "reported offence"}
        The two are judged apart: no statement crosses from one to the other.

    Returns
    -------
    DataFrame, 25 rows sorted by code
        department_ubigeo, department, unit, period and verdict of the reference setting,
        ``settings`` (how many), one count a verdict (``above`` ... ``untestable``), is_stable,
        flips (list of geo.robustness.Flip).

    Raises
    ------
    ParameterError
        A unit without settings.
    """
    frames = _frames()
    if unit not in frames:
        raise ParameterError(f"no settings of unit {unit!r}; choose one of {', '.join(frames)}")
    table = frames[unit]
    copy = table.copy()
    copy.attrs = dict(table.attrs)
    return copy


@lru_cache(maxsize=1)
def verdicts_by_setting() -> dict[str, dict[str, str]]:
    """The verdict of each setting (by its id) for each department: read only."""
    return _computed()[1]


def statement(say: Words, row: pd.Series) -> str:
    """One sentence on one row: how often each verdict holds, and what overturns the first.

    Parameters
    ----------
    say : Words
        The language.
    row : Series
        A row of :func:`robustness_for`.
    """
    tested = int(row["settings"] - row["untestable"])
    if tested == 0 or row["verdict"] == "untestable":
        return say("robust.untested")
    parts = [
        say("robust.count", verdict=say(f"verdict.{name}"), times=say.number(row[name]))
        for name in VERDICTS
        if name != "untestable" and row[name] > 0
    ]
    text = say("robust.counts", parts=say.list(parts), settings=say.number(tested))
    if row["untestable"] > 0:
        text += " " + say("robust.untested_settings", count=say.number(row["untestable"]))
    changes = [_change(say, flip) for flip in row["flips"]]
    if not changes:
        return f"{text} {say('robust.no_flip')}"
    return f"{text} {say('robust.flips', changes='; '.join(changes))}"


def _change(say: Words, flip: Flip) -> str:
    verdict = say(f"verdict.{flip.verdict}")
    if flip.axis == "period":
        return say("robust.flip.period", period=flip.value, verdict=verdict)
    return say(f"robust.flip.{flip.axis}.{flip.value}", verdict=verdict)


@lru_cache(maxsize=1)
def _frames() -> dict[str, pd.DataFrame]:
    rows, _, inputs, names, references = _computed()
    frames = {}
    for unit, period in references.items():
        chosen = [row for row in rows if row.unit == unit]
        frame = pd.DataFrame(
            {
                "department_ubigeo": [row.code for row in chosen],
                "department": [names[row.code] for row in chosen],
                "unit": unit,
                "period": period,
                "verdict": [row.reference_verdict for row in chosen],
                "settings": [row.settings for row in chosen],
                **{name: [row.counts[name] for row in chosen] for name in VERDICTS},
                "is_stable": [row.is_stable for row in chosen],
                "flips": [list(row.flips) for row in chosen],
            }
        )
        frames[unit] = gate(derive(frame, *inputs, name="robustness"), "T1")
    return frames


@lru_cache(maxsize=1)
def _computed() -> tuple[
    list[Robustness],
    dict[str, dict[str, str]],
    list[pd.DataFrame],
    dict[str, str],
    dict[str, str],
]:
    listed = gate(load_robustness_settings(), "T1")
    columns = list(Setting.__slots__)
    settings = [Setting(**row) for row in listed[columns].to_dict("records")]
    counts = {
        code: gate(load_region_counts(code), "T1")
        for code in dict.fromkeys(setting.period for setting in settings)
    }
    tables: dict[TableKey, PreparedTable] = {
        (setting.period, setting.denominator, setting.departments): _prepared(
            counts[setting.period], setting
        )
        for setting in settings
    }
    first = next(iter(counts.values()))
    names = dict(zip(first["department_ubigeo"], first["department"], strict=True))
    rows, by_setting = robustness(
        settings, tables, dispersion(), codes=list(names), replicas=SCAN_REPLICAS
    )
    references = {setting.unit: setting.period for setting in settings if setting.is_reference}
    return rows, by_setting, [listed, *counts.values()], names, references


def _prepared(counts: pd.DataFrame, setting: Setting) -> PreparedTable:
    people = jurisdiction_person_years(parse_period(setting.period), setting.denominator)
    kept = counts["is_ranked"].to_numpy(dtype=bool, copy=True)
    if setting.departments == "without_lima_callao":
        kept &= ~counts["department_ubigeo"].isin(LIMA_CALLAO).to_numpy()
    codes = counts.loc[kept, "department_ubigeo"].tolist()
    places = centroids()
    return PreparedTable(
        codes=tuple(codes),
        reported_count=tuple(int(count) for count in counts.loc[kept, "reported_count"]),
        person_years=tuple(people[code] for code in codes),
        easting=tuple(places[code][0] for code in codes),
        northing=tuple(places[code][1] for code in codes),
    )


def jurisdiction_person_years(period: Period, denominator: str) -> dict[str, float]:
    """Person-years of a period by department, of residents or of the fiscal districts' people.

    Parameters
    ----------
    period : Period
    denominator : {"department", "jurisdiction_jaen_dropped", "jurisdiction_jaen_to_lambayeque"}
        Provinces are known from 2018 to 2022; earlier and later years, and with them the old
        series, take the province's share of its department in the nearest of these years.
    """
    yearly = [_people(year, denominator) for year in period.years]
    return {
        code: float(np.mean([people[code] for people in yearly])) * period.months / 12
        for code in yearly[0]
    }


@lru_cache(maxsize=32)
def _people(year: int, denominator: str) -> dict[str, float]:
    people = {str(code): float(number) for code, number in population_of_year(year).items()}
    if denominator == "department":
        return people
    provinces = gate(load_province_population(), "T1")
    known = f"population_{min(max(year, SHARE_YEARS[0]), SHARE_YEARS[1])}"
    return jurisdiction_people(
        people,
        dict(zip(provinces["province_ubigeo"], provinces[known].astype(float), strict=True)),
        provinces.groupby("department_ubigeo")[known].sum().astype(float).to_dict(),
        _moves(denominator),
    )


def _moves(denominator: str) -> list[Move]:
    table = gate(load_jurisdiction_moves(), "T1")
    is_dropped = denominator == "jurisdiction_jaen_dropped"
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
