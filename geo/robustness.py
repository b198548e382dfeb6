"""The verdict over a list of defensible settings: how often it holds, and what overturns it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from geo.dispersion import Dispersion
from geo.excess import benjamini_hochberg, exact_excess, overdispersed_p_value, verdicts
from geo.robustness_settings import (
    AXES,
    VERDICTS,
    Correction,
    DispersionChoice,
    PreparedTable,
    Setting,
    TableKey,
    require_settings,
)
from geo.scan import ScanSettings, spatial_scan


@dataclass(frozen=True, slots=True)
class Flip:
    """One change of one axis of the reference that changes the verdict."""

    axis: str
    value: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Robustness:
    """One region over the settings of one unit."""

    code: str
    unit: str
    reference_verdict: str
    counts: Mapping[str, int]
    """settings by verdict, all of ``VERDICTS`` in that order; their sum is ``settings``."""
    settings: int
    flips: tuple[Flip, ...]
    """from the reference, one axis changed and nothing else."""

    @property
    def is_stable(self) -> bool:
        """Whether no setting that tests the region says anything else than the reference."""
        tested = self.settings - self.counts["untestable"]
        return self.reference_verdict != "untestable" and (
            self.counts[self.reference_verdict] == tested
        )


def robustness(
    settings: Sequence[Setting],
    tables: Mapping[TableKey, PreparedTable],
    dispersion: Dispersion,
    *,
    codes: Sequence[str],
    replicas: int = 999,
    seed: int = 1,
) -> tuple[list[Robustness], dict[str, dict[str, str]]]:
    """Judge every region under every setting.

    The settings are a list, not a sample: they share data and differ in few axes, so "above in 40
    of 43" is a description and no probability.

    Parameters
    ----------
    settings : sequence of Setting
    tables : mapping of (period, denominator, departments) to PreparedTable
        All that the settings name.
    dispersion : Dispersion
        Measured on yearly counts; below 1 it is taken as 1.
    codes : sequence of str
        Regions to report on; those missing from a table are ``untestable`` there.
    replicas, seed : int
        Of the scans.

    Returns
    -------
    rows : list of Robustness
        Units in the order of the settings, then regions in the order of ``codes``.
    by_setting : dict
        Verdict by setting_id and code, for whoever wants to see each.

    Raises
    ------
    ParameterError
        A setting that repeats or names an unknown option or table, or a unit that has not exactly
        one reference.
    """
    require_settings(settings, tables)

    @cache
    def scanned(key: TableKey, phi: float) -> dict[str, tuple[float, str]]:
        return _scan_p_values(tables[key], phi=phi, replicas=replicas, seed=seed)

    by_setting: dict[str, dict[str, str]] = {}
    for setting in settings:
        key = (setting.period, setting.denominator, setting.departments)
        phi = _phi(setting.dispersion, dispersion)
        if setting.test == "scan":
            found = _scan_verdicts(scanned(key, 1.0), scanned(key, phi), setting.level)
        else:
            found = _exact_verdicts(tables[key], setting, phi, dispersion.degrees_of_freedom)
        by_setting[setting.setting_id] = {code: found.get(code, "untestable") for code in codes}
    rows = [
        _summary(code, [setting for setting in settings if setting.unit == unit], by_setting)
        for unit in dict.fromkeys(setting.unit for setting in settings)
        for code in codes
    ]
    return rows, by_setting


def _exact_verdicts(
    table: PreparedTable, setting: Setting, phi: float, degrees_of_freedom: int
) -> dict[str, str]:
    """Two grades as in ``geo.excess.verdicts``; under Poisson both grades are one."""
    counts = np.array(table.reported_count, dtype=float)
    excess = exact_excess(counts, table.person_years)
    wide = excess.p_value
    if phi > 1:
        wide = overdispersed_p_value(
            counts, excess.expected, excess.share, phi=phi, degrees_of_freedom=degrees_of_freedom
        )
    exact_q, wide_q = (_adjusted(p, setting.correction) for p in (excess.p_value, wide))
    named = verdicts(counts, excess.expected, exact_q, wide_q, level=setting.level)
    return dict(zip(table.codes, named, strict=True))


def _adjusted(p_value: np.ndarray, correction: Correction) -> np.ndarray:
    if correction == "bh":
        return benjamini_hochberg(p_value)
    return np.minimum(1.0, p_value * p_value.size)


def _scan_p_values(
    table: PreparedTable, *, phi: float, replicas: int, seed: int
) -> dict[str, tuple[float, str]]:
    """Two-sided p of the cluster that a region belongs to and agrees with, and its side.

    High and low are scanned apart: scanned together, a wide circle of few reports swallows a
    region of many and hides it. A region that differs from its circle is no evidence of either.
    """
    counts, people = np.array(table.reported_count), np.array(table.person_years)
    is_more = counts > counts.sum() * people / people.sum()
    found: dict[str, tuple[float, str]] = dict.fromkeys(table.codes, (1.0, ""))
    for kind in ("high", "low"):
        result = spatial_scan(
            counts,
            people,
            table.easting,
            table.northing,
            codes=table.codes,
            settings=ScanSettings(
                kind=kind,
                coordinates="metres",
                replicas=replicas,
                seed=seed,
                dispersion=phi,
                max_clusters=len(table.codes),
            ),
        )
        for cluster in result.clusters:
            for position, code in zip(cluster.positions, cluster.codes, strict=True):
                if is_more[position] == (kind == "high"):
                    side = "above" if kind == "high" else "below"
                    found[code] = (min(1.0, 2 * cluster.p_value), side)
    return found


def _scan_verdicts(
    chance: dict[str, tuple[float, str]], waves: dict[str, tuple[float, str]], level: float
) -> dict[str, str]:
    named = {}
    for code, (p_chance, side) in chance.items():
        if p_chance >= level:
            named[code] = "unremarkable"
        else:
            named[code] = side if waves[code][0] < level else f"{side}_poisson_only"
    return named


def _phi(choice: DispersionChoice, dispersion: Dispersion) -> float:
    measured = {
        "poisson": 1.0,
        "low": dispersion.low,
        "estimate": dispersion.phi,
        "high": dispersion.high,
    }
    return max(1.0, measured[choice])


def _summary(
    code: str, settings: Sequence[Setting], by_setting: Mapping[str, Mapping[str, str]]
) -> Robustness:
    said = [by_setting[setting.setting_id][code] for setting in settings]
    reference = next(setting for setting in settings if setting.is_reference)
    own = by_setting[reference.setting_id][code]
    flips = []
    for setting, verdict in zip(settings, said, strict=True):
        changed = [axis for axis in AXES if getattr(setting, axis) != getattr(reference, axis)]
        # not being tested is no other verdict: a region cannot be judged without itself
        if len(changed) == 1 and verdict not in (own, "untestable") and own != "untestable":
            flips.append(Flip(changed[0], str(getattr(setting, changed[0])), verdict))
    return Robustness(
        code=code,
        unit=reference.unit,
        reference_verdict=own,
        counts={name: said.count(name) for name in VERDICTS},
        settings=len(said),
        flips=tuple(flips),
    )
