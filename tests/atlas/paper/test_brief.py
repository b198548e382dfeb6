"""The brief of a department or province: a page or two, real text, nothing off the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

import cli
from atlas.paper.brief import (
    LOOK,
    change_text,
    checks_of,
    left_lists,
    right_lists,
    subject_of,
)
from atlas.paper.brief_document import TEMPLATES, brief_bytes, brief_values, years_chart
from atlas.results.compare import beside_line
from atlas.results.department_file import area_csv
from atlas.results.help_places import nearest_text
from atlas.results.province import asked_province_period
from atlas.results.regions import results_for
from atlas.results.sentences import ratio_text
from atlas.view import View
from atlas.words import words
from data.catalogue import load_table
from data.geography import load_departments
from data.periods import REGISTRIES, default_period, parse_period, periods_of, province_periods
from geo.errors import UserError
from layers.picture.typeset import document_pdf, measured
from tests.refusing import refused

ADDRESS = "https://atlas.example.pe"


@pytest.fixture(autouse=True)
def _fewer_maps(monkeypatch) -> None:
    """A tenth of the maps that a reader's brief draws for its third question."""
    monkeypatch.setattr("atlas.paper.brief.SCAN_REPLICAS", 999)


def _words(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join((page.extract_text() or "") for page in pages).split())


def test_madre_de_dios_says_what_the_table_says() -> None:
    """The brief has the table's large numbers, the caveats, the comparison and no address."""
    row = results_for(parse_period("2023")).set_index("department_ubigeo").loc["17"]
    content = brief_bytes("17", parse_period("2023"), lang="es", beside="neighbour")
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    text = _words(content)
    assert "http" not in text
    line = beside_line("17", "neighbour", parse_period("2023"), words("es"))
    assert line.replace(" ", "") in text.replace(" ", "")
    assert f"{row['reported_count']:.0f} delitos denunciados" in text
    assert f"{row['smr']:.1f} " in text
    for part in (
        "Madre de Dios",
        words("es")("brief.caveat.1"),
        "no para operativos",
        "Ministerio Público",
        "línea 1818, opción 1",
        "Cómo citar",
        "¿Qué tan firme es la conclusión?",
    ):
        assert part in text


def test_three_questions_are_answered_by_both_denominators_and_the_scan() -> None:
    """Puno 2023: as expected by residents, more by offences; a period without offences says so."""
    first, second, third = checks_of(subject_of("21", parse_period("2023"), "en"))
    assert (first.answer, first.is_strong) == ("No clear difference", False)
    assert (second.answer, second.is_strong) == ("More than expected", True)
    row = results_for(parse_period("2023"), "offences").set_index("department_ubigeo").loc["21"]
    low, high = (ratio_text(row[name], words("en")) for name in ("smr_low", "smr_high"))
    assert f"between {low} and {high}" in second.detail
    assert third.answer == words("en")("brief.check.scan.no")
    old = checks_of(subject_of("17", parse_period("2007-01/2014-04"), "en"))
    assert [check.answer for check in old[:2]] == ["More than expected", "Not compared"]


def _elements(node: object) -> Iterator[tuple[str, str]]:
    """Kind and text for those who do not see it, of each element of a PDF's structure."""
    if isinstance(node, list):
        for child in node:
            yield from _elements(child.get_object())
    elif isinstance(node, dict) and "/S" in node:
        yield str(node["/S"]), str(node.get("/Alt", ""))
        yield from _elements(node["/K"].get_object() if "/K" in node else None)


