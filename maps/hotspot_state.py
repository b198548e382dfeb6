"""The state of the hot spots page as codes: what its link carries and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data.periods import LATEST_YEAR
from maps.hotspots import REPLICAS, SCAN_REPLICAS
from maps.state import MapState, parse_state
from messages import DEFAULT_LANGUAGE

STATISTICS = ("gistar", "moran")
REPLICA_CODES = tuple(str(count) for count in REPLICAS)
LARGEST_SEED = 999_999


@dataclass(frozen=True, slots=True)
class HotspotState:
    """What the page shows, in codes that mean the same in every language."""

    lang: str = DEFAULT_LANGUAGE
    period: str = LATEST_YEAR
    department: str | None = None
    """None until one is chosen: the page then takes the one with the highest excess."""
    statistic: str = "gistar"
    """of lens 3."""
    replicas: int = SCAN_REPLICAS
    """simulated maps behind lens 2; lens 3 always has ``maps.hotspots.LOCAL_REPLICAS``."""
    seed: int = 1
    """of the simulated maps behind lenses 2 and 3."""
    twin_seed: int = 1
    """of the maps of equal risk that are shown."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """names of the fields of a link that were not understood; never their values."""

    def query(self) -> dict[str, str]:
        """The state as the parameters of a link."""
        parameters = {
            "lang": self.lang,
            "period": self.period,
            "stat": self.statistic,
            "maps": str(self.replicas),
            "seed": str(self.seed),
            "twin": str(self.twin_seed),
        }
        if self.department:
            parameters["dep"] = self.department
        return parameters

    def with_(self, **changes: object) -> HotspotState:
        """A copy with some codes changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def parse_hotspot_state(
    query: Mapping[str, str], *, lang: str = DEFAULT_LANGUAGE, before: MapState | None = None
) -> HotspotState:
    """Read a link: checked codes, everything else falls back to the default and is named.

    Parameters
    ----------
    query : mapping of str to str
        Parameters of the link: lang, period, dep, stat, maps, seed, twin; others are ignored.
    lang : str
        Language when the link names none.
    before : MapState, optional
        What another page of the session shows: its period and department are the defaults.

    Examples
    --------
    >>> found = parse_hotspot_state({"seed": "7", "dep": "99"})
    >>> found.seed, found.department, found.problems
    (7, None, ('dep',))
    """
    common = {name: query[name] for name in ("lang", "period", "dep") if name in query}
    shared = parse_state(common, lang=lang)
    problems = list(shared.problems)

    def code(name: str, allowed: tuple[str, ...], usual: str) -> str:
        value = query.get(name, usual)
        if value in allowed:
            return value
        problems.append(name)
        return usual

    def seed(name: str) -> int:
        value = query.get(name, "1")
        if value.isascii() and value.isdigit() and len(value) <= len(str(LARGEST_SEED)):
            return int(value)
        problems.append(name)
        return 1

    period, department = shared.period, shared.department
    if before is not None:
        period = period if "period" in query else before.period
        department = department if "dep" in query else before.department
    return HotspotState(
        lang=shared.lang,
        period=period,
        department=department,
        statistic=code("stat", STATISTICS, STATISTICS[0]),
        replicas=int(code("maps", REPLICA_CODES, str(SCAN_REPLICAS))),
        seed=seed("seed"),
        twin_seed=seed("twin"),
        problems=tuple(problems),
    )
