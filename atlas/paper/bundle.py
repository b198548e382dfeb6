"""Pack the public content of a view in one zip: table, pictures, shapes, README, citation."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from itertools import chain
from urllib.parse import urlencode

from atlas.citation import bibtex, cite_text, elsewhere, opened_by
from atlas.conditions import FIELDS, read_condition
from atlas.drawing.areas import drawn_overlays, has_reports, measure_title, scale_note
from atlas.overlays import OVERLAY_OF
from atlas.paper.geojson import geojson_bytes
from atlas.paper.picture import map_picture, picture_bytes
from atlas.results.areas import areas_table, field_name, filter_text, is_filtered, meeting
from atlas.results.density import modelled_text
from atlas.results.derivation import derivation_of
from atlas.results.regions import area_name, licence_lines, outlines_credit, results_for
from atlas.results.sentences import flag_lines, mining_years, superseded
from atlas.results.story import AreaStory
from atlas.rows import FIGURES, Area, names_of, unit_of
from atlas.tables import csv_bytes, opened_csv
from atlas.view import BASES, LEVELS, View
from atlas.words import Words, source_text, words
from data.catalogue import load_table
from data.periods import Period
from data.reports import AREA_COLUMNS, load_region_counts
from geo.errors import UserError
from geo.privacy.disclosure import gate

_FIELDS = {"registry_code": "registry", "cautions": "flags", "source": "", "caveat": ""}
"""field of the API behind a column, where it has another name or none"""
_SOURCES = {
    **dict.fromkeys(("reported_count", "unit", "registry_code", "period"), "reports"),
    **dict.fromkeys(("department_ubigeo", "department", "province_ubigeo", "province"), "people"),
    **dict.fromkeys(("population", "person_years"), "people"),
}
"""whose figures a column has; the others are computed from them, or the atlas' own"""
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""the earliest that a zip can name: the same view, the same bytes"""


def left_out(view: View) -> tuple[str, ...]:
    """The overlays of a view that its bundle is without."""
    return tuple(
        code
        for code in view.overlays
        if code in OVERLAY_OF and OVERLAY_OF[code].audience != "anyone"
    )


def contents_notes(view: View, say: Words) -> tuple[str, str]:
    """Name the overlays that a view's bundle leaves out, and those only on its map; "" for none."""
    left = left_out(view)
    drawn = drawn_overlays(view)
    pictured = [code for code in OVERLAY_OF if code in drawn and code not in left]
    lines = []
    for key, codes in (("bundle.dropped", left), ("bundle.pictured", pictured)):
        names = say.list(say(f"panel.{code}.name") for code in codes)
        lines.append(say(key, layers=names) if names else "")
    return lines[0], lines[1]


def file_names(say: Words) -> dict[str, str]:
    """Return the files of a zip by name, with the keys of their contents."""
    table, columns, citation = (
        say(f"bundle.name.{name}") for name in ("table", "columns", "citation")
    )
    return {
        table: "bundle.file.table",
        columns: "bundle.file.columns",
        "map.png": "bundle.file.map_png",
        "map.svg": "bundle.file.map_svg",
        "shapes.geojson": "bundle.file.shapes",
        citation: "bundle.file.citation",
        "README.md": "bundle.file.readme",
    }


def view_link(view: View, address: str) -> str:
    """The link of a view, with its server unless that is this computer or none."""
    return elsewhere(f"{address}/?{urlencode(view.link())}")


def citation_of(view: View, *, address: str, made: date | None = None) -> tuple[str, str]:
    """Return the citation of a view, as text and as BibTeX."""
    say = words(view.lang)
    maps = [map_view for map_view in (view, view.second_map) if map_view is not None]
    titles = []
    for shown in maps:
        parts = [measure_title(shown, say), scale_note(shown, say)]
        if area := shown.province or shown.department:
            parts.insert(0, area_name(area))
        titles.append(". ".join(part.rstrip(".") for part in parts))
    units = dict.fromkeys(shown.period.unit for shown in maps if has_reports(shown))
    publishers = say.list(say(f"brief.publisher.{unit}") for unit in units)
    reference = {"link": view_link(view, address), "made": made}
    cited = "; ".join(titles), publishers or say("method.cite.sources")
    return cite_text(*cited, say, **reference), bibtex(*cited, say, **reference)


