"""Models of the answers of the API: type, limits, unit and meaning of each field."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from atlas.view import BASES
from data.periods import REGISTRIES
from geo.change import ChangeVerdict
from geo.excess import Verdict
from geo.privacy.ranges import SMALLEST_SHOWN

Amount: TypeAlias = Annotated[float, Field(ge=0)] | None
Count: TypeAlias = Annotated[int, Field(ge=0)] | None
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)] | None
Sha256: TypeAlias = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


def means(text: str, unit: str = "", **limits: Any) -> Any:
    """Describe a field of an answer: its meaning, its unit and its limits."""
    about = f"{text} Unit: {unit}." if unit else text
    return Field(description=about, **limits)


UBIGEO = means("INEI code of the department, two digits.", pattern="^(0[1-9]|1[0-9]|2[0-5])$")
DEPARTMENT = means("Name of the department.")
FLAGS = means(
    "What to know before using the row, for example few_reports (below 13), "
    "denominator_mismatch or depends_on_denominator."
)
REPORTS = means("Reports in the period, where the file was opened.", "see the column unit")
UNIT = means("What one count is; two units are never added.")
REGISTRY = means("Who counted, in the words of the source.")
PERSON_YEARS = means("Population times the length of the period in years.", "person-years")
Q_VALUE = means("Benjamini-Hochberg over the departments.", "probability")
KAPPA = means(
    "Strength of the ups and downs: the variance of a count around its mean m is m + kappa m^2.",
    ge=0,
)
KAPPA_LOW = means("Smallest of the twenty equally likely values of kappa.", ge=0)
KAPPA_HIGH = means("Largest of the twenty equally likely values of kappa.", ge=0)
KAPPA_MONTHS = means("Length of the time that kappa belongs to.", "months", ge=1)
DEPARTMENTS = Field(min_length=25, max_length=25)
"""One row for each."""


def _drop_titles(schema: dict[str, Any]) -> None:
    """Drop titles of fields from the schema: they repeat the name."""
    for about in schema["properties"].values():
        about.pop("title", None)


class Answer(BaseModel):
    """Every field is there and no other."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_enum_values=True,
        json_schema_extra=_drop_titles,
    )


class Area(Answer):
    """What a department and a province have in common in a table of the areas."""

    population: Amount = means("Residents at the middle of the period.", "people")
    person_years: Amount = PERSON_YEARS
    rate_per_100k: Amount = means("Reported, never prevalence.", "reports per 100,000 person-years")
    reported_count: Count = REPORTS
    unit: str = UNIT
    registry: str = REGISTRY
    base: Literal[BASES] = means(  # pyrefly: ignore[not-a-type]
        "What expected is a share of: residents, or all offences that the same offices registered."
    )
    exposure: Amount = means("What the base counts in the department.", "person-years or offences")
    expected: Amount = means("Its share of the exposure of all ranked departments.", "reports")
    smr: Amount = means("Reports divided by expected: times its expected share.", "ratio")
    smr_low: Amount = means("Lower end of the 95 % interval of smr, waves included.", "ratio")
    smr_high: Amount = means("Upper end of the 95 % interval of smr, waves included.", "ratio")
    p_value: Share = means(
        "Two-sided, negative binomial given the total: chance and the waves of times as long.",
        "probability",
    )
    q_value: Share = Q_VALUE
    holm_p_value: Share = means("Holm over the departments.", "probability")
    p_value_chance: Share = means(
        "Exact binomial: what p would be if counts varied by chance alone.", "probability"
    )
    p_over_1_5: Share = means(
        "That its share in this period was over 1.5 times the expected, by chance alone: whether "
        "it is beyond the usual ups and downs is what verdict asks.",
        "probability",
    )
    p_over_2: Share = means("The same for 2 times the expected.", "probability")
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS
    verdict: Verdict = means(
        "above and below where q_value is under 0.05; unremarkable is not told apart, and misses "
        "most doublings; few reports never means little trafficking."
    )
    flags: list[str] = FLAGS


class ProvinceKey(Answer):
    """The names of a province, which stand first in its rows."""

    province_ubigeo: str = means("INEI code of the province, four digits.")
    province: str = means("Name of the province.")


