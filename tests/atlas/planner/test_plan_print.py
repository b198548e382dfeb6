"""The print sheet of a plan: what it says, in which order, the same bytes, never a zone."""

from __future__ import annotations

import io

import pytest
import shapely
from pypdf import PdfReader

from atlas.own_files.records import MARK
from atlas.own_files.zones import as_rows
from atlas.planner.candidates import Zones
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.files import plan_values
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import ListSource, OwnFiles
from atlas.words import LANGUAGES, words
from tests.planned import pdf_text

ZONE = shapely.Point(-76.98765, -12.34567).buffer(0.05)
"""around a place near Lima that must not be printed"""


@pytest.fixture(scope="module")
def outcome() -> PlanDocument:
    """Three sites among large districts, away from one zone."""
    request = PlanQuestion(sites=3, min_population=100_000, buffer_km=5)
    files = OwnFiles(
        zones=Zones(as_rows([ZONE])[0]["wkb"], 1),
        sources=(ListSource("zones", "zonas de mayo.csv", 1, 1),),
    )
    return document_of(*plan_for(request, files, replicas=5))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_sheet_says_what_the_plan_says(outcome: PlanDocument, lang: str) -> None:
    """Sites in their order, the covered share, every assumption, the seed, the notice; the same
    bytes each time, without a date, and nothing of where the zone lies."""
    content, say = plan_pdf_bytes(outcome, lang), words(lang)
    assert content == plan_pdf_bytes(outcome, lang)
    told = pdf_text(content)
    names = [str(site.name) for site in outcome.sites]
    assert len(names) == 3
    table = told.index(say("plan.table.caption"))
    places = [told.index(name, table) for name in names]
    assert places == sorted(places)
    share = say.percent(outcome.plan.evaluation.coverage_share, 1)
    assert " ".join(share.split()) in told
    assert say("plan.assumptions.seed", seed=1) in told
    for text in plan_values(outcome, say)["assumptions"]:
        assert " ".join(text.split())[1:30] in told
    assert say("siting.notice") in told
    assert told.count("zonas de mayo.csv") == 2  # beside the map, and among the assumptions
    assert MARK not in told
    for trace in ("76.98", "76,98", "12.345", "12,345"):
        assert trace not in told
    reader = PdfReader(io.BytesIO(content))
    assert str(reader.trailer["/Root"]["/Lang"]).startswith(lang)  # type: ignore[index]
    assert "/CreationDate" not in (reader.metadata or {})
