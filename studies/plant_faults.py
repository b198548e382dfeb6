"""Plants the faults of faults.toml one by one and says which test catches each.

    python -m studies.plant_faults --jobs 1 > table.md    # goes on where it was stopped
    python -m studies.plant_faults --check                # can every fault be planted?
    python -m studies.plant_faults --random 30            # operators and constants at random places

Each fault is planted into a work tree of the last commit, where the tests of its own folder run
first and, if they pass, those that the fault names. Results lie in build/plant_faults.json, by
fault and commit. How to read them: docs/decisions/tests.md.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

ROOT = Path(__file__).resolve().parent.parent
FAULTS = Path(__file__).with_name("faults.toml")
CACHE = ROOT / "build" / "plant_faults.json"
ROOMS = ("geo", "data", "layers", "atlas")
REGION_LINES = 40
"""A marker stands for so many lines, its own the first."""
MOST_SECONDS = 1200
"""A run of tests that takes longer is ended."""
CAUGHT = ("own folder", "elsewhere")
RANDOM_ROOMS = ("geo", "data", "layers", "atlas/results", "atlas/planner")
_OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_OTHER |= {"+": "-", "-": "+", "*": "/", "/": "*", "//": "/", "%": "*"}
"""what stands in an operator's place"""
_SUMMARY = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


class NotPlantedError(Exception):
    """The function or the text that a fault changes is gone, or stands several times."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake that somebody could make: a text of a function and what stands in its place."""

    id: str
    room: str
    kind: str
    what: str
    """the mistake in a few words"""
    old: str
    new: str
    function: str = ""
    """qualified name without its module, such as ``Plan.travelled``; its file is looked for"""
    marker: str = ""
    """of a table, style or constant: a text that one file has, at most ``REGION_LINES`` above"""
    seals: bool = False
    """whether the catalogue is sealed again, as after a wanted edit of a table"""
    wider: tuple[str, ...] = ()
    """tests outside its own folder that plausibly see it; those of the room where none is named"""

    @property
    def digest(self) -> str:
        """Changes with what is planted, and not with where it is tested."""
        text = "\0".join((self.function, self.marker, self.old, self.new))
        return hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class Planting:
    """A file of the tree and its text with the fault in it."""

    file: Path
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the tests said of one fault."""

    caught: str
    """"own folder", "elsewhere", "nothing" or "not planted"."""
    test: str = ""
    """identifier of the test that failed first, or the reason why nothing was planted"""
    folder: str = ""
    seconds: float = 0.0


def read_faults(path: Path = FAULTS) -> list[Fault]:
    """All faults in the order of the file; ValueError for one that is twice or changes nothing."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    faults = []
    for entry in content["fault"]:
        wider = tuple(entry.pop("wider", content["wider"][entry["room"]]))
        faults.append(Fault(**entry, wider=wider))
    for fault in faults:
        if fault.old == fault.new or bool(fault.function) == bool(fault.marker):
            raise ValueError(f"{fault.id}: name a function or a marker, and change its text")
    if len({fault.id for fault in faults}) < len(faults):
        raise ValueError("a fault stands twice in the file")
    return faults


def random_faults(count: int, seed: int, root: Path = ROOT) -> list[Fault]:
    """Draw changes of one operator or number each, uniformly over the functions of RANDOM_ROOMS.

    They are tried on the tests of their own folder alone. Some change no answer (a tolerance, a
    size of a buffer), so no number of them is to be reached.
    """
    places = [
        (qualified, room.partition("/")[0], old, new)
        for room in RANDOM_ROOMS
        for file in sorted((root / room).rglob("*.py"))
        for text in [file.read_text(encoding="utf-8")]
        for qualified, node in _definitions(ast.parse(text))
        for old, new in _changed_lines(node, text.encode().splitlines(keepends=True))
    ]
    random.Random(seed).shuffle(places)
    faults: list[Fault] = []
    for name, room, old, new in places:
        what = f"{old.strip()} -> {new.strip()}"
        fault = Fault(f"random-{len(faults) + 1:02}", room, "random", what, old, new, name)
        with suppress(NotPlantedError):
            find_planting(fault, root)
            faults.append(fault)
        if len(faults) == count:
            break
    return faults