def bundle_bytes(view: View, *, address: str = "", made: date | None = None) -> bytes:
    """Return a view as a zip of :func:`file_names`, in its language.

    ``address`` is the atlas that its link leads to, ``made`` the day that pictures and citation
    name.

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
    say = words(view.lang)
    offered = file_names(say)
    table, columns, png, svg, shapes, citation, readme = offered
    contents: dict[str, bytes] = {}
    for map_view, suffix in zip(maps, ("", "-2"), strict=False):
        span, base = _counted_by(map_view)
        contents[table.replace(".", f"{suffix}.")] = _table(span, base, say)
        contents[shapes.replace(".", f"{suffix}.")] = geojson_bytes(span, base, outlet="public")
    contents[columns] = _columns(maps, say)
    if is_filtered(view):
        contents["areas.csv"] = _filtered(view, say)
    link = view_link(view, address)
    picture = {"address": link, "made": made}
    contents[png] = picture_bytes(public, ".png", **picture)
    contents[svg] = picture_bytes(public, ".svg", **picture)
    text, entry = citation_of(view, address=address, made=made)
    contents[citation] = entry.encode("utf-8")
    files = {name: say(key) for name, key in offered.items()} | {
        name: say("bundle.file.second", text=say(offered[name.replace("-2", "")]))
        for name in contents
        if "-2" in name
    }
    if is_filtered(view):
        files["areas.csv"] = filter_text(view, say)
    contents[readme] = _readme(view, maps, public, files, link, text, say).encode("utf-8")
    return zip_bytes({name: contents[name] for name in files})


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Pack files into an archive in their order; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in files:
            entry = zipfile.ZipInfo(path, _FIRST_DAY)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # the same bytes on every system
            archive.writestr(entry, files[path], zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _counted_by(view: View) -> tuple[Period, str]:
    """Period, with its level, and base of the reports that a map shows."""
    return view.period.at(view.level), BASES[0] if view.level != LEVELS[0] else view.base


def _table(span: Period, base: str, say: Words) -> bytes:
    """The areas with headings and values in words, and the sources of the shown months alone."""
    results = gate(results_for.tiered(span, base), "T1", outlet="public")
    titles = (source_text(source["title"] or "", "title", say) for source in _sources_of(span))
    stories = (
        AreaStory(area, span.at(LEVELS[0]), base)
        for area in results.frame[AREA_COLUMNS[span.level]]
    )
    rows = results.assign(
        registry_code=span.registry_code,
        period=span.code,
        cautions=[story.all_cautions(say) for story in stories],
        source=" | ".join(titles),
    )
    return csv_bytes(rows, "T1", columns=_shown(span), say=say)


def _filtered(view: View, say: Words) -> bytes:
    """The areas that meet the conditions of a view, in words."""
    table = gate(areas_table.tiered(view.period, view.level, view.base), "T1", outlet="public")
    matched = table.where(meeting(table.frame, map(read_condition, view.where)))
    heads = {"ubigeo": say("column.area_ubigeo")}
    heads |= {field: field_name(field, say) for field in FIELDS}
    span, base = _counted_by(view)
    rows = matched.assign(registry_code=span.registry_code, base=base)
    return csv_bytes(rows, "T1", period=view.period.code, say=say, heads=heads)


def _shown(span: Period) -> list[str]:
    """The columns of the table before its caveat."""
    return [*names_of(span.level), "period", "registry_code", *FIGURES, "cautions", "source"]


def _columns(maps: list[View], say: Words) -> bytes:
    """Heading, field of the API, meaning, unit and source of each column of the tables."""
    spans = [_counted_by(map_view)[0] for map_view in maps]
    names = [*dict.fromkeys(name for span in spans for name in _shown(span)), "caveat"]
    sources = {
        "reports": say.list(dict.fromkeys(say(f"brief.publisher.{span.unit}") for span in spans)),
        "people": "INEI",
        "": say("shell.logo"),
    }
    heads = [say(f"bundle.columns.{head}") for head in ("name", "field", "meaning", "unit")]
    rows = [
        (
            say(f"column.{name}"),
            _FIELDS.get(name, name),
            say(f"column.{name}.means"),
            _unit(name, say),
            sources[_SOURCES.get(name, "")],
        )
        for name in names
    ]
    return opened_csv([*heads, say("column.source")], rows)


def _unit(name: str, say: Words) -> str:
    unit = unit_of(name, Area) if name in FIGURES else ""
    return say(f"bundle.unit.{unit}") if unit else ""


def _sources_of(span: Period) -> list[dict[str, str | None]]:
    """The sources of the reports and residents of a period."""
    return gate(load_region_counts.tiered(span), "T1", outlet="public").card["sources"]


def _readme(
    view: View,
    maps: list[View],
    public: View,
    files: dict[str, str],
    link: str,
    citation: str,
    say: Words,
) -> str:
    """Title, caveat, link, files, formulas, sources, licences, cautions, how to cite."""
    pictures = [map_picture(public), *(map_picture(map_view) for map_view in maps[1:])]
    titles = [f"{picture.title}, {picture.subtitle}" for picture in pictures]
    *origins, cautions = zip(*(_of_map(map_view, say) for map_view in maps), strict=True)
    sources, licences = ([*dict.fromkeys(chain.from_iterable(part))] for part in origins)
    parts = [
        f"# {pictures[0].title}",
        pictures[0].subtitle,
        *(say("bundle.second", title=title) for title in titles[1:]),
        f"**{say('map.caveat')}**",
        say("bundle.link", link=f"<{link}>") if "://" in link else f"{opened_by(link, say)}.",
        *filter(None, contents_notes(view, say)),
        f"## {say('bundle.files')}",
        "\n".join(f"- `{name}`: {text}" for name, text in files.items()),
        *chain.from_iterable(_computed(map_view, say) for map_view in maps),
        f"## {say('bundle.sources')}",
        "\n".join(f"- {source}" for source in [*sources, *_sources_left_out(view, say)]),
        f"## {say('column.licence')}",
        "\n".join(f"- {licence}" for licence in licences),
        f"## {say('bundle.cautions')}",
        *(
            part
            for title, lines in zip(titles, cautions, strict=True)
            for part in (
                *([f"### {title}"] if len(maps) > 1 else []),
                "\n".join(f"- {line}" for line in lines) or say("bundle.cautions.none"),
            )
        ),
        f"## {say('column.citation')}",
        citation,
    ]
    return "\n\n".join(parts) + "\n"


def _computed(view: View, say: Words) -> list[str]:
    """Write the formulas with their numbers for the marked area or the one with the highest ratio.

    Also name the areas that are in no total.
    """
    span, base = _counted_by(view)
    results = results_for(span, base).set_index(AREA_COLUMNS[span.level])
    marked = {LEVELS[0]: view.department, LEVELS[1]: view.province}.get(view.level)
    area = marked or results["smr"].idxmax()
    name = results.loc[area, span.level.removesuffix("s")]
    lines = [
        f"- {label}{f' ({how})' if how else ''}: {numbers}.{f' {note}' if note else ''}"
        for label, how, numbers, note in derivation_of(area, span, base, say).steps
    ]
    title = say("bundle.computed", name=name, period=say(f"period.{span.code}"))
    return [f"## {title}", "\n".join(lines)]


def _of_map(view: View, say: Words) -> tuple[list[str], list[str], list[str]]:
    """Return sources, licence and cautions of a map."""
    span, base = _counted_by(view)
    loaded = results_for.tiered(span, base)
    results, card = loaded.frame, loaded.card
    of_rows = sorted({flag for row in results["flags"] for flag in row} - {*span.flags})
    drawn = drawn_overlays(view)
    cautions = [
        *([modelled_text(view.period, say)] if "density" in drawn else []),
        *([superseded(say), say("mining.no_cause")] if "mining" in drawn else []),
        *flag_lines(span, span.flags, say),
        *(
            say("bundle.cautions.row", column=say("column.cautions"), line=line)
            for line in flag_lines(span, of_rows, say)
        ),
    ]
    licences = licence_lines(str(card["licence"]), say)
    keys = (OVERLAY_OF[code].source_key for code in drawn)
    sources = [
        *(_source(source, say) for source in _sources_of(span)),
        *(say(key, span=mining_years()) for key in keys if key),
        say("public.about.outlines", outlines=outlines_credit(say)),
    ]
    return sources, licences, [*filter(None, cautions)]


def _sources_left_out(view: View, say: Words) -> list[str]:
    """Name the sources of each layer that a picture of the view has and its bundle has not."""
    return [
        f"{say(f'panel.{code}.name')}: {title}, {url}"
        for code in left_out(view)
        if (table := OVERLAY_OF[code].source_table)
        for title, url in load_table(table)[["source_title", "source_url"]]
        .drop_duplicates()
        .itertuples(index=False)
    ]


def _source(source: dict[str, str | None], say: Words) -> str:
    title = source_text(source["title"] or "", "title", say)
    publisher = source_text(source["publisher"] or "", "publisher", say)
    return ", ".join(filter(None, [title, publisher, source.get("published"), source.get("url")]))
