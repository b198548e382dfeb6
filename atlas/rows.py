"""The rows of the atlas' tables: name, type, unit and meaning of each column, for every outlet.

A field without a meaning of its own stands in files for people too: its heading and its meaning are
column.NAME and column.NAME.means of the catalogues. The others are for programs, in English. What
may leave is never read from here, but from a list kept by hand (geo/privacy/public_lists.py).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from atlas.view import BASES, LEVELS
from atlas.words import words
from geo.change import ChangeVerdict
from geo.excess import Verdict
from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.two_counts import PairVerdict

Amount: TypeAlias = Annotated[float, Field(ge=0)] | None
Count: TypeAlias = Annotated[int, Field(ge=0)] | None
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)] | None


def means(text: str, unit: str = "", **limits: Any) -> Any:
    """A field that only programs have: its meaning, its unit and its limits."""
    description = f"{text} Unit: {unit}." if unit else text
    return Field(description=description, **limits)


UBIGEO_PATTERN = "^(0[1-9]|1[0-9]|2[0-5])$"
UBIGEO = Field(pattern=UBIGEO_PATTERN)
FLAGS = means(
    "What to know before using the row, for example few_reports (below 13), "
    "denominator_mismatch or depends_on_denominator."
)
REGISTRY = means("Who counted, in the words of the source.")
KAPPA = means(
    "Strength of the ups and downs: the variance of a count around its mean m is m + kappa m^2.",
    ge=0,
)
KAPPA_LOW = means("Smallest of the twenty equally likely values of kappa.", ge=0)
KAPPA_HIGH = means("Largest of the twenty equally likely values of kappa.", ge=0)
KAPPA_MONTHS = means("Length of the time that kappa belongs to.", "months", ge=1)


def _describe(schema: dict[str, Any], row: type[Any]) -> None:
    """Describe every column of the schema; titles, which repeat names, are dropped."""
    say = words("en")
    for name, column in schema["properties"].items():
        column.pop("title", None)
        if issubclass(row, Row) and "description" not in column:
            unit = unit_of(name, row)
            unit = f" Unit: {say(f'bundle.unit.{unit}')}." if unit else ""
            column["description"] = f"{say(f'column.{name}.means')}{unit}"


class Answer(BaseModel):
    """Every field is there and no other."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_enum_values=True,
        json_schema_extra=_describe,
    )


class Row(Answer):
    """A row of a table: every column has a meaning."""


class Area(Row):
    """What a department and a province have in common in a table of the areas."""

    population: Annotated[Amount, "people"]
    person_years: Annotated[Amount, "person_years"]
    rate_per_100k: Annotated[Amount, "rate"]
    reported_count: Annotated[Count, "counted"]
    unit: str
    registry: str = REGISTRY
    base: Literal[BASES]  # pyrefly: ignore[not-a-type]
    exposure: Annotated[Amount, "exposure"]
    expected: Annotated[Amount, "counted"]
    smr: Annotated[Amount, "times"]
    smr_low: Annotated[Amount, "times"]
    smr_high: Annotated[Amount, "times"]
    p_value: Annotated[Share, "probability"]
    q_value: Annotated[Share, "probability"]
    holm_p_value: Share = means("Holm over the areas.", "probability")
    p_value_chance: Share = means(
        "Exact binomial: what p would be if counts varied by chance alone.", "probability"
    )
    p_over_1_5: Share = means(
        "Confidence that the true ratio is over 1.5, waves included: 1 less the upper tail of the "
        "law of p_value at 1.5 times the expected. Of this area alone; verdict allows for all.",
        "probability",
    )
    p_over_2: Share = means("The same for 2 times the expected.", "probability")
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS
    verdict: Verdict
    flags: list[str] = FLAGS


class ProvinceKey(Row):
    """The names of a province, which stand first in its rows."""

    province_ubigeo: str
    province: str


class DepartmentKey(Row):
    """The names of a department."""

    department_ubigeo: str = UBIGEO
    department: str


class Region(Area, DepartmentKey):
    """A department of a period."""


class Province(Area, DepartmentKey, ProvinceKey):
    """A province of a period."""


