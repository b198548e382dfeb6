"""The table of sources with the rows that refreshed files refer to."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from typing import Any

from data.parsing import row_count


def with_sources(
    content: bytes, descriptor: Mapping[str, Any], added: Iterable[Mapping[str, str]]
) -> tuple[bytes, dict[str, Any]]:
    """Return the table of sources with more rows, and its card.

    Parameters
    ----------
    content : bytes
        The table as it is.
    descriptor : mapping
        Its card.
    added : iterable of mapping
        source_id, source_title, publisher, published, source_url.

    Examples
    --------
    >>> card = {"schema": {"fields": [{"name": "source_id"}]}}
    >>> content, card = with_sources(b"source_id\\nS001\\n", card, [{"source_id": "R1"}])
    >>> content, card["row_count"]
    (b'source_id\\nS001\\nR1\\n', 2)
    """
    text = io.StringIO()
    names = [field["name"] for field in descriptor["schema"]["fields"]]
    csv.DictWriter(text, names, lineterminator="\n").writerows(added)
    longer = content + text.getvalue().encode()
    seals = {
        "bytes": len(longer),
        "hash": "sha256:" + hashlib.sha256(longer).hexdigest(),
        "row_count": row_count("csv", longer),
    }
    return longer, {**descriptor, **seals}
