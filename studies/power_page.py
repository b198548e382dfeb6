"""The page of the power study: tables, and what they mean, with the numbers of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studies.lenses import LENSES, REPLICAS, Country

if TYPE_CHECKING:
    from studies.power import Outcome

_ROW_NAMES = {
    "exact_dispersed": "exact test with dispersion (`above`)",
    "beta_binomial": "beta-binomial (not used)",
}
_DESIGN = (
    ("Gi* on counts, equal risk: maps that call Callao hot", "100 %"),
    ("Gi* on counts, one region at 6 times: found", "none"),
    ("Gi* on rates with FDR, one region at 6 times: found", "0 %"),
    ("exact test with BH, one region at 6 times: found", "68 to 76 %"),
    ("scan, one region at 6 times: found", "73 %"),
    ("exact test and scan: maps with a false alarm", "2 to 4 %"),
    ("scan, neighbours that share the risk: found", "98 to 100 %"),
)
"""What the method was first chosen on: 2,000 maps, 300 reports."""


_MEANING = """## What it means

1. **Counts alone are never tested.** Under equal risk everywhere Gi* on counts raises a false alarm
   in {count_false} of the maps, because Lima is next door, and finds Madre de Dios at six times the
   risk in {count_found}.
2. **One region alone: exact test or scan.** With 300 reports they find it in {exact_found} and
   {scan_found}; under equal risk they raise a false alarm in {exact_false} and {scan_false}. Gi* on
   crude rates with Benjamini-Hochberg finds it in {crude_found}.
3. **Gi* on standardised rates speaks of neighbourhoods.** It finds the region in {rate_found} (300
   reports) and {rate_found_many} (3,000), but then calls a calm neighbour hot too in
   {rate_false_many} of the maps. That is what it measures, and why it is the third lens.
4. **Neighbours that share the risk: the scan.** With 300 reports it finds all three in {scan_all}
   of the maps, the exact test in {exact_all}.
5. **When reports come in waves, a test that assumes chance alone is wrong.** At 3,000 reports and
   equal risk the exact test raises a false alarm in {exact_waves} of the maps and the scan in
   {scan_waves}; with the measured dispersion {strict_waves} and {strict_scan_waves}. Hence two
   grades: `above_poisson_only` is a remark, `above` a finding.
6. **The strict grade raises too many alarms on few reports.** At 300 reports with waves it does so
   in {strict_few} of the maps: Madre de Dios, for one, expects {expected} there, and Student's t is
   a poor guide to the upper tail of counts that small. The table below says how it fares on the
   totals that the atlas shows. The scan with dispersion raises one in {strict_scan_few} at 300, and
   finds little ({strict_scan_few_found}).

