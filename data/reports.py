"""Load reports by fiscal district and period with their denominators, and other registries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from data.cache import cached
from data.catalogue import card_of, descriptor_of, load_table, table_loader
from data.geography import load_denominator_mismatch
from data.names import AREA_COLUMNS, CODE_DIGITS
from data.periods import (
    INCOMPLETE,
    LEVELS,
    MAIN,
    MONTHS_PER_YEAR,
    NOT_RANKED,
    REGISTRIES,
    UNKNOWN,
    Period,
    parse_in,
    parse_period,
    span_code,
    span_months,
    steps_of,
)
from data.population import residents, residents_from
from data.refresh.mpfn_file import AGGRAVATED, BASIC
from geo.errors import DataError, UserError
from geo.privacy.provenance import Tier, Tiered, framed

_OPEN_DATA = "MPFN open data (delitos denunciados)"
_SOURCE_COLUMNS = ("source_id", "source_title", "publisher", "published", "source_url")


@framed
@cached(most=512)
def load_region_counts(
    period: str | Period, registry: str | None = None, level: str = LEVELS[0]
) -> Tiered[pd.DataFrame]:
    """Return the reports of one period by department (25 rows by code) or by province (196).

    A Period knows its registry and level; a code is read with those that stand beside it.

    department_ubigeo, department, at provinces province_ubigeo and province, reported_count (int;
    float with NaN where a count is unknown), unit, registry, registry_es, population (mean
    residents: ``data.population.residents``), person_years (= population times months / 12),
    offences (float: all offences that the same offices registered in these months; NaN for every
    area where that is not known), is_ranked (bool), flags (list of str: "not_ranked", "unknown",
    "incomplete", those of the period, "denominator_mismatch").

    A fiscal district that registered offences and has no row of trafficking is unknown, not zero:
    its department is unknown, or incomplete where others are seated there, and not ranked. So is
    an area of which the card of the counts takes some month of the period as missing.

    Examples
    --------
    >>> counts = load_region_counts("2007-01/2014-04")
    >>> int(counts["reported_count"].sum()), round(float(counts["person_years"].sum()), 2)
    (1976, 218522338.22)
    """
    span = parse_period(period, registry, level) if isinstance(period, str) else period
    return _region_counts(span)


def _region_counts(span: Period) -> Tiered[pd.DataFrame]:
    level = span.level
    table = REGISTRIES[span.registry_code].tables[level]
    area = AREA_COLUMNS[level]
    rows = _rows_of(table, span.parts)
    names = _names_of_areas(level)
    is_prosecutors = table == REGISTRIES[MAIN].tables[LEVELS[0]]
    population = residents(span.code, level).reindex(names.index)
    counts = rows.groupby(area)["reported_count"].sum().reindex(names.index, fill_value=0)
    offences = load_all_offences() if is_prosecutors else None
    unknown, incomplete, mismatch = set[str](), set[str](), set[str]()
    registered = pd.Series(np.nan, index=names.index)
    if offences is not None:
        offences = offences[offences["period"].isin(span.parts)]
        unknown, incomplete = _gaps(rows, offences)
        mismatch = set(load_denominator_mismatch()["department_ubigeo"])
        if offences["period"].nunique() < len(span.parts):
            offences = offences.iloc[:0]  # known for some of the years only
        by_seat = offences.groupby("department_ubigeo")["reported_count"].sum()
        registered = by_seat.reindex(names.index).astype(float)
    unknown |= {code for code in names.index if code[: CODE_DIGITS["departments"]] in span.missing}
    if unknown:
        counts = counts.astype(float).mask(counts.index.isin(unknown))
    gaps = {**dict.fromkeys(incomplete, INCOMPLETE), **dict.fromkeys(unknown, UNKNOWN)}
    spanish = load_table("registries").set_index("registry")["registry_es"]
    frame = names.reset_index().assign(
        reported_count=counts.to_numpy(),
        unit=span.unit,
        registry=span.registry,
        registry_es=spanish[span.registry],
        population=population.to_numpy(dtype=float),
        person_years=population.to_numpy(dtype=float) * span.months / MONTHS_PER_YEAR,
        offences=registered.to_numpy(dtype=float),
        is_ranked=[code not in span.unranked and code not in gaps for code in names.index],
        flags=[_flags(code, span, gaps.get(code), mismatch) for code in names.index],
    )
    people = residents_from(span.code, level)
    cited = [_cited(rows), *map(_cited, people.values())]
    if offences is not None:
        cited.append(_cited(offences))
    return _with_cards(frame, table, people, cited)


def total_count(period: Period) -> int:
    """Return all reports of a period that its registry has, those of areas without a figure too.

    Examples
    --------
    >>> total_count(parse_period("2017/2022", "police")), total_count(parse_period("2023"))
    (3506, 1076)
    """
    table = REGISTRIES[period.registry_code].tables[period.level]
    return int(_rows_of(table, period.parts)["reported_count"].sum())


def _rows_of(table: str, parts: tuple[str, ...]) -> pd.DataFrame:
    frame = load_complaints() if table == "complaints" else load_police_counts(table)
    return frame[frame["period"].isin(parts)]


def count_sources(period: Period) -> list[dict[str, Any]]:
    """Return the sources of the counts of a period (title, publisher, published, url), by date."""
    return _cited(_rows_of(REGISTRIES[period.registry_code].tables[period.level], period.parts))


def _names_of_areas(level: str) -> pd.DataFrame:
    table, columns = "departments", ["department_ubigeo", "department"]
    if level != LEVELS[0]:
        table, columns = "population_provinces", ["province_ubigeo", "province", *columns]
    return load_table(table)[columns].set_index(AREA_COLUMNS[level]).sort_index()


def _gaps(rows: pd.DataFrame, offences: pd.DataFrame) -> tuple[set[str], set[str]]:
    """Return the departments with no count, and with only some counts, in any of the years."""
    keys = ["period", "fiscal_district"]
    registered, counted = (pd.MultiIndex.from_frame(frame[keys]) for frame in (offences, rows))
    lacks = pd.Series(~registered.isin(counted), index=offences.index)
    shares = lacks.groupby([offences["period"], offences["department_ubigeo"]]).mean()
    shares = shares[shares > 0].reset_index(name="share")
    unknown = set(shares.loc[shares["share"] == 1, "department_ubigeo"])
    return unknown, set(shares["department_ubigeo"]) - unknown


@cached(most=512)
def load_police_counts(table: str) -> pd.DataFrame:
    """Return the police complaints of a table by department and month, or by province and year.

    No row is a zero; a row without a province was recorded without one. DataError when the counts
    of a year do not add up to the total of the card.

    Examples
    --------
    >>> frame = load_police_counts("police_complaints")
    >>> int(frame["reported_count"].sum())
    5142
    """
    frame = load_table(table)
    card = descriptor_of(table)
    position = list(frame.columns).index("reported_count") + 1
    frame.insert(position, "unit", card["unit"])
    frame.insert(position + 1, "registry", card["registry"])
    return frame


def counts_without_province(period: Period) -> pd.Series:
    """Return the reports of a period that were recorded without a province, by department code.

    Examples
    --------
    >>> int(counts_without_province(parse_period("2017/2022", "police")).sum())
    36
    """
    span = period.at("provinces")
    rows = _rows_of(REGISTRIES[span.registry_code].tables["provinces"], span.parts)
    rows = rows[rows["province_ubigeo"].isna()]
    rows = rows[~rows["department_ubigeo"].isin(span.missing)]
    return rows.groupby("department_ubigeo")["reported_count"].sum()


@framed
@cached(most=512)
def load_series(
    registry: str, step: str = "year", department_ubigeo: str | None = None
) -> Tiered[pd.DataFrame]:
    """Return the reports of a registry step by step: of a department, or of the country.

    period (code of each step), reported_count (float; NaN = unknown), person_years (NaN where the
    residents are not known), is_partial (bool: months are missing, or a part of the offices).
    ParameterError for an unknown registry, step or department.

    Examples
    --------
    >>> load_series("mpfn", "year", "19")["reported_count"].tolist()
    [1.0, 5.0, 7.0, 2.0, 2.0, nan, nan]
    """
    if registry not in REGISTRIES:
        parse_period("", registry)  # raises the error, which lists the known registries
    names = _names_of_areas(LEVELS[0])
    if department_ubigeo is not None and department_ubigeo not in names.index:
        raise UserError(
            "department.refusal",
            department=department_ubigeo,
            first=names.index[0],
            last=names.index[-1],
        )
    counted_by = REGISTRIES[registry]
    codes = list(names.index) if department_ubigeo is None else [department_ubigeo]
    of_codes = _by_part(registry).loc[codes]
    counts, lacking = of_codes["count"], of_codes["lacking"]
    rows = []
    for span_step in steps_of(counted_by, step):
        count, is_partial = np.nan, span_step.is_partial
        if span_step.is_known:
            span = parse_in(counted_by, span_step.code)
            of_parts = counts[list(span.parts)]
            # of the country what is known is added up; of a department a gap is a gap
            count = float(of_parts.sum(skipna=len(codes) > 1).sum(min_count=1, skipna=False))
            is_partial |= bool(lacking[list(span.parts)].to_numpy().any())
        first, last = span_months(span_step.code)
        people = float(residents(span_step.code)[codes].sum())
        person_years = people * (last - first + 1) / MONTHS_PER_YEAR
        rows.append((span_step.code, count, person_years, is_partial))
    columns = ["period", "reported_count", "person_years", "is_partial"]
    table = REGISTRIES[registry].tables[LEVELS[0]]
    frame = pd.DataFrame(rows, columns=columns)
    roots = [table, *residents_from(counted_by.last[:4])]
    return Tiered(frame, Tier.T1, card_of(descriptor_of(table)) | {"roots": roots})


@cached(most=512)
def _by_part(registry: str) -> pd.DataFrame:
    """Return counts by department and period (NaN = unknown), and which of them lack a part."""
    table = REGISTRIES[registry].tables[LEVELS[0]]
    parts = tuple(part for part, _, _ in REGISTRIES[registry].spans[LEVELS[0]])
    rows = _rows_of(table, parts)
    codes = _names_of_areas(LEVELS[0]).index
    counts = rows.pivot_table(
        index="department_ubigeo", columns="period", values="reported_count", aggfunc="sum"
    )
    counts = counts.reindex(index=codes, columns=list(parts)).fillna(0.0)
    lacking = pd.DataFrame(False, index=counts.index, columns=counts.columns)
    for part in parts:
        missing = list(parse_in(REGISTRIES[registry], part).missing)
        counts.loc[missing, part], lacking.loc[missing, part] = np.nan, True
    if table == REGISTRIES[MAIN].tables[LEVELS[0]]:
        offences = load_all_offences()
        for part in parts:
            unknown, incomplete = _gaps(
                rows[rows["period"] == part], offences[offences["period"] == part]
            )
            counts.loc[list(unknown), part] = np.nan
            lacking.loc[list(unknown | incomplete), part] = True
    return pd.concat({"count": counts, "lacking": lacking}, axis=1)


def fitted_lengths(registry: str = MAIN, level: str = LEVELS[0]) -> tuple[tuple[int, ...], int]:
    """Return the lengths in months that kappa is fitted to, and the longest that can be.

    "overdispersion" in the card of the counts says so. A registry that counts by year or less
    often has the year's alone.

    Examples
    --------
    >>> fitted_lengths("police"), fitted_lengths("mpfn")
    (((1, 2, 3, 6, 12, 24), 36), ((12,), 12))
    """
    rule = descriptor_of(REGISTRIES[registry].tables[level])["overdispersion"]
    if "periods" in rule:
        return (MONTHS_PER_YEAR,), MONTHS_PER_YEAR
    first, last = span_months(rule["span"])
    _, begin, end = REGISTRIES[registry].spans[level][0]
    step = end - begin + 1
    return tuple(rule["months"]), (last - first + 1) // (2 * step) * step


@framed
@cached(most=512)
def load_window_counts(
    registry: str = MAIN, level: str = LEVELS[0], months: int = MONTHS_PER_YEAR
) -> Tiered[pd.DataFrame]:
    """Return reports by area and window of so many months, for the fit of kappa.

    Which windows and areas those are is said by "overdispersion" in the card of the counts: some
    years, or a span that is cut into windows of equal length, from each ``start`` (months after
    the beginning of the span) that leaves room for two. Windows of one start do not overlap. A
    year that a refresh adds is not among them, a corrected one of theirs is
    (docs/decisions/refresh.md).

    Examples
    --------
    >>> load_window_counts().groupby("period")["reported_count"].sum().to_dict()
    {'2019': 956, '2021': 728, '2022': 798, '2023': 892}
    >>> load_window_counts("police", months=24).groupby("start")["period"].nunique()[:3].to_dict()
    {0: 3, 1: 2, 2: 2}
    """
    table, area = REGISTRIES[registry].tables[level], AREA_COLUMNS[level]
    rule = descriptor_of(table)["overdispersion"]
    owner = next(code for code, entry in REGISTRIES.items() if entry.tables.get(level) == table)
    columns = [
        *dict.fromkeys((area, "department_ubigeo", "department", "start", "period")),
        *("reported_count", "recorded_count", "population", "person_years", "offences"),
        *("unit", "registry"),
    ]
    if "periods" in rule:
        codes = rule["periods"]
        loaded = [load_region_counts.tiered(parse_period(code, owner, level)) for code in codes]
        cited = [part.card["sources"] for part in loaded]
        parts = [part.frame.assign(period=code) for part, code in zip(loaded, codes, strict=True)]
        frame = pd.concat(parts, ignore_index=True).assign(start=0)
        frame["recorded_count"] = frame["reported_count"]
    else:
        first, last = span_months(rule["span"])
        windows = window_counts.tiered(owner, level, months)
        frame, codes, cited = windows.frame, [rule["span"]], [windows.card["sources"]]
        frame = frame[(frame["begin"] >= first) & (frame["begin"] + months - 1 <= last)]
        frame = frame.assign(start=(frame["begin"] - first) % months)
        of_start = frame.groupby("start")["begin"].transform("nunique")
        # two windows are needed to see what moves between them
        frame = frame[(of_start > 1) | (frame["start"] == 0)]
    frame = frame[columns]
    frame = frame[~frame[area].isin([item[area] for item in rule["left_out"]])]
    frame = frame.sort_values([area, "start", "period"], ignore_index=True)
    return _with_cards(frame, table, residents_from(codes[0], level), cited)


@framed
@cached(most=512)
def window_counts(registry: str, level: str, months: int) -> Tiered[pd.DataFrame]:
    """Return the reports of every run of so many months that a registry counts, by area.

    The columns of :func:`load_window_counts` without "start", and ``begin``, the first month of
    the window since year 0. Windows overlap: they begin with each step of the table. What the card
    takes as missing is NaN in reported_count and what the table says in ``recorded_count``.
    """
    counted, area = REGISTRIES[registry], AREA_COLUMNS[level]
    table, spans = counted.tables[level], counted.spans[level]
    ends = {begin: place for place, (_, begin, _) in enumerate(spans)} | {
        spans[-1][2] + 1: len(spans)
    }
    windows = []
    for first, (_, begin, _) in enumerate(spans):
        after = ends.get(begin + months)
        covered = sum(end - start + 1 for _, start, end in spans[first:after])
        if after is not None and covered == months:
            windows.append((begin, first, after))
    rows, names = _rows_of(table, tuple(code for code, _, _ in spans)), _names_of_areas(level)
    counts = rows.pivot_table(
        index=area, columns="period", values="reported_count", aggfunc="sum"
    ).reindex(index=names.index, columns=[code for code, _, _ in spans])
    sums = np.pad(counts.fillna(0).to_numpy(int).cumsum(axis=1), ((0, 0), (1, 0)))
    codes = [span_code(begin, begin + months - 1) for begin, _, _ in windows]
    people = np.array([residents(code, level).reindex(names.index) for code in codes]).ravel()
    areas = names.reset_index()
    recorded = np.array([sums[:, after] - sums[:, first] for _, first, after in windows])
    missing = [parse_in(counted, code, level).missing for code in codes]
    department = areas["department_ubigeo"]
    is_missing = np.array([department.isin(departments) for departments in missing])
    frame = areas.iloc[np.tile(np.arange(len(areas)), len(windows))].assign(
        begin=np.repeat([begin for begin, _, _ in windows], len(areas)),
        period=np.repeat(codes, len(areas)),
        reported_count=np.where(is_missing, np.nan, recorded).ravel(),
        recorded_count=recorded.ravel(),
        population=people,
        person_years=people * months / MONTHS_PER_YEAR,
        offences=np.nan,
        unit=counted.unit,
        registry=counted.name,
    )
    shares = residents_from(counted.last[:4], level)
    return _with_cards(frame, table, shares, [_cited(rows), *map(_cited, shares.values())])


def _flags(code: str, span: Period, gap: str | None, mismatch: set[str]) -> list[str]:
    flags = [NOT_RANKED] if code in span.unranked else []
    flags += [*([gap] if gap else []), *span.flags]
    return flags + (["denominator_mismatch"] if code in mismatch else [])


def _cited(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The sources that rows name, as a card does, each once in the order of its date."""
    columns = (rows[name].to_list() for name in _SOURCE_COLUMNS[1:])
    sources = dict.fromkeys(zip(*columns, strict=True))
    undated_last = sorted(sources, key=lambda source: (pd.isna(source[2]), source[2]))
    names = ("title", "publisher", "published", "url")
    return [dict(zip(names, source, strict=True)) for source in undated_last]


