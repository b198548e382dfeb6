"""The listed settings of the robustness check."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_robustness_settings(*, root: Path | None = None) -> pd.DataFrame:
    """Return the settings, one row each: setting_id, unit, seven axes, is_reference, reasons.

    Axes: period, dispersion (poisson, low, estimate, high), denominator (department,
    jurisdiction_jaen_dropped, jurisdiction_jaen_to_lambayeque), departments (all,
    without_lima_callao), test (exact, scan), correction (bh, bonferroni), level. ``reason`` and
    ``reason_es`` say why somebody would choose the setting.

    Examples
    --------
    >>> frame = load_robustness_settings()
    >>> frame.groupby("unit")["setting_id"].count().to_dict()
    {'complaint': 12, 'reported offence': 52}
    """
    return load_table("robustness_settings", root)
