"""Points of one's own, in whatever form they come, as chunks in the analysis CRS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from geo import compiled as loops
from geo import laea
from geo.crs import ANALYSIS_CRS, WGS84
from geo.errors import GeoError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd

XYWeight = tuple[ArrayLike, ArrayLike, ArrayLike]
Projected = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Easting and northing in metres of the analysis CRS, weight."""
Closed = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Degrees to metres of the analysis CRS in closed form."""


def points_from_arrays(
    x: ArrayLike, y: ArrayLike, weight: ArrayLike | None = None, *, crs: Any = WGS84
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Project points to the analysis CRS.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Longitude and latitude, or easting and northing of `crs` (x first, always).
    weight : array_like, shape (n,), optional
        Cases of each point; without it each is 1.
    crs : anything pyproj reads
        CRS of x and y: "EPSG:32718", a WKT, a pyproj.CRS.

    Returns
    -------
    easting, northing, weight : ndarray, shape (n,)
        Metres in the analysis CRS; cases.

    Raises
    ------
    ParameterError
        An unknown CRS.
    GeoError
        Shapes differ, a number is not finite, a weight is negative, or the coordinates do not fit
        the CRS (metres under a CRS of degrees, degrees out of range).

    Examples
    --------
    >>> easting, northing, weight = points_from_arrays([500_000], [8_983_000], crs="EPSG:32718")
    >>> round(float(easting[0])), weight.tolist()  # on the central meridian of UTM 18S
    (0, [1.0])
    """
    return _project(x, y, weight, _transformer(crs))