def test_screen_readers_can_read_it() -> None:
    """The brief is PDF/UA-1 on two A4 pages with language, title, headings and alt texts."""
    content = brief_bytes("06", parse_period("2023"), lang="en", pages=2, address=ADDRESS)
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 2
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert "Cajamarca" in str(reader.metadata.title)
    assert reader.metadata.author == "Atlas Trata Perú"
    assert "/CreationDate" not in reader.metadata
    root = reader.trailer["/Root"]
    assert str(root["/Lang"]).startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    elements = list(_elements(root["/StructTreeRoot"]["/K"].get_object()))
    headings = [kind for kind, _ in elements if kind in ("/H1", "/H2", "/H3")]
    assert headings[:3] == ["/H1", "/H2", "/H2"]
    assert headings.count("/H1") == 2
    figures = [alt for kind, alt in elements if kind == "/Figure"]
    assert len(figures) == 2
    assert "Cajamarca" not in figures[1]
    assert words("en")("picture.title.smr") in figures[0]
    assert figures[1].startswith(f"{ADDRESS}/?lang=en")
    assert {"/Table", "/TH", "/L"} <= {kind for kind, _ in elements}
    with refused("1 or 2"):
        brief_bytes("06", parse_period("2023"), lang="en", pages=3)


def test_values_are_never_markup() -> None:
    hostile = '#read("/etc/passwd") #import "x" *b* _i_ $x$ @ref <l> \\ `r` = h'
    values, _ = brief_values(subject_of("17", parse_period("2023"), "es"), 1)
    values |= {"name": hostile, "sentence": hostile, "source": hostile, "seat": hostile}
    values["map"]["svg"] = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>#</title></svg>'
    )
    text = _words(document_pdf(TEMPLATES / "brief.typ", values))
    assert text.replace(" ", "").count(hostile.replace(" ", "")) == 4


@pytest.mark.parametrize(
    ("beside", "names", "start"),
    [
        ("neighbour", ("Cusco", "Puno", "Ucayali"), "Sus vecinos en el mismo periodo."),
        ("alike", ("Moquegua", "Tacna", "Callao"), "Los más parecidos en el mismo periodo."),
        ("08-15", ("Cusco", "Lima"), "A su lado, en el mismo periodo."),
    ],
)
def test_a_line_compares_with_the_departments_beside_it(beside, names, start) -> None:
    """Each with its own figure, margin and conclusion; none where it is not compared."""
    line = beside_line("17", beside, parse_period("2022"), words("es"))
    rows = results_for(parse_period("2022")).set_index("department")
    assert line.startswith(f"{start} {names[0]}: ")
    for name, part in zip(names, line.removeprefix(start).split("; "), strict=True):
        row = rows.loc[name]
        assert part.strip().startswith(f"{name}: ")
        assert words("es")(f"verdict.{row['verdict']}") in part
        assert (f"{row['smr']:.1f} veces" in part) == bool(row["smr"] == row["smr"])


def test_a_brief_of_the_police_asks_the_prosecutors_too_and_leads_back() -> None:
    """A police brief shows the prosecutors' newest year, and its code and link lead to the card."""
    subject = subject_of("17", parse_period("2024", "police"), "en", ADDRESS)
    checks, values = checks_of(subject), brief_values(subject, 1)[0]
    assert [check.is_strong for check in checks[:2]] == [True, True]
    assert words("en")("registry.mpfn") in checks[1].question
    assert "reported offences" in checks[1].detail
    assert "police unit" in str(values)
    link = f"{ADDRESS}/?lang=en&registry=police&period=2024&dep=17"
    assert values["end"]["qr_alt"] == link
    assert values["end"]["address"] == link
    assert values["end"]["qr"].startswith("<?xml")


