"""The child that reads an upload: limits first, then the bytes from a pipe, an answer to another.

It can open no connection, write no file and leave no core. One that is started to wait has loaded
what lists need before it is asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any


def _shut(*, memory_bytes: int, cpu_seconds: int) -> None:
    import resource

    for what, limit, most in (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        # the soft limit sends SIGXCPU, the hard one SIGKILL
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_FSIZE, 0, 0),  # nothing is written to any file
        (resource.RLIMIT_CORE, 0, 0),  # nor a picture of the memory
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (limit, most))


def _block_sockets() -> None:
    """Make every socket fail, where the system gives no empty network."""
    import socket

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no network here")

    socket.socket.__init__ = refuse
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def answer(content: bytes, task: str, mapping: dict[str, Any]) -> bytes:
    """Read, judge, and return what may cross to the parent, as JSON: of a fault of the reader its
    class, never its text, which could hold a cell."""
    from geo.errors import UserError

    try:
        return _json(_read(content, task, mapping))
    except UserError as refusal:
        return _json({"refusal": refusal.key, "values": refusal.values})
    except Exception as error:
        end = "memory" if _is_memory(error) else "failed"
        return _json({"refusal": f"records.refusal.reader_{end}", "fault": type(error).__name__})


def _json(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, allow_nan=False).encode()


def _read(content: bytes, task: str, mapping: dict[str, Any]) -> dict[str, Any]:
    if task == "distances":
        from atlas.own_files.zones import distances

        return distances(content)
    if task == "layer":
        from data.readers.geofiles import official_layer
        from data.readers.kinds import kind_of
        from data.readers.limits import REFRESH

        return official_layer(kind_of(content, REFRESH), content)
    if task == "plan":
        from data.readers.saved_plan import plan_values

        return plan_values(content)
    from dataclasses import asdict

    if task == "records":
        from datetime import date

        from atlas.own_files.reading import headings_known
        from data.readers.kinds import read_table

        headings, sheet = headings_known(mapping), mapping.get("sheet", "")
        table = read_table(content, headings, sheet=sheet)  # refused files need no gazetteer
        from atlas.own_files.checking import check_table

        rows, report = check_table(table, latest=date.today(), mapping=mapping)
    else:
        from atlas.own_files.planning import read_planning

        rows, report = read_planning(content, task)
    return {"rows": rows, "report": asdict(report)}


def _is_memory(error: Exception) -> bool:
    """Whether an error says that memory was lacking, in the words of any library."""
    signs = ("bad_alloc", "allocate memory", "failed to map", "start new thread")
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in signs)


def main() -> None:
    """Read a task and a file from stdin and write the answer to stdout."""
    from data.readers import limits

    if os.environ.get("ATLAS_RECORDS_NETWORK") != "unshared":
        _block_sockets()
    if sys.argv[1:]:
        import data.geography
    line = sys.stdin.buffer.readline()  # of the parent, before the bytes of the file
    if not line:  # the parent is gone, and no file comes
        return
    task, mapping = json.loads(line)
    profile = limits.profile_of(task)
    if profile == limits.COMMAND:
        # the limits of zones were measured with the tables' libraries already in memory
        import data.geography
        import data.reports  # noqa: F401
    _shut(memory_bytes=profile.memory_bytes, cpu_seconds=profile.cpu_seconds)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(profile.bytes + 1), task, mapping))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
