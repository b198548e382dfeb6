"""Lists and uploads read without a child."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from atlas.own_files import isolation
from atlas.own_files.child import answer


@pytest.fixture(scope="module")
def read_here() -> Iterator[Callable[..., tuple[int, bytes]]]:
    """Lists and uploads are read in this process, by the function that a child calls in its own.

    That a child reads them, without network and within its limits, is tested in own_data; starting
    one takes most of a second. Returns what starts a child, for a test that means one.
    """

    def run(given: bytes) -> tuple[int, bytes]:
        line, _, content = given.partition(b"\n")
        return 0, answer(content, *json.loads(line))

    with pytest.MonkeyPatch.context() as patch:
        started = isolation._run
        patch.setattr(isolation, "_run", run)
        yield started
