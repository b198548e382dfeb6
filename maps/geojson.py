"""The results of a period as GeoJSON: gated, with their sources, licence and version."""

from __future__ import annotations

from data import load_package
from data.periods import parse_period
from exports.geojson import results_geojson
from geo.disclosure import gate
from maps.attribution import borders_source, outlines_licence
from maps.overlays import departments_with
from maps.results import BASES, results_for
from maps.version import content_version


def geojson_bytes(period: str, base: str = BASES[0]) -> bytes:
    """The 25 departments of a period with their outlines.

    Raises
    ------
    ParameterError
        Unknown or incomplete period, or a base that it does not have.
    """
    chosen = parse_period(period)
    results = results_for(chosen.code, base)
    card = results.attrs["card"]
    frame = departments_with(gate(results, "T1")).assign(period=chosen.code)
    package = load_package()
    borders = borders_source(("departments_simplified",))
    metadata = {
        "title": f"Atlas Trata Perú: reported human trafficking by department, {chosen.code}",
        "period": chosen.code,
        "counted": chosen.unit,
        "registry": chosen.registry,
        "source": [
            {name: item.get(name) for name in ("title", "publisher", "url", "published")}
            for item in card["sources"]
        ],
        "licence": str(card["licence"]),
        "licence_statement": str(package["licence_statement"]),
        "outlines": f"{borders}, {outlines_licence()}; simplified",
        "version": str(package["version"]),
        "content": content_version(),
        "caveat": "Reported, not prevalence: a case sits where the file was opened. "
        "For planning and understanding, not for operations.",
    }
    return results_geojson(frame, metadata=metadata)
