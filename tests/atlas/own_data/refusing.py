"""A refusal by the child that reads uploads, and a point to build files around.

The numbers of the cases are those of the list of fault cases in docs/records.md. Those of the page
and its server are in tests/browser: 24 in test_canary.py, 13 to 15, 26, 27 in test_upload_cases.py.
"""

from __future__ import annotations

import pytest

from atlas.own_files.isolation import check_file
from geo.errors import UserError
from tests.refusing import said

POINT = {"type": "Point", "coordinates": [-77.03, -12.05]}


def refused(content: bytes, code: str) -> None:
    """The child refuses with this code, and its message holds nothing of the file."""
    with pytest.raises(UserError) as caught:
        check_file(content)
    assert caught.value.key == f"records.refusal.{code}"
    text = said(caught.value)
    assert not any(word in text for word in ("127.0.0.1", "/etc", "/tmp", "root:"))
