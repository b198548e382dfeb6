"""The registries that count reports, and the periods that they have figures of.

Both are data: the tables counting_registries and period_notes say what a registry counts and which
cautions apply to single months; which months exist is read from its table of counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, overload

from data.cache import cached
from data.catalogue import descriptor_of, read_resource
from data.parsing import text_rows
from geo.errors import ParameterError, UserError

MAIN = "mpfn"
"""code of the main registry"""
PART_YEAR = "part_year"
LATE_RECORDING = "late_recording"
"""note of months that are still being recorded: no trend is read from them"""
EXTRAPOLATED = "extrapolated_population"
"""flag of a period with a year before or after the counts between which residents are known"""
NOT_RANKED = "not_ranked"
"""note of an area whose count is not to be ranked"""
UNKNOWN, INCOMPLETE = "unknown", "incomplete"
"""flags of an area of which nothing, or not everything, is counted"""
NOT_COMPARED = frozenset((NOT_RANKED, UNKNOWN, INCOMPLETE))
"""flags of a count that is not compared with others"""
MONTHS_PER_YEAR = 12
ENOUGH_MONTHS = 9
"""months that a period needs to be the newest of which anything is concluded first"""
LEVELS = ("departments", "provinces")
STEPS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""months of each step of a series"""
_YEARS = re.compile(r"\d{4}(?:/\d{4})?")
_SPAN = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?(?:/(\d{4})(?:-(0[1-9]|1[0-2]))?)?")


@dataclass(frozen=True, slots=True)
class Period:
    """One span of counts, all of one unit and one registry."""

    code: str
    """name in links, tables and files, e.g. "2007-01/2014-04" or "2019+2021+2023"."""
    start: str
    """first month, YYYY-MM."""
    end: str
    """last month, YYYY-MM."""
    months: int
    """months of observation; person-years = mean residents times months / 12."""
    unit: str
    """what one count is, e.g. "reported offence"."""
    registry: str
    """who counted, in the words of the source."""
    registry_code: str
    """the same in links and commands."""
    parts: tuple[str, ...]
    """codes of the rows of the registry's table whose counts are added."""
    is_pooled: bool = False
    """adds years that do not follow each other."""
    flags: tuple[str, ...] = ()
    """what holds for every area, e.g. "lockdown" or "part_year"."""
    unranked: tuple[str, ...] = ()
    """codes of the areas whose count is not to be ranked."""
    level: str = LEVELS[0]
    """whose counts it was read for: "departments" or "provinces"."""
    missing: tuple[str, ...] = ()
    """codes of the departments of which the card of the counts takes some month as missing."""

    def at(self, level: str) -> Period:
        """Return the same months at another level; ParameterError if it does not have them."""
        if level == self.level:
            return self
        return parse_period(self.code, self.registry_code, level)

    @property
    def is_by_prosecutors(self) -> bool:
        """Counted by fiscal district, whose seats and residents are another matter."""
        return REGISTRIES[self.registry_code].is_by_prosecutors

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years that it has months of."""
        spans = (span_months(run) for run in self.code.split("+"))
        return tuple(year for first, last in spans for year in range(first // 12, last // 12 + 1))

    @property
    def bears_a_trend(self) -> bool:
        """Whether its counts may be compared with those of another time."""
        return LATE_RECORDING not in self.flags

    @property
    def is_settled(self) -> bool:
        """Whether it may be a headline: nine months or more, and none still being recorded."""
        return self.months >= ENOUGH_MONTHS and self.bears_a_trend

    @property
    def is_part_year(self) -> bool:
        """Whether some months of a year are missing; it is never compared with a full year."""
        return PART_YEAR in self.flags


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a registry's time: a month, quarter, half-year or year."""

    code: str
    """of the period, e.g. "2024" or "2025-01/2025-09"."""
    is_partial: bool
    """some of its months are not counted yet."""
    is_known: bool
    """False where the registry has no figure of this step."""


