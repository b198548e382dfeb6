"""A frame's rows as plain values: what JSON knows, null for a missing number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exports.spreadsheet import json_value

if TYPE_CHECKING:
    import pandas as pd


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row of a frame with its cells as JSON knows them, in the frame's order."""
    return [
        {str(name): json_value(value) for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
