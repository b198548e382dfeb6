"""Whose outlines and figures lie on the map: the shipped ones', and those of a refresh."""

from __future__ import annotations

from data.catalogue import descriptor_of, resource_names

_SHIPPED = "Natural Earth"
_OUTLINES = ("departments_simplified", "provinces_simplified", "districts_simplified")


def borders_source() -> str:
    """Publishers of the borders in use; neighbours and rivers stay Natural Earth's.

    Examples
    --------
    >>> borders_source()
    'Natural Earth'
    """
    present = set(resource_names())
    found = [
        str(descriptor_of(name)["sources"][0].get("publisher") or "")
        for name in _OUTLINES
        if name in present
    ]
    return ", ".join(dict.fromkeys([_SHIPPED, *filter(None, found)]))


def attribution() -> str:
    """The line at the bottom right of the map.

    Examples
    --------
    >>> attribution()
    'Natural Earth · GeoNames, Amazon Mining Watch: CC BY 4.0'
    """
    return f"{borders_source()} · GeoNames, Amazon Mining Watch: CC BY 4.0"
