"""People of the area that an office serves, where that area crosses the borders of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Move:
    """A part of one region whose reports are counted in another."""

    part: str
    """code of the part (a province)."""
    region: str
    """code of the region where it lies."""
    counted_in: str | None
    """code of the region that receives its reports; None: its people are left out."""


def jurisdiction_people(
    people: Mapping[str, float],
    part_people: Mapping[str, float],
    part_totals: Mapping[str, float],
    moves: Sequence[Move],
) -> dict[str, float]:
    r"""Move people from the region where they live to the one that counts their reports.

    With :math:`P_r` the people of region r in the year wanted and, in a year whose parts are
    known, :math:`p_k` the people of part k and :math:`T_r` those of the region, part k moves
    :math:`P_r\,p_k / T_r` people: the share of the known year applied to the year wanted. Where
    both years are the same this is :math:`p_k`.

    Parameters
    ----------
    people : mapping of region code to people
        The year wanted.
    part_people : mapping of part code to people
        The known year.
    part_totals : mapping of region code to people
        The regions in the known year.
    moves : sequence of Move

    Returns
    -------
    dict
        People by region, same keys as ``people``; their sum is kept unless a move leaves people
        out.

    Raises
    ------
    ParameterError
        A code that is not known, a part moved twice, a part larger than its region, a move to the
        region itself.

    Examples
    --------
    >>> jurisdiction_people(
    ...     {"06": 1000.0, "14": 500.0}, {"0608": 330.0}, {"06": 990.0, "14": 500.0},
    ...     [Move("0608", "06", "14")],
    ... )
    {'06': 666.6666666666667, '14': 833.3333333333333}
    """
    moved = dict.fromkeys(people, 0.0)
    if len({move.part for move in moves}) != len(moves):
        raise ParameterError("a part is moved twice: one move for each part")
    for move in moves:
        for code, known in (
            (move.region, people),
            (move.region, part_totals),
            (move.part, part_people),
            (move.region if move.counted_in is None else move.counted_in, people),
        ):
            if code not in known:
                raise ParameterError(
                    f"the move of {move.part} names {code}, of which no people are given"
                )
        if move.counted_in == move.region:
            raise ParameterError(f"{move.part} is moved from {move.region} to itself")
        share = part_people[move.part] / part_totals[move.region]
        if not np.isfinite(share) or not 0 <= share <= 1:
            raise ParameterError(
                f"{move.part} has {part_people[move.part]:,.0f} people and its region "
                f"{part_totals[move.region]:,.0f}: a part is no larger than the whole"
            )
        moving = people[move.region] * share
        moved[move.region] -= moving
        if move.counted_in is not None:
            moved[move.counted_in] += moving
    return {code: float(number + moved[code]) for code, number in people.items()}
