"""Runs command lines and asks addresses; keeps what they answer."""

from __future__ import annotations

import csv
import os
import re
import runpy
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from studies.benchmarks.browser import ROOT
from studies.record.asked import EXTERNAL, FROZEN, QUICK, REFRESHED, commands

WORKERS = 2
_LONGEST = 150
"""characters of a file's name"""
_SHOWN_HEADERS = ("content-type", "cache-control", "content-security-policy", "x-frame-options")


def file_name(text: str) -> str:
    """What was asked, as the name of a file."""
    plain = re.sub(r"\{\w+\}", "", text.replace(QUICK, "quick"))
    return re.sub(r"[^\w.,=-]+", "_", plain).strip("_-")[:_LONGEST] or "nothing"


def record_commands(folder: Path) -> None:
    """Run every command; keep exit code, what it printed, what it said, and the file it wrote.

    Two processes run one after the other in themselves, so that modules are read twice and not
    five hundred times. What follows a refresh runs in processes of its own.
    """
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as private:
        given = Path(private)
        write_inputs(given)
        with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
            lines = commands()
            assert len({file_name(line) for line in lines}) == len(lines), "two have one name"
            list(pool.map(_kept, lines, [folder] * len(lines), [given] * len(lines)))
        if EXTERNAL.exists():
            content = (EXTERNAL / "mpfn" / "2021.csv").read_bytes()
            _in_order(content, folder.parent / "cli-refreshed", given)


def _kept(line: str, folder: Path, given: Path) -> None:
    """Run a command in this process and keep its answer."""
    with tempfile.TemporaryDirectory() as private:
        out = Path(private) / "out"
        out.mkdir()
        words = line.replace("{in}", str(given)).replace("{out}", f"{out}/out").split()
        with _printed(Path(private)) as (stdout, stderr):
            code = _run(words)
        answer = b"exit %d\n%s\n--\n%s" % (code, stdout.read_bytes(), stderr.read_bytes())
        name = file_name(line)
        (folder / f"{name}.said").write_bytes(answer)
        for path in out.rglob("*"):
            if path.is_file():
                (folder / f"{name}{path.suffix}").write_bytes(path.read_bytes())


def _run(words: list[str]) -> int:
    sys.argv = ["cli.py", *words]
    try:
        runpy.run_path("cli.py", run_name="__main__")
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


@contextmanager
def _printed(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Lead stdout and stderr, those of child processes too, into two files."""
    paths = folder / "stdout", folder / "stderr"
    streams = sys.stdout, sys.stderr
    originals = [os.dup(number) for number in (1, 2)]
    try:
        for number, path in enumerate(paths, start=1):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT)
            os.dup2(handle, number)
            os.close(handle)
        yield paths
    finally:
        for number, (stream, old) in enumerate(zip(streams, originals, strict=True), start=1):
            stream.flush()
            os.dup2(old, number)
            os.close(old)


def _in_order(content: bytes, folder: Path, given: Path) -> None:
    """Bring a file of reports with one count altered into a data folder, and ask that."""
    folder.mkdir(parents=True)
    line = next(line for line in content.splitlines() if b",153,Trata de personas,1," in line)
    (given / "2021.csv").write_bytes(content.replace(line, line.replace(b"nas,1,", b"nas,4,"), 1))
    for number, line in enumerate(REFRESHED, start=1):
        name = file_name(f"{number:02d} {line}")
        words = line.replace("{in}", str(given)).replace("{out}", str(folder / name)).split()
        made = {"ATLAS_DATA": str(given / "folder")} if number > 1 else {}
        done = subprocess.run(
            [sys.executable, "cli.py", *words],
            cwd=ROOT,
            env={**os.environ, **made},
            capture_output=True,
            check=False,
        )
        answer = b"exit %d\n%s\n--\n%s" % (done.returncode, done.stdout, done.stderr)
        (folder / f"{name}.said").write_bytes(answer)


def write_inputs(folder: Path) -> None:
    """Files that commands take: points, places, roads between districts, minutes, records."""
    with (ROOT / "data" / "tables" / "districts_2025.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["longitude"]]
    spots = np.array([(float(row["longitude"]), float(row["latitude"])) for row in rows])
    points = ["longitude,latitude,cases"]
    points += [f"{x},{y},{number % 5 + 1}" for number, (x, y) in enumerate(spots.tolist())]
    (folder / "points.csv").write_text("\n".join(points) + "\n", "utf-8")
    named = [
        f"{row['district_ubigeo']},{row['longitude']},{row['latitude']}" for row in rows[::200]
    ]
    (folder / "places.csv").write_text(
        "\n".join(["name,longitude,latitude", *named]) + "\n", "utf-8"
    )
    (folder / "roads.osm").write_text(_roads(spots), "utf-8")
    for name in ("candidatos.csv", "zonas.csv"):  # other bytes than the plan obeys
        text = (FROZEN / "plans" / name).read_text("utf-8")
        (folder / name).write_text(text.replace("-77.0", "-77.1"), "utf-8")
    for line in (
        f"travel-times --network {folder}/roads.osm --max-minutes 600 --out {folder}/times.csv",
        *(f"records sample --out {folder}/sample.{suffix}" for suffix in ("csv", "xlsx")),
    ):
        subprocess.run([sys.executable, "cli.py", *line.split()], cwd=ROOT, check=True)


def _roads(spots: np.ndarray) -> str:
    """An OpenStreetMap file in which each district has a road to its four nearest."""
    _, nearest = cKDTree(spots).query(spots, k=5)
    pairs = sorted({(min(a, b), max(a, b)) for a, *near in nearest.tolist() for b in near})
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6">']
    lines += [f'<node id="{n}" lon="{x}" lat="{y}"/>' for n, (x, y) in enumerate(spots.tolist(), 1)]
    for number, (a, b) in enumerate(pairs, start=1):
        tag = '<tag k="highway" v="secondary"/>'
        ends = f'<nd ref="{a + 1}"/><nd ref="{b + 1}"/>'
        lines.append(f'<way id="{number}">{ends}{tag}</way>')
    return "\n".join([*lines, "</osm>"])


def record_tree(folder: Path) -> None:
    """The files of the public page, as any web host would get them, in two choices."""
    address = "--base-url https://example.org/trata/"
    for name, more in (
        ("plain", address),
        (
            "chosen",
            f"{address} --period 2023 --measure verdict --dashboard-url https://example.org/",
        ),
    ):
        line = ["public", "--out", str(folder / name), *more.split()]
        subprocess.run([sys.executable, "cli.py", *line], cwd=ROOT, check=True)


def record_addresses(server: str, addresses: Iterable[str], folder: Path) -> None:
    """Ask a server for addresses; keep status, the headers that promise something, and the body."""
    folder.mkdir(parents=True)

    def keep(address: str) -> None:
        request = urllib.request.Request(server + address)
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:
                status, headers, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, error.headers, error.read()
        head = [f"{status}", *(f"{name}: {headers.get(name)}" for name in _SHOWN_HEADERS)]
        path = folder / file_name(address)
        kind = ".png" if body.startswith(b"\x89PNG") else ".body"
        path.with_name(f"{path.name}.head").write_text("\n".join(head), "utf-8")
        body = body.replace(server.encode(), b"http://server")
        path.with_name(f"{path.name}{kind}").write_bytes(body)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(keep, addresses))
