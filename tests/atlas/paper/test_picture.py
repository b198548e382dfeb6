"""The static map of a state, from the shipped figures: what is drawn, named and said."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from PIL import Image

from atlas.drawing.overlays import bundles, name_ranks, value_text
from atlas.map.addresses import shown_layers
from atlas.overlays import OVERLAY_OF
from atlas.paper.embed import page_measure, page_refusal, pinned_query
from atlas.paper.picture import (
    MARKS,
    map_picture,
    pair_pictures,
    picture_bytes,
    source_line,
)
from atlas.public.http import PageQuery
from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines
from atlas.results.story import CountryStory
from atlas.results.two_maps import answer_lines
from atlas.view import MEASURES, OVERLAYS, View
from atlas.words import words
from data.periods import PERIODS, default_period, parse_period
from geo.regions import FEW_REPORTS
from layers.palette import HATCH_LINE, SERVICE, SMR, name_inks, pale
from layers.picture.items import map_items
from layers.picture.record import Mark
from layers.picture.scene import Image as SceneImage
from layers.picture.scene import Path, fit
from layers.picture.sheet import map_sheet
from layers.picture.typography import LINE
from tests.refusing import refused


def _texts(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(
    ("form", "size"),
    [
        ("page", (2040, None)),
        ("tall", (1080, 1350)),
        pytest.param("wide", (1920, 1080), marks=pytest.mark.slow),
    ],
)
def test_each_shape_has_its_size_and_all_that_is_said(form: str, size) -> None:
    """Title, source, day and link stand inside; nobody is marked unless it is asked for."""
    state = View(period=parse_period("2021"), measure="verdict", overlays=("mining",))
    link, day = "https://atlas.example/?period=2021", date(2026, 11, 26)
    content = picture_bytes(state, ".PNG", form=form, address=link, made=day)
    image = Image.open(io.BytesIO(content))
    assert image.size == (size[0], size[1] or image.height)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert form != "page" or image.width / image.info["dpi"][0] * 2.54 >= 17
    assert link in image.text["Description"]
    assert "26 de noviembre de 2026" in image.text["Description"]
    scene = map_sheet(map_picture(state, with_marks=True), form)
    assert all(0 < text.x < scene.width and 0 < text.y < scene.height for text in scene.texts)
    assert not any(region.is_marked for region in map_picture(state).regions)
    marked = map_picture(state.changed(department="16")).regions
    assert [region.name for region in marked if region.is_marked] == ["Loreto"]


@pytest.mark.parametrize(
    ("lang", "registry", "shown"),
    [
        ("es", "mpfn", "everything"),
        ("en", "police", "everything"),
        ("en", "mpfn", "together"),
        ("es", "police", "together"),
    ],
)
def test_a_slide_with_everything_on_prints_no_words_over_others(lang, registry, shown) -> None:
    """The legend ends above the caution, its words 10 pixels high or more."""
    overlays = tuple(
        code for code, text in OVERLAY_OF.items() if text.is_together or shown == "everything"
    )
    view = View(lang=lang, period=default_period(registry), overlays=overlays)
    picture = map_picture(view, with_marks=True)
    left = [text for text in map_sheet(picture, "wide").texts if text.x < 380]
    caution = next(at for at, text in enumerate(left) if picture.source[0].startswith(text.text))
    above = left[:caution]
    assert any(text.text in note for text in above for note in picture.legend.notes)
    assert max(text.y for text in above) < left[caution].y - left[caution].size
    assert min(text.size for text in above) >= 5


def test_no_colour_is_called_strong_while_the_density_pales_them() -> None:
    say, view = words("en"), View(lang="en", period=parse_period("2023"))
    assert ("above", say("legend.strong")) in map_picture(view).legend.keys
    pale = map_picture(view.changed(overlays=("density",))).legend.keys
    assert ("above", say("verdict.above")) in pale
    assert ("above", say("legend.strong")) not in pale


def test_a_town_on_hatched_ground_has_the_ink_of_its_figure() -> None:
    """Mazuko stands on the lines of Puno: its name is as dark as a department's figure."""
    view = View(period=default_period(), department="17")
    picture = map_picture(view, towns_of="17")
    region = next(
        candidate
        for candidate in picture.regions
        if candidate.is_few and candidate.outline != "above"
    )
    x, y = shapely.point_on_surface(region.geometry).coords[0]
    picture = replace(picture, marks=(Mark("Mazuko", x, y, "capital"),), density=None)
    scene = map_sheet(picture, "page")
    (name,) = [text for text in scene.texts if text.text == "Mazuko"]
    assert name.color == name_inks(HATCH_LINE)[1]


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"department": "17"}, "Madre de Dios: {ratio:.1f} veces lo esperado, 2023"),
        (
            {"department": "17", "measure": "count"},
            "Madre de Dios: {count} delitos denunciados, 2023",
        ),
        ({"department": "08"}, "Cusco: {ratio:.1f} veces lo esperado, sin diferencia clara, 2023"),
        ({"base": "offences"}, "{above} departamentos con más de lo esperado, 2023"),
        ({"overlays": ("noreports",)}, words("es")("picture.title.smr")),
    ],
)
def test_a_picture_is_titled_with_its_finding(fields, title) -> None:
    """The figure of the marked area with its unit, or how many are above; then the question."""
    view = View(period=parse_period("2023"), **fields)
    table = results_for(view.period, view.base).set_index("department_ubigeo")
    row = table.loc[view.department or "17"]
    figures = {"ratio": row["reported_count"] / row["expected"], "count": row["reported_count"]}
    figures["above"] = (table["q_value"].lt(0.05) & table["smr"].gt(1)).sum()
    picture = map_picture(view)
    assert picture.title == title.format(**figures)
    assert words("es")(f"picture.title.{view.measure}") in f"{picture.title} {picture.subtitle}"
    margin = f"{row['smr_low']:.1f} a {row['smr_high']:.1f}"
    assert (margin in picture.subtitle) == ("{ratio" in title)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"measure": "rate"}, ""),
        ({"base": "offences", "period": parse_period("2023")}, ""),
        ({"period": parse_period("2024", "police")}, ""),
        ({"measure": "count"}, "measure"),
        ({"period": parse_period("2024-03", "police")}, "period"),
        ({"level": "provinces", "area_measure": "people"}, "level"),
        ({"second": View(period=parse_period("2021"))}, "two"),
        ({"overlays": ("noreports",)}, "no_reports"),
    ],
)
def test_the_code_for_other_pages_shows_the_same_or_there_is_none(fields, reason) -> None:
    view = View(**fields)
    assert page_refusal(view) == reason
    if not reason:
        query = dict(
            parse_qsl(pinned_query(view.period, page_measure(view), view.base).removeprefix("?"))
        )
        shown = PageQuery.read(query.items())
        assert (shown.period, shown.base) == (view.period, view.base)
        assert shown.measure == {"rate": "rate"}.get(view.measure, "verdict")


