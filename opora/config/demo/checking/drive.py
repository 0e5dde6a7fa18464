"""The main job, step by step: what is done, what was seen, and whether it is what must be seen."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from websockets.exceptions import WebSocketException

from opora.config.demo.checking.job import MainJob, NotSeen
from opora.config.demo.checking.running import Demo, Trouble, own_folder
from opora.config.demo.checking.watched import WatchedWork
from opora.desk.kernel.clock import monotonic
from opora.evidence.following import Misfit


@dataclass(slots=True)
class Report:
    """What was done and seen so far."""

    as_json: bool
    steps: list[dict[str, object]] = field(default_factory=list)

    def say(self, words: str) -> None:
        """A word on the way, when people read along."""
        if not self.as_json:
            sys.stdout.write(f"        {words}\n")
            sys.stdout.flush()

    def seen(self, step: "Step") -> None:
        """A step has ended."""
        self.steps.append(asdict(step))
        if not self.as_json:
            mark = "ok  " if step.held else "FAIL"
            sys.stdout.write(f"  {mark}  {step.name}  ({step.seconds:.1f} s)\n        {step.saw}\n")
            sys.stdout.flush()

    def end(self) -> int:
        """The closing line; 0 when everything held."""
        held = all(step["held"] for step in self.steps)
        if self.as_json:
            sys.stdout.write(json.dumps({"held": held, "steps": self.steps}, ensure_ascii=False, indent=1) + "\n")
        else:
            sys.stdout.write(f"\n{'every step held' if held else 'NOT HELD'}: {len(self.steps)} steps\n")
        return 0 if held else 1


@dataclass(slots=True)
class Step:
    """One step."""

    name: str
    held: bool
    saw: str
    seconds: float


def drive(*, as_json: bool) -> int:
    """Run everything; 0 only if every step held and nothing was left behind."""
    report = Report(as_json)
    with own_folder() as folder:
        demo = Demo(folder, report.say)
        try:
            if _do(report, "a demo starts on an empty folder", lambda: _start(demo)):
                job = MainJob(demo)
                if all(_do(report, name, step) for name, step in job.steps()):
                    _watch(report, demo)
        finally:
            _do(report, "everything stops, and nothing is left", lambda: _stop(demo))
    _do(
        report,
        "the folder is gone",
        lambda: f"{folder} exists no more" if not folder.exists() else _fail(f"{folder} is there"),
    )
    return report.end()


def _watch(report: Report, demo: Demo) -> None:
    work = WatchedWork(demo)
    try:
        all(_do(report, name, step) for name, step in work.steps())
    finally:
        work.end()


def _start(demo: Demo) -> str:
    demo.start()
    filled = [line for line in demo.words().splitlines() if "customers," in line]
    return f"{demo.site} is ready; {filled[-1].removeprefix('demo').strip() if filled else 'nothing was filled'}"


def _stop(demo: Demo) -> str:
    took = demo.stop()
    return f"stopped in {took:.1f} s, no process left" if took <= 10 else _fail(f"it took {took:.1f} s to stop")


def _do(report: Report, name: str, step: Callable[[], str]) -> bool:
    with _timed() as seconds:
        try:
            held, saw = True, step()
        except (
            NotSeen,
            Trouble,
            Misfit,
            LookupError,
            OSError,
            subprocess.SubprocessError,
            WebSocketException,
        ) as trouble:
            held, saw = False, f"{type(trouble).__name__}: {trouble}"
    report.seen(Step(name, held, saw, seconds()))
    return held


@contextmanager
def _timed() -> Iterator[Callable[[], float]]:
    began = monotonic()
    yield lambda: round(monotonic() - began, 1)


def _fail(words: str) -> str:
    raise NotSeen(words)
