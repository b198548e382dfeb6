"""A plan of outreach sites as plain values: what every file format of it is written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOTICE = (
    "For planning, never for operations. Outreach sites are never public: keep this file inside "
    "your organisation."
)


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """Sites in opening order with their values, and what holds for the plan as a whole.

    There is no field for excluded zones: where staff is in danger is nobody's to read in a file.
    """

    sites: tuple[Mapping[str, Any], ...]
    """one per site: order, code, name, department, longitude, latitude and further values."""
    plan: Mapping[str, Any]
    """model, demand, coverage_share, gap, seed, assumptions and further values."""
    departments: tuple[Mapping[str, Any], ...]
    """one per department: demand, covered, missed, share, mean cost."""
    notice: str = NOTICE
    """what every file of it says first."""