@dataclass(frozen=True, slots=True)
class Registry:
    """One office's way of counting."""

    code: str
    """in links and commands: "mpfn", "observatory", "police"."""
    name: str
    """in the words of the source; key of the table registries."""
    unit: str
    """what one count is."""
    step: str
    """smallest step of its counts: "year", "month" or "window"."""
    tables: Mapping[str, str] = field(hash=False)
    """level ("departments", "provinces") to the table of its counts."""
    spans: Mapping[str, tuple[tuple[str, int, int], ...]] = field(hash=False)
    """level to (code, first month, last month) of the table's rows in order; months since year 0"""
    pooled: tuple[str, ...]
    """codes of years that may be added although others lie between them."""
    notes: tuple[Mapping[str, str], ...] = field(hash=False)
    """rows of period_notes, and what the card of the counts takes as missing (flag "unknown")."""
    extrapolated: frozenset[int]
    """years whose residents are those of a growth that runs on beyond the two counts."""

    @property
    def is_by_prosecutors(self) -> bool:
        """Whether it counts by fiscal district, as the main registry does."""
        return self.tables[LEVELS[0]] == REGISTRIES[MAIN].tables[LEVELS[0]]

    @property
    def first(self) -> str:
        """First month of its counts by department."""
        return _month(self.spans[LEVELS[0]][0][1])

    @property
    def last(self) -> str:
        """Last month of its counts by department."""
        return _month(self.spans[LEVELS[0]][-1][2])


@cached(most=512)
def _registries() -> dict[str, Registry]:
    notes = list(_rows("period_notes"))
    rule = descriptor_of("census_2025")["intercensal"]
    first, last = (int(rule[end][:4]) for end in ("from", "to"))
    extrapolated = {*range(rule["years"][0], first), *range(last + 1, rule["years"][1] + 1)}
    registries = {}
    for row in _rows("counting_registries"):
        tables = {
            level: row[column]
            for level, column in zip(LEVELS, ("counts", "province_counts"), strict=True)
            if row[column]
        }
        registries[row["code"]] = Registry(
            code=row["code"],
            name=row["registry"],
            unit=row["unit"],
            step=row["step"],
            tables=tables,
            spans={level: _spans(_rows(name), row["registry"]) for level, name in tables.items()},
            pooled=tuple(filter(None, row["pooled"].split(";"))),
            notes=(
                *(note for note in notes if note["code"] == row["code"]),
                *_missing(row["code"], row["counts"]),
            ),
            extrapolated=frozenset(extrapolated),
        )
    return registries


def _missing(code: str, table: str) -> Iterator[dict[str, str]]:
    """Yield the counts that the table's card declares missing, so that they are not read as 0.

    Rows win: a figure that a refresh brought is no longer missing.
    """
    for item in descriptor_of(table).get("missing", ()):
        first, last = (span_months(item["period"])[end] for end in (0, 1))
        there = (
            span_months(row["period"])
            for row in _rows(table)
            if row["department_ubigeo"] == item["department_ubigeo"]
        )
        if any(begin <= last and end >= first for begin, end in there):
            continue
        yield {
            "code": code,
            "period_start": _month(first),
            "period_end": _month(last),
            "area_ubigeo": item["department_ubigeo"],
            "flag": UNKNOWN,
            "reason": item["reason"],
            "reason_es": item["reason_es"],
        }


def _rows(name: str) -> list[dict[str, str]]:
    return text_rows(read_resource(name).content)


def _spans(rows: Iterable[Mapping[str, str]], name: str) -> tuple[tuple[str, int, int], ...]:
    """Each period of a registry's table in the order of time."""
    codes = {row["period"] for row in rows if row.get("registry", name) == name}
    spans = [(code, *span_months(code)) for code in codes if _SPAN.fullmatch(code or "")]
    return tuple(sorted(spans, key=lambda span: span[1:]))