def _with_cards(
    frame: pd.DataFrame,
    table: str,
    people: Iterable[str],
    cited: list[list[dict[str, Any]]],
) -> Tiered[pd.DataFrame]:
    """Attach the card of the counts, with the sources of the rows that went in; our own sum."""
    card = card_of(descriptor_of(table))
    card["sources"] = list(
        {tuple(source.items()): source for part in cited for source in part}.values()
    )
    card["roots"] = [table, *people]
    if frame["offences"].notna().any():
        card["roots"].append("all_offences")
    return Tiered(frame, Tier.T1, card)


@cached(most=512)
def load_complaints() -> pd.DataFrame:
    """Return the reports of all single periods, by fiscal district and offence.

    department_ubigeo is that of the seat of the office, not of the crime; offence is None before
    2019. DataError when a fiscal district is unknown, or the counts of a period do not add up to
    the published total before and after the way to departments.

    Examples
    --------
    >>> frame = load_complaints()
    >>> frame.groupby("period")["reported_count"].sum().tolist()
    [1976, 1365, 692, 917, 897, 1076, 886]
    """
    return _by_seat("complaints")


@cached(most=512)
def load_all_offences() -> pd.DataFrame:
    """Return all offences that the prosecutors' offices registered, trafficking included.

    One row a period (2019 on) and fiscal district, as :func:`load_complaints`.

    Examples
    --------
    >>> frame = load_all_offences()
    >>> frame.groupby("period")["reported_count"].sum().tolist()
    [1081851, 693475, 1025359, 1126824, 1233421, 1140924]
    """
    return _by_seat("all_offences")


