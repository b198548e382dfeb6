"""Convert roads published as lines with columns into the ways that an OpenStreetMap extract gives.

Lines meet where they have a point in common, a bridge with others only where a line ends there:
what crosses without one is not joined. Ends of lines within 30 m of each other are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import KDTree

from data.names import normalise_name
from data.readers.osm import Ways, limit_kmh
from data.readers.privacy import shown_heading
from data.readers.raw_table import refuse
from geo.crs import to_analysis

JOIN_METRES = 30.0
HEADINGS = {
    "class": ("fclass", "highway", "clase", "jerarquia", "class"),
    "maxspeed": ("maxspeed", "velocidad maxima", "velocidad"),
    "oneway": ("oneway", "sentido unico", "un sentido"),
    "surface": ("surface", "superficie", "tipo de superficie", "superfic l"),
    "bridge": ("bridge", "puente"),
}
"""What is read of a line, and the headings that are taken for it where none is named."""
_CLASSES = {
    **dict.fromkeys(("nacional", "red vial nacional", "rn"), "trunk"),
    **dict.fromkeys(("departamental", "regional", "red vial departamental", "rd"), "secondary"),
    **dict.fromkeys(("vecinal", "rural", "red vial vecinal", "rv"), "unclassified"),
    "unknown": "road",
    **{f"track grade{grade}": "track" for grade in range(1, 6)},
}
"""Peru's hierarchy of roads, by the class whose Spanish name the table of speeds has for it
(carretera nacional, carretera secundaria, camino vecinal), and what extracts as files add."""
_SURFACES = {
    **dict.fromkeys(("asfaltado", "asfaltada"), "asphalt"),
    **dict.fromkeys(("pavimentado", "pavimento", "solucion basica"), "paved"),
    **dict.fromkeys(("afirmada",), "compacted"),
    **dict.fromkeys(("sin afirmar", "no pavimentado", "no pavimentada"), "unpaved"),
    "trocha": "grade4",
}
"""Words of the Transport Ministry; a trocha is as fast as the table's track."""
_YES = frozenset({"1", "y", "s", "t", "yes", "si", "true", "viaduct", "bridge", "puente"})
_ONEWAY = {
    **dict.fromkeys(("f", "ft", "1", "y", "s", "yes", "si", "sí", "true"), 1),
    **dict.fromkeys(("t", "tf", "-1", "reverse"), -1),
    **dict.fromkeys(("b", "0", "n", "no", "false", ""), 0),
}
_PLANNED = frozenset({"proyectado", "proyectada", "en construccion", "proposed", "construction"})


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Single lines, each a run of positions."""

    row: np.ndarray
    """shape (w,), int: the row of the file that each line is of."""
    piece: np.ndarray
    """shape (p,), int: the line of each position, ascending."""
    degrees: np.ndarray
    """shape (p, 2)."""


def ways_of_lines(
    layer: Mapping[str, Any],
    file: str,
    *,
    columns: Mapping[str, str],
    classes: Mapping[str, str],
    surfaces: Mapping[str, str],
    paths: frozenset[str],
) -> tuple[Ways, list[str]]:
    """Return the ways of a layer's lines, and notes on how they were read, a line each.

    The layer comes from :func:`data.readers.geofiles.official_layer`. ``columns`` names columns by
    what they hold (the keys of HEADINGS); others are proposed. ``classes`` and ``surfaces``: codes
    by folded word; ``paths``: the classes that are walked. DataError: a missing column, no column
    of the class, or no line of a known class.
    """
    chosen = _choose_columns(layer["names"], file, columns)
    cells = {
        what: [row[layer["names"].index(name)].strip() for row in layer["rows"]]
        for what, name in chosen.items()
    }
    listed = ", ".join(f"{what}={shown_heading(name)}" for what, name in chosen.items())
    notes = [f"columns of {file}: {listed}"]
    if missing := [what for what in HEADINGS if what not in chosen]:
        notes.append(f"no column for {', '.join(missing)}: none is told of any line")
    count = len(layer["rows"])
    codes = _translate(cells["class"], {**_CLASSES, **classes}.get, "")
    kinds = _translate(cells.get("surface", [""] * count), {**_SURFACES, **surfaces}.get, "")
    grades = [normalise_name(text).removeprefix("track ") for text in cells["class"]]
    kinds = np.where(
        (kinds == "") & (codes == "track"), _translate(grades, surfaces.get, ""), kinds
    ).astype(str)
    is_planned = np.isin(
        [normalise_name(text) for text in cells.get("surface", [""] * count)], [*_PLANNED]
    )
    notes += _notes_on_words(cells, codes, kinds, is_planned)
    pieces = _pieces_of_rows(layer["shapes"], file, (codes != "") & ~is_planned, notes)
    bridges = _translate(cells.get("bridge", [""] * count), _YES.__contains__, False)
    directions = _directions(cells.get("oneway", [""] * count), codes, paths, notes)
    limits = np.array([limit_kmh(text) for text in cells.get("maxspeed", [""] * count)], float)
    longitude, latitude, node = _nodes(pieces, bridges.astype(bool)[pieces.row])
    of_piece = codes[pieces.row], kinds[pieces.row], limits[pieces.row], directions[pieces.row]
    ends, end_piece = _ends(pieces.piece)
    gaps, owner = _near_ends(longitude, latitude, node[ends], end_piece)
    notes.append(
        f"pairs of line ends within {JOIN_METRES:g} m of each other, joined: {len(gaps):,}; lines "
        "that cross without a common point are not"
    )
    if lost := _unjoined(pieces, node, ends, end_piece, gaps):
        notes.append(
            f"line ends within {JOIN_METRES:g} m of the middle of another line, without a common "
            f"point, not joined to it: {lost:,}"
        )
    links = np.arange(len(gaps)) + len(pieces.row)
    code, surface, limit, direction = (
        np.concatenate([values, values[owner]]) for values in of_piece
    )
    limit[links], direction[links] = np.inf, 0
    ways = Ways(
        longitude=longitude,
        latitude=latitude,
        node=np.concatenate([node, gaps.ravel()]),
        way=np.concatenate([pieces.piece, np.repeat(links, 2)]),
        code=code,
        surface=surface,
        limit_kmh=limit,
        minutes=np.full(len(code), np.nan),
        direction=direction,
    )
    return ways, notes


def _choose_columns(names: list[str], file: str, columns: Mapping[str, str]) -> dict[str, str]:
    """The column of each thing that is read, named or proposed."""
    there = ", ".join(shown_heading(name) for name in names[:20])
    by_fold: dict[str, str] = {}
    for heading in names:
        by_fold.setdefault(normalise_name(heading), heading)
    chosen: dict[str, str] = {}
    for what, headings in HEADINGS.items():
        if what in columns:
            asked = columns[what]
            name = asked if asked in names else by_fold.get(normalise_name(asked))
            if name is None:
                refuse(
                    file,
                    "no column {asked!r} for {what}",
                    "one of {headings}",
                    asked=asked,
                    what=what,
                    headings=there,
                )
        else:
            name = next((by_fold[heading] for heading in headings if heading in by_fold), None)
        if name is not None:
            chosen[what] = name
    if "class" not in chosen:
        refuse(
            file,
            "no column that tells the class of a road",
            "fclass or highway, or --columns class=NAME with one of {headings}"
            if there
            else "fclass or highway, or --columns class=NAME with one of its columns",
            headings=there,
        )
    return chosen


def _translate(texts: list[str], meaning: Callable[[str], Any], missing: Any) -> np.ndarray:
    """Translate each cell by its folded text, each different text once."""
    values, place = np.unique(np.array(texts, str), return_inverse=True)
    meanings = [meaning(normalise_name(str(value))) for value in values]
    return np.array([missing if value is None else value for value in meanings])[place]


def _notes_on_words(
    cells: Mapping[str, list[str]], codes: np.ndarray, kinds: np.ndarray, is_planned: np.ndarray
) -> list[str]:
    """Notes on cells that are not understood, or are read as another word."""
    classes = np.array(cells["class"], str)
    lines = []
    for text in np.unique(classes):
        code = codes[classes == text][0]
        if code and normalise_name(str(code)) != normalise_name(str(text)):
            lines.append(f"class {shown_heading(str(text))} is read as {code}")
    if (codes == "").any():
        left = _frequencies(classes[codes == ""])
        lines.append(f"lines of classes that the table of speeds lacks, left out: {left}")
    surfaces = np.array(cells.get("surface", [""] * len(codes)), str)
    strange = (kinds == "") & (surfaces != "") & (codes != "") & ~is_planned
    if strange.any():
        named = _frequencies(surfaces[strange])
        lines.append(f"surfaces that the table lacks, the class's own is assumed: {named}")
    if is_planned.any():
        lines.append(f"lines of roads that are only planned, left out: {is_planned.sum():,}")
    return lines


def _frequencies(texts: np.ndarray) -> str:
    values, counts = np.unique(texts, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    listed = [f"{shown_heading(str(values[n])) or '(none)'} {counts[n]:,}" for n in order[:8]]
    return ", ".join(listed) + (f" and {len(values) - 8:,} more" if len(values) > 8 else "")


def _directions(
    texts: list[str], codes: np.ndarray, paths: frozenset[str], notes: list[str]
) -> np.ndarray:
    """Return 1 for along a line only, -1 for against it, 0 for both; walkers go both ways."""
    plain = np.array([text.lower() for text in texts], str)
    values, place = np.unique(plain, return_inverse=True)
    directions = np.array([_ONEWAY.get(str(value), 2) for value in values])[place]
    if (directions == 2).any():
        strange = _frequencies(plain[directions == 2])
        notes.append(f"one-way values not understood, read as both ways: {strange}")
    if "b" not in plain and ({"t", "f"} <= {*plain.tolist()}):
        notes.append("oneway has F and T without B: read as along and against the line")
    directions = np.where((plain == "") & (codes == "motorway"), 1, directions)
    return np.where((directions == 2) | np.isin(codes, [*paths]), 0, directions)


def _pieces_of_rows(
    shapes: list[str | None], file: str, is_read: np.ndarray, notes: list[str]
) -> _Pieces:
    geometry = shapely.from_wkb(np.array(shapes, object))
    is_line = np.isin(shapely.get_type_id(geometry), (1, 5)) & ~shapely.is_empty(geometry)
    if (~is_line).any():
        notes.append(f"features without a line, left out: {(~is_line).sum():,}")
    rows = np.flatnonzero(is_line & is_read)
    parts, row_of_part = shapely.get_parts(geometry[rows], return_index=True)
    has_length = shapely.length(parts) > 0
    parts, row_of_part = parts[has_length], row_of_part[has_length]
    if not len(parts):
        refuse(file, "no line of a known class of road", "lines with classes as in OpenStreetMap")
    degrees, piece = shapely.get_coordinates(parts, return_index=True)
    if not (np.abs(degrees) <= (180, 90)).all():
        refuse(file, "coordinates that are no degrees", "a layer that names its reference system")
    return _Pieces(rows[row_of_part], piece, degrees)


def _nodes(pieces: _Pieces, is_bridge: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return longitude and latitude of the distinct points, and each position's point number.

    Positions within a centimetre are one point, except that a bridge and what passes under it never
    share one.
    """
    steps = np.rint((pieces.degrees + np.array([180, 90])) * 1e7).astype(np.int64)
    key = steps[:, 0] * 1_800_000_001 + steps[:, 1]
    _, first, node = np.unique(key, return_index=True, return_inverse=True)
    has_end = np.zeros(len(first), bool)
    has_end[node[_ends(pieces.piece)[0]]] = True
    above = np.flatnonzero(is_bridge[pieces.piece] & ~has_end[node])
    node[above] = len(first) + np.arange(len(above))
    first = np.concatenate([first, above])
    return pieces.degrees[first, 0], pieces.degrees[first, 1], node


