"""The map's page: local assets or none, and scripts that are the same every time."""

import re

import branca.colormap
import folium
import folium.plugins
import pytest

from geo.errors import GeoError, ParameterError
from layers.atlas_map import AtlasMap
from layers.document import map_document, require_no_foreign_asset
from layers.named_places import named_places_layer
from layers.palette import SMR
from layers.regions import region_layer
from layers.script import layer_script


def test_same_input_same_bytes(regions, places):
    """Folium's random names leave no trace in a layer's file."""
    for key, build in (
        ("regions", lambda: region_layer(regions, SMR, value="smr", texts={})),
        ("places", lambda: named_places_layer(places)),
    ):
        first, second = layer_script(build(), key), layer_script(build(), key)
        assert first == second
        assert not re.search(r"[0-9a-f]{32}", first)
        assert f'window.atlas.put("{key}", feature_group_{key}_0);' in first
        assert "map_atlas" not in first


def test_rendering_twice_gives_the_same_and_leaves_the_group_free(places):
    """A group can be rendered again, and belongs to nobody afterwards."""
    group = named_places_layer(places)
    assert layer_script(group, "places") == layer_script(group, "places")
    assert group._parent is None
    assert group.show


@pytest.mark.parametrize("key", ["", "Regions", "a-b", 'x");alert(1)//', "__proto__"])
def test_keys_are_plain(places, key):
    """A key stands in a script: letters and underscores only."""
    with pytest.raises(ParameterError, match="key"):
        layer_script(named_places_layer(places), key)


def test_plugins_and_colour_maps_are_refused():
    """What wants a file of its own has no place in a layer, nor in the map."""
    group = folium.FeatureGroup()
    folium.plugins.HeatMap([[0, 0]]).add_to(group)
    with pytest.raises(GeoError, match="HeatMap"):
        layer_script(group, "heat")
    for child in (folium.plugins.Fullscreen(), branca.colormap.linear.viridis):
        atlas_map = AtlasMap()
        child.add_to(atlas_map)
        with pytest.raises(GeoError, match=r"local copy|colour map"):
            map_document(atlas_map, [], title="t", lang="es")


def test_the_served_page_asks_its_own_server_only():
    """Four addresses, all under /assets/."""
    html = map_document(AtlasMap(), {"regions": "/layers/regions.js?p=2023"}, title="t", lang="es")
    assert re.findall(r"(?:src|href)=[\"']([^\"']+)", html) == [
        "data:,",
        "/assets/leaflet/leaflet.css",
        "/assets/atlas/frame.css",
        "/assets/leaflet/leaflet.js",
        "/assets/atlas/frame.js",
    ]


def test_the_inline_page_has_no_address_at_all():
    """No src, no url() but patterns, no external style sheet."""
    html = map_document(AtlasMap(assets="inline"), [], title="t", lang="es")
    assert not re.search(r"<script[^>]+src|<link[^>]+stylesheet", html)
    assert not re.search(r"url\((?!#)[^)]*\.(png|svg|gif)", html)
    assert "sourceMappingURL" not in html


def test_options_that_folium_would_drop_arrive():
    """Without tiles folium forgets the zoom limits; the page has them."""
    html = map_document(AtlasMap(), [], title="t", lang="es")
    assert '"maxZoom": 11' in html
    assert "user-scalable" not in html
    assert 'createPane("density")' in html


def test_foreign_addresses_are_found():
    """The last check of the page, on its own."""
    with pytest.raises(GeoError, match="another host"):
        require_no_foreign_asset('<img alt="x" src="//host/x.png">')
    assert require_no_foreign_asset('<a href="https://host/">x</a>')


def test_refusals():
    """Address, theme, language, selection, prefix."""
    for scripts in ({"a": "https://host/x.js"}, {"a": "/layers/../x"}, {"a": "//layers/x"}):
        with pytest.raises(ParameterError, match="/layers/"):
            map_document(AtlasMap(), scripts, title="t", lang="es")
    with pytest.raises(ParameterError, match="theme"):
        map_document(AtlasMap(), [], title="t", lang="es", theme="red")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="lang"):
        map_document(AtlasMap(), [], title="t", lang='es"><script>')
    with pytest.raises(ParameterError, match="two digits"):
        map_document(AtlasMap(), [], title="t", lang="es", selected="x")
    with pytest.raises(ParameterError, match="slash"):
        AtlasMap(prefix="//host/")
