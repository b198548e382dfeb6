"""The folder of refreshed figures: what is in use, what is refused, what a killed writer leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.catalogue import ROOT, in_use, load_table, read_resource, resource_names
from data.refresh import store
from data.refresh.folder import CURRENT, EDITIONS, data_folder, forget, locked
from data.refreshed import (
    figures_edition,
    freshness,
    is_stale,
    refreshed_cards,
    refreshed_seal,
    unused_figures,
)
from geo.errors import UserError
from tests.refresh_writers import Writers, writers
from tests.refusing import refused

CARD = store.Card(
    source="https://example.org/services.csv",
    date="2024-02-03",
    accessed="2024-03-04",
    sha256="0" * 64,
    bytes=12,
    rows_read=3,
    rows_used=2,
)
SOURCE = {
    "source_id": "R-services",
    "source_title": "A list",
    "publisher": "Somebody",
    "published": "2024-02-03",
    "source_url": "https://example.org/services.csv",
}


@pytest.fixture(scope="module")
def others() -> Iterator[Writers]:
    """Writers in processes of their own, which may be killed."""
    with writers() as started:
        yield started


def _edited(name: str, old: str, new: str) -> bytes:
    content = read_resource(name, ROOT).content.decode()
    assert old in content
    return content.replace(old, new, 1).encode()


def _services(source_id: str = "R-services", **changes: object) -> dict[str, store.Replacement]:
    """The table of services with its first row from another source."""
    table = load_table("services", ROOT)
    content = _edited("services", table["source_id"].iloc[0], source_id)
    made = {"content": content, "card": CARD, "descriptor": {}, "sources": (SOURCE,), **changes}
    return {"services": store.Replacement(**made)}  # type: ignore[arg-type]


def test_a_refreshed_table_wins_and_says_where_it_came_from(store_folder: Path) -> None:
    """The loader reads it and joins its new source."""
    store.write(_services(descriptor={"title": "Another title"}), check=False)
    frame = load_table("services")
    assert frame["source_title"].iloc[0] == "A list"
    assert frame.attrs["card"]["title"] == "Another title"
    assert frame.attrs["card"]["accessed"] == "2024-03-04"
    assert len(load_table("sources")) == len(load_table("sources", ROOT)) + 1
    card = refreshed_cards()["services"]
    assert (card["source"], card["rows_read"], card["rows_used"]) == (CARD.source, 3, 2)
    assert load_table("services", ROOT)["source_title"].iloc[0] != "A list"
    assert resource_names() == resource_names(ROOT)


def test_reset_goes_back_to_the_shipped_figures(store_folder: Path) -> None:
    """Nothing of the refreshed table is left, on disk or in the loaders."""
    store.write(_services(), check=False)
    assert store.reset() == ["services"]
    assert load_table("services").equals(load_table("services", ROOT))
    assert refreshed_cards() == {}
    assert refreshed_seal() == ""
    assert [path.name for path in store_folder.iterdir()] == ["lock"]
    assert store.reset() == []


def test_a_second_refresh_keeps_the_first_of_another_table(store_folder: Path) -> None:
    """Each edition is whole; the current and the previous stay on the disk, no other."""
    store.write(_services(), check=False)
    departments = read_resource("departments", ROOT).content
    for _ in range(3):
        store.write(
            {"departments": store.Replacement(departments, CARD, {})},
            check=False,
        )
    assert set(refreshed_cards()) == {"services", "departments"}
    assert len(list((store_folder / EDITIONS).iterdir())) == 2
    assert load_table("services")["source_title"].iloc[0] == "A list"
    store.write(_services(sources=({**SOURCE, "source_title": "Another"},)), check=False)
    assert load_table("services")["source_title"].iloc[0] == "Another"
    assert len(load_table("sources")) == len(load_table("sources", ROOT)) + 1


def test_the_same_figures_have_the_same_seal(store_folder: Path) -> None:
    """Whatever folder they lie in; back to the shipped ones it is theirs."""
    shipped = figures_edition()
    store.write(_services(), check=False)
    first = refreshed_seal(), figures_edition()
    store.write(_services(), check=False)
    assert (refreshed_seal(), figures_edition()) == first
    store.write(_services(descriptor={"title": "Another title"}), check=False)
    assert not {*first} & {refreshed_seal(), figures_edition(), shipped}
    store.reset()
    assert (refreshed_seal(), figures_edition()) == ("", shipped)


def _edition(folder: Path) -> Path:
    (place,) = (folder / EDITIONS).iterdir()
    return place


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1]), id="cut"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-2] + b"x\n"), id="edited"),
        pytest.param(lambda path: path.unlink(), id="gone"),
        pytest.param(lambda path: (path.unlink(), os.mkfifo(path)), id="pipe"),
        pytest.param(lambda path: (path.unlink(), path.symlink_to("/dev/zero")), id="device"),
    ],
)
@pytest.mark.parametrize("file", ["tables/services.csv", "tables/places.csv", "datapackage.json"])
def test_a_damaged_edition_is_not_used(
    store_folder: Path, spoil: Callable[[Path], object], file: str
) -> None:
    """Not even its sound files: the shipped figures are, and how to have the others again."""
    store.write(_services(), check=False)
    spoil(_edition(store_folder) / file)
    forget()
    assert load_table("services").equals(load_table("services", ROOT))
    assert refreshed_cards() == {}
    unused = unused_figures()
    assert unused
    assert (unused.reason, unused.files) == ("damaged", ("services",))
    assert unused.commands == (f"refresh complaints --source {CARD.source} --yes",)
    store.write(_services(), check=False)
    assert unused_figures() is None


def _linked(path: Path) -> None:
    """To the good one, under another name."""
    path.rename(path.with_name("elsewhere.json"))
    path.symlink_to("elsewhere.json")


def _replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.unlink()
        make(path)

    return put


@pytest.mark.parametrize(
    "put",
    [
        *(
            pytest.param(lambda path, text=text: path.write_text(text), id=text or "empty")
            for text in ("", "{", "[]", '{"format": 99}')
        ),
        pytest.param(lambda path: path.write_text("[" * 100_000), id="deep"),
        pytest.param(lambda path: path.write_text('{"a":' * 100_000), id="deep objects"),
        pytest.param(lambda path: path.write_text(f"[{'9' * 5_000}]"), id="digits"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe\x00"), id="no text"),
        pytest.param(lambda path: os.truncate(path, 1 << 40), id="huge"),
        pytest.param(_replaced(os.mkfifo), id="pipe"),
        pytest.param(_replaced(Path.mkdir), id="folder"),
        pytest.param(_replaced(lambda path: path.symlink_to("/dev/zero")), id="device"),
        pytest.param(_replaced(lambda path: path.symlink_to("nowhere")), id="to nothing"),
        pytest.param(_linked, id="link"),
    ],
)
def test_whatever_lies_in_the_place_of_current_is_told(
    store_folder: Path, put: Callable[[Path], object]
) -> None:
    """At once and not waited for; the shipped figures answer, and a new refresh mends it."""
    store.write(_services(), check=False)
    put(store_folder / CURRENT)
    forget()
    assert load_table("services").equals(load_table("services", ROOT))
    unused = unused_figures()
    assert unused
    assert (unused.reason, unused.commands) == ("damaged", ())
    assert not is_stale()
    with suppress(UserError):  # a folder is in the way
        store.write(_services(), check=False)
        assert unused_figures() is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_current_of_another_hand_never_stops_the_figures(
    store_folder: Path, data: st.DataObject
) -> None:
    """Any value in the place of any other: the edition as it was written, or what is shipped."""
    if not (store_folder / CURRENT).exists():
        store.write(_services(), check=False)
        (store_folder / "kept.json").write_bytes((store_folder / CURRENT).read_bytes())
    named = json.loads((store_folder / "kept.json").read_bytes())
    named[data.draw(st.sampled_from(sorted(named)))] = data.draw(VALUES)
    (store_folder / CURRENT).write_text(json.dumps(named))
    forget()
    rows = freshness(today="2026-01-01")
    is_used = [row.origin for row in rows if row.resource == "services"] == ["refreshed"]
    assert load_table("services").equals(load_table("services", ROOT)) != is_used
    assert is_used == (unused_figures() is None)


def test_a_new_release_of_the_shipped_data_voids_it(
    store_folder: Path, edit: Callable[..., Path], data_folder: Callable[[Path], None]
) -> None:
    """Whatever changed in it; the commands are named, with their options, as they follow."""
    cards = {
        name: store.Card(name, "2024-01-01", "0" * 64, 1, 1, 1, options=options)
        for name, options in {
            "mining_cells": ("--period", "2026Q2"),
            "population": ("--replace-years",),
            "complaints": (),
            "all_offences": (),
        }.items()
    }
    cards["all_offences"] = cards["complaints"]
    store.write(
        {
            name: store.Replacement(read_resource(name, ROOT).content, card, {})
            for name, card in cards.items()
        },
        check=False,
    )
    assert unused_figures() is None
    data_folder(edit("services.csv", "e", "é"))
    unused = unused_figures()
    assert unused
    assert (unused.reason, unused.files) == ("shipped", tuple(sorted(cards)))
    assert unused.commands == (
        "refresh population --source population --replace-years --yes",
        "refresh mining --source mining_cells --period 2026Q2 --yes",
        "refresh complaints --source complaints --yes",
    )
    assert refreshed_cards() == {}
    assert not is_stale()


FROZEN = ROOT.parent / "tests" / "frozen" / "refreshed"


def test_the_second_edition_finds_its_files_as_it_left_them(
    store_folder: Path, edit: Callable[..., Path]
) -> None:
    """They are not used, changed or removed; its commands are named until they are repeated."""
    shutil.copytree(FROZEN, store_folder)
    before = {path: path.read_bytes() for path in FROZEN.rglob("*") if path.is_file()}
    again = tuple(f"refresh complaints --source {year}.csv --yes" for year in (2024, 2026))
    assert load_table("complaints").equals(load_table("complaints", ROOT))
    unused = unused_figures()
    assert unused
    assert unused.reason == "earlier"
    assert (unused.files, unused.commands) == (("all_offences", "complaints"), again)
    departments = read_resource("departments_full", ROOT).content
    store.write({"departments_full": store.Replacement(departments, CARD, {})}, check=False)
    assert (refreshed_cards().keys(), unused_figures()) == ({"departments_full"}, unused)
    complaints = read_resource("complaints", ROOT).content
    store.write({"complaints": store.Replacement(complaints, CARD, {})}, check=False)
    assert unused_figures() is None
    store.reset()
    assert unused_figures() == unused
    after = {FROZEN / path.relative_to(store_folder): path for path in store_folder.rglob("*")}
    assert {path: after[path].read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("replacements", "match"),
    [
        (lambda: _services(content=b"a,b\n1,2\n"), "services.csv: .*missing"),
        pytest.param(
            lambda: _services(sources=()),
            'values "R-services" not found in the lookup table "sources"',
            marks=pytest.mark.slow,  # a foreign key: tests/data/test_validation
        ),
        (lambda: {"nothing": _services()["services"]}, "no file 'nothing' in the catalogue"),
    ],
)
def test_what_the_catalogue_refuses_is_not_written(
    store_folder: Path,
    replacements: Callable[[], dict[str, store.Replacement]],
    match: str,
) -> None:
    """Schema, references and names are checked before the first byte is written."""
    with refused(match):
        store.write(replacements())
    assert not (store_folder / CURRENT).exists()
    assert load_table("services").equals(load_table("services", ROOT))


def test_totals_are_checked_before_writing(store_folder: Path) -> None:
    """A complaint more than the publisher's total is refused."""
    content = _edited("complaints", ",AMAZONAS,,,73,", ",AMAZONAS,,,74,")
    with refused(r"1,977; expected 1,976"):
        store.write({"complaints": store.Replacement(content, CARD, {})})


