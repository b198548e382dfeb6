"""Readers of the dashboard without a browser: what Streamlit's page sends over its socket.

A reader holds the widgets that the last run drew, changes one as a click does, and is through when
the run has finished and the layers it named that this reader has not had before have arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from studies.benchmarks.controls import Control, control_in, key_of

MAP_CONTROLS = ("timeline", "measure", "overlays", "language")
"""what a reader of the map changes; every change of one is another state and another link."""
START_SECONDS = 120.0


class Reader:
    """One session; `changes` says how often its state has become another."""

    page = ""
    """address of the page below the root."""

    def __init__(self, address: str, socket: ClientConnection, client: httpx.AsyncClient) -> None:
        self.address = address
        self.socket = socket
        self.client = client
        self.query = ""
        self.controls: dict[str, Control] = {}
        self.changes = 0
        self.bytes = 0
        self.session = ""
        self.uploader = ""
        """identity of the box for a file, where the page has one."""
        self._file: WidgetState | None = None
        self._had: set[str] = set()
        self._hashes: dict[str, ForwardMsg] = {}

    async def start(self) -> None:
        """Ask for the first run and for what its map's frame fetches."""
        await self._run()

    async def click(self, key: str, option: int) -> None:
        """Choose an option of a row of buttons; where several may be chosen, turn it over.

        Raises
        ------
        RuntimeError
            The run ended with an error, or the link stayed as it was: nothing has been measured.
        """
        before = self.query
        self.controls[key].click(option)
        await self._run()
        # the map writes each of its states into the address; a page that writes none is not asked
        if before and self.query == before:
            raise RuntimeError(f"a change of {key} has changed nothing")
        self.changes += 1

    async def change(self, chance: random.Random, keys: Sequence[str] = MAP_CONTROLS) -> None:
        """Change one control of several to another value, drawn by chance."""
        key = chance.choice(keys)
        await self.click(key, chance.choice(self.controls[key].others()))

    async def _run(self) -> None:
        await self.socket.send(self._message())
        addresses: list[str] = []
        drawn: dict[str, Control] = {}
        async for raw in self.socket:
            if not isinstance(raw, bytes):
                continue
            self.bytes += len(raw)
            message = self._read(raw)
            kind = message.WhichOneof("type")
            if kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                element = message.delta.new_element
                if element.WhichOneof("type") == "exception":
                    raise RuntimeError(f"the page failed: {element.exception.type}")
                if found := control_in(element, self.controls):
                    drawn[key_of(found.id)] = found
                if element.WhichOneof("type") == "file_uploader":
                    self.uploader = self.uploader or element.file_uploader.id
                if element.WhichOneof("type") == "bidi_component":
                    addresses += layer_addresses(element.bidi_component)
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    drawn.clear()  # the page asks for another run at once
                    continue
                if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    raise RuntimeError("the run did not finish")
                break
        self.controls = drawn
        await self._fetch(addresses)

    def _message(self) -> bytes:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        message.rerun_script.cached_message_hashes.extend(self._hashes)
        controls = self.controls.values()
        triggers = [control.trigger() for control in controls]
        states = [control.state() for control in controls]
        states += [one for one in (*triggers, self._file) if one is not None]
        message.rerun_script.widget_states.widgets.extend(states)
        return bytes(message.SerializeToString())

    def _read(self, raw: bytes) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(raw)
        if message.WhichOneof("type") == "ref_hash":
            return self._hashes[message.ref_hash]
        if message.metadata.cacheable:
            self._hashes[message.hash] = message
        return message

    async def _fetch(self, addresses: Sequence[str]) -> None:
        missing = [address for address in addresses if address not in self._had]
        self._had.update(missing)
        for answer in await asyncio.gather(
            *(self.client.get(self.address + address) for address in missing)
        ):
            answer.raise_for_status()
            self.bytes += answer.num_bytes_downloaded


class Owner(Reader):
    """A session on the page of an organisation's own records, which hands in one file."""

    page = "mis-datos"

    async def upload(self, content: bytes) -> None:
        """Agree, send the file as the page does, and wait for what the page makes of it."""
        self.controls["own_consent"].click(0)
        await self._run()
        asked = BackMsg()
        asked.file_urls_request.session_id = self.session
        asked.file_urls_request.file_names.append("own.csv")
        await self.socket.send(bytes(asked.SerializeToString()))
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "file_urls_response":
            answer = self._read(bytes(await self.socket.recv(decode=False)))
        (urls,) = answer.file_urls_response.file_urls
        greeted = await self.client.get(self.address + "/_stcore/health")
        token = greeted.cookies["_streamlit_xsrf"]
        sent = await self.client.put(
            self.address + urls.upload_url,
            files={"file": ("own.csv", content)},
            headers={"X-Xsrftoken": token, "Cookie": f"_streamlit_xsrf={token}"},
        )
        sent.raise_for_status()
        self._file = WidgetState(id=self.uploader)
        info = self._file.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = urls.file_id, "own.csv", len(content)
        info.file_urls.CopyFrom(urls)
        await self._run()
        self._file = None
        if "own_use" not in self.controls:
            raise RuntimeError("the file has not been taken")


def layer_addresses(component: object) -> list[str]:
    """Addresses that the map's component hands to its frame, the frame's own first."""
    if not component.component_name.endswith("atlas_map"):  # type: ignore[attr-defined]
        return []
    data = json.loads(component.json)  # type: ignore[attr-defined]
    return [data["src"], *(layer["url"] for layer in data["layers"])]


def codes(query: str) -> dict[str, str]:
    """Parameters of a link."""
    return dict(parse_qsl(query, keep_blank_values=True))


@contextlib.asynccontextmanager
async def reader(
    address: str, client: httpx.AsyncClient, query: str = "", kind: type[Reader] = Reader
) -> AsyncIterator[Any]:
    """Open a session as a page does that has just been loaded, its first run finished."""
    url = address.replace("http://", "ws://") + "/_stcore/stream"
    async with connect(
        url, origin=address, subprotocols=["streamlit"], max_size=None, open_timeout=60
    ) as socket:
        one = kind(address, socket, client)
        one.query = query
        await one.start()
        yield one


@contextlib.asynccontextmanager
async def http_client() -> AsyncIterator[httpx.AsyncClient]:
    """The readers' way to the layers: loopback only, connections kept as a browser keeps them."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:
        yield client


@contextlib.asynccontextmanager
async def open_sessions(address: str, count: int, query: str = "") -> AsyncIterator[list[Reader]]:
    """Open sessions at once; all of them have had their first run when this begins."""
    async with http_client() as client, contextlib.AsyncExitStack() as stack:
        opening = (stack.enter_async_context(reader(address, client, query)) for _ in range(count))
        yield list(await asyncio.wait_for(asyncio.gather(*opening), START_SECONDS))


@contextlib.asynccontextmanager
async def busy_sessions(address: str, count: int) -> AsyncIterator[list[Reader]]:
    """Keep sessions busy, each asking for its next change as soon as the last has been answered.

    Parameters
    ----------
    address : str
        Of the server, without a path.
    count : int
        How many sessions.

    Yields
    ------
    list of Reader
        The sessions; their `changes` count on while this lasts.
    """
    async with open_sessions(address, count) as readers:

        async def on_and_on(number: int, one: Reader) -> None:
            chance = random.Random(number)
            while True:
                await one.change(chance)

        tasks = [asyncio.create_task(on_and_on(*pair)) for pair in enumerate(readers)]
        try:
            yield readers
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