load_crosswalk = table_loader("crosswalk")
"""The 34 fiscal districts, as the open data spell them, with the department of their seat."""
load_breakdowns = table_loader("breakdowns")
"""Sex, age, form of exploitation, recruitment as the registries give them."""
load_department_figures = table_loader("department_figures")
"""Figures of other registries for the departments that a source names."""
load_article_figures = table_loader("article_figures")
"""The figures of the article this project began with (registry: who is quoted)."""


def _by_seat(name: str) -> pd.DataFrame:
    """Counts by fiscal district with the department of the seat; no total changes on the way."""
    frame = load_table(name)
    card = descriptor_of(name)
    _check_totals(card, frame.groupby("period")["reported_count"].sum().to_dict())
    seat = load_table("crosswalk").set_index("fiscal_district")
    mapped = seat.reindex(frame["fiscal_district"])
    position = list(frame.columns).index("fiscal_district") + 1
    for offset, column in enumerate(("department_ubigeo", "department")):
        frame.insert(position + offset, column, mapped[column].to_numpy())
    by_department = frame.groupby(["period", "department_ubigeo"])["reported_count"].sum()
    _check_totals(card, by_department.groupby("period").sum().to_dict())
    return frame


def _check_totals(card: dict, totals: dict[str, int]) -> None:
    expected = {item["period"]: item for item in card["expected_totals"]}
    unknown = sorted(set(totals) ^ set(expected))
    if unknown:
        came, listed = (f"periods {', '.join(sorted(codes))}" for codes in (totals, expected))
        raise DataError(card["path"], came=came, expected=listed)
    for period, item in expected.items():
        if totals[period] != item["reported_count"]:
            came, total = f"{totals[period]:,} in {period}", f"{item['reported_count']:,}"
            raise DataError(card["path"], came=came, expected=f"{total} ({item['source']})")


