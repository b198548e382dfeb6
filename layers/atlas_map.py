"""The map itself: a folium map that asks no other machine for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

import branca.colormap
import folium
from branca.element import Element, Figure
from folium.elements import JSCSSMixin
from folium.template import Template

from geo.errors import GeoError, ParameterError
from layers.panes import PANES
from layers.safe import safe

MAP_NAME = "map_atlas"
"""name of the map in the page's JavaScript; scripts of layers rely on it."""
MIN_ZOOM, MAX_ZOOM = 4, 11
_LOCAL = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
_DROPPED = {
    "jquery",
    "bootstrap",
    "awesome_markers",
    "bootstrap_css",
    "glyphicons_css",
    "awesome_markers_font_css",
    "awesome_markers_css",
    "awesome_rotate_css",
}
_REMOTE = re.compile(r"[\x00-\x20]*(?:https?:|[/\\]{2})", re.IGNORECASE)
_READ = {
    *(
        "attribution",
        "attr",
        "title",
        "titles",
        "alt",
        "text",
        "html",
        "name",
        "layer_name",
        "tile_name",
    ),
    *("data", "style_map", "highlight_map"),  # features; what they say is text for a tooltip
    *("default_js", "default_css"),  # assets: localise() and require_no_assets() judge them
}
"""attributes and options that are read, never fetched: a credit may begin with an address"""


def walk(element: Element) -> Iterator[Element]:
    """Yield ``element``, its children at any depth, and the icon or marker that one carries."""
    yield element
    for child in element._children.values():
        yield from walk(child)
    for name in ("icon", "marker", "m1", "m2"):
        carried = getattr(element, name, None)
        if isinstance(carried, Element):
            yield from walk(carried)


def require_no_assets(element: Element) -> None:
    """Refuse anything in a layer that wants a script or a style sheet of its own.

    Raises
    ------
    GeoError
        For a branca colour map (loads d3 from another host and paints NaN with its top colour),
        for a plugin, whose files would be lost on the way, and for a remote address.
    """
    for part in walk(element):
        require_no_remote_address(part)
        if isinstance(part, branca.colormap.ColorMap):
            raise GeoError("a branca colour map loads d3 from another host; use layers.legend")
        if isinstance(part, JSCSSMixin) and (part.default_js or part.default_css):
            wanted = [name for name, _ in (*part.default_js, *part.default_css)]
            raise GeoError(
                f"{type(part).__name__} asks for {wanted}, of which no local copy exists"
            )


def _strings(value: object, name: str) -> Iterator[tuple[str, str]]:
    """Yield every text in nested options with the name that it stands under, prose left out."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _READ:
                yield from _strings(inner, str(key))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for inner in value:
            yield from _strings(inner, name)


def require_no_remote_address(part: Element) -> None:
    """Refuse an element that would fetch a tile, a picture or a film from another host.

    Raises
    ------
    GeoError
        If an attribute or an option begins with ``http:``, ``https:`` or ``//``.
    """
    shown = {name: value for name, value in vars(part).items() if not name.startswith("_")}
    for name, text in _strings(shown, ""):
        # a browser ignores line breaks and tabs inside an address
        if _REMOTE.match(re.sub(r"[\t\r\n]", "", text)):
            raise GeoError(
                f"{type(part).__name__} would ask another host: {name} is {text[:80]!r}; "
                "write it into the page as a data: address"
            )


class AtlasMap(folium.Map):
    """A folium map without tiles, in the panes of the atlas, whose assets are all local.

    Parameters
    ----------
    prefix : str
        Where the server offers Leaflet; starts and ends with a slash.
    assets : {"served", "inline"}
        ``"inline"`` leaves the assets to :func:`layers.document.map_document`, which writes
        them into the page.
    attribution : str
        Plain text at the bottom right.
    zoom_in, zoom_out : str
        Titles of the two buttons, translated by the caller.
    """

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
        L.control.zoom({
            position: "topright",
            zoomInTitle: {{ this.titles[0]|tojson }}, zoomOutTitle: {{ this.titles[1]|tojson }}
        }).addTo({{ this.get_name() }});
        {%- if this.attribution %}
        L.control.attribution({position: "bottomright", prefix: false})
            .addAttribution({{ this.attribution|tojson }}).addTo({{ this.get_name() }});
        {%- endif %}
        {% endmacro %}
        """
    )

    def __init__(
        self,
        *,
        prefix: str = "/assets/leaflet/",
        assets: Literal["served", "inline"] = "served",
        attribution: str = "",
        zoom_in: str = "+",
        zoom_out: str = "−",
    ) -> None:
        if assets not in ("served", "inline"):
            raise ParameterError(f"assets is {assets!r}; allowed: 'served', 'inline'")
        if not (prefix.startswith("/") and prefix.endswith("/")) or prefix.startswith("//"):
            raise ParameterError(f"prefix is {prefix!r}; it starts and ends with one slash")
        super().__init__(location=[-9.2, -75.0], zoom_start=5, tiles=None, zoom_control=False)
        self._name, self._id = "map", "atlas"
        self.prefix = prefix
        self.assets = assets
        self.panes = PANES
        self.attribution = safe(attribution)
        self.titles = (safe(zoom_in), safe(zoom_out))
        # folium drops min_zoom and max_zoom when there are no tiles: set them as options
        self.options.update(
            minZoom=MIN_ZOOM,
            maxZoom=MAX_ZOOM,
            zoomSnap=0.25,
            zoomDelta=0.75,
            wheelPxPerZoomLevel=140,
            attributionControl=False,
            scrollWheelZoom=False,
            maxBounds=[[-20.6, -96.0], [3.6, -54.0]],
            maxBoundsViscosity=0.8,
        )

    @property
    def figure(self) -> Figure:
        """The figure into which the map and its children write."""
        return cast(Figure, self.get_root())

    def localise(self) -> None:
        """Point every asset of the map and its children at a local copy, or refuse.

        Raises
        ------
        GeoError
            If a child wants an asset that has no local copy, is a branca colour map, or carries
            a remote address.
        """
        for part in walk(self.get_root()):
            require_no_remote_address(part)
            if isinstance(part, branca.colormap.ColorMap):
                raise GeoError("a branca colour map loads d3 from another host; use layers.legend")
            if isinstance(part, JSCSSMixin):
                for attribute in ("default_js", "default_css"):
                    local = [self._local(part, *asset) for asset in getattr(part, attribute)]
                    # on the instance: the class is shared by every map of the process
                    setattr(part, attribute, [asset for asset in local if asset is not None])

    def _local(self, part: Element, name: str, url: str) -> tuple[str, str] | None:
        if name in _DROPPED:
            return None
        if name not in _LOCAL:
            raise GeoError(
                f"{type(part).__name__} asks for {name!r}, of which no local copy exists"
            )
        return None if self.assets == "inline" else (name, self.prefix + _LOCAL[name])

    def render(self, **kwargs: Any) -> str:
        """Localise, then render into the figure as folium does."""
        self.localise()
        return super().render(**kwargs)
