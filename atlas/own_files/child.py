"""The child that reads an upload: limits first, then the bytes from a pipe, an answer to another.

It can open no connection, write no file and leave no core. One that is started to wait has loaded
what lists need before it is asked.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
from typing import Any

LIMITS = "limits"
"""The task that asks only whether the limits can be set: what fails before it reads nothing."""


def _shut(*, memory_bytes: int, cpu_seconds: int) -> None:
    if sys.platform == "win32":
        import ctypes

        limit_by_job(ctypes.windll.kernel32, memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
        return
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


def limit_by_job(kernel: Any, *, memory_bytes: int, cpu_seconds: int) -> None:
    """Put this process into a Windows Job Object with limits that it cannot leave.

    kernel is kernel32; OSError where the system refuses. The limits are those of the structure
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION: time of the process, its memory, no second process.
    Files are not kept from being written, as RLIMIT_FSIZE does elsewhere.
    """
    from ctypes import Structure, byref, c_int64, c_size_t, c_uint32, c_uint64, c_void_p, sizeof

    class Limits(Structure):
        _fields_ = (
            *(("process_time", c_int64), ("job_time", c_int64), ("flags", c_uint32)),
            *(("working_set_low", c_size_t), ("working_set_high", c_size_t)),
            *(("processes", c_uint32), ("affinity", c_size_t)),
            *(("priority", c_uint32), ("scheduling", c_uint32), ("io", c_uint64 * 6)),
            *(("process_memory", c_size_t), ("job_memory", c_size_t)),
            *(("peak_process_memory", c_size_t), ("peak_job_memory", c_size_t)),
        )

    time, active, memory, no_dialog, with_job = 0x2, 0x8, 0x100, 0x400, 0x2000
    limits = Limits(
        process_time=cpu_seconds * 10_000_000,  # in 100 nanoseconds
        flags=time | active | memory | no_dialog | with_job,
        processes=1,
        process_memory=memory_bytes,
    )
    kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = c_void_p
    job = c_void_p(kernel.CreateJobObjectW(None, None))
    extended = 9
    if not (
        job
        and kernel.SetInformationJobObject(job, extended, byref(limits), sizeof(limits))
        and kernel.AssignProcessToJobObject(job, c_void_p(kernel.GetCurrentProcess()))
    ):
        raise OSError("no Job Object with limits could be had")


def _block_sockets() -> None:
    """Make every socket fail, if the system has no empty network."""
    import socket

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no network here")

    socket.socket.__init__ = refuse
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def answer(content: bytes, task: str, mapping: dict[str, Any]) -> bytes:
    """Read, judge, and return what may cross to the parent, as JSON.

    For a fault of the reader return only its class: its text could hold a cell.
    """
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
        from atlas.own_files.zone_provinces import distances

        return distances(content)
    if task == "layer":
        from data.readers.geofiles import official_layer
        from data.readers.kinds import kind_of
        from data.readers.limits import REFRESH

        return official_layer(kind_of(content, REFRESH), content)
    if task == "plan":
        from data.readers.saved_plan import plan_values

        values = plan_values(content)
        if (zones := values["lists"].get("zones")) is not None:
            from atlas.own_files.zone_provinces import provinces_touched

            values["zone_provinces"] = provinces_touched(zones["wkb"])
        return values
    from dataclasses import asdict

    if task == "records":
        from datetime import date

        from atlas.own_files.reading import headings_known
        from data.readers.kinds import read_table

        headings, sheet = headings_known(mapping), mapping.get("sheet", "")
        table = read_table(content, headings, sheet=sheet)  # refused files need no gazetteer
        from atlas.own_files.checking import RECORD_COLUMNS, check_table

        records, report = check_table(table, latest=date.today(), mapping=mapping)
        rows = [{name: record[name] for name in RECORD_COLUMNS} for record in records]
    else:
        from atlas.own_files.planning import read_planning

        rows, report = read_planning(content, task, mapping)
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
    gc.disable()  # one file is read, and then all memory is given back
    _shut(memory_bytes=profile.memory_bytes, cpu_seconds=profile.cpu_seconds)
    content = sys.stdin.buffer.read(profile.bytes + 1)
    sys.stdout.buffer.write(b"{}" if task == LIMITS else answer(content, task, mapping))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