class ChangeRow(Row):
    """What changed in a department."""

    department_ubigeo: str = UBIGEO
    ratio: Amount = means(
        "Later rate over earlier, divided by the same of the country; 1 = as the country.",
        "ratio",
    )
    low: Amount = means("Lower end of the 95 % interval of the ratio.", "ratio")
    high: Amount = means("Upper end of the 95 % interval of the ratio.", "ratio")
    p_value: Share = means(
        "Two-sided: did it change more than departments usually do in so many years.", "probability"
    )
    q_value: Annotated[Share, "probability"]
    verdict: ChangeVerdict = means("rose and fell where q_value is under 0.05.")
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS


class PairRow(Row):
    """Two departments of a period, the one with the higher rate first."""

    department_ubigeo: str = UBIGEO
    department: str
    reported_count: Annotated[Count, "counted"]
    rate_per_100k: Annotated[Amount, "rate"]
    other_ubigeo: str = means("INEI code of the other.", pattern=UBIGEO_PATTERN)
    other_department: str = means("Name of the other.")
    other_reported_count: Count = means("Reports of the other.", "reports")
    other_rate_per_100k: Amount = means("Rate of the other.", "reports per 100,000 person-years")
    ratio: Amount = means("Rate of the one over the other's; null: the other has none.", "ratio")
    low: Amount = means("Lower end of its margin; the margins of all pairs hold together.", "ratio")
    high: Amount = means("Upper end of its margin; null: no upper end.", "ratio")
    p_value: Share = means("Two-sided, waves of both departments included.", "probability")
    holm_p_value: Share = means("Holm over the pairs that are compared.", "probability")
    verdict: PairVerdict = means(
        "clear where holm_p_value is under 0.05; unclear: not told apart, which is not the same "
        "rate; untestable: see note."
    )
    note: str | None = means(
        "Why a pair is not compared: not_ranked, unknown, incomplete or no_report."
    )
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS


class Excess(Row):
    """What the scan says of a cluster."""

    kind: Literal["high"] = means("high: only excess is looked for.")
    observed: int = means("Reports inside.", "reports", ge=0)
    expected: Amount = means("At one rate for all.", "reports")
    relative_risk: Amount = means("Rate inside over rate outside.", "ratio")
    llr: Amount = means("How far from one rate for all.", "log likelihood ratio")
    p_value: Share = means("Against simulated maps with waves.", "probability")
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS


class _Departments(Row):
    departments: list[str] = means("INEI codes of neighbouring departments.")


class _Provinces(Row):
    provinces: list[str] = means("INEI codes of neighbouring provinces.")


class Cluster(Excess, _Departments):
    """Neighbouring departments with more reports than one rate for all would give."""


class ProvinceCluster(Excess, _Provinces):
    """Neighbouring provinces with more reports than one rate for all would give."""


class AreaBesideOthers(Row):
    """The rate of an area beside those of its neighbours."""

    reported_count: Annotated[Count, "counted"]
    unit: str
    registry: str = REGISTRY
    person_years: Annotated[Amount, "person_years"]
    statistic: float | None = means("Gi* of the rates.")
    z_score: float | None = means("From its mean under shuffling.", "standard deviations")
    p_value: Share = means("Rates shuffled over the others.", "probability")
    q_value: Annotated[Share, "probability"]
    smallest_p: Share = means("The smallest that so many maps can give.", "probability")
    hotspot: str = means("Class of the department; untestable if not ranked.")
    quadrant: str = means("HH, LL, HL or LH; empty if not ranked.")
    is_significant: bool = means("Whether q_value is under 0.05.")
    flags: list[str] = FLAGS
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS


class Neighbour(AreaBesideOthers, DepartmentKey):
    """A department beside its neighbours."""


class ProvinceNeighbour(AreaBesideOthers, DepartmentKey, ProvinceKey):
    """A province beside its neighbours."""


class Step(Row):
    """The reports of a step of time."""

    period: str
    reported_count: Count = means("Reports in the step; null: not known.", "see unit")
    person_years: Annotated[Amount, "person_years"]
    is_partial: bool = means("Months of the step, or a part of the offices, are not counted.")


