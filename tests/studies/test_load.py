"""The parts of the load measurement that need no server: the loop, percentiles, the protocol."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from studies.benchmarks.loops import percentile, repeated
from studies.benchmarks.sessions import Reader


class Clock:
    """Time that passes only where a test lets it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def looped(
    apart: Any, step: float, seconds: float, pause: Callable[[], float] | None = None
) -> list[float]:
    """A loop whose work takes a step of a clock of its own."""
    clock = Clock()

    async def work() -> None:
        clock.now += step

    return apart(repeated(work, seconds=seconds, pause=pause, clock=clock, sleep=clock.sleep))


def test_a_loop_begins_nothing_after_its_end_and_counts_what_it_began(apart):
    """Four times three seconds fit into ten: the last has begun at nine and is waited for. A reader
    pauses before a change; pauses are no part of it, and the last is cut where the time is over."""
    assert looped(apart, 3, 10) == [3, 3, 3, 3]
    assert looped(apart, 5, 10) == [5, 5]
    assert looped(apart, 99, 10) == [99]
    assert looped(apart, 1, 10, pause=lambda: 4) == [1, 1]
    assert looped(apart, 1, 10, pause=lambda: 60) == []


def test_percentile_is_the_nearest_rank():
    values = [15, 20, 35, 40, 50]
    shares = (0.05, 0.30, 0.40, 0.50, 1.00)
    assert [percentile(values, share) for share in shares] == [15, 20, 20, 35, 50]
    assert percentile(list(range(1, 21)), 0.95) == 19
    for wrong in (0, 1.01):
        with pytest.raises(ValueError, match="share above 0"):
            percentile(values, wrong)
    with pytest.raises(ValueError, match="needs values"):
        percentile([], 0.5)


def row(key: str, words: list[str], default: list[int], *, several: bool = False) -> ButtonGroup:
    """A row of buttons as a run sends it."""
    kind = ButtonGroup.MULTI_SELECT if several else ButtonGroup.SINGLE_SELECT
    options = [ButtonGroup.Option(content=word) for word in words]
    return ButtonGroup(id=f"$$ID-1f-{key}", options=options, default=default, click_mode=kind)


class Socket:
    """A server's answers, written down beforehand."""

    def __init__(self, *runs: list[ForwardMsg]) -> None:
        self.runs = list(runs)
        self.sent: list[bytes] = []
        self.waiting: list[bytes] = []

    async def send(self, message: bytes) -> None:
        self.sent.append(message)
        self.waiting = [one.SerializeToString() for one in self.runs.pop(0)]

    def __aiter__(self) -> Socket:
        return self

    async def __anext__(self) -> bytes:
        return self.waiting.pop(0)


class Client:
    """Answers every address and remembers it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def get(self, address: str) -> Client:
        self.asked.append(address)
        return self

    num_bytes_downloaded = 1

    def raise_for_status(self) -> None: ...


def run_of(period: str, layers: list[str], *, query: str | None = None) -> list[ForwardMsg]:
    """The messages of one run of a page with a map."""
    buttons, component, link, end = (ForwardMsg() for _ in range(4))
    buttons.delta.new_element.button_group.CopyFrom(row("period", ["2019", "2021"], [0]))
    frame = component.delta.new_element.bidi_component
    frame.component_name = "atlas_map"
    frame.json = json.dumps({"src": "/map/frame", "layers": [{"url": one} for one in layers]})
    link.page_info_changed.query_string = f"period={period}" if query is None else query
    end.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return [buttons, component, link, end]


def test_a_reader_fetches_only_the_layers_it_has_not_had(apart):
    socket = Socket(
        run_of("2019", ["/layers/a", "/layers/b"]),
        run_of("2021", ["/layers/a", "/layers/c"]),
        run_of("2021", []),
    )
    client = Client()
    one = Reader("http://here", socket, client)  # type: ignore[arg-type]

    async def story() -> None:
        await one.start()
        await one.change(random.Random(1), ["period"])

    apart(story())
    assert client.asked == [
        *("http://here/map/frame", "http://here/layers/a", "http://here/layers/b"),
        "http://here/layers/c",
    ]
    assert one.changes == 1
    with pytest.raises(RuntimeError, match="has changed nothing"):
        apart(one.click("period", 0))


def test_a_run_that_fails_is_not_counted(apart):
    """A page that only shows an error would be the fastest of all."""
    fault = ForwardMsg()
    fault.delta.new_element.exception.type = "ValueError"
    one = Reader("http://here", Socket([fault]), Client())  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="the page failed: ValueError"):
        apart(one.start())
