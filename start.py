"""Starts the atlas on Linux, macOS and Windows: python3 start.py, on Windows py start.py.

Makes .venv with the pinned libraries the first time, then serves the atlas on this machine alone
and opens the browser. Standard library only; it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)
MENDED = "3.11.14, 3.12.12 or 3.13.8"
"""Least releases whose XML parser is mended (CVE-2025-59375); older ones start too."""
WHEELS = ROOT / "wheels"
"""libraries beside a packed atlas: with this folder nothing is asked of a network"""
CARRIED = (
    *("app.py", "cli.py", "start.py", "requirements.lock", "LICENSE", "README.md", "README.es.md"),
    *(".streamlit", "atlas", "data", "deploy", "docs", "geo", "layers"),
)
"""what a pack holds of the project"""
PLATFORMS = {
    "win_amd64": (["win_amd64"], "win32"),
    "macosx_arm64": (["macosx_14_0_arm64"], "darwin"),
    "linux_x86_64": ([f"manylinux_2_{minor}_x86_64" for minor in range(36, 16, -1)], "linux"),
}
"""What a pack can be made for: pip's tags, best first, and the name in the lock's markers."""


def main() -> int:
    """Do what the command line says; the exit code."""
    options = parse_options()
    sys.stderr.reconfigure(errors="replace")  # what the console cannot show becomes a question mark
    try:
        if options.task == "pack":
            pack(options)
        elif options.task == "install":
            install(dev=options.dev)
        elif options.task == "test":
            python = Path(sys.executable) if options.installed else install(dev=True)
            parts = ["quick"] if options.quick else options.parts
            return subprocess.run([str(python), "-m", "tests.check", *parts], cwd=ROOT).returncode
        else:
            return serve(options)
    except KeyboardInterrupt:
        return 130
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        say(str(error))
        return 2
    return 0


def parse_options() -> argparse.Namespace:
    """Read the command line; HOST and PORT of the environment stand for their options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT"))
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument(
        "--installed", action="store_true", help="use the libraries of this Python, install nothing"
    )
    tasks = parser.add_subparsers(dest="task", metavar="install | test | pack")
    tasks.add_parser("install", help="make .venv, start nothing").add_argument(
        "--dev", action="store_true", help="with what the tests need"
    )
    test = tasks.add_parser("test", help="the whole check, or some parts of it")
    test.add_argument("parts", nargs="*", help="parts of tests/check.py; all unless named")
    test.add_argument("--quick", action="store_true", help="whether it starts and answers")
    packing = tasks.add_parser("pack", help="a folder that starts without a network")
    packing.add_argument("--out", type=Path, required=True)
    packing.add_argument("--platform", choices=PLATFORMS, default=this_platform())
    packing.add_argument("--python", default=f"{sys.version_info[0]}.{sys.version_info[1]}")
    return parser.parse_args()


def this_platform() -> str:
    """The name in PLATFORMS of the system that this runs on."""
    return {"win32": "win_amd64", "darwin": "macosx_arm64"}.get(sys.platform, "linux_x86_64")