def test_a_brief_leaves_as_the_screen_is() -> None:
    """The brief has the view's base, measure and layers, and no address of this computer."""
    view = View(base="offences", measure="count", overlays=("mining",))
    look = {field: getattr(view, field) for field in LOOK}
    subject = subject_of("21", parse_period("2023"), "es", ADDRESS, look)
    values, picture = brief_values(subject, 1)
    row = results_for(parse_period("2023"), "offences").set_index("department_ubigeo").loc["21"]
    assert values["numbers"][1][0] == ratio_text(row["smr"], words("es"))
    assert picture.cells
    assert not picture.routes
    query = dict(parse_qsl(values["end"]["address"].partition("?")[2]))
    assert query.items() >= {"measure": "count", "layers": "mining", "dep": "21"}.items()
    assert not brief_values(subject_of("21", parse_period("2023"), "es"), 1)[1].cells
    content = brief_bytes("21", parse_period("2023"), lang="es", address=ADDRESS, look=look)
    assert values["end"]["address"] in _words(content)
    local = subject_of("21", parse_period("2023"), "es", "http://127.0.0.1:8501")
    assert brief_values(local, 1)[0]["end"]["qr"] == ""


def test_no_heading_stands_without_what_it_names() -> None:
    """Madre de Dios by the police, whose years fill a column: each list has an entry at least."""
    period = parse_period("2024", "police")
    text = _words(brief_bytes("17", period, lang="es", pages=2))
    subject = subject_of("17", period, "es")
    for part in (*left_lists(subject), *right_lists(subject)):
        assert part.heading in text
        assert part.entries[0][0] in text


def test_registries_stand_apart() -> None:
    """A block a registry with all its years: of the prosecutors, the police, the window of 178."""
    say = words("es")
    blocks = brief_values(subject_of("17", parse_period("2023"), "es"), 2)[0]["history"]["blocks"]
    codes = ("mpfn", "police", "observatory")
    assert [block["unit"] for block in blocks] == [
        f"{say(f'registry.{code}')}: {say(f'unit.{REGISTRIES[code].unit}.plural')}"
        for code in codes
    ]
    assert [row["count"] for row in blocks[2]["lines"]] == ["178"]
    assert [len(block["lines"]) for block in blocks] == [
        sum(not period.is_pooled for period in periods_of(REGISTRIES[code])) for code in codes
    ]


@pytest.mark.parametrize(
    ("area", "period", "lang"),
    [
        ("06", "2025-01/2025-11", "en"),
        ("1701", "2022", "es"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("15", "2022", "es"),
                ("17", "2025-01/2025-11", "es"),
                ("21", "2025-01/2025-11", "es"),
                ("14", "2025-01/2025-11", "es"),
                ("09", "2025-01/2025-11", "es"),
                ("07", "2007-01/2014-04", "en"),
            )
        ),
    ],
)
def test_all_finds_room_on_two_pages(area: str, period: str, lang: str) -> None:
    """The longest briefs fit their pages, and their map stays large enough to read."""
    counted = parse_period(period) if len(area) == 2 else asked_province_period(period, None)
    subject = subject_of(area, counted, lang, address=ADDRESS)
    values, _ = brief_values(subject, 2)
    template = TEMPLATES / "brief.typ"
    assert measured(template, values, "spare") >= 0
    assert measured(template, values, "room") > 230
    content = brief_bytes(area, counted, lang=lang, pages=2, address=ADDRESS)
    assert len(PdfReader(io.BytesIO(content)).pages) == 2


@pytest.mark.parametrize(
    ("area", "lang"),
    [
        ("21", "en"),
        *(
            pytest.param(area, lang, marks=pytest.mark.slow)
            for area in load_departments()["department_ubigeo"]
            for lang in ("es", "en")
            if (area, lang) != ("21", "en")
        ),
    ],
)
def test_the_only_page_names_the_nearest_centre_and_keeps_within(area: str, lang: str) -> None:
    """Beside the help lines, of each department: the card and all below it stay on the page."""
    period = parse_period("2025-01/2025-11")
    values, _ = brief_values(subject_of(area, period, lang, address=ADDRESS), 1)
    assert values["end"]["near"] == nearest_text(area, words(lang))
    assert measured(TEMPLATES / "brief.typ", values, "spare") >= 0
    first = PdfReader(io.BytesIO(document_pdf(TEMPLATES / "brief.typ", values))).pages[0]
    printed = "".join(first.extract_text().split())
    assert "".join(values["end"]["near"].split()) in printed


