"""The results of a period as GeoJSON: named properties only, with sources, licence and version."""

from __future__ import annotations

import json

import shapely

from atlas.drawing.areas import areas_with
from atlas.results.regions import outlines_credit, results_for
from atlas.tables import json_value
from atlas.version import version_text
from atlas.words import words
from data.catalogue import load_package
from data.periods import Period
from data.reports import AREA_COLUMNS
from geo.privacy.disclosure import gate
from geo.privacy.public_lists import PROVINCE_PROPERTIES, RESULT_PROPERTIES


def geojson_bytes(period: Period, base: str, *, outlet: str = "internal") -> bytes:
    """The areas of a period with their outlines as a FeatureCollection (RFC 7946).

    The 25 departments, or the provinces that have an outline (``Period.at``). ``outlet`` as of
    :func:`geo.privacy.disclosure.gate`. Raises ParameterError for a base that the period does not
    have.
    """
    results = gate(results_for.tiered(period, base), "T1", outlet=outlet)
    card = results.card
    level, key = period.level, AREA_COLUMNS[period.level]
    frame = areas_with(results.frame, level).assign(period=period.code)
    package = load_package()
    metadata = {
        "title": f"Atlas Trata Perú: reported human trafficking by {key.removesuffix('_ubigeo')}, "
        f"{period.code}",
        "period": period.code,
        "counted": period.unit,
        "registry": period.registry,
        "source": [
            {name: item.get(name) for name in ("title", "publisher", "url", "published")}
            for item in card["sources"]
        ],
        "licence": str(card["licence"]),
        "licence_statement": str(package["licence_statement"]),
        "outlines": outlines_credit(words("en")),
        "version": version_text(words("en")),
        "caveat": "Reported, not prevalence: a case sits where the file was opened. "
        "For planning and understanding, not for operations.",
    }
    features = []
    for row in frame.to_dict("records"):
        # exterior rings counter-clockwise, about one metre of precision
        outline = shapely.set_precision(row["geometry"], 1e-5)
        outline = shapely.orient_polygons(outline)
        features.append(
            {
                "type": "Feature",
                "id": str(row[key]),
                "properties": {
                    # nine digits, not nine places: a chance of one in 1e40 is no zero
                    name: json_value(row[name], digits=9)
                    for name in (*PROVINCE_PROPERTIES, *RESULT_PROPERTIES)
                    if name in row
                },
                "geometry": json.loads(shapely.to_geojson(outline)),
            }
        )
    document = {
        "type": "FeatureCollection",
        "metadata": metadata,
        "features": features,
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return (text + "\n").encode("utf-8")