class DepartmentKey(Answer):
    """The names of a department."""

    department_ubigeo: str = UBIGEO
    department: str = DEPARTMENT


class Region(Area, DepartmentKey):
    """A department of a period."""


class Province(Area, DepartmentKey, ProvinceKey):
    """A province of a period."""


class ChangeRow(Answer):
    """What changed in a department."""

    department_ubigeo: str = UBIGEO
    ratio: Amount = means("Later over earlier period; 1 = it moved as the country did.", "ratio")
    low: Amount = means("Lower end of the 95 % interval of the ratio.", "ratio")
    high: Amount = means("Upper end of the 95 % interval of the ratio.", "ratio")
    p_value: Share = means(
        "Two-sided: did it change more than departments usually do in so many years.", "probability"
    )
    q_value: Share = Q_VALUE
    verdict: ChangeVerdict = means("rose and fell where q_value is under 0.05.")
    kappa: float = KAPPA
    kappa_low: float = KAPPA_LOW
    kappa_high: float = KAPPA_HIGH
    kappa_months: int = KAPPA_MONTHS


class LevelRow(Answer):
    """The level of a department over the years."""

    department_ubigeo: str = UBIGEO
    level: Amount = means("Lasting rate over that of the country, waves taken out.", "ratio")
    low: Amount = means("Lower end of the 90 % interval of the level.", "ratio")
    high: Amount = means("Upper end of the 90 % interval of the level.", "ratio")
    probability_above: Share = means("That the level is above 1.", "probability")
    next_low: Amount = means("Lower end of the 90 % interval of the next year's ratio.", "ratio")
    next_high: Amount = means("Upper end of the 90 % interval of the next year's ratio.", "ratio")


class Excess(Answer):
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


class _Departments(Answer):
    departments: list[str] = means("INEI codes of neighbouring departments.")


class _Provinces(Answer):
    provinces: list[str] = means("INEI codes of neighbouring provinces.")


class Cluster(Excess, _Departments):
    """Neighbouring departments with more reports than one rate for all would give."""


class ProvinceCluster(Excess, _Provinces):
    """Neighbouring provinces with more reports than one rate for all would give."""


class AreaBesideOthers(Answer):
    """The rate of an area beside those of its neighbours."""

    reported_count: Count = REPORTS
    unit: str = UNIT
    registry: str = REGISTRY
    person_years: Amount = PERSON_YEARS
    statistic: float | None = means("Gi* of the rates.")
    z_score: float | None = means("From its mean under shuffling.", "standard deviations")
    p_value: Share = means("Rates shuffled over the others.", "probability")
    q_value: Share = Q_VALUE
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


class Step(Answer):
    """The reports of a step of time."""

    period: str = means("Code of the step.")
    reported_count: Count = means("Reports in the step; null: not known.", "see unit")
    person_years: Amount = means("Residents times the length of the step in years.", "person-years")
    is_partial: bool = means("Months of the step, or a part of the offices, are not counted.")


class Category(Answer):
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
    rate_low: Amount = means("Lower end of its 95 % interval, by chance alone.")
    rate_high: Amount = means("Upper end of its 95 % interval, by chance alone.")
    population: Count = means(
        "Of sex_age: people of that sex and age counted in 2025, for every year; the omitted are "
        "not among them.",
        "people",
    )
    rate_period: str | None = means("Of sex_age: the years of the period in which ages are known.")


class InLanguages(Answer):
    """A text in both languages."""

    es: str
    en: str


class Source(Answer):
    """Where figures come from."""

    title: str
    publisher: str | None
    url: str | None
    published: str | None


class PeriodAnswer(Answer):
    """A period of a registry."""

    code: str
    start: str
    end: str
    years: list[int]
    months: int = Field(ge=1)
    unit: str
    registry: str
    registry_code: Annotated[
        str, Field(json_schema_extra=lambda schema: schema.update(enum=list(REGISTRIES)))
    ]
    is_pooled: bool
    flags: list[str]
    unranked: list[str]
    name: InLanguages


class Kappa(Answer):
    """How strongly counts come in waves, and its interval."""

    kappa: float
    low: float
    high: float


