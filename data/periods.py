"""The periods that figures may be asked for, and the one that looks like a period and is not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.catalogue import overlay, read_resource
from geo.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Period:
    """One span of counts, all of one unit and one registry."""

    code: str
    """name in links, tables and files, e.g. "2007-01/2014-04" or "2019+2021+2023"."""
    start: str
    """first month, YYYY-MM."""
    end: str
    """last month, YYYY-MM."""
    years: tuple[int, ...]
    """calendar years whose mean population is the denominator."""
    months: int
    """months of observation; person-years = mean population times months / 12."""
    unit: str
    """what one count is: "complaint" or "reported offence"."""
    registry: str
    """who counted, in the words of the source."""
    is_pooled: bool = False
    """adds the counts of several single years."""
    flags: tuple[str, ...] = ()
    """what holds for every department: "lockdown", "year_flagged", "part_year"."""
    unranked: tuple[str, ...] = ()
    """department_ubigeo of the departments whose count is not to be ranked."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Codes of the single periods whose counts are added."""
        return tuple(str(year) for year in self.years) if self.is_pooled else (self.code,)

    @property
    def is_part_year(self) -> bool:
        """A year of which some months are missing: never beside a full one in a comparison."""
        return PART_YEAR in self.flags


PART_YEAR = "part_year"
MONTHS_PER_YEAR = 12
OBSERVATORY = "Ministerio Público - Observatorio de Criminalidad"
OPEN_DATA = "MPFN (fiscal case system)"


def _year(
    year: int,
    first: int = 1,
    last: int = MONTHS_PER_YEAR,
    *,
    flags: tuple[str, ...] = (),
    unranked: tuple[str, ...] = (),
) -> Period:
    """A year of the open data, or some of its months."""
    return Period(
        period_code(year, first, last),
        f"{year}-{first:02d}",
        f"{year}-{last:02d}",
        (year,),
        last - first + 1,
        "reported offence",
        OPEN_DATA,
        flags=flags,
        unranked=unranked,
    )


def period_code(year: int, first: int = 1, last: int = MONTHS_PER_YEAR) -> str:
    """Return the code of a year or of some of its months."""
    if (first, last) == (1, MONTHS_PER_YEAR):
        return str(year)
    return f"{year}-{first:02d}/{year}-{last:02d}"


# Of the window only 2010, 2011 and 2012 have a population of the old series. In 2022 Lima Centro
# reads 19 between 106 and 91 while its other offences are stable: the count is a fault of the
# file, Lima is a third of the country's expected cases, so the year is flagged for everyone.
SHIPPED_PERIODS: tuple[Period, ...] = (
    Period(
        "2007-01/2014-04", "2007-01", "2014-04", (2010, 2011, 2012), 88, "complaint", OBSERVATORY
    ),
    _year(2019),
    _year(2020, flags=("lockdown",)),
    _year(2021),
    _year(2022, flags=("year_flagged",), unranked=("15",)),
    _year(2023),
    Period(
        "2019+2021+2023",
        "2019-01",
        "2023-12",
        (2019, 2021, 2023),
        36,
        "reported offence",
        OPEN_DATA,
        is_pooled=True,
    ),
)


def periods_in(root: Path | None = None) -> tuple[Period, ...]:
    """Return the shipped periods and those that the complaints of a folder add to them."""
    if root is None and "complaints" not in overlay().entries:
        return SHIPPED_PERIODS
    text = read_resource("complaints", root).content.decode()
    return with_rows(csv.DictReader(io.StringIO(text, newline="")))


def with_rows(rows: Iterable[Mapping[str, str]]) -> tuple[Period, ...]:
    """Return the shipped periods and those of rows of the table of complaints."""
    found = {period.code: period for period in SHIPPED_PERIODS}
    for row in rows:
        if row["period"] in found:
            continue
        first, last = int(row["period_start"][5:7]), int(row["period_end"][5:7])
        flags = (PART_YEAR,) if last - first + 1 < MONTHS_PER_YEAR else ()
        found[row["period"]] = _year(int(row["period_start"][:4]), first, last, flags=flags)
    return tuple(sorted(found.values(), key=lambda one: (one.is_pooled, one.start, one.end)))


PERIODS = periods_in()
"""All periods of this process: those shipped, and those refreshed before it began."""
PERIOD_CODES = tuple(period.code for period in PERIODS)
LATEST_YEAR = max(one.code for one in PERIODS if len(one.code) == 4)
"""The last full year: what a page shows first."""


def parse_period(text: str) -> Period:
    """Return the period that a code names; a space is the plus that a web address turned into one.

    ParameterError for the incomplete table of 2009 to 2014, and for any other text.

    Examples
    --------
    >>> parse_period("2019 2021 2023").code
    '2019+2021+2023'
    >>> parse_period("2007-01/2014-04").months
    88
    """
    code = text.strip().replace(" ", "+")
    for period in PERIODS:
        if period.code == code:
            return period
    allowed = ", ".join(PERIOD_CODES)
    if code.replace("-", "/").removesuffix("/12").replace("/01/", "/") == "2009/2014":
        raise ParameterError(
            f"{text!r} is no period: the table of 2009 to 2014 is incomplete "
            f"(25 of 32 judicial districts, 2,044 of 2,241 complaints); choose one of {allowed}"
        )
    raise ParameterError(f"no period {text!r}; choose one of {allowed}")
