"""Each column of a table has one meaning, and files for people have it in both languages."""

from __future__ import annotations

import pytest

from atlas import rows
from atlas.results.department_file import COLUMNS
from atlas.results.regions import results_for
from atlas.rows import FIGURES, Area, Region, Row, for_people, names_of, unit_of
from atlas.words import LANGUAGES, words
from data.periods import parse_period
from geo.privacy.public_lists import RESULT_PROPERTIES

MODELS = [model for model in vars(rows).values() if isinstance(model, type) and Row in model.mro()]


@pytest.mark.parametrize("model", MODELS)
def test_every_column_has_a_meaning(model: type[Row]) -> None:
    """Its own, or that of the catalogues: a column without one has no description to give."""
    described = model.model_json_schema()["properties"] if model.model_fields else {}
    assert [*described] == [*model.model_fields]
    assert all(column["description"] for column in described.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_columns_for_people_have_heading_meaning_and_unit(lang: str) -> None:
    say = words(lang)
    for name in {*COLUMNS, *names_of("provinces"), *FIGURES}:
        assert say(f"column.{name}")
        assert say(f"column.{name}.means")
    units = {name: unit_of(name, Area) for name in FIGURES}
    assert all(say(f"bundle.unit.{unit}") for unit in units.values() if unit)
    assert (units["smr"], units["population"], units["unit"]) == ("times", "people", "")


def test_the_registry_has_the_columns_of_the_results() -> None:
    """In their order; what programs alone have is in no file for people."""
    table = results_for(parse_period("2023")).drop(columns="compared")
    assert [*Region.model_fields] == [*table]
    assert {*for_people(Region)} < {*Region.model_fields}
    assert {"kappa", "holm_p_value", "registry", "flags"}.isdisjoint(for_people(Region))


def test_what_may_leave_is_not_what_exists() -> None:
    """The gate's list is kept by hand: a new column is on no file of shapes by itself."""
    assert {*RESULT_PROPERTIES} < {*Region.model_fields, "period"}
