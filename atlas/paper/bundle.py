"""Everything of a view that anybody may have, in one zip: table, pictures, shapes and a README."""

from __future__ import annotations

import io
import zipfile
from itertools import chain
from urllib.parse import urlencode

from atlas.drawing.areas import has_reports
from atlas.overlays import OVERLAY_OF
from atlas.paper.geojson import geojson_bytes
from atlas.paper.picture import map_picture, picture_bytes
from atlas.results.areas import filter_text, is_filtered, matched_areas
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
    return tuple(
        code
        for code in view.overlays
        if code in OVERLAY_OF and OVERLAY_OF[code].audience != "anyone"
    )


def bundle_bytes(view: View, *, address: str = "") -> bytes:
    """The FILES of a view as a zip; ``address`` is the atlas that its link leads to.

    Two maps are one picture; the second has a table and shapes of its own ("table-2.csv").
    ParameterError for residents, density or mining below the department: they rest on a list of
    places that no public outlet may have.
    """
    maps = [map_view for map_view in (view, view.second_map) if map_view is not None]
    for map_view in maps:
        if not has_reports(map_view):
            raise UserError(
                "bundle.refusal.measure", measure=map_view.area_measure, level=map_view.level
            )
    public = view.changed(overlays=tuple(set(view.overlays) - set(left_out(view))))
    contents: dict[str, bytes] = {}
    for map_view, suffix in zip(maps, ("", "-2"), strict=False):
        span, base = _counted_by(map_view)
        results = gate(results_for(span, base), "T1", outlet="public")
        contents[f"table{suffix}.csv"] = csv_bytes(results, "T1", period=span.code)
        contents[f"shapes{suffix}.geojson"] = geojson_bytes(span, base, outlet="public")
    if is_filtered(view):
        matched, table = matched_areas(view)
        gate(table, "T1", outlet="public")
        contents["areas.csv"] = csv_bytes(matched, "T1", period=view.period.code)
    contents["map.png"] = picture_bytes(public, ".png")
    contents["map.svg"] = picture_bytes(public, ".svg")
    say = words(view.lang)
    files = {name: say(key) for name, key in FILES.items()} | {
        name: say("bundle.file.second", text=say(FILES[name.replace("-2", "")]))
        for name in contents
        if "-2" in name
    }
    if "areas.csv" in contents:
        files["areas.csv"] = filter_text(view, say)
    contents["README.md"] = _readme(view, maps, public, files, address, say).encode("utf-8")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in files:
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, contents[name])
    return out.getvalue()


def _counted_by(view: View) -> tuple[Period, str]:
    """Period, with its level, and base of the reports that a map shows."""
    return view.period.at(view.level), BASES[0] if view.level != LEVELS[0] else view.base


def _readme(
    view: View, maps: list[View], public: View, files: dict[str, str], address: str, say: Words
) -> str:
    """Title, caveat, files, sources, licences, cautions, link, how to cite."""
    pictures = [map_picture(public), *(map_picture(map_view) for map_view in maps[1:])]
    titles = [f"{picture.title}, {picture.subtitle}" for picture in pictures]
    link = f"{address}/?{urlencode(view.link())}" if address else f"?{urlencode(view.link())}"
    dropped = [say(f"panel.{code}.name") for code in left_out(view)]
    *about, cautions = zip(*(_of_map(map_view, say) for map_view in maps), strict=True)
    sources, licences = ([*dict.fromkeys(chain.from_iterable(part))] for part in about)
    parts = [
        f"# {pictures[0].title}",
        pictures[0].subtitle,
        *(say("bundle.second", title=title) for title in titles[1:]),
        f"**{say('map.caveat')}**",
        *([say("bundle.dropped", layers=say.list(dropped))] if dropped else []),
        f"## {say('bundle.files')}",
        "\n".join(f"- `{name}`: {text}" for name, text in files.items()),
        f"## {say('bundle.sources')}",
        "\n".join(f"- {source}" for source in sources),
        *licences,
        f"## {say('bundle.cautions')}",
        *(
            part
            for title, lines in zip(titles, cautions, strict=True)
            for part in (
                *([f"### {title}"] if len(maps) > 1 else []),
                "\n".join(f"- {line}" for line in lines) or say("bundle.cautions.none"),
            )
        ),
        f"## {say('method.cite')}",
        say("bundle.cite.text", title="; ".join(titles), version=content_version()),
        say("bundle.link", link=link),
    ]
    return "\n\n".join(parts) + "\n"


def _of_map(view: View, say: Words) -> tuple[list[str], list[str], list[str]]:
    """Sources, licence and cautions of what a map shows."""
    span, base = _counted_by(view)
    results = results_for(span, base)
    card = results.attrs["card"]
    of_rows = sorted({flag for row in results["flags"] for flag in row} - {*span.flags})
    cautions = [
        *flag_lines(span, span.flags, say),
        *(say("bundle.cautions.row", line=line) for line in flag_lines(span, of_rows, say)),
    ]
    licence = say(
        "bundle.licence",
        figures=source_text(str(card["licence"]), "licence", say),
        outlines=source_text(outlines_licence(f"{view.level}_simplified"), "licence", say),
    )
    return [_source(source, say) for source in card["sources"]], [licence], cautions


def _source(source: dict[str, str | None], say: Words) -> str:
    title = source_text(source["title"] or "", "title", say)
    publisher = source_text(source["publisher"] or "", "publisher", say)
    return ", ".join(filter(None, [title, publisher, source.get("published"), source.get("url")]))
