"""The awareness page: the figures of the tables, nothing to fetch, the same bytes each time."""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import re
from collections import defaultdict
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest

from atlas.html import inline_policy
from atlas.paper.embed import COMPACT_PX, FIRST_PX
from atlas.public.document import COMPACT_LINKS, FILE_LINKS, Links, page_bytes
from atlas.public.map_svg import map_svg
from atlas.public.model import contents_of
from atlas.results.figures import figures_for, verdict_text
from atlas.results.quotes import quote_victims
from atlas.results.regions import bases_of, missed_by_area, results_for
from atlas.results.sentences import rate_text
from atlas.version import version_text
from atlas.words import LANGUAGES, words
from data.catalogue import ROOT
from data.periods import NOT_COMPARED, PERIODS, default_period, parse_period
from data.reports import load_region_counts
from tests.parsed_html import Element, parse
from tests.refusing import refused

CODES = [period.code for period in PERIODS]
QUICK = (("es", "2007-01/2014-04"), ("es", "2022"), ("en", "2023"))
"""another registry, a department without a comparison, the other language"""
VIEWS = ("compact", "whole")
WANTED_BYTES = 42_000


@lru_cache(maxsize=32)
def page_tree(lang: str, period: str = "2023") -> Element:
    """The page of a language and a period, parsed once."""
    return parse(page_bytes(lang, period=parse_period(period)))


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "tables" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _counts_from_the_tables(period: str) -> dict[str, int]:
    seats = {row["fiscal_district"]: row["department_ubigeo"] for row in _rows("crosswalk.csv")}
    counts: dict[str, int] = defaultdict(int)
    for row in _rows("complaints.csv"):
        if row["period"] in period.split("+"):
            counts[seats[row["fiscal_district"]]] += int(row["reported_count"])
    return counts


def _number(text: str) -> float:
    return float(re.match(r"[\d,.]+", text)[0].replace(",", ""))


def _table(tree) -> dict[str, dict]:
    cells = {}
    for row in tree.only("tbody").all("tr"):
        cells[row.attributes["id"].removeprefix("t")] = {
            name: row.only(class_=f"c-{name}") for name in ("name", "count", "rate", "verdict")
        }
    return cells


@pytest.mark.parametrize(
    ("lang", "period"),
    [
        pytest.param(lang, code, marks=() if (lang, code) in QUICK else pytest.mark.slow)
        for lang in LANGUAGES
        for code in CODES
    ],
)
def test_the_table_says_what_the_shipped_tables_say(lang, period):
    """Counts straight from the CSV, rates and verdicts from the results; 25 regions and a total."""
    table = _table(page_tree(lang, period))
    counts = _counts_from_the_tables(period)
    bases = {
        base: results_for(parse_period(period), base) for base in bases_of(parse_period(period))
    }
    bases = {base: frame.set_index("department_ubigeo") for base, frame in bases.items()}
    results = bases["people"]
    say = words(lang)
    assert set(table) == set(results.index)
    for code, cells in table.items():
        if pd.isna(results.loc[code, "reported_count"]):
            assert code not in counts
            assert (cells["count"].text, cells["rate"].text) == (say("number.unknown"), "–")
            continue
        assert _number(cells["count"].text) == counts.get(code, 0)
        if NOT_COMPARED & {*results.loc[code, "flags"]}:
            assert cells["rate"].text == "–"
        else:
            rate = 1e5 * counts.get(code, 0) / results.loc[code, "person_years"]
            assert _number(cells["rate"].text) == pytest.approx(rate, abs=0.0501)
        verdicts = {base: say(f"verdict.{bases[base].loc[code, 'verdict']}") for base in bases}
        for base, frame in bases.items():
            judged = cells["verdict"].only(class_=f"for-{base}")
            assert judged.all("span")[0].text == verdict_text(
                figures_for(parse_period(period), base)[code], say
            )
            numbers = frame.loc[code, ["smr", "smr_low", "smr_high"]].astype(float)
            figures = " ".join(element.text for element in judged.all("small"))
            shown = [_number(element) for element in re.findall(r"[\d,.]+", figures)]
            assert shown == pytest.approx(numbers.dropna().tolist(), abs=0.0501)
            clauses = [
                f"{say(f'base.{other}')}: {verdict}"
                for other, verdict in verdicts.items()
                if verdict != verdicts[base]
            ]
            assert [element.text for element in judged.all("em")] == clauses
        is_few = counts.get(code, 0) < 13
        assert (say("public.few") in cells["name"].text) == is_few
        assert cells["name"].only("span").text == results.loc[code, "department"]
    country = page_tree(lang, period).only("tfoot")
    assert _number(country.only(class_="c-count").text) == sum(counts.values())
    compared = results[results["smr"].notna()]
    rate = 1e5 * compared["reported_count"].sum() / compared["person_years"].sum()
    assert _number(country.only(class_="c-rate").text) == pytest.approx(rate, abs=0.0501)


