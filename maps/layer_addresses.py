"""Which layers a state shows and where each lies: light to import, so a page need not wait.

``DEPENDS_ON`` says which codes of a state a layer needs; two states that agree in those share it.
"""

from __future__ import annotations

from urllib.parse import urlencode

from maps.state import MapState
from maps.version import content_version

LAYER_KEYS = ("regions", "density", "mining", "zones", "routes", "places", "services", "names")
"""every layer of a state, bottom first; the regions and the names are always on."""
ALWAYS = ("regions", "names")
DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "regions": ("lang", "period", "measure"),
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
    return tuple(key for key in LAYER_KEYS if key in ALWAYS or key in state.overlays)


def layer_addresses(state: MapState) -> list[dict[str, str]]:
    """Key and address of every layer of a state."""
    parameters = state.query()
    return [
        {
            "key": key,
            "url": f"/layers/{key}.js?"
            + urlencode({name: parameters[name] for name in DEPENDS_ON[key]})
            + f"&v={content_version()}",
        }
        for key in shown_layers(state)
    ]
