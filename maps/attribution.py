"""Whose outlines and figures lie on the map: the shipped ones', and those of a refresh."""

from __future__ import annotations

from data.catalogue import descriptor_of, resource_names

_SHIPPED = "Natural Earth"
_OUTLINES = ("departments_simplified", "provinces_simplified", "districts_simplified")


def borders_source(outlines: tuple[str, ...] = _OUTLINES) -> str:
    """Publishers of the borders in use; neighbours and rivers stay Natural Earth's.

    Parameters
    ----------
    outlines : tuple of str
        Files of the catalogue whose publishers count.

    Examples
    --------
    >>> borders_source()
    'Natural Earth'
    """
    present = set(resource_names())
    found = [
        str(descriptor_of(name)["sources"][0].get("publisher") or "")
        for name in outlines
        if name in present
    ]
    return ", ".join(dict.fromkeys([_SHIPPED, *filter(None, found)]))


def outlines_licence() -> str:
    """Licence of the departments' outlines in use.

    Examples
    --------
    >>> outlines_licence()
    'public domain'
    """
    card = descriptor_of("departments_simplified")
    licences = [str(item["name"]) for item in card.get("licenses", [])]
    stated = str(card.get("licence_statement") or "not stated by the publisher")
    return "public domain" if licences == ["other-pd"] else "; ".join(licences) or stated


def attribution() -> str:
    """The line at the bottom right of the map.

    Examples
    --------
    >>> attribution()
    'Natural Earth · GeoNames, Amazon Mining Watch: CC BY 4.0'
    """
    return f"{borders_source()} · GeoNames, Amazon Mining Watch: CC BY 4.0"
