"""Zones as usual programs write them: what passes without a question, and what is asked.

The texts of each program are those of its own files (QGIS 3.34, Google My Maps, Google Earth Pro
7.3 and on the web, SERNANP's layer of protected areas), with other shapes.
"""

from __future__ import annotations

import json

import pyproj
import pytest
import shapely

from tests.atlas.own_data.attacks import changed, collection, written, zipped
from tests.atlas.own_data.planning_lists import GEOD, kml_shape, zone
from tests.atlas.own_data.test_zone_content import AREA, BOX, PICTURE, RING, asked

pytestmark = pytest.mark.usefixtures("read_this_here")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"{}>'
SPACES = (
    ' xmlns:gx="http://www.google.com/kml/ext/2.2" xmlns:kml="http://www.opengis.net/kml/2.2"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)
POLYGON = kml_shape("Polygon", RING)


def my_maps(*inside: str, description: str = "", style: str = "") -> bytes:
    """A map of Google My Maps with one layer."""
    return f"""{HEAD.format("")}
  <Document>
    <name>Mapa sin título</name>
    <description/>
    <Style id="poly-0288D1-1200-77-nodesc-normal">
      <LineStyle><color>ffd18802</color><width>1.2</width></LineStyle>
      <PolyStyle><color>4dd18802</color><fill>1</fill><outline>1</outline></PolyStyle>
      <BalloonStyle><text><![CDATA[<h3>$[name]</h3>]]></text></BalloonStyle>
    </Style>
    <StyleMap id="poly-0288D1-1200-77-nodesc">
      <Pair><key>normal</key><styleUrl>#poly-0288D1-1200-77-nodesc-normal</styleUrl></Pair>
      <Pair><key>highlight</key><styleUrl>#poly-0288D1-1200-77-nodesc-normal</styleUrl></Pair>
    </StyleMap>{style}
    <Folder>
      <name>Zonas</name>
      <Placemark>
        <name>Polígono 1</name>{description}
        <styleUrl>#poly-0288D1-1200-77-nodesc</styleUrl>
        {POLYGON}
      </Placemark>{"".join(inside)}
    </Folder>
  </Document>
</kml>""".encode()


ICON = """<Style id="icon-1899-0288D1-nodesc-normal"><IconStyle><color>ffd18802</color>
<scale>1</scale>
<Icon><href>images/icon-1.png</href></Icon>
<hotSpot x="32" xunits="pixels" y="64" yunits="insetPixels"/></IconStyle>
<LabelStyle><scale>0</scale></LabelStyle></Style>"""

COLUMN = """<ExtendedData><Data name="Encargado"><value>Equipo norte</value></Data>
</ExtendedData>"""

EARTH_PRO = f"""{HEAD.format(SPACES)}
<Document>
	<name>Zonas.kml</name>
	<StyleMap id="m_ylw-pushpin">
		<Pair><key>normal</key><styleUrl>#s_ylw-pushpin</styleUrl></Pair>
		<Pair><key>highlight</key><styleUrl>#s_ylw-pushpin_hl</styleUrl></Pair>
	</StyleMap>
	<Style id="s_ylw-pushpin">
		<IconStyle><scale>1.1</scale>
			<Icon><href>http://maps.google.com/mapfiles/kml/pushpin/ylw-pushpin.png</href></Icon>
			<hotSpot x="20" y="2" xunits="pixels" yunits="pixels"/>
		</IconStyle>
		<ListStyle><listItemType>checkHideChildren</listItemType>
			<ItemIcon><state>open closed error</state><href>http://maps.google.com/a.png</href></ItemIcon>
		</ListStyle>
	</Style>
	<Folder>
		<name>Lugares temporales</name><open>1</open>
		<Placemark>
			<name>Madre de Dios</name>
			<Snippet maxLines="0"></Snippet>
			<LookAt><longitude>-70.5</longitude><latitude>-12.5</latitude><altitude>0</altitude>
				<heading>-0.0003</heading><tilt>0</tilt><range>250000.5</range>
				<gx:altitudeMode>relativeToSeaFloor</gx:altitudeMode></LookAt>
			<styleUrl>#m_ylw-pushpin</styleUrl>
			{POLYGON.replace("<Polygon>", "<Polygon><tessellate>1</tessellate>")}
		</Placemark>
	</Folder>
</Document>
</kml>""".encode()

EARTH_WEB = f"""{HEAD.format(SPACES)}
<Document>
<atom:link href="https://www.google.com/earth/about/versions/#earth-pro" rel="app"
 title="Google Earth Pro 7.3.6.9796"></atom:link>
<name>Proyecto sin título</name>
<gx:CascadingStyle kml:id="__managed_style_1A2B3C4D5E6F708192A3">
<styleUrl>https://earth.google.com/balloon_components/base/1.1.0.0/card_template.kml#main</styleUrl>
<Style><IconStyle><scale>1.2</scale><Icon><href>https://earth.google.com/earth/document/icon?color=1976d2&amp;id=2000&amp;scale=4</href></Icon>
<hotSpot x="64" y="128" xunits="pixels" yunits="insetPixels"/></IconStyle>
<LineStyle><color>ff2dc0fb</color><width>6</width></LineStyle><PolyStyle><color>40ffffff</color></PolyStyle>
<BalloonStyle><displayMode>hide</displayMode></BalloonStyle></Style></gx:CascadingStyle>
<StyleMap id="__managed_style_0A"><Pair><key>normal</key>
<styleUrl>#__managed_style_1A2B3C4D5E6F708192A3</styleUrl></Pair></StyleMap>
<Placemark id="0D5F2A8E7C2E1B3A9F10"><name>Polígono sin título</name>
<LookAt><longitude>-70.5</longitude><latitude>-12.5</latitude><altitude>310.2</altitude><heading>0</heading><tilt>0</tilt>
<gx:fovy>35</gx:fovy><range>364000.1</range><altitudeMode>absolute</altitudeMode></LookAt>
<styleUrl>#__managed_style_0A</styleUrl>{POLYGON}</Placemark>
</Document></kml>""".encode()

QGIS_KML = f"""{HEAD.format("")}
<Document id="root_doc">
<Schema name="zonas" id="zonas">
	<SimpleField name="id" type="int"></SimpleField>
	<SimpleField name="provincia" type="string"></SimpleField>
</Schema>
<Folder><name>zonas</name>
  <Placemark id="zonas.1">
	<name>La Pampa</name>
	<Style><LineStyle><color>ff0000ff</color></LineStyle><PolyStyle><fill>0</fill></PolyStyle></Style>
	<ExtendedData><SchemaData schemaUrl="#zonas">
		<SimpleData name="id">1</SimpleData>
		<SimpleData name="provincia">TAMBOPATA</SimpleData>
	</SchemaData></ExtendedData>
      {POLYGON}
  </Placemark>
</Folder>
</Document></kml>""".encode()

QMD = """<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.34.4-Prizren">
  <identifier></identifier><parentidentifier></parentidentifier><language></language>
  <type>dataset</type><title></title><abstract></abstract><links/><dates/><fees></fees><encoding></encoding>
  <crs><spatialrefsys nativeFormat="Wkt"><wkt>GEOGCRS["WGS 84",LENGTHUNIT["metre",1]]</wkt>
  <description>WGS 84</description></spatialrefsys></crs>
  <extent><spatial minx="0" maxx="0" miny="0" maxy="0" crs="EPSG:4326"/></extent>
</qgis>"""
QGIS_GEOJSON = {
    "type": "FeatureCollection",
    "name": "zonas",
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
    "xy_coordinate_resolution": 1e-07,
    "features": [zone(AREA, id=3, nombre="Zona 1", ubigeo="170101", visibility=-1, drawOrder=None)],
}


def sernanp(**others: object) -> bytes:
    """The protected areas as SERNANP publishes them, with the shape's own area and outline."""
    area, outline = GEOD.geometry_area_perimeter(BOX)
    columns = {
        "OBJECTID": [31],
        "anp_codi": ["RN 10"],
        "anp_cate": ["Reserva Nacional"],
        "anp_nomb": ["Tambopata"],
        "anp_felec": ["2000-09-04"],
        "anp_balegc": ["D.S. N° 048-2000-AG"],
        "anp_ubpo": ["Madre de Dios"],
        "anp_suma": [abs(area) / 1e4],
        "Shape_Leng": [BOX.length * 1.00000001],
        "Shape_Area": [BOX.area * 1.00000001],
        "perim_m": [outline],
        **others,
    }
    return zipped(written("anp.shp", [BOX], **columns))


def in_utm() -> bytes:
    """A Shapefile of ArcGIS in UTM, with its area and length in metres."""
    import geopandas as gpd

    shape = gpd.GeoSeries([BOX], crs=4326).to_crs(32719).iloc[0]
    crs = {"type": "name", "properties": {"name": "EPSG:32719"}}
    measured = {"Shape_Area": shape.area, "Shape_Leng": shape.length, "POINT_X": shape.centroid.x}
    return collection([zone(shapely.geometry.mapping(shape), **measured)], crs=crs)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(my_maps(), id="My Maps"),
        pytest.param(
            zipped({"doc.kml": my_maps(style=ICON), "images/icon-1.png": PICTURE}), id="My Maps KMZ"
        ),
        pytest.param(EARTH_PRO, id="Google Earth Pro"),
        pytest.param(EARTH_WEB, id="Google Earth on the web"),
        pytest.param(QGIS_KML, id="QGIS KML"),
        pytest.param(json.dumps(QGIS_GEOJSON).encode(), id="QGIS GeoJSON"),
        pytest.param(
            written("zonas.gpkg", [BOX], nombre=["La Pampa"], id=[1])["zonas.gpkg"], id="QGIS gpkg"
        ),
        pytest.param(
            zipped(
                {
                    **written("zonas.shp", [BOX], nombre=["La Pampa"], id=[1]),
                    "zonas.qmd": QMD.encode(),
                    "zonas.qpj": pyproj.CRS(4326).to_wkt("WKT1_ESRI").encode(),
                }
            ),
            id="QGIS Shapefile",
        ),
        pytest.param(sernanp(), id="SERNANP"),
        pytest.param(in_utm(), id="ArcGIS in UTM"),
    ],
)
def test_ordinary_exports_pass_without_a_question(content):
    assert asked(content) == {}


