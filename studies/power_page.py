"""The page of the power study and its chart, with the numbers of the run.

Run with ``make study``; writes docs/power-study.md and docs/images/power-study.svg.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from geo.excess import LEVEL
from studies.power import (
    FITTED,
    OWN_YEAR,
    SHIPPED,
    Law,
    Measured,
    Power,
    Size,
    laws,
    measure,
    run,
)

ROOT = Path(__file__).resolve().parent.parent

_PAGE = """# Power study: how often the verdict is wrong, and what it finds

Made by `make study` from the shipped tables, seeds fixed: {maps:,} maps of equal risk for each law
and total, {power_maps:,} for each department, ratio and total; totals and people of {periods}.
A *false call*: a department is above or below (Benjamini-Hochberg at {level} over {areas}
departments) though all have the same risk. A law multiplies each rate by a *wave* of mean 1.

## What it means

1. **Is the level of 5 % kept under waves as wide as measured?** Negative binomial and lognormal
   waves, the largest share of maps with a false call at any total: with κ as shipped
   {shipped_worst}; with κ fitted on a history of each simulated world {fitted_worst}; with the
   judged year among the fitted ones, as the atlas has single years, {own_worst}.
2. **A doubling cannot be told from a wave; a tripling can, about half of the time.** At {year}
   reports a department at twice the risk of the rest is found in {found[0]} of the maps, at three
   times in {found[1]}, at four times in {found[2]}. At {most}: {found[3]}, {found[4]} and
   {found[5]}. Waves grow with the counts, so more reports help little.
3. **The verdict fails if φ is constant.** With a variance of φ μ, φ = {phi:.2f}, and κ as shipped,
   {constant} of single-year maps have a false call. The counts speak against it (below).
4. **It fails if the true κ is the upper end of the shipped range**: {upper}. Where such worlds
   fit their own κ: {upper_fitted}.
5. **A wave that lasts is flagged.** If waves keep {kept:.0f} % from one year to the next, with the
   variance {variance:.2f} that the pairs of years give (below), a department is flagged in
   {lasting} of the maps though in the long run all are equal, and adding years does not help.
   `above` says: more than the ups and downs among the fitted years explain. It does not say that
   this will last.
6. **The 95 % interval of the ratio** holds the true one in {covered} of the maps under negative
   binomial waves and in {covered_lognormal} under lognormal ones, by ratio, size and total.

![Share found by the count expected](images/power-study.svg)

## The waves as measured

Over {fit_areas} departments (without Lima) and {fit_years}:

{constants}

κ of pairs of years, 2020 included, grows with the years between them, so waves last:

{pairs}

## False calls

*Lasting* waves are drawn by year; of the other laws one wave covers the whole period, which is the
hardest case where years are added. κ is fitted on {histories:,} histories a law, as large as the
fitted table; the judged map is not in them, which is stricter than the atlas.

{fitted}

## What is found

Maps in which one department at the ratio to the rest is flagged above; κ fitted, negative binomial
waves. Shares of the people: {groups}.

