"""The periods that figures may be asked for, and the one that looks like a period and is not."""

from __future__ import annotations

from dataclasses import dataclass

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
    """what holds for every department: "lockdown", "year_flagged"."""
    unranked: tuple[str, ...] = ()
    """department_ubigeo of the departments whose count is not to be ranked."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Codes of the single periods whose counts are added."""
        return tuple(str(year) for year in self.years) if self.is_pooled else (self.code,)


OBSERVATORY = "Ministerio Público - Observatorio de Criminalidad"
OPEN_DATA = "MPFN (fiscal case system)"


def _year(year: int, *, flags: tuple[str, ...] = (), unranked: tuple[str, ...] = ()) -> Period:
    return Period(
        str(year),
        f"{year}-01",
        f"{year}-12",
        (year,),
        12,
        "reported offence",
        OPEN_DATA,
        flags=flags,
        unranked=unranked,
    )


# Of the window only 2010, 2011 and 2012 have a population of the old series. In 2022 Lima Centro
# reads 19 between 106 and 91 while its other offences are stable: the count is a fault of the
# file, Lima is a third of the country's expected cases, so the year is flagged for everyone.
PERIODS: tuple[Period, ...] = (
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
PERIOD_CODES = tuple(period.code for period in PERIODS)
DISPERSION_YEARS = (2019, 2021, 2022, 2023)
"""Years of the dispersion fit: 2020, the year of the lockdown, is left out."""


def parse_period(text: str) -> Period:
    """Return the period that a code names.

    Parameters
    ----------
    text : str
        A code of PERIODS. A space is read as the plus that a web address turned into one.

    Raises
    ------
    ParameterError
        For the incomplete table of 2009 to 2014, and for any other text.

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