@pytest.mark.parametrize(("lang", "period"), QUICK)
def test_the_map_says_what_the_table_says(lang, period):
    tree = page_tree(lang, period)
    table = _table(tree)
    shapes = [node for node in tree.only(id="map").all("path") if "id" in node.attributes]
    assert {shape.attributes["id"].removeprefix("r") for shape in shapes} == set(table)
    for shape in shapes:
        assert set(shape.attributes) == {"id", "class", "d"}
        cells = table[shape.attributes["id"].removeprefix("r")]
        title = shape.only("title").text
        assert title.startswith(cells["name"].only("span").text)
        if cells["count"].text == words(lang)("number.unknown"):
            assert title.endswith(("No es cero.", "It is not zero."))
            continue
        assert f" {cells['count'].text} " in title
        rate = cells["rate"].text
        assert f", {rate} " in title or rate == "–"
        by_residents = cells["verdict"].only(class_="for-people")
        assert by_residents.all("span")[0].text in title
        assert all(element.text in title for element in by_residents.all("em"))


def test_rows_fall_from_the_highest_rate():
    """Madre de Dios first in 2023; in 2022 Lima, not ranked, comes last and hatched."""
    rates = [_number(row["rate"].text) for row in _table(page_tree("es")).values()]
    assert rates == sorted(rates, reverse=True)
    tree = page_tree("es", "2022")
    assert list(_table(tree))[-1] == "15"
    classes = "region q-missing people-untestable offences-untestable"
    assert tree.only(id="r15").attributes["class"] == classes
    assert "unranked" in tree.only(id="t15").attributes["class"]
    assert "Lima no se compara. En 2022 faltan datos" in tree.only("ul", class_="notes").text


def test_nothing_on_the_page_is_fetched():
    content = page_bytes("es")
    page, tree = content.decode(), parse(content)
    assert not [node for node in tree.walk() if {"src", "srcset", "style"} & set(node.attributes)]
    assert not tree.all("iframe") + tree.all("img") + tree.all("object") + tree.all("form")
    for node in tree.walk():
        if "href" in node.attributes:
            assert node.name == "a" or node.attributes["href"] == "data:,"
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []
    for word in ("cookie", "localStorage", "sessionStorage", "fetch(", "XMLHttp", "sendBeacon"):
        assert word not in page.replace("no usa cookies", "")


def test_the_page_is_light_and_the_same_each_time():
    page = page_bytes("es")
    assert len(gzip.compress(page, mtime=0)) < WANTED_BYTES
    assert page_bytes("es") == page
    # the drawing is kept: another one is the same
    assert map_svg(contents_of(default_period()), words("es")) in page.decode()


