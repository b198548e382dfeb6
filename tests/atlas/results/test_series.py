"""The course of a department, and the years side by side."""

from __future__ import annotations

import base64
import csv
import html
import io
import re

import numpy as np
import pytest

from atlas.map.page import year_panels
from atlas.results.regions import results_for
from atlas.results.series import HEAD, HEIGHT, WIDTH, drawn_series, series_csv, series_html
from atlas.view import View
from atlas.words import words
from data.periods import parse_period
from data.reports import load_series
from layers.palette import SMR


def _levels(path: str) -> np.ndarray:
    """Heights of a line of steps above its ground, as shares of the room there is."""
    ground = HEIGHT - 14
    heights = [float(found) for found in re.findall(r"(?:M[\d.]+ |V)([\d.]+)H", path)]
    return (ground - np.array(heights)) / (ground - HEAD)


def test_the_country_is_scaled_to_the_total_of_the_department():
    """Over the known quarters line and bars add up to the same; 2023 is a gap of a year."""
    own, country = (load_series("police", "quarter", code) for code in ("17", None))
    drawn = drawn_series(own, country, ("2024-01", "2024-12"))
    counts = own["reported_count"]
    line = _levels(drawn["country"])
    assert line.size == counts.notna().sum() == 31
    scale = max(counts.max(), line.max() / line.sum() * counts.sum())
    assert line.sum() * scale == pytest.approx(counts.sum(), rel=0.01)
    (gap,) = drawn["gaps"]
    assert (gap["year"], gap["width"]) == ("2023", pytest.approx(4 * WIDTH / len(own)))
    assert drawn["window"] == pytest.approx((28 * WIDTH / len(own), 4 * WIDTH / len(own)))
    assert (drawn["most"], drawn["most_in"]) == (22, "2024-01/2024-03")
    assert drawn["partial"] == ""


def test_registries_stand_under_each_other_on_their_own_scales():
    """Two pictures; a part of a year is hatched; what 2023 lacks by month is said with its count;
    Pasco's 2025 is unknown and no zero."""
    say = words("es")
    text = series_html("17", parse_period("2023"), say, "light")
    pictures = [base64.b64decode(found).decode() for found in re.findall(r"base64,([^\"]+)", text)]
    assert len(pictures) == 2
    assert ['class="partial"' in picture for picture in pictures] == [True, False]
    assert [say("timeline.no_figure") in picture for picture in pictures] == [True, False]
    assert re.search(rf">22</text>.*>{say('series.whole_year')}<", pictures[1])
    assert "Madre de Dios, delitos denunciados por año: lo más alto, 101" in html.unescape(text)
    own, country = (load_series("mpfn", "year", code) for code in ("19", None))
    drawn = drawn_series(own, country, ("2025-01", "2025-11"))
    assert [gap["year"] for gap in drawn["gaps"]] == ["2024"]
    assert drawn["gaps"][0]["width"] == pytest.approx(2 * WIDTH / 7)


def test_the_years_are_cut_at_the_same_breaks():
    """Every known year has the colours of its own results; an unknown one has none."""
    panels = {
        one["code"]: one for one in year_panels(View(period=parse_period("2023")), words("es"))
    }
    assert "fills" not in panels["2024"]
    for code in ("2019", "2025-01/2025-11"):
        results = results_for(parse_period(code)).set_index("department_ubigeo")["smr"].dropna()
        expected = {one: SMR.color(SMR.classify(value)) for one, value in results.items()}
        assert panels[code]["fills"] == expected
    police = year_panels(View(period=parse_period("2024", "police")), words("es"))
    assert len(police) == 9
    assert all("15" not in one["fills"] for one in police), "Lima is not compared"


def test_the_file_says_of_each_year_what_is_its_own():
    """A year is a year, its note and its sources beside it, its people to the last."""
    say = words("es")
    content = series_csv({"mpfn": "year", "police": "quarter"}, say, "16").decode("utf-8-sig")
    rows = {row["Periodo"]: row for row in csv.DictReader(io.StringIO(content))}
    assert "cuarentena" in rows["2020"]["Advertencias"]
    assert rows["2024"]["Advertencias"] == say("timeline.no_figure")
    assert "2019" in rows["2019"]["Fuente"]
    assert "Trata de personas" not in rows["2019"]["Fuente"], "a source of the police"
    assert "delitos denunciados 2020" not in rows["2019"]["Fuente"].lower()
    assert "open-data" not in content
    people = load_series("mpfn", "year", "16")["person_years"]
    assert float(rows["2019"]["Habitantes × años"]) == round(people[0])
