"""Runs `refresh complaints --yes` again and again, killed one step later each time.

    python -m tests.refresh_forks SOURCE

One process reads the program once and forks for every step, so a step costs little. A step is
each touch of the folder of refreshed figures that Python reports (open, rename, remove ...); of the
tables only the complaints, since the others are written as they are. What a reader then finds is
printed as one JSON array.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import cli
from data.catalogue import load_table
from data.refresh import complaints, download, mpfn_file, store
from data.refresh.folder import forget
from data.refreshed import unused_figures
from tests.refresh_writers import killer

_MOST = 250


def main() -> None:
    """Print one row a step, until the command is no longer killed."""
    source, folder = sys.argv[1], os.environ["ATLAS_DATA"]
    assert all((complaints, download, mpfn_file)), "read before the first fork"
    # the check of the whole catalogue touches another folder: it has tests of its own
    store.refuse_faults = lambda *_: None  # type: ignore[assignment]
    rows: list[dict[str, Any]] = []
    for step in range(_MOST):
        child = os.fork()
        if not child:
            _refresh(source, killer(folder, step, ["complaints"]))
        _, status = os.waitpid(child, 0)
        forget()
        every = load_table("all_offences")
        rows.append(
            {
                "offences": int(every.loc[every["period"] == "2024", "reported_count"].sum()),
                "killed": os.WIFSIGNALED(status),
                "code": os.waitstatus_to_exitcode(status),
                "totals": load_table("complaints")
                .groupby("period")["reported_count"]
                .sum()
                .to_dict(),
                "is_unused": unused_figures() is not None,
            }
        )
        if not rows[-1]["killed"]:
            break
    sys.stdout.write(json.dumps(rows))


def _refresh(source: str, watch: Callable[[str, tuple[Any, ...]], None]) -> None:
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        sys.argv = ["cli.py", "refresh", "complaints", "--source", source, "--yes"]
        sys.addaudithook(watch)
        code = 1
        with suppress(BaseException):
            try:
                cli.main()
            except SystemExit as stopped:
                code = int(stopped.code or 0)
        os._exit(code)


if __name__ == "__main__":
    main()
