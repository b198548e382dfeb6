"""Zeros of a registry that its own law finds improbable, proposed as missing.

Run with ``python -m studies.improbable_zeros``; prints one line each. Nothing is taken as missing
by this: a person names it, with its reason, in "missing" of the card of the counts
(docs/method.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.names import AREA_COLUMNS
from data.periods import LEVELS, NOT_RANKED, REGISTRIES
from data.reports import window_counts
from geo.overdispersion import fit_margins

IMPROBABLE = 0.01
KAPPAS = (0.36, 0.58)
"""of the police's years; a zero is proposed where it is improbable at each"""


@dataclass(frozen=True, slots=True)
class ImprobableZero:
    """A year without a report where the area's other years foretell some."""

    area: str
    year: str
    foretold: float
    """mean from the area's other years and the year of all other areas."""
    chances: tuple[float, ...]
    """of a zero, at each of KAPPAS."""
    before: float
    """reports of the year before; NaN: not counted."""
    after: float


def improbable_zeros(registry: str, level: str) -> Iterator[ImprobableZero]:
    """Yield the zeros of whole years whose chance is below IMPROBABLE at every kappa.

    The mean of a cell is that of the fit of areas and years to all other cells; the chance of a
    zero is (1 + kappa mu)^(-1 / kappa). Areas that are not ranked are left out.
    """
    notes = REGISTRIES[registry].notes
    left_out = [note["area_ubigeo"] for note in notes if note["flag"] == NOT_RANKED]
    windows = window_counts(registry, level, 12)
    windows = windows[windows["begin"] % 12 == 0]
    area = AREA_COLUMNS[level]
    windows = windows[~windows[area].isin(left_out)]
    counts, people = (
        windows.pivot(index=area, columns="period", values=name)
        for name in ("recorded_count", "person_years")
    )
    seen = counts.sum(axis=1) > 0
    counts, people = counts[seen], people[seen]
    for row, column in zip(*np.nonzero(counts.to_numpy() == 0), strict=True):
        foretold = _foretold(counts.to_numpy(float), people.to_numpy(float), row, column)
        chances = tuple((1 + kappa * foretold) ** (-1 / kappa) for kappa in KAPPAS)
        if max(chances) < IMPROBABLE:
            own = [np.nan, *counts.iloc[row], np.nan]
            yield ImprobableZero(
                str(counts.index[row]),
                str(counts.columns[column]),
                foretold,
                chances,
                float(own[column]),
                float(own[column + 2]),
            )


def _foretold(counts: np.ndarray, people: np.ndarray, row: int, column: int) -> float:
    """The mean of a cell from the fit to all others."""
    known = people.copy()
    known[row, column] = 0.0
    rates = np.divide(fit_margins(counts, known), people)
    # areas and years are factors: another area and another year lead to the cell
    other = int(np.argmax(counts.sum(axis=1) * (np.arange(len(counts)) != row)))
    beside = int(np.argmax(counts[other] * (np.arange(counts.shape[1]) != column)))
    rate = rates[row, beside] * rates[other, column] / rates[other, beside]
    return float(rate * people[row, column])


def main() -> None:
    """Print the proposals."""
    for level in LEVELS:
        for zero in improbable_zeros("police", level):
            chances = ", ".join(f"{100 * chance:.1f} %" for chance in zero.chances)
            print(
                f"{level} {zero.area} {zero.year}: 0 between {zero.before:g} and {zero.after:g}, "
                f"{zero.foretold:.1f} foretold; chance of a zero {chances}"
            )


if __name__ == "__main__":
    main()
