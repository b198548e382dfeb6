"""Where a figure comes from: what is written, done by hand, gives the figure that is shown."""

from __future__ import annotations

import ast
import operator
from typing import Any

import pytest

from atlas.results.derivation import derivation_html, derivation_of
from atlas.results.regions import results_for
from atlas.results.sentences import ratio_text
from atlas.words import words
from data.periods import parse_period
from data.reports import AREA_COLUMNS

_DO = {
    ast.Pow: operator.pow,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def by_hand(text: str) -> float:
    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return _DO[type(node.op)](value(node.left), value(node.right))
        assert isinstance(node, ast.Constant), text
        return float(node.value)

    plain = (
        text.replace(",", "")
        .replace("×", "*")
        .replace("÷", "/")
        .replace("−", "-")
        .replace("^", "**")
    )
    return value(ast.parse(plain, mode="eval").body)


CHOICES = (
    ("mpfn", "2022", "people"),
    ("mpfn", "2025-01/2025-11", "offences"),
    ("police", "2019-03/2022-05", "people"),
    ("observatory", "2007-01/2014-04", "people"),
)
"""a year with a gap, a part of one, each registry, months of several years"""


def check(derivation: dict[str, Any], where: object = "") -> dict[str, str]:
    """Each formula equals its own result; what each label ends with."""
    say, given = words("es"), {}
    for label, _, formula, _ in derivation.steps:
        left, _, result = formula.rpartition(" = ")
        if left:
            decimals = len(result.partition(".")[2])
            assert say.number(by_hand(left), decimals) == result, (where, formula)
        given[label] = result
    return given


@pytest.mark.parametrize(
    ("registry", "period", "base", "level"),
    [
        *((*choice, "departments") for choice in CHOICES),
        ("police", "2017/2022", "people", "provinces"),
    ],
)
def test_what_is_written_gives_what_is_shown(
    registry: str, period: str, base: str, level: str
) -> None:
    """Each written formula gives its own result, up to ratio and rate."""
    say = words("es")
    results = results_for(parse_period(period, registry, level), base).set_index(
        AREA_COLUMNS[level]
    )
    for department, row in results.iloc[:: 1 if level == "departments" else 5].iterrows():
        derivation = derivation_of(department, parse_period(period, registry, level), base, say)
        given = check(derivation, department)
        shown = {}
        if row["reported_count"] == row["reported_count"]:
            rate = row["rate_per_100k"]
            shown["derivation.rate"] = (
                rate,
                lambda amount, few=rate < 1: say.number(amount, 2 if few else 1),
            )
        if row["smr"] == row["smr"]:
            shown["column.smr"] = (row["smr"], lambda amount: ratio_text(amount, say))
            shown["focos.scan.due"] = (row["expected"], lambda amount: say.number(amount, 1))
        # as the card writes them
        for key, (value, write) in shown.items():
            written = float(given[say(key)].replace(",", ""))
            assert write(written) == write(value), department


def test_the_country_is_traced_to_its_people() -> None:
    """In every period each formula gives its result."""
    say = words("es")
    for registry, period, base in CHOICES:
        check(derivation_of(None, parse_period(period, registry), base, say), period)


def test_the_rate_of_the_country_is_of_those_whose_reports_are_whole() -> None:
    """Pasco has no row in 2025 and Piura one of fewer months: neither is in the rate."""
    period, say = parse_period("2025-01/2025-11"), words("es")
    steps = {label: rest for label, *rest in derivation_of(None, period, "people", say).steps}
    table = results_for(period).set_index("department").drop(["Pasco", "Piura"])
    rate = 1e5 * table["reported_count"].sum() / table["person_years"].sum()
    assert steps[say("derivation.rate")][1].endswith(f"= {rate:.1f}")
    label = f"Habitantes × años ({period.years[0]})"
    assert "Pasco y Piura" in steps[label][2]


def test_madre_de_dios_can_be_traced() -> None:
    """2023: reports and expected, the files and their publishers."""
    derivation = derivation_of("17", parse_period("2023"), "people", words("es"))
    assert "71 ÷ 6.2255 = 11.4" in [formula for _, _, formula, _ in derivation.steps]
    assert [path for _, path in derivation.files] == [
        "tables/complaints.csv",
        "tables/population.csv",
        "tables/census_2025.csv",
    ]
    assert all(address.startswith("https://") for *_, address in derivation.sources)


def test_people_and_person_years_have_names_of_their_own() -> None:
    """A year has residents; eleven months of one, or three years, residents × years."""
    say = words("es")
    for period, base, what in (
        ("2023", "people", "derivation.of.people"),
        ("2021/2023", "people", "derivation.of.people.years"),
        ("2025-01/2025-11", "people", "derivation.of.people.years"),
        ("2025-01/2025-11", "offences", "derivation.of.offences"),
    ):
        steps = derivation_of("17", parse_period(period), base, say).steps
        assert any(f" {say(what)} en " in note for *_, note in steps), (period, base)
        if base == "people":
            people = "habitantes" if period == "2023" else "(habitantes × años)"
            assert f"reportes ÷ {people} × 100 mil" in [label for _, label, _, _ in steps]


def test_what_is_not_compared_has_no_ratio() -> None:
    say = words("es")
    lima = derivation_of("15", parse_period("2022"), "people", say)
    assert say("column.smr") not in [label for label, *_ in lima.steps]
    loreto = derivation_of("16", parse_period("2022"), "people", say)
    assert any("sin Lima" in note for *_, note in loreto.steps)


@pytest.mark.parametrize(
    ("lang", "part"), [("es", "Cuentan cosas distintas"), ("en", "They count")]
)
def test_the_fold_of_a_page_without_a_card_says_why_registries_differ(lang: str, part: str) -> None:
    """Once a screen: a card has the sentence in a fold of its own."""
    say = words(lang)
    period = parse_period("2023")
    assert part in derivation_html("17", period, "people", say)
    assert part not in derivation_html("17", period, "people", say, is_within_fold=True)
