"""Compared departments by year."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.results.compare import neighbours_of
from atlas.results.figures import figures_for
from atlas.results.history import place
from atlas.results.regions import results_for
from atlas.results.series import (
    HEAD,
    LABEL,
    ZERO,
    compared_charts,
    compared_lines,
)
from atlas.words import words
from data.periods import parse_period
from geo.excess import Verdict


def pictures_of(text: str) -> list[str]:
    """The SVGs inside a chart."""
    return [base64.b64decode(image).decode() for image in re.findall(r"base64,([^\"]+)", text)]


def test_compared_departments_share_one_axis_and_say_their_figures():
    """Ratios stand at their logarithm, 2024 breaks the line, and figures are read aloud."""
    charts = compared_charts(["17", "08"], words("es"), "light")
    assert list(charts) == ["mpfn", "police"]
    text = html.unescape(charts["mpfn"])
    own = results_for(parse_period("2023")).set_index("department_ubigeo")["smr"]
    assert "Madre de Dios: 2019 14.1; 2020 ⚑ 13.7" in text
    assert f"2023 {own['17']:.1f}" in text
    pictures = {code: pictures_of(chart)[0] for code, chart in charts.items()}
    heights = {
        code: float(re.findall(r"<circle[^>]*cy=\"([\d.]+)\"", picture)[-1])
        for code, picture in pictures.items()
    }
    ground, ceiling = 150 - 14, HEAD
    for code, period in (("mpfn", "2025-01/2025-11"), ("police", "2025-01/2025-09")):
        ratio = results_for(parse_period(period, code)).set_index("department_ubigeo")["smr"]["17"]
        share = 0.5 + 0.5 * np.log(ratio) / np.log(50)  # the axis ends at 50, by police 2024
        assert heights[code] == pytest.approx(ground - share * (ground - ceiling), abs=0.06)
    (first, second) = re.findall(r'<path class="line[^>]*? d="([^"]+)"', pictures["mpfn"])
    assert first.count("M") == second.count("M") == 2
    assert pictures["mpfn"].count("#ffffff") == 2


def test_years_without_reports_stand_off_the_logarithmic_axis():
    """0 is no step of the axis: it lies below its foot, marked, and no line leads there."""
    charts = compared_charts(["01", "22"], words("en"), "light")
    assert "Years with 0 reports stand apart" in html.unescape(charts["mpfn"])
    picture = pictures_of(charts["police"])[0]
    assert ">0 reports<" in picture
    ticks = dict(re.findall(r'<text class="tick" x="25" y="([\d.]+)">([\d.]+)<', picture))
    heights = {text: float(y) - 3 for y, text in ticks.items()}
    assert list(heights) == ["0.2", "1", "5", "0"]
    foot = 150 - 14 - ZERO
    assert list(heights.values()) == pytest.approx([foot, (foot + HEAD) / 2, HEAD, 150 - 14])
    # in each of these years the police of Amazonas counted none
    first = re.findall(r'<path class="line first"[^>]*? d="([^"]+)"', picture)[0]
    assert f" {heights['0']:.1f}" not in first
    assert picture.count(f'cy="{heights["0"]:.1f}"') == 3
    without = compared_charts(["17", "08"], words("en"), "light")["mpfn"]
    assert "0 reports" not in pictures_of(without)[0]


def test_who_has_no_ratio_is_named_and_leaves_the_others_their_colour():
    """The police's Lima is not compared: no other department takes the chosen one's look."""
    charts = compared_charts(["15", "02"], words("es"), "light")
    assert "En este registro no se compara Lima, así que" in html.unescape(charts["police"])
    assert "no se compara" not in html.unescape(charts["mpfn"])
    (picture,) = pictures_of(charts["police"])
    assert 'class="line first"' not in picture
    assert ">Áncash<" in picture


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_of_eight_departments_has_a_colour_of_its_own(theme):
    """Cusco and its seven neighbours: no two lines alike, and each name in its line's colour."""
    places = ["08", *neighbours_of("08")]
    (picture,) = pictures_of(compared_charts(places, words("es"), theme)["police"])
    lines = re.findall(r'<path class="line[^>]*? stroke="(#\w+)"', picture)
    assert len(lines) == len(set(lines)) == len(places) == 8
    assert re.findall(r'<text class="name[^>]*? style="fill: (#\w+)"', picture) == lines


def test_a_large_dot_is_a_conclusion():
    """Above and below are; as expected and not testable are none."""
    verdicts = ["above", "below", "unremarkable", "untestable"]
    of = figures_for(parse_period("2023"))["16"]
    rows = [
        replace(of, period=parse_period(str(2020 + year)), ratio=1.5, verdict=Verdict(verdict))
        for year, verdict in enumerate(verdicts)
    ]
    (line,) = compared_lines(rows, 50, range(2019, 2026))
    assert [point.is_clear for point in line.points] == [True, True, False, False]


@given(ratios=st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_labels_of_compared_lines_never_overlap_and_keep_the_order(ratios):
    of = figures_for(parse_period("2023"))["16"]
    rows = [replace(of, name=f"{number}", ratio=ratio) for number, ratio in enumerate(ratios)]
    lines = sorted(compared_lines(rows, 50, range(2019, 2026)), key=lambda line: line.label)
    labels = [line.label for line in lines]
    assert all(np.diff(labels) >= LABEL - 1e-9)
    assert labels[0] >= HEAD - 1e-9
    assert labels[-1] <= 150 - 14 + 1e-9
    heights = [line.points[0].y for line in lines]
    assert heights == sorted(heights)
    assert min(heights) >= HEAD + (150 - 14 - HEAD) * (1 - place(100, 50) / 100) - 1e-9