def span_months(code: str) -> tuple[int, int]:
    """Return first and last month of a code as months since year 0; ValueError for none.

    >>> span_months("0001-02/0002")
    (13, 35)
    """
    match = _SPAN.fullmatch(code)
    if not match:
        raise ValueError(code)
    year, month, last_year, last_month = match.groups()
    begin = int(year) * 12 + int(month or 1) - 1
    if not last_year:
        return begin, begin if month else begin + 11
    return begin, int(last_year) * 12 + int(last_month or 12) - 1


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def span_code(first: int, last: int) -> str:
    """Code of a span of months since year 0: "2024", "2017/2022", "2024-03", "2025-01/2025-09"."""
    if first % 12 == 0 and last % 12 == 11:
        years = first // 12, last // 12
        return f"{years[0]}" if years[0] == years[1] else f"{years[0]}/{years[1]}"
    return _month(first) if first == last else f"{_month(first)}/{_month(last)}"


def _period(registry: Registry, level: str, code: str, spans: list[tuple[str, int, int]]) -> Period:
    first, last = spans[0][1], spans[-1][2]
    months = sum(end - begin + 1 for _, begin, end in spans)
    covered = {month for _, begin, end in spans for month in range(begin, end + 1)}
    flags, unranked, missing = [], [], []
    for note in registry.notes:
        begin = span_months(note["period_start"])[0] if note["period_start"] else first
        end = span_months(note["period_end"])[1] if note["period_end"] else last
        if covered.isdisjoint(range(begin, end + 1)):
            continue
        if note["flag"] == NOT_RANKED:
            unranked.append(note["area_ubigeo"])
        elif note["flag"] == UNKNOWN:
            missing.append(note["area_ubigeo"])
        else:
            flags.append(note["flag"])
    if registry.step != "window" and (first % 12 or last % 12 != 11):
        flags.append(PART_YEAR)
    if any(month // 12 in registry.extrapolated for month in covered):
        flags.append(EXTRAPOLATED)
    length = 2 * LEVELS.index(level) + 2
    return Period(
        code=code,
        start=_month(first),
        end=_month(last),
        months=months,
        unit=registry.unit,
        registry=registry.name,
        registry_code=registry.code,
        parts=tuple(part for part, _, _ in spans),
        is_pooled=len(covered) < last - first + 1,
        flags=tuple(dict.fromkeys(flags)),
        unranked=tuple(area for area in dict.fromkeys(unranked) if len(area) == length),
        level=level,
        missing=tuple(dict.fromkeys(missing)),
    )


@cached(most=512)
def periods_of(registry: Registry) -> tuple[Period, ...]:
    """The periods of a registry that a menu lists: years, parts of a year, then pooled years."""
    listed = [step.code for step in steps_of(registry, "year") if step.is_known]
    return tuple(parse_in(registry, code) for code in [*listed, *registry.pooled])


def steps_of(registry: Registry, step: str = "year") -> tuple[Step, ...]:
    """The steps of a registry from its first to its last month, unknown ones too.

    ParameterError for a step that is smaller than those it counts in.

    Examples
    --------
    >>> [step.code for step in steps_of(REGISTRIES["mpfn"]) if not step.is_known]
    ['2024']
    >>> steps_of(REGISTRIES["police"], "quarter")[-1]
    Step(code='2025-07/2025-09', is_partial=False, is_known=True)
    """
    if step not in STEPS:
        raise ParameterError(
            "unknown step {step!r}. Allowed are {allowed}", step=step, allowed=", ".join(STEPS)
        )
    spans = registry.spans[LEVELS[0]]
    if registry.step == "window":
        if step != "year":
            raise ParameterError(
                "the {registry} registry has no {step}s, because it is a single period",
                registry=registry.code,
                step=step,
            )
        return tuple(Step(code, is_partial=False, is_known=True) for code, _, _ in spans)
    if STEPS[step] < STEPS[registry.step]:
        raise ParameterError(
            "the {registry} registry has no {step}s, because it counts by {unit}",
            registry=registry.code,
            step=step,
            unit=registry.step,
        )
    length, last = STEPS[step], spans[-1][2]
    whole = {month: (begin, end) for _, begin, end in spans for month in range(begin, end + 1)}
    steps = []
    for begin in range(spans[0][1] // length * length, last + 1, length):
        months = range(begin, min(begin + length - 1, last) + 1)
        inside = [month for month in months if month in whole]
        is_known = bool(inside) and all(
            months[0] <= whole[month][0] and whole[month][1] <= months[-1] for month in inside
        )
        if is_known:
            months = range(inside[0], inside[-1] + 1)
        steps.append(Step(span_code(months[0], months[-1]), len(months) < length, is_known))
    return tuple(steps)


def find_period(registry: Registry, text: str) -> Period | None:
    """Return the period that a text names in a registry, or None."""
    try:
        return parse_in(registry, text)
    except (ParameterError, UserError):
        return None


def parse_in(registry: Registry, text: str, level: str = LEVELS[0]) -> Period:
    """Return the period that a text names in a registry; ParameterError if there is none.

    A bare year that is not whole is what there is of it: its code names the months, and it has the
    flag "part_year".

    >>> [parse_in(REGISTRIES[code], "2025").code for code in ("mpfn", "police")]
    ['2025-01/2025-11', '2025-01/2025-09']
    """
    if level not in registry.tables:
        having = [code for code, registered in REGISTRIES.items() if level in registered.tables]
        raise UserError(
            "period.refusal.level", registry=registry.code, level=level, having=", ".join(having)
        )
    spans = registry.spans[level]
    code = text.strip().replace(" ", "+")
    if code in registry.pooled:
        wanted = code.split("+")
        return _period(registry, level, code, [span for span in spans if span[0] in wanted])
    first, last = span_months(code) if _SPAN.fullmatch(code) else (1, 0)
    if _YEARS.fullmatch(code):  # of a year that is not whole what there is, as data.police reads it
        last = max((end for _, _, end in spans if end // 12 == last // 12), default=last)
    if first > last:
        raise UserError(
            "period.refusal.form", period=text, registry=registry.code, spans=_known(spans)
        )
    where = "" if level == LEVELS[0] else UserError("period.refusal.by_province")
    inside = [span for span in spans if first <= span[1] and span[2] <= last]
    cut = [span for span in spans if span not in inside and span[1] <= last and span[2] >= first]
    if cut:
        whole = cut[0][0]
        key = "period.refusal.months" if len(whole) == 4 else "period.refusal.parts"
        raise UserError(key, registry=registry.code, whole=whole, where=where)
    covered = {month for _, begin, end in inside for month in range(begin, end + 1)}
    missing = [month for month in range(first, last + 1) if month not in covered]
    if not covered or missing:
        values = {"registry": registry.code, "year": missing[0] // 12, "where": where}
        values["spans"] = _known(spans)
        part = [month for month in sorted(covered) if month // 12 == values["year"]]
        if part and (part[0] % 12, part[-1] - part[0]) != (0, 11):
            raise UserError("period.refusal.only", part=span_code(part[0], part[-1]), **values)
        raise UserError("period.refusal.nothing", **values)
    return _period(registry, level, _canonical(registry, first, last), inside)


def _canonical(registry: Registry, first: int, last: int) -> str:
    """Return the code of the table's row for exactly these months, else that of the span."""
    for code, begin, end in registry.spans[LEVELS[0]]:
        if (begin, end) == (first, last):
            return code
    return span_code(first, last)


def _known(spans: Iterable[tuple[str, int, int]]) -> str:
    """Write the periods of a registry shortly: "2017-01/2022-12, 2023, 2024-01/2025-09"."""
    joined: list[list] = []
    for code, begin, end in spans:
        is_month = begin == end
        if joined and is_month and joined[-1][2] and joined[-1][1] == begin - 1:
            joined[-1][1] = end
        else:
            joined.append([begin, end, is_month, code])
    return ", ".join(
        f"{_month(begin)}/{_month(end)}" if is_month else code
        for begin, end, is_month, code in joined
    )


class _Registries(Mapping[str, Registry]):
    def __getitem__(self, code: str) -> Registry:
        return _registries()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_registries())

    def __len__(self) -> int:
        return len(_registries())


REGISTRIES: Mapping[str, Registry] = _Registries()
"""All registries of the catalogue in use by code, the main one first; asked when it is used."""
_Item = TypeVar("_Item")


class Asked(Sequence[_Item], Generic[_Item]):
    """A sequence read from the catalogue in use each time it is used."""

    def __init__(self, ask: Callable[[], tuple[_Item, ...]]) -> None:
        self._ask = ask

    @overload
    def __getitem__(self, place: int) -> _Item: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[_Item, ...]: ...
    def __getitem__(self, place: int | slice) -> _Item | tuple[_Item, ...]:
        return self._ask()[place]

    def __len__(self) -> int:
        return len(self._ask())


@cached(most=512)
def _periods() -> tuple[Period, ...]:
    by_prosecutors = (
        period
        for registry in REGISTRIES.values()
        if registry.is_by_prosecutors
        for period in periods_of(registry)
    )
    return tuple(sorted(by_prosecutors, key=lambda span: (span.is_pooled, span.start, span.end)))


PERIODS: Sequence[Period] = Asked(_periods)
"""Periods that need no registry beside them: the prosecutors'; asked when they are used."""
PERIOD_CODES: Sequence[str] = Asked(lambda: tuple(period.code for period in _periods()))


def latest_year() -> str:
    """Return the code of the main registry's last full year, used for planning, or ""."""
    years = (span.code for span in PERIODS if span.registry_code == MAIN and len(span.code) == 4)
    return max(years, default="")


@cached(most=512)
def default_period(registry: str | None = None, level: str = LEVELS[0]) -> Period:
    """Return a registry's newest settled year (``Period.is_settled``), or its newest period.

    Every page, headline, command and the API show it first.

    >>> default_period().code, default_period("police").code
    ('2025-01/2025-11', '2024')
    >>> default_period("police", "provinces").code
    '2022'
    """
    chosen = REGISTRIES[registry or MAIN]
    spans = chosen.spans[level]
    years = dict.fromkeys(month // 12 for _, *ends in spans for month in ends)
    for year in reversed(years):
        months = [
            month
            for _, begin, end in spans
            for month in range(max(begin, year * 12), min(end, year * 12 + 11) + 1)
        ]
        if chosen.step != "window":
            code = _canonical(chosen, months[0], months[-1])
            period = parse_period(code, chosen.code, level)
            if period.is_settled:
                return period
    return parse_period(spans[-1][0], chosen.code, level)


@cached(most=512)
def parse_period(text: str, registry: str | None = None, level: str = LEVELS[0]) -> Period:
    """Return the period that a code names; a space is the plus that a web address turned into one.

    A registry may be left out for the prosecutors' two. ParameterError for what the registry
    does not have and for any other text.

    Examples
    --------
    >>> parse_period("2019 2021 2023").code
    '2019+2021+2023'
    >>> parse_period("2007-01/2014-04").months
    88
    >>> parse_period("2017-01/2022-12", "police").code
    '2017/2022'
    """
    if registry is not None:
        if registry not in REGISTRIES:
            raise UserError(
                "period.refusal.registry", registry=registry, allowed=", ".join(REGISTRIES)
            )
        return parse_in(REGISTRIES[registry], text, level)
    for code in dict.fromkeys(period.registry_code for period in reversed(PERIODS)):
        try:
            return parse_in(REGISTRIES[code], text, level)
        except (ParameterError, UserError):
            continue
    if level != LEVELS[0]:
        return parse_in(REGISTRIES[MAIN], text, level)
    allowed = ", ".join(PERIOD_CODES)
    raise UserError("period.refusal.unknown", period=text, allowed=allowed)


@cached(most=512)
def province_periods() -> tuple[Period, ...]:
    """The periods of the registry that counts by province: all its years, then each."""
    registry = next(code for code, chosen in REGISTRIES.items() if "provinces" in chosen.tables)
    years = [code for code, _, _ in REGISTRIES[registry].spans["provinces"]]
    codes = [f"{years[0]}/{years[-1]}", *years]
    return tuple(parse_period(code, registry, "provinces") for code in codes)
