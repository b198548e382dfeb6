"""The state of the map as codes: what a link carries and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Self, cast

from atlas.words import DEFAULT_LANGUAGE, LANGUAGES
from data.geography import AreaLevel, area_levels, load_areas
from data.periods import (
    DEFAULT_PERIOD,
    MAIN,
    PERIODS,
    REGISTRIES,
    Period,
    default_period,
    parse_period,
    periods_of,
)
from geo.errors import ParameterError

if TYPE_CHECKING:
    import geopandas as gpd


FOLDS = ("years", "history", "changes")
"""what opens on demand: maps of all years; on the card its years, and two of them compared."""
MEASURES = ("count", "rate", "smr", "verdict")
BASES = ("people", "offences")
"""what the expected counts are shares of: residents, or all offences registered."""
RATIO_MEASURES = ("smr", "verdict")
"""measures that depend on the base."""
OVERLAYS = ("mining", "zones", "routes", "places", "services", "density")
LEVELS = ("departments", "provinces", "districts")
AREA_MEASURES = ("people", "per_km2", "mined")
"""what is known of every province and district; reports see :func:`area_measures`."""
BANDWIDTHS_KM = ("20", "30", "40", "60", "80")
DEPARTMENTS = tuple(f"{code:02d}" for code in range(1, 26))
PERIOD_CODES = tuple(period.code for period in PERIODS)
_VIEW = r"(?:-?\d{1,2}(?:\.\d+)?,-?\d{1,3}(?:\.\d+)?,\d{1,2}(?:\.\d+)?)?"
"""where the map stands, which only the browser reads: latitude, longitude, zoom (static/map.js)"""
MAX_LENGTH = 64
"""characters of one value in a link; the rest is refused unread."""


class OfPeriod:
    """What the states of all pages that show a period know of it."""

    __slots__ = ()
    period: str
    registry: str

    def __post_init__(self) -> None:
        """Name the registry."""
        if not self.registry:
            object.__setattr__(self, "registry", parse_period(self.period).registry_code)

    @property
    def span(self) -> Period:
        """The period as its registry has it."""
        return parse_period(self.period, self.registry)

    def with_(self, **changes: object) -> Self:
        """A copy with some codes changed."""
        return replace(self, **changes)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True)
class MapState(OfPeriod):
    """What is on the map, in codes that mean the same in every language."""

    lang: str = DEFAULT_LANGUAGE
    period: str = DEFAULT_PERIOD
    measure: str = "smr"
    department: str | None = None
    overlays: tuple[str, ...] = ()
    bandwidth_km: int = 40
    level: str = "departments"
    area_measure: str = "people"
    """what is shown below the department."""
    base: str = BASES[0]
    """what the expected counts are shares of."""
    registry: str = ""
    """who counted: code of data.periods.REGISTRIES; unless it is given, the period says it."""
    open: tuple[str, ...] = ()
    """which of FOLDS are open."""
    beside: str = ""
    """period that the card holds against the others; empty: as it begins."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """names of the fields of a link that were not understood; never their values."""

    def query(self) -> dict[str, str]:
        """The state as the parameters of a link."""
        parameters = {
            "lang": self.lang,
            # of the prosecutors' two the period says which is meant
            **({} if is_by_prosecutors(self.registry) else {"registry": self.registry}),
            "period": self.period,
            "measure": self.measure,
            "layers": "-".join(self.overlays) or "none",
            "bw": str(self.bandwidth_km),
        }
        if self.base != BASES[0]:
            parameters["base"] = self.base
        if self.department:
            parameters["dep"] = self.department
        if self.level != LEVELS[0]:
            parameters |= {"level": self.level, "area": self.area_measure}
        if self.open:
            parameters["open"] = "-".join(self.open)
        if self.beside:
            parameters["with"] = self.beside
        return parameters


def left_out_overlays(state: MapState) -> tuple[str, ...]:
    """Overlays that a level below the department does not show.

    The density is one of reports, and hectares by area and by cell would be the same thing twice
    in the same colour.
    """
    if state.level == LEVELS[0]:
        return ()
    return ("density", "mining") if state.area_measure == "mined" else ("density",)


def read_code(
    query: Mapping[str, str], problems: list[str], name: str, allowed: Sequence[str], default: str
) -> str:
    """A field of a link if it is allowed; else the default, and the field among the problems."""
    value = query.get(name, default)
    # a plus sign in a link that was typed by hand arrives as a space
    value = value.replace(" ", "+") if len(value) <= MAX_LENGTH else ""
    if value in allowed or name not in query:
        return value
    problems.append(name)
    return default


def is_by_prosecutors(registry: str) -> bool:
    """Whether a registry counts by fiscal district, whose seats and residents are another matter.

    >>> is_by_prosecutors("police")
    False
    """
    tables = [REGISTRIES[code].tables["departments"] for code in (registry, MAIN)]
    return tables[0] == tables[1]


def read_period(query: Mapping[str, str], problems: list[str]) -> tuple[str, str]:
    """Registry and period of a link; without a registry the period says which is meant."""
    registry = read_code(query, problems, "registry", tuple(REGISTRIES), "") or None
    text = query.get("period")
    if text is not None:
        try:
            if len(text) > MAX_LENGTH:
                raise ParameterError("too long")
            span = parse_period(text, registry)
            return span.registry_code, span.code
        except ParameterError:
            problems.append("period")
    return registry or MAIN, default_period(registry)


def parse_state(query: Mapping[str, str], *, lang: str = DEFAULT_LANGUAGE) -> MapState:
    """Read a link: codes from lists, everything else falls back to the default and is named.

    ``lang`` is the language when the link names none; unknown parameters are ignored.

    >>> parse_state({"period": "1900", "dep": "17"}).problems
    ('period',)
    >>> parse_state({"period": "2019 2021 2023"}).period
    '2019+2021+2023'
    >>> parse_state({"registry": "police", "period": "2024-03/2024-08"}).problems
    ()
    """
    state = MapState(lang=lang)
    problems: list[str] = []
    code = partial(read_code, query, problems)
    lang = code("lang", LANGUAGES, state.lang)
    registry, period = read_period(query, problems)
    measure = code("measure", MEASURES, state.measure)
    base = code("base", BASES, state.base)
    if measure not in RATIO_MEASURES or not is_by_prosecutors(registry):
        # nothing shown depends on it, so no link carries it on
        base = state.base
    department = code("dep", DEPARTMENTS, "") or None
    bandwidth = int(code("bw", BANDWIDTHS_KM, str(state.bandwidth_km)))
    level = code("level", LEVELS, state.level)
    offered = area_measures(level, registry, period)
    area = code("area", offered, measure if measure in offered else state.area_measure)
    if level == LEVELS[0]:
        # nothing of it is shown, so no link carries it on
        area = state.area_measure
    overlays = state.overlays
    text = query.get("layers")
    if text is not None:
        names = [] if text == "none" else text[:MAX_LENGTH].split("-")
        known = tuple(name for name in OVERLAYS if name in names)
        if len(text) > MAX_LENGTH or set(names) - set(OVERLAYS):
            problems.append("layers")
        overlays = known if known or not names else overlays
    folds = query.get("open", "")[:MAX_LENGTH].split("-") if query.get("open") else []
    if set(folds) - set(FOLDS):
        problems.append("open")
    beside = code("with", ("", *(one.code for one in periods_of(REGISTRIES[registry]))), "")
    at = query.get("at", "")
    if len(at) > MAX_LENGTH or not re.fullmatch(_VIEW, at):
        problems.append("at")
    return MapState(
        lang,
        period,
        measure,
        department,
        overlays,
        bandwidth,
        level,
        area,
        base,
        registry,
        tuple(name for name in FOLDS if name in folds),
        beside,
        tuple(problems),
    )


MEASURE_COLUMNS = {
    "count": "reported_count",
    "rate": "rate_per_100k",
    "smr": "smr",
    "verdict": "verdict",
}
"""column of the results that a measure shows."""
AREA_COLUMNS = {"people": "population", "per_km2": "people_per_km2", "mined": "mined_ha"}
"""column of the areas that a measure shows."""


def available_levels() -> tuple[str, ...]:
    """The departments, and the levels whose outlines are here.

    >>> available_levels()
    ('departments', 'provinces')
    """
    present = area_levels()
    return tuple(level for level in LEVELS if level == "departments" or level in present)


@lru_cache(maxsize=512)
def area_measures(level: str, registry: str, period: str) -> tuple[str, ...]:
    """What may be shown below the department: reports too, where the registry has them there.

    >>> area_measures("provinces", "police", "2022")[:2], area_measures("provinces", "mpfn", "2022")
    (('count', 'rate'), ('people', 'per_km2', 'mined'))
    """
    try:
        parse_period(period, registry, level)
    except ParameterError:
        return AREA_MEASURES
    return AREA_MEASURES if level == LEVELS[0] else (*MEASURES, *AREA_MEASURES)


def years_by_province() -> tuple[str, str]:
    """First and last year of which a registry has reports by province."""
    (spans,) = (one.spans["provinces"] for one in REGISTRIES.values() if "provinces" in one.spans)
    return spans[0][0], spans[-1][0]


@lru_cache(maxsize=2)
def areas_for(level: str) -> gpd.GeoDataFrame:
    """The provinces or districts that have an outline, gated; shared by all: read only.

    Raises ParameterError when the level is not there.
    """
    return load_areas(cast(AreaLevel, level))