def test_a_comparison_is_marked_on_the_picture() -> None:
    """The department and those beside it, while the comparison is open, named in the legend."""
    view = View(period=parse_period("2023"), department="17", open=("compare",))
    pictures = [map_picture(drawn) for drawn in (view, view.changed(open=()))]
    marked = [{area.code for area in drawn.regions if area.is_marked} for drawn in pictures]
    assert marked == [{"17", "08", "21", "25"}, {"17"}]
    assert ("marked", "Madre de Dios, Cusco, Puno y Ucayali") in pictures[0].legend.keys
    assert ("marked", "Madre de Dios") in pictures[1].legend.keys


def test_two_maps_are_one_picture() -> None:
    """Both titles, units, sources and one legend are text; only shared outlines are drawn."""
    view = View.from_link({"period": "2021", "second": "registry:police,period:2022"})
    texts = _texts(picture_bytes(view, ".svg"))
    printed = " ".join(texts)
    for part in (
        answer_lines(view, words("es"))[0],
        "Fiscalía, 2021: delitos denunciados",
        "Policía, 2022: denuncias policiales",
        "Fuente: Ministerio Público, datos abiertos",
        "Fuente: Mininter / PNP",
    ):
        assert part in printed
    assert [texts.count(text) for text in ("Veces lo esperado", "MADRE DE DIOS")] == [1, 2]
    assert words("es")("verdict.above") not in texts
    assert len([text for text in texts if text.startswith("Lima no se compara")]) == 1
    first, second = pair_pictures(view)
    assert {area.outline for area in (*first.regions, *second.regions)} == {"none"}
    view = View.from_link({"period": "2021", "second": "period:2020"})
    for picture in pair_pictures(view):
        assert [area.code for area in picture.regions if area.outline != "none"] == ["04"]
    with refused("two maps are drawn as a page. Leave the shape 'wide'"):
        picture_bytes(view, ".png", form="wide")


def test_a_picture_of_provinces_names_those_beyond_the_expected() -> None:
    """196 provinces but the one without an outline; the police is cited and the borders' maker."""
    state = View(period=parse_period("2022", "police"), level="provinces", area_measure="smr")
    picture = map_picture(state, with_marks=True)
    results = results_for(parse_period("2022", "police", "provinces"))
    above = set(results.loc[results["verdict"] == "above", "province"])
    assert {region.name for region in picture.regions} - {""} == above
    assert len(picture.regions) > 190
    assert "Mininter" in picture.source[1]
    assert "INEI" in picture.source[1]


