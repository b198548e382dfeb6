"""The brief of a department: a page or two, real text, the same bytes, nothing off the page."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from atlas.paper.brief import change_text, checks_of, subject_of
from atlas.paper.brief_files import brief_bytes, brief_pages
from atlas.results.regions import results_for
from atlas.results.sentences import ratio_text
from atlas.words import words
from data.periods import REGISTRIES, periods_of
from geo.errors import ParameterError
from geo.excess import Verdict
from layers.picture.faces import FOOT, LEFT, RIGHT, width_of
from layers.picture.items import qr_path
from layers.picture.scene import Path, Text

ADDRESS = "https://atlas.example.pe"


def _words(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join((page.extract_text() or "") for page in pages).split())


def test_madre_de_dios_says_what_the_table_says() -> None:
    """The large numbers are those of the results table, and the caveats are on the page."""
    row = results_for("2023").set_index("department_ubigeo").loc["17"]
    said = _words(brief_bytes("17", period="2023", lang="es"))
    assert f"{row['reported_count']:.0f} delitos denunciados" in said
    assert f"{row['smr']:.1f} " in said
    for part in (
        "Madre de Dios",
        words("es")("brief.caveat.1"),
        "no para operativos",
        "Ministerio Público",
        "línea 1818, opción 1",
        "Cómo citar",
        "¿Qué tan seguro es?",
    ):
        assert part in said


def test_three_questions_are_answered_by_both_denominators_and_the_scan() -> None:
    """Puno 2023: as expected by residents, more by offences; a period without offences says so."""
    first, second, third = checks_of(subject_of("21", "2023", "en"))
    assert (first.answer, first.is_strong) == ("As expected", False)
    assert (second.answer, second.is_strong) == ("More than expected", True)
    row = results_for("2023", "offences").set_index("department_ubigeo").loc["21"]
    low, high = (ratio_text(row[name], words("en")) for name in ("smr_low", "smr_high"))
    assert f"between {low} and {high}" in second.detail
    assert third.answer == "No"
    old = checks_of(subject_of("17", "2007-01/2014-04", "en"))
    assert [check.answer for check in old[:2]] == ["More than expected", "Not compared"]


@pytest.mark.parametrize(("lang", "pages"), [("es", 1), ("en", 2)])
def test_file_is_a_tagged_a4_page_or_two(lang: str, pages: int) -> None:
    """A4, as many pages as were asked for, title, author and language; no date of making."""
    reader = PdfReader(io.BytesIO(brief_bytes("06", period="2023", lang=lang, pages=pages)))
    assert len(reader.pages) == pages
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.metadata is not None
    assert "Cajamarca" in str(reader.metadata.title)
    assert reader.metadata.author == "Atlas Trata Perú"
    assert str(reader.trailer["/Root"]["/Lang"]).startswith(lang)
    assert "2000" in str(reader.metadata.get("/CreationDate"))
    with pytest.raises(ParameterError, match="1 or 2"):
        brief_bytes("06", period="2023", lang=lang, pages=3)


def test_it_leads_back_to_the_atlas() -> None:
    """The link of the same card in words and as a code; neither where the atlas has no address."""
    link = f"{ADDRESS}/?lang=es&registry=police&period=2024&dep=16"
    about = subject_of("16", "2024", "es", "police", ADDRESS)
    assert about.link == link
    scene = brief_pages(about)[0][0].scene
    assert link in " ".join(text.text for text in scene.texts)
    code = qr_path(link, 0, 0, 62)
    assert [len(ring) for ring in code.rings] in [
        [len(ring) for ring in item.rings] for item in scene.items if isinstance(item, Path)
    ]
    assert "http" not in _words(brief_bytes("16", period="2024", lang="es", registry="police"))


def test_a_brief_of_the_police_asks_the_prosecutors_too() -> None:
    """Madre de Dios 2024: more by the police, and the other registry's newest year beside it."""
    checks = checks_of(subject_of("17", "2024", "en", "police"))
    assert [check.is_strong for check in checks[:2]] == [True, True]
    assert words("en")("registry.mpfn") in checks[1].question
    assert "reported offences" in checks[1].detail
    assert "police unit" in _words(brief_bytes("17", period="2024", lang="en", registry="police"))


