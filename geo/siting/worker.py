"""Run HiGHS in a child process; stop it when its caller goes away.

HiGHS looks at its limits between its phases only, and a phase can take half a minute: a thread
could not be stopped there. Programs and answers go through pipes and touch no disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from geo.errors import GeoError
from geo.interrupt import Watcher, checkpoint, watched
from geo.siting.solver import SOLVE_ELSEWHERE, Better, Program, Solution, UnsolvedError, solve

_ASK_EVERY_S = 0.05
_GRACE_S = 0.3
"""how long HiGHS may be late with looking at its time limit; then its best so far is the answer."""
_START_S = 2.0
"""for a new child to load what it needs."""
_STUCK_S = 15.0
"""after the time limit: a child that takes no question, or ends no answer, is ended then."""
_ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def cancellable(watcher: Watcher) -> Iterator[None]:
    """Let a watcher stop all searches inside, those of HiGHS too.

    It is called every few hundredths of a second; what it raises ends the work, and the child with
    it.
    """
    try:
        worker = _IDLE.pop()
    except IndexError:
        worker = Worker()
    token = SOLVE_ELSEWHERE.set(worker.solve)
    try:
        with watched(watcher):
            yield
    except BaseException:
        worker.close()
        raise
    finally:
        SOLVE_ELSEWHERE.reset(token)
        if worker.pid is not None and len(_IDLE) < _MOST_IDLE:
            _IDLE.append(worker)
        else:
            worker.close()


_MOST_IDLE = 2
_IDLE: list[Worker] = []


class Worker:
    """One child, started when it is first needed."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the child, or None without a child."""
        return None if self._child is None else self._child.pid

    def solve(
        self,
        program: Program,
        start: np.ndarray | None,
        time_limit_s: float,
        relative_gap: float,
        better: Better | None,
    ) -> Solution:
        """Solve as :func:`geo.siting.solver.solve`, asking the watcher while HiGHS works."""
        checkpoint()
        if self._child is not None and self._child.poll() is not None:
            self.close()  # ended while it waited: of memory, or by somebody
        is_warm = self._child is not None
        child = self._child or self._start()
        # a pipe that nobody empties holds up its writer, half an answer its reader
        watchdog = threading.Timer(time_limit_s + _STUCK_S, child.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            self._questions.send((program, start, time_limit_s, relative_gap))
            until = time.monotonic() + time_limit_s + _GRACE_S + (0 if is_warm else _START_S)
            best = None
            if start is not None:
                best = Solution(start, float(program.cost @ start), -np.inf, is_stopped=True)
            while True:
                while not self._answers.poll(_ASK_EVERY_S):
                    checkpoint()
                    if time.monotonic() > until:
                        self.close()
                        if best is None:
                            raise UnsolvedError("siting.refusal.unsolved")
                        return best
                # both ends are this program: the child is started here, nobody else has the pipe
                answer = self._answers.recv()
                if not isinstance(answer, tuple):
                    break
                values, objective, bound = answer
                best = Solution(values, objective, bound, is_stopped=True)
                if better is not None:
                    better(values, objective, bound)
        except (OSError, EOFError):
            self.close()
            raise UnsolvedError("siting.refusal.no_answer") from None
        except BaseException:
            self.close()
            raise
        finally:
            watchdog.cancel()
        if isinstance(answer, GeoError):
            raise answer
        return answer

    def close(self) -> None:
        """End the child, whatever it is doing."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        self._questions.close()
        self._answers.close()

    def _start(self) -> subprocess.Popen[bytes]:
        stdin, questions = os.pipe()
        answers, stdout = os.pipe()
        self._questions = Connection(questions, readable=False)
        self._answers = Connection(answers, writable=False)
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-s", "-m", "geo.siting.worker"],
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                # nothing of the server's environment, and no cores for small matrices
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"},
            )
        finally:
            os.close(stdin)
            os.close(stdout)
        return self._child


def _serve() -> None:
    questions = Connection(0, writable=False)
    answers = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # whatever a solver prints is no answer
    while True:
        try:
            program, start, time_limit_s, relative_gap = questions.recv()
        except EOFError:
            return
        try:
            answer: object = solve(
                program,
                start=start,
                time_limit_s=time_limit_s,
                relative_gap=relative_gap,
                better=lambda *state: answers.send(state),
            )
        except GeoError as error:
            answer = error
        answers.send(answer)


if __name__ == "__main__":
    _serve()
