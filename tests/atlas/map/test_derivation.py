"""Where a figure comes from: what is written, done by hand, gives the figure that is shown."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator

import pytest

from atlas.map.derivation import derivation_of
from atlas.map.model import bases_of, results_for
from atlas.map.sentences import ratio_text
from atlas.map.state import DEPARTMENTS
from atlas.words import words
from data.periods import REGISTRIES, periods_of

_DO = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}


def by_hand(text: str) -> float:
    """What a formula of written numbers gives."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return _DO[type(node.op)](value(node.left), value(node.right))
        assert isinstance(node, ast.Constant), text
        return float(node.value)

    plain = text.replace(",", "").replace("×", "*").replace("÷", "/")
    return value(ast.parse(plain, mode="eval").body)


def choices() -> Iterator[tuple[str, str, str]]:
    """Every registry, listed period and base, and months that no year holds."""
    for registry in REGISTRIES.values():
        for period in periods_of(registry):
            for base in bases_of(period.code, registry.code):
                yield registry.code, period.code, base
    yield "police", "2019-03/2022-05", "people"


@pytest.mark.parametrize(("registry", "period", "base"), choices())
def test_what_is_written_gives_what_is_shown(registry: str, period: str, base: str) -> None:
    """Each formula of each department equals its own result, the last ones ratio and rate."""
    say = words("es")
    results = results_for(period, base, registry).set_index("department_ubigeo")
    for department in DEPARTMENTS:
        row = results.loc[department]
        found = derivation_of(department, period, base, say, registry)
        given = {}
        for label, _, formula, _ in found["steps"]:
            left, _, result = formula.rpartition(" = ")
            if left:
                decimals = len(result.partition(".")[2])
                assert say.number(by_hand(left), decimals) == result, (department, formula)
            given[label] = result
        shown = {}
        if row["reported_count"] == row["reported_count"]:
            rate = row["rate_per_100k"]
            shown["rate"] = (rate, lambda one, few=rate < 1: say.number(one, 2 if few else 1))
        if row["smr"] == row["smr"]:
            shown["ratio"] = (row["smr"], lambda one: ratio_text(one, say))
            shown["expected"] = (row["expected"], lambda one: say.number(one, 1))
        # as the card writes them
        for name, (value, write) in shown.items():
            written = float(given[say(f"derivation.{name}")].replace(",", ""))
            assert write(written) == write(value), department
        if shown:
            counts = [float(total.replace(",", "")) for *_, total in found["rows"]]
            assert sum(counts) == row["reported_count"]


def test_madre_de_dios_can_be_traced() -> None:
    """2023: the two rows of its office, the country's people, the files and their publishers."""
    found = derivation_of("17", "2023", "people", words("es"))
    assert found["rows"] == [("Madre de Dios", "34 (art. 129-A) + 37 (art. 129-B)", "71")]
    assert "71 ÷ 6.10 = 11.64" in [formula for _, _, formula, _ in found["steps"]]
    assert [path for _, path in found["files"]] == [
        "tables/complaints.csv",
        "tables/population.csv",
    ]
    assert all(address.startswith("https://") for *_, address in found["sources"])


def test_what_is_not_compared_has_no_ratio() -> None:
    """Lima 2022, whose record is incomplete, has a rate; the others are told without Lima."""
    say = words("es")
    lima = derivation_of("15", "2022", "people", say)
    assert say("derivation.ratio") not in [label for label, *_ in lima["steps"]]
    loreto = derivation_of("16", "2022", "people", say)
    assert any("sin Lima" in note for *_, note in loreto["steps"])