@framed
def load_national_figures() -> Tiered[pd.DataFrame]:
    """Return national counts by registry, one unit per row, never added across registries.

    Years of the open data that a refresh brought are summed from the complaints.

    Examples
    --------
    >>> frame = load_national_figures()
    >>> frame.loc[frame["measure"].eq("complaints") & frame["period_end"].eq("2021-12")
    ...           & frame["period_start"].eq("2021-01"), "value"].astype(int).tolist()
    [1448, 917, 535]
    """
    listed, table = load_table.tiered("national_figures"), load_complaints()
    frame = listed.frame
    table = table[table["source_id"].str.startswith("R-complaints-")]
    if not len(table):
        return listed
    is_open_data = frame["registry"] == _OPEN_DATA
    like = frame[is_open_data].iloc[-1].to_dict()
    rows = []
    for _, rows_of_period in table.groupby("period", sort=False):
        first = rows_of_period.iloc[0]
        named = rows_of_period["penal_code_article"].dropna()
        articles = sorted({part for text in named for part in text.split("; ")})
        same = ("period_start", "period_end", *_SOURCE_COLUMNS)
        rows.append(
            {
                **like,
                **{name: first[name] for name in same},
                "value": float(rows_of_period["reported_count"].sum()),
                **dict.fromkeys(
                    ("note", "note_es"), f"art. {'+'.join(articles)}" if articles else None
                ),
                "quote": f'{first["period"]}: "{BASIC}" + "{AGGRAVATED}"',
            }
        )
    years = {row["period_end"][:4] for row in rows}  # pyrefly: ignore[bad-index, unsupported-operation]
    others = frame[~(is_open_data & frame["period_end"].str[:4].isin(years))]
    whole = pd.concat([others, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)
    return replace(listed, frame=whole.astype(frame.dtypes.to_dict()))
