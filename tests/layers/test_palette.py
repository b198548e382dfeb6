"""Classes, what eyes can tell apart, and the legend."""

import math
import re
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
import pytest

from layers import palette
from layers.document import STATIC_FOLDER
from layers.legend import LegendSpec, Scale
from layers.legend_html import legend_html
from layers.palette import AREA_SCALES, COUNT, RATE, SMR, VERDICT, name_inks
from tests.refusing import refused

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB
MACHADO = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color: str) -> np.ndarray:
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(color: str, sight: str = "normal") -> np.ndarray:
    """CIE L*a*b* of a colour, also under simulated colour blindness (Machado 2009)."""
    return lab(np.array(MACHADO.get(sight, np.eye(3))) @ linear(color))


def apart(first: str, second: str, sight: str) -> float:
    """CIE 1976 distance of two colours."""
    return float(np.linalg.norm(seen(first, sight) - seen(second, sight)))


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a: str, b: str) -> float:
    la, lb = (float(np.dot([0.2126, 0.7152, 0.0722], linear(c))) for c in (a, b))
    return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)


def test_edges_belong_to_the_class_above():
    """Known answers at and beside every inner break of the excess."""
    for number, edge in enumerate(SMR.breaks[1:-1]):
        assert SMR.classify(edge) == str(number + 1)
        assert SMR.classify(np.nextafter(edge, 0)) == str(number)
    assert SMR.classify(1000) == "6"


@pytest.mark.parametrize(
    ("scale", "values"),
    [(COUNT, (4, 5, 10, 20, 50, 100, 199, 200)), (RATE, (0.4, 0.5, 1, 2, 4, 8, 15.9, 16))],
)
def test_classes_of_counts_and_rates(scale, values):
    """One scale for every period: these edges are those of every map that was ever shown."""
    assert [scale.classify(value) for value in values] == list("01234556")


def test_what_has_no_number_has_a_class_of_its_own():
    """Missing values and zero have classes of their own; a negative value is refused."""
    for value in (math.nan, None, pd.NA, pd.NaT, "x", math.inf):
        assert SMR.classify(value) == "missing"
    assert SMR.color("missing").startswith("url(#hatch")
    assert COUNT.classify(0) == "zero"
    assert COUNT.color("zero") not in COUNT.colors
    classes = [VERDICT.classify(verdict) for verdict in ("above", "untestable", math.nan)]
    assert classes == ["above", "missing", "missing"]
    with refused(r"smr is -1\.0; the lowest allowed is 0\.0"):
        SMR.classify(-1)


@pytest.mark.parametrize("scale", [SMR, RATE, COUNT])
@pytest.mark.parametrize("sight", ["normal", *MACHADO])
def test_adjacent_classes_differ_for_every_sight(scale, sight):
    steps = [apart(a, b, sight) for a, b in pairwise(scale.colors)]
    # below 1.25 times the expected the map is meant to be calm: one noticeable step (2.3) is
    # enough there, and the outline says what is remarkable
    assert min(steps) >= (2.3 if scale is SMR else 8.0), steps
    assert min(steps[3:]) >= 12.0, steps


@pytest.mark.parametrize("scale", [SMR, RATE, COUNT, *AREA_SCALES.values()])
def test_adjacent_classes_differ_in_the_dark(scale):
    """Two noticeable steps of 2.3 between low classes too, whose lightness the dark brings near."""
    steps = [apart(a, b, "normal") for a, b in pairwise(map(palette.in_the_dark, scale.colors))]
    assert min(steps) >= 4.6, steps


@pytest.mark.parametrize("sight", ["normal", *MACHADO])
def test_the_density_is_taken_for_no_measure(sight):
    """Its steps are seen by every sight, and none is the colour of a class of the excess."""
    assert min(apart(a, b, sight) for a, b in pairwise(palette.DENSITY)) >= 12.0
    assert min(apart(a, b, sight) for a, b in product(palette.DENSITY, SMR.colors)) >= 8.0
    assert contrast(palette.DENSITY[-1], palette.GROUND["light"]["land"]) >= 3.0