def test_a_change_without_a_ratio_is_told_in_words() -> None:
    """From no report at all, or not compared: no empty brackets."""
    say = words("es")
    sentence = change_text(subject_of("09", parse_period("2017", "police"), "es"))
    assert f"{say('focos.change.zero')}, {say('focos.change.verdict.unremarkable')}" in sentence
    assert f"2019*, {say('focos.change.verdict.untestable')}" in sentence
    assert "()" not in sentence
    assert "–" not in sentence


@pytest.mark.parametrize("code", ["17", "15", "1701"])
def test_the_first_page_draws_every_year_of_each_registry(code: str) -> None:
    """Its bars are the counts of the results, the highest is 1; in colour what is beyond them."""
    blocks = years_chart(code, default_period(), "people", words("es"))
    level = "departments" if len(code) == 2 else "provinces"
    registries = [("mpfn", 7), ("police", 9)] if level == "departments" else [("police", 6)]
    assert [len(block["bars"]) for block in blocks] == [count for _, count in registries]
    for block, (registry, _) in zip(blocks, registries, strict=True):
        years = [int(bar["year"][:4]) for bar in block["bars"]]
        assert years == [*range(years[0], years[-1] + 1)]
        known = [bar for bar in block["bars"] if bar["count"]]
        missing = [2024] if registry == "mpfn" else []
        assert [int(bar["year"]) for bar in block["bars"] if not bar["count"]] == missing
        assert max(bar["share"] for bar in known) == 1
        for bar in known:
            periods = periods_of(REGISTRIES[registry])
            period = next(
                candidate
                for candidate in periods
                if not candidate.is_pooled and candidate.code[:4] == bar["year"][:4]
            )
            results = results_for(period.at(level)).set_index(f"{level[:-1]}_ubigeo")
            row = results.loc[code]
            assert bar["count"] == words("es").number(row["reported_count"])
            assert bar["is_above"] == (row["verdict"] == "above")


def test_tambopata_by_the_police_alone():
    """Tambopata has 9 complaints in 2022 and 23 in 2017; the newest year is the default."""
    newest = asked_province_period("", None)
    assert newest.code == province_periods()[-1].code == "2022"
    assert asked_province_period("2017/2022", "police").code == "2017/2022"
    text = _words(brief_bytes("1701", newest, lang="es", pages=2))
    for expected in (
        *("Tambopata", "Provincia de Madre de Dios", "No publica por provincia", "Año por año"),
        *("2017: 23", "2022: 9", "Puerto Maldonado (85,024)"),
    ):
        assert expected in text


@pytest.mark.parametrize("code", ["0701", "2101", pytest.param("1608", marks=pytest.mark.slow)])
def test_a_brief_of_few_reports_is_one_page(code, tmp_path):
    """Also of a province without outline, of the smallest, of one without complaints."""
    out = tmp_path / "brief.pdf"
    result = CliRunner().invoke(cli.app, ["brief", "--province", code, "--out", str(out)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert len(PdfReader(out).pages) == 1


def test_the_file_of_a_province_holds_the_polices_years():
    """A row a period, with the code; the counts of the published table; an unknown one refused."""
    rows = list(csv.DictReader(io.StringIO(area_csv("1701", lang="en").decode("utf-8-sig"))))
    say = words("en")
    code, period, count = (
        say(f"column.{name}") for name in ("province_ubigeo", "period", "reported_count")
    )
    assert {row[code] for row in rows} == {"1701"}
    table = load_table("police_provinces")
    known = table[table["province_ubigeo"] == "1701"].groupby("period")["reported_count"].sum()
    single = {row[period]: int(row[count]) for row in rows if len(row[period]) == 4}
    assert single == {str(year): known.get(str(year), 0) for year in range(2017, 2023)}
    with pytest.raises(UserError):
        area_csv("1799", lang="en")