def test_lima_2022_is_hatched_not_coloured() -> None:
    picture = map_picture(View(period=parse_period("2022")))
    fills = {region.code: region.fill for region in picture.regions}
    assert fills["15"] is None
    assert all(fill for code, fill in fills.items() if code != "15")
    assert "missing" in [kind for kind, _ in picture.legend.keys]


def test_a_lone_place_keeps_its_own_name() -> None:
    """Zarumilla keeps its name beside Tumbes; Lima's five places are one unnamed ring."""
    marks = map_picture(View(overlays=("places",))).marks
    names = [mark.name for mark in marks if mark.kind == "place"]
    assert "Zarumilla" in names
    assert "Tumbes" not in names
    assert "Lima" not in names
    assert [mark.count for mark in marks if mark.count > 1] == [5]


@pytest.mark.parametrize(
    ("period", "lang"), [("2007-01/2014-04", "es"), ("2022", "en"), ("2025-01/2025-11", "es")]
)
def test_a_picture_that_travels_alone_keeps_its_cautions(period: str, lang: str) -> None:
    say, results = words(lang), results_for(parse_period(period))
    shown = map_picture(
        View(lang=lang, period=parse_period(period), measure="verdict"), with_marks=True
    )
    names = {region.code: region.name for region in shown.regions}
    keys = {kind: text for kind, text in shown.legend.keys if kind in MARKS}
    for row in results.itertuples():
        marks = "".join(mark for mark, flag in MARKS.items() if flag in row.flags)
        assert names[row.department_ubigeo] == f"{row.department}{marks}"
    occur = [mark for mark in MARKS if mark in "".join(names.values())]
    assert keys == {mark: say(f"flag.{MARKS[mark]}") for mark in occur}
    notes, flags = (
        shown.legend.notes,
        [flag for area_flag in results["flags"] for flag in area_flag],
    )
    mismatched = flags.count("denominator_mismatch")
    assert (say("public.mismatch", count=mismatched) in notes) == bool(mismatched)
    for flag in {"not_ranked"} & set(flags):
        assert set(flag_lines(parse_period(period), [flag], say)) <= set(notes)
    bare = map_picture(View(period=parse_period(period))).regions
    assert {region.name for region in bare} == set(results["department"])


def test_the_file_names_the_figures_their_marks_and_their_source() -> None:
    """The file has ratio, period, source, caveat and marks as text, and no local address."""
    view = View()
    svg = picture_bytes(view, ".svg", address="http://127.0.0.1:8501/?lang=es")
    assert b"127.0.0.1" not in svg
    printed = " ".join(_texts(svg))
    ratio = results_for(view.period).set_index("department_ubigeo").loc["17", "smr"]
    for part in ("MADRE DE DIOS", f"{ratio:.1f}", "2025", "Ministerio Público", "no es"):
        assert part in printed
    assert "/?lang" not in printed  # half an address leads nowhere
    assert words("es")(f"flag.{MARKS['†']}") in printed
    assert words("es")("legend.few", count=FEW_REPORTS) in printed
    assert words("es")("public.mismatch", count=16) in printed


def test_a_ratio_by_offences_cites_the_offences():
    lines = [
        source_line(View(measure=measure, base="offences"), words("es"))
        for measure in ("smr", "count")
    ]
    assert ["Comparado con" in line for line in lines] == [True, False]


@pytest.mark.parametrize("layers", [OVERLAYS, ("noreports", "routes")])
def test_a_picture_draws_the_layers_of_the_page(layers: tuple[str, ...]) -> None:
    """What is read from its shapes is what the page asks for, and its legend says no more."""
    view = View(period=parse_period("2023"), overlays=layers)
    picture = map_picture(view, with_marks=True)
    scene = map_sheet(picture)
    fills = [shape.fill for shape in scene.shapes if not isinstance(shape, SceneImage)]
    drawn = {
        "density": any(isinstance(shape, SceneImage) for shape in scene.shapes),
        "mining": bool(picture.cells),
        "routes": bool(picture.routes),
        "places": any(mark.kind == "place" for mark in picture.marks),
        "services": SERVICE in fills,
        "regions": SMR.colors[-2] in fills or pale(SMR.colors[-2]) in fills,
    }
    looks = {shape.look for shape in picture.shapes}
    for code, overlay in OVERLAY_OF.items():
        if code not in drawn:  # its shapes have the looks of its signs
            drawn[code] = {*overlay.looks} & looks != set()
    on_page = {*shown_layers(view)} & {*drawn}
    assert {layer for layer, is_drawn in drawn.items() if is_drawn} == on_page
    signs = {key for key, _ in picture.legend.keys}
    for layer, overlay in OVERLAY_OF.items():
        assert ({sign for sign, _ in overlay.signs} & signs != set()) == (layer in layers)
    is_internal = bool({"zones", "places", "services"} & {*layers})
    assert (words("es")("picture.internal") in picture.source) == is_internal


