"""What a table of times is worth nothing without: machine, load and versions."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("numpy", "scipy", "shapely", "geopandas", "pyarrow")


def described(*libraries: str) -> str:
    """One line: processor, cores, load of the last minute, Python and library versions."""
    parts = [
        f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}",
    ]
    for name in (*LIBRARIES, *libraries):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"{name} absent")
    return "; ".join(parts)


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()
