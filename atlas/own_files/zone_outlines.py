"""The outline of a department, province or district that is named as a zone."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.own_files.places import gazetteer
from geo.siting.zones import circles

WIDER_DEGREES = 0.0046
"""Half a kilometre, by which the districts' outlines may be off; a zone is widened by it."""
_CAPITAL_KM = 0.5
"""Around a capital: three lie farther than WIDER_DEGREES outside their district's outline."""


def mother_of(area: str) -> str:
    """Return the district whose outline contains a younger one, else the area itself."""
    from data.geography import mother_districts

    return mother_districts().get(area, area)


def named_outline(area: str) -> BaseGeometry | None:
    """Return the districts of an area as one shape, wider by half a kilometre (WGS84 degrees).

    ``area`` is an INEI code of two, four or six digits. None if the area has no outline.
    """
    from data.geography import load_districts

    districts = load_districts()
    own = districts["district_ubigeo"].str.startswith(mother_of(area)).to_numpy()
    if not own.any():
        return None
    whole = shapely.coverage_union_all(districts.geometry.to_numpy()[own])
    capitals = [spot for code, spot in gazetteer().positions.items() if code.startswith(area)]
    east, north = np.transpose(capitals) if capitals else ([], [])
    around = circles(east, north, np.full(len(capitals), _CAPITAL_KM))
    wide = shapely.union_all([shapely.buffer(whole, WIDER_DEGREES, quad_segs=4), *around])
    # what is left open inside is a lake or a bend of a river, never where a team may go
    return shapely.multipolygons(
        shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(wide)))
    )
