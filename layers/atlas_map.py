"""The folium map without tiles, and its panes in drawing order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import folium
from branca.element import Element, Figure
from folium.template import Template

PANES: dict[str, int] = {
    "neighbours": 310,
    "regions": 330,
    "density": 350,
    "halo": 360,
    "water": 370,
    "mining": 390,
    "outlines": 410,
    "routes": 430,
    "places": 450,
    "labels": 470,
}
"""name of the pane -> z-index; the sea is the ground of the map and lies below all of them."""
MIN_ZOOM, MAX_ZOOM = 4, 11


def walk(element: Element) -> Iterator[Element]:
    """Yield ``element`` and its children at any depth."""
    yield element
    for child in element._children.values():
        yield from walk(child)


class AtlasMap(folium.Map):
    """A folium map without tiles, in the panes of the atlas; its words come with the page."""

    _template = Template(
        """
        {% macro header(this, kwargs) %}{% endmacro %}
        {% macro html(this, kwargs) %}
        <div id="{{ this.get_name() }}" class="atlas-map"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        var {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
            center: {{ this.location|tojson }},
            zoomAnimation: !calm, fadeAnimation: !calm, inertia: !calm,
            ...{{ this.options|tojavascript }}
        });
        {%- for name, index in this.panes.items() %}
        {{ this.get_name() }}.createPane("{{ name }}").style.zIndex = {{ index }};
        {%- endfor %}
        L.control.zoom({position: "topright"}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__(location=[-9.2, -75.0], zoom_start=5, tiles=None, zoom_control=False)
        self._name, self._id = "map", "atlas"
        self.panes = PANES
        # folium drops min_zoom and max_zoom when there are no tiles: set them as options
        self.options.update(
            minZoom=MIN_ZOOM,
            maxZoom=MAX_ZOOM,
            # no steps: the country fills the map at any zoom, and a link brings that zoom back
            zoomSnap=0,
            zoomDelta=0.75,
            wheelPxPerZoomLevel=140,
            attributionControl=False,
            maxBoundsViscosity=0.8,
        )

    @property
    def figure(self) -> Figure:
        """The figure into which the map and its children write."""
        return cast(Figure, self.get_root())
