"""Addresses of the map's layers, and the fields of a link that each depends on."""

from __future__ import annotations

from urllib.parse import urlencode

from atlas.overlays import OVERLAY_OF
from atlas.version import content_version
from atlas.view import LEVELS, MEASURES, NO_REPORTS, View, left_out_overlays

LAYER_KEYS = ("regions", *OVERLAY_OF, "names")
"""every layer of a view, bottom first; the regions and the names are always on."""
ALWAYS = ("regions", "names")
AREA_KEYS = ("departments", "areas")
"""below the department these two stand in the place of the regions, the first without reports."""
DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "regions": ("lang", "registry", "period", "measure", "base"),
    "departments": ("lang", "level"),
    "areas": ("lang", "level", "area"),
    **{code: overlay.layer_fields for code, overlay in OVERLAY_OF.items()},
}
"""fields of a link that change a layer; any other has its words in a language alone."""


def shown_layers(view: View) -> tuple[str, ...]:
    """Keys of the layers that a view shows, bottom first."""
    hidden = left_out_overlays(view)
    keys = tuple(
        key for key in LAYER_KEYS if key in ALWAYS or (key in view.overlays and key not in hidden)
    )
    if view.level == LEVELS[0] and NO_REPORTS not in view.overlays:
        return keys
    areas = AREA_KEYS[:1] if NO_REPORTS in view.overlays else AREA_KEYS
    return (*areas, *(key for key in keys if key != "regions"))


def depends_on(key: str, view: View) -> tuple[str, ...]:
    """Fields of a link that change a layer; areas without reports are the same in every period."""
    if key == "areas" and view.area_measure in MEASURES:
        return (*DEPENDS_ON[key], "registry", "period")
    return DEPENDS_ON.get(key, ("lang",))


def layer_addresses(view: View) -> list[dict[str, str]]:
    """Key and address of every layer of a view."""
    parameters = view.link()
    return [
        {
            "key": key,
            "url": f"/layers/{key}.js?"
            + urlencode(
                {name: parameters[name] for name in depends_on(key, view) if name in parameters}
            )
            + f"&v={content_version()}",
        }
        for key in shown_layers(view)
    ]
