"""The view: links and options read, checked and written back; nothing that came is repeated."""

from __future__ import annotations

import csv
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from atlas.checked import faults
from atlas.conditions import FIELDS
from atlas.method.page import read_link as method_link
from atlas.public.page import read_link as public_link
from atlas.results.published import years_of_disagreement
from atlas.results.regions import bases_of
from atlas.view import (
    BANDWIDTHS_KM,
    BASES,
    DEPARTMENTS,
    MAX_LENGTH,
    MEASURES,
    NO_LONGER,
    OVERLAYS,
    PAGES,
    RATIO_MEASURES,
    View,
)
from atlas.words import LANGUAGES
from data.periods import PERIOD_CODES, parse_period
from tests.refusing import PYDANTIC, refused

MAIN = Path(__file__).resolve().parents[2] / "atlas" / "web" / "main.py"
LINKS = list(csv.DictReader(Path(__file__).with_name("links.csv").open(encoding="utf-8")))
PERIODS = [
    *map(parse_period, PERIOD_CODES),
    *(parse_period(code, "mpfn") for code in ("2019/2022", "2025-01/2025-11")),
    *(parse_period(code, "police") for code in ("2017", "2023-01/2025-09", "2024-03/2024-08")),
]
VIEWS = st.builds(
    View,
    lang=st.sampled_from(LANGUAGES),
    period=st.sampled_from(PERIODS),
    measure=st.sampled_from(MEASURES),
    department=st.none() | st.sampled_from(DEPARTMENTS),
    overlays=st.sets(st.sampled_from(OVERLAYS)).map(tuple),
    bandwidth_km=st.sampled_from(BANDWIDTHS_KM),
    where=st.sets(st.sampled_from(("smr>=1.5", "verdict!=above", "residents<1e6"))).map(tuple),
    columns=st.sets(st.sampled_from(FIELDS), max_size=3).map(tuple),
) | st.builds(View, measure=st.sampled_from(RATIO_MEASURES), base=st.sampled_from(BASES))


def hotspots_link(query: dict[str, str], **start: object) -> View:
    narrowed = {"base": lambda chosen: bases_of(chosen["period"])}
    return View.from_link(query, "hotspots", start=start, narrowed=narrowed)


def figures_link(query: dict[str, str]) -> View:
    narrowed = {"year": lambda _: years_of_disagreement()}
    return View.from_link(query, "figures", start={"year": "2021"}, narrowed=narrowed)


READERS = {
    "map": View.from_link,
    "hotspots": hotspots_link,
    "figures": figures_link,
    "public": public_link,
    "method": method_link,
}


@pytest.mark.parametrize("row", LINKS, ids=lambda row: f"{row['page']}?{row['query']}")
def test_a_link_that_people_keep_opens_as_before(row: dict[str, str]) -> None:
    """What the second edition made of a link, and the fields of it that were not understood."""
    view = READERS[row["page"]](dict(parse_qsl(row["query"], keep_blank_values=True)))
    assert urlencode(view.link(row["page"]), safe="/+,") == row["link"]
    assert "-".join(view.problems) == row["problems"]


@given(VIEWS, st.none() | VIEWS)
def test_a_view_survives_its_link(view: View, second: View | None) -> None:
    """A link carries the whole view, in values of at most MAX_LENGTH, with its second map."""
    view = view.changed(second=second)
    link = view.link()
    assert View.from_link(link) == view
    assert all(len(value) <= MAX_LENGTH for value in link.values())
    if view.second_map:
        shared = ("lang", "department", "overlays", "bandwidth_km")
        assert [getattr(view.second_map, field) for field in shared] == [
            getattr(view, field) for field in shared
        ]


SECONDS = [
    ("registry:police,period:2022", "police 2022 smr departments", ()),
    ("registry:police", "police 2024 smr departments", ()),
    ("period:2019,measure:rate", "mpfn 2019 rate departments", ()),
    ("registry:police,period:2022,level:provinces,area:rate", "police 2022 rate provinces", ()),
    ("period:1900,measure:count", "mpfn 2023 count departments", ("second:period",)),
    ("registry:nobody,period:2019", "mpfn 2019 smr departments", ("second:registry",)),
    ("period:2019,period:2020", "mpfn 2020 smr departments", ("second",)),
    ("period:2019,dep:08", "mpfn 2019 smr departments", ("second",)),
    ("period:1900", None, ("second:period",)),
    ("<script>", None, ("second",)),
    ("period:2019," * 22, None, ("second",)),
]


