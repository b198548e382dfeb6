"""Areas by several conditions at once."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import cli
from atlas.results.areas import FIELDS, areas_table, matching
from data.periods import default_period
from geo.errors import UserError


def test_likely_illegal_mining_far_from_a_centre():
    """The question that a stranger asks, by the command; the same rows picked out by hand."""
    asked = ("--where", "likely_illegal_ha>=100", "--where", "mined_km_to_cem>30")
    answer = CliRunner().invoke(
        cli.app, ["areas", "--level", "provinces", *asked, "--format", "json"]
    )
    assert answer.exit_code == 0, answer.stderr
    rows = json.loads(answer.stdout)
    table = areas_table(default_period("police", "provinces").at("provinces"))
    far = (table["likely_illegal_ha"] >= 100) & (table["mined_km_to_cem"] > 30)
    assert [row["ubigeo"] for row in rows] == table.loc[far, "ubigeo"].tolist()
    assert [row["province"] for row in rows] == ["Quispicanchi", "Ucayali", "Tambopata", "Sandia"]
    assert set(FIELDS) < set(rows[0])


def test_what_is_not_known_meets_no_condition():
    table = areas_table(default_period())
    for field in ("mined_km_to_cem", "likely_illegal_ha"):
        either = [matching(table, [f"{field} {sign} 1"]) for sign in ("=", "!=")]
        assert sum(map(len, either)) == table[field].notna().sum() < len(table)
    assert matching(table, ["residents<0"]).empty
    empty = CliRunner().invoke(cli.app, ["areas", "--where", "residents<0", "--format", "json"])
    assert (empty.exit_code, json.loads(empty.stdout)) == (0, [])


@pytest.mark.parametrize(
    "text", ["people>1", "smr~1", "smr>many", "verdict>above", "smr", "smr>nan"]
)
def test_a_wrong_condition_is_refused(text):
    with pytest.raises(UserError):
        matching(areas_table(default_period()), [text])