def test_two_refreshes_at_once(store_folder: Path) -> None:
    """The second is refused while the first holds the folder, and goes through afterwards."""
    with locked(store_folder), refused("another refresh is running"):
        store.write(_services(), check=False)
    store.write(_services(), check=False)


def test_a_folder_that_is_a_file_is_refused(store_folder: Path) -> None:
    """The message names the setting that helps."""
    store_folder.write_text("")
    with refused("name another folder in ATLAS_DATA"):
        store.write(_services(), check=False)
    assert load_table("services").equals(load_table("services", ROOT))


SERVES = """
import sys
from data.catalogue import load_table
from data.refreshed import is_stale, refreshed_cards, refreshed_seal
print(refreshed_seal(), flush=True)
sys.stdin.readline()
for name in ("services", "places", "sources"):
    print(len(load_table(name)))
print(load_table("services")["source_title"].iloc[0], load_table("services").attrs["card"]["title"])
print(refreshed_seal(), is_stale(), sorted(refreshed_cards()), flush=True)
sys.stdin.read()
"""


def test_a_process_keeps_the_edition_it_began_with(store_folder: Path) -> None:
    """Two refreshes and a reset later it reads what it had not read yet, all of one edition; the
    folder goes with the first writer after it."""
    store.write(_services(descriptor={"title": "first"}), check=False)
    seal, place = refreshed_seal(), in_use().folder
    assert place
    sizes = [len(load_table(name)) for name in ("services", "places", "sources")]
    with subprocess.Popen(
        [sys.executable, "-c", SERVES],
        cwd=ROOT.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline().strip() == seal
        for title in ("second", "third"):
            store.write(_services(descriptor={"title": title}, sources=(SOURCE,)), check=False)
        store.reset()
        assert [one.name for one in (store_folder / EDITIONS).iterdir()] == [place.name]
        server.stdin.write("\n")
        server.stdin.flush()
        read = [server.stdout.readline().strip() for _ in range(5)]
        assert read == [*map(str, sizes), "A list first", f"{seal} True ['services']"]
    store.write(_services(), check=False)
    assert place.name not in {one.name for one in (store_folder / EDITIONS).iterdir()}


@pytest.mark.slow  # two of them in one process: above
def test_three_writers_at_once(store_folder: Path, tmp_path: Path) -> None:
    """Each goes through or is told to wait; started again until it does, nothing is lost."""
    names = ("services", "departments", "places")
    code = (
        "import sys\nfrom data.catalogue import ROOT, read_resource\n"
        "from data.refresh import store\n"
        "card = store.Card('a', '2024-01-01', '0' * 64, 1, 1, 1)\n"
        "content = read_resource(sys.argv[1], ROOT).content\n"
        "try:\n"
        "    store.write({sys.argv[1]: store.Replacement(content, card, {})}, check=False)\n"
        "except store.UserError as error:\n"
        "    sys.exit(3 if 'refresh.refusal.running' in str(error) else 4)\n"
    )
    left = set(names)
    for _ in range(len(names)):
        writing = {
            name: subprocess.Popen([sys.executable, "-c", code, name], cwd=ROOT.parent)
            for name in left
        }
        ended = {name: one.wait(timeout=300) for name, one in writing.items()}
        assert set(ended.values()) <= {0, 3}
        left -= {name for name, code in ended.items() if not code}
    assert not left, "one of those that start at once always goes through"
    forget()
    assert set(refreshed_cards()) == set(names)


def test_the_folder_of_the_tests_is_not_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests work in a folder of their own; without ATLAS_DATA it is the platform's."""
    assert "atlas-tests-" in str(data_folder())
    monkeypatch.delenv("ATLAS_DATA")
    assert data_folder().name == "atlas-trata-peru"


def test_killed_at_every_step(store_folder: Path, others: Writers) -> None:
    """kill -9 before each touch of the folder: the old set whole, or the new one whole."""
    old = {**_services()}
    for name in ("departments", "departments_full"):
        content = read_resource(name, ROOT).content
        old[name] = store.Replacement(content, CARD, {"title": "old"})
    old["services"] = _services(descriptor={"title": "old"})["services"]
    store.write(old, check=False)
    seen = []
    for step in range(200):
        done = others.write(store_folder, step)
        forget()
        assert unused_figures() is None
        titles = {load_table(name).attrs["card"]["title"] for name in ("services", "departments")}
        assert len(titles) == 1, f"half a set after a kill at step {step}"
        seen += titles
        if done["code"] == 0:
            break
        assert done["code"] == -9, done["fault"]
    else:
        pytest.fail("the writer touches the folder more often than this test kills it")
    assert seen[0] == "old"
    assert seen[-1] == "new"
    assert len(seen) > 8
    assert seen == sorted(seen, reverse=True), "once new, always new"
    left = [path.name for path in (store_folder / EDITIONS).iterdir()]
    assert len(left) == 2, "what killed writers left is cleaned up by the next"


@pytest.mark.parametrize(
    "limit", [5_000, *(pytest.param(one, marks=pytest.mark.slow) for one in (0, 100, 30_000))]
)
def test_a_full_disk_leaves_the_old_figures(
    store_folder: Path, others: Writers, limit: int
) -> None:
    """A limit on the size of files stands for a disk without room: refused, nothing lost."""
    store.write(_services(), check=False)
    before = (store_folder / CURRENT).read_bytes()
    done = others.write(store_folder, limit=limit)
    assert done["code"] == 1
    assert "refresh.refusal.write" in done["fault"]
    assert (store_folder / CURRENT).read_bytes() == before
    forget()
    assert unused_figures() is None
    assert load_table("services")["source_title"].iloc[0] == "A list"
    assert len(list((store_folder / EDITIONS).iterdir())) == 1


def test_a_small_disk_leaves_the_old_figures(tmp_path: Path, others: Writers) -> None:
    """The same on a real file system of 128 kB, where this machine lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "none", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        (disk / "filler").write_bytes(b"0" * 60_000)
        done = others.write(disk)
        assert done["code"] == 1
        assert "refresh.refusal.write" in done["fault"]
        assert not (disk / CURRENT).exists()
        assert not list((disk / EDITIONS).iterdir())
        (disk / "filler").unlink()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    ("replaces", "before", "is_same"),
    [(("2025",), 7, True), (("2025-01/2025-09",), 7, False), (("2025",), 6, False), ((), 0, False)],
)
def test_the_same_counts_of_another_period_are_a_change(
    replaces: tuple[str, ...], before: int, is_same: bool
) -> None:
    """A whole year that brings no more reports than its nine months still takes their place."""
    old = {("Loreto",): before} if before else {}
    change = store.compare("complaints", "2025", replaces, old, {("Loreto",): 7})
    assert change.is_same == is_same
