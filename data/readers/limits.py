"""How large an upload may be, and how much of the machine its reading may take."""

from __future__ import annotations

from dataclasses import dataclass

UPLOAD_BYTES = 5 * 1024 * 1024
PAGE_ZONES_BYTES = 12 * 1024 * 1024
"""A file of zones on the page: GeoJSON of 30,000 squares has up to 11 MB with all its decimals."""
TIMES_BYTES = 12 * 1024 * 1024
"""A file of travel times: 187,400 pairs with long names have some 8 MB."""
TIMES_ROWS = 400_000
TIMES_COLUMNS = 2_000
"""Travel times as a square have a column a candidate, and there are 1,891 capitals."""
FEATURES = 50_000
VERTICES = 500_000
COLUMNS = 200
CELL_CHARACTERS = 10_000
JSON_DEPTH = 32
NUMBER_CHARACTERS = 40
"""A number of more digits is an attack or a slip."""
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20
WALL_SECONDS = 120.0
"""However busy the machine is: six times the processor's seconds."""
STILL_SECONDS = 10.0
"""After which a page says that the file is still being read."""
ZONES_BYTES = 64 * 1024 * 1024
"""A file of zones named in a terminal; what the memory does not hold of it is refused."""
ZONES_CPU_SECONDS = 5
"""For reading zones and leaving out their corners, and again for holding places against them."""
ZONES_MEMORY_BYTES = 704 << 20
"""Address space of both; some 230 MB of it are mapped and never used, so memory ends at 475 MB."""
CHILDREN = 2
"""Files read at the same time, whatever the number of sessions: each may take MEMORY_BYTES."""
QUEUE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file may be, and how much of the machine its child may take: bytes of the file;
    members of a zipped Shapefile and of a workbook (each sheet, drawing and style is one); bytes of
    all members as the directory declares them; unpacked to packed, of each member of more than a
    megabyte; rows or features, columns, vertices; bytes of memory, seconds of the processor,
    bytes of the answer."""

    bytes: int = UPLOAD_BYTES
    zip_members: int = 20
    workbook_members: int = 200
    unpacked_bytes: int = 50 * 1024 * 1024
    zip_ratio: int = 100
    rows: int = FEATURES
    columns: int = COLUMNS
    vertices: int = VERTICES
    memory_bytes: int = MEMORY_BYTES
    cpu_seconds: int = CPU_SECONDS
    answer_bytes: int = 64 * 1024 * 1024


UPLOAD = Profile()
"""a file that somebody gives to a page"""
COMMAND = Profile(bytes=ZONES_BYTES, memory_bytes=ZONES_MEMORY_BYTES, cpu_seconds=ZONES_CPU_SECONDS)
"""zones named in a terminal"""
REFRESH = Profile(
    bytes=400_000_000,
    zip_members=200,
    workbook_members=2_000,
    unpacked_bytes=1_000_000_000,
    zip_ratio=1_000,
    rows=200_000,
    vertices=20_000_000,
    memory_bytes=3_000_000_000,
    cpu_seconds=110,
    answer_bytes=1_000_000_000,
)
"""an official file of the whole country: it has 1,900 districts, a basin 20,000 mining polygons, a
ministry 40,000 lines of roads"""
_OF_TASKS = {"zones": COMMAND, "areas": COMMAND, "distances": COMMAND, "layer": REFRESH}


def profile_of(task: str) -> Profile:
    """The limits of a task of the child."""
    return _OF_TASKS.get(task, UPLOAD)
