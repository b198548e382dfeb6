"""Runs the whole check, two parts at a time: python start.py test [PART ...].

`quick` is not among them unless it is named: whether both servers start and every command answers,
on a system that has neither bash nor a browser for the rest.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ["-m", "pytest", "--durations=10", "-q"]
UNIT = [*PYTEST, "-m", "not slow and not browser"]
PLANS = ["tests/atlas/commands", "tests/atlas/planner", "tests/atlas/own_data"]
DATA = ["tests/data", "tests/canary", "tests/deploy"]
PARTS = {
    # the longest first, so that no core waits at the end for a long one
    "browser": [*PYTEST, "-m", "browser and not slow"],
    "pages": [*UNIT, "tests/atlas", *(f"--ignore={folder}" for folder in PLANS)],
    "plans": [*UNIT, *PLANS],
    "rest": [*UNIT, "--ignore=tests/atlas", *(f"--ignore={folder}" for folder in DATA)],
    "data": [*UNIT, *DATA],
    "types": ["-m", "pyrefly", "check", "--progress-bar=no"],
}
ALSO = {
    "types": [*PARTS["types"], "--preset", "default", "atlas/public", "atlas/results", "geo"],
}
"""a second line of a part: folders that hold to more than the rest; they only become more"""
RUFF = [sys.executable, "-m", "ruff"]
BIOME = [str(Path(sysconfig.get_path("scripts"), "biome")), "check", "--error-on-warnings"]
"""form and lint of scripts and styles, as biome.jsonc has it; a program, not a module"""
HAS_BIOME = sys.platform == "linux" and platform.machine() == "x86_64"
"""the only system that it has a wheel for (requirements-dev.txt)"""
BEFORE = {"lint": [[*RUFF, "check", "."], [*RUFF, "format", "--check", "."], BIOME]}
QUICK = {"quick": [*PYTEST, "tests/deploy/test_any_system.py"]}


def main(asked: list[str]) -> int:
    """Run the parts asked for, all unless some are; exit code 0 if every one of them passed."""
    if unknown := {*asked} - {*BEFORE, *PARTS, *QUICK}:
        names = ", ".join([*BEFORE, *PARTS, *QUICK])
        print(f"no part {', '.join(sorted(unknown))}: there are {names}", file=sys.stderr)
        return 2
    chosen = asked or [*BEFORE, *PARTS]
    os.chdir(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "browser" in chosen and os.name == "posix":
        for tool in ("ensure_chromium.sh", "ensure_nginx.sh"):
            if code := subprocess.run(["bash", f"deploy/tools/{tool}"]).returncode:
                return code
    for part in (part for part in chosen if part in BEFORE):
        for line in BEFORE[part]:
            if line is BIOME and not HAS_BIOME:
                print("scripts and styles are left out: no biome for this system", flush=True)
            elif code := subprocess.run(line).returncode:
                return code
    # compiled once, not by each of the hundred processes that the tests start
    rooms = ["app.py", "cli.py", "atlas", "data", "geo", "layers", "studies", "tests"]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *rooms], check=True)
    parts = [part for part in {**PARTS, **QUICK} if part in chosen]
    if len(parts) > 1:
        print("two parts run at once; each is shown when it has ended", flush=True)
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(run, parts))
    failed = [part for part, code in zip(parts, codes, strict=True) if code]
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    return int(bool(failed))


def run(part: str) -> int:
    """Run one part and print at once what it wrote; its exit code."""
    line = {**PARTS, **QUICK}[part]
    if part == "browser":  # the others are not even collected
        marked = [
            str(path)
            for path in sorted(Path("tests").rglob("test_*.py"))
            if "mark.browser" in path.read_text("utf-8")
        ]
        line = [*line, *marked]
    code, wrote = 0, f"--- {part}\n".encode()
    for arguments in filter(None, (line, ALSO.get(part))):
        ran = subprocess.run(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        code, wrote = code or ran.returncode, wrote + ran.stdout
    sys.stdout.buffer.write(wrote)
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
