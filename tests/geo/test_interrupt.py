"""Who may end long work, and who is told how far it is: only inside, and only while it lasts."""

import pytest

from geo.interrupt import checkpoint, watched


def test_watcher_and_progress_are_asked_inside_alone() -> None:
    """Work inside work has its own, and after it the outer ones are back."""
    calls: list[object] = []
    checkpoint(0.1)
    with watched(lambda: calls.append("outer"), calls.append):
        checkpoint(0.2)
        with watched(lambda: calls.append("inner")):
            checkpoint(0.3)
        checkpoint()
        checkpoint(0.4)
    checkpoint(0.5)
    assert calls == ["outer", 0.2, "inner", "outer", "outer", 0.4]


def test_what_a_watcher_raises_ends_the_work_and_the_watch() -> None:
    """Whoever comes next is not ended by the one before."""

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watched(stop):
        checkpoint()
    checkpoint()