@pytest.mark.parametrize(("text", "shown", "problems"), SECONDS)
def test_the_second_map_of_a_link_is_what_differs(
    text: str, shown: str | None, problems: tuple[str, ...]
) -> None:
    """A part that is left out is as on the first map; a wrong one is named and so, too."""
    view = View.from_link({"period": "2023", "dep": "17", "second": text})
    other = view.second_map
    assert view.problems == problems
    assert view.changed(second=None, problems=()) == View.from_link({"period": "2023", "dep": "17"})
    if other is None:
        assert shown is None
        return
    measure = other.measure if other.level == "departments" else other.area_measure
    assert f"{other.registry} {other.period.code} {measure} {other.level}" == shown
    assert other.department == "17"


@pytest.mark.parametrize("page", PAGES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_link_gives_a_view(page: str, data: st.DataObject) -> None:
    """Whatever comes, the view's own link is understood and problems are names of parameters."""
    names = "lang registry period measure dep layers bw base level prov area open with from to"
    names = f"{names} twin provinces share at year x second where cols".split()
    words_of = ["2019", "2022", "offences", "police", "2007-01/2014-04", "period:2019,base:x"]
    values = st.text() | st.sampled_from(words_of)
    query = data.draw(st.dictionaries(st.sampled_from(names), values))
    view = READERS[page](query)
    gone = set(NO_LONGER.get(page, ())) if {"open", "twin", "with"} & set(query) else set()
    assert {problem.partition(":")[0] for problem in view.problems} <= set(query) | gone
    assert READERS[page](view.link(page)).problems == ()


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [
        ("map", "measure", "<script>"),
        ("map", "lang", "x" * 65),
        ("hotspots", "base", "People"),
        ("hotspots", "from", "2007-01/2014-04"),
        ("hotspots", "to", "2019+2021+2023"),
        ("hotspots", "period", "2009/2014"),
    ],
)
def test_a_wrong_field_is_named_and_falls_back(page: str, name: str, value: str) -> None:
    """The default is shown, the rest of the link holds, what came is kept nowhere."""
    view = READERS[page]({"open": "", name: value})
    assert view.problems == (name,)
    assert view.changed(problems=()) == View()
    assert READERS[page]({"dep": "17", "period": "2021", name: value}).problems == (name,)


def test_other_pages_lend_period_and_department() -> None:
    shared = {"period": parse_period("2021"), "department": "16"}
    assert hotspots_link({}, **shared).period.code == "2021"
    assert hotspots_link({"dep": "08"}, **shared).department == "08"


def test_a_changed_copy_is_checked_again() -> None:
    """What is named must be offered; what no longer fits beside it takes its default."""
    of_police = View(
        period=parse_period("2022", "police"),
        level="provinces",
        area_measure="rate",
        before=parse_period("2017", "police"),
    )
    moved = of_police.changed(period=parse_period("2023"))
    assert (moved.area_measure, moved.before) == ("rate", None)
    of_province = of_police.changed(department="17", province="1701")
    assert of_province.changed(department="08").province is None
    with refused("unknown province '1701'"):
        of_police.changed(department="08", province="1701")
    with refused(r"unknown measure 'cases'. Allowed are count, rate"):
        of_police.changed(measure="cases")
    with refused("unknown base"):
        of_police.changed(base="victims")


def test_a_view_takes_no_other_field_and_never_changes() -> None:
    with pytest.raises(ValidationError):
        View(cases="1")  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        View().lang = "en"  # type: ignore[misc]
    assert len({View(), View(), View(lang="en")}) == 2


IDENTITY_NUMBER = "45678912"


def test_an_error_says_field_and_key_and_nothing_else() -> None:
    with pytest.raises(ValidationError) as raised:
        View(base=IDENTITY_NUMBER, period=IDENTITY_NUMBER)
    assert faults(raised.value) == [("period", "command.unknown"), ("base", "command.unknown")]
    assert IDENTITY_NUMBER not in str(raised.value)
    assert IDENTITY_NUMBER not in repr(View.from_link({"dep": IDENTITY_NUMBER, "at": "1"}))


def test_page_and_log_repeat_no_value(caplog: pytest.LogCaptureFixture) -> None:
    """The map is asked with the number of a card (the API: tests/atlas/public/test_refusals.py)."""
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params.update({"base": IDENTITY_NUMBER, "dep": IDENTITY_NUMBER})
    app.run()
    assert "«base»" in app.warning[0].value
    shown = " ".join(str(element.proto) for element in app.main)
    assert IDENTITY_NUMBER not in shown + app.warning[0].value + caplog.text
    assert not PYDANTIC.search(shown + caplog.text)
