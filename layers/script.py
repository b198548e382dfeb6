"""A layer as a file of its own: the page keeps its map and swaps such files in and out."""

from __future__ import annotations

import re

import folium

from geo.errors import ParameterError
from layers.atlas_map import AtlasMap, require_no_assets, walk


def require_key(key: str) -> str:
    """Return ``key`` if it may name a layer (letters a to z and underscores), else refuse."""
    if not re.fullmatch(r"[a-z][a-z_]{0,39}", key):
        raise ParameterError(f"a layer's key is {key!r}; allowed: a to z and _, 1 to 40 of them")
    return key


def layer_script(group: folium.FeatureGroup, key: str) -> str:
    """Render a feature group to JavaScript that hands its layer to ``window.atlas``.

    Parameters
    ----------
    group : folium.FeatureGroup
        A fresh group; it is not changed beyond what folium's own rendering does.
    key : str
        Name of the layer in the page; a layer of the same key is replaced.

    Returns
    -------
    str
        A function that calls itself: no global name is left behind. Folium's random names are
        replaced by ones made from ``key``, so the same input gives the same bytes.

    Raises
    ------
    GeoError
        If the group needs a script or style sheet of its own.
    ParameterError
        If ``key`` is not made of a to z and underscores.
    """
    require_key(key)
    require_no_assets(group)
    atlas_map = AtlasMap()
    shown, parent = group.show, group._parent
    group.show = False  # else folium would add it to the map; window.atlas decides that
    try:
        atlas_map.add_child(group)
        figure = atlas_map.figure
        group.render()
        script = figure.script.render()
    finally:
        group.show, group._parent = shown, parent
    for number, part in enumerate(walk(group)):
        script = script.replace(part._id, f"{key}_{number}")
    name = group.get_name().replace(group._id, f"{key}_0")
    lines = [line.strip() for line in script.splitlines()]
    body = "\n".join(line for line in lines if line)
    return f'(function () {{\n"use strict";\n{body}\nwindow.atlas.put("{key}", {name});\n}})();\n'