{power}
"""
_TOLD = (2.0, 3.0, 4.0)
_COLOURS = {2.0: "#8c96c6", 3.0: "#d95f0e", 4.0: "#7a5195", 10.0: "#123a5c"}
_LEFT, _TOP, _WIDTH, _HEIGHT = 56, 44, 520, 260


def compose(
    measured: Measured,
    sizes: list[Size],
    powers: list[Power],
    *,
    maps: int,
    histories: int,
    power_maps: int,
) -> str:
    """Write the page in Markdown; the same outcomes give the same text."""
    truths = laws(measured)
    gamma, lognormal, _, upper, constant, _, lasting, _ = truths
    most = max(size.total for size in sizes)
    single = {power.country.total for power in powers if len(power.country.year_totals) == 1}
    year = next(power.country.total for power in powers if power.country.period == "2023")

    def false(law: Law | Sequence[Law], way: str, *, is_single: bool = False) -> list[float]:
        wanted = [law] if isinstance(law, Law) else law
        return [
            size.false_calls
            for size in sizes
            if size.law in wanted and size.way == way and (size.total in single or not is_single)
        ]

    def worst(way: str) -> str:
        share = max(false((gamma, lognormal), way))
        return f"{_percent(share)} ({'kept' if share <= LEVEL else 'not kept'})"

    def detected(ratio: float, total: int) -> str:
        return _percent(_of(powers, gamma, ratio, total).detected.mean())

    def covered(law: Law) -> str:
        return _span(
            power.covered[group].mean()
            for power in powers
            if power.law == law
            for group in _groups(power.country.share).values()
        )

    def by_total(way: str) -> str:
        rows = {
            law.name: {size.total: size for size in sizes if size.law == law and size.way == way}
            for law in truths
        }
        totals = sorted({total for row in rows.values() for total in row})
        return _table(
            ["%, by truth", *(f"{total:,}" for total in totals)],
            [
                [name, *(_number(row[total].false_calls) for total in totals)]
                for name, row in rows.items()
            ],
        )

    fit, (variance, correlation) = measured.fit, measured.lasting
    constants = [fit.kappa, *fit.kappas[[0, -1]], measured.phi, measured.gain]
    pairs = measured.pair_kappa
    share = powers[0].country.share
    return _PAGE.format(
        maps=maps,
        histories=histories,
        power_maps=power_maps,
        periods=", ".join(dict.fromkeys(power.country.period for power in powers)),
        areas=share.size,
        level=LEVEL,
        shipped_worst=worst(SHIPPED),
        fitted_worst=worst(FITTED),
        own_worst=worst(OWN_YEAR),
        year=f"{year:,}",
        most=f"{most:,}",
        found=[detected(ratio, total) for total in (year, most) for ratio in (2, 3, 4)],
        phi=measured.phi,
        constant=_span(false(constant, SHIPPED, is_single=True)),
        upper=_span(false(upper, SHIPPED)),
        upper_fitted=_span(false(upper, FITTED)),
        kept=100 * correlation,
        variance=variance,
        lasting=_span(false(lasting, FITTED)),
        covered=covered(gamma),
        covered_lognormal=covered(lognormal),
        fit_areas=len(measured.mean),
        fit_years=", ".join(map(str, measured.years)),
        constants=_table(
            ["κ", "lowest κ", "highest κ", "φ", "log-likelihood of μ + κ μ² less that of φ μ"],
            [
                [
                    f"{value:.{places}f}"
                    for value, places in zip(constants, (4, 4, 4, 2, 1), strict=True)
                ]
            ],
        ),
        pairs=_table(
            ["years apart", *map(str, pairs)],
            [["κ", *(f"{kappa:.2f}" for kappa in pairs.values())]],
        ),
        fitted=by_total(FITTED),
        groups="; ".join(
            f"{name} {_span(share[group])} ({group.size} departments)"
            for name, group in _groups(share).items()
        ),
        power=_by_size(powers, gamma),
    )


def draw(powers: list[Power]) -> str:
    """Share found against the count expected at an equal share: an SVG without script."""
    shown = [power for power in powers if power.law == powers[0].law and power.ratio in _COLOURS]
    expected = [power.country.total * power.country.share for power in shown]
    low, high = np.log([np.min(np.concatenate(expected)), np.max(np.concatenate(expected))])
    bottom = _TOP + _HEIGHT
    title = "Share of maps in which a department is found, by the reports expected of it"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 84} '
        f'{bottom + 48}" role="img" aria-labelledby="t" '
        'font-family="sans-serif" font-size="12" fill="#22292f">',
        f'<title id="t">{title}</title>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        _text(8, 20, title, size=14),
        _text(_LEFT + _WIDTH / 2, bottom + 38, "reports expected (logarithmic)", anchor="middle"),
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = bottom - share * _HEIGHT
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{_WIDTH}" stroke="#d5dbe0"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{share:.0%}", anchor="end"))
    for tick in (3, 10, 30, 100, 300, 1000):
        x = _LEFT + (np.log(tick) - low) / (high - low) * _WIDTH
        if _LEFT <= x <= _LEFT + _WIDTH:
            parts.append(_text(x, bottom + 18, f"{tick:,}", anchor="middle"))
    for power, counts in zip(shown, expected, strict=True):
        across = _LEFT + (np.log(counts) - low) / (high - low) * _WIDTH
        parts += [
            f'<circle cx="{x:.1f}" cy="{bottom - share * _HEIGHT:.1f}" r="3" '
            f'fill="{_COLOURS[power.ratio]}" fill-opacity="0.75"/>'
            for x, share in zip(across, power.detected, strict=True)
        ]
    for row, (ratio, colour) in enumerate(reversed(_COLOURS.items())):
        y = _TOP + 14 + 20 * row
        parts.append(f'<circle cx="{_LEFT + _WIDTH + 20}" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(_text(_LEFT + _WIDTH + 30, y, f"{ratio:g} times"))
    return "\n".join([*parts, "</svg>", ""])


def _groups(share: np.ndarray) -> dict[str, np.ndarray]:
    """Thirds of the departments by their share."""
    return dict(
        zip(("small", "middle", "large"), np.array_split(np.argsort(share), 3), strict=True)
    )


def _of(powers: list[Power], law: Law, ratio: float, total: int) -> Power:
    return next(
        power
        for power in powers
        if (power.law, power.ratio, power.country.total) == (law, ratio, total)
    )


def _by_size(powers: list[Power], law: Law) -> str:
    totals = sorted({power.country.total for power in powers})
    rows = []
    for ratio in _TOLD:
        cells = [_of(powers, law, ratio, total) for total in totals]
        for size in _groups(cells[0].country.share):
            shares = [cell.detected[_groups(cell.country.share)[size]].mean() for cell in cells]
            rows.append([f"{ratio:g}", size, *map(_number, shares)])
    return _table(["%, by ratio", "departments", *(f"{total:,}" for total in totals)], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(share: float) -> str:
    return f"{100 * share:.1f}"


def _percent(share: float) -> str:
    return f"{_number(share)} %"


def _span(shares: Iterable[float]) -> str:
    values = list(shares)
    return f"{_percent(min(values))} to {_percent(max(values))}"


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{text}</text>'


def main() -> None:
    """Run the study and write its page and its chart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=20_000, help="maps of equal risk for a law")
    parser.add_argument("--histories", type=int, default=5_000, help="fitted tables for a law")
    parser.add_argument("--power-maps", type=int, default=500, help="maps for a department")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", help="folder of the page")
    asked = parser.parse_args()
    number = {"maps": asked.maps, "histories": asked.histories, "power_maps": asked.power_maps}
    begun = time.perf_counter()
    measured = measure()
    sizes, powers = run(measured, **number)
    (asked.out / "images").mkdir(parents=True, exist_ok=True)
    (asked.out / "images" / "power-study.svg").write_text(draw(powers), encoding="utf-8")
    page = compose(measured, sizes, powers, **number)
    (asked.out / "power-study.md").write_text(page, encoding="utf-8")
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