class Category(Row):
    """Victims of a category."""

    group: str = means(
        "What is asked: sex, age, age_band, sex_age, purpose, recruitment, means, venue, "
        "link, recruited_from, reported_by."
    )
    category: str = means("Answer; not_recorded: the source has none.")
    share: Share = means("Count divided by base; null where the count is hidden.")
    count: Annotated[int, Field(ge=SMALLEST_SHOWN)] | None = means(
        "Null: below 5, or it would give away another count; also of another year, place or group.",
        "victims",
    )
    base: Annotated[int, Field(ge=0)] | None = means(
        "Victims of whom the shares are parts; null: 1 to 4, or it would give away such a number.",
        "victims",
    )
    rate_per_100k: Amount = means(
        "Of sex_age: victims recorded, never prevalence; null: as the count, or another group.",
        "victims per 100,000 people of that sex and age and year",
    )
    rate_low: Amount = means("Lower end of its 95 % interval; rate_margin says by what.")
    rate_high: Amount = means("Upper end of its 95 % interval; rate_margin says by what.")
    rate_margin: Literal["years", "chance"] | None = means(
        "years: by the spread of the years, each of which is shown. chance: by chance alone, which "
        "is narrower than the years differ: a spread of hidden years would tell of them."
    )
    population: Count = means(
        "Of sex_age: people of that sex and age counted in 2025, for every year; the omitted are "
        "not among them.",
        "people",
    )
    rate_period: str | None = means("Of sex_age: the years of the period in which ages are known.")


class ServicePlace(Row):
    """An office that helps."""

    service_type: Literal["CEM", "SAR", "SAU"] = means(
        "CEM: women's emergency centre; SAR: rural, SAU: urgent care service."
    )
    name: str = means("Name, as published.")
    district_ubigeo: str = means("INEI code of the district, six digits.")
    latitude: float = means("WGS84.", "degrees")
    longitude: float = means("WGS84.", "degrees")
    address: str = means("Address, as published. Call 1818 or 100 first.")
    is_approximate: bool = means("It stands at its district's capital: its position is doubtful.")


class TrustRow(Row):
    """How many trust the police, by a survey."""

    area_code: str = means(
        "INEI code of the department; 00 Peru; 15-01 and 15-99 the two parts of Lima."
    )
    area: str = means("Name of the area.")
    department_ubigeo: str | None = means(
        "INEI code of the department that the area is, or is a part of; null: the country."
    )
    year: int = means("Year of the survey; 2020 is ten points above its neighbours.")
    trust_pct: float = means(
        "People of 15 and over who trust the National Police. A survey without a margin: no rank, "
        "no test; context beside a count, never a correction of it.",
        "percent",
        ge=0,
        le=100,
    )


class MinedArea(Row):
    """New mining of a watched area, and how much its publisher judges likely illegal."""

    ubigeo: str = means("INEI code, two digits for a department, four for a province.")
    area: str = means("Name of the area.")
    level: Literal["departments", "provinces"] = means("Of which areas.")
    mined_ha: Amount = means("New mining; null: not judged.", "ha")
    likely_illegal_ha: Amount = means("Of it in the classes high and very_high.", "ha")
    very_likely_illegal_ha: Amount = means("Of it in the class very_high.", "ha")
    share: Share = means("likely_illegal_ha divided by mined_ha.")
    includes_suspects: bool | None = means(
        "Suspect detections cannot be told from the rest; null: not judged."
    )


def unit_of(name: str, row: type[Row]) -> str:
    """Return the unit of a column of files for people, as bundle.unit.UNIT says it; else ""."""
    return next((mark for mark in row.model_fields[name].metadata if isinstance(mark, str)), "")


def for_people(row: type[Row]) -> tuple[str, ...]:
    """Return the columns of a table that stand in files for people, in its order."""
    return tuple(name for name, info in row.model_fields.items() if info.description is None)


def names_of(level: str) -> tuple[str, ...]:
    """Return the columns of files for people that name an area of a level, before its figures."""
    return for_people(Region if level == LEVELS[0] else Province)[: -len(FIGURES)]


FIGURES = for_people(Area)
"""columns of files for people that say what is reported of an area, and what to make of it"""
