"""One person at the planner's page, whose browser has kept a question that is quickly searched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from atlas.planner.plan_question import PlanQuestion
from atlas.words import words
from tests.browser.desk import Desk, violations
from tests.browser.eventually import AT_REST, SETTLED, beyond_the_screen, eventually, take_file


def keep_few(visit: Any, **asked: object) -> None:
    """Let the browser come with a question of the planner that is quickly searched."""
    question = PlanQuestion(**{"sites": 2, **asked}).model_dump(mode="json")
    stored = json.dumps({"question": question})
    visit.page.goto(f"{visit.address}/_stcore/health")  # a page where its storage can be written
    visit.page.evaluate("stored => sessionStorage.setItem('atlas-planner', stored)", stored)


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

    def __init__(self, visit: Any, lang: str = "es", **asked: object) -> None:
        self.page, self.say, self.visit = visit.page, words(lang), visit
        self.runs = Runs(self.page)
        keep_few(visit, **asked)
        self.page.goto(f"{visit.address}/planificador?lang={lang}")
        self.page.locator(".plan-answer, .st-key-plan_blocked p").first.wait_for()
        self.map = self.page.locator(".st-key-plan_map_box .plan-map")
        self.change = self.page.locator(".st-key-plan_change")
        self.sites = self.page.locator(".plan-sites li")

    @property
    def teams(self) -> Any:
        """The control of the number of teams, once the choices are open."""
        body = self.page.locator("[data-testid=stPopoverBody]")
        if not body.count():
            self.page.get_by_role("button", name=self.say("plan.adjust")).click()
        return body.locator("[class*=st-key-plan_sites] input")

    def quiet(self) -> None:
        """Wait until nothing runs, and nothing that was asked for is still to run."""
        self.page.evaluate(SETTLED)  # what a key or a click asked for has been sent
        eventually(self.page, lambda: not (self.runs.is_due or self.runs.is_running))
        self.page.locator(AT_REST).wait_for()

    def drawn(self, count: int) -> list[str]:
        """Wait until a plan of so many sites stands, and nothing runs; the names of its sites."""
        expect(self.sites).to_have_count(count)
        expect(self.page.locator(".st-key-plan_search")).to_have_count(0)
        self.quiet()
        expect(self.sites).to_have_count(count)
        return self.sites.locator("strong").all_inner_texts()

    def choose(self, count: int) -> list[str]:
        """Ask for another number of teams; the names of the sites."""
        field = self.teams
        field.fill(str(count))
        field.press("Enter")
        names = self.drawn(count)
        self.page.keyboard.press("Escape")
        return names

    def download(self, key: str) -> bytes:
        """A file of the page, by the key of its button."""
        return Path(take_file(self.page.locator(f".st-key-{key} button")).path()).read_bytes()

    def open(self, content: bytes, name: str = "x.plan.zip") -> None:
        """Hand a plan's file in."""
        field = self.page.locator(".st-key-plan_store input[type=file]")
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        field.set_input_files(file)

    def says(self, key: str, **values: object) -> None:
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
