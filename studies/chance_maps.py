"""Draws the figure of Método: a real map beside maps of chance and waves alone.

Run with ``python -m studies.chance_maps`` after the figures or the colours changed; it writes
``atlas/web/static/chance.svg``, which names the year and three letters, in no language.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from markupsafe import escape

from atlas.drawing.small_maps import small_map
from atlas.results.hotspots import ranked_counts
from atlas.results.regions import overdispersion, results_for
from data.periods import parse_period
from geo.hotspots.equal_risk import draw_equal_risk, population_shares
from layers.palette import HATCH_GROUND, SMR

OUT = Path(__file__).parents[1] / "atlas" / "web" / "static" / "chance.svg"
YEAR, SEED, LETTERS = "2023", 1, "ABC"
GAP, HEAD, FOOT = 20, 34, 46


def chance_ratios() -> list[dict[str, float]]:
    """Return reports over expected by department, of maps in which all have the same rate."""
    table = ranked_counts(parse_period(YEAR))
    total = int(table["reported_count"].sum())
    shares = population_shares(table["person_years"].to_numpy(dtype=float))
    maps = draw_equal_risk(
        total,
        shares,
        kappas=overdispersion(parse_period(YEAR)).kappas,
        size=len(LETTERS),
        rng=np.random.default_rng(SEED),
    )
    return [
        dict(zip(table["department_ubigeo"], row, strict=True)) for row in maps / (total * shares)
    ]


def figure() -> str:
    """Return the four maps and their classes as SVG."""
    results = results_for(parse_period(YEAR))
    real = dict(zip(results["department_ubigeo"], results["smr"], strict=True))
    outlines = small_map()
    width, height = outlines.view.width, outlines.view.height
    wide = 4 * width + 3 * GAP
    parts = [f'<path id="d{code}" d="{escape(path)}"/>' for code, _, path in outlines.shapes]
    parts = [f"<defs>{''.join(parts)}</defs>"]
    for place, (name, ratios) in enumerate(
        zip((YEAR, *LETTERS), (real, *chance_ratios()), strict=True)
    ):
        areas = "".join(
            f'<use href="#d{code}" fill="{SMR.color(SMR.classify(ratios[code]))}"/>'
            if ratios.get(code, np.nan) >= 0
            else f'<use href="#d{code}" fill="{HATCH_GROUND}"/>'
            for code, _, _ in outlines.shapes
        )
        parts.append(
            f'<g transform="translate({place * (width + GAP):g},0)">'
            f'<text x="{width / 2:g}" y="24" text-anchor="middle">{name}</text>'
            f'<g transform="translate(0,{HEAD})" stroke="#8b867c" stroke-width="0.6">{areas}</g>'
            "</g>"
        )
    box = 60
    left, top = (wide - box * len(SMR.colors)) / 2, HEAD + height + 6
    for place, color in enumerate(SMR.colors):
        x = left + place * box
        parts.append(f'<rect x="{x:g}" y="{top:g}" width="{box}" height="14" fill="{color}"/>')
        if place:
            edge = f"{SMR.breaks[place]:g}"
            parts.append(f'<text x="{x:g}" y="{top + 32:g}" text-anchor="middle">{edge}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {HEAD + height + FOOT:g}"'
        ' font-family="sans-serif" font-size="18" fill="#2b2926">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    OUT.write_text(figure(), encoding="utf-8")
    print(f"{OUT}: {OUT.stat().st_size:,} bytes")
