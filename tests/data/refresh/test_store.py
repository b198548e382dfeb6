"""The folder of refreshed figures: what is in use, what is refused, what a killed writer leaves."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.catalogue import ROOT, in_use, load_table, read_resource, resource_names
from data.refresh import store
from data.refresh.folder import CURRENT, EDITIONS, data_folder, forget, locked
from data.refreshed import (
    figures_edition,
    is_stale,
    refreshed_cards,
    refreshed_seal,
    unused_figures,
)
from tests.refresh_writers import WRITTEN, Writers, replacement, small_disk, writers
from tests.refreshed_years import write_figures
from tests.refusing import refused

LIST = store.Source("https://example.org/services.csv", Path(), "0" * 64, 12, "2024-03-04")
CARD = LIST.card(rows_read=3, rows_used=2)
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


@pytest.fixture(scope="module")
def services_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose one edition has the services from another source."""
    folder = tmp_path_factory.mktemp("once") / "folder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATLAS_DATA", str(folder))
        forget()
        write_figures(_services())
    forget()
    return folder


@pytest.fixture
def written(services_once: Path, store_folder: Path) -> Path:
    """A copy of it, which this process uses."""
    shutil.copytree(services_once, store_folder)
    return store_folder


def _is_shipped() -> bool:
    return load_table("services").equals(load_table("services", ROOT))


def test_a_refreshed_table_wins_until_a_reset(store_folder):
    """The loader reads it, joins its new source and says where it came from; a reset leaves
    nothing of it, on disk or in the loaders."""
    write_figures(_services(descriptor={"title": "Another title"}))
    frame = load_table("services")
    assert frame["source_title"].iloc[0] == "A list"
    assert frame.attrs["card"]["title"] == "Another title"
    assert frame.attrs["card"]["accessed"] == CARD["accessed"]
    assert len(load_table("sources")) == len(load_table("sources", ROOT)) + 1
    card = refreshed_cards()["services"]
    assert (card["source"], card["rows_read"], card["rows_used"]) == (CARD["source"], 3, 2)
    assert load_table("services", ROOT)["source_title"].iloc[0] != "A list"
    assert resource_names() == resource_names(ROOT)
    assert store.reset() == ["services"]
    assert _is_shipped()
    assert (refreshed_cards(), refreshed_seal()) == ({}, "")
    assert [path.name for path in store_folder.iterdir()] == ["lock"]
    assert store.reset() == []


def test_a_second_refresh_keeps_the_first_of_another_table(written):
    for _ in range(3):
        write_figures({"departments": replacement("departments")})
    assert set(refreshed_cards()) == {"services", "departments"}
    assert len(list((written / EDITIONS).iterdir())) == 2
    assert load_table("services")["source_title"].iloc[0] == "A list"
    write_figures(_services(sources=({**SOURCE, "source_title": "Another"},)))
    assert load_table("services")["source_title"].iloc[0] == "Another"
    assert len(load_table("sources")) == len(load_table("sources", ROOT)) + 1


def test_the_same_figures_have_the_same_seal(written):
    first = refreshed_seal(), figures_edition()
    write_figures(_services())
    assert (refreshed_seal(), figures_edition()) == first
    write_figures(_services(descriptor={"title": "Another title"}))
    second = refreshed_seal(), figures_edition()
    store.reset()
    assert refreshed_seal() == ""
    assert not {*first} & {*second, figures_edition()}
    assert figures_edition() not in second


def _replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.unlink()
        make(path)

    return put


PIPE = _replaced(os.mkfifo)
DEVICE = _replaced(lambda path: path.symlink_to("/dev/zero"))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _edit(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2] + b"x\n")


@pytest.mark.parametrize(
    ("file", "spoil"),
    [
        *(("tables/services.csv", spoil) for spoil in (_cut, _edit, Path.unlink, PIPE, DEVICE)),
        ("tables/places.csv", _edit),
        *(("datapackage.json", spoil) for spoil in (_edit, Path.unlink, PIPE, DEVICE)),
    ],
)
def test_a_damaged_edition_is_not_used(written, file, spoil):
    (place,) = (written / EDITIONS).iterdir()
    spoil(place / file)
    assert _is_shipped()
    assert refreshed_cards() == {}
    unused = unused_figures()
    assert unused
    assert (unused.reason, unused.files) == ("damaged", ("services",))
    assert unused.commands == (f"refresh complaints --source {CARD['source']} --yes",)


