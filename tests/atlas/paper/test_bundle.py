"""Everything of a view in one zip: what is in it, and what never is."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date
from unittest.mock import create_autospec
from urllib.parse import urlencode

import pytest
import shapely
from typer.testing import CliRunner

import cli
from atlas.overlays import OVERLAY_OF
from atlas.paper import bundle
from atlas.paper.bundle import bundle_bytes, citation_of, contents_notes, file_names
from atlas.paper.geojson import geojson_bytes
from atlas.paper.picture import map_picture
from atlas.public.document import page_bytes
from atlas.results.regions import licence_lines, results_for
from atlas.rows import Region
from atlas.version import RELEASE, edition
from atlas.view import View
from atlas.words import words
from data.catalogue import catalogue, load_table
from data.periods import parse_period
from geo.privacy.public_lists import RESULT_PROPERTIES as PROPERTIES
from tests.refusing import refused


def _contents(zipped: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(zipped)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _rows(contents: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(contents[name].decode("utf-8-sig"))))


def _picture(view: View, suffix: str, **_: object) -> bytes:
    """What stands for a picture, which test_picture draws: what it was asked for."""
    return f"{view!r} {suffix}".encode()


@pytest.fixture(autouse=True)
def _without_drawing(monkeypatch):
    drawn = create_autospec(bundle.picture_bytes, side_effect=_picture)
    monkeypatch.setattr(bundle, "picture_bytes", drawn)


def test_the_zip_of_a_view_stands_alone(tmp_path):
    """Table, columns and citation in the reader's language; the address, or how to open it."""
    out = tmp_path / "view.zip"
    options = ["--period", "2023", "--measure", "smr", "--out", str(out)]
    result = CliRunner().invoke(cli.app, ["bundle", *options])
    assert (result.exit_code, result.stdout) == (0, "")
    contents = _contents(out.read_bytes())
    say = words("es")
    assert list(contents) == list(file_names(say))
    view = View(period=parse_period("2023"))
    pictures = {f"map{suffix}": _picture(view, suffix) for suffix in (".png", ".svg")}
    assert contents.items() >= pictures.items()
    assert bundle_bytes(view, made=date.today()) == out.read_bytes()
    results = results_for(view.period)
    shapes = json.loads(contents["shapes.geojson"])["features"]
    for row, shape, figures in zip(
        _rows(contents, "tabla.csv"), shapes, results.to_dict("records"), strict=True
    ):
        code = row[say("column.department_ubigeo")]
        assert code == shape["id"] == figures["department_ubigeo"]
        ratio = float(row[say("column.smr")])
        assert ratio == pytest.approx(figures["smr"], rel=1e-4)
        assert figures["smr"] == pytest.approx(shape["properties"]["smr"])
        assert row[say("column.verdict")] == say(f"verdict.{figures['verdict']}")
    columns = _rows(contents, "columnas.csv")
    assert [column["Columna"] for column in columns] == list(row)
    fields = {column["Campo de la API"] for column in columns} - {""}
    assert fields <= {*Region.model_fields, "period"}
    readme = contents["README.md"].decode("utf-8")
    for phrase in (
        "no toda la trata",
        "añada a su dirección /?lang=es&period=2023",
        "no la indica quien publica",
    ):
        assert phrase in readme
    assert all(name in readme for name in file_names(say))
    # what is shown is of 2023 alone, and so are the sources
    assert re.findall(r"delitos/(\d{4})\.csv", readme) == ["2023"]
    assert "2021" not in contents["tabla.csv"].decode().replace("2018-2022", "")


