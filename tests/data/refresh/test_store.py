"""The folder of refreshed figures: what wins, what is refused, what a killed writer leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.catalogue import ROOT, load_table, read_resource, resource_names
from data.refresh import store
from data.refresh.folder import (
    GENERATIONS,
    MANIFEST,
    RefreshError,
    canonical,
    data_folder,
    digest,
    forget,
    locked,
)
from data.refreshed import (
    freshness,
    is_stale,
    refreshed_cards,
    refreshed_faults,
    refreshed_seal,
)
from tests.refresh_writers import Writers, writers

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
    """The loader reads it, joins its new source, and its card tells the old hash."""
    store.write(_services(descriptor={"title": "Another title"}))
    frame = load_table("services")
    assert frame["source_title"].iloc[0] == "A list"
    assert frame.attrs["card"]["title"] == "Another title"
    assert frame.attrs["card"]["accessed"] == "2024-03-04"
    assert len(load_table("sources")) == len(load_table("sources", ROOT)) + 1
    card = refreshed_cards()["services"]
    assert (card["rows_read"], card["rows_used"], card["previous_is_shipped"]) == (3, 2, True)
    shipped = read_resource("services", ROOT).descriptor["hash"]
    assert card["previous"] == shipped.removeprefix("sha256:")
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
    """Two tables, two sets; replacing one leaves the other and drops only what nobody names."""
    store.write(_services(), check=False)
    departments = read_resource("departments", ROOT).content
    for _ in range(3):
        store.write(
            {"departments": store.Replacement(departments, CARD, {})},
            check=False,
        )
    assert set(refreshed_cards()) == {"services", "departments"}
    assert len(list((store_folder / GENERATIONS).iterdir())) == 3, "in use: two; one for readers"
    store.write(_services(), check=False)
    assert load_table("services")["source_title"].iloc[0] == "A list"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes"),
        (lambda path: path.write_bytes(path.read_bytes()[:-2] + b"x\n"), "bytes"),
        (lambda path: path.unlink(), "missing"),
    ],
)
def test_a_damaged_file_is_not_used(
    store_folder: Path, spoil: Callable[[Path], object], reason: str
) -> None:
    """The shipped figures are, and the fault names both files of the set."""
    departments = read_resource("departments", ROOT).content
    both = {**_services(), "departments": store.Replacement(departments, CARD, {})}
    store.write(both, check=False)
    (path,) = store_folder.glob(f"{GENERATIONS}/*/services.csv")
    spoil(path)
    forget()
    assert load_table("services").equals(load_table("services", ROOT))
    assert refreshed_cards() == {}
    (fault,) = refreshed_faults()
    assert fault.resources == ("departments", "services")
    assert fault.reason == reason


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 1, "seal": "x"}'])
def test_a_damaged_manifest_is_not_used(store_folder: Path, text: str) -> None:
    """Whatever stands in the list, the shipped figures answer; a new refresh replaces it."""
    store.write(_services(), check=False)
    (store_folder / MANIFEST).write_text(text)
    forget()
    assert load_table("services").equals(load_table("services", ROOT))
    assert [fault.reason for fault in refreshed_faults()] == ["manifest"]
    store.write(_services(), check=False)
    assert refreshed_faults() == ()


def _linked(path: Path) -> None:
    """To the good list, under another name."""
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
def test_whatever_lies_in_the_manifests_place_is_a_fault(
    store_folder: Path, put: Callable[[Path], object]
) -> None:
    """Told at once and not waited for; the shipped figures answer, and a writer says what to do."""
    store.write(_services(), check=False)
    put(store_folder / MANIFEST)
    forget()
    assert load_table("services").equals(load_table("services", ROOT))
    assert [fault.reason for fault in refreshed_faults()] == ["manifest"]
    assert not is_stale()
    with suppress(RefreshError):  # a folder is in the way
        store.write(_services(), check=False)
        assert refreshed_faults() == ()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_list_of_another_hand_is_a_fault(store_folder: Path, data: st.DataObject) -> None:
    """Any value in the place of any other, under a seal that is right."""
    if not (store_folder / MANIFEST).exists():
        store.write(_services(), check=False)
        (store_folder / "kept.json").write_bytes((store_folder / MANIFEST).read_bytes())
    manifest = json.loads((store_folder / "kept.json").read_bytes())
    inner = manifest
    while True:
        name = data.draw(st.sampled_from(sorted(inner)))
        if not isinstance(inner[name], dict) or not inner[name] or data.draw(st.booleans()):
            break
        inner = inner[name]
    inner[name] = data.draw(VALUES)
    manifest.pop("seal", None)
    manifest["seal"] = digest(canonical(manifest))
    (store_folder / MANIFEST).write_text(json.dumps(manifest))
    forget()
    rows = freshness(today="2026-01-01")
    table = load_table("services")
    is_used = [row.origin for row in rows if row.resource == "services"] == ["refreshed"]
    assert is_used or table.equals(load_table("services", ROOT))
    assert len(load_table("sources")) >= len(load_table("sources", ROOT))


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_refreshed_file_that_is_no_file(
    store_folder: Path, make: Callable[[Path], object]
) -> None:
    """A pipe of no bytes, as its card says, would be waited for."""
    store.write(_services(), check=False)
    manifest = json.loads((store_folder / MANIFEST).read_bytes())
    item = manifest["resources"]["services"]
    item |= {"bytes": 0, "sha256": digest(b"")}
    manifest.pop("seal")
    (store_folder / MANIFEST).write_text(
        json.dumps({**manifest, "seal": digest(canonical(manifest))})
    )
    (store_folder / item["file"]).unlink()
    make(store_folder / item["file"])
    forget()
    assert [fault.reason for fault in refreshed_faults()] == ["missing"]


HOLDS = """
import os, sys, time
from data.refresh.folder import scratch
with scratch("check") as place:
    (place / "half a table").write_text("x")
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), 9)
    print(place, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_refresh_left_in_the_temporary_folder_goes(
    store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the next one; not what another refresh is still at work in, nor what is not ours."""
    temporary = Path(tempfile.gettempdir())
    (temporary / "atlas-layer-old").mkdir()
    (temporary / "atlas-check-link").symlink_to(tmp_path)
    (temporary / "other").mkdir()
    start = partial(
        subprocess.Popen,
        cwd=ROOT.parent,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with start([sys.executable, "-c", HOLDS, "killed"]) as killed:
        killed.communicate()
    assert len(list(temporary.glob("atlas-check-*/work/half a table"))) == 1
    with start([sys.executable, "-c", HOLDS, "alive"]) as alive:
        held = Path(alive.stdout.readline().strip())
        store.write(_services())
        names = {path.name for path in temporary.iterdir()}
        assert names == {"other", "atlas-check-link", held.parent.name}
        assert (held / "half a table").exists()
        alive.communicate()
    assert not held.exists()
    assert tmp_path.exists()


def test_an_edited_manifest_is_not_used(store_folder: Path) -> None:
    """One changed figure in the list breaks its seal."""
    store.write(_services(), check=False)
    path = store_folder / MANIFEST
    path.write_text(path.read_text().replace('"rows_used": 2', '"rows_used": 3'))
    forget()
    assert [fault.reason for fault in refreshed_faults()] == ["manifest"]


def test_a_change_of_the_shipped_table_is_not_hidden(
    store_folder: Path, edit: Callable[..., Path], data_folder: Callable[[Path], None]
) -> None:
    """After an upgrade that corrects the shipped table, the refreshed one waits for a refresh."""
    store.write(_services(), check=False)
    data_folder(edit("services.csv", "e", "é"))
    assert [fault.reason for fault in refreshed_faults()] == ["shipped"]
    assert refreshed_cards() == {}


def test_a_new_schema_is_not_answered_by_an_old_table(
    store_folder: Path, folder: Path, data_folder: Callable[[Path], None]
) -> None:
    """After an upgrade that adds a rule to the schema, the refreshed table is not used."""
    store.write(_services(), check=False)
    package = json.loads((folder / "datapackage.json").read_text())
    for item in package["resources"]:
        if item["name"] == "services":
            item["schema"]["fields"][0]["constraints"] = {"pattern": ".*"}
    (folder / "datapackage.json").write_text(json.dumps(package))
    data_folder(folder)
    assert [fault.reason for fault in refreshed_faults()] == ["schema"]


@pytest.mark.parametrize(
    ("replacements", "match"),
    [
        (lambda: _services(content=b"a,b\n1,2\n"), "services.csv: .*missing"),
        (
            lambda: _services(sources=()),
            'values "R-services" not found in the lookup table "sources"',
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
    with pytest.raises(RefreshError, match=match):
        store.write(replacements())
    assert not (store_folder / MANIFEST).exists()
    assert load_table("services").equals(load_table("services", ROOT))


def test_totals_are_checked_before_writing(store_folder: Path) -> None:
    """A complaint more than the publisher's total is refused."""
    content = _edited("complaints", ",AMAZONAS,,,73,", ",AMAZONAS,,,74,")
    with pytest.raises(RefreshError, match=r"1,977; expected 1,976"):
        store.write({"complaints": store.Replacement(content, CARD, {})})


def test_two_refreshes_at_once(store_folder: Path) -> None:
    """The second is refused while the first holds the folder, and goes through afterwards."""
    with locked(store_folder), pytest.raises(RefreshError, match="another refresh is running"):
        store.write(_services(), check=False)
    store.write(_services(), check=False)


def test_a_folder_that_is_a_file_is_refused(store_folder: Path) -> None:
    """The message names the setting that helps."""
    store_folder.write_text("")
    with pytest.raises(RefreshError, match="name another folder in ATLAS_DATA"):
        store.write(_services(), check=False)
    assert load_table("services").equals(load_table("services", ROOT))


def test_a_process_keeps_the_figures_it_began_with(store_folder: Path) -> None:
    """What another process refreshes is seen as news, not mixed in."""
    store.write(_services(), check=False)
    assert not is_stale()
    before = load_table("services")
    child = f"from data.refresh import store; store.reset(folder={str(store_folder)!r})"
    code = "from pathlib import Path\n" + child.replace("folder='", "folder=Path('").replace(
        "')", "'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent, timeout=300)
    assert is_stale()
    assert load_table("services").equals(before)


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
    for step in range(60):
        done = others.write(store_folder, step)
        forget()
        assert refreshed_faults() == ()
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
    left = [path.name for path in (store_folder / GENERATIONS).iterdir()]
    assert len(left) <= 2, "what killed writers left is cleaned up by the next"


@pytest.mark.parametrize(
    "limit", [5_000, *(pytest.param(one, marks=pytest.mark.slow) for one in (0, 100, 30_000))]
)
def test_a_full_disk_leaves_the_old_figures(
    store_folder: Path, others: Writers, limit: int
) -> None:
    """A limit on the size of files stands for a disk without room: refused, nothing lost."""
    store.write(_services(), check=False)
    before = (store_folder / MANIFEST).read_bytes()
    done = others.write(store_folder, limit=limit)
    assert done["code"] == 1
    assert "cannot write the refreshed figures: File too large" in done["fault"]
    assert (store_folder / MANIFEST).read_bytes() == before
    forget()
    assert refreshed_faults() == ()
    assert load_table("services")["source_title"].iloc[0] == "A list"
    assert len(list((store_folder / GENERATIONS).iterdir())) == 1


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
        assert "cannot write the refreshed figures: No space left on device" in done["fault"]
        assert not (disk / MANIFEST).exists()
        assert not list((disk / GENERATIONS).iterdir())
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