def test_both_languages_have_one_structure():
    trees = [page_tree(lang) for lang in LANGUAGES]
    shapes = [[(n.name, n.attributes.get("class")) for n in tree.walk()] for tree in trees]
    assert shapes[0] == shapes[1]
    assert [tree.only("html").attributes["lang"] for tree in trees] == list(LANGUAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_help_exit_and_honesty_are_there(lang):
    """Help lines with their year, the way out of the top page, what the figures are not."""
    tree, say = page_tree(lang), words(lang)
    calls = [a.attributes["href"] for a in tree.all("a", class_="call")]
    assert calls == ["tel:1818", "tel:100"]
    for year in ("2025", "2024"):
        assert say("public.help.year", year=year) in tree.text
    exits = tree.all("a", class_="exit")
    assert len(exits) == 2
    for link in exits:
        assert link.attributes["target"] == "_top"
        assert "noreferrer" in link.attributes["rel"]
        assert link.attributes["href"].startswith("https://")
    assert say("public.exit.note") in tree.text
    assert say("brief.caveat.4") in tree.text
    assert {"es": "denunciad", "en": "report"}[lang] in tree.only("h1").text
    assert version_text(say) in tree.text


def test_addresses_are_named_only_with_a_base():
    """Canonical, og:url and oEmbed need a base URL; with one, every address is absolute."""
    bare = page_bytes("es").decode()
    assert "og:url" not in bare
    assert '<link rel="canonical"' not in bare
    assert "json+oembed" not in bare
    page = page_bytes("en", base_url="https://example.org/trata").decode()
    assert '<meta property="og:url" content="https://example.org/trata/en/index.html">' in page
    assert 'content="https://example.org/trata/card-en.png"' in page
    assert '<link rel="canonical" href="https://example.org/trata/en/index.html">' in page
    assert 'hreflang="es" href="https://example.org/trata/index.html"' in page
    assert 'href="https://example.org/trata/oembed-en.json"' in page
    # a server's links say where the neighbours are; what is not offered is not named
    links = Links("/public/en", "/public/card/es.png", "public/es")
    page = page_bytes("es", links=links, base_url="https://atlas.example").decode()
    assert 'href="/public/en" lang="en"' in page
    assert 'content="https://atlas.example/public/card/es.png"' in page
    assert '<meta property="og:url" content="https://atlas.example/public/es">' in page
    assert not re.search(r"\.svg|json\+oembed|/compact", page)


def test_the_terms_stand_before_the_table():
    """Reports of the period's unit, expected, more than expected; not tested where it occurs."""
    say = words("es")
    for period in (CODES[0], "2023", "2022"):
        tree = page_tree("es", period)
        terms = tree.only("dl", class_="terms")
        walked = list(tree.walk())
        assert walked.index(terms) < walked.index(tree.only(id="table"))
        unit = next(element.unit for element in PERIODS if element.code == period)
        assert terms.all("dd")[0].text == say(f"public.term.reports.{unit}")
        untested = "untestable" in set(results_for(parse_period(period))["verdict"])
        assert (say("term.untestable") in terms.text) == untested
        # and each verdict of the key opens the same, by markup alone
        opens = {
            element.attributes["popovertarget"] for element in tree.all("button", class_="term")
        }
        meanings = tree.all("span", class_="meaning")
        assert opens
        assert {element.attributes["id"] for element in meanings} == opens
        assert all(
            "popover" in element.attributes and element.text in terms.text for element in meanings
        )
        # residents first; no choice for 2007 to 2014; the expected by what may be chosen
        bases = bases_of(parse_period(period))
        choices = [element.attributes for element in tree.all("input", name_="base")]
        wanted = [f"base-{base}" for base in bases] if len(bases) > 1 else []
        assert [element["id"] for element in choices] == wanted
        assert [element["id"] for element in choices if "checked" in element] == wanted[:1]
        explained = "text" if len(bases) > 1 else "people"
        assert tree.text.count(say(f"public.term.expected.{explained}")) == 1


def test_the_page_holds_the_code_of_both_views():
    """With an address the code is ready without a script; the compact one asks for none at all."""
    base = "https://example.org/trata/"
    tree = parse(page_bytes("en", base_url=base))
    own = f"{base}{FILE_LINKS['en'].path}"
    assert "hidden" not in tree.only(id="share").attributes
    assert tree.only(id="share-link").attributes["value"] == own
    assert own in tree.only("footer").text
    codes = {view: parse(tree.only(id=f"embed-{view}").text.encode()) for view in VIEWS}
    for view, code in codes.items():
        frame = code.only("iframe").attributes
        assert frame["src"] == (own if view == "whole" else own.replace("index", "compact"))
        assert frame["title"] == words("en")("awareness.frame")
        assert (frame["loading"], frame["frameborder"]) == ("lazy", "0")
        assert int(frame["height"]) == {"whole": FIRST_PX, "compact": COMPACT_PX}[view]
        assert len(code.all("script")) == (view == "whole")
    assert "hidden" in parse(page_bytes("en")).only(id="share").attributes


def test_the_compact_page_says_the_same_in_less():
    """Its table is the whole page's; map, finding, help and the way out; no layer and no advice."""
    page = page_bytes("es", period=parse_period("2023"), links=COMPACT_LINKS["es"])
    tree, whole = parse(page), page_tree("es", "2023")
    assert tree.only("tbody").text == whole.only("tbody").text
    assert tree.only("h1").text == whole.only("h1").text
    calls = [a.attributes["href"] for a in tree.all("a") if "tel:" in a.attributes["href"]]
    assert calls == ["tel:1818", "tel:100"]
    assert tree.only("a", class_="exit").attributes["target"] == "_top"
    assert tree.only("a", class_="whole").attributes["href"] == "index.html"
    assert not tree.all("g", class_="mining") + tree.all("g", class_="corridors")
    assert not tree.all("section")
    assert len(page) < len(page_bytes("es", period=parse_period("2023")))
    named = page_bytes("es", links=COMPACT_LINKS["es"], base_url="https://example.org/").decode()
    assert f'rel="canonical" href="https://example.org/{FILE_LINKS["es"].path}"' in named
    assert "oembed-compact-es.json" in named


def test_the_compact_page_names_what_stands_out_and_no_other():
    """On the map and in a list with times the expected, by each base; below it the caution."""
    contents, say = contents_of(parse_period("2023")), words("es")
    page = page_bytes("es", period=contents.period, links=COMPACT_LINKS["es"])
    tree = parse(page)
    stands_out = tree.only("div", class_="stands-out")
    for base in contents.bases:
        above = contents.above(base)
        times = [f"{row.name} {row.judged[base].wording(say)['ratio']}" for row in above]
        listed = stands_out.only("div", class_=f"for-{base}").all("li")
        assert [item.text for item in listed] == times, base
    names = {row.name for base in contents.bases for row in contents.above(base)}
    on_map = tree.only("g", class_="names").all("text")
    assert {" ".join(t.text for t in text.all("tspan")[:-1]) for text in on_map} == names
    assert say("picture.caveat") in tree.only("p", class_="caution").text


def test_the_atlas_is_named_where_its_publisher_names_it():
    """With language, period and measure of the page; without an address nothing leads there."""
    page = parse(
        page_bytes(
            "en", period=parse_period("2021"), measure="verdict", dashboard_url="https://a.pe"
        )
    )
    (link,) = [
        a for a in page.all("a") if a.attributes.get("href", "").startswith("https://a.pe/?")
    ]
    asked = dict(parse_qsl(urlsplit(link.attributes["href"]).query))
    assert {"lang": "en", "period": "2021", "measure": "verdict"}.items() <= asked.items()
    assert words("en")("public.dashboard") not in page_bytes("en").decode()
    with refused("base URL is not one"):
        page_bytes("es", dashboard_url="javascript:evil77")


@pytest.mark.parametrize(
    "address",
    [
        *("atlas.pe", "ftp://example.org/", "javascript:alert(1)", "https://[", ""),
        *("https://user@example.org/", "https://example.org/?a=1", "https://example.org/#a"),
        *('https://example.org/"><script>', "https://example.org/../"),
        "https://" + "a" * 300 + ".pe/",
    ],
)
def test_a_bad_address_is_refused_and_not_repeated(address):
    with refused("base URL is not one") as caught:
        page_bytes("es", base_url=address)
    assert not address or address not in str(caught.value)


@pytest.mark.parametrize(("lang", "period"), QUICK)
def test_heading_and_names_are_of_the_measure(lang, period):
    """The heading says how many are above, and ranks none; each of them has name and figure."""
    tree, say = page_tree(lang, period), words(lang)
    results = results_for(parse_period(period))
    heading = tree.only("h1", id="map-title")
    named, differing = {"07"}, set()
    for base in bases_of(parse_period(period)):
        above = results_for(parse_period(period), base).query("verdict == 'above'")
        label = heading.only("span", class_=f"for-{base}").text
        assert label.split()[0] == str(len(above))
        assert label.endswith(say(f"base.{base}"))
        below = results_for(parse_period(period), base).query("verdict == 'below'")
        named |= {*above["department_ubigeo"]}
        differing |= {*below["department_ubigeo"]}
    figures = {
        row.department_ubigeo: (row.department, rate_text(row.rate_per_100k, say))
        for row in results.itertuples()
    }
    names = tree.only(id="names")
    large = {
        tuple(line.text for line in name.all("tspan")) for name in names.all("text", class_="l1")
    }
    assert {figures[code] for code in named} <= large
    assert large <= {figures[code] for code in named | differing}
    # the wide screen has the others, each with its figure if it is compared
    compared = sum(not NOT_COMPARED & {*flags} for flags in results["flags"])
    alone = [name.text for name in names.all("text", class_="l3")]
    wide = [*names.all("text", class_="l1"), *names.all("text", class_="l2")]
    assert sorted(len(name.all("tspan")) for name in wide) == [1] * (25 - compared) + [2] * compared
    # a phone has the name alone of others
    assert len(alone) == len({*alone}) > 0
    assert not {*alone} & {name for name, _ in large}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_map_cannot_say_stands_on_the_page(lang):
    """The page has the danger notice and no cause of few reports."""
    say, page = words(lang), page_tree(lang)
    text = page.only("main").text
    danger = page.only("section", **{"aria-labelledby": "danger"}).text
    for key in (
        "public.danger.cannot",
        *(f"card.danger.{part}" for part in ("counts", "how", "call")),
    ):
        assert say(key) in danger
    assert say("public.mean.trust") in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_department_says_how_often_a_doubling_is_missed_there(lang):
    """By both bases, as often as its own power says; only beside "no clear difference"."""
    period, page = parse_period("2023"), page_tree(lang)
    seen = set()
    for base in bases_of(period):
        missed = missed_by_area(period, base, 2)
        for code, verdict in (
            results_for(period, base).set_index("department_ubigeo")["verdict"].items()
        ):
            sentence = (
                page.only(id=f"t{code}").only("div", class_=f"for-{base}").all("p", class_="missed")
            )
            assert len(sentence) == (verdict == "unremarkable"), (code, base)
            if sentence:
                often = re.search(r"(\d) (?:de cada diez veces|times in ten)", sentence[0].text)
                assert int(often[1]) == round(10 * missed[code])
                seen.add(int(often[1]))
    assert len(seen) > 1  # not a share for all


def test_how_many_victims_is_answered_as_on_the_card():
    for lang in LANGUAGES:
        fold = page_tree(lang).only("section", aria_labelledby="victims").only("details")
        assert words(lang)("public.victims.title") in fold.only("summary").text
        assert fold.only("p").text == quote_victims(2024, words(lang))


def test_shares_are_those_of_the_breakdowns():
    """Job offers from 27 % to 72 % over four sources, each cited with a link."""
    lowest, highest = 27, 72
    rows = [
        float(row["value"])
        for row in _rows("breakdowns.csv")
        if row["dimension"] == "recruitment" and "job offer" in row["category"]
    ]
    assert (min(rows), max(rows), len(rows)) == (lowest, highest, 4)
    job = page_tree("en").all("ul", class_="ranges")[0].children[0]
    assert job.only("b").text == "27 to 72 in 100, depending on the source"
    cited = job.only("details").all("li")
    assert [item.text.split("%")[0] for item in cited] == [f"{value:.0f}" for value in sorted(rows)]
    assert len(job.all("circle")) == len(rows)


@pytest.mark.parametrize(("lang", "until"), [("es", "hasta 2017"), ("en", "up to 2017")])
def test_a_share_says_of_what_and_until_when(lang, until):
    """The base in the category's brackets and a window without a start, straight from the table."""
    brackets = re.compile(r"\(.+\)")
    rows = {
        float(row["value"]): row
        for row in _rows("breakdowns.csv")
        if row["dimension"] == "recruitment" and not row["period_start"]
    }
    assert {row["period_end"] for row in rows.values() if row["source_id"] == "S033"} == {"2017-12"}
    name = "category_es" if lang == "es" else "category"
    job, acquaintance, networks = page_tree(lang).all("ul", class_="ranges")[0].children
    (confined,) = brackets.findall(rows[22.0][name])
    assert networks.only("span").text.endswith(f" {confined}")
    assert "(" not in job.only("span").text + acquaintance.only("span").text
    for item in (acquaintance, networks):
        assert item.only("summary").text.endswith(f", {until}")
    assert f"27{' ' if lang == 'es' else ''}% ({until})" in job.only("summary").text


def test_each_card_puts_both_registries_side_by_side():
    """Each card has both registries' newest counts with their units, never added."""
    tree, say = page_tree("es"), words("es")
    counts = [
        results_for(period, "people").set_index("department_ubigeo")["reported_count"]
        for period in (default_period(), default_period("police"))
    ]
    for code in ("17", "08", "15"):
        both = tree.only("tr", id=f"t{code}").attributes["data-both"]
        assert [int(n.replace(",", "")) for n in re.findall(r"(?<=: )[\d,]+", both)] == [
            int(count[code]) for count in counts
        ]
    text = tree.only("body").text
    assert say("sides.why") in text
    # the sentence on the second registry has its count, and its file is among the sources
    count = int(load_region_counts(default_period("police"))["reported_count"].sum())
    assert f"{count:,} " in text
    assert "DataSet_trata_personas" in text


def _hashes(page: str, tag: str) -> list[str]:
    """A second way: the text between the tags by regular expression."""
    blocks = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in blocks]