@pytest.mark.parametrize(
    ("content", "names"),
    [
        pytest.param(
            my_maps(description="<description>Nadie entra de noche</description>"),
            {"description": "text"},
            id="a description in My Maps",
        ),
        pytest.param(
            my_maps(description=COLUMN),
            {"Encargado": "text"},
            id="a column of My Maps",
        ),
        pytest.param(
            sernanp(anp_docreg=["Sí"], anp_sector=["Todo el río"]),
            {"anp_docreg": "text", "anp_sector": "reach"},
            id="more columns of SERNANP",
        ),
        pytest.param(
            zipped({**written("z.shp", [BOX]), "z.shp.xml": b"<a><b>Buffer 5 Kilometers</b></a>"}),
            {"z.shp.xml": "reach"},
            id="ArcGIS's history",
        ),
        pytest.param(
            changed(
                written("z.gpkg", [BOX], gdal={"SPATIAL_INDEX": "NO"}, n=["Mazuko"])["z.gpkg"],
                "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_name TEXT, "
                "styleName TEXT, styleQML TEXT, description TEXT)",
                "INSERT INTO layer_styles VALUES (1, 'z', 'zonas', '<qgis><a k=\"1\"/></qgis>', "
                "'lun. feb. 5 10:00:00 2024')",
            ),
            {"layer_styles.description": "reach"},
            id="a style in a GeoPackage",
        ),
    ],
)
def test_what_asks_of_ordinary_exports(content, names):
    """Each once; confirmed, the file is read."""
    assert asked(content) == names
    confirmed = {"drop": [*names], "drop_members": [*names]}
    assert asked(content, **confirmed) == {}
