"""Areas by several conditions at once: command, table, map, picture and bundle."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import cli
from atlas.conditions import FIELDS, read_condition
from atlas.map.page_maps import dimmed_areas
from atlas.map.page_table import ranking_data, table_source
from atlas.paper.picture import map_picture
from atlas.results.areas import areas_table, filter_text, matching, strictest
from atlas.view import View
from atlas.words import words
from data.periods import default_period
from geo.errors import DisclosureError, UserError
from geo.privacy.disclosure import gate
from layers.palette import dim

ASKED = ("likely_illegal_ha>=100", "mined_km_to_cem>30")


def where(*texts: str):
    return [read_condition(text) for text in texts]


def run(*options: str):
    return CliRunner().invoke(cli.app, ["areas", *options])


def test_likely_illegal_mining_far_from_a_centre():
    """The question that a stranger asks, by the command; the same rows picked out by hand."""
    asked = [option for text in ASKED for option in ("--where", text)]
    answer = run("--level", "provinces", *asked, "--format", "json")
    assert answer.exit_code == 0, answer.stderr
    rows = json.loads(answer.stdout)
    table = areas_table(default_period("police", "provinces"), "provinces")
    far = (table["likely_illegal_ha"] >= 100) & (table["mined_km_to_cem"] > 30)
    assert [row["ubigeo"] for row in rows] == table.loc[far, "ubigeo"].tolist()
    assert [row["province"] for row in rows] == ["Quispicanchi", "Ucayali", "Tambopata", "Sandia"]
    assert set(FIELDS) < set(rows[0])


def test_what_is_not_known_meets_no_condition():
    table = areas_table(default_period(), "departments")
    for field in ("mined_km_to_cem", "likely_illegal_ha"):
        either = [matching(table, where(f"{field} {sign} 1")) for sign in ("=", "!=")]
        assert sum(map(len, either)) == table[field].notna().sum() < len(table)
    by_province = areas_table(default_period(), "provinces")  # no prosecutor counts them
    assert by_province["reported_count"].isna().all()
    assert matching(by_province, where("verdict!=above")).empty


def test_every_field_is_known_of_some_department():
    table = areas_table(default_period(), "departments")
    assert table[[*FIELDS]].notna().any().all()


def test_no_match_is_no_error_and_names_the_strictest():
    impossible = ("--where", "smr>1000", "--where", "residents>1e6")
    for style, printed in (("json", "[]"), ("csv", "ubigeo,department"), ("table", "ubigeo  dep")):
        answer = run(*impossible, "--format", style)
        assert answer.exit_code == 0
        assert answer.stdout.startswith(printed)
        assert len(answer.stdout.splitlines()) == 1
        assert "smr>1000, met by 0" in answer.stderr
    table = areas_table(default_period(), "departments")
    condition, count = strictest(table, where("residents>0", "residents>1e6"))
    assert (str(condition), count) == ("residents>1000000", (table["residents"] > 1e6).sum())


@pytest.mark.parametrize(
    "text", ["people>1", "smr~1", "smr>many", "verdict>above", "verdict=many", "smr", "smr>nan"]
)
def test_a_wrong_condition_is_refused(text):
    with pytest.raises(UserError):
        read_condition(text)
    assert run("--where", text).exit_code == 2
    assert View.from_link({"where": text}).problems == ("where",)


def test_map_table_and_picture_hold_the_conditions_of_a_link():
    """Prosecutors count no province: the conditions on mining hold all the same."""
    link = {"level": "provinces", "area": "illegal", "where": ",".join(ASKED), "cols": "residents"}
    view = View.from_link(link)
    assert view.link().items() >= link.items()
    matched = {"0812", "1606", "1701", "2112"}
    codes = set(areas_table(view.period, "provinces")["ubigeo"])
    assert {*dimmed_areas(view)} == codes - matched
    data = ranking_data(view.changed(department="17", province="1701"), words("es"))
    assert {row["code"] for row in data["rows"]} == matched
    fields = ["likely_illegal_ha", "mined_km_to_cem", "residents"]
    assert [column["key"] for column in data["columns"][1:]] == fields
    assert "Consolidado Directorio Nacional" in table_source(view, words("es"))
    picture, plain = map_picture(view), map_picture(view.changed(where=()))
    for region, before in zip(picture.regions, plain.regions, strict=True):
        is_shown = region.code in matched or before.fill is None
        assert region.fill == (before.fill if is_shown else dim(before.fill))
    named = {region.code for region in picture.regions if region.name}
    assert named == matched
    assert "Amazon Mining Watch" in picture.source[1]
    text = filter_text(view, words("es"))
    assert text.startswith("4 de 196 provincias")
    assert any(text in note for note in picture.legend.notes)
    nothing = filter_text(view.changed(where=(*ASKED, "residents<0")), words("en"))
    assert nothing.endswith("“population of the census < 0”, met by 0 of 196.")


def test_anybody_may_have_the_areas_and_nothing_beside_them():
    table = areas_table.tiered(default_period(), "departments")
    gate(table, "T1", outlet="public")
    with pytest.raises(DisclosureError):
        gate(table.assign(address="x"), "T1", outlet="public")
