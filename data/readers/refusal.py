"""A file that is not taken: a code, and the name of a column where one is at fault."""

from __future__ import annotations

from geo.errors import GeoError


class Refusal(GeoError):
    """A file that is not taken, with nothing of its content.

    The words of a ``code`` stand in the catalogues, ``records.refusal.CODE``; ``column`` and
    ``line`` are at fault, ``limit`` is what is allowed.
    """

    def __init__(
        self, code: str, *, column: str = "", line: int | None = None, limit: str = ""
    ) -> None:
        self.code = code
        self.column = column
        self.line = line
        self.limit = limit
        super().__init__(f"records refused: {code} {column}".rstrip())

    def as_dict(self) -> dict[str, str | int | None]:
        """What crosses from the child to the parent, and fills the words of the code."""
        return {"code": self.code, "column": self.column, "line": self.line, "limit": self.limit}
