"""Return places that help: how many, the nearest, and distances of people and mining."""

from __future__ import annotations

import numpy as np
import pandas as pd

from atlas.results.regions import row_of
from atlas.words import Words
from data.cache import cached
from data.catalogue import descriptor_of
from data.context import load_mining_cells, load_services
from data.geography import load_places, load_service_places
from data.names import AREA_COLUMNS
from data.population import census_year, load_census
from geo.crs import great_circle_km
from geo.errors import ParameterError
from geo.privacy.disclosure import gate
from geo.privacy.provenance import Tiered, derive, framed

CENTRE = "CEM"
OFFICES = (CENTRE, "SAR", "SAU")
"""types of the directory, in the order in which they are named"""
SPECIALISED = ("FISTRAP", "UDAVIT", "UPE")
"""types that a source places in a city and gives no address of"""
FAR_KM = 30.0
"""in a straight line from a women's centre"""


@framed
@cached
def known_places() -> Tiered[pd.DataFrame]:
    """Return every place that helps and has a position, those of a city's centre last.

    service_type (``OFFICES`` or ``SPECIALISED``), name, name_es, longitude, latitude (degrees),
    address ("" where no source gives one), is_approximate (stands at the capital of its district,
    or at the centre of its city). For use inside an organisation.
    """
    directory, services = load_service_places.tiered(), load_services.tiered()
    offices = directory.frame
    offices["name"] = offices["name"].map(office_name)
    others = services.frame.rename(columns={"type": "service_type"})
    others = others[others["service_type"].isin(SPECIALISED)].dropna(subset=["longitude"])
    others = others.assign(address="", is_approximate=True)
    columns = ["service_type", "name", "name_es", "longitude", "latitude", "address"]
    columns.append("is_approximate")
    parts = [offices.assign(name_es=offices["name"])[columns], others[columns]]
    joined = pd.concat(parts, ignore_index=True)
    return derive(joined, directory, services, name="known_places")


def office_name(name: str) -> str:
    """Return a name of the directory with its abbreviation in capitals.

    >>> office_name("Cem Regular Jaen")
    'CEM Regular Jaen'
    """
    return name.replace("Cem ", f"{CENTRE} ", 1) if name.startswith("Cem ") else name


def directory_date() -> str:
    """Return the day of the directory, as YYYY-MM-DD."""
    return str(descriptor_of("service_places")["sources"][0]["published"])


def office_counts(offices: pd.DataFrame, say: Words) -> str:
    """Write the number of offices by type; women's centres are named even if there are none."""
    counts = offices["service_type"].value_counts()
    types = [kind for kind in OFFICES if kind == CENTRE or kind in counts]
    return say.list(say(f"help.count.{kind}", count=int(counts.get(kind, 0))) for kind in types)


def nearest_centre(longitude: np.ndarray, latitude: np.ndarray) -> pd.DataFrame:
    """Return the nearest women's centre of each point (degrees) that has a position of its own.

    Rows in the order of the points: the columns of ``load_service_places`` and km, in a straight
    line.
    """
    offices = load_service_places()
    centres = offices[(offices["service_type"] == CENTRE) & ~offices["is_approximate"]]
    apart = great_circle_km(longitude, latitude, centres["longitude"], centres["latitude"])
    nearest = centres.iloc[apart.argmin(axis=1)].reset_index(drop=True)
    return nearest.assign(km=apart.min(axis=1), name=nearest["name"].map(office_name))


def help_text(code: str, say: Words) -> str:
    """Say how many offices a department or province has, and which is nearest to its capital."""
    offices = gate(load_service_places.tiered(), "T1", outlet="public").frame
    inside = offices[offices["district_ubigeo"].str.startswith(code)]
    capital, nearest = _nearest_to_seat(code)
    return say(
        "help.area",
        offices=office_counts(inside, say),
        capital=capital,
        where=_away(nearest, say) or say("help.same_city"),
        name=nearest["name"],
        address=nearest["address"].rstrip("."),
        date=directory_date(),
    )