class Identity(Answer):
    """Which edition of the figures and of the program answers."""

    atlas: str
    version: str = means("Release of the program, as everywhere in the atlas.")
    data_version: str = means("Edition of the figures, as everywhere in the atlas.")
    content: str = means("Changes with any figure, word or program part.")
    data_sha256: Sha256


class Sourced(Identity):
    """An answer, and what its figures rest on; it names its rows last."""

    caveat: InLanguages
    licence: str
    sources: list[Source]


class Regions(Sourced):
    """The departments of a period."""

    period: PeriodAnswer
    overdispersion: Kappa
    regions: list[Region] = DEPARTMENTS


class Provinces(Sourced):
    """The provinces of a period."""

    period: PeriodAnswer
    overdispersion: Kappa
    without_province: int = Field(ge=0)
    regions: list[Province]


class Series(Sourced):
    """Reports step by step."""

    registry: str
    unit: str
    series: list[Step]


class Profile(Sourced):
    """Who the victims are."""

    period: PeriodAnswer
    profile: list[Category]


class Change(Sourced):
    """What changed between two periods."""

    before: PeriodAnswer = Field(alias="from")
    after: PeriodAnswer = Field(alias="to")
    country: float = means("Ratio of the rates of the departments compared.")
    years_apart: float
    kappa: float = means("How far departments usually move in so many years.")
    regions: list[ChangeRow] = DEPARTMENTS


class ServicePlace(Answer):
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


class ServicePlaces(Sourced):
    """The offices that help."""

    services: list[ServicePlace]


class MinedArea(Answer):
    """New mining of a department or province that the satellite watches, and how much is judged
    likely illegal by its publisher."""

    ubigeo: str = means("INEI code, two digits for a department, four for a province.")
    area: str = means("Name of the area.")
    level: Literal["departments", "provinces"]
    mined_ha: Amount = means("New mining; null: not judged.", "ha")
    likely_illegal_ha: Amount = means("Of it in the classes high and very_high.", "ha")
    very_likely_illegal_ha: Amount = means("Of it in the class very_high.", "ha")
    share: Share = means("likely_illegal_ha divided by mined_ha.")
    includes_suspects: bool | None = means(
        "Suspect detections cannot be told from the rest; null: not judged."
    )


class Mining(Sourced):
    """How much mining is likely illegal, by its publisher's estimate."""

    note: InLanguages
    mining: list[MinedArea]


class Level(Sourced):
    """The level of each department over the years."""

    periods: list[PeriodAnswer]
    regions: list[LevelRow] = DEPARTMENTS


class Simulated(Sourced):
    """What is compared with simulated maps."""

    period: PeriodAnswer
    seed: int
    replicas: int


class Clusters(Simulated):
    """Whether an excess of departments crosses borders."""

    lens: Literal["scan"]
    clusters: list[Cluster]


class ProvinceClusters(Simulated):
    """Whether an excess of provinces crosses borders."""

    lens: Literal["scan"]
    clusters: list[ProvinceCluster]


class Neighbours(Simulated):
    """Rates of departments beside those of their neighbours."""

    lens: Literal["gistar"]
    rows: list[Neighbour] = DEPARTMENTS


class ProvinceNeighbours(Simulated):
    """Rates of provinces beside those of their neighbours."""

    lens: Literal["gistar"]
    rows: list[ProvinceNeighbour]


class Column(Answer):
    """A column of the table of departments."""

    name: str
    unit: str | None
    meaning: str


class Table(Answer):
    """A table of the catalogue."""

    name: str
    title: str
    title_es: str
    sources: list[Source]
    licence: str
    sha256: Sha256
    bytes: int
    accessed: str


class Meta(Identity):
    """Periods, units, columns, sources, how to cite."""

    title: InLanguages
    caveat: InLanguages
    periods: list[PeriodAnswer]
    units: dict[str, InLanguages]
    columns: list[Column]
    licence: str
    tables: list[Table]
    how_to_cite: InLanguages


class Problem(Answer):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    field: str = ""
    allowed: list[str] = []


def columns(row: type[Answer]) -> list[Column]:
    """List the columns of a table with unit and meaning."""
    return [
        Column(name=name, unit=unit.removesuffix(".") or None, meaning=text)
        for name, about in row.model_fields.items()
        for text, _, unit in [str(about.description).partition(" Unit: ")]
    ]
