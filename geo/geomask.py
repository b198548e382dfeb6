"""Positions moved by 5 to 15 km, for sharing between organisations and never for the public.

Every record is moved once and always to the same place: where it goes follows from a secret and
the record's id (HMAC-SHA256). Masking it anew each time would give it away, because the mean of
many masks is the place itself. Whoever has the secret can undo the mask, so it stays at home.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
import pandas as pd
from pyproj import Geod

from geo.errors import DisclosureError, ParameterError

MIN_DISTANCE_M = 5_000.0
MAX_DISTANCE_M = 15_000.0
MIN_SECRET_BYTES = 32
_GEOD = Geod(ellps="WGS84")
_DECIMALS = 4
"""about 11 m, far below the mask"""
_ROUNDING_M = 10.0
"""kept from both edges, so that rounding does not cross them"""


def geomask(records: pd.DataFrame, *, id_column: str, secret: bytes) -> pd.DataFrame:
    """Move each record by 5 to 15 km in a direction of its own.

    Uniform over the area of the ring: distance r = sqrt(r0^2 + u (r1^2 - r0^2)), u and the
    direction from the first and the last eight bytes of HMAC-SHA256(secret, id).

    Not covered: two ids at one address get two masks, and the mean of n of them lies about
    11 km / sqrt(n) from the address. Give such records one id (the id of the place), or do not
    share them. The ring is made for the countryside; in a city 15 km may leave the city.

    Parameters
    ----------
    records : DataFrame
        ``longitude``, ``latitude`` (WGS84 degrees) and the column with the id; tier T2.
    id_column : str
        Ids, none missing and none twice.
    secret : bytes
        At least 32, from a generator (``secrets.token_bytes(32)``), kept where the records are.

    Returns
    -------
    DataFrame
        ``longitude`` and ``latitude`` only, 4 decimals, sorted by themselves; no id.
        Tier T2 and no card: the gate refuses it, and no outlet shows it.

    Raises
    ------
    DisclosureError
        Records of another tier, or a secret that is too short.
    ParameterError
        A column that is missing, ids missing or repeated, coordinates that are no degrees.

    References
    ----------
    Hampton et al. (2010), Mapping health data: improved privacy protection with donut method
    geomasking, American Journal of Epidemiology 172(9), 1062-1069.

    Examples
    --------
    >>> records = pd.DataFrame({"id": ["a"], "longitude": [-70.0], "latitude": [-12.9]})
    >>> records.attrs["tier"] = "T2"
    >>> geomask(records, id_column="id", secret=b"s" * 32).to_numpy().round(2).tolist()
    [[-69.99, -12.78]]
    """
    if records.attrs.get("tier") != "T2":
        raise DisclosureError("only records of an organisation (T2) are masked: others need none")
    if len(secret) < MIN_SECRET_BYTES:
        raise DisclosureError(
            f"the secret has {len(secret)} bytes: a short one can be guessed; give at least "
            f"{MIN_SECRET_BYTES} from a generator"
        )
    missing = [name for name in (id_column, "longitude", "latitude") if name not in records.columns]
    if missing:
        raise ParameterError(f"{len(missing)} of the columns id, longitude, latitude are missing")
    ids = records[id_column]
    if ids.isna().any() or ids.astype(str).duplicated().any():
        raise ParameterError(
            "ids are missing or repeated: each record has one id, and is masked once"
        )
    longitude, latitude = (
        pd.to_numeric(records[name], errors="coerce").to_numpy(dtype=float)
        for name in ("longitude", "latitude")
    )
    if not ((np.abs(longitude) <= 180) & (np.abs(latitude) <= 85)).all():
        raise ParameterError("coordinates are missing or no degrees (WGS84)")
    drawn = np.array([_two_numbers(secret, str(one)) for one in ids]).reshape(-1, 2)
    near, far = MIN_DISTANCE_M + _ROUNDING_M, MAX_DISTANCE_M - _ROUNDING_M
    distance = np.sqrt(near**2 + drawn[:, 0] * (far**2 - near**2))
    x, y, _ = _GEOD.fwd(longitude, latitude, drawn[:, 1] * 360.0, distance)
    masked = pd.DataFrame({"longitude": np.round(x, _DECIMALS), "latitude": np.round(y, _DECIMALS)})
    # the order of the rows would tell which is which, so it follows from what is given away
    masked = masked.sort_values(["longitude", "latitude"]).reset_index(drop=True)
    masked.attrs = {"tier": "T2"}
    return masked


def _two_numbers(secret: bytes, record_id: str) -> tuple[float, float]:
    """Two numbers in [0, 1) that nobody without the secret can tell from random ones."""
    digest = hmac.new(secret, record_id.encode("utf-8"), hashlib.sha256).digest()
    parts = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[-8:], "big")
    return parts[0] / 2.0**64, parts[1] / 2.0**64