def nearest_text(code: str, say: Words) -> str:
    """Say which women's centre is nearest to the capital of a department or province.

    >>> from atlas.words import words
    >>> nearest_text("17", words("en")).partition(" is ")[0]
    "The women's emergency centre (CEM) nearest to Puerto Maldonado"
    """
    capital, nearest = _nearest_to_seat(code)
    away = _away(nearest, say)
    return say(
        "help.nearest",
        capital=f"{capital}, {away}," if away else capital,
        name=nearest["name"],
        address=nearest["address"].rstrip("."),
    )


def _away(office: pd.Series, say: Words) -> str:
    """How far an office is; "" in the same city."""
    return "" if office["km"] < 1 else say("help.away", km=say.number(office["km"], 1))


def district_line(district: str, say: Words) -> str:
    """Say how many people live in a district, by its code, and which offices help there.

    >>> from atlas.words import words
    >>> district_line("170102", words("en"))
    "Mazuko, Inambari: 28,729 residents (2025); 1 women's emergency centre (CEM)."
    """
    row = row_of(load_places().set_index("district_ubigeo"), district)
    offices = load_service_places()
    inside = offices[offices["district_ubigeo"] == district]
    name, capital = str(row["district"]), str(row["capital"] or "")
    place = capital if name in capital else ", ".join(filter(None, [capital, name]))
    known = "" if np.isfinite(row["residents"]) else ".unknown"
    return say(
        f"search.district{known}",
        place=place,
        people=say.number(row["residents"]) if not known else "",
        year=census_year(),
        offices=office_counts(inside, say),
    )


def help_line(code: str, say: Words) -> tuple[str, str]:
    """Name the women's centre nearest to the capital of an area, and its address and first call."""
    capital, nearest = _nearest_to_seat(code)
    address = say("help.near", capital=capital, address=nearest["address"].rstrip("."))
    return nearest["name"], f"{address} · {say('help.call_first')}"


def _nearest_to_seat(code: str) -> tuple[str, pd.Series]:
    """Capital of a department or province, and the women's centre that is nearest to it."""
    # the seat of a province is its first district, that of a department its first province's
    places = load_places().set_index("district_ubigeo")
    seat = places.loc[code.ljust(6, "0")[:-1] + "1" if len(code) == 4 else f"{code}0101"]
    at = (np.array([seat[axis]], dtype=float) for axis in ("longitude", "latitude"))
    return str(seat["capital"]), nearest_centre(*at).iloc[0]


@framed
@cached
def centres_by_area(level: str) -> Tiered[pd.DataFrame]:
    """Return by code of department or province how far women's centres lie, in a straight line.

    mined_km_to_cem: mean distance of the area's mined cells to the nearest centre that has a
    position of its own, weighted by hectares; NaN without cells. people_over_30km: residents (of
    the census) of the districts whose capital lies over ``FAR_KM`` from one; a district without a
    known position or residents counts for nothing. ParameterError for another level.
    """
    if level not in ("departments", "provinces"):
        raise ParameterError(f"unknown level {level!r}: departments or provinces")
    column = AREA_COLUMNS[level]
    cells, places = load_mining_cells(), load_places()
    homes = cells[column]
    km = nearest_centre(cells["longitude"].to_numpy(), cells["latitude"].to_numpy())["km"]
    hectares = cells["mined_ha"].groupby(homes).sum()
    distances = (cells["mined_ha"] * km.to_numpy()).groupby(homes).sum() / hectares
    placed = places.dropna(subset=["longitude"])
    apart = nearest_centre(placed["longitude"].to_numpy(), placed["latitude"].to_numpy())["km"]
    residents = load_census("districts").set_index("district_ubigeo")["residents"]
    people = residents.reindex(placed["district_ubigeo"]).fillna(0.0)
    far = people.where(apart.to_numpy() > FAR_KM, 0.0).groupby(placed[column].to_numpy()).sum()
    frame = pd.DataFrame({"people_over_30km": far.sort_index()})
    frame.insert(0, "mined_km_to_cem", distances.reindex(frame.index))
    frame.index.name = "area_ubigeo"
    loaded = load_mining_cells.tiered(), load_places.tiered(), load_service_places.tiered()
    return derive(
        frame, *loaded[:2], load_census.tiered("districts"), loaded[2], name="centres_by_area"
    )
