"""See the package: write a recording, or compare two."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from studies import record
from studies.benchmarks.browser import ROOT, served, wait_for
from studies.record.answers import record_addresses, record_commands, record_tree
from studies.record.asked import layer_addresses, public_addresses
from studies.record.differences import compare
from studies.record.outlets import record_outlets
from studies.record.pages import record_pages

PARTS = ("outlets", "cli", "public", "layers", "pages")


def write(folder: Path, parts: tuple[str, ...]) -> int:
    """Record the named parts, one after the other; the number of pages that could not be had."""
    failed = 0
    for named in parts:
        part, _, only = named.partition("=")
        begin = time.monotonic()
        if part == "outlets":
            record_outlets(folder / part, only.split(",") if only else ())
        if part == "cli":
            record_commands(folder / part)
        if part == "public":
            record_tree(folder / "tree")
            with served("public") as (address, _):
                wait_for(address, seconds=120)
                record_addresses(address, public_addresses(), folder / part)
        if part in ("layers", "pages"):
            with served("ngo") as (address, _):
                wait_for(address, seconds=120)
                if part == "layers":
                    record_addresses(address, layer_addresses(), folder / part)
                else:
                    sample = folder / "cli" / "records_sample_--lang_es_--out.csv"
                    failed = record_pages(
                        address, folder / part, sample if sample.exists() else None
                    )
        print(f"{part}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return failed


def _are_parts(words: list[str]) -> bool:
    return all(word in PARTS or word.startswith("outlets=") for word in words)


def main(words: list[str]) -> int:
    """Do what the command line says; exit code 1 where something differs or could not be had."""
    match words:
        case ["compare", before, after]:
            return int(bool(compare(Path(before), Path(after))))
        case ["write", folder, *parts] if _are_parts(parts) and not folder.startswith("-"):
            os.chdir(ROOT)
            os.environ.pop("ATLAS_DATA", None)  # nobody's own data folder
            os.environ["PYTHONPATH"] = str(Path(__file__).parent / "clock")
            return int(bool(write(Path(folder).resolve(), tuple(parts) or PARTS)))
    print(record.__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