def test_a_ratio_can_be_computed_from_the_readme():
    """Counts and residents of the shapes without those that are in no total, which are named."""
    view = View(period=parse_period("2025-01/2025-11"), department="17")
    contents = _contents(bundle_bytes(view))
    readme = contents["README.md"].decode("utf-8")
    rows = [shape["properties"] for shape in json.loads(contents["shapes.geojson"])["features"]]
    inside = [row for row in rows if row["smr"] is not None]
    madre_de_dios = next(row for row in rows if row["department_ubigeo"] == "17")
    total = sum(row["reported_count"] for row in inside)
    people = sum(row["person_years"] for row in inside)
    expected = total * madre_de_dios["person_years"] / people
    assert (
        f"{madre_de_dios['reported_count']:.0f} ÷ {expected:,.4f} = {madre_de_dios['smr']:.1f}"
        in readme
    )
    formula = re.search(rf"{total:.0f} × (\S+) ÷ (\S+) = {expected:,.4f}\.", readme)
    here_said, whole_said = (float(text.replace(",", "")) for text in formula.groups())
    assert here_said == pytest.approx(madre_de_dios["person_years"], rel=1e-5)
    assert whole_said == pytest.approx(people, rel=1e-5)
    assert total * here_said / whole_said == pytest.approx(expected, abs=1e-4)
    left_out = {row["department"] for row in rows} - {row["department"] for row in inside}
    assert left_out == {"Piura", "Pasco"}
    assert re.search(r"Se compara sin (Pasco y Piura|Piura y Pasco)", readme)


def test_a_citation_has_edition_address_and_day():
    """The same in text and BibTeX; this computer's address is nobody else's."""
    day = date(2026, 12, 1)
    view = View(lang="en", period=parse_period("2024", "police"), department="17")
    text, entry = citation_of(view, address="https://atlas.example.pe", made=day)
    link = f"https://atlas.example.pe/?{urlencode(view.link())}"
    version = f"{RELEASE}, figures {edition()}"
    for phrase in (link, version, "Madre de Dios", "complaints to the police, 2024"):
        assert phrase in text
        assert phrase in entry
    assert "December 1, 2026" in text
    assert "urldate = {2026-12-01}" in entry
    assert edition().partition("+")[2] == catalogue().sha256[:8]
    local = citation_of(view, address="http://127.0.0.1:8501", made=day)
    assert not any("127.0.0.1" in part or "url =" in part for part in local)
    opened = words("en")("cite.open", link=f"/?{urlencode(view.link())}")
    assert opened in local[0]
    assert opened.replace("&", r"\&").replace("_", r"\_").replace("%", r"\%") in local[1]


def test_layers_with_places_are_left_out_and_named(tmp_path):
    out = tmp_path / "all.zip"
    options = ["--layers", "all", "--lang", "en", "--period", "2023", "--out", str(out)]
    result = CliRunner().invoke(cli.app, ["bundle", *options])
    dropped = [code for code, overlay in OVERLAY_OF.items() if overlay.audience != "anyone"]
    assert f"the ZIP does not contain: {', '.join(dropped)}\n" in result.stderr
    contents = _contents(out.read_bytes())
    readme = contents["README.md"].decode("utf-8")
    say = words("en")
    layers = say.list(say(f"panel.{code}.name") for code in dropped)
    assert say("bundle.dropped", layers=layers) in readme
    layers = say.list(say(f"panel.{code}.name") for code in ("density", "mining"))
    assert say("bundle.pictured", layers=layers) in readme
    assert "Amazon Mining Watch" in readme
    assert say("density.modelled") in readme
    # a layer that the picture has and the ZIP has not names its sources all the same
    for title in load_table("routes")["source_title"].unique():
        assert f"- {say('panel.routes.name')}: {title}, http" in readme
    anyone = tuple(code for code, overlay in OVERLAY_OF.items() if overlay.audience == "anyone")
    assert {"mining", "density"} <= {*anyone}
    drawn = View(lang="en", period=parse_period("2023"), overlays=anyone)
    assert contents["map.svg"] == _picture(drawn, ".svg")
    assert {"table.csv", "columns.csv", "citation.bib"} <= {*contents}


def test_routes_are_in_every_picture_but_not_in_the_zip():
    """The menu says so of the ZIP alone: pictures draw them."""
    view = View(lang="en", overlays=("routes",))
    assert map_picture(view).routes
    dropped, pictured = contents_notes(view, words("en"))
    assert dropped == (
        "The view shows Trafficking routes, which the ZIP leaves out. "
        "They point at places or roads, and a file reaches anybody."
    )
    assert pictured == ""


def test_licences_are_three_lines_everywhere():
    say = words("es")
    lines = licence_lines("not stated by the publisher", say)
    assert lines == [
        "Código: MIT.",
        "Cifras: no la indica quien publica.",
        "Contornos: CC BY-SA 4.0.",
    ]
    readme = _contents(bundle_bytes(View(lang="es")))["README.md"].decode("utf-8")
    page = page_bytes("es").decode("utf-8")
    assert "\n".join(f"- {line}" for line in lines) in readme
    assert "".join(f"<p>{line}</p>" for line in lines) in page


