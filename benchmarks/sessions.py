"""Readers of the dashboard without a browser: sockets that ask for one run after another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_PERIODS = ("2019", "2021", "2022", "2023")


def _rerun(period: str) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = f"lang=es&period={period}"
    return bytes(message.SerializeToString())


async def _until_finished(socket: ClientConnection) -> None:
    async for raw in socket:
        if isinstance(raw, bytes):
            message = ForwardMsg()
            message.ParseFromString(raw)
            if message.WhichOneof("type") == "script_finished":
                return


async def _reader(address: str, number: int, runs: list[int], ready: asyncio.Event) -> None:
    url = address.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(
        url, origin=address, subprotocols=["streamlit"], max_size=None, open_timeout=60
    ) as socket:
        while True:
            await socket.send(_rerun(_PERIODS[runs[number] % len(_PERIODS)]))
            await _until_finished(socket)
            runs[number] += 1
            if all(runs):
                ready.set()


@contextlib.asynccontextmanager
async def busy_sessions(address: str, count: int) -> AsyncIterator[list[int]]:
    """Keep sessions busy, each asking for its next run as soon as the last has ended.

    Parameters
    ----------
    address : str
        Of the server, without a path.
    count : int
        How many sessions.

    Yields
    ------
    list of int
        Runs finished so far by session; every session has finished one when this begins.
    """
    runs, ready = [0] * count, asyncio.Event()
    tasks = [asyncio.create_task(_reader(address, number, runs, ready)) for number in range(count)]
    try:
        await asyncio.wait_for(ready.wait(), 120)
        yield runs
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
