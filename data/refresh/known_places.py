"""Codes, names and official areas of the places that outlines are compared with."""

from __future__ import annotations

from data.catalogue import load_table
from data.places import load_places
from data.population import load_province_population
from data.refresh.boundaries import Known


def known_places() -> Known:
    """Return departments, provinces and districts as the tables of the atlas have them.

    Examples
    --------
    >>> {level: len(names) for level, names in known_places().names.items()}
    {'departments': 25, 'provinces': 196, 'districts': 1893}
    """
    departments = load_table("departments").set_index("department_ubigeo")
    provinces = load_province_population().set_index("province_ubigeo")["province"]
    places = load_places()
    districts = places.set_index("district_ubigeo")
    return Known(
        {
            "departments": departments["department"].to_dict(),
            "provinces": provinces.to_dict(),
            "districts": districts["district"].to_dict(),
        },
        {
            "departments": departments["area_km2"].to_dict(),
            "provinces": places.groupby("province_ubigeo")["area_km2"].sum().to_dict(),
            "districts": districts["area_km2"].dropna().to_dict(),
        },
        dict(zip(departments["iso_3166_2"], departments.index, strict=True)),
    )