_LANDS = [palette.GROUND["light"][name] for name in ("sea", "neighbour", "land")]
_PALE = SMR.colors[:4]
"""fills up to twice the expected; beyond, a white casing helps"""


@pytest.mark.parametrize("scale", [RATE, COUNT, *AREA_SCALES.values()])
def test_ramps_darken_steadily(scale):
    """Lightness alone orders the classes: a grey print still reads."""
    lightness = [seen(color)[0] for color in scale.colors]
    assert all(b < a - 3 for a, b in pairwise(lightness))


@pytest.mark.parametrize(
    ("drawn", "grounds"),
    [
        *((line, _LANDS) for line in (palette.INK, palette.ROUTE)),
        *((line, _LANDS) for line in (palette.ROUTE_MEDIUM, palette.MINING)),
        *((line, (*_PALE, palette.ZERO_COLOR)) for line in (palette.INK, palette.ROUTE)),
        *((cell, (*_PALE, *_LANDS)) for cell in palette.CELL_COLORS),
        ("#ffffff", (*SMR.colors[5:7], *palette.CELL_COLORS)),
    ],
)
def test_lines_and_squares_stand_out_from_what_lies_below(drawn, grounds):
    """WCAG 1.4.11: 3:1."""
    assert min(contrast(drawn, ground) for ground in grounds) >= 3.0


_PAINTS = {
    *(color for scale in (SMR, RATE, COUNT) for color in scale.colors),
    *VERDICT.colors.values(),
}
FILLS = {
    *_PAINTS,
    *map(palette.pale, _PAINTS),
    *(palette.QUIET, palette.ZERO_COLOR, palette.HATCH_LINE, palette.HATCH_GROUND),
    *(palette.GROUND["light"][name] for name in ("sea", "neighbour", "land")),
}


@pytest.mark.parametrize("fill", sorted(FILLS))
def test_every_name_can_be_read_on_every_fill(fill):
    """WCAG 1.4.3: 4.5 to 1 for a department's name and its figure, in the light and in the dark."""
    dark = palette.in_the_dark(fill)
    for ground, inks in ((fill, name_inks(fill)), (dark, name_inks(dark, is_dark=True))):
        assert min(contrast(ink, ground) for ink in inks) >= 4.5


def over(color: str, share: float, ground: str) -> str:
    mixed = (
        share * int(color[i : i + 2], 16) + (1 - share) * int(ground[i : i + 2], 16)
        for i in (1, 3, 5)
    )
    return "#" + "".join(f"{round(channel):02x}" for channel in mixed)


def test_an_outline_and_a_name_are_stronger_than_the_glow():
    """Outlines and names keep a contrast of 4.5 over the glow, and 7 to their rim in the dark."""
    css = (STATIC_FOLDER / "frame.css").read_text(encoding="utf-8")
    name, halo = (re.findall(rf"--{ink}: (#[0-9a-f]{{6}})", css)[0] for ink in ("name", "halo"))
    assert ":root.under-density .name-department { --ink: var(--name); }" in " ".join(css.split())
    for ground, step in product({*_PAINTS, palette.QUIET}, palette.density_glow()):
        seen = over(step, int(step[7:], 16) / 255, palette.pale(ground))
        assert contrast(palette.INK, seen) >= 4.5
        assert contrast(name, seen) >= 4.5
    assert contrast(palette.in_the_dark(palette.INK), palette.in_the_dark("#ffffff")) >= 7
    assert contrast(name, halo) >= 7