def _ends(piece: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions where lines begin, then where they end, and the line of each."""
    change = np.flatnonzero(np.diff(piece))
    ends = np.concatenate([[0], change + 1, change, [len(piece) - 1]])
    return ends, piece[ends]


def _metres(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    return np.column_stack(to_analysis(longitude, latitude))


def _near_ends(
    longitude: np.ndarray, latitude: np.ndarray, node: np.ndarray, piece: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of nearby line ends, shape (k, 2), and a line that ends at each first point.

    The two ends of one line are no pair. The lines have shape (k,).
    """
    points, first = np.unique(node, return_index=True)
    near = KDTree(_metres(longitude[points], latitude[points]))
    pairs = points[near.query_pairs(JOIN_METRES, output_type="ndarray")]
    half = len(node) // 2
    own = {tuple(sorted(both)) for both in zip(node[:half], node[half:], strict=True)}
    is_gap = [tuple(sorted(pair)) not in own for pair in pairs.tolist()]
    pairs = pairs[np.array(is_gap, bool)].reshape(-1, 2)
    return pairs, piece[first][np.searchsorted(points, pairs[:, 0])]


def _unjoined(
    pieces: _Pieces, node: np.ndarray, ends: np.ndarray, end_piece: np.ndarray, gaps: np.ndarray
) -> int:
    """Count the ends that join nothing and lie near the middle of another line."""
    is_alone = (np.bincount(node)[node[ends]] == 1) & ~np.isin(node[ends], gaps)
    metres = _metres(*pieces.degrees.T)
    lines = shapely.linestrings(metres, indices=pieces.piece)
    points = shapely.points(metres[ends[is_alone]])
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=JOIN_METRES)
    return len(np.unique(point[line != end_piece[is_alone][point]]))
