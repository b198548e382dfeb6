"""Models of the answers of the API: what stands around the rows (atlas.rows)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from atlas.rows import (
    Answer,
    Category,
    ChangeRow,
    Cluster,
    MinedArea,
    Neighbour,
    PairRow,
    Province,
    ProvinceCluster,
    ProvinceNeighbour,
    Region,
    Row,
    ServicePlace,
    Step,
    TrustRow,
    means,
)
from data.periods import REGISTRIES

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
DEPARTMENTS = Field(min_length=25, max_length=25)
"""One row for each."""


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


class Pairs(Sourced):
    """Each two of some departments in a period."""

    period: PeriodAnswer
    overdispersion: Kappa
    pairs: list[PairRow]


class ServicePlaces(Sourced):
    """The offices that help."""

    services: list[ServicePlace]


class Trust(Sourced):
    """How many trust the police, by area and year of a survey."""

    trust: list[TrustRow]


class Mining(Sourced):
    """How much mining is likely illegal, by its publisher's estimate."""

    note: InLanguages
    mining: list[MinedArea]


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
    allowed: list[str] = Field(default=[])


def columns(row: type[Row]) -> list[Column]:
    """List the columns of a table with unit and meaning, as the description has them."""
    return [
        Column(name=name, unit=unit.removesuffix(".") or None, meaning=text)
        for name, column in row.model_json_schema()["properties"].items()
        for text, _, unit in [column["description"].partition(" Unit: ")]
    ]
