"""Wait for what a page comes to, where Playwright's own expectations cannot look."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error

PATIENCE_MS = 20_000
STEP_MS = 50


def eventually(page: Any, probe: Callable[[], bool], *, patience_ms: int = PATIENCE_MS) -> None:
    """Ask until the answer is yes; a frame's policy may forbid the polling that Playwright offers.

    Raises
    ------
    AssertionError
        When the answer is no for as long as is waited.
    """
    for _ in range(patience_ms // STEP_MS):
        with contextlib.suppress(Error, StopIteration):  # a frame that goes while it is asked
            if probe():
                return
        page.wait_for_timeout(STEP_MS)
    assert probe(), f"not so after {patience_ms / 1000:g} s"
