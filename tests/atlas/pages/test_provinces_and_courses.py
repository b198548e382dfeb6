"""The sections of Focos on provinces and on courses, without a browser."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from atlas.hotspots import page_folds
from atlas.hotspots import page_neighbours as sections
from atlas.map import page_card
from atlas.results.regions import results_for
from atlas.results.sentences import ratio_text
from atlas.results.years import courses_for
from atlas.words import LANGUAGES, words
from data.periods import parse_period
from tests.atlas.pages.conftest import text_of

_SCRIPT = """
from atlas.view import View
from atlas.hotspots.page_folds import courses_section
from atlas.hotspots.page_neighbours import provinces_section, scan_section
from atlas.words import words
from data.periods import parse_period
from tests.atlas.pages.conftest import text_of
say = words({lang!r})
{call}
"""


def _section(lang: str, call: str) -> AppTest:
    page = AppTest.from_string(_SCRIPT.format(lang=lang, call=call), default_timeout=120).run()
    assert not page.exception
    return page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_provinces_are_told_by_each_lens(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence a lens, who has no test, no outline or no province, and a short table."""
    monkeypatch.setattr(sections, "SCAN_REPLICAS", 999)
    say = words(lang)
    page = _section(lang, f"provinces_section(View(lang={lang!r}, provinces='2022'), say)")
    text = text_of(page)
    results = results_for(parse_period("2022", "police", "provinces")).set_index("province")
    ratio, low, high = (
        ratio_text(results[name]["Espinar"], say) for name in ("smr", "smr_low", "smr_high")
    )
    named = say("focos.provinces.named", name="Espinar (Cusco)", count="34", ratio=ratio)
    assert say("card.country.names", names=named) in text
    scan = say(
        "focos.provinces.scan.firm",
        number="1",
        names="Espinar (Cusco)",
        count=say("focos.provinces.count", count="34"),
        ratio=ratio,
        often="@",
    )
    assert scan.split("@")[0] in text
    for lens in ("gistar", "moran"):
        assert say(f"focos.provinces.{lens}", found="@").split("@")[0] in text
    untestable = say.list(["Callao", "Lima"])
    assert say("focos.provinces.untestable", names=untestable) in text
    assert say("focos.provinces.unplaced", count="623", unplaced="8") in text
    assert f"Espinar Cusco 34 {ratio} {say('focos.span', low=low, high=high)}" in text
    assert say("verdict.reason.many.provinces", verdict="@", count=196).split("@")[1] in text
    assert say("verdict.reason.many.departments", verdict="@", count=25).split("@")[1] not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_courses_are_told_with_their_caution(lang: str) -> None:
    """Who rises, who falls, how many say nothing; the names of ArcGIS stand in the detail."""
    say = words(lang)
    text = text_of(_section(lang, "courses_section(say)"))
    assert say("focos.courses.rising", names="Huánuco", unranked="Lima") in text
    assert say("focos.courses.falling", names="Loreto", unranked="Lima") in text
    assert say("focos.courses.waves") in text
    assert "Persistent" in text
    assert say("focos.courses.hot", hot="4", of="15") in text
    rows = re.findall(f"{say('focos.course.not_enough')}|{say('focos.course.not_ranked')}", text)
    assert len(rows) >= 8
    table = courses_for("police")
    told = page_folds._courses_csv(table, table.attrs["known"], "Lima", say).decode("utf-8-sig")
    head = say("column.share", unranked="Lima", period=say("period.2017-01/2017-06"))
    assert head in told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_card_tells_a_trend_with_its_caution(lang: str) -> None:
    """Loreto's falls; Cusco has none to be careful with; Lima is in no share."""
    say = words(lang)
    loreto, cusco, lima = (page_card._course(code, say) for code in ("16", "08", "15"))
    assert loreto.startswith(
        say("card.course", unranked="Lima", course=say("focos.course.falling"))
    )
    assert loreto.endswith(say("focos.courses.waves"))
    assert cusco == say("card.course", unranked="Lima", course=say("focos.course.no_pattern"))
    assert lima == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_group_that_waves_make_is_no_part_of_the_answer(
    lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Prosecutors' 2025: one group is an answer, that of Loreto a note under it."""
    monkeypatch.setattr(sections, "SCAN_REPLICAS", 999)
    say, period = words(lang), "2025-01/2025-11"
    call = f"scan_section(View(lang={lang!r}, period={period!r}), say, lambda: None)"
    body = next(one for one in _section(lang, call).get("html") if "focos-scan" in one.proto.body)
    findings = re.findall(r'<p class="finding">(.*?)</p>', body.proto.body)
    notes = re.findall(r'<p class="note">(.*?)</p>', body.proto.body)
    assert findings[0] == say("focos.scan.yes")
    assert [one[:2] for one in findings[1:]] == ["1."]
    assert [one[:2] for one in notes] == ["2."]
    assert "Loreto" in notes[0]
    assert "Loreto" not in " ".join(findings)
