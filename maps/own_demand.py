"""Own records as demand for the planner: what the gate shows of each province, nothing else."""

from __future__ import annotations

from maps.own_records import OwnRecords, shown_by_province


def own_weights(own: OwnRecords) -> dict[str, float]:
    """Weights by province_ubigeo: the rounded counts that are shown, added up over the years.

    A hidden cell weighs nothing, so provinces with few records draw no team: the planner says so.

    Examples
    --------
    >>> from datetime import date
    >>> from maps.own_records import hold
    >>> from records.reading import Checked
    >>> from records.report import Report
    >>> record = {"year": 2023, "province_ubigeo": "1701", "position": "none", "invented": True}
    >>> own = hold(Checked([record] * 16, Report(used_count=16)), today=date(2024, 1, 1))
    >>> own_weights(own)
    {'1701': 15.0}
    """
    return {str(code): float(count) for code, count in shown_by_province(own, None).items()}
