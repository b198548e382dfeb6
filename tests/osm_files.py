"""Small networks that the tests make: OpenStreetMap extracts, and files of lines."""

import zipfile
from xml.sax.saxutils import quoteattr

import geopandas as gpd


def osm_text(points, ways, tagged=None):
    """Return an OSM extract as text: points by number, ways as (points, tags), and their tags."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="tests">']
    for number, (longitude, latitude) in points.items():
        lines.append(f'<node id="{number}" lon="{longitude:.7f}" lat="{latitude:.7f}">')
        lines += _tags((tagged or {}).get(number, {}))
        lines.append("</node>")
    for number, (along, tags) in enumerate(ways, start=1):
        lines.append(f'<way id="{number}">')
        lines += [f'<nd ref="{point}"/>' for point in along]
        lines += _tags(tags)
        lines.append("</way>")
    return "\n".join([*lines, "</osm>"])


def lines_file(path, rows, columns, crs="EPSG:4326"):
    """Rows of texts and a shape in degrees as a zipped Shapefile, a GeoPackage or GeoJSON."""
    texts = {name: [row[at] for row in rows] for at, name in enumerate(columns)}
    frame = gpd.GeoDataFrame(texts, geometry=[row[-1] for row in rows], crs="EPSG:4326")
    if path.suffix != ".zip":
        frame.to_crs(crs).to_file(path, engine="pyogrio")
        return
    frame.to_crs(crs).to_file(path.with_suffix(".shp"), engine="pyogrio")
    with zipfile.ZipFile(path, "w") as archive:
        for part in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(path.with_suffix(part), path.stem + part)


def _tags(tags):
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


KM = 1 / 111.1949266
"""Degrees of latitude that are a kilometre on the sphere of the distances."""


def country():
    """Return roads, a one-way, a ferry, a river, a gap and a gate along the meridian of 75 W.

    A (0) to B (60 km north) a paved primary road; B to C, 20 km on, a tertiary road of earth; from
    C to D, 30 km on, a ferry that takes two hours; D to E, 10 km on, one way only, with a sign of
    20 km/h. From E a river of 24 km to F; beyond a gap of 40 km, a road between G and H.
    """
    north = {"A": 0, "B": 60, "C": 80, "D": 110, "E": 120, "F": 144, "G": 184, "H": 190}
    points = {number: (-75.0, -9.0 + km * KM) for number, km in enumerate(north.values(), start=1)}
    ways = [
        ((1, 2), {"highway": "primary"}),
        ((2, 3), {"highway": "tertiary", "surface": "earth"}),
        ((3, 4), {"route": "ferry", "duration": "02:00"}),
        ((4, 5), {"highway": "secondary", "oneway": "yes", "maxspeed": "20"}),
        ((5, 6), {"waterway": "river", "boat": "yes"}),
        ((7, 8), {"highway": "primary"}),
    ]
    places = {name: points[number] for number, name in enumerate(north, start=1)}
    return points, ways, places


def place_csv(places):
    """A list of places as the command takes it."""
    rows = [
        f"{name},{longitude:.7f},{latitude:.7f}" for name, (longitude, latitude) in places.items()
    ]
    return "\n".join(["name,longitude,latitude", *rows]) + "\n"