def _changed_lines(function: ast.AST, lines: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    """Each line of a function before and after one operator or number of it is another."""
    for node in ast.walk(function):
        first: ast.AST = node
        number = None
        if isinstance(node, ast.Constant) and type(node.value) is not bool:
            number = node.value if isinstance(node.value, int | float) else None
        if number is not None:
            begin, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        elif isinstance(node, ast.BinOp):
            first, begin, end = node.left, node.left.end_col_offset, node.right.col_offset
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            after = node.comparators[0]
            first, begin, end = node.left, node.left.end_col_offset, after.col_offset
        else:
            continue
        line = lines[first.end_lineno - 1]  # type: ignore[attr-defined]
        old = line[begin:end].decode(errors="replace").strip()  # an f-string's places are wrong
        new = _OTHER.get(old, "")
        if number is not None:
            new = str(number + 1) if old == str(number) else ""
        if new:
            changed = (
                line[:begin] + line[begin:end].replace(old.encode(), new.encode()) + line[end:]
            )
            yield line.decode(), changed.decode()


def find_planting(fault: Fault, root: Path = ROOT) -> Planting:
    """Look for a fault's place in a tree; NotPlantedError says why there is none."""
    places = list(_functions(fault, root) if fault.function else _regions(fault, root))
    name = fault.function or fault.marker
    if not places:
        raise NotPlantedError(f"{name!r} is gone")
    counts = [text[start:end].count(fault.old) for _, text, start, end in places]
    if sum(counts) != 1:
        raise NotPlantedError(f"the text stands {sum(counts)} times in {name!r}")
    file, text, start, end = places[counts.index(1)]
    planted = text[:start] + text[start:end].replace(fault.old, fault.new) + text[end:]
    if file.suffix == ".py":
        compile(planted, file.name, "exec")
    return Planting(file, planted)


def _functions(fault: Fault, root: Path) -> Iterator[tuple[Path, str, int, int]]:
    """File, text, first and last character of each function of this qualified name."""
    name = fault.function.rpartition(".")[2]
    for room in ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if not re.search(rf"\b{name}\b", text):
                continue
            starts = [0]
            for row in text.splitlines(keepends=True):
                starts.append(starts[-1] + len(row))
            for qualified, node in _definitions(ast.parse(text)):
                if qualified == fault.function:
                    first = min(
                        [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]
                    )
                    yield file, text, starts[first - 1], starts[node.end_lineno or node.lineno]


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, _Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            yield prefix + child.name, child
            yield from _definitions(child, f"{prefix}{child.name}.")
        else:
            yield from _definitions(child, prefix)


def _regions(fault: Fault, root: Path) -> Iterator[tuple[Path, str, int, int]]:
    """The same of the lines that begin with the marker's."""
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            if not file.is_file() or file.suffix in (".pyc", ".png", ".geojson", ".woff", ".gz"):
                continue
            text = file.read_text(encoding="utf-8")
            at = text.find(fault.marker)
            while at >= 0:
                start = text.rfind("\n", 0, at) + 1
                rows = text[start:].splitlines(keepends=True)[:REGION_LINES]
                yield file, text, start, start + sum(map(len, rows))
                at = text.find(fault.marker, at + 1)


def own_tests(file: Path, root: Path) -> list[str]:
    """The tests of a file's own folder that reach it, its doctests and the nearest first.

    Own is the folder under tests/ that has the file's place, or the nearest above that is there;
    subfolders have their own. A test that imports neither the file's module nor what imports it, in
    any number of steps, cannot see it and is left out.
    """
    place = file.relative_to(root)
    folder = root / "tests" / place.parent
    while not folder.is_dir():
        folder = folder.parent
    steps = {test: _steps(test, file, root) for test in folder.glob("test_*.py")}
    tests = [test for test, count in steps.items() if count is not None]
    tests.sort(key=lambda test: (steps[test], test.name))
    paths = [str(test.relative_to(root)) for test in tests]
    if file.suffix == ".py" and ">>>" in file.read_text(encoding="utf-8"):
        paths.insert(0, str(place))
    return paths


def _steps(test: Path, file: Path, root: Path) -> int | None:
    """How many imports lead from a test to a file; 0 where they do not tell, None for no way."""
    text = test.read_text(encoding="utf-8")
    if file.suffix != ".py" or re.search(r"\bsubprocess\b|\bcli\b", text):
        return 0
    edge = {test, *_fixtures(test, text, root)}
    seen, count = set(edge), 0
    while edge:
        if file in edge:
            return count
        edge = {path for other in edge for path in _imported(other, root)} - seen
        seen |= edge
        count += 1
    return None


def _fixtures(test: Path, text: str, root: Path) -> Iterator[Path]:
    """What the fixtures that a test names import, each when it is asked for."""
    for folder in test.relative_to(root).parents:
        conftest = root / folder / "conftest.py"
        for node in _tree(conftest).body if conftest.is_file() else ():
            is_function = isinstance(node, ast.FunctionDef)
            if not is_function or re.search(rf"\b{node.name}\b", text):
                yield from _files_of(node, root)


@cache
def _imported(file: Path, root: Path) -> frozenset[Path]:
    """Files of the tree that a module imports, anywhere in it."""
    return frozenset(_files_of(_tree(file), root))


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _files_of(part: ast.AST, root: Path) -> Iterator[Path]:
    for node in ast.walk(part):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            path = root.joinpath(*name.split("."))
            for module in (path.with_suffix(".py"), path / "__init__.py"):
                if module.is_file():
                    yield module


def failures(
    root: Path, tests: Sequence[str], *options: str, seconds: float = MOST_SECONDS
) -> list[str]:
    """Run tests; identifiers of those that fail. A run that never comes so far fails as a whole."""
    command = [
        *(sys.executable, "-m", "pytest", *tests, "-q", "-p", "no:cacheprovider", "--no-header"),
        *("-m", "not slow and not browser", "--tb=no", *options),
    ]
    process = subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "400"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return list(tests)
    failed = _SUMMARY.findall(output)
    if not failed and process.returncode not in (0, 5):  # 5: nothing of it is to be run
        return list(tests)
    return failed


def _caught(
    root: Path, planted: dict[Path, bytes], paths: Sequence[str], void: Sequence[str]
) -> str:
    """The first test that fails with the fault, "" where none does; ``void`` fail anyway."""
    paths = [path for path in paths if (root / path).exists()]
    if not paths:
        return ""
    with _in_place(planted):
        failed = failures(root, paths, "-x", *(f"--deselect={test}" for test in void))
    return failed[0] if failed else ""


@contextmanager
def _in_place(planted: dict[Path, bytes]) -> Iterator[None]:
    """The contents in their files, which are as before at the end; no module compiled before."""
    before = {file: file.read_bytes() for file in planted}
    try:
        _write(planted)
        yield
    finally:
        _write(before)


def _write(contents: dict[Path, bytes]) -> None:
    for file, content in contents.items():
        for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
            compiled.unlink()
        file.write_bytes(content)


def try_fault(fault: Fault, root: Path, void: Sequence[str] = ()) -> Result:
    """Plant a fault into a work tree and run the tests but those that fail without it too."""
    begin = time.monotonic()
    try:
        planting = find_planting(fault, root)
    except NotPlantedError as error:
        return Result("not planted", str(error), fault.room)
    planted = {planting.file: planting.text.encode()}
    if fault.seals:
        card = root / "data" / "datapackage.json"
        with _in_place({**planted, card: card.read_bytes()}):
            subprocess.run([sys.executable, "-m", "data.sealing"], cwd=root, check=True)
            planted[card] = card.read_bytes()
    own = own_tests(planting.file, root)
    caught, test = "own folder", _caught(root, planted, own, void)
    if not test:
        others = [path for path in fault.wider if path not in own]
        caught, test = "elsewhere", _caught(root, planted, others, void)
    shutil.rmtree(root / ".hypothesis", ignore_errors=True)
    folder = str(planting.file.relative_to(root).parent)
    seconds = round(time.monotonic() - begin, 1)
    return Result(caught if test else "nothing", test, folder, seconds)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@contextmanager
def work_trees(commit: str, count: int) -> Iterator[SimpleQueue[Path]]:
    """So many work trees of a commit under build/, each for one fault at a time."""
    trees: SimpleQueue[Path] = SimpleQueue()
    made = []
    for number in range(count):
        tree = ROOT / "build" / f"planted-{number}"
        if tree.exists():
            _git("worktree", "remove", "--force", str(tree))
        _git("worktree", "add", "--detach", str(tree), commit)
        made.append(tree)
        trees.put(tree)
    try:
        yield trees
    finally:
        for tree in made:
            _git("worktree", "remove", "--force", str(tree))


def _key(fault: Fault, commit: str) -> str:
    return f"{fault.id} {fault.digest} {commit}"


def read_results(path: Path = CACHE) -> dict[str, Result]:
    """What was tried before, by fault, digest and commit."""
    if not path.exists():
        return {}
    return {key: Result(**row) for key, row in json.loads(path.read_text("utf-8")).items()}


def _write_results(results: dict[str, Result]) -> None:
    rows = {key: asdict(row) for key, row in results.items()}
    CACHE.write_text(json.dumps(rows, indent=1), "utf-8")


def try_all(faults: Sequence[Fault], commit: str, jobs: int) -> None:
    """Try faults, ``jobs`` at a time; each result is written as it comes.

    At the end the tests that failed run once without any fault. One that fails then too, or runs
    into its time limit, has caught nothing: its faults are tried again without it.
    """
    results, lock = read_results(), Lock()
    void: list[str] = []
    with work_trees(commit, jobs) as trees, ThreadPoolExecutor(jobs) as pool:

        def run(fault: Fault) -> None:
            tree = trees.get()
            try:
                result = try_fault(fault, tree, void)
            finally:
                trees.put(tree)
            with lock:
                results[_key(fault, commit)] = result
                _write_results(results)
                outcome = f"{result.caught}, {result.seconds:.0f} s {result.test}"
                print(f"{fault.id}: {outcome}", file=sys.stderr, flush=True)

        left = list(faults)
        while left:
            list(pool.map(run, left))
            catching = {fault.id: results[_key(fault, commit)] for fault in left}
            tests = {row.test for row in catching.values() if row.caught in CAUGHT}
            tree = trees.get()
            fresh = failures(tree, sorted(tests), seconds=10 * MOST_SECONDS) if tests else []
            trees.put(tree)
            void += fresh
            left = [fault for fault in left if catching[fault.id].test in fresh]
            for fault in left:
                print(f"{fault.id}: {catching[fault.id].test} fails anyway", file=sys.stderr)
                del results[_key(fault, commit)]
            _write_results(results)


def table(faults: Sequence[Fault], results: dict[str, Result]) -> str:
    """The Markdown table of faults with their results, and the totals; ``results`` by fault."""
    rows = ["| fault | kind | folder | caught by | test |", "| --- | --- | --- | --- | --- |"]
    for fault in faults:
        result = results[fault.id]
        if result.caught == "not planted":
            caught, test = f"not planted: {result.test}", ""
        else:
            caught, test = result.caught, result.test.replace("|", "\\|")
        name = fault.function or "a table or a constant"
        rows.append(
            f"| {fault.id}: {fault.what} (`{name}`) | {fault.kind} | {result.folder} | {caught} | "
            f"{f'`{test}`' if test else ''} |"
        )
    rows += ["", "| | faults | own folder | elsewhere | nothing | not planted |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for room in (*ROOMS, ""):
        caught_by = [results[fault.id].caught for fault in faults if room in ("", fault.room)]
        counts = [caught_by.count(how) for how in (*CAUGHT, "nothing", "not planted")]
        numbers = " | ".join(map(str, (len(caught_by), *counts)))
        rows.append(f"| {room or '**all**'} | {numbers} |")
    return "\n".join(rows)


def _check(faults: Sequence[Fault]) -> int:
    """Say which faults cannot be planted into the files as they are; their number."""
    lacking = 0
    for fault in faults:
        try:
            find_planting(fault)
        except NotPlantedError as error:
            lacking += 1
            print(f"{fault.id}: not planted: {error}")
    print(f"{len(faults) - lacking} of {len(faults)} can be planted", file=sys.stderr)
    return lacking


def main(words: Sequence[str] | None = None) -> int:
    """Try what has no result yet and print the table."""
    parser = argparse.ArgumentParser(prog="python -m studies.plant_faults", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], help="ids, or beginnings of ids")
    parser.add_argument("--jobs", type=int, default=1, help="faults tried at the same time")
    parser.add_argument("--commit", default="HEAD", help="whose code and tests, the last one's")
    parser.add_argument("--since", help="what this older commit caught counts as caught")
    parser.add_argument("--check", action="store_true", help="only look for the places")
    parser.add_argument("--print", action="store_true", help="only print what was tried")
    parser.add_argument("--random", type=int, metavar="N", help="changes at random places")
    parser.add_argument("--seed", type=int, default=1, help="of the random places")
    chosen = parser.parse_args(words)
    faults = [
        fault
        for fault in (random_faults(chosen.random, chosen.seed) if chosen.random else read_faults())
        if not chosen.only or any(fault.id.startswith(beginning) for beginning in chosen.only)
    ]
    if chosen.check:
        return 2 if _check(faults) else 0
    commit = _git("rev-parse", chosen.commit)
    since = f"{chosen.since}^..{commit}" if chosen.since else f"-1 {commit}"
    older = _git("rev-list", *since.split()).split()

    def known() -> dict[str, Result]:
        results, by_fault = read_results(), {}
        for fault in faults:
            for tried in older:
                row = results.get(_key(fault, tried))
                if row and (tried == commit or row.caught in CAUGHT):
                    by_fault[fault.id] = row
                    break
        return by_fault

    CACHE.parent.mkdir(exist_ok=True)
    left = [fault for fault in faults if fault.id not in known()]
    if left and not chosen.print:
        try_all(left, commit, chosen.jobs)
    results = known()
    print(table([fault for fault in faults if fault.id in results], results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
