"""What the print sheet of a plan says: finished numbers and words, nothing to compute."""

from __future__ import annotations

from dataclasses import dataclass

from exports.brief import Figure
from exports.picture import MapPicture


@dataclass(frozen=True, slots=True)
class PrintDot:
    """A place with demand."""

    longitude: float
    latitude: float
    share: float
    """of the largest demand of a place, 0 to 1; the area of the dot."""
    is_covered: bool


@dataclass(frozen=True, slots=True)
class PrintSite:
    """One site: a row of the table and a number on the map."""

    order: int
    longitude: float
    latitude: float
    reach_km: float
    """straight kilometres; 0 where the reach is no distance."""
    name: str
    detail: str
    reason: str
    values: tuple[str, ...]
    """what stands in the columns after the name."""


@dataclass(frozen=True, slots=True)
class PlanPrint:
    """A plan on paper. There is no field for excluded zones."""

    lang: str
    product: str
    kind: str
    mark: str
    """printed on top of every page where the demand is made up, else empty."""
    title: str
    notice: str
    ground: MapPicture
    """departments and what lies around, without figures."""
    dots: tuple[PrintDot, ...]
    """largest first."""
    sites: tuple[PrintSite, ...]
    keys: tuple[tuple[str, str], ...]
    """site, covered, missed or ring, and what it means."""
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...]
    """what was asked: name and value."""
    notes: tuple[str, ...]
    table_heading: str
    columns: tuple[str, ...]
    """of the table of sites, the name's first."""
    departments_heading: str
    departments_note: str
    department_columns: tuple[str, ...]
    departments: tuple[tuple[str, ...], ...]
    assumptions_heading: str
    assumptions: tuple[str, ...]
    footer: str
    page: str
    """text with {page} and {pages}."""
