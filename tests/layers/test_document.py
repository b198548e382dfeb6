"""The map's page: local assets or none, and scripts that are the same every time."""

import re

import branca.colormap
import folium
import folium.plugins
import pytest

from geo.errors import GeoError, ParameterError
from layers.atlas_map import AtlasMap
from layers.document import CONTENT_POLICY, map_document, require_no_foreign_asset
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


BOX = [[0, 0], [1, 1]]
REMOTE = {
    "TileLayer": lambda: folium.TileLayer(),
    "WmsTileLayer": lambda: folium.WmsTileLayer("https://host/wms", layers="a"),
    "ImageOverlay": lambda: folium.raster_layers.ImageOverlay("https://host/a.png", BOX),
    "VideoOverlay": lambda: folium.raster_layers.VideoOverlay("//host/a.webm", BOX),
    "CustomIcon": lambda: folium.Marker([0, 0], icon=folium.CustomIcon("https://host/a.png")),
}
REMOTE_ADDRESSES = ["http://h/a.png", "HTTPS://h/a.png", "//h/a.png", " \\\\h/a", "ht\ntps://h/a"]


@pytest.mark.parametrize("assets", ["served", "inline"])
@pytest.mark.parametrize("kind", REMOTE)
def test_what_another_host_would_be_asked_for_is_refused(kind, assets):
    """Tiles, pictures, films and icons from afar: not in a map, at no depth, nor in a layer."""
    for depth in (0, 1):
        atlas_map = AtlasMap(assets=assets)
        holder = folium.FeatureGroup().add_to(atlas_map) if depth else atlas_map
        REMOTE[kind]().add_to(holder)
        with pytest.raises(GeoError, match=f"{kind} would ask another host"):
            map_document(atlas_map, [], title="t", lang="es")
    group = folium.FeatureGroup()
    REMOTE[kind]().add_to(group)
    with pytest.raises(GeoError, match=f"{kind} would ask another host"):
        layer_script(group, "tiles")


@pytest.mark.parametrize("address", REMOTE_ADDRESSES)
def test_a_remote_address_deep_in_the_options_is_refused(address):
    """A list in a dict in the options of an icon, however the address is written."""
    icon = folium.CustomIcon("data:image/png;base64,AA==")
    icon.options["more"] = {"retina": ["data:,", address]}
    group = folium.FeatureGroup()
    folium.Marker([0, 0], icon=icon).add_to(group)
    with pytest.raises(GeoError, match="CustomIcon would ask another host: retina"):
        layer_script(group, "icons")
    shadow = folium.CustomIcon("data:,", shadow_image="data:,")
    shadow.options["shadowUrl"] = address
    with pytest.raises(GeoError, match="shadowUrl"):
        layer_script(folium.FeatureGroup().add_child(folium.Marker([0, 0], icon=shadow)), "icons")


def test_embedded_pictures_and_mere_mentions_pass():
    """data: addresses, a credit, a tooltip and a GeoJSON property that name an address."""
    told = "https://host/ says so"
    here = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}
    for assets in ("served", "inline"):
        atlas_map = AtlasMap(assets=assets, attribution=told)
        group = folium.FeatureGroup(name=told).add_to(atlas_map)
        folium.raster_layers.ImageOverlay("data:image/png;base64,AA==", BOX, attr=told).add_to(
            group
        )
        icon = folium.CustomIcon("data:image/png;base64,AA==")
        folium.Marker([0, 0], icon=icon, tooltip=told).add_to(group)
        folium.GeoJson({**here, "properties": {"source": told}}).add_to(group)
        assert "says so" in map_document(atlas_map, [], title=told, lang="es")


@pytest.mark.parametrize(
    "script",
    [
        'L.tileLayer("https://host/{z}/{x}/{y}.png", {})',
        "L.tileLayer.wms(\n  '//host/wms')",
        'L.imageOverlay("http://host/a.png", [])',
        'L.videoOverlay(["https://host/a.webm"], [])',
        'L.icon({"iconUrl": "https://host/a.png"})',
        "L.icon({shadowUrl: '//host/a.png'})",
        'L.divIcon({"html": "<img src=\\"https://host/a.png\\">"})',
    ],
)
@pytest.mark.parametrize("assets", ["served", "inline"])
def test_a_script_that_fetches_is_the_last_thing_refused(script, assets):
    """Whoever wrote the layer's text: the finished page is searched once more."""
    with pytest.raises(GeoError, match="the page would ask another host"):
        map_document(AtlasMap(assets=assets), [script], title="t", lang="es")


def test_the_file_that_stands_alone_carries_a_policy():
    """Before anything that it governs; the served frame gets its own from the server."""
    inline = map_document(AtlasMap(assets="inline"), [], title="t", lang="es")
    assert inline.index(f'content="{CONTENT_POLICY}"') < inline.index("<style>")
    assert "default-src 'none'" in CONTENT_POLICY
    assert "img-src data:;" in CONTENT_POLICY
    assert "Content-Security-Policy" not in map_document(AtlasMap(), {}, title="t", lang="es")


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
