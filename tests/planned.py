"""Share solved plans, lists as their readers return them, and the command ``sites``."""

from __future__ import annotations

import io
import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pypdf
import shapely
from typer.testing import CliRunner

from atlas.own_files.lists import Zones
from atlas.own_files.zones import read_zones
from atlas.planner.answer import document_of
from atlas.planner.document import PlanDocument
from atlas.planner.files import plan_bytes
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles, Question
from atlas.results.places import places
from atlas.words import words
from cli import app
from geo.siting.problem import Plan

FEW = ("--resamples", 0)
"""196 candidates: a plan takes no time."""


def run(*asked: object) -> Any:
    """What the command answers."""
    return CliRunner().invoke(app, ["sites", *map(str, asked)])


@cache
def _solved(
    request: PlanQuestion, own: OwnFiles | None, replicas: int
) -> tuple[Question, Plan, PlanDocument]:
    question, plan = plan_for(request, own, replicas=replicas)
    return question, plan, document_of(question, plan)


def solved(
    request: PlanQuestion, own: OwnFiles | None = None, replicas: int = 0
) -> tuple[Question, Plan]:
    """The plan of a question; of the same question and lists the same one."""
    return _solved(request, own, replicas)[:2]


def document_for(
    request: PlanQuestion, own: OwnFiles | None = None, replicas: int = 0
) -> PlanDocument:
    """Its document."""
    return _solved(request, own, replicas)[2]


def planned(own: OwnFiles | None = None, replicas: int = 0, **asked: Any) -> PlanDocument:
    """A small plan: three sites among the capitals of provinces."""
    request = PlanQuestion(**{"sites": 3, **asked})
    return document_for(request, own, replicas)


def position(code: str) -> int:
    """Where a place stands among all."""
    return list(places().ubigeo).index(code)


def spot(code: str) -> tuple[float, float]:
    """Degrees of a place: longitude, latitude."""
    row = position(code)
    return float(places().longitude[row]), float(places().latitude[row])


def assumed(question: Question | PlanDocument, lang: str = "en") -> str:
    """All that a question or its plan rests on, as text."""
    return " | ".join(message.text(words(lang)) for message in question.assumptions)


def read_files(document: PlanDocument, lang: str, *suffixes: str) -> list[str]:
    """The text of files of a plan."""
    return [plan_bytes(document, suffix, words(lang)).decode("utf-8-sig") for suffix in suffixes]


def listed(**columns: Any) -> pd.DataFrame:
    """A list of places as the reader returns it."""
    count = len(next(iter(columns.values())))
    texts = dict.fromkeys(("name", "kind", "district_ubigeo", "own_code", "site_id"), "")
    degrees = {"longitude": np.nan, "latitude": np.nan}
    return pd.DataFrame({**texts, **degrees, "line": np.arange(count) + 2}).assign(**columns)


@cache
def zones_around(*towns: str, degrees: float = 0.3) -> OwnFiles:
    """A list of zones, a square around each town."""
    spots = map(spot, towns)
    return zones_of(
        *(shapely.box(x - degrees, y - degrees, x + degrees, y + degrees) for x, y in spots)
    )


def zones_of(*shapes: shapely.Geometry) -> OwnFiles:
    """A list of zones of these shapes."""
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": {}}
        for shape in shapes
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    (row,), _ = read_zones(content)
    return OwnFiles(zones=Zones(row["wkb"], len(shapes), tuple(row["holes_km"])))


def pdf_text(content: bytes) -> str:
    """All that a PDF says, in one line."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
