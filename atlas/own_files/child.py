"""The child that reads an upload: limits first, then the bytes from a pipe, an answer to another.

It can open no connection, write no file and leave no core.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any


def _shut(*, memory_bytes: int, cpu_seconds: int) -> None:
    import resource

    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),  # nothing is written to any file
        (resource.RLIMIT_CORE, 0),  # nor a picture of the memory
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (limit, limit))


def _block_sockets() -> None:
    """Where the system gives no empty network: no socket can be made from Python."""
    import socket

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no network here")

    socket.socket.__init__ = refuse  # type: ignore[method-assign]
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def answer(content: bytes, task: str, mapping: dict[str, Any]) -> dict[str, Any]:
    """Read, judge, and return what may cross to the parent as plain values."""
    from dataclasses import asdict
    from datetime import date

    from data.readers.refusal import Refusal

    try:
        if task == "distances":
            from atlas.own_files.zones import distances

            return distances(content)
        if task == "plan":
            from data.readers.saved_plan import plan_values

            return plan_values(content)
        if task == "records":
            from atlas.own_files.reading import headings_known
            from data.readers.kinds import read_table

            known, sheet = headings_known(mapping), mapping.get("sheet", "")
            table = read_table(content, known, sheet=sheet)  # refused files need no gazetteer
            from atlas.own_files.checking import check_table

            rows, report = check_table(table, latest=date.today(), mapping=mapping)
            return {"rows": rows, "report": asdict(report)}
        from atlas.own_files.planning import read_planning

        return read_planning(content, task)
    except Refusal as refusal:
        return {"refusal": refusal.as_dict()}
    except Exception as error:  # a reader's fault, whose text could hold a cell
        code = "unreadable"
        if isinstance(error, MemoryError) or "bad_alloc" in str(error):  # the latter is GEOS's
            code = "zones_heavy" if task in ("zones", "distances") else "too_slow"
        return {"refusal": Refusal(code).as_dict()}


def main() -> None:
    """Read the pipe and answer."""
    from data.readers import limits

    task = sys.argv[1]
    is_zones = task in ("zones", "distances")
    if is_zones:
        # the limits of zones were measured with the tables' libraries already in memory
        import data.geography
        import data.reports  # noqa: F401
    _shut(
        memory_bytes=limits.ZONES_MEMORY_BYTES if is_zones else limits.MEMORY_BYTES,
        cpu_seconds=limits.ZONES_CPU_SECONDS if is_zones else limits.CPU_SECONDS,
    )
    if os.environ.get("ATLAS_RECORDS_NETWORK") != "unshared":
        _block_sockets()
    largest = limits.ZONES_BYTES if is_zones else limits.TIMES_BYTES
    mapping = json.loads(sys.stdin.buffer.readline())  # a line before the bytes of the file
    plain = answer(sys.stdin.buffer.read(largest + 1), task, mapping)
    sys.stdout.buffer.write(json.dumps(plain, ensure_ascii=False, allow_nan=False).encode())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