def points_from_frame(
    frame: gpd.GeoDataFrame, *, weight_column: str | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of a GeoDataFrame, in whatever CRS it says it has.

    Parameters
    ----------
    frame : GeoDataFrame
        Point geometries; never changed.
    weight_column : str, optional
        Column with the cases of each point; without it each is 1.

    Returns
    -------
    easting, northing, weight : ndarray, shape (n,)

    Raises
    ------
    ParameterError
        The weight column does not exist.
    GeoError
        The frame has no CRS (it is not guessed), or a geometry is missing, empty or no point; and
        what :func:`points_from_arrays` refuses.
    """
    if frame.crs is None:
        raise GeoError(
            "the points have no CRS and none is guessed: call set_crs with the one they are in"
        )
    if weight_column is not None and weight_column not in frame.columns:
        raise ParameterError(
            f"there is no column {weight_column!r} for the weights; there are "
            f"{', '.join(map(str, frame.columns))}"
        )
    bad = (frame.geom_type != "Point") | frame.geometry.is_empty | frame.geometry.isna()
    if bad.any():
        raise GeoError(
            f"{int(bad.sum())} of {len(frame)} geometries are missing, empty or no point: explode "
            "multipoints, take a point for each polygon, or drop them"
        )
    weight = None if weight_column is None else frame[weight_column].to_numpy(dtype=float)
    points = frame.geometry
    return points_from_arrays(points.x.to_numpy(), points.y.to_numpy(), weight, crs=frame.crs)


def projected_chunks(
    chunks: Iterable[XYWeight], *, crs: Any = WGS84, compiled: bool = False
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Project chunks one by one: for points that never fit in memory at once.

    Parameters
    ----------
    chunks : iterable of (x, y, weight)
        Read once, as wanted.
    crs : anything pyproj reads
        CRS of x and y.
    compiled : bool
        Project degrees by compiled loops (geo/compiled.py), to the same bits.

    Yields
    ------
    easting, northing, weight : ndarray
        Ready for :func:`geo.density.chunked_kernel_density`.

    Raises
    ------
    ParameterError, GeoError
        As :func:`points_from_arrays`; an unknown CRS before the first chunk is read.

    Examples
    --------
    >>> chunks = projected_chunks([([-75.0], [-9.2], [2.0]), ([-75.0], [-9.2], [3.0])])
    >>> [float(weight[0]) for _, _, weight in chunks]
    [2.0, 3.0]
    """
    turn = projector(crs, compiled=compiled)
    return (turn(*chunk) for chunk in chunks)


def projector(
    crs: Any = WGS84, *, compiled: bool = False
) -> Callable[[ArrayLike, ArrayLike, ArrayLike], Projected]:
    """Give the function that projects one chunk; several threads may call it at once.

    Parameters and errors are those of :func:`projected_chunks`.

    Examples
    --------
    >>> easting, _, weight = projector()([-75.0], [-9.2], [2.0])
    >>> abs(round(float(easting[0]), 6)), weight.tolist()
    (0.0, [2.0])
    """
    transformer = _transformer(crs)
    # points by the million: the closed form, where it holds
    closed = None
    if CRS.from_user_input(crs) == CRS.from_user_input(WGS84):
        closed = loops.project if compiled else laea.project

    def turn(x: ArrayLike, y: ArrayLike, weight: ArrayLike) -> Projected:
        return _project(x, y, weight, transformer, closed)

    return turn


def degrees_from(
    crs: Any,
) -> Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Give the function that turns coordinates of a CRS into WGS84 degrees.

    Parameters
    ----------
    crs : anything pyproj reads
        A CRS of places on the ground: projected or geographic.

    Returns
    -------
    callable
        (x, y) to (longitude, latitude), arrays of shape (n,); what does not fit the CRS becomes
        infinite or NaN, so that the reader can count it.

    Raises
    ------
    ParameterError
        An unknown CRS, or one of heights or of a local site.

    Examples
    --------
    >>> longitude, latitude = degrees_from("EPSG:32718")(np.array([5e5]), np.array([8_983_000.0]))
    >>> longitude.round(2).tolist(), latitude.round(2).tolist()
    ([-75.0], [-9.2])
    """
    transformer = _transformer(crs, WGS84)
    source = CRS.from_user_input(crs)
    if not (source.is_geographic or source.is_projected):
        raise ParameterError(
            f"crs is {crs!r}, which has no places on the ground; give a projected or geographic "
            "one, such as 'EPSG:32718' or 'EPSG:4326'"
        )

    def turn(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        longitude, latitude = transformer.transform(x, y)
        return np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)

    return turn


def _transformer(crs: Any, target: Any = ANALYSIS_CRS) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(crs), target, always_xy=True)
    except ProjError:  # of which CRSError is one
        raise ParameterError(
            f"crs is {crs!r}; give one that pyproj knows, such as 'EPSG:32718' or 'EPSG:4326'"
        ) from None


def _project(
    x: ArrayLike,
    y: ArrayLike,
    weight: ArrayLike | None,
    transformer: Transformer,
    closed: Closed | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(x.shape) if weight is None else np.asarray(weight, dtype=float)
    if x.ndim != 1 or not x.shape == y.shape == w.shape:
        raise GeoError(
            f"x, y and weight must be one-dimensional and of one length; came {x.shape}, "
            f"{y.shape} and {w.shape}"
        )
    if closed is not None and laea.is_near(x) and _in_range(y, -90, 90) and _in_range(w, 0, np.inf):
        return *closed(x, y), w
    for name, values in (("x", x), ("y", y), ("weight", w)):
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise GeoError(f"{bad} of {values.size} values of {name} are not finite; drop them")
    if (w < 0).any():
        raise GeoError(f"{int((w < 0).sum())} weights are negative; a record cannot undo another")
    source = transformer.source_crs
    if source is not None and source.is_geographic:
        bad = int(((np.abs(x) > 180) | (np.abs(y) > 90)).sum())
        if bad:
            raise GeoError(
                f"{bad} of {x.size} points exceed 180 or 90 degrees: these look like metres, so "
                "name their CRS"
            )
    easting, northing = transformer.transform(x, y)
    lost = int((~np.isfinite(easting) | ~np.isfinite(northing)).sum())
    if lost:
        raise GeoError(f"{lost} of {x.size} points do not fit the CRS that was named")
    return np.asarray(easting), np.asarray(northing), w


def _in_range(values: np.ndarray, low: float, high: float) -> bool:
    """Whether all lie from low to high, and are finite."""
    if values.size == 0:
        return True
    least, most = float(values.min()), float(values.max())  # NaN if one is
    return low <= least and most <= high and np.isfinite(most)
