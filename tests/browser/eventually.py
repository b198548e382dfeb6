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
MOVED = """() => Promise.allSettled(document.getAnimations()
  .filter(one => Number.isFinite(one.effect.getComputedTiming().endTime))
  .map(one => one.finished))"""
"""Evaluated, it ends when what fades in or moves has come to rest."""
AT_REST = "[data-testid=stApp][data-test-script-state=notRunning]"
"""the page while no script runs for it"""


def take_file(button: Any) -> Any:
    """Press a button that sends a file, once the page is at rest: a button that still moves with
    the fold around it can be pressed down at its place and let go beside it. Return the download.
    """
    page = button.page
    page.locator(AT_REST).wait_for()
    button.scroll_into_view_if_needed()
    page.evaluate(MOVED)
    page.evaluate(SETTLED)
    with page.expect_download() as download:
        button.click()
    return download.value


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
