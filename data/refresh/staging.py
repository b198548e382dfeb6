"""The catalogue with new files in place, in a folder of its own, validated before it holds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.added_sources import with_sources
from data.catalogue import (
    PACKAGE_FILE,
    ROOT,
    descriptor_of,
    overlay,
    read_resource,
    resource_names,
)
from data.refresh.errors import RefreshError
from data.refresh.reader import shipped_descriptor

_MANY = 3
"""faults that a message spells out"""


def refuse_faults(
    descriptors: Mapping[str, Mapping[str, Any]],
    contents: Mapping[str, bytes],
    sources: Sequence[Mapping[str, str]],
) -> None:
    """Validate the catalogue as `cli.py catalogue check` does, with some files replaced.

    Parameters
    ----------
    descriptors, contents : mapping of str
        What changes in the card, and the file, by resource.
    sources : sequence of mapping
        Rows that these files add to the table of sources.

    Raises
    ------
    RefreshError
        With the first faults.
    """
    from data.validation import validate_catalogue

    with tempfile.TemporaryDirectory(prefix="atlas-check-") as name:
        try:
            stage(Path(name), descriptors, contents, sources)
        except OSError as error:
            raise RefreshError(
                f"cannot check the new figures: {error.strerror}; the old figures hold"
            ) from None
        faults = [
            f"{report.file}: {fault}"
            for report in validate_catalogue(name)
            for fault in report.faults
        ]
    if faults:
        more = f"; and {len(faults) - _MANY} more" if len(faults) > _MANY else ""
        raise RefreshError(
            "the new figures are not what the catalogue asks for: "
            f"{'; '.join(faults[:_MANY])}{more}. The old figures hold"
        )


def stage(
    folder: Path,
    descriptors: Mapping[str, Mapping[str, Any]],
    contents: Mapping[str, bytes],
    sources: Sequence[Mapping[str, str]],
) -> None:
    """Write a whole data folder: the figures in use, with some replaced; see refuse_faults."""
    package = json.loads((ROOT / PACKAGE_FILE).read_bytes())
    shipped = {resource["name"]: resource for resource in package["resources"]}
    (folder / "tables").mkdir()
    kept = [
        row
        for name, entry in overlay().entries.items()
        if name not in contents
        for row in entry.sources
    ]
    listed = []
    for name in dict.fromkeys([*resource_names(), *contents]):
        if name in contents:
            descriptor = {**(shipped_descriptor(package, name) or {}), **descriptors[name]}
            content = contents[name]
        elif name == "sources":
            plain = read_resource(name, ROOT)
            content, descriptor = with_sources(plain.content, plain.descriptor, [*kept, *sources])
        else:
            descriptor = dict(descriptor_of(name))
            content = read_resource(name).content
        suffix = "csv" if descriptor["format"] == "csv" else "geojson"
        descriptor["path"] = shipped.get(name, {}).get("path", f"tables/{name}.{suffix}")
        (folder / descriptor["path"]).write_bytes(content)
        listed.append(descriptor)
    package["resources"] = listed
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    (folder / PACKAGE_FILE).write_text(text, encoding="utf-8")
