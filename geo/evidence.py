"""Counts spread by population and by stated evidence: the second rule of a modelled surface.

Spread by residents alone, Madre de Dios peaks at its capital, while the places with published
victims lie in the mining zones. Here a share of each department's count goes to the evidence in
that department. The share is an assumption that the reader sets, not a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.errors import GeoError, ParameterError
from geo.surface import Surface, spread_counts

DEFAULT_EVIDENCE_SHARE = 0.5
"""Share of a department's count that goes to its evidence unless the reader says otherwise."""
EVIDENCE_COLUMNS = ("kind", "department_ubigeo", "longitude", "latitude", "amount")
KINDS = ("mining", "victims")
"""hectares mined in a cell; victims that somebody published for a place."""


def stated_evidence(mining_cells: pd.DataFrame, named_places: pd.DataFrame) -> pd.DataFrame:
    """Collect what a source states about where: mined hectares, places with published victims.

    Victims that are an estimate, bars, cases, shares and places without a coordinate are no
    evidence here. Of several figures for one place the largest counts: two raids may have found
    the same people, so they are never added.

    Parameters
    ----------
    mining_cells : DataFrame
        department_ubigeo, longitude, latitude (degrees), mined_ha (hectares).
    named_places : DataFrame
        department_ubigeo, longitude, latitude, unit, value, is_estimate, is_context.

    Returns
    -------
    DataFrame
        kind ("mining" or "victims"), department_ubigeo, longitude, latitude, amount (hectares or
        victims, above 0); sorted.

    Raises
    ------
    ParameterError
        A column is missing.

    Examples
    --------
    >>> cells = pd.DataFrame({"department_ubigeo": ["17"], "longitude": [-70.0],
    ...     "latitude": [-12.95], "mined_ha": [900.0]})
    >>> named = pd.DataFrame({"department_ubigeo": ["17"] * 3, "longitude": [-70.02] * 3,
    ...     "latitude": [-12.96] * 3, "unit": ["victim", "victim", "bar"],
    ...     "value": [51.0, 96.0, 200.0], "is_estimate": False, "is_context": False})
    >>> stated_evidence(cells, named)[["kind", "amount"]].values.tolist()
    [['mining', 900.0], ['victims', 96.0]]
    """
    place = ["department_ubigeo", "longitude", "latitude"]
    _require_columns(mining_cells, [*place, "mined_ha"], "mining_cells")
    _require_columns(
        named_places, [*place, "unit", "value", "is_estimate", "is_context"], "named_places"
    )
    counted = named_places[
        (named_places["unit"] == "victim")
        & ~named_places["is_estimate"].astype(bool)
        & ~named_places["is_context"].astype(bool)
    ]
    victims = counted.groupby(place, as_index=False)["value"].max()
    parts = [
        mining_cells[[*place, "mined_ha"]].rename(columns={"mined_ha": "amount"}),
        victims.rename(columns={"value": "amount"}),
    ]
    both = pd.concat([part.assign(kind=kind) for kind, part in zip(KINDS, parts, strict=True)])
    known = both[place].notna().all(axis=1) & (both["amount"] > 0)
    columns = list(EVIDENCE_COLUMNS)
    return both.loc[known, columns].sort_values(columns).reset_index(drop=True)


def spread_with_evidence(
    counts: Mapping[str, float] | pd.Series,
    places: pd.DataFrame,
    evidence: pd.DataFrame,
    *,
    evidence_share: float = DEFAULT_EVIDENCE_SHARE,
    population_column: str = "population_2022",
) -> Surface:
    """Spread a share of each department's count over its evidence, the rest by population.

    For department d with count c, evidence share s, and K kinds of evidence that d has, evidence
    item j of kind k carries ``c s / K * amount_j / (sum of the amounts of kind k in d)``, and
    place i carries ``c (1 - s) population_i / population_d``. Hectares and victims are never
    added: each kind gets the same part. A department without evidence goes by population alone.

    Parameters
    ----------
    counts, places, population_column
        As in :func:`geo.surface.spread_counts`.
    evidence : DataFrame
        From :func:`stated_evidence`.
    evidence_share : float
        0 to 1. At 0, or if no department has evidence, the result is that of the population rule,
        under its name.

    Returns
    -------
    Surface
        ``spreading`` names the rule and the share, "population and mining evidence, share 0.50":
        distances to mining and relative risks refuse it, because they would measure the rule.

    Raises
    ------
    ParameterError
        The share is not within 0 and 1, or a column of the evidence is missing.
    GeoError
        Evidence without a coordinate or with an amount that is not above 0; and what
        :func:`geo.surface.spread_counts` refuses.

    Examples
    --------
    >>> places = pd.DataFrame({"district_ubigeo": ["170101"], "department_ubigeo": ["17"],
    ...     "longitude": [-69.19], "latitude": [-12.59], "population_2022": [90_000]})
    >>> evidence = pd.DataFrame({"kind": ["mining", "mining", "victims"],
    ...     "department_ubigeo": "17", "longitude": [-70.0, -70.5, -70.02],
    ...     "latitude": [-12.95, -12.8, -12.96], "amount": [300.0, 100.0, 96.0]})
    >>> surface = spread_with_evidence({"17": 80}, places, evidence, evidence_share=0.5)
    >>> surface.weight.tolist(), surface.spreading
    ([40.0, 15.0, 5.0, 20.0], 'population and mining evidence, share 0.50')
    """
    if not 0 <= evidence_share <= 1:  # NaN fails too
        raise ParameterError(
            f"evidence_share is {evidence_share}; it must be 0 (population alone) to 1 (evidence "
            "alone, where a department has any)"
        )
    _require_columns(evidence, EVIDENCE_COLUMNS, "evidence")
    by_people = spread_counts(counts, places, population_column=population_column)
    count_of = pd.Series(counts, dtype=float)
    used = evidence[evidence["department_ubigeo"].isin(count_of.index)]
    if evidence_share == 0 or used.empty:
        return by_people
    _require_usable(used)
    code = used["department_ubigeo"]
    of_kind = used.groupby(["department_ubigeo", "kind"])["amount"].transform("sum")
    kinds = used.groupby("department_ubigeo")["kind"].transform("nunique")
    by_evidence = code.map(count_of) * evidence_share / kinds * used["amount"] / of_kind
    has_evidence = np.isin(by_people.department_ubigeo, code.to_numpy(dtype=str))
    kept = by_people.weight * np.where(has_evidence, 1 - evidence_share, 1.0)
    return Surface(
        longitude=np.concatenate([by_people.longitude, used["longitude"].to_numpy(dtype=float)]),
        latitude=np.concatenate([by_people.latitude, used["latitude"].to_numpy(dtype=float)]),
        weight=np.concatenate([kept, by_evidence.to_numpy(dtype=float)]),
        department_ubigeo=np.concatenate([by_people.department_ubigeo, code.to_numpy(dtype=str)]),
        spreading=f"population and mining evidence, share {evidence_share:.2f}",
    )


def _require_usable(evidence: pd.DataFrame) -> None:
    numbers = evidence[["longitude", "latitude", "amount"]].to_numpy(dtype=float)
    bad = ~np.isfinite(numbers).all(axis=1) | (numbers[:, 2] <= 0)
    if bad.any():
        raise GeoError(
            f"{int(bad.sum())} items of evidence have no coordinate or an amount that is not "
            "above 0; build the table with stated_evidence, which leaves them out"
        )


def _require_columns(frame: pd.DataFrame, columns: list[str] | tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ParameterError(f"{name} lacks {', '.join(missing)}: it needs {', '.join(columns)}.")
