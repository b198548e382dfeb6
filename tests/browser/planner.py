"""One person at the planner's page, whose browser has kept choices that are quickly searched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from atlas.words import words
from tests.browser.desk import Desk, violations
from tests.browser.eventually import AT_REST, SETTLED, beyond_the_screen, eventually, take_file

FEW = {"plan_population": 100_000, "plan_sites": 2}
"""choices that are quickly searched, and resampled"""


def keep_few(visit: Any, **choices: object) -> None:
    """Let the browser come with choices of the planner that are quickly searched."""
    kept = json.dumps({"choices": FEW | choices})
    visit.page.goto(f"{visit.address}/_stcore/health")  # a page where its storage can be written
    visit.page.evaluate("kept => sessionStorage.setItem('atlas-planner', kept)", kept)


class Runs:
    """Whether the script of a page runs or was asked for, as its socket tells."""

    def __init__(self, page: Any) -> None:
        self.is_due = self.is_running = False
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._heard)

    def _sent(self, data: str | bytes) -> None:
        message = BackMsg()
        message.ParseFromString(data if isinstance(data, bytes) else data.encode())
        self.is_due = self.is_due or message.WhichOneof("type") == "rerun_script"

    def _heard(self, data: str | bytes) -> None:
        message = ForwardMsg()
        message.ParseFromString(data if isinstance(data, bytes) else data.encode())
        if message.WhichOneof("type") == "new_session":
            self.is_due, self.is_running = False, True
        elif message.WhichOneof("type") == "script_finished":
            self.is_running = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


class Planner(Desk):
    """The page, its controls, and what it says of a plan."""

    def __init__(self, visit: Any, lang: str = "es", **choices: object) -> None:
        self.page, self.say, self.visit = visit.page, words(lang), visit
        self.runs = Runs(self.page)
        keep_few(visit, **choices)
        self.page.goto(f"{visit.address}/planificador?lang={lang}")
        self.page.locator(".plan-figures, .st-key-plan_blocked p").first.wait_for()
        self.map = self.page.locator(".st-key-plan_map_box .plan-map")
        self.cost = self.page.locator(".st-key-plan_cost")

    @property
    def teams(self) -> Any:
        """The control of the number of teams."""
        return self.page.locator(".st-key-plan_sites input")

    def quiet(self) -> None:
        """Wait until nothing runs, and nothing that was asked for is still to run."""
        self.page.evaluate(SETTLED)  # what a key or a click asked for has been sent
        eventually(self.page, lambda: not (self.runs.is_due or self.runs.is_running))
        self.page.locator(AT_REST).wait_for()

    def drawn(self, count: int) -> list[str]:
        """Wait until a plan of so many sites stands, and nothing runs; the names of its sites."""
        rows = self.page.locator(".st-key-plan_card_box table.stacked tbody tr")
        expect(rows).to_have_count(count)
        expect(self.page.locator(".st-key-plan_search")).to_have_count(0)
        self.quiet()
        expect(rows).to_have_count(count)
        return [text.split("\n")[0] for text in rows.locator("th").all_inner_texts()]

    def choose(self, count: int) -> list[str]:
        """Ask for another number of teams; the names of the sites."""
        self.teams.fill(str(count))
        self.teams.press("Enter")
        return self.drawn(count)

    def download(self, key: str) -> bytes:
        """A file of the page, by the key of its button."""
        return Path(take_file(self.page.locator(f".st-key-{key} button")).path()).read_bytes()

    def open(self, content: bytes, name: str = "plan.geojson") -> None:
        """Hand a plan's file in."""
        field = self.page.locator(".st-key-plan_store input[type=file]")
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        field.set_input_files(file)

    def keep(self, name: str) -> None:
        """Keep the plan under a name."""
        field = self.page.locator(".st-key-plan_name input")
        field.fill(name)
        field.press("Tab")
        self.page.locator(".st-key-plan_keep button:visible").click()

    def has_kept(self, *names: str) -> None:
        """Wait until these plans, and no others, stand side by side."""
        heads = self.page.locator(".plan-table.kept").first.locator("thead th")
        expect(heads).to_have_text(names, use_inner_text=False)

    def told(self, key: str, **values: object) -> None:
        """Wait until the page says a sentence."""
        expect(
            self.page.locator(".plan-told").filter(has_text=self.say(key, **values))
        ).to_be_visible()

    def assert_accessible(self) -> None:
        """No complaint of axe-core, nothing wider than the screen."""
        assert violations(self.page) == []
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        assert beyond_the_screen(self.page) == []
