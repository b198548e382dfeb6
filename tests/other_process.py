"""Runs commands and opens pages in a process of its own, which reads the figures anew.

A process keeps the periods it began with, so what a refresh changes is seen in the next one. The
work comes as JSON on stdin and the answers go as JSON to stdout; see work_in.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def work_in(
    folder: Path,
    *,
    commands: list[list[str]] | None = None,
    pages: list[tuple[str, dict[str, str]]] | None = None,
) -> dict[str, Any]:
    """Return what commands and pages answer with a data folder.

    Parameters
    ----------
    folder : Path
        ATLAS_DATA of the other process.
    commands : list of list of str
        Arguments of cli.py; answered with exit code, stdout, stderr.
    pages : list of tuple
        Address of a page ("" for the map) and its parameters; answered with all its text.
    """
    work = {"commands": commands or [], "pages": pages or []}
    done = subprocess.run(
        [sys.executable, "-m", "tests.other_process"],
        input=json.dumps(work),
        cwd=ROOT,
        env={**os.environ, "ATLAS_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    answers: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answers


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the program in this process: exit code, stdout, stderr."""
    import cli

    out, err = io.StringIO(), io.StringIO()
    arguments_before, sys.argv = sys.argv, ["cli.py", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as stopped:
            return int(stopped.code or 0), out.getvalue(), err.getvalue()
        finally:
            sys.argv = arguments_before
    raise AssertionError("the program ends with a code")


@cache
def _marks(tier: str) -> dict[str, str]:
    """Streamlit's mark of each page of a tier, by address: the pages are functions and no files."""
    app = _dashboard({})
    return {info["url_pathname"]: mark for mark, info in app.run()._registered_pages.items()}


@cache
def scan_components_once() -> None:
    """Let Streamlit scan packages for components once: it takes half of the time of a page."""
    from streamlit.components.v2 import manifest_scanner

    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def _dashboard(query: dict[str, str]) -> Any:
    from streamlit.testing.v1 import AppTest

    scan_components_once()
    app = AppTest.from_file(str(ROOT / "atlas" / "web" / "main.py"), default_timeout=300)
    app.query_params.update(query)
    return app


def open_page(name: str, query: dict[str, str]) -> Any:
    """Open a page of the dashboard by its address ("" for the map) and parameters: an AppTest."""
    app = _dashboard(query)
    if name:
        app._page_hash = _marks(os.environ.get("ATLAS_TIER", ""))[name]
    return app.run()


def turn_to(app: Any, name: str) -> None:
    """Go to another page of the dashboard in the same session, as its menu does."""
    app._page_hash = _marks(os.environ.get("ATLAS_TIER", ""))[name]
    app.run()


def page_text(name: str, query: dict[str, str]) -> str:
    """All text of a page, addresses and options too."""
    app = open_page(name, query)
    assert not app.exception, app.exception
    texts = [str(item.value) for kind in ("html", "markdown", "code") for item in app.get(kind)]
    texts += [item.proto.json for item in app.get("bidi_component")]
    texts += [option for item in app.button_group for option in item.options]
    texts += [option for item in app.selectbox for option in item.options]
    return "\n".join(texts)


def main() -> None:
    """Do the work that stands on stdin."""
    from data import catalogue

    # each command opens the folder, and what was computed of it before would be computed anew
    catalogue.read_catalogue = cache(catalogue.read_catalogue)
    work = json.loads(sys.stdin.read())
    commands = [run(*arguments) for arguments in work["commands"]]
    with contextlib.redirect_stdout(sys.stderr):
        pages = [page_text(name, query) for name, query in work["pages"]]
    sys.stdout.write(json.dumps({"commands": commands, "pages": pages}) + "\n")


if __name__ == "__main__":
    main()
