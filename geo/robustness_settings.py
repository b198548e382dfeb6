"""What a robustness check is asked: the settings, and the tables that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from geo.errors import ParameterError

DispersionChoice = Literal["poisson", "low", "estimate", "high"]
TestChoice = Literal["exact", "scan"]
Correction = Literal["bh", "bonferroni"]
AXES = ("period", "dispersion", "denominator", "departments", "test", "correction", "level")
VERDICTS = (
    "above",
    "above_poisson_only",
    "unremarkable",
    "below_poisson_only",
    "below",
    "untestable",
)
_ALLOWED = {
    "dispersion": ("poisson", "low", "estimate", "high"),
    "test": ("exact", "scan"),
    "correction": ("bh", "bonferroni"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One defensible way to judge the regions."""

    setting_id: str
    unit: str
    """what one count is; settings of two units never share a statement."""
    period: str
    dispersion: DispersionChoice
    """poisson: chance alone; otherwise the measured dispersion or an end of its interval."""
    denominator: str
    """name of the denominators of the table."""
    departments: str
    """name of the set of regions that is compared."""
    test: TestChoice
    correction: Correction
    """for many regions; the scan accounts for its search by itself."""
    level: float
    is_reference: bool = False
    """the setting that single changes are compared with; one for each unit."""


@dataclass(frozen=True, slots=True)
class PreparedTable:
    """Counts and denominators of one period, one kind of denominator, one set of regions."""

    codes: tuple[str, ...]
    """codes of the regions that are compared, those left out missing."""
    reported_count: tuple[int, ...]
    person_years: tuple[float, ...]
    easting: tuple[float, ...]
    """metres, centroid: for the scan."""
    northing: tuple[float, ...]


TableKey = tuple[str, str, str]
"""period, denominator, departments."""


def require_settings(settings: Sequence[Setting], tables: Mapping[TableKey, PreparedTable]) -> None:
    """Raise ParameterError unless every setting is known, named once and has its table."""
    if len({setting.setting_id for setting in settings}) != len(settings):
        raise ParameterError("a setting_id repeats: give each setting a name of its own")
    for setting in settings:
        for name, allowed in _ALLOWED.items():
            if getattr(setting, name) not in allowed:
                raise ParameterError(
                    f"{setting.setting_id}: {name} is {getattr(setting, name)!r}, "
                    f"allowed are {', '.join(allowed)}"
                )
        if not 0 < setting.level < 1:
            raise ParameterError(
                f"{setting.setting_id}: level is {setting.level}, it lies between 0 and 1"
            )
        key = (setting.period, setting.denominator, setting.departments)
        if key not in tables:
            raise ParameterError(f"{setting.setting_id}: no table for {' / '.join(key)}")
    for unit in dict.fromkeys(setting.unit for setting in settings):
        count = sum(setting.is_reference for setting in settings if setting.unit == unit)
        if count != 1:
            raise ParameterError(f"{count} reference settings of unit {unit!r}: mark exactly one")