def say(line: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


# --- the libraries


def install(dev: bool = False) -> Path:
    """Make .venv unless it stands whole, and return its Python."""
    folder = environment_folder()
    wanted, python = "-dev" if dev else "", python_in(folder)
    # a packed atlas has no lock for development
    locks = {name: ROOT / f"requirements{name}.lock" for name in dict.fromkeys(("", wanted))}
    stamps = {name: hashlib.sha256(lock.read_bytes()).hexdigest() for name, lock in locks.items()}
    markers = {"": folder / "installed-run", "-dev": folder / "installed-dev"}
    is_sound, marker = answers(python), markers[wanted]
    if is_sound and marker.exists() and marker.read_text("utf-8").strip() == stamps[wanted]:
        return python
    if folder.exists() and not (is_sound and any(map(Path.exists, markers.values()))):
        say(f"{folder} is not whole: it is made anew")
        shutil.rmtree(folder)
    if not folder.exists():
        say(f"making {folder}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([find_python(), "-m", "venv", str(folder)], check=True)
    install_lock(python, locks[wanted])
    for name, stamp in stamps.items():  # the lock for development holds all of the other
        markers[name].write_text(f"{stamp}\n", "utf-8")
    return python


def environment_folder() -> Path:
    """.venv beside the program; where that folder cannot be written, one of the user's own."""
    beside = ROOT / ".venv"
    if beside.exists() or os.access(ROOT, os.W_OK):
        return beside
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path(home or Path.home() / ".cache") / f"atlas-trata-{name}" / "venv"


def python_in(folder: Path) -> Path:
    """The Python of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def answers(python: Path) -> bool:
    """Whether a Python starts and is of a version that the atlas runs on."""
    code = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    try:
        return subprocess.run([str(python), "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def find_python() -> str:
    """A Python 3.11 to 3.13: this one, else one that the system knows by name."""
    named = [f"{OLDEST[0]}.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    own = getattr(sys, "_base_executable", sys.executable)
    for candidate in [own, *(shutil.which(f"python{name}") or "" for name in named)]:
        if candidate and answers(Path(candidate)):
            return candidate
    for name in named if shutil.which("py") else ():  # the launcher of Windows
        line = ["py", f"-{name}", "-c", "import sys; print(sys.executable)"]
        known = subprocess.run(line, capture_output=True, text=True)
        if known.returncode == 0:
            return known.stdout.strip()
    raise RuntimeError(
        f"This is Python {sys.version.split()[0]}; the atlas needs 3.11, 3.12 or 3.13. Install "
        f"{MENDED} or a later release of these from https://www.python.org/downloads/ and start "
        "it again."
    )


def install_lock(python: Path, lock: Path) -> None:
    """Install the pinned libraries, their hashes checked; a line says how far it is."""
    count = len(re.findall(r"^\w[^\n]*==", lock.read_text("utf-8"), re.MULTILINE))
    offline = ["--no-index", "--find-links", str(WHEELS)] if WHEELS.is_dir() else []
    line = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *offline]
    # compiled on all cores below; no code of a set-up runs
    line += ["--no-compile", "--only-binary", ":all:"]
    pip = subprocess.Popen(
        [*line, "--require-hashes", "-r", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    last, number = [], 0
    for text in pip.stdout or ():
        last = [*last[-7:], text.rstrip()]
        if text.startswith(("Collecting ", "Requirement already")):
            number += 1
            if number % 10 == 1:
                say(f"fetching library {number} of {count}")
        elif text.startswith("Installing collected"):
            say(f"installing {number} libraries; this takes a minute")
    if pip.wait():
        lines = "\n".join(last)
        raise RuntimeError(f"{lines}\nThe libraries could not be installed; pip says why above.")
    # templates among the libraries are no Python: what does not compile is of no account
    compiling = [str(python), "-m", "compileall", "-q", "-j", "0", str(python.parent.parent)]
    subprocess.run(compiling, stdout=subprocess.DEVNULL, check=False)


# --- the server


def serve(options: argparse.Namespace) -> int:
    """Start the server, say its address, open the browser when it answers."""
    port = free_port(options.host, options.port)
    python = Path(sys.executable) if options.installed else install()
    is_public = os.environ.get("ATLAS_TIER", "analyst").strip() == "public"
    shown_host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
    address = f"http://{shown_host}:{port}/{'public' if is_public else ''}"
    say(f"the atlas: {address}  (Ctrl+C ends it)")
    if is_public:
        # no Streamlit, which `streamlit run` would import; no access log of who reads
        line = ["-m", "uvicorn", "app:app", "--host", options.host, "--port", str(port)]
        line += ["--http", "h11", "--no-access-log", "--no-server-header", "--log-level", "warning"]
    else:
        line = ["-m", "streamlit", "run", "app.py", "--server.address", options.host]
        line += ["--server.port", str(port)]
    command = [str(python), *line]
    os.chdir(ROOT)
    environment = {**os.environ, "PYTHONUTF8": "1"}
    if os.name == "posix" and (options.no_browser or not has_display()):
        os.execve(command[0], command, environment)  # signals reach the server itself
    server = subprocess.Popen(command, env=environment)
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    if not options.no_browser and has_display():
        threading.Thread(target=open_browser, args=(address, server), daemon=True).start()
    try:
        return server.wait()
    finally:  # with Ctrl+C, which the console has sent to the server as well
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()


def free_port(host: str, asked: int | None) -> int:
    """The port to listen on: the one asked for, else 8501 or the next that is free."""
    first = 8501 if asked is None else asked
    for port in range(first, first + 100):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
            if os.name == "posix":  # what has just been closed is free
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except (PermissionError, socket.gaierror, OverflowError) as error:
                raise RuntimeError(f"{host}, port {port}: {error}") from None
            except OSError:
                continue
        if port != first and asked is not None:
            break
        if port != first:
            say(f"Port {first} is taken: the atlas takes {port}.")
        return port
    else:
        raise RuntimeError(f"No port from {first} to {first + 99} is free.")
    raise RuntimeError(f"Port {first} is taken; {port} is free: start.py --port {port}")


def has_display() -> bool:
    """Whether somebody sits before a screen of this machine."""
    if os.environ.get("CI") or os.name == "nt" or sys.platform == "darwin":
        return not os.environ.get("CI")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_browser(address: str, server: subprocess.Popen[bytes]) -> None:
    """Open the address once it answers."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                webbrowser.open(address)
                return
        except urllib.error.HTTPError:
            return  # it answers, but not this name: the operator's settings say which
        except OSError:
            time.sleep(0.2)


# --- a folder for a stick


def pack(options: argparse.Namespace) -> None:
    """Fill a folder with the atlas and the libraries of a system: it starts without a network."""
    if not re.fullmatch(r"3\.1[123]", options.python):
        raise RuntimeError(f"--python {options.python}: the atlas runs on 3.11, 3.12 and 3.13")
    out = options.out.resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RuntimeError(f"{options.out} is there and not empty: name a folder that is not")
    out.mkdir(parents=True, exist_ok=True)
    for name in CARRIED:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(ROOT / name, out / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, out / name)
    tags, system = PLATFORMS[options.platform]
    python = install()
    # pip asks markers of the system it runs on; those of the other are plain comparisons of texts
    other = {"sys_platform": system, "python_full_version": f"{options.python}.99"}
    chosen = []
    for entry in re.split(r"\n(?=\w)", (ROOT / "requirements.lock").read_text("utf-8")):
        head, marker, hashes = re.fullmatch(r"(\S+)(?: ; ([^\\]+))? (\\.*)", entry, re.S).groups()
        if marker is None or eval(marker, {"__builtins__": {}}, other):
            chosen.append(f"{head} {hashes}")
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "lock.txt"
        lock.write_text("\n".join(chosen), "utf-8")
        line = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        line += ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(lock)]
        line += ["--python-version", options.python, "--dest", str(out / "wheels")]
        say(f"fetching {len(chosen)} libraries for {options.platform}, Python {options.python}")
        subprocess.run([*line, *(f"--platform={tag}" for tag in tags)], check=True)
    name = f"{options.out}: copy it to the other machine and run start.py there, with Python "
    say(f"{name}{options.python} installed")


if __name__ == "__main__":
    exit_code = main()
    if exit_code and os.name == "nt" and sys.stdin and sys.stdin.isatty():
        input("Enter closes this window.")  # of a double click, with the reason in it
    sys.exit(exit_code)
