"""Where a fault is planted, and what counts as caught: on a tree of two modules and their tests."""

import re
from pathlib import Path

import pytest

from studies.plant_faults import (
    Fault,
    NotPlantedError,
    Result,
    find_planting,
    random_faults,
    read_faults,
    table,
    try_fault,
)

MODULE = '''from functools import cache


class Plan:
    @cache
    def load(self):
        """
        >>> Plan().load()
        3
        """
        return 1 + 2


def load():
    def inner():
        return 1 + 2

    return inner()
'''


def fault(old: str, new: str, **where: str) -> Fault:
    return Fault("geo-01", "geo", "wrong unit", "what", old, new, **where)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A module and a style."""
    for path, text in {
        "geo/siting/plan.py": MODULE,
        "geo/siting/static/look.css": "a { color: red }\n" + "\n" * 50 + "b { color: red }\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("function", "planted"),
    [
        ("Plan.load", MODULE.replace("return 1 + 2", "return 1", 1)),
        ("load", MODULE[::-1].replace("2 + 1 nruter", "1 nruter", 1)[::-1]),
        ("load.inner", MODULE[::-1].replace("2 + 1 nruter", "1 nruter", 1)[::-1]),
    ],
)
def test_the_function_alone_is_changed_wherever_it_lies(tree, function, planted):
    planned = fault("return 1 + 2", "return 1", function=function)
    assert find_planting(planned, tree).text == planted
    (tree / "atlas").mkdir()
    (tree / "geo/siting/plan.py").rename(tree / "atlas/moved.py")
    assert find_planting(planned, tree).file == tree / "atlas/moved.py"
    assert find_planting(planned, tree).text == planted


@pytest.mark.parametrize(
    ("planted", "why"),
    [
        (fault("1", "2", function="Plan.save"), "'Plan.save' is gone"),
        (fault("1 - 2", "2", function="Plan.load"), "the text stands 0 times in 'Plan.load'"),
        (fault("load", "save", function="Plan.load"), "the text stands 2 times in 'Plan.load'"),
        (fault("red", "blue", marker="c {"), "'c {' is gone"),
    ],
)
def test_what_cannot_be_planted_says_why(tree, planted, why):
    with pytest.raises(NotPlantedError, match=re.escape(why)):
        find_planting(planted, tree)
    result = try_fault(planted, tree)
    assert result == Result("not planted", why, "geo")
    assert f"| not planted: {why} |" in table([planted], {planted.id: result})


def test_the_faults_are_a_hundred():
    rooms = [planted.room for planted in read_faults()]
    assert {room: rooms.count(room) for room in rooms} == dict.fromkeys(
        ("geo", "data", "layers", "atlas"), 25
    )


def test_random_places_are_the_same_for_a_seed_and_change_one_operator_or_number(
    tree: Path,
) -> None:
    """What stands in two places of a function alike cannot be planted; there are two functions."""
    drawn = random_faults(30, 1, tree)
    assert drawn == random_faults(30, 1, tree)
    lines = {fault.new.strip() for fault in drawn}
    assert lines == {"return 1 - 2", "return 2 + 2", "return 1 + 3"}
    assert {fault.function for fault in drawn} == {"Plan", "Plan.load", "load", "load.inner"}


@pytest.mark.slow  # code that moves or is written anew takes its fault along before a release
@pytest.mark.parametrize("fault", read_faults(), ids=lambda fault: fault.id)
def test_every_fault_has_its_place(fault: Fault) -> None:
    assert find_planting(fault).text
