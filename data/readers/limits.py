"""How large an upload may be, and how much of the machine its reading may take."""

from __future__ import annotations

from dataclasses import dataclass

UPLOAD_BYTES = 5 * 1024 * 1024
PAGE_ZONES_BYTES = 12 * 1024 * 1024
"""A file of zones on the page: GeoJSON of 30,000 squares has up to 11 MB with all its decimals."""
TIMES_BYTES = 12 * 1024 * 1024
"""A file of travel times on the page: 187,400 pairs with long names have some 8 MB."""
ZONES_BYTES = 64 * 1024 * 1024
"""A file of zones or travel times named in a terminal; what the memory does not hold is refused."""
CELL_CHARACTERS = 10_000
WALL_SECONDS = 120.0
"""However busy the machine is: six times the processor's seconds."""
CHILDREN = 2
"""Files read at the same time, whatever the number of sessions: each may take its memory."""
QUEUE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Profile:
    """Limits of a file's size and content, and of its child's memory and time."""

    bytes: int = UPLOAD_BYTES
    zip_members: int = 20
    workbook_members: int = 200
    """each sheet, drawing and style is one."""
    unpacked_bytes: int = 50 * 1024 * 1024
    """of all members of a zip, as its directory declares them."""
    rows: int = 50_000
    """or features."""
    columns: int = 200
    vertices: int = 500_000
    memory_bytes: int = 1 << 30
    """address space."""
    cpu_seconds: int = 20
    answer_bytes: int = 64 * 1024 * 1024


UPLOAD = Profile()
"""a file that somebody gives to a page"""
TIMES = Profile(bytes=ZONES_BYTES, rows=400_000, columns=2_000)
"""travel times: a square has a column a candidate, and there are 1,891 capitals"""
COMMAND = Profile(bytes=ZONES_BYTES, memory_bytes=704 << 20, cpu_seconds=5)
"""zones named in a terminal, read and their corners left out, or held against places; some 230 MB
of the address space are mapped and never used, so memory ends at 475 MB"""
REFRESH = Profile(
    bytes=400_000_000,
    zip_members=200,
    workbook_members=2_000,
    unpacked_bytes=1_000_000_000,
    rows=200_000,
    vertices=20_000_000,
    memory_bytes=3_000_000_000,
    cpu_seconds=110,
    answer_bytes=1_000_000_000,
)
"""an official file of the whole country: it has 1,900 districts, a basin 20,000 mining polygons, a
ministry 40,000 lines of roads"""
_OF_TASKS = {
    **dict.fromkeys(("zones", "areas", "distances"), COMMAND),
    "travel_times": TIMES,
    "layer": REFRESH,
}


def profile_of(task: str) -> Profile:
    """The limits of a task of the child."""
    return _OF_TASKS.get(task, UPLOAD)
