"""OpenRouteService's matrix: seconds between points of the map, which have no names."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

from data.readers.geojson import read_json
from data.readers.limits import TIMES
from data.readers.raw_table import RawTable, require_few
from geo.errors import UserError

_POINT = re.compile(r"(-?\d{1,3}\.\d{5}), (-?\d{1,3}\.\d{5})", re.ASCII)


def is_matrix(content: bytes) -> bool:
    """Whether a file of travel times is JSON."""
    return content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def point_of(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude of an end of a matrix; None for any other text."""
    match = _POINT.fullmatch(text)
    return None if match is None else (float(match[1]), float(match[2]))


def matrix_table(content: bytes) -> RawTable:
    """Return rows from, to, seconds of a matrix (sources, destinations, durations).

    The ends are points as text: the requested ones if given, else those on the road where the ways
    begin. A pair without a way has no row; of repeated pairs the first is used. UserError if the
    file is no such matrix.
    """
    document = read_json(content)
    try:
        durations = document["durations"]
        ends = [_points(document, side) for side in ("sources", "destinations")]
        require_few("records.refusal.too_many_rows", len(ends[0]) * len(ends[1]), TIMES.rows)
        if [len(row) for row in durations] != [len(ends[1])] * len(ends[0]):
            raise ValueError
        cells = [seconds for row in durations for seconds in row]
        pairs: dict[tuple[str, ...], str] = {}
        for pair, seconds in zip(product(*ends), cells, strict=True):
            if seconds is not None and all(pair):
                pairs.setdefault(pair, f"{float(seconds)}")
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        raise UserError("records.refusal.no_matrix") from None
    rows = [[*pair, seconds] for pair, seconds in pairs.items()]
    return RawTable("json", ["from", "to", "seconds"], rows, list(range(1, len(rows) + 1)))


def _points(document: dict[str, Any], side: str) -> list[str]:
    """The points of one side as text, "" for one without a position."""
    ends = document[side]
    metadata = document.get("metadata") or document.get("info") or {}
    query = metadata.get("query") or {}
    locations, numbers = query.get("locations") or [], query.get(side) or ["all"]
    asked = locations if "all" in numbers else [locations[int(number)] for number in numbers]
    if len(asked) != len(ends):
        asked = [end and end["location"] for end in ends]
    return [f"{point[0]:.5f}, {point[1]:.5f}" if point else "" for point in asked]
