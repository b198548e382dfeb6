"""The API and oEmbed: the command line's numbers, ETags that name bytes, who may read what."""

from __future__ import annotations

import asyncio
import csv
import gzip
import hashlib
import html
import io
import json
import re
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from typer.testing import CliRunner

import cli
from atlas.paper.embed import pinned_query
from atlas.public.http import PageQuery
from atlas.public.http_cache import AnswerCache, Packed, packed
from atlas.results.regions import results_for
from atlas.tables import CAVEAT, csv_bytes
from atlas.version import RELEASE, edition
from atlas.words import words
from data.catalogue import PACKAGE_FILE, ROOT
from data.context import load_mining_illegality
from data.geography import load_mining_areas, load_service_places
from data.periods import PERIOD_CODES, default_period, parse_period
from tests.parsed_html import parse
from tests.spoilt_data import faulty_data

JSON = "/api/v1/regions.json"
CSV = "/api/v1/regions.csv"
META = "/api/v1/meta.json"
OPENAPI = "/api/v1/openapi.json"
CHANGE = "/api/v1/change.json"
HOTSPOTS = "/api/v1/hotspots.json"
ADDRESSES = (JSON, CSV, META, OPENAPI, f"{CHANGE}?from=2021&to=2023", HOTSPOTS)
OF_POLICE = "regions.json?registry=police&period=2022&level=provinces"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("regions.json?period=2022&base=offences", "regions --period 2022 --base offences"),
        (OF_POLICE, "regions --registry police --period 2022 --level provinces"),
        ("change.json?from=2021&to=2023", "change --from 2021 --to 2023"),
        (
            "pairs.json?departments=17-08-20",
            "compare --departments 17,08,20 --pairs --period 2025-01/2025-11",
        ),
        (
            "pairs.json?departments=17-09&registry=police&period=2024",
            "compare --departments 17,09 --pairs --period 2024",
        ),
        ("series.json", "series --registry mpfn"),
        (
            "series.json?registry=police&department=17&step=quarter",
            "series --registry police --department 17 --step quarter",
        ),
        (
            "profile.json?period=2019/2025&department=17",
            "profile --registry police --period 2019/2025-09 --department 17",
        ),
        ("hotspots.json?period=2022", "hotspots --period 2022 --lens scan"),
        (
            "hotspots.json?registry=police&level=provinces&lens=gistar",
            "hotspots --registry police --level provinces --lens gistar",
        ),
    ],
)
def test_the_numbers_are_those_of_the_command_line(public, name, command):
    """The API's rows equal the command's to the last digit; the command adds names."""
    printed = CliRunner().invoke(cli.app, [*command.split(), "--format", "json"])
    assert printed.exit_code == 0, printed.stderr
    expected, published = json.loads(printed.stdout), json.loads(public(f"/api/v1/{name}").body)
    (rows,) = {"regions", "series", "profile", "clusters", "rows", "pairs"} & {*published}
    expected = expected if isinstance(expected, list) else expected[rows]
    assert expected
    for row, printed_row in zip(published[rows], expected, strict=True):
        assert row.items() <= printed_row.items()
        assert set(printed_row) - set(row) <= {"department", "names", "registry", "period", "unit"}


@pytest.mark.parametrize("period", ["2022", "2025-01/2025-11"])
def test_csv_and_json_say_the_same(public, period):
    """CSV and JSON have the same cells; each CSV row has source and caveat."""
    rows = json.loads(public(f"{JSON}?period={period}").body)["regions"]
    content = public(f"{CSV}?period={period}").body
    results = results_for.tiered(parse_period(period)).without("compared")
    assert content == csv_bytes(results, "T1", period=period)
    table = list(csv.DictReader(io.StringIO(content.decode())))
    assert len(table) == len(rows) == 25
    for line, row in zip(table, rows, strict=True):
        assert line["caveat"] == CAVEAT
        assert line["period"] == period
        assert "Delitos denunciados" in line["source"]
        for name, value in row.items():
            if isinstance(value, list):
                assert line[name] == ";".join(value)
            elif isinstance(value, int | float):
                assert float(line[name]) == value
            else:
                assert line[name] == (value or "")