def _linked(path: Path) -> None:
    """To the good one, under another name."""
    path.rename(path.with_name("elsewhere.json"))
    path.symlink_to("elsewhere.json")


@pytest.mark.parametrize(
    "put",
    [
        *(
            pytest.param(lambda path, text=text: path.write_bytes(text), id=name)
            for name, text in {
                "empty": b"",
                "half": b"{",
                "version": b'{"format": 99}',
                "deep": b"[" * 100_000,
                "digits": b"[" + b"9" * 5_000 + b"]",
            }.items()
        ),
        pytest.param(lambda path: os.truncate(path, 1 << 40), id="huge"),
        pytest.param(PIPE, id="pipe"),
        pytest.param(_replaced(Path.mkdir), id="folder"),
        pytest.param(DEVICE, id="device"),
        pytest.param(_linked, id="link"),
    ],
)
def test_whatever_lies_in_the_place_of_current_is_told(written, put):
    put(written / CURRENT)
    assert _is_shipped()
    unused = unused_figures()
    assert unused
    assert (unused.reason, unused.commands) == ("damaged", ())
    assert not is_stale()


@pytest.mark.parametrize("put", [PIPE, lambda path: path.write_bytes(b"{")])
def test_a_new_refresh_mends_it(written, put):
    put(written / CURRENT)
    write_figures(_services())
    assert (unused_figures(), _is_shipped()) == (None, False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_current_of_another_hand_never_stops_the_figures(services_once, written, data):
    named = json.loads((services_once / CURRENT).read_bytes())
    named[data.draw(st.sampled_from(sorted(named)))] = data.draw(VALUES)
    (written / CURRENT).write_text(json.dumps(named))
    forget()
    is_used = "services" in refreshed_cards()
    assert _is_shipped() != is_used
    assert is_used == (unused_figures() is None)


def test_a_new_release_of_the_shipped_data_voids_it(store_folder, edit, monkeypatch):
    options = {
        "mining_cells": ("--period", "2026Q2"),
        "population": ("--replace-years",),
        "complaints": (),
        "all_offences": (),
    }
    sources = {name: name for name in options} | {"all_offences": "complaints"}
    write_figures(
        {
            name: replacement(name, source=sources[name], options=own)
            for name, own in options.items()
        }
    )
    assert unused_figures() is None
    monkeypatch.setattr("data.catalogue.ROOT", edit("services.csv", "e", "é"))
    forget()
    unused = unused_figures()
    assert unused
    assert (unused.reason, unused.files) == ("shipped", tuple(sorted(options)))
    assert unused.commands == (
        "refresh population --source population --replace-years --yes",
        "refresh mining --source mining_cells --period 2026Q2 --yes",
        "refresh complaints --source complaints --yes",
    )
    assert refreshed_cards() == {}
    assert not is_stale()


FROZEN = ROOT.parent / "tests" / "frozen" / "refreshed"


def test_the_second_edition_finds_its_files_as_it_left_them(store_folder, edit):
    shutil.copytree(FROZEN, store_folder)
    before = {path: path.read_bytes() for path in FROZEN.rglob("*") if path.is_file()}
    again = tuple(f"refresh complaints --source {year}.csv --yes" for year in (2024, 2026))
    assert load_table("complaints").equals(load_table("complaints", ROOT))
    unused = unused_figures()
    assert unused
    assert unused.reason == "earlier"
    assert (unused.files, unused.commands) == (("all_offences", "complaints"), again)
    write_figures({"departments_full": replacement("departments_full")})
    assert (refreshed_cards().keys(), unused_figures()) == ({"departments_full"}, unused)
    write_figures({"complaints": replacement("complaints")})
    assert unused_figures() is None
    store.reset()
    assert unused_figures() == unused
    after = {FROZEN / path.relative_to(store_folder): path for path in store_folder.rglob("*")}
    assert {path: after[path].read_bytes() for path in before} == before


def test_what_the_catalogue_refuses_is_not_written(store_folder):
    """Schema and published totals are checked before `current` is replaced. Tables that did not
    change too, by their loaders: tests/data/test_validation."""
    one_more = _edited("complaints", ",AMAZONAS,,,73,", ",AMAZONAS,,,74,")
    faulty = {
        "complaints": store.Replacement(one_more, CARD, {}),
        **_services(content=b"a,b\n1,2\n"),
    }
    with refused(r"1,977; expected 1,976.*services\.csv: .*missing"):
        write_figures(faulty, check=True)
    with refused("no file 'nothing' in the catalogue"):
        write_figures({"nothing": _services()["services"]}, check=True)
    assert not (store_folder / CURRENT).exists()
    assert _is_shipped()


def test_two_refreshes_at_once(store_folder):
    with locked(store_folder), refused("another refresh is running"):
        write_figures(_services())
    write_figures(_services())


def test_a_folder_that_is_a_file_is_refused(store_folder):
    store_folder.write_text("")
    with refused("name another folder in ATLAS_DATA"):
        write_figures(_services())
    assert _is_shipped()


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


def test_a_process_keeps_the_edition_it_began_with(store_folder):
    """Two refreshes and a reset later it reads what it had not read yet, all of one edition; the
    folder goes with the first writer after it."""
    write_figures(_services(descriptor={"title": "first"}))
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
            write_figures(_services(descriptor={"title": title}, sources=(SOURCE,)))
        store.reset()
        assert [one.name for one in (store_folder / EDITIONS).iterdir()] == [place.name]
        server.stdin.write("\n")
        server.stdin.flush()
        read = [server.stdout.readline().strip() for _ in range(5)]
        assert read == [*map(str, sizes), "A list first", f"{seal} True ['services']"]
    write_figures(_services())
    assert place.name not in {one.name for one in (store_folder / EDITIONS).iterdir()}


def test_without_a_setting_the_folder_is_the_platform_s(monkeypatch):
    monkeypatch.delenv("ATLAS_DATA")
    assert data_folder().name == "atlas-trata-peru"


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_at_every_step(store_folder, others, stride):
    write_figures({name: replacement(name, title="old") for name in WRITTEN})
    seen = []
    for step in range(0, 200, stride):
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
    assert len(seen) > 8 // stride
    assert seen == sorted(seen, reverse=True), "once new, always new"
    left = [path.name for path in (store_folder / EDITIONS).iterdir()]
    assert len(left) == 2, "what killed writers left is cleaned up by the next"


def test_a_full_disk_leaves_the_old_figures(written, others):
    """A limit on the size of files stands for a disk without room: refused, nothing lost."""
    before = (written / CURRENT).read_bytes()
    done = others.write(written, limit=5_000)
    assert done["code"] == 1
    assert "refresh.refusal.write" in done["fault"]
    assert (written / CURRENT).read_bytes() == before
    forget()
    assert unused_figures() is None
    assert load_table("services")["source_title"].iloc[0] == "A list"
    assert len(list((written / EDITIONS).iterdir())) == 1


@pytest.mark.slow
def test_a_small_disk_leaves_nothing_half_written(tmp_path, others):
    """The same on a real file system of 128 kB, where this machine lets us mount one."""
    with small_disk(tmp_path / "disk", "128k") as disk:
        (disk / "filler").write_bytes(b"0" * 60_000)
        done = others.write(disk)
        assert done["code"] == 1
        assert "refresh.refusal.write" in done["fault"]
        assert not (disk / CURRENT).exists()
        assert not list((disk / EDITIONS).iterdir())


@pytest.mark.parametrize(
    ("replaces", "before", "is_same"),
    [(("2025",), 7, True), (("2025-01/2025-09",), 7, False), (("2025",), 6, False), ((), 0, False)],
)
def test_the_same_counts_of_another_period_are_a_change(replaces, before, is_same):
    old = {("Loreto",): before} if before else {}
    change = store.compare("complaints", "2025", replaces, old, {("Loreto",): 7})
    assert change.is_same == is_same
