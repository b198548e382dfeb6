"""Plays Windows to the atlas: its own modules meet other names and lack what only Unix has.

Python reads this file at its start where the folder stands in PYTHONPATH. The standard library and
the packages meet the system as it is: their own Windows parts would not run here.
"""

import builtins
import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
ROOMS = tuple(f"{ROOT}{os.sep}{room}" for room in ("app", "cli", "start", "atlas", "data", "geo"))
ROOMS += (f"{ROOT}{os.sep}layers",)
UNIX_MODULES = {"resource", "fcntl", "pwd", "grp", "termios", "posix"}
UNIX_NAMES = {
    "os": {"fork", "getuid", "geteuid", "getgid", "uname", "killpg", "setsid", "getpgid", "nice"},
    "signal": {"SIGKILL", "SIGXCPU", "SIGHUP", "SIGALRM", "SIGUSR1", "alarm", "setitimer"},
}


class Double(ModuleType):
    """A module as Windows has it: everything else is asked of the one that is there."""

    def __init__(self, real: ModuleType, **changed: str) -> None:
        super().__init__(real.__name__)
        vars(self).update(changed, _real=real)

    def __getattr__(self, name: str) -> Any:
        if name in UNIX_NAMES.get(self.__name__, ()):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} on Windows")
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)


DOUBLES = {
    "os": Double(os, name="nt"),
    "sys": Double(sys, platform="win32"),
    "signal": Double(signal),
}
load = builtins.__import__


def load_as_windows(name: str, globals: Any = None, *rest: Any, **named: Any) -> Any:
    """Import for a module of ours what it would find on Windows."""
    if not str((globals or {}).get("__file__", "")).startswith(ROOMS):
        return load(name, globals, *rest, **named)
    if name.partition(".")[0] in UNIX_MODULES:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = load(name, globals, *rest, **named)
    return DOUBLES.get(module.__name__, module)


builtins.__import__ = load_as_windows
