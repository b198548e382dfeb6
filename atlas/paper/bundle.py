"""Everything of a view that anybody may have, in one zip: table, pictures, shapes and a README."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import urlencode

from atlas.drawing.areas import has_reports
from atlas.drawing.overlays import WITH_PLACES
from atlas.paper.geojson import geojson_bytes
from atlas.paper.picture import map_picture, picture_bytes
from atlas.results.regions import outlines_licence, results_for
from atlas.results.sentences import flag_lines
from atlas.tables import csv_bytes
from atlas.version import content_version
from atlas.view import BASES, LEVELS, View
from atlas.words import Words, source_text, words
from data.periods import Period
from geo.errors import UserError
from geo.privacy.disclosure import gate

FILES = {
    "table.csv": "bundle.file.table",
    "map.png": "bundle.file.map_png",
    "map.svg": "bundle.file.map_svg",
    "shapes.geojson": "bundle.file.shapes",
    "README.md": "bundle.file.readme",
}
"""names in the zip and the keys of what they hold"""
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""the earliest that a zip can name: the same view, the same bytes"""


def left_out(view: View) -> tuple[str, ...]:
    """The overlays of a view that its bundle is without."""
    return tuple(code for code in view.overlays if code in WITH_PLACES)


def bundle_bytes(view: View, *, address: str = "") -> bytes:
    """The FILES of a view as a zip; ``address`` is the atlas that its link leads to.

    ParameterError for residents, density or mining below the department: they rest on a list of
    places that no public outlet may have.
    """
    if view.level != LEVELS[0] and not has_reports(view):
        raise UserError("bundle.refusal.measure", measure=view.area_measure, level=view.level)
    say = words(view.lang)
    public = view.changed(overlays=tuple(set(view.overlays) - set(left_out(view))))
    is_below = view.level != LEVELS[0]
    span = view.period.at(view.level)
    base = BASES[0] if is_below else view.base
    results = gate(results_for(span, base), "T1", outlet="public")
    contents = {
        "table.csv": csv_bytes(results, "T1", period=span.code),
        "map.png": picture_bytes(public, ".png"),
        "map.svg": picture_bytes(public, ".svg"),
        "shapes.geojson": geojson_bytes(span, base, outlet="public"),
        "README.md": _readme(view, public, span, address, say).encode("utf-8"),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in FILES:
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, contents[name])
    return out.getvalue()


def _readme(view: View, public: View, span: Period, address: str, say: Words) -> str:
    """Title, caveat, files, sources, licences, cautions, link, how to cite."""
    picture = map_picture(public)
    results = results_for(span, BASES[0] if view.level != LEVELS[0] else view.base)
    card = results.attrs["card"]
    of_rows = sorted({flag for row in results["flags"] for flag in row} - {*span.flags})
    cautions = [
        *flag_lines(span, span.flags, say),
        *(say("bundle.cautions.row", line=line) for line in flag_lines(span, of_rows, say)),
    ]
    link = f"{address}/?{urlencode(view.link())}" if address else f"?{urlencode(view.link())}"
    dropped = [say(f"panel.{code}.name") for code in left_out(view)]
    parts = [
        f"# {picture.title}",
        picture.subtitle,
        f"**{say('map.caveat')}**",
        *([say("bundle.dropped", layers=say.list(dropped))] if dropped else []),
        f"## {say('bundle.files')}",
        "\n".join(f"- `{name}`: {say(key)}" for name, key in FILES.items()),
        f"## {say('bundle.sources')}",
        "\n".join(f"- {_source(source, say)}" for source in card["sources"]),
        say(
            "bundle.licence",
            figures=source_text(str(card["licence"]), "licence", say),
            outlines=source_text(outlines_licence(f"{view.level}_simplified"), "licence", say),
        ),
        f"## {say('bundle.cautions')}",
        "\n".join(f"- {line}" for line in cautions) or say("bundle.cautions.none"),
        f"## {say('method.cite')}",
        say(
            "bundle.cite.text",
            title=picture.title,
            subtitle=picture.subtitle,
            version=content_version(),
        ),
        say("bundle.link", link=link),
    ]
    return "\n\n".join(parts) + "\n"


def _source(source: dict[str, str | None], say: Words) -> str:
    title = source_text(source["title"] or "", "title", say)
    publisher = source_text(source["publisher"] or "", "publisher", say)
    return ", ".join(filter(None, [title, publisher, source.get("published"), source.get("url")]))