@pytest.mark.parametrize("sight", ["normal", "deutan", "protan"])
def test_lines_are_told_apart(sight):
    """Contours, outlines, routes and rivers differ in hue or dashes for every kind of sight."""
    assert min(apart(palette.RIM, line, sight) for line in (palette.INK, palette.BELOW)) >= 20
    assert palette.RIM_DASHES.keys() == {90}
    assert palette.RIM_DASHES[90] != palette.BELOW_DASH
    css = (STATIC_FOLDER / "frame.css").read_text(encoding="utf-8")
    route, river = (
        float(re.search(rf"^\.{name} {{[^}}]*stroke-opacity: ([.\d]+)", css, re.MULTILINE)[1])
        for name in ("route-1", "river")
    )
    land = palette.GROUND["light"]["land"]
    faint = over(palette.ROUTE_MEDIUM, route, land)
    assert apart(faint, over(palette.GROUND["light"]["river"], river, land), sight) >= 20


@pytest.mark.parametrize("sight", ["normal", "deutan", "protan"])
def test_what_lies_on_the_map_is_told_apart(sight):
    """Density, routes, rivers and mining: 10 apart (CIE 1976), whichever of each."""
    layers = (
        palette.DENSITY,
        (palette.ROUTE, palette.ROUTE_MEDIUM),
        (palette.GROUND["light"]["river"],),
        palette.CELL_COLORS,
    )
    for some, others in combinations(layers, 2):
        for a, b in product(some, others):
            assert apart(a, b, sight) >= 10, (a, b)


def test_a_colour_in_the_dark_is_what_the_browser_makes_of_it():
    """Known answers: white and black of invert(.86), and a hue that stays."""
    assert palette.in_the_dark("#ffffff") == "#242424"
    assert palette.in_the_dark("#000000") == "#dbdbdb"
    red, green, blue = (int(palette.in_the_dark("#6d2459")[at : at + 2], 16) for at in (1, 3, 5))
    assert red > blue > green


def test_names_of_land_and_sea_can_be_read():
    """What frame.css writes on the ground: the same 4.5 to 1, in both themes."""
    css = (STATIC_FOLDER / "frame.css").read_text(encoding="utf-8")
    for theme, text in zip(("light", "dark"), css.split(":root.theme-dark {")[:2], strict=True):
        ground = palette.GROUND[theme]
        ink = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", text))
        for name, under in (("country", "neighbour"), ("ocean", "sea"), ("soft", "sea")):
            assert contrast(ink[name], ground[under]) >= 4.5, (theme, name)
        for name in ("capital", "name"):
            assert all(
                contrast(ink[name], ground[surface]) >= 4.5 for surface in ("sea", "neighbour")
            )
            assert contrast(ink[name], ink["halo"]) >= 4.5


def test_the_style_sheet_holds_the_colours_of_the_ground():
    css = (STATIC_FOLDER / "frame.css").read_text(encoding="utf-8")
    light, dark = css.split(":root.theme-dark {")[0], css.split(":root.theme-dark {")[1]
    for theme, text in (("light", light), ("dark", dark)):
        for name, color in palette.GROUND[theme].items():
            assert re.search(rf"--{name}: {color};", text), (theme, name)


def test_every_word_is_there_once_and_escaped():
    scale = Scale("Excess <i>", ("#ffffff", "#000000"), ("1",), "2023")
    html = legend_html(LegendSpec(scale, (("above", "more ${than}"),), ("not roads",)))
    assert "<i>" not in html
    assert "$" not in html
    assert html.count("<h2>") == 1
    assert html.count("<li>") == 1
    assert "not roads" in html


def test_edges_stand_between_colours_and_names_under_them():
    """Of four colours the three edges are quarters of the bar; four names are in their middles."""
    colors = ("#ffffff", "#aaaaaa", "#555555", "#000000")
    for ticks, places in (("123", (56, 112, 168)), ("abcd", (28, 84, 140, 196))):
        html = legend_html(LegendSpec(Scale("", colors, tuple(ticks))))
        texts = re.findall(r'<text x="([\d.]+)"[^>]*>(.)</text>', html)
        assert texts == [(f"{x}.00", tick) for x, tick in zip(places, ticks, strict=True)]