def test_the_page_carries_its_own_policy():
    page = page_bytes("es")
    policy = inline_policy(page)
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page.decode()
    for tag in ("style", "script"):
        (digest,) = _hashes(page.decode(), tag)
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors" not in policy
    # which is for the header alone
    assert inline_policy(b"<p>a</p>", frame_ancestors="*").endswith("; frame-ancestors *")
    assert "style-src 'none'; script-src 'none'" in inline_policy(b"<p>a</p>")
    # the raw text of a script, as a browser hashes it
    page = b"<script>if (1 < 2 && '&amp;') { '</scrip' }</script>"
    (digest,) = _hashes(page.decode(), "script")
    assert f"'sha256-{digest}'" in inline_policy(page)


def test_the_rate_of_the_country_is_of_those_whose_reports_are_whole():
    """Pasco's offices have no row in 2025, Piura's one of fewer months: neither is in the rate."""
    period = parse_period("2025-01/2025-11")
    table = results_for(period).set_index("department").drop(["Pasco", "Piura"])
    rate = 1e5 * table["reported_count"].sum() / table["person_years"].sum()
    assert contents_of(period).rate_per_100k == pytest.approx(rate)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_says_whom_to_tell_of_a_wrong_figure(lang, monkeypatch):
    """The operator's address, else the repository."""
    say, period = words(lang), default_period()
    monkeypatch.setenv("ATLAS_CONTACT", "datos@example.org.pe")
    page = page_bytes(lang, period=period).decode()
    assert 'href="mailto:datos@example.org.pe"' in page
    assert say("wrong.repository") not in page
    monkeypatch.delenv("ATLAS_CONTACT")
    page = page_bytes(lang, period=period).decode()
    assert say("wrong.title") in page
    assert say("wrong.repository") in page
