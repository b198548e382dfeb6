"""The state of the hot spots page as codes: what its link carries and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data.periods import LATEST_YEAR, PERIODS
from maps.change import comparable_with
from maps.results import BASES, bases_of
from maps.state import MapState, parse_state
from messages import DEFAULT_LANGUAGE

LARGEST_SEED = 999_999


def later_than(period: str) -> tuple[str, ...]:
    """Codes of the periods that may be the second one of a comparison."""
    starts = {one.code: one.start for one in PERIODS}
    return tuple(code for code in comparable_with(period) if starts[code] > starts[period])


FIRST_PERIODS = tuple(one.code for one in PERIODS if later_than(one.code))


@dataclass(frozen=True, slots=True)
class HotspotState:
    """What the page shows, in codes that mean the same in every language."""

    lang: str = DEFAULT_LANGUAGE
    period: str = LATEST_YEAR
    base: str = BASES[0]
    """what the expected is a share of: ``maps.results.BASES``."""
    department: str | None = None
    """None until one is chosen: the page then takes the one with the highest level."""
    before: str = FIRST_PERIODS[0]
    after: str = later_than(FIRST_PERIODS[0])[-1]
    """the two periods whose change is shown."""
    twin_seed: int = 1
    """of the maps of equal risk that are shown."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """names of the fields of a link that were not understood; never their values."""

    def query(self) -> dict[str, str]:
        """The state as the parameters of a link."""
        parameters = {
            "lang": self.lang,
            "period": self.period,
            "base": self.base,
            "from": self.before,
            "to": self.after,
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
        Parameters of the link: lang, period, base, dep, from, to, twin; others are ignored.
    lang : str
        Language when the link names none.
    before : MapState, optional
        What another page of the session shows: its period and department are the defaults.

    Examples
    --------
    >>> found = parse_hotspot_state({"twin": "7", "dep": "99", "from": "2021", "to": "2019"})
    >>> found.twin_seed, found.department, found.before, found.problems
    (7, None, '2021', ('dep', 'to'))
    """
    common = {name: query[name] for name in ("lang", "period", "dep") if name in query}
    shared = parse_state(common, lang=lang)
    problems = list(shared.problems)
    period, department = shared.period, shared.department
    if before is not None:
        period = period if "period" in query else before.period
        department = department if "dep" in query else before.department

    def code(name: str, allowed: tuple[str, ...], usual: str) -> str:
        # a plus sign in a link that was typed by hand arrives as a space
        value = query.get(name, usual).replace(" ", "+")
        if value in allowed:
            return value
        problems.append(name)
        return usual

    first = code("from", FIRST_PERIODS, FIRST_PERIODS[0])
    base = code("base", bases_of(period), BASES[0])
    later = later_than(first)
    second = code("to", later, later[-1])
    twin = query.get("twin", "1")
    if not (twin.isascii() and twin.isdigit() and len(twin) <= len(str(LARGEST_SEED))):
        problems.append("twin")
        twin = "1"
    return HotspotState(
        shared.lang, period, base, department, first, second, int(twin), tuple(problems)
    )
