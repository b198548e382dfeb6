"""How large an upload may be, and how much of the machine its reading may take."""

from __future__ import annotations

UPLOAD_BYTES = 5 * 1024 * 1024
PAGE_ZONES_BYTES = 12 * 1024 * 1024
"""A file of zones on the page: GeoJSON of 30,000 squares has up to 11 MB with all its decimals."""
TIMES_BYTES = 12 * 1024 * 1024
"""A file of travel times: 187,400 pairs with long names have some 8 MB."""
TIMES_ROWS = 400_000
TIMES_COLUMNS = 2_000
"""Travel times as a square have a column a candidate, and there are 1,874 capitals."""
ZIP_MEMBERS = 20
"""Members of a zipped Shapefile."""
WORKBOOK_MEMBERS = 200
"""Members of a workbook: each sheet, drawing and style is one."""
UNPACKED_BYTES = 50 * 1024 * 1024
"""All members of a zip together, as its directory declares them."""
ZIP_RATIO = 100
"""Unpacked to packed, of each member of more than a megabyte."""
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
"""After which whoever waits is told that the file is still being read."""
ZONES_BYTES = 64 * 1024 * 1024
"""A file of zones named in a terminal; what the memory does not hold of it is refused."""
ZONE_TASKS = frozenset({"zones", "distances"})
ZONES_CPU_SECONDS = 5
"""For reading zones and leaving out their corners, and again for holding places against them."""
ZONES_MEMORY_BYTES = 704 << 20
"""Address space of both; some 230 MB of it are mapped and never used, so memory ends at 475 MB."""
CHILDREN = 2
"""Files read at the same time, whatever the number of sessions: each may take MEMORY_BYTES."""
QUEUE_SECONDS = 60.0
ANSWER_BYTES = 64 * 1024 * 1024