def test_offices_and_mining_are_those_of_their_tables(public):
    """Files and answers have the same rows; unjudged areas have nulls and are in no total."""
    for name, load in (("services", load_service_places), ("mining", load_mining_areas)):
        rows = json.loads(public(f"/api/v1/{name}.json").body)[name]
        lines = csv.DictReader(io.StringIO(public(f"/api/v1/{name}.csv").body.decode()))
        assert len(rows) == len(list(lines)) == len(load())
    by_code = {row["ubigeo"]: row for row in rows}
    assert by_code["12"]["likely_illegal_ha"] is by_code["12"]["share"] is None
    assert "0801" not in by_code
    assert by_code["1601"]["includes_suspects"]
    table = load_mining_illegality()
    manu = table[(table["province_ubigeo"] == "1702")]
    likely = manu.loc[manu["illegality"].isin(["high", "very_high"]), "mined_ha"].sum()
    assert by_code["1702"]["share"] == pytest.approx(likely / manu["mined_ha"].sum())


def test_a_plus_that_became_a_space_is_understood(public):
    """A link typed by hand; the period of the default is the newest."""
    by_hand = public(f"{JSON}?period=2019+2021+2023")
    coded = public(f"{JSON}?period=2019%2B2021%2B2023")
    assert by_hand.body == coded.body
    assert json.loads(by_hand.body)["period"]["is_pooled"]
    newest = quote(default_period().code, safe="")
    assert public(JSON).body == public(f"{JSON}?period={newest}").body


def test_meta_says_what_the_figures_rest_on(public):
    """Periods, units in both languages, sources with licence and hash, how to cite, the caveat."""
    meta = json.loads(public(META).body)
    codes = [(period["registry_code"], period["code"]) for period in meta["periods"]]
    assert [code for who, code in codes if who != "police"] == list(PERIOD_CODES)
    assert [code for who, code in codes if who == "police"][-1] == "2025-01/2025-09"
    assert set(meta["units"]) == {"complaint", "reported offence", "police complaint"}
    assert meta["units"]["complaint"] == {"es": "denuncias", "en": "complaints"}
    assert "no toda la trata" in meta["caveat"]["es"]
    assert "not all trafficking" in meta["caveat"]["en"]
    assert (meta["version"], meta["data_version"]) == (RELEASE, edition())
    assert f"{RELEASE}, cifras {edition()}" in meta["how_to_cite"]["es"]
    assert f"{RELEASE}, figures {edition()}" in meta["how_to_cite"]["en"]
    for table in meta["tables"]:
        assert table["sources"]
        assert table["licence"]
        assert len(table["sha256"]) == 64
    # the hash of the catalogue, which holds the hash of every table
    digest = hashlib.sha256((ROOT / PACKAGE_FILE).read_bytes()).hexdigest()
    assert json.loads(public(JSON).body)["data_sha256"] == digest


@pytest.mark.parametrize("path", [*ADDRESSES, "/public/es", "/public/card/es.png"])
def test_a_tag_names_bytes_and_spares_a_second_sending(public, path):
    """Tags are strong and differ for packed bytes; both give 304, and HEAD the same headers."""
    plain, small = public(path), public(path, accept_encoding="gzip, br")
    head = public(path, "HEAD")
    assert (head.status, head.body, head.headers) == (200, b"", plain.headers)
    assert int(head.headers["content-length"]) == len(plain.body)
    assert plain.status == small.status == 200
    tags = {plain.headers["etag"], small.headers["etag"]}
    assert all(tag.startswith('"') for tag in tags)
    if path.endswith(".png"):
        assert len(tags) == 1
        assert "content-encoding" not in small.headers
    else:
        assert len(tags) == 2
        assert small.headers["content-encoding"] == "gzip"
        assert gzip.decompress(small.body) == plain.body
        assert plain.headers["vary"] == small.headers["vary"] == "Accept-Encoding"
    for tag in tags:
        for etag in (tag, f'"other", W/{tag}', "*"):
            again = public(path, if_none_match=etag)
            assert (again.status, again.body) == (304, b"")
            assert again.headers["etag"] == plain.headers["etag"]
            assert again.headers["cache-control"] == plain.headers["cache-control"]
    assert public(path, if_none_match='"other"').status == 200
    assert "max-age=600" in plain.headers["cache-control"]


