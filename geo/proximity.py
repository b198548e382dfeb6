"""How many places, people and modelled cases lie near mining cells or near a route's towns.

Distances are great circles on the sphere of mean Earth radius, 6,371.0088 km (Moritz 2000,
Journal of Geodesy 74, 128-133). Against the WGS84 ellipsoid they are at most 0.6 % too long
(due north near the equator) and 0.2 % too short (due east): 0.3 km in 50 km, far below the
width of a mining cell (5.5 km).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from geo.disclosure import derive
from geo.errors import GeoError, ParameterError

EARTH_RADIUS_KM = 6371.0088
STATUSES = ("within", "beyond", "not_monitored", "no_coordinates")
"""What a point can be to the targets; each point is exactly one of them."""

_POINT_COLUMNS = ("longitude", "latitude", "department_ubigeo")


class ModelledSurface(Protocol):
    """Places with a share of their department's count (``geo.surface.Surface`` is one)."""

    @property
    def longitude(self) -> np.ndarray: ...
    @property
    def latitude(self) -> np.ndarray: ...
    @property
    def weight(self) -> np.ndarray: ...
    @property
    def department_ubigeo(self) -> np.ndarray: ...
    @property
    def spreading(self) -> str: ...


def proximity_table(
    points: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    amount_columns: Sequence[str],
    distances_km: Sequence[float] = (5.0, 10.0, 25.0, 50.0),
    without_department: str = "17",
    is_monitored: ArrayLike | None = None,
) -> pd.DataFrame:
    """Sums of points near targets, always with and without one department.

    One department can carry the whole association (94 % of the satellite hectares lie in Madre
    de Dios), so the table has both selections: ``all``, and ``without_17``, in which neither the
    points nor the targets of that department exist. A point that is farther than d from every
    target is ``beyond`` only if its surroundings are watched; otherwise it is ``not_monitored``,
    because nothing seen where nobody looks is not the same as nothing there.

    Parameters
    ----------
    points : DataFrame, n rows
        longitude, latitude (degrees, NaN = not located), department_ubigeo and the amounts. A
        modelled surface comes from :func:`surface_points`, which keeps its spreading rule.
    targets : DataFrame
        longitude, latitude, department_ubigeo (null abroad): mining cells, or
        :func:`stated_towns` of routes. Targets without a coordinate are left out.
    amount_columns : sequence of str
        Columns of points to add up: residents, modelled cases. No missing values.
    distances_km : sequence of float
        Radii, kilometres, above 0; a distance equal to the radius is within.
    without_department : str
        Two-digit INEI code.
    is_monitored : array_like of bool, shape (n,), optional
        Whether the surroundings of a point are watched (the Amazon basin, for the mining
        detections). Without it all points are.

    Returns
    -------
    DataFrame
        One row per selection, distance and status: selection, distance_km, status, n_points and
        the amount columns. For one selection and distance the four rows add up to all points.
        It has the tier and card of its inputs if both have one.

    Raises
    ------
    ParameterError
        Missing columns, radii that are not positive, a mask of another length, a code that is
        not two digits, missing or negative amounts, a coordinate out of range.
    GeoError
        A surface whose spreading rule already uses mining, or does not name its rule.

    Examples
    --------
    >>> points = pd.DataFrame({
    ...     "longitude": [-69.19, -70.0, -77.03], "latitude": [-12.59, -12.9, -12.05],
    ...     "department_ubigeo": ["17", "17", "15"], "population": [90_000, 8_000, 300_000]})
    >>> targets = pd.DataFrame({
    ...     "longitude": [-69.95], "latitude": [-12.88], "department_ubigeo": ["17"]})
    >>> table = proximity_table(points, targets, amount_columns=["population"],
    ...                         distances_km=[10.0], is_monitored=[True, True, False])
    >>> table.query("selection == 'all'")["population"].astype(int).tolist()
    [8000, 90000, 300000, 0]
    >>> table.query("selection == 'without_17'")["population"].astype(int).tolist()
    [0, 0, 300000, 0]
    """
    _require_columns(points, (*_POINT_COLUMNS, *amount_columns), "points")
    _require_columns(targets, _POINT_COLUMNS, "targets")
    _require_not_circular(points, amount_columns)
    radii = np.asarray(distances_km, dtype=float)
    if radii.size == 0 or not (np.isfinite(radii) & (radii > 0)).all():
        raise ParameterError(
            f"distances_km is {list(distances_km)}: give one or more radii above 0."
        )
    if not (len(without_department) == 2 and without_department.isdigit()):
        raise ParameterError(
            f"without_department is {without_department!r}: give a two-digit INEI code."
        )
    watched = np.ones(len(points), bool) if is_monitored is None else np.asarray(is_monitored)
    if watched.shape != (len(points),) or watched.dtype != bool:
        raise ParameterError(
            f"is_monitored has shape {watched.shape} and type {watched.dtype} for {len(points)} "
            "points: give one True or False for each."
        )
    amounts = _amounts(points, amount_columns)
    rows = []
    for selection, dropped in (
        ("all", None),
        (f"without_{without_department}", without_department),
    ):
        kept = (points["department_ubigeo"] != dropped).to_numpy(dtype=bool, na_value=True)
        aims = targets[
            (targets["department_ubigeo"] != dropped).to_numpy(dtype=bool, na_value=True)
        ]
        distance = nearest_distance_km(
            points["longitude"][kept], points["latitude"][kept], aims["longitude"], aims["latitude"]
        )
        for radius in radii:
            status = _status(distance, float(radius), watched[kept])
            for number, name in enumerate(STATUSES):
                here = status == number
                sums = amounts[kept][here].sum(axis=0)
                rows.append([selection, float(radius), name, int(here.sum()), *sums])
    table = pd.DataFrame(
        rows, columns=["selection", "distance_km", "status", "n_points", *amount_columns]
    )
    if "tier" in points.attrs and "tier" in targets.attrs:
        table = derive(table, points, targets, name="proximity_table")
    return table


