"""Figures of other registries: they disagree, and that is a finding."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table


def load_national_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return national counts by registry, one unit per row, never added across registries.

    Columns period_start, period_end, registry, registry_es, measure, measure_es, value, unit,
    unit_es, value_type, is_estimate (bool), note, quote and source columns.

    Examples
    --------
    >>> frame = load_national_figures()
    >>> frame.loc[frame["measure"].eq("complaints") & frame["period_end"].eq("2021-12")
    ...           & frame["period_start"].eq("2021-01"), "value"].astype(int).tolist()
    [1448, 917, 535]
    """
    return load_table("national_figures", root)


def load_breakdowns(*, root: Path | None = None) -> pd.DataFrame:
    """Return sex, age, form of exploitation, recruitment as the registries give them.

    Columns period_start, period_end, registry, registry_es, dimension, dimension_es, category,
    category_es, value, unit, unit_es, base, base_es, note, quote and source columns.
    """
    return load_table("breakdowns", root)


def load_department_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return figures of other registries for the departments that a source names.

    Columns period_start, period_end, department_ubigeo, department, registry, registry_es,
    measure, measure_es, value, unit, unit_es, value_type, is_estimate, note, quote and source.
    """
    return load_table("department_figures", root)


def load_article_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return the figures of the article this project began with (registry: who is quoted).

    department_ubigeo is None for the whole country. Other columns as the national figures.
    """
    return load_table("article_figures", root)


def load_article_regions(*, root: Path | None = None) -> pd.DataFrame:
    """Return the regions that the article names: department_ubigeo, role, role_es, source."""
    return load_table("article_regions", root)


def load_official_files(*, root: Path | None = None) -> pd.DataFrame:
    """Return where the official files live: dataset, owner, access_url, columns, period."""
    return load_table("official_files", root)