def test_nothing_can_be_written(public):
    for path in (*ADDRESSES, "/api/v1/none", "/api", "/public/es", "/public"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
            answer = public(path, method)
            assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS"), path


def test_any_page_may_read_the_figures(public):
    """A browser that asks first is told so; a refusal says it too (test_refusals)."""
    for path in (JSON, "/api/v1/none", f"{JSON}?period=evil77"):
        asked = public(path, "OPTIONS", origin="https://diario.example")
        assert (asked.status, asked.headers["access-control-allow-methods"]) == (204, "GET, HEAD")
    answer = public(JSON, origin="https://diario.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_only_gated_frames_leave(public, monkeypatch, forgotten):
    from atlas.public import api

    class Stray:
        """A table that comes as a plain frame, whose tier nobody knows."""

        def tiered(self, *asked: Any) -> Any:
            return SimpleNamespace(without=lambda _: results_for(*asked))

    monkeypatch.setattr(api, "results_for", Stray())
    for path in (JSON, CSV):
        answer = public(path)
        assert answer.status == 503
        assert b"Madre de Dios" not in answer.body
    monkeypatch.undo()
    assert public(JSON).status == 200, "a fault must not be kept"


def test_a_spoilt_table_gives_no_figure(public, data_folder, tmp_path, forgotten):
    data_folder(faulty_data(tmp_path))
    for path in (JSON, CSV, "/public/es"):
        answer = public(path)
        assert answer.status == 503, path
        assert str(tmp_path).encode() not in answer.body
        assert answer.headers["cache-control"] == "no-store"


def test_the_page_opens_by_a_measure(public):
    """Its own bytes and tag; the other language and the card keep period and measure."""
    query = "?period=2021&measure=verdict"
    usual, other = public("/public/es"), public(f"/public/es{query}")
    page = other.body.decode().replace("&#38;", "&amp;").replace("&amp;", "&")
    assert 'id="by-verdict" checked' in page
    assert f'href="/public/en{query}"' in page
    assert f'og:image" content="/public/card/es.png{query}"' in page
    assert other.headers["etag"] != usual.headers["etag"]
    path = "/public/card/es.png"
    tags = [public(path + query).headers["etag"] for query in ("", "?measure=rate", query)]
    assert tags[0] == tags[1] != tags[2]


def test_the_page_is_of_the_registry_that_is_asked(public):
    """Whole, compact and card; its links keep registry, period and base."""
    query = "?registry=police&period=2024&measure=verdict"
    for path in ("/public/es", "/public/es/compact"):
        page = html.unescape(public(path + query).body.decode())
        counts = results_for(parse_period("2024", "police")).set_index("department_ubigeo")
        row = page.split('id="t17"')[1].split("</tr>")[0]
        assert f'<td class="c-count">{int(counts.loc["17", "reported_count"])}</td>' in row
        assert f"/public/{'en' if path == '/public/es' else 'es'}{query}" in page
        assert f'content="/public/card/es.png{query}"' in page
        assert "Fiscalía, 2024" not in page
    newest = public("/public/es?registry=police").body.decode()
    assert words("es")(f"period.{default_period('police').code}") in newest
    by_offences = public("/public/es/compact?period=2023&measure=verdict&base=offences")
    assert b'id="base-offences" checked' in by_offences.body


@pytest.mark.parametrize(
    ("query", "browser", "goal"),
    [
        ("?lang=es", "en", "/public/es?measure=verdict"),
        ("", "en", "/public/en?measure=verdict"),
        ("?lang=qu", "en", "/public/en?measure=verdict"),
        ("?lang=es&period=2023", "en", "/public/es?period=2023&measure=verdict"),
    ],
)
def test_the_front_door_opens_in_the_language_of_the_address(public, query, browser, goal):
    answer = public(f"/public{query}", accept_language=browser)
    assert (answer.status, answer.headers["location"]) == (307, goal)


def test_who_may_frame_is_in_the_header_and_in_no_page(public, monkeypatch, forgotten):
    """The list of origins reaches the page and the error page; a meta element cannot."""
    monkeypatch.setenv("ATLAS_EMBED_ORIGINS", "https://www.gob.pe")
    for path in ("/public/es", "/public/none"):
        answer = public(path)
        policy = answer.headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'self' https://www.gob.pe"), path
        assert b"frame-ancestors" not in answer.body
        # it may stand in a page that isolates itself
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["cross-origin-embedder-policy"] == "require-corp"
        assert "unsafe" not in policy


def test_many_at_once_wait_for_one_making():
    made: list[str] = []

    def make(key: str) -> Packed:
        time.sleep(0.05)
        made.append(key)
        return packed(key.encode(), "text/plain")

    cache = AnswerCache(make)

    async def ask() -> list[Packed]:
        return await asyncio.gather(*(cache.get("ab"[place % 2]) for place in range(200)))

    made_answers: list[list[Packed]] = []
    others = [
        threading.Thread(target=lambda: made_answers.append(asyncio.run(ask()))) for _ in range(3)
    ]
    for other in others:
        other.start()
    for other in others:
        other.join()
    assert sorted(made) == ["a", "b"]
    assert {answer.raw for answers in made_answers for answer in answers} == {b"a", b"b"}


def test_an_asker_who_leaves_takes_nothing_away(apart):
    begun = threading.Event()

    def make(key: str) -> Packed:
        begun.set()
        time.sleep(0.1)
        return packed(key.encode(), "text/plain")

    cache = AnswerCache(make)

    async def leave() -> Packed:
        impatient = asyncio.ensure_future(cache.get("a"))
        patient = asyncio.ensure_future(cache.get("a"))
        await asyncio.to_thread(begun.wait, 5)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        return await patient

    assert apart(leave()).raw == b"a"


BASE = "https://atlas.example.pe/"
OEMBED = "/public/oembed.json"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> Iterator[None]:
    monkeypatch.setenv("ATLAS_BASE_URL", BASE)
    return


def asked(path: str, **more: str) -> str:
    """The address of an answer about a page; what systems add of their own is left unread."""
    room = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{OEMBED}?url={quote(BASE + path, safe='')}&dnt=1{room}"


def test_a_page_without_a_period_says_that_it_follows_new_figures(public):
    """First of all, and its codes name every choice; one with a period says nothing of it."""
    newest = default_period()
    follows = words("es")("public.follows", period=words("es")(f"period.{newest.code}"))
    for path in ("/public/es", "/public/es/compact"):
        page = parse(public(f"{path}?measure=verdict").body)
        assert page.only("main").all("p")[0].text == follows
        pinned = public(path + pinned_query(newest, "verdict")).body.decode()
        assert follows not in html.unescape(pinned)
    page = public("/public/es?measure=verdict").body
    code = parse(page).only(id="embed-compact").text
    assert f"/public/es/compact{pinned_query(newest, 'verdict')}" in html.unescape(code)
    assert words("es")("share.embed.stays") in html.unescape(page.decode())


def test_a_page_opened_as_a_file_may_show_it(public):
    """A star names hosts alone; where origins are named, only these."""
    assert "frame-ancestors" not in public("/public/es/compact").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["public/es", "public/en/compact?period=2021&measure=verdict"])
def test_a_page_leads_to_its_own_answer(public, named, path):
    """Found by the link in its head, as WordPress looks for it; period and measure come along."""
    page = public(f"/{path}").body.decode()
    link = re.search(r'type="application/json\+oembed" href="([^"]+)"', page)[1]
    embed = public(f"/{link.removeprefix(BASE)}".replace("&amp;", "&") + "&maxwidth=640")
    assert embed.status == 200
    assert embed.headers["content-type"].startswith("application/json")
    answer = json.loads(embed.body)
    query = PageQuery.read(parse_qsl(path.partition("?")[2]))
    pinned = pinned_query(query.period, query.measure, query.base).replace("&", "&amp;")
    assert f' src="{BASE}{path.partition("?")[0]}{pinned}"' in answer["html"]
    assert answer["width"] == 640
    assert answer["title"] in page


@pytest.mark.parametrize(
    ("room", "size", "view"),
    [
        ({}, (720, 1200), ""),
        ({"maxwidth": "500", "maxheight": "960"}, (500, 960), ""),
        ({"maxwidth": "500", "maxheight": "750"}, (500, 600), "/compact"),
        ({"maxwidth": "2000", "maxheight": "400"}, (720, 400), "/compact"),
    ],
)
def test_a_host_gets_what_it_has_room_for(public, named, room, size, view):
    """Frame and picture are no larger than asked; with little height it is the compact page."""
    answer = json.loads(public(asked("public/es", **room)).body)
    assert (answer["width"], answer["height"]) == size
    pinned = pinned_query(default_period()).replace("&", "&amp;")
    assert f' src="{BASE}public/es{view}{pinned}"' in answer["html"]
    assert ("thumbnail_url" in answer) == (room == {})


def test_without_an_address_of_its_own_there_is_no_answer(public, monkeypatch, forgotten):
    """The server names no host that was asked for: it would be anybody's."""
    monkeypatch.delenv("ATLAS_BASE_URL", raising=False)
    assert public(asked("public/es")).status == 404
    assert b"json+oembed" not in public("/public/es").body