def test_bytes_repeat() -> None:
    """The same figures give the same file."""
    first, second = (brief_bytes("16", period="2023", lang="en") for _ in range(2))
    assert first == second


def test_registries_stand_apart() -> None:
    """A block a registry with all its years: of the prosecutors, the police, the window of 178."""
    say, page = words("es"), brief_pages(subject_of("17", "2023", "es"), 2)[1][0].scene
    said = [text.text for text in page.texts]
    codes = ("mpfn", "police", "observatory")
    heads = [
        said.index(f"{say(f'registry.{code}')}: {say(f'unit.{REGISTRIES[code].unit}.plural')}")
        for code in codes
    ]
    assert heads == sorted(heads)
    verdicts = [say(f"verdict.{one}") for one in Verdict]
    ends = [*heads[1:], said.index(say("brief.mining"))]
    blocks = [said[first:last] for first, last in zip(heads, ends, strict=True)]
    assert "178" in blocks[2]
    assert [sum(text in verdicts for text in block) for block in blocks] == [
        sum(not period.is_pooled for period in periods_of(REGISTRIES[code])) for code in codes
    ]


@pytest.mark.parametrize(
    ("department", "period", "lang"),
    [
        ("17", "2023", "es"),
        ("15", "2022", "es"),
        ("06", "2022", "es"),
        ("14", "2023", "es"),
        ("07", "2007-01/2014-04", "en"),
    ],
)
def test_nothing_leaves_the_page_or_collides(department: str, period: str, lang: str) -> None:
    """Every text of a page's own lies between its margins and touches no other."""
    for page in brief_pages(subject_of(department, period, lang, address=ADDRESS), 2):
        boxes = []
        for text in page[0].scene.texts:
            assert isinstance(text, Text)
            width = width_of(text.text, text.size, text.weight)
            left = text.x - {"start": 0, "middle": 0.5, "end": 1}[text.anchor] * width
            assert left >= LEFT - 2
            assert left + width <= RIGHT + 2, text.text
            assert text.y <= FOOT or text.y == FOOT + 19, text.text
            boxes.append((left, text.y - 0.66 * text.size, left + width, text.y, text.text))
        for number, one in enumerate(boxes):
            for other in boxes[:number]:
                apart = (
                    one[0] >= other[2] - 0.5
                    or other[0] >= one[2] - 0.5
                    or one[1] >= other[3] - 0.2
                    or other[1] >= one[3] - 0.2
                )
                assert apart, (one[4], other[4])


@pytest.mark.parametrize("code", ["26", "1", "00", "Lima", "<b>"])
def test_unknown_department_is_refused(code: str) -> None:
    """The message names what is allowed."""
    with pytest.raises(ParameterError, match="01 to 25"):
        brief_bytes(code, period="2023", lang="es")


@pytest.mark.parametrize(("code", "lang"), [("06", "en"), ("09", "es"), ("14", "es"), ("16", "en")])
def test_the_words_beside_the_map_end_above_its_legend(code: str, lang: str) -> None:
    """With the link and its code below, which leave least room, and with who counts Jaén."""
    about = subject_of(code, "2025-01/2025-11", lang, None, "https://atlas.example.org")
    page, drawn = brief_pages(about)[0]
    end, beside = drawn.top + drawn.scene.height, drawn.left + drawn.scene.width
    ends = [item.y for item in page.scene.items if isinstance(item, Text) and item.x > beside]
    # a base line between the map's end and the first line of its legend is a word too low
    assert not [y for y in ends if end < y < end + 14]
    assert len([y for y in ends if drawn.top < y <= end]) > 10


def test_a_change_without_a_ratio_is_told_in_words() -> None:
    """From no report at all, or not compared: no empty brackets; two censuses are said."""
    say = words("es")
    told = change_text(subject_of("09", "2017", "es", "police"))
    assert f"{say('focos.change.zero')}, {say('focos.change.verdict.unremarkable')}" in told
    assert f"2019, {say('focos.change.verdict.untestable')}" in told
    assert "()" not in told
    assert "–" not in told
    assert told.endswith(say("focos.change.series"))
