"""Errors of the lower layers: English in the code, Spanish where a reader asks for it."""

from __future__ import annotations

import ast
import pickle
import re
import string
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas.words import error_text, words
from data.points import FAULTS
from data.readers.raw_table import refuse
from geo.errors import DataError, GeoError, ParameterError
from tests.atlas.test_words import KEY

ROOT = Path(__file__).resolve().parent.parent.parent
RAISING = {"GeoError", "ParameterError", "DataError"}


def _refused(*args: object, **values: object) -> GeoError:
    with pytest.raises(DataError) as refusal:
        refuse(*args, **values)  # pyrefly: ignore[bad-argument-type]
    return refusal.value


@pytest.mark.parametrize(
    ("error", "english", "spanish"),
    [
        (
            _refused(Path("/somebody/times.csv"), "a column twice", "each column once", row=1),
            "times.csv, line 1: found a column twice; expected each column once",
            "times.csv, línea 1: una columna dos veces; se espera cada columna una vez",
        ),
        (
            _refused(
                "a{b}.csv", "no column {asked!r} for {what}", "one of {headings}",
                asked="{x}", what="class", headings="{y}, {}",
            ),
            "a{b}.csv: found no column '{x}' for class; expected one of {y}, {}",
            "a{b}.csv: no hay columna '{x}' para class; se espera una de {y}, {}",
        ),
        (
            _refused(
                "cases.csv", "{count:,} {kind} (lines {lines})", "one of {headings}",
                count=2, kind=GeoError("outside Peru"), lines="2, 3", headings="x",
            ),
            "cases.csv: found 2 outside Peru (lines 2, 3); expected one of x",
            "cases.csv: 2 fuera del Perú (líneas 2, 3); se espera una de x",
        ),
        (
            ParameterError("the travel time from {start} to {end} is given twice. Give one",
                           start="Lima", end="Ica"),
            "the travel time from Lima to Ica is given twice. Give one",
            "el tiempo de viaje de Lima a Ica viene dos veces. Dé uno solo",
        ),
        (
            ParameterError("kappa is {-1}: only who calls it reads this"),
            "kappa is {-1}: only who calls it reads this",
            "kappa is {-1}: only who calls it reads this",
        ),
    ],
)  # fmt: skip
def test_errors_speak_the_language(error: GeoError, english: str, spanish: str) -> None:
    """Their own text is English; Spanish where the catalogue has it, out of a child as well."""
    for each in (error, pickle.loads(pickle.dumps(error))):
        assert type(each) is type(error)
        assert str(each) == error_text(each, words("en")) == english
        assert error_text(each, words("es")) == spanish


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """What a module gives to each name."""
    values = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for name in (n for target in node.targets for n in ast.walk(target)):
                if isinstance(name, ast.Name):
                    values[name.id].append(node.value)
    return values


def _texts(node: ast.AST, assigned: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The strings that an argument can be, through names of its module; f-strings are none."""
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr():
            raise AssertionError(f"{ast.unparse(node)} cannot be translated: name its values")
        case ast.Name(name):
            for value in assigned.get(name, []):
                yield from _texts(value, {**assigned, name: []})
        case ast.IfExp(body=first, orelse=second):
            yield from _texts(first, assigned)
            yield from _texts(second, assigned)
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.Dict(values=parts):
            for part in parts:
                yield from _texts(part, assigned)
        case ast.Call(ast.Attribute(value=table, attr="get"), args=[_, usual]):
            yield from _texts(table, assigned)
            yield from _texts(usual, assigned)


def _raised() -> Iterator[tuple[str, set[str], set[str] | None]]:
    """Yield each error with a template: its place, templates and values (None: some by **)."""
    for folder in ("data", "geo", "layers", "atlas"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name in ("errors.py", "raw_table.py"):  # they hand templates on
                continue
            tree = ast.parse(path.read_text("utf-8"))
            assigned = _assigned(tree)
            for call in ast.walk(tree):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                    continue
                name = call.func.id
                given = {word.arg: word.value for word in call.keywords}
                if name == "refuse" and len(call.args) > 2:  # a file, what came, what is expected
                    arguments = call.args[1:3]
                    values = {*given} - {"row"}
                elif name in RAISING and {*given} - {"came", "expected", "row"}:
                    arguments = call.args if name != "DataError" else []
                    arguments = [*arguments, *(given.get(part) for part in ("came", "expected"))]
                    values = {*given} - {"came", "expected", "row"}
                else:
                    continue
                texts = {text for part in arguments if part for text in _texts(part, assigned)}
                where = f"{path.relative_to(ROOT)}, line {call.lineno}"
                yield where, texts, None if None in given else values


def test_what_readers_meet_has_spanish() -> None:
    """A refused file, and a template with values, are for whoever brought the file or option."""
    spanish = {key for key in words("es").catalogue if not KEY.fullmatch(key)}
    calls = list(_raised())
    assert len(calls) > 75
    assert set(FAULTS) <= spanish
    for where, templates, values in calls:
        assert templates, where
        for template in templates:
            is_worded = re.search(r"[^\W\d_]", re.sub(r"\{.*?\}", "", template))
            assert not is_worded or template in spanish, (where, template)
            assert values is None or _placeholders(template) <= values, (where, template)
