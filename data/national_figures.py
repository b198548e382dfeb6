"""Figures of other registries: they disagree, and that is a finding."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.catalogue import load_table, overlay
from data.complaints import load_complaints
from data.refresh.mpfn_words import AGGRAVATED, BASIC

_OPEN_DATA = "MPFN open data (delitos denunciados)"
_SOURCE_COLUMNS = ("source_id", "source_title", "publisher", "published", "source_url")


def load_national_figures(*, root: Path | None = None) -> pd.DataFrame:
    """Return national counts by registry, one unit per row, never added across registries.

    Columns period_start, period_end, registry, registry_es, measure, measure_es, value, unit,
    unit_es, value_type, is_estimate (bool), note, quote and source columns. Years of the open
    data that were refreshed on this machine are summed from the table of complaints.

    Examples
    --------
    >>> frame = load_national_figures()
    >>> frame.loc[frame["measure"].eq("complaints") & frame["period_end"].eq("2021-12")
    ...           & frame["period_start"].eq("2021-01"), "value"].astype(int).tolist()
    [1448, 917, 535]
    """
    frame = load_table("national_figures", root)
    if root is not None or "complaints" not in overlay().entries:
        return frame
    return _with_refreshed(frame)


def _with_refreshed(frame: pd.DataFrame) -> pd.DataFrame:
    """Put the sums of refreshed years in, in the place of those that they correct."""
    table = load_complaints()
    table = table[table["source_id"].str.startswith("R-complaints-")]
    is_open_data = frame["registry"] == _OPEN_DATA
    like = frame[is_open_data].iloc[-1].to_dict()
    rows = []
    for _, found in table.groupby("period", sort=False):
        first = found.iloc[0]
        named = found["penal_code_article"].dropna()
        articles = sorted({part for text in named for part in text.split("; ")})
        same = ("period_start", "period_end", *_SOURCE_COLUMNS)
        rows.append(
            {
                **like,
                **{name: first[name] for name in same},
                "value": float(found["reported_count"].sum()),
                "note": f"art. {'+'.join(articles)}" if articles else None,
                "quote": f'{first["period"]}: "{BASIC}" + "{AGGRAVATED}"',
            }
        )
    years = {row["period_end"][:4] for row in rows}
    kept = frame[~(is_open_data & frame["period_end"].str[:4].isin(years))]
    whole = pd.concat([kept, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)
    whole = whole.astype(frame.dtypes.to_dict())
    whole.attrs = dict(frame.attrs)
    return whole


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
