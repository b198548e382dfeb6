"""What a session holds of the planner, and of what an organisation brought; only in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atlas.planner.document import PlanDocument
from atlas.planner.lists import PlanningList
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.saved import SavedPlan
from atlas.web.session import Feature
from atlas.words import Message

Key = tuple[PlanQuestion, str]
"""a question with the digest of its lists"""
Best = tuple[tuple[int, ...], float, float]
"""sites, objective and bound of the best choice so far of a search"""


@dataclass
class OwnSession:
    """Own lists and records."""

    lists: dict[str, PlanningList] = field(default_factory=dict)
    """by task, the last good list; "records" names the file of own records."""
    refused: dict[str, PlanningList] = field(default_factory=dict)
    """by task, a file that came after it and cannot be used. No plan that obeys such a list is
    made: the planner discards the file, replaces it, or removes the list."""
    uses_records: bool = False
    """own records are offered as demand."""
    mapping: tuple[str, Mapping[str, Any]] | None = None
    """name of a kept map of columns and what it says, for own records."""
    unanswered: str = ""
    """what kept the last confirmation from being taken, in words."""
    forgotten: int = 0
    """how often the reader had all of it forgotten."""
    is_deleted: bool = False
    """just now."""


@dataclass
class PlanSession:
    """The choices, what was found for them, and the plans beside."""

    choices: dict[str, Any] | None = None
    """what the controls said when they were last drawn; None until the browser was asked."""
    turn: int = 0
    """how often the controls were told what nobody typed into them."""
    gone_demand: str = ""
    """the chosen demand, where it is no longer offered."""
    box: tuple[int, bool] = (0, False)
    """how often the box of own lists was opened by the page, and whether it is now."""
    ask: str = ""
    """by which the browser knows that this session asks what it kept."""
    results: OrderedDict[object, Any] = field(default_factory=OrderedDict)
    """answers by question; they name own candidates."""
    drawn_key: Key | None = None
    """the question that is shown."""
    wanted: set[str] = field(default_factory=set)
    """pieces of work that were asked for since it changed."""
    stopped: Key | None = None
    """a question whose search somebody has stopped."""
    best: tuple[Key, Best] | None = None
    moves_asked: list[dict[str, str]] = field(default_factory=list)
    """moves by hand that are not made yet, in their order."""
    made: dict[str, Any] = field(default_factory=dict)
    """the choices of a move that has just been made, until the next run."""
    refused_move: tuple[PlanQuestion, str] | None = None
    """request of a plan and why the last move in it could not be made."""
    no_best: Key | None = None
    """a question without the changes by hand that has no plan."""
    kept_plans: dict[str, PlanDocument] = field(default_factory=dict)
    """by name, the plans that stand side by side."""
    stored: dict[str, Any] = field(default_factory=dict)
    """by name, what the browser kept of plans that are not made again yet."""
    lost: list[str] = field(default_factory=list)
    """names of those that could not be."""
    uploaded_file: str | None = None
    """a plan's file that has just come, as the browser sends it."""
    waiting: SavedPlan | None = None
    """a saved plan that waits for its lists."""
    opened: SavedPlan | None = None
    today: SavedPlan | None = None
    """one of other figures that is to be computed of today's."""
    again: tuple[str, ...] = ()
    """tasks of lists that a reload has lost."""
    fields: dict[str, Any] | None = None
    """the question of a plan that has just been opened."""
    carried: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """parts of it that no control shows: what the control says, and the part."""
    sentences: list[Message] = field(default_factory=list)
    """sentences of the session, said until the choices are others than ``sentences_at``."""
    sentences_at: dict[str, Any] | None = None


OWN = Feature("own", OwnSession)
PLAN = Feature("plan", PlanSession)