def test_provinces_come_with_their_own_codes():
    """196 rows and as many outlines; what is said of an area names a province."""
    view = View(
        period=parse_period("2022", "police"), level="provinces", area_measure="smr", lang="en"
    )
    contents = _contents(bundle_bytes(view))
    codes = {row["Code of the province"] for row in _rows(contents, "table.csv")}
    shapes = {feature["id"] for feature in json.loads(contents["shapes.geojson"])["features"]}
    assert (len(codes), codes ^ shapes) == (196, set())
    assert "CC BY-SA 4.0" in contents["README.md"].decode("utf-8")


def test_the_areas_of_a_filter_are_a_file_of_their_own():
    view = View(period=parse_period("2023"), where=("smr>=3",))
    contents = _contents(bundle_bytes(view))
    assert set(contents) == {*file_names(words("es")), "areas.csv"}
    rows = _rows(contents, "areas.csv")
    results = results_for(view.period)
    assert [row["Código"] for row in rows] == results.loc[
        results["smr"] >= 3, "department_ubigeo"
    ].tolist()
    readme = contents["README.md"].decode("utf-8")
    assert "`areas.csv`: " in readme
    assert "where=smr%3E%3D3" in readme


def test_what_rests_on_a_list_of_places_is_refused():
    view = View(level="provinces", area_measure="people")
    with refused("Choose a measure of reports"):
        bundle_bytes(view)


def test_two_maps_bring_a_table_each(tmp_path):
    """One picture of both; each table is that of its own registry, and the README names both."""
    out = tmp_path / "two.zip"
    options = ["--period", "2022", "--second", "registry:police,period:2021", "--out", str(out)]
    result = CliRunner().invoke(cli.app, ["bundle", *options])
    assert (result.exit_code, result.stderr) == (0, f"wrote {out}\n")
    contents = _contents(out.read_bytes())
    assert set(contents) == {*file_names(words("es")), "tabla-2.csv", "shapes-2.geojson"}
    second = View(period=parse_period("2021", "police"))
    assert contents["tabla-2.csv"] == _contents(bundle_bytes(second))["tabla.csv"]
    first = View(period=parse_period("2022"))
    assert contents["tabla.csv"] == _contents(bundle_bytes(first))["tabla.csv"]
    assert contents["map.svg"] == _picture(first.changed(second=second), ".svg")
    readme = contents["README.md"].decode("utf-8")
    phrases = ("Segundo mapa: ", "`tabla-2.csv`", "Ministerio del Interior", "Ministerio Público")
    assert all(text in readme for text in phrases)
    # each caution stands under the map that it is of
    cautions = readme.split("## Antes de usar las cifras")[1].split("\n## ")[0].split("\n### ")[1:]
    assert [text.partition("\n")[0].rpartition(" ")[2] for text in cautions] == ["2022", "2021"]
    lima = ("faltan datos de una de sus oficinas", "La unidad nacional de la Policía")
    assert [[text in part for text in lima] for part in cautions] == [[True, False], [False, True]]


def test_every_department_with_its_named_properties_and_no_other() -> None:
    """Null for what was not tested; outlines run counter-clockwise; source and licence are said."""
    document = json.loads(geojson_bytes(parse_period("2022"), "people"))
    features = {shape["id"]: shape for shape in document["features"]}
    assert len(features) == 25
    assert all(tuple(shape["properties"]) == PROPERTIES for shape in features.values())
    assert features["15"]["properties"]["smr"] is None
    assert "not_ranked" in features["15"]["properties"]["flags"]
    assert all(document["metadata"][name] for name in ("source", "licence", "version"))
    # a chance of one in many is no zero
    q_values = results_for(parse_period("2022")).set_index("department_ubigeo")["q_value"]
    for code, feature in features.items():
        if code != "15":
            q_value = feature["properties"]["q_value"]
            assert q_value == pytest.approx(q_values[code], rel=1e-8)
            assert q_value > 0
    outline = shapely.geometry.shape(features["17"]["geometry"])
    assert all(part.exterior.is_ccw for part in shapely.get_parts(outline))
