"""Every property that a GeoJSON of this project may carry, in one place.

Unused properties are shipped to the reader too, so a writer names what it sends and this list is
what it may name.
"""

from __future__ import annotations

from collections.abc import Iterable

from geo.errors import DisclosureError

RESULT_PROPERTIES = (
    "department_ubigeo",
    "department",
    "period",
    "reported_count",
    "unit",
    "registry",
    "population",
    "person_years",
    "rate_per_100k",
    "base",
    "exposure",
    "expected",
    "smr",
    "smr_low",
    "smr_high",
    "p_value",
    "q_value",
    "holm_p_value",
    "p_value_chance",
    "verdict",
    "flags",
)
"""results by department, as a file"""
PLAN_PROPERTIES = (
    "order",
    "code",
    "name",
    "district",
    "province",
    "department",
    "department_ubigeo",
    "population",
    "is_must_have",
    "within_reach_added_share",
    "within_reach_share",
    "chosen_share",
    "chosen_near_share",
)
"""sites of an outreach plan, in a file that stays inside the organisation"""
DRAWING_PROPERTIES = (
    "angle",
    "casing",
    "code",
    "color",
    "count",
    "estimate",
    "first",
    "half",
    "kind",
    "name",
    "outline",
    "priority",
    "radius_km",
    "size",
    "style",
    "text",
    "tip",
)
"""what the map's script draws with: finished words, colours and sizes, never a record's field"""
_ALL = frozenset({*RESULT_PROPERTIES, *PLAN_PROPERTIES, *DRAWING_PROPERTIES})


def require_properties(names: Iterable[str]) -> None:
    """Raise DisclosureError for a property that is not on the list.

    Examples
    --------
    >>> require_properties(["department", "smr"])
    >>> require_properties(["victim_age"])
    Traceback (most recent call last):
    geo.errors.DisclosureError: GeoJSON properties victim_age are not on the list ...
    """
    strange = sorted(set(names) - _ALL)
    if strange:
        raise DisclosureError(
            f"GeoJSON properties {', '.join(strange)} are not on the list of "
            "geo/map_properties.py: leave them out, or list them after asking what they tell."
        )
