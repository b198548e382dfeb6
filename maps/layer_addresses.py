"""Which layers a state shows and where each lies: light to import, so a page need not wait.

``DEPENDS_ON`` says which codes of a state a layer needs; two states that agree in those share it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from maps.state import LEVELS, MapState
from maps.version import content_version

LAYER_KEYS = ("regions", "density", "mining", "zones", "routes", "places", "services", "names")
"""every layer of a state, bottom first; the regions and the names are always on."""
ALWAYS = ("regions", "names")
AREA_KEYS = ("departments", "areas")
"""below the department these two stand in the place of the regions."""
DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "regions": ("lang", "period", "measure", "base"),
    "departments": ("lang",),
    "areas": ("lang", "level", "area"),
    "density": ("lang", "period", "bw"),
    "mining": ("lang",),
    "zones": ("lang",),
    "routes": ("lang",),
    "places": ("lang",),
    "services": ("lang",),
    "names": ("lang",),
}
MEASURE_COLUMNS = {
    "count": "reported_count",
    "rate": "rate_per_100k",
    "smr": "smr",
    "verdict": "verdict",
}
"""column of the results that a measure shows."""
PALETTE_NAMES = {"count": "count", "rate": "rate_per_100k", "smr": "smr", "verdict": "verdict"}
"""scale of ``layers.palette`` that paints a measure."""


def shown_layers(state: MapState) -> tuple[str, ...]:
    """Keys of the layers that a state shows, bottom first."""
    shown = tuple(key for key in LAYER_KEYS if key in ALWAYS or key in state.overlays)
    if state.level == LEVELS[0]:
        return shown
    left_out = ("regions", *left_out_overlays(state))
    return (*AREA_KEYS, *(key for key in shown if key not in left_out))


def left_out_overlays(state: MapState) -> tuple[str, ...]:
    """Overlays that a level below the department does not show.

    The density is one of reports, and hectares by area and by cell would be the same thing twice
    in the same colour.
    """
    if state.level == LEVELS[0]:
        return ()
    return ("density", "mining") if state.area_measure == "mined" else ("density",)


def layer_addresses(state: MapState) -> list[dict[str, str]]:
    """Key and address of every layer of a state."""
    parameters = state.query()
    return [
        {
            "key": key,
            "url": f"/layers/{key}.js?"
            + urlencode({name: parameters[name] for name in DEPENDS_ON[key] if name in parameters})
            + f"&v={content_version()}",
        }
        for key in shown_layers(state)
    ]
