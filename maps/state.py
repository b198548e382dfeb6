"""The state of the map as codes: what a link carries and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data.periods import LATEST_YEAR, PERIODS
from messages import DEFAULT_LANGUAGE, LANGUAGES

MEASURES = ("count", "rate", "smr", "verdict")
BASES = ("people", "offences")
"""what the expected counts are shares of: residents, or all offences registered."""
RATIO_MEASURES = ("smr", "verdict")
"""measures that depend on the base."""
OVERLAYS = ("mining", "zones", "routes", "places", "services", "density")
LEVELS = ("departments", "provinces", "districts")
AREA_MEASURES = ("people", "per_km2", "mined")
"""what is known by province and district; reports are not."""
BANDWIDTHS_KM = ("20", "30", "40", "60", "80")
DEPARTMENTS = tuple(f"{code:02d}" for code in range(1, 26))
PERIOD_CODES = tuple(period.code for period in PERIODS)
MAX_LENGTH = 64
"""characters of one value in a link; the rest is refused unread."""


@dataclass(frozen=True, slots=True)
class MapState:
    """What is on the map, in codes that mean the same in every language."""

    lang: str = DEFAULT_LANGUAGE
    period: str = LATEST_YEAR
    measure: str = "smr"
    department: str | None = None
    overlays: tuple[str, ...] = ("mining", "routes", "places")
    bandwidth_km: int = 40
    level: str = "departments"
    area_measure: str = "people"
    """what is shown below the department."""
    base: str = BASES[0]
    """what the expected counts are shares of."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """names of the fields of a link that were not understood; never their values."""

    def query(self) -> dict[str, str]:
        """The state as the parameters of a link."""
        parameters = {
            "lang": self.lang,
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
        return parameters

    def with_(self, **changes: object) -> MapState:
        """A copy with some codes changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def parse_state(query: Mapping[str, str], *, lang: str = DEFAULT_LANGUAGE) -> MapState:
    """Read a link: codes from lists, everything else falls back to the default and is named.

    Parameters
    ----------
    query : mapping of str to str
        Parameters of the link: lang, period, measure, base, dep, layers, bw, level, area; others
        are ignored.
    lang : str
        Language when the link names none.

    Returns
    -------
    MapState
        With ``problems`` naming the fields that were not understood.

    Examples
    --------
    >>> parse_state({"period": "1900", "dep": "17"}).problems
    ('period',)
    >>> parse_state({"period": "2019 2021 2023"}).period
    '2019+2021+2023'
    """
    state = MapState(lang=lang)
    problems: list[str] = []

    def code(name: str, allowed: tuple[str, ...], default: str) -> str:
        value = query.get(name)
        if value is None:
            return default
        if len(value) <= MAX_LENGTH:
            # a plus sign in a link that was typed by hand arrives as a space
            value = value.replace(" ", "+")
            if value in allowed:
                return value
        problems.append(name)
        return default

    lang = code("lang", LANGUAGES, state.lang)
    period = code("period", PERIOD_CODES, state.period)
    measure = code("measure", MEASURES, state.measure)
    base = code("base", BASES, state.base)
    if measure not in RATIO_MEASURES:
        # nothing shown depends on it, so no link carries it on
        base = state.base
    department = code("dep", DEPARTMENTS, "") or None
    bandwidth = int(code("bw", BANDWIDTHS_KM, str(state.bandwidth_km)))
    level = code("level", LEVELS, state.level)
    area = code("area", AREA_MEASURES, state.area_measure)
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
    return MapState(
        lang, period, measure, department, overlays, bandwidth, level, area, base, tuple(problems)
    )