The dispersion is taken as known here; its interval ({low} to {high}) is an axis of the robustness
check. Waves are drawn independently from region to region."""


def compose(
    outcomes: list[Outcome],
    country: Country,
    *,
    by_people: dict[str, float],
    by_total: dict[str, dict[int, float]],
    maps: int,
) -> str:
    """Write the page in Markdown; the same outcomes give the same text.

    Parameters
    ----------
    outcomes : list of Outcome
    country : Country
    by_people : dict
        Period to detection: :func:`studies.power.detection_by_people`.
    by_total : dict
        Lens to total to false alarms: :func:`studies.power.alarms_by_total`.
    maps : int
        Simulated maps a scenario.
    """
    waves = country.dispersion.phi
    parts = [
        "# Power study: what each lens finds, and what it makes up",
        f"Made by `make study`: {maps:,} maps for each of three truths, two totals and two kinds "
        "of noise, all lenses on the same maps; people and outlines as shipped (2023), seeds "
        "fixed. "
        f"Simulated nulls have {REPLICAS:,} maps. *Found*: mean share of the regions of raised "
        "risk that are called high. *All*: maps where all of them are. *False*: maps where any "
        "other region is called high. Level 0.05. *Waves*: counts vary "
        f"{waves:.2f} times more than chance, as the yearly reports do.",
        "![Found and made up by lens](images/power-study.svg)",
        _meaning(outcomes, country),
        _by_total(by_total),
        _comparison(outcomes, country, by_people),
        "## All numbers",
    ]
    for scenario in dict.fromkeys(one.scenario for one in outcomes):
        for total in dict.fromkeys(one.total for one in outcomes):
            shown = [one for one in outcomes if (one.scenario, one.total) == (scenario, total)]
            title = scenario.name[0].upper() + scenario.name[1:]
            parts.append(f"### {title}, {total:,} reports")
            parts.append(_table(shown))
    return "\n\n".join(parts) + "\n"


def _table(outcomes: list[Outcome]) -> str:
    lines = [
        "| lens | found | all | false | found, waves | all, waves | false, waves |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for key, (name, _) in LENSES.items():
        cells = [
            _share(value)
            for one in sorted(outcomes, key=lambda one: one.waves)
            if one.lens == key
            for value in (one.found, one.found_all, one.false_alarm)
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(value: float) -> str:
    return "–" if value != value else f"{100 * value:.1f} %"


def _meaning(outcomes: list[Outcome], country: Country) -> str:
    def of(place: int, total: int, is_wavy: bool, lens: str) -> Outcome:
        return _pick(outcomes, place, total, is_wavy=is_wavy, lens=lens)

    def false(total: int, is_wavy: bool, lens: str, place: int = 0) -> str:
        return _share(of(place, total, is_wavy, lens).false_alarm)

    def found(total: int, lens: str, *, is_wavy: bool = False) -> str:
        return _share(of(1, total, is_wavy, lens).found)

    expected = 300 * float(country.people[country.codes.index("17")] / country.people.sum())
    return _MEANING.format(
        count_false=false(300, False, "count_gi"),
        count_found=found(300, "count_gi"),
        exact_found=found(300, "exact"),
        scan_found=found(300, "scan"),
        exact_false=false(300, False, "exact"),
        scan_false=false(300, False, "scan"),
        crude_found=found(300, "rate_gi_normal"),
        rate_found=found(300, "rate_gi"),
        rate_found_many=found(3000, "rate_gi"),
        rate_false_many=false(3000, False, "rate_gi", place=1),
        scan_all=_share(of(2, 300, False, "scan").found_all),
        exact_all=_share(of(2, 300, False, "exact").found_all),
        exact_waves=false(3000, True, "exact"),
        scan_waves=false(3000, True, "scan"),
        strict_waves=false(3000, True, "exact_dispersed"),
        strict_scan_waves=false(3000, True, "scan_dispersed"),
        strict_few=false(300, True, "exact_dispersed"),
        strict_scan_few=false(300, True, "scan_dispersed"),
        strict_scan_few_found=found(300, "scan_dispersed", is_wavy=True),
        expected=f"{expected:.1f}",
        low=f"{country.dispersion.low:.2f}",
        high=f"{country.dispersion.high:.2f}",
    )


def _by_total(by_total: dict[str, dict[int, float]]) -> str:
    totals = list(next(iter(by_total.values())))
    rows = [
        f"| {_ROW_NAMES[lens]} | {' | '.join(_share(value) for value in values.values())} |"
        for lens, values in by_total.items()
    ]
    return "\n".join(
        [
            "## The strict grade by the number of reports",
            "",
            "Maps of equal risk, with waves, where some region is called high; a level of 0.05 "
            "allows 5 %.",
            "",
            f"| reports | {' | '.join(f'{total:,}' for total in totals)} |",
            f"| --- |{' --- |' * len(totals)}",
            *rows,
            "",
            "So a lone `above` in a single year deserves a look at the other years and at the "
            "robustness count. The beta-binomial keeps its level where waves are gamma, and would "
            "find less.",
        ]
    )


def _comparison(outcomes: list[Outcome], country: Country, by_people: dict[str, float]) -> str:
    def found_by(place: int, lens: str) -> str:
        return _share(_pick(outcomes, place, 300, is_wavy=False, lens=lens).found)

    def alarms(lens: str) -> str:
        return _share(_pick(outcomes, 0, 300, is_wavy=False, lens=lens).false_alarm)

    hot = dict(
        zip(
            country.codes,
            _pick(outcomes, 0, 300, is_wavy=False, lens="count_gi").called_regions,
            strict=True,
        )
    )
    now = (
        f"{_share(hot['07'])} (Áncash {_share(hot['02'])})",
        found_by(1, "count_gi"),
        f"{found_by(1, 'rate_gi_normal')} (crude rates, normal p); {found_by(1, 'rate_gi')} as the "
        "atlas computes it",
        found_by(1, "exact"),
        found_by(1, "scan"),
        f"{alarms('exact')} and {alarms('scan')}",
        found_by(2, "scan"),
    )
    rows = [
        f"| {what} | {then} | {value} |" for (what, then), value in zip(_DESIGN, now, strict=True)
    ]
    return "\n".join(
        [
            "## Against the figures that the method was chosen on",
            "",
            "| 300 reports, chance alone | then | now |",
            "| --- | --- | --- |",
            *rows,
            "",
            "They agree but for three points. Gi* with FDR does find an isolated region in part of "
            "the maps once its rates are standardised and its null is equal risk "
            "(`geo/clusters.py`): the 0 % holds for crude rates with normal p. And how often the "
            "exact test finds Madre de Dios hangs on the year whose people are used, since its "
            "share of them grew: "
            + ", ".join(f"{period} {_share(found)}" for period, found in by_people.items())
            + ". And the scan raises a false alarm as often as its level allows, as a Monte Carlo "
            "test must, the exact test less often, since counts are whole numbers.",
        ]
    )


def _pick(outcomes: list[Outcome], place: int, total: int, *, is_wavy: bool, lens: str) -> Outcome:
    scenario = list(dict.fromkeys(one.scenario for one in outcomes))[place]
    return next(
        one
        for one in outcomes
        if (one.scenario, one.total, one.lens) == (scenario, total, lens)
        and (one.waves > 1) == is_wavy
    )