def nearest_distance_km(
    longitude: ArrayLike,
    latitude: ArrayLike,
    target_longitude: ArrayLike,
    target_latitude: ArrayLike,
) -> np.ndarray:
    r"""Great-circle distance from each point to its nearest target.

    On the unit sphere the nearest by chord is the nearest by arc, so a k-d tree of the targets'
    xyz is exact; a chord l is the arc :math:`2\arcsin(l/2)`.

    Parameters
    ----------
    longitude, latitude : array_like, shape (n,)
        Degrees; NaN where a point has no place.
    target_longitude, target_latitude : array_like, shape (m,)
        Degrees; targets with NaN are left out.

    Returns
    -------
    ndarray, shape (n,)
        Kilometres; NaN for a point without a place, infinite when there is no target.

    Raises
    ------
    ParameterError
        A coordinate out of range, or longitudes and latitudes of different lengths.

    Examples
    --------
    >>> nearest_distance_km([-77.0428], [-12.0464], [-71.9675], [-13.5320]).round(1)  # Lima, Cusco
    array([574.6])
    """
    distance = np.full(np.shape(longitude), np.nan)
    here = unit_vectors(longitude, latitude)
    there = unit_vectors(target_longitude, target_latitude)
    there = there[np.isfinite(there).all(axis=1)]
    located = np.isfinite(here).all(axis=1)
    if len(there) == 0:
        distance[located] = np.inf
    elif located.any():
        chord, _ = cKDTree(there).query(here[located])
        distance[located] = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return distance


def stated_towns(waypoints: pd.DataFrame) -> pd.DataFrame:
    """Waypoints of routes that a source names and that have a place: all a distance may use.

    Parameters
    ----------
    waypoints : DataFrame
        longitude, latitude, is_stated and whatever else; lines between towns are not roads, so
        nothing is measured from them.
    """
    _require_columns(waypoints, ("longitude", "latitude", "is_stated"), "waypoints")
    stated = waypoints["is_stated"].to_numpy(dtype=bool, na_value=False)
    placed = waypoints[["longitude", "latitude"]].notna().all(axis=1).to_numpy()
    return waypoints[stated & placed]


def surface_points(surface: ModelledSurface) -> pd.DataFrame:
    """Points of a modelled surface, with ``modelled_cases`` and its rule in attrs["spreading"]."""
    frame = pd.DataFrame(
        {
            "longitude": surface.longitude,
            "latitude": surface.latitude,
            "department_ubigeo": surface.department_ubigeo,
            "modelled_cases": surface.weight,
        }
    )
    frame.attrs["spreading"] = surface.spreading
    return frame


def unit_vectors(longitude: ArrayLike, latitude: ArrayLike) -> np.ndarray:
    """Points on the unit sphere, shape (n, 3), from degrees; NaN stays NaN."""
    east, north = np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
    if east.shape != north.shape or east.ndim != 1:
        raise ParameterError(
            f"longitude has shape {east.shape} and latitude {north.shape}: give one a point."
        )
    if (np.abs(east) > 180).any() or (np.abs(north) > 90).any():
        raise ParameterError(
            f"coordinates reach longitude {np.nanmax(np.abs(east))} and latitude "
            f"{np.nanmax(np.abs(north))}: degrees end at 180 and 90. Unproject metres."
        )
    lam, phi = np.radians(east), np.radians(north)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)


def _status(distance: np.ndarray, radius_km: float, watched: np.ndarray) -> np.ndarray:
    # 1e-9 relative: a point placed exactly on the radius must not fall to rounding.
    within = distance <= radius_km * (1 + 1e-9)
    return np.select([np.isnan(distance), within, watched], [3, 0, 1], default=2)


def _amounts(points: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    values = np.empty((len(points), len(columns)))
    for position, column in enumerate(columns):
        values[:, position] = points[column].to_numpy(dtype=float, na_value=np.nan)
        if not (np.isfinite(values[:, position]) & (values[:, position] >= 0)).all():
            raise ParameterError(
                f"{column} has missing or negative amounts: leave those points out, or give their "
                "people a place first."
            )
    return values


def _require_not_circular(points: pd.DataFrame, amount_columns: Sequence[str]) -> None:
    spreading = points.attrs.get("spreading")
    if "modelled_cases" in amount_columns and not spreading:
        raise GeoError(
            "modelled_cases came without a spreading rule: build the points with surface_points, "
            "which keeps it; an unnamed rule may already use mining."
        )
    if spreading and "mining" in str(spreading):
        raise GeoError(
            f"the surface was spread by {spreading!r}, which puts cases near mining by "
            "assumption: a distance to mining measured on it is circular. Spread by population."
        )


def _require_columns(frame: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ParameterError(f"{name} lacks {', '.join(missing)}: it needs {', '.join(columns)}.")
