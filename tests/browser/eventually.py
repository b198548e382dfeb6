"""Wait for what a page comes to, where Playwright's own expectations cannot look."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error

PATIENCE_MS = 90_000
"""milliseconds after which a wait is a failure; a machine that is busy elsewhere is not one"""
STEP_MS = 50
SETTLED = (
    "() => new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done))))"
)
"""Evaluated in a frame, it ends when what was asked of it before has been drawn: for what must not
happen, where there is nothing to wait for."""


def eventually(page: Any, probe: Callable[[], bool], look: Callable[[], Any] = lambda: "") -> None:
    """Ask until the answer is yes; a frame's policy may forbid the polling that Playwright offers.

    What `look` sees then is said when it never is.

    Raises
    ------
    AssertionError
        When the answer is no for as long as is waited.
    """
    for _ in range(PATIENCE_MS // STEP_MS):
        with contextlib.suppress(Error, StopIteration):  # a frame that goes while it is asked
            if probe():
                return
        page.wait_for_timeout(STEP_MS)
    assert probe(), f"not so after {PATIENCE_MS / 1000:g} s {look()}"
