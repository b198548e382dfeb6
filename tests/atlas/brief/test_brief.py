"""The brief of a department: two pages, real text, the same bytes, nothing off the page."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from atlas.brief.files import brief_bytes, brief_pages
from atlas.brief.model import checks_of, subject_of
from atlas.map.model import results_for
from atlas.map.sentences import ratio_text
from atlas.words import words
from data.periods import PERIODS
from geo.errors import ParameterError
from geo.excess import Verdict
from layers.picture.faces import FOOT, LEFT, RIGHT, width_of
from layers.picture.scene import Text


def _words(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join((page.extract_text() or "") for page in pages).split())


def test_madre_de_dios_says_what_the_table_says() -> None:
    """The large numbers are those of the results table, and the caveats are on the page."""
    row = results_for("2023").set_index("department_ubigeo").loc["17"]
    said = _words(brief_bytes("17", period="2023", lang="es"))
    assert f"{row['reported_count']:.0f} delitos denunciados" in said
    assert f"{row['smr']:.1f}×" in said
    for part in (
        "Madre de Dios",
        "Reportado, no prevalencia",
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
    assert [check.answer for check in old[:2]] == ["More than expected", "Not tested"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_file_is_two_tagged_a4_pages(lang: str) -> None:
    """A4, two pages, title, author and language; no date of making."""
    reader = PdfReader(io.BytesIO(brief_bytes("06", period="2023", lang=lang)))
    assert len(reader.pages) == 2
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert reader.metadata is not None
    assert "Cajamarca" in str(reader.metadata.title)
    assert reader.metadata.author == "Atlas Trata Perú"
    assert str(reader.trailer["/Root"]["/Lang"]).startswith(lang)
    assert "2000" in str(reader.metadata.get("/CreationDate"))


def test_bytes_repeat() -> None:
    """The same figures give the same file."""
    first, second = (brief_bytes("16", period="2023", lang="en") for _ in range(2))
    assert first == second


def test_the_two_units_stand_apart() -> None:
    """Complaints and reported offences are two blocks; the first has one period, of 178."""
    say, page = words("es"), brief_pages(subject_of("17", "2023", "es"))[1][0].scene
    said = [text.text for text in page.texts]
    heads = [
        said.index(say(f"unit.{period.unit}.plural").capitalize())
        for period in (PERIODS[0], PERIODS[-1])
    ]
    first, second = said[heads[0] : heads[1]], said[heads[1] : said.index(say("brief.mining"))]
    verdicts = [say(f"verdict.{one}") for one in Verdict]
    assert "178" in first
    assert [sum(text in verdicts for text in block) for block in (first, second)] == [1, 6]


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
    for page in brief_pages(subject_of(department, period, lang)):
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
