"""The commands of the map: its page, table and files as they are downloaded there."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast
from urllib.parse import urlencode

import typer

from atlas.commands import (
    LEVEL_HELP,
    PERIOD_HELP,
    REGISTRY_HELP,
    RESULT_COLUMNS,
    Format,
    asked_period,
    choose,
    print_message,
    print_rows,
    write,
    write_answer,
)
from atlas.overlays import OVERLAY_OF
from geo.errors import ParameterError

if TYPE_CHECKING:
    from atlas.view import View


def _option(text: str) -> Any:
    return typer.Option(help=text)


PeriodOption = Annotated[str, _option(PERIOD_HELP)]
RegistryOption = Annotated[str | None, _option(REGISTRY_HELP)]
LevelOption = Annotated[
    str, _option("departments, provinces; districts where the data folder has their outlines.")
]
MeasureOption = Annotated[
    str,
    _option(
        "count, rate, smr or verdict; below the department people, per_km2, mined, illegal, and "
        "the first four where the registry has provinces."
    ),
]
BaseOption = Annotated[
    str,
    _option("What is expected: by people, or by offences (all that the same offices registered)."),
]
LayersOption = Annotated[
    str | None,
    _option(
        f"{', '.join(OVERLAY_OF)}, joined by - or by commas; noreports leaves the reports away; "
        "none or all stand alone or beside noreports."
    ),
]
LangOption = Annotated[str, _option("es or en.")]
AddressOption = Annotated[
    str,
    _option(
        "Address of the atlas that links lead to, e.g. https://atlas.example.pe; ATLAS_BASE_URL "
        "unless given."
    ),
]
MarkedOption = Annotated[str | None, _option("INEI code of a department to mark, 01 to 25.")]
SecondOption = Annotated[
    str, _option("A second map beside it, by what differs: registry:police,period:2022.")
]


WhereOption = Annotated[
    list[str] | None,
    typer.Option(help='A condition "FIELD OP VALUE", repeatable; all must hold.'),
]


def known_address(text: str) -> str:
    """Return the server of links without the last slash; empty where unknown."""
    from atlas.settings import base_url, require_base_url

    return ((require_base_url(text) if text else base_url()) or "").rstrip("/")


def asked_view(
    period: str,
    registry: str | None,
    level: str,
    measure: str,
    base: str,
    lang: str,
    department: str | None = None,
) -> View:
    """Return the view that options ask for; refuse what is not there."""
    from atlas.view import (
        AREA_MEASURES,
        LEVELS,
        MEASURES,
        View,
        available_levels,
        is_counted,
        years_by_province,
    )

    chosen = asked_period(period, registry)
    if level in LEVELS and level not in available_levels():
        raise ParameterError(
            f"no outlines of {level} in the data folder: docs/data.md says how to bring them"
        )
    fields = {"lang": lang, "period": chosen, "level": level, "department": department}
    if level not in LEVELS[1:]:
        return View.of(**fields, **({"measure": measure} if measure else {}), base=base)
    has_reports, usual = is_counted(level, chosen), View().measure
    if measure in MEASURES and not has_reports:
        first, last = years_by_province()
        raise ParameterError(
            f"no {measure} by {level} in {chosen.code} of the {chosen.registry_code} registry: "
            f"reports by province are those of the police, {first} to {last}; choose "
            f"{', '.join(AREA_MEASURES)}"
        )
    return View.of(**fields, area_measure=measure or (usual if has_reports else AREA_MEASURES[0]))


def asked_layers(text: str) -> tuple[str, ...]:
    """Return the overlays named in a text, joined by - or by commas.

    >>> asked_layers("density-mining-routes")
    ('mining', 'routes', 'density')
    >>> asked_layers("all,noreports")[:2]
    ('noreports', 'mining')
    """
    from atlas.view import LAYERS, NO_REPORTS, OVERLAYS

    names = re.split("[-,]", text)
    whole = {"none", "all"} & {*names}
    offered = (*LAYERS, "none", "all")
    is_mixed = "-" in text and "," in text
    is_beside = bool(whole) and len({*names} - {NO_REPORTS}) > 1
    if is_mixed or is_beside or len({*names}) < len(names) or not {*names} <= {*offered}:
        raise ParameterError(
            f"layers is {text!r}: use {', '.join(offered)}, joined by - or by commas, none twice; "
            "none and all stand alone or beside noreports"
        )
    chosen = {*names, *(OVERLAYS if "all" in names else ())}
    return tuple(layer for layer in LAYERS if layer in chosen)


def with_layers(view: View, layers: str | None, second: str = "") -> View:
    """Add layers and a second map to a view; say on stderr which layers its level leaves out."""
    from atlas.view import left_out_overlays

    if layers is not None:
        view = view.changed(overlays=asked_layers(layers))
        left_out = [layer for layer in left_out_overlays(view) if layer in view.overlays]
        if left_out:
            print(f"left out below the department: {', '.join(left_out)}", file=sys.stderr)
    if not second:
        return view
    other, problems = view.read_second(second)
    if problems:
        raise ParameterError(
            f"--second does not understand: {', '.join(problems)}; give parts such as "
            "registry:police,period:2022 of registry, period, measure, base, level and area"
        )
    return view.changed(second=other)


def with_conditions(view: View, where: list[str] | None) -> View:
    """Add the conditions of areas to a view; refuse what is no condition."""
    from atlas.conditions import read_condition
    from atlas.view import LEVELS, MOST_CONDITIONS

    if where and (view.level not in LEVELS[:2] or len(where) > MOST_CONDITIONS):
        raise ParameterError(
            f"--where of {len(where)} conditions by {view.level}: at most {MOST_CONDITIONS}, by "
            f"{' or '.join(LEVELS[:2])}"
        )
    return view.changed(where=tuple(str(read_condition(text)) for text in where or ()))


def write_map(
    out: Annotated[Path, typer.Option(help="The HTML file to write.")],
    period: PeriodOption = "",
    measure: MeasureOption = "",
    base: BaseOption = "people",
    lang: LangOption = "es",
    level: LevelOption = "departments",
    registry: RegistryOption = None,
    layers: LayersOption = None,
    where: WhereOption = None,
) -> None:
    """Write the map as one HTML file that opens with no network."""
    from atlas.map.http import standalone_document

    view = asked_view(period, registry, level, measure, base, lang)
    view = with_conditions(with_layers(view, layers), where)
    write_answer(out, standalone_document(view).encode("utf-8"))


def regions(
    period: PeriodOption = "",
    base: BaseOption = "people",
    registry: RegistryOption = None,
    level: Annotated[str, typer.Option(help=LEVEL_HELP)] = "departments",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the areas: reports, rate, expected, ratio, interval, test and verdict of each."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.results.regions import results_for
    from atlas.tables import plain_rows

    chosen = asked_period(period, registry, level)
    columns = (level.removesuffix("s"), *RESULT_COLUMNS)
    print_rows(plain_rows(results_for(chosen, base).drop(columns="compared")), style, columns)
    if level == "provinces":
        from data.reports import counts_without_province

        unplaced = int(counts_without_province(chosen).sum())
        print(f"{unplaced} more have no province in the registry", file=sys.stderr)


def areas(
    level: Annotated[str, typer.Option(help=LEVEL_HELP)] = "departments",
    where: WhereOption = None,
    period: PeriodOption = "",
    registry: RegistryOption = None,
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the areas that meet every condition; what is not known meets none."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.conditions import FIELDS, read_condition
    from atlas.results.areas import areas_table, matching, strictest
    from atlas.tables import plain_rows
    from data.periods import province_periods

    if level == "provinces" and registry is None:
        registry = province_periods()[-1].registry_code
    conditions = [*map(read_condition, where or ())]
    table = areas_table(asked_period(period, registry, level), level)
    rows = matching(table, conditions)
    if conditions and rows.empty:
        condition, count = strictest(table, conditions)
        print(f"no match; the strictest condition: {condition}, met by {count}", file=sys.stderr)
    names = ("ubigeo", "department", *(("province",) if level == "provinces" else ()))
    # eight columns at most, what is asked about before the others
    fields = (*(condition.field for condition in conditions), *FIELDS)
    print_rows(plain_rows(rows), style, tuple(dict.fromkeys((*names, *fields)))[:8])
    print_message("areas.straight")


def series(
    registry: Annotated[str, typer.Option(help="Who counts: mpfn, observatory or police.")],
    department: Annotated[
        str, typer.Option(help="INEI code of two digits; the country unless given.")
    ] = "",
    step: Annotated[str, typer.Option(help="year, half, quarter or month.")] = "year",
    format: Annotated[str, typer.Option(help="json, csv or table.")] = "table",
) -> None:
    """Print the reports of a registry step by step; null where they are not known."""
    style = Format(choose(format, "format", tuple(Format)))
    from atlas.tables import plain_rows
    from data.reports import load_series

    print_rows(plain_rows(load_series(registry, step, department or None)), style)


def department(
    code: Annotated[str, typer.Option("--department", help="INEI code of two digits.")],
    out: Annotated[Path, typer.Option(help="The CSV to write.")],
    lang: Annotated[str, typer.Option(help="es or en: headings and words.")] = "es",
    address: AddressOption = "",
) -> None:
    """Write all years of all registries of one department, by each base, as CSV."""
    from atlas.results.department_file import area_csv
    from atlas.words import LANGUAGES

    content = area_csv(
        code, lang=choose(lang, "language", LANGUAGES), address=known_address(address)
    )
    write_answer(out, content)


def picture(
    out: Annotated[Path, typer.Option(help="The file to write: .png or .svg.")],
    period: PeriodOption = "",
    measure: MeasureOption = "",
    base: BaseOption = "people",
    lang: LangOption = "es",
    registry: RegistryOption = None,
    level: LevelOption = "departments",
    shape: Annotated[
        str, typer.Option(help="page, wide (16:9, 1920 x 1080) or tall (4:5, 1080 x 1350).")
    ] = "page",
    layers: LayersOption = None,
    department: MarkedOption = None,
    width_px: Annotated[
        int | None, typer.Option(help="Width in pixels, 320 to 6000, if not the shape's own.")
    ] = None,
    isopleths: Annotated[
        bool, typer.Option(help="Draw the areas that hold 25 to 90 % of the modelled reports.")
    ] = False,
    second: SecondOption = "",
    where: WhereOption = None,
    address: AddressOption = "",
) -> None:
    """Write the map with title, legend and source as PNG or SVG, chosen by the suffix."""
    from atlas.paper.picture import picture_bytes
    from layers.picture.sheet import SIZES, Form

    view = asked_view(period, registry, level, measure, base, lang, department)
    view = with_conditions(with_layers(view, layers, second), where)
    form = cast(Form, choose(shape, "shape", tuple(SIZES)))
    origin = known_address(address)
    link = f"{origin}/?{urlencode(view.link())}" if origin else ""
    made = date.today()
    drawn = picture_bytes(
        view,
        out.suffix,
        form=form,
        width_px=width_px,
        address=link,
        made=made,
        with_isopleths=isopleths,
    )
    write_answer(out, drawn)


def geojson(
    out: Annotated[Path, typer.Option(help="The GeoJSON to write.")],
    period: PeriodOption = "",
    base: BaseOption = "people",
) -> None:
    """Write the 25 departments with their results, outlines and sources as GeoJSON."""
    from atlas.paper.geojson import geojson_bytes

    write_answer(out, geojson_bytes(asked_period(period), base))


def bundle(
    out: Annotated[Path, typer.Option(help="The zip to write.")],
    period: PeriodOption = "",
    measure: MeasureOption = "",
    base: BaseOption = "people",
    lang: Annotated[str, typer.Option(help="es or en: names and words of the files.")] = "es",
    registry: RegistryOption = None,
    level: LevelOption = "departments",
    layers: LayersOption = None,
    department: MarkedOption = None,
    second: SecondOption = "",
    where: WhereOption = None,
    address: AddressOption = "",
) -> None:
    """Write all of a view that anybody may have: table, pictures, shapes and a README, as a zip."""
    from atlas.paper.bundle import bundle_bytes, left_out

    view = asked_view(period, registry, level, measure, base, lang, department)
    view = with_conditions(with_layers(view, layers, second), where)
    write(out, bundle_bytes(view, address=known_address(address), made=date.today()))
    if left_out(view):
        names = ", ".join(left_out(view))
        print(f"the ZIP does not contain: {names}", file=sys.stderr)
    print_message("command.wrote", file=out)


def brief(
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    department: Annotated[
        str | None, typer.Option(help="INEI code of two digits, for example 17.")
    ] = None,
    province: Annotated[
        str | None, typer.Option(help="INEI code of four digits, for example 1701.")
    ] = None,
    period: PeriodOption = "",
    lang: LangOption = "es",
    registry: RegistryOption = None,
    pages: Annotated[int, typer.Option(help="1, or 2 with years, lists and sources.")] = 1,
    address: AddressOption = "",
    layers: LayersOption = None,
    beside: Annotated[
        str, typer.Option(help="A line of others: neighbour, alike or one to three codes, 08-21.")
    ] = "",
    base: BaseOption = "people",
) -> None:
    """Write a brief on a department or province as PDF (A4), with its link and a QR code of it."""
    from atlas.paper.brief_document import brief_bytes
    from atlas.results.province import asked_province_period
    from atlas.results.regions import area_name, department_name
    from atlas.view import BASES, BESIDE
    from atlas.words import LANGUAGES

    if out.suffix.lower() != ".pdf":
        raise ParameterError(
            f"a brief as {out.name!r} is not offered: give a name that ends in .pdf"
        )
    if (department is None) == (province is None):
        raise ParameterError("give one of the two: --department or --province")
    lang, address = choose(lang, "language", LANGUAGES), known_address(address)
    look = {"overlays": () if layers is None else asked_layers(layers)}
    look |= {"base": choose(base, "base", BASES)}
    if beside and (province is not None or not re.fullmatch(BESIDE, beside)):
        raise ParameterError(
            f"--beside {beside!r}: neighbour, alike or one to three codes joined by -, only in the "
            "brief of a department"
        )
    if province is not None:
        span = asked_province_period(period, registry)
        area_name(province)  # refuses one that there is not
    else:
        span = asked_period(period, registry)
        department_name(str(department))  # refuses one that there is not
    content = brief_bytes(
        province or str(department),
        span,
        lang=lang,
        pages=pages,
        address=address,
        look=look,
        beside=beside,
    )
    write_answer(out, content)


def register(app: typer.Typer) -> None:
    """Add the commands on the map and its table."""
    app.command(name="map")(write_map)
    for command in (regions, areas, series, department):
        app.command()(command)


def register_files(app: typer.Typer) -> None:
    """Add the commands that write pictures, shapes, a zip of all and a brief."""
    for command in (picture, geojson, bundle, brief):
        app.command()(command)