@pytest.mark.parametrize("form", [pytest.param("page", marks=pytest.mark.slow), "tall"])
def test_the_legend_lies_beside_the_country(form: str) -> None:
    """With every layer and a department marked: under the title, and on no department."""
    picture = map_picture(View(department="17", overlays=OVERLAYS), with_marks=True)
    scene = map_sheet(picture, form)  # type: ignore[arg-type]
    shapes = [shape for shape in scene.shapes if isinstance(shape, Path) and shape.is_closed]
    (panel,) = (item for item in shapes if item.fill == "#ffffff" and item.stroke == LINE)
    box = shapely.box(*panel.rings[0].min(axis=0), *panel.rings[0].max(axis=0))
    fills = {pale(color) for color in SMR.colors}
    painted = [item.rings[0] for item in shapes if item.fill in fills]
    # the swatches of the legend have the colours that the land has
    swatches = [ring for ring in painted if np.ptp(ring[:, 1]) == pytest.approx(10)]
    assert len(swatches) == len(SMR.colors)
    land = [shapely.Polygon(ring) for ring in painted if not any(ring is item for item in swatches)]
    assert len(land) >= 25
    assert not any(item.intersects(box) for item in land)
    lines = [text for text in scene.texts if text.size >= 11 and text.x < box.bounds[2]]
    heading = f"{picture.title} {picture.subtitle}"
    assert " ".join(text.text for text in lines if text.y < box.bounds[1]) == heading


def test_the_glow_lies_where_its_density_is() -> None:
    picture = map_picture(View(period=parse_period("2023"), overlays=("density",)))
    view = fit((-81.4, -18.4, -68.6, 0.1), left=0, top=0, width=800, height=900, padding=10)
    (image,) = (item for item in map_items(picture, view) if isinstance(item, SceneImage))
    west, south, east, north = picture.density[1]
    assert (image.x, image.y) == pytest.approx(view.at(west, north))
    assert (image.x + image.width, image.y + image.height) == pytest.approx(view.at(east, south))
    assert image.window == (0, 0, 800, 900)


def test_a_picture_draws_every_route_beside_the_density() -> None:
    """Lines of one route alone are hairlines there, but those of the chosen department."""
    say = words("es")
    alone, beside, of_dios = (
        map_picture(View(period=parse_period("2023"), overlays=layers, department=code))
        for layers, code in (
            (("routes",), None), (("density", "routes"), None), (("density", "routes"), "17")
        )
    )  # fmt: skip
    assert len(alone.routes) == len(beside.routes) == len(of_dios.routes) == len(bundles())
    widths = [
        max(line.width for line in picture.routes if line.is_pale)
        for picture in (alone, beside, of_dios)
    ]
    assert widths[0] > widths[1] == widths[2]
    labels = {mark.name for mark in beside.marks if mark.kind == "isopleth"}
    assert labels == {say.percent(0.5), say.percent(0.9)}


@pytest.mark.parametrize(
    ("form", "period", "measure"),
    [
        ("page", "2022", "count"),
        ("tall", "2023", "smr"),
        *(
            pytest.param(form, period.code, name, marks=pytest.mark.slow)
            for form in ("page", "wide")
            for period in PERIODS
            for name in MEASURES
        ),
    ],
)
def test_all_25_departments_are_named_with_their_figure(form: str, period, measure) -> None:
    """On every sheet with every mark of the default state, Tumbes and Callao not left out."""
    state = View(period=parse_period(period), measure=measure)
    printed = [text.text for text in map_sheet(map_picture(state), form).texts]
    pairs = {*itertools.pairwise([*printed, ""])}
    for figures in CountryStory(state.period).areas:
        name, value = figures.name.upper(), value_text(figures, measure, words("es"))
        assert (name, value) in pairs if value else name in printed


@pytest.mark.parametrize("column", ["reported_count", "rate_per_100k", "smr", "verdict"])
def test_ranks_go_by_verdict_and_then_by_the_measure(column: str) -> None:
    results = results_for(parse_period("2023")).set_index("department_ubigeo")
    ranks = name_ranks(results.reset_index(), column)
    order = sorted(ranks, key=ranks.__getitem__)
    verdicts = [results.loc[code, "verdict"] for code in order]
    beyond = verdicts.count("above")
    assert verdicts[:beyond] == ["above"] * beyond
    values = results.loc[order[:beyond], "smr" if column == "verdict" else column]
    assert list(values) == sorted(values, reverse=True)
    assert sorted(ranks.values()) == list(range(25))
